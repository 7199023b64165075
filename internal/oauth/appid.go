package oauth

import (
	"errors"
	"net/http"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/install"
	"qiwei/internal/login"
	"qiwei/internal/login/page"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// named is what a link's appid and agentid name.
type named struct {
	corp  corp.Corp
	found bool         // the appid names a corp or a suite
	suite *suite.Suite // that the appid names instead of a corp
	app   *app.App     // nil if the link names none
	// refused says why the agentid cannot be used.
	refused *page.Problem
}

// resolve reads a link's appid and agentid. It is the only place that knows what an appid may be. In the
// links of a corp's own applications it is the corpid (doc 91022, 91019, 98152), also as a provider knows the
// corp. In those of a provider it is a suite's id, and then there is no agentid (doc 91120).
func (s *Service) resolve(tx *store.Tx, appID, agentID string) (n named, err error) {
	if n.corp, n.found, err = s.corpOf(tx, appID); err != nil {
		return n, err
	}
	if !n.found {
		own, err := s.deps.Suites.OwnCorp(tx, appID)
		if err == nil && own != "" {
			n.corp, n.found, err = s.corpOf(tx, own)
		}
		if err != nil {
			return n, err
		}
	}
	if n.found {
		n.app, n.refused, err = s.deps.Login.AppOf(tx, n.corp.CorpID, agentID)
		return n, err
	}
	v, err := s.deps.Suites.Suite(tx, appID)
	if errors.Is(err, suite.ErrNotFound) {
		return n, nil
	}
	n.suite, n.found = &v, err == nil
	return n, err
}

// hasPages reports whether members open the suite's pages: those of a template belong to the corp's application,
// and an authorisation to edit has none.
func hasPages(v suite.Suite) bool { return thirdParty(v.Kind) }

func thirdParty(k access.Kind) bool { return k == access.ThirdParty || k == access.ThirdPartyContacts }

// enter returns the session of the member who follows a link. Of a suite's link it also finds out which corp's
// application it leads to; it stays nil where the member's corp has not installed the suite. If there is no
// session, or a member who may install the suite for themselves has not yet, it answers with the way to that.
func (v *visit) enter(l *link) (sess login.Session, ok bool, err error) {
	if l.suite == nil {
		return v.require(l.corp, l.app, v.here())
	}
	if sess, ok, err = v.RequireAnywhere(); err != nil || !ok {
		return sess, false, err
	}
	join := false
	err = v.s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		if join, err = v.s.deps.Suites.MayJoin(tx, *l.suite, sess.CorpID, sess.Member); err != nil || join {
			return err
		}
		if l.corp, err = v.s.deps.Corps.Corp(tx, sess.CorpID); err != nil {
			return err
		}
		in, err := v.s.deps.Suites.Installation(tx, sess.CorpID, l.suite.SuiteID)
		if errors.Is(err, suite.ErrNotInstalled) {
			return nil
		}
		l.app = &in.App
		return err
	})
	if err == nil && join { // the member installs it first, and comes back here
		return sess, false, v.Redirect(install.JoinPath(l.suite.SuiteID, v.here()))
	}
	if err == nil && l.app != nil && l.app.Disabled {
		return sess, false, v.Problem(http.StatusOK, login.AppDisabled)
	}
	return sess, err == nil, err
}

// suiteOf returns the suite that alone may redeem the codes of an application: a third-party one's, which calls
// service/getuserinfo3rd. It returns 0 for others, which redeem their codes themselves.
func (s *Service) suiteOf(tx *store.Tx, a *app.App) (int64, error) {
	if a == nil || !thirdParty(a.Kind) {
		return 0, nil
	}
	v, err := s.deps.Suites.Suite(tx, a.Suite)
	return v.No, err
}
