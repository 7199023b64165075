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

func TestApplications(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.CorpID, "wangwu", admins.Reader)
		a, reader := as(t, w, w.CorpID, "zhangsan"), as(t, w, w.CorpID, "wangwu")
		var made struct{ AgentID int64 }
		a.ok("POST", "/console/api/apps", `{"name":"报销"}`, &made)
		path := fmt.Sprintf("/console/api/apps/%d", made.AgentID)
		var app struct {
			Name, Version string
			Range         struct{ Departments []int64 }
		}
		a.ok("GET", path, "", &app)
		a.ok("PUT", path, fmt.Sprintf(`{"name":"费用","range":{"departments":[2]},"trusted_ips":"127.0.0.1","version":%q}`, app.Version), nil)
		a.refused(409, "PUT", path, fmt.Sprintf(`{"name":"差旅","version":%q}`, app.Version))
		if a.ok("GET", path, "", &app); app.Name != "费用" || len(app.Range.Departments) != 1 || app.Range.Departments[0] != 2 {
			t.Errorf("the application is %+v", app)
		}
		for body, field := range map[string]string{
			`{"name":""}`: "name", `{"home_url":"javascript:alert(1)"}`: "home_url", `{"trusted_ips":"here"}`: "trusted_ips",
			`{"redirect_domain":"https://a.example/"}`: "domains", `{"range":{"departments":[4711]}}`: "range", `{"range":{"members":["nobody"]}}`: "range",
		} {
			if r := a.refused(422, "PUT", path, body); r.Fields[field] == "" {
				t.Errorf("%s: %+v, want an error of %s", body, r, field)
			}
		}

		// A member who is gone is in no range any more, and the application can still be looked at and changed.
		a.ok("POST", "/console/api/members", `{"userid":"gone","name":"离职","mobile":"13900000077","departments":[2]}`, nil)
		a.ok("PUT", path, `{"range":{"departments":[2],"members":["lisi","gone"]}}`, nil)
		a.ok("DELETE", "/console/api/members/gone", "", nil)
		var ranged struct {
			Range struct{ Members []struct{ UserID string } }
		}
		if a.ok("GET", path, "", &ranged); len(ranged.Range.Members) != 1 || ranged.Range.Members[0].UserID != "lisi" {
			t.Errorf("the range is %+v", ranged)
		}
		a.ok("PUT", path, `{"range":{"departments":[2]}}`, nil)

		// Secrets come only when asked for, only to admins who may see them, and are in no list.
		var s struct{ Secret string }
		a.ok("POST", "/console/api/secrets", fmt.Sprintf(`{"agentid":%d}`, made.AgentID), &s)
		for _, p := range []string{path, "/console/api/apps", "/console/api/home", "/console/api/audit"} {
			if _, body := a.do("GET", p, ""); strings.Contains(body, s.Secret) {
				t.Errorf("%s shows the secret", p)
			}
		}
		reader.refused(403, "POST", "/console/api/secrets", fmt.Sprintf(`{"agentid":%d}`, made.AgentID))
		if got := w.Get(fmt.Sprintf("/cgi-bin/gettoken?corpid=%s&corpsecret=%s", w.CorpID, s.Secret)); got.ErrCode != 0 {
			t.Errorf("the secret does not work: %s", got.Body)
		}
		a.ok("POST", path+"/secret", "{}", nil)
		if got := w.Get(fmt.Sprintf("/cgi-bin/gettoken?corpid=%s&corpsecret=%s", w.CorpID, s.Secret)); got.ErrCode == 0 {
			t.Error("the old secret still works")
		}

		var picture bytes.Buffer
		if err := png.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 64, 64))); err != nil {
			t.Fatal(err)
		}
		var logo struct{ Logo string }
		if status, body := a.do("PUT", path+"/logo", picture.String(), "Content-Type", "image/png"); status != 200 {
			t.Errorf("a logo: %d %s", status, body)
		}
		a.ok("GET", path, "", &logo)
		if status, _ := a.do("GET", logo.Logo, ""); status != 200 {
			t.Errorf("the logo is at %q: %d", logo.Logo, status)
		}
		if r := a.refused(422, "PUT", path+"/logo", `"no picture"`); r.Fields["logo"] == "" {
			t.Errorf("no picture: %+v", r)
		}
		a.ok("DELETE", path, "", nil)
		a.refused(404, "GET", path, "")
	})
}

// A callback is verified; events are sent to it, shown, and sent again.
func TestCallbacks(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	appoint(t, w, w.CorpID, "zhangsan", admins.Super)
	a := as(t, w, w.CorpID, "zhangsan")
	app := w.As(access.ContactSync)
	path := fmt.Sprintf("/console/api/apps/%d/callback", app.AgentID)
	if r := a.refused(422, "PUT", path, `{"url":"http://127.0.0.1:1/"}`); r.Fields["url"] == "" {
		t.Errorf("nobody is there: %+v", r)
	}
	if r := a.refused(422, "PUT", path, `{"url":"http://127.0.0.1:1/","encoding_aes_key":"short","unverified":true}`); r.Fields["encoding_aes_key"] == "" {
		t.Errorf("a short key: %+v", r)
	}
	a.refused(422, "POST", "/console/api/test-events", fmt.Sprintf(`{"agentid":%d,"event":"message"}`, app.AgentID))
	receiver := w.Receiver(app)
	a.ok("PUT", path, fmt.Sprintf(`{"url":%q}`, receiver.URL), nil)

	doctor := func(body string) (report struct{ Verified bool }) {
		t.Helper()
		a.ok("POST", "/console/api/callback-doctor", body, &report)
		return report
	}
	if !doctor(fmt.Sprintf(`{"agentid":%d,"kind":"application"}`, app.AgentID)).Verified {
		t.Error("the doctor refuses the application's own callback")
	}
	if doctor(fmt.Sprintf(`{"agentid":%d,"kind":"application","token":"another"}`, app.AgentID)).Verified {
		t.Error("the doctor takes another Token")
	}
	for field, body := range map[string]string{
		"kind": `{"kind":"x"}`, "url": `{"kind":"robot"}`, "token": `{"kind":"robot","url":"http://127.0.0.1:1/"}`,
		"encoding_aes_key": `{"kind":"robot","url":"http://127.0.0.1:1/","token":"t"}`,
		"receiveid":        `{"kind":"suite","url":"http://127.0.0.1:1/","token":"t","encoding_aes_key":"k"}`,
	} {
		if r := a.refused(400, "POST", "/console/api/callback-doctor", body); r.Fields[field] == "" {
			t.Errorf("%s: %+v, want a word on %s", body, r, field)
		}
	}

	var events struct{ Events []string }
	a.ok("GET", "/console/api/test-events", "", &events)
	for _, e := range events.Events {
		a.ok("POST", "/console/api/test-events", fmt.Sprintf(`{"agentid":%d,"event":%q}`, app.AgentID, e), nil)
	}
	w.Delivered()
	var list struct {
		Deliveries []struct {
			No           int64
			Event, State string
		}
	}
	a.ok("GET", "/console/api/deliveries?limit=200", "", &list)
	if len(list.Deliveries) != len(events.Events) {
		t.Fatalf("%d deliveries of %d", len(list.Deliveries), len(events.Events))
	}
	for _, d := range list.Deliveries {
		if d.State != "delivered" {
			t.Errorf("%s is %s", d.Event, d.State)
		}
	}
	_, body := a.do("GET", fmt.Sprintf("/console/api/deliveries/%d", list.Deliveries[0].No), "")
	if !strings.Contains(body, "CDATA[") || !strings.Contains(body, "msg_signature=") {
		t.Errorf("the delivery is %s", body)
	}
	a.ok("POST", "/console/api/deliveries/replay", fmt.Sprintf(`{"numbers":[%d]}`, list.Deliveries[0].No), nil)
	w.Delivered()
}

func TestMessages(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.Second.CorpID, "zhangsan", admins.Super)
		a, other := as(t, w, w.CorpID, "zhangsan"), as(t, w, w.Second.CorpID, "zhangsan")
		app := w.As(access.SelfBuilt)
		for _, text := range []string{"first", "second"} {
			if got := app.Call("POST", "/cgi-bin/message/send", fmt.Sprintf(`{"touser":"lisi|wangwu","msgtype":"text","agentid":%d,"text":{"content":%q}}`, app.AgentID, text)); got.ErrCode != 0 {
				t.Fatal(got.Body)
			}
		}
		type messages struct {
			Messages []struct {
				No, Copies int64
				Recalled   string `json:"recalled_at"`
			}
		}
		var list messages
		a.ok("GET", "/console/api/messages", "", &list)
		if len(list.Messages) != 2 || list.Messages[0].Copies != 2 {
			t.Fatalf("the messages are %+v", list)
		}
		for q, want := range map[string]int{"q=FIRST": 1, "userid=lisi": 2, "userid=zhangsan": 0, "msgtype=image": 0, fmt.Sprint("before=", list.Messages[0].No): 1} {
			var some messages
			if a.ok("GET", "/console/api/messages?"+q, "", &some); len(some.Messages) != want {
				t.Errorf("%s: %d messages, want %d", q, len(some.Messages), want)
			}
		}
		var to struct {
			UserIDs []string
			Total   int
		}
		a.ok("GET", fmt.Sprintf("/console/api/messages/%d/receivers", list.Messages[0].No), "", &to)
		if to.Total != 2 {
			t.Errorf("received by %+v", to)
		}
		recall := fmt.Sprintf("/console/api/messages/%d/recall", list.Messages[0].No)
		other.refused(422, "POST", recall, "{}")
		a.ok("POST", recall, "{}", nil)
		if a.ok("GET", "/console/api/messages", "", &list); list.Messages[0].Recalled == "" || list.Messages[1].Recalled != "" {
			t.Errorf("recalled: %+v", list)
		}
		w.Clock.Advance(25 * 3600 * 1e9)
		a.refused(422, "POST", fmt.Sprintf("/console/api/messages/%d/recall", list.Messages[1].No), "{}")
	})
}

func TestMenus(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		a := as(t, w, w.CorpID, "zhangsan")
		app := w.As(access.SelfBuilt)
		path := fmt.Sprintf("/console/api/apps/%d/menu", app.AgentID)
		var menu struct {
			Buttons []struct{ Name string }
			Version string
		}
		if a.ok("GET", path, "", &menu); len(menu.Buttons) != 0 {
			t.Errorf("there is a menu already: %+v", menu)
		}
		a.ok("PUT", path, fmt.Sprintf(`{"buttons":[{"name":"报销","type":"click","key":"expense"},{"name":"更多","sub_button":[{"name":"帮助","type":"view","url":"https://a.example/"}]}],"version":%q}`, menu.Version), nil)
		if got := app.Call("GET", fmt.Sprintf("/cgi-bin/menu/get?agentid=%d", app.AgentID), ""); !strings.Contains(got.Body, `"expense"`) {
			t.Errorf("the API has %s", got.Body)
		}
		if r := a.refused(409, "PUT", path, fmt.Sprintf(`{"buttons":[],"version":%q}`, menu.Version)); r.Reason != "stale" {
			t.Errorf("an overtaken menu: %+v", r)
		}
		if r := a.refused(422, "PUT", path, `{"buttons":[{"name":"无类型"}]}`); r.Fields["buttons"] == "" {
			t.Errorf("a button that does nothing: %+v", r)
		}
		a.ok("PUT", path, `{"buttons":[]}`, nil)
		if a.ok("GET", path, "", &menu); len(menu.Buttons) != 0 {
			t.Errorf("the menu is still there: %+v", menu)
		}
	})
}
