// Package aibot has the intelligent robots (智能机器人): programs that answer what
// members write to them, in parts while they think of it. It serves the callback
// form (doc 101039 and neighbours), /cgi-bin/aibot/response (doc 101138) and the
// long connection (doc 101463). Group robots (群机器人), which only post, are in
// package message.
//
// What happens to a robot is a turn; what it answers is done in one place:
//
//	member ──> turn ──> callback (encrypted POST) ──> passive reply ──┐
//	            │  └──> long connection (frame) ────> reply frame ────┤
//	            └─────> response_url <── POST, later ─────────────────┤
//	                                                                  └──> message, card, update
//
// A stream that is not finished is asked for again in the callback form
// (watch.go), and is ended when its time is over.
package aibot

import (
	"context"
	"embed"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"sync"

	"qiwei/internal/callback"
	"qiwei/internal/clock"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/event"
	"qiwei/internal/fault"
	"qiwei/internal/login"
	"qiwei/internal/media"
	"qiwei/internal/message"
	"qiwei/internal/rescue"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Migrations is the room's part of the schema.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Clock     *clock.Clock
	Corps     *corp.Service
	Directory *directory.Service
	Media     *media.Service
	Callbacks *callback.Service
	Events    *event.Log
	Messages  *message.Service
	Login     *login.Service
	Member    door.Door[login.Session]
	Box       *seal.Box
	Log       *slog.Logger
	// BaseURL is where clients reach this server, without a slash at the end.
	BaseURL func() string
	// ClientIP says where a request comes from.
	ClientIP func(*http.Request) netip.Addr
	// For says of which corps this server asks for streams. Nil means all corps.
	For func(corpID string) bool
	// Rescue keeps a panic to the connection that it happens in.
	Rescue rescue.Rescuer
	// Limits turns the platform's frequency limits on.
	Limits bool
	// Faults is what goes wrong with long connections on purpose. Nil means nothing.
	Faults *fault.List
}

// Service has the robots.
type Service struct {
	deps        Deps
	kinds       kinds
	hub         hub
	uploads     uploads
	subscribing *wire.Limiter
	commands    map[string]Command

	mu    sync.Mutex
	again bool               // there is something new since the watch last looked
	wake  context.CancelFunc // ends the watch's wait
}

// The names of this room's addresses in callback.
const (
	book    = "bot"
	replies = "bot"
)

// New returns the room.
func New(d Deps) *Service {
	s := &Service{deps: d, subscribing: wire.NewLimiter(), kinds: declareKinds(d.Events), commands: map[string]Command{}}
	s.hub.init()
	s.uploads.list = map[string]*upload{}
	d.Callbacks.AddBook(book, s.address)
	d.Callbacks.OnAnswer(replies, s.takeReply)
	return s
}

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint { return s.responseEndpoints() }

// Routes returns the room's routes outside of the API.
func (s *Service) Routes() []door.Route {
	return slices.Concat(s.phoneRoutes(), s.fileRoutes())
}

// Stop ends the long connections, whose programs will reconnect.
func (s *Service) Stop() {
	s.hub.stop()
	s.uploads.discard()
}
