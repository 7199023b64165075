package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestBackupAndRestore moves a running installation into another directory, with its key.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir())
	dir := t.TempDir()
	file, words := filepath.Join(dir, "qiwei.backup"), writeFile(t, filepath.Join(dir, "words"), "correct horse battery\n")
	if o := qiwei(t, "backup", "--data", s.data, "--with-key", file); o.code != 2 || !strings.Contains(o.err, "passphrase") {
		t.Errorf("the key in the open: %d %s", o.code, o.err)
	}
	must(t, "backup", "--data", s.data, "--with-key", "--passphrase-file", words, file)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if o := qiwei(t, "backup", "--data", s.data, file); o.code != 1 || !strings.Contains(o.err, "--overwrite") {
		t.Errorf("over a file: %d %s", o.code, o.err)
	}
	for _, name := range leftovers(t, dir) {
		t.Errorf("%s is left", name)
	}
	to := filepath.Join(t.TempDir(), "restored")
	if o := qiwei(t, "restore", "--data", to, file); o.code != 1 || !strings.Contains(o.err, "encrypted") {
		t.Errorf("without the passphrase: %d %s", o.code, o.err)
	}
	must(t, "restore", "--data", to, "--passphrase-file", words, file)
	if before, after := must(t, "corp", "list", "--data", s.data), must(t, "corp", "list", "--data", to); before != after {
		t.Errorf("restored\n%s\nwant\n%s", after, before)
	}
	if o := qiwei(t, "restore", "--data", to, "--passphrase-file", words, file); o.code != 1 || !strings.Contains(o.err, "not empty") {
		t.Errorf("over what is there: %d %s", o.code, o.err)
	}
	// Without the key, whoever restores is told what is missing.
	open := filepath.Join(dir, "open.backup")
	must(t, "backup", "--data", s.data, open)
	if o := qiwei(t, "restore", "--data", filepath.Join(t.TempDir(), "keyless"), open); o.code != 0 || !strings.Contains(o.err, "master key") {
		t.Errorf("%d %s", o.code, o.err)
	}
}

func leftovers(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*.part-*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestKilledBackupAndRestore kills both at any moment. A file by the backup's name is whole, and a restoration that was
// cut off is done again.
func TestKilledBackupAndRestore(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir())
	dir := t.TempDir()
	file := filepath.Join(dir, "qiwei.backup")
	kill := func(after time.Duration, args ...string) (ended bool) {
		cmd := command(t, args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(after, func() { cmd.Process.Kill() })
		defer timer.Stop()
		return cmd.Wait() == nil
	}
	after := 2 * time.Millisecond
	for ; !kill(after, "backup", "--data", s.data, file); after += after / 2 {
		if _, err := os.Stat(file); err == nil {
			break // it was killed after it had moved the file
		}
	}
	restored := filepath.Join(t.TempDir(), "restored")
	for after = 2 * time.Millisecond; !kill(after, "restore", "--data", restored, file); after += after / 2 {
		if list := qiwei(t, "backup", "--data", restored, filepath.Join(dir, "probe")); list.code == 0 {
			os.Remove(filepath.Join(dir, "probe"))
			if strings.Contains(list.err, " 0 rows") {
				continue
			}
			break // it was killed after the commit
		}
	}
	key, err := os.ReadFile(filepath.Join(s.data, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(restored, "master.key"), key, 0o600)
	if before, after := must(t, "corp", "list", "--data", s.data), must(t, "corp", "list", "--data", restored); before != after {
		t.Errorf("restored\n%s\nwant\n%s", after, before)
	}
}
