package main

import (
	"strings"
	"testing"
)

// TestFirstAdmin: one command founds an enterprise and says how somebody gets into its
// console.
func TestFirstAdmin(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, tt := range []struct {
		name string
		args []string
		says string
	}{
		{"a founder who is nobody", []string{"--creator", "ghost"}, "--creator ghost: there is no such member; --admin makes the first one"},
		{"nobody can be reached without an address", []string{"--admin", "boss"}, "give --admin-mobile or --admin-email"},
	} {
		o := qiwei(t, append([]string{"corp", "create", "--data", dir, "--name", "公司"}, tt.args...)...)
		if o.code != 2 || !strings.Contains(o.err, tt.says) {
			t.Errorf("%s: exit code %d: %s", tt.name, o.code, o.err)
		}
	}
	out := must(t, "corp", "create", "--data", dir, "--name", "公司", "--admin", "boss", "--admin-name", "老板", "--admin-email", "boss@x.example",
		"--base-url", "https://qiwei.example")
	for _, part := range []string{"the first admin, boss, sets a password or makes a passkey", "\n  https://qiwei.example/account/invite?", "&next=%2Fsetup%2Fdone"} {
		if !strings.Contains(out, part) {
			t.Errorf("%q is not in\n%s", part, out)
		}
	}
	if list := must(t, "corp", "admin", "list", "--data", dir); !strings.Contains(list, "boss") || !strings.Contains(list, "super") {
		t.Errorf("admins\n%s", list)
	}
	if out := must(t, "corp", "create", "--data", dir, "--name", "第二家", "--admin", "lisi", "--admin-mobile", "13800000001", "--json"); !strings.Contains(out, `"admin_code"`) {
		t.Errorf("as JSON: %s", out)
	}
	if o := qiwei(t, "corp", "create", "--data", dir, "--name", "第三家"); o.code != 0 || !strings.Contains(o.out, "/setup?key=") {
		t.Errorf("without an admin: exit code %d: %s%s", o.code, o.out, o.err)
	}
}
