// Package pump calls a library of WeCom's chat archive (会话内容存档, doc 91774), the vendor's or ours, that is
// found when the program runs.
//
// The library is loaded by a process of its own, which a compiler of C makes from source/host.c. The vendor's is known to
// crash and to leak, and it needs glibc: loaded into this program, it would take the server with it, and the program
// would no longer be one static file.
package pump

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"qiwei/internal/archive/library"
)

//go:embed source/host.c
var source []byte

// Host is a process that has a library loaded. One goroutine uses it at a time; what others ask waits.
type Host struct {
	o   Options
	mu  sync.Mutex
	cmd *exec.Cmd
	in  *bufio.Writer
	end io.Closer
	out *bufio.Reader
}

// Options say which library, and whose archive.
type Options struct {
	Program  string // what Compile made
	Library  string // file of the library
	CorpID   string
	Secret   string
	Proxy    string // http://host:port or socks5://host:port
	Password string // of the proxy: user:password
	URL      string // QIWEI_URL, where the library is ours; empty: from the environment
	Timeout  int    // seconds for one call
	Stderr   io.Writer
}

// Code is a return code of the library that is not 0 (doc 91552).
type Code int

var meanings = map[Code]string{
	10000: "an argument is wrong", 10001: "the network failed, or the time was over", 10002: "the answer cannot be read", 10003: "the system call failed, or the server refused",
	10004: "the key is wrong", 10005: "there is no such file", 10006: "it cannot be decrypted with this key", 10007: "the message of another key is needed", 10008: "the key is none",
	10009: "this machine's address is not among the trusted ones", 10010: "it is older than the archive hands out", 10011: "the certificate is not trusted",
}

func (c Code) Error() string {
	if text := meanings[c]; text != "" {
		return fmt.Sprintf("the library answers %d: %s", int(c), text)
	}
	return fmt.Sprintf("the library answers %d", int(c))
}

// Passing reports whether a later call may succeed.
func (c Code) Passing() bool { return c == 10001 }

// Gone reports whether a file will never be handed out again.
func (c Code) Gone() bool { return c == 10005 || c == 10010 }

// ErrEnded is returned if the process has ended, mostly because the library has crashed. The next call begins
// another one.
var ErrEnded = errors.New("the process with the library has ended")

// Compile makes the program that loads libraries, in dir, and returns its file.
func Compile(ctx context.Context, cc library.Compiler, dir string) (string, error) {
	work, err := os.MkdirTemp(dir, "source-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	if err := library.Unpack(work); err != nil {
		return "", err
	}
	file := filepath.Join(work, "host.c")
	if err := os.WriteFile(file, source, 0o600); err != nil {
		return "", err
	}
	program := filepath.Join(dir, "archive-host")
	args := slices.Concat(cc[1:], []string{"-std=gnu99", "-O2", "-I", work, "-o", program, file, "-ldl"})
	if said, err := exec.CommandContext(ctx, cc[0], args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cc, " "), err, said)
	}
	return program, nil
}

// NewHost returns a host. The process begins with the first call, and again after one that has ended.
func NewHost(o Options) *Host {
	if o.Timeout <= 0 {
		o.Timeout = 30
	}
	return &Host{o: o}
}

// begin starts the process and opens the archive.
func (h *Host) begin(ctx context.Context) error {
	if h.cmd != nil {
		return nil
	}
	cmd := exec.Command(h.o.Program, h.o.Library)
	cmd.Env, cmd.Stderr = os.Environ(), h.o.Stderr
	if h.o.URL != "" {
		cmd.Env = append(cmd.Env, "QIWEI_URL="+h.o.URL)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("load %s: %w", h.o.Library, err)
	}
	h.cmd, h.in, h.end, h.out = cmd, bufio.NewWriter(in), in, bufio.NewReaderSize(out, 1<<20)
	answer, err := h.order(ctx, "I", h.o.CorpID, h.o.Secret)
	if err == nil && answer[0] != 0 {
		err = Code(answer[0])
	}
	return err
}

// order sends an order with its numbers and texts, and returns the numbers of the answer. The process is killed when ctx ends: the library
// cannot be told to stop.
func (h *Host) order(ctx context.Context, letter string, args ...any) ([]int64, error) {
	process := h.cmd.Process
	stop := context.AfterFunc(ctx, func() { process.Kill() })
	defer stop()
	h.in.WriteString(letter)
	for _, a := range args {
		switch a := a.(type) {
		case int:
			h.in.WriteString(" " + strconv.Itoa(a))
		case string:
			h.in.WriteString(" " + strconv.Itoa(len(a)))
		}
	}
	h.in.WriteByte('\n')
	for _, a := range args {
		if text, ok := a.(string); ok {
			h.in.WriteString(text)
		}
	}
	if err := h.in.Flush(); err != nil {
		return nil, h.ended(ctx)
	}
	text, err := h.out.ReadString('\n')
	if err != nil {
		return nil, h.ended(ctx)
	}
	var out []int64
	for _, f := range strings.Fields(text) {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("the process answers %q", text)
		}
		out = append(out, n)
	}
	if len(out) == 0 {
		return nil, h.ended(ctx)
	}
	return out, nil
}

// ended clears away a process that has ended, and says why.
func (h *Host) ended(ctx context.Context) error {
	h.end.Close()
	h.cmd.Process.Kill()
	err := h.cmd.Wait()
	h.cmd = nil
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("%w: %v", ErrEnded, err)
}

// bytes reads what a number in an answer counts.
func (h *Host) bytes(ctx context.Context, n int64) ([]byte, error) {
	out := make([]byte, n)
	if _, err := io.ReadFull(h.out, out); err != nil {
		return nil, h.ended(ctx)
	}
	return out, nil
}

// sliced gives an order that a text answers.
func (h *Host) sliced(ctx context.Context, letter string, args ...any) ([]byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.begin(ctx); err != nil {
		return nil, err
	}
	answer, err := h.order(ctx, letter, args...)
	switch {
	case err != nil:
		return nil, err
	case answer[0] != 0:
		return nil, Code(answer[0])
	case len(answer) != 2:
		return nil, fmt.Errorf("the process answers %v", answer)
	}
	return h.bytes(ctx, answer[1])
}

// Chat returns the JSON with the messages behind a seq.
func (h *Host) Chat(ctx context.Context, seq uint64, limit int) ([]byte, error) {
	return h.sliced(ctx, "C", int(seq), limit, h.o.Timeout, h.o.Proxy, h.o.Password)
}

// Decrypt opens a message with the key that the private key has opened.
func (h *Host) Decrypt(ctx context.Context, key, message string) ([]byte, error) {
	return h.sliced(ctx, "D", key, message)
}

// Piece is a part of a file.
type Piece struct {
	Content []byte
	Next    string // names the next one
	Last    bool
}

// Media returns the piece of a file that next names, the first one if that is empty.
func (h *Host) Media(ctx context.Context, fileID, next string) (p Piece, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.begin(ctx); err != nil {
		return p, err
	}
	answer, err := h.order(ctx, "M", fileID, next, h.o.Timeout, h.o.Proxy, h.o.Password)
	switch {
	case err != nil:
		return p, err
	case answer[0] != 0:
		return p, Code(answer[0])
	case len(answer) != 4:
		return p, fmt.Errorf("the process answers %v", answer)
	}
	index, err := h.bytes(ctx, answer[2])
	if err != nil {
		return p, err
	}
	p.Next, p.Last = string(index), answer[1] != 0
	p.Content, err = h.bytes(ctx, answer[3])
	return p, err
}

// Close ends the process.
func (h *Host) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.cmd == nil {
		return nil
	}
	h.end.Close()
	err := h.cmd.Wait()
	h.cmd = nil
	return err
}
