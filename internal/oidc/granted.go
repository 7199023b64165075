package oidc

import (
	"context"
	"errors"
	"net/http"

	"qiwei/internal/app"
	"qiwei/internal/login"
	"qiwei/internal/login/page"
	"qiwei/internal/store"
)

// A member's own page lists the clients that the member has agreed to, and lets the member withdraw the
// agreement. Clients that the administrator trusts ask nobody and are not listed.

// granted returns the member's agreements for that page.
func (s *Service) granted(ctx context.Context, tx *store.Tx, sess login.Session) (out []login.Granted, err error) {
	list, err := consents(tx, sess.Member.No)
	for _, clientID := range list {
		c, err := s.Client(tx, sess.CorpID, clientID)
		if errors.Is(err, ErrNoClient) {
			continue
		}
		if err != nil {
			return nil, err
		}
		a, err := s.deps.Apps.AppNo(tx, c.App)
		if err != nil {
			return nil, err
		}
		out = append(out, login.Granted{Name: c.label(a), Link: grantedLink(c)})
	}
	return out, err
}

func grantedLink(c Client) string { return "/oidc/" + c.CorpID + grantedPath + "/" + c.ID }

// agreed returns the client whose page the member opens, and what the member lets it know. ok is false if the
// request has been answered.
func (s *Service) agreed(v *login.Visit) (c Client, d page.Grant, sess login.Session, ok bool, err error) {
	r := v.Request()
	corpID := r.PathValue("corpid")
	sess, ok, err = v.Require(login.Need{CorpID: corpID, Next: r.URL.RequestURI()})
	if err != nil || !ok {
		return c, d, sess, false, err
	}
	found := false
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		var a app.App
		if c, err = s.Client(tx, corpID, r.PathValue("client")); err != nil {
			return orGone(err)
		}
		if a, err = s.deps.Apps.AppNo(tx, c.App); err != nil {
			return err
		}
		scopes, err := consented(tx, c.ID, sess.Member.No)
		if err != nil || len(scopes) == 0 {
			return err
		}
		found = true
		co, err := s.deps.Corps.Corp(tx, corpID)
		if err != nil {
			return err
		}
		d = page.Grant{Self: v.Self(), Corp: co.Name, App: v.App(a), Me: v.Person(sess.Member), Given: true, Back: login.AccountPath}
		d.App.Name = c.label(a)
		from := &source{s: s, tx: tx, corp: co, m: sess.Member}
		for _, scope := range scopes {
			line, err := s.line(from, scope)
			if err != nil {
				return err
			}
			d.Lines = append(d.Lines, line)
		}
		return nil
	})
	if err == nil && !found {
		return c, d, sess, false, v.Redirect(login.AccountPath)
	}
	return c, d, sess, err == nil, err
}

func (s *Service) grantedPage(v *login.Visit) error {
	c, d, sess, ok, err := s.agreed(v)
	if err != nil || !ok {
		return err
	}
	d.Form = v.NewForm(grantedLink(c), "oidc granted "+c.ID, sess)
	return login.Show(v, http.StatusOK, (*page.Pages).Grant, d)
}

// withdraw withdraws an agreement and ends everything that it gave.
func (s *Service) withdraw(v *login.Visit) error {
	c, _, sess, ok, err := s.agreed(v)
	if err != nil || !ok {
		return err
	}
	if !v.Genuine("oidc granted "+c.ID, sess) {
		return v.Redirect(grantedLink(c))
	}
	err = s.deps.Store.Write(v.Request().Context(), func(tx *store.Tx) error {
		return s.RevokeConsent(v.Request().Context(), tx, c, sess.Member)
	})
	if err != nil {
		return err
	}
	return v.Redirect(login.AccountPath)
}
