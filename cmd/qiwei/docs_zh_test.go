package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

var blocksOfCode = regexp.MustCompile("(?ms)^```[a-z]*\n(.*?)^```")

// A Chinese page shows what the English one shows, whose lines were run, and leaves out no setting.
func TestDocsInChinese(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../docs/zh/*.md")
	if err != nil || len(pages) < 11 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	flag := regexp.MustCompile("--[a-z][a-z-]+|QIWEI_[A-Z_]+")
	reference := read(t, "../../docs/command-line.md")
	for _, page := range pages {
		name := filepath.Base(page)
		if name == "README.md" {
			continue
		}
		text, english := read(t, page), read(t, "../../docs/"+name)
		if !strings.Contains(text, "[English](../"+name+")") {
			t.Errorf("%s does not lead to the English page", page)
		}
		for _, block := range blocksOfCode.FindAllStringSubmatch(text, -1) {
			for line := range strings.Lines(block[1]) {
				if line = strings.TrimSpace(line); line != "" && !strings.Contains(english, line) {
					t.Errorf("%s shows what the English page does not: %s", page, line)
				}
			}
		}
		for _, f := range flag.FindAllString(blocksOfCode.ReplaceAllString(text, ""), -1) {
			if !strings.Contains(english+reference, f) {
				t.Errorf("%s names %s, which the English page does not", page, f)
			}
		}
	}
	settings := read(t, "../../docs/zh/running.md")
	for _, f := range flag.FindAllString(read(t, "../../docs/running.md"), -1) {
		if !strings.Contains(settings, f) {
			t.Errorf("docs/zh/running.md leaves out %s", f)
		}
	}
}

// Every link between the Chinese pages, and out of them, leads somewhere.
func TestDocsInChineseLead(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../docs/zh/*.md")
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\]\(([^)#:]*)(#[^)]*)?\)`)
	for _, page := range append(pages, "../../README.zh-CN.md") {
		for _, m := range link.FindAllStringSubmatch(blocksOfCode.ReplaceAllString(read(t, page), ""), -1) {
			to := page
			if m[1] != "" {
				to = filepath.Join(filepath.Dir(page), m[1])
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s leads to %s, which is not there", page, m[1])
				continue
			}
			if m[2] != "" && !hasHeading(read(t, to), m[2][1:]) {
				t.Errorf("%s leads to %s%s, a heading that is not there", page, m[1], m[2])
			}
		}
	}
}

// hasHeading reports whether a page has the heading that an address names, as GitHub names it.
func hasHeading(page, anchor string) bool {
	for line := range strings.Lines(blocksOfCode.ReplaceAllString(page, "")) {
		heading, isOne := strings.CutPrefix(strings.TrimLeft(strings.TrimSpace(line), "#"), " ")
		if !isOne || !strings.HasPrefix(line, "#") {
			continue
		}
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, heading)
		if name == anchor {
			return true
		}
	}
	return false
}
