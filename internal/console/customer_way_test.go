package console_test

import (
	"strings"
	"testing"

	admins "qiwei/internal/admin"
	"qiwei/qiweitest"
)

// twoAdmins are the super admins of two enterprises that look alike.
func twoAdmins(t *testing.T, w *qiweitest.World) (a, b *admin) {
	t.Helper()
	appoint(t, w, w.CorpID, "zhangsan", admins.Super)
	appoint(t, w, w.Second.CorpID, "zhangsan", admins.Super)
	return as(t, w, w.CorpID, "zhangsan"), as(t, w, w.Second.CorpID, "zhangsan")
}

func TestCustomerWays(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, b := twoAdmins(t, w)
		const path = "/console/api/customer-ways"
		type way struct {
			ConfigID string `json:"config_id"`
			Type     int64
			Remark   string
			State    string
			Link     string
			App      string
			Led      int64
			Members  []struct{ UserID, Name string }
		}
		list := func(a *admin, query string) []way {
			var got struct{ Ways []way }
			a.ok("GET", path+query, "", &got)
			return got.Ways
		}
		var made struct {
			ConfigID string `json:"config_id"`
		}
		a.ok("POST", path, `{"remark":"展台","state":"booth7","skip_verify":true,"userids":["zhangsan"]}`, &made)
		if r := a.refused(422, "POST", path, `{"remark":"nobody"}`); r.Fields["userids"] == "" {
			t.Errorf("%+v", r)
		}
		a.refused(422, "POST", path, `{"userids":["nobody"]}`)
		a.refused(422, "POST", path, `{"departments":[99]}`)
		a.refused(422, "POST", path, `{"userids":["lisi"],"remark":"`+strings.Repeat("长", 31)+`"}`)
		w.As("customer_contact").Call("POST", "/cgi-bin/externalcontact/add_contact_way", `{"type":2,"scene":2,"remark":"应用的","user":["lisi","wangwu"]}`)
		all := list(a, "")
		if len(all) != 2 || all[0].App == "" || all[0].Type != 2 || all[1].ConfigID != made.ConfigID || all[1].App != "" || all[1].Link != w.URL+"/wechat/way/"+made.ConfigID || all[1].Members[0].Name != "张三" {
			t.Fatalf("%+v", all)
		}
		if got := list(a, "?q=BOOTH"); len(got) != 1 || got[0].Remark != "展台" {
			t.Errorf("%+v", got)
		}
		met(w, w.CorpID, `{"config_id":"`+made.ConfigID+`","name":"Lin"}`)
		var one struct {
			way
			Customers []relation
		}
		mine := path + "/" + made.ConfigID
		if a.ok("GET", mine, "", &one); one.Led != 1 || len(one.Customers) != 1 || one.Customers[0].Name != "Lin" {
			t.Errorf("%+v", one)
		}
		a.ok("PUT", mine, `{"remark":"二号展台","state":"booth8","userids":["lisi"]}`, nil)
		if a.ok("GET", mine, "", &one); one.Remark != "二号展台" || one.State != "booth8" || one.Members[0].UserID != "lisi" || len(one.Customers) != 0 {
			t.Errorf("%+v", one)
		}
		a.ok("PUT", path+"/"+all[0].ConfigID, `{"remark":"应用的","userids":["zhangsan"],"departments":[4]}`, nil) // an admin changes those of applications, too

		for _, c := range []struct {
			a    *admin
			path string
		}{{b, mine}, {a, path + "/none"}} {
			c.a.refused(404, "GET", c.path, "")
			c.a.refused(404, "PUT", c.path, `{"userids":["lisi"]}`)
			c.a.refused(404, "DELETE", c.path, "")
		}
		a.ok("DELETE", mine, "", nil)
		if left := list(a, ""); len(left) != 1 {
			t.Errorf("%+v", left)
		}
		a.did("customer_way.", "customer_way.delete", "customer_way.update", "customer_way.update", "customer_way.create")
	})
}

func TestCodesAreDrawn(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	a, _ := twoAdmins(t, w)
	status, png := a.do("GET", "/console/api/qrcode.png?text="+w.URL+"/wechat/way/x", "")
	if status != 200 || !strings.HasPrefix(png, "\x89PNG") {
		t.Errorf("%d %.10q", status, png)
	}
	for _, text := range []string{"", "https://evil.example/", w.URL, w.URL + ".evil.example/", w.URL + "/" + strings.Repeat("x", 600)} {
		a.refused(400, "GET", "/console/api/qrcode.png?text="+text, "")
	}
}

func TestCustomerGroups(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, b := twoAdmins(t, w)
		appoint(t, w, w.CorpID, "lisi", admins.Ranged, 4)
		ranged := as(t, w, w.CorpID, "lisi")
		const path = "/console/api/customer-groups"
		type group struct {
			ChatID    string `json:"chat_id"`
			Name      string
			Owner     string
			OwnerName string `json:"owner_name"`
			OwnerLeft bool   `json:"owner_left"`
			Staff     int64
			Outsiders int64
		}
		list := func(a *admin, query string) (out []group) {
			var got struct{ Groups []group }
			a.ok("GET", path+query, "", &got)
			return got.Groups
		}
		lin := met(w, w.CorpID, `{"userid":"zhangsan","name":"Lin"}`)
		var one, two struct {
			ChatID string `json:"chat_id"`
		}
		script(w, w.CorpID, "group/create", `{"owner":"zhangsan","group_name":"老客户 100%","userids":["lisi"],"external_userid":"`+lin+`"}`, &one)
		script(w, w.CorpID, "group/create", `{"owner":"wangwu","group_name":"新客户"}`, &two)
		script(w, w.Second.CorpID, "group/create", `{"owner":"wangwu","group_name":"别家"}`, nil)
		all := list(a, "")
		if len(all) != 2 || all[0].Name != "新客户" || all[1].Staff != 2 || all[1].Outsiders != 1 || all[1].OwnerName != "张三" {
			t.Fatalf("%+v", all)
		}
		for query, want := range map[string]int{"?q=100%25": 1, "?q=0_": 0, "?owner=wangwu": 1, "?owner=nobody": 0, "?status=1": 0, "?limit=1": 1} {
			if got := list(a, query); len(got) != want {
				t.Errorf("%s: %+v", query, got)
			}
		}
		if got := list(ranged, ""); len(got) != 1 || got[0].Owner != "wangwu" {
			t.Errorf("a ranged admin sees %+v", got)
		}
		var detail struct {
			group
			People []struct {
				UserID   string
				External string `json:"external_userid"`
				Name     string
				Invitor  string
			}
		}
		if a.ok("GET", path+"/"+one.ChatID, "", &detail); len(detail.People) != 3 || detail.People[0].Name != "张三" || detail.People[2].Name != "Lin" || detail.People[2].External != lin || detail.People[1].Invitor != "zhangsan" {
			t.Errorf("%+v", detail)
		}
		ranged.refused(422, "GET", path+"/"+one.ChatID, "")
		b.refused(404, "GET", path+"/"+one.ChatID, "")
		a.refused(404, "GET", path+"/wrnone", "")
		if r := a.refused(422, "POST", path+"/"+one.ChatID+"/owner", `{}`); r.Fields["to"] == "" {
			t.Errorf("%+v", r)
		}
		a.refused(422, "POST", path+"/"+one.ChatID+"/owner", `{"to":"nobody"}`)
		b.refused(404, "POST", path+"/"+one.ChatID+"/owner", `{"to":"lisi"}`)
		a.ok("POST", path+"/"+one.ChatID+"/owner", `{"to":"lisi"}`, nil)
		a.ok("DELETE", "/console/api/members/lisi", "", nil)
		if got := list(a, "?status=1"); len(got) != 1 || !got[0].OwnerLeft || got[0].Owner != "lisi" {
			t.Errorf("left behind: %+v", got)
		}
		a.ok("POST", path+"/"+one.ChatID+"/owner", `{"to":"wangwu"}`, nil)
		if got := list(a, "?owner=wangwu"); len(got) != 2 {
			t.Errorf("%+v", got)
		}
		a.did("customer_group.", "customer_group.owner", "customer_group.owner")
	})
}

func TestJoinWays(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, b := twoAdmins(t, w)
		const path = "/console/api/join-ways"
		var group, theirs struct {
			ChatID string `json:"chat_id"`
		}
		script(w, w.CorpID, "group/create", `{"owner":"zhangsan","group_name":"一群"}`, &group)
		script(w, w.Second.CorpID, "group/create", `{"owner":"zhangsan","group_name":"别家"}`, &theirs)
		var made struct {
			ConfigID string `json:"config_id"`
		}
		a.ok("POST", path, `{"remark":"门店","state":"shop","auto_create":true,"room_name":"门店","room_number":1,"chat_ids":["`+group.ChatID+`"]}`, &made)
		if r := a.refused(422, "POST", path, `{"remark":"x"}`); r.Fields["chat_ids"] == "" {
			t.Errorf("%+v", r)
		}
		a.refused(422, "POST", path, `{"chat_ids":["`+theirs.ChatID+`"]}`)
		a.refused(422, "POST", path, `{"chat_ids":["`+group.ChatID+`"],"state":"`+strings.Repeat("x", 31)+`"}`)
		mine := path + "/" + made.ConfigID
		script(w, w.CorpID, "join", `{"config_id":"`+made.ConfigID+`","name":"Lin"}`, nil)
		var one struct {
			Remark, State, Link string
			AutoCreate          bool `json:"auto_create"`
			Groups              []struct {
				Name      string
				Outsiders int64
			}
			Came, There int64
		}
		if a.ok("GET", mine, "", &one); one.Remark != "门店" || !one.AutoCreate || one.Link != w.URL+"/wechat/join/"+made.ConfigID || len(one.Groups) != 1 || one.Groups[0].Outsiders != 1 || one.Came != 1 || one.There != 1 {
			t.Errorf("%+v", one)
		}
		a.ok("PUT", mine, `{"remark":"二店","state":"shop2","chat_ids":["`+group.ChatID+`"]}`, nil)
		if a.ok("GET", mine, "", &one); one.Remark != "二店" || one.AutoCreate || one.Came != 0 {
			t.Errorf("%+v", one)
		}
		var list struct {
			Ways []struct{ Given int64 }
		}
		for query, want := range map[string]int{"": 1, "?q=shop2": 1, "?q=none": 0} {
			if a.ok("GET", path+query, "", &list); len(list.Ways) != want {
				t.Errorf("%s: %+v", query, list)
			}
		}
		for _, c := range []struct {
			a    *admin
			path string
		}{{b, mine}, {a, path + "/none"}} {
			c.a.refused(404, "GET", c.path, "")
			c.a.refused(404, "PUT", c.path, `{"chat_ids":["`+group.ChatID+`"]}`)
			c.a.refused(404, "DELETE", c.path, "")
		}
		a.ok("DELETE", mine, "", nil)
		a.refused(404, "GET", mine, "")
		a.did("join_way.", "join_way.delete", "join_way.update", "join_way.create")
	})
}

func TestGroupWelcomes(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, b := twoAdmins(t, w)
		const path = "/console/api/group-welcomes"
		var made struct {
			ID string `json:"template_id"`
		}
		a.ok("POST", path, `{"text":"欢迎 %NICKNAME%","link":{"title":"手册","url":"https://x.example/"},"notify":true}`, &made)
		if r := a.refused(422, "POST", path, `{"text":" "}`); r.Fields["text"] == "" {
			t.Errorf("%+v", r)
		}
		a.refused(422, "POST", path, `{"text":"`+strings.Repeat("长", 1001)+`"}`)
		a.refused(422, "POST", path, `{"media_id":"none"}`)
		w.As("customer_contact").Call("POST", "/cgi-bin/externalcontact/group_welcome_template/add", `{"text":{"content":"应用的"}}`)
		var list struct {
			Templates []struct {
				ID      string `json:"template_id"`
				App     string
				Content struct {
					Text  string
					Parts []struct{ Type, Title, URL string }
				}
			}
		}
		a.ok("GET", path, "", &list)
		if len(list.Templates) != 2 || list.Templates[0].App == "" || list.Templates[1].Content.Text != "欢迎 %NICKNAME%" || len(list.Templates[1].Content.Parts) != 1 || list.Templates[1].Content.Parts[0].Title != "手册" {
			t.Fatalf("%+v", list)
		}
		a.ok("PUT", path+"/"+list.Templates[0].ID, `{"text":"改了"}`, nil) // of an application
		for _, c := range []struct {
			a    *admin
			path string
		}{{b, path + "/" + made.ID}, {a, path + "/msgnone"}} {
			c.a.refused(404, "PUT", c.path, `{"text":"x"}`)
			c.a.refused(404, "DELETE", c.path, "")
		}
		a.ok("DELETE", path+"/"+made.ID, "", nil)
		if a.ok("GET", path, "", &list); len(list.Templates) != 1 || list.Templates[0].Content.Text != "改了" {
			t.Errorf("%+v", list)
		}
		a.did("group_welcome.", "group_welcome.delete", "group_welcome.update", "group_welcome.create")
	})
}
