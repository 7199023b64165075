// Package control holds what `qiwei dev` offers to people who test against it: the clock, faults and
// snapshots below /_qiwei/, and the page at / that says where everything is. It is not mounted by `qiwei
// serve`.
package control

import (
	"net/http"

	"qiwei/internal/clock"
	"qiwei/internal/corp"
	"qiwei/internal/door"
	"qiwei/internal/fault"
	"qiwei/internal/store"
)

// Deps is what the room needs.
type Deps struct {
	Store   *store.Store
	Clock   *clock.Clock
	Corps   *corp.Service
	BaseURL func() string
	Version string
	Faults  *fault.List
	// Connections does something to the long connections that are open of a robot, or of all if the bot_id is
	// *, and returns to how many.
	Connections func(botID string, a fault.Fault) int
	// Restored runs in the transaction that restores a snapshot, and drops everything cached in memory. It
	// may be nil.
	Restored func(*store.Tx) error
}

// Service serves the test controls.
type Service struct {
	deps      Deps
	snapshots snapshots
}

// New returns the room.
func New(d Deps) *Service {
	if d.Restored == nil {
		d.Restored = func(*store.Tx) error { return nil }
	}
	return &Service{deps: d}
}

// Routes returns the controls. A website that the developer has open must not be able to use them, so
// cross-origin requests of browsers are refused.
func (s *Service) Routes() []door.Route {
	own := http.NewCrossOriginProtection()
	change := func(pattern string, serve http.HandlerFunc) door.Route {
		return door.Route{Pattern: pattern, Handler: own.Handler(serve)}
	}
	return []door.Route{
		{Pattern: "GET /_qiwei/clock", Handler: http.HandlerFunc(s.getClock)},
		change("POST /_qiwei/clock", s.setClock),
		{Pattern: "GET /_qiwei/faults", Handler: http.HandlerFunc(s.getFaults)},
		change("POST /_qiwei/faults", s.addFault),
		change("DELETE /_qiwei/faults", s.removeFault),
		change("DELETE /_qiwei/faults/{id}", s.removeFault),
		{Pattern: "GET /_qiwei/snapshots", Handler: http.HandlerFunc(s.getSnapshots)},
		change("POST /_qiwei/snapshots", s.takeSnapshot),
		change("POST /_qiwei/snapshots/{name}/restore", s.restoreSnapshot),
		change("DELETE /_qiwei/snapshots/{name}", s.forgetSnapshot),
		change("POST /_qiwei/reset", s.reset),
		{Pattern: "GET /{$}", Handler: http.HandlerFunc(s.landing)},
	}
}
