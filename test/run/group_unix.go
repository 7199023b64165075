//go:build unix

package main

import (
	"os/exec"
	"syscall"
	"time"
)

// inGroup makes cmd the head of a process group. When cmd's context ends, the group is interrupted, on which
// go test removes its files and ends. Call the returned function when cmd has ended: it ends the rest of the
// group. It asks the rest first, because that may have to end others.
func inGroup(cmd *exec.Cmd) (end func()) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	return func() {
		if cmd.Process == nil {
			return
		}
		group := -cmd.Process.Pid
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for range 100 {
			if syscall.Kill(group, syscall.SIGINT) == syscall.ESRCH {
				return // nobody is left
			}
			<-tick.C
		}
		syscall.Kill(group, syscall.SIGKILL)
	}
}
