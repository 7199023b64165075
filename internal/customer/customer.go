// Package customer keeps customer contact (客户联系): the customers of a corp, who of its members knows them,
// tags for them, the ways by which they find a member, and welcome messages. It serves
// /cgi-bin/externalcontact/ (doc 92109 and neighbours).
//
//	script add ──> customer, follow ──> add_external_contact with WelcomeCode ──> send_welcome_msg
//
// There is no WeChat behind it: in dev, scripts play the people on the other side (see script.go), and the
// members in their client. Only what people do is told to applications; what an application does by the API
// is not (doc 92130).
package customer

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"slices"
	"sync"

	"qiwei/internal/access"
	"qiwei/internal/archive"
	"qiwei/internal/chat"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/event"
	"qiwei/internal/licence"
	"qiwei/internal/login"
	"qiwei/internal/media"
	"qiwei/internal/seal"
	"qiwei/internal/sensitive"
	"qiwei/internal/store"
	"qiwei/internal/strategy"
	"qiwei/internal/wire"
	"qiwei/internal/work"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store      *store.Store
	Corps      *corp.Service
	Directory  *directory.Service
	Media      *media.Service
	Strategies *strategy.Service
	Licences   *licence.Service
	Events     *event.Log
	Box        *seal.Box
	Log        *slog.Logger
	Work       *work.Engine
	Sensitive  *sensitive.Service
	// Chats hears what is said with customers, of whom the archive asks whether they agree.
	Archive *archive.Service
	Chats   *chat.Service
	Member  door.Door[login.Session]
	// For says for which corps this server hands customers over; for all if it is nil.
	For func(corpID string) bool
	// BaseURL is where clients reach this server, without a slash at the end.
	BaseURL func() string
}

// Service keeps customers.
type Service struct {
	deps  Deps
	kinds kinds
	busy  sync.Map // what one call is writing now, see claim
	work  *work.Queue
	// sessions ends those that are temporary.
	sessions *work.Queue

	channels   []Channel
	inGroups   ServedInGroups
	befriended []func(context.Context, *store.Tx, access.Caller, Arrival, Follow) error
	heard      []func(context.Context, *store.Tx, access.Caller, Follow) error
}

// New returns the room. Customers are handed over after Start.
func New(d Deps) *Service {
	s := &Service{deps: d}
	s.kinds = s.declare(d.Events)
	s.work = d.Work.Queue(s.transferWork())
	s.sessions = d.Work.Queue(s.sessionWork())
	d.Directory.OnMemberLeaving(s.memberLeaving)
	d.Strategies.OnDeleted(s.strategyDeleted)
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	list := slices.Concat(s.scopeEndpoints(), s.contactEndpoints(), s.tagEndpoints(), s.strategyTagEndpoints(), s.wayEndpoints(), s.sessionEndpoints(), s.welcomeEndpoints(), s.transferEndpoints(), s.behaviorEndpoints(), s.servedEndpoints())
	return append(list, s.formerEndpoints(list)...)
}

// Start begins to hand over customers, and to end temporary sessions, whose time has come, until Stop.
func (s *Service) Start() {
	s.work.Start()
	s.sessions.Start()
}

// Stop ends that.
func (s *Service) Stop() {
	s.sessions.Stop()
	s.work.Stop()
}

// Sweep has nothing to delete.
func (s *Service) Sweep(context.Context) error { return nil }

// Permissions that a corp gives to a provider's application, by the names of agent/get_permissions (doc
// 99052).
const (
	permitBase    = "externalcontact:base:base"
	permitTags    = "externalcontact:contact:tag"
	permitWays    = "externalcontact:contact:qrcode"
	permitWelcome = "externalcontact:contact:welcome_msg"

	permitTransfer = "externalcontact:contact:transfer"
	permitResigned = "externalcontact:contact:resigned"
	permitStat     = "externalcontact:contact:stat"
)

// endpoint returns a call of customer contact. The system application may make it, a self-built one that the
// corp lists for customer contact, and a provider's that has one of the permissions (doc 92109).
func endpoint(method, name string, doc int, h wire.Handler, grants ...string) wire.Endpoint {
	return wire.Endpoint{
		Method: method, Path: "/cgi-bin/externalcontact/" + name, Doc: doc, Grants: grants, Handle: h,
		Allow: access.To(access.Customers, access.SelfBuilt, access.Custom, access.ThirdParty).And(access.Allow{access.CustomerContact: access.All}),
	}
}

// Errors of customers (doc 90313).
var (
	ErrExternal        = wire.Code(40096, "invalid external userid")
	ErrExternalMissing = wire.Code(41035, "missing external userid")
	ErrNoRelation      = wire.Code(84061, "not external contact")
	ErrNoContact       = wire.Code(84074, "no external contact privilege")
	ErrConcurrent      = wire.Code(45035, "concurrent write conflict")
)

// claim reserves what a call is about to write, until free is called. Ok is false while another call has it:
// the platform refuses one of two calls that write the same at the same time (doc 90313, 45035). Calls on
// other servers wait for each other in the database.
func (s *Service) claim(what string) (free func(), ok bool) {
	if _, taken := s.busy.LoadOrStore(what, true); taken {
		return nil, false
	}
	return func() { s.busy.Delete(what) }, true
}
