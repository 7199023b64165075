package library_test

import (
	"bufio"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// proxy listens, and hands each connection to a function, until the test ends.
func proxy(t *testing.T, serve func(net.Conn) error) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		all.Wait()
	})
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer conn.Close()
				if err := serve(conn); err != nil {
					t.Log("proxy:", err)
				}
			})
		}
	})
	return l.Addr().String()
}

// splice copies in both directions until both ends are through. What was read ahead is in from.
func splice(from io.Reader, conn, server net.Conn) error {
	defer server.Close()
	done := make(chan struct{})
	go func() {
		io.Copy(conn, server)
		conn.Close()
		close(done)
	}()
	io.Copy(server, from)
	server.Close()
	<-done
	return nil
}

// socks5 serves SOCKS version 5 (RFC 1928), to an address whatever is asked for, and reports what that was.
func socks5(to, user, password string, asked *sync.Map) func(net.Conn) error {
	return func(conn net.Conn) error {
		r := bufio.NewReader(conn)
		read := func(n int) []byte {
			b := make([]byte, n)
			io.ReadFull(r, b)
			return b
		}
		methods := read(int(read(2)[1]))
		method := byte(0)
		if user != "" {
			method = 2
			if !strings.Contains(string(methods), "\x02") {
				method = 0xff
			}
		}
		conn.Write([]byte{5, method})
		if method == 2 {
			name := string(read(int(read(2)[1])))
			word := string(read(int(read(1)[0])))
			if name != user || word != password {
				conn.Write([]byte{1, 1})
				return nil
			}
			conn.Write([]byte{1, 0})
		}
		read(4)
		host := string(read(int(read(1)[0])))
		port := read(2)
		asked.Store(fmt.Sprintf("%s:%d", host, int(port[0])<<8|int(port[1])), true)
		server, err := net.Dial("tcp", to)
		if err != nil {
			conn.Write([]byte{5, 5, 0, 1, 0, 0, 0, 0, 0, 0})
			return err
		}
		conn.Write([]byte{5, 0, 0, 3, 1, 'x', 0, 80})
		return splice(r, conn, server)
	}
}

// httpProxy serves whole addresses and CONNECT, to an address whatever is asked for.
func httpProxy(to, user, password string, asked *sync.Map) func(net.Conn) error {
	return func(conn net.Conn) error {
		r := bufio.NewReader(conn)
		for {
			req, err := http.ReadRequest(r)
			if err != nil {
				return nil
			}
			want := "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
			if user != "" && req.Header.Get("Proxy-Authorization") != want {
				fmt.Fprint(conn, "HTTP/1.1 407 Who Are You\r\nContent-Length: 0\r\n\r\n")
				continue
			}
			asked.Store(req.Method+" "+req.Host, true)
			if req.Method == http.MethodConnect {
				server, err := net.Dial("tcp", to)
				if err != nil {
					return err
				}
				fmt.Fprint(conn, "HTTP/1.1 200 Connected\r\n\r\n")
				return splice(r, conn, server)
			}
			if !req.URL.IsAbs() {
				return fmt.Errorf("%s is no whole address", req.URL)
			}
			req.URL.Host, req.RequestURI = to, ""
			resp, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				return err
			}
			resp.Write(conn)
			resp.Body.Close()
		}
	}
}

func TestProxies(t *testing.T) {
	t.Parallel()
	b, a, s := needed(t, plain), newArchive(t, false), newArchive(t, true)
	a.say(t, "hello")
	s.say(t, "hello")
	ca := authority(t, s)
	for _, tt := range []struct {
		name, user, password string
		kind                 string
		archive              *archive
		url, asked           string
	}{
		{"SOCKS5", "", "", "socks5", a, "http://" + proxied, proxied + ":80"},
		{"SOCKS5 with a password", "li", "a:b c", "socks5", a, "http://" + proxied + ":8080/base/", proxied + ":8080"},
		{"SOCKS5 and TLS", "", "", "socks5", s, "https://example.com", "example.com:443"},
		{"HTTP", "", "", "http", a, "http://" + proxied, "POST " + proxied},
		{"HTTP with a password", "li", "a:b c", "http", a, "http://" + proxied + ":81", "POST " + proxied + ":81"},
		{"HTTP and TLS", "li", "x", "http", s, "https://example.com", "CONNECT example.com:443"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var asked sync.Map
			to := tt.archive.Listener.Addr().String()
			serve := socks5(to, tt.user, tt.password, &asked)
			if tt.kind == "http" {
				serve = httpProxy(to, tt.user, tt.password, &asked)
			}
			at := tt.kind + "://" + proxy(t, serve)
			env := []string{"QIWEI_URL=" + tt.url, "QIWEI_CA_FILE=" + ca}
			if strings.Contains(tt.url, "/base") {
				tt.archive = newArchive(t, false) // answers 404 below /base
			}
			got := runWith(t, b, nil, env, "proxy="+at, "passwd="+tt.user+":"+tt.password, "chatdata", "0", "1")
			_, reached := asked.Load(tt.asked)
			good := strings.HasPrefix(got, "0\n") && strings.Contains(got, `"seq":1,`)
			if strings.Contains(tt.url, "/base") {
				good = got == "10001\n"
			}
			if !good || !reached {
				t.Errorf("%.200s; %s was asked for: %v", got, tt.asked, reached)
			}
			if tt.user == "" {
				return
			}
			if got := runWith(t, b, nil, env, "proxy="+at, "passwd=li:wrong", "chatdata", "0", "1"); got != "10001\n" && tt.kind != "http" ||
				strings.Contains(got, "seq") {
				t.Errorf("another password: %.200s", got)
			}
		})
	}
	for _, bad := range []string{"127.0.0.1:80", "socks4://127.0.0.1:80", "http://", "http://:80", "socks5://127.0.0.1:99999"} {
		if got := run(t, b, a, "proxy="+bad, "chatdata", "0", "1"); got != "10000\n" {
			t.Errorf("proxy=%s: %q", bad, got)
		}
	}
}

// authority writes the certificate of an archive with TLS into a file.
func authority(t *testing.T, a *archive) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate().Raw})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTLS(t *testing.T) {
	t.Parallel()
	b, a := needed(t, plain), newArchive(t, true)
	a.say(t, "hello")
	a.file = make([]byte, 3*chunk+5)
	ca := authority(t, a) // of 127.0.0.1, [::1] and example.com
	port := a.URL[strings.LastIndexByte(a.URL, ':'):]
	for _, tt := range []struct{ name, url, ca, want string }{
		{"trusted", a.URL, ca, "0\n{"},
		{"of nobody", a.URL, "", "10011\n"},
		{"a file that there is not", a.URL, "/none", "10011\n"},
		{"of another host", "https://localhost" + port, ca, "10011\n"},
		{"plain HTTP to it", "http://127.0.0.1" + port, ca, "10001\n"},
	} {
		got := runWith(t, b, nil, []string{"QIWEI_URL=" + tt.url, "QIWEI_CA_FILE=" + tt.ca}, "chatdata", "0", "1")
		if !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %.100q; want %q", tt.name, got, tt.want)
		}
	}
	if got := runWith(t, b, nil, []string{"QIWEI_URL=" + a.URL, "QIWEI_CA_FILE=" + ca}, "media", fileID, "/dev/null"); got != "4 pieces\n" {
		t.Errorf("a file: %q", got)
	}
	noTLS := newArchive(t, false)
	url := "https" + strings.TrimPrefix(noTLS.URL, "http")
	if got := runWith(t, b, nil, []string{"QIWEI_URL=" + url, "QIWEI_CA_FILE=" + ca}, "chatdata", "0", "1"); got != "10001\n" {
		t.Errorf("TLS to plain HTTP: %q", got)
	}
}
