// Package suite keeps providers (服务商) and what they bring to enterprises: suites
// (third-party applications and templates of proxy-developed ones), their
// installations, and the tickets, tokens and codes of both. It serves
// /cgi-bin/service/ (doc 90600 and neighbours).
//
//	ticket ──get_suite_token──> suite_access_token ─┐
//	install ──create_auth: auth_code────────────────┴─get_permanent_code──> permanent_code
//	permanent_code ──get_corp_token (a template's: gettoken)──> access_token
//
// An installation is an application of the corp (package app), whose secret is the
// permanent code. What it may do, and in which range, is kept there.
//
// A provider knows corps and members by ids of its own, see view.
package suite

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/admin"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/token"
	"qiwei/internal/wire"
	"qiwei/internal/work"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Corps     *corp.Service
	Directory *directory.Service
	Admins    *admin.Service
	Apps      *app.Service
	Tokens    *token.Service
	Events    *event.Log
	Box       *seal.Box
	Log       *slog.Logger
	Work      *work.Engine
	// Limits turns on the ban of addresses that guess secrets.
	Limits bool
}

// Service keeps providers and suites.
type Service struct {
	deps                Deps
	kinds               kinds
	work                *work.Queue
	guesses             *wire.Limiter
	bySuite, byProvider *wire.Credential
}

// New returns the room. Tickets are made after Start.
func New(d Deps) *Service {
	s := &Service{deps: d, kinds: declareKinds(d.Events), guesses: wire.NewLimiter()}
	s.work = d.Work.Queue(s.ticketWork())
	s.bySuite, s.byProvider = s.credentials()
	d.Apps.OnUpdate(s.appUpdated)
	d.Apps.OnDelete(s.appDeleted)
	d.Corps.OnDelete(s.corpDeleted)
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.tokenEndpoints(), s.codeEndpoints(), s.installationEndpoints(), s.convertEndpoints())
}

// Start begins to make tickets, until Stop.
func (s *Service) Start() { s.work.Start() }

// Stop ends that.
func (s *Service) Stop() { s.work.Stop() }

// Sweep removes codes that have had their time.
func (s *Service) Sweep(ctx context.Context) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM suite_code WHERE expires_at < ?`, tx.Now().Add(-24*time.Hour).UnixMilli())
		return err
	})
}

// The kinds of suite beside those of installed applications.
const (
	// Login is a login authorisation (登录授权): it signs members of any corp in on
	// the provider's site, and is installed nowhere (doc 98179).
	Login access.Kind = "login"
)

// Kinds returns the kinds that a suite can have.
func Kinds() []access.Kind {
	return []access.Kind{access.ThirdParty, access.ThirdPartyContacts, access.ContactsEdit, access.Custom, Login}
}

// Errors of providers and suites (doc 90313).
var (
	ErrSuite            = wire.Code(40083, "invalid SuiteId")
	ErrSuiteSecret      = wire.Code(40080, "invalid suite_secret")
	ErrSuiteTicket      = wire.Code(40085, "invalid suite ticket")
	ErrSuiteToken       = wire.Code(40082, "invalid suite_acccess_token")
	ErrPermanentCode    = wire.Code(40084, "invalid permanent_code")
	ErrAuthCode         = wire.Code(40078, "invalid auth_code")
	ErrPreAuthCode      = wire.Code(40077, "invalid pre_auth_code")
	ErrPreAuthExpired   = wire.Code(42007, "pre_auth_code expired")
	ErrAppID            = wire.Code(40086, "invalid suite appid")
	ErrSuiteMissing     = wire.Code(41021, "suite_id missing")
	ErrTokenMissing     = wire.Code(41022, "suite_access_token missing")
	ErrTicketMissing    = wire.Code(41023, "suite_ticket missing")
	ErrSecretMissing    = wire.Code(41024, "suite_secret missing")
	ErrPermanentMissing = wire.Code(41025, "permanent code missing")
	ErrAuthCodeMissing  = wire.Code(41008, "code missing")
	ErrTokenExpired     = wire.Code(42009, "suite_access_token expired")
	ErrAuthCorpMissing  = wire.Code(84054, "auth_corpid missing")
	ErrNotInstalled     = wire.Code(48004, "invalid authorization")
	ErrNotGranted       = wire.Code(48001, "API not granted to the corp or provider")
	ErrAlreadyGranted   = wire.Code(842006, "customized app already authorized")

	ErrState = wire.Code(84025, "invalid state")

	ErrNotFound   = errors.New("no such suite")
	ErrNoProvider = errors.New("the enterprise is no provider")
)
