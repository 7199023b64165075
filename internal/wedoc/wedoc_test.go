package wedoc_test

import (
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

func run(t *testing.T, test func(t *testing.T, w *qiweitest.World)) {
	t.Parallel()
	qiweitest.Run(t, test, func(c *platform.Config) { c.Dev = true })
}

// listed is a self-built application that may call documents.
func listed(c *qiweitest.Corp) *qiweitest.Client {
	return c.WithApp(access.SelfBuilt, app.Settings{Name: "周报机器人", Range: access.Everything(), Callable: []access.Kind{access.Document}})
}

// call makes a call of the family that must have the code, and returns the answer.
func call(t *testing.T, c *qiweitest.Client, path, body string, code int) qiweitest.Result {
	t.Helper()
	r := c.Call("POST", "/cgi-bin/wedoc/"+path, body)
	if r.ErrCode != code {
		t.Fatalf("%s %s: %s, want %d", path, body, r.Body, code)
	}
	return r
}

type answer struct {
	DocID  string `json:"docid"`
	FormID string `json:"formid"`
	URL    string `json:"url"`
	Share  string `json:"share_url"`
}

func made(t *testing.T, c *qiweitest.Client, path, body string) (a answer) {
	t.Helper()
	call(t, c, path, body, 0).Decode(&a)
	return a
}

// script acts as a member.
func script(t *testing.T, w *qiweitest.World, path, user, body string, status int) string {
	t.Helper()
	got, text := w.Script("wedoc/"+path, `{"corpid":"`+w.CorpID+`","userid":"`+user+`",`+body[1:])
	if got != status {
		t.Fatalf("%s %s: %d %s, want %d", path, body, got, text, status)
	}
	return text
}

// want compares an answer.
func want(t *testing.T, got qiweitest.Result, body string) {
	t.Helper()
	if got.Body != `{"errcode":0,"errmsg":"ok",`+body+`}` {
		t.Errorf("%s\nwant %s", got.Body, body)
	}
}

// pushes are those that a receiver took, with the ids of the run replaced.
func pushes(rc *qiweitest.Receiver, replace ...string) string {
	var out strings.Builder
	for _, p := range rc.Take() {
		out.WriteString(p.XML() + "\n")
	}
	return strings.NewReplacer(replace...).Replace(out.String())
}
