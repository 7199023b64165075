package ldap_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"

	client "github.com/go-ldap/ldap/v3"

	"qiwei/internal/access"
	"qiwei/internal/ldap"
	"qiwei/qiweitest"
)

func TestTLS(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	server, trust := certificates(t)
	starttls := openOn(t, w, ldap.Listening{TLS: server}, fromAfar)
	dn, secret := starttls.account(w.Corp, ldap.Account{Name: "reader", Range: access.Everything()})
	conn := starttls.dial()
	if err := conn.Bind(dn, secret); !client.IsErrorWithCode(err, client.LDAPResultConfidentialityRequired) {
		t.Errorf("a password in the clear: %v", err)
	}
	if err := conn.StartTLS(trust); err != nil {
		t.Fatal(err)
	}
	if err := conn.Bind(dn, secret); err != nil {
		t.Errorf("after StartTLS: %v", err)
	}
	ldaps := openOn(t, w, ldap.Listening{TLS: server, LDAPS: true}, fromAfar)
	secure, err := client.DialURL("ldaps://"+ldaps.addr, client.DialWithTLSConfig(trust))
	if err != nil {
		t.Fatal(err)
	}
	defer secure.Close()
	if err := secure.Bind(dn, secret); err != nil {
		t.Errorf("LDAPS: %v", err)
	}
	plain := open(t, w, ldap.Listening{PlainBinds: true})
	if err := plain.dial().StartTLS(trust); !client.IsErrorWithCode(err, client.LDAPResultUnwillingToPerform) {
		t.Errorf("StartTLS without a certificate: %v", err)
	}
}

func certificates(t *testing.T) (server, trust *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: qiweitest.Start.Add(-time.Hour), NotAfter: qiweitest.Start.Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
		&tls.Config{RootCAs: pool, ServerName: "127.0.0.1", Time: func() time.Time { return qiweitest.Start }}
}

// fromAfar makes connections seem to come from another machine.
func fromAfar(l net.Listener) net.Listener { return farListener{l} }

type farListener struct{ net.Listener }

func (l farListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return farConn{c}, nil
}

type farConn struct{ net.Conn }

func (farConn) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 40000} }
