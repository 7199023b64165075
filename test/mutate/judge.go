package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// elsewhere are the tests that a room leaves to others, because it has no door of
// its own or only higher rooms fill it with life.
var elsewhere = map[string][]string{
	"directory": {"ldap", "message"},
	"door":      {"console"},
	"event":     {"callback"},
	"job":       {"batch"},
	"sheet":     {"console", "batch"},
	"sound":     {"console"},
	"work":      {"callback"},
}

// A test is a test function of a test program, with what it was seen to do.
type test struct {
	name    string
	program *program
	takes   time.Duration
	meets   map[int]bool // the faults that it comes by
}

// A program is the tests of a package, with the room's faults compiled in.
type program struct{ dir, file string }

// A judge runs the tests of one room.
type judge struct {
	o     options
	room  *room
	tmp   string
	tests []*test
}

// tryRoom finds a room's faults, draws from them and judges what was drawn.
func tryRoom(ctx context.Context, o options, name string) (result, error) {
	res := result{room: name}
	r, err := openRoom(ctx, o.root, name)
	if err != nil {
		return res, err
	}
	if err := r.find(); err != nil {
		return res, err
	}
	res.found = draw(o, name, r.mutants)
	if o.list || len(res.found) == 0 {
		return res, nil
	}
	tmp, err := os.MkdirTemp("", "mutate-*")
	if err != nil {
		return res, err
	}
	defer os.RemoveAll(tmp)
	j := &judge{o: o, room: r, tmp: tmp}
	if err := j.build(ctx); err != nil {
		return res, err
	}
	if res.broken, err = j.rehearse(ctx); err != nil {
		return res, err
	}
	var fit []mutant
	for _, m := range r.mutants {
		switch {
		case !r.placed[m.id]:
			res.unfit++
		case m.handsOn && len(j.meeting(m.id)) == 0:
		default:
			fit = append(fit, m)
		}
	}
	return j.judgeAll(ctx, res, draw(o, name, fit))
}

// build compiles the test programs, without the faults that do not compile.
func (j *judge) build(ctx context.Context) error {
	var dirs []string
	for _, p := range j.room.packages {
		if len(p.TestGoFiles)+len(p.XTestGoFiles) > 0 {
			dirs = append(dirs, p.Dir)
		}
	}
	others := elsewhere[j.room.name]
	if j.o.only != "" {
		others = nil
	}
	for _, other := range append(strings.FieldsFunc(j.o.with, func(r rune) bool { return r == ',' }), others...) {
		dirs = append(dirs, filepath.Join(j.o.root, "internal", other))
	}
	for i, dir := range dirs {
		p := &program{dir: dir, file: filepath.Join(j.tmp, fmt.Sprintf("%d.test", i))}
		for {
			said, overlaid, err := j.compile(ctx, p)
			if err == nil {
				break
			}
			if !j.room.unfit(said, overlaid) {
				return fmt.Errorf("build the tests of %s: %w\n%s", dir, err, said)
			}
			if err := j.room.find(); err != nil {
				return err
			}
		}
		cmd := exec.CommandContext(ctx, p.file, "-test.list", cmp.Or(j.o.only, "."))
		cmd.Dir = dir
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("list the tests of %s: %w", dir, err)
		}
		for name := range strings.Lines(string(out)) {
			if name = strings.TrimSpace(name); !strings.HasPrefix(name, "Benchmark") && name != "" {
				j.tests = append(j.tests, &test{name: name, program: p})
			}
		}
	}
	return nil
}

// compile builds one program. It returns what the compiler said, and the overlaid
// files by the names that the compiler knows them by.
func (j *judge) compile(ctx context.Context, p *program) (string, map[string][]byte, error) {
	replace, overlaid := map[string]string{}, map[string][]byte{}
	for name, content := range j.room.files {
		as := fmt.Sprintf("%d_%s", len(replace), filepath.Base(name))
		replace[name], overlaid[as] = filepath.Join(j.tmp, as), content
		if err := os.WriteFile(replace[name], content, 0o600); err != nil {
			return "", nil, err
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", nil, err
	}
	file := filepath.Join(j.tmp, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		return "", nil, err
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-gcflags=-e", "-ldflags=-s -w", "-overlay", file, "-o", p.file, p.dir)
	var said bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = j.o.root, &said, &said
	err = cmd.Run()
	return said.String(), overlaid, err
}

// rehearse runs each test alone without a fault, and takes away those that fail.
func (j *judge) rehearse(ctx context.Context) (broken []string, err error) {
	failed := make([]bool, len(j.tests))
	j.each(len(j.tests), func(i int) {
		t := j.tests[i]
		hits := filepath.Join(j.tmp, fmt.Sprintf("hits-%d", i))
		start := time.Now()
		_, fine, _ := j.run(ctx, t.program, []string{t.name}, 10*time.Minute, "QIWEI_MUTANT_HITS="+hits)
		t.takes, failed[i] = time.Since(start), !fine
		t.meets = map[int]bool{}
		if seen, err := os.ReadFile(hits); err == nil {
			for line := range strings.FieldsSeq(string(seen)) {
				if id, err := strconv.Atoi(line); err == nil {
					t.meets[id] = true
				}
			}
		}
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var sound []*test
	for i, t := range j.tests {
		if failed[i] {
			broken = append(broken, t.name)
		} else {
			sound = append(sound, t)
		}
	}
	slices.SortStableFunc(sound, func(a, b *test) int { return int(a.takes - b.takes) })
	j.tests = sound
	return broken, nil
}

// meeting returns the tests that come by a fault, the quickest first.
func (j *judge) meeting(id int) (tests []*test) {
	for _, t := range j.tests {
		if t.meets[id] {
			tests = append(tests, t)
		}
	}
	return tests
}

func (j *judge) judgeAll(ctx context.Context, res result, drawn []mutant) (result, error) {
	var end time.Time
	if j.o.budget > 0 {
		end = time.Now().Add(j.o.budget)
	}
	verdicts := make([]*verdict, len(drawn))
	j.each(len(drawn), func(i int) {
		if ctx.Err() == nil && (end.IsZero() || time.Now().Before(end)) {
			if v := j.judge(ctx, drawn[i]); ctx.Err() == nil {
				verdicts[i] = &v
			}
		}
	})
	for _, v := range verdicts {
		if v == nil {
			res.cut++
		} else {
			res.judged = append(res.judged, *v)
		}
	}
	return res, nil // an interrupt leaves the rest untried
}

// judge runs the tests that come by a fault, a few quick ones first, until one fails.
func (j *judge) judge(ctx context.Context, m mutant) verdict {
	tests := j.meeting(m.id)
	if len(tests) == 0 {
		return verdict{mutant: m, why: "no test comes by it"}
	}
	for len(tests) > 0 {
		p := tests[0].program
		var names []string
		var takes time.Duration
		var rest []*test
		for _, t := range tests {
			if t.program == p && len(names) < 10 {
				names, takes = append(names, t.name), takes+t.takes
			} else {
				rest = append(rest, t)
			}
		}
		first, fine, over := j.run(ctx, p, names, max(5*takes, time.Minute), "QIWEI_MUTANT="+strconv.Itoa(m.id))
		if over {
			return verdict{m, true, "taking too long"}
		}
		if !fine {
			return verdict{m, true, first}
		}
		tests = rest
	}
	return verdict{mutant: m, why: "all tests pass"}
}

var failedTest = regexp.MustCompile(`(?m)^--- FAIL: (\S+)|^(panic: .*|fatal error: .*)`)

// run runs tests of a program. It returns which failed first, whether all were
// fine, and whether they took too long. A fault may ask for endless memory, so
// there is a limit to it.
func (j *judge) run(ctx context.Context, p *program, names []string, limit time.Duration, env string) (first string, fine, over bool) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tmp, err := os.MkdirTemp(j.tmp, "run-*")
	if err != nil {
		return err.Error(), false, false
	}
	defer os.RemoveAll(tmp)
	cmd := exec.CommandContext(ctx, "sh", "-c", `ulimit -v 6000000; exec "$0" "$@"`, p.file,
		"-test.failfast", "-test.timeout=0", "-test.run", "^("+strings.Join(names, "|")+")$")
	cmd.Dir, cmd.WaitDelay = p.dir, 5*time.Second
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp, "QIWEI_TEST_POSTGRES=", env)
	out, err := cmd.CombinedOutput()
	if err == nil {
		return "", true, false
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return "", false, true
	}
	if f := failedTest.FindStringSubmatch(string(out)); f != nil {
		return f[1] + f[2], false, false
	}
	return err.Error(), false, false
}

// each calls do for 0 to n-1, as many at once as there are jobs.
func (j *judge) each(n int, do func(i int)) {
	var wg sync.WaitGroup
	turn := make(chan int)
	for range max(1, j.o.jobs) {
		wg.Go(func() {
			for i := range turn {
				do(i)
			}
		})
	}
	for i := range n {
		turn <- i
	}
	close(turn)
	wg.Wait()
}
