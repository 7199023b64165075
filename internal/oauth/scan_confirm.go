package oauth

import (
	"errors"
	"net/http"

	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/login"
	"qiwei/internal/login/page"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// confirmPage is what the phone shows after scanning the code: who asks, and whether to admit them.
func (s *Service) confirmPage(v *visit) error {
	sc, a, sess, ok, err := s.scanned(v)
	if err != nil || !ok {
		return err
	}
	if sc.status == scanShown && v.r.Method != http.MethodHead {
		err := s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
			tx.AfterCommit(func() { s.waiting.ring(sc.key) })
			return markScanned(tx, sc.key)
		})
		if err != nil {
			return err
		}
	}
	return login.Show(v.Visit, http.StatusOK, (*page.Pages).Confirm, page.Confirm{
		Self: v.Self(), Corp: s.corpName(v, sc.corpID), App: s.deps.Login.PageApp(a), Me: v.Person(sess.Member), Where: sc.browser,
		Form:   v.NewForm(confirmPath+"?k="+sc.key, "confirm "+sc.key, sess),
		Switch: v.SwitchPath(sc.corpID, confirmPath+"?k="+sc.key),
	})
}

func (s *Service) corpName(v *visit, corpID string) string {
	var c corp.Corp
	if err := s.deps.Store.Read(v.ctx(), func(tx *store.Tx) (err error) {
		c, err = s.deps.Corps.Corp(tx, corpID)
		return err
	}); err != nil {
		return ""
	}
	return c.Name
}

// scanned returns the QR code that the phone scanned, its application, and the phone's member. If one of them
// is not acceptable, it answers with a page that says so.
func (s *Service) scanned(v *visit) (sc scan, a app.App, sess login.Session, ok bool, err error) {
	var c corp.Corp
	err = s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		if sc, ok, err = s.selectScan(tx, v.r.URL.Query().Get("k")); err != nil || !ok {
			return err
		}
		if a, err = s.deps.Apps.AppNo(tx, sc.app); err != nil {
			return err
		}
		c, err = s.deps.Corps.Corp(tx, sc.corpID)
		return err
	})
	switch {
	case err != nil:
		return sc, a, sess, false, err
	case !ok, sc.status >= scanConfirmed: // one QR code is confirmed once
		return sc, a, sess, false, login.Show(v.Visit, http.StatusOK, (*page.Pages).ConfirmResult, page.ConfirmResult{Outcome: page.Expired, App: s.deps.Login.PageApp(a)})
	case a.Disabled:
		return sc, a, sess, false, v.Problem(http.StatusOK, login.AppDisabled)
	}
	if sess, ok, err = v.require(c, &a, confirmPath+"?k="+sc.key); err != nil || !ok {
		return sc, a, sess, false, err
	}
	visible := false
	err = s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		visible, err = s.sees(tx, a, sess.Member)
		return err
	})
	if err != nil {
		return sc, a, sess, false, err
	}
	if !visible {
		return sc, a, sess, false, v.Problem(http.StatusOK, page.NotVisible(s.deps.Login.PageApp(a), v.Person(sess.Member), ""))
	}
	return sc, a, sess, true, nil
}

var errScanOver = errors.New("the QR code was decided or has expired")

// decideScan takes the phone's answer.
func (s *Service) decideScan(v *visit) error {
	sc, a, sess, ok, err := s.scanned(v)
	if err != nil || !ok {
		return err
	}
	if !v.Genuine("confirm "+sc.key, sess) {
		return v.Redirect(confirmPath + "?k=" + sc.key)
	}
	outcome := page.Cancelled
	if v.r.PostForm.Get("decision") == "confirm" {
		outcome = page.Confirmed
	}
	err = s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
		tx.AfterCommit(func() { s.waiting.ring(sc.key) })
		return s.settleScan(tx, sc, sess.Member, s.deps.Login.Device(v.r), outcome == page.Confirmed)
	})
	if errors.Is(err, errScanOver) {
		outcome, err = page.Expired, nil
	}
	if err != nil {
		return err
	}
	return login.Show(v.Visit, http.StatusOK, (*page.Pages).ConfirmResult, page.ConfirmResult{Outcome: outcome, App: s.deps.Login.PageApp(a), Home: login.AccountPath})
}

// settleScan decides a QR code, once.
func (s *Service) settleScan(tx *store.Tx, sc scan, m directory.Member, device string, confirmed bool) error {
	if !confirmed {
		return decideScan(tx, sc.key, scanDeclined, m.No, nil, tx.Now().Add(codeLife))
	}
	purpose := forLogin
	if sc.desk {
		purpose = forDesk
	}
	text, err := s.issue(tx, code{CorpID: sc.corpID, Member: m, Purpose: purpose, App: sc.app, Origin: sc.to.Origin(), Device: device})
	if err != nil {
		return err
	}
	return decideScan(tx, sc.key, scanConfirmed, m.No, s.deps.Box.Seal(seal.UserCode, sc.key, []byte(text)), tx.Now().Add(codeLife))
}
