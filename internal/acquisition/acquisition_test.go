package acquisition_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

// house is a World with an application that may call customer contact and sees everybody.
type house struct {
	*qiweitest.World
	t   *testing.T
	app *qiweitest.Client
}

func run(t *testing.T, test func(t *testing.T, h *house)) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		test(t, &house{w, t, w.WithApp(access.SelfBuilt, listed(access.Everything()))})
	}, func(c *platform.Config) { c.Dev, c.Collide = true, true })
}

// listed are the settings of an application that may call customer contact.
func listed(r access.Range) app.Settings {
	return app.Settings{Range: r, Callable: []access.Kind{access.CustomerContact}}
}

// script runs one in an enterprise and returns the status and the body of the answer.
func (h *house) script(corpID, name, body string) (int, string) {
	h.t.Helper()
	req, err := http.NewRequest("POST", h.URL+"/_qiwei/wechat/"+name, strings.NewReader(`{"corpid":"`+corpID+`",`+body[1:]))
	if err != nil {
		h.t.Fatal(err)
	}
	resp := h.Do(req)
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// done runs a script that must succeed in the first enterprise, and returns the answer.
func (h *house) done(name, body string) map[string]any {
	h.t.Helper()
	status, text := h.script(h.CorpID, name, body)
	if status != 200 {
		h.t.Fatalf("%s %s: %d %s", name, body, status, text)
	}
	var all map[string]any
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		h.t.Fatalf("%v in %s", err, text)
	}
	return all
}

func as(c *qiweitest.Client, name, body string) qiweitest.Result {
	return c.Call("POST", "/cgi-bin/externalcontact/customer_acquisition/"+name, body)
}

// must makes a call that must succeed.
func (h *house) must(c *qiweitest.Client, name, body string) qiweitest.Result {
	h.t.Helper()
	r := as(c, name, body)
	if r.ErrCode != 0 {
		h.t.Fatalf("%s %s: %s", name, body, r.Body)
	}
	return r
}

// link is what create_link answers.
type link struct {
	LinkID string `json:"link_id"`
	URL    string
}

// create makes a link for people: `"user_list":["zhangsan"]`.
func (h *house) create(c *qiweitest.Client, people, more string) link {
	h.t.Helper()
	var made struct{ Link link }
	h.must(c, "create_link", `{"link_name":"展会","range":{`+people+`}`+more+`}`).Decode(&made)
	return made.Link
}

// come has somebody add a member by a link, and returns the two.
func (h *house) come(address, name string) (external, user string) {
	h.t.Helper()
	got := h.done("add", fmt.Sprintf(`{"link":%q,"name":%q,"unionid":"union %s"}`, address, name, name))
	return got["external_userid"].(string), got["userid"].(string)
}

func (h *house) buy(count int) {
	h.t.Helper()
	h.done("acquisition/buy", fmt.Sprintf(`{"count":%d}`, count))
}

// balance returns what is left and what was used.
func (h *house) balance() string {
	h.t.Helper()
	var q struct{ Total, Balance int }
	h.app.Call("GET", "/cgi-bin/externalcontact/customer_acquisition_quota", "").Decode(&q)
	return fmt.Sprintf("%d left, %d used", q.Balance, q.Total)
}
