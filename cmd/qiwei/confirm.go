package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"
)

// confirm asks before something is lost. Where nobody can be asked, it needs --yes.
func (c *console) confirm(said bool, question string) error {
	if said {
		return nil
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return errNotConfirmed
	}
	fmt.Fprintf(c.err, "%s [y/N] ", question)
	answer, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	if a := strings.ToLower(strings.TrimSpace(answer)); a != "y" && a != "yes" {
		return errNotConfirmed
	}
	return nil
}
