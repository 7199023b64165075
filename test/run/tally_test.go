package main

import (
	"io"
	"reflect"
	"strings"
	"testing"
)

func TestTallyCountsPackages(t *testing.T) {
	t.Parallel()
	const output = `# qiwei/internal/token
internal/token/token.go:3:1: syntax error
ok  	qiwei/internal/clock	0.003s
?   	qiwei/internal/id	[no test files]
--- FAIL: TestThing (0.00s)
    thing_test.go:9: ok  	not a package
FAIL
FAIL	qiwei/internal/store	0.210s
FAIL	qiwei/internal/token [build failed]
--- FAIL: TestOne (0.00s)
    --- FAIL: TestOne/sqlite (0.00s)
        one_test.go:3: panic: in a message
--- FAIL: TestTwo (1.00s)
FAIL
FAIL	qiwei/internal/wire	0.210s
panic: oh

goroutine 1 [running]:
FAIL	qiwei/internal/work	0.210s
ok  	qiwei/a/name/that/is/longer/than/the/part/of/a/line/that/we/need/to/see	1.2s	coverage: 80% of statements
FAIL
`
	for _, size := range []int{1, 7, len(output)} { // however it is cut up
		var out strings.Builder
		sum := &tally{out: &out}
		for rest := output; rest != ""; rest = rest[min(size, len(rest)):] {
			io.WriteString(sum, rest[:min(size, len(rest))])
		}
		if sum.passed != 2 || sum.failed != 4 {
			t.Errorf("in pieces of %d: %d passed, %d failed; want 2 and 4", size, sum.passed, sum.failed)
		}
		want := []fallen{
			{pkg: "qiwei/internal/store", tests: []string{"TestThing"}},
			{pkg: "qiwei/internal/token", crashed: true},
			{pkg: "qiwei/internal/wire", tests: []string{"TestOne", "TestTwo"}},
			{pkg: "qiwei/internal/work", crashed: true},
		}
		if !reflect.DeepEqual(sum.fallen, want) {
			t.Errorf("in pieces of %d: %+v, want %+v", size, sum.fallen, want)
		}
		if out.String() != output {
			t.Errorf("in pieces of %d: the output was changed: %s", size, out.String())
		}
	}
}

func TestNamesPackages(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]bool{
		"":                               false,
		"-run TestMember -v":             false,
		"-run TestMember ./internal/...": true,
		"qiwei/internal/store":           true,
		".":                              true,
		"-args ./file":                   false,
	} {
		if got := namesPackages(strings.Fields(args)); got != want {
			t.Errorf("%q names packages: %v, want %v", args, got, want)
		}
	}
}
