package library_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestItDoesNotEndItsHost runs what testdata/stress.c does to the library.
func TestItDoesNotEndItsHost(t *testing.T) {
	t.Parallel()
	short := [][]string{{"abuse"}, {"threads", "8", "2"}}
	t.Run("plain", func(t *testing.T) {
		t.Parallel()
		abuse(t, needed(t, plain), nil, append(slices.Clone(short), []string{"forks", "100", "4"}))
	})
	// AddressSanitizer of GCC 12 itself waits for ever in a child of a process with threads.
	t.Run("sanitized", func(t *testing.T) {
		t.Parallel()
		abuse(t, needed(t, strict), nil, append(slices.Clone(short), []string{"forks", "20", "0"}))
	})
}

// TestUnderValgrind runs some of it under valgrind, which also finds what was not given back. What the threads of a
// parent had in hand a child cannot give back.
func TestUnderValgrind(t *testing.T) {
	t.Parallel()
	const kinds = "definite,indirect,possible"
	abuse(t, needed(t, plain), []string{"valgrind", "--quiet", "--error-exitcode=9", "--leak-check=full", "--show-leak-kinds=" + kinds,
		"--errors-for-leak-kinds=" + kinds}, [][]string{{"abuse"}, {"threads", "8", "2"}, {"forks", "3", "0"}})
}

func abuse(t *testing.T, b build, before []string, trials [][]string) {
	t.Helper()
	a := newArchive(t, false)
	for range 40 {
		a.say(t, strings.Repeat("x", 300))
	}
	a.every = 50 // tokens end while others use them
	for _, args := range trials {
		out := runWith(t, b, before, []string{"QIWEI_URL=" + a.URL, "QIWEI_DEBUG=0"}, args...)
		t.Logf("%q: %s", args, out)
		if out != "ok\n" && !strings.HasSuffix(out, " pulls\n") {
			t.Errorf("%q: %q", args, out)
		}
	}
}

func TestItDoesNotGrow(t *testing.T) {
	t.Parallel()
	b, a := needed(t, plain), newArchive(t, false)
	for range 10 {
		a.say(t, strings.Repeat("x", 300))
	}
	var before, after int
	out := run(t, b, a, "pulls", "5000", "10")
	if _, err := fmt.Sscan(out, &before, &after); err != nil || after > before+512 {
		t.Errorf("%q: %d KiB after 500 pulls, %d KiB after 5,000; %v", out, before, after, err)
	}
}

// BenchmarkPull pulls pages of 1,000 messages.
func BenchmarkPull(b *testing.B) {
	built, a := needed(b, plain), newArchive(b, false)
	for range 1000 {
		a.say(b, strings.Repeat("x", 300))
	}
	b.ResetTimer()
	run(b, built, a, "pulls", fmt.Sprint(b.N), "1000")
	b.ReportMetric(float64(1000*b.N)/b.Elapsed().Seconds(), "messages/s")
}

// TestTheFileBesideIt has two copies of the library, each with an address of its own.
func TestTheFileBesideIt(t *testing.T) {
	t.Parallel()
	b, a := needed(t, plain), newArchive(t, false)
	a.say(t, "hello")
	content, err := os.ReadFile(b.library)
	if err != nil {
		t.Fatal(err)
	}
	beside := b
	dir := filepath.Join(t.TempDir(), "a folder 的")
	beside.library = filepath.Join(dir, "libWeWorkFinanceSdk.so")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(beside.library, content, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := runWith(t, beside, nil, nil, "chatdata", "0", "1"); got != "init 10000\n" {
		t.Errorf("no address: %q", got)
	}
	for text, want := range map[string]string{
		"# where it is\n\n  " + a.URL + "/ \r\n": "0\n{",
		"\ufeff" + a.URL:                         "0\n{",
		"":                                       "init 10000\n",
		"# nothing":                              "init 10000\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, "qiwei.url"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := runWith(t, beside, nil, nil, "chatdata", "0", "1"); !strings.HasPrefix(got, want) {
			t.Errorf("%q: %.100q; want %q", text, got, want)
		}
	}
}

// TestPHPsHeader has the header without a preprocessor compiled as it is, and beside the other.
func TestPHPsHeader(t *testing.T) {
	t.Parallel()
	b := needed(t, plain)
	text, err := os.ReadFile(filepath.Join(b.dir, "WeWorkFinanceSdk_PHP.h"))
	if err != nil || strings.Contains(string(text), "#") {
		t.Fatalf("it has lines for the preprocessor: %v", err)
	}
	source := filepath.Join(t.TempDir(), "both.c")
	if err := os.WriteFile(source, []byte("#include \"WeWorkFinanceSdk_C.h\"\n#define WeWorkFinanceSdk_t WeWorkFinanceSdk_t\n"+functionsOf(string(text))), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cc", "-fsyntax-only", "-Werror", "-I", b.dir, source).CombinedOutput(); err != nil {
		t.Errorf("the headers differ: %s", out)
	}
}

// functionsOf leaves the types out, which may be defined only once.
func functionsOf(header string) string {
	var out strings.Builder
	for line := range strings.Lines(header) {
		if !strings.HasPrefix(line, "typedef") {
			out.WriteString(line)
		}
	}
	return out.String()
}
