package login_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/login"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestInvitedPasskey: an invitation may be accepted with a passkey; it is good once, and a password that was
// lost is gone.
func TestInvitedPasskey(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		origin := onLocalhost(w)
		setPassword(t, w, "zhangsan", secret)
		invite := func() (inv login.Invitation) {
			w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
				inv, err = w.Server.Login.InviteCode(ctx, tx, access.System(w.CorpID), "zhangsan")
				return err
			})
			return inv
		}
		path := func(inv login.Invitation) string {
			return strings.TrimPrefix(inv.Whole("/account/passkeys", true), w.URL)
		}
		inv := invite()
		for _, tt := range []struct {
			name, field, value string
		}{
			{"a wrong code", "code", "AAAA-BBBB-CCCC"}, {"another member", "userid", "lisi"}, {"nobody", "userid", "nobody"},
			{"the other corp", "corp", w.Second.CorpID}, {"a form that was never shown", "form", "x"},
		} {
			b := w.Browser()
			page := b.Get(path(inv))
			page.Body = regexp.MustCompile(`name="`+tt.field+`" value="[^"]*"`).ReplaceAllString(page.Body, `name="`+tt.field+`" value="`+tt.value+`"`)
			if status, got := ceremony(b, page, newAuthenticator(t, origin), true, nil); status != 400 || got["error"] == nil || memberIn(b, w) {
				t.Errorf("%s: %d %v", tt.name, status, got)
			}
		}
		b, key := w.Browser(), newAuthenticator(t, origin)
		var replay map[string]any
		if status, got := ceremony(b, b.Get(path(inv)), key, true, func(m map[string]any) { replay = m }); status != 200 || got["next"] != "/account/passkeys" {
			t.Fatalf("%d %v", status, got)
		}
		if !memberIn(b, w) {
			t.Error("not signed in")
		}
		if got := signIn(w.Browser(), w.CorpID, "zhangsan", secret); got.Status != 403 {
			t.Errorf("the lost password: %d", got.Status)
		}
		if status, got := b.PostJSON("/account/invite/finish", replay); status != 400 {
			t.Errorf("the same again: %d %v", status, got)
		}
		c := w.Browser()
		if status, got := ceremony(c, c.Get(path(inv)), newAuthenticator(t, origin), true, nil); status != 400 || memberIn(c, w) {
			t.Errorf("a spent invitation: %d %v", status, got)
		}
		if status, _ := newBrowserAt(t, w, "/account/sign-in?corp="+w.CorpID, key); status != 200 {
			t.Errorf("the passkey: %d", status)
		}
		late := invite()
		page := c.Get(path(late))
		w.Advance(7 * 24 * time.Hour)
		if status, _ := ceremony(c, page, newAuthenticator(t, origin), true, nil); status != 400 {
			t.Errorf("a week later: %d", status)
		}
	}, qiweitest.WithServe())
}
