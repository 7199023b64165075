// Package message carries what applications, robots and members write to each other. It serves
// /cgi-bin/message/ (doc 90236 and neighbours), /cgi-bin/appchat/ (doc 90245) and /cgi-bin/webhook/ (doc
// 91770).
//
// A message is stored once. Each receiver gets a copy, which is only a row that names the message. A few
// receivers get theirs in the sending transaction. For many, the audience is stored with the message, and
// Deliver makes the copies in the background. A member who reads the inbox before that gets the copies then
// (settle), so that nobody can see the difference.
package message

import (
	"context"
	"embed"
	"log/slog"
	"slices"

	"qiwei/internal/app"
	"qiwei/internal/callback"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/event"
	"qiwei/internal/licence"
	"qiwei/internal/login"
	"qiwei/internal/media"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
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
	Apps      *app.Service
	Callbacks *callback.Service
	Licences  *licence.Service
	Events    *event.Log
	Member    door.Door[login.Session]
	Login     *login.Service
	Media     *media.Service
	// BaseURL is where clients reach this server, without a slash at the end.
	BaseURL func() string
	Box     *seal.Box
	Log     *slog.Logger
	Work    *work.Engine
	// Limits turns the platform's frequency limits on.
	Limits bool
}

// Service carries messages.
type Service struct {
	deps Deps
	work *work.Queue   // delivery of messages that some receivers do not have yet
	chat *wire.Limiter // limit on what corps send to their chats

	kinds   kinds
	hearers []Hearer
}

// New returns the room.
func New(d Deps) *Service {
	s := &Service{deps: d, chat: wire.NewLimiter(), kinds: declareKinds(d.Events)}
	s.work = d.Work.Queue(s.kind())
	d.Callbacks.OnReply(replies, s.takeReply)
	d.Apps.OnDelete(s.forgetApp)
	return s
}

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.sendEndpoints(), s.recallEndpoints(), s.chatEndpoints(), s.robotEndpoints())
}

// Sweep deletes what has expired. It may run on several servers at once.
func (s *Service) Sweep(ctx context.Context) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(`DELETE FROM message_code WHERE expires_at <= ?`, tx.Now().UnixMilli()); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM message_digest WHERE at <= ?`, tx.Now().Add(-maxDuplicateInterval).UnixMilli())
		return err
	})
}
