package known

import (
	"slices"
	"strings"
	"testing"
)

func TestTheListIsWhole(t *testing.T) {
	t.Parallel()
	all := All()
	if want := strings.Count(table, "\n") - 1; len(all) != want || len(all) < 850 {
		t.Fatalf("%d endpoints, %d rows", len(all), want)
	}
	credentials := []string{
		"access_token", "suite_access_token", "provider_access_token", "device_access_token",
		"model_access_token", "key", "response_code", "merchant signature", "none",
	}
	for i, e := range all {
		if i > 0 && e.Path <= all[i-1].Path { // lookup searches in halves; it also finds a path given twice
			t.Errorf("%s does not sort after %s", e.Path, all[i-1].Path)
		}
		if e.Method != "GET" && e.Method != "POST" {
			t.Errorf("%s: method %q", e.Path, e.Method)
		}
		if !strings.HasPrefix(e.Path, "/") || strings.ContainsAny(e.Path, " ?#{}") || strings.HasSuffix(e.Path, "/") {
			t.Errorf("path %q", e.Path)
		}
		if e.Category == "" || e.NameZH == "" || e.NameEN == "" || e.Doc < 90000 {
			t.Errorf("%s lacks something: %+v", e.Path, e)
		}
		if !slices.Contains(credentials, e.Credential) {
			t.Errorf("%s: credential %q", e.Path, e.Credential)
		}
		// A reference to another path must lead to an existing one.
		for word := range strings.FieldsSeq(e.Note) {
			if path := strings.Trim(word, ",;"); strings.HasPrefix(path, "/") {
				if _, ok := Lookup(path); !ok {
					t.Errorf("%s: its note names the unknown %s", e.Path, path)
				}
			}
		}
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		path, method, credential string
		doc                      int
		documented               bool
	}{
		{"/cgi-bin/gettoken", "GET", "none", 91039, true},
		{"/cgi-bin/user/create", "POST", "access_token", 90195, true},
		{"/cgi-bin/user/get", "GET", "access_token", 90196, true},
		{"/cgi-bin/department/list", "GET", "access_token", 90208, true},
		{"/cgi-bin/tag/addtagusers", "POST", "access_token", 90214, true},
		{"/cgi-bin/contactrule/create", "POST", "access_token", 101536, true},
		{"/cgi-bin/message/send", "POST", "access_token", 90236, true},
		{"/cgi-bin/webhook/send", "POST", "key", 99110, true},
		{"/cgi-bin/auth/getuserinfo", "GET", "access_token", 91023, true},
		{"/cgi-bin/user/getuserinfo", "GET", "access_token", 91023, true},
		{"/cgi-bin/user/getuserdetail", "POST", "access_token", 95833, false},
		{"/cgi-bin/user/get_active_stat", "POST", "access_token", 92714, false},
		{"/cgi-bin/linkedcorp/user/get", "POST", "access_token", 93171, false},
		{"/cgi-bin/linkedcorp/message/send", "POST", "access_token", 90250, false},
		{"/cgi-bin/crm/get_external_contact", "GET", "access_token", 92114, false},
		{"/cgi-bin/service/get_suite_token", "POST", "none", 90600, true},
		{"/cgi-bin/service/get_permanent_code", "POST", "suite_access_token", 90603, true},
		{"/cgi-bin/service/auth/getuserinfo3rd", "GET", "suite_access_token", 91121, true},
		{"/cgi-bin/license/list_actived_account", "POST", "provider_access_token", 95544, true}, // WeCom's own spelling
		{"/connect/oauth2/authorize", "GET", "none", 91022, true},
		{"/wwopen/sso/qrConnect", "GET", "none", 91019, false},
	} {
		e, ok := Lookup(tt.path)
		if !ok || e.Path != tt.path || e.Method != tt.method || e.Credential != tt.credential || e.Doc != tt.doc || e.Documented != tt.documented {
			t.Errorf("%s: %+v, %v; want %+v", tt.path, e, ok, tt)
		}
	}
	for _, path := range []string{"", "/", "/cgi-bin", "/cgi-bin/", "/cgi-bin/nothing", "/cgi-bin/user/get/", "/cgi-bin/User/get", "user/get", "/zzz"} {
		if e, ok := Lookup(path); ok || e != (Endpoint{}) {
			t.Errorf("%q is known: %+v", path, e)
		}
	}
}

func TestURL(t *testing.T) {
	t.Parallel()
	e, _ := Lookup("/cgi-bin/user/create")
	if got := e.URL(); got != "https://developer.work.weixin.qq.com/document/path/90195" {
		t.Error(got)
	}
}

func TestAllGivesACopy(t *testing.T) {
	t.Parallel()
	first := All()
	first[0] = Endpoint{Path: "/changed"}
	if All()[0].Path == "/changed" {
		t.Error("a caller's change reached the list")
	}
}

// TestToday: a former path is asked for what the path of today is.
func TestToday(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/cgi-bin/crm/get_external_contact": "/cgi-bin/externalcontact/get", "/cgi-bin/externalcontact/get": "/cgi-bin/externalcontact/get", "/cgi-bin/nothing": "/cgi-bin/nothing",
	} {
		if got := Today(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if got := RequestFields("/cgi-bin/crm/get_external_contact"); len(got) == 0 || got[0].Name != RequestFields("/cgi-bin/externalcontact/get")[0].Name {
		t.Errorf("%+v", got)
	}
}
