package main

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

	"qiwei/test/pgserver"
)

// A program is something that tests start and a machine may lack.
type program struct {
	name     string   // as people call it
	commands []string // what it may be called on PATH
	variable string   // environment variable that names it, also for the tests
	enough   func(ctx context.Context, path string) error
	find     func() error // instead of commands, if PATH does not help
	packages []string     // of Debian and Ubuntu
	get      string       // how to come by it; their packages if empty
}

// programs are all that the tests start. A test that starts another one fails on
// the machines without it, so it gets its line here and in checks.
var programs = []program{
	{name: "PostgreSQL", find: func() error { _, err := pgserver.Find(); return err }, packages: []string{"postgresql"}},
	{name: "Chromium", commands: []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"},
		variable: "QIWEI_CHROMIUM", enough: answers, packages: []string{"chromium"}},
	{name: "a Chinese font", find: chineseFont, packages: []string{"fonts-noto-cjk", "fontconfig"}},
	{name: "nginx", commands: []string{"nginx"}, packages: []string{"nginx"}},
	{name: "Caddy", commands: []string{"caddy"}, packages: []string{"caddy"}},
	{name: "Apache", commands: []string{"apache2", "httpd"}, packages: []string{"apache2"}},
	{name: "ldapsearch", commands: []string{"ldapsearch"}, packages: []string{"ldap-utils"}},
	{name: "OpenSSL", commands: []string{"openssl"}, packages: []string{"openssl"}},
	{name: "curl", commands: []string{"curl"}, packages: []string{"curl"}},
	{name: "Python", commands: []string{"python3"}, packages: []string{"python3"}},
	{name: "Python's cryptography", find: pythonCryptography, packages: []string{"python3-cryptography"}},
	{name: "Java", commands: []string{"java"}, enough: javaCompiles, packages: []string{"default-jdk-headless"}},
	{name: "a C compiler", commands: []string{"cc", "gcc"}, packages: []string{"gcc", "libc6-dev"}},
	{name: "valgrind", commands: []string{"valgrind"}, packages: []string{"valgrind", "libc6-dbg"}},
	{name: "Node.js", commands: []string{"node"}, enough: nodeBuildsPages, packages: []string{"nodejs", "npm"},
		get: "install Node.js 20.19 or newer, with npm (https://nodejs.org)"},
	{name: "npm's packages", find: pagePackages, get: "run npm ci in web, where npm reaches its registry"},
}

// missing returns the programs that the checks need and that are not here, and
// names those that are in their variables.
func missing(ctx context.Context, wanted []check) (absent []program) {
	for _, p := range programs {
		needed := slices.ContainsFunc(wanted, func(c check) bool { return slices.Contains(c.needs, p.name) })
		if needed && !p.here(ctx) {
			absent = append(absent, p)
		}
	}
	return absent
}

func (p program) here(ctx context.Context) bool {
	if contains(without(), p.name) {
		return false
	}
	if p.find != nil {
		return p.find() == nil
	}
	commands := p.commands
	if p.variable != "" && os.Getenv(p.variable) != "" {
		commands = []string{os.Getenv(p.variable)}
	}
	for _, name := range commands {
		path, err := exec.LookPath(name)
		if err != nil || (p.enough != nil && p.enough(ctx, path) != nil) {
			continue
		}
		if p.variable != "" {
			os.Setenv(p.variable, path)
		}
		return true
	}
	return false
}

// without are the programs that the tests must do without.
func without() []string {
	return strings.FieldsFunc(strings.ToLower(os.Getenv("QIWEI_TEST_WITHOUT")), func(r rune) bool { return r == ',' })
}

// answers reports whether a program runs at all. Ubuntu's chromium-browser is a
// script that asks for a snap.
func answers(ctx context.Context, path string) error {
	_, err := said(ctx, path, "--version")
	return err
}

func said(ctx context.Context, path string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, args...).Output()
	return strings.TrimSpace(string(out)), err
}

// javaCompiles reports whether Java runs a source file, for which it needs its
// compiler.
func javaCompiles(ctx context.Context, path string) error {
	modules, err := said(ctx, path, "--list-modules")
	if err == nil && !strings.Contains(modules, "jdk.compiler@") {
		return errors.New("without its compiler")
	}
	return err
}

// nodeBuildsPages reports whether Node.js is as new as Vite needs it: 20.19.
func nodeBuildsPages(ctx context.Context, path string) error {
	if _, err := exec.LookPath("npm"); err != nil {
		return err
	}
	version, err := said(ctx, path, "--version")
	if err != nil {
		return err
	}
	major, rest, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, _ := strconv.Atoi(major)
	b, _ := strconv.Atoi(minor)
	if a < 20 || (a == 20 && b < 19) {
		return fmt.Errorf("it is %s", version)
	}
	return nil
}

// chineseFont looks for a font that has Chinese letters: without one a page is as
// wide as its empty boxes.
func chineseFont() error {
	fonts, err := said(context.Background(), "fc-list", ":lang=zh-cn", "family")
	if err == nil && fonts == "" {
		err = errors.New("no font for Chinese")
	}
	return err
}

// pythonCryptography looks for the package of that name.
func pythonCryptography() error {
	_, err := said(context.Background(), "python3", "-c", "import cryptography")
	return err
}

// pagePackages fetches what the pages are built and checked with. Without npm it
// is Node.js that is missing.
func pagePackages() error {
	if _, err := exec.LookPath("npm"); err != nil {
		return nil
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(root, "web", "package.json")); err != nil {
		return err
	}
	cmd := exec.Command("make", "--silent", "web/node_modules/.package-lock.json")
	cmd.Dir = root
	return cmd.Run()
}
