// Package archive keeps the chat archive (会话内容存档): what members said, sealed for the enterprise's key. It
// serves /cgi-bin/msgaudit/ (doc 91614, 91782, 92951), /_archive/ for the finance library, and /archive/ for
// programs that need no library (doc 91774).
//
//	message ──pending──> sealed, in batches off the sender's path ──record──> chain of hashes
//	           (one transaction)                                   (one transaction)
//
// A message and the duty to seal it are written in one transaction, so an acknowledged message is never lost.
// A record is sealed and loses its pending row in one transaction, so none is there twice.
package archive

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"

	"qiwei/internal/chat"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/message"
	"qiwei/internal/outbound"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
	"qiwei/internal/work"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Corps     *corp.Service
	Directory *directory.Service
	Media     *media.Service
	Chats     *chat.Service
	Messages  *message.Service
	Events    *event.Log
	Work      *work.Engine
	Box       *seal.Box
	Log       *slog.Logger
	// Tokens finds the caller behind an access token, for calls outside of WeCom's API.
	Tokens wire.Resolver
	// ClientIP returns the address that a request comes from.
	ClientIP func(*http.Request) netip.Addr
	// Outbound makes the requests to the receivers of hooks, and HookTo says which addresses they may go to.
	Outbound *outbound.Network
	HookTo   outbound.Policy
	// For says for which corps this server seals; for all if it is nil.
	For func(corpID string) bool
	// Limits turns the platform's frequency limits on.
	Limits bool
	// Outside returns the room of the customers, which is a higher one.
	Outside func() Outside
}

// Outside is the room of those who are outside of the enterprise.
type Outside interface {
	// Acquainted reports which of the customers the member knows. Those of nobody are left out.
	Acquainted(tx *store.Tx, corpID string, member int64, externals []id.ExternalID) (map[id.ExternalID]bool, error)
	// Approved tells applications that a customer has agreed to be archived in the conversation with a member
	// (doc 92005).
	Approved(ctx context.Context, tx *store.Tx, corpID string, user id.UserID, external id.ExternalID) error
	// Called returns what customers are called.
	Called(tx *store.Tx, corpID string, externals []id.ExternalID) (map[id.ExternalID]string, error)
	// Room returns who is in a customer group; found is false if there is no such group.
	Room(tx *store.Tx, corpID, roomID string) (people People, found bool, err error)
}

// Service keeps archives.
type Service struct {
	deps    Deps
	seals   *work.Queue
	tells   *work.Queue
	hooks   *work.Queue
	exports *work.Queue
	indexes *work.Queue
	outside *outbound.Client // to the receivers of hooks
	limits  *wire.Limiter
	ahead   stock // keys of envelopes, sealed ahead

	notify *event.Kind[NotifyEvent]
	news   news
}

// New returns the room. Records are sealed after Start.
func New(d Deps) *Service {
	s := &Service{deps: d, limits: wire.NewLimiter(), outside: newHookClient(d.Outbound, d.HookTo), notify: declareNotify(d.Events)}
	s.seals = d.Work.Queue(s.sealWork())
	s.tells = d.Work.Queue(s.notifyWork())
	s.hooks = d.Work.Queue(s.hookWork())
	s.exports = d.Work.Queue(s.exportWork())
	s.indexes = d.Work.Queue(s.indexWork())
	d.Chats.OnMessage(s.heard)
	d.Messages.Tell(s)
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls of WeCom's API.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.permitEndpoints(), s.agreeEndpoints(), s.groupEndpoints(), s.robotEndpoints())
}

// Routes returns what the library and other programs ask for.
func (s *Service) Routes() []door.Route {
	return slices.Concat(s.libraryRoutes(), s.recordRoutes())
}

// Start begins to seal, until Stop.
func (s *Service) Start() {
	s.seals.Start()
	s.tells.Start()
	s.hooks.Start()
	s.exports.Start()
	s.indexes.Start()
}

// Stop ends that. What is left is sealed after the next start, or by another server.
func (s *Service) Stop() {
	s.news.stop()
	s.seals.Stop()
	s.tells.Stop()
	s.hooks.Stop()
	s.exports.Stop()
	s.indexes.Stop()
	s.ahead.wait()
}

// SealAll seals what waits and returns, whether the room is started or not.
func (s *Service) SealAll(ctx context.Context) error { return s.seals.Drain(ctx, nil) }

// TellAll tells applications what is due, and returns.
func (s *Service) TellAll(ctx context.Context) error { return s.tells.Drain(ctx, nil) }
