package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// The demo's archive is verified, kept by rules and for cases, and told to hooks, from the command line.
func TestArchiveCommands(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir())
	on := func(args ...string) []string { return append(append([]string{"archive"}, args...), "--data", s.data) }
	if creds := readFile(t, filepath.Join(s.data, "credentials.json")); !strings.Contains(creds, `"private_key_file": "archive-1.pem"`) {
		t.Error("credentials.json does not name the private key")
	}
	end := strings.TrimSpace(must(t, on("verify")...))
	end = end[strings.LastIndexByte(end, '\n')+1:]
	if got := must(t, on("verify", "--checkpoint", end)...); !strings.Contains(got, ", 0 of them erased, sealed for keys 1") {
		t.Error(got)
	}
	must(t, on("rule", "add", "--conversation", "internal", "--days", "30")...)
	must(t, on("hold", "add", "case", "--people", "zhangsan,lisi", "--since", "2020-01-02")...)
	if got := must(t, on("hold", "list")...); !strings.Contains(got, "case  zhangsan,lisi  any    2020-01-02  -      -") {
		t.Error(got)
	}
	held := must(t, on("erased", "--now")...)
	must(t, on("hold", "release", "1")...)
	if all := must(t, on("erased", "--now")...); len(all) <= len(held) || !strings.Contains(all, `"signature"`) {
		t.Errorf("%d bytes of reports with a hold, %d without", len(held), len(all))
	}
	if got := must(t, on("verify", "--checkpoint", end)...); strings.Contains(got, ", 0 of them erased") {
		t.Error(got)
	}
	no := strings.TrimSpace(must(t, on("export", "ask", "case", "--people", "zhangsan", "--by", "shenqingchuan", "--formats", "json")...))
	if o := qiwei(t, on("export", "approve", no, "--by", "shenqingchuan")...); o.code != 1 || !strings.Contains(o.err, "somebody else decides") {
		t.Errorf("by whoever asked: %d %s", o.code, o.err)
	}
	if got := must(t, on("export", "approve", no, "--by", "lisi")...); !strings.HasPrefix(got, "done: ") {
		t.Error(got)
	}
	zipped := filepath.Join(t.TempDir(), "case.zip")
	sum := must(t, on("export", "get", no, "--by", "lisi", "--out", zipped)...)
	if content := readFile(t, zipped); len(sum) < 64 || !strings.HasPrefix(content, "PK") {
		t.Errorf("%s, %d bytes", sum, len(content))
	}
	if got := must(t, on("reads", "--user", "lisi")...); !strings.Contains(got, "export fetch") || !strings.Contains(got, "command line") {
		t.Error(got)
	}
	must(t, on("role", "remove", "linyue")...)
	if got := must(t, on("role", "list")...); strings.Contains(got, "linyue") || !strings.Contains(got, "lisi") {
		t.Error(got)
	}
	if secret := must(t, on("hook", "add", "http://127.0.0.1:9/x", "--words", "退款")...); len(strings.TrimSpace(secret)) != 43 {
		t.Errorf("the secret is %q", secret)
	}
	if got := must(t, on("hook", "list")...); !strings.Contains(got, "退款") {
		t.Error(got)
	}
	must(t, on("set", "--pull-days", "7", "--edition", "2", "--range-members", "zhangsan")...)
	if got := must(t, on("status")...); !strings.Contains(got, "edition 2       1 member") || !strings.Contains(got, "pull days       7") {
		t.Error(got)
	}
}
