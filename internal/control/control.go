// Package control holds what `qiwei dev` has for those who test against it: the
// clock below /_qiwei/, and the page at / that says where everything is. It is
// not mounted by `qiwei serve`.
package control

import (
	"net/http"

	"qiwei/internal/clock"
	"qiwei/internal/corp"
	"qiwei/internal/store"
)

// Deps is what the room needs.
type Deps struct {
	Store   *store.Store
	Clock   *clock.Clock
	Corps   *corp.Service
	BaseURL func() string
	Version string
}

// Service serves the test controls.
type Service struct{ deps Deps }

// New returns the room.
func New(d Deps) *Service { return &Service{d} }

// Route is a page outside the API.
type Route struct {
	Pattern string // for http.ServeMux
	Handler http.Handler
}

// Routes returns the controls. A page of some site that the developer has open
// must not be able to use them, so requests that a browser makes across origins
// are refused.
func (s *Service) Routes() []Route {
	own := http.NewCrossOriginProtection()
	return []Route{
		{"GET /_qiwei/clock", http.HandlerFunc(s.getClock)},
		{"POST /_qiwei/clock", own.Handler(http.HandlerFunc(s.setClock))},
		{"GET /{$}", http.HandlerFunc(s.landing)},
	}
}
