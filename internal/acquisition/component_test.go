package acquisition_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// provider is the second enterprise with a suite that the first has installed.
type provider struct {
	h       *house
	suite   suite.Suite
	command *qiweitest.Receiver // of the suite
	agentID int64
	corpID  string // as the provider knows the first enterprise
	bySuite string // suite_access_token
	token   string // access_token in the first enterprise
}

// installed makes the second enterprise a provider, whose suite asks for a permission, and installs the suite.
func (h *house) installed(permission string) *provider {
	h.T.Helper()
	p := &provider{h: h, command: h.Receiver()}
	p.command.Always(qiweitest.Text(200, "success"))
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		if _, err = h.Server.Suites.Provider(tx, h.Second.CorpID); err != nil {
			if _, err = h.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: h.Second.CorpID, TrustedIPs: qiweitest.Local}); err != nil {
				return err
			}
		}
		p.suite, err = h.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: h.Second.CorpID, Kind: access.ThirdParty, Token: p.command.Token, AESKey: p.command.AESKey,
			Settings: suite.Settings{Name: "组件", CommandURL: p.command.URL, Permissions: []string{permission}}})
		return err
	})
	var made struct {
		Code  string `json:"auth_code"`
		Agent int64  `json:"agentid"`
		Open  string `json:"open_corpid"`
	}
	h.provide("install", fmt.Sprintf(`{"suite_id":%q,"corpid":%q}`, p.suite.SuiteID, h.CorpID), &made)
	p.agentID, p.corpID = made.Agent, made.Open
	p.signIn()
	p.token = p.call("service/get_permanent_code?suite_access_token="+p.bySuite, fmt.Sprintf(`{"auth_code":%q}`, made.Code)).Text("access_token")
	h.Delivered()
	p.command.Take()
	return p
}

// signIn fetches a token of the suite.
func (p *provider) signIn() {
	p.h.T.Helper()
	var ticket struct {
		Ticket string `json:"suite_ticket"`
	}
	p.h.provide("ticket", fmt.Sprintf(`{"suite_id":%q}`, p.suite.SuiteID), &ticket)
	p.bySuite = p.call("service/get_suite_token", fmt.Sprintf(`{"suite_id":%q,"suite_secret":%q,"suite_ticket":%q}`, p.suite.SuiteID, p.suite.Secret, ticket.Ticket)).Text("suite_access_token")
}

// provide runs a script of providers.
func (h *house) provide(name, body string, into any) {
	h.T.Helper()
	status, text := h.Script("providers/"+name, body)
	if status != 200 {
		h.T.Fatalf("%s %s: %d %s", name, body, status, text)
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		h.T.Fatal(err)
	}
}

func (p *provider) call(path, body string) (a qiweitest.JSON) {
	p.h.T.Helper()
	p.h.Send("POST", "/cgi-bin/"+path, body).Decode(&a)
	return a
}

// as makes a call of the suite's application in the first enterprise.
func (p *provider) as(name, body string) qiweitest.JSON {
	p.h.T.Helper()
	return p.call("externalcontact/customer_acquisition/"+name+"?access_token="+p.token, body)
}

// bills asks what the provider has paid since the beginning of the World.
func (p *provider) bills(more string) qiweitest.JSON {
	p.h.T.Helper()
	now := p.h.Clock.Now()
	return p.call("service/customer_acquisition/get_bill_list?suite_access_token="+p.bySuite, fmt.Sprintf(`{"begin_time":%d,"end_time":%d,"auth_corpid":%q%s}`, now.Add(-31*24*time.Hour).Unix(), now.Unix(), p.corpID, more))
}

// choose has an administrator choose for the component, and returns its scene.
func (p *provider) choose(more string) string {
	p.h.T.Helper()
	return p.h.PlayIn(p.h.Corp, "acquisition/component", fmt.Sprintf(`{"suite_id":%q%s}`, p.suite.SuiteID, more)).Text("comp_scene")
}

// told returns what the suite was told since it was asked last.
func (p *provider) told() (out []string) {
	p.h.T.Helper()
	p.h.Delivered()
	for _, r := range p.command.Take() {
		if r.Problem != "" {
			p.h.T.Error(r.Problem)
		}
		if name := r.Field("InfoType"); name != "suite_ticket" {
			out = append(out, strings.TrimSuffix(name+"/"+r.Field("ChangeType"), "/"))
		}
	}
	slices.Sort(out)
	return out
}

func (p *provider) toldExactly(what string, want ...string) {
	p.h.T.Helper()
	slices.Sort(want)
	if got := p.told(); !slices.Equal(got, want) {
		p.h.T.Errorf("%s: told %q, want %q", what, got, want)
	}
}

// TestComponent: a component reads the links that it was given alone, and its provider pays for whoever comes with a
// key, once a key (doc 99484, 99603, 99602).
func TestComponent(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		p := h.installed("customer_acquisition:component")
		l := h.create(h.App, `"user_list":["zhangsan"]`, "")
		other := h.create(h.App, `"user_list":["lisi"]`, "")
		if got := p.as("get_comp_auth_info", ""); got.Code() != 0 || fmt.Sprint(got["pay_mode"], got["link_auth_mode"], got["price"]) != "0 0 <nil>" {
			t.Errorf("before a choice: %v", got)
		}
		scene := p.choose(fmt.Sprintf(`,"link_ids":[%q]`, l.LinkID))
		p.toldExactly("the choice", "change_auth")
		if got := p.as("list_link", `{}`); fmt.Sprint(got["link_id_list"]) != "["+l.LinkID+"]" {
			t.Errorf("list_link: %v", got)
		}
		got := p.as("get", `{"link_id":"`+l.LinkID+`"}`)
		address := got.Text("link.url")
		if address != l.URL+"?comp_scene="+scene || got.Text("link.link_name") != "展会" || got.Text("link.create_time") != "" || got["range"] != nil {
			t.Errorf("get: %v", got)
		}
		for _, call := range []string{"get", "statistic", "create_once_key"} {
			now := h.Clock.Now().Unix()
			want := 40058
			if call == "create_once_key" {
				want = 41099 // the corp pays
			}
			if got := p.as(call, fmt.Sprintf(`{"link_id":%q,"start_time":%d,"end_time":%d}`, other.LinkID, now, now)); got.Code() != want {
				t.Errorf("%s of a link that was not given: %v", call, got)
			}
		}
		if got := p.as("create_link", `{"link_name":"x","range":{"department_list":[1]}}`); got.Code() != 48002 {
			t.Errorf("create_link: %v", got)
		}

		// The corp pays for those without a key.
		h.buy(21)
		p.toldExactly("the corp buys", "customer_acquisition/balance_increased")
		external, user := h.come(address+"&customer_channel=A", "Lin")
		p.toldExactly("Lin comes", "change_external_contact/add_external_contact", "customer_acquisition/friend_request", "customer_acquisition/open_profile")
		h.come(address, "He")
		p.toldExactly("He comes without a channel", "customer_acquisition/balance_low", "customer_acquisition/open_profile")
		for range 3 {
			h.PlayIn(h.Corp, "send", fmt.Sprintf(`{"userid":%q,"external_userid":%q,"text":"hi"}`, user, external))
		}
		h.Delivered()
		for _, r := range p.command.Take() {
			if r.Field("ChangeType") != "message_from_customer" {
				continue
			}
			got := p.as("get_chat_info", `{"chat_key":"`+r.Field("ChatKey")+`"}`)
			if got.Code() != 0 || got.Text("chat_info.recv_msg_cnt") != "3" || got.Text("chat_info.state") != "A" || got["userid"] != nil || got["external_userid"] != nil {
				t.Errorf("get_chat_info: %v", got)
			}
		}
		h.come(l.URL, "Wu") // without the scene
		p.toldExactly("Wu comes without the scene")
		now := h.Clock.Now().Unix()
		if got := p.as("statistic", fmt.Sprintf(`{"link_id":%q,"start_time":%d,"end_time":%d}`, l.LinkID, now, now)); fmt.Sprint(got["click_link_customer_cnt"], got["new_customer_cnt"]) != "2 2" {
			t.Errorf("statistic: %v", got)
		}

		// The provider pays for those with one.
		p.choose(fmt.Sprintf(`,"pay_mode":1,"price":300,"link_ids":[%q]`, l.LinkID))
		if got := p.as("get_comp_auth_info", ""); fmt.Sprint(got["pay_mode"], got["price"]) != "1 300" {
			t.Errorf("get_comp_auth_info: %v", got)
		}
		keys := func(more string) (out []string) {
			t.Helper()
			got := p.as("create_once_key", `{"link_id":"`+l.LinkID+`"`+more+`}`)
			if got.Code() != 0 {
				t.Fatalf("create_once_key: %v", got)
			}
			for _, k := range got["keys"].([]any) {
				out = append(out, k.(string))
			}
			return out
		}
		if a, b := len(keys("")), len(keys(`,"key_num":1000`)); a != 100 || b != 1000 {
			t.Errorf("%d and %d keys", a, b)
		}
		for _, n := range []int{0, 1001} {
			if got := p.as("create_once_key", fmt.Sprintf(`{"link_id":%q,"key_num":%d}`, l.LinkID, n)); got.Code() != 40058 {
				t.Errorf("%d keys: %v", n, got)
			}
		}
		key := keys(`,"key_num":2`)
		if status, text := h.Attempt(h.Corp, "add", fmt.Sprintf(`{"link":%q,"name":"x"}`, address+"&once_key="+key[0])); status == 200 || !strings.Contains(text, "provider has no acquisition quota") {
			t.Errorf("a provider without quota: %d %s", status, text)
		}
		h.PlayIn(h.Corp, "acquisition/buy", fmt.Sprintf(`{"provider":%q,"count":20}`, h.Second.CorpID))
		p.told()
		before := h.balance()
		h.come(address+"&customer_channel=B&once_key="+key[0], "Zhou")
		p.toldExactly("Zhou comes with a key", "change_external_contact/add_external_contact", "customer_acquisition/friend_request", "customer_acquisition/open_profile",
			"customer_acquisition/service_balance_consumed", "customer_acquisition/service_balance_low")
		if got := h.balance(); got != before {
			t.Errorf("the corp has paid: %s, %s before", got, before)
		}
		for i, again := range []string{key[0], "XXX" + key[0][3:], key[0][:9] + "%0A" + key[0][9:]} { // it was used: the corp pays
			before := h.balance()
			h.come(address+"&once_key="+again, fmt.Sprint("Xu", i))
			if got := h.balance(); got == before {
				t.Errorf("a key was used twice: %q", again)
			}
		}
		bills := p.bills("")
		if list, _ := bills["bill_list"].([]any); bills.Code() != 0 || len(list) != 1 || bills["next_cursor"] != nil {
			t.Fatalf("get_bill_list: %v", bills)
		}
		if b := bills["bill_list"].([]any)[0].(map[string]any); fmt.Sprint(b["link_id"], b["state"], b["price"], b["timestamp"]) != fmt.Sprint(l.LinkID, "B", 300.0, float64(h.Clock.Now().Unix())) {
			t.Errorf("a bill: %v", b)
		}
		h.come(address+"&once_key="+key[1], "Ma")
		first := p.bills(`,"limit":1`)
		second := p.bills(`,"limit":1,"cursor":"` + first.Text("next_cursor") + `"`)
		if list, _ := second["bill_list"].([]any); len(list) != 1 || second["next_cursor"] != nil || list[0].(map[string]any)["state"] != nil {
			t.Errorf("the second page: %v", second)
		}
		p.told()
		p.choose(fmt.Sprintf(`,"pay_mode":1,"price":400,"link_ids":[%q]`, l.LinkID))
		p.toldExactly("another price", "change_auth", "customer_acquisition/change_price")
		h.Delivered()
		late := keys(`,"key_num":2`)
		h.Advance(14 * 24 * time.Hour)
		h.come(address+"&once_key="+late[0], "Last")
		p.toldExactly("somebody comes when a key is about to end, and the balance was low before", "customer_acquisition/open_profile", "customer_acquisition/service_balance_consumed")
		h.Advance(time.Second)
		h.come(address+"&once_key="+late[1], "Old")
		p.signIn()
		if list, _ := p.bills("")["bill_list"].([]any); len(list) != 3 {
			t.Errorf("a key that is too old was paid with: %v", list)
		}
		p.told()
		h.PlayIn(h.Corp, "acquisition/delete", `{"link_id":"`+l.LinkID+`"}`)
		p.toldExactly("the link is deleted", "customer_acquisition/delete_link")
		if list, _ := p.bills("")["bill_list"].([]any); len(list) != 3 || list[0].(map[string]any)["link_id"] != nil {
			t.Errorf("bills of a deleted link: %v", list)
		}
	})
}

// TestComponentRefusals: others may not make a component's calls, links of an application are one component's, and
// bills are asked for within bounds.
func TestComponentRefusals(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		p, q := h.installed("customer_acquisition:component"), h.installed("customer_acquisition:component")
		third := h.WithApp(access.ThirdParty, app.Settings{Range: access.Everything(), Grants: []string{"externalcontact:customer_acquisition:base"}, Suite: p.suite.SuiteID, Partner: h.Second.CorpID})
		for name, body := range map[string]string{"get_comp_auth_info": `{}`, "create_once_key": `{"link_id":"x"}`} {
			if got := h.Call(third, name, body); got.ErrCode != 48002 {
				t.Errorf("%s by another third party: %s", name, got.Body)
			}
			if got := h.Call(h.App, name, body); got.ErrCode != 48002 {
				t.Errorf("%s by a self-built application: %s", name, got.Body)
			}
		}
		l, agent := h.create(h.App, `"user_list":["zhangsan"]`, ""), h.App.AgentID
		p.choose(fmt.Sprintf(`,"link_auth_mode":1,"agentids":[%d]`, agent))
		if got := p.as("get_comp_auth_info", ""); fmt.Sprint(got["link_auth_mode"], got["auth_apps"]) != fmt.Sprint("1 [map[agentid:", float64(agent), "]]") {
			t.Errorf("get_comp_auth_info: %v", got)
		}
		if got := p.as("list_link", `{}`); fmt.Sprint(got["link_id_list"]) != "["+l.LinkID+"]" {
			t.Errorf("list_link: %v", got)
		}
		for what, tt := range map[string]struct{ body, want string }{
			"links of another component": {fmt.Sprintf(`{"suite_id":%q,"link_auth_mode":1,"agentids":[%d]}`, q.suite.SuiteID, agent), "another component"},
			"an unknown application":     {fmt.Sprintf(`{"suite_id":%q,"link_auth_mode":1,"agentids":[99]}`, q.suite.SuiteID), "agentid"},
			"an unknown link":            {fmt.Sprintf(`{"suite_id":%q,"link_ids":["x"]}`, q.suite.SuiteID), "link_id"},
			"no payer":                   {fmt.Sprintf(`{"suite_id":%q,"pay_mode":2}`, q.suite.SuiteID), "pay_mode"},
			"no mode":                    {fmt.Sprintf(`{"suite_id":%q,"link_auth_mode":2}`, q.suite.SuiteID), "link_auth_mode"},
			"no price":                   {fmt.Sprintf(`{"suite_id":%q,"pay_mode":1}`, q.suite.SuiteID), "price"},
			"no suite":                   {`{"suite_id":"wwx"}`, "no such suite"},
		} {
			if status, text := h.Attempt(h.Corp, "acquisition/component", tt.body); status == 200 || !strings.Contains(text, tt.want) {
				t.Errorf("%s: %d %s", what, status, text)
			}
		}
		if got := q.as("list_link", `{}`); got.Code() != 0 || fmt.Sprint(got["link_id_list"]) != "[]" {
			t.Errorf("the other component's links: %v", got)
		}
		day, now := int64(24*60*60), h.Clock.Now().Unix()
		for what, tt := range map[string]struct {
			from, to int64
			corp     string
			more     string
			code     int
		}{
			"31 days": {now - 31*day, now, p.corpID, `,"limit":1000`, 0}, "a second more": {now - 31*day - 1, now, p.corpID, "", 40058}, "backwards": {now, now - 1, p.corpID, "", 40058}, "nothing": {0, 0, p.corpID, "", 40058},
			"1001": {now, now, p.corpID, `,"limit":1001`, 40058}, "none": {now, now, p.corpID, `,"limit":0`, 40058}, "no corp": {now, now, "", "", 40058}, "an unknown corp": {now, now, "wpx", "", 48004}, "another's cursor": {now, now, p.corpID, `,"cursor":"x"`, 50100},
		} {
			if got := p.call("service/customer_acquisition/get_bill_list?suite_access_token="+p.bySuite, fmt.Sprintf(`{"begin_time":%d,"end_time":%d,"auth_corpid":%q%s}`, tt.from, tt.to, tt.corp, tt.more)); got.Code() != tt.code {
				t.Errorf("%s: %v, want %d", what, got, tt.code)
			}
		}
		m := h.installed("customer_acquisition:app")
		if got := m.bills(""); got.Code() != 48002 {
			t.Errorf("bills of a suite that is no component: %v", got)
		}
	})
}

// TestContactable: a marketing application reads whom its customers may come to (doc 101146).
func TestContactable(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		m := h.installed("customer_acquisition:app")
		read := func() qiweitest.JSON {
			var a qiweitest.JSON
			h.Send("GET", "/cgi-bin/externalcontact/customer_acquisition_app/get_permit?access_token="+m.token, "").Decode(&a)
			return a
		}
		if got := read(); got.Code() != 0 || fmt.Sprint(got["user_list"], got["department_list"], got["tag_list"]) != "[] [] []" {
			t.Errorf("before: %v", got)
		}
		h.PlayIn(h.Corp, "acquisition/permit", fmt.Sprintf(`{"suite_id":%q,"range":{"members":["zhangsan"],"departments":[2]}}`, m.suite.SuiteID))
		m.toldExactly("another range", "customer_acquisition_permit_change")
		got := read()
		users, _ := got["user_list"].([]any)
		if len(users) != 1 || !strings.HasPrefix(users[0].(string), "wo") || fmt.Sprint(got["department_list"]) != "[2]" {
			t.Errorf("get_permit: %v", got)
		}
		for what, body := range map[string]string{
			"an unknown member": `{"members":["nobody"]}`, "an unknown department": `{"departments":[99]}`, "an unknown tag": `{"tags":[99]}`,
		} {
			if status, text := h.Attempt(h.Corp, "acquisition/permit", fmt.Sprintf(`{"suite_id":%q,"range":%s}`, m.suite.SuiteID, body)); status == 200 {
				t.Errorf("%s: %s", what, text)
			}
		}
		if status, text := h.Attempt(h.Second, "acquisition/permit", fmt.Sprintf(`{"suite_id":%q,"range":{}}`, m.suite.SuiteID)); status != 404 {
			t.Errorf("where it is not installed: %d %s", status, text)
		}
		if r := h.App.Call("GET", "/cgi-bin/externalcontact/customer_acquisition_app/get_permit", ""); r.ErrCode != 48002 {
			t.Errorf("a self-built application: %s", r.Body)
		}
	})
}

// TestComponentPushes compares with testdata/push what a component is told (doc 99485).
func TestComponentPushes(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		p := h.installed("customer_acquisition:component")
		l := h.create(h.App, `"user_list":["zhangsan"]`, "")
		var out strings.Builder
		step := func(what string, do func()) {
			t.Helper()
			h.Delivered() // what is under way while the clock moves has taken that long
			h.Advance(time.Minute)
			do()
			h.Delivered()
			fmt.Fprintf(&out, "# %s\n", what)
			var lines []string
			for _, r := range p.command.Take() {
				if r.Problem != "" {
					t.Errorf("%s: %s", what, r.Problem)
				}
				if name := r.Field("InfoType"); name != "suite_ticket" && name != "change_auth" {
					lines = append(lines, masked(r.XML()))
				}
			}
			slices.Sort(lines)
			for _, line := range lines {
				out.WriteString(line + "\n")
			}
		}
		p.choose(fmt.Sprintf(`,"link_ids":[%q]`, l.LinkID))
		address := p.as("get", `{"link_id":"`+l.LinkID+`"}`).Text("link.url") + "&customer_channel=A"
		step("the corp buys", func() { h.buy(2) })
		var external, user string
		step("somebody comes", func() { external, user = h.come(address, "Lin") })
		step("and writes three times", func() {
			for range 3 {
				h.PlayIn(h.Corp, "send", fmt.Sprintf(`{"userid":%q,"external_userid":%q,"text":"hi"}`, user, external))
			}
		})
		step("the corp's last", func() { h.come(address, "He") })
		p.choose(fmt.Sprintf(`,"pay_mode":1,"price":300,"link_ids":[%q]`, l.LinkID))
		step("another price", func() { p.choose(fmt.Sprintf(`,"pay_mode":1,"price":400,"link_ids":[%q]`, l.LinkID)) })
		h.PlayIn(h.Corp, "acquisition/buy", fmt.Sprintf(`{"provider":%q,"count":20}`, h.Second.CorpID))
		keys := p.as("create_once_key", `{"link_id":"`+l.LinkID+`","key_num":20}`)["keys"].([]any)
		step("the provider pays", func() { h.come(address+"&once_key="+keys[0].(string), "n0") })
		for n := 1; n < 19; n++ {
			h.come(address+"&once_key="+keys[n].(string), fmt.Sprint("n", n))
		}
		h.Delivered()
		p.command.Take()
		step("and for the last", func() { h.come(address+"&once_key="+keys[19].(string), "n19") })
		h.PlayIn(h.Corp, "scope", `{"range":{"members":["wangwu"]}}`)
		step("nobody can be added", func() { h.PlayIn(h.Corp, "acquisition/open", fmt.Sprintf(`{"link":%q}`, l.URL)) })
		step("the link is deleted", func() { h.Must(h.App, "delete_link", `{"link_id":"`+l.LinkID+`"}`) })
		qiweitest.Golden(t, "push/component.txt", out.String())
	})
}
