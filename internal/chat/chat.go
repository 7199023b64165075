// Package chat keeps the conversations of members: two who write to each other, and internal groups. It knows
// every kind of message that the chat archive knows (doc 91774).
//
//	send ──> Message, in one transaction with what hears of it (OnMessage): the archive
//
// WeCom has no API by which members talk. They do so in their client, which is the page at /phone/ (see
// phone_api.go); in dev, scripts play them (see script.go).
package chat

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/login"
	"qiwei/internal/media"
	"qiwei/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Corps     *corp.Service
	Directory *directory.Service
	Media     *media.Service
	Log       *slog.Logger
	Member    door.Door[login.Session]
	// BaseURL is where clients reach this server, without a slash at the end.
	BaseURL func() string
}

// Service keeps conversations.
type Service struct {
	deps  Deps
	heard []func(context.Context, *store.Tx, Message) error
}

// New returns the room.
func New(d Deps) *Service {
	s := &Service{deps: d}
	d.Directory.OnMemberLeaving(s.memberLeaving)
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// OnMessage registers fn, which is called for each message inside the transaction that stores it. An error
// from fn rolls the message back.
func (s *Service) OnMessage(fn func(context.Context, *store.Tx, Message) error) {
	s.heard = append(s.heard, fn)
}

// memberLeaving takes a member who leaves the enterprise out of the groups.
func (s *Service) memberLeaving(ctx context.Context, tx *store.Tx, by access.Caller, m directory.Member) error {
	groups, err := selectGroupsOf(tx, by.CorpID, m.No)
	for _, g := range groups {
		if err == nil {
			err = s.drop(tx, g, []int64{m.No})
		}
	}
	return err
}
