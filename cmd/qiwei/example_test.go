package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// Each example belongs to an existing command, is a valid command line of it, and stands in its help.
func TestExamples(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"corp.json", "members.csv"} { // kong checks that they exist
		if err := os.WriteFile(dir+"/"+name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for command, lines := range examples {
		for _, line := range lines {
			words, err := exec.Command("sh", "-c", "printf '%s\\n' "+line).Output()
			if err != nil {
				t.Fatal(err)
			}
			args := strings.Split(strings.TrimSpace(string(words)), "\n")
			for i, a := range args {
				if a == "corp.json" || a == "members.csv" {
					args[i] = dir + "/" + a
				}
			}
			parser, err := kong.New(&commands{}, kong.Name("qiwei"), kong.Vars{"version": ""})
			if err != nil {
				t.Fatal(err)
			}
			got, err := parser.Parse(args[1:])
			if err != nil {
				t.Errorf("%s: %v", line, err)
				continue
			}
			if name := nameOf(got.Selected()); name != command {
				t.Errorf("%s is an example of %s, and stands below %s", line, name, command)
			}
		}
		o := qiwei(t, append(strings.Fields(command)[1:], "--help")...)
		if o.code != 0 || !strings.Contains(o.out, "\nExamples:\n  "+lines[0]+"\n") {
			t.Errorf("%s --help: %s", command, o.out)
		}
	}
}
