package install

import (
	"errors"
	"net/http"
	"net/url"

	"qiwei/internal/corp"
	"qiwei/internal/login"
	"qiwei/internal/login/page"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

const joinPath = "/3rdapp/join"

// JoinPath is where a member installs a suite for themselves (成员授权, doc 94496), and then goes on to next.
func JoinPath(suiteID, next string) string {
	return joinPath + "?" + url.Values{"suite_id": {suiteID}, "next": {next}}.Encode()
}

// joining is a member in front of that question.
type joining struct {
	suite suite.Suite
	app   page.App
	sess  login.Session
	corp  corp.Corp
	next  string
	may   bool
}

// joining returns who asks for what. ok is false where it has answered that there is nothing to ask.
func (v *visit) joining() (j joining, ok bool, err error) {
	q := v.r.URL.Query()
	j.next = login.OwnPath(q.Get("next"))
	err = v.s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		j.suite, ok, err = v.s.suiteOf(tx, q.Get("suite_id"))
		return err
	})
	if err != nil || !ok {
		if err == nil {
			err = v.refuse(page.DeadLink())
		}
		return j, false, err
	}
	j.app = v.s.pageApp(j.suite)
	if j.sess, ok, err = v.RequireAnywhere(); err != nil || !ok {
		return j, false, err
	}
	err = v.s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		if j.corp, err = v.s.deps.Corps.Corp(tx, j.sess.CorpID); err != nil {
			return err
		}
		j.may, err = v.s.deps.Suites.MayJoin(tx, j.suite, j.corp.CorpID, j.sess.Member)
		return err
	})
	if err == nil && !j.may { // it was installed meanwhile, or the corp does not let them
		return j, false, v.refuse(page.NotVisible(j.app, v.Person(j.sess.Member), ""))
	}
	return j, err == nil, err
}

func (j joining) purpose() string { return "join " + j.suite.SuiteID + " " + j.corp.CorpID }

func (s *Service) askMember(v *visit) error {
	j, ok, err := v.joining()
	if err != nil || !ok {
		return err
	}
	return v.showJoin(j, page.InstallFine)
}

func (v *visit) showJoin(j joining, trouble page.InstallTrouble) error {
	d := page.Install{
		Self: v.here(), Corp: j.corp.Name, App: j.app, Description: j.suite.Description, Kind: kindOf(j.suite), Me: v.Person(j.sess.Member),
		Permissions: j.suite.Permissions, Form: v.NewForm(v.here(), j.purpose(), j.sess), Alone: true, Trouble: trouble, Switch: v.again(),
	}
	if err := v.s.deps.Store.Read(v.ctx(), func(tx *store.Tx) (err error) {
		d.Provider, err = v.s.providerName(tx, j.suite)
		return err
	}); err != nil {
		return err
	}
	return login.Show(v.Visit, http.StatusOK, (*page.Pages).Install, d)
}

func (s *Service) join(v *visit) error {
	j, ok, err := v.joining()
	if err != nil || !ok {
		return err
	}
	switch {
	case !v.Genuine(j.purpose(), j.sess):
		return v.showJoin(j, page.InstallExpired)
	case v.r.PostForm.Get("decision") != "confirm":
		return login.Show(v.Visit, http.StatusOK, (*page.Pages).InstallResult, page.InstallResult{App: j.app, Corp: j.corp.Name})
	}
	if err := s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
		return s.deps.Suites.Join(v.ctx(), tx, j.suite, j.corp.CorpID, j.sess.Member)
	}); err != nil && !errors.Is(err, suite.ErrNotGranted) { // another browser of the member was quicker
		return err
	}
	return v.Redirect(j.next)
}
