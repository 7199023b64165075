package suite_test

import (
	"context"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// A new secret ends the suite's tokens and the old secret, and no other suite's.
func TestANewSecretEndsTheTokens(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		other := h.another()
		ticket := h.ticket()
		token, otherToken := h.tokenBy(ticket), other.token()
		code := func(by string) int {
			return h.call("GET", "/cgi-bin/service/get_pre_auth_code?suite_access_token="+by, "").Code
		}
		if a, b := code(token), code(otherToken); a != 0 || b != 0 {
			t.Fatalf("before: %d and %d", a, b)
		}
		old := h.suite.Secret
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			h.suite, err = w.Server.Suites.ResetSecret(ctx, tx, h.suite.SuiteID)
			return err
		})
		if a, b := code(token), code(otherToken); a != 40082 || b != 0 {
			t.Errorf("after: %d, want 40082; the other suite's: %d, want 0", a, b)
		}
		if got := h.call("POST", "/cgi-bin/service/get_suite_token", `{"suite_id":"`+h.suite.SuiteID+`","suite_secret":"`+old+`","suite_ticket":"`+ticket+`"}`); got.Code != 40080 {
			t.Errorf("the old secret: %+v", got)
		}
		if a := code(h.tokenBy(ticket)); a != 0 {
			t.Errorf("by the new secret: %d", a)
		}
	})
}

// A new provider_secret ends the old one and the tokens that were fetched with it.
func TestANewProviderSecretEndsTheTokens(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		h.install()
		fetch := func(secret string) (token string, code int) {
			got := h.call("POST", "/cgi-bin/service/get_provider_token", `{"corpid":"`+h.provider.CorpID+`","provider_secret":"`+secret+`"}`)
			return got.Provider, got.Code
		}
		ask := func(token string) int {
			return h.call("POST", "/cgi-bin/service/corpid_to_opencorpid?provider_access_token="+token, `{"corpid":"`+h.CorpID+`"}`).Code
		}
		old := h.provider.Secret
		token, _ := fetch(old)
		if code := ask(token); code != 0 {
			t.Fatalf("before: %d", code)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			h.provider, err = w.Server.Suites.ResetProviderSecret(tx, h.provider.CorpID)
			return err
		})
		if code := ask(token); code != 40082 {
			t.Errorf("a token of the old secret: %d", code)
		}
		if _, code := fetch(old); code != 40001 {
			t.Errorf("the old secret: %d", code)
		}
		if fresh, code := fetch(h.provider.Secret); code != 0 || ask(fresh) != 0 {
			t.Errorf("the new secret: %d", code)
		}
	})
}

// What a provider brings along is kept, and what it leaves out is made. The name of a suite has 1 to 32
// characters.
func TestWhatIsMade(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			given := suite.Provider{CorpID: w.CorpID, Secret: "a secret of the provider's own", Token: "token", AESKey: strings.Repeat("k", 43)}
			kept, err := w.Server.Suites.CreateProvider(ctx, tx, given)
			if err != nil || kept.Secret != given.Secret || kept.Token != given.Token || kept.AESKey != given.AESKey {
				t.Errorf("%+v is kept as %+v, %v", given, kept, err)
			}
			made, err := w.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: w.Second.CorpID})
			if err != nil || len(made.Secret) < 32 || made.Token == "" || len(made.AESKey) != 43 {
				t.Errorf("made: %+v, %v", made, err)
			}
			for n, fits := range map[int]bool{0: false, 1: true, 32: true, 33: false} {
				v, err := w.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: w.CorpID, Kind: access.ThirdParty, Settings: suite.Settings{Name: strings.Repeat("字", n)}})
				if (err == nil) != fits {
					t.Errorf("a name of %d characters: %v", n, err)
				}
				if fits && !v.TicketedAt().IsZero() {
					t.Errorf("a ticket before the first: %s", v.TicketedAt())
				}
			}
			return nil
		})
	})
}
