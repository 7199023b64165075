package suite_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/callback"
	"qiwei/internal/message"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// contact does a call of the contact sync that must succeed.
func (h *house) contact(path, body string) {
	h.t.Helper()
	if got := h.As(access.ContactSync).Call("POST", "/cgi-bin/"+path, body); got.ErrCode != 0 {
		h.t.Fatalf("%s %s: %s", path, body, got.Body)
	}
}

// told returns what the command URL was told, as the kind of change and whom it names,
// and fails where one of the corp's own ids is in it.
func (h *house) told(rc *qiweitest.Receiver) (out []string) {
	h.t.Helper()
	h.Delivered()
	for _, p := range rc.Take() {
		for _, own := range []string{h.CorpID, "zhangsan", "lisi", "wangwu", "newcomer"} {
			if strings.Contains(p.XML(), own) {
				h.t.Errorf("the corp's own id %s is in %s", own, p.XML())
			}
		}
		line := p.Field("InfoType") + p.Field("Event") + " " + p.Field("ChangeType")
		for _, f := range []string{"Id", "Name", "Department", "TagId"} {
			if v := p.Field(f); v != "" && !strings.HasPrefix(v, "wo") {
				line += " " + f + "=" + v
			}
		}
		out = append(out, strings.TrimSpace(line))
	}
	return out
}

func (h *house) tells(rc *qiweitest.Receiver, what string, want ...string) {
	h.t.Helper()
	if got := h.told(rc); fmt.Sprint(got) != fmt.Sprint(want) {
		h.t.Errorf("%s: told %q, want %q", what, got, want)
	}
}

// TestSuitesAreToldOfTheDirectory: a suite hears at its command URL what changes in its
// range, by the provider's ids and without what it may not know.
func TestSuitesAreToldOfTheDirectory(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		in := h.install() // department 2 and wangwu
		h.told(h.commands)
		h.contact("user/create", `{"userid":"newcomer","name":"新人","mobile":"13900000001","department":[2],"position":"p"}`)
		h.Delivered()
		p := h.commands.Take()
		if len(p) != 1 || p[0].ReceiveID != h.suite.SuiteID || p[0].Field("SuiteId") != h.suite.SuiteID || p[0].Field("AuthCorpId") != in.OpenCorpID ||
			!strings.HasPrefix(p[0].Field("UserID"), "wo") || p[0].Field("OpenUserID") != p[0].Field("UserID") || p[0].Field("Name") != p[0].Field("UserID") ||
			strings.Contains(p[0].XML(), "Mobile") || strings.Contains(p[0].XML(), "Position") || strings.Contains(p[0].XML(), "Gender") {
			t.Fatalf("create_user: %v", p)
		}
		h.contact("user/update", `{"userid":"newcomer","name":"老人","mobile":"13900000002"}`)
		h.tells(h.commands, "a name and a number that it may not know")
		h.contact("user/update", `{"userid":"newcomer","department":[2,4]}`)
		h.tells(h.commands, "another department, outside of the range", "change_contact update_user Department=2")
		h.contact("user/update", `{"userid":"newcomer","department":[4]}`)
		h.tells(h.commands, "out of the range", "change_contact update_user")
		h.contact("user/update", `{"userid":"newcomer","department":[1]}`)
		h.contact("user/delete?userid=newcomer", "")
		h.contact("department/create", `{"id":70,"name":"外","parentid":4}`)
		h.tells(h.commands, "what lies outside of the range")
		h.contact("department/create", `{"id":71,"name":"内","parentid":2}`)
		h.contact("department/update", `{"id":71,"name":"内二"}`)
		h.contact("department/update", `{"id":71,"parentid":3}`)
		h.contact("department/delete?id=71", "")
		h.contact("tag/create", `{"tagid":7,"tagname":"标"}`)
		h.contact("tag/addtagusers", `{"tagid":7,"userlist":["wangwu","zhangsan"]}`)
		h.tells(h.commands, "departments and tags", "change_contact create_party Id=71 Name=71", "change_contact update_party Id=71", "change_contact delete_party Id=71",
			"change_contact update_tag TagId=7")

		// The other enterprise has installed nothing.
		h.Second.As(access.ContactSync).Call("POST", "/cgi-bin/department/create", `{"id":72,"name":"内","parentid":1}`)
		h.script("cancel", `{"suite_id":"`+h.suite.SuiteID+`","corpid":"`+h.CorpID+`"}`, nil)
		h.contact("user/update", `{"userid":"lisi","department":[4]}`)
		h.tells(h.commands, "after the removal", "cancel_auth")
	})
}

// TestContactsSuites: the application that writes the directory is not told of what it
// did itself, and the grant to edit it is told ids alone. A corp has one of them.
func TestContactsSuites(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdPartyContacts)
		edit := *h
		edit.add(access.ContactsEdit)
		_, token := h.corpToken()
		grant := `{"suite_id":"` + edit.suite.SuiteID + `","corpid":"` + h.CorpID + `"}`
		if got := edit.refused("install", grant); got != 400 {
			t.Errorf("a second one that writes the directory: %d", got)
		}
		h.told(h.commands)
		h.must("POST", "/cgi-bin/user/create?access_token="+token, `{"userid":"newcomer","name":"新人","mobile":"13900000001","department":[4]}`)
		h.tells(h.commands, "its own doing")
		changes := func() {
			h.contact("user/update", `{"userid":"newcomer","name":"改名"}`)
			h.contact("user/update", `{"userid":"newcomer","name":"新人","department":[2]}`)
			h.contact("department/create", `{"id":70,"name":"新","parentid":4}`)
			h.contact("department/update", `{"id":70,"name":"更新"}`)
			h.contact("department/delete?id=70", "")
			h.contact("tag/create", `{"tagid":7,"tagname":"标"}`)
			h.contact("tag/addtagusers", `{"tagid":7,"userlist":["wangwu"]}`)
			h.contact("tag/delete?tagid=7", "")
		}
		changes()
		h.tells(h.commands, "who writes the directory", "change_contact update_user Name=改名", "change_contact update_user Name=新人 Department=2",
			"change_contact create_party Id=70 Name=新", "change_contact update_party Id=70 Name=更新", "change_contact delete_party Id=70",
			"change_contact update_tag TagId=7")
		h.script("cancel", `{"suite_id":"`+h.suite.SuiteID+`","corpid":"`+h.CorpID+`"}`, nil)
		h.contact("user/update", `{"userid":"newcomer","department":[4]}`)
		edit.script("install", grant, nil)
		h.told(edit.commands)
		changes()
		h.tells(edit.commands, "who edits it", "change_contact update_user Department=2", "change_contact create_party Id=70", "change_contact delete_party Id=70")
	})
}

// TestDataURL: what members do to a third-party application goes to the suite's data
// URL, under the id by which the provider knows the corp.
func TestDataURL(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		in := h.install()
		data := w.Receiver()
		data.Token, data.AESKey = h.commands.Token, h.commands.AESKey
		if _, err := w.Server.Callbacks.SaveSuite(context.Background(), callback.SuiteCallback{
			SuiteID: h.suite.SuiteID, CommandURL: h.commands.URL, DataURL: data.URL,
		}); err != nil {
			t.Fatal(err)
		}
		h.tells(data, "a URL that has just been set")
		h.script("change", `{"suite_id":"`+h.suite.SuiteID+`","corpid":"`+h.CorpID+`","range":{"departments":[4],"members":["lisi"]}}`, nil)
		h.tells(data, "another range", "unsubscribe")
		h.contact("user/update", `{"userid":"lisi","enable":0}`)
		h.Delivered()
		p := data.Take()
		if len(p) != 1 || p[0].Field("Event") != "unsubscribe" || p[0].ReceiveID != in.OpenCorpID || p[0].Field("ToUserName") != in.OpenCorpID ||
			!strings.HasPrefix(p[0].Field("FromUserName"), "wo") || p[0].Field("AgentID") != fmt.Sprint(in.AgentID) {
			t.Errorf("unsubscribe: %v", p)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			m, err := w.Server.Directory.Member(ctx, tx, access.System(w.CorpID), "wangwu")
			if err != nil {
				return err
			}
			_, err = w.Server.Messages.Write(ctx, tx, w.CorpID, m, in.AgentID, message.Written{MsgType: "text", Content: "你好"})
			return err
		})
		h.Delivered()
		if p := data.Take(); len(p) != 1 || p[0].Field("Content") != "你好" || !strings.HasPrefix(p[0].Field("FromUserName"), "wo") || p[0].ReceiveID != in.OpenCorpID {
			t.Errorf("a message: %v", p)
		}
		if _, err := w.Server.Callbacks.SaveCallback(context.Background(), access.System(w.CorpID), callback.Callback{AgentID: in.AgentID, URL: data.URL, Unverified: true}); err == nil {
			t.Error("the corp has given a suite's application a callback")
		}
		h.script("cancel", `{"suite_id":"`+h.suite.SuiteID+`","corpid":"`+h.CorpID+`"}`, nil)
		h.told(h.commands)
		h.install()
		h.tells(data, "an installation, by everybody in its range", "subscribe", "subscribe")
	})
}

// TestNewTicketReplacesTheOld: a ticket that could not be delivered is given up once
// there is a newer one, so that what was queued behind it is not held up.
func TestNewTicketReplacesTheOld(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		h.told(h.commands)
		h.commands.Always(qiweitest.Text(500, "down"))
		h.script("ticket", `{"suite_id":"`+h.suite.SuiteID+`"}`, nil)
		h.install()
		h.Delivered()
		h.commands.Take()
		h.commands.Always(qiweitest.Text(200, "success"))
		var made struct {
			Ticket string `json:"suite_ticket"`
		}
		h.script("ticket", `{"suite_id":"`+h.suite.SuiteID+`"}`, &made)
		h.Delivered()
		got := h.commands.Take()
		if len(got) != 2 || got[0].Field("InfoType") != "create_auth" || got[1].Field("SuiteTicket") != made.Ticket {
			for _, d := range got {
				t.Log(d.Field("InfoType"), d.Field("SuiteTicket"), d.Field("TimeStamp"))
			}
			t.Errorf("after a ticket that failed: %d, want create_auth and %s", len(got), made.Ticket)
		}
	})
}

// TestSpecialAuth: the permission to acquire customers is given by an administrator after the installation, and the
// suite is told when it is given and when it is taken back (doc 98959).
func TestSpecialAuth(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		const acquire, base = "externalcontact:customer_acquisition:base", "externalcontact:base:base"
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			h.suite.Permissions = []string{acquire, base}
			return w.Server.Suites.UpdateSuite(ctx, tx, h.suite)
		})
		in, token := h.corpToken()
		granted := func() string {
			var a qiweitest.JSON
			h.Send("POST", "/cgi-bin/agent/get_permissions?access_token="+token, "").Decode(&a)
			return fmt.Sprint(a["app_permissions"])
		}
		if got := granted(); got != "["+base+"]" {
			t.Errorf("after the installation: %s", got)
		}
		h.told(h.commands)
		change := func(list string) {
			h.script("change", fmt.Sprintf(`{"suite_id":%q,"corpid":%q,"permissions":%s}`, h.suite.SuiteID, h.CorpID, list), nil)
		}
		change(fmt.Sprintf(`[%q,%q]`, acquire, base))
		h.Delivered()
		p := h.commands.Take()
		if len(p) != 2 || p[0].Field("InfoType") != "change_auth" || p[1].Field("InfoType") != "approve_special_auth" || p[1].Field("AuthType") != "customer_acquisition" || p[1].Field("AuthCorpId") != in.OpenCorpID {
			t.Errorf("given: %v", p)
		}
		if got := granted(); !strings.Contains(got, acquire) {
			t.Errorf("given: %s", got)
		}
		change(fmt.Sprintf(`[%q]`, acquire))
		h.tells(h.commands, "another one is taken", "change_auth")
		change(`[]`)
		h.tells(h.commands, "it is taken back", "change_auth", "cancel_special_auth")
	})
}
