// Package moment keeps customer moments (客户朋友圈): what members show to their customers in WeChat, made by the
// corp or by themselves, and what customers answer. It serves the calls of moments below
// /cgi-bin/externalcontact/ (doc 93506 and neighbours).
//
//	add_moment_task ──job──> moment, a task for each member ──script publish──> its customers ──script like, comment
//
// There is no WeChat behind it: in dev, scripts play the members who publish and the customers who answer.
package moment

import (
	"embed"
	"io/fs"
	"log/slog"
	"slices"

	"qiwei/internal/corp"
	"qiwei/internal/customer"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/job"
	"qiwei/internal/login"
	"qiwei/internal/media"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Corps     *corp.Service
	Directory *directory.Service
	Media     *media.Service
	Jobs      *job.Service
	Customers *customer.Service
	Box       *seal.Box
	Member    door.Door[login.Session]
	Log       *slog.Logger
}

// Service keeps moments.
type Service struct{ deps Deps }

// New returns the room.
func New(d Deps) *Service {
	s := &Service{d}
	d.Jobs.Declare(dispatchKind, job.Kind{Open: s.openDispatch, Ended: s.dispatchEnded})
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.dispatchEndpoints(), s.postEndpoints(), s.taskEndpoints(), s.responseEndpoints())
}

// Permissions that a corp gives to a provider's application (doc 99052).
const (
	permitList = "externalcontact:moment:list"
	permitPost = "externalcontact:moment:post"
)

// Errors of moments (doc 90313).
var (
	ErrMissing      = wire.Code(41059, "moment_id missing")
	ErrNotFound     = wire.Code(41060, "moment_id not found")
	ErrNotTheirs    = wire.Code(41061, "userid did not publish this moment")
	ErrUnpublished  = wire.Code(41062, "moment not yet published by this member")
	ErrKind         = wire.Code(41067, "moment_id is of a kind this API does not take")
	ErrEmpty        = wire.Code(41089, "moment has neither text nor attachment")
	ErrMonth        = wire.Code(41210, "corp already created 100,000 moments this month")
	errAttachments  = wire.Code(41064, "too many attachments")
	errAttachment   = wire.Code(41065, "invalid attachment type")
	errTag          = wire.Code(40068, "invalid tagid")
	errTaken        = wire.ErrParameter.With("the member has published it already")
	errCancelled    = wire.ErrParameter.With("the moment was cancelled")
	errNoSuchPerson = wire.ErrParameter.With("external_userid: the customer cannot see the moment")
)
