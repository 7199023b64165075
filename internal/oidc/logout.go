package oidc

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"qiwei/internal/corp"
	"qiwei/internal/login"
	"qiwei/internal/login/page"
	"qiwei/internal/store"
)

// leaving is a request to sign out (OpenID Connect RP-Initiated Logout 1.0).
type leaving struct {
	query  url.Values
	corp   corp.Corp
	client Client         // that asks, empty if it did not say who it is
	hint   map[string]any // claims of its ID token
	to     string         // address to go to, registered by the client; empty if there is none
	bad    string         // address that was asked for and is not registered
}

func (s *Service) readLeaving(tx *store.Tx, r *http.Request) (l leaving, err error) {
	l.query = r.URL.Query()
	if l.corp, err = s.deps.Corps.Corp(tx, r.PathValue("corpid")); err != nil {
		return l, err
	}
	clientID := l.query.Get("client_id")
	if text := l.query.Get("id_token_hint"); text != "" {
		claims, ok, err := s.readToken(tx, l.corp.CorpID, text)
		if err != nil {
			return l, err
		}
		if aud, _ := claims["aud"].(string); ok && (clientID == "" || clientID == aud) {
			l.hint, clientID = claims, aud
		}
	}
	if l.client, err = s.Client(tx, l.corp.CorpID, clientID); err != nil && !errors.Is(err, ErrNoClient) {
		return l, err
	}
	if to := l.query.Get("post_logout_redirect_uri"); to != "" {
		if !slices.Contains(l.client.LogoutURIs, to) {
			l.bad = to
			return l, nil
		}
		l.to = to
		if state := l.query.Get("state"); state != "" {
			u, err := url.Parse(to)
			if err != nil {
				return l, err
			}
			q := u.Query()
			q.Set("state", state)
			u.RawQuery = q.Encode()
			l.to = u.String()
		}
	}
	return l, nil
}

func (s *Service) leave(v *login.Visit) (l leaving, ok bool, err error) {
	ctx := v.Request().Context()
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		l, err = s.readLeaving(tx, v.Request())
		return err
	})
	switch {
	case errors.Is(err, corp.ErrNotFound):
		return l, false, v.Problem(http.StatusNotFound, page.DeadLink())
	case err != nil:
		return l, false, err
	}
	v.Speak(strings.ReplaceAll(l.query.Get("ui_locales"), " ", ","))
	if l.bad != "" {
		return l, false, v.Problem(http.StatusBadRequest, page.BadLogout(l.client.ID, l.bad))
	}
	return l, true, nil
}

const logoutPurpose = "oidc logout"

// logout signs the browser's member out. The client's ID token of this very session proves that the member's
// own client asks. Without it the member is asked first, because any page can send a browser here.
func (s *Service) logout(v *login.Visit) error {
	l, ok, err := s.leave(v)
	if err != nil || !ok {
		return err
	}
	sess, found, err := v.Signed(l.corp.CorpID)
	if err != nil {
		return err
	}
	if !found {
		return s.gone(v, l)
	}
	if l.hint == nil || l.hint["sid"] != sess.ID() {
		return login.Show(v, http.StatusOK, (*page.Pages).SignOut, page.SignOut{
			Self: v.Self(), Corp: l.corp.Name, Asker: l.client.Name, Me: v.Person(sess.Member),
			Form: v.NewForm("/oidc/"+l.corp.CorpID+logoutPath+"/confirm?"+l.query.Encode(), logoutPurpose, sess),
		})
	}
	if err := v.SignOut(); err != nil {
		return err
	}
	return s.gone(v, l)
}

// confirmLogout takes the answer of the member who was asked.
func (s *Service) confirmLogout(v *login.Visit) error {
	l, ok, err := s.leave(v)
	if err != nil || !ok {
		return err
	}
	sess, found, err := v.Signed(l.corp.CorpID)
	if err != nil {
		return err
	}
	if found {
		if !v.Genuine(logoutPurpose, sess) {
			return v.Redirect("/oidc/" + l.corp.CorpID + logoutPath + "?" + l.query.Encode())
		}
		if v.Request().PostForm.Get("decision") != "leave" {
			return v.Redirect(login.AccountPath)
		}
		if err := v.SignOut(); err != nil {
			return err
		}
	}
	return s.gone(v, l)
}

// gone leads the browser on after sign-out.
func (s *Service) gone(v *login.Visit, l leaving) error {
	if l.to != "" {
		return v.Redirect(l.to)
	}
	return v.Redirect(login.SignedOutPath(l.corp.CorpID))
}

// logoutPosted accepts a posted request; see authorizePosted.
func (s *Service) logoutPosted(w http.ResponseWriter, r *http.Request) {
	postAgain(w, r, "/oidc/"+url.PathEscape(r.PathValue("corpid"))+logoutPath)
}
