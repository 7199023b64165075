package fault

import (
	"crypto/tls"
	"net"
)

// ResetConn ends a connection so that the other side sees it reset (RST).
func ResetConn(conn net.Conn) {
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	if t, ok := conn.(*net.TCPConn); ok {
		t.SetLinger(0) // closing throws away what was not sent, and says so
	}
	conn.Close()
}
