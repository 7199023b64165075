package clients

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// The libraries named in this file are not available as modules, or are in another language and run by hand.
// Their requests were recorded and are sent here letter for letter, with the expected effect.

// noRedirect is for clients that do not follow redirects, or that turn a POST into a GET.
var noRedirect = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// sent sends a request as recorded; TOKEN in the address is the app's token.
func sent(t *testing.T, kind, method, address, body string) map[string]any {
	t.Helper()
	app := server.App(kind)
	if strings.Contains(address, "TOKEN") {
		got := sent(t, kind, "GET", "/cgi-bin/gettoken?corpid="+server.Corp.CorpID+"&corpsecret="+app.Secret, "")
		address = strings.Replace(address, "TOKEN", fmt.Sprint(got["access_token"]), 1)
	}
	var payload io.Reader
	if body != "" {
		payload = strings.NewReader(body)
	}
	req, err := http.NewRequest(method, server.BaseURL+address, payload)
	if err != nil {
		t.Fatal(err)
	}
	res, err := noRedirect.Do(req) // without a Content-Type, as wechatpy does
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer map[string]any
	if err := json.Unmarshal(raw, &answer); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s, %s (%v)", method, address, res.Status, raw, err)
	}
	if answer["errcode"] != float64(0) {
		t.Fatalf("%s %s %s: %s", method, address, body, raw)
	}
	return answer
}

func number(v any) int {
	f, _ := v.(float64)
	return int(f)
}

func TestSentToken(t *testing.T) {
	// PowerWeChat adds what its other platforms want.
	app := server.App("self_built")
	got := sent(t, "self_built", "GET", "/cgi-bin/gettoken?appid="+server.Corp.CorpID+"&corpid="+server.Corp.CorpID+
		"&corpsecret="+app.Secret+"&neededText=&secret="+app.Secret, "")
	if got["access_token"] == "" {
		t.Errorf("gettoken: %v", got)
	}
}

func TestSentDepartments(t *testing.T) {
	// go-wecom cannot leave out a field.
	name := unique("维部")
	id := number(sent(t, "contact_sync", "POST", "/cgi-bin/department/create?access_token=TOKEN",
		fmt.Sprintf(`{"name":%q,"name_en":"","parentid":1,"order":0,"id":0}`, name))["id"])
	if id <= 1 {
		t.Fatalf(`department/create with "id":0: id %d; want a new one`, id)
	}
	defer sent(t, "contact_sync", "GET", fmt.Sprintf("/cgi-bin/department/delete?access_token=TOKEN&id=%d", id), "")

	for _, body := range []string{
		`{"id":%d,"name":%q,"name_en":"","parentid":0,"order":0}`, // go-wecom
		`{"name":%[2]q,"parentid":0,"id":%[1]d}` + "\n",           // PowerWeChat
	} {
		renamed := unique("维部")
		sent(t, "contact_sync", "POST", "/cgi-bin/department/update?access_token=TOKEN", fmt.Sprintf(body, id, renamed))
		got, _ := sent(t, "self_built", "GET", fmt.Sprintf("/cgi-bin/department/get?access_token=TOKEN&id=%d", id), "")["department"].(map[string]any)
		if got["name"] != renamed || number(got["parentid"]) != 1 {
			t.Errorf("department/update %s: %v; want the name %s, still under 1", body, got, renamed)
		}
	}

	for _, all := range []string{"&id=0", "&id=", ""} { // PowerWeChat, go-wecom, go-workwx
		list, _ := sent(t, "self_built", "GET", "/cgi-bin/department/list?access_token=TOKEN"+all, "")["department"].([]any)
		ids := map[int]bool{}
		for _, d := range list {
			ids[number(d.(map[string]any)["id"])] = true
		}
		if !ids[1] || !ids[id] {
			t.Errorf("department/list%s: %v; want all departments", all, ids)
		}
	}
}

func TestSentMembers(t *testing.T) {
	for _, tt := range []struct{ library, create, update string }{
		{
			"go-workwx",
			`{"userid":%q,"name":"甲","department":[1],"order":[4],"gender":"1","email":%q}`, // it cannot create; anything will do
			`{"userid":%q,"name":"乙","department":null,"order":null,"position":"","is_leader_in_dept":null,"avatar":"","telephone":"","enable":1,"alias":"","status":0,"qr_code":""}`,
		}, {
			"PowerWeChat",
			`{"userid":%q,"name":"甲","alias":"","mobile":"","department":[1],"order":[4],"position":"","gender":1,"email":%q,"biz_mail":"","is_leader_in_dept":null,"direct_leader":null,"enable":1,"avatar_mediaid":"","telephone":"","address":"","main_department":0,"extattr":{"attrs":null},"to_invite":false,"external_position":"","external_profile":{"external_corp_name":"","wechat_channels":{"nickname":""},"external_attr":null}}` + "\n",
			`{"userid":%q,"name":"乙","alias":"","mobile":"","department":null,"order":null,"position":"","gender":1,"email":%[2]q,"biz_mail":"","is_leader_in_dept":null,"direct_leader":null,"enable":1,"avatar_mediaid":"","telephone":"","address":"","main_department":0,"extattr":{"attrs":null},"to_invite":false,"external_position":"","external_profile":{"external_corp_name":"","wechat_channels":{"nickname":""},"external_attr":null}}` + "\n",
		}, {
			"go-wecom",
			`{"userid":%q,"name":"甲","alias":"","mobile":"","department":[1],"order":[4],"position":"","gender":"","email":%q,"telephone":"","is_leader_in_dept":null,"avatar_mediaid":"","enable":1,"extattr":{"attrs":null},"to_invite":false,"external_profile":{"wechat_channels":{}},"external_position":""}`,
			`{"userid":%q,"name":"乙","alias":"","mobile":"","department":null,"order":null,"position":"","gender":"","email":%[2]q,"telephone":"","is_leader_in_dept":null,"avatar_mediaid":"","enable":1,"extattr":{"attrs":null},"external_profile":{"wechat_channels":{}},"external_position":"","nickname":""}`,
		}, {
			"WxJava",
			`{"userid":%q,"name":"甲","department":[1],"order":[4],"email":%q,"enable":1,"main_department":"1","external_profile":{}}`,
			`{"userid":%q,"name":"乙","external_profile":{}}`,
		},
	} {
		t.Run(tt.library, func(t *testing.T) {
			userID := unique("sent_")
			email := userID + "@corp.example"
			sent(t, "contact_sync", "POST", "/cgi-bin/user/create?access_token=TOKEN", fmt.Sprintf(tt.create, userID, email))
			defer sent(t, "contact_sync", "GET", "/cgi-bin/user/delete?access_token=TOKEN&userid="+userID, "")
			update := tt.update
			if strings.Contains(update, "%[2]q") {
				update = fmt.Sprintf(update, userID, email)
			} else {
				update = fmt.Sprintf(update, userID)
			}
			sent(t, "contact_sync", "POST", "/cgi-bin/user/update?access_token=TOKEN", update)

			got := sent(t, "self_built", "GET", "/cgi-bin/user/get?access_token=TOKEN&userid="+userID, "")
			if got["name"] != "乙" || number(got["status"]) != 4 || number(got["main_department"]) != 1 ||
				fmt.Sprint(got["department"]) != "[1]" || fmt.Sprint(got["order"]) != "[4]" {
				t.Errorf("user/get: %v; want the new name, and department, order and status as they were", got)
			}
			found := sent(t, "self_built", "POST", "/cgi-bin/user/get_userid_by_email?access_token=TOKEN", fmt.Sprintf(`{"email":%q,"email_type":2}`, email))
			if found["userid"] != userID {
				t.Errorf("get_userid_by_email: %v; want %s", found, userID)
			}
		})
	}

	// go-wecom again: every parameter is there, and empty.
	list, _ := sent(t, "self_built", "GET", "/cgi-bin/user/list?access_token=TOKEN&department_id=1&fetch_child=", "")["userlist"].([]any)
	if len(list) == 0 {
		t.Error("user/list with an empty fetch_child: nobody")
	}
	pairs, _ := sent(t, "contact_sync", "POST", "/cgi-bin/user/list_id?access_token=TOKEN", `{"cursor":"","limit":0}`)["dept_user"].([]any)
	if len(pairs) == 0 {
		t.Error(`user/list_id with "limit":0: nobody`)
	}
}

func TestSentTags(t *testing.T) {
	member := server.Corp.Members[0]
	// PowerWeChat and go-wecom send "tagid":0 when the caller has chosen none.
	id := number(sent(t, "self_built", "POST", "/cgi-bin/tag/create?access_token=TOKEN", fmt.Sprintf(`{"tagid":0,"tagname":%q}`, unique("力")))["tagid"])
	if id <= 0 {
		t.Fatalf(`tag/create with "tagid":0: %d; want a new one`, id)
	}
	// WxJava sends ids as strings.
	added := sent(t, "self_built", "POST", "/cgi-bin/tag/addtagusers?access_token=TOKEN", fmt.Sprintf(`{"tagid":"%d","userlist":[%q],"partylist":["1"]}`, id, member))
	// go-wecom expects a string instead of a list. It works because empty lists are left out.
	for _, key := range []string{"invalidlist", "invalidparty"} {
		if value, has := added[key]; has {
			t.Errorf("tag/addtagusers: %s %v; want none when all are valid", key, value)
		}
	}
	got := sent(t, "self_built", "GET", fmt.Sprintf("/cgi-bin/tag/get?access_token=TOKEN&tagid=%d", id), "")
	if fmt.Sprint(got["partylist"]) != "[1]" || !strings.Contains(fmt.Sprint(got["userlist"]), member) {
		t.Errorf("tag/get: %v; want %s and department 1", got, member)
	}
	// PowerWeChat names both lists, one of them empty.
	sent(t, "self_built", "POST", "/cgi-bin/tag/deltagusers?access_token=TOKEN", fmt.Sprintf(`{"partylist":[],"tagid":%d,"userlist":[%q]}`, id, member)+"\n")
	sent(t, "self_built", "GET", fmt.Sprintf("/cgi-bin/tag/delete?access_token=TOKEN&tagid=%d", id), "")
}

func TestSentTicketsAndAgent(t *testing.T) {
	app := server.App("self_built")
	var tickets []string
	for _, tt := range []struct{ method, address string }{
		{"GET", "/cgi-bin/get_jsapi_ticket?access_token=TOKEN"},
		{"POST", "//cgi-bin/get_jsapi_ticket?access_token=TOKEN&type=agent_config"}, // PowerWeChat: its base ends with a slash, its path begins with one
	} {
		tickets = append(tickets, fmt.Sprint(sent(t, "self_built", tt.method, tt.address, "")["ticket"]))
	}
	if slices.Contains(tickets, "") || tickets[0] != tickets[1] {
		t.Errorf("corp tickets %q; want one and the same", tickets)
	}
	// PowerWeChat POSTs, with no body, what is a GET.
	query := url.Values{"agentid": {fmt.Sprint(app.AgentID)}}
	got := sent(t, "self_built", "POST", "/cgi-bin/agent/get?access_token=TOKEN&"+query.Encode(), "")
	if number(got["agentid"]) != app.AgentID || got["name"] != app.Name {
		t.Errorf("agent/get: %v; want %d %s", got, app.AgentID, app.Name)
	}
}
