package oidc

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/ory/fosite"
	"github.com/ory/fosite/handler/oauth2"
	"github.com/ory/fosite/handler/openid"
	"github.com/ory/fosite/handler/pkce"
	"github.com/ory/fosite/token/jwt"

	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// provider is fosite for one request, in one transaction, of one corp.
type provider struct {
	*fosite.Fosite
	s      *Service
	tx     *store.Tx
	corpID string

	read   map[string]*fosite.Request // by the digest of what it came of
	broken error                      // of the database: the transaction fails with it
	idFor  *grant                     // whose ID token the answer gets
}

func (s *Service) provider(tx *store.Tx, corpID string) *provider {
	p := &provider{s: s, tx: tx, corpID: corpID, read: map[string]*fosite.Request{}}
	cfg := &fosite.Config{
		AccessTokenLifespan: accessLife, RefreshTokenLifespan: refreshLife, AuthorizeCodeLifespan: codeLife, IDTokenLifespan: idTokenLife,
		ScopeStrategy:               fosite.ExactScopeStrategy,
		RefreshTokenScopes:          []string{},
		OmitRedirectScopeParam:      true,
		EnforcePKCEForPublicClients: true,
		// That a redirect address is fit to carry a code is asked when it is registered.
		RedirectSecureChecker: func(context.Context, *url.URL) bool { return true },
		ClientSecretsHasher:   secretHasher{s},
	}
	codes := &oauth2.AuthorizeExplicitGrantHandler{
		AccessTokenStrategy: p, RefreshTokenStrategy: p, AuthorizeCodeStrategy: p, CoreStorage: p, TokenRevocationStorage: p, Config: cfg,
	}
	refresh := &oauth2.RefreshTokenGrantHandler{AccessTokenStrategy: p, RefreshTokenStrategy: p, TokenRevocationStorage: p, Config: cfg}
	ids := &openid.IDTokenHandleHelper{IDTokenStrategy: p}
	explicit := &openid.OpenIDConnectExplicitHandler{
		OpenIDConnectRequestStorage:   p,
		OpenIDConnectRequestValidator: openid.NewOpenIDConnectRequestValidator(nil, cfg),
		Config:                        cfg, IDTokenHandleHelper: ids,
	}
	challenge := &pkce.Handler{AuthorizeCodeStrategy: p, Storage: p, Config: cfg}
	cfg.AuthorizeEndpointHandlers = fosite.AuthorizeEndpointHandlers{codes, explicit, challenge}
	cfg.TokenEndpointHandlers = fosite.TokenEndpointHandlers{
		codes, explicit, challenge, refresh, &openid.OpenIDConnectRefreshHandler{IDTokenHandleHelper: ids, Config: cfg},
	}
	cfg.RevocationHandlers = fosite.RevocationHandlers{
		&oauth2.TokenRevocationHandler{TokenRevocationStorage: p, RefreshTokenStrategy: p, AccessTokenStrategy: p},
	}
	p.Fosite = fosite.NewOAuth2Provider(p, cfg)
	return p
}

// asserted keeps an error of the database, which fosite would hide in one of its
// own.
func (p *provider) asserted(err error) error {
	if err != nil && p.broken == nil {
		p.broken = err
	}
	return err
}

// session is a grant as fosite carries it about. It has no times: those that
// fosite works out are the machine's, and the rows have the server's.
type session struct {
	grant  *grant
	claims jwt.IDTokenClaims
	header jwt.Headers
}

var _ openid.Session = (*session)(nil)

func (s *session) SetExpiresAt(fosite.TokenType, time.Time)        {}
func (s *session) GetExpiresAt(fosite.TokenType) (never time.Time) { return never }
func (s *session) GetUsername() string                             { return string(s.grant.Member.UserID) }
func (s *session) GetSubject() string                              { return s.claims.Subject }
func (s *session) Clone() fosite.Session                           { c := *s; return &c }
func (s *session) IDTokenClaims() *jwt.IDTokenClaims               { return &s.claims }
func (s *session) IDTokenHeaders() *jwt.Headers                    { return &s.header }

func (s *Service) sessionOf(g *grant) *session {
	return &session{grant: g, claims: jwt.IDTokenClaims{Subject: s.subjectOf(g.client, g.Member)}}
}

// secretHasher compares a secret with its digest. Secrets are 24 characters at
// least and mostly ours: a slow hash would defend nothing, and cost each exchange a
// tenth of a second.
type secretHasher struct{ s *Service }

var errSecret = errors.New("wrong secret")

func (h secretHasher) Compare(_ context.Context, hash, secret []byte) error {
	if len(hash) == 0 || len(secret) == 0 || !hmac.Equal(hash, h.s.secretMAC(string(secret))) {
		return errSecret
	}
	return nil
}

func (h secretHasher) Hash(_ context.Context, secret []byte) ([]byte, error) {
	return h.s.secretMAC(string(secret)), nil
}

// ---- fosite.Storage ----

func (p *provider) GetClient(_ context.Context, clientID string) (fosite.Client, error) {
	c, err := p.s.Client(p.tx, p.corpID, clientID)
	if errors.Is(err, ErrNoClient) || (err == nil && c.Disabled) {
		return nil, fosite.ErrNotFound
	}
	return party{c, p.tx.Now()}, p.asserted(err)
}

func (p *provider) ClientAssertionJWTValid(context.Context, string) error { return fosite.ErrJTIKnown }
func (p *provider) SetClientAssertionJWT(context.Context, string, time.Time) error {
	return fosite.ErrJTIKnown
}

// ---- tokens are random texts, known by their digests ----

func (p *provider) newToken(purpose seal.Purpose) (token, signature string, err error) {
	token = id.Secret()
	return token, p.mac(purpose, token), nil
}

func (p *provider) mac(purpose seal.Purpose, token string) string {
	return string(p.s.deps.Box.MAC(purpose, token))
}

func (p *provider) AuthorizeCodeSignature(_ context.Context, t string) string {
	return p.mac(seal.OIDCCode, t)
}
func (p *provider) AccessTokenSignature(_ context.Context, t string) string {
	return p.mac(seal.OIDCAccess, t)
}
func (p *provider) RefreshTokenSignature(_ context.Context, t string) string {
	return p.mac(seal.OIDCRefresh, t)
}
func (p *provider) GenerateAuthorizeCode(context.Context, fosite.Requester) (string, string, error) {
	return p.newToken(seal.OIDCCode)
}
func (p *provider) GenerateAccessToken(context.Context, fosite.Requester) (string, string, error) {
	return p.newToken(seal.OIDCAccess)
}
func (p *provider) GenerateRefreshToken(context.Context, fosite.Requester) (string, string, error) {
	return p.newToken(seal.OIDCRefresh)
}

// That a token is known and has not expired is found out where it is read.

func (p *provider) ValidateAuthorizeCode(context.Context, fosite.Requester, string) error { return nil }
func (p *provider) ValidateAccessToken(context.Context, fosite.Requester, string) error   { return nil }
func (p *provider) ValidateRefreshToken(context.Context, fosite.Requester, string) error  { return nil }

// GenerateIDToken notes that the answer gets an ID token. It is signed when the
// transaction is over: a signature takes longer than all the rest, and on SQLite
// nobody else could write meanwhile.
func (p *provider) GenerateIDToken(_ context.Context, _ time.Duration, r fosite.Requester) (string, error) {
	p.idFor = r.GetSession().(*session).grant
	return "", nil
}

// ---- storage ----

func (p *provider) CreateAuthorizeCodeSession(_ context.Context, signature string, r fosite.Requester) error {
	g := r.GetSession().(*session).grant
	expires := p.tx.Now().Add(codeLife)
	if err := p.asserted(insertGrant(p.tx, *g, expires)); err != nil {
		return err
	}
	return p.asserted(insertToken(p.tx, g.ID, issued{mac: []byte(signature), kind: kindCode, expires: expires}))
}

// find returns the request that a token came of. Whatever has expired, or stands on
// something that is not there any more, is not found.
func (p *provider) find(kind, signature string) (r *fosite.Request, used bool, err error) {
	t, row, found, err := selectToken(p.tx, kind, []byte(signature))
	if err != nil {
		return nil, false, p.asserted(err)
	}
	if !found || row.corpID != p.corpID {
		return nil, false, fosite.ErrNotFound
	}
	g, living, err := p.s.living(p.tx, p.corpID, row)
	if err != nil {
		return nil, false, p.asserted(err)
	}
	// What was used is looked at before what has expired: the second use of a code
	// counts whenever it comes.
	if !living || (t.used.IsZero() && !p.tx.Now().Before(t.expires)) {
		return nil, false, fosite.ErrNotFound
	}
	r = fosite.NewRequest()
	r.ID, r.Client, r.RequestedAt = g.ID, party{g.client, p.tx.Now()}, g.Created
	r.RequestedScope, r.GrantedScope = slices.Clone(g.Scopes), slices.Clone(g.Scopes)
	r.Form = url.Values{"redirect_uri": {g.Request.RedirectURI}}
	if g.Request.Challenge != "" {
		r.Form.Set("code_challenge", g.Request.Challenge)
		r.Form.Set("code_challenge_method", g.Request.Method)
	}
	r.Session = p.s.sessionOf(&g)
	return r, !t.used.IsZero(), nil
}

// code is find for a code, once in a transaction.
func (p *provider) code(signature string) (r *fosite.Request, used bool, err error) {
	if r = p.read[signature]; r != nil {
		return r, false, nil
	}
	if r, used, err = p.find(kindCode, signature); err == nil && !used {
		p.read[signature] = r
	}
	return r, used, err
}

func (p *provider) GetAuthorizeCodeSession(_ context.Context, signature string, _ fosite.Session) (fosite.Requester, error) {
	r, used, err := p.code(signature)
	if err != nil {
		return nil, err
	}
	if used {
		return r, fosite.ErrInvalidatedAuthorizeCode
	}
	return r, nil
}

func (p *provider) InvalidateAuthorizeCodeSession(_ context.Context, signature string) error {
	return p.use(signature)
}

func (p *provider) use(signature string) error {
	ok, err := useToken(p.tx, []byte(signature))
	if err == nil && !ok {
		return fosite.ErrSerializationFailure
	}
	return p.asserted(err)
}

func (p *provider) CreateAccessTokenSession(_ context.Context, signature string, r fosite.Requester) error {
	g := r.GetSession().(*session).grant
	return p.issue(g, issued{mac: []byte(signature), kind: kindAccess, expires: p.tx.Now().Add(g.client.accessLife())})
}

func (p *provider) issue(g *grant, t issued) error {
	if err := p.asserted(insertToken(p.tx, g.ID, t)); err != nil {
		return err
	}
	return p.asserted(prolongGrant(p.tx, g.ID, t.expires))
}

func (p *provider) GetAccessTokenSession(_ context.Context, signature string, _ fosite.Session) (fosite.Requester, error) {
	r, _, err := p.find(kindAccess, signature)
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (p *provider) DeleteAccessTokenSession(_ context.Context, signature string) error {
	return p.deleteToken(signature)
}

func (p *provider) deleteToken(signature string) error {
	_, err := p.tx.Exec(`DELETE FROM oidc_token WHERE mac = ?`, []byte(signature))
	return p.asserted(err)
}

// CreateRefreshTokenSession keeps a refresh token. One that was not granted offline
// access lives no longer than the member's session can.
func (p *provider) CreateRefreshTokenSession(_ context.Context, signature, _ string, r fosite.Requester) error {
	g := r.GetSession().(*session).grant
	expires := p.tx.Now().Add(g.client.refreshLife())
	if end := g.AuthAt.Add(onlineLife); !g.offline() && end.Before(expires) {
		expires = end
	}
	return p.issue(g, issued{mac: []byte(signature), kind: kindRefresh, expires: expires})
}

func (p *provider) GetRefreshTokenSession(_ context.Context, signature string, _ fosite.Session) (fosite.Requester, error) {
	r, used, err := p.find(kindRefresh, signature)
	if err != nil {
		return nil, err
	}
	if used {
		return r, fosite.ErrInactiveToken
	}
	return r, nil
}

func (p *provider) DeleteRefreshTokenSession(_ context.Context, signature string) error {
	return p.deleteToken(signature)
}

func (p *provider) RotateRefreshToken(_ context.Context, _, signature string) error {
	return p.use(signature)
}

// RevokeRefreshToken and RevokeAccessToken end the grant, and with it all that it
// gave.

func (p *provider) RevokeRefreshToken(_ context.Context, grantID string) error {
	return p.asserted(deleteGrantsOf(p.tx, `id = ? AND corpid = ?`, grantID, p.corpID))
}

func (p *provider) RevokeAccessToken(ctx context.Context, grantID string) error {
	return p.RevokeRefreshToken(ctx, grantID)
}

// What OpenID Connect and PKCE keep of a request is in the grant from the beginning
// and stays: if the challenge went with the first try, a second one without a
// verifier would find none to ask for.

func (p *provider) CreateOpenIDConnectSession(context.Context, string, fosite.Requester) error {
	return nil
}
func (p *provider) DeleteOpenIDConnectSession(context.Context, string) error { return nil }
func (p *provider) GetOpenIDConnectSession(_ context.Context, code string, _ fosite.Requester) (fosite.Requester, error) {
	r, _, err := p.code(p.mac(seal.OIDCCode, code))
	if err != nil || !r.GrantedScope.Has(scopeOpenID) {
		return nil, openid.ErrNoSessionFound
	}
	return r, nil
}

func (p *provider) CreatePKCERequestSession(context.Context, string, fosite.Requester) error {
	return nil
}
func (p *provider) DeletePKCERequestSession(context.Context, string) error { return nil }
func (p *provider) GetPKCERequestSession(_ context.Context, signature string, _ fosite.Session) (fosite.Requester, error) {
	r, _, err := p.code(signature)
	if err != nil {
		return nil, err
	}
	if r.Form.Get("code_challenge") == "" {
		return nil, fosite.ErrNotFound
	}
	return r, nil
}

// hashOf is at_hash: the left half of the digest of a token.
func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
