package main

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// stdio is a running `qiwei mcp`.
type stdio struct {
	t     *testing.T
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines *bufio.Scanner
}

func startMCP(t *testing.T, args ...string) *stdio {
	t.Helper()
	cmd := command(t, append([]string{"mcp"}, args...)...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 4<<20)
	return &stdio{t, cmd, in, lines}
}

// end ends the input, upon which the program must end by itself.
func (s *stdio) end() {
	s.t.Helper()
	s.in.Close()
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("qiwei mcp, whose input has ended: %v", err)
	}
}

func (s *stdio) send(line string) {
	s.t.Helper()
	if _, err := io.WriteString(s.in, line+"\n"); err != nil {
		s.t.Fatal(err)
	}
}

// next reads the next answer.
func (s *stdio) next() string {
	s.t.Helper()
	if !s.lines.Scan() {
		s.t.Fatalf("no answer: %v", s.lines.Err())
	}
	return s.lines.Text()
}

func (s *stdio) ask(line string) string { s.t.Helper(); s.send(line); return s.next() }

func TestMCP(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir())
	m := startMCP(t, "--data", s.data)
	defer m.end()
	if got := m.ask(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`); !strings.Contains(got, `"protocolVersion":"2025-06-18"`) {
		t.Errorf("initialize: %s", got)
	}
	m.send(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	m.send("")
	if got := m.ask(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"members","arguments":{"words":"zhangsan"}}}`); !strings.Contains(got, "张三") || !strings.HasPrefix(got, `{"jsonrpc":"2.0","id":2,`) {
		t.Errorf("members: %s", got)
	}
	if got := m.ask(`{"jsonrpc`); !strings.Contains(got, "-32700") {
		t.Errorf("half a line: %s", got)
	}
	if got := m.ask(strings.Repeat("x", maxMCPLine+1)); !strings.Contains(got, "1 MiB") {
		t.Errorf("a long line: %.200s", got)
	}
	if got := m.ask(strings.Repeat(" ", maxMCPLine-100) + `{"jsonrpc":"2.0","id":3,"method":"ping"}`); !strings.Contains(got, `"id":3`) {
		t.Errorf("after a long line, one that is just not too long: %.200s", got)
	}

	// A call that waits holds up no other, and ends when it is cancelled: the second is answered first, and the
	// first not at all.
	m.send(`{"jsonrpc":"2.0","id":"long","method":"tools/call","params":{"name":"wait_for_callback","arguments":{"timeout_seconds":30}}}`)
	if got := m.ask(`{"jsonrpc":"2.0","id":4,"method":"ping"}`); !strings.Contains(got, `"id":4`) {
		t.Errorf("beside a call that waits: %s", got)
	}
	m.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"long"}}`)
	if got := m.ask(`{"jsonrpc":"2.0","id":5,"method":"ping"}`); !strings.Contains(got, `"id":5`) {
		t.Errorf("after cancelling: %s", got)
	}
	m.send(`{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":"reset"}}`)
	if got := m.next(); !strings.Contains(got, `"id":6`) || strings.Contains(got, "isError") {
		t.Errorf("reset: %s", got)
	}

	// The server comes back at another port, and is found there.
	s.stop()
	got := m.ask(`{"jsonrpc":"2.0","id":7,"method":"ping"}`)
	var refused struct {
		ID    int
		Error struct{ Message string }
	}
	if err := json.Unmarshal([]byte(got), &refused); err != nil || refused.ID != 7 || !strings.Contains(refused.Error.Message, "qiwei dev --data "+s.data) {
		t.Errorf("without a server: %s", got)
	}
	again := dev(t, s.data)
	if got := m.ask(`{"jsonrpc":"2.0","id":8,"method":"ping"}`); !strings.Contains(got, `"id":8,"result"`) {
		t.Errorf("with the server at %s: %s", again.base, got)
	}
}

// A server that is no qiwei dev says so.
func TestMCPElsewhere(t *testing.T) {
	t.Parallel()
	m := startMCP(t, "http://127.0.0.1:1")
	defer m.end()
	if got := m.ask(`{"jsonrpc":"2.0","id":1,"method":"ping"}`); !strings.Contains(got, "no qiwei dev answers at http://127.0.0.1:1") {
		t.Errorf("nobody there: %s", got)
	}
	m.send(`{"jsonrpc":"2.0","method":"notifications/initialized"}`) // which wants no answer
	if got := m.ask(`{"jsonrpc":"2.0","id":2,"method":"ping"}`); !strings.Contains(got, `"id":2`) {
		t.Errorf("nobody there still: %s", got)
	}
}
