package kf_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

// house is a World whose first enterprise has an account that zhangsan and lisi serve, and an application that
// manages it and sees everybody. Ma is a customer who has entered.
type house struct {
	*qiweitest.World
	t    *testing.T
	app  *qiweitest.Client
	open string // the account
	url  string
	ma   string // a customer
	code string // the welcome of ma
}

func run(t *testing.T, test func(t *testing.T, h *house), opts ...qiweitest.Option) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) { test(t, newHouse(t, w)) },
		append(opts, func(c *platform.Config) { c.Dev = true })...)
}

func newHouse(t *testing.T, w *qiweitest.World) *house {
	h := &house{World: w, t: t, app: w.WithApp(access.SelfBuilt, listed(access.Everything()))}
	h.open, h.url = h.account(h.Corp, `"userid_list":["zhangsan","lisi"]`, h.app)
	h.ma, h.code = h.enter(`{"open_kfid":"` + h.open + `","name":"Ma","unionid":"oMa","gender":2,"avatar":"https://x.example/ma"}`)
	return h
}

// listed are the settings of an application that may call customer service.
func listed(r access.Range) app.Settings {
	return app.Settings{Range: r, Callable: []access.Kind{access.CustomerService}}
}

// account makes an account as an administrator does, and has the applications manage it.
func (h *house) account(c *qiweitest.Corp, more string, managers ...*qiweitest.Client) (open, url string) {
	h.t.Helper()
	var agents []string
	for _, m := range managers {
		agents = append(agents, strconv.FormatInt(m.AgentID, 10))
	}
	var got struct {
		Open string `json:"open_kfid"`
		URL  string `json:"url"`
	}
	h.done(c, "kf/account", `{"name":"客服","agentids":[`+strings.Join(agents, ",")+`],`+more+`}`, &got)
	return got.Open, got.URL
}

// enter has a customer enter in the first enterprise.
func (h *house) enter(body string) (external, code string) {
	h.t.Helper()
	return h.enterIn(h.Corp, body)
}

func (h *house) enterIn(c *qiweitest.Corp, body string) (external, code string) {
	h.t.Helper()
	var got struct {
		External string `json:"external_userid"`
		Code     string `json:"welcome_code"`
	}
	h.done(c, "enter_kf", body, &got)
	return got.External, got.Code
}

// script runs one in an enterprise and returns the status and the body of the answer.
func (h *house) script(c *qiweitest.Corp, name, body string) (int, string) {
	h.t.Helper()
	body = strings.Replace(strings.Replace(body, "{", `{"corpid":"`+c.CorpID+`",`, 1), ",}", "}", 1)
	req, err := http.NewRequest("POST", h.URL+"/_qiwei/wechat/"+name, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	return h.text(req)
}

func (h *house) text(req *http.Request) (int, string) {
	h.t.Helper()
	resp := h.Do(req)
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// done runs a script that must succeed.
func (h *house) done(c *qiweitest.Corp, name, body string, into any) {
	h.t.Helper()
	status, text := h.script(c, name, body)
	if status != 200 {
		h.t.Fatalf("%s %s: %d %s", name, body, status, text)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			h.t.Fatalf("%s: %v in %s", name, err, text)
		}
	}
}

// at puts the account and the customer before the other members of a body.
func (h *house) at(more string) string {
	return fmt.Sprintf(`{"open_kfid":%q,"external_userid":%q,%s}`, h.open, h.ma, more)
}

// writes has Ma write a text, and returns its msgid.
func (h *house) writes(text string) string {
	h.t.Helper()
	return h.sends(`"msgtype":"text","text":{"content":"` + text + `"}`)
}

func (h *house) sends(message string) string {
	h.t.Helper()
	var got struct {
		ID string `json:"msgid"`
	}
	h.done(h.Corp, "kf/send", h.at(message), &got)
	return got.ID
}

// serve has a servicer do something for Ma, and returns the msgid of what was sent.
func (h *house) serve(user, action, more string) string {
	h.t.Helper()
	var got struct {
		ID string `json:"msgid"`
	}
	h.done(h.Corp, "kf/serve", h.at(`"userid":"`+user+`","action":"`+action+`"`+more), &got)
	return got.ID
}

// call makes a call of customer service as the house's application.
func (h *house) call(name, body string) qiweitest.Result { h.t.Helper(); return as(h.app, name, body) }

func as(c *qiweitest.Client, name, body string) qiweitest.Result {
	return c.Call("POST", "/cgi-bin/kf/"+name, body)
}

// must makes a call that must succeed.
func (h *house) must(name, body string) qiweitest.Result {
	h.t.Helper()
	r := h.call(name, body)
	if r.ErrCode != 0 {
		h.t.Fatalf("%s %s: %s", name, body, r.Body)
	}
	return r
}

// answer sends a text by the API and returns the code of the answer.
func (h *house) answer(text string) int {
	h.t.Helper()
	return h.call("send_msg", fmt.Sprintf(`{"open_kfid":%q,"touser":%q,"msgtype":"text","text":{"content":%q}}`, h.open, h.ma, text)).ErrCode
}

// state returns the state of Ma's session, and who serves it.
func (h *house) state() string {
	h.t.Helper()
	var got struct {
		State    int    `json:"service_state"`
		Servicer string `json:"servicer_userid"`
	}
	h.must("service_state/get", h.at(`"x":1`)).Decode(&got)
	return strings.TrimSpace(fmt.Sprint(got.State, " ", got.Servicer))
}

// move moves Ma's session by the API and returns the code of the answer and the msg_code.
func (h *house) move(to int, user string) (code int, msgCode string) {
	h.t.Helper()
	var got struct {
		Code string `json:"msg_code"`
	}
	r := h.call("service_state/trans", h.at(fmt.Sprintf(`"service_state":%d,"servicer_userid":%q`, to, user)))
	r.Decode(&got)
	return r.ErrCode, got.Code
}

// list is what sync_msg answers.
type list struct {
	Next     string `json:"next_cursor"`
	More     int    `json:"has_more"`
	Messages []item `json:"msg_list"`
}

type item struct {
	ID       string `json:"msgid"`
	External string `json:"external_userid"`
	Origin   int    `json:"origin"`
	Servicer string `json:"servicer_userid"`
	Type     string `json:"msgtype"`
	Text     struct {
		Content string
		MenuID  string `json:"menu_id"`
	}
	Event json.RawMessage
}

// read reads what is new of the account and returns it with the cursor behind it.
func (h *house) read(cursor string) (got list) {
	h.t.Helper()
	h.must("sync_msg", fmt.Sprintf(`{"open_kfid":%q,"cursor":%q}`, h.open, cursor)).Decode(&got)
	return got
}

// heard is what a customer has received and written, as "from msgtype".
func (h *house) heard() (out []string) {
	h.t.Helper()
	for _, m := range h.messages() {
		out = append(out, fmt.Sprint(m["from"], " ", m["msgtype"]))
	}
	return out
}

// shown is what a script is shown of Ma and the account.
func (h *house) shown() (int, string) {
	h.t.Helper()
	req, err := http.NewRequest("GET", h.URL+"/_qiwei/wechat/kf/messages?"+url.Values{"corpid": {h.CorpID}, "open_kfid": {h.open}, "external_userid": {h.ma}}.Encode(), nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.text(req)
}

func (h *house) messages() []map[string]any {
	h.t.Helper()
	var got struct{ Messages []map[string]any }
	if status, text := h.shown(); status != 200 || json.Unmarshal([]byte(text), &got) != nil {
		h.t.Fatalf("messages: %d %s", status, text)
	}
	return got.Messages
}

// upload uploads a file as the house's application and returns its media_id.
func (h *house) upload(kind, name string, content []byte) string {
	h.t.Helper()
	var got struct {
		MediaID string `json:"media_id"`
	}
	r := h.app.Upload("/cgi-bin/media/upload?type="+kind, name, content)
	if r.ErrCode != 0 {
		h.t.Fatalf("upload %s: %s", name, r.Body)
	}
	r.Decode(&got)
	return got.MediaID
}

func (h *house) picture() string { h.t.Helper(); return h.upload("image", "a.jpg", jpegOf(h.t, 0)) }

// jpegOf returns a picture with as many bytes behind it.
func jpegOf(t *testing.T, more int) []byte {
	t.Helper()
	var content bytes.Buffer
	if err := jpeg.Encode(&content, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	return append(content.Bytes(), make([]byte, more)...)
}

// amr returns a voice of as many frames of the smallest mode.
func amr(frames int) []byte {
	out := []byte("#!AMR\n")
	for range frames {
		out = append(out, append([]byte{0x04}, make([]byte, 12)...)...)
	}
	return out
}

// TestWhoMayCall: the system application, self-built ones that are listed, and providers' that have the
// permission. The accounts are those that the application manages (doc 94638).
func TestWhoMayCall(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		grants := func(list ...string) app.Settings { return app.Settings{Range: access.Everything(), Grants: list} }
		names := []string{"account/list", "sync_msg", "customer/get_upgrade_service_config", "get_corp_statistic", "knowledge/list_group"}
		for _, tt := range []struct {
			what   string
			client *qiweitest.Client
			want   [5]int
		}{
			{"a listed application that manages the account", h.app, [5]int{0, 0, 0, 600018, 0}},
			{"a listed application that does not", h.WithApp(access.SelfBuilt, listed(access.Everything())), [5]int{0, 48007, 0, 600018, 0}},
			{"one that is not listed", h.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), [5]int{48002, 48002, 48002, 48002, 48002}},
			{"one listed for something else", h.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything(), Callable: []access.Kind{access.CustomerContact}}), [5]int{48002, 48002, 48002, 48002, 48002}},
			{"the system application", h.As(access.CustomerService), [5]int{0, 0, 0, 600018, 0}},
			{"customer contact", h.As(access.CustomerContact), [5]int{48002, 48002, 48002, 48002, 48002}},
			{"a provider's without permissions", h.WithApp(access.Custom, grants("externalcontact:base:base")), [5]int{48002, 48002, 48002, 48002, 48002}},
			{"a provider's with the basic one", h.WithApp(access.ThirdParty, grants("customerservice:base:base")), [5]int{0, 48002, 48002, 48002, 48002}},
			{"a provider's for chats, without the account", h.WithApp(access.Custom, grants("customerservice:chat:manage")), [5]int{48002, 48007, 48002, 48002, 48002}},
			{"a provider's for upgrades", h.WithApp(access.Custom, grants("customerservice:tool:upgrade")), [5]int{48002, 48002, 0, 48002, 48002}},
			{"a provider's for statistics", h.WithApp(access.Custom, grants("customerservice:tool:stat")), [5]int{48002, 48002, 48002, 600018, 48002}},
			{"the twin's", h.Second.WithApp(access.SelfBuilt, listed(access.Everything())), [5]int{0, 95004, 0, 95004, 0}},
		} {
			for i, name := range names {
				if got := as(tt.client, name, `{"open_kfid":"`+h.open+`"}`); got.ErrCode != tt.want[i] {
					t.Errorf("%s, %s: %s, want %d", tt.what, name, got.Body, tt.want[i])
				}
			}
		}
	})
}

// TestVisibleRange: the servicers of an account are in the application's visible range, or it is refused (doc
// 94638).
func TestVisibleRange(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		small := h.WithApp(access.SelfBuilt, listed(access.Range{Departments: []int64{2}}))
		h.done(h.Corp, "kf/account", fmt.Sprintf(`{"open_kfid":%q,"agentids":[%d,%d]}`, h.open, h.app.AgentID, small.AgentID), nil)
		try := func(what string, want int) {
			t.Helper()
			for _, call := range []string{"sync_msg", "service_state/get", "servicer/list"} {
				body := h.at(`"x":1`)
				if got := as(small, call, body); got.ErrCode != want {
					t.Errorf("%s, %s: %s, want %d", what, call, got.Body, want)
				}
			}
		}
		try("both servicers are in range", 0)
		h.must("servicer/add", `{"open_kfid":"`+h.open+`","userid_list":["wangwu"]}`)
		try("a third is not", 60030)
		h.must("servicer/del", `{"open_kfid":"`+h.open+`","userid_list":["wangwu"]}`)
		h.must("servicer/add", `{"open_kfid":"`+h.open+`","department_id_list":[3]}`)
		try("a department is", 0)
		h.must("servicer/add", `{"open_kfid":"`+h.open+`","department_id_list":[4]}`)
		try("another is not", 60030)
		if got := as(small, "servicer/add", `{"open_kfid":"`+h.open+`","userid_list":["wangwu"]}`); got.ErrCode != 60030 {
			t.Errorf("it adds one: %s", got.Body)
		}
		h.must("servicer/del", `{"open_kfid":"`+h.open+`","department_id_list":[4]}`)
		got := as(small, "servicer/add", `{"open_kfid":"`+h.open+`","userid_list":["wangwu","nobody"],"department_id_list":[4,99]}`)
		if want := `"result_list":[{"userid":"wangwu","errcode":60030,"errmsg":"out of agent range"},{"userid":"nobody","errcode":60111,"errmsg":"userid not found"},{"department_id":4,"errcode":60030,"errmsg":"out of agent range"},{"department_id":99,"errcode":60003,"errmsg":"department not found"}]`; !strings.Contains(got.Body, want) {
			t.Errorf("those whom it does not see: %s, want %s", got.Body, want)
		}
	})
}
