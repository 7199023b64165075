package browser

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"testing"

	"qiwei/test/clients/devserver"
)

func authorizeLink(app devserver.App, redirectURI, scope, state string) string {
	return link("/connect/oauth2/authorize", "appid", server.Corp.CorpID, "redirect_uri", redirectURI,
		"response_type", "code", "scope", scope, "state", state, "agentid", agentID(app)) + "#wechat_redirect"
}

// TestPickAMember: nobody is signed in on this phone, so the development server asks who holds it,
// and from then on the phone is that member's.
func TestPickAMember(t *testing.T) {
	t.Parallel()
	app := server.App("self_built")
	userID := server.Corp.Members[0]
	redirectURI, visits := site.expect()
	hand := phone(t)

	hand.open(authorizeLink(app, redirectURI, "snsapi_base", "first"))
	nobody(t, visits)
	hand.pick(userID)
	first := hand.arrives(visits)

	hand.open(authorizeLink(app, redirectURI, "snsapi_base", "second")) // silent: there is nothing to press
	second := hand.arrives(visits)

	for state, query := range map[string]url.Values{"first": first, "second": second} {
		if query.Get("code") == "" || query.Get("state") != state {
			t.Errorf("called back with %v; want a code and the state %q", query, state)
		}
	}
	if first.Get("code") == second.Get("code") {
		t.Error("two authorisations gave the same code")
	}
	who := call(t, app, http.MethodGet, "/cgi-bin/auth/getuserinfo", url.Values{"code": {second.Get("code")}}, nil)
	if who["userid"] != userID {
		t.Errorf("auth/getuserinfo: %v; want %s", who, userID)
	}
}

// TestConsent: the site learns the fields that the member has ticked, and no other.
func TestConsent(t *testing.T) {
	t.Parallel()
	app := server.App("self_built")
	sync := server.App("contact_sync")
	userID := "consent_" + random()
	email := userID + "@corp.example"
	call(t, sync, http.MethodPost, "/cgi-bin/user/create", nil, map[string]any{
		"userid": userID, "name": "小授权", "department": []int{1}, "gender": "1", "email": email,
		"mobile": fmt.Sprintf("138%08d", rand.IntN(1e8)), "address": "天河路2号",
	})
	t.Cleanup(func() {
		call(t, sync, http.MethodGet, "/cgi-bin/user/delete", url.Values{"userid": {userID}}, nil)
	})
	redirectURI, visits := site.expect()
	hand := phone(t)
	hand.signIn(userID)

	hand.open(authorizeLink(app, redirectURI, "snsapi_privateinfo", "private"))
	for _, field := range []string{"mobile", "address", "gender", "avatar", "qr_code", "biz_mail"} {
		hand.tick(field, false)
	}
	hand.tick("email", true)
	nobody(t, visits)
	hand.press(confirmWords...)
	query := hand.arrives(visits)
	if query.Get("state") != "private" {
		t.Errorf("called back with %v; want the state private", query)
	}
	wantOnlyEmail(t, app, query.Get("code"), userID, email)

	// He is not asked again for 30 days.
	hand.open(authorizeLink(app, redirectURI, "snsapi_privateinfo", "again"))
	query = hand.arrives(visits)
	wantOnlyEmail(t, app, query.Get("code"), userID, email)
}

func wantOnlyEmail(t *testing.T, app devserver.App, code, userID, email string) {
	t.Helper()
	who := call(t, app, http.MethodGet, "/cgi-bin/auth/getuserinfo", url.Values{"code": {code}}, nil)
	if who["userid"] != userID || who["user_ticket"] == nil {
		t.Fatalf("auth/getuserinfo: %v; want %s and a user_ticket", who, userID)
	}
	detail := call(t, app, http.MethodPost, "/cgi-bin/auth/getuserdetail", nil, map[string]any{"user_ticket": who["user_ticket"]})
	if detail["userid"] != userID || detail["email"] != email || detail["gender"] != "0" {
		t.Errorf(`auth/getuserdetail: %v; want %s with his email and gender "0"`, detail, userID)
	}
	for _, field := range []string{"mobile", "address", "qr_code", "biz_mail"} {
		if value, has := detail[field]; has && value != "" {
			t.Errorf("auth/getuserdetail: %s %v, which he did not tick", field, value)
		}
	}
}
