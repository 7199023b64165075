package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A check is left out on a machine without one of its programs. It is a package of Go tests, a test in one,
// or something that is not a Go test.
type check struct {
	what    string // in words
	needs   []string
	dir     string   // of the Go package, from the module's root
	test    string   // the test in it, with its subtests by regular expressions; all of them if empty
	run     []string // the command that it is instead
	journey string   // the part of web-journeys that it is instead
}

// checks are the tests that need programs, and those that are not Go tests. A test in this package makes sure
// that the tests named here exist.
var checks = []check{
	{what: "every test on PostgreSQL", needs: []string{"PostgreSQL"}},
	{what: "sign-in with the browsers of a desk and a phone", needs: []string{"Chromium"}, dir: "test/clients/browser"},
	{what: "sign-in behind nginx", needs: []string{"nginx"}, dir: "test/clients/forward", test: "TestProxies/nginx"},
	{what: "sign-in behind Caddy", needs: []string{"Caddy"}, dir: "test/clients/forward", test: "TestProxies/caddy"},
	{what: "OpenSSL's opinion of the authority", needs: []string{"OpenSSL"}, dir: "internal/intercept", test: "TestAStolenKeySignsForNoOtherHost/.*/OpenSSL"},
	{what: "the welcome's lines, run as they are printed", needs: []string{"curl"}, dir: "cmd/qiwei", test: "TestWelcome/.*/curl"},
	{what: "the commands of the skill for coding agents", needs: []string{"curl"}, dir: "cmd/qiwei", test: "TestSkill"},
	{what: "qiwei dev's interception with curl", needs: []string{"curl"}, dir: "cmd/qiwei", test: "TestDevIntercept"},
	{what: "qiwei serve's interception with curl", needs: []string{"curl"}, dir: "cmd/qiwei", test: "TestServeIntercepts"},
	{what: "qiwei intercept with curl", needs: []string{"curl"}, dir: "cmd/qiwei", test: "TestInterceptBesideAServer"},
	{what: "the archive's library in C", needs: []string{"a C compiler"}, dir: "internal/archive/library"},
	{what: "the archive's library under valgrind", needs: []string{"a C compiler", "valgrind"}, dir: "internal/archive/library", test: "TestUnderValgrind"},
	{what: "the archive's pump, from one enterprise to another", needs: []string{"a C compiler"}, dir: "internal/archive/pump"},
	{what: "silenceper/wechat's reading of the archive by cgo", needs: []string{"a C compiler"}, dir: "test/clients", test: "TestSilenceperArchive"},
	{what: "the archive's library in Java", needs: []string{"a C compiler", "Java"}, dir: "internal/archive/library", test: "TestJava"},
	{what: "the examples in Python", needs: []string{"Python", "Python's cryptography"}, dir: "test/clients", test: "TestExamples/Python"},
	{what: "the examples in Node.js", needs: []string{"Node.js"}, dir: "test/clients", test: "TestExamples/Node"},
	{what: "the types and unit tests of the pages", needs: []string{"Node.js", "npm's packages"}, run: []string{"make", "web-check"}},
	{what: "the journeys through the console and the phone", needs: []string{"Node.js", "npm's packages", "Chromium", "a Chinese font"}, run: []string{"make", "web-journeys"}},
	{what: "the quick start in Python", needs: []string{"Python"}, journey: "Python"},
	{what: "the quick start in Java", needs: []string{"Java"}, journey: "Java"},
	{what: "OpenLDAP's and Apache's LDAP clients", needs: []string{"Apache", "ldapsearch", "OpenSSL", "curl"}, run: []string{"sh", "test/clients/ldap/check.sh"}},
}

// name is how a reader finds the check.
func (c check) name() string {
	switch {
	case len(c.run) > 0:
		return strings.Join(c.run, " ")
	case c.journey != "":
		return "make web-journeys: " + c.journey
	case c.test != "":
		return c.dir + " " + c.test
	}
	return c.dir // empty if it is not one test
}

// omitted is a check that was left out, and how to have it run.
type omitted struct{ what, name, how string }

func (o omitted) String() string {
	if o.name != "" {
		o.what += " (" + o.name + ")"
	}
	return fmt.Sprintf("not run: %s; to run it: %s", o.what, o.how)
}

// leave returns the checks that need a missing program, and a line for each.
func leave(all []check, absent []program) (out []check, lines []omitted) {
	for _, c := range all {
		var packages, how []string
		for _, p := range absent {
			switch {
			case !contains(c.needs, p.name):
			case p.get != "":
				how = append(how, p.get)
			default:
				packages = append(packages, p.packages...)
			}
		}
		if len(packages) > 0 {
			how = append(how, "apt-get install "+strings.Join(packages, " "))
		}
		if len(how) > 0 {
			out = append(out, c)
			lines = append(lines, omitted{c.what, c.name(), strings.Join(how, ", and ")})
		}
	}
	return out, lines
}

func contains(list []string, word string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, word) })
}

// prepare installs the programs that the run needs, and returns the checks that must be left out. A narrowed
// run has only Go tests, and installs nothing.
func (r *runner) prepare(ctx context.Context) (skipped []check) {
	wanted := slices.DeleteFunc(slices.Clone(checks), func(c check) bool {
		return len(r.args) > 0 && (len(c.run) > 0 || c.journey != "")
	})
	absent := missing(ctx, wanted)
	if len(absent) > 0 && len(r.args) == 0 && mayInstall() {
		install(ctx, absent, r.sum.out)
		absent = missing(ctx, wanted)
	}
	skipped, r.leftOut = leave(wanted, absent)
	return skipped
}

// runChecks runs those that are not Go tests, and returns what failed.
func (r *runner) runChecks(ctx context.Context, skipped []check) (failed []string) {
	if _, err := os.Stat(filepath.Join(r.root, "Makefile")); err != nil {
		return nil
	}
	var journeys []string
	for _, c := range skipped {
		if c.journey != "" {
			journeys = append(journeys, c.journey)
		}
	}
	env := []string{"QIWEI_TEST_LEFT_OUT=" + strings.Join(journeys, ",")}
	// One program for all tests that start it, with the pages if they can be built.
	if err := r.command(ctx, r.root, env, "make", "--no-print-directory", "build"); err != nil {
		return []string{"make build: " + err.Error()}
	}
	os.Setenv("QIWEI_BIN", filepath.Join(r.root, "bin", "qiwei"))
	for _, c := range checks {
		if len(c.run) == 0 || slices.ContainsFunc(skipped, func(s check) bool { return s.name() == c.name() }) || ctx.Err() != nil {
			continue
		}
		start := time.Now()
		if err := r.command(ctx, r.root, env, c.run...); err != nil {
			failed = append(failed, fmt.Sprintf("%s: %v", c.name(), err))
			fmt.Fprintf(r.sum, "FAIL\t%s\t%.3fs\n", c.name(), time.Since(start).Seconds())
			continue
		}
		fmt.Fprintf(r.sum, "ok  \t%s\t%.3fs\n", c.name(), time.Since(start).Seconds())
	}
	return failed
}
