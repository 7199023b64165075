package work

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// owner names an engine in leases, so that a later server can find out whether the engine may still be alive.
// It names the process, by a random number and by its pid, and the machine.
type owner struct {
	process string // store.Process, which engines of one process share and one that has died cannot have had
	pid     int
	host    string
	engine  string // drawn once for each engine
}

func newOwner() owner {
	return owner{process: store.Process, pid: os.Getpid(), host: hostOf(), engine: id.Hex(4)}
}

// hostOf names the machine, or the part of it that shares pids. Containers on one machine have pids of their
// own.
func hostOf() string {
	name, _ := os.Hostname()
	space, _ := os.Readlink("/proc/self/ns/pid") // nothing where there is no such thing
	sum := sha256.Sum256([]byte(name + "\x00" + space))
	return hex.EncodeToString(sum[:6])
}

func (o owner) String() string {
	return strings.Join([]string{o.process, strconv.Itoa(o.pid), o.host, o.engine}, "-")
}

func parseOwner(text string) (o owner, ok bool) {
	part := strings.Split(text, "-")
	if len(part) != 4 {
		return owner{}, false
	}
	pid, err := strconv.Atoi(part[1])
	return owner{process: part[0], pid: pid, host: part[2], engine: part[3]}, err == nil && pid > 0
}

// dead reports whether the holder of a lease is known to be gone. Of a holder that
// does not say who it is, such as one from before this package, nothing is known.
// Lives is Store.Lives: where the database cannot tell, the number does that the
// machine knew the process by.
func (o owner) dead(holder string, lives func(process string) (alive, known bool)) bool {
	h, ok := parseOwner(holder)
	if !ok || h.process == o.process {
		return false
	}
	if alive, known := lives(h.process); known {
		return !alive
	}
	return h.host == o.host && (h.pid == o.pid || !running(h.pid))
}

// running reports whether the machine has a process with that pid, even one that is not ours.
func running(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer p.Release()
	return !errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone)
}
