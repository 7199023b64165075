package main

import (
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// tlsFlags let a server speak TLS itself.
type tlsFlags struct {
	TLSCert string `name:"tls-cert" help:"Certificate chain, PEM; read again when it changes. Without it the server speaks plain HTTP." env:"QIWEI_TLS_CERT" placeholder:"FILE"`
	TLSKey  string `name:"tls-key" help:"Private key of the certificate, PEM." env:"QIWEI_TLS_KEY" placeholder:"FILE"`
}

// check returns what is wrong with the files.
func (f tlsFlags) check(add func(string, ...any)) {
	switch {
	case f.TLSCert == "" && f.TLSKey == "":
		return
	case f.TLSCert == "" || f.TLSKey == "":
		add("--tls-cert and --tls-key are given together or not at all")
		return
	}
	if info, err := os.Stat(f.TLSKey); err == nil && info.Mode().Perm()&0o007 != 0 {
		add("--tls-key %s can be read by everybody (mode %04o); chmod 600 it", f.TLSKey, info.Mode().Perm())
	}
	if _, err := tls.LoadX509KeyPair(f.TLSCert, f.TLSKey); err != nil {
		add("--tls-cert and --tls-key: %v", err)
	}
}

// serve serves until the server is shut down.
func (f tlsFlags) serve(server *http.Server, l net.Listener, log *slog.Logger) error {
	if f.TLSCert == "" {
		return server.Serve(l)
	}
	pair := &certificate{cert: f.TLSCert, key: f.TLSKey, log: log}
	server.TLSConfig = &tls.Config{GetCertificate: pair.get, MinVersion: tls.VersionTLS12}
	return server.ServeTLS(l, "", "")
}

// certificate serves a pair of files and reads them again once they have
// changed, so that a renewal needs no restart.
type certificate struct {
	cert, key string
	log       *slog.Logger

	mu      sync.Mutex
	pair    *tls.Certificate
	read    time.Time // modification time of the files that pair was read from
	checked time.Time
}

// certificateAge is how long a changed certificate may go unnoticed.
const certificateAge = 10 * time.Second

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// The machine's clock: a file's age has nothing to do with the server's.
	if now := time.Now(); c.pair == nil || now.Sub(c.checked) > certificateAge {
		c.checked = now
		if err := c.reload(); err != nil {
			if c.pair == nil {
				return nil, err
			}
			c.log.Error("the certificate's files do not load; the old one is served on", "err", err)
		}
	}
	return c.pair, nil
}

func (c *certificate) reload() error {
	var newest time.Time
	for _, path := range []string{c.cert, c.key} {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	if c.pair != nil && newest.Equal(c.read) {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return err
	}
	c.pair, c.read = &pair, newest
	return nil
}
