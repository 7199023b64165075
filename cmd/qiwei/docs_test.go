package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"qiwei/internal/seed"
)

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The documentation names every command, and every flag on a line of its own
// command or of the settings that it points to.
func TestDocsNameEveryCommand(t *testing.T) {
	t.Parallel()
	docs, settings := read(t, "../../docs/command-line.md"), read(t, "../../docs/running.md")
	everywhere, _, _ := strings.Cut(docs, "\n## ")
	parser, err := kong.New(&commands{}, kong.Name("qiwei"))
	if err != nil {
		t.Fatal(err)
	}
	lineOf := func(command string) string {
		for line := range strings.Lines(docs) {
			if strings.Contains(line, "| `"+command+"` |") {
				return line
			}
		}
		t.Errorf("docs/command-line.md does not have %s", command)
		return ""
	}
	for _, leaf := range parser.Model.Leaves(true) {
		command := nameOf(leaf)
		line := lineOf(command)
		if strings.Contains(line, "running.md") {
			line += settings
		}
		if strings.Contains(line, "those of `") {
			_, other, _ := strings.Cut(line, "those of `")
			other, _, _ = strings.Cut(other, "`")
			line += lineOf("qiwei " + other)
		}
		for _, f := range leaf.Flags {
			if f.Name != "help" && !f.Hidden && !strings.Contains(line+everywhere, "`--"+f.Name) {
				t.Errorf("docs/command-line.md does not have --%s of %s", f.Name, command)
			}
		}
	}
}

// The file in docs/seed-file.md is one.
func TestDocsSeedFile(t *testing.T) {
	t.Parallel()
	docs := read(t, "../../docs/seed-file.md")
	_, file, _ := strings.Cut(docs, "```json\n")
	file, _, _ = strings.Cut(file, "```")
	path := writeFile(t, t.TempDir()+"/corp.json", file)
	if _, err := seed.Parse("docs/seed-file.md", []byte(file)); err != nil {
		t.Fatal(err)
	}
	s := dev(t, t.TempDir(), "--seed", path)
	token := s.token("ww0123456789abcdef", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG")
	if got := s.call("/cgi-bin/user/get?userid=jia&access_token=" + token); got.ErrCode != 0 || !strings.Contains(got.body, "007") {
		t.Errorf("user/get: %s", got.body)
	}
	wrong := writeFile(t, t.TempDir()+"/corp.json", strings.Replace(file, `"department": [3], "direct`, `"department": [9], "direct`, 1))
	if o := qiwei(t, "dev", "--data", t.TempDir(), "--listen", ":0", "--seed", wrong); !strings.Contains(docs, strings.TrimPrefix(o.err, "qiwei: "+strings.TrimSuffix(wrong, "corp.json"))) {
		t.Errorf("the mistake is told as %s", o.err)
	}
	// Every field of the form is explained.
	for _, name := range seed.Names() {
		if !strings.Contains(docs, name) {
			t.Errorf("docs/seed-file.md does not have %s", name)
		}
	}
}

// A command in the documentation uses no variable that the page has not set.
func TestDocsSetTheirVariables(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	fence := regexp.MustCompile("(?ms)^```(?:sh|console|bash)\n(.*?)^```")
	use := regexp.MustCompile(`\$\{?([A-Z][A-Z0-9_]*)`)
	chinese, err := filepath.Glob("../../docs/zh/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(append(pages, chinese...), "../../README.md", "../../README.zh-CN.md") {
		text := read(t, page)
		for _, block := range fence.FindAllStringSubmatchIndex(text, -1) {
			for _, m := range use.FindAllStringSubmatchIndex(text[block[2]:block[3]], -1) {
				name, before := text[block[2]:block[3]][m[2]:m[3]], text[:block[2]+m[0]]
				set := regexp.MustCompile(`(?m)(^|[\s;("])`+name+`=`).MatchString(before) || strings.Contains(before, "export "+name)
				if !set && name != "HOME" && name != "PWD" && name != "PATH" {
					t.Errorf("%s: nothing sets $%s", page, name)
				}
			}
		}
	}
}
