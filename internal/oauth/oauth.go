// Package oauth lets signed-in members into applications. It serves /connect/oauth2/authorize (doc 91022),
// the QR pages of /wwopen/sso/ (doc 91019) and /wwlogin/sso/ (doc 98152), the calls that redeem what those
// give out (doc 91023, 95833), and the way to the second verification and back (doc 99519).
//
//	session ──> authorize ──> code ──> getuserinfo ──> user ticket ──> getuserdetail
//	   │                       ▲
//	   └─> QR code confirmed ──┘  (no ticket)
//
// Somebody in WeChat who is no member has no session, and is an openid to the application.
//
// The same with a suite's id for the corp's lets members of every corp into a provider's application (doc 91120,
// 98171), and a provider's own QR code leads to get_login_info (doc 91124).
//
// Each step stores its result in the database and returns; none calls the next. Sessions and their pages
// belong to package login.
package oauth

import (
	"context"
	"embed"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"qiwei/internal/admin"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/licence"
	"qiwei/internal/login"
	"qiwei/internal/login/page"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

// Migrations is the room's part of the schema. Its tables are named after login, where they were first made.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Corps     *corp.Service
	Directory *directory.Service
	Apps      *app.Service
	Suites    *suite.Service
	Licences  *licence.Service
	Admins    *admin.Service
	Login     *login.Service
	Box       *seal.Box
	Log       *slog.Logger
	// BaseURL is where members reach this server, without a slash at the end. QR codes
	// lead there.
	BaseURL func() string
	// ClientIP says where a request comes from.
	ClientIP func(*http.Request) netip.Addr
	// Dev shows what a QR code contains, and does not limit their number.
	Dev bool
}

// Service lets members into applications.
type Service struct {
	deps    Deps
	shown   *wire.Limiter // limit on the QR codes shown to an address
	waiting waiting       // pages that wait for their QR code
	stop    func()
	stopped context.Context
	outside Outside // nil where there is nobody in WeChat
}

// New returns the room.
func New(d Deps) *Service {
	s := &Service{deps: d, shown: wire.NewLimiter()}
	s.stopped, s.stop = context.WithCancel(context.Background())
	d.Login.OnPending(s.sendToVerify)
	d.Login.OnDesk(s.scanAtDesk)
	d.Login.OnAccount(s.consents)
	d.Login.CredentialsEnded.On(func(_ context.Context, tx *store.Tx, e login.Ending) error { return spendCodes(tx, e.Member.No) })
	return s
}

// Stop ends the requests that wait for a QR code to be scanned, so that a stopping server need not wait.
func (s *Service) Stop() { s.stop() }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.userInfoEndpoints(), s.userDetailEndpoints(), s.suiteEndpoints(), s.programEndpoints(), s.providerEndpoints(), s.verifyEndpoints())
}

// Routes returns the room's pages.
func (s *Service) Routes() []door.Route {
	return slices.Concat(s.authorizeRoutes(), s.consentRoutes(), s.scanRoutes(), s.scanSignInRoutes())
}

// Sweep deletes what has expired. It may run on several servers at once.
func (s *Service) Sweep(ctx context.Context) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		for _, stale := range []struct {
			where  string
			before time.Time
		}{
			{`login_code WHERE expires_at <= ?`, tx.Now().Add(-codeMemory)},
			{`login_scan WHERE expires_at <= ?`, tx.Now().Add(-scanMemory)},
		} {
			if _, err := tx.Exec(`DELETE FROM `+stale.where, stale.before.UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	})
}

// corpOf returns the corp with the id; found is false if there is none.
func (s *Service) corpOf(tx *store.Tx, corpID string) (c corp.Corp, found bool, err error) {
	c, err = s.deps.Corps.Corp(tx, corpID)
	if err == corp.ErrNotFound {
		return c, false, nil
	}
	return c, err == nil, err
}

// sees reports whether the member is in the application's visible range.
func (s *Service) sees(tx *store.Tx, a app.App, m directory.Member) (bool, error) {
	return s.deps.Directory.InRange(tx, a.CorpID, a.Range, m)
}

// visit is a page being answered.
type visit struct {
	*login.Visit
	s *Service
	w http.ResponseWriter
	r *http.Request
}

func (s *Service) visit(v *login.Visit) *visit { return &visit{v, s, v.Writer(), v.Request()} }

func (v *visit) ctx() context.Context { return v.r.Context() }

func (s *Service) page(serve func(*visit) error) http.Handler {
	return s.deps.Login.Page(func(v *login.Visit) error { return serve(s.visit(v)) })
}

func (s *Service) framed(serve func(*visit) error) http.Handler {
	return s.deps.Login.Framed(func(v *login.Visit) error { return serve(s.visit(v)) })
}

func (s *Service) post(serve func(*visit) error) http.Handler {
	return s.deps.Login.Form(func(v *login.Visit) error { return serve(s.visit(v)) })
}

// require returns the signed-in member of the corp. If there is none, it answers with the way to sign in,
// which leads back to next.
func (v *visit) require(c corp.Corp, a *app.App, next string) (login.Session, bool, error) {
	return v.Require(login.Need{CorpID: c.CorpID, App: a, Next: next, Form: true})
}

// here returns the requested path and query.
func (v *visit) here() string { return login.EscapeUnsafe(v.r.URL.RequestURI()) }

var crowded = page.Problem{
	Title: page.Text{Zh: "登录人数过多", En: "Too many are signing in"},
	Why:   page.Text{Zh: "服务器正在处理其他登录，请稍后再试。", En: "The server is busy with other sign-ins. Try again in a moment."},
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
