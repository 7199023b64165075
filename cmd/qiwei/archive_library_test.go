package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestArchiveLibrary unpacks the source. That it compiles is the business of internal/archive/library.
func TestArchiveLibrary(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "lib")
	out := must(t, "archive", "library", "--out", dir, "--source", "--url", "https://wecom.corp.example/base")
	if !strings.Contains(out, "cc -std=c99") || read(t, filepath.Join(dir, "qiwei.url")) != "https://wecom.corp.example/base\n" {
		t.Errorf("it prints %q", out)
	}
	for _, name := range []string{"WeWorkFinanceSdk_C.h", "WeWorkFinanceSdk_PHP.h", "com/tencent/wework/Finance.java", "source/finance.c", "source/WeWorkFinanceSdk_C.h"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	o := qiwei(t, "archive", "library", "--out", dir, "--cc", "a-compiler-that-is-not-here -O3")
	if o.code != 1 || !strings.Contains(o.err, "a-compiler-that-is-not-here cannot be found") || !strings.Contains(o.err, "apt-get install gcc") || !strings.Contains(o.err, "cc -std=c99") {
		t.Errorf("without a compiler: %d %s", o.code, o.err)
	}
	for _, url := range []string{"wecom.corp.example", "ftp://wecom.corp.example", "https://", "https://user@wecom.corp.example", "https://wecom.corp.example/?a=b"} {
		if o := qiwei(t, "archive", "library", "--out", dir, "--url", url); o.code != 2 || !strings.Contains(o.err, "--url") {
			t.Errorf("--url %s: %d %s", url, o.code, o.err)
		}
	}
}
