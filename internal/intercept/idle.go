package intercept

import (
	"net"
	"time"
)

// extend moves the deadline of two connections to tunnelIdle from now. It uses the machine's clock because it
// waits for a network.
func extend(conns ...net.Conn) {
	until := time.Now().Add(tunnelIdle)
	for _, c := range conns {
		c.SetDeadline(until)
	}
}
