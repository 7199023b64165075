// Package acquisition keeps acquisition links (获客链接): links by which WeChat users add members, who has come by
// them, and the quota that each newcomer uses. It serves /cgi-bin/externalcontact/customer_acquisition/ and
// customer_acquisition_quota (doc 97297 and neighbours).
//
//	script buy ──> quota        create_link ──> link ──script add──> customer, quota -1, customer_acquisition events
//
// There is no WeChat and no shop behind it: in dev, scripts open links, add members and buy quota.
//
// A provider's acquisition component (获客助手组件, doc 99482) is a suite that asks for the permission
// customer_acquisition:component. The corp lets it use some of its links, and the provider may pay for who comes by them.
package acquisition

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/customer"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/suite"
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
	Suites    *suite.Service
	Apps      *app.Service
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
	deps    Deps
	kinds   kinds
	letters letters
	work    *work.Queue
}

// New returns the room. It warns of quota that expires after Start.
func New(d Deps) *Service {
	s := &Service{deps: d}
	s.kinds, s.letters = s.declare(d.Events), declareLetters(d.Events)
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
	return slices.Concat(s.linkEndpoints(), s.newcomerEndpoints(), s.quotaEndpoints(), s.componentEndpoints(), s.billEndpoints(), s.permitEndpoints())
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

// shared is endpoint for a call that components make as well, about the links that they were given (doc 99484).
func shared(method, name string, doc int, h wire.Handler) wire.Endpoint {
	e := endpoint(method, name, doc, h)
	e.Grants = append(e.Grants, componentPermit)
	return e
}

// Errors of links (doc 90313).
var (
	ErrLinks   = wire.Code(41095, "number of acquisition links at its limit")
	ErrChatKey = wire.Code(41201, "acquisition chat_key not found")
	// ErrLinkTaken refuses to give links of an application to a second component, ErrNotPaying a key for links that
	// the provider does not pay for.
	ErrLinkTaken = wire.Code(41098, "acquisition link of a component-linked app granted to another component")
	ErrNotPaying = wire.Code(41099, "provider-pays mode not in use")
	// ErrLink refuses a link that is not there, or another application's. The platform's code is not known.
	ErrLink = wire.ErrParameter.With("link_id: a link of this application expected")
	// errServiceEmpty refuses somebody who comes with a key when its provider has no quota left.
	errServiceEmpty = wire.ErrParameter.With("the provider has no acquisition quota left")
	// errEmpty refuses somebody who comes by a link when no quota is left.
	errEmpty = wire.ErrParameter.With("the enterprise has no acquisition quota left")
)
