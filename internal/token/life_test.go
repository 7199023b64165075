package token_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/internal/token"
	"qiwei/qiweitest"
)

// A server's tokens live as long as the test says, and one value within its life.
func TestShortTokenLife(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		secret := w.As(access.SelfBuilt).Secret
		first, _ := gettoken(w, w.CorpID, secret)
		w.Advance(59 * time.Second)
		if again, _ := gettoken(w, w.CorpID, secret); first.ExpiresIn != 60 || again.AccessToken != first.AccessToken || again.ExpiresIn != 1 {
			t.Errorf("within its life: %+v, then %+v", first, again)
		}
		if r := call(w, first.AccessToken); r.ErrCode != 0 {
			t.Errorf("a second before its end: %s", r.Body)
		}
		w.Advance(time.Second)
		if r := call(w, first.AccessToken); r.ErrCode != 42001 {
			t.Errorf("aged out: %s, want 42001", r.Body)
		}
		if second, _ := gettoken(w, w.CorpID, secret); second.AccessToken == first.AccessToken || second.ExpiresIn != 60 {
			t.Errorf("after its end: %+v, want another token", second)
		}
	}, qiweitest.WithTokenLife(time.Minute))
}

// The script sets the life of an application or of the server; a longer one wakes no token that has expired.
func TestTokenLifeScript(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		w.WithoutTwin() // the server's life is every enterprise's
		own, other := w.As(access.SelfBuilt), w.As(access.ContactSync)
		script := func(body string) (int, string) { t.Helper(); return w.Script("token_life", body) }
		app := fmt.Sprintf(`"corpid":%q,"agentid":%d`, w.CorpID, own.AgentID)
		for _, tt := range []struct {
			body   string
			status int
			says   string
		}{
			{`{}`, 400, "token_life: seconds expected"},
			{`{"token_life":-1}`, 400, "token_life: -1; whole seconds from 1 to 7200"},
			{`{"token_life":7201}`, 400, "token_life: 7201; whole seconds from 1 to 7200"},
			{`{"corpid":"` + w.CorpID + `","token_life":1}`, 400, "corpid and agentid: both"},
			{`{"agentid":1000002,"token_life":1}`, 400, "corpid and agentid: both"},
			{`{"corpid":"` + w.CorpID + `","agentid":77,"token_life":1}`, 404, "has no application 77"},
			{`{"corpid":"ww0000000000000000","agentid":1000002,"token_life":1}`, 404, `the enterprise \"ww0000000000000000\" has no application`},
			{`{"life":1}`, 400, `unknown field`},
			{`{"token_life":7200}`, 200, `"token_life":7200`},
			{`{` + app + `,"token_life":1}`, 200, `"token_life":1`},
			{`{` + app + `,"token_life":0}`, 200, `"token_life":7200`},
		} {
			if status, text := script(tt.body); status != tt.status || !strings.Contains(text, tt.says) {
				t.Errorf("%s: %d %s, want %d %s", tt.body, status, text, tt.status, tt.says)
			}
		}
		first, _ := gettoken(w, w.CorpID, own.Secret)
		script(`{` + app + `,"token_life":30}`)
		if again, _ := gettoken(w, w.CorpID, own.Secret); again.AccessToken != first.AccessToken || again.ExpiresIn != 30 {
			t.Errorf("shortened: %+v, want the same token with 30 seconds", again)
		}
		if others, _ := gettoken(w, w.CorpID, other.Secret); others.ExpiresIn != 7200 {
			t.Errorf("another application's: %+v", others)
		}
		w.Advance(30 * time.Second)
		if r := call(w, first.AccessToken); r.ErrCode != 42001 {
			t.Errorf("aged out: %s, want 42001", r.Body)
		}
		second, _ := gettoken(w, w.CorpID, own.Secret)
		script(`{` + app + `,"token_life":0}`)
		for name, text := range map[string]string{"an expired token": first.AccessToken, "the one before": second.AccessToken} {
			if r := call(w, text); r.ErrCode != 40014 {
				t.Errorf("%s after its life was made longer: %s, want 40014", name, r.Body)
			}
		}
		third, _ := gettoken(w, w.CorpID, own.Secret)
		script(`{"token_life":10}`)
		w.Advance(10 * time.Second)
		if r := call(w, third.AccessToken); r.ErrCode != 42001 {
			t.Errorf("with a server's life of 10 seconds: %s, want 42001", r.Body)
		}
		script(`{"token_life":0}`)
		if r := call(w, third.AccessToken); r.ErrCode != 40014 {
			t.Errorf("after the server's life was made longer: %s, want 40014", r.Body)
		}
	})
}

// A given token is valid beside drawn ones for ever, as its application and nobody else.
func TestGivenToken(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, b := w.Corps()
		client := a.As(access.SelfBuilt)
		given := "given-to." + a.CorpID // as other tests share the database
		give := func(c *qiweitest.Corp, agentID int64, text string) error {
			return w.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
				to, err := w.Server.Apps.App(tx, c.CorpID, agentID)
				if err != nil {
					return err
				}
				return w.Server.Tokens.SetGiven(tx, to.No, text)
			})
		}
		if r := call(w, given); r.ErrCode != 40014 {
			t.Errorf("before it is given: %s, want 40014", r.Body)
		}
		if err := give(a, client.AgentID, given); err != nil {
			t.Fatal(err)
		}
		drawn, _ := gettoken(w, a.CorpID, client.Secret)
		for range 2 {
			var got struct {
				AgentID int64  `json:"agentid"`
				Name    string `json:"name"`
			}
			r := w.Get(fmt.Sprintf("/cgi-bin/agent/get?agentid=%d&access_token=%s", client.AgentID, given))
			if r.Decode(&got); r.ErrCode != 0 || got.AgentID != client.AgentID {
				t.Errorf("as its application: %s", r.Body)
			}
			w.Advance(1000 * 24 * time.Hour)
		}
		if r := call(w, drawn.AccessToken); r.ErrCode != 42001 {
			t.Errorf("the drawn one after years: %s, want 42001", r.Body)
		}
		if again, _ := gettoken(w, a.CorpID, client.Secret); again.ExpiresIn != 7200 || again.AccessToken == given {
			t.Errorf("gettoken beside it: %+v, want one that is drawn", again)
		}
		if err := give(b, b.As(access.SelfBuilt).AgentID, given); !errors.Is(err, token.ErrGivenTaken) {
			t.Errorf("given to another enterprise's application: %v", err)
		}
		if err := give(a, client.AgentID, drawn.AccessToken); err == nil || !strings.Contains(err.Error(), "has issued") {
			t.Errorf("one that was drawn: %v", err)
		}
		if err := give(a, client.AgentID, strings.Repeat("x", 15)); err == nil || !strings.Contains(err.Error(), "15 characters; 16 to 512 expected") {
			t.Errorf("a short one: %v", err)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := w.Server.Apps.ResetSecret(ctx, tx, a.CorpID, client.AgentID)
			return err
		})
		if r := call(w, given); r.ErrCode != 40014 {
			t.Errorf("after a new secret: %s, want 40014", r.Body)
		}
	})
}

// Outside of dev nothing of this counts, even if the database has it.
func TestServeKeepsThePlatformsTokens(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		client := w.As(access.SelfBuilt)
		given := "given-to." + w.CorpID
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			a, err := w.Server.Apps.App(tx, w.CorpID, client.AgentID)
			if err != nil {
				return err
			}
			return errors.Join(w.Server.Tokens.SetGiven(tx, a.No, given), w.Server.Tokens.SetLife(tx, a.No, time.Minute))
		})
		if r := call(w, given); r.ErrCode != 40014 {
			t.Errorf("a given token: %s, want 40014", r.Body)
		}
		drawn, _ := gettoken(w, w.CorpID, client.Secret)
		w.Advance(7199 * time.Second)
		if again, _ := gettoken(w, w.CorpID, client.Secret); drawn.ExpiresIn != 7200 || again.AccessToken != drawn.AccessToken {
			t.Errorf("a drawn token: %+v, then %+v", drawn, again)
		}
		config := w.Server.Config
		config.TokenLife = time.Minute
		if s, err := platform.Open(context.Background(), config); err == nil {
			s.Close()
			t.Error("a server outside of dev took a life of tokens")
		}
	}, qiweitest.WithServe())
}
