// Package outbound makes every request to the outside: callbacks, downloads, news to other programs. An
// administrator, an application or a caller of the API chooses where such a request goes, and it must not
// reach what only this machine can. One policy says which addresses may be called. It is checked when the
// connection is made, after the name was resolved, so that a name that resolves differently the second time
// gains nothing.
package outbound

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// Network makes the clients of a server.
type Network struct{ observe func(Event) }

// New returns a network. Observe is called for each request, for metrics; it may be nil.
func New(observe func(Event)) *Network {
	if observe == nil {
		observe = func(Event) {}
	}
	return &Network{observe}
}

// The outcomes of a request.
const (
	Answered    = "answered" // with whatever status
	Unreachable = "unreachable"
	NotAllowed  = "refused" // by the policy
)

// Event is a request, for metrics.
type Event struct {
	Purpose string
	Outcome string
	Took    time.Duration // until the answer's header
}

// Options say how the requests of one purpose are made. Zero values are the safe choices.
type Options struct {
	Purpose string // in metrics, such as "callback"
	Policy  Policy
	// Timeout bounds a request and the reading of its answer. 0 means no bound, for callers whose contexts
	// have one.
	Timeout time.Duration
	// DialTimeout bounds the time to connect; 10 seconds if it is 0. HeadTimeout bounds the wait for the
	// answer's header; no bound if it is 0.
	DialTimeout, HeadTimeout time.Duration
	// Redirects is how many redirects are followed. Further ones are returned as answers.
	Redirects int
	// Proxied uses the environment's proxy, which then resolves names itself. The policy applies to the
	// proxy's address.
	Proxied bool
	// CAs may sign the server's certificate; the system's if it is nil.
	CAs *x509.CertPool
	// KeepPerHost is how many connections to a host are kept; two if it is 0.
	KeepPerHost int
	// Compressed allows compressed answers. A small answer can then become a large one.
	Compressed bool
	// HTTP2 is offered to servers with TLS.
	HTTP2 bool
}

// Client makes the requests of one purpose.
type Client struct {
	http    *http.Client
	observe func(Event)
	purpose string
}

var (
	errRedirects = errors.New("too many redirects")
	errScheme    = errors.New("a redirect to something other than http")
)

// Client returns a client.
func (n *Network) Client(o Options) *Client {
	transport := &http.Transport{
		DialContext:            o.dialer().DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: o.CAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    cmp.Or(o.DialTimeout, 10*time.Second),
		ResponseHeaderTimeout:  o.HeadTimeout,
		MaxIdleConns:           1024,
		MaxIdleConnsPerHost:    o.KeepPerHost,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     !o.Compressed,
		ForceAttemptHTTP2:      o.HTTP2,
	}
	if o.Proxied {
		transport.Proxy = http.ProxyFromEnvironment
	}
	return &Client{purpose: o.Purpose, observe: n.observe, http: &http.Client{
		Timeout: o.Timeout, Transport: traced{transport, transport.Proxy, o.Purpose},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			switch {
			case o.Redirects == 0:
				return http.ErrUseLastResponse
			case len(via) > o.Redirects: // via includes the first request
				return errRedirects
			case r.URL.Scheme != "http" && r.URL.Scheme != "https":
				return errScheme
			}
			return nil
		},
	}}
}

func (o Options) dialer() *net.Dialer {
	return &net.Dialer{
		Timeout: cmp.Or(o.DialTimeout, 10*time.Second), KeepAlive: 30 * time.Second,
		Control: func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil {
				return Refused{address + " is not called: not an address"}
			}
			return o.Policy.May(at.Addr())
		},
	}
}

// Do makes a request. The caller may read the answer and must close it. A Refused error came from the policy.
func (c *Client) Do(r *http.Request) (*http.Response, error) {
	began := time.Now()
	resp, err := c.http.Do(r)
	e := Event{Purpose: c.purpose, Outcome: Answered, Took: time.Since(began)}
	if err != nil {
		e.Outcome = Unreachable
		if errors.As(err, new(Refused)) {
			e.Outcome = NotAllowed
		}
	}
	c.observe(e)
	return resp, err
}

// Answer is the answer to a request.
type Answer struct {
	Status int
	Body   []byte
	Cut    bool // there was more
}

// ErrBroken is the error if an answer breaks off after its beginning.
var ErrBroken = errors.New("the answer broke off")

// Read makes a request and reads at most most bytes of the answer. If more is left, it closes the connection
// without reading the rest.
func (c *Client) Read(r *http.Request, most int) (a Answer, err error) {
	resp, err := c.Do(r)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	a.Status = resp.StatusCode
	if a.Body, err = io.ReadAll(io.LimitReader(resp.Body, int64(most)+1)); err != nil {
		return a, broken{err}
	}
	if a.Cut = len(a.Body) > most; a.Cut {
		a.Body = a.Body[:most]
	}
	return a, nil
}

type broken struct{ error }

func (b broken) Is(target error) bool { return target == ErrBroken }
func (b broken) Unwrap() error        { return b.error }

// Cause returns an error without the request's URL, whose query may hold secrets.
func Cause(err error) string {
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err
	}
	var no Refused
	if errors.As(err, &no) {
		return no.Error()
	}
	return err.Error()
}
