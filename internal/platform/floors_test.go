package platform_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// floors is the shape of the house, from the ground up. A package may import
// those on floors below its own, and nothing beside or above it.
var floors = []string{
	"clock id seal wire/errcode wire/known",
	"access store",
	"event",
	"wire store/storetest",
	"corp",
	"media",
	"directory",
	"app",
	"token",
	"login/page",
	"login",
	"callback",
	"message",
	"control",
	"platform",
	"seed",
}

// beside are packages that are no rooms: the program, and what tests use.
var beside = map[string]bool{"cmd/qiwei": true, "qiweitest": true, "callbackcrypto": true, "test/bench": true, "test/pgserver": true, "test/run": true}

func TestImportsPointDown(t *testing.T) {
	t.Parallel()
	level := map[string]int{}
	for i, floor := range floors {
		for _, room := range strings.Fields(floor) {
			level["qiwei/internal/"+room] = i + 1
		}
	}
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "qiwei/...").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		pkg := words[0]
		here, ok := level[pkg]
		if !ok {
			if !beside[strings.TrimPrefix(pkg, "qiwei/")] {
				t.Errorf("%s has no floor; give it one in floors", pkg)
			}
			continue
		}
		for _, imp := range words[1:] {
			if there, ok := level[imp]; ok && there >= here {
				t.Errorf("%s imports %s, which is not below it", pkg, imp)
			} else if !ok && strings.HasPrefix(imp, "qiwei/") && imp != "qiwei/callbackcrypto" {
				t.Errorf("%s imports %s, which is no room", pkg, imp)
			}
		}
	}
}

// sources parses every Go file of the module that is not a test.
func sources(t *testing.T, visit func(path string, file *ast.File, set *token.FileSet)) {
	t.Helper()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		if d.IsDir() && (rel == "test" || rel == "web" || rel == "bin" || strings.HasPrefix(d.Name(), ".") && rel != ".") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err == nil {
			visit(filepath.ToSlash(rel), file, set)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// machineTime is where the machine's clock may be asked: to measure how long
// something took, or to wait for a real network, never to decide what is valid.
var machineTime = map[string]string{
	"internal/clock/":         "it is the clock",
	"internal/wire/server.go": "measures how long a call took",
	"internal/login/":         "measures real waiting at a long poll, and the cost of a password",
	"internal/callback/":      "measures deliveries, and waits for real receivers",
	"internal/media/":         "waits for real downloads",
	"internal/store/":         "waits for a lock",
	"internal/platform/":      "waits for a server to end",
	"cmd/qiwei/":              "speaks to a person",
	"callbackcrypto/":         "is a library of its own",
	"internal/message/":       "waits for its worker",
}

func TestTimeIsAskedOfTheClock(t *testing.T) {
	t.Parallel()
	sources(t, func(path string, file *ast.File, set *token.FileSet) {
		for prefix := range machineTime {
			if strings.HasPrefix(path, prefix) {
				return
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "time" && (sel.Sel.Name == "Now" || sel.Sel.Name == "Sleep" || sel.Sel.Name == "After") {
				t.Errorf("%s: time.%s; ask the server's clock", set.Position(n.Pos()), sel.Sel.Name)
			}
			return true
		})
	})
}

func TestNoDrawers(t *testing.T) {
	t.Parallel()
	drawer := regexp.MustCompile(`^(util|utils|common|helper|helpers|misc|manager|models|dto)$`)
	sources(t, func(path string, file *ast.File, _ *token.FileSet) {
		if drawer.MatchString(file.Name.Name) {
			t.Errorf("%s: package %s; name it for its noun", path, file.Name.Name)
		}
		base := strings.TrimSuffix(filepath.Base(path), ".go")
		if drawer.MatchString(base) {
			t.Errorf("%s: a file is named for its noun", path)
		}
	})
}

// TestSQLiteLibrary guards against a trap of the SQLite driver: it works with the
// very version of its C library that it was released with.
func TestSQLiteLibrary(t *testing.T) {
	t.Parallel()
	wanted := version(t, moduleFile(t, "modernc.org/sqlite"), "modernc.org/libc")
	if got := version(t, filepath.Join("..", "..", "go.mod"), "modernc.org/libc"); got != wanted {
		t.Errorf("go.mod has modernc.org/libc %s; modernc.org/sqlite was released with %s", got, wanted)
	}
}

func moduleFile(t *testing.T, module string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.GoMod}}", module).CombinedOutput()
	if err != nil {
		t.Fatalf("go list -m %s: %v: %s", module, err, out)
	}
	return strings.TrimSpace(string(out))
}

func version(t *testing.T, path, module string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^\s*(?:require\s+)?` + regexp.QuoteMeta(module) + ` (v\S+)`).FindSubmatch(raw)
	if m == nil {
		t.Fatalf("%s does not require %s", path, module)
	}
	return string(m[1])
}
