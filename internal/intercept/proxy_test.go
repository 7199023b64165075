package intercept_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/intercept"
	"qiwei/qiweitest"
)

// front is an interception in front of a World.
type front struct {
	*qiweitest.World
	*intercept.Authority
	Proxy, TLS string // host:port
	roots      *x509.CertPool
}

func newFront(t *testing.T, w *qiweitest.World, change func(*intercept.Config)) *front {
	t.Helper()
	a, err := intercept.OpenAuthority(filepath.Join(t.TempDir(), "intercept"))
	if err != nil {
		t.Fatal(err)
	}
	cfg := intercept.Config{Authority: a, Handler: w.Server}
	if change != nil {
		change(&cfg)
	}
	s := intercept.New(cfg)
	f := &front{World: w, Authority: a, roots: x509.NewCertPool()}
	f.roots.AppendCertsFromPEM(a.PEM())
	for to, serve := range map[*string]func(net.Listener) error{&f.Proxy: s.ServeProxy, &f.TLS: s.ServeTLS} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		*to = l.Addr().String()
		go serve(l)
	}
	t.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	return f
}

// through returns a client that uses the interception as its proxy.
func (f *front) through() *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:           http.ProxyURL(&url.URL{Scheme: "http", Host: f.Proxy}),
		TLSClientConfig: &tls.Config{RootCAs: f.roots}, ForceAttemptHTTP2: true,
	}}
}

// led returns a client whose hosts file leads to the interception.
func (f *front) led(http2 bool) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, f.TLS)
		},
		TLSClientConfig: &tls.Config{RootCAs: f.roots}, ForceAttemptHTTP2: http2,
	}}
}

func (f *front) gettoken() string {
	app := f.As(access.SelfBuilt)
	return "https://qyapi.weixin.qq.com/cgi-bin/gettoken?corpid=" + f.CorpID + "&corpsecret=" + app.Secret
}

func read(t *testing.T, resp *http.Response, err error) (status int, body string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestEveryWayLeadsToTheServer(t *testing.T) {
	t.Parallel()
	f := newFront(t, qiweitest.New(t), nil)
	for name, tt := range map[string]struct {
		client *http.Client
		proto  string
	}{
		"through the proxy":           {f.through(), "HTTP/2.0"},
		"led by a hosts file":         {f.led(true), "HTTP/2.0"},
		"led by a hosts file, HTTP/1": {f.led(false), "HTTP/1.1"},
	} {
		t.Run(name, func(t *testing.T) {
			resp, err := tt.client.Get(f.gettoken())
			status, body := read(t, resp, err)
			if status != 200 || !strings.Contains(body, `"errcode":0`) || resp.Proto != tt.proto {
				t.Errorf("%s %d %s", resp.Proto, status, body)
			}
		})
	}
}

// send writes a raw request to the proxy and returns the answer.
func (f *front) send(t *testing.T, request string) (status int, body string) {
	t.Helper()
	c, err := net.Dial("tcp", f.Proxy)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: strings.Fields(request)[0]})
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode == 200 && strings.HasPrefix(request, "CONNECT ") {
		return 200, "" // the tunnel is open
	}
	return read(t, resp, nil)
}

func connect(to string) string {
	return "CONNECT " + to + " HTTP/1.1\r\nHost: " + to + "\r\n\r\n"
}

func TestNoOpenRelay(t *testing.T) {
	t.Parallel()
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "inside "+r.Host) }))
	defer inside.Close()
	there := strings.TrimPrefix(inside.URL, "http://")
	_, port, _ := net.SplitHostPort(there)
	w := qiweitest.New(t)
	everyone := func(c *intercept.Config) { c.From = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")} }
	for name, tt := range map[string]struct {
		change func(*intercept.Config)
		send   string
		want   int
	}{
		"another host":                               {nil, connect("bank.example:443"), 403},
		"another host in plain HTTP":                 {nil, "GET http://" + there + "/ HTTP/1.1\r\nHost: " + there + "\r\n\r\n", 403},
		"an address":                                 {nil, connect("93.184.216.34:443"), 403},
		"this machine":                               {nil, connect(there), 403},
		"this machine by name":                       {nil, connect("localhost:" + port), 403},
		"WeCom's host on another port":               {nil, connect("qyapi.weixin.qq.com:22"), 403},
		"a host that begins like WeCom's":            {nil, connect("qyapi.weixin.qq.com.bank.example:443"), 403},
		"no port":                                    {nil, connect("qyapi.weixin.qq.com"), 400},
		"an empty host":                              {nil, connect(":443"), 400},
		"public only, and this machine":              {passPublic, connect(there), 403},
		"public only, and this machine by name":      {passPublic, connect("localhost:" + port), 403},
		"public only, and this machine as IPv6":      {passPublic, connect("[::1]:" + port), 403},
		"public only, and this machine as mapped":    {passPublic, connect("[::ffff:127.0.0.1]:" + port), 403},
		"public only, and this machine through NAT":  {passPublic, connect("[64:ff9b::7f00:1]:443"), 403},
		"public only, and nowhere":                   {passPublic, connect("0.0.0.0:" + port), 403},
		"public only, and a private network":         {passPublic, connect("10.0.0.1:443"), 403},
		"public only, and a cloud's metadata":        {passPublic, "GET http://169.254.169.254/latest/ HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n", 403},
		"public only, and plain HTTP to localhost":   {passPublic, "GET http://localhost:" + port + "/ HTTP/1.1\r\nHost: x\r\n\r\n", 403},
		"public only, and mail":                      {passPublic, connect("mail.example:25"), 403},
		"all, and mail":                              {passAll, connect("127.0.0.1:25"), 403},
		"all, and this machine":                      {passAll, connect(there), 200},
		"all, in plain HTTP":                         {passAll, "GET http://" + there + "/ HTTP/1.1\r\nHost: " + there + "\r\n\r\n", 200},
		"from an address that is not named":          {func(c *intercept.Config) { c.From = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} }, connect("qyapi.weixin.qq.com:443"), 403},
		"from an address that is named":              {everyone, connect("qyapi.weixin.qq.com:443"), 200},
		"a request that is none for a proxy":         {nil, "GET /cgi-bin/gettoken HTTP/1.1\r\nHost: qyapi.weixin.qq.com\r\n\r\n", 400},
		"HTTPS to another host, TLS left to us":      {passAll, "GET https://bank.example/ HTTP/1.1\r\nHost: bank.example\r\n\r\n", 403},
		"a header of a megabyte":                     {nil, "CONNECT qyapi.weixin.qq.com:443 HTTP/1.1\r\nHost: qyapi.weixin.qq.com\r\nX-Long: " + strings.Repeat("a", 1<<20) + "\r\n\r\n", 431},
		"the certificate to trust, for a container":  {nil, "GET /ca.pem HTTP/1.1\r\nHost: proxy\r\n\r\n", 200},
		"the key of it, which nobody is to have":     {nil, "GET /ca-key.pem HTTP/1.1\r\nHost: proxy\r\n\r\n", 400},
		"a way up from it":                           {nil, "GET /../ca-key.pem HTTP/1.1\r\nHost: proxy\r\n\r\n", 400},
		"the controls, by WeCom's name":              {nil, "GET http://qyapi.weixin.qq.com/_qiwei/clock HTTP/1.1\r\nHost: qyapi.weixin.qq.com\r\n\r\n", 404},
		"WeCom's host in the address, not in Host":   {nil, "GET http://qyapi.weixin.qq.com/metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 404},
		"another host in the address, ours in Host":  {nil, "GET http://bank.example/ HTTP/1.1\r\nHost: qyapi.weixin.qq.com\r\n\r\n", 403},
		"a user's name before the host":              {nil, "GET http://qyapi.weixin.qq.com@bank.example/ HTTP/1.1\r\nHost: qyapi.weixin.qq.com\r\n\r\n", 403},
		"WeCom's host on a port of its own, in HTTP": {nil, "GET http://qyapi.weixin.qq.com:22/cgi-bin/gettoken HTTP/1.1\r\nHost: qyapi.weixin.qq.com\r\n\r\n", 403},
	} {
		t.Run(name, func(t *testing.T) {
			if status, body := newFront(t, w, tt.change).send(t, tt.send); status != tt.want {
				t.Errorf("%d %s; want %d", status, body, tt.want)
			}
		})
	}
}

func passPublic(c *intercept.Config) { c.Others = intercept.PassPublic }
func passAll(c *intercept.Config)    { c.Others = intercept.PassAll }

// axios and what is built on it send HTTPS requests to a proxy as if they were HTTP.
func TestHTTPSWithoutATunnel(t *testing.T) {
	t.Parallel()
	f := newFront(t, qiweitest.New(t), nil)
	status, body := f.send(t, "GET "+f.gettoken()+" HTTP/1.1\r\nHost: qyapi.weixin.qq.com\r\nConnection: close\r\n\r\n")
	if status != 200 || !strings.Contains(body, `"errcode":0`) {
		t.Errorf("%d %s", status, body)
	}
}

func TestOtherHostsAreLetThroughWhole(t *testing.T) {
	t.Parallel()
	inside := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(w, r.Body)
	}))
	defer inside.Close()
	f := newFront(t, qiweitest.New(t), passAll)
	client := f.through()
	client.Transport.(*http.Transport).TLSClientConfig.RootCAs.AddCert(inside.Certificate())
	long := strings.Repeat("0123456789", 200_000)
	resp, err := client.Post(inside.URL, "text/plain", strings.NewReader(long))
	if _, body := read(t, resp, err); body != long {
		t.Errorf("%d bytes came back of %d", len(body), len(long))
	}
}

func TestAHostIsNotAnsweredAsAnother(t *testing.T) {
	t.Parallel()
	f := newFront(t, qiweitest.New(t), nil)
	get := func(sni, path, host string, h2 bool) (int, string) {
		t.Helper()
		client := f.led(h2)
		client.Transport.(*http.Transport).TLSClientConfig.ServerName = sni
		req, err := http.NewRequest("GET", "https://qyapi.weixin.qq.com"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		resp, err := client.Do(req)
		return read(t, resp, err)
	}
	for _, h2 := range []bool{false, true} {
		for _, tt := range []struct {
			sni, path, host string
			want            int
		}{
			{"qyapi.weixin.qq.com", "/cgi-bin/gettoken", "qyapi.weixin.qq.com", 200},
			{"qyapi.weixin.qq.com", "/cgi-bin/gettoken", "QYAPI.weixin.qq.com:443", 200},
			{"open.weixin.qq.com", "/cgi-bin/gettoken", "qyapi.weixin.qq.com", 421},
			{"qyapi.weixin.qq.com", "/cgi-bin/gettoken", "bank.example", 421},
			{"qyapi.weixin.qq.com", "/cgi-bin/gettoken", "127.0.0.1", 421},
			{"wwcdn.weixin.qq.com", "/cgi-bin/gettoken", "wwcdn.weixin.qq.com", 404},
			{"res.wx.qq.com", "/account/", "res.wx.qq.com", 404},
			{"qyapi.weixin.qq.com", "/_qiwei/clock", "qyapi.weixin.qq.com", 404},
			{"qyapi.weixin.qq.com", "/phone/api/conversations", "qyapi.weixin.qq.com", 404},
			{"open.weixin.qq.com", "/jssdk", "open.weixin.qq.com", 404},
			{"qyapi.weixin.qq.com", "/metrics", "qyapi.weixin.qq.com", 404},
			{"qyapi.weixin.qq.com", "/", "qyapi.weixin.qq.com", 404},
		} {
			if status, body := get(tt.sni, tt.path, tt.host, h2); status != tt.want {
				t.Errorf("h2 %v: to %s as %s%s: %d %s; want %d", h2, tt.sni, tt.host, tt.path, status, body, tt.want)
			}
		}
	}
	if _, err := tls.Dial("tcp", f.TLS, &tls.Config{ServerName: "bank.example", InsecureSkipVerify: true}); err == nil {
		t.Error("a handshake for another host succeeded")
	}
	if _, err := tls.Dial("tcp", f.TLS, &tls.Config{InsecureSkipVerify: true}); err == nil {
		t.Error("a handshake for no host succeeded")
	}
	if _, err := tls.Dial("tcp", f.TLS, &tls.Config{RootCAs: f.roots, ServerName: "qyapi.weixin.qq.com", MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("a handshake of TLS 1.1 succeeded")
	}
}

// A member signs in on WeCom's own page host; every step stays on it.
func TestSignInStaysOnTheHost(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	f := newFront(t, w, nil)
	client := f.led(true)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	w.As(access.SelfBuilt).SetDomains("app.example", "")
	link := fmt.Sprintf("https://open.weixin.qq.com/connect/oauth2/authorize?appid=%s&redirect_uri=%s&response_type=code&scope=snsapi_base&state=s",
		w.CorpID, url.QueryEscape("https://app.example/callback"))
	resp, err := client.Get(link)
	status, body := read(t, resp, err)
	if status != 200 || !strings.Contains(body, `action="/account/pick"`) {
		t.Fatalf("%d %s", status, body)
	}
	if strings.Contains(body, w.URL) {
		t.Error("the page leads away from the host it was asked for")
	}
	for _, c := range resp.Cookies() {
		if !c.Secure {
			t.Errorf("the cookie %s may leave TLS", c.Name)
		}
	}
}

// WeCom serves the robots' long connection at the root of a separate host, and every SDK for robots connects
// there by default.
func TestTheLongConnectionIsAtTheRootOfItsHost(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	base, err := url.Parse(w.URL)
	if err != nil {
		t.Fatal(err)
	}
	inside := newFront(t, w, nil)
	beside := newFront(t, w, func(c *intercept.Config) { c.Handler = intercept.Upstream(base, w.Server.Log) })
	for name, client := range map[string]*http.Client{
		"through the proxy": inside.through(), "led by a hosts file": inside.led(false), "beside the server": beside.led(false),
	} {
		client.Transport.(*http.Transport).ForceAttemptHTTP2 = false
		for host, want := range map[string]int{"openws.work.weixin.qq.com": 101, "qyapi.weixin.qq.com": 404, "res.wx.qq.com": 404} {
			req, err := http.NewRequest("GET", "https://"+host+"/", nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range [][2]string{{"Connection", "Upgrade"}, {"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}, {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}} {
				req.Header.Set(h[0], h[1])
			}
			resp, err := client.Do(req)
			if err != nil {
				t.Fatalf("%s, %s: %v", name, host, err)
			}
			resp.Body.Close()
			if resp.StatusCode != want {
				t.Errorf("%s, %s: %d; want %d", name, host, resp.StatusCode, want)
			}
		}
	}
}

// The API's answers contain URLs of the server itself, and a client with a fixed proxy asks the proxy for
// them.
func TestTheServersOwnAddressIsReached(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	f := newFront(t, w, nil)
	own := strings.TrimPrefix(w.URL, "http://")
	_, port, err := net.SplitHostPort(own)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := f.through().Get(w.URL + "/cgi-bin/gettoken?corpid=x")
	if status, body := read(t, resp, err); status != 200 || !strings.Contains(body, "errcode") {
		t.Errorf("in plain HTTP: %d %s", status, body)
	}
	for _, to := range []string{own, "localhost:" + port, "[::1]:" + port} {
		c, err := net.Dial("tcp", f.Proxy)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		r := bufio.NewReader(c)
		fmt.Fprint(c, connect(to))
		if resp, err := http.ReadResponse(r, &http.Request{Method: "CONNECT"}); err != nil || resp.StatusCode != 200 {
			t.Fatalf("CONNECT %s: %v %v", to, resp, err)
		}
		fmt.Fprintf(c, "GET /healthz HTTP/1.1\r\nHost: %s\r\n\r\n", to)
		resp, err := http.ReadResponse(r, nil)
		if status, body := read(t, resp, err); status != 200 || body != "ok\n" {
			t.Errorf("through a tunnel to %s: %d %s", to, status, body)
		}
	}
	for name, request := range map[string]string{
		"another port of this machine": connect("127.0.0.1:1"),
		"another address of it":        connect("127.0.0.2:" + port),
		"TLS to a plain address":       "GET https://" + own + "/healthz HTTP/1.1\r\nHost: " + own + "\r\n\r\n",
	} {
		if status, body := f.send(t, request); status != 403 {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

func TestUpstream(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	base, err := url.Parse(w.URL)
	if err != nil {
		t.Fatal(err)
	}
	f := newFront(t, w, func(c *intercept.Config) { c.Handler = intercept.Upstream(base, w.Server.Log) })
	resp, err := f.through().Get(f.gettoken())
	if status, body := read(t, resp, err); status != 200 || !strings.Contains(body, `"errcode":0`) {
		t.Errorf("%d %s", status, body)
	}
	resp, err = f.through().Get("https://qyapi.weixin.qq.com/cgi-bin//gettoken?corpid=x")
	if status, body := read(t, resp, err); status != 200 || !strings.Contains(body, "errcode") {
		t.Errorf("a path that was to be cleaned: %d %s", status, body)
	}
	base.Host = "127.0.0.1:1"
	resp, err = f.through().Get(f.gettoken())
	if status, _ := read(t, resp, err); status != http.StatusBadGateway {
		t.Errorf("without a server: %d", status)
	}
}
