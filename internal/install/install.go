// Package install has the pages by which an enterprise installs what a provider offers (doc 90597), and the calls
// that make links and QR codes to them (doc 95430, 98744).
//
//	provider's site ──pre_auth_code──┐                          ┌─> redirect_uri?auth_code=…
//	QR code, link, market ───────────┴─> order ──> confirmed ───┴─> create_auth
//	a member who opens the application ──> join ──> confirmed ──> the application
//	registration link ──> a new enterprise, which has the applications of the package
//
// An order is what a link asks for. It is checked once, where it comes in, and then travels sealed through sign-in
// and back. What is installed, and who is told, is package suite's.
package install

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"

	"qiwei/internal/admin"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/login"
	"qiwei/internal/login/page"
	"qiwei/internal/register"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Corps     *corp.Service
	Directory *directory.Service
	Admins    *admin.Service
	Apps      *app.Service
	Suites    *suite.Service
	Registers *register.Service
	Login     *login.Service
	Box       *seal.Box
	Log       *slog.Logger
	// BaseURL is where members reach this server, without a slash at the end. QR codes lead there.
	BaseURL func() string
}

// Service installs through pages.
type Service struct{ deps Deps }

// New returns the room.
func New(d Deps) *Service { return &Service{deps: d} }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint { return s.linkEndpoints() }

// Routes returns the room's pages.
func (s *Service) Routes() []door.Route {
	return []door.Route{
		{Pattern: "GET " + installPath, Handler: s.page(s.enter)},
		{Pattern: "GET " + confirmPath, Handler: s.page(s.ask)},
		{Pattern: "POST " + confirmPath, Handler: s.post(s.decide)},
		{Pattern: "GET " + joinPath, Handler: s.page(s.askMember)},
		{Pattern: "POST " + joinPath, Handler: s.post(s.join)},
		{Pattern: "GET " + registerPath, Handler: s.page(s.askToRegister)},
		{Pattern: "POST " + registerPath, Handler: s.post(s.register)},
		{Pattern: "GET " + linkPath, Handler: s.page(s.openLink)},
		{Pattern: "GET " + imagePath, Handler: http.HandlerFunc(s.image)},
	}
}

// visit is a page being answered.
type visit struct {
	*login.Visit
	s *Service
	r *http.Request
}

func (s *Service) page(serve func(*visit) error) http.Handler {
	return s.deps.Login.Page(func(v *login.Visit) error { return serve(&visit{v, s, v.Request()}) })
}

func (s *Service) post(serve func(*visit) error) http.Handler {
	return s.deps.Login.Form(func(v *login.Visit) error { return serve(&visit{v, s, v.Request()}) })
}

func (v *visit) ctx() context.Context { return v.r.Context() }

// here returns the requested path and query.
func (v *visit) here() string { return login.EscapeUnsafe(v.r.URL.RequestURI()) }

// refuse answers with a page that says why a link leads nowhere.
func (v *visit) refuse(p page.Problem) error { return v.Problem(http.StatusOK, p) }

// suiteOf returns the suite with the id; found is false where there is none that can be installed.
func (s *Service) suiteOf(tx *store.Tx, suiteID string) (v suite.Suite, found bool, err error) {
	v, err = s.deps.Suites.Suite(tx, suiteID)
	if errors.Is(err, suite.ErrNotFound) {
		return v, false, nil
	}
	return v, err == nil && v.Kind != suite.Login, err
}

// pageApp is a suite as the pages show it.
func (s *Service) pageApp(v suite.Suite) page.App {
	return page.App{Name: v.Name, Logo: s.deps.Login.Local(v.Logo)}
}

// superAdmin reports whether the member is a super admin of the corp. Only they install (doc 90597).
func (s *Service) superAdmin(tx *store.Tx, corpID string, m directory.Member) (bool, error) {
	a, found, err := s.deps.Admins.Of(tx, corpID, m)
	return found && a.Role == admin.Super, err
}

// sessionTo returns the session of a super admin. If there is none, it answers with the way to become one, which
// leads back here, and ok is false.
func (v *visit) sessionTo(app page.App) (sess login.Session, c corp.Corp, ok bool, err error) {
	if sess, ok, err = v.RequireAnywhere(); err != nil || !ok {
		return sess, c, false, err
	}
	err = v.s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		if c, err = v.s.deps.Corps.Corp(tx, sess.CorpID); err != nil {
			return err
		}
		ok, err = v.s.superAdmin(tx, sess.CorpID, sess.Member)
		return err
	})
	if err == nil && !ok {
		return sess, c, false, v.refuse(page.NotInstaller(app, c.Name, v.Person(sess.Member), v.again()))
	}
	return sess, c, ok, err
}

// again is where somebody else signs in, of whatever corp, and then returns here.
func (v *visit) again() string { return login.SwitchAnywhere(v.here()) }

// providerName returns the name of the company that brings the suite.
func (s *Service) providerName(tx *store.Tx, v suite.Suite) (string, error) {
	c, err := s.deps.Corps.Corp(tx, v.Partner)
	return c.Name, err
}

// contains reports whether the list has the suite.
func contains(list []suite.Installation, suiteID string) bool {
	return slices.ContainsFunc(list, func(in suite.Installation) bool { return in.Suite.SuiteID == suiteID })
}
