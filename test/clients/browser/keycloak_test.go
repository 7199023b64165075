//go:build keycloak

package browser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"qiwei/test/clients/devserver"
)

// Keycloak with only its own OpenID Connect identity provider: a site's members sign in to Keycloak, which
// asks qiwei who they are. The steps are those of docs/keycloak.md.
//
// QIWEI_KEYCLOAK names an unpacked distribution, which the test starts with a database in memory, or the
// address of one that runs, with an administrator "admin" whose password is also "admin".

type keycloak struct {
	t     *testing.T
	url   string
	realm string
}

func startKeycloak(t *testing.T) *keycloak {
	t.Helper()
	dir := os.Getenv("QIWEI_KEYCLOAK")
	if dir == "" {
		t.Fatal("QIWEI_KEYCLOAK names no unpacked distribution of Keycloak; test/clients/run.sh keycloak fetches one")
	}
	if strings.HasPrefix(dir, "http") {
		return &keycloak{t: t, url: strings.TrimRight(dir, "/"), realm: "company-" + random()}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	log, err := os.Create(filepath.Join(t.TempDir(), "keycloak.log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(dir, "bin", "kc.sh"), "start-dev", "--db=dev-mem", "--http-host=127.0.0.1", fmt.Sprintf("--http-port=%d", port))
	cmd.Env = append(os.Environ(), "KC_BOOTSTRAP_ADMIN_USERNAME=admin", "KC_BOOTSTRAP_ADMIN_PASSWORD=admin")
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // kc.sh starts Java, which is to end with it
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		cmd.Wait()
		if t.Failed() {
			if text, err := os.ReadFile(log.Name()); err == nil {
				t.Logf("keycloak:\n%s", text[max(0, len(text)-6000):])
			}
		}
	})
	k := &keycloak{t: t, url: fmt.Sprintf("http://127.0.0.1:%d", port), realm: "company"}
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(time.Second) {
		if res, err := http.Get(k.url + "/realms/master"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return k
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("Keycloak did not start within three minutes")
		}
	}
}

// admin calls the admin API and reads the answer into out.
func (k *keycloak) admin(method, path string, body, out any) {
	k.t.Helper()
	res, err := http.PostForm(k.url+"/realms/master/protocol/openid-connect/token",
		url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {"admin"}, "password": {"admin"}})
	if err != nil {
		k.t.Fatal(err)
	}
	var token struct {
		Access string `json:"access_token"`
	}
	err = json.NewDecoder(res.Body).Decode(&token)
	res.Body.Close()
	if err != nil {
		k.t.Fatal(err)
	}
	var payload io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			k.t.Fatal(err)
		}
		payload = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, k.url+"/admin/realms"+path, payload)
	if err != nil {
		k.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token.Access)
	req.Header.Set("Content-Type", "application/json")
	if res, err = http.DefaultClient.Do(req); err != nil {
		k.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		k.t.Fatalf("%s %s: %s %s", method, path, res.Status, text)
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			k.t.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
}

// broker makes a realm whose members come from qiwei, and a site that signs in to it.
func (k *keycloak) broker(c devserver.OIDCClient, siteURL string) {
	k.admin("POST", "", map[string]any{"realm": k.realm, "enabled": true, "sslRequired": "none"}, nil)

	// Members' names are not split into first and last.
	var profile map[string]any
	k.admin("GET", "/"+k.realm+"/users/profile", nil, &profile)
	for _, a := range profile["attributes"].([]any) {
		if a := a.(map[string]any); slices.Contains([]string{"firstName", "lastName", "email"}, a["name"].(string)) {
			delete(a, "required")
		}
	}
	profile["unmanagedAttributePolicy"] = "ADMIN_VIEW"
	k.admin("PUT", "/"+k.realm+"/users/profile", profile, nil)

	config := map[string]any{}
	k.admin("POST", "/"+k.realm+"/identity-provider/import-config",
		map[string]string{"providerId": "oidc", "fromUrl": c.Issuer + "/.well-known/openid-configuration"}, &config)
	for name, value := range map[string]string{
		"clientId": c.ClientID, "clientSecret": c.ClientSecret, "clientAuthMethod": "client_secret_basic",
		"defaultScope": "openid profile email groups wecom", "syncMode": "FORCE",
		"pkceEnabled": "true", "pkceMethod": "S256", "backchannelSupported": "false", "uiLocales": "true",
	} {
		config[name] = value
	}
	k.admin("POST", "/"+k.realm+"/identity-provider/instances",
		map[string]any{"alias": "qiwei", "displayName": "企业微信", "providerId": "oidc", "enabled": true, "config": config}, nil)

	k.admin("POST", "/"+k.realm+"/groups", map[string]string{"name": "everyone"}, nil)
	for name, m := range map[string]map[string]any{
		"departments": {"identityProviderMapper": "oidc-user-attribute-idp-mapper",
			"config": map[string]string{"claim": "groups", "user.attribute": "departments", "syncMode": "FORCE"}},
		"everyone": {"identityProviderMapper": "oidc-advanced-group-idp-mapper", "config": map[string]string{
			"claims": `[{"key":"groups","value":"/` + server.Corp.Name + `(/.*)?"}]`, "are.claim.values.regex": "true", "group": "/everyone", "syncMode": "FORCE"}},
	} {
		m["name"], m["identityProviderAlias"] = name, "qiwei"
		k.admin("POST", "/"+k.realm+"/identity-provider/instances/qiwei/mappers", m, nil)
	}
	k.admin("POST", "/"+k.realm+"/clients", map[string]any{"clientId": "site", "publicClient": true, "standardFlowEnabled": true,
		"redirectUris": []string{siteURL + "/*"}, "attributes": map[string]string{"post.logout.redirect.uris": siteURL + "/*"}}, nil)
}

type keycloakUser struct {
	ID         string              `json:"id"`
	Username   string              `json:"username"`
	Email      string              `json:"email"`
	Attributes map[string][]string `json:"attributes"`
}

func (k *keycloak) user(name string) (u keycloakUser) {
	k.t.Helper()
	var list []keycloakUser
	k.admin("GET", "/"+k.realm+"/users?exact=true&briefRepresentation=false&username="+url.QueryEscape(name), nil, &list)
	if len(list) != 1 {
		k.t.Fatalf("Keycloak knows %d users %s", len(list), name)
	}
	return list[0]
}

func (k *keycloak) sessions(u keycloakUser) int {
	k.t.Helper()
	var list []any
	k.admin("GET", "/"+k.realm+"/users/"+u.ID+"/sessions", nil, &list)
	return len(list)
}

// signIn is the address by which the site sends somebody to Keycloak.
func (k *keycloak) signIn(redirectURI string) string {
	return k.url + "/realms/" + k.realm + "/protocol/openid-connect/auth?" + url.Values{
		"client_id": {"site"}, "response_type": {"code"}, "scope": {"openid"}, "redirect_uri": {redirectURI}, "state": {"s"},
	}.Encode()
}

// exchange redeems the site's code and returns the ID token.
func (k *keycloak) exchange(code, redirectURI string) string {
	k.t.Helper()
	res, err := http.PostForm(k.url+"/realms/"+k.realm+"/protocol/openid-connect/token",
		url.Values{"grant_type": {"authorization_code"}, "client_id": {"site"}, "code": {code}, "redirect_uri": {redirectURI}})
	if err != nil {
		k.t.Fatal(err)
	}
	defer res.Body.Close()
	var got map[string]any
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil || got["id_token"] == nil {
		k.t.Fatalf("%v %v", got, err)
	}
	return got["id_token"].(string)
}

func TestKeycloak(t *testing.T) {
	k := startKeycloak(t)
	endpoint := k.url + "/realms/" + k.realm + "/broker/qiwei/endpoint"
	c, err := server.RegisterOIDC("--name", "Keycloak", "--redirect-uri", endpoint, "--logout-uri", endpoint+"/logout_response", "--trusted",
		"--back-channel", k.url+"/realms/"+k.realm+"/protocol/openid-connect/logout/backchannel-logout")
	if err != nil {
		t.Fatal(err)
	}
	k.broker(c, site.URL)
	userID := server.Corp.Members[0]
	desk, hand := desktop(t), phone(t)
	hand.signIn(userID)
	redirectURI, visits := site.expect()

	enter := func() string {
		t.Helper()
		desk.open(k.signIn(redirectURI))
		desk.press("企业微信")
		desk.press("扫码登录", "Sign in with a QR code") // in the language that Keycloak asks for
		desk.reads("/wwopen/sso/confirm2")
		hand.open(desk.scan())
		hand.press(confirmWords...)
		return k.exchange(desk.arrives(visits).Get("code"), redirectURI)
	}

	// The member signs in by QR code, and Keycloak knows the member and the departments.
	idToken := enter()
	u := k.user(userID)
	t.Logf("Keycloak's user: %+v", u)
	if departments := u.Attributes["departments"]; len(departments) == 0 || !strings.HasPrefix(departments[0], "/"+server.Corp.Name) {
		t.Errorf("departments %q; want full paths", departments)
	}
	var groups []struct {
		Path string `json:"path"`
	}
	k.admin("GET", "/"+k.realm+"/users/"+u.ID+"/groups", nil, &groups)
	if len(groups) != 1 || groups[0].Path != "/everyone" {
		t.Errorf("groups %v; want /everyone, by its mapper", groups)
	}
	if n := k.sessions(u); n != 1 {
		t.Errorf("%d sessions in Keycloak, want 1", n)
	}

	// Leaving the site leaves Keycloak, and by Keycloak qiwei.
	desk.open(k.url + "/realms/" + k.realm + "/protocol/openid-connect/logout?" + url.Values{
		"id_token_hint": {idToken}, "post_logout_redirect_uri": {redirectURI}}.Encode())
	desk.arrives(visits)
	if n := k.sessions(u); n != 0 {
		t.Errorf("%d sessions in Keycloak after leaving, want none", n)
	}
	desk.open(server.BaseURL + "/account/")
	desk.reads("以谁的身份登录")

	// Leaving qiwei leaves Keycloak, behind the browser's back.
	enter()
	if n := k.sessions(u); n != 1 {
		t.Errorf("%d sessions in Keycloak, want 1", n)
	}
	desk.open(server.BaseURL + "/account/")
	desk.press("退出登录", "Sign out")
	desk.eventually("news of the end in Keycloak", func() error {
		if n := k.sessions(u); n != 0 {
			return fmt.Errorf("%d sessions", n)
		}
		return nil
	})
}
