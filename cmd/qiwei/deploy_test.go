package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// The files of deploy/ name settings and commands that the program has.
func TestDeploy(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&commands{}, kong.Name("qiwei"))
	if err != nil {
		t.Fatal(err)
	}
	settings, leaves := map[string]bool{keyEnv: true}, map[string]bool{}
	for _, leaf := range parser.Model.Leaves(true) {
		leaves[nameOf(leaf)] = true
		for _, flag := range leaf.Flags {
			for _, env := range flag.Envs {
				settings[env] = true
			}
		}
	}
	named := regexp.MustCompile(`QIWEI_[A-Z_]+`)
	called := regexp.MustCompile(`(?:/usr/local/bin/|/|")qiwei"?,? "?([a-z]+(?: link)?)`)
	commandsSeen := 0
	err = filepath.WalkDir("../../deploy", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, setting := range named.FindAllString(string(text), -1) {
			if !settings[setting] {
				t.Errorf("%s: there is no setting %s", path, setting)
			}
		}
		for _, call := range called.FindAllStringSubmatch(string(text), -1) {
			if commandsSeen++; !leaves["qiwei "+call[1]] {
				t.Errorf("%s: there is no command qiwei %s", path, call[1])
			}
		}
		if ext := filepath.Ext(path); ext == ".yaml" && !strings.Contains(path, "templates") {
			var any map[string]any
			if err := yaml.Unmarshal(text, &any); err != nil || len(any) == 0 {
				t.Errorf("%s: %v", path, err)
			}
		}
		return nil
	})
	if err != nil || commandsSeen < 3 {
		t.Errorf("%d commands, %v", commandsSeen, err)
	}
}
