// Package masssend keeps messages that members send to many customers, or to many groups of customers (群发). It
// serves /cgi-bin/externalcontact/add_msg_template (doc 92135) and neighbours.
//
//	add_msg_template ──prepare──> a task for each member ──confirm (script)──> deliver ──> customers, groups
//
// Who gets it from whom is found out in portions, and so is it delivered: the first portion in the call that
// asks for it, and what is left in the background. No event tells of any of it.
package masssend

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"slices"

	"qiwei/internal/customer"
	"qiwei/internal/customergroup"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/login"
	"qiwei/internal/seal"
	"qiwei/internal/wire"
	"qiwei/internal/work"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Directory *directory.Service
	Customers *customer.Service
	Groups    *customergroup.Service
	Box       *seal.Box
	Member    door.Door[login.Session]
	Log       *slog.Logger
	Work      *work.Engine
	// For says for which corps this server works in the background; for all if it is nil.
	For func(corpID string) bool
}

// Service keeps mass messages.
type Service struct {
	deps       Deps
	preparing  *work.Queue
	delivering *work.Queue
}

// New returns the room. What is left to be done is done after Start.
func New(d Deps) *Service {
	s := &Service{deps: d}
	s.preparing = d.Work.Queue(s.prepareWork())
	s.delivering = d.Work.Queue(s.deliverWork())
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	list := slices.Concat(s.messageEndpoints(), s.recordEndpoints())
	return append(list, s.formerEndpoints(list)...)
}

// permitMass is the permission of a provider's application (doc 99052).
const permitMass = "externalcontact:contact:group_msg"

// Start begins to work in the background, until Stop.
func (s *Service) Start() {
	s.preparing.Start()
	s.delivering.Start()
}

// Stop ends that.
func (s *Service) Stop() {
	s.preparing.Stop()
	s.delivering.Stop()
}

// Sweep has nothing to delete.
func (s *Service) Sweep(context.Context) error { return nil }

// Settle does what is left to be done, and returns.
func (s *Service) Settle(ctx context.Context) error {
	if err := s.preparing.Drain(ctx, nil); err != nil {
		return err
	}
	return s.delivering.Drain(ctx, nil)
}
