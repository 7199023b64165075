package console_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	admins "qiwei/internal/admin"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

// small runs a test of the small applications on both databases, with scripts that play the people.
func small(t *testing.T, test func(t *testing.T, w *qiweitest.World, a, other *admin)) {
	t.Helper()
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.Second.CorpID, "zhangsan", admins.Super)
		test(t, w, as(t, w, w.CorpID, "zhangsan"), as(t, w, w.Second.CorpID, "zhangsan"))
	}, func(c *platform.Config) { c.Dev = true })
}

type roster struct {
	Member struct{ UserID, Name string }
	Values []struct {
		Field int64 `json:"fieldid"`
		Idx   int64 `json:"sub_idx"`
		Text  string
		Files []string
	}
	Version string
}

// text is what a field holds, "" for nothing.
func (r roster) text(field, idx int64) string {
	for _, v := range r.Values {
		if v.Field == field && v.Idx == idx {
			return v.Text
		}
	}
	return ""
}

// TestRoster: an administrator reads and changes the roster in words; what does not fit changes nothing, the calls of the
// HR assistant see the same, and nobody sees another enterprise's.
func TestRoster(t *testing.T) {
	small(t, func(t *testing.T, w *qiweitest.World, a, other *admin) {
		const one = "/console/api/hr/staff/lisi"
		var fields struct {
			Groups []struct {
				Kind   int64 `json:"group_type"`
				Fields []struct {
					ID      int64 `json:"fieldid"`
					Options []string
					Day     bool
				}
			}
		}
		a.ok("GET", "/console/api/hr/fields", "", &fields)
		if len(fields.Groups) != 9 || !fields.Groups[1].Fields[0].Day || fields.Groups[1].Fields[1].Options[0] != "全职" {
			t.Fatalf("%+v", fields)
		}
		get := func() (r roster) { a.ok("GET", one, "", &r); return r }
		before := get()
		if before.Member.Name != "李四" || before.text(11001, 0) != "李四" {
			t.Fatalf("%+v", before)
		}
		set := func(field int64, text string) string {
			return fmt.Sprintf(`{"fieldid":%d,"sub_idx":0,"text":%q}`, field, text)
		}
		for what, bad := range map[string]string{
			"a day that is none":      `{"set":[` + set(12024, "A-1") + `,` + set(12001, "2024-02-30") + `]}`,
			"an option that is none":  `{"set":[` + set(12002, "临时") + `]}`,
			"a required field empty":  `{"set":[` + set(12024, "") + `]}`,
			"a computed field":        `{"set":[` + set(11006, "30") + `]}`,
			"a field that is none":    `{"set":[` + set(99999, "x") + `]}`,
			"another's mobile number": `{"set":[` + set(11003, "abc") + `]}`,
			"a group that is not yet": `{"set":[{"fieldid":14002,"sub_idx":0,"text":"清华"}]}`,
			"nothing":                 `{}`,
			"a contact without phone": `{"insert":[{"group_type":4,"values":[{"fieldid":17001,"text":"王"}]}]}`,
			"a group to remove":       `{"remove":[{"group_type":4,"sub_idx":0}]}`,
			"a file in words":         `{"set":[` + set(19003, "file") + `]}`,
		} {
			if r := a.refused(422, "PUT", one, bad); r.Error == "" {
				t.Errorf("%s: %+v", what, r)
			}
		}
		if now := get(); now.Version != before.Version {
			t.Errorf("what was refused has changed the roster: %+v", now)
		}
		edit := `{"version":"` + before.Version + `","set":[` + set(12001, "2024-03-01") + `,` + set(12002, "全职") + `,` + set(12024, "A-17") + `,` + set(11002, "小李") + `,` + set(12006, "2124-01-01") + `],
			"insert":[{"group_type":4,"values":[{"fieldid":17001,"text":"李父"},{"fieldid":17002,"text":"父母"},{"fieldid":17003,"text":"13800001111"}]},{"group_type":1,"values":[{"fieldid":14002,"text":"清华"}]}]}`
		a.ok("PUT", one, edit, nil)
		if r := a.refused(409, "PUT", one, edit); r.Reason != "stale" {
			t.Errorf("%+v", r)
		}
		now := get()
		for field, want := range map[int64]string{12001: "2024-03-01", 12002: "全职", 12024: "A-17", 11002: "小李", 12004: "试用", 12006: "2124-01-01", 17001: "李父", 17002: "父母", 17003: "13800001111", 14002: "清华"} {
			if got := now.text(field, 0); got != want {
				t.Errorf("field %d is %q, want %q", field, got, want)
			}
		}
		if r := w.Corp.WithApp(access.SelfBuilt, app.Settings{Name: "人事", Range: access.Everything(), Callable: []access.Kind{access.HR}}).Call("POST", "/cgi-bin/hr/get_staff_info", `{"userid":"lisi","fieldids":[{"fieldid":12001},{"fieldid":17001}]}`); !strings.Contains(r.Body, fmt.Sprint(time.Date(2024, 3, 1, 0, 0, 0, 0, time.FixedZone("", 8*3600)).Unix())) || !strings.Contains(r.Body, "李父") {
			t.Errorf("the call sees %s", r.Body)
		}
		var list struct {
			Staff []struct {
				UserID, Department string
				Fields             map[string]string
			}
			Total int
		}
		a.ok("GET", "/console/api/hr/staff?q=lisi", "", &list)
		if list.Total != 1 || list.Staff[0].Fields["12024"] != "A-17" || list.Staff[0].Fields["12004"] != "试用" || list.Staff[0].Department == "" {
			t.Errorf("%+v", list)
		}
		a.ok("GET", "/console/api/hr/staff?limit=1&offset=1", "", &list)
		if list.Total < 3 || len(list.Staff) != 1 || list.Staff[0].UserID != "lisi" {
			t.Errorf("%+v", list)
		}
		if status, sheet := a.do("GET", "/console/api/hr/staff.csv", ""); status != 200 || !strings.Contains(sheet, "李四,lisi,") || !strings.Contains(sheet, "2024-03-01") || strings.Count(sheet, "\n") != list.Total+1 {
			t.Errorf("%d %s", status, sheet)
		}
		var theirs roster
		other.ok("GET", one, "", &theirs)
		if theirs.text(12024, 0) != "" {
			t.Errorf("another enterprise sees %+v", theirs)
		}
		a.ok("PUT", one, `{"set":[`+set(12002, "")+`],"remove":[{"group_type":4,"sub_idx":0}]}`, nil)
		if now = get(); now.text(17001, 0) != "" || now.text(12002, 0) != "" || now.text(14002, 0) != "清华" {
			t.Errorf("%+v", now)
		}
		a.refused(404, "GET", "/console/api/hr/staff/nobody", "")
		if log := a.audit(); log != "roster.update roster.update" {
			t.Errorf("the audit log says %s", log)
		}
		reader := func() *admin { appoint(t, w, w.CorpID, "wangwu", admins.Reader); return as(t, w, w.CorpID, "wangwu") }()
		reader.ok("GET", one, "", nil)
		reader.refused(403, "PUT", one, `{"set":[`+set(12024, "x")+`]}`)
	})
}

// TestRosterFiles: a file of the roster is read by its administrator, and by nobody else's.
func TestRosterFiles(t *testing.T) {
	small(t, func(t *testing.T, w *qiweitest.World, a, other *admin) {
		var media struct {
			ID string `json:"media_id"`
		}
		w.As(access.SelfBuilt).Upload("/cgi-bin/media/upload?type=file", "合同.txt", []byte("the contract")).Decode(&media)
		w.Scripted("hr/set", fmt.Sprintf(`{"corpid":%q,"userid":"lisi","fieldid":19003,"value":%q}`, w.CorpID, media.ID), nil)
		var r roster
		a.ok("GET", "/console/api/hr/staff/lisi", "", &r)
		var kept string
		for _, v := range r.Values {
			if v.Field == 19003 {
				kept = v.Files[0]
			}
		}
		path := "/console/api/hr/staff/lisi/files/" + kept
		if status, text := a.do("GET", path, ""); status != 200 || text != "the contract" {
			t.Errorf("%d %s", status, text)
		}
		for _, p := range []string{"/console/api/hr/staff/lisi/files/none", "/console/api/hr/staff/wangwu/files/" + kept, "/console/api/hr/staff/nobody/files/" + kept} {
			if status, text := a.do("GET", p, ""); status != 404 {
				t.Errorf("%s: %d %s", p, status, text)
			}
		}
		if status, text := other.do("GET", path, ""); status != 404 {
			t.Errorf("another enterprise: %d %s", status, text)
		}
	})
}

// TestRosterExportsEverybody: the sheet is read page by page, and has everybody once.
func TestRosterExportsEverybody(t *testing.T) {
	small(t, func(t *testing.T, w *qiweitest.World, a, _ *admin) {
		var many strings.Builder
		many.WriteString("姓名,帐号,手机号,所在部门\n")
		for i := range 420 {
			fmt.Fprintf(&many, "新人%d,new%d,%d,2\n", i, i, 13600000000+i)
		}
		if p := a.imported("members", many.String()); p.Created != 420 {
			t.Fatalf("%+v", p)
		}
		if status, sheet := a.do("GET", "/console/api/hr/staff.csv?department=2", ""); status != 200 || strings.Count(sheet, ",new") != 420 || strings.Count(sheet, ",new419,") != 1 {
			t.Errorf("%d, %d rows", status, strings.Count(sheet, "\n"))
		}
	})
}
