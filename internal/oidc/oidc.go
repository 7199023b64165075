// Package oidc lets members in to products that speak OpenID Connect. It serves
// /oidc/<corpid>/, one issuer for each corp, and stands on login: a member who is let
// in has a session there, from a QR code, a password or a passkey.
//
//	client ──> authorize ──> session ──> consent ──> code ──> tokens ──> userinfo
//	               ▲            │                       │        │
//	               └── signs in ┘                       └ grant ─┘ ──> ends with the session
//
// The protocol is our own (docs/decisions/0042): a request of a client is one
// transaction, all times are the server's, and JWTs are go-jose's.
//
// A client belongs to an application. A member outside the application's visible
// range is not let in, and what a grant gave is void from the moment that its member
// is disabled, deleted or moved out of the range.
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
	keyed   sync.Map         // corpid -> true: it has keys, and has had them since it was first asked
	outside *outbound.Client // posts the news of logouts
	work    *work.Queue      // clients that are to be told of an end
}

// New returns the room.
func New(d Deps) *Service {
	s := &Service{deps: d, outside: newTeller(d.Outbound)}
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
		// Where RFC 8414 looks for the same.
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

// shared lets the scripts of other sites ask. None of these endpoints reads a
// cookie: a script gets nothing that it could not get from its own server.
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

// Sweep deletes what has had its time and renews keys that are due. It may run on
// several servers at once.
func (s *Service) Sweep(ctx context.Context) error {
	err := s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		now := tx.Now().UnixMilli()
		for _, stale := range []string{
			// A code that was used is remembered as long as what it gave: its second
			// use ends that.
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

// Life of what is handed out. A client may have others.
const (
	codeLife    = time.Minute
	accessLife  = time.Hour
	idTokenLife = time.Hour
	refreshLife = 30 * 24 * time.Hour
	// onlineLife is how long what hangs on a session can live from the sign-in on:
	// as long as the session.
	onlineLife = 30 * 24 * time.Hour
)
