package library_test

import (
	"bytes"
	"context"
	"debug/elf"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/archive/library"
)

// A build is the library and the driver in testdata, compiled with some more flags.
type build struct{ dir, library, driver string }

var (
	root   string // of all builds
	plain  = sync.OnceValues(func() (build, error) { return compile("plain") })
	strict = sync.OnceValues(func() (build, error) {
		return compile("sanitized", "-g", "-fno-omit-frame-pointer", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
	})
)

func TestMain(m *testing.M) {
	var err error
	if root, err = os.MkdirTemp("", "qiwei-library-"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(root)
	os.Exit(code)
}

func compile(name string, more ...string) (build, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	b := build{dir: filepath.Join(root, name)}
	b.library, b.driver = filepath.Join(b.dir, "libWeWorkFinanceSdk_C.so"), filepath.Join(b.dir, "driver")
	cc, err := library.FindCompiler("")
	if err != nil {
		return b, err
	}
	if err := library.Unpack(b.dir); err != nil {
		return b, err
	}
	cc = append(cc, more...)
	if _, err := cc.Build(ctx, b.dir); err != nil {
		return b, err
	}
	args := slices.Concat(cc[1:], []string{"-Wall", "-Wextra", "-Werror", "-I", filepath.Join(b.dir, "source"), "-o", b.driver,
		"testdata/driver.c", "testdata/stress.c", "-ldl", "-pthread"})
	if out, err := exec.CommandContext(ctx, cc[0], args...).CombinedOutput(); err != nil {
		return b, fmt.Errorf("%w: %s", err, out)
	}
	return b, nil
}

func needed(t testing.TB, get func() (build, error)) build {
	t.Helper()
	b, err := get()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// run runs the driver against an archive, and returns what it prints. What the library says goes to the test's log.
func run(t testing.TB, b build, a *archive, args ...string) string {
	t.Helper()
	return runWith(t, b, nil, []string{"QIWEI_URL=" + a.URL}, args...)
}

// runWith runs it with a program before it, and other variables.
func runWith(t testing.TB, b build, before, env []string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	line := slices.Concat(before, []string{b.driver, b.library, "corp=" + corpID, "secret=" + secret}, args)
	cmd := exec.CommandContext(ctx, line[0], line[1:]...)
	cmd.Env = append([]string{"QIWEI_DEBUG=1", "TEST_CORP=" + corpID, "TEST_SECRET=" + secret, "PATH=" + os.Getenv("PATH")}, env...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if said.Len() > 0 {
		t.Logf("%q says: %.3000s", args, said.Bytes())
	}
	if err != nil {
		t.Fatalf("%q: %v\n%s", args, err, out)
	}
	if strings.Contains(said.String(), secret) || strings.Contains(said.String(), "token/") {
		t.Error("a secret is on stderr")
	}
	return string(out)
}

func TestItExportsTheFunctionsAndNothingElse(t *testing.T) {
	t.Parallel()
	b := needed(t, plain)
	header, err := os.ReadFile(filepath.Join(b.dir, "WeWorkFinanceSdk_PHP.h"))
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, m := range regexp.MustCompile(`(?m)^\w[\w *]*?(\w+)\(`).FindAllSubmatch(header, -1) {
		want = append(want, string(m[1]), "Java_com_tencent_wework_Finance_"+string(m[1]))
	}
	for _, name := range []string{"libWeWorkFinanceSdk_C.so", "libWeWorkFinanceSdk_Java.so", "libWeWorkFinanceSdk.so",
		"WeWorkFinanceSdk_Java.so", "WeWorkFinanceSdk.so"} {
		file, err := elf.Open(filepath.Join(b.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		symbols, err := file.DynamicSymbols()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range symbols {
			switch {
			case s.Section != elf.SHN_UNDEF:
				got = append(got, s.Name)
			case tooNew(s.Version):
				t.Errorf("%s needs %s@%s, which CentOS 7 does not have", name, s.Name, s.Version)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if len(want) != 34 || !slices.Equal(got, want) {
			t.Errorf("%s exports %q; want %q", name, got, want)
		}
		if needs, err := file.ImportedLibraries(); err != nil || len(needs) != 1 || !strings.HasPrefix(needs[0], "libc.") {
			t.Errorf("%s needs %q, %v; want libc alone", name, needs, err)
		}
	}
}

// tooNew reports whether a version of glibc is newer than 2.17.
func tooNew(version string) bool {
	var major, minor int
	n, _ := fmt.Sscanf(version, "GLIBC_%d.%d", &major, &minor)
	return n == 2 && (major > 2 || minor > 17)
}

func TestMessagesArePulledAndDecrypted(t *testing.T) {
	t.Parallel()
	b, a := needed(t, plain), newArchive(t, false)
	a.say(t, "早上好 👋", "", strings.Repeat("长", 5000), `quotes " and \ and`+"\n")
	out := run(t, b, a, "chatdata", "1", "2")
	if !strings.HasPrefix(out, "0\n{") || !strings.Contains(out, `"seq":2,`) || !strings.Contains(out, `"seq":3,`) ||
		strings.Contains(out, `"seq":4,`) {
		t.Errorf("behind 1, two messages: %.300s", out)
	}
	for i, want := range []string{"早上好 👋", `"content":""`, strings.Repeat("长", 5000), `quotes \" and \\ and\n`} {
		out := run(t, b, a, "decrypt", a.key, a.messages[i].Text)
		if !strings.HasPrefix(out, "0\n{") || !strings.Contains(out, want) {
			t.Errorf("message %d: %.300s", i, out)
		}
	}
}

func TestDecryptDataSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	b, a := needed(t, strict), newArchive(t, false)
	a.say(t, "hello")
	good := a.messages[0].Text
	other := strings.Repeat("0f", 32)
	for name, tt := range map[string]struct{ key, msg, want string }{
		"another key":                  {other, good, "10006"},
		"a key that is still encoded":  {strings.Repeat("A", 344), good, "10008"},
		"a short key":                  {other[:62], good, "10008"},
		"a key that is no hex":         {strings.Repeat("x", 64), good, "10008"},
		"no key":                       {"", good, "10008"},
		"no message":                   {a.key, "", "10006"},
		"a message cut short":          {a.key, good[:len(good)-24], "10006"},
		"a message that is no base64":  {a.key, "!" + good, "10006"},
		"an envelope with nothing":     {a.key, seal(t, a.key, nil), "10006"},
		"an envelope without JSON":     {a.key, seal(t, a.key, []byte("hello")), "10006"},
		"an envelope with half a JSON": {a.key, seal(t, a.key, []byte(`{"msgid":"1"`)), "10006"},
	} {
		if got := run(t, b, a, "decrypt", tt.key, tt.msg); got != tt.want+"\n" {
			t.Errorf("%s: %q; want %s", name, got, tt.want)
		}
	}
	for i := range 600 { // a wrong key is found out even where the padding looks right
		if i%100 != 0 {
			continue
		}
		if got := run(t, b, a, "decrypt", other, seal(t, a.key, fmt.Appendf(nil, `{"n":%d}`, i))); got != "10006\n" {
			t.Fatalf("another key: %q", got)
		}
	}
}

func TestFilesArePulledInPieces(t *testing.T) {
	t.Parallel()
	b, a := needed(t, plain), newArchive(t, false)
	for _, size := range []int{0, 1, chunk - 1, chunk, chunk + 1, 5*chunk + 77} {
		a.mu.Lock()
		a.file = make([]byte, size)
		for i := range a.file {
			a.file[i] = byte(i * i >> 8)
		}
		a.mu.Unlock()
		path := filepath.Join(t.TempDir(), "file")
		out := run(t, b, a, "media", fileID, path)
		got, err := os.ReadFile(path)
		if want := fmt.Sprintf("%d pieces\n", max(1, (size+chunk-1)/chunk)); out != want || err != nil || !bytes.Equal(got, a.file) {
			t.Errorf("%d bytes: %q, %d bytes came, %v; want %q", size, out, len(got), err, want)
		}
	}
	if out := run(t, b, a, "media", "other", filepath.Join(t.TempDir(), "file")); out != "10005\n10005\n10005\n0 pieces\n" {
		t.Errorf("a file that there is not: %q", out)
	}
}

func TestAPieceThatFailedIsAskedForAgain(t *testing.T) {
	t.Parallel()
	b, a := needed(t, plain), newArchive(t, false)
	a.file = bytes.Repeat([]byte("piece"), chunk)
	failed := 0
	a.instead(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/_archive/media" || a.count("/_archive/media")%3 != 2 || failed == 2 {
			return false
		}
		failed++
		w.WriteHeader(http.StatusBadGateway)
		return true
	})
	path := filepath.Join(t.TempDir(), "file")
	out := run(t, b, a, "media", fileID, path)
	got, err := os.ReadFile(path)
	if out != "10001\n10001\n5 pieces\n" || err != nil || !bytes.Equal(got, a.file) {
		t.Errorf("%q, %d bytes, %v", out, len(got), err)
	}
}

func TestATokenThatEndsIsReplacedOnce(t *testing.T) {
	t.Parallel()
	b, a := needed(t, plain), newArchive(t, false)
	a.say(t, "hello")
	a.file = make([]byte, 6*chunk)
	a.every = 2
	if out := run(t, b, a, "media", fileID, os.DevNull); out != "6 pieces\n" || a.made != 3 {
		t.Errorf("%q with %d tokens", out, a.made)
	}
	a.instead(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/_archive/chatdata" {
			refuse(w, 400, 42001, "access_token expired")
			return true
		}
		return false
	})
	before := a.made
	want := "0\n{\"errcode\":42001,\"errmsg\":\"access_token expired\",\"chatdata\":[]}"
	if out := run(t, b, a, "chatdata", "0", "1"); out != want || a.made != before+2 {
		t.Errorf("%q with %d more tokens; want %q with 2", out, a.made-before, want)
	}
}
