package oidc

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// grant is one authorisation: a member has admitted a client. Its code and all its tokens depend on it.
type grant struct {
	ID      string
	CorpID  string
	Member  directory.Member
	Session string // ID of the session that it was given in
	Scopes  []string
	Request request
	AuthAt  time.Time
	Way     string
	Created time.Time

	client Client
	app    app.App
}

// request is what the token endpoint needs to know of an authorisation request.
type request struct {
	RedirectURI string        `json:"redirect_uri"`
	Nonce       string        `json:"nonce,omitempty"`
	Challenge   string        `json:"challenge,omitempty"`
	Claims      claimsRequest `json:"claims,omitzero"`
}

// offline reports whether the grant outlives the session.
func (g grant) offline() bool { return slices.Contains(g.Scopes, scopeOffline) }

// The kinds of token.
const (
	kindCode    = "c"
	kindAccess  = "a"
	kindRefresh = "r"
)

// issued is a token as it is remembered.
type issued struct {
	mac     []byte
	kind    string
	used    time.Time // zero if it has not been used
	created time.Time
	expires time.Time
}

// living returns a client's grant, if its whole basis still exists: the client, the application, the member,
// and the member's place in the visible range. A scope that the client has lost since is also missing from
// the grant.
func (s *Service) living(tx *store.Tx, r grantRow, c Client) (g grant, ok bool, err error) {
	g = grant{ID: r.id, CorpID: r.corpID, Session: r.session, Way: r.way, AuthAt: r.authAt, Created: r.created, client: c}
	if r.corpID != c.CorpID || r.client != c.ID || c.Disabled {
		return g, false, nil
	}
	g.Scopes = slices.DeleteFunc(r.scopes, func(scope string) bool { return !slices.Contains(c.Scopes, scope) })
	if err := json.Unmarshal(r.request, &g.Request); err != nil {
		return g, false, err
	}
	if g.app, err = s.deps.Apps.AppNo(tx, c.App); err != nil {
		return g, false, err
	}
	if g.Member, ok, err = s.deps.Directory.MemberNo(tx, r.member); err != nil || !ok || !g.Member.Enabled {
		return g, false, err
	}
	ok, err = s.deps.Login.InRange(tx, g.app, g.Member)
	return g, ok, err
}

// orGone removes the error of a client that no longer exists.
func orGone(err error) error {
	if errors.Is(err, ErrNoClient) {
		return nil
	}
	return err
}

// newCode stores a grant and returns its code.
func (s *Service) newCode(tx *store.Tx, g grant) (string, error) {
	code, expires := id.Secret(), tx.Now().Add(codeLife)
	if err := insertGrant(tx, g, expires); err != nil {
		return "", err
	}
	return code, insertTokens(tx, g.ID, issued{mac: s.deps.Box.MAC(seal.OIDCCode, code), kind: kindCode, expires: expires})
}
