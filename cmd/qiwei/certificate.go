package main

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificate serves a pair of files and reads them again once they have
// changed, so that a renewal needs no restart.
type certificate struct {
	cert, key string
	log       *slog.Logger

	mu      sync.Mutex
	pair    *tls.Certificate
	read    time.Time // of the files that pair was read from
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
