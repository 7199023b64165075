package kf_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"

	"context"
)

// masked replaces in a text what differs from run to run.
func (h *house) masked(text string, names ...string) string {
	pairs := []string{h.CorpID, "CORPID", h.open, "OPENKFID", h.ma, "EXTERNAL"}
	text = strings.NewReplacer(append(pairs, names...)...).Replace(text)
	for pattern, to := range map[string]string{
		`<CreateTime>\d+<`: "<CreateTime>TIME<", `ENC[\w-]{20,}`: "TOKEN", `CODE[\w-]{20,}`: "CODE", `msg_\w{20,}`: "MSGID", `"send_time":\d+`: `"send_time":TIME`,
	} {
		text = regexp.MustCompile(pattern).ReplaceAllString(text, to)
	}
	return text
}

// TestTold: those who manage the account are told of everything that is read, and of nothing that the API has
// done (doc 94670). Testdata has what they are told, and what they then read.
func TestTold(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		chats := app.Settings{Range: access.Everything(), Grants: []string{"customerservice:chat:manage"}}
		names := []string{"app", "system", "custom", "base", "idle", "unlisted", "twin"}
		clients := []*qiweitest.Client{
			h.app, h.As(access.CustomerService), h.WithApp(access.Custom, chats), h.WithApp(access.Custom, app.Settings{Range: access.Everything(), Grants: []string{"customerservice:base:base"}}),
			h.WithApp(access.SelfBuilt, listed(access.Everything())), h.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), h.Second.WithApp(access.SelfBuilt, listed(access.Everything())),
		}
		receivers := map[string]*qiweitest.Receiver{}
		for i, c := range clients {
			receivers[names[i]] = h.Receiver(c)
		}
		h.done(h.Corp, "kf/account", fmt.Sprintf(`{"open_kfid":%q,"agentids":[%d,%d,%d]}`, h.open, h.app.AgentID, clients[2].AgentID, clients[3].AgentID), nil)
		h.Delivered()
		var pushes, read strings.Builder
		fmt.Fprintf(&pushes, "# an application manages an account\n%s\n", h.masked(receivers["custom"].Take()[0].XML()))
		for _, r := range receivers {
			r.Take()
		}
		cursor := h.read("").Next
		var said, answered string
		text := `,"msgtype":"text","text":{"content":"在"}`
		for i, step := range []struct {
			what string
			do   func()
			told bool
		}{
			{"a customer enters", func() { h.ma, _ = h.enter(`{"open_kfid":"` + h.open + `","name":"Lin"}`) }, true},
			{"writes", func() { said = h.writes("您好") }, true},
			{"takes it back", func() { h.done(h.Corp, "kf/recall", h.at(`"msgid":"`+said+`"`), nil) }, true},
			{"the API answers", func() { h.answer("在") }, false},
			{"moves the session into the pool", func() { h.move(2, "") }, false},
			{"a servicer takes it", func() { h.serve("zhangsan", "take", "") }, true},
			{"replies", func() { answered = h.serve("zhangsan", "reply", text) }, true},
			{"takes it back", func() { h.done(h.Corp, "kf/recall", h.at(`"userid":"ZhangSan","msgid":"`+answered+`"`), nil) }, true},
			{"hands the customer over", func() { h.serve("zhangsan", "transfer", `,"to":"lisi"`) }, true},
			{"the other will have no more messages", func() { h.serve("lisi", "reject", "") }, true},
			{"will again", func() { h.serve("lisi", "accept", "") }, true},
			{"ends the session", func() { h.serve("lisi", "end", "") }, true},
			{"stops", func() { h.serve("lisi", "stop", "") }, true},
			{"stops again", func() { h.serve("lisi", "stop", "") }, false},
			{"suspends", func() { h.serve("lisi", "suspend", "") }, true},
			{"receives", func() { h.serve("lisi", "receive", "") }, true},
			{"a message of the API does not arrive", func() {
				h.done(h.Corp, "kf/refuse", h.at(`"fail_type":10`), nil)
				h.serve("zhangsan", "reply", text)
				h.Delivered()
				h.read(cursor)
				h.move(4, "")
				h.writes("还在")
				h.answer("在")
			}, true},
			{"an administrator adds a servicer", func() { h.must("servicer/add", `{"open_kfid":"`+h.open+`","userid_list":["wangwu"]}`) }, false},
		} {
			step.do()
			h.Delivered()
			for _, name := range names {
				got := receivers[name].Take()
				want := step.told && (name == "app" || name == "system" || name == "custom")
				if (len(got) > 0) != want {
					t.Errorf("%s: %s is told %d times", step.what, name, len(got))
				}
				for _, p := range got {
					if p.Kind() != "kf_msg_or_event" || p.Field("OpenKfId") != h.open {
						t.Errorf("%s: %s is told %s", step.what, name, p.XML())
					}
					if i == 0 && name == "app" {
						fmt.Fprintf(&pushes, "# %s\n%s\n", step.what, h.masked(p.XML()))
					}
				}
			}
			got := h.must("sync_msg", fmt.Sprintf(`{"open_kfid":%q,"cursor":%q}`, h.open, cursor))
			var l list
			got.Decode(&l)
			cursor = l.Next
			_, messages, _ := strings.Cut(got.Body, `"msg_list":`)
			fmt.Fprintf(&read, "# %s\n%s\n", step.what, strings.ReplaceAll(h.masked(strings.TrimSuffix(messages, "}")), "},{\"msgid\"", "},\n{\"msgid\""))
		}
		h.done(h.Corp, "kf/account", fmt.Sprintf(`{"open_kfid":%q,"agentids":[%d]}`, h.open, h.app.AgentID), nil)
		h.Delivered()
		fmt.Fprintf(&pushes, "# no more\n%s\n", h.masked(receivers["custom"].Take()[0].XML()))
		qiweitest.Golden(t, "push/told.txt", pushes.String())
		qiweitest.Golden(t, "read.txt", read.String())
	})
}

// TestWhoTakesBack what: the author, once.
func TestWhoTakesBack(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		said := h.writes("x")
		h.move(3, "zhangsan")
		answered := h.serve("zhangsan", "reply", `,"msgtype":"text","text":{"content":"y"}`)
		for what, body := range map[string]string{
			"a servicer the customer's": `"userid":"zhangsan","msgid":"` + said + `"`,
			"the customer a servicer's": `"msgid":"` + answered + `"`,
			"another servicer":          `"userid":"lisi","msgid":"` + answered + `"`,
			"what is not there":         `"msgid":"x"`,
		} {
			if status, text := h.script(h.Corp, "kf/recall", h.at(body)); status == 200 {
				t.Errorf("%s: %s", what, text)
			}
		}
		h.done(h.Corp, "kf/recall", h.at(`"msgid":"`+said+`"`), nil)
		if status, _ := h.script(h.Corp, "kf/recall", h.at(`"msgid":"`+said+`"`)); status == 200 {
			t.Error("twice")
		}
		if m := h.messages(); m[0]["recalled"] != true || m[1]["recalled"] != nil {
			t.Errorf("%v", m)
		}
	})
}

// provided returns an application of a provider, namely the second enterprise, and its data URL.
func (h *house) provided(grants ...string) (*qiweitest.Client, *qiweitest.Receiver) {
	h.t.Helper()
	var v suite.Suite
	rc := h.Receiver()
	rc.Always(qiweitest.Text(200, "success"))
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		if _, err = h.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: h.Second.CorpID, TrustedIPs: qiweitest.Local}); err != nil {
			return err
		}
		v, err = h.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: h.Second.CorpID, Kind: access.ThirdParty, Token: rc.Token, AESKey: rc.AESKey, Settings: suite.Settings{Name: "客服", DataURL: rc.URL, Permissions: grants}})
		return err
	})
	return h.WithApp(access.ThirdParty, app.Settings{Range: access.Everything(), Grants: grants, Suite: v.SuiteID, Partner: h.Second.CorpID, CallbackURL: rc.URL}), rc
}

// TestProvidersIDs: a provider knows accounts, customers and servicers by ids of its own, in the callback, in
// what it reads and in what it sends (doc 94699, 97064).
func TestProvidersIDs(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		client, rc := h.provided("customerservice:base:base", "customerservice:chat:manage")
		h.done(h.Corp, "kf/account", fmt.Sprintf(`{"open_kfid":%q,"agentids":[%d]}`, h.open, client.AgentID), nil)
		h.writes("x")
		var accounts struct {
			List []struct {
				Open string `json:"open_kfid"`
			} `json:"account_list"`
		}
		as(client, "account/list", "{}").Decode(&accounts)
		open := accounts.List[0].Open
		if open == h.open || !strings.HasPrefix(open, "wk") {
			t.Fatalf("its id of the account is %q", open)
		}
		h.Delivered()
		var kinds []string
		for _, p := range rc.Take() {
			kinds = append(kinds, p.Kind())
			if p.Problem != "" || p.Field("OpenKfId")+p.Field("AuthAddOpenKfId") != open {
				t.Errorf("told %s %s", p.Problem, p.XML())
			}
		}
		if got := strings.Join(kinds, " "); !strings.HasSuffix(got, "kf_account_auth_change kf_msg_or_event") {
			t.Errorf("told of %s", got)
		}
		if got := as(client, "sync_msg", `{"open_kfid":"`+h.open+`"}`); got.ErrCode != 95000 || strings.Contains(got.Body, h.open) && !strings.Contains(got.Body, `"`+h.open) {
			t.Errorf("the corp's own id: %s", got.Body)
		}
		var l list
		as(client, "sync_msg", `{"open_kfid":"`+open+`"}`).Decode(&l)
		ma := l.Messages[len(l.Messages)-1].External
		if ma == h.ma || !strings.HasPrefix(ma, "wm") {
			t.Fatalf("its id of the customer is %q", ma)
		}
		var servicers struct {
			List []struct{ UserID string } `json:"servicer_list"`
		}
		as(client, "servicer/list", `{"open_kfid":"`+open+`"}`).Decode(&servicers)
		zhang := servicers.List[0].UserID
		if zhang == "zhangsan" || zhang == "" {
			t.Fatalf("its id of the servicer is %q", zhang)
		}
		if got := as(client, "send_msg", fmt.Sprintf(`{"open_kfid":%q,"touser":%q,%s}`, open, ma, aText)); got.ErrCode != 0 {
			t.Errorf("send_msg: %s", got.Body)
		}
		if got := as(client, "service_state/trans", fmt.Sprintf(`{"open_kfid":%q,"external_userid":%q,"service_state":3,"servicer_userid":%q}`, open, ma, zhang)); got.ErrCode != 0 {
			t.Errorf("trans: %s", got.Body)
		}
		h.serve("zhangsan", "reply", `,"msgtype":"business_card","business_card":{"userid":"lisi"}`)
		h.serve("zhangsan", "transfer", `,"to":"lisi"`)
		got := as(client, "sync_msg", fmt.Sprintf(`{"open_kfid":%q}`, open))
		for _, own := range []string{h.open, h.ma, `"zhangsan"`, `"lisi"`} {
			if strings.Contains(got.Body, own) {
				t.Errorf("it reads %s: %s", own, got.Body)
			}
		}
		if !strings.Contains(got.Body, `"old_servicer_userid":"`+zhang+`"`) {
			t.Errorf("without its id of the servicer: %s", got.Body)
		}
		got = as(client, "customer/batchget", fmt.Sprintf(`{"external_userid_list":[%q,%q]}`, ma, h.ma))
		if want := fmt.Sprintf(`"customer_list":[{"external_userid":%q,"nickname":"Ma","gender":0}],"invalid_external_userid":[%q]`, ma, h.ma); !strings.Contains(got.Body, want) {
			t.Errorf("%s, want %s", got.Body, want)
		}
	})
}
