package login_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/login"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// asked sends a page of another room the request of a browser.
func asked(t *testing.T, b *qiweitest.Browser, page http.Handler) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("GET", b.Base+"/page?x=1", nil)
	at, err := url.Parse(b.Base)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range b.HTTP.Jar.Cookies(at) {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	page.ServeHTTP(w, r)
	return w
}

// Whoever is needed is a member of one enterprise. The same browser's session in
// another opens nothing, whichever way a room asks.
func TestNeed(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		setPassword(t, w, "zhangsan", secret)
		site := w.Second.WithApp(access.SelfBuilt, app.Settings{Name: "站", Range: access.Everything()})
		var needed app.App
		w.Write(func(_ context.Context, tx *store.Tx) (err error) {
			needed, err = w.Server.Apps.App(tx, w.Second.CorpID, site.AgentID)
			return err
		})
		b, stranger := w.Browser(), w.Browser()
		if got := signIn(b, w.CorpID, "zhangsan", secret); got.Status != 303 {
			t.Fatalf("%d %s", got.Status, got.Text())
		}
		for corpID, want := range map[string]bool{w.CorpID: true, w.Second.CorpID: false} {
			asked(t, b, w.Server.Login.Page(func(v *login.Visit) error {
				sess, found, err := v.Signed(corpID)
				if found != want || want && sess.CorpID != corpID {
					t.Errorf("signed in: %v, want %v", found, want)
				}
				return err
			}))
			asked(t, b, w.Server.Login.Page(func(v *login.Visit) error {
				_, ok, err := v.Require(login.Need{CorpID: corpID, Next: "/page", Form: true})
				if ok != want {
					t.Errorf("required: %v, want %v", ok, want)
				}
				return err
			}))
			asked(t, b, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if _, ok := w.Server.Login.Require(rw, r, corpID); ok != want {
					t.Errorf("required of a request: %v, want %v", ok, want)
				}
			}))
		}
		asked(t, b, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if sess, ok := w.Server.Login.Require(rw, r, ""); !ok || sess.CorpID != w.CorpID {
				t.Errorf("of whichever enterprise: %v", ok)
			}
		}))
		// To sign in to an application of the other one, the browser gets the QR code
		// that a stranger gets.
		desk := w.Server.Login.Page(func(v *login.Visit) error {
			_, _, err := v.Require(login.Need{CorpID: w.Second.CorpID, App: &needed, Next: "/page"})
			return err
		})
		form := w.Server.Login.Page(func(v *login.Visit) error {
			_, _, err := v.Require(login.Need{CorpID: w.Second.CorpID, App: &needed, Next: "/page", Form: true})
			return err
		})
		shape := func(b *qiweitest.Browser, page http.Handler) string {
			return qiweitest.Page{Body: asked(t, b, page).Body.String()}.Text()
		}
		if got, want := shape(b, desk), shape(stranger, desk); got != want || got == shape(stranger, form) {
			t.Errorf("asked by %s\nwant %s", got, want)
		}
	}, qiweitest.WithServe())
}
