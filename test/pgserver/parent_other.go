//go:build unix && !linux

package pgserver

import "syscall"

// Only Linux stops a child with its parent. Elsewhere a killed test run leaves
// its server behind.
func dieWithParent(*syscall.SysProcAttr) {}
