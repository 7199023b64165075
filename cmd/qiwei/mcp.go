package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
)

type mcpCmd struct {
	Data string `help:"Data directory of the qiwei dev, whose credentials.json says where it is." default:"./data" env:"QIWEI_DATA" placeholder:"DIR"`
	URL  string `arg:"" optional:"" help:"Base URL of the qiwei dev; the one in DIR/credentials.json if not given."`
}

// maxMCPLine is how long a message may be, in bytes. The server takes no longer ones.
const maxMCPLine = 1 << 20

// mcpAtOnce bounds the messages under way.
const mcpAtOnce = 32

// Run hands each line of standard input, a message of JSON-RPC, to the server's own door and writes its answer
// as a line. Several are under way at a time: while one waits for a callback, another makes it happen.
func (cmd mcpCmd) Run(ctx context.Context, c *console) error { return cmd.bridge(ctx, os.Stdin, c.out) }

func (cmd mcpCmd) bridge(ctx context.Context, in io.Reader, out io.Writer) error {
	b := &mcpBridge{cmd: cmd, out: out, underWay: map[string]context.CancelFunc{}}
	lines := bufio.NewReaderSize(in, 64<<10)
	slots := make(chan struct{}, mcpAtOnce)
	var working sync.WaitGroup
	defer working.Wait()
	for {
		line, err := readLine(lines)
		switch {
		case errors.Is(err, errLongLine):
			b.write(mcpRefusal(nil, -32600, "a message has 1 MiB at most"))
			continue
		case err != nil && len(line) == 0:
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if line = bytes.TrimSpace(line); len(line) == 0 || b.cancels(line) {
			continue
		}
		slots <- struct{}{}
		working.Go(func() {
			defer func() { <-slots }()
			b.pass(ctx, line)
		})
	}
}

var errLongLine = errors.New("the line is too long")

// readLine reads a line; of one that is too long nothing but its end.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := r.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxMCPLine; !long {
			line = append(line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if long && err == nil {
			err = errLongLine
		}
		return line, err
	}
}

// mcpBridge passes messages between standard input and output and a server.
type mcpBridge struct {
	cmd mcpCmd

	mu       sync.Mutex
	out      io.Writer
	underWay map[string]context.CancelFunc // by the request's id
}

func (b *mcpBridge) write(line []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.out.Write(append(bytes.TrimSpace(line), '\n')) // a client that has gone reads nothing, and closes its end
}

// cancels ends the request that a notification names, and reports whether the line was one.
func (b *mcpBridge) cancels(line []byte) bool {
	var m struct {
		Method string `json:"method"`
		Params struct {
			ID json.RawMessage `json:"requestId"`
		} `json:"params"`
	}
	if json.Unmarshal(line, &m) != nil || m.Method != "notifications/cancelled" {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if cancel, ok := b.underWay[string(m.Params.ID)]; ok {
		cancel()
	}
	return true
}

// pass hands a message to the server. Where there is no server, a request is answered with what to do.
func (b *mcpBridge) pass(ctx context.Context, line []byte) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var m struct {
		ID json.RawMessage `json:"id"`
	}
	json.Unmarshal(line, &m) // a batch or a mistake has none, and the server says so
	if len(m.ID) > 0 {
		b.mu.Lock()
		b.underWay[string(m.ID)] = cancel
		b.mu.Unlock()
		defer func() {
			b.mu.Lock()
			delete(b.underWay, string(m.ID))
			b.mu.Unlock()
		}()
	}
	answer, err := b.ask(ctx, line)
	switch {
	case ctx.Err() != nil:
	case err != nil && len(m.ID) > 0:
		b.write(mcpRefusal(m.ID, -32000, err.Error()))
	case len(answer) > 0:
		b.write(answer)
	}
}

// ask reads the address anew each time: the server may have been started again at another port.
func (b *mcpBridge) ask(ctx context.Context, line []byte) ([]byte, error) {
	base := strings.TrimRight(b.cmd.URL, "/")
	start := "start it with: qiwei dev"
	if base == "" {
		var err error
		if base, err = baseURLIn(b.cmd.Data); err != nil {
			return nil, err
		}
		start += " --data " + b.cmd.Data
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/_qiwei/mcp", bytes.NewReader(line))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no qiwei dev answers at %s; %s (%w)", base, start, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return nil, err
	case resp.StatusCode == http.StatusNotFound:
		return nil, fmt.Errorf("%s has no door for agents: it is not a qiwei dev; %s", base, start)
	case len(answer) > 0 && !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json"):
		return nil, fmt.Errorf("%s answered %s: %s", base, resp.Status, shortLine(string(answer), 200))
	}
	return answer, nil
}

func mcpRefusal(id json.RawMessage, code int, text string) []byte {
	if len(id) == 0 {
		id = json.RawMessage("null")
	}
	out, _ := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": id, "error": map[string]any{"code": code, "message": text}}) // texts and an id that was JSON
	return out
}
