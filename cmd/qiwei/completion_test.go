package main

import (
	"os/exec"
	"strings"
	"testing"
)

// TestCompletion completes command lines as bash does.
func TestCompletion(t *testing.T) {
	t.Parallel()
	script := must(t, "completion", "bash")
	for line, want := range map[string]string{
		"qiwei ":                   " serve ",
		"qiwei ser":                " serve ",
		"qiwei corp ":              " create ",
		"qiwei corp cr":            " create ",
		"qiwei oidc client add --": " --redirect-uri ",
		"qiwei app set --agent":    " --agentid ",
	} {
		cmd := exec.Command("bash", "-c", script+`
			line=$1; COMP_WORDS=($line); [ "${line% }" = "$line" ] || COMP_WORDS+=("")
			COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _qiwei; echo " ${COMPREPLY[*]} "`, "bash", line)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%q: %s %v", line, out, err)
		}
	}
	for _, shell := range []string{"zsh", "fish"} {
		if out := must(t, "completion", shell); !strings.Contains(out, "set-password") {
			t.Errorf("%s: %s", shell, out)
		}
	}
	if o := qiwei(t, "completion", "tcsh"); o.code != 2 {
		t.Errorf("%d %s", o.code, o.err)
	}
}

// TestHelpGroups: the first page has every command below a heading, and fits a screen.
func TestHelpGroups(t *testing.T) {
	t.Parallel()
	out := must(t, "--help")
	for _, heading := range []string{"Run it:", "Keep an enterprise:", "Let other products in:", "Find out and try:"} {
		if !strings.Contains(out, "\n"+heading+"\n") {
			t.Errorf("no %q in\n%s", heading, out)
		}
	}
	if lines := strings.Count(out, "\n"); lines > 70 || strings.Contains(out, "\nCommands:") {
		t.Errorf("%d lines\n%s", lines, out)
	}
}
