// Package todo has to-dos (待办): what members are to do, for themselves or for each other, until when, and who has
// accepted, declined or done it. WeCom has no call of its server API for them: members have a page on the phone, and
// robots the tools of category todo (package mcp).
package todo

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"

	"qiwei/internal/access"
	"qiwei/internal/contactrule"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/login"
	"qiwei/internal/message"
	"qiwei/internal/store"
	"qiwei/internal/wire"
	"qiwei/internal/work"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Directory *directory.Service
	Rules     *contactrule.Service
	Messages  *message.Service
	Member    door.Door[login.Session]
	Log       *slog.Logger
	Work      *work.Engine
	// For says for which corps this server reminds; for all if it is nil.
	For func(corpID string) bool
}

// Service keeps to-dos.
type Service struct {
	deps Deps
	work *work.Queue
}

// New returns the room. Members are reminded after Start.
func New(d Deps) *Service {
	s := &Service{deps: d}
	s.work = d.Work.Queue(s.reminderWork())
	d.Directory.MemberUpdated.On(s.renameMember)
	d.Directory.OnMemberLeaving(s.memberLeaving)
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Start begins to remind members, until Stop.
func (s *Service) Start() { s.work.Start() }

// Stop ends that.
func (s *Service) Stop() { s.work.Stop() }

// sweptAtOnce is how many to-dos a transaction of Sweep forgets, so that it holds nobody up.
const sweptAtOnce = 1000

// Sweep forgets to-dos that were deleted long ago, or done longer ago.
func (s *Service) Sweep(ctx context.Context) error {
	for status, days := range map[Status]int{Deleted: keptDeleted, Done: keptDone} {
		for gone := int64(sweptAtOnce); gone == sweptAtOnce; {
			if err := s.deps.Store.Write(ctx, func(tx *store.Tx) (err error) {
				gone, err = tx.Exec(`DELETE FROM todo WHERE no IN (SELECT no FROM todo WHERE status = ? AND updated_at < ? LIMIT ?)`,
					int64(status), tx.Now().AddDate(0, 0, -days).Unix(), int64(sweptAtOnce))
				return err
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// ErrParameter and ErrNoRight refuse: the platform has no codes of its own for to-dos that were made public.
var (
	ErrParameter = wire.ErrParameter
	ErrNoRight   = wire.ErrNoPrivilege
)

// renameMember lets to-dos follow a member whose userid has changed.
func (s *Service) renameMember(ctx context.Context, tx *store.Tx, by access.Caller, e directory.MemberUpdatedEvent) error {
	if e.NewUserID == "" {
		return nil
	}
	if _, err := tx.Exec(`UPDATE todo SET creator_key = ?, creator = ? WHERE corpid = ? AND creator_key = ?`, e.NewUserID.Key(), string(e.NewUserID), by.CorpID, e.UserID.Key()); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE todo_follower SET userkey = ?, userid = ? WHERE corpid = ? AND userkey = ?`, e.NewUserID.Key(), string(e.NewUserID), by.CorpID, e.UserID.Key())
	return err
}

// memberLeaving deletes the to-dos that a member who leaves has made, and takes the member out of the others.
func (s *Service) memberLeaving(ctx context.Context, tx *store.Tx, by access.Caller, m directory.Member) error {
	if err := tx.Send(`DELETE FROM todo WHERE corpid = ? AND creator_key = ?`, by.CorpID, m.UserID.Key()); err != nil {
		return err
	}
	return tx.Send(`DELETE FROM todo_follower WHERE corpid = ? AND userkey = ?`, by.CorpID, m.UserID.Key())
}
