package oauth

import (
	"errors"
	"net/http"

	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/login"
	"qiwei/internal/login/page"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// answering is somebody's phone in front of a QR code.
type answering struct {
	scan  scan
	app   *app.App // nil for a suite's or a provider's
	asker page.App
	corp  corp.Corp
	sess  login.Session
}

// confirmPage is what the phone shows after scanning the code: who asks, and whether to admit them.
func (s *Service) confirmPage(v *visit) error {
	an, ok, err := s.scanned(v)
	if err != nil || !ok {
		return err
	}
	key := an.scan.key
	if an.scan.status == scanShown && v.r.Method != http.MethodHead {
		err := s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
			tx.AfterCommit(func() { s.waiting.ring(key) })
			return markScanned(tx, key)
		})
		if err != nil {
			return err
		}
	}
	again := v.SwitchPath(an.corp.CorpID, confirmPath+"?k="+key)
	if an.app == nil {
		again = login.SwitchAnywhere(confirmPath + "?k=" + key)
	}
	return login.Show(v.Visit, http.StatusOK, (*page.Pages).Confirm, page.Confirm{
		Self: v.Self(), Corp: an.corp.Name, App: an.asker, Me: v.Person(an.sess.Member), Where: an.scan.browser,
		Form:   v.NewForm(confirmPath+"?k="+key, "confirm "+key, an.sess),
		Switch: again,
	})
}

// asker returns who shows the QR code.
func (s *Service) asker(tx *store.Tx, sc scan) (an answering, err error) {
	an.scan = sc
	switch {
	case sc.suite != 0:
		v, err := s.deps.Suites.SuiteNo(tx, sc.suite)
		an.asker = page.App{Name: v.Name, Logo: s.deps.Login.Local(v.Logo)}
		return an, err
	case sc.partner != 0:
		p, err := s.deps.Suites.ProviderNo(tx, sc.partner)
		if err != nil {
			return an, err
		}
		c, err := s.deps.Corps.Corp(tx, p.CorpID)
		an.asker = page.App{Name: c.Name}
		return an, err
	}
	a, err := s.deps.Apps.AppNo(tx, sc.app)
	if err != nil {
		return an, err
	}
	an.app, an.asker = &a, s.deps.Login.PageApp(a)
	an.corp, err = s.deps.Corps.Corp(tx, sc.corpID)
	return an, err
}

// scanned returns the QR code that the phone scanned, who shows it, and the phone's member. If one of them
// is not acceptable, it answers with a page that says so.
func (s *Service) scanned(v *visit) (an answering, ok bool, err error) {
	err = s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		var sc scan
		if sc, ok, err = s.selectScan(tx, v.r.URL.Query().Get("k")); err != nil || !ok {
			return err
		}
		an, err = s.asker(tx, sc)
		return err
	})
	switch {
	case err != nil:
		return an, false, err
	case !ok, an.scan.status >= scanConfirmed: // one QR code is confirmed once
		return an, false, login.Show(v.Visit, http.StatusOK, (*page.Pages).ConfirmResult, page.ConfirmResult{Outcome: page.Expired, App: an.asker, Home: phonePath})
	case an.app == nil:
		return s.scannedByAnyone(v, an)
	case an.app.Disabled:
		return an, false, v.Problem(http.StatusOK, login.AppDisabled)
	}
	if an.sess, ok, err = v.require(an.corp, an.app, confirmPath+"?k="+an.scan.key); err != nil || !ok {
		return an, false, err
	}
	visible := false
	err = s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		visible, err = s.sees(tx, *an.app, an.sess.Member)
		return err
	})
	if err != nil {
		return an, false, err
	}
	if !visible {
		return an, false, v.Problem(http.StatusOK, page.NotVisible(an.asker, v.Person(an.sess.Member), ""))
	}
	return an, true, nil
}

// scannedByAnyone is scanned for a QR code that members of every corp may answer.
func (s *Service) scannedByAnyone(v *visit, an answering) (_ answering, ok bool, err error) {
	if an.sess, ok, err = v.RequireAnywhere(); err != nil || !ok {
		return an, false, err
	}
	if err = s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		an.corp, err = s.deps.Corps.Corp(tx, an.sess.CorpID)
		return err
	}); err != nil {
		return an, false, err
	}
	ok, err = v.mayAnswer(an.scan, an.asker, an.sess)
	return an, ok, err
}

var errScanOver = errors.New("the QR code was decided or has expired")

// decideScan takes the phone's answer.
func (s *Service) decideScan(v *visit) error {
	an, ok, err := s.scanned(v)
	if err != nil || !ok {
		return err
	}
	key := an.scan.key
	if !v.Genuine("confirm "+key, an.sess) {
		return v.Redirect(confirmPath + "?k=" + key)
	}
	outcome := page.Cancelled
	if v.r.PostForm.Get("decision") == "confirm" {
		outcome = page.Confirmed
	}
	err = s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
		tx.AfterCommit(func() { s.waiting.ring(key) })
		return s.settleScan(tx, an, s.deps.Login.Device(v.r), outcome == page.Confirmed)
	})
	if errors.Is(err, errScanOver) {
		outcome, err = page.Expired, nil
	}
	if err != nil {
		return err
	}
	return login.Show(v.Visit, http.StatusOK, (*page.Pages).ConfirmResult, page.ConfirmResult{Outcome: outcome, App: an.asker, Home: phonePath})
}

// phonePath is the member's page, from which a code is scanned and to which the last page leads back.
const phonePath = "/phone/"

// settleScan decides a QR code, once.
func (s *Service) settleScan(tx *store.Tx, an answering, device string, confirmed bool) error {
	sc, m := an.scan, an.sess.Member
	if !confirmed {
		return decideScan(tx, sc.key, scanDeclined, m.No, nil, tx.Now().Add(codeLife))
	}
	purpose := forLogin
	switch {
	case sc.desk:
		purpose = forDesk
	case sc.partner != 0:
		purpose = forProvider
	}
	c := code{CorpID: an.sess.CorpID, Member: m, Purpose: purpose, App: sc.app, Suite: sc.suite, Partner: sc.partner, Origin: sc.to.Origin(), Device: device}
	if c.Suite == 0 && !sc.desk {
		var err error
		if c.Suite, err = s.suiteOf(tx, an.app); err != nil {
			return err
		}
	}
	text, err := s.issue(tx, c)
	if err != nil {
		return err
	}
	return decideScan(tx, sc.key, scanConfirmed, m.No, s.deps.Box.Seal(seal.UserCode, sc.key, []byte(text)), tx.Now().Add(codeLife))
}
