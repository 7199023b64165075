package main

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	client "github.com/go-ldap/ldap/v3"
)

// An account made at the command line is in force at once on a server that runs.
func TestLDAPAccounts(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir(), "--ldap", "127.0.0.1:0", "--lang", "en")
	at := regexp.MustCompile(`(?m)^LDAP (ldap://\S+)$`)
	var door string
	for door == "" { // this line comes right after the one that dev waits for
		if m := at.FindStringSubmatch(s.said.String()); m != nil {
			door = m[1]
		}
	}
	var a struct{ DN, Secret, Base string }
	if err := json.Unmarshal([]byte(must(t, "ldap", "account", "add", "wiki", "--data", s.data, "--json")), &a); err != nil {
		t.Fatal(err)
	}
	find := func(secret, filter string) (string, error) {
		conn, err := client.DialURL(door)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.Bind(a.DN, secret); err != nil {
			return "", err
		}
		got, err := conn.Search(client.NewSearchRequest(a.Base, client.ScopeWholeSubtree, 0, 0, 0, false, filter, []string{"uid", "login"}, nil))
		if err != nil || len(got.Entries) != 1 {
			return "", err
		}
		return got.Entries[0].GetAttributeValue("login"), nil
	}
	must(t, "ldap", "set", "--data", s.data, "--attribute", "login=userid")
	if got, err := find(a.Secret, "(login=zhangsan)"); got != "zhangsan" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if out := must(t, "ldap", "account", "list", "--data", s.data); !strings.Contains(out, a.DN) || strings.Contains(out, a.Secret) {
		t.Error(out)
	}
	fresh := strings.TrimSpace(must(t, "ldap", "account", "rotate", "wiki", "--data", s.data))
	if _, err := find(a.Secret, "(uid=zhangsan)"); !client.IsErrorWithCode(err, client.LDAPResultInvalidCredentials) {
		t.Errorf("the old secret: %v", err)
	}
	must(t, "ldap", "set", "--data", s.data, "--usual")
	if got, err := find(fresh, "(login=zhangsan)"); got != "" || err != nil {
		t.Errorf("without the attribute: %q, %v", got, err)
	}
	must(t, "ldap", "account", "remove", "wiki", "--data", s.data, "--yes")
	if _, err := find(fresh, "(uid=zhangsan)"); !client.IsErrorWithCode(err, client.LDAPResultInvalidCredentials) {
		t.Errorf("removed: %v", err)
	}
	for _, args := range [][]string{
		{"ldap", "set", "--attribute", "uid=name"}, {"ldap", "set", "--attribute", "x=nothing"}, {"ldap", "set", "--suffix", "no dn"},
		{"ldap", "account", "add", "a b"}, {"ldap", "account", "remove", "wiki", "--yes"}, {"ldap", "account", "add", "x", "--agentid", "1"},
		{"ldap", "account", "add", "x", "--agentid", "1000002", "--range-departments", "2"},
	} {
		if o := qiwei(t, append(args, "--data", s.data)...); o.code == 0 || strings.Count(o.err, "\n") != 1 {
			t.Errorf("%q: %d %s%s", args, o.code, o.out, o.err)
		}
	}
}

// serve refuses settings that would send passwords readably through a network.
func TestServeRefusesUnsafeLDAP(t *testing.T) {
	t.Parallel()
	for flag, want := range map[string]string{"--ldap": "passwords would cross the network unencrypted", "--ldaps": "needs a certificate"} {
		o := qiwei(t, "serve", "--data", t.TempDir(), "--base-url", "https://wecom.corp.example", flag, "0.0.0.0:0")
		if o.code != 2 || !strings.Contains(o.err, want) {
			t.Errorf("%s: %d %s", flag, o.code, o.err)
		}
	}
}
