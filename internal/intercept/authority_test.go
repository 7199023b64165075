package intercept

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"qiwei/internal/wire/known"
)

// at is a machine whose clock shows t.
func at(t *time.Time) func() time.Time { return func() time.Time { return *t } }

func authority(t *testing.T) *Authority {
	t.Helper()
	a, err := OpenAuthority(filepath.Join(t.TempDir(), "intercept"))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// forge does what a thief of the authority's key can do.
func (a *Authority) forge(t *testing.T, c x509.Certificate) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c.SerialNumber, c.NotBefore, c.NotAfter = newSerial(), a.now().Add(-time.Minute), a.now().Add(time.Hour)
	if c.KeyUsage == 0 {
		c.KeyUsage = x509.KeyUsageDigitalSignature
	}
	c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	der, err := x509.CreateCertificate(rand.Reader, &c, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	out, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAStolenKeySignsForNoOtherHost(t *testing.T) {
	t.Parallel()
	a := authority(t)
	roots := x509.NewCertPool()
	roots.AddCert(a.cert)
	for name, tt := range map[string]struct {
		cert x509.Certificate
		host string
		good bool
	}{
		"one of WeCom's":                  {x509.Certificate{DNSNames: []string{"qyapi.weixin.qq.com"}}, "qyapi.weixin.qq.com", true},
		"a bank":                          {x509.Certificate{DNSNames: []string{"bank.example"}}, "bank.example", false},
		"a neighbour":                     {x509.Certificate{DNSNames: []string{"mp.weixin.qq.com"}}, "mp.weixin.qq.com", false},
		"the domain above":                {x509.Certificate{DNSNames: []string{"weixin.qq.com"}}, "weixin.qq.com", false},
		"all of it":                       {x509.Certificate{DNSNames: []string{"*.qq.com"}}, "mail.qq.com", false},
		"one that ends alike":             {x509.Certificate{DNSNames: []string{"evilqyapi.weixin.qq.com"}}, "evilqyapi.weixin.qq.com", false},
		"an address":                      {x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}, "127.0.0.1", false},
		"an IPv6 address":                 {x509.Certificate{IPAddresses: []net.IP{net.IPv6loopback}}, "::1", false},
		"a bank beside one of WeCom's":    {x509.Certificate{DNSNames: []string{"qyapi.weixin.qq.com", "bank.example"}}, "bank.example", false},
		"somebody's mail":                 {x509.Certificate{EmailAddresses: []string{"a@bank.example"}, DNSNames: []string{"qyapi.weixin.qq.com"}}, "qyapi.weixin.qq.com", false},
		"a URI elsewhere":                 {x509.Certificate{URIs: []*url.URL{{Scheme: "https", Host: "bank.example"}}, DNSNames: []string{"qyapi.weixin.qq.com"}}, "qyapi.weixin.qq.com", false},
		"a bank, by the common name only": {x509.Certificate{Subject: pkix.Name{CommonName: "bank.example"}}, "bank.example", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := a.forge(t, tt.cert)
			_, err := c.Verify(x509.VerifyOptions{Roots: roots, DNSName: tt.host})
			if (err == nil) != tt.good {
				t.Errorf("Go says %v", err)
			}
			t.Run("OpenSSL", func(t *testing.T) {
				file := filepath.Join(t.TempDir(), "leaf.pem")
				if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}), 0o600); err != nil {
					t.Fatal(err)
				}
				check := "-verify_hostname"
				if net.ParseIP(tt.host) != nil {
					check = "-verify_ip"
				}
				out, err := exec.Command("openssl", "verify", "-x509_strict", "-CAfile", a.CertFile(), check, tt.host, file).CombinedOutput()
				if (err == nil) != tt.good {
					t.Errorf("OpenSSL says %v: %s", err, out)
				}
			})
		})
	}
}

func TestAStolenKeyMakesNoFurtherAuthority(t *testing.T) {
	t.Parallel()
	a := authority(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: newSerial(), Subject: pkix.Name{CommonName: "sub"}, NotBefore: a.now().Add(-time.Minute), NotAfter: a.now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	sub := &Authority{key: key, now: time.Now}
	if sub.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	c := sub.forge(t, x509.Certificate{DNSNames: []string{"qyapi.weixin.qq.com"}})
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(a.cert)
	between.AddCert(sub.cert)
	if _, err := c.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, DNSName: "qyapi.weixin.qq.com"}); err == nil {
		t.Error("a further authority was accepted")
	}
}

func TestTheKeyIsOurs(t *testing.T) {
	t.Parallel()
	a := authority(t)
	path := filepath.Join(a.Dir, keyFile)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the key's mode is %v: %v", info.Mode(), err)
	}
	again, err := OpenAuthority(a.Dir)
	if err != nil || again.Made || again.Name() != a.Name() {
		t.Errorf("the second start has made another: %v", err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenAuthority(a.Dir); err == nil || !strings.Contains(err.Error(), "can be read by others") {
		t.Errorf("a key that the group may read: %v", err)
	}
}

func TestRenewal(t *testing.T) {
	t.Parallel()
	now := time.Now().Truncate(time.Second)
	dir := t.TempDir()
	a, err := openAuthority(dir, at(&now))
	if err != nil {
		t.Fatal(err)
	}
	get := func() *x509.Certificate {
		t.Helper()
		pair, err := a.Certificate(&tls.ClientHelloInfo{ServerName: "QYAPI.weixin.qq.com."})
		if err != nil {
			t.Fatal(err)
		}
		return pair.Leaf
	}
	first := get()
	now = now.Add(leafLife / 2)
	if c := get(); !c.Equal(first) {
		t.Error("half-way a new certificate is made")
	}
	now = now.Add(leafLife / 4)
	second := get()
	if second.Equal(first) || !second.NotAfter.After(first.NotAfter) {
		t.Error("with a quarter left it is not renewed")
	}

	now = a.cert.NotAfter.Add(-authorityLeft - time.Hour)
	if a, err = openAuthority(dir, at(&now)); err != nil || a.Made {
		t.Fatalf("with a month and an hour left, a new authority is made: %v", err)
	}
	old := a
	now = now.Add(2 * time.Hour)
	if a, err = openAuthority(dir, at(&now)); err != nil || !a.Made || a.Name() == old.Name() {
		t.Fatalf("with less than a month left, none is made: %v", err)
	}
	now = old.cert.NotAfter.Add(-time.Hour)
	pair, err := old.Certificate(&tls.ClientHelloInfo{ServerName: "qyapi.weixin.qq.com"})
	if err != nil || pair.Leaf.NotAfter.After(old.cert.NotAfter) {
		t.Errorf("a certificate outlives its authority: %v", err)
	}
	now = now.Add(2 * time.Hour)
	if _, err := old.Certificate(&tls.ClientHelloInfo{ServerName: "qyapi.weixin.qq.com"}); err == nil {
		t.Error("an authority signs after its end")
	}
}

func TestCertificatesAreForOneHost(t *testing.T) {
	t.Parallel()
	a := authority(t)
	for _, name := range []string{"", "bank.example", "127.0.0.1", "weixin.qq.com", "qyapi.weixin.qq.com.bank.example", "x.qyapi.weixin.qq.com"} {
		if pair, err := a.Certificate(&tls.ClientHelloInfo{ServerName: name}); err == nil {
			t.Errorf("a certificate for %q: %v", name, pair.Leaf.DNSNames)
		}
	}
	for _, name := range known.Hosts() {
		pair, err := a.Certificate(&tls.ClientHelloInfo{ServerName: name})
		if err != nil || len(pair.Leaf.DNSNames) != 1 || pair.Leaf.DNSNames[0] != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A program that asks certifi for the list of authorities gets ours, and still finds everything else on
// PYTHONPATH.
func TestCertifiIsAnsweredByUs(t *testing.T) {
	t.Setenv("PYTHONPATH", "/srv/lib:/srv/more")
	a := authority(t)
	if err := a.WriteTrust(); err != nil {
		t.Fatal(err)
	}
	value := func() string {
		for _, v := range a.Environment("127.0.0.1:7994", "python") {
			if v.Name == "PYTHONPATH" {
				return v.Value
			}
		}
		return ""
	}
	dir := filepath.Join(a.Dir, "python")
	if got, want := value(), dir+":/srv/lib:/srv/more"; got != want {
		t.Errorf("PYTHONPATH %q; want %q", got, want)
	}
	t.Setenv("PYTHONPATH", value())
	if got, want := value(), dir+":/srv/lib:/srv/more"; got != want {
		t.Errorf("the second time: %q; want %q", got, want)
	}
	core, err := os.ReadFile(filepath.Join(dir, "certifi", "core.py"))
	if err != nil || !strings.Contains(string(core), filepath.Join(a.Dir, "ca-bundle.pem")) {
		t.Errorf("%v %s", err, core)
	}
	for _, v := range a.Environment("127.0.0.1:7994", "node") {
		if v.Name == "PYTHONPATH" {
			t.Error("a program of Node is told of PYTHONPATH")
		}
	}
}
