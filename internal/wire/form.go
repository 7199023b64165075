package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Form is the multipart body of a Stream call. Its parts are read as they arrive, and are not kept.
type Form struct {
	header http.Header
	body   *body
	parts  *multipart.Reader
}

// ReadForm calls read with the multipart body of a request outside the API, as it arrives, with the deadlines
// of a Stream call.
func ReadForm(w http.ResponseWriter, r *http.Request, read func(*Form) error) error {
	streamed := newBody(w, r)
	defer streamed.done()
	err := read(&Form{header: r.Header, body: streamed})
	streamed.drain(r)
	return err
}

// Part is one part of a form, and the reader of its content.
type Part struct {
	Name     string // of the field
	FileName string // without folders
	IsFile   bool   // it has a filename, which may be empty
	// Length is the content's length as the sender states it (filelength, or the part's own Content-Length),
	// -1 if unknown.
	Length int64

	content io.Reader
}

// ErrForm is returned if the body is no multipart form, or breaks off.
var ErrForm = errors.New("not a whole multipart form")

// Next returns the next part, skipping what is left of the one before, and
// io.EOF after the last.
func (f *Form) Next() (*Part, error) {
	if f.parts == nil {
		boundary, body, err := f.boundary()
		if err != nil {
			return nil, err
		}
		f.parts = multipart.NewReader(body, boundary)
	}
	// Raw: a file that claims to be quoted-printable is taken as its bytes.
	p, err := f.parts.NextRawPart()
	if err == io.EOF {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	return newPart(p.Header, p), nil
}

// FirstFile returns the first part with a filename, in any field, or io.EOF if there is none.
func (f *Form) FirstFile() (*Part, error) {
	return f.find(func(p *Part) bool { return p.IsFile })
}

// File returns the first part whose field has the name, or io.EOF if there is none. It is for forms of our
// own pages. Clients of the API give the field any name.
func (f *Form) File(field string) (*Part, error) {
	return f.find(func(p *Part) bool { return p.Name == field })
}

func (f *Form) find(is func(*Part) bool) (*Part, error) {
	for {
		if p, err := f.Next(); err != nil || is(p) {
			return p, err
		}
	}
}

// Read reads the content. An error other than io.EOF is ErrForm.
func (p *Part) Read(b []byte) (int, error) {
	n, err := p.content.Read(b)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%w: %w", ErrForm, err)
	}
	return n, err
}

func newPart(h textproto.MIMEHeader, content io.Reader) *Part {
	d := parseDisposition(h.Get("Content-Disposition"))
	name, isFile := d["filename"]
	p := &Part{Name: d["name"], FileName: fileName(name), IsFile: isFile, Length: -1, content: content}
	for _, text := range []string{h.Get("Content-Length"), d["filelength"]} {
		if n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64); err == nil && n >= 0 {
			p.Length = n
		}
	}
	return p
}

// boundary returns the separator of the parts, and the body to read them from. A client that sets
// Content-Type by hand may leave the boundary out. It is then taken from the beginning of the body.
func (f *Form) boundary() (string, io.Reader, error) {
	contentType := f.header.Get("Content-Type")
	kind, _, _ := strings.Cut(contentType, ";")
	if !strings.HasPrefix(strings.ToLower(strings.TrimSpace(kind)), "multipart/") {
		return "", nil, fmt.Errorf("%w: Content-Type is not multipart/form-data", ErrForm)
	}
	if boundary := boundaryOf(contentType); boundary != "" {
		return boundary, f.body, nil
	}
	body := bufio.NewReaderSize(f.body, maxFirstLine)
	line, _ := body.ReadSlice('\n') // also if the line or the body ends too early
	first := append([]byte(nil), line...)
	boundary, ok := strings.CutPrefix(strings.TrimRight(string(first), "\r\n \t"), "--")
	if !ok || boundary == "" {
		return "", nil, fmt.Errorf("%w: Content-Type names no boundary, and the body does not begin with one", ErrForm)
	}
	return boundary, io.MultiReader(bytes.NewReader(first), body), nil
}

// maxFirstLine is more than a boundary may have (70 bytes, RFC 2046).
const maxFirstLine = 256

// boundaryOf finds the boundary in a Content-Type, empty if it names none. Java's mail classes make
// boundaries with "=" in them and do not quote them, which mime refuses.
func boundaryOf(contentType string) string {
	_, rest, _ := strings.Cut(contentType, ";")
	if _, params, err := mime.ParseMediaType(contentType); err == nil {
		return params["boundary"]
	}
	for param := range strings.SplitSeq(rest, ";") {
		name, value, _ := strings.Cut(param, "=")
		if strings.EqualFold(strings.TrimSpace(name), "boundary") {
			return strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return ""
}

// parseDisposition reads a Content-Disposition as loosely as clients write it: names in UTF-8 with or without
// quotes (RFC 6532), folders of Windows, malformed parameters. The keys are in lower case; the first word is
// left out.
func parseDisposition(text string) map[string]string {
	out := map[string]string{}
	_, rest, _ := strings.Cut(text, ";")
	for rest != "" {
		var name, value string
		rest = strings.TrimLeft(rest, "; \t")
		eq := strings.IndexAny(rest, "=;")
		if eq < 0 || rest[eq] == ';' {
			_, rest, _ = strings.Cut(rest, ";")
			continue
		}
		name, rest = strings.ToLower(strings.TrimSpace(rest[:eq])), strings.TrimLeft(rest[eq+1:], " \t")
		if strings.HasPrefix(rest, `"`) {
			value, rest = quoted(rest[1:])
		} else {
			value, rest, _ = strings.Cut(rest, ";")
			value = strings.TrimSpace(value)
		}
		if _, twice := out[name]; name != "" && !twice {
			out[name] = value
		}
	}
	return out
}

// quoted returns the text up to the closing quote, and what follows it. Only a
// quote and a backslash are escaped by a backslash: browsers of old send the
// folders of Windows as they are.
func quoted(text string) (value, rest string) {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return out.String(), text[i+1:]
		case c == '\\' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\'):
			i++
			out.WriteByte(text[i])
		default:
			out.WriteByte(c)
		}
	}
	return out.String(), ""
}

// formEscapes are what HTML's forms write for what may not stand in quotes.
var formEscapes = strings.NewReplacer("%22", `"`, "%0D", "", "%0A", "", "%0d", "", "%0a", "")

// fileName cleans the name of a part's file of folders and control characters. Encoded words (RFC 2047) stay
// as they are, and filename* (RFC 2231) is not read: WeCom understands neither, and a client should find that
// out here.
func fileName(name string) string {
	name = formEscapes.Replace(name)
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.ToValidUTF8(name, "\uFFFD")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r == utf8.RuneError && r != '\uFFFD' {
			return -1
		}
		return r
	}, name))
}

const (
	// maxStreamed is how much of a body is read at most. The platform's largest upload is 20 MB. More than
	// that is still read, so that the client can read the refusal, but not for ever.
	maxStreamed = 64 << 20
	// A connection without progress for streamStall, or not done after the whole limit, is given up.
	streamStall = 30 * time.Second
	streamWhole = 15 * time.Minute
	// streamRate is how many bytes per second must arrive on average, after the first streamStall, so that an
	// occasional byte does not keep a connection open.
	streamRate = 1 << 10
)

// body is a request's body that extends the connection's deadlines while something arrives: the server's own
// deadlines are for calls of a few kilobytes.
type body struct {
	io.Reader
	conn   *http.ResponseController
	begun  time.Time
	moved  time.Time
	ended  bool
	broken bool  // ended before all had come
	taken  int64 // bytes
}

func newBody(w http.ResponseWriter, r *http.Request) *body {
	b := &body{Reader: http.NoBody, conn: http.NewResponseController(w), begun: time.Now()}
	if r.Body != nil {
		b.Reader = http.MaxBytesReader(w, unpaced(r), maxStreamed)
	}
	return b
}

func (b *body) Read(p []byte) (int, error) {
	if now := time.Now(); now.Sub(b.moved) > time.Second {
		b.moved = now
		until := now.Add(streamStall)
		for _, last := range []time.Time{b.begun.Add(streamWhole), b.begun.Add(streamStall + time.Duration(b.taken/streamRate)*time.Second)} {
			if until.After(last) {
				until = last
			}
		}
		b.conn.SetReadDeadline(until) // in a test without a connection it does nothing
		b.conn.SetWriteDeadline(until.Add(streamStall))
	}
	n, err := b.Reader.Read(p)
	b.taken += int64(n)
	b.ended = b.ended || err != nil
	b.broken = b.broken || err != nil && err != io.EOF
	return n, err
}

// drain reads the rest of a body that a client has begun to send: many read the answer only when they have
// finished. A client that waits before sending (Expect: 100-continue) is not told to send.
func (b *body) drain(r *http.Request) {
	if b.moved.IsZero() && r.Header.Get("Expect") != "" {
		return
	}
	if !b.ended {
		io.Copy(io.Discard, b)
	}
	b.conn.SetWriteDeadline(time.Now().Add(streamStall))
}

// done resets the deadlines, which would otherwise apply to the connection's next call. After an abandoned
// body there is no next call: net/http, which waits for a short rest before it answers, runs into the
// deadline and closes the connection.
func (b *body) done() {
	if b.broken {
		b.conn.SetReadDeadline(time.Unix(1, 0))
		return
	}
	b.conn.SetReadDeadline(time.Time{})
	b.conn.SetWriteDeadline(time.Time{})
}
