//go:build unix

package pgserver

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

const supported = true

// owner is the user whose processes and files the server's are. PostgreSQL
// refuses to run as root, and containers run tests as root.
type owner struct {
	other    bool // whether it is somebody else than we are
	uid, gid int
}

func newOwner() (owner, error) {
	if os.Geteuid() != 0 {
		return owner{}, nil
	}
	// "postgres" comes with the server's package; everyone has "nobody", and
	// initdb needs a user that the system knows by name.
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil && uid != 0 {
			return owner{other: true, uid: uid, gid: gid}, nil
		}
	}
	return owner{}, fmt.Errorf("running as root, PostgreSQL refuses root, and there is no user postgres or nobody")
}

// mkdir makes an empty folder that belongs to the owner, among the temporary files. For root, only root may
// be able to enter that place (a test's own TMPDIR, say). Then it goes where everyone can enter.
func (o owner) mkdir() (string, error) {
	parent := os.TempDir()
	if o.other && !enterable(parent) {
		parent = "/tmp"
	}
	dir, err := os.MkdirTemp(parent, "qiwei-postgres-*")
	if err != nil {
		return "", err
	}
	if o.other {
		if err := os.Chown(dir, o.uid, o.gid); err != nil {
			os.Remove(dir)
			return "", err
		}
	}
	return dir, nil
}

// enterable reports whether any user may pass through dir and all above it.
func enterable(dir string) bool {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return false
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return false
	}
	for {
		fi, err := os.Stat(dir)
		if err != nil || fi.Mode().Perm()&0o001 == 0 {
			return false
		}
		up := filepath.Dir(dir)
		if up == dir {
			return true
		}
		dir = up
	}
}

// run makes cmd run as the owner.
func (o owner) run(cmd *exec.Cmd) {
	// A group of its own: Ctrl-C at the terminal must reach the tests and not
	// the database below them, which is stopped after they are.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(cmd.SysProcAttr)
	if o.other {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(o.uid), Gid: uint32(o.gid)}
	}
}

// abort is PostgreSQL's immediate shutdown.
func abort(p *os.Process) error { return p.Signal(syscall.SIGQUIT) }
