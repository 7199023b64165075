// Package ldap answers LDAP clients: simple binds with a member's password or a service account's secret, and
// searches in the directory. It carries out no write of a client (RFC 4511).
//
// Each corp is a tree below a suffix of its own, by default o=<corpid>:
//
//	o=ww0123456789abcdef
//	├─ ou=people            uid=zhangsan           every member
//	├─ ou=groups            cn=研发部/后端组        every department, with the members of those below it
//	│  └─ ou=tags           cn=值班                 every tag
//	├─ ou=departments       ou=后端组,ou=研发部      the departments as a tree
//	└─ ou=services          cn=gitea               service accounts, which bind and are not listed
//
// A request's way: conn reads and bounds a message, message decodes it, bind finds out who is asking, search
// translates the filter into the directory's, and entry writes what was found. Each search checks the reader
// anew, so that a removed account or a disabled member reads nothing more.
package ldap

import (
	"context"
	"crypto/tls"
	"embed"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/login"
	"qiwei/internal/rescue"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// Migrations is the room's part of the schema.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Corps     *corp.Service
	Directory *directory.Service
	Apps      *app.Service
	Login     *login.Service
	Box       *seal.Box
	Log       *slog.Logger
	Version   string
	// Rescue keeps a panic to the connection that it happens in.
	Rescue rescue.Rescuer
}

// Service answers LDAP clients.
type Service struct {
	deps Deps

	mu    sync.Mutex
	conns map[*conn]struct{}
	from  map[string]int // connections by address
}

// New returns the room.
func New(d Deps) *Service {
	return &Service{deps: d, conns: map[*conn]struct{}{}, from: map[string]int{}}
}

// Listening says how to accept connections.
type Listening struct {
	// TLS is used from the first byte if LDAPS is set, and otherwise by StartTLS. Without it neither is
	// offered.
	TLS   *tls.Config
	LDAPS bool
	// PlainBinds allows passwords without TLS. Connections from this machine may always send them.
	PlainBinds bool
}

// Serve answers the clients of a listener until ctx ends or the listener is
// closed.
func (s *Service) Serve(ctx context.Context, l net.Listener, how Listening) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	var running sync.WaitGroup
	defer running.Wait()
	defer s.closeAll(l)
	var pause time.Duration
	for {
		nc, err := l.Accept()
		if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			if nc != nil {
				nc.Close()
			}
			cancel()
			return nil
		}
		if err != nil { // usually too many open files
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.deps.Log.Warn("ldap: accept", "err", err)
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
			continue
		}
		pause = 0
		c := &conn{s: s, listener: l, how: how, raw: nc, address: addressOf(nc)}
		if !s.admit(c) {
			nc.Close()
			continue
		}
		running.Go(func() {
			defer s.leave(c)
			// What one client sends must not end the connections of the others.
			s.deps.Rescue.Run("LDAP connection", func() error { c.serve(ctx); return nil })
		})
	}
}

// Limits of connections.
const (
	maxConns        = 2000
	maxConnsAddress = 500
)

func (s *Service) admit(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := c.address.String()
	if len(s.conns) >= maxConns || s.from[key] >= maxConnsAddress {
		return false
	}
	s.conns[c] = struct{}{}
	s.from[key]++
	return true
}

func (s *Service) leave(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if key := c.address.String(); s.from[key] > 1 {
		s.from[key]--
	} else {
		delete(s.from, key)
	}
}

// closeAll ends the connections of a listener.
func (s *Service) closeAll(l net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		if c.listener == l {
			c.raw.Close()
		}
	}
}
