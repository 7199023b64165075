//go:build !unix

package pgserver

import (
	"errors"
	"os"
	"os/exec"
)

// Elsewhere Find finds nothing, and the tests run on SQLite alone.
const supported = false

type owner struct{}

func newOwner() (owner, error)       { return owner{}, errors.ErrUnsupported }
func (owner) mkdir() (string, error) { return "", errors.ErrUnsupported }
func (owner) run(*exec.Cmd)          {}
func abort(*os.Process) error        { return errors.ErrUnsupported }
