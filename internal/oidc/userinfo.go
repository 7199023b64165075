package oidc

import (
	"net/http"
	"slices"
	"strings"

	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// userInfo answers what the holder of an access token may know about the member (OpenID Connect Core, 5.3).
func (s *Service) userInfo(w http.ResponseWriter, r *http.Request) {
	corpID, ok := s.corpOf(w, r)
	if !ok {
		return
	}
	token := bearer(w, r)
	var claims map[string]any
	if token != "" {
		err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
			g, ok, err := s.grantOfAccess(tx, corpID, token)
			if err != nil || !ok || !slices.Contains(g.Scopes, scopeOpenID) {
				return err
			}
			if claims, err = s.claims(tx, g, g.Request.Claims.UserInfo); err == nil {
				claims["sub"] = s.subjectOf(g.client, g.Member)
			}
			return err
		})
		if err != nil {
			s.fail(w, r, err)
			return
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	if claims == nil {
		challenge := `Bearer realm="` + s.Issuer(corpID) + `"`
		if token != "" {
			challenge += `, error="invalid_token", error_description="The access token has expired, was revoked, or never existed."`
		}
		w.Header().Set("WWW-Authenticate", challenge)
		w.Header().Set("Access-Control-Expose-Headers", "WWW-Authenticate")
		sendJSON(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token", "error_description": "A valid access token with the scope openid is expected."})
		return
	}
	sendJSON(w, http.StatusOK, claims)
}

// bearer returns the access token of a request, empty if it has none: from its
// header, or from a form that is posted. In an address it would end up in logs
// (RFC 6750, 2.3).
func bearer(w http.ResponseWriter, r *http.Request) string {
	kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if token = strings.TrimSpace(token); strings.EqualFold(kind, "Bearer") && token != "" {
		return token
	}
	if r.Method == http.MethodPost && readForm(w, r) == nil {
		return r.PostForm.Get("access_token")
	}
	return ""
}

// grantOfAccess returns the grant of an access token that is still good. Another
// corp's is of a client that this one has not got.
func (s *Service) grantOfAccess(tx *store.Tx, corpID, token string) (g grant, ok bool, err error) {
	t, row, found, err := selectToken(tx, kindAccess, s.deps.Box.MAC(seal.OIDCAccess, token))
	if err != nil || !found || !tx.Now().Before(t.expires) {
		return g, false, err
	}
	c, err := s.Client(tx, corpID, row.client)
	if err != nil {
		return g, false, orGone(err)
	}
	return s.living(tx, row, c)
}
