// Package oidc signs members in to products that speak OpenID Connect. It serves /oidc/<corpid>/, one issuer
// for each corp. It builds on login: the member has a session there, from a QR code, a password or a passkey.
//
//	client ──> authorize ──> session ──> consent ──> code ──> tokens ──> userinfo
//	               ▲            │                       │        │
//	               └── signs in ┘                       └ grant ─┘ ──> ends with the session
//
// The protocol is our own (docs/decisions/0042): a client's request is one transaction, all times are the
// server clock's, and go-jose makes the JWTs.
//
// A client belongs to an application. A member outside the application's visible range is not admitted. What
// a grant gave is void as soon as its member is disabled, deleted or moved out of the range.
package oidc

import (
	"context"
	"embed"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/login"
	"qiwei/internal/outbound"
	"qiwei/internal/seal"
	"qiwei/internal/store"
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
	Login     *login.Service
	Box       *seal.Box
	Log       *slog.Logger
	Work      *work.Engine
	Outbound  *outbound.Network
	// BaseURL is where members and clients reach this server, without a slash at
	// the end. Issuers begin with it.
	BaseURL func() string
}

// Service is the provider of all corps.
type Service struct {
	deps    Deps
	opened  sync.Map         // kid -> *signer
	keyed   sync.Map         // corpid -> true: the corp has keys
	outside *outbound.Client // posts the news of logouts
	work    *work.Queue      // notices to clients
}

// New returns the room.
func New(d Deps) *Service {
	s := &Service{deps: d, outside: newNoticeClient(d.Outbound)}
	s.work = d.Work.Queue(s.kind())
	d.Login.OnEnd(s.sessionEnded)
	d.Login.OnAccount(s.granted)
	d.Login.CredentialsEnded.On(s.credentialsEnded)
	d.Directory.OnMemberLeaving(s.memberLeaving)
	d.Apps.OnDelete(s.appLeaving)
	return s
}

// Paths below an issuer.
const (
	root          = "/oidc/{corpid}"
	discoveryPath = "/.well-known/openid-configuration"
	authorizePath = "/authorize"
	consentPath   = "/consent"
	tokenPath     = "/token"
	userInfoPath  = "/userinfo"
	inspectPath   = "/introspect"
	revokePath    = "/revoke"
	logoutPath    = "/logout"
	grantedPath   = "/granted"
	keysPath      = "/jwks"
)

// Routes returns what the room serves.
func (s *Service) Routes() []door.Route {
	return []door.Route{
		{Pattern: "GET " + root + discoveryPath, Handler: shared(http.HandlerFunc(s.discovery))},
		// Where RFC 8414 looks for it.
		{Pattern: "GET /.well-known/oauth-authorization-server" + root, Handler: shared(http.HandlerFunc(s.discovery))},
		{Pattern: "GET " + root + keysPath, Handler: shared(http.HandlerFunc(s.keys))},
		{Pattern: "GET " + root + authorizePath, Handler: s.deps.Login.Page(s.authorize)},
		{Pattern: "POST " + root + authorizePath, Handler: http.HandlerFunc(s.authorizePosted)},
		{Pattern: "POST " + root + consentPath, Handler: s.deps.Login.Form(s.decide)},
		{Pattern: "POST " + root + tokenPath, Handler: shared(http.HandlerFunc(s.token))},
		{Pattern: "OPTIONS " + root + tokenPath, Handler: shared(nil)},
		{Pattern: "GET " + root + userInfoPath, Handler: shared(http.HandlerFunc(s.userInfo))},
		{Pattern: "POST " + root + userInfoPath, Handler: shared(http.HandlerFunc(s.userInfo))},
		{Pattern: "OPTIONS " + root + userInfoPath, Handler: shared(nil)},
		{Pattern: "POST " + root + inspectPath, Handler: http.HandlerFunc(s.introspect)},
		{Pattern: "POST " + root + revokePath, Handler: shared(http.HandlerFunc(s.revoke))},
		{Pattern: "OPTIONS " + root + revokePath, Handler: shared(nil)},
		{Pattern: "GET " + root + grantedPath + "/{client}", Handler: s.deps.Login.Page(s.grantedPage)},
		{Pattern: "POST " + root + grantedPath + "/{client}", Handler: s.deps.Login.Form(s.withdraw)},
		{Pattern: "GET " + root + logoutPath, Handler: s.deps.Login.Page(s.logout)},
		{Pattern: "POST " + root + logoutPath, Handler: http.HandlerFunc(s.logoutPosted)},
		{Pattern: "POST " + root + logoutPath + "/confirm", Handler: s.deps.Login.Form(s.confirmLogout)},
	}
}

// shared allows requests from scripts of other sites. None of these endpoints reads a cookie, so a script
// gets nothing that its own server could not get.
func shared(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		if r.Method == http.MethodOptions {
			w.Header().Set("Access-Control-Allow-Methods", "GET, POST")
			w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
			w.Header().Set("Access-Control-Max-Age", "3600")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// Issuer returns the corp's issuer.
func (s *Service) Issuer(corpID string) string { return s.deps.BaseURL() + "/oidc/" + corpID }

// Sweep deletes what has expired and renews keys that are due. It may run on several servers at once.
func (s *Service) Sweep(ctx context.Context) error {
	err := s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		now := tx.Now().UnixMilli()
		for _, stale := range []string{
			// A used code is remembered as long as the tokens that it gave: its second use ends them.
			`oidc_token WHERE expires_at <= ? AND (kind <> 'c' OR used_at = 0)`,
			`oidc_grant WHERE expires_at <= ?`,
			`oidc_key WHERE expires_at > 0 AND expires_at <= ?`,
		} {
			if _, err := tx.Exec(`DELETE FROM `+stale, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.renewKeys(ctx)
}

// Default lifetimes. A client may have others.
const (
	codeLife    = time.Minute
	accessLife  = time.Hour
	idTokenLife = time.Hour
	refreshLife = 30 * 24 * time.Hour
	// onlineLife is how long things that depend on a session can live from sign-in: as long as the session.
	onlineLife = 30 * 24 * time.Hour
)
