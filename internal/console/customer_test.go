package console_test

import (
	"encoding/csv"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	admins "qiwei/internal/admin"
	"qiwei/qiweitest"
)

// script runs a script of simulated customers in an enterprise, and reads its answer.
func script(w *qiweitest.World, corpID, name, body string, into any) {
	w.Scripted("wechat/"+name, `{"corpid":"`+corpID+`",`+strings.TrimPrefix(body, "{"), into)
}

// met has a customer add a member, and returns the customer's external_userid.
func met(w *qiweitest.World, corpID, body string) string {
	var got struct {
		External string `json:"external_userid"`
	}
	script(w, corpID, "add", body, &got)
	return got.External
}

// did fails if the audit log does not have exactly these actions of customers, the newest first.
func (a *admin) did(prefix string, want ...string) {
	a.t.Helper()
	var log struct {
		Entries []struct{ Action, UserID, Source string }
	}
	a.ok("GET", "/console/api/audit?source=console&limit=100", "", &log)
	var got []string
	for _, e := range log.Entries {
		if strings.HasPrefix(e.Action, prefix) {
			got = append(got, e.Action)
			if e.UserID != "zhangsan" {
				a.t.Errorf("%s by %q", e.Action, e.UserID)
			}
		}
	}
	if !slices.Equal(got, want) {
		a.t.Errorf("the log says %q, want %q", got, want)
	}
}

type relation struct {
	No       int64
	External string `json:"external_userid"`
	Name     string
	UserID   string
	Member   string
	Left     bool
	Standing int64
	Remark   string
	Mobiles  []string
	Tags     []struct{ ID, Name string }
	Way      int64
	State    string
}

// found returns who is found, as "customer of member", the newest first.
func (a *admin) found(query string) (out []string) {
	a.t.Helper()
	var got struct{ Customers []relation }
	a.ok("GET", "/console/api/customers?"+query, "", &got)
	for _, r := range got.Customers {
		out = append(out, r.Name+" of "+r.UserID)
	}
	return out
}

func TestCustomersAreFound(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.CorpID, "lisi", admins.Ranged, 4)
		appoint(t, w, w.CorpID, "wangwu", admins.Reader)
		a := as(t, w, w.CorpID, "zhangsan")
		if got := a.found(""); got != nil {
			t.Errorf("before anybody came: %q", got)
		}
		lin := met(w, w.CorpID, `{"userid":"zhangsan","name":"Lin 100%","unionid":"oLin","add_way":1,"state":"booth7"}`)
		w.Advance(48 * time.Hour)
		he := met(w, w.CorpID, `{"userid":"wangwu","name":"何","add_way":3}`)
		met(w, w.CorpID, `{"userid":"lisi","name":"x","unionid":"oLin","add_way":16}`)
		met(w, w.CorpID, `{"userid":"lisi","name":"伍","type":2,"corp_name":"乙公司"}`)
		met(w, w.Second.CorpID, `{"userid":"zhangsan","name":"Lin of another"}`)
		script(w, w.CorpID, "remove", `{"userid":"wangwu","external_userid":"`+he+`"}`, nil)
		script(w, w.CorpID, "edit", `{"userid":"zhangsan","external_userid":"`+lin+`","remark":"=大客户","remark_mobiles":["13912345678"]}`, nil)

		day := w.Clock.Now().In(time.FixedZone("", 8*3600)).Format("2006-01-02")
		for query, want := range map[string]string{
			"":                          "伍 of lisi,Lin 100% of lisi,何 of wangwu,Lin 100% of zhangsan",
			"q=lin":                     "Lin 100% of lisi,Lin 100% of zhangsan",
			"q=100%25":                  "Lin 100% of lisi,Lin 100% of zhangsan",
			"q=1_0":                     "",
			"q=lin+大客户":                 "Lin 100% of zhangsan",
			"q=139123":                  "Lin 100% of zhangsan",
			"q=乙公司":                     "伍 of lisi",
			"userid=WANGWU":             "何 of wangwu",
			"userid=nobody":             "",
			"way=16":                    "Lin 100% of lisi",
			"way=3":                     "何 of wangwu",
			"type=2":                    "伍 of lisi",
			"standing=3":                "何 of wangwu",
			"state=booth7":              "Lin 100% of zhangsan",
			"from=" + day:               "伍 of lisi,Lin 100% of lisi,何 of wangwu",
			"from=2020-01-01&to=" + day: "伍 of lisi,Lin 100% of lisi,何 of wangwu,Lin 100% of zhangsan",
			"to=2020-01-01":             "",
		} {
			if got := strings.Join(a.found(strings.NewReplacer("大客户", url.QueryEscape("大客户"), "乙公司", url.QueryEscape("乙公司")).Replace(query)), ","); got != want {
				t.Errorf("%s: %s; want %s", query, got, want)
			}
		}
		for _, query := range []string{"way=x", "type=x", "from=yesterday", "to=2026-13-01", "before=x", "limit=x"} {
			a.refused(400, "GET", "/console/api/customers?"+query, "")
		}
		a.refused(422, "GET", "/console/api/customers?tag=etnone", "")

		// A page goes on where the last one ended.
		var all []string
		for before := int64(0); ; {
			var page struct {
				Customers []relation
				More      bool
			}
			a.ok("GET", fmt.Sprintf("/console/api/customers?limit=1&before=%d", before), "", &page)
			for _, r := range page.Customers {
				all, before = append(all, r.Name+" of "+r.UserID), r.No
			}
			if !page.More {
				break
			}
		}
		if !slices.Equal(all, a.found("")) {
			t.Errorf("page by page: %q", all)
		}

		// A ranged admin has those of the range: wangwu is in department 4, and lisi himself is not.
		ranged := as(t, w, w.CorpID, "lisi")
		if got := ranged.found(""); !slices.Equal(got, []string{"何 of wangwu"}) {
			t.Errorf("a ranged admin finds %q", got)
		}
		if got := ranged.found("userid=zhangsan"); got != nil {
			t.Errorf("of a member outside: %q", got)
		}
		ranged.refused(404, "GET", "/console/api/customers/"+lin, "")
		reader := as(t, w, w.CorpID, "wangwu")
		if got := reader.found(""); len(got) != 4 {
			t.Errorf("a reader finds %q", got)
		}
		reader.refused(403, "PUT", "/console/api/customers/"+lin+"/relations/zhangsan", `{"remark":"x"}`)
	})
}

// What is noted of a customer comes into a spreadsheet, and nothing of it runs there.
func TestCustomersAreExported(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.CorpID, "lisi", admins.Ranged, 4)
		a := as(t, w, w.CorpID, "zhangsan")
		lin := met(w, w.CorpID, `{"userid":"zhangsan","name":"=HYPERLINK(1)","add_way":1}`)
		met(w, w.CorpID, `{"userid":"wangwu","name":"He"}`)
		script(w, w.CorpID, "edit", `{"userid":"zhangsan","external_userid":"`+lin+`","remark":"@SUM(1)","remark_company":"+cmd","remark_mobiles":["+86 139"]}`, nil)
		read := func(a *admin, path string) [][]string {
			t.Helper()
			status, text := a.do("GET", path, "", "Accept-Language", "en")
			if status != 200 || !strings.HasPrefix(text, "\ufeff") {
				t.Fatalf("%d %s", status, text)
			}
			rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			return rows
		}
		rows := read(a, "/console/api/customers.csv")
		if len(rows) != 3 || rows[0][0] != "Customer" || rows[1][0] != "He" {
			t.Fatalf("%q", rows)
		}
		if got := rows[2]; got[0] != "'=HYPERLINK(1)" || got[1] != "'@SUM(1)" || got[2] != "WeChat user" || got[4] != "'+cmd" || got[5] != "+86 139" || got[6] != "张三" || got[9] != "QR code" || got[13] != lin {
			t.Errorf("%q", got)
		}
		if rows := read(a, "/console/api/customers.csv?userid=wangwu"); len(rows) != 2 {
			t.Errorf("what is filtered is not exported: %q", rows)
		}
		if rows := read(as(t, w, w.CorpID, "lisi"), "/console/api/customers.csv"); len(rows) != 2 || rows[1][0] != "He" {
			t.Errorf("a ranged admin exports %q", rows)
		}
		script(w, w.CorpID, "group/create", `{"owner":"zhangsan","group_name":"-2+3"}`, nil)
		if rows := read(a, "/console/api/customer-groups.csv"); len(rows) != 2 || rows[1][0] != "-2+3" || rows[1][1] != "张三" {
			t.Errorf("%q", rows)
		}
		a.refused(400, "GET", "/console/api/customers.csv?from=x", "")
	})
}

func TestCustomerIsEdited(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.CorpID, "lisi", admins.Ranged, 4)
		a := as(t, w, w.CorpID, "zhangsan")
		lin := met(w, w.CorpID, `{"userid":"wangwu","name":"Lin"}`)
		theirs := met(w, w.Second.CorpID, `{"userid":"wangwu","name":"theirs"}`)
		a.ok("POST", "/console/api/customer-tags", `{"group_name":"级别","tags":["金","银","金"]}`, nil)
		var tags struct {
			Groups []struct {
				ID, Name string
				Tags     []struct{ ID, Name string }
			}
		}
		a.ok("GET", "/console/api/customer-tags", "", &tags)
		if len(tags.Groups) != 1 || len(tags.Groups[0].Tags) != 2 {
			t.Fatalf("%+v", tags)
		}
		gold, silver := tags.Groups[0].Tags[0].ID, tags.Groups[0].Tags[1].ID
		path := "/console/api/customers/" + lin + "/relations/wangwu"
		w.Events()
		a.ok("PUT", path, `{"remark":"林","mobiles":["139"],"add_tags":["`+gold+`"]}`, nil)
		records := w.EventRecords()
		if len(records) != 1 || records[0].Name != "change_external_contact/edit_external_contact" || records[0].ByUser != "zhangsan" {
			t.Errorf("told of %+v", records)
		}
		var got struct {
			Name      string
			Relations []relation
			Groups    []struct{ Name string }
		}
		a.ok("GET", "/console/api/customers/"+lin, "", &got)
		if r := got.Relations; len(r) != 1 || r[0].Remark != "林" || len(r[0].Tags) != 1 || r[0].Tags[0].Name != "金" || !slices.Equal(r[0].Mobiles, []string{"139"}) || r[0].Member != "王五" {
			t.Errorf("%+v", got)
		}
		for query, want := range map[string]int{"tag=" + gold: 1, "tag=" + silver: 0} {
			if n := len(a.found(query)); n != want {
				t.Errorf("%s: %d", query, n)
			}
		}
		a.refused(422, "PUT", path, `{"remark":"`+strings.Repeat("长", 21)+`"}`)
		a.refused(422, "PUT", path, `{}`)
		a.refused(422, "PUT", path, `{"add_tags":["etnone"]}`)
		a.refused(400, "PUT", path, `{"surprise":1}`)
		a.refused(422, "PUT", "/console/api/customers/"+lin+"/relations/zhangsan", `{"remark":"x"}`)
		a.refused(422, "PUT", "/console/api/customers/"+theirs+"/relations/wangwu", `{"remark":"x"}`)
		a.refused(404, "GET", "/console/api/customers/"+theirs, "")
		a.refused(404, "GET", "/console/api/customers/wmnothing", "")
		ranged := as(t, w, w.CorpID, "lisi")
		ranged.ok("PUT", path, `{"description":"在范围内"}`, nil)
		ranged.refused(422, "PUT", "/console/api/customers/"+met(w, w.CorpID, `{"userid":"zhangsan","name":"Ma"}`)+"/relations/zhangsan", `{"remark":"x"}`)

		script(w, w.CorpID, "group/create", `{"owner":"wangwu","group_name":"一群","external_userid":"`+lin+`"}`, nil)
		a.ok("GET", "/console/api/customers/"+lin, "", &got)
		if len(got.Groups) != 1 || got.Groups[0].Name != "一群" {
			t.Errorf("in groups %+v", got.Groups)
		}
	})
}

func TestCustomersAreTransferred(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.CorpID, "lisi", admins.Ranged, 4)
		a := as(t, w, w.CorpID, "zhangsan")
		lin := met(w, w.CorpID, `{"userid":"wangwu","name":"Lin"}`)
		he := met(w, w.CorpID, `{"userid":"lisi","name":"He"}`)
		body := func(from, to, customer string, resigned bool) string {
			return fmt.Sprintf(`{"from":%q,"to":%q,"external_userids":[%q],"resigned":%v}`, from, to, customer, resigned)
		}
		const path = "/console/api/customers.transfer"
		var got struct {
			Done   int
			Failed []struct {
				ErrCode int
				Error   string
			}
		}
		if r := a.refused(422, "POST", path, body("wangwu", "", lin, false)); r.Fields["to"] == "" {
			t.Errorf("%+v", r)
		}
		a.refused(422, "POST", path, body("wangwu", "wangwu", lin, false))
		a.refused(422, "POST", path, body("wangwu", "nobody", lin, false))
		a.refused(422, "POST", path, body("wangwu", "zhangsan", lin, true))
		if a.ok("POST", path, body("wangwu", "zhangsan", he, false), &got); got.Done != 0 || len(got.Failed) != 1 || got.Failed[0].ErrCode == 0 || got.Failed[0].Error == "" {
			t.Errorf("one whom the member does not know: %+v", got)
		}
		if a.ok("POST", path, body("wangwu", "zhangsan", lin, false), &got); got.Done != 1 || len(got.Failed) != 0 {
			t.Errorf("%+v", got)
		}
		ranged := as(t, w, w.CorpID, "lisi")
		ranged.refused(422, "POST", path, body("lisi", "wangwu", he, false))
		ranged.refused(403, "POST", path, body("lisi", "wangwu", he, true))

		// Whoever leaves leaves customers behind, who wait for another member.
		a.ok("DELETE", "/console/api/members/lisi", "", nil)
		var waiting struct {
			Customers []struct{ Name, UserID string }
		}
		if a.ok("GET", "/console/api/customers.unassigned", "", &waiting); len(waiting.Customers) != 1 || waiting.Customers[0].Name != "He" || waiting.Customers[0].UserID != "lisi" {
			t.Fatalf("%+v", waiting)
		}
		var list struct{ Customers []relation }
		if a.ok("GET", "/console/api/customers?q=He", "", &list); len(list.Customers) != 1 || !list.Customers[0].Left || list.Customers[0].UserID != "lisi" {
			t.Errorf("of one who has left: %+v", list)
		}
		if a.ok("POST", path, body("lisi", "wangwu", he, true), &got); got.Done != 1 {
			t.Errorf("%+v", got)
		}
		a.did("customer.transfer", "customer.transfer", "customer.transfer")
	})
}

func TestCustomerTags(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.Second.CorpID, "zhangsan", admins.Super)
		a, b := as(t, w, w.CorpID, "zhangsan"), as(t, w, w.Second.CorpID, "zhangsan")
		type tagSet struct {
			ID, Name string
			Order    int64
			Tags     []struct {
				ID, Name string
				Order    int64
			}
		}
		read := func(a *admin) []tagSet {
			var got struct{ Groups []tagSet }
			a.ok("GET", "/console/api/customer-tags", "", &got)
			return got.Groups
		}
		a.ok("POST", "/console/api/customer-tags", `{"group_name":"级别","tags":["金","银"]}`, nil)
		set := read(a)[0]
		a.ok("POST", "/console/api/customer-tags", `{"group_id":"`+set.ID+`","tags":["铜"]}`, nil)
		a.refused(422, "POST", "/console/api/customer-tags", `{"group_id":"`+set.ID+`","tags":["金"]}`)
		a.refused(422, "POST", "/console/api/customer-tags", `{"group_name":"空","tags":[]}`)
		a.refused(422, "POST", "/console/api/customer-tags", `{"group_name":"`+strings.Repeat("长", 31)+`","tags":["x"]}`)
		a.ok("PUT", "/console/api/customer-tags/"+set.Tags[1].ID, `{"name":"白银","order":9}`, nil)
		a.ok("PUT", "/console/api/customer-tags/"+set.ID, `{"name":"等级"}`, nil)
		set = read(a)[0]
		if set.Name != "等级" || len(set.Tags) != 3 || set.Tags[0].Name != "白银" || set.Tags[0].Order != 9 {
			t.Errorf("%+v", set)
		}
		a.refused(400, "PUT", "/console/api/customer-tags/"+set.ID, `{}`)
		a.refused(422, "PUT", "/console/api/customer-tags/"+set.Tags[1].ID, `{"name":"白银"}`)
		for _, c := range []struct {
			a    *admin
			path string
		}{{b, set.ID}, {b, set.Tags[0].ID}, {a, "etnone"}} {
			c.a.refused(404, "PUT", "/console/api/customer-tags/"+c.path, `{"name":"x"}`)
			c.a.refused(404, "DELETE", "/console/api/customer-tags/"+c.path, "")
		}
		a.ok("DELETE", "/console/api/customer-tags/"+set.Tags[0].ID, "", nil)
		if set := read(a)[0]; len(set.Tags) != 2 {
			t.Errorf("%+v", set)
		}
		a.ok("DELETE", "/console/api/customer-tags/"+set.ID, "", nil)
		if left := read(a); len(left) != 0 {
			t.Errorf("%+v", left)
		}
		a.did("customer_tag.", "customer_tag.delete", "customer_tag.delete", "customer_tag.update", "customer_tag.update", "customer_tag.create", "customer_tag.create")
		var none struct{ Strategies []struct{} }
		if a.ok("GET", "/console/api/strategies", "", &none); len(none.Strategies) != 0 {
			t.Errorf("%+v", none)
		}
	})
}
