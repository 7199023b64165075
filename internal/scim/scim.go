// Package scim lets an identity provider keep a corp's directory over SCIM 2.0 (RFC 7643, 7644), below
// /scim/v2/<corpid>/. Members are Users. Departments and tags are Groups: a department is where a member
// belongs, a tag is WeCom's form of any other set of members, and providers have only one word for both.
//
// A resource is a document: a JSON object whose names are the schema's (schema.go, document.go). Reading
// turns a member (user.go) or a group (group.go) into a document. PUT and PATCH make a new document and pass
// the differences to the directory's operations, with their rules and events.
//
// In the other direction, products with a SCIM server of their own are told what the directory holds
// (target.go, provision.go).
package scim

import (
	"embed"
	"log/slog"
	"net/http"

	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/outbound"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/work"
)

// Migrations is the room's part of the schema.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Corps     *corp.Service
	Directory *directory.Service
	Box       *seal.Box
	Log       *slog.Logger
	Work      *work.Engine
	Outbound  *outbound.Network
	// BaseURL is where clients reach this server, without a slash at the end.
	BaseURL func() string
	// For says of which corps this server provisions targets. Nil means all corps.
	For func(corpID string) bool
}

// Service provisions directories.
type Service struct {
	deps   Deps
	client *outbound.Client // to products
	work   *work.Queue
}

// New returns the room.
func New(d Deps) *Service {
	s := &Service{deps: d, client: newClient(d.Outbound)}
	s.work = d.Work.Queue(s.provisionWork())
	s.listen(d.Directory)
	return s
}

const prefix = "/scim/v2/"

// Routes returns the room's addresses.
func (s *Service) Routes() []door.Route {
	return []door.Route{{Pattern: prefix, Handler: http.HandlerFunc(s.serve)}}
}
