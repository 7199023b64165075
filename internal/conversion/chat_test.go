package conversion_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// TestChatUpgrade: a proxy-developed application knows groups by the enterprise's own ids, until it upgrades them to
// those that its provider's third-party applications know (doc 99601).
func TestChatUpgrade(t *testing.T) {
	for _, plain := range []bool{false, true} { // of everything else
		t.Run(fmt.Sprint("plain ", plain), func(t *testing.T) {
			run(t, func(t *testing.T, h *house) { chatUpgrade(t, h, plain) })
		})
	}
}

func chatUpgrade(t *testing.T, h *house, plain bool) {
	group := func(c *qiweitest.Corp, owner string) string {
		return field(t, h.script("wechat/group/create", fmt.Sprintf(`{"corpid":%q,"owner":%q}`, c.CorpID, owner)), "chat_id")
	}
	own, hidden, twins := group(h.Corp, "zhangsan"), group(h.Corp, "wangwu"), group(h.Second, "zhangsan")
	lin := h.add("zhangsan", "Lin", "")
	p := h.install(access.Custom, plain, access.Range{Departments: []int64{2}}, base)
	third := h.install(access.ThirdParty, false, access.Range{Departments: []int64{2}}, base).client()
	listed := func(r qiweitest.Result) string {
		var got qiweitest.JSON
		r.Decode(&got)
		return got.Text("group_chat_list.0.chat_id")
	}
	ours := func() string { return listed(p.call("externalcontact/groupchat/list", `{"limit":10}`)) }
	theirs := listed(third.Call("POST", "/cgi-bin/externalcontact/groupchat/list", `{"limit":10}`))
	get := func(chat string) int {
		return p.call("externalcontact/groupchat/get", `{"chat_id":"`+chat+`"}`).ErrCode
	}
	apply := func(at time.Time) int {
		return p.call("idconvert/apply_to_upgrade_chatid", fmt.Sprintf(`{"upgrade_time":%d}`, at.Unix())).ErrCode
	}
	convert := func(body string) qiweitest.Result { return p.call("idconvert/chatid", body) }
	if ours() != own || theirs == own || get(own) != 0 || get(theirs) != 40050 {
		t.Errorf("before: %s, by a third party %s; get answers %d and %d", ours(), theirs, get(own), get(theirs))
	}
	list := fmt.Sprintf(`{"chat_id_list":[%q,%q,%q,%q]}`, own, theirs, hidden, twins)
	if got := convert(list); got.ErrCode != 48002 {
		t.Errorf("converted without an application for it: %s", got.Body)
	}
	now := h.Clock.Now()
	for what, tt := range map[string]struct {
		at   time.Time
		code int
	}{"a second ago": {now.Add(-time.Second), 40058}, "in seven days": {now.Add(7 * 24 * time.Hour), 0}, "a second later": {now.Add(7*24*time.Hour + time.Second), 40058}, "in an hour": {now.Add(time.Hour), 0}} {
		if got := apply(tt.at); got != tt.code {
			t.Errorf("%s: %d, want %d", what, got, tt.code)
		}
	}
	apply(now.Add(time.Hour))
	if ours() != own || get(own) != 0 || get(theirs) != 0 || get(twins) != 40050 {
		t.Errorf("applied for: %s; get answers %d and %d", ours(), get(own), get(theirs))
	}
	want := fmt.Sprintf(`"items":[{"chat_id":%q,"new_chat_id":%q},{"chat_id":%[2]q,"new_chat_id":%[2]q}],"invalid_chat_id_list":[%[3]q,%[4]q]`, own, theirs, hidden, twins)
	if got := convert(list); !strings.Contains(got.Body, want) {
		t.Errorf("%s\nwant %s", got.Body, want)
	}
	for what, tt := range map[string]struct {
		body string
		code int
	}{"none": {`{}`, 40063}, "100": {`{"chat_id_list":` + many(100) + `}`, 0}, "101": {`{"chat_id_list":` + many(101) + `}`, 40058}} {
		if got := convert(tt.body); got.ErrCode != tt.code {
			t.Errorf("%s: %s, want %d", what, got.Body, tt.code)
		}
	}
	h.Advance(time.Hour)
	if ours() != theirs || get(own) != 40050 || get(theirs) != 0 {
		t.Errorf("upgraded: %s, want %s; get answers %d and %d", ours(), theirs, get(own), get(theirs))
	}
	if convert(list).ErrCode != 48002 || apply(h.Clock.Now().Add(time.Hour)) != 48002 {
		t.Error("and it goes on")
	}
	if got := p.call("externalcontact/get", `{"external_userid":"`+lin+`"}`); (got.ErrCode == 0) != plain {
		t.Errorf("a customer by the enterprise's own id: %s", got.Body)
	}
	if got := third.Call("POST", "/cgi-bin/idconvert/chatid", list); got.ErrCode != 48002 {
		t.Errorf("a third-party application: %s", got.Body)
	}
}

// TestChatUpgradeOfATemplate: every enterprise that installs it afterwards is upgraded, and none that has before.
func TestChatUpgradeOfATemplate(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		chat := field(t, h.script("wechat/group/create", fmt.Sprintf(`{"corpid":%q,"owner":"zhangsan"}`, h.CorpID)), "chat_id")
		p := h.install(access.Custom, false, access.Everything(), base)
		upgrade := func(p *party) int {
			return h.Get("/cgi-bin/idconvert/upgrade_chatid_for_new_corp?suite_access_token=" + p.suiteToken()).ErrCode
		}
		if got := upgrade(h.install(access.ThirdParty, false, access.Everything(), base)); got != 48001 {
			t.Errorf("a third-party suite: %d", got)
		}
		if got := upgrade(p); got != 0 {
			t.Fatalf("a template: %d", got)
		}
		get := func(p *party) int {
			return p.call("externalcontact/groupchat/get", `{"chat_id":"`+chat+`"}`).ErrCode
		}
		if got := get(p); got != 0 {
			t.Errorf("an enterprise that had installed it: %d", got)
		}
		h.script("providers/cancel", fmt.Sprintf(`{"suite_id":%q,"corpid":%q}`, p.suite.SuiteID, h.CorpID))
		p.reinstall()
		if got := get(p); got != 40050 {
			t.Errorf("once it is installed anew, by the enterprise's own id: %d", got)
		}
	})
}

// reinstall installs a template again, which was cancelled.
func (p *party) reinstall() {
	p.h.t.Helper()
	grants := p.in.Grants
	p.h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		if p.in, _, err = p.h.Server.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: p.suite.SuiteID, CorpID: p.h.CorpID, Silent: true}); err != nil {
			return err
		}
		p.in.Range, p.in.Grants = access.Everything(), grants
		return p.h.Server.Apps.UpdateApp(ctx, tx, p.in.App)
	})
	p.token = field(p.h.t, p.h.Send("GET", "/cgi-bin/gettoken?corpid="+p.open+"&corpsecret="+p.in.Secret, "").Body, "access_token")
}
