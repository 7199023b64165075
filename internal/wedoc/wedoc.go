// Package wedoc has documents (文档): texts, spreadsheets and forms that applications make, and who may see them.
// It serves /cgi-bin/wedoc/ (doc 97392) without smart sheets, whose contents are package smartsheet's.
//
//	document ──edited by──> its application          form ──answered by──> members
//	   └─ members, rules                                └─ rounds ─ answers
//
// An application sees only the documents that it has made. Members read them on the phone's page of the document,
// and answer forms there, or by scripts in dev.
package wedoc

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/event"
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
	Apps      *app.Service
	Media     *media.Service
	Events    *event.Log
	Box       *seal.Box
	Member    door.Door[login.Session]
	Log       *slog.Logger
	BaseURL   func() string
}

// Service keeps documents and forms.
type Service struct {
	deps    Deps
	kinds   kinds
	made    func(context.Context, *store.Tx, Document) error
	vipList wire.Cursor[string]
}

// New returns the room.
func New(d Deps) *Service {
	s := &Service{deps: d, vipList: wire.Cursor[string]{Box: d.Box, Path: "/cgi-bin/wedoc/vip/list"}}
	s.kinds = s.declare(d.Events)
	d.Directory.MemberUpdated.On(s.renameMember)
	return s
}

// OnMade has fn called for each new document, in the same transaction.
func (s *Service) OnMade(fn func(context.Context, *store.Tx, Document) error) { s.made = fn }

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.documentEndpoints(), s.rightsEndpoints(), s.contentEndpoints(), s.gridEndpoints(), s.formEndpoints(), s.answerEndpoints(), s.vipEndpoints())
}

// Errors of documents (doc 90313).
var (
	errParameter = wire.ErrParameter

	ErrDocID      = wire.Code(301085, "invalid docid")
	ErrName       = wire.Code(640052, "invalid document name")
	ErrKind       = wire.Code(640054, "invalid document type")
	ErrTooMany    = wire.Code(640055, "too many document members")
	ErrNoMember   = wire.Code(640056, "member to remove is not in the list")
	ErrVersion    = wire.Code(2050067, "invalid document version")
	ErrSheetCount = wire.Code(2505401, "too many sub-sheets")
	ErrNoSheet    = wire.Code(2543303, "sub-sheet not found")
	ErrSheetLast  = wire.Code(2543306, "invalid number of sub-sheets")
	ErrSize       = wire.Code(710678, "sheet limits: 255 sheets, 1,500,000 cells, 200,000 rows, 2000 columns")
)

// Permit is the permission by which a provider's application calls and is told (doc 99052).
const Permit = "doc:base:base"

// Endpoint returns a call of documents. A self-built application must be listed for it, and a provider's needs
// the permission (doc 97392).
func Endpoint(path string, doc int, h wire.Handler) wire.Endpoint {
	return wire.Endpoint{
		Method: "POST", Path: "/cgi-bin/wedoc/" + path, Doc: doc, Family: access.Document, Grants: []string{Permit}, Handle: h,
		Allow: access.Allow{access.SelfBuilt: access.Listed, access.ThirdParty: access.InRange, access.Custom: access.InRange},
	}
}
