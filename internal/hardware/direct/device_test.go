package direct_test

import (
	"bufio"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"
)

// device is a directly connected device, written from the pages alone (doc 91366): it shares no code with the
// program, not even the WebSocket.
type device struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
	sent int
	// pushes are those that came while an answer was awaited.
	pushes []message
}

type message struct {
	Cmd     string `json:"cmd"`
	Headers struct {
		ReqID string `json:"req_id"`
	} `json:"headers"`
	Body       json.RawMessage `json:"body"`
	Code       *int            `json:"errcode"`
	Msg        string          `json:"errmsg"`
	Suggestion string          `json:"suggestion"`
	Interval   *int            `json:"interval"`
}

// dial connects. host is what the device calls the platform.
func dial(t *testing.T, url, path, host string) *device {
	t.Helper()
	address := strings.TrimPrefix(url, "http://")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if host == "" {
		host = address
	}
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", path, host)
	d := &device{t: t, conn: conn, r: bufio.NewReader(conn)}
	resp, err := http.ReadResponse(d.r, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols || resp.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("the handshake: %v %v", resp, err)
	}
	return d
}

// head is the head of a masked frame.
func head(opcode byte, size int) []byte {
	out := []byte{0x80 | opcode}
	switch {
	case size < 126:
		out = append(out, 0x80|byte(size))
	case size < 1<<16:
		out = binary.BigEndian.AppendUint16(append(out, 0x80|126), uint16(size))
	default:
		out = binary.BigEndian.AppendUint64(append(out, 0x80|127), uint64(size))
	}
	return append(out, 0, 0, 0, 0) // a mask of zeros changes nothing
}

func (d *device) write(opcode byte, payload []byte) {
	d.t.Helper()
	if _, err := d.conn.Write(append(head(opcode, len(payload)), payload...)); err != nil {
		d.t.Fatal(err)
	}
}

// read returns the next frame; opcode 8 is the end.
func (d *device) read() (opcode byte, payload []byte) {
	d.t.Helper()
	d.conn.SetReadDeadline(time.Now().Add(time.Minute))
	for {
		first := make([]byte, 2)
		if _, err := io.ReadFull(d.r, first); err != nil {
			return 8, nil
		}
		size := uint64(first[1] & 0x7f)
		switch size {
		case 126:
			raw := make([]byte, 2)
			io.ReadFull(d.r, raw)
			size = uint64(binary.BigEndian.Uint16(raw))
		case 127:
			raw := make([]byte, 8)
			io.ReadFull(d.r, raw)
			size = binary.BigEndian.Uint64(raw)
		}
		payload := make([]byte, size)
		if _, err := io.ReadFull(d.r, payload); err != nil {
			d.t.Fatal(err)
		}
		if opcode := first[0] & 0x0f; opcode != 9 && opcode != 10 {
			return opcode, payload
		}
	}
}

func (d *device) next() message {
	d.t.Helper()
	opcode, raw := d.read()
	var m message
	if opcode != 1 || json.Unmarshal(raw, &m) != nil {
		d.t.Fatalf("a text frame expected: %d %q", opcode, raw)
	}
	return m
}

// answer returns the answer to a request; pushes before it are kept.
func (d *device) answer(reqID string) message {
	d.t.Helper()
	for {
		m := d.next()
		if m.Code == nil {
			d.pushes = append(d.pushes, m)
			continue
		}
		if m.Headers.ReqID != reqID || m.Cmd != "" {
			d.t.Fatalf("an answer to %s expected: %+v", reqID, m)
		}
		return m
	}
}

func (d *device) call(cmd, body string) message {
	d.t.Helper()
	d.sent++
	reqID := "q" + strconv.Itoa(d.sent)
	text := `{"cmd":"` + cmd + `","headers":{"req_id":"` + reqID + `"}`
	if body != "" {
		text += `,"body":` + body
	}
	d.write(1, []byte(text+"}"))
	return d.answer(reqID)
}

func (d *device) must(cmd, body string, into any) {
	d.t.Helper()
	m := d.call(cmd, body)
	if *m.Code != 0 {
		d.t.Fatalf("%s %s: %d %s", cmd, body, *m.Code, m.Msg)
	}
	if into != nil {
		if err := json.Unmarshal(m.Body, into); err != nil {
			d.t.Fatalf("%s: %s: %v", cmd, m.Body, err)
		}
	}
}

func (d *device) refused(code int, cmd, body string) message {
	d.t.Helper()
	m := d.call(cmd, body)
	if *m.Code != code || m.Suggestion == "" || m.Interval == nil {
		d.t.Errorf("%s %s: %d %s %q, want %d", cmd, body, *m.Code, m.Msg, m.Suggestion, code)
	}
	return m
}

// push returns the next push, which is of the cmd.
func (d *device) push(cmd string, into any) {
	d.t.Helper()
	var m message
	if len(d.pushes) > 0 {
		m, d.pushes = d.pushes[0], d.pushes[1:]
	} else {
		m = d.next()
	}
	if m.Cmd != cmd || m.Headers.ReqID == "" || m.Code != nil {
		d.t.Fatalf("%s expected: %+v %s", cmd, m, m.Body)
	}
	if into != nil {
		if err := json.Unmarshal(m.Body, into); err != nil {
			d.t.Fatal(err)
		}
	}
}

// sign sorts the values, joins them and hashes that (doc 91370).
func sign(values ...string) string {
	sort.Strings(values)
	sum := sha1.Sum([]byte(strings.Join(values, "")))
	return hex.EncodeToString(sum[:])
}

func signedBody(sn, secretNo, word string, at time.Time) string {
	const nonce = "18446744073709551615" // the largest uint64
	stamp := strconv.FormatInt(at.Unix(), 10)
	return `{"sn":"` + sn + `","nonce":` + nonce + `,"timestamp":` + stamp + `,"device_signature":"` + sign(sn, secretNo, stamp, nonce, word) + `"}`
}

// login takes the device from its registration to its subscription.
func (d *device) login(sn, secretNo string, at time.Time) {
	d.t.Helper()
	var reg struct {
		ActiveCode string `json:"active_code"`
	}
	d.must("register", signedBody(sn, secretNo, "register", at), &reg)
	var active struct{ Secret string }
	d.must("active", `{"active_code":"`+reg.ActiveCode+`"}`, &active)
	d.must("subscribe_corp", `{"secret":"`+active.Secret+`","firmware_version":"1.0"}`, nil)
}

// binary writes a file in the little-endian layout of doc 94029, with arguments in that of doc 94014.
func (d *device) binary(cmd string, data []byte, args string) message {
	d.t.Helper()
	d.sent++
	reqID := "q" + strconv.Itoa(d.sent)
	version := uint32(1)
	parts := [][]byte{[]byte(cmd), []byte(reqID), data}
	if args != "" {
		version, parts = 2, append(parts, []byte(args))
	}
	out := binary.LittleEndian.AppendUint32(nil, version)
	for _, p := range parts {
		out = append(binary.LittleEndian.AppendUint32(out, uint32(len(p))), p...)
	}
	d.write(2, out)
	return d.answer(reqID)
}
