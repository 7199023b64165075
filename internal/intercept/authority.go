package intercept

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"qiwei/internal/wire/known"
)

const (
	// authorityLife is how long an authority is valid. Afterwards clients must trust a new one.
	authorityLife = 2 * 365 * 24 * time.Hour
	// authorityLeft is how much of it must be left at a start. Otherwise a new one is made.
	authorityLeft = 30 * 24 * time.Hour
	// leafLife is short because making a certificate is quick, and it is kept in memory.
	leafLife = 7 * 24 * time.Hour
	// leeway allows for clients whose clock is behind ours.
	leeway = time.Hour
)

// Files of an authority, in its directory.
const (
	certFile = "ca.pem"
	keyFile  = "ca-key.pem"
)

// Authority signs certificates for WeCom's hosts and for no others. The constraint is in its own certificate,
// so that clients enforce it even if the key is stolen.
type Authority struct {
	Dir  string // where its files are
	Made bool   // made by this start, so no client knows it yet

	cert *x509.Certificate
	der  []byte
	key  *ecdsa.PrivateKey
	now  func() time.Time

	mu     sync.Mutex
	leaves map[string]*leaf
}

type leaf struct {
	pair  *tls.Certificate
	renew time.Time
}

// OpenAuthority reads the authority in the directory. It makes a new one if there is none, or if it expires
// soon or was made for other hosts. It uses the machine's time, not the server's clock, because clients
// compare certificates with their own clocks.
func OpenAuthority(dir string) (*Authority, error) { return openAuthority(dir, time.Now) }

func openAuthority(dir string, now func() time.Time) (*Authority, error) {
	a := &Authority{Dir: dir, now: now, leaves: map[string]*leaf{}}
	err := a.load()
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case now().Add(authorityLeft).Before(a.cert.NotAfter) && slices.Equal(a.cert.PermittedDNSDomains, known.Hosts()):
		return a, nil
	}
	a.Made = true
	if err := a.make(); err != nil {
		return nil, err
	}
	return a, a.save()
}

// ReadAuthority reads the authority in the directory and makes none.
func ReadAuthority(dir string) (*Authority, error) {
	a := &Authority{Dir: dir, now: time.Now, leaves: map[string]*leaf{}}
	return a, a.load()
}

func (a *Authority) load() error {
	path := filepath.Join(a.Dir, keyFile)
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("the key %s can be read by others (mode %04o): whoever has read it can serve as WeCom's hosts to all who trust it; delete %s and have it made anew",
			path, info.Mode().Perm(), a.Dir)
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(a.Dir, certFile), path)
	if err != nil {
		return fmt.Errorf("the authority in %s does not load; delete the directory to have a new one made: %w", a.Dir, err)
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok || !pair.Leaf.IsCA {
		return fmt.Errorf("%s holds no authority of ours; delete the directory to have one made", a.Dir)
	}
	a.cert, a.der, a.key = pair.Leaf, pair.Certificate[0], key
	return nil
}

// make makes a new key and certificate.
func (a *Authority) make() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial := newSerial()
	now := a.now()
	template := &x509.Certificate{
		SerialNumber: serial,
		// The name distinguishes this machine's authority from others in a list.
		Subject:               pkix.Name{CommonName: fmt.Sprintf("qiwei interception %x", serial.Bytes()[:4]), Organization: []string{"qiwei"}},
		NotBefore:             now.Add(-leeway),
		NotAfter:              now.Add(authorityLife),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true, // it signs for hosts, not for further authorities
		KeyUsage:              x509.KeyUsageCertSign,

		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         known.Hosts(),
		// A constraint on one kind of name leaves the other kinds free, so each is constrained: no IP address
		// at all, and mail and URIs only of a domain that cannot exist.
		ExcludedIPRanges: []*net.IPNet{
			{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)},
			{IP: net.IPv6zero, Mask: net.CIDRMask(0, 128)},
		},
		PermittedEmailAddresses: []string{"qiwei.invalid"},
		PermittedURIDomains:     []string{"qiwei.invalid"},
	}
	if a.der, err = x509.CreateCertificate(rand.Reader, template, template, key.Public(), key); err != nil {
		return err
	}
	a.key = key
	a.cert, err = x509.ParseCertificate(a.der)
	return err
}

func newSerial() *big.Int {
	b := make([]byte, 16)
	rand.Read(b)
	b[0] = b[0]&0x3f | 0x40 // positive, and of the full length
	return new(big.Int).SetBytes(b)
}

// save writes the key before the certificate. If the program ends in between, the pair does not match and
// does not load, but there is never a certificate without its key.
func (a *Authority) save() error {
	if err := os.MkdirAll(a.Dir, 0o755); err != nil {
		return fmt.Errorf("make the directory of the authority: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		return err
	}
	if err := replace(filepath.Join(a.Dir, keyFile), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		return err
	}
	return replace(a.CertFile(), a.PEM(), 0o644)
}

// replace writes a file completely or not at all.
func replace(path string, content []byte, mode fs.FileMode) error {
	old, err := os.ReadFile(path)
	if info, statErr := os.Stat(path); err == nil && statErr == nil && info.Mode().Perm() == mode && bytes.Equal(old, content) {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Chmod(mode), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// CertFile returns the path of the certificate that clients must trust.
func (a *Authority) CertFile() string { return filepath.Join(a.Dir, certFile) }

// PEM returns that certificate.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.der})
}

// Name returns the certificate's name, and Until when it expires.
func (a *Authority) Name() string { return a.cert.Subject.CommonName }

// Until: see Name.
func (a *Authority) Until() time.Time { return a.cert.NotAfter }

// Certificate returns a certificate for the host that a client asks for. It is for that host only, so that
// browsers do not reuse a connection for another host.
func (a *Authority) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	host, ok := known.Host(hello.ServerName)
	if !ok {
		return nil, fmt.Errorf("no certificate for %q", hello.ServerName)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if l := a.leaves[host]; l != nil && a.now().Before(l.renew) {
		return l.pair, nil
	}
	l, err := a.sign(host)
	if err != nil {
		return nil, err
	}
	a.leaves[host] = l
	return l.pair, nil
}

// sign makes a certificate for the host.
func (a *Authority) sign(host string) (*leaf, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := a.now()
	until := now.Add(leafLife)
	if until.After(a.cert.NotAfter) {
		until = a.cert.NotAfter
	}
	if !now.Before(until) {
		return nil, fmt.Errorf("the authority in %s has expired; start again to have a new one made", a.Dir)
	}
	template := &x509.Certificate{
		SerialNumber:          newSerial(),
		Subject:               pkix.Name{CommonName: host},
		NotBefore:             now.Add(-leeway),
		NotAfter:              until,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		DNSNames:              []string{host},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	// The authority's own certificate is sent along: clients that trust it by its key only, as browsers can,
	// look for it in what the server sends.
	pair := &tls.Certificate{Certificate: [][]byte{der, a.der}, PrivateKey: key, Leaf: parsed}
	return &leaf{pair, until.Add(-until.Sub(now) / 3)}, nil
}
