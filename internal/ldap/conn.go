package ldap

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"time"

	"qiwei/internal/store"
)

// How long a client may take. These are machine time, because they guard the machine's sockets.
const (
	idleTime    = 10 * time.Minute // between two messages on a connection that has bound
	unboundTime = 30 * time.Second // on one that has not bound
	messageTime = 20 * time.Second // for the rest of a message that has begun
	writeTime   = 30 * time.Second
)

// maxUnbound bounds the messages of a client that has not bound. It leaves room for a name and a password.
const maxUnbound = 16 << 10

// conn is a client's connection. Its requests are answered in sequence.
type conn struct {
	s        *Service
	listener net.Listener
	how      Listening
	raw      net.Conn
	address  netip.Addr

	net    net.Conn // raw, or TLS upon it
	in     *bufio.Reader
	secure bool
	who    subject
}

func addressOf(nc net.Conn) netip.Addr {
	p, err := netip.ParseAddrPort(nc.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return p.Addr().Unmap()
}

var errStop = errors.New("the connection ends")

func (c *conn) serve(ctx context.Context) {
	defer c.raw.Close()
	c.use(c.raw)
	if c.how.LDAPS {
		if err := c.startTLS(ctx); err != nil {
			return
		}
	}
	for ctx.Err() == nil {
		m, err := c.read()
		switch {
		case err == nil:
		case errors.Is(err, errBER):
			c.disconnect(protocolError, "the message is not LDAP")
			return
		case errors.Is(err, errTooLong):
			c.disconnect(protocolError, "the message is too long")
			return
		default: // the client is gone, or too slow
			return
		}
		if err := c.answer(ctx, m); err != nil {
			return
		}
	}
	c.disconnect(unwilling, "the server stops")
}

func (c *conn) use(nc net.Conn) {
	c.net = nc
	if c.in == nil {
		c.in = bufio.NewReaderSize(nc, 4<<10)
		return
	}
	c.in.Reset(nc)
}

func (c *conn) startTLS(ctx context.Context) error {
	secured := tls.Server(c.raw, c.how.TLS)
	c.raw.SetDeadline(time.Now().Add(messageTime))
	if err := secured.HandshakeContext(ctx); err != nil {
		return err
	}
	c.raw.SetDeadline(time.Time{})
	c.use(secured)
	c.secure = true
	return nil
}

// read reads one message.
func (c *conn) read() (message, error) {
	idle, most := idleTime, maxMessage
	if c.who.anonymous() {
		idle, most = unboundTime, maxUnbound
	}
	c.net.SetReadDeadline(time.Now().Add(idle))
	if _, err := c.in.Peek(1); err != nil {
		return message{}, err
	}
	c.net.SetReadDeadline(time.Now().Add(messageTime))
	head := 2
	var length, size int
	for {
		peeked, err := c.in.Peek(head)
		if err != nil {
			return message{}, err
		}
		_, n, taken, more, err := readHeader(peeked)
		if err != nil || peeked[0] != tagSequence {
			return message{}, errBER
		}
		if !more {
			length, size = n, taken
			break
		}
		head = 2 + int(peeked[1]&0x7f)
	}
	if length > most {
		return message{}, errTooLong
	}
	if _, err := c.in.Discard(size); err != nil {
		return message{}, err
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(c.in, body); err != nil {
		return message{}, err
	}
	return parseMessage(body)
}

func (c *conn) send(out []byte) error {
	c.net.SetWriteDeadline(time.Now().Add(writeTime))
	_, err := c.net.Write(out)
	return err
}

func (c *conn) result(m message, code code, matched, text string, more func(*writer)) error {
	w := &writer{}
	var add func()
	if more != nil {
		add = func() { more(w) }
	}
	w.result(m.id, answerOf[m.op], code, matched, text, add)
	return c.send(w.out)
}

// disconnect tells the client why the connection ends (RFC 4511, 4.4.1).
func (c *conn) disconnect(code code, text string) {
	w := &writer{}
	w.result(0, opExtendedTo, code, "", text, func() { w.text(0x8a, "1.3.6.1.4.1.1466.20036") })
	c.send(w.out)
}

// The controls that are known.
const (
	controlPaged  = "1.2.840.113556.1.4.319"
	controlManage = "2.16.840.1.113730.3.4.2" // ManageDsaIT: there are no referrals to manage
)

// answer carries out a request. An error ends the connection.
func (c *conn) answer(ctx context.Context, m message) error {
	switch m.op {
	case opUnbind:
		return errStop
	case opAbandon:
		return nil // the operation has already ended: requests are answered in turn
	}
	if _, known := answerOf[m.op]; !known {
		c.disconnect(protocolError, "the operation is unknown")
		return errStop
	}
	for _, k := range m.controls {
		if k.critical && !(k.oid == controlManage || (k.oid == controlPaged && m.op == opSearch)) {
			return c.result(m, unavailableCritical, "", "control "+k.oid+" is not known", nil)
		}
	}
	switch m.op {
	case opBind:
		return c.bind(ctx, m)
	case opSearch:
		return c.search(ctx, m)
	case opCompare:
		return c.compare(ctx, m)
	case opExtended:
		return c.extended(ctx, m)
	}
	return c.result(m, unwilling, "", "the directory is read-only over LDAP; change it over WeCom's API, SCIM or the command line", nil)
}

// refused answers an operation that has failed.
func (c *conn) refused(m message, err error) error {
	var r refusal
	switch {
	case errors.As(err, &r):
	case errors.Is(err, errBER):
		r = refusal{code: protocolError, text: "the request is malformed"}
	case errors.Is(err, context.DeadlineExceeded):
		r = refusal{code: timeLimitExceeded, text: "the search takes too long"}
	case errors.Is(err, store.ErrUnavailable):
		c.s.deps.Log.Error("ldap", "err", err)
		r = refusal{code: busy, text: "the server is busy"}
	default:
		c.s.deps.Log.Error("ldap", "err", err)
		r = refusal{code: other, text: "an error of the server, which is in its log"}
	}
	return c.result(m, r.code, r.at, r.text, nil)
}

func (c *conn) bind(ctx context.Context, m message) error {
	c.who = subject{} // whatever the outcome (RFC 4511, 4.2.1)
	b, err := parseBind(m.body)
	if err != nil {
		c.disconnect(protocolError, "the bind is malformed")
		return errStop
	}
	if b.password != "" && !c.secure && !c.how.PlainBinds && !c.address.IsLoopback() {
		return c.result(m, confidentialityNeeded, "", "passwords pass over TLS only; use LDAPS or StartTLS", nil)
	}
	who, err := c.s.bind(ctx, b, c.address)
	if err != nil {
		return c.refused(m, err)
	}
	c.who = who
	return c.result(m, success, "", "", nil)
}

func (c *conn) search(ctx context.Context, m message) error {
	req, err := parseSearch(m.body)
	if err != nil {
		return c.refused(m, err)
	}
	page, paged, err := pageOf(m.controls)
	if err != nil {
		return c.refused(m, err)
	}
	if done, err := c.searchRoot(m, req); done || err != nil {
		return err
	}
	limit, at := maxEntries, position{}
	if req.sizeLimit > 0 {
		limit = min(limit, req.sizeLimit)
	}
	if paged {
		if page.size > 0 && page.size < limit {
			limit = page.size
		}
		if page.cookie != "" {
			if page.size == 0 {
				return c.pageDone(m, "") // the client gives the search up
			}
			if at, err = c.s.openCookie(c.who, req, page.cookie); err != nil {
				return c.refused(m, err)
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, maxSearchTime)
	defer cancel()
	var out []byte
	more, err := c.s.search(ctx, c.who, m.id, req, &at, limit, func(part []byte) error {
		if len(out)+len(part) < 64<<10 {
			out = append(out, part...)
			return nil
		}
		err := c.send(append(out, part...))
		out = out[:0]
		return err
	})
	if len(out) > 0 {
		if err := c.send(out); err != nil {
			return err
		}
	}
	switch {
	case err != nil:
		return c.refused(m, err)
	case !more && paged:
		return c.pageDone(m, "")
	case paged && !(req.sizeLimit > 0 && limit == req.sizeLimit && (page.size == 0 || req.sizeLimit < page.size)):
		return c.pageDone(m, c.s.cookie(c.who, req, at))
	case more:
		return c.result(m, sizeLimitExceeded, "", "there are more; ask for them in pages", nil)
	}
	return c.result(m, success, "", "", nil)
}

// page is the control of paged results (RFC 2696).
type page struct {
	size   int
	cookie string
}

func pageOf(controls []control) (p page, ok bool, err error) {
	for _, k := range controls {
		if k.oid != controlPaged {
			continue
		}
		in := elements(k.value)
		body, err := in.row(tagSequence)
		if err != nil {
			return p, false, err
		}
		if p.size, err = body.number(tagInteger); err != nil {
			return p, false, err
		}
		p.cookie, err = body.text(tagOctets)
		return p, true, err
	}
	return p, false, nil
}

func (c *conn) pageDone(m message, cookie string) error {
	return c.result(m, success, "", "", func(w *writer) {
		w.within(0xa0, func() {
			w.within(tagSequence, func() {
				w.text(tagOctets, controlPaged)
				v := &writer{}
				v.within(tagSequence, func() {
					v.number(tagInteger, 0) // the total is not known
					v.text(tagOctets, cookie)
				})
				w.text(tagOctets, string(v.out))
			})
		})
	})
}

// compare answers whether an entry has a value. It is done by a search.
func (c *conn) compare(ctx context.Context, m message) error {
	dn, err := m.body.text(tagOctets)
	var f filter
	if err == nil {
		var ava elements
		if ava, err = m.body.row(tagSequence); err == nil {
			f.kind = filterEqual
			if f.attr, err = ava.text(tagOctets); err == nil {
				f.value, err = ava.text(tagOctets)
			}
		}
	}
	if err != nil {
		return c.refused(m, err)
	}
	found, err := c.s.compare(ctx, c.who, dn, f)
	switch {
	case err != nil:
		return c.refused(m, err)
	case found:
		return c.result(m, compareTrue, "", "", nil)
	}
	return c.result(m, compareFalse, "", "", nil)
}

// The extended operations that are known.
const (
	extendStartTLS = "1.3.6.1.4.1.1466.20037"
	extendWhoAmI   = "1.3.6.1.4.1.4203.1.11.3"
)

func (c *conn) extended(ctx context.Context, m message) error {
	name, err := m.body.text(0x80)
	if err != nil {
		return c.refused(m, err)
	}
	switch name {
	case extendStartTLS:
		named := func(w *writer) { w.text(0x8a, extendStartTLS) }
		switch {
		case c.how.TLS == nil:
			return c.result(m, unwilling, "", "the server has no certificate", named)
		case c.secure:
			return c.result(m, operationsError, "", "TLS is in use already", named)
		case c.in.Buffered() > 0: // sent in the clear, but would be read as if it came through TLS
			c.disconnect(protocolError, "a request behind StartTLS")
			return errStop
		}
		if err := c.result(m, success, "", "", named); err != nil {
			return err
		}
		c.who = subject{}
		return c.startTLS(ctx)
	case extendWhoAmI:
		return c.result(m, success, "", "", func(w *writer) {
			id := ""
			if c.who.dn != "" {
				id = "dn:" + c.who.dn
			}
			w.text(0x8b, id)
		})
	}
	return c.result(m, protocolError, "", "extended operation "+name+" is not known", nil)
}
