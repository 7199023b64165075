package oidc

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/ory/fosite"

	"qiwei/internal/store"
)

// maxForm bounds what a client may send.
const maxForm = 64 << 10

// readForm reads the form of a request to an endpoint for clients. What is not
// sent as one, or says something twice, is refused (RFC 6749, 3.2).
func readForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return fosite.ErrInvalidRequest.WithHint("A form of at most 64 KB is expected.")
	}
	for name, values := range r.PostForm {
		if len(values) > 1 {
			return fosite.ErrInvalidRequest.WithHintf("The parameter %q is there more than once.", name)
		}
	}
	return nil
}

// token exchanges a code or a refresh token for tokens. All that it reads and
// writes is one transaction, which also stands when the answer is a refusal: a code
// that comes a second time ends what the first gave.
func (s *Service) token(w http.ResponseWriter, r *http.Request) {
	corpID, ok := s.corpOf(w, r)
	if !ok {
		return
	}
	if err := readForm(w, r); err != nil {
		s.refuse(w, r, err)
		return
	}
	var resp fosite.AccessResponder
	var sealed sealing
	var refused error
	err := s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		resp, sealed, refused = nil, sealing{}, nil
		p := s.provider(tx, corpID)
		req, err := p.NewAccessRequest(r.Context(), r, &session{grant: &grant{}})
		if err == nil {
			resp, err = p.NewAccessResponse(r.Context(), req)
		}
		if p.broken != nil {
			return p.broken
		}
		if err != nil {
			return refusal(err, &refused)
		}
		if p.idFor != nil {
			sealed, err = s.idToken(tx, *p.idFor, resp.GetAccessToken())
		}
		return err
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if refused != nil {
		s.refuse(w, r, refused)
		return
	}
	if sealed.key != nil {
		text, err := sealed.sign()
		if err != nil {
			s.fail(w, r, err)
			return
		}
		resp.SetExtra("id_token", text)
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	sendJSON(w, http.StatusOK, resp.ToMap())
}

// refusal parts what is the client's fault, which the transaction outlives, from
// what is ours.
func refusal(err error, refused *error) error {
	e := fosite.ErrorToRFC6749Error(err)
	if e.CodeField >= 500 {
		return errors.Join(errProtocol, err)
	}
	*refused = e
	return nil
}

var errProtocol = errors.New("openid connect")

// refuse answers an endpoint's client with the standard's error.
func (s *Service) refuse(w http.ResponseWriter, r *http.Request, err error) {
	e := fosite.ErrorToRFC6749Error(err)
	if e.CodeField == http.StatusUnauthorized && strings.HasPrefix(r.Header.Get("Authorization"), "Basic") {
		w.Header().Set("WWW-Authenticate", `Basic realm="`+s.Issuer(r.PathValue("corpid"))+`"`)
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	sendJSON(w, e.CodeField, map[string]string{"error": e.ErrorField, "error_description": e.GetDescription()})
}

// sealing is a token that is still to be signed.
type sealing struct {
	key    *signer
	claims map[string]any
}

func (s sealing) sign() (string, error) { return s.key.signToken("JWT", s.claims) }

// idToken gathers what an ID token says.
func (s *Service) idToken(tx *store.Tx, g grant, access string) (sealing, error) {
	claims, err := s.claims(tx, g, g.Request.Claims.IDToken)
	if err != nil {
		return sealing{}, err
	}
	now := tx.Now()
	claims["iss"], claims["sub"], claims["aud"] = s.Issuer(g.CorpID), s.subjectOf(g.client, g.Member), g.client.ID
	claims["iat"], claims["exp"], claims["auth_time"] = now.Unix(), now.Add(idTokenLife).Unix(), g.AuthAt.Unix()
	claims["sid"], claims["azp"] = g.Session, g.client.ID
	if g.Request.Nonce != "" {
		claims["nonce"] = g.Request.Nonce
	}
	if access != "" {
		claims["at_hash"] = hashOf(access)
	}
	acr, amr := proofOf(g.Way)
	claims["acr"] = acr
	if len(amr) > 0 {
		claims["amr"] = amr
	}
	key, err := s.signerOf(tx, g.CorpID, g.client.Algorithm)
	return sealing{key: key, claims: claims}, err
}

// userInfo answers what the holder of an access token may know of the member.
func (s *Service) userInfo(w http.ResponseWriter, r *http.Request) {
	corpID, ok := s.corpOf(w, r)
	if !ok {
		return
	}
	token, ok := bearer(w, r)
	var claims map[string]any
	found := false
	if ok {
		err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
			_, g, ok, err := s.accessToken(tx, corpID, token)
			if err != nil || !ok {
				return err
			}
			if found = contains(g.Scopes, scopeOpenID); !found {
				return nil
			}
			claims, err = s.claims(tx, g, g.Request.Claims.UserInfo)
			if err == nil {
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
	if !found {
		challenge := `Bearer realm="` + s.Issuer(corpID) + `"`
		if token != "" {
			challenge += `, error="invalid_token", error_description="it has expired, was revoked, or is none"`
		}
		w.Header().Set("WWW-Authenticate", challenge)
		w.Header().Set("Access-Control-Expose-Headers", "WWW-Authenticate")
		sendJSON(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token", "error_description": "a living access token with the scope openid is expected"})
		return
	}
	sendJSON(w, http.StatusOK, claims)
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

// bearer returns the access token of a request: from its header, or from a form
// that is posted. In an address it would end up in logs (RFC 6750, 2.3).
func bearer(w http.ResponseWriter, r *http.Request) (token string, ok bool) {
	kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(kind, "Bearer") && token != "" {
		return strings.TrimSpace(token), true
	}
	if r.Method == http.MethodPost && readForm(w, r) == nil {
		token = r.PostForm.Get("access_token")
		return token, token != ""
	}
	return "", false
}

// accessToken returns a living access token and its grant.
func (s *Service) accessToken(tx *store.Tx, corpID, token string) (issued, grant, bool, error) {
	p := s.provider(tx, corpID)
	t, row, found, err := selectToken(tx, kindAccess, []byte(p.AccessTokenSignature(context.Background(), token)))
	if err != nil || !found || !tx.Now().Before(t.expires) {
		return t, grant{}, false, err
	}
	g, ok, err := s.living(tx, corpID, row)
	return t, g, ok, err
}

// introspection is what a token's holder may be asked to trust in (RFC 7662).
type introspection struct {
	Active   bool   `json:"active"`
	Scope    string `json:"scope,omitempty"`
	ClientID string `json:"client_id,omitempty"`
	Username string `json:"username,omitempty"`
	Kind     string `json:"token_type,omitempty"`
	Expires  int64  `json:"exp,omitempty"`
	Issued   int64  `json:"iat,omitempty"`
	Subject  string `json:"sub,omitempty"`
	Audience string `json:"aud,omitempty"`
	Issuer   string `json:"iss,omitempty"`
	Session  string `json:"sid,omitempty"`
}

// introspect tells a client of a token of its own, or of a neighbour's: a client of
// the same application, such as the API behind a web page. Of all others it says
// that they are not active, as of those that there are not.
func (s *Service) introspect(w http.ResponseWriter, r *http.Request) {
	corpID, ok := s.corpOf(w, r)
	if !ok {
		return
	}
	if err := readForm(w, r); err != nil {
		s.refuse(w, r, err)
		return
	}
	var out introspection
	var refused error
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		p := s.provider(tx, corpID)
		c, err := p.AuthenticateClient(r.Context(), r, r.PostForm)
		if p.broken != nil {
			return p.broken
		}
		if err != nil {
			return refusal(err, &refused)
		}
		if c.IsPublic() {
			refused = fosite.ErrInvalidClient.WithHint("A client without a secret may not ask about tokens.")
			return nil
		}
		out, err = s.inspect(r.Context(), tx, p, c.(party), r.PostForm.Get("token"))
		return err
	})
	switch {
	case err != nil:
		s.fail(w, r, err)
	case refused != nil:
		s.refuse(w, r, refused)
	default:
		w.Header().Set("Cache-Control", "no-store")
		sendJSON(w, http.StatusOK, out)
	}
}

func (s *Service) inspect(ctx context.Context, tx *store.Tx, p *provider, by party, token string) (introspection, error) {
	if token == "" {
		return introspection{}, nil
	}
	for _, try := range []struct{ kind, signature, name string }{
		{kindAccess, p.AccessTokenSignature(ctx, token), "Bearer"}, {kindRefresh, p.RefreshTokenSignature(ctx, token), "refresh_token"},
	} {
		t, row, found, err := selectToken(tx, try.kind, []byte(try.signature))
		if err != nil {
			return introspection{}, err
		}
		if !found || !t.used.IsZero() || !tx.Now().Before(t.expires) {
			continue
		}
		g, ok, err := s.living(tx, p.corpID, row)
		if err != nil || !ok || g.client.App != by.App {
			return introspection{}, err
		}
		return introspection{
			Active: true, Scope: strings.Join(g.Scopes, " "), ClientID: g.client.ID, Username: string(g.Member.UserID), Kind: try.name,
			Expires: t.expires.Unix(), Issued: t.created.Unix(), Subject: s.subjectOf(g.client, g.Member), Audience: g.client.ID,
			Issuer: s.Issuer(p.corpID), Session: g.Session,
		}, nil
	}
	return introspection{}, nil
}

// revoke ends a grant for the client that holds one of its tokens (RFC 7009).
func (s *Service) revoke(w http.ResponseWriter, r *http.Request) {
	corpID, ok := s.corpOf(w, r)
	if !ok {
		return
	}
	if err := readForm(w, r); err != nil {
		s.refuse(w, r, err)
		return
	}
	var refused error
	err := s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		refused = nil
		p := s.provider(tx, corpID)
		err := p.NewRevocationRequest(r.Context(), r)
		if p.broken != nil {
			return p.broken
		}
		if err != nil {
			return refusal(err, &refused)
		}
		return nil
	})
	switch {
	case err != nil:
		s.fail(w, r, err)
	case refused != nil:
		s.refuse(w, r, refused)
	default:
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusOK)
	}
}

// unix is a time as the protocol writes it.
func unix(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }
