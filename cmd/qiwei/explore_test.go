package main

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// refused are the calls whose samples a demo refuses, each with what it lacks.
var refused = map[string]string{
	"/cgi-bin/advanced_feature/get_approval_info":                      "an application of a member for a sensitive operation",
	"/cgi-bin/advanced_feature/set_approval_detail":                    "an application of a member for a sensitive operation",
	"/cgi-bin/aibot/cli/get_cli_config":                                "a signature with the robot's secret, which a sample must not have",
	"/cgi-bin/aibot/cli/get_mcp_config":                                "a signature with the robot's secret, which a sample must not have",
	"/cgi-bin/aibot/response":                                          "the response_code of a message that a robot's callback has heard",
	"/cgi-bin/auth/get_tfa_info":                                       "a company's page for the second verification",
	"/cgi-bin/user/authsucc":                                           "a company's page for the second verification",
	"/cgi-bin/user/tfa_succ":                                           "a company's page for the second verification",
	"/cgi-bin/batch/replaceparty":                                      "a file of all departments; a short one would delete the others",
	"/cgi-bin/batch/replaceuser":                                       "a file of all members; a short one would delete the others",
	"/cgi-bin/externalcontact/close_temp_chat":                         "a medical enterprise, which alone has temporary sessions",
	"/cgi-bin/externalcontact/customer_acquisition/create_once_key":    "an acquisition component, which the demo has not",
	"/cgi-bin/externalcontact/customer_acquisition/get_comp_auth_info": "an acquisition component, which the demo has not",
	"/cgi-bin/externalcontact/customer_acquisition_app/get_permit":     "a marketing application, which the demo has not",
	"/cgi-bin/service/customer_acquisition/get_bill_list":              "an acquisition component, which the demo has not",
	"/cgi-bin/kf/get_statistic":                                        "a component of customer service, which the demo has not",
	"/cgi-bin/externalcontact/customer_acquisition/get_chat_info":      "the chat_key of an event",
	"/cgi-bin/externalcontact/get_new_external_userid":                 "a provider that has not ended the migration of ids",
	"/cgi-bin/externalcontact/groupchat/get_new_external_userid":       "a provider that has not ended the migration of ids",
	"/cgi-bin/externalcontact/cancel_moment_task":                      "the end of a job in the background",
	"/cgi-bin/externalcontact/get_moment_task":                         "the end of a job in the background",
	"/cgi-bin/idconvert/upgrade_chatid_for_new_corp":                   "a template that was made before the ids of chats changed",
	"/cgi-bin/license/batch_share_active_code":                         "enterprises that are linked upstream and downstream",
	"/cgi-bin/license/get_union_order":                                 "the end of a job in the background",
	"/cgi-bin/license/support_policy_query":                            "a policy that has expired",
	"/cgi-bin/living/delete_replay_data":                               "a replay, which takes its time to be made",
	"/cgi-bin/message/update_taskcard":                                 "an application with a callback that was verified",
	"/cgi-bin/message/update_template_card":                            "an application with a callback that was verified",
	"/cgi-bin/oa/approval/copytemplate":                                "a template of the provider that the enterprise has granted",
	"/cgi-bin/oa/journal/download_wedrive_file":                        "a report with a file of the drive",
	"/cgi-bin/openhw/device/push_scan_file":                            "the auth_code of an event",
	"/cgi-bin/paytool/close_order":                                     "a signature with the provider's payment key",
	"/cgi-bin/paytool/get_order_detail":                                "a signature with the provider's payment key",
	"/cgi-bin/paytool/get_order_list":                                  "a signature with the provider's payment key",
	"/cgi-bin/paytool/open_order":                                      "a signature with the provider's payment key",
	"/cgi-bin/paytool/mark_invoice_status":                             "an order that was paid ten days ago",
	"/cgi-bin/security/vip/batch_add_job_result":                       "the end of a job in the background",
	"/cgi-bin/security/vip/batch_del_job_result":                       "the end of a job in the background",
	"/cgi-bin/service/fetch_device_log":                                "a device that is connected",
	"/cgi-bin/agent/claim_customized_app":                              "an application that is the enterprise's own, and a template's token",
	"/cgi-bin/agent/migrate_to_customized_app":                         "an application that is the enterprise's own, and a template's token",
	"/cgi-bin/user/check_member_auth":                                  "an application that members have installed",
	"/cgi-bin/user/list_member_auth":                                   "an application that members have installed",
	"/cgi-bin/user/list_selected_ticket_user":                          "an application that members have installed",
	"/cgi-bin/webhook/send":                                            "the key of a group robot",
	"/cgi-bin/wedoc/smartsheet/webhook":                                "the key of a sheet that takes data",
	"/cgi-bin/webhook/upload_media":                                    "the key of a group robot",
}

// answered is the least share of the samples, in percent, that answer 0 in a demo.
const answered = 90

// explorer is an administrator in the console's explorer.
type explorer struct {
	t      *testing.T
	base   string
	client *http.Client
}

func exploring(t *testing.T, base, corpID, user string) *explorer {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	e := &explorer{t, base, &http.Client{Jar: jar}}
	resp, err := e.client.PostForm(base+"/_qiwei/sign-in", url.Values{"corpid": {corpID}, "userid": {user}})
	if err != nil || resp.StatusCode != 204 {
		t.Fatalf("sign in as %s: %v %v", user, resp, err)
	}
	resp.Body.Close()
	if status, body := e.do("POST", "/console/api/session/member", struct{}{}, nil); status != 200 {
		t.Fatalf("sign in to the console: %d %s", status, body)
	}
	return e
}

func (e *explorer) do(method, path string, send, into any) (int, string) {
	e.t.Helper()
	var body io.Reader
	if raw, ok := send.([]byte); ok {
		body = bytes.NewReader(raw)
	} else if send != nil {
		text, err := json.Marshal(send)
		if err != nil {
			e.t.Fatal(err)
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, e.base+path, body)
	if err != nil {
		e.t.Fatal(err)
	}
	if send != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := e.client.Do(req)
	if err != nil {
		e.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	if into != nil && resp.StatusCode == 200 {
		if err := json.Unmarshal(text, into); err != nil {
			e.t.Fatalf("%s: %v in %s", path, err, text)
		}
	}
	return resp.StatusCode, string(text)
}

// try sends the sample of a call as the page does, and returns the errcode and what was answered.
func (e *explorer) try(method, path string) (code int, said string) {
	e.t.Helper()
	var made struct {
		AgentID int64
		Query   []struct{ Name, Value string }
		Body    string
		File    bool
	}
	if status, text := e.do("GET", "/console/api/explore/sample?path="+url.QueryEscape(path), nil, &made); status != 200 {
		return -1, text
	}
	query := map[string]string{}
	for _, q := range made.Query {
		query[q.Name] = q.Value
	}
	var answer struct {
		ErrCode, Status int
		Body, Sent      string
		Type            string `json:"content_type"`
	}
	var status int
	var text string
	if made.File {
		q, err := json.Marshal(query)
		if err != nil {
			e.t.Fatal(err)
		}
		picture := read(e.t, "../../internal/console/sample.png")
		status, text = e.do("POST", "/console/api/explore/upload?"+url.Values{"path": {path}, "name": {"a.png"}, "query": {string(q)}, "agentid": {jsonOf(e.t, made.AgentID)}}.Encode(), []byte(picture), &answer)
	} else {
		status, text = e.do("POST", "/console/api/explore", map[string]any{"agentid": made.AgentID, "method": method, "path": path, "query": query, "body": made.Body, "fill": true}, &answer)
	}
	if status != 200 {
		return -1, text
	}
	if answer.ErrCode == 0 && (answer.Status != 200 || answer.Body == "" && strings.HasPrefix(answer.Type, "application/json")) {
		return -1, text
	}
	return answer.ErrCode, answer.Body + "\n    sent " + strings.Join(strings.Fields(made.Body+" "+answer.Sent), " ")
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// ofProvider reports whether a call is tried in a provider's console.
func (op operation) ofProvider(path string) bool {
	for _, security := range op.Security {
		if _, ok := security["access_token"]; !ok {
			return true
		}
	}
	_, provider := op.Permissions["provider"]
	_, suite := op.Permissions["suite"]
	return provider || suite || strings.HasPrefix(path, "/cgi-bin/service/") || strings.HasPrefix(path, "/cgi-bin/openhw/") ||
		path == "/cgi-bin/agent/set_scope" || path == "/cgi-bin/sync/contact_sync_success" // with the token of a registration
}

type operation struct {
	Security    []map[string]any
	Permissions map[string]string `json:"x-permissions"`
}

// The explorer has a sample for every call that is built, and nine in ten answer 0 in a demo in which nothing has
// happened yet. The others are listed with what they lack.
func TestExplorerSamples(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir())
	own := exploring(t, s.base, s.creds.Corps[0].CorpID, s.creds.Corps[0].Admin.UserID)
	provider := s.creds.corp(s.creds.Providers[0].CorpID)
	partner := exploring(t, s.base, provider.CorpID, provider.Admin.UserID)
	var doc struct {
		Paths map[string]map[string]operation
	}
	if status, text := own.do("GET", "/openapi.json", nil, &doc); status != 200 {
		t.Fatal(text)
	}
	control := func(path, body string) {
		if status, text := own.do("POST", "/_qiwei/"+path, json.RawMessage(body), nil); status != 200 {
			t.Fatalf("%s: %d %s", path, status, text)
		}
	}
	control("snapshots", `{"name":"before"}`)
	calls, done := 0, 0
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for method, op := range doc.Paths[path] {
			by := own
			if op.ofProvider(path) {
				by = partner
			}
			calls++
			code, said := by.try(strings.ToUpper(method), path)
			if method == "post" {
				control("snapshots/before/restore", "null")
			}
			if code == 0 {
				done++
			} else if refused[path] == "" {
				t.Errorf("%s: %s", path, said)
			}
		}
	}
	t.Logf("%d of %d samples answer 0", done, calls)
	if done*100 < calls*answered {
		t.Errorf("%d of %d samples answer 0, want %d %%", done, calls, answered)
	}
}
