package page

import (
	"strings"
	"testing"
	"time"
)

func TestSignInSaysWhatIsWrong(t *testing.T) {
	for _, tt := range []struct {
		d    SignIn
		want string
	}{
		{SignIn{Trouble: WrongPassword}, `id="said">The user ID or password is not right.</p>`},
		{SignIn{Trouble: WrongPassword, Left: 3}, "not right. 3 tries left.</p>"},
		{SignIn{Trouble: WrongPassword, Left: 1}, "One try left before the account is locked"},
		{SignIn{Trouble: Locked}, "locked for a while.</p>"},
		{SignIn{Trouble: Locked, Wait: 61 * time.Second}, "Try again in 61 s."},
		{SignIn{Trouble: Locked, Wait: 300 * time.Millisecond}, "Try again in 1 s."},
		{SignIn{Trouble: Locked, Wait: 14*time.Minute + time.Second}, "Try again in 15 min."},
		{SignIn{Trouble: FormExpired}, "This page had expired"},
		{SignIn{Notice: SignedOut}, "You are signed out."},
	} {
		tt.d.Form = someForm
		if page := html(t, English, tt.d); !strings.Contains(page, tt.want) {
			t.Errorf("%+v: no %q in\n%s", tt.d, tt.want, page)
		}
	}
	if page := html(t, English, SignIn{Form: someForm}); strings.Contains(page, "role=\"alert\"") || strings.Contains(page, "data-passkey") {
		t.Error("a fresh page complains, or offers passkeys that there are none of")
	}
}

func TestEveryTroubleHasWords(t *testing.T) {
	for tr := WrongPassword; tr <= InvitationOver; tr++ {
		if English.trouble(tr, 8) == "" || Chinese.trouble(tr, 8) == "" {
			t.Errorf("trouble %d has no words", tr)
		}
	}
	for n := PasswordSet; n <= SignedOut; n++ {
		if English.notice(n) == "" {
			t.Errorf("notice %d has no words", n)
		}
	}
}

// TestNoPasswordComesBack: no page repeats what was typed into a password field.
func TestNoPasswordComesBack(t *testing.T) {
	everyPage(t, func(t *testing.T, l Lang, d any) {
		for _, e := range parse(t, html(t, l, d)) {
			if _, ok := e.attr["value"]; e.attr["type"] == "password" && (ok || e.attr["autocomplete"] == "") {
				t.Errorf("%v", e.attr)
			}
		}
	})
}
