package direct

import (
	"bufio"
	"bytes"
	"net"
	"net/http"
	"syscall"
)

// lineBuffer is what a connection has to read into and to write from, instead of net/http's two of 4 kB. What is
// longer goes past it.
const lineBuffer = 256

// line is the device's line below its WebSocket, which waits for the device without a reader.
type line struct {
	conn net.Conn
	in   *bufio.Reader
}

// opening is a request that becomes a line. The line does not hold it: net/http's buffers go with it.
type opening struct {
	http.ResponseWriter
	line *line
}

// Hijack takes the line over from net/http, with what the device has sent already.
func (o opening) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	l := o.line
	conn, big, err := http.NewResponseController(o.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	sent, _ := big.Reader.Peek(big.Reader.Buffered())
	l.conn, l.in = conn, bufio.NewReaderSize(bytes.NewReader(bytes.Clone(sent)), max(lineBuffer, len(sent)))
	l.in.Peek(len(sent)) // for the WebSocket, which looks into the buffer for them
	return conn, bufio.NewReadWriter(l.in, bufio.NewWriterSize(conn, lineBuffer)), nil
}

// wait returns when there is something to read, or the connection has ended. Where the line is no plain one, a
// reading must find out.
func (l *line) wait() error {
	plain, ok := l.conn.(syscall.Conn)
	if !ok || l.in.Buffered() > 0 {
		return nil
	}
	raw, err := plain.SyscallConn()
	if err != nil {
		return err
	}
	return raw.Read(readable)
}
