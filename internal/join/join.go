// Package join brings people into a corp: it invites members by batch/invite (doc 90975), answers the QR code
// by which people join (doc 91714), and serves the page behind that code. Members themselves are directory's.
package join

import (
	"net/http"
	"net/netip"
	"slices"

	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store // for the pages; calls bring their own transaction
	Corps     *corp.Service
	Directory *directory.Service
	Box       *seal.Box
	// BaseURL is where members and their clients reach this server, without a
	// slash at the end. QR codes are links to it.
	BaseURL func() string
	// ClientIP returns the address that a request comes from.
	ClientIP func(*http.Request) netip.Addr
}

// Service invites people and lets them join.
type Service struct {
	deps  Deps
	joins *wire.Limiter
}

// New returns the room.
func New(d Deps) *Service { return &Service{deps: d, joins: wire.NewLimiter()} }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.inviteEndpoints(), s.joinEndpoints())
}

// Routes returns the room's pages.
func (s *Service) Routes() []door.Route { return s.joinRoutes() }
