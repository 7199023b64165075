package main

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"os"
	"sync"

	"qiwei/internal/ldap"
	"qiwei/internal/platform"
)

// ldapFlags open the doors for LDAP clients.
type ldapFlags struct {
	LDAP         string `name:"ldap" help:"Address for LDAP, such as 0.0.0.0:389; with a certificate it offers StartTLS. Not open if not given." env:"QIWEI_LDAP" placeholder:"HOST:PORT"`
	LDAPS        string `name:"ldaps" help:"Address for LDAP over TLS, such as 0.0.0.0:636." env:"QIWEI_LDAPS" placeholder:"HOST:PORT"`
	LDAPCert     string `name:"ldap-cert" help:"Certificate chain for LDAP, PEM; --tls-cert if not given." env:"QIWEI_LDAP_CERT" placeholder:"FILE"`
	LDAPKey      string `name:"ldap-key" help:"Private key of --ldap-cert, PEM." env:"QIWEI_LDAP_KEY" placeholder:"FILE"`
	InsecureLDAP bool   `name:"insecure-ldap" help:"Let LDAP clients of other machines bind without TLS. Passwords then cross the network unencrypted." env:"QIWEI_INSECURE_LDAP"`
}

// certificate returns the certificate files to use: LDAP's own, or the server's.
func (f ldapFlags) certificate(web tlsFlags) tlsFlags {
	if f.LDAPCert != "" || f.LDAPKey != "" {
		return tlsFlags{TLSCert: f.LDAPCert, TLSKey: f.LDAPKey}
	}
	return web
}

func (f ldapFlags) check(add func(string, ...any)) {
	switch {
	case f.LDAPCert == "" && f.LDAPKey == "":
		return
	case f.LDAPCert == "" || f.LDAPKey == "":
		add("--ldap-cert and --ldap-key are given together or not at all")
		return
	}
	if info, err := os.Stat(f.LDAPKey); err == nil && info.Mode().Perm()&0o007 != 0 {
		add("--ldap-key %s can be read by everybody (mode %04o); chmod 600 it", f.LDAPKey, info.Mode().Perm())
	}
	if _, err := tls.LoadX509KeyPair(f.LDAPCert, f.LDAPKey); err != nil {
		add("--ldap-cert and --ldap-key: %v", err)
	}
}

// checkSafe returns the settings that would send passwords readably through a network.
func (f ldapFlags) checkSafe(web tlsFlags, add func(string, ...any)) {
	if f.certificate(web).TLSCert != "" {
		return
	}
	if f.LDAPS != "" {
		add("--ldaps needs a certificate: give --ldap-cert and --ldap-key, or --tls-cert and --tls-key")
	}
	host, _, err := net.SplitHostPort(f.LDAP)
	if f.LDAP == "" || err != nil || host == "" || host == "localhost" || f.InsecureLDAP {
		return
	}
	if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
		add("--ldap %s has no certificate for StartTLS: passwords would cross the network unencrypted; give --ldap-cert and --ldap-key, or accept it with --insecure-ldap", f.LDAP)
	}
}

// listenLDAP opens the doors that are asked for, prints where they are, and returns a function that closes
// them. The error that ends one of them goes to served.
func (f ldapFlags) listenLDAP(ctx context.Context, s *platform.Server, web tlsFlags, dev bool, served chan<- error) (at []string, stop func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	stop = func() { cancel(); running.Wait() }
	pair := f.certificate(web)
	var secure *tls.Config
	if pair.TLSCert != "" {
		secure = &tls.Config{GetCertificate: (&certificate{cert: pair.TLSCert, key: pair.TLSKey, log: s.Log}).get, MinVersion: tls.VersionTLS12}
	}
	for _, door := range []struct {
		flag, at string
		ldaps    bool
	}{{"--ldap", f.LDAP, false}, {"--ldaps", f.LDAPS, true}} {
		if door.at == "" {
			continue
		}
		if door.ldaps && secure == nil {
			stop()
			return nil, nil, usagef("--ldaps needs a certificate: give --ldap-cert and --ldap-key, or --tls-cert and --tls-key")
		}
		l, err := listenFor(door.flag, door.at)
		if err != nil {
			stop()
			return nil, nil, err
		}
		scheme := "ldap://"
		if door.ldaps {
			scheme = "ldaps://"
		}
		at = append(at, scheme+l.Addr().String())
		how := ldap.Listening{TLS: secure, LDAPS: door.ldaps, PlainBinds: dev || f.InsecureLDAP}
		s.Log.Info("serving LDAP", "listen", l.Addr().String(), "ldaps", door.ldaps, "starttls", secure != nil && !door.ldaps)
		running.Go(func() {
			if err := s.LDAP.Serve(ctx, l, how); err != nil {
				served <- err
			}
		})
	}
	return at, stop, nil
}
