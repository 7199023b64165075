// Package smartsheet has what is in smart sheets (智能表格): sheets with typed fields, records, views, field groups, and
// who may do what in them. It serves /cgi-bin/wedoc/smartsheet/ (doc 99895 and neighbours).
//
//	document (package wedoc) ── sheet ─┬─ field ── group
//	                                   ├─ record: a cell for each field
//	                                   └─ view: filter, order, grouping, colors
//
// Applications and members edit the same sheets. What members do, the sheet's application is told.
package smartsheet

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/event"
	"qiwei/internal/login"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wedoc"
	"qiwei/internal/wire"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Docs      *wedoc.Service
	Directory *directory.Service
	Apps      *app.Service
	Events    *event.Log
	Member    door.Door[login.Session]
	Box       *seal.Box
	Log       *slog.Logger
	BaseURL   func() string
	// Limits turns on how many records an address may write.
	Limits bool
}

// Service keeps sheets and records.
type Service struct {
	deps    Deps
	kinds   kinds
	columns columns
	limiter *wire.Limiter
}

// New returns the room.
func New(d Deps) *Service {
	s := &Service{deps: d, limiter: wire.NewLimiter()}
	s.kinds = declare(d.Events)
	d.Docs.OnMade(s.begin)
	d.Directory.MemberUpdated.On(s.renameMember)
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.sheetEndpoints(), s.fieldEndpoints(), s.groupEndpoints(), s.viewEndpoints(), s.recordEndpoints(), s.ruleEndpoints(), s.hookEndpoints())
}

func endpoint(path string, doc int, h wire.Handler) wire.Endpoint {
	return wedoc.Endpoint("smartsheet/"+path, doc, h)
}

// Errors of smart sheets (doc 90313).
var (
	errParameter = wire.ErrParameter

	ErrRows = wire.Code(2022029, "rows, columns or size at the limit")
)

// place names a sheet of a document in a request.
type place struct {
	DocID   string `json:"docid"`
	SheetID string `json:"sheet_id"`
}

// sheet returns the sheet that a request is about. A write waits for others of the document.
func (s *Service) sheet(tx *store.Tx, by access.Caller, p place) (Sheet, error) {
	d, err := s.document(tx, by, p.DocID)
	if err != nil {
		return Sheet{}, err
	}
	return sheetOf(tx, d, p.SheetID)
}

// document returns the smart sheet with the docid: for an application its own, for a member one that is shared with
// them. In a transaction that writes, a member needs the right to write too; wire.ErrNoPrivilege refuses who may only look.
func (s *Service) document(tx *store.Tx, by access.Caller, docID string) (d wedoc.Document, err error) {
	if by.Kind == access.Member {
		d, err = s.deps.Docs.Shared(tx.Context(), tx, by, docID, wedoc.SmartSheet)
	} else {
		d, err = s.deps.Docs.Own(tx, by, docID, wedoc.SmartSheet)
	}
	if err != nil || tx.ReadOnly() {
		return d, err
	}
	if by.Kind == access.Member {
		right, err := s.deps.Docs.RightOf(tx.Context(), tx, d, by.UserID)
		if err != nil {
			return d, err
		}
		if right < wedoc.Write {
			return d, wire.ErrNoPrivilege.With("docid: %s may only look into %q", by.UserID, docID)
		}
	}
	return wedoc.Lock(tx, d)
}

// begin gives a new smart sheet its first sheet. What WeCom puts into it is not documented (unverified).
func (s *Service) begin(ctx context.Context, tx *store.Tx, d wedoc.Document) error {
	if d.Kind != wedoc.SmartSheet {
		return nil
	}
	sh, err := addSheet(tx, d, Sheet{Title: "智能表1", Position: 0})
	if err != nil {
		return err
	}
	if _, err := s.addFields(tx, &sh, []Field{{Title: "文本", Type: Text}}); err != nil {
		return err
	}
	_, err = addView(tx, sh, View{Title: "表格视图", Type: "VIEW_TYPE_GRID"})
	return err
}
