// Package kf is WeChat customer service (微信客服): accounts that people in WeChat write to by a link,
// the members who serve them, sessions with their states, messages in both directions, statistics and the
// assistant's knowledge. It serves /cgi-bin/kf/ (doc 94638 and neighbours).
//
//	link ──> enter_session ──> customer writes ──> 0 ──send_msg──> 1 assistant ──> 2 pool ──> 3 servicer ──> 4 ended
//
// A message or an event is a row of the account's list. Applications that manage the account are told that
// there is something (kf_msg_or_event), and read the list from where they were (sync_msg). There is no WeChat
// behind it: in dev, scripts play the customers. Servicers work on their phone (see phone_api.go), or scripts
// play them (see script.go). Accounts that no application manages have none of the platform's own rules of
// reception: their customers wait until a servicer takes them.
package kf

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/acquisition"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/customer"
	"qiwei/internal/customergroup"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/event"
	"qiwei/internal/login"
	"qiwei/internal/media"
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
	Customers *customer.Service
	Groups    *customergroup.Service
	Links     *acquisition.Service
	Suites    *suite.Service
	Events    *event.Log
	Box       *seal.Box
	Member    door.Door[login.Session]
	Log       *slog.Logger
	// Limits turns on how often messages may be read without a token.
	Limits bool
	// BaseURL is where clients reach this server, without a slash at the end.
	BaseURL func() string
}

// Service keeps accounts of customer service.
type Service struct {
	deps    Deps
	kinds   kinds
	polling *wire.Limiter
}

// New returns the room.
func New(d Deps) *Service {
	s := &Service{deps: d, polling: wire.NewLimiter()}
	s.kinds = s.declare(d.Events)
	d.Directory.MemberUpdated.On(s.renameMember)
	d.Customers.OnAdded(s.countJoined)
	d.Groups.OnJoined(s.countJoinedGroup)
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.accountEndpoints(), s.servicerEndpoints(), s.sessionEndpoints(), s.syncEndpoints(), s.sendEndpoints(),
		s.upgradeEndpoints(), s.personEndpoints(), s.statisticEndpoints(), s.componentEndpoints(), s.knowledgeEndpoints())
}

// Start has nothing to begin.
func (s *Service) Start() {}

// Stop has nothing to end.
func (s *Service) Stop() {}

// Sweep deletes codes and invitations that are too old to be used, and days that nobody may ask for any more.
func (s *Service) Sweep(ctx context.Context) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(`DELETE FROM kf_code WHERE at < ?`, tx.Now().Add(-2*window).UnixMilli()); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM kf_invitation WHERE at < ?`, tx.Now().Add(-2*window).UnixMilli()); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM kf_day WHERE day < ?`, dayOf(tx.Now()).AddDate(0, 0, -maxStatBack-1).Unix())
		return err
	})
}

// Permissions that a corp gives to a provider's application, by the names of agent/get_permissions (doc
// 99052).
const (
	permitBase    = "customerservice:base:base"    // 获取基础信息
	permitChat    = "customerservice:chat:manage"  // 管理账号、分配会话和收发消息
	permitUpgrade = "customerservice:tool:upgrade" // 配置「升级服务」
	permitStat    = "customerservice:tool:stat"    // 获取客服数据统计
)

// window is how long a session lasts after the customer's last message, and how far back whoever has entered
// or written is known (doc 94669, 95159).
const window = 48 * time.Hour

// endpoint returns a call of customer service. The system application may make it, a self-built one that the
// corp lists for customer service, and a provider's that has one of the permissions (doc 94638).
func endpoint(method, name string, doc int, h wire.Handler, grants ...string) wire.Endpoint {
	return wire.Endpoint{
		Method: method, Path: "/cgi-bin/kf/" + name, Doc: doc, Grants: grants, Family: access.CustomerService, Handle: h,
		Allow: access.Allow{access.CustomerService: access.All, access.SelfBuilt: access.Listed, access.Custom: access.InRange, access.ThirdParty: access.InRange},
	}
}

// Errors of customer service (doc 90313).
var (
	ErrAccountMissing = wire.Code(60251, "open_kfid missing")
	ErrAccount        = wire.Code(95000, "invalid open_kfid")
	ErrNoAccount      = wire.Code(95004, "open_kfid not exist")
	ErrNotManaged     = wire.Code(48007, "kf account not authorized")
	ErrRange          = wire.Code(60030, "out of agent range")
)

// flag is a truth as the database has it.
func flag(is bool) int64 {
	if is {
		return 1
	}
	return 0
}
