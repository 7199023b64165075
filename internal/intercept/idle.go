package intercept

import (
	"net"
	"time"
)

// extend lets two connections live on for tunnelIdle. The machine's clock: it
// waits for a network.
func extend(conns ...net.Conn) {
	until := time.Now().Add(tunnelIdle)
	for _, c := range conns {
		c.SetDeadline(until)
	}
}
