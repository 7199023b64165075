package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"qiwei/internal/access"
	admins "qiwei/internal/admin"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

// settings runs a test with a super admin of each enterprise, and one who may only read.
func settings(t *testing.T, test func(t *testing.T, w *qiweitest.World, a, other, reader *admin)) {
	t.Helper()
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.CorpID, "wangwu", admins.Reader)
		appoint(t, w, w.Second.CorpID, "zhangsan", admins.Super)
		test(t, w, as(t, w, w.CorpID, "zhangsan"), as(t, w, w.Second.CorpID, "zhangsan"), as(t, w, w.CorpID, "wangwu"))
	})
}

// listed is the list of a page.
type listed struct {
	Items []map[string]any
}

func (a *admin) items(path, field string) string {
	a.t.Helper()
	var list listed
	a.ok("GET", path, "", &list)
	var out []string
	for _, one := range list.Items {
		out = append(out, fmt.Sprint(one[field]))
	}
	return strings.Join(out, " ")
}

// changes walks the calls of a page on something that is not there, that is another enterprise's, and by somebody who
// may not.
func changes(a, other, reader *admin, is, none string, calls ...[2]string) {
	a.t.Helper()
	for _, c := range calls {
		method, rest, _ := strings.Cut(c[0], " ")
		a.refused(http.StatusNotFound, method, none+rest, c[1])
		other.refused(http.StatusNotFound, method, is+rest, c[1])
		reader.refused(http.StatusForbidden, method, is+rest, c[1])
	}
}

// Clients of OpenID Connect are made, changed, given another secret and removed in the console; keys are renewed.
func TestOIDCSettings(t *testing.T) {
	settings(t, func(t *testing.T, w *qiweitest.World, a, other, reader *admin) {
		agent := w.As(access.SelfBuilt).AgentID
		const path = "/console/api/oidc/clients"
		client := func(uri string) string {
			return fmt.Sprintf(`{"agentid":%d,"name":"维基","redirect_uris":[%q],"scopes":["openid","profile"]}`, agent, uri)
		}
		if r := a.refused(422, "POST", path, client("not a link")); r.Fields["redirect_uris"] == "" {
			t.Errorf("%+v", r)
		}
		reader.refused(403, "POST", path, client("https://wiki.example/cb"))
		var made struct {
			ID     string `json:"client_id"`
			Secret string `json:"client_secret"`
			Issuer string
		}
		a.ok("POST", path, client("https://wiki.example/cb"), &made)
		if made.ID == "" || made.Secret == "" || !strings.HasSuffix(made.Issuer, "/oidc/"+w.CorpID) {
			t.Fatalf("%+v", made)
		}
		if got := a.items(path, "id"); got != made.ID || other.items(path, "id") != "" {
			t.Errorf("%q", got)
		}
		is := path + "/" + made.ID
		changes(a, other, reader, is, path+"/nobody", [2]string{"PUT ", client("https://wiki.example/cb")}, [2]string{"POST /secret", `{}`}, [2]string{"DELETE ", ``})
		a.ok("PUT", is, client("https://wiki.example/second"), nil)
		if got := a.items(path, "redirect_uris"); got != "[https://wiki.example/second]" {
			t.Error(got)
		}
		before := made.Secret
		a.ok("POST", is+"/secret", `{}`, &made)
		if made.Secret == before {
			t.Error("the secret is the old one")
		}
		keys := len(strings.Fields(a.items("/console/api/oidc/keys", "kid")))
		reader.refused(403, "POST", "/console/api/oidc/keys", `{"alg":"RS256"}`)
		a.refused(400, "POST", "/console/api/oidc/keys", `{}`)
		a.ok("POST", "/console/api/oidc/keys", `{"alg":"RS256"}`, nil)
		if got := len(strings.Fields(a.items("/console/api/oidc/keys", "kid"))); got <= keys {
			t.Errorf("%d keys after %d", got, keys)
		}
		a.ok("DELETE", is, "", nil)
		if got := a.items(path, "id"); got != "" {
			t.Error(got)
		}
	})
}

// Service accounts of LDAP, and the suffix below which they see the directory.
func TestLDAPSettings(t *testing.T) {
	settings(t, func(t *testing.T, w *qiweitest.World, a, other, reader *admin) {
		const path = "/console/api/ldap"
		var made struct {
			DN     string `json:"bind_dn"`
			Secret string
		}
		reader.refused(403, "POST", path, `{"name":"gitlab"}`)
		a.ok("POST", path, `{"name":"gitlab"}`, &made)
		if !strings.Contains(made.DN, "gitlab") || made.Secret == "" {
			t.Fatalf("%+v", made)
		}
		a.refused(422, "POST", path, `{"name":"gitlab"}`)
		a.refused(422, "POST", path, `{"name":"has space"}`)
		changes(a, other, reader, path+"/gitlab", path+"/nobody", [2]string{"POST /secret", `{}`}, [2]string{"DELETE ", ``})
		before := made.Secret
		a.ok("POST", path+"/gitlab/secret", `{}`, &made)
		if made.Secret == before {
			t.Error("the secret is the old one")
		}
		reader.refused(403, "PUT", path+".suffix", `{"suffix":"dc=corp,dc=example"}`)
		a.refused(422, "PUT", path+".suffix", `{"suffix":"nonsense"}`)
		a.ok("PUT", path+".suffix", `{"suffix":"dc=corp,dc=example"}`, nil)
		var list struct{ Suffix string }
		if a.ok("GET", path, "", &list); list.Suffix != "dc=corp,dc=example" {
			t.Errorf("%+v", list)
		}
		if other.ok("GET", path, "", &list); list.Suffix == "dc=corp,dc=example" {
			t.Error("the other enterprise has it, too")
		}
		a.ok("DELETE", path+"/gitlab", "", nil)
		if got := a.items(path, "name"); got != "" {
			t.Error(got)
		}
	})
}

// SCIM in both directions: tokens, and the products that are told of the directory.
func TestSCIMSettings(t *testing.T) {
	settings(t, func(t *testing.T, w *qiweitest.World, a, other, reader *admin) {
		const tokens, targets = "/console/api/scim/tokens", "/console/api/scim/targets"
		var made struct{ Token, URL string }
		reader.refused(403, "POST", tokens, `{"name":"entra"}`)
		a.ok("POST", tokens, `{"name":"entra"}`, &made)
		if made.Token == "" || !strings.HasSuffix(made.URL, "/scim/v2") {
			t.Fatalf("%+v", made)
		}
		if r := a.refused(422, "POST", tokens, `{"name":"entra"}`); r.Fields["name"] == "" {
			t.Errorf("%+v", r)
		}
		a.refused(422, "POST", tokens, `{"name":""}`)
		changes(a, other, reader, tokens+"/entra", tokens+"/nobody", [2]string{"POST /secret", `{}`}, [2]string{"DELETE ", ``})
		before := made.Token
		a.ok("POST", tokens+"/entra/secret", `{}`, &made)
		if made.Token == before {
			t.Error("the token is the old one")
		}
		target := func(name, url string) string {
			return fmt.Sprintf(`{"name":%q,"url":%q,"token":"t","groups":true}`, name, url)
		}
		for field, body := range map[string]string{"name": target("", "https://wiki.example/scim"), "url": target("wiki", "nowhere"), "token": `{"name":"wiki","url":"https://wiki.example/scim"}`} {
			if r := a.refused(422, "POST", targets, body); r.Fields[field] == "" {
				t.Errorf("%s: %+v", field, r)
			}
		}
		a.refused(400, "POST", targets, `{"name":"wiki","url":"https://wiki.example/scim","token":"t","on_leave":"forget"}`)
		reader.refused(403, "POST", targets, target("wiki", "https://wiki.example/scim"))
		a.ok("POST", targets, target("wiki", "https://wiki.example/scim/"), nil)
		changes(a, other, reader, targets+"/wiki", targets+"/nobody", [2]string{"POST /sync", `{}`}, [2]string{"DELETE ", ``})
		a.ok("POST", targets+"/wiki/sync", `{}`, nil)
		if got := a.items(targets, "url") + a.items(targets, "on_leave"); got != "https://wiki.example/scimdeactivate" {
			t.Error(got)
		}
		a.ok("DELETE", targets+"/wiki", "", nil)
		a.ok("DELETE", tokens+"/entra", "", nil)
		if got := a.items(targets, "name") + a.items(tokens, "name"); got != "" {
			t.Error(got)
		}
	})
}

// Sites behind a reverse proxy, which members' sign-in protects.
func TestSiteSettings(t *testing.T) {
	settings(t, func(t *testing.T, w *qiweitest.World, a, other, reader *admin) {
		w.WithoutTwin() // a request is repeated with the twin's ids, and any host makes a site
		const path = "/console/api/sites"
		reader.refused(403, "POST", path, `{"name":"https://wiki.corp.example"}`)
		a.refused(422, "POST", path, `{"name":"not a site"}`)
		a.ok("POST", path, `{"name":"https://wiki.corp.example"}`, nil)
		a.refused(422, "POST", path, `{"name":"https://wiki.corp.example"}`)
		other.refused(422, "POST", path, `{"name":"https://wiki.corp.example"}`)
		if got := a.items(path, "name"); got != "wiki.corp.example" || other.items(path, "name") != "" {
			t.Error(got)
		}
		changes(a, other, reader, path+"/wiki.corp.example", path+"/nowhere.example", [2]string{"DELETE ", ``})
		a.ok("DELETE", path+"/wiki.corp.example", "", nil)
		if got := a.items(path, "name"); got != "" {
			t.Error(got)
		}
	})
}

// Intelligent robots, and group robots in the chats of applications.
func TestRobotSettings(t *testing.T) {
	settings(t, func(t *testing.T, w *qiweitest.World, a, other, reader *admin) {
		const bots, robots = "/console/api/bots", "/console/api/robots"
		reader.refused(403, "POST", bots, `{"name":"助手"}`)
		a.refused(422, "POST", bots, `{"name":""}`)
		a.ok("POST", bots, `{"name":"助手","mode":"websocket"}`, nil)
		bot := bots + "/" + a.items(bots, "id")
		changes(a, other, reader, bot, bots+"/nobody", [2]string{"PUT ", `{"name":"x"}`}, [2]string{"POST /secret", `{}`}, [2]string{"POST /keys", `{}`}, [2]string{"DELETE ", ``})
		var before, after, shown map[string]any
		a.ok("POST", bot+"/keys", `{}`, &before)
		a.ok("POST", bot+"/secret", `{}`, &after)
		a.ok("POST", bot+"/keys", `{}`, &shown)
		if fmt.Sprint(before) == fmt.Sprint(shown) {
			t.Errorf("the secret is the old one: %v", shown)
		}
		a.ok("PUT", bot, `{"name":"小助手","disabled":true}`, nil)
		if got := a.items(bots, "name") + a.items(bots, "disabled"); got != "小助手true" {
			t.Error(got)
		}
		a.ok("DELETE", bot, "", nil)

		sender := w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()})
		if got := sender.Call("POST", "/cgi-bin/appchat/create", `{"chatid":"watch","name":"值班","owner":"lisi","userlist":["lisi","wangwu"]}`); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		a.refused(422, "POST", robots, `{"name":"告警","chatid":"nowhere"}`)
		a.refused(422, "POST", robots, `{"name":"","chatid":"watch"}`)
		reader.refused(403, "POST", robots, `{"name":"告警","chatid":"watch"}`)
		var made struct{ Webhook string }
		a.ok("POST", robots, `{"name":"告警","chatid":"watch"}`, &made)
		robot := robots + "/" + a.items(robots, "id")
		changes(a, other, reader, robot, robots+"/999999", [2]string{"PUT ", `{"disabled":true}`}, [2]string{"POST /keys", `{}`}, [2]string{"DELETE ", ``})
		webhook := made.Webhook
		if a.ok("POST", robot+"/keys", `{}`, &made); made.Webhook != webhook || !strings.Contains(webhook, "/cgi-bin/webhook/send?key=") {
			t.Errorf("%q %q", webhook, made.Webhook)
		}
		a.ok("PUT", robot, `{"disabled":true}`, nil)
		if got := a.items(robots, "disabled"); got != "true" {
			t.Error(got)
		}
		a.ok("DELETE", robot, "", nil)
		if got := a.items(robots, "id") + a.items(bots, "id"); got != "" {
			t.Error(got)
		}
	})
}
