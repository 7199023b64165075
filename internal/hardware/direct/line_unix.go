//go:build unix

package direct

import "syscall"

// readable reports whether a reading of the socket would return at once.
func readable(socket uintptr) bool {
	var one [1]byte
	for {
		_, _, err := syscall.Recvfrom(int(socket), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		if err != syscall.EINTR {
			return err != syscall.EAGAIN
		}
	}
}
