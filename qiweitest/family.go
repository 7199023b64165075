package qiweitest

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
)

// FamilyOf names a family of calls, as one room serves them.
type FamilyOf struct {
	Kind    access.Kind // of the application whose calls they are; others call them once they are listed there
	Calls   string      // what the paths of the calls begin with: /cgi-bin/externalcontact/
	Scripts string      // the same of the scripts of its people and things, below /_qiwei/: wechat/
}

// Family is a World with an application that may call a family and sees everybody. Calls and scripts go by their
// names within the family: groupchat/list, group/create.
type Family struct {
	*World
	T   testing.TB
	App *Client // self-built, of the first enterprise

	of FamilyOf
}

// RunFamily is Run, beside other tests, with a Family.
func RunFamily(t *testing.T, of FamilyOf, test func(*testing.T, *Family), opts ...Option) {
	t.Helper()
	t.Parallel()
	Run(t, func(t *testing.T, w *World) { test(t, w.Family(of)) }, opts...)
}

// Family makes an application that may call a family and sees everybody.
func (w *World) Family(of FamilyOf) *Family {
	w.t.Helper()
	f := &Family{World: w, T: w.t, of: of}
	f.App = w.WithApp(access.SelfBuilt, f.Listed(access.Everything()))
	return f
}

// Listed are the settings of an application that may call the family and sees those in a range.
func (f *Family) Listed(within access.Range) app.Settings {
	return app.Settings{Range: within, Callable: []access.Kind{f.of.Kind}}
}

// Call makes a call of the family, with POST.
func (f *Family) Call(by *Client, name, body string) Result {
	f.T.Helper()
	return by.Call("POST", f.of.Calls+name, body)
}

// Must makes a call that must succeed.
func (f *Family) Must(by *Client, name, body string) Result {
	f.T.Helper()
	r := f.Call(by, name, body)
	if r.ErrCode != 0 {
		f.T.Fatalf("%s %s: %s", name, body, r.Body)
	}
	return r
}

// Refusal is a call and the code that it must be answered with. It is written without the names of its fields.
type Refusal = struct {
	What, Body string
	Code       int
}

// Answers makes calls by the application that may call, and compares their codes.
func (f *Family) Answers(name string, calls ...Refusal) {
	f.T.Helper()
	for _, c := range calls {
		if got := f.Call(f.App, name, c.Body); got.ErrCode != c.Code {
			f.T.Errorf("%s, %s %s: %s, want %d", c.What, name, c.Body, got.Body, c.Code)
		}
	}
}

// Attempt runs a script of the family in an enterprise, whose corpid it adds to the body. The answer is an error text
// where the status is not 200.
func (f *Family) Attempt(c *Corp, name, body string) (status int, answer string) {
	f.T.Helper()
	return f.Script(f.of.Scripts+name, c.named(body))
}

// PlayIn runs a script in an enterprise, which must succeed, and returns the answer.
func (f *Family) PlayIn(c *Corp, name, body string) JSON {
	f.T.Helper()
	return f.played(f.of.Scripts+name, c.named(body))
}

// named adds the corpid to the body of a script.
func (c *Corp) named(body string) string {
	rest := strings.TrimPrefix(body, "{")
	if strings.TrimSpace(rest) != "}" {
		rest = "," + rest
	}
	return fmt.Sprintf(`{"corpid":%q%s`, c.CorpID, rest)
}

// Play is PlayIn in the first enterprise.
func (f *Family) Play(name, format string, args ...any) JSON {
	f.T.Helper()
	return f.PlayIn(f.Corp, name, fmt.Sprintf(format, args...))
}

// Forbids runs scripts in the first enterprise that must fail: bodies, each with a word of the answer.
func (f *Family) Forbids(name string, list ...[2]string) {
	f.T.Helper()
	for _, one := range list {
		if status, text := f.Attempt(f.Corp, name, one[0]); status == 200 || !strings.Contains(text, one[1]) {
			f.T.Errorf("%s %s: %d %s, want %q", name, one[0], status, text, one[1])
		}
	}
}
