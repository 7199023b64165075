package pgserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrNotFound says that this machine has no PostgreSQL server program.
var ErrNotFound = errors.New("no PostgreSQL server program found (initdb and postgres)")

// Program is a PostgreSQL server installed on this machine.
type Program struct {
	Dir     string // the folder that holds initdb and postgres
	Version string // as PostgreSQL writes it: "15.18", "19beta1"
}

// Find returns the newest PostgreSQL on this machine, or ErrNotFound. It looks
// on PATH and where packages put servers, because Debian and Red Hat keep the
// server programs off PATH.
func Find() (Program, error) {
	return find(append(filepath.SplitList(os.Getenv("PATH")),
		"/usr/lib/postgresql/*/bin", // Debian
		"/usr/pgsql-*/bin",          // PostgreSQL's own packages for Red Hat
		"/usr/libexec/postgresql*",  // Alpine
		"/usr/local/pgsql/bin",      // built from source
		"/opt/homebrew/opt/postgresql*/bin",
		"/usr/local/opt/postgresql*/bin",
		"/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	))
}

// find is Find over the given folders, which may be glob patterns.
func find(patterns []string) (Program, error) {
	if !supported {
		return Program{}, ErrNotFound
	}
	var found []Program
	seen := map[string]bool{}
	for _, pattern := range patterns {
		dirs, _ := filepath.Glob(pattern) // errs on a malformed pattern only: then there is nothing there
		for _, dir := range dirs {
			if _, err := exec.LookPath(filepath.Join(dir, "initdb")); err != nil {
				continue
			}
			postgres, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres"))
			if err != nil || seen[postgres] {
				continue
			}
			seen[postgres] = true
			if v, ok := versionOf(postgres); ok {
				found = append(found, Program{Dir: dir, Version: v})
			}
		}
	}
	if len(found) == 0 {
		return Program{}, ErrNotFound
	}
	return slices.MaxFunc(found, func(a, b Program) int {
		return slices.Compare(numbers(a.Version), numbers(b.Version))
	}), nil
}

// versionOf asks a program, which answers "postgres (PostgreSQL) 15.18 (Debian …)".
func versionOf(postgres string) (string, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, postgres, "--version").Output()
	if err != nil {
		return "", false
	}
	_, rest, ok := strings.Cut(string(out), "(PostgreSQL) ")
	words := strings.Fields(rest)
	if !ok || len(words) == 0 {
		return "", false
	}
	return words[0], true
}

// numbers makes a version comparable: "15.18" is 15, 18. A beta is below its
// release.
func numbers(version string) []int {
	var n []int
	for part := range strings.SplitSeq(version, ".") {
		digits := part[:len(part)-len(strings.TrimLeft(part, "0123456789"))]
		i, err := strconv.Atoi(digits)
		if err != nil {
			return n
		}
		n = append(n, i)
		if digits != part {
			return append(n, -1)
		}
	}
	return n
}

func (p Program) path(name string) string { return filepath.Join(p.Dir, name) }

func (p Program) String() string { return fmt.Sprintf("PostgreSQL %s in %s", p.Version, p.Dir) }
