package platform_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	directoryclient "github.com/go-ldap/ldap/v3"

	"qiwei/internal/access"
	"qiwei/internal/ldap"
	"qiwei/internal/oidc"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// bound returns a question to a connection of LDAP that is bound as zhangsan: does it
// still read anything.
func bound(t *testing.T, w *qiweitest.World, password string) (reads func() bool) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Server.LDAP.Serve(ctx, l, ldap.Listening{}) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("LDAP: %v", err)
		}
	})
	conn, err := directoryclient.DialURL("ldap://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	me := "uid=zhangsan,ou=people,o=" + w.CorpID
	if err := conn.Bind(me, password); err != nil {
		t.Fatal(err)
	}
	return func() bool {
		got, err := conn.Search(directoryclient.NewSearchRequest(me, directoryclient.ScopeBaseObject, directoryclient.NeverDerefAliases, 0, 0, false,
			"(objectClass=*)", []string{"uid"}, nil))
		return err == nil && len(got.Entries) == 1
	}
}

// granted lets a product in, with offline access, for the browser's member, and returns
// a question to what it got: which of it opens anything.
func granted(t *testing.T, w *qiweitest.World, browser *http.Client) (opens func() string) {
	t.Helper()
	const callback = "https://product.example.com/callback"
	var c oidc.Client
	agent := w.As(access.SelfBuilt).AgentID
	w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		c, err = w.Server.OIDC.CreateClient(ctx, tx, access.System(w.CorpID), agent, oidc.Client{ClientSettings: oidc.ClientSettings{
			RedirectURIs: []string{callback}, Trusted: true, Scopes: append(oidc.DefaultScopes(), "offline_access")}})
		return err
	})
	issuer := w.URL + "/oidc/" + w.CorpID
	stays := *browser
	stays.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := stays.Get(issuer + "/authorize?" + url.Values{"response_type": {"code"}, "client_id": {c.ID}, "redirect_uri": {callback},
		"scope": {"openid offline_access"}, "state": {"s"}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	back, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || back.Query().Get("code") == "" {
		t.Fatalf("no code: %s to %q", resp.Status, back)
	}
	post := func(path string, form url.Values, v any) {
		t.Helper()
		req, err := http.NewRequest("POST", issuer+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.SetBasicAuth(c.ID, c.Secret)
		body, err := io.ReadAll(w.Do(req).Body)
		if err == nil {
			err = json.Unmarshal(body, v)
		}
		if err != nil {
			t.Fatalf("%s: %v in %s", path, err, body)
		}
	}
	var got struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	post("/token", url.Values{"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {callback}}, &got)
	if got.Access == "" || got.Refresh == "" {
		t.Fatalf("the product got %+v", got)
	}
	return func() (open string) {
		t.Helper()
		req, err := http.NewRequest("GET", issuer+"/userinfo", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+got.Access)
		if w.Do(req).StatusCode == http.StatusOK {
			open += "userinfo "
		}
		for name, token := range map[string]string{"access token ": got.Access, "refresh token ": got.Refresh} {
			var state struct{ Active bool }
			if post("/introspect", url.Values{"token": {token}}, &state); state.Active {
				open += name
			}
		}
		return open
	}
}
