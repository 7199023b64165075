package console_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"strings"
	"testing"

	"qiwei/internal/access"
	admins "qiwei/internal/admin"
	"qiwei/qiweitest"
)

type wholeRecord struct {
	Declared struct {
		Attributes         []string
		ExternalAttributes []string `json:"external_attributes"`
	}
	Picture bool
	Tags    []struct {
		ID     int
		Name   string
		Direct bool
	}
	Apps   []struct{ Name, Kind string }
	Leader *struct{ UserID, Name string }
}

type attribute struct{ Type, Name, Text, URL, Title any }

// TestMemberRecord: an admin sees and changes all that the enterprise has of a member, and WeCom's calls see the same.
func TestMemberRecord(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.CorpID, "wangwu", admins.Reader)
		a, reader := as(t, w, w.CorpID, "zhangsan"), as(t, w, w.CorpID, "wangwu")
		const one = "/console/api/members/lisi"
		var corp struct{ Version string }
		a.ok("GET", "/console/api/corp", "", &corp)
		a.ok("PUT", "/console/api/corp", `{"attributes":["爱好","主页"],"external_attributes":["专长"],"short_names":["晴川"],"version":"`+corp.Version+`"}`, nil)

		// Attributes of both kinds, what customers see, and the order in departments.
		var m struct {
			Version     string
			Departments []int64
			Orders      []int64
			Attributes  []attribute
			External    struct {
				CorpName   string `json:"corp_name"`
				Attributes []attribute
			}
		}
		a.ok("GET", one, "", &m)
		departments := strings.ReplaceAll(strings.Trim(strings.Join(strings.Fields(fmt.Sprint(m.Departments)), ","), "[]"), " ", "")
		orders := strings.Repeat("77,", len(m.Departments))
		a.ok("PUT", one, `{"version":"`+m.Version+`","departments":[`+departments+`],"orders":[`+orders[:len(orders)-1]+`],
			"attributes":[{"Type":0,"Name":"爱好","Text":"围棋"},{"Type":1,"Name":"主页","URL":"https://a.example","Title":"主页"},{"Type":0,"Name":"没有的","Text":"x"}],
			"external":{"corp_name":"晴川","channel":"","attributes":[{"Type":0,"Name":"专长","Text":"接口"}]}}`, nil)
		if status, body := a.do("PUT", one, `{"version":"`+m.Version+`","external":{"corp_name":""}}`); status != 409 {
			t.Errorf("what another admin has changed is overwritten: %d %s", status, body)
		}
		a.ok("GET", one, "", &m)
		if len(m.Attributes) != 2 || m.Attributes[0].Text != "围棋" || m.Attributes[1].URL != "https://a.example" || m.External.CorpName != "晴川" ||
			len(m.External.Attributes) != 1 || m.Orders[0] != 77 {
			t.Errorf("%+v", m)
		}
		seen := w.As(access.SelfBuilt).Call("GET", "/cgi-bin/user/get?userid=lisi", "").Body
		for _, part := range []string{`"order":[77`, `"value":"围棋"`, `"external_corp_name":"晴川"`, `"value":"接口"`} {
			if !strings.Contains(seen, part) {
				t.Errorf("no %s in %s", part, seen)
			}
		}
		a.ok("PUT", one, `{"attributes":[{"Type":0,"Name":"爱好","Text":""}]}`, nil)
		if a.ok("GET", one, "", &m); len(m.Attributes) != 1 {
			t.Errorf("%+v", m.Attributes)
		}
		if status, _ := a.do("PUT", one, `{"external":{"corp_name":"别家"}}`); status == 200 {
			t.Error("a name that the enterprise has not is taken")
		}

		// Tags of their own and by a department, and the applications that see them.
		var tag struct{ ID int }
		a.ok("POST", "/console/api/tags", `{"name":"骨干"}`, &tag)
		a.ok("POST", "/console/api/tags/"+fmt.Sprint(tag.ID)+"/content", `{"add":{"Users":["lisi"]}}`, nil)
		a.ok("POST", "/console/api/tags", `{"name":"全员"}`, &tag)
		a.ok("POST", "/console/api/tags/"+fmt.Sprint(tag.ID)+"/content", `{"add":{"Departments":[1]}}`, nil)
		var r wholeRecord
		a.ok("GET", one+"/record", "", &r)
		direct := map[string]bool{}
		for _, tag := range r.Tags {
			direct[tag.Name] = tag.Direct
		}
		if own, has := direct["骨干"]; !has || !own {
			t.Errorf("%+v", r.Tags)
		}
		if own, has := direct["全员"]; !has || own {
			t.Errorf("%+v", r.Tags)
		}
		if len(r.Apps) == 0 || r.Declared.Attributes[1] != "主页" || r.Declared.ExternalAttributes[0] != "专长" || r.Picture {
			t.Errorf("%+v", r)
		}

		// The picture.
		var picture bytes.Buffer
		if err := png.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 40, 40))); err != nil {
			t.Fatal(err)
		}
		status, body := a.do("PUT", one+"/avatar", picture.String(), "Content-Type", "image/png")
		avatar := strings.Split(strings.TrimPrefix(body, `{"avatar":"`), `"`)[0]
		if status != 200 || avatar == "" {
			t.Fatalf("%d %s", status, body)
		}
		if status, _ := a.do("GET", avatar, ""); status != 200 {
			t.Errorf("%s: %d", avatar, status)
		}
		if a.ok("GET", one+"/record", "", &r); !r.Picture {
			t.Error("the picture is not theirs")
		}
		if status, body := a.do("PUT", one+"/avatar", "no picture", "Content-Type", "image/png"); status != 422 {
			t.Errorf("%d %s", status, body)
		}
		reader.refused(403, "DELETE", one+"/avatar", "")
		a.ok("DELETE", one+"/avatar", "", nil)
		if a.ok("GET", one+"/record", "", &r); r.Picture {
			t.Error("the picture is still theirs")
		}
		reader.ok("GET", one+"/record", "", &r)
	})
}

// TestRecordByRange: who is outside of the range does not exist, and no applications are shown to an admin who sees none.
func TestRecordByRange(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "lisi", admins.Ranged, 3)
		ranged := as(t, w, w.CorpID, "lisi")
		ranged.refused(422, "GET", "/console/api/members/zhangsan/record", "")
		if status, body := ranged.do("DELETE", "/console/api/members/zhangsan/avatar", ""); status != 422 {
			t.Errorf("%d %s", status, body)
		}
		var r wholeRecord
		if ranged.ok("GET", "/console/api/members/lisi/record", "", &r); len(r.Apps) != 0 {
			t.Errorf("%+v", r.Apps)
		}
	})
}

// TestLeaders: the org chart is told who leads what an admin sees, the first in order first, and of no other enterprise.
func TestLeaders(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.CorpID, "lisi", admins.Ranged, 3)
		a := as(t, w, w.CorpID, "zhangsan")
		for i, m := range []string{`"departments":[3],"leads":[3],"orders":[5]`, `"departments":[3,2],"leads":[3,2],"orders":[9,0]`, `"departments":[2]`} {
			n := fmt.Sprint(i + 1)
			a.ok("POST", "/console/api/members", `{"userid":"boss`+n+`","name":"负责人`+n+`","position":"总监","mobile":"1390000000`+n+`",`+m+`}`, nil)
		}
		type answer struct {
			Departments []struct {
				Department int64
				Leaders    []struct{ UserID, Position string }
			}
		}
		led := func(a *admin) (out []string) {
			var got answer
			a.ok("GET", "/console/api/leaders?ids=3,2,999", "", &got)
			for _, d := range got.Departments {
				for _, l := range d.Leaders {
					if strings.HasPrefix(l.UserID, "boss") {
						out = append(out, fmt.Sprint(d.Department)+l.UserID+l.Position)
					}
				}
			}
			return out
		}
		if got := strings.Join(led(a), " "); got != "3boss2总监 3boss1总监 2boss2总监" {
			t.Error(got)
		}
		if got := strings.Join(led(as(t, w, w.CorpID, "lisi")), " "); got != "3boss2总监 3boss1总监" {
			t.Error("by range: " + got)
		}
		appoint(t, w, w.Second.CorpID, "zhangsan", admins.Super)
		if got := led(as(t, w, w.Second.CorpID, "zhangsan")); len(got) != 0 {
			t.Errorf("another enterprise is told %v", got)
		}
		for _, bad := range []string{"", "?ids=a", "?ids=1,", "?ids=1" + strings.Repeat(",1", 200)} {
			if status, _ := a.do("GET", "/console/api/leaders"+bad, ""); status != 400 {
				t.Errorf("%.20s: %d", bad, status)
			}
		}
		if status, _ := a.do("GET", "/console/api/leaders?ids=1"+strings.Repeat(",1", 199), ""); status != 200 {
			t.Errorf("200 departments: %d", status)
		}
	})
}
