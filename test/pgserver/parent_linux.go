package pgserver

import "syscall"

// dieWithParent has the kernel stop the server when the program that started it
// is killed and cannot do so itself. PostgreSQL takes SIGQUIT to its backends.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGQUIT }
