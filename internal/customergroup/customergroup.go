// Package customergroup keeps groups of members and customers (客户群): who is in them, who owns them, the ways
// by which people join them, what welcomes them there, and statistics. It serves
// /cgi-bin/externalcontact/groupchat/ and group_welcome_template/ (doc 92122 and neighbours).
//
//	script create ──> group ──> change_external_chat/create
//	script join, leave, rename … ──> group ──> change_external_chat/update
//
// Customers are of the room below. What an application does by the API is told to nobody (doc 92130).
package customergroup

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/chat"
	"qiwei/internal/customer"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/event"
	"qiwei/internal/login"
	"qiwei/internal/media"
	"qiwei/internal/seal"
	"qiwei/internal/sensitive"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Directory *directory.Service
	Customers *customer.Service
	Sensitive *sensitive.Service
	Media     *media.Service
	Chats     *chat.Service // hears what is said
	Events    *event.Log
	Box       *seal.Box
	Member    door.Door[login.Session]
	Log       *slog.Logger
	// BaseURL is where clients reach this server, without a slash at the end.
	BaseURL func() string
}

// Service keeps groups of customers.
type Service struct {
	deps   Deps
	kinds  kinds
	joined []func(context.Context, *store.Tx, access.Caller, int64, []int64) error
}

// New returns the room.
func New(d Deps) *Service {
	s := &Service{deps: d}
	s.kinds = s.declare(d.Events)
	d.Directory.OnMemberLeaving(s.memberLeaving)
	d.Customers.OnServed(s.served)
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.groupEndpoints(), s.transferEndpoints(), s.wayEndpoints(), s.statisticEndpoints(), s.welcomeEndpoints())
}

// Permissions that a corp gives to a provider's application, by the names of agent/get_permissions (doc
// 99052). That of join ways has no published name: ours is in the pattern of the others (unverified).
const (
	permitWays     = "externalcontact:groupchat:qrcode"
	permitTransfer = "externalcontact:groupchat:transfer"
	permitResigned = "externalcontact:groupchat:resigned"
	permitStat     = "externalcontact:groupchat:stat"
	permitWelcome  = "externalcontact:groupchat:welcome_msg"
)
