package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestSCIMTokensAndTargets(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir())
	var k shownToken
	if err := json.Unmarshal([]byte(must(t, "scim", "token", "add", "entra", "--data", s.data, "--json")), &k); err != nil {
		t.Fatal(err)
	}
	ask := func(token string) int {
		req, err := http.NewRequest("GET", k.URL+"/Users", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if got := ask(k.Token); got != 200 {
		t.Errorf("with a token: %d", got)
	}
	if out := must(t, "scim", "token", "list", "--data", s.data); !strings.Contains(out, "entra") || strings.Contains(out, "never") || strings.Contains(out, k.Token) {
		t.Error(out)
	}
	must(t, "scim", "token", "rotate", "entra", "--data", s.data)
	if got := ask(k.Token); got != 401 {
		t.Errorf("replaced: %d", got)
	}
	must(t, "scim", "token", "remove", "entra", "--data", s.data, "--yes")

	add := command(t, "scim", "target", "add", "product", "--data", s.data, "--url", "http://127.0.0.1:1/v2", "--range-departments", "2")
	add.Stdin = strings.NewReader("secret\n")
	if o := finish(t, add); o.code != 0 {
		t.Fatalf("%s%s", o.out, o.err)
	}
	var list []shownTarget
	if err := json.Unmarshal([]byte(must(t, "scim", "target", "list", "--data", s.data, "--json")), &list); err != nil || len(list) != 1 || list[0].Pending == 0 {
		t.Errorf("%+v, %v", list, err)
	}
	must(t, "scim", "target", "show", "product", "--data", s.data)
	must(t, "scim", "target", "sync", "product", "--data", s.data)
	must(t, "scim", "target", "remove", "product", "--data", s.data, "--yes")
	for _, args := range [][]string{
		{"scim", "target", "show", "product"}, {"scim", "target", "sync", "product"}, {"scim", "target", "remove", "product", "--yes"},
		{"scim", "token", "rotate", "entra"}, {"scim", "token", "remove", "entra", "--yes"}, {"scim", "token", "add", "a b"},
	} {
		if o := qiwei(t, append(args, "--data", s.data)...); o.code == 0 || strings.Count(o.err, "\n") != 1 {
			t.Errorf("%q: %d %s%s", args, o.code, o.out, o.err)
		}
	}
}
