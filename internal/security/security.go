// Package security has what an enterprise looks after (安全与管理): what administrators and members did, who took files
// and pictures of the screen away, the computers that it trusts, and who has the advanced features. It serves
// /cgi-bin/security/ (doc 98079 and neighbours).
//
// What administrators did is the console's own audit. Of members it notes what they do here; there are no clients
// of WeCom that would tell of files, screens and computers, so in dev scripts do.
package security

import (
	"embed"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/customer"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/job"
	"qiwei/internal/login"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

//go:embed migrations/*.sql
var migrations embed.FS

// AdminAct is what an administrator did in the console.
type AdminAct struct {
	No      int64
	At      time.Time
	UserID  id.UserID
	Address string
	Action  string // member.update
	Target  string
	Detail  json.RawMessage
}

// AdminQuery asks for a part of what administrators did, in order.
type AdminQuery struct {
	From, To time.Time // To is excluded
	UserID   id.UserID // everybody if it is empty
	After    int64     // the number of the last one
	Limit    int64
}

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Corps     *corp.Service
	Directory *directory.Service
	Customers *customer.Service
	Jobs      *job.Service
	Login     *login.Service
	Events    *event.Log
	Box       *seal.Box
	Log       *slog.Logger
	// BaseURL is where clients reach this server, and Addresses are its own.
	BaseURL   func() string
	Addresses func() []netip.Addr
	// AdminActs reads the console's audit.
	AdminActs func(tx *store.Tx, corpID string, q AdminQuery) ([]AdminAct, error)
}

// Service looks after enterprises.
type Service struct {
	deps    Deps
	moved   *event.Kind[MovedEvent]
	applied applied
}

// New returns the room.
func New(d Deps) *Service {
	s := &Service{deps: d}
	s.moved = declare(d.Events)
	s.applied = declareApplied(d.Events)
	d.Jobs.Declare(vipAdd, job.Kind{Open: s.openVIP})
	d.Jobs.Declare(vipDelete, job.Kind{Open: s.openVIP})
	d.Login.OnEntered(s.noteSignIn)
	d.Events.Subscribe(s.note)
	d.Directory.MemberUpdated.On(s.renameMember)
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.recordEndpoints(), s.deviceEndpoints(), s.vipEndpoints(), s.actEndpoints(), s.hostEndpoints(), s.applicationEndpoints())
}

// endpoint returns a call of this room. The pages have a list of callable applications at each of its parts; here
// one list is for all of them. Providers' applications may call none. The system's own secret calls those of its
// parts that had one before 2023-12-01.
func endpoint(name string, doc int, h wire.Handler, system bool) wire.Endpoint {
	ep := wire.Endpoint{Method: "POST", Path: "/cgi-bin/security/" + name, Doc: doc, Family: access.Security, Handle: h, Allow: access.Allow{access.SelfBuilt: access.Listed}}
	if system {
		ep.Allow[access.Security] = access.InRange
	}
	return ep
}

// Span is the time that a list is asked for: Unix seconds, both included.
type Span struct{ From, To int64 }

func (sp Span) valid(longest time.Duration) error {
	switch {
	case sp.From <= 0 || sp.To <= 0:
		return wire.ErrEmpty.With("start_time and end_time: Unix seconds expected")
	case sp.To < sp.From:
		return wire.ErrParameter.With("end_time lies before start_time")
	case sp.To-sp.From > int64(longest/time.Second):
		return wire.ErrParameter.With("start_time to end_time: at most %d days", int64(longest/(24*time.Hour)))
	}
	return nil
}

// seen returns which of the members, by key, the caller sees. Those who have left are seen by those who see all.
func (s *Service) seen(tx *store.Tx, by access.Caller, users []id.UserID) (func(id.UserID) bool, error) {
	if by.SeesAll() {
		return func(id.UserID) bool { return true }, nil
	}
	known, err := s.deps.Directory.VisibleMembers(tx, by, id.Texts(users))
	return func(u id.UserID) bool { return known[u.Key()] != 0 }, err
}

// named refuses a userid that the caller does not see: 60111 and 60011.
func (s *Service) named(tx *store.Tx, by access.Caller, users []id.UserID) (keys []string, err error) {
	for _, u := range users {
		m, err := s.deps.Directory.Member(tx.Context(), tx, by, u)
		if err != nil {
			return nil, err
		}
		keys = append(keys, m.UserID.Key())
	}
	return keys, nil
}
