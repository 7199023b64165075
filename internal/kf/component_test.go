package kf_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// component is one of the second enterprise, installed in the first.
type component struct {
	h       *house
	suiteID string
	secret  string
	command *qiweitest.Receiver
	code    string // permanent
	corpID  string // of the first enterprise, as the provider knows it
	token   string
}

func (h *house) component(grants ...string) *component {
	h.t.Helper()
	p := h.installed(access.ThirdParty, grants)
	p.signIn()
	return p
}

// installed is an application of the provider, without a token.
func (h *house) installed(kind access.Kind, grants []string) *component {
	h.t.Helper()
	p := &component{h: h, command: h.Receiver()}
	p.command.Always(qiweitest.Text(200, "success"))
	var v suite.Suite
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		if _, err = h.Server.Suites.Provider(tx, h.Second.CorpID); err != nil {
			if _, err = h.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: h.Second.CorpID, TrustedIPs: qiweitest.Local}); err != nil {
				return err
			}
		}
		v, err = h.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: h.Second.CorpID, Kind: kind, Token: p.command.Token, AESKey: p.command.AESKey,
			Settings: suite.Settings{Name: "客服组件", CommandURL: p.command.URL, Permissions: grants}})
		return err
	})
	p.suiteID, p.secret = v.SuiteID, v.Secret
	var made struct {
		Code string `json:"auth_code"`
		Corp string `json:"open_corpid"`
	}
	h.Scripted("providers/install", fmt.Sprintf(`{"suite_id":%q,"corpid":%q}`, v.SuiteID, h.CorpID), &made)
	p.code = p.bySuite("get_permanent_code", fmt.Sprintf(`{"auth_code":%q}`, made.Code)).Text("permanent_code")
	p.corpID = made.Corp
	return p
}

// bySuite makes a call of the suite.
func (p *component) bySuite(name, body string) qiweitest.JSON {
	p.h.t.Helper()
	var ticket struct {
		Ticket string `json:"suite_ticket"`
	}
	p.h.Scripted("providers/ticket", fmt.Sprintf(`{"suite_id":%q}`, p.suiteID), &ticket)
	by := p.h.Send("POST", "/cgi-bin/service/get_suite_token", fmt.Sprintf(`{"suite_id":%q,"suite_secret":%q,"suite_ticket":%q}`, p.suiteID, p.secret, ticket.Ticket)).JSON().Text("suite_access_token")
	return p.h.Send("POST", "/cgi-bin/service/"+name+"?suite_access_token="+by, body).JSON()
}

// signIn fetches a token, which is good for two hours.
func (p *component) signIn() {
	p.h.t.Helper()
	p.token = p.bySuite("get_corp_token", fmt.Sprintf(`{"auth_corpid":%q,"permanent_code":%q}`, p.corpID, p.code)).Text("access_token")
}

func (p *component) call(name, body string) qiweitest.Result {
	p.h.t.Helper()
	return p.h.Send("POST", "/cgi-bin/kf/"+name+"?access_token="+p.token, body)
}

// give has an administrator of the first enterprise give accounts to the component.
func (p *component) give(accounts ...string) (status int, text string) {
	p.h.t.Helper()
	return p.h.script(p.h.Corp, "kf/component", fmt.Sprintf(`{"suite_id":%q,"open_kfids":%s}`, p.suiteID, qiweitest.Quoted(accounts...)))
}

// accounts are those that the component reads, by its own ids, and whether any says who manages it.
func (p *component) accounts(more string) (open []string, body string) {
	p.h.t.Helper()
	r := p.call("account/list", "{"+more+"}")
	var got struct {
		List []struct {
			Open string `json:"open_kfid"`
		} `json:"account_list"`
	}
	r.Decode(&got)
	for _, a := range got.List {
		open = append(open, a.Open)
	}
	return open, r.Body
}

// figures are what the component's links have brought on a day, empty for nothing.
func (p *component) figures(day time.Time) string {
	p.h.t.Helper()
	r := p.call("get_statistic", fmt.Sprintf(`{"start_time":%d,"end_time":%d}`, day.Unix()+5, day.Unix()+7))
	text, ok := strings.CutPrefix(r.Body, fmt.Sprintf(`{"errcode":0,"errmsg":"ok","statistic_list":[{"stat_time":%d`, day.Unix()))
	if !ok {
		p.h.t.Fatal(r.Body)
	}
	return strings.TrimPrefix(strings.TrimSuffix(text, "}]}"), `,"statistic":`)
}

var anAccount = regexp.MustCompile(`<OpenKfId><!\[CDATA\[(wk[^\]]+)\]\]></OpenKfId>`)

// TestComponent: a component leads to the accounts that it was given, and is told those (doc 99368, 99400, 99401).
func TestComponent(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		p, twin := h.component("customerservice:component:base", "customerservice:component:stat"), h.Second
		second, _ := h.account(h.Corp, `"userid_list":["wangwu"]`)
		third, _ := h.account(h.Corp, `"userid_list":["wangwu"]`)
		theirs, _ := h.account(twin, `"userid_list":["lisi"]`)
		if open, body := p.accounts(""); open != nil || !strings.Contains(body, `"account_list":[]`) {
			t.Errorf("before it was given any: %s", body)
		}
		h.Delivered()
		p.command.Take()
		if status, text := p.give(h.open, third, h.open); status != 200 {
			t.Fatal(text)
		}
		h.Delivered()
		told := p.command.Take()
		if len(told) != 1 || told[0].Field("InfoType") != "change_auth" || !strings.Contains(told[0].XML(), "<ExtraInfo><AuthOpenKfIdList><OpenKfId>") {
			t.Fatalf("told %+v", told)
		}
		open, body := p.accounts("")
		var named []string
		for _, m := range anAccount.FindAllStringSubmatch(told[0].XML(), -1) {
			named = append(named, m[1])
		}
		if len(open) != 2 || !slices.Equal(open, named) || open[0] == h.open || strings.Contains(body, "manage_privilege") {
			t.Errorf("given: %s, told %s", body, told[0].XML())
		}
		qiweitest.Golden(t, "push/component.txt", h.masked(told[0].XML(), p.suiteID, "SUITE", p.corpID, "CORP", open[0], "OPENKFID1", open[1], "OPENKFID2"))
		for more, want := range map[string][]string{`"limit":1`: open[:1], `"offset":1`: open[1:], `"offset":2`: nil, `"offset":9,"limit":9`: nil, `"offset":1,"limit":100`: open[1:]} {
			if got, _ := p.accounts(more); !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", more, got, want)
			}
		}
		if got := p.call("account/list", `{"limit":101}`); got.ErrCode != 40058 {
			t.Errorf("too many: %s", got.Body)
		}
		for what, tt := range map[string]struct {
			name, body string
			code       int
		}{
			"another's link":   {"add_contact_way", `{"open_kfid":"` + theirs + `"}`, 95000},
			"without one":      {"add_contact_way", `{}`, 60251},
			"a scene too long": {"add_contact_way", `{"open_kfid":"` + open[0] + `","scene":"` + strings.Repeat("x", 33) + `"}`, 40058},
			"not its business": {"servicer/list", `{"open_kfid":"` + open[0] + `"}`, 48002},
			"messages":         {"sync_msg", `{"open_kfid":"` + open[0] + `"}`, 48002},
			"an account's":     {"get_corp_statistic", `{"open_kfid":"` + open[0] + `"}`, 48002},
		} {
			if got := p.call(tt.name, tt.body); got.ErrCode != tt.code {
				t.Errorf("%s: %s, want %d", what, got.Body, tt.code)
			}
		}
		for n, want := range map[int]int{499: 200, 500: 200, 501: 400} {
			if status, text := p.give(slices.Repeat([]string{second}, n)...); status != want {
				t.Errorf("%d accounts: %d %s", n, status, text)
			}
		}
		p.give(second)
		if got := p.call("add_contact_way", `{"open_kfid":"`+open[0]+`"}`); got.ErrCode != 48007 {
			t.Errorf("of an account that it was given once: %s", got.Body)
		}
		as(h.As(access.CustomerService), "account/del", `{"open_kfid":"`+second+`"}`)
		if got, _ := p.accounts(""); got != nil {
			t.Errorf("after the account was deleted: %v", got)
		}
		plain := h.component("customerservice:base:base")
		for what, tt := range map[string]struct {
			p        *component
			accounts []string
			status   int
		}{
			"an application that is none": {plain, []string{h.open}, 400}, "an account that is none": {p, []string{"wkx"}, 400},
			"a deleted one": {p, []string{second}, 400}, "the twin's": {p, []string{theirs}, 400},
			"a suite that is none": {&component{h: h, suiteID: "ww000000000000000"}, nil, 404},
		} {
			if status, text := tt.p.give(tt.accounts...); status != tt.status {
				t.Errorf("%s: %d %s, want %d", what, status, text, tt.status)
			}
		}
	})
}

// TestCustomComponent: a proxy-developed application with a component's permission alone sees what it was given, too.
func TestCustomComponent(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		p := h.installed(access.Custom, []string{"customerservice:component:base"})
		p.token = h.Get("/cgi-bin/gettoken?corpid=" + p.corpID + "&corpsecret=" + p.code).JSON().Text("access_token")
		if open, body := p.accounts(""); open != nil || !strings.Contains(body, `"account_list":[]`) {
			t.Errorf("before it was given any: %s", body)
		}
		if status, text := p.give(h.open); status != 200 {
			t.Fatal(text)
		}
		if open, body := p.accounts(""); len(open) != 1 || strings.Contains(body, "manage_privilege") {
			t.Errorf("given: %s", body)
		}
	})
}

// TestComponentFigures: a component reads what sessions its own links have begun (doc 99367).
func TestComponentFigures(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		day := time.Date(2031, 1, 6, 0, 0, 0, 0, time.FixedZone("", 8*3600))
		p, other := h.component("customerservice:component:base", "customerservice:component:stat"), h.component("customerservice:component:base", "customerservice:component:stat")
		p.give(h.open)
		other.give(h.open)
		shown, _ := p.accounts("")
		link := func(p *component, scene string) string {
			return p.call("add_contact_way", fmt.Sprintf(`{"open_kfid":%q,"scene":%q}`, shown[0], scene)).JSON().Text("url")
		}
		enter := func(url, param string) {
			t.Helper()
			h.ma, _ = h.enter(fmt.Sprintf(`{"url":%q,"name":"Lin","scene_param":%q}`, url, param))
		}
		// Lin comes by the component's link, is answered by the assistant, and by zhangsan after 20 seconds.
		cursor := h.read("").Next
		enter(link(p, "shop"), "a=1")
		if l := h.read(cursor); len(l.Messages) != 1 || !strings.Contains(string(l.Messages[0].Event), `"scene":"shop","scene_param":"a=1"`) {
			t.Errorf("entered by %+v", l)
		}
		h.writes("一")
		h.answer("在")
		h.move(3, "zhangsan")
		h.writes("二")
		h.Advance(20 * time.Second)
		h.serve("zhangsan", "reply", `,"msgtype":"text","text":{"content":"在"}`)
		h.serve("zhangsan", "end", "")
		h.writes("三") // a session that no link has begun
		// Another by a link without a scene, whom nobody has; a third by the account's own link, and by the other's.
		enter(link(p, ""), "")
		h.writes("一")
		enter(h.url, "")
		h.writes("一")
		h.answer("在")
		enter(link(other, ""), "")
		h.writes("一")
		h.answer("在")
		if status, text := h.script(h.Corp, "enter_kf", fmt.Sprintf(`{"url":%q,"name":"He"}`, strings.Replace(link(p, "x"), "enc_scene=ENC", "enc_scene=ENCx", 1))); status != 400 {
			t.Errorf("a changed link: %d %s", status, text)
		}
		h.Advance(7*time.Hour + time.Minute) // the next day
		p.signIn()
		other.signIn()
		const asked = `"satisfaction_investgate_cnt":0}`
		for _, tt := range []struct {
			what string
			p    *component
			want string
		}{
			{"its own", p, `{"session_cnt":1,"customer_cnt":2,"customer_msg_cnt":3,"upgrade_service_customer_cnt":0,"ai_session_reply_cnt":1,"servicer_session_cnt":1,"reply_rate":1,"first_reply_average_sec":20,` + asked},
			{"the other's", other, `{"session_cnt":1,"customer_cnt":1,"customer_msg_cnt":1,"upgrade_service_customer_cnt":0,"ai_session_reply_cnt":1,"servicer_session_cnt":0,` + asked},
		} {
			if got := tt.p.figures(day); got != tt.want {
				t.Errorf("%s: %s, want %s", tt.what, got, tt.want)
			}
			if got := tt.p.figures(day.AddDate(0, 0, -1)); got != "" {
				t.Errorf("%s of the day before: %s", tt.what, got)
			}
		}
		p.give()
		if got := p.figures(day); got != "" {
			t.Errorf("once it has no account any more: %s", got)
		}
		blind := h.component("customerservice:component:base")
		for what, tt := range map[string]struct{ got, want int }{
			"without the permission":     {blind.call("get_statistic", `{}`).ErrCode, 48002},
			"an application of the corp": {h.call("get_statistic", `{}`).ErrCode, 48002},
			"32 days":                    {p.call("get_statistic", fmt.Sprintf(`{"start_time":%d,"end_time":%d}`, day.AddDate(0, 0, -31).Unix(), day.Unix())).ErrCode, 600018},
			"31 days":                    {p.call("get_statistic", fmt.Sprintf(`{"start_time":%d,"end_time":%d}`, day.AddDate(0, 0, -30).Unix(), day.Unix())).ErrCode, 0},
			"today":                      {p.call("get_statistic", fmt.Sprintf(`{"start_time":%d,"end_time":%d}`, day.Unix(), day.AddDate(0, 0, 1).Unix())).ErrCode, 600018},
		} {
			if tt.got != tt.want {
				t.Errorf("%s: %d, want %d", what, tt.got, tt.want)
			}
		}
	})
}
