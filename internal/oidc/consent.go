package oidc

import (
	"context"
	"encoding/base64"
	"net/http"
	"slices"

	"qiwei/internal/directory"
	"qiwei/internal/login"
	"qiwei/internal/login/page"
	"qiwei/internal/store"
)

// consentPurpose binds a form to the request that it answers: one that asks for a
// new sign-in is not answered with the form of one that does not.
func (a authRequest) consentPurpose() string {
	return "oidc consent " + base64.RawURLEncoding.EncodeToString([]byte(digest(a.query)))
}

// askConsent asks the member whether the client may know what it requests.
func (s *Service) askConsent(v *login.Visit, a authRequest, sess login.Session) error {
	d := page.Grant{
		Self: v.Self(), Corp: a.corp.Name, App: v.App(a.app), Me: v.Person(sess.Member),
		Form:   v.NewForm(a.path(consentPath), a.consentPurpose(), sess),
		Switch: v.SwitchPath(a.corp.CorpID, s.again(a, seen{Proof: sess.Proof(), For: "another member"})),
	}
	d.App.Name = a.client.label(a.app)
	from := &source{s: s, corp: a.corp, m: sess.Member}
	err := s.deps.Store.Read(v.Request().Context(), func(tx *store.Tx) error {
		from.tx = tx
		for _, scope := range a.wanted() {
			line, err := s.line(from, scope)
			if err != nil {
				return err
			}
			d.Lines = append(d.Lines, line)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return login.Show(v, http.StatusOK, (*page.Pages).Grant, d)
}

// line is what the member reads about a scope: its name, and the member's own data that it gives away.
func (s *Service) line(from *source, scope string) (page.GrantLine, error) {
	l := page.GrantLine{Scope: page.Scope(scope)}
	m := from.m
	switch scope {
	case scopeProfile:
		l.Values = []string{m.Name}
	case scopeEmail:
		l.Mail = mailOf(m)
	case scopePhone:
		l.Mobile = m.Mobile
	case scopeAddress:
		l.Address = m.Address
	case scopeGroups:
		groups, err := from.groups()
		if err != nil {
			return l, err
		}
		l.Values = groups
	case scopeWeCom:
		l.Values = []string{string(m.UserID)}
		if m.Position != "" {
			l.Values = append(l.Values, m.Position)
		}
	}
	return l, nil
}

// decide takes the answer to the question of consent.
func (s *Service) decide(v *login.Visit) error {
	a, ok, err := s.read(v)
	if err != nil || !ok {
		return err
	}
	sess, found, err := v.Signed(a.corp.CorpID)
	if err != nil {
		return err
	}
	if !found || !v.Genuine(a.consentPurpose(), sess) {
		return v.Redirect(a.path(authorizePath)) // an old form, or somebody else's: ask again
	}
	if _, ok, err := s.mayEnter(v, a, sess); err != nil || !ok {
		return err
	}
	if v.Request().PostForm.Get("decision") != "allow" {
		err := s.deps.Store.Write(v.Request().Context(), func(tx *store.Tx) error {
			return deleteConsent(tx, a.client.ID, sess.Member.No)
		})
		if err != nil {
			return err
		}
		return s.sendBack(v, a, errAccessDenied.because("The member has declined."))
	}
	err = s.deps.Store.Write(v.Request().Context(), func(tx *store.Tx) error {
		old, err := consented(tx, a.client.ID, sess.Member.No)
		if err != nil {
			return err
		}
		for _, scope := range a.wanted() {
			if !slices.Contains(old, scope) {
				old = append(old, scope)
			}
		}
		return upsertConsent(tx, a.client.ID, sess.Member.No, old)
	})
	if err != nil {
		return err
	}
	return s.sendCode(v, a, sess)
}

// RevokeConsent forgets the member's agreement with the client, and ends what the client was given.
func (s *Service) RevokeConsent(ctx context.Context, tx *store.Tx, c Client, m directory.Member) error {
	if err := deleteConsent(tx, c.ID, m.No); err != nil {
		return err
	}
	return deleteGrantsOf(tx, `client = ? AND member = ?`, c.ID, m.No)
}
