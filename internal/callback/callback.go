// Package callback tells applications what happens. It queues pushes in the transaction that causes them and
// delivers them afterwards: encrypted, in order for each receiver, at least once (doc 90930). It knows no
// event by name.
//
//	event.Log ──resolve──> callback_delivery ──work──> the receiver's URL
//	(in the transaction)   (the outbox)     (after it)  └─> its passive reply
//
// The room that an event belongs to writes its push. Rooms above queue pushes of their own with Push, and
// receive passive replies through OnReply.
//
// The server that delivers to a receiver holds its lease, so that only one of several servers on a database
// sends to it at a time. When a receiver fails, everything for it waits for the next attempt. Other receivers
// are not affected.
package callback

import (
	"context"
	"crypto/x509"
	"embed"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"qiwei/internal/app"
	"qiwei/internal/clock"
	"qiwei/internal/event"
	"qiwei/internal/fault"
	"qiwei/internal/outbound"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
	"qiwei/internal/work"
)

// Migrations is the room's part of the schema.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Settings are the operator's. The zero value is safe.
type Settings struct {
	// Timeout is how long a receiver has to answer a push, VerifyTimeout its verification; five seconds and
	// one second if they are zero (doc 90930).
	Timeout, VerifyTimeout time.Duration
	// Keep is how long deliveries are kept, seven days if it is zero. Pushes not delivered by then are given
	// up.
	Keep time.Duration
	// AllowPrivate permits receivers at addresses of this machine and of private networks. Anywhere permits
	// any address, also those of cloud metadata.
	AllowPrivate, Anywhere bool
	// CAs may sign a receiver's certificate; the system's if it is nil.
	CAs *x509.CertPool
	// For says whose background work this server does, pushes among it. Nil means all corps'.
	For func(corpID string) bool
}

// Deps is what the room needs.
type Deps struct {
	Settings
	Store  *store.Store
	Clock  *clock.Clock
	Apps   *app.Service
	Suites *suite.Service
	Events *event.Log
	Box    *seal.Box
	Log    *slog.Logger
	Work   *work.Engine
	// Outbound makes the requests to receivers.
	Outbound *outbound.Network
	// Observe is told of each request to a receiver whose it is and what came of it; it may be nil.
	Observe func(corpID, outcome string)
	// Faults is what goes wrong with deliveries on purpose. Nil means nothing.
	Faults *fault.List
}

// Errors of callbacks.
var (
	ErrURL        = wire.Code(40057, "invalid callbackurl")
	ErrScheme     = wire.Code(45034, "url scheme missing")
	ErrNoCallback = wire.Code(43012, "callback url missing")
)

// Limits of a delivery. The intervals between attempts are not documented.
const (
	maxTries    = 3 // doc 90930: "总共重试三次", which SDKs read as three in all
	maxResponse = 256 << 10
	keptBytes   = 8 << 10 // of a response, for `qiwei callback show`
)

// Service delivers pushes.
type Service struct {
	deps    Deps
	books   map[string]Book
	replies map[string]func(context.Context, *store.Tx, Reply) error
	empty   map[string]bool // takers of replies that get empty answers too
	known   sync.Map        // book and key -> the receiver's number
	spacing spacing
	sender  *sender

	chooseOnce sync.Once
	chosen     choices
	lanes      *lanes
	spoils     spoils
	work       *work.Queue
}

// New returns the room. It queues from now on, and delivers after Start.
func New(d Deps) *Service {
	if d.Timeout <= 0 {
		d.Timeout = 5 * time.Second
	}
	if d.VerifyTimeout <= 0 {
		d.VerifyTimeout = time.Second
	}
	if d.Keep <= 0 {
		d.Keep = 7 * 24 * time.Hour
	}
	s := &Service{deps: d, books: map[string]Book{}, replies: map[string]func(context.Context, *store.Tx, Reply) error{}, empty: map[string]bool{}}
	s.books[bookApp], s.books[bookEndpoint], s.books[suite.Book] = s.appAddress, s.endpointAddress, s.suiteAddress
	s.books[suite.ProviderBook] = s.providerAddress
	s.sender = newSender(d)
	s.lanes, s.work = newLanes(), d.Work.Queue(s.kind())
	d.Events.Subscribe(s.resolve)
	return s
}

// Reply is what a receiver answered to a push, decrypted (doc 90241).
type Reply struct {
	CorpID string
	App    int64
	Ref    string // of the push
	Body   []byte // XML or JSON, as the push was

	problem *string // of the delivery
}

// Leave says why nothing is done with the reply. The reason is shown with the delivery. To refuse a reply,
// return an error instead.
func (r Reply) Leave(why string) { *r.problem = "the reply was not accepted: " + why }

// OnReply registers fn for the answers to pushes whose Reply is name. It runs in the transaction that marks
// the push as delivered. An error from fn is logged and shown with the delivery, which still counts as
// delivered.
func (s *Service) OnReply(name string, fn func(ctx context.Context, tx *store.Tx, r Reply) error) {
	if s.replies[name] != nil {
		panic(fmt.Sprintf("callback: replies %q are taken twice", name))
	}
	s.replies[name] = fn
}

// OnAnswer is OnReply, but fn also gets answers without a reply, with an empty Body.
func (s *Service) OnAnswer(name string, fn func(ctx context.Context, tx *store.Tx, r Reply) error) {
	s.OnReply(name, fn)
	s.empty[name] = true
}
