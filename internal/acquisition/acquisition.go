// Package acquisition keeps acquisition links (获客链接): links by which WeChat users add members, who has come by
// them, and the quota that each newcomer uses. It serves /cgi-bin/externalcontact/customer_acquisition/ and
// customer_acquisition_quota (doc 97297 and neighbours).
//
//	script buy ──> quota        create_link ──> link ──script add──> customer, quota -1, customer_acquisition events
//
// There is no WeChat and no shop behind it: in dev, scripts open links, add members and buy quota.
package acquisition

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/customer"
	"qiwei/internal/directory"
	"qiwei/internal/event"
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
	Customers *customer.Service
	Events    *event.Log
	Box       *seal.Box
	Log       *slog.Logger
	Work      *work.Engine
	// For says for which corps this server warns of quota that expires; for all if it is nil.
	For func(corpID string) bool
	// BaseURL is where clients reach this server, without a slash at the end.
	BaseURL func() string
}

// Service keeps links and quota.
type Service struct {
	deps  Deps
	kinds kinds
	work  *work.Queue
}

// New returns the room. It warns of quota that expires after Start.
func New(d Deps) *Service {
	s := &Service{deps: d}
	s.kinds = s.declare(d.Events)
	s.work = d.Work.Queue(s.expiryWork())
	d.Customers.Through(s)
	d.Customers.OnBefriended(s.befriended)
	d.Customers.OnHeard(s.heard)
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.linkEndpoints(), s.newcomerEndpoints(), s.quotaEndpoints())
}

// Start begins to warn of quota that expires, until Stop.
func (s *Service) Start() { s.work.Start() }

// Stop ends that.
func (s *Service) Stop() { s.work.Stop() }

// Sweep has nothing to delete.
func (s *Service) Sweep(context.Context) error { return nil }

// permit is what a corp gives to a provider's application (doc 99052).
const permit = "externalcontact:customer_acquisition:base"

const base = "/cgi-bin/externalcontact/"

// endpoint returns a call of the room. The system application of customer contact may not make it (doc 97297).
func endpoint(method, name string, doc int, h wire.Handler) wire.Endpoint {
	return wire.Endpoint{
		Method: method, Path: base + name, Doc: doc, Grants: []string{permit}, Handle: h,
		Allow: access.To(access.Customers, access.SelfBuilt, access.Custom, access.ThirdParty),
	}
}

// Errors of links (doc 90313).
var (
	ErrLinks   = wire.Code(41095, "number of acquisition links at its limit")
	ErrChatKey = wire.Code(41201, "acquisition chat_key not found")
	// ErrLink refuses a link that is not there, or another application's. The platform's code is not known.
	ErrLink = wire.ErrParameter.With("link_id: a link of this application expected")
	// errEmpty refuses somebody who comes by a link when no quota is left.
	errEmpty = wire.ErrParameter.With("the enterprise has no acquisition quota left")
)
