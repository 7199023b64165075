package library_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestJava runs testdata/Check.java, with the JVM's own checks of what native code does.
func TestJava(t *testing.T) {
	t.Parallel()
	b, a := needed(t, plain), newArchive(t, false)
	a.say(t, "早上好 👋🏽", "é\U0001F600\U0001F1E8\U0001F1F3", `"\u0000"`)
	for range 2000 {
		a.say(t, strings.Repeat("很长的一句话", 50))
	}
	a.file = make([]byte, 7*chunk+99)
	for i := range a.file {
		a.file[i] = byte(i >> 3)
	}
	sum := sha256.Sum256(a.file)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	classes := t.TempDir()
	out, err := exec.CommandContext(ctx, "javac", "-Werror", "-d", classes,
		filepath.Join(b.dir, "com/tencent/wework/Finance.java"), "testdata/Check.java").CombinedOutput()
	if err != nil {
		t.Fatalf("javac: %v\n%s", err, out)
	}
	cmd := exec.CommandContext(ctx, "java", "-Xcheck:jni", "-Xmx128m", "-Djava.library.path="+b.dir, "-cp", classes,
		"Check", corpID, secret, a.key, fileID)
	cmd.Env = append(cmd.Environ(), "QIWEI_URL="+a.URL, "QIWEI_DEBUG=1", "LC_ALL=C.UTF-8")
	out, err = cmd.CombinedOutput()
	got := string(out)
	if err != nil || strings.Contains(got, "WARNING") || strings.Contains(got, "FATAL") {
		t.Fatalf("%v\n%.3000s", err, got)
	}
	for _, want := range []string{`"content":"早上好 👋🏽"`, "\"content\":\"é\U0001F600\U0001F1E8\U0001F1F3\"",
		fmt.Sprintf("\n%d\n", len(a.messages)), hex.EncodeToString(sum[:]), "\nok\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in:\n%.3000s", want, got)
		}
	}
}
