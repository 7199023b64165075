package oidc

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// tokenResponse is the answer of the token endpoint (RFC 6749, 5.1, and OpenID
// Connect Core, 3.1.3.3).
type tokenResponse struct {
	Access  string `json:"access_token"`
	Kind    string `json:"token_type"`
	Expires int64  `json:"expires_in"` // seconds
	Refresh string `json:"refresh_token"`
	Scope   string `json:"scope"`
	ID      string `json:"id_token,omitempty"`
}

// token exchanges a code or a refresh token for tokens. It reads and writes everything in one transaction. It
// signs the ID token afterwards: an RSA signature takes a millisecond, during which nobody else could write
// to SQLite.
func (s *Service) token(w http.ResponseWriter, r *http.Request) {
	var out tokenResponse
	var unsigned unsignedToken
	ok := s.withClient(w, r, s.deps.Store.Write, func(tx *store.Tx, c Client) error {
		g, err := s.redeem(tx, c, r.PostForm)
		if err == nil {
			out, unsigned, err = s.issueTokens(tx, g)
		}
		return err
	})
	if !ok {
		return
	}
	if unsigned.key != nil {
		var err error
		if out.ID, err = unsigned.sign(); err != nil {
			s.fail(w, r, err)
			return
		}
	}
	sendJSON(w, http.StatusOK, out)
}

// redeem takes the client's code or refresh token and returns its grant.
func (s *Service) redeem(tx *store.Tx, c Client, form url.Values) (grant, error) {
	switch kind := form.Get("grant_type"); kind {
	case "authorization_code":
		return s.redeemCode(tx, c, form)
	case "refresh_token":
		return s.redeemRefresh(tx, c, form)
	case "":
		return grant{}, errInvalidRequest.because("grant_type is missing.")
	default:
		return grant{}, errUnsupportedGrant.because("The grant type %q is not supported: authorization_code or refresh_token expected.", kind)
	}
}

// redeemCode takes a code. A wrong request leaves the code and its challenge as they are: a second try
// without a verifier fails like the first.
func (s *Service) redeemCode(tx *store.Tx, c Client, form url.Values) (grant, error) {
	code := form.Get("code")
	if code == "" {
		return grant{}, errInvalidRequest.because("code is missing.")
	}
	t, g, err := s.unused(tx, c, kindCode, s.deps.Box.MAC(seal.OIDCCode, code))
	if err != nil {
		return grant{}, err
	}
	if form.Get("redirect_uri") != g.Request.RedirectURI {
		return grant{}, errInvalidGrant.because("redirect_uri is not the one of the authorization request.")
	}
	if err := g.verify(form.Get("code_verifier")); err != nil {
		return grant{}, err
	}
	return g, s.use(tx, t, g)
}

// redeemRefresh takes a refresh token. A narrower scope may be asked for and is not
// granted, which the answer says (RFC 6749, 3.3 and 6).
func (s *Service) redeemRefresh(tx *store.Tx, c Client, form url.Values) (grant, error) {
	token := form.Get("refresh_token")
	if token == "" {
		return grant{}, errInvalidRequest.because("refresh_token is missing.")
	}
	t, g, err := s.unused(tx, c, kindRefresh, s.deps.Box.MAC(seal.OIDCRefresh, token))
	if err != nil {
		return grant{}, err
	}
	for _, scope := range knownScopes(form.Get("scope")) {
		if !slices.Contains(g.Scopes, scope) {
			return grant{}, errInvalidScope.because("The scope %q was not granted.", scope)
		}
	}
	return g, s.use(tx, t, g)
}

// unused returns a code or refresh token of the client that is still valid, with its grant. A second use ends
// the grant, by any client and however late: one of the two users has stolen it.
func (s *Service) unused(tx *store.Tx, c Client, kind string, mac []byte) (issued, grant, error) {
	t, row, found, err := selectToken(tx, kind, mac)
	if err != nil {
		return t, grant{}, err
	}
	if !found || row.corpID != c.CorpID {
		return t, grant{}, errInvalidGrant
	}
	if !t.used.IsZero() {
		return t, grant{}, endReused(tx, row.id)
	}
	if row.client != c.ID {
		return t, grant{}, errInvalidGrant.because("It was given to another client.")
	}
	if !tx.Now().Before(t.expires) {
		return t, grant{}, errInvalidGrant.because("It has expired.")
	}
	g, ok, err := s.living(tx, row, c)
	if err == nil && !ok {
		err = errInvalidGrant.because("The member is disabled, or may not use this application any more.")
	}
	return t, g, err
}

// use marks a code or refresh token as used. If a request on another server was faster, this one is the
// second use.
func (s *Service) use(tx *store.Tx, t issued, g grant) error {
	ok, err := useToken(tx, t.mac)
	if err == nil && !ok {
		err = endReused(tx, g.ID)
	}
	return err
}

// endReused ends a grant whose code or refresh token was used twice.
func endReused(tx *store.Tx, grantID string) error {
	if err := deleteGrantsOf(tx, `id = ?`, grantID); err != nil {
		return err
	}
	return errInvalidGrant.because("It was used before. Everything issued for it has ended.")
}

// verify checks a code_verifier against the challenge (RFC 7636, 4.6).
func (g grant) verify(verifier string) error {
	switch {
	case g.Request.Challenge == "" && verifier == "" && !g.client.needsPKCE():
		return nil
	case g.Request.Challenge == "":
		// A verifier without a challenge means that somebody removed the challenge from the authorization
		// request on its way.
		return errInvalidGrant.because("The authorization request had no code_challenge.")
	case verifier == "":
		return errInvalidGrant.because("code_verifier is missing.")
	case len(verifier) < 43 || len(verifier) > 128:
		return errInvalidGrant.because("code_verifier has 43 to 128 characters.")
	}
	sum := sha256.Sum256([]byte(verifier))
	if subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(g.Request.Challenge)) != 1 {
		return errInvalidGrant.because("code_verifier does not fit the code_challenge.")
	}
	return nil
}

// issueTokens gives the client a new access token and refresh token, and returns the content of the ID token,
// if there is one. A refresh token without offline access lives no longer than the member's session can.
func (s *Service) issueTokens(tx *store.Tx, g grant) (out tokenResponse, unsigned unsignedToken, err error) {
	now := tx.Now()
	access := issued{kind: kindAccess, expires: now.Add(g.client.accessLife())}
	refresh := issued{kind: kindRefresh, expires: now.Add(g.client.refreshLife())}
	if end := g.AuthAt.Add(onlineLife); !g.offline() && end.Before(refresh.expires) {
		refresh.expires = end
	}
	out = tokenResponse{Access: id.Secret(), Refresh: id.Secret(), Kind: "bearer", Expires: int64(g.client.accessLife() / time.Second), Scope: strings.Join(g.Scopes, " ")}
	access.mac, refresh.mac = s.deps.Box.MAC(seal.OIDCAccess, out.Access), s.deps.Box.MAC(seal.OIDCRefresh, out.Refresh)
	if err := insertTokens(tx, g.ID, access, refresh); err != nil {
		return out, unsigned, err
	}
	latest := access.expires
	if latest.Before(refresh.expires) {
		latest = refresh.expires
	}
	if err := prolongGrant(tx, g.ID, latest); err != nil {
		return out, unsigned, err
	}
	if slices.Contains(g.Scopes, scopeOpenID) {
		unsigned, err = s.idToken(tx, g, out.Access)
	}
	return out, unsigned, err
}

// unsignedToken is a JWT that is not signed yet.
type unsignedToken struct {
	key    *signer
	claims map[string]any
}

func (t unsignedToken) sign() (string, error) { return t.key.signToken("JWT", t.claims) }

// idToken builds the content of an ID token (OpenID Connect Core, 2).
func (s *Service) idToken(tx *store.Tx, g grant, access string) (unsignedToken, error) {
	claims, err := s.claims(tx, g, g.Request.Claims.IDToken)
	if err != nil {
		return unsignedToken{}, err
	}
	now := tx.Now()
	claims["iss"], claims["sub"], claims["aud"] = s.Issuer(g.CorpID), s.subjectOf(g.client, g.Member), g.client.ID
	claims["iat"], claims["exp"], claims["auth_time"] = now.Unix(), now.Add(idTokenLife).Unix(), g.AuthAt.Unix()
	claims["sid"], claims["azp"], claims["at_hash"] = g.Session, g.client.ID, accessTokenHash(access)
	if g.Request.Nonce != "" {
		claims["nonce"] = g.Request.Nonce
	}
	acr, amr := proofOf(g.Way)
	claims["acr"] = acr
	if len(amr) > 0 {
		claims["amr"] = amr
	}
	key, err := s.signerOf(tx, g.CorpID, g.client.Algorithm)
	return unsignedToken{key: key, claims: claims}, err
}

// accessTokenHash returns at_hash: the left half of the token's digest.
func accessTokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
