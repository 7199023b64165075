// Package mcp is the second door of intelligent robots: tools for language models over the Model Context Protocol, in
// categories that members let a robot use. It serves
//
//	the long connection's aibot_get_mcp_config and aibot_send_biz_msg,
//	/cgi-bin/aibot/cli/get_mcp_config and get_cli_config for the command-line client,
//	/mcp/bot/CATEGORY?uaKey=… and /mcp/robot-CATEGORY?apikey=…, JSON-RPC 2.0 over streamable HTTP.
//
// WeCom publishes none of these; what is here was read from its public clients and is unverified.
//
//	robot ──key in the address──> category ──grant, until──> member
//	                                 └─ tool ──as the member──> the operation of the room that the HTTP calls use
package mcp

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"

	"qiwei/internal/aibot"
	"qiwei/internal/calendar"
	"qiwei/internal/chat"
	"qiwei/internal/clock"
	"qiwei/internal/contactrule"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/login"
	"qiwei/internal/media"
	"qiwei/internal/meeting"
	"qiwei/internal/seal"
	"qiwei/internal/smartsheet"
	"qiwei/internal/store"
	"qiwei/internal/todo"
	"qiwei/internal/wedoc"
	"qiwei/internal/wire"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Clock     *clock.Clock
	Bots      *aibot.Service
	Directory *directory.Service
	Rules     *contactrule.Service
	Media     *media.Service
	Chats     *chat.Service
	Calendars *calendar.Service
	Documents *wedoc.Service
	Sheets    *smartsheet.Service
	Todos     *todo.Service
	Meetings  *meeting.Service
	Member    door.Door[login.Session]
	Box       *seal.Box
	Log       *slog.Logger
	Version   string
	BaseURL   func() string
	ClientIP  func(*http.Request) netip.Addr
	// Observe is told of each request, as of the calls of the API.
	Observe func(wire.Call)
	// Intervene makes requests fail on purpose, as calls of the API (wire.Config); nil outside of dev.
	Intervene func(w http.ResponseWriter, r *http.Request, path string) wire.Intervention
	// Limits turns the frequency limit on.
	Limits bool
}

// Service has the tools, and who may use them.
type Service struct {
	deps   Deps
	tools  map[string][]tool // by category
	limits *wire.Limiter
}

// New returns the room.
func New(d Deps) *Service {
	s := &Service{deps: d, limits: wire.NewLimiter()}
	s.tools = map[string][]tool{
		"contact": s.contactTools(), "doc": s.docTools(), "msg": s.messageTools(), "schedule": s.scheduleTools(), "todo": s.todoTools(),
		"meeting": s.meetingTools(),
	}
	d.Bots.OnCommand("aibot_get_mcp_config", s.getConfig)
	d.Bots.OnCommand("aibot_send_biz_msg", s.sendBizMsg)
	return s
}

// Categories are those of WeCom's client, in its order.
var Categories = []string{"contact", "doc", "meeting", "msg", "schedule", "todo"}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Start begins nothing: the room has no work of its own.
func (s *Service) Start() {}

// Stop ends nothing.
func (s *Service) Stop() {}

// keptCalls is how many days uses of tools are kept.
const keptCalls = 90

// Sweep forgets what is over.
func (s *Service) Sweep(ctx context.Context) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		now := tx.Now().UnixMilli()
		for _, table := range []string{"mcp_nonce", "mcp_token", "mcp_export"} {
			if _, err := tx.Exec(`DELETE FROM `+table+` WHERE until < ?`, now); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`DELETE FROM mcp_call WHERE at < ?`, tx.Now().AddDate(0, 0, -keptCalls).UnixMilli())
		return err
	})
}

// Errors of robots' tools. No official page has them: WeCom's clients know them.
var (
	ErrKey       = wire.Code(850001, "invalid api key")
	ErrBotID     = wire.Code(93019, "invalid bot_id")
	ErrSignature = aibot.ErrCredential
	ErrTooLarge  = wire.Code(853001, "enterprise too large")
	ErrToken     = wire.Code(853004, "token expired")
	ErrDocKind   = wire.Code(851002, "incompatible doc type")
	ErrDocRight  = wire.Code(851003, "no authority")
	ErrDocUnseen = wire.Code(851008, "document not authorized")
	ErrDocGrant  = wire.Code(851013, "document not authorized")
	ErrDocOver   = wire.Code(851014, "document authorization expired")
	errParameter = wire.ErrParameter
)
