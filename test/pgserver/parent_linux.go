package pgserver

import "syscall"

// dieWithParent lets the kernel stop the server if the program that started it is killed and cannot do so
// itself. PostgreSQL passes SIGQUIT on to its backends.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGQUIT }
