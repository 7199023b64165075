package oauth

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/licence"
	"qiwei/internal/login"
	"qiwei/internal/login/page"
	"qiwei/internal/redirect"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

const (
	authorizePath  = "/connect/oauth2/authorize"
	uriConfirmPath = "/wwopen/uriconfirm"
)

// scope is what an application asks a member for (doc 91022).
type scope string

const (
	scopeBase     scope = "snsapi_base"        // silent: only the member's identity
	scopeUserInfo scope = "snsapi_userinfo"    // silent, no longer documented, still sent by many
	scopePrivate  scope = "snsapi_privateinfo" // with the member's consent: sensitive fields
)

// readScope reads the scope parameter. Some libraries leave it empty, some send a list.
func readScope(text string) (scope, bool) {
	if strings.TrimSpace(text) == "" {
		return scopeBase, true
	}
	found := map[scope]bool{}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' }) {
		found[scope(word)] = true
	}
	for _, s := range []scope{scopePrivate, scopeUserInfo, scopeBase} {
		if found[s] {
			return s, true
		}
	}
	return "", false
}

func (s *Service) authorizeRoutes() []door.Route {
	return []door.Route{
		{Pattern: "GET " + authorizePath, Handler: s.page(s.authorize)},
		{Pattern: "POST " + authorizePath, Handler: s.post(s.decideConsent)},
		{Pattern: "GET " + uriConfirmPath, Handler: s.page(s.uriConfirm)},
	}
}

// link is an authorisation link, parsed and checked as far as possible without knowing who opens it.
type link struct {
	corp  corp.Corp    // of a suite's link that of the member who has opened it
	suite *suite.Suite // that it names instead of a corp
	app   *app.App     // that it names; nil if it names none
	scope scope
	to    redirect.Address
	state string // as written: it is returned letter for letter

	refused *refusal // why it leads nowhere
}

// refusal is the answer to a link that is not followed: a page here, or a redirect within this server. It
// never reaches the redirect address.
type refusal struct {
	page      page.Problem
	elsewhere string
}

func (f *refusal) answer(v *visit) error {
	if f.elsewhere != "" {
		return v.Redirect(f.elsewhere)
	}
	return v.Problem(http.StatusOK, f.page)
}

// readLink reads an authorisation link. refused holds whatever is wrong with it.
func (s *Service) readLink(tx *store.Tx, q redirect.Query) (l link, err error) {
	refuse := func(p page.Problem) (link, error) {
		l.refused = &refusal{page: p}
		return l, nil
	}
	names, err := s.resolve(tx, q.Get("appid"), q.Get("agentid"))
	if err != nil {
		return l, err
	}
	if !names.found {
		return refuse(page.BadParameter("appid", q.Get("appid")))
	}
	l.corp, l.suite, l.app = names.corp, names.suite, names.app
	if l.suite != nil && !hasPages(*l.suite) {
		return refuse(page.BadParameter("appid", q.Get("appid")))
	}
	if t := q.Get("response_type"); t != "" && t != "code" {
		return refuse(page.BadParameter("response_type", t))
	}
	var ok bool
	if l.scope, ok = readScope(q.Get("scope")); !ok {
		return refuse(page.BadParameter("scope", q.Get("scope")))
	}
	switch {
	case names.refused != nil && l.scope == scopePrivate && l.app == nil:
		return refuse(page.BadAgentID(q.Get("agentid")))
	case names.refused != nil:
		return refuse(*names.refused)
	case l.scope == scopePrivate && l.app == nil && l.suite == nil:
		// The table of doc 91022 says that this is an error, the note below it that it counts as snsapi_base.
		// Clients rely on the note.
		l.scope = scopeBase
	}
	uri := q.Get("redirect_uri")
	if uri == "" {
		return refuse(page.BadParameter("redirect_uri", ""))
	}
	l.state = login.EscapeUnsafe(q.Raw("state"))
	domains, err := s.oauthDomains(tx, names)
	if err != nil {
		return l, err
	}
	l.to, ok = redirect.Parse(uri)
	for _, d := range domains {
		if ok && l.to.On(d) {
			return l, nil
		}
	}
	l.refused = &refusal{elsewhere: uriConfirmPath + "?err_type=domain_err&uri=" + url.QueryEscape(uri) +
		"&appid=" + url.QueryEscape(q.Get("appid")) + "&agentid=" + url.QueryEscape(q.Get("agentid"))}
	return l, nil
}

// oauthDomains returns the domains that a redirect address may use: the suite's, the application's, or those of
// all applications of the corp if the link names none (doc 91335).
func (s *Service) oauthDomains(tx *store.Tx, n named) ([]string, error) {
	switch {
	case n.suite != nil:
		return nonEmpty(n.suite.RedirectDomain), nil
	case n.app != nil && thirdParty(n.app.Kind):
		v, err := s.deps.Suites.Suite(tx, n.app.Suite)
		return nonEmpty(v.RedirectDomain), err
	case n.app != nil:
		return nonEmpty(n.app.RedirectDomain), nil
	}
	apps, err := s.deps.Apps.Apps(tx, n.corp.CorpID)
	var out []string
	for _, a := range apps {
		if !a.Disabled {
			out = append(out, nonEmpty(a.RedirectDomain)...)
		}
	}
	return out, err
}

func nonEmpty(list ...string) []string {
	var out []string
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// readLinkOf reads the link that a browser has opened.
func (v *visit) readLink() (l link, err error) {
	err = v.s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		l, err = v.s.readLink(tx, redirect.ParseQuery(v.r.URL.RawQuery))
		return err
	})
	return l, err
}

// authorize sends a member back to the application with a code. In WeCom this works only inside the client,
// which knows its user. Here any browser may come, and must sign in.
func (s *Service) authorize(v *visit) error {
	l, err := v.readLink()
	if err != nil {
		return err
	}
	if l.refused != nil {
		return l.refused.answer(v)
	}
	if p, found, err := v.outsider(); err != nil || found {
		if err == nil {
			err = v.sendPersonsCode(l, p)
		}
		return err
	}
	sess, ok, err := v.enter(&l)
	if err != nil || !ok {
		return err
	}
	if l.scope == scopePrivate && l.app != nil {
		if done, err := s.askConsent(v, l, sess); err != nil || done {
			return err
		}
	}
	return v.sendCode(l, sess)
}

// sendCode ends an authorisation.
func (v *visit) sendCode(l link, sess login.Session) error {
	s, text := v.s, ""
	licensed := true
	err := s.deps.Store.Write(v.ctx(), func(tx *store.Tx) (err error) {
		if l.app != nil {
			if licensed, err = s.licensed(v.ctx(), tx, *l.app, sess.Member); err != nil || !licensed {
				return err
			}
		}
		c := code{CorpID: l.corp.CorpID, Member: sess.Member, Purpose: forUserInfo, Scope: l.scope, Origin: l.to.Origin(), Device: s.deps.Login.Device(v.r)}
		if l.app != nil {
			c.App = l.app.No
		}
		if l.suite != nil {
			c.Suite = l.suite.No
		} else if c.Suite, err = s.suiteOf(tx, l.app); err != nil {
			return err
		}
		text, err = s.issue(tx, c)
		return err
	})
	if err != nil {
		return err
	}
	if !licensed {
		return v.Problem(http.StatusOK, page.Unlicensed(s.deps.Login.PageApp(*l.app)))
	}
	return v.Redirect(l.to.With("code=" + text + "&state=" + l.state))
}

// licensed reports whether the member has the licence that the application needs, and binds one where accounts
// bind themselves. Doc 95652.
func (s *Service) licensed(ctx context.Context, tx *store.Tx, a app.App, m directory.Member) (bool, error) {
	lacking, err := s.deps.Licences.LackingOf(ctx, tx, a, licence.Basic, licence.Opened, []int64{m.No})
	return !lacking[m.No], err
}

// uriConfirm is the page that says that a redirect address is on none of the application's domains. authorize
// leads here; doc 91335 calls it "redirect_uri参数错误".
func (s *Service) uriConfirm(v *visit) error {
	q := redirect.ParseQuery(v.r.URL.RawQuery)
	if q.Get("err_type") != "domain_err" {
		return v.Problem(http.StatusOK, page.DeadLink())
	}
	m := page.Mismatch{RedirectURI: q.Get("uri")}
	err := s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		names, err := s.resolve(tx, q.Get("appid"), q.Get("agentid"))
		if err != nil || !names.found {
			return err
		}
		if a := names.app; a != nil {
			m.App, m.CorpID, m.AgentID = s.deps.Login.PageApp(*a), a.CorpID, a.AgentID
			if thirdParty(a.Kind) {
				m.SuiteID = a.Suite
			}
		}
		if v := names.suite; v != nil {
			m.App, m.SuiteID = page.App{Name: v.Name, Logo: s.deps.Login.Local(v.Logo)}, v.SuiteID
		}
		m.Configured, err = s.oauthDomains(tx, names)
		return err
	})
	if err != nil {
		return err
	}
	return v.Problem(http.StatusOK, page.UntrustedDomain(m))
}
