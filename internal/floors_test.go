// Package internal_test holds the rules of the house as tests: which package may import which, which may ask
// the machine for the time, and which names a package may not have.
package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors are the packages below internal from the ground up. A package imports
// only what stands on a line above its own here. Rooms that are not built yet
// have their place already.
const floors = `
	clock id redirect rescue seal trace wire/errcode wire/known event/known
	blob fault outbound store trace/tracetest
	store/storetest access
	event find work trend
	wire
	door sample
	backup corp doctor
	media job
	directory
	form sheet
	app admin sound batch join dial emergency sensitive hr invoice contactrule
	token
	suite
	licence paytool register
	login/page
	login
	install founding
	oauth
	callback
	hardware/frame
	hardware hardware/simulated
	message hardware/direct
	aibot chat translation
	archive/library archive/paper
	archive/pump
	archive
	strategy
	customer
	moment acquisition album customergroup
	masssend kf
	approval calendar conversion journal todo wedoc living security health
	meeting
	checkin meetingroom smartsheet
	caldav mcp
	control intercept gate oidc ldap scim checkup
	console phone wechat
	devmcp
	platform
	seed
`

// standalone are the packages for everybody, which need nothing else of ours.
var standalone = []string{"callbackcrypto", "web"}

// source is a Go file.
type source struct {
	path string // from the module's root, with slashes
	file *ast.File
}

func (s source) pkg() string { return filepath.ToSlash(filepath.Dir(s.path)) }
func (s source) test() bool  { return strings.HasSuffix(s.path, "_test.go") }

var files = token.NewFileSet()

// sources reads the module's Go files, except those of nested modules.
func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, err := os.Stat(filepath.Join(path, "go.mod"))
			if path != ".." && (err == nil || d.Name() == "testdata" || d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel("..", path)
		out = append(out, source{filepath.ToSlash(rel), file})
		return err
	})
	if err != nil || len(out) < 100 {
		t.Fatalf("%d files were read: %v", len(out), err)
	}
	return out
}

func TestFloors(t *testing.T) {
	t.Parallel()
	level := map[string]int{}
	for i, line := range strings.Split(strings.TrimSpace(floors), "\n") {
		for _, name := range strings.Fields(line) {
			if level[name] != 0 {
				t.Errorf("%s stands on two floors", name)
			}
			level[name] = i + 1
		}
	}
	for _, s := range sources(t) {
		if s.test() {
			continue
		}
		name, inside := strings.CutPrefix(s.pkg(), "internal/")
		if inside && level[name] == 0 {
			t.Errorf("%s has no floor", s.pkg())
		}
		for _, spec := range s.file.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			ours, isOurs := strings.CutPrefix(path, "qiwei/")
			below, isInside := strings.CutPrefix(ours, "internal/")
			switch {
			case !isOurs:
			case slices.Contains(standalone, s.pkg()):
				t.Errorf("%s imports %s; it needs nothing of ours", s.path, path)
			case !inside:
			case !isInside && !slices.Contains(standalone, ours):
				t.Errorf("%s imports %s, which stands above all of internal", s.path, path)
			case isInside && level[below] >= level[name]:
				t.Errorf("%s imports %s, which is not below it", s.path, path)
			}
		}
	}
}

// The time of the platform comes from clock. These may look at the machine's,
// because what they measure or wait for is the machine's.
var machineTime = map[string]string{
	"internal/clock/clock.go":                 "is the clock",
	"internal/clock/clock_test.go":            "tests the clock",
	"callbackcrypto/crypt.go":                 "stands alone; its time can be set",
	"callbackcrypto/exchange_test.go":         "tests with that",
	"internal/trace/trace.go":                 "measures how long things take",
	"internal/wire/server.go":                 "measures how long a call takes",
	"internal/mcp/rpc.go":                     "measures how long a tool takes",
	"internal/wire/form.go":                   "gives up connections that bring nothing",
	"internal/wire/file.go":                   "gives up connections that take nothing",
	"internal/blob/directory.go":              "compares the ages of files, which the machine has written down",
	"internal/media/sweep_test.go":            "makes such a file look old",
	"internal/blob/blob_test.go":              "makes such a file look old",
	"internal/platform/probe.go":              "asks the database no more often than every few seconds of the machine's time",
	"internal/wire/form_rate_test.go":         "brings bytes at a rate",
	"internal/callback/send.go":               "measures how long a receiver takes to answer",
	"internal/doctor/probe.go":                "measures how long a receiver takes to answer",
	"internal/control/answer_fault_test.go":   "measures how long an answer takes to arrive",
	"internal/doctor/push.go":                 "tells a receiver outside the time that its machine has",
	"internal/doctor/doctor_test.go":          "answers late",
	"internal/callback/turn.go":               "measures how long a batch has taken",
	"internal/door/stream.go":                 "gives up pages that do not read",
	"internal/outbound/client.go":             "measures how long an answer takes",
	"internal/work/turn.go":                   "measures how long work takes",
	"internal/scim/provision.go":              "measures how long a product takes to answer",
	"qiweitest/receiver.go":                   "gives up what does not come",
	"cmd/qiwei/callback_test.go":              "gives up what does not come",
	"cmd/qiwei/certificate.go":                "looks now and then whether the files of a certificate have changed",
	"cmd/qiwei/serve_test.go":                 "makes certificates that the machine takes for valid",
	"internal/intercept/authority.go":         "makes certificates, which clients hold against their machine's time",
	"internal/intercept/authority_test.go":    "tests that",
	"internal/intercept/idle.go":              "waits for a network",
	"internal/store/postgres_life.go":         "bounds how long a farewell may take",
	"internal/store/wait.go":                  "measures how long transactions wait",
	"internal/store/sqlite_readers.go":        "measures how long reads wait",
	"internal/store/postgres_witness.go":      "bounds how long a database may take to answer",
	"internal/store/storetest/recall.go":      "measures how long a statement outlives its caller",
	"internal/store/storetest/closing.go":     "measures how long a closing takes",
	"internal/wire/pace.go":                   "bounds how long a client may take for a body",
	"internal/wire/pace_test.go":              "tests that",
	"internal/platform/pace_test.go":          "tests that, at a server",
	"internal/ldap/conn.go":                   "bounds how long a client may keep a connection waiting",
	"cmd/qiwei/check.go":                      "says how far a server's clock is from the machine's",
	"internal/platform/checkup.go":            "says how far the clock is from the machine's",
	"internal/checkup/server.go":              "compares a certificate with the clock of those who connect",
	"cmd/qiwei/device.go":                     "is a device, which has a clock of its own",
	"internal/hardware/direct/device_test.go": "gives up what does not come",
}

func TestTime(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if strings.HasPrefix(s.path, "test/") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := sel.X.(*ast.Ident)
			if !ok || pkg.Name != "time" {
				return true
			}
			switch sel.Sel.Name {
			case "Sleep":
				t.Errorf("%s sleeps; wait for what is to happen, or move the clock", files.Position(n.Pos()))
			case "Now", "Since", "Until":
				if machineTime[s.path] == "" {
					t.Errorf("%s asks the machine for the time instead of the clock", files.Position(n.Pos()))
				}
			}
			return true
		})
	}
}

// A package is named for what it holds. A name such as util says nothing.
func TestNames(t *testing.T) {
	t.Parallel()
	drawers := regexp.MustCompile(`^(common|commons|util|utils|helper|helpers|misc|shared|lib|base|core|models?|dto|types|manager|managers|service|services|impl|internal_?util)$`)
	seen := map[string]bool{}
	for _, s := range sources(t) {
		if seen[s.pkg()] {
			continue
		}
		seen[s.pkg()] = true
		for _, name := range append(strings.Split(s.pkg(), "/"), s.file.Name.Name) {
			if drawers.MatchString(name) {
				t.Errorf("%s is a drawer", s.pkg())
			}
		}
	}
}

// The SQLite driver is C translated for one version of its libc, and is tested
// with no other.
func TestSQLiteHasItsLibc(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.GoMod}}", "modernc.org/sqlite").Output()
	if err != nil {
		t.Fatal(err)
	}
	version := func(path string) string {
		mod, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		m := regexp.MustCompile(`(?m)^\s*(?:require )?modernc\.org/libc (v\S+)`).FindSubmatch(mod)
		if m == nil {
			t.Fatalf("%s requires no libc", path)
		}
		return string(m[1])
	}
	if ours, its := version("../go.mod"), version(strings.TrimSpace(string(out))); ours != its {
		t.Errorf("go.mod requires modernc.org/libc %s, and modernc.org/sqlite needs %s: go get modernc.org/libc@%s", ours, its, its)
	}
}

// A schema goes forward only: an old program does not run on a newer one.
func TestMigrationsGoForward(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("*/migrations/*.sql")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	name := regexp.MustCompile(`^\d{12}_[a-z_]+\.sql$`)
	seen := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		base := filepath.Base(path)
		if !name.MatchString(base) {
			t.Errorf("%s: YYYYMMDDhhmm_noun.sql expected", path)
		}
		if other := seen[base[:12]]; other != "" {
			t.Errorf("%s and %s have one number", path, other)
		}
		seen[base[:12]] = path
		if !strings.HasPrefix(string(text), "-- +goose Up\n") || strings.Contains(string(text), "+goose Down") {
			t.Errorf("%s: begins with %q and knows no way back", path, "-- +goose Up")
		}
	}
}

// TestCallersAreMadeInOnePlace: if a room makes a caller by hand, it drifts from what the same application is
// elsewhere.
func TestCallersAreMadeInOnePlace(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.test() || s.pkg() == "internal/access" || s.path == "internal/app/caller.go" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok || len(lit.Elts) == 0 {
				return true
			}
			if sel, ok := lit.Type.(*ast.SelectorExpr); ok && sel.Sel.Name == "Caller" {
				if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "access" {
					t.Errorf("%s makes an access.Caller by hand", files.Position(lit.Pos()))
				}
			}
			return true
		})
	}
}
