package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// serve starts `qiwei serve` on a free port.
func serve(t *testing.T, data string, args ...string) *server {
	t.Helper()
	args = append([]string{"serve", "--data", data, "--listen", ":0", "--base-url", "http://127.0.0.1"}, args...)
	s, m := start(t, command(t, args...), regexp.MustCompile(`msg=serving .*listen=(\S+)`))
	s.data, s.base = data, "http://"+m[1]
	return s
}

// TestServeLogsItsSettings reads the log lines of a start and a stop, and finds no secret in them.
func TestServeLogsItsSettings(t *testing.T) {
	t.Parallel()
	s := serve(t, filepath.Join(t.TempDir(), "data"), "--otlp", "http://user:topsecret@127.0.0.1:1/v1/traces?key=topsecret", "--otlp-headers", "x-key=topsecret")
	if code := s.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	said := s.said.String()
	for _, want := range []string{"msg=serving version=", " base_url=http://127.0.0.1 ", " database=SQLite ", " data=" + s.data + " ", " tls=false ", " memory_limit_mb=", " traces_to=127.0.0.1:1", `msg="stopping`, "msg=stopped\n"} {
		if strings.Count(said, want) != 1 {
			t.Errorf("%q is not there once:\n%s", want, said)
		}
	}
	if strings.Contains(said, "topsecret") {
		t.Errorf("a secret is in the log:\n%s", said)
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	s := serve(t, filepath.Join(t.TempDir(), "data"))
	for path, status := range map[string]int{
		"/healthz": 200, "/readyz": 200, "/metrics": 200, "/openapi.json": 200,
		"/": 404, "/_qiwei/clock": 404, "/cgi-bin/no/such": 404,
	} {
		if got, body := s.get(path); got != status {
			t.Errorf("GET %s: %d %s", path, got, body)
		}
	}
	if _, err := os.Stat(filepath.Join(s.data, "credentials.json")); err == nil {
		t.Error("secrets were written to credentials.json")
	}

	// An enterprise is founded beside the running server.
	corp := must(t, "corp", "create", "--data", s.data, "--name", "公司", "--trusted-ips", "127.0.0.1")
	corpID := regexp.MustCompile(`ww[0-9a-f]{16}`).FindString(corp)
	secret := strings.TrimSpace(must(t, "app", "create", "--data", s.data, "--name", "应用", "--trusted-ips", "127.0.0.1", "--json"))
	secret = regexp.MustCompile(`"secret": "([^"]+)"`).FindStringSubmatch(secret)[1]
	token := s.token(corpID, secret)
	if got := s.call("/cgi-bin/department/list?access_token=" + token); got.ErrCode != 0 || !strings.Contains(got.body, "公司") {
		t.Errorf("department/list: %s", got.body)
	}
	// And its application switched off.
	must(t, "app", "set", "--data", s.data, "--agentid", "1000002", "--disable")
	if got := s.call("/cgi-bin/department/list?access_token=" + token); got.ErrCode != 50003 {
		t.Errorf("of an application that is off: %s", got.body)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("exit code %d\n%s", code, s.said)
	}
}

// TestServeFinishes stops the server while a call is half sent. The call is answered, and new ones are
// refused.
func TestServeFinishes(t *testing.T) {
	t.Parallel()
	s := serve(t, filepath.Join(t.TempDir(), "data"))
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := `{"userid":"x"}`
	fmt.Fprintf(conn, "POST /cgi-bin/user/create HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", len(body))
	// Once the server asks for the body, the call is under way.
	first := make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))
	if _, err := io.ReadFull(conn, first); err != nil || !bytes.Contains(first, []byte("100")) {
		t.Fatalf("%q, %v", first, err)
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for { // until it has stopped listening
		c, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
		if err != nil {
			break
		}
		c.Close()
	}
	io.WriteString(conn, body)
	answer, err := io.ReadAll(conn)
	if err != nil || !bytes.Contains(answer, []byte(`"errcode":41001`)) {
		t.Errorf("answered %q, %v", answer, err)
	}
	s.cmd.Wait()
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d\n%s", code, s.said)
	}
}

// TestDevTLS is for clients whose base URL cannot be changed. A name that resolves to this machine leads them
// here, and they insist on TLS.
func TestDevTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	pool := writeCertificate(t, cert, key, 1)
	s := dev(t, filepath.Join(dir, "data"), "--tls-cert", cert, "--tls-key", key)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	resp, err := client.Get(s.base + "/readyz")
	if err != nil || resp.StatusCode != 200 || !strings.HasPrefix(s.base, "https://") {
		t.Fatalf("%s: %v, %v", s.base, resp, err)
	}
	resp.Body.Close()
}

func TestServeTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	pool := writeCertificate(t, cert, key, 1)
	s := serve(t, filepath.Join(dir, "data"), "--base-url", "https://127.0.0.1", "--tls-cert", cert, "--tls-key", key)
	serial := func(pool *x509.CertPool) int64 {
		t.Helper()
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true, DisableKeepAlives: true}}
		resp, err := client.Get(strings.Replace(s.base, "http:", "https:", 1) + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.ProtoMajor != 2 {
			t.Errorf("spoke %s", resp.Proto)
		}
		return resp.TLS.PeerCertificates[0].SerialNumber.Int64()
	}
	if got := serial(pool); got != 1 {
		t.Errorf("certificate %d", got)
	}
}

// A renewed certificate is served without a restart, and a broken one is not.
func TestCertificateRenewal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	c := &certificate{cert: cert, key: key, log: newLog(io.Discard, "error", "text")}
	serial := func() int64 {
		t.Helper()
		c.checked = time.Time{} // as if it were long ago
		pair, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return pair.Leaf.SerialNumber.Int64()
	}
	writeCertificate(t, cert, key, 1)
	if got := serial(); got != 1 {
		t.Errorf("certificate %d", got)
	}
	writeCertificate(t, cert, key, 2)
	later := time.Now().Add(time.Minute)
	os.Chtimes(cert, later, later)
	if got := serial(); got != 2 {
		t.Errorf("certificate %d after a renewal", got)
	}
	writeFile(t, cert, "half of a")
	later = later.Add(time.Minute)
	os.Chtimes(cert, later, later)
	if got := serial(); got != 2 {
		t.Errorf("certificate %d after a broken one", got)
	}
}

func writeCertificate(t *testing.T, cert, key string, serial int64) *x509.CertPool {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	writeFile(t, cert, string(certPEM))
	writeFile(t, key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})))
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	return pool
}

func TestServeRefuses(t *testing.T) {
	t.Parallel()
	const goodKey = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	// used makes a data directory that a server has begun.
	used := func(t *testing.T) string {
		dir := filepath.Join(t.TempDir(), "used")
		must(t, "corp", "create", "--data", dir, "--name", "x")
		return dir
	}
	readable := func(t *testing.T, path string) {
		t.Helper()
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name string
		with func(t *testing.T) (args, env []string)
		says []string // all that the refusal says, one line each
	}{
		{"no base URL", func(t *testing.T) ([]string, []string) { return []string{"--base-url", ""}, nil },
			[]string{"--base-url (QIWEI_BASE_URL) is missing"}},
		{"a base URL without TLS", func(t *testing.T) ([]string, []string) {
			return []string{"--base-url", "http://wecom.corp.example"}, nil
		},
			[]string{"--base-url http://wecom.corp.example is not https"}},
		{"a base URL with a path", func(t *testing.T) ([]string, []string) { return []string{"--base-url", "https://x.example/wecom"}, nil },
			[]string{"nothing may follow the host"}},
		{"no URL", func(t *testing.T) ([]string, []string) { return []string{"--base-url", "wecom.corp.example"}, nil },
			[]string{"https://HOST or https://HOST:PORT expected"}},
		{"a certificate without key", func(t *testing.T) ([]string, []string) {
			return []string{"--tls-cert", "c.pem", "--base-url", "https://x.example"}, nil
		},
			[]string{"--tls-cert and --tls-key are given together or not at all"}},
		{"a certificate that is not there", func(t *testing.T) ([]string, []string) {
			return []string{"--tls-cert", "/nowhere.pem", "--tls-key", "/nowhere.pem", "--base-url", "https://x.example"}, nil
		}, []string{"/nowhere.pem: no such file"}},
		{"a TLS key that everybody reads", func(t *testing.T) ([]string, []string) {
			cert, key := filepath.Join(t.TempDir(), "c"), filepath.Join(t.TempDir(), "k")
			writeCertificate(t, cert, key, 1)
			readable(t, key)
			return []string{"--tls-cert", cert, "--tls-key", key, "--base-url", "https://x.example"}, nil
		}, []string{"can be read by everybody (mode 0644); chmod 600 it"}},
		{"every proxy trusted", func(t *testing.T) ([]string, []string) { return []string{"--trusted-proxies", "0.0.0.0/0"}, nil },
			[]string{"--trusted-proxies 0.0.0.0/0: anybody could claim any address"}},
		{"places for files that are none", func(t *testing.T) ([]string, []string) {
			return []string{"--blobs", "gs://files", "--fetch-from", "10.0.0.0/40"}, nil
		}, []string{`--fetch-from: "10.0.0.0/40" is neither`, "--blobs: gs://… cannot hold files"}},
		{"no addresses", func(t *testing.T) ([]string, []string) {
			return []string{"--trusted-proxies", "proxy", "--metrics-from", "10.0.0.0/40"}, nil
		},
			[]string{`--trusted-proxies: "proxy" is neither`, `--metrics-from: "10.0.0.0/40" is neither`}},
		{"a demo's data", func(t *testing.T) ([]string, []string) {
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, "credentials.json"), "{}")
			return []string{"--data", dir}, nil
		}, []string{"belongs to qiwei dev"}},
		{"a directory that everybody writes", func(t *testing.T) ([]string, []string) {
			dir := t.TempDir()
			os.Chmod(dir, 0o777)
			return []string{"--data", dir}, nil
		}, []string{"everybody may write in it (mode 0777); chmod 700 it"}},
		{"a database that everybody reads", func(t *testing.T) ([]string, []string) {
			dir := used(t)
			readable(t, filepath.Join(dir, "qiwei.db"))
			return []string{"--data", dir}, nil
		}, []string{"qiwei.db can be read by everybody"}},
		{"a master key that others read", func(t *testing.T) ([]string, []string) {
			dir := used(t)
			readable(t, filepath.Join(dir, "master.key"))
			return []string{"--data", dir}, nil
		}, []string{"master.key can be read by others (mode 0644); chmod 600 it"}},
		{"a master key that is lost", func(t *testing.T) ([]string, []string) {
			dir := used(t)
			os.Remove(filepath.Join(dir, "master.key"))
			return []string{"--data", dir}, nil
		}, []string{"the database is in use already, but its master key is missing"}},
		{"a master key that is too short", func(t *testing.T) ([]string, []string) { return nil, []string{"QIWEI_MASTER_KEY=secret"} },
			[]string{"the master key in QIWEI_MASTER_KEY is not 64 hexadecimal digits; `openssl rand -hex 32` makes one"}},
		{"a master key that somebody typed", func(t *testing.T) ([]string, []string) {
			return nil, []string{"QIWEI_MASTER_KEY=" + strings.Repeat("0123456789abcdef", 4)}
		}, []string{"the master key in QIWEI_MASTER_KEY is not random"}},
		{"two master keys", func(t *testing.T) ([]string, []string) {
			return []string{"--data", used(t)}, []string{"QIWEI_MASTER_KEY=" + goodKey}
		}, []string{"hold different master keys"}},
		{"all at once", func(t *testing.T) ([]string, []string) {
			return []string{"--base-url", "http://x.example", "--tls-cert", "c"}, []string{"QIWEI_MASTER_KEY=secret", "QIWEI_TRUSTED_PROXIES=::/0"}
		}, []string{"begins with http, but --tls-cert is given", "given together", "--trusted-proxies ::/0", "not 64 hexadecimal digits"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			args, env := tt.with(t)
			cmd := command(t, append([]string{"serve", "--data", filepath.Join(t.TempDir(), "data"), "--listen", ":0", "--base-url", "http://127.0.0.1"}, args...)...)
			cmd.Env = append(cmd.Env, env...)
			o := finish(t, cmd)
			lines := strings.Split(strings.TrimSpace(o.err), "\n")[1:]
			if o.code != 2 || len(lines) != len(tt.says) {
				t.Fatalf("exit code %d, %d problems instead of %d:\n%s", o.code, len(lines), len(tt.says), o.err)
			}
			for i, want := range tt.says {
				if !strings.Contains(lines[i], want) {
					t.Errorf("said %s\nwant %s", lines[i], want)
				}
			}
		})
	}
}

// A wrong master key cannot be noticed before the database is open.
func TestServeWithAnotherKey(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	must(t, "corp", "create", "--data", dir, "--name", "x")
	writeFile(t, filepath.Join(dir, "master.key"), "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n")
	o := qiwei(t, "serve", "--data", dir, "--listen", ":0", "--base-url", "http://127.0.0.1")
	if o.code != 1 || !strings.Contains(o.err, "the master key is not the one that this database was made with; put that one back") {
		t.Errorf("exit code %d: %s", o.code, o.err)
	}
}
