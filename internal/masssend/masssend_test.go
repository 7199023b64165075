package masssend_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/internal/suite"
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
	}, func(c *platform.Config) { c.Dev = true })
}

func listed(r access.Range) app.Settings {
	return app.Settings{Range: r, Callable: []access.Kind{access.CustomerContact}}
}

// script runs one in an enterprise and returns the status and the body of the answer.
func (h *house) script(corpID, name, body string) (int, string) {
	h.t.Helper()
	body = strings.Replace(body, "{", `{"corpid":"`+corpID+`",`, 1)
	req, err := http.NewRequest("POST", h.URL+"/_qiwei/wechat/"+name, strings.NewReader(strings.Replace(body, ",}", "}", 1)))
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

// done runs a script that must succeed, in an enterprise.
func (h *house) done(c *qiweitest.Corp, name, body string, into any) {
	h.t.Helper()
	status, text := h.script(c.CorpID, name, body)
	if status != 200 {
		h.t.Fatalf("%s %s: %d %s", name, body, status, text)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			h.t.Fatalf("%s: %v in %s", name, err, text)
		}
	}
}

// do is done in the first enterprise.
func (h *house) do(name, format string, args ...any) {
	h.t.Helper()
	h.done(h.Corp, name, fmt.Sprintf(format, args...), nil)
}

// refuses runs scripts that must fail, with a word of the answer.
func (h *house) refuses(name string, list ...[2]string) {
	h.t.Helper()
	for _, one := range list {
		if status, text := h.script(h.CorpID, name, one[0]); status == 200 || !strings.Contains(text, one[1]) {
			h.t.Errorf("%s %s: %d %s, want %q", name, one[0], status, text, one[1])
		}
	}
}

// customer has somebody add a member, and returns the id.
func (h *house) customer(c *qiweitest.Corp, user, name string) string {
	h.t.Helper()
	var a struct {
		External string `json:"external_userid"`
	}
	h.done(c, "add", fmt.Sprintf(`{"userid":%q,"name":%q,"unionid":%q}`, user, name, "o"+name), &a)
	return a.External
}

type made struct {
	ChatID  string `json:"chat_id"`
	OpenGID string `json:"opengid"`
}

// group has a member make a group.
func (h *house) group(c *qiweitest.Corp, body string) (m made) {
	h.t.Helper()
	h.done(c, "group/create", body, &m)
	return m
}

func as(c *qiweitest.Client, name, body string) qiweitest.Result {
	return c.Call("POST", "/cgi-bin/externalcontact/"+name, body)
}

// must makes a call that must succeed.
func (h *house) must(name, body string) qiweitest.Result {
	h.t.Helper()
	r := as(h.app, name, body)
	if r.ErrCode != 0 {
		h.t.Fatalf("%s %s: %s", name, body, r.Body)
	}
	return r
}

type refusal struct {
	what, body string
	code       int
}

// answers makes calls and compares their codes.
func (h *house) answers(name string, calls ...refusal) {
	h.t.Helper()
	for _, c := range calls {
		if got := as(h.app, name, c.body); got.ErrCode != c.code {
			h.t.Errorf("%s, %s %s: %s, want %d", c.what, name, c.body, got.Body, c.code)
		}
	}
}

func quoted(list ...string) string {
	text, _ := json.Marshal(append([]string{}, list...))
	return string(text)
}

// provided installs an application of a provider, namely the second enterprise, which hears at a command URL
// if there is a receiver.
func (h *house) provided(rc *qiweitest.Receiver, grants ...string) *qiweitest.Client {
	h.t.Helper()
	var v suite.Suite
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		if _, err = h.Server.Suites.Provider(tx, h.Second.CorpID); err != nil {
			if _, err = h.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: h.Second.CorpID, TrustedIPs: qiweitest.Local}); err != nil {
				return err
			}
		}
		n := suite.Suite{Partner: h.Second.CorpID, Kind: access.ThirdParty, Settings: suite.Settings{Name: "客户", Permissions: grants}}
		if rc != nil {
			n.Token, n.AESKey, n.CommandURL = rc.Token, rc.AESKey, rc.URL
		}
		v, err = h.Server.Suites.CreateSuite(ctx, tx, n)
		if err == nil && rc != nil {
			_, err = h.Server.Suites.PushTicket(ctx, tx, v.SuiteID)
		}
		return err
	})
	return h.WithApp(access.ThirdParty, app.Settings{Range: access.Everything(), Grants: grants, Suite: v.SuiteID, Partner: h.Second.CorpID})
}
