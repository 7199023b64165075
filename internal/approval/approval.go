// Package approval is the approval application (审批): templates, approvals and what people decide on them, leave
// and its balances, and the approval engine that other applications build into themselves. It serves
// /cgi-bin/oa/ (doc 91854), /cgi-bin/oa/vacation/ (doc 93375) and the older /cgi-bin/corp/getapprovaldata (doc
// 91530).
//
//	template ──applyevent──> case ──steps by members──> passed, refused, withdrawn
//	                          └─ each step: sys_approval_change, and messages to those whom it concerns
//
// Members decide by their phone, or by scripts in dev. An approval of leave takes from the applicant's balance
// when it is submitted, and gives back when it comes to nothing.
package approval

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
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/media"
	"qiwei/internal/message"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/suite"
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
	Apps      *app.Service
	Suites    *suite.Service
	Messages  *message.Service
	Events    *event.Log
	Member    door.Door[login.Session]
	Box       *seal.Box
	Log       *slog.Logger
}

// Service keeps approvals.
type Service struct {
	deps  Deps
	kinds kinds

	settled     []func(context.Context, *store.Tx, *Case) error
	beforePunch []func(context.Context, *store.Tx, string, id.UserID, form.PunchValue) error
}

// New returns the room.
func New(d Deps) *Service {
	s := &Service{deps: d}
	s.kinds = s.declare(d.Events)
	d.Directory.MemberUpdated.On(s.renameMember)
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.templateEndpoints(), s.caseEndpoints(), s.vacationEndpoints(), s.openEndpoints())
}

// perMinute is how often each call may be made (doc 91853).
const perMinute = 600

// endpoint returns a call of the approval application: its own secret makes it, self-built applications that
// are listed for it, and providers' that have the permission (doc 91853).
func endpoint(path string, doc int, h wire.Handler) wire.Endpoint {
	return wire.Endpoint{
		Method: "POST", Path: "/cgi-bin/" + path, Doc: doc, Family: access.Approval, Grants: []string{permit}, Handle: h,
		Allow: access.Allow{access.Approval: access.InRange, access.SelfBuilt: access.Listed, access.Custom: access.InRange, access.ThirdParty: access.InRange},
		Limit: limit,
	}
}

// renameMember lets approvals follow a member whose userid has changed.
func (s *Service) renameMember(ctx context.Context, tx *store.Tx, by access.Caller, e directory.MemberUpdatedEvent) error {
	if e.NewUserID == "" {
		return nil
	}
	corpID, old, now := by.CorpID, e.UserID.Key(), e.NewUserID.Key()
	list, err := selectCases(tx, `corpid = ? AND no IN (SELECT approval FROM approval_person WHERE corpid = ? AND userkey = ?) ORDER BY no`, corpID, corpID, old)
	if err != nil {
		return err
	}
	for _, c := range list {
		c.eachUser(func(u *id.UserID) {
			if u.Equal(e.UserID) {
				*u = e.NewUserID
			}
		})
		if err := updateCase(tx, c); err != nil {
			return err
		}
	}
	for _, change := range []string{
		`UPDATE approval_person SET userkey = ? WHERE corpid = ? AND userkey = ?`,
		`UPDATE approval_case SET creator = ? WHERE corpid = ? AND creator = ?`,
		`UPDATE approval_span SET userkey = ? WHERE corpid = ? AND userkey = ?`,
	} {
		if _, err := tx.Exec(change, now, corpID, old); err != nil {
			return err
		}
	}
	if err := s.renameInOpen(tx, corpID, e.UserID, e.NewUserID); err != nil {
		return err
	}
	templates, err := selectTemplates(tx, `corpid = ? AND lower(body) `+store.Like, corpID, store.Pattern("", `"`+old+`"`, ""))
	if err != nil {
		return err
	}
	for _, t := range templates {
		t.Flow.rename(e.UserID, e.NewUserID)
		if err := updateTemplate(tx, t); err != nil {
			return err
		}
	}
	return nil
}

func (f *Flow) rename(old, renamed id.UserID) {
	nodes := [][]FlowNode{f.Nodes}
	for _, b := range f.Branches {
		nodes = append(nodes, b.Nodes)
	}
	for _, list := range nodes {
		for i := range list {
			for j, u := range list[i].Users {
				if u.Equal(old) {
					list[i].Users[j] = renamed
				}
			}
		}
	}
}
