package login

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/login/page"
	"qiwei/internal/store"
)

// consentLife is how long a member is not asked again (doc 91335).
const consentLife = 30 * 24 * time.Hour

const consentPath = "/account/consent"

// consent is which of his sensitive fields a member lets an application read.
type consent struct {
	Fields  []string
	Decided time.Time
}

// sensitiveOf returns the fields that the application may ask for: those that
// its administrator has ticked. One made before 2022-06-20 reads them anyway.
func sensitiveOf(a app.App) []string {
	if a.Legacy {
		return app.SensitiveFields
	}
	return a.Sensitive
}

// Consent returns which fields the member lets the application read; none where
// he was not asked or has refused. What the administrator has withdrawn since is
// not among them.
func (s *Service) Consent(tx *store.Tx, a app.App, m directory.Member) ([]string, error) {
	c, _, err := selectConsent(tx, a.No, m.No)
	return common(sensitiveOf(a), c.Fields), err
}

// SetConsent writes what the member lets the application read.
func (s *Service) SetConsent(ctx context.Context, tx *store.Tx, a app.App, m directory.Member, fields []string) error {
	return upsertConsent(tx, a.No, m.No, common(sensitiveOf(a), fields))
}

// RevokeConsent forgets that the member was asked: the application reads nothing
// more, from tickets that it has, either, and he is asked anew.
func (s *Service) RevokeConsent(ctx context.Context, tx *store.Tx, a app.App, m directory.Member) error {
	return deleteConsent(tx, a.No, m.No)
}

// common returns those of list that are in other, too.
func common(list, other []string) []string {
	var out []string
	for _, f := range list {
		if slices.Contains(other, f) {
			out = append(out, f)
		}
	}
	return out
}

func (s *Service) consentRoutes() []Route {
	return []Route{
		{"GET " + consentPath, s.page(page.NoFrame, s.consentOf)},
		{"POST " + consentPath, s.post(page.NoFrame, s.changeConsent)},
	}
}

// askConsent answers with the consent page, or with one that says why there is
// none; done is false where the member need not be asked.
func (s *Service) askConsent(v *visit, l link, sess Session) (done bool, err error) {
	var visible bool
	var old consent
	err = s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		if visible, err = s.sees(tx, *l.app, sess.Member); err != nil {
			return err
		}
		old, _, err = selectConsent(tx, l.app.No, sess.Member.No)
		return err
	})
	switch {
	case err != nil:
		return false, err
	case !visible:
		return true, v.problem(http.StatusOK, page.NotVisible(s.pageApp(*l.app), v.person(sess.Member), ""))
	case len(sensitiveOf(*l.app)) == 0: // there is nothing that he could agree to
		return false, nil
	case s.deps.Store.Now().Before(old.Decided.Add(consentLife)):
		return false, nil
	}
	return true, v.showConsent(http.StatusOK, here(v.r), l.corp.Name, *l.app, sess, old)
}

func (v *visit) showConsent(status int, action, corpName string, a app.App, sess Session, old consent) error {
	d := page.Consent{
		Self: v.self(), Corp: corpName, App: v.s.pageApp(a), Me: v.person(sess.Member),
		Form: v.form(action, "consent "+strconv.FormatInt(a.No, 10), sess.token), Switch: v.s.switchPath(sess.CorpID, action),
	}
	// Nothing is ticked before the member has: agreeing to each field is his doing.
	// How the platform's page begins is unverified. Later it shows his last choice.
	for _, f := range sensitiveOf(a) {
		d.Fields = append(d.Fields, page.ConsentField{Field: page.Asked(f), Value: v.s.fieldOf(sess.Member, f), Ticked: slices.Contains(old.Fields, f)})
	}
	return show(v, status, v.s.pages.Consent, d)
}

// fieldOf returns a sensitive field of a member.
func (s *Service) fieldOf(m directory.Member, field string) string {
	switch field {
	case "avatar":
		large, _ := s.deps.Directory.AvatarURL(&m)
		return large
	case "gender":
		return strconv.FormatInt(m.Gender, 10)
	case "mobile":
		return m.Mobile
	case "email":
		return m.Email
	case "biz_mail":
		return m.BizMail
	case "qr_code":
		return s.deps.Directory.CardURL(&m)
	case "address":
		return m.Address
	}
	return ""
}

// decideConsent takes the answer to the consent page of an authorisation. A
// refusal leads back with the state alone, as a declined QR code does; what the
// platform does is not documented.
func (s *Service) decideConsent(v *visit) error {
	l, err := v.readLink()
	if err != nil {
		return err
	}
	if l.refused != nil {
		return l.refused.answer(v)
	}
	sess, ok, err := v.require(asked{corp: l.corp, app: l.app, next: here(v.r)})
	if err != nil || !ok {
		return err
	}
	if l.app == nil || l.scope != scopePrivate {
		return v.redirect(here(v.r))
	}
	allowed, ok, err := s.readConsent(v, *l.app, sess)
	switch {
	case err != nil:
		return err
	case !ok:
		return v.redirect(here(v.r)) // an old form: ask again
	case !allowed:
		return v.redirect(l.to.with("state=" + l.state))
	}
	return v.sendCode(l, sess)
}

// readConsent writes down what the posted form says; ok is false for a form that
// is not this member's, or of an application that he does not see.
func (s *Service) readConsent(v *visit, a app.App, sess Session) (allowed, ok bool, err error) {
	if !v.genuine(v.r.PostForm.Get("form"), "consent "+strconv.FormatInt(a.No, 10), sess.token) {
		return false, false, nil
	}
	allowed = v.r.PostForm.Get("decision") == "allow"
	err = s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
		if ok, err = s.sees(tx, a, sess.Member); err != nil || !ok {
			return err
		}
		if !allowed {
			return s.RevokeConsent(v.ctx(), tx, a, sess.Member)
		}
		return s.SetConsent(v.ctx(), tx, a, sess.Member, v.r.PostForm["field"])
	})
	return allowed, ok, err
}

// consentOf shows a member what he lets an application read, to be changed
// before the thirty days are over (个人敏感信息授权管理, doc 91335).
func (s *Service) consentOf(v *visit) error {
	a, sess, ok, err := s.consentApp(v)
	if err != nil || !ok {
		return err
	}
	var old consent
	var corpName string
	err = s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		c, err := s.deps.Corps.Corp(tx, sess.CorpID)
		if err != nil {
			return err
		}
		corpName = c.Name
		old, _, err = selectConsent(tx, a.No, sess.Member.No)
		return err
	})
	if err != nil {
		return err
	}
	return v.showConsent(http.StatusOK, here(v.r), corpName, a, sess, old)
}

func (s *Service) changeConsent(v *visit) error {
	a, sess, ok, err := s.consentApp(v)
	if err != nil || !ok {
		return err
	}
	if _, ok, err = s.readConsent(v, a, sess); err != nil {
		return err
	}
	if !ok {
		return v.redirect(here(v.r))
	}
	return v.redirect(accountPath)
}

// consentApp returns the application whose consent is looked at, of the corp
// that the browser is signed in to.
func (s *Service) consentApp(v *visit) (a app.App, sess Session, ok bool, err error) {
	if sess, ok, err = v.requireAny(); err != nil || !ok {
		return a, sess, false, err
	}
	var refused *page.Problem
	err = s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		found, p, err := s.appOf(tx, sess.CorpID, v.r.URL.Query().Get("agentid"))
		if err != nil {
			return err
		}
		if p == nil && (found == nil || len(sensitiveOf(*found)) == 0) {
			dead := page.DeadLink()
			p = &dead
		}
		if refused = p; p != nil {
			return nil
		}
		a = *found
		visible, err := s.sees(tx, a, sess.Member)
		if err == nil && !visible {
			p := page.NotVisible(s.pageApp(a), v.person(sess.Member), "")
			refused = &p
		}
		return err
	})
	if err != nil {
		return a, sess, false, err
	}
	if refused != nil {
		return a, sess, false, v.problem(http.StatusOK, *refused)
	}
	return a, sess, true, nil
}
