package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qiwei/qiweitest"
)

// TestPostgres tests what differs on PostgreSQL, where there is one: a second machine has a data directory of
// its own, and the key comes from the environment.
func TestPostgres(t *testing.T) {
	t.Parallel()
	url := os.Getenv("QIWEI_TEST_POSTGRES")
	if url == "" {
		o := qiwei(t, "corp", "list", "--data", t.TempDir(), "--database", "postgres://user:hidden-password@127.0.0.1:1/none")
		if o.code != 1 || !strings.Contains(o.err, "connect to PostgreSQL") && !strings.Contains(o.err, "no master key") || strings.Contains(o.err, "hidden-password") {
			t.Errorf("without a server: exit code %d: %s", o.code, o.err)
		}
		return
	}
	database, err := qiweitest.CreatePostgres(url)
	if err != nil {
		t.Fatal(err)
	}
	first, second := filepath.Join(t.TempDir(), "first"), filepath.Join(t.TempDir(), "second")
	on := func(data string, args ...string) []string {
		return append(args, "--data", data, "--database", database)
	}
	must(t, on(first, "corp", "create", "--name", "公司", "--trusted-ips", "127.0.0.1")...)
	sheet := writeFile(t, filepath.Join(t.TempDir(), "m.csv"), "姓名,帐号,手机号,所在部门\n甲,jia,15400000001,1\n乙,yi,15400000001,1\n丙,bing,15400000003,1\n")
	if o := qiwei(t, on(first, "member", "import", sheet)...); o.code != 1 || !strings.Contains(o.out, "3 rows: 2 created, 0 updated, 1 failed") {
		t.Errorf("import: exit code %d: %s%s", o.code, o.out, o.err)
	}
	if out := must(t, on(first, "member", "export")...); !strings.Contains(out, "甲,jia") || strings.Contains(out, "乙") {
		t.Errorf("exported\n%s", out)
	}

	// The second machine has no key: it must not make another one.
	serveOn := func(data string, env ...string) outcome {
		t.Helper()
		cmd := command(t, on(data, "serve", "--listen", ":0", "--base-url", "http://127.0.0.1")...)
		cmd.Env = append(cmd.Env, env...)
		return finish(t, cmd)
	}
	if o := serveOn(second); o.code != 2 || !strings.Contains(o.err, "its master key is missing") {
		t.Errorf("without the key: exit code %d: %s", o.code, o.err)
	}
	if _, err := os.Stat(filepath.Join(second, "master.key")); err == nil {
		t.Error("a second key was made")
	}
	if o := serveOn(second, "QIWEI_MASTER_KEY=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"); o.code != 1 || !strings.Contains(o.err, "not the one that this database was made with") {
		t.Errorf("with another key: exit code %d: %s", o.code, o.err)
	}
	cmd := command(t, on(second, "app", "list", "--json")...)
	cmd.Env = append(cmd.Env, "QIWEI_MASTER_KEY="+strings.TrimSpace(readFile(t, filepath.Join(first, "master.key"))))
	if o := finish(t, cmd); o.code != 0 || !strings.Contains(o.out, `"kind": "contact_sync"`) {
		t.Errorf("with the key: exit code %d: %s%s", o.code, o.out, o.err)
	}
	s := serve(t, first, "--database", database)
	if status, body := s.get("/readyz"); status != 200 {
		t.Errorf("readyz: %d %s", status, body)
	}
}
