package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestErrcode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		code int
		says []string
	}{
		{[]string{"60111"}, 0, []string{"60111  userid not found\n", "UserID不存在", "Check the spelling"}},
		{[]string{"-1", "--lang", "zh"}, 2, nil}, // a flag, as far as anyone can see
		{[]string{"--lang", "zh", "--", "-1"}, 0, []string{"-1  system busy\n  系统繁忙\n"}},
		{[]string{"invalid", "access_token"}, 0, []string{"40014  invalid access_token", "40082"}},
		{[]string{"可见范围"}, 0, []string{"92000"}},
		{[]string{"123456789"}, 1, []string{`nothing is known about "123456789"`}},
	} {
		o := qiwei(t, append([]string{"errcode"}, tt.args...)...)
		if o.code != tt.code {
			t.Errorf("errcode %q: exit code %d: %s", tt.args, o.code, o.err)
		}
		for _, s := range tt.says {
			if !strings.Contains(o.out+o.err, s) {
				t.Errorf("errcode %q: %q is not in\n%s%s", tt.args, s, o.out, o.err)
			}
		}
	}
	var list []struct {
		Code int    `json:"errcode"`
		Text string `json:"errmsg"`
	}
	if err := json.Unmarshal([]byte(must(t, "errcode", "40001", "--json")), &list); err != nil || len(list) != 1 || list[0].Text != "invalid credential" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	var all, built, missing []listedEndpoint
	for args, into := range map[string]*[]listedEndpoint{"": &all, "--built": &built, "--missing": &missing} {
		line := []string{"endpoints", "--json"}
		if args != "" {
			line = append(line, args)
		}
		if err := json.Unmarshal([]byte(must(t, line...)), into); err != nil {
			t.Fatal(err)
		}
	}
	if len(all) != len(built)+len(missing) || len(built) == 0 || len(missing) == 0 {
		t.Errorf("%d endpoints, %d built, %d missing", len(all), len(built), len(missing))
	}
	for _, e := range built {
		if !e.Built || e.Doc == 0 || !strings.HasPrefix(e.URL, "https://developer.work.weixin.qq.com/document/path/") {
			t.Errorf("built: %+v", e)
		}
	}
	if out := must(t, "endpoints", "user/get", "--built"); !strings.Contains(out, "✓  GET     /cgi-bin/user/get  ") || strings.Contains(out, "department") {
		t.Errorf("listed\n%s", out)
	}
	if out := must(t, "endpoints", "--built", "/connect/oauth2/authorize"); !strings.Contains(out, "✓  GET     /connect/oauth2/authorize  ") {
		t.Errorf("a page that is built:\n%s", out)
	}
	if out := must(t, "endpoints", "--permissions", "gettoken"); !strings.Contains(out, "/cgi-bin/gettoken") {
		t.Errorf("permissions\n%s", out)
	}
	if out := must(t, "endpoints", "--openapi"); !json.Valid([]byte(out)) || !strings.Contains(out, `"openapi": "3.1.0"`) {
		t.Errorf("OpenAPI document: %.200s", out)
	}
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	if out := must(t, "version"); !strings.HasPrefix(out, "qiwei ") || !strings.Contains(out, "go1.") {
		t.Errorf("version: %q", out)
	}
	if out := must(t, "--help"); !strings.Contains(out, "dev") || !strings.Contains(out, "serve") {
		t.Errorf("help:\n%s", out)
	}
	for args, says := range map[string]string{
		"":           "see qiwei --help",
		"frobnicate": "unexpected argument frobnicate; see qiwei --help",
		"dev --wat":  "unknown flag --wat",
	} {
		o := qiwei(t, strings.Fields(args)...)
		if o.code != 2 || !strings.Contains(o.err, says) {
			t.Errorf("qiwei %s: exit code %d: %s%s", args, o.code, o.out, o.err)
		}
	}
}
