package suite_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/callback"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// house is a World whose second enterprise is a provider with a suite.
type house struct {
	*qiweitest.World
	t        *testing.T
	provider suite.Provider
	suite    suite.Suite
	commands *qiweitest.Receiver
}

func open(t *testing.T, w *qiweitest.World, kind access.Kind) *house {
	t.Helper()
	h := &house{World: w, t: t}
	w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		h.provider, err = w.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: w.Second.CorpID})
		return err
	})
	h.add(kind)
	return h
}

// another is a second suite of the provider.
func (h *house) another() *house {
	h.t.Helper()
	other := *h
	other.add(access.ThirdParty)
	return &other
}

func (h *house) add(kind access.Kind) {
	h.t.Helper()
	w := h.World
	h.commands = w.Receiver()
	w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		h.suite, err = w.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: w.Second.CorpID, Kind: kind, Settings: suite.Settings{
			Name: "报表", Permissions: []string{"contact:base:base"},
		}})
		return err
	})
	saved, err := w.Server.Callbacks.SaveSuite(context.Background(), callback.SuiteCallback{
		SuiteID: h.suite.SuiteID, CommandURL: h.commands.URL, Token: h.commands.Token, AESKey: h.commands.AESKey,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.suite = saved
	h.commands.Always(qiweitest.Text(200, "success"))
}

// script runs one that must succeed.
func (h *house) script(name, body string, into any) {
	h.t.Helper()
	h.Scripted("providers/"+name, body, into)
}

// refused returns the status of a script that cannot be done.
func (h *house) refused(name, body string) int {
	h.t.Helper()
	req, err := http.NewRequest("POST", h.URL+"/_qiwei/providers/"+name, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	return h.Do(req).StatusCode
}

type answer struct {
	Code       int    `json:"errcode"`
	Msg        string `json:"errmsg"`
	SuiteToken string `json:"suite_access_token"`
	Provider   string `json:"provider_access_token"`
	PreAuth    string `json:"pre_auth_code"`
	Permanent  string `json:"permanent_code"`
	Access     string `json:"access_token"`
	Expires    int64  `json:"expires_in"`
	State      string `json:"state"`
	OpenCorp   string `json:"open_corpid"`
	Corp       struct {
		CorpID string `json:"corpid"`
		Name   string `json:"corp_name"`
	} `json:"auth_corp_info"`
	User struct {
		UserID string `json:"userid"`
		Name   string `json:"name"`
	} `json:"auth_user_info"`
	Auth struct {
		Agents []struct {
			AgentID   int64 `json:"agentid"`
			Privilege struct {
				Users   []string `json:"allow_user"`
				Parties []int64  `json:"allow_party"`
			} `json:"privilege"`
		} `json:"agent"`
	} `json:"auth_info"`
	UserID string `json:"userid"`
	Name   string `json:"name"`
	Admins []struct {
		UserID string `json:"userid"`
		Type   int64  `json:"auth_type"`
	} `json:"admin"`
	Permissions []string `json:"app_permissions"`
}

func (h *house) call(method, path, body string) (a answer) {
	h.t.Helper()
	h.Send(method, path, body).Decode(&a)
	return a
}

func (h *house) must(method, path, body string) answer {
	h.t.Helper()
	a := h.call(method, path, body)
	if a.Code != 0 {
		h.t.Fatalf("%s %s %s: %d %s", method, path, body, a.Code, a.Msg)
	}
	return a
}

// ticket returns the newest ticket that was pushed.
func (h *house) ticket() string {
	h.t.Helper()
	if err := h.Server.Suites.MakeTickets(context.Background()); err != nil {
		h.t.Fatal(err)
	}
	h.Delivered()
	for _, p := range h.commands.Take() {
		if p.Field("InfoType") == "suite_ticket" {
			return p.Field("SuiteTicket")
		}
	}
	h.t.Fatal("no ticket was pushed")
	return ""
}

func (h *house) token() string {
	h.t.Helper()
	return h.tokenBy(h.ticket())
}

func (h *house) tokenBy(ticket string) string {
	h.t.Helper()
	return h.must("POST", "/cgi-bin/service/get_suite_token",
		`{"suite_id":"`+h.suite.SuiteID+`","suite_secret":"`+h.suite.Secret+`","suite_ticket":"`+ticket+`"}`).SuiteToken
}

type installed struct {
	AuthCode   string `json:"auth_code"`
	AgentID    int64  `json:"agentid"`
	OpenCorpID string `json:"open_corpid"`
}

func (h *house) install() (in installed) {
	h.t.Helper()
	h.script("install", `{"suite_id":"`+h.suite.SuiteID+`","corpid":"`+h.CorpID+`","userid":"zhangsan","range":{"departments":[2],"members":["wangwu"]},"state":"abc"}`, &in)
	return in
}

// TestThirdPartyApplication walks a third-party application from its first ticket to
// its removal, as a provider's server does.
func TestThirdPartyApplication(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		token := h.token()
		in := h.install()
		h.Delivered()
		pushes := h.commands.Take()
		if len(pushes) != 1 || pushes[0].Field("InfoType") != "create_auth" || pushes[0].Field("AuthCode") != in.AuthCode ||
			pushes[0].Field("State") != "abc" || pushes[0].ReceiveID != h.suite.SuiteID || pushes[0].Field("AuthCorpId") != "" {
			t.Fatalf("create_auth: %+v", pushes)
		}

		got := h.must("POST", "/cgi-bin/service/get_permanent_code?suite_access_token="+token, `{"auth_code":"`+in.AuthCode+`"}`)
		agent := got.Auth.Agents[0]
		if got.Permanent == "" || got.Access == "" || got.State != "abc" || got.Corp.CorpID != in.OpenCorpID || got.Corp.CorpID == h.CorpID ||
			!strings.HasPrefix(got.User.UserID, "wo") || got.User.Name != got.User.UserID || agent.AgentID != in.AgentID || len(agent.Privilege.Users) != 1 {
			t.Fatalf("get_permanent_code: %+v", got)
		}
		if again := h.call("POST", "/cgi-bin/service/v2/get_permanent_code?suite_access_token="+token, `{"auth_code":"`+in.AuthCode+`"}`); again.Code != 40078 {
			t.Errorf("an auth_code was used twice: %+v", again)
		}

		// The token of the installation reads its range by the provider's ids.
		both := `{"auth_corpid":"` + got.Corp.CorpID + `","permanent_code":"` + got.Permanent + `"}`
		corp := h.must("POST", "/cgi-bin/service/get_corp_token?suite_access_token="+token, both)
		if corp.Access != got.Access || corp.Expires != 7200 {
			t.Errorf("get_corp_token: %+v", corp)
		}
		member := h.must("GET", "/cgi-bin/user/get?access_token="+corp.Access+"&userid="+got.User.UserID, "")
		if member.UserID != got.User.UserID || member.Name != member.UserID {
			t.Errorf("user/get: %+v", member)
		}
		// A userid of the corp's own is answered as one that nobody has: a guess says nothing.
		text := func(user string) string {
			a := h.call("GET", "/cgi-bin/user/get?access_token="+corp.Access+"&userid="+user, "")
			if a.Code != 60111 {
				t.Errorf("%s: %+v", user, a)
			}
			said, _, _ := strings.Cut(strings.ReplaceAll(a.Msg, user, "X"), ", hint")
			return said
		}
		if own, nobody := text("zhangsan"), text("someone1"); own != nobody {
			t.Errorf("%s and %s", own, nobody)
		}
		err := h.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
			_, err := h.Server.Apps.ResetSecret(context.Background(), tx, h.CorpID, in.AgentID)
			return err
		})
		if err == nil {
			t.Error("the corp has reset a provider's permanent code")
		}
		if admins := h.must("POST", "/cgi-bin/agent/get_admin_list?access_token="+corp.Access, ""); len(admins.Admins) != 0 {
			t.Errorf("get_admin_list: %+v", admins)
		}
		if p := h.must("POST", "/cgi-bin/agent/get_permissions?access_token="+corp.Access, ""); len(p.Permissions) != 1 || p.Permissions[0] != "contact:base:base" {
			t.Errorf("get_permissions: %+v", p)
		}

		if conv := h.Send("POST", "/cgi-bin/batch/userid_to_openuserid?access_token="+corp.Access, `{"userid_list":["zhangsan","nobody","lisi"]}`).Body; !strings.Contains(conv,
			`"open_userid_list":[{"userid":"zhangsan","open_userid":"`+got.User.UserID+`"},{"userid":"lisi"`) || !strings.Contains(conv, `"invalid_userid_list":["nobody"]`) {
			t.Errorf("userid_to_openuserid: %s", conv)
		}

		if r := h.refused("change", `{"suite_id":"`+h.suite.SuiteID+`","corpid":"`+h.CorpID+`","range":{"members":["nobody"]}}`); r != 400 {
			t.Errorf("a range with a member who is none: %d", r)
		}
		if r := h.refused("change", `{"suite_id":"`+h.suite.SuiteID+`","corpid":"`+h.CorpID+`","range":{"departments":[99]}}`); r != 400 {
			t.Errorf("a range with a department that is none: %d", r)
		}

		// The administrator changes the range; the provider reads what it is now.
		h.script("change", `{"suite_id":"`+h.suite.SuiteID+`","corpid":"`+h.CorpID+`","range":{"departments":[4]}}`, nil)
		h.Delivered()
		if pushes := h.commands.Take(); len(pushes) != 1 || pushes[0].Field("InfoType") != "change_auth" || pushes[0].Field("AuthCorpId") != in.OpenCorpID {
			t.Fatalf("change_auth: %+v", pushes)
		}
		if now := h.must("POST", "/cgi-bin/service/v2/get_auth_info?suite_access_token="+token, both).Auth.Agents[0].Privilege; len(now.Parties) != 1 || now.Parties[0] != 4 {
			t.Errorf("get_auth_info: %+v", now)
		}

		// The secret is reset: the code that was is none any more.
		var reset installed
		h.script("reset", `{"suite_id":"`+h.suite.SuiteID+`","corpid":"`+h.CorpID+`"}`, &reset)
		if old := h.call("POST", "/cgi-bin/service/get_auth_info?suite_access_token="+token, both); old.Code != 40084 {
			t.Errorf("the old permanent code: %+v", old)
		}
		var twice installed
		h.script("reset", `{"suite_id":"`+h.suite.SuiteID+`","corpid":"`+h.CorpID+`"}`, &twice)
		if old := h.call("POST", "/cgi-bin/service/v2/get_permanent_code?suite_access_token="+token, `{"auth_code":"`+reset.AuthCode+`"}`); old.Code != 40078 {
			t.Errorf("an auth_code from before the next reset: %+v", old)
		}
		fresh := h.must("POST", "/cgi-bin/service/v2/get_permanent_code?suite_access_token="+token, `{"auth_code":"`+twice.AuthCode+`"}`)
		if fresh.Permanent == got.Permanent || fresh.Access != "" || fresh.Corp.CorpID != in.OpenCorpID {
			t.Errorf("after the reset: %+v", fresh)
		}

		h.script("cancel", `{"suite_id":"`+h.suite.SuiteID+`","corpid":"`+h.CorpID+`"}`, nil)
		h.Delivered()
		if kinds := h.commands.Take(); len(kinds) != 3 || kinds[2].Field("InfoType") != "cancel_auth" || kinds[2].Field("AuthCorpId") != in.OpenCorpID {
			t.Errorf("cancel_auth: %+v", kinds)
		}
		if gone := h.call("GET", "/cgi-bin/user/get?access_token="+corp.Access+"&userid="+got.User.UserID, ""); gone.Code != 40014 {
			t.Errorf("after the removal: %+v", gone)
		}
		if again := h.install(); again.OpenCorpID != in.OpenCorpID {
			t.Errorf("installed again, the corp is %s and was %s", again.OpenCorpID, in.OpenCorpID)
		}
	})
}

// TestTickets: one every ten minutes, each good for thirty, the three newest.
func TestTickets(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		body := func(ticket string) string {
			return `{"suite_id":"` + h.suite.SuiteID + `","suite_secret":"` + h.suite.Secret + `","suite_ticket":"` + ticket + `"}`
		}
		var tickets []string
		for range 4 {
			tickets = append(tickets, h.ticket())
			h.Advance(10 * time.Minute)
		}
		for i, want := range []int{40085, 40085, 0, 0} { // the second is 30 minutes old, to the minute it is good
			if a := h.call("POST", "/cgi-bin/service/get_suite_token", body(tickets[i])); a.Code != want && i != 1 {
				t.Errorf("ticket %d: %+v, want %d", i, a, want)
			}
		}
		first := h.tokenBy(tickets[3])
		h.Advance(time.Minute)
		if again := h.tokenBy(tickets[3]); again != first {
			t.Error("a suite's token changes within its life")
		}
		h.Advance(2 * time.Hour)
		if a := h.call("GET", "/cgi-bin/service/get_pre_auth_code?suite_access_token="+first, ""); a.Code != 42009 {
			t.Errorf("a token that has aged out: %+v", a)
		}
		if a := h.call("POST", "/cgi-bin/service/get_suite_token", body(tickets[3])); a.Code != 40085 {
			t.Errorf("a ticket that has aged out: %+v", a)
		}
		if next := h.tokenBy(h.ticket()); next == first {
			t.Error("a new life has the old token")
		}
	})
}

// TestTemplate: a proxy-developed application has no token of get_corp_token, and
// calls gettoken with its permanent code and the corpid that its provider knows.
func TestTemplate(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.Custom)
		if !strings.HasPrefix(h.suite.SuiteID, "dk") {
			t.Errorf("the template's id is %s", h.suite.SuiteID)
		}
		token, in := h.token(), h.install()
		got := h.must("POST", "/cgi-bin/service/get_permanent_code?suite_access_token="+token, `{"auth_code":"`+in.AuthCode+`"}`)
		if got.Access != "" {
			t.Errorf("get_permanent_code of a template has a token: %+v", got)
		}
		both := `{"auth_corpid":"` + in.OpenCorpID + `","permanent_code":"` + got.Permanent + `"}`
		if a := h.call("POST", "/cgi-bin/service/get_corp_token?suite_access_token="+token, both); a.Code != 48002 {
			t.Errorf("get_corp_token: %+v", a)
		}
		if wrong := h.call("GET", "/cgi-bin/gettoken?corpid="+in.OpenCorpID+"&corpsecret="+strings.Repeat("x", 43), ""); wrong.Code != 40001 {
			t.Errorf("a wrong permanent code: %+v", wrong)
		}
		if own := h.call("GET", "/cgi-bin/gettoken?corpid="+in.OpenCorpID+"&corpsecret="+h.As(access.SelfBuilt).Secret, ""); own.Code != 40091 {
			t.Errorf("an application of the corp's own, by a provider's corpid: %+v", own)
		}
		for corpID, want := range map[string]int{in.OpenCorpID: 0, h.CorpID: 0, h.Second.CorpID: 40091, "wpnobody": 40013} {
			a := h.call("GET", "/cgi-bin/gettoken?corpid="+corpID+"&corpsecret="+got.Permanent, "")
			if a.Code != want {
				t.Errorf("gettoken of %s: %+v, want %d", corpID, a, want)
			}
		}
		h.script("cancel", `{"suite_id":"`+h.suite.SuiteID+`","corpid":"`+h.CorpID+`"}`, nil)
		if a := h.call("GET", "/cgi-bin/gettoken?corpid="+in.OpenCorpID+"&corpsecret="+got.Permanent, ""); a.Code == 0 {
			t.Errorf("after the removal: %+v", a)
		}
	})
}

// TestRefusals: what is wrong with a credential or a code has its own code.
func TestRefusals(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		ticket := h.ticket()
		token, in := h.tokenBy(ticket), h.install()
		provider := h.must("POST", "/cgi-bin/service/get_provider_token", `{"corpid":"`+h.provider.CorpID+`","provider_secret":"`+h.provider.Secret+`"}`).Provider
		permanent := h.must("POST", "/cgi-bin/service/v2/get_permanent_code?suite_access_token="+token, `{"auth_code":"`+in.AuthCode+`"}`).Permanent
		other := h.another()
		otherToken := other.token()
		id, secret := h.suite.SuiteID, h.suite.Secret
		for _, tt := range []struct {
			path, body string
			want       int
		}{
			{"get_suite_token", ``, 40083},
			{"get_suite_token", `{"suite_secret":"s","suite_ticket":"t"}`, 41021},
			{"get_suite_token", `{"suite_id":"` + id + `","suite_ticket":"t"}`, 41024},
			{"get_suite_token", `{"suite_id":"` + id + `","suite_secret":"` + secret + `"}`, 41023},
			{"get_suite_token", `{"suite_id":"ww0000000000000000","suite_secret":"s","suite_ticket":"t"}`, 40083},
			{"get_suite_token", `{"suite_id":"` + id + `","suite_secret":"s","suite_ticket":"` + ticket + `"}`, 40080},
			{"get_suite_token", `{"suite_id":"` + id + `","suite_secret":"` + secret + `","suite_ticket":"t"}`, 40085},
			{"get_suite_token", `{"suite_id":"` + other.suite.SuiteID + `","suite_secret":"` + other.suite.Secret + `","suite_ticket":"` + ticket + `"}`, 40085},
			{"get_provider_token", `{"provider_secret":"s"}`, 41002},
			{"get_provider_token", `{"corpid":"` + h.provider.CorpID + `"}`, 41004},
			{"get_provider_token", `{"corpid":"` + h.CorpID + `","provider_secret":"s"}`, 40013},
			{"get_provider_token", `{"corpid":"` + h.provider.CorpID + `","provider_secret":"s"}`, 40001},
			{"get_pre_auth_code", ``, 41022},
			{"get_pre_auth_code?suite_access_token=nonsense", ``, 40082},
			{"get_pre_auth_code?suite_access_token=" + provider, ``, 40082},
			{"set_session_info?suite_access_token=" + token, `{"pre_auth_code":"x","session_info":{"auth_type":1}}`, 40077},
			{"get_permanent_code?suite_access_token=" + token, `{}`, 41008},
			{"get_permanent_code?suite_access_token=" + token, `{"auth_code":"x"}`, 40078},
			{"get_auth_info?suite_access_token=" + token, `{"permanent_code":"` + permanent + `"}`, 84054},
			{"get_auth_info?suite_access_token=" + token, `{"auth_corpid":"` + in.OpenCorpID + `"}`, 41025},
			{"get_auth_info?suite_access_token=" + token, `{"auth_corpid":"` + in.OpenCorpID + `","permanent_code":"x"}`, 40084},
			{"get_auth_info?suite_access_token=" + token, `{"auth_corpid":"` + in.OpenCorpID + `","permanent_code":"` + permanent + `"}`, 0},
			// The corp's own corpid is nobody to a provider, and another suite's code is no code.
			{"get_auth_info?suite_access_token=" + token, `{"auth_corpid":"` + h.CorpID + `","permanent_code":"` + permanent + `"}`, 40084},
			{"get_auth_info?suite_access_token=" + otherToken, `{"auth_corpid":"` + in.OpenCorpID + `","permanent_code":"` + permanent + `"}`, 40084},
			{"get_corp_token?suite_access_token=" + otherToken, `{"auth_corpid":"` + in.OpenCorpID + `","permanent_code":"` + permanent + `"}`, 40084},
			{"corpid_to_opencorpid?provider_access_token=" + provider, `{"corpid":"` + h.CorpID + `"}`, 0},
			{"corpid_to_opencorpid?provider_access_token=" + provider, `{"corpid":"` + h.Second.CorpID + `"}`, 48001},
			{"corpid_to_opencorpid?provider_access_token=" + token, `{"corpid":"` + h.CorpID + `"}`, 40082},
		} {
			if a := h.call("POST", "/cgi-bin/service/"+tt.path, tt.body); a.Code != tt.want {
				t.Errorf("%s %s: %+v, want %d", tt.path, tt.body, a.Code, tt.want)
			}
		}
	})
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
