package control

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"qiwei/internal/fault"
	"qiwei/internal/wire"
)

// Intervene is called by the API before it handles a call (wire.Config.Intervene).
func (s *Service) Intervene(w http.ResponseWriter, r *http.Request, path string) wire.Intervention {
	f, ok := s.deps.Faults.Call(path)
	if !ok {
		return wire.Intervention{}
	}
	if f.Done {
		return spoil(w, r, f)
	}
	late(r.Context(), f.Late())
	switch {
	case f.Drop:
		return wire.Intervention{Instead: wire.Dropped}
	case f.Reset:
		return wire.Intervention{Instead: reset(w)}
	case f.Status != 0 || f.Body != nil:
		(&spoilt{fault: f, to: w, ctx: r.Context()}).send()
		return wire.Intervention{Instead: fmt.Sprintf("HTTP %d", statusOf(f))}
	}
	f.Delay = "" // it has been waited for
	var in wire.Intervention
	if f.Cut > 0 || f.Slow != "" || f.ContentType != "" {
		in = spoil(w, r, f)
	}
	if f.ErrCode != 0 {
		in.Err = wire.Code(f.ErrCode, f.Text())
	}
	return in
}

// late waits by the machine's clock: the client does too.
func late(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func statusOf(f fault.Fault) int {
	if f.Status == 0 {
		return http.StatusOK
	}
	return f.Status
}

// reset ends the connection so that the client sees it reset. Where that cannot be done it is closed.
func reset(w http.ResponseWriter) string {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return wire.Dropped
	}
	fault.ResetConn(conn)
	return "reset"
}

// spoil lets the call be carried out and spoils its answer.
func spoil(w http.ResponseWriter, r *http.Request, f fault.Fault) wire.Intervention {
	p := &spoilt{fault: f, to: w, ctx: r.Context(), header: http.Header{}}
	return wire.Intervention{Answer: p, After: p.after, Fault: "spoilt answer"}
}

// spoilt is an answer that is kept in memory until it is whole, and then is spoilt. It is an http.ResponseWriter.
type spoilt struct {
	fault  fault.Fault
	to     http.ResponseWriter
	ctx    context.Context
	header http.Header
	status int
	body   []byte
}

func (p *spoilt) Header() http.Header { return p.header }

func (p *spoilt) WriteHeader(status int) {
	if p.status == 0 {
		p.status = status
	}
}

func (p *spoilt) Write(b []byte) (int, error) {
	p.WriteHeader(http.StatusOK)
	p.body = append(p.body, b...)
	return len(b), nil
}

// after fails in place of the answer of a call that was carried out.
func (p *spoilt) after() {
	late(p.ctx, p.fault.Late())
	switch f := p.fault; {
	case f.Drop:
		panic(http.ErrAbortHandler)
	case f.Reset:
		if reset(p.to) == wire.Dropped {
			panic(http.ErrAbortHandler)
		}
		return
	case f.Status != 0 || f.Body != nil:
		p.header, p.body, p.status = http.Header{}, nil, 0
	case f.ErrCode != 0:
		p.header, p.status = http.Header{"Content-Type": p.header["Content-Type"]}, http.StatusOK
		p.body = wire.AppendString(append([]byte(`{"errcode":`+strconv.Itoa(f.ErrCode)), `,"errmsg":`...), f.Text())
		p.body = append(p.body, '}')
	}
	p.send()
}

// pieces is how many pieces a slow body comes in at most.
const pieces = 20

// send writes the answer as the fault wants it.
func (p *spoilt) send() {
	f, h := p.fault, p.to.Header()
	for name, values := range p.header {
		h[name] = values
	}
	status := p.status
	if f.Status != 0 || f.Body != nil {
		status = statusOf(f)
	}
	if f.Body != nil {
		p.body = []byte(*f.Body)
		h.Set("Content-Type", "application/json; charset=UTF-8")
	}
	if f.ContentType != "" {
		h.Set("Content-Type", f.ContentType)
	}
	h.Set("Content-Length", strconv.Itoa(len(p.body)))
	p.to.WriteHeader(max(status, http.StatusOK))
	body, broken := p.body, false
	if f.Cut > 0 && f.Cut < len(body) {
		body, broken = body[:f.Cut], true
	}
	control := http.NewResponseController(p.to)
	n := 1
	if f.Slow != "" {
		n = min(pieces, max(1, len(body)))
		control.SetWriteDeadline(time.Time{})
	}
	for i := range n {
		late(p.ctx, f.Slowly()/time.Duration(n))
		if _, err := p.to.Write(body[len(body)*i/n : len(body)*(i+1)/n]); err != nil {
			return
		}
		if f.Slow != "" || broken {
			control.Flush()
		}
	}
	if broken {
		panic(http.ErrAbortHandler)
	}
}
