package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// word is what can follow in a command line: a command or a flag, and what it is for.
type word struct{ text, help string }

// wordsBelow returns, by the names of commands as they are written behind qiwei, what can follow each.
func wordsBelow(n *kong.Node, path string, into map[string][]word) {
	var list []word
	for _, child := range n.Children {
		if child.Hidden {
			continue
		}
		for _, name := range append([]string{child.Name}, child.Aliases...) {
			wordsBelow(child, strings.TrimSpace(path+" "+name), into)
		}
		list = append(list, word{child.Name, child.Help})
	}
	for _, f := range n.Flags {
		if !f.Hidden {
			list = append(list, word{"--" + f.Name, f.Help})
		}
	}
	into[path] = list
}

func completions() (map[string][]word, error) {
	parser, err := kong.New(&commands{}, kong.Name("qiwei"), kong.Vars{"version": ""})
	if err != nil {
		return nil, err
	}
	out := map[string][]word{}
	wordsBelow(parser.Model.Node, "", out)
	return out, nil
}

// Run prints the script. It holds the words themselves: completing does not start the program.
func (cmd completionCmd) Run(c *console) error {
	words, err := completions()
	if err != nil {
		return err
	}
	paths := make([]string, 0, len(words))
	for path := range words {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	switch cmd.Shell {
	case "fish":
		printFish(c.out, paths, words)
	case "zsh":
		fmt.Fprint(c.out, "#compdef qiwei\nautoload -U +X bashcompinit && bashcompinit\n")
		fallthrough
	default:
		printBash(c.out, paths, words)
	}
	return nil
}

// printBash writes a function that finds the longest command among the words, and offers what can follow it.
func printBash(out io.Writer, paths []string, words map[string][]word) {
	fmt.Fprint(out, `_qiwei() {
  local cur=${COMP_WORDS[COMP_CWORD]} path="" next i
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="${path:+$path }${COMP_WORDS[i]}"
    case " $(_qiwei_below "$path") " in
      *" ${COMP_WORDS[i]} "*) case ${COMP_WORDS[i]} in -*) ;; *) path=$next ;; esac ;;
    esac
  done
  COMPREPLY=($(compgen -W "$(_qiwei_below "$path")" -- "$cur"))
  [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$cur"))
}
_qiwei_below() {
  case $1 in
`)
	for _, path := range paths {
		var list []string
		for _, w := range words[path] {
			list = append(list, w.text)
		}
		fmt.Fprintf(out, "    %q) echo %q ;;\n", path, strings.Join(list, " "))
	}
	fmt.Fprint(out, "  esac\n}\ncomplete -F _qiwei qiwei\n")
}

// printFish writes a line a word.
func printFish(out io.Writer, paths []string, words map[string][]word) {
	fmt.Fprint(out, "complete -c qiwei -f\n")
	quote := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
	for _, path := range paths {
		var below []string
		for _, w := range words[path] {
			if !strings.HasPrefix(w.text, "--") {
				below = append(below, w.text)
			}
		}
		when := "__fish_use_subcommand"
		if path != "" {
			var seen []string
			for _, name := range strings.Fields(path) {
				seen = append(seen, "__fish_seen_subcommand_from "+name)
			}
			if when = strings.Join(seen, "; and "); len(below) > 0 {
				when += "; and not __fish_seen_subcommand_from " + strings.Join(below, " ")
			}
		}
		for _, w := range words[path] {
			form := "-a " + w.text
			if name, flag := strings.CutPrefix(w.text, "--"); flag {
				form = "-l " + name
			}
			fmt.Fprintf(out, "complete -c qiwei -n '%s' %s -d '%s'\n", when, form, quote.Replace(w.help))
		}
	}
}
