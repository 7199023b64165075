package oauth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/login"
	"qiwei/internal/login/page"
	"qiwei/internal/store"
)

// consentLife is how long a member is not asked again (doc 91335).
const consentLife = 30 * 24 * time.Hour

const consentPath = "/account/consent"

// consent says which sensitive fields a member lets an application read.
type consent struct {
	Fields  []string
	Decided time.Time
}

// sensitiveOf returns the fields that the application may ask for: those that its administrator has ticked.
// An application made before 2022-06-20 reads them anyway. Those of a provider's application are among its
// permissions (doc 99052), and a third-party one has three at most (doc 91122).
func sensitiveOf(a app.App) []string {
	switch {
	case a.Kind.Installed():
		var out []string
		for _, f := range app.SensitiveFields {
			if slices.Contains(a.Grants, granted[f]) && (a.Kind == access.Custom || slices.Contains(thirdPartyFields, f)) {
				out = append(out, f)
			}
		}
		return out
	case a.Legacy:
		return app.SensitiveFields
	}
	return a.Sensitive
}

// granted are the permissions by which a provider's application asks for a field, and thirdPartyFields the fields
// that a third-party one is ever given.
var (
	granted = map[string]string{
		"avatar": "contact:sensitive:avatar", "gender": "contact:sensitive:gender", "qr_code": "contact:sensitive:qrcode", "mobile": "contact:sensitive:mobile",
		"email": "contact:sensitive:email", "biz_mail": "contact:sensitive:biz_mail", "address": "contact:sensitive:address",
	}
	thirdPartyFields = []string{"avatar", "gender", "qr_code"}
)

// Consent returns which fields the member lets the application read; none if the member was not asked or
// refused. Fields that the administrator has withdrawn since are left out.
func (s *Service) Consent(tx *store.Tx, a app.App, m directory.Member) ([]string, error) {
	c, _, err := selectConsent(tx, a.No, m.No)
	return common(sensitiveOf(a), c.Fields), err
}

// SetConsent stores what the member lets the application read.
func (s *Service) SetConsent(ctx context.Context, tx *store.Tx, a app.App, m directory.Member, fields []string) error {
	return upsertConsent(tx, a.No, m.No, common(sensitiveOf(a), fields))
}

// RevokeConsent forgets that the member was asked: the application reads nothing more, not even with tickets
// that it already has, and the member is asked anew.
func (s *Service) RevokeConsent(ctx context.Context, tx *store.Tx, a app.App, m directory.Member) error {
	return deleteConsent(tx, a.No, m.No)
}

// consents lists on a member's own page the applications that they were asked about.
func (s *Service) consents(_ context.Context, tx *store.Tx, sess login.Session) (out []login.Granted, err error) {
	apps, err := consentedApps(tx, sess.Member.No)
	for _, no := range apps {
		a, err := s.deps.Apps.AppNo(tx, no)
		if errors.Is(err, app.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, login.Granted{Name: a.Name, Link: consentPath + "?" + url.Values{"agentid": {number(a.AgentID)}}.Encode()})
	}
	return out, err
}

// common returns the elements of list that are also in other.
func common(list, other []string) []string {
	var out []string
	for _, f := range list {
		if slices.Contains(other, f) {
			out = append(out, f)
		}
	}
	return out
}

func (s *Service) consentRoutes() []door.Route {
	return []door.Route{
		{Pattern: "GET " + consentPath, Handler: s.page(s.consentOf)},
		{Pattern: "POST " + consentPath, Handler: s.post(s.changeConsent)},
	}
}

// askConsent answers with the consent page, or with one that says why there is none. done is false if the
// member need not be asked.
func (s *Service) askConsent(v *visit, l link, sess login.Session) (done bool, err error) {
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
		return true, v.Problem(http.StatusOK, page.NotVisible(s.deps.Login.PageApp(*l.app), v.Person(sess.Member), ""))
	case len(sensitiveOf(*l.app)) == 0: // there is nothing to agree to
		return false, nil
	case s.deps.Store.Now().Before(old.Decided.Add(consentLife)):
		return false, nil
	}
	return true, v.showConsent(http.StatusOK, v.here(), l.corp.Name, *l.app, sess, old)
}

func (v *visit) showConsent(status int, action, corpName string, a app.App, sess login.Session, old consent) error {
	d := page.Consent{
		Self: v.Self(), Corp: corpName, App: v.s.deps.Login.PageApp(a), Me: v.Person(sess.Member),
		Form: v.NewForm(action, "consent "+strconv.FormatInt(a.No, 10), sess), Switch: v.SwitchPath(sess.CorpID, action),
	}
	// At first nothing is ticked: the member must agree to each field. How the platform's page begins is
	// unverified. Later it shows the last choice.
	for _, f := range sensitiveOf(a) {
		d.Fields = append(d.Fields, page.ConsentField{Field: page.Asked(f), Value: v.s.fieldOf(sess.Member, f), Ticked: slices.Contains(old.Fields, f)})
	}
	return login.Show(v.Visit, status, (*page.Pages).Consent, d)
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

// decideConsent takes the answer to the consent page of an authorisation. A refusal leads back with only the
// state, as a declined QR code does. What the platform does is not documented.
func (s *Service) decideConsent(v *visit) error {
	l, err := v.readLink()
	if err != nil {
		return err
	}
	if l.refused != nil {
		return l.refused.answer(v)
	}
	sess, ok, err := v.enter(&l)
	if err != nil || !ok {
		return err
	}
	if l.app == nil || l.scope != scopePrivate {
		return v.Redirect(v.here())
	}
	allowed, ok, err := s.readConsent(v, *l.app, sess)
	switch {
	case err != nil:
		return err
	case !ok:
		return v.Redirect(v.here()) // an old form: ask again
	case !allowed:
		return v.Redirect(l.to.With("state=" + l.state))
	}
	return v.sendCode(l, sess)
}

// readConsent stores what the posted form says. ok is false for a form that is not this member's, or for an
// application that the member does not see.
func (s *Service) readConsent(v *visit, a app.App, sess login.Session) (allowed, ok bool, err error) {
	if !v.Genuine("consent "+strconv.FormatInt(a.No, 10), sess) {
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

// consentOf shows members what they let an application read, so that they can change it before the thirty
// days are over (个人敏感信息授权管理, doc 91335).
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
	return v.showConsent(http.StatusOK, v.here(), corpName, a, sess, old)
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
		return v.Redirect(v.here())
	}
	return v.Redirect(login.AccountPath)
}

// consentApp returns the application whose consent is shown, in the corp that the browser is signed in to.
func (s *Service) consentApp(v *visit) (a app.App, sess login.Session, ok bool, err error) {
	if sess, ok, err = v.RequireAny(); err != nil || !ok {
		return a, sess, false, err
	}
	var refused *page.Problem
	err = s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		found, p, err := s.deps.Login.AppOf(tx, sess.CorpID, v.r.URL.Query().Get("agentid"))
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
			p := page.NotVisible(s.deps.Login.PageApp(a), v.Person(sess.Member), "")
			refused = &p
		}
		return err
	})
	if err != nil {
		return a, sess, false, err
	}
	if refused != nil {
		return a, sess, false, v.Problem(http.StatusOK, *refused)
	}
	return a, sess, true, nil
}
