package intercept

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"strconv"
	"sync"
	"syscall"
	"time"

	"qiwei/internal/wire/known"
)

// Others says what the proxy does with hosts that are not WeCom's.
type Others string

const (
	// RefuseOthers is for software that only talks to WeCom. It is the default.
	RefuseOthers Others = "refuse"
	// PassPublic lets connections through to the internet, but not into private networks.
	PassPublic Others = "public"
	// PassAll lets connections through to everything that this machine reaches.
	PassAll Others = "all"
)

const (
	dialTime   = 10 * time.Second
	tunnelIdle = 10 * time.Minute
)

// errForbidden refuses an address that the proxy does not connect to.
var errForbidden = errors.New("the proxy does not go there")

// proxy answers a client that uses us as its proxy.
type proxy struct {
	s       *Server
	dialer  net.Dialer
	forward *httputil.ReverseProxy // of plain HTTP to other hosts
}

func (s *Server) newProxy() http.Handler {
	p := &proxy{s: s, dialer: net.Dialer{Timeout: dialTime}}
	p.dialer.ControlContext = p.checkAddress
	p.forward = &httputil.ReverseProxy{
		// The request already says what to send, and no header may tell the other host who the client is.
		Rewrite: func(r *httputil.ProxyRequest) {},
		Transport: &http.Transport{
			DialContext: p.dialer.DialContext, TLSHandshakeTimeout: dialTime, DisableCompression: true,
			MaxIdleConns: 100, IdleConnTimeout: time.Minute, ResponseHeaderTimeout: time.Minute,
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) { p.failed(w, r, err) },
	}
	return p
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !p.welcome(r.RemoteAddr) {
		p.s.Log.Warn("a client that may not use the proxy", "from", r.RemoteAddr, "host", r.Host)
		http.Error(w, "qiwei's proxy is not for this address; --intercept-from on the server's side names those that may use it", http.StatusForbidden)
		return
	}
	switch {
	case r.Method == http.MethodConnect:
		p.connect(w, r)
	case r.URL.IsAbs():
		p.absolute(w, r)
	case r.URL.Path == "/ca.pem" && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		// For clients that share no files with us, for example in a container.
		w.Header().Set("Content-Type", "application/x-pem-file")
		w.Write(p.s.Authority.PEM())
	default:
		http.Error(w, "this is qiwei's proxy: set it as HTTPS_PROXY (see qiwei intercept env); /ca.pem is the certificate to trust", http.StatusBadRequest)
	}
}

// welcome reports whether the address may use the proxy.
func (p *proxy) welcome(remote string) bool {
	addr, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	ip := addr.Addr().Unmap()
	if p.s.From == nil {
		return ip.IsLoopback()
	}
	for _, prefix := range p.s.From {
		if prefix.Contains(ip) {
			return true
		}
	}
	return false
}

// connect opens a connection for the client: to ourselves for one of WeCom's hosts, and to others if that is
// allowed.
func (p *proxy) connect(w http.ResponseWriter, r *http.Request) {
	name, port, err := net.SplitHostPort(r.Host)
	if err != nil || name == "" {
		http.Error(w, "CONNECT HOST:PORT expected", http.StatusBadRequest)
		return
	}
	if host, ok := known.Host(name); ok {
		if port != "443" {
			http.Error(w, fmt.Sprintf("%s is served on port 443 alone", host), http.StatusForbidden)
			return
		}
		if c, err := accept(w); err == nil && !p.s.handed.give(c) {
			c.Close()
		}
		return
	}
	if p.s.isOwn("http", name, port) {
		if c, err := accept(w); err == nil && !p.s.inside.give(c) {
			c.Close()
		}
		return
	}
	if !p.s.isOwn("https", name, port) && !p.mayPass(name, port) {
		p.refuse(w, name)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), dialTime)
	defer cancel()
	dialer := &p.dialer
	if p.s.isOwn("https", name, port) {
		// Another program terminates TLS in front of the server, perhaps in a private network.
		dialer = &net.Dialer{Timeout: dialTime}
	}
	out, err := dialer.DialContext(ctx, "tcp", r.Host)
	if err != nil {
		p.failed(w, r, err)
		return
	}
	in, err := accept(w)
	if err != nil {
		out.Close()
		return
	}
	p.s.tunnels.join(in, out)
}

// accept tells the client that its connection is open, and takes it over.
func accept(w http.ResponseWriter) (net.Conn, error) {
	c, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, "the connection cannot be taken over", http.StatusInternalServerError)
		return nil, err
	}
	if err := c.SetDeadline(time.Time{}); err != nil {
		c.Close()
		return nil, err
	}
	if _, err := io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		c.Close()
		return nil, err
	}
	if buffered.Reader.Buffered() > 0 { // the client sent data without waiting for the answer
		return &readAhead{c, buffered.Reader}, nil
	}
	return c, nil
}

// readAhead is a connection from which something has already been read.
type readAhead struct {
	net.Conn
	r *bufio.Reader
}

func (c *readAhead) Read(p []byte) (int, error) { return c.r.Read(p) }

func (c *readAhead) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return c.Close()
}

// absolute answers a request with an absolute URL. Clients send plain HTTP in that form. Some, such as axios,
// send HTTPS in it too and leave TLS to the proxy.
func (p *proxy) absolute(w http.ResponseWriter, r *http.Request) {
	port := r.URL.Port()
	if _, ok := known.Host(r.URL.Host); ok {
		if port != "" && port != "443" && port != "80" {
			http.Error(w, "WeCom's hosts are served on their usual ports alone", http.StatusForbidden)
			return
		}
		r.Host = r.URL.Host
		p.s.serveHost(w, r)
		return
	}
	if port == "" {
		port = "80"
	}
	if r.URL.Scheme == "http" && p.s.isOwn("http", r.URL.Hostname(), port) {
		r.Host = r.URL.Host
		p.s.Handler.ServeHTTP(w, r)
		return
	}
	if r.URL.Scheme != "http" || !p.mayPass(r.URL.Hostname(), port) {
		p.refuse(w, r.URL.Hostname())
		return
	}
	p.forward.ServeHTTP(w, r)
}

// mayPass reports whether the proxy lets connections through to a host that is not WeCom's. Of the ports
// below 1024 it allows only those of the web: others, such as mail's, would let clients hide behind it.
func (p *proxy) mayPass(host, port string) bool {
	if p.s.Others != PassPublic && p.s.Others != PassAll {
		return false
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || (n != 80 && n != 443 && n < 1024) {
		return false
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return p.mayReach(ip)
	}
	return true
}

// mayReach reports whether the proxy may connect to the address.
func (p *proxy) mayReach(ip netip.Addr) bool {
	ip = ip.Unmap()
	switch p.s.Others {
	case PassAll:
		return true
	case PassPublic:
		return ip.IsGlobalUnicast() && !ip.IsPrivate() && !special(ip)
	}
	return false
}

// notPublic are addresses that netip considers public but that are not: carriers' own networks, networks for
// tests, and those that embed an IPv4 address or relay to one.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("2001::/32"), netip.MustParsePrefix("fec0::/10"), netip.MustParsePrefix("::/96"),
}

func special(ip netip.Addr) bool {
	for _, prefix := range notPublic {
		if prefix.Contains(ip) {
			return true
		}
	}
	return false
}

// checkAddress checks the address that a name resolved to, just before connecting, so that a name cannot lead
// elsewhere after the check.
func (p *proxy) checkAddress(_ context.Context, network, address string, _ syscall.RawConn) error {
	addr, err := netip.ParseAddrPort(address)
	if err != nil || !p.mayReach(addr.Addr()) {
		return errForbidden
	}
	return nil
}

func (p *proxy) refuse(w http.ResponseWriter, host string) {
	p.s.Log.Info("the proxy refused", "host", host)
	http.Error(w, fmt.Sprintf("qiwei's proxy does not let through to %s; put it into NO_PROXY, or see --intercept-others", host), http.StatusForbidden)
}

func (p *proxy) failed(w http.ResponseWriter, r *http.Request, err error) {
	host := r.Host
	if errors.Is(err, errForbidden) {
		p.refuse(w, host)
		return
	}
	p.s.Log.Info("the proxy could not connect", "host", host, "err", err)
	http.Error(w, "qiwei's proxy could not connect to "+host, http.StatusBadGateway)
}

// handed is the listener for connections that the proxy has opened for WeCom's hosts. They are served like
// those of the TLS listener.
type handed struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newHanded() *handed { return &handed{conns: make(chan net.Conn), done: make(chan struct{})} }

func (h *handed) give(c net.Conn) bool {
	select {
	case h.conns <- c:
		return true
	case <-h.done:
		return false
	}
}

func (h *handed) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.done:
		return nil, net.ErrClosed
	}
}

func (h *handed) Close() error {
	h.once.Do(func() { close(h.done) })
	return nil
}

func (h *handed) Addr() net.Addr { return handedAddr{} }

type handedAddr struct{}

func (handedAddr) Network() string { return "proxy" }
func (handedAddr) String() string  { return "proxy" }

// tunnels are the connections that the proxy lets through.
type tunnels struct {
	mu     sync.Mutex
	open   map[net.Conn]bool
	closed bool
}

func (t *tunnels) add(conns ...net.Conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	if t.open == nil {
		t.open = map[net.Conn]bool{}
	}
	for _, c := range conns {
		t.open[c] = true
	}
	return true
}

func (t *tunnels) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for c := range t.open {
		c.Close()
	}
}

// join copies bytes both ways until both sides have ended, or nothing has come for a while.
func (t *tunnels) join(a, b net.Conn) {
	if t.add(a, b) {
		var done sync.WaitGroup
		done.Go(func() { carry(a, b) })
		done.Go(func() { carry(b, a) })
		done.Wait()
	}
	a.Close()
	b.Close()
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.open, a)
	delete(t.open, b)
}

// carry copies until the source ends, and then ends the destination.
func carry(to, from net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			// Each direction keeps the other alive: a long download sends nothing back.
			extend(to, from)
			if _, err := to.Write(buf[:n]); err != nil {
				from.Close()
				return
			}
		}
		if err != nil {
			if half, ok := to.(interface{ CloseWrite() error }); ok && errors.Is(err, io.EOF) {
				half.CloseWrite()
				return
			}
			to.Close()
			return
		}
	}
}
