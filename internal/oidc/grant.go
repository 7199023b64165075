package oidc

import (
	"encoding/json"
	"slices"
	"time"

	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// grant is one authorisation: a member has let a client in. Its code and all
// tokens hang on it.
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
	Method      string        `json:"method,omitempty"`
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
	used    time.Time // zero for not yet
	created time.Time
	expires time.Time
}

func newGrantID() string { return id.Letters(22) }

// living returns the grant, if all that it stands on is there yet: the client, the
// application, the member, and the member's place in its visible range.
func (s *Service) living(tx *store.Tx, corpID string, r grantRow) (g grant, ok bool, err error) {
	g = grant{ID: r.id, CorpID: r.corpID, Session: r.session, Scopes: r.scopes, Way: r.way, AuthAt: r.authAt, Created: r.created}
	if r.corpID != corpID {
		return g, false, nil
	}
	if err := json.Unmarshal(r.request, &g.Request); err != nil {
		return g, false, err
	}
	if g.client, err = s.Client(tx, corpID, r.client); err != nil || g.client.Disabled {
		return g, false, orGone(err)
	}
	if g.app, err = s.deps.Apps.AppNo(tx, g.client.App); err != nil {
		return g, false, err
	}
	if g.Member, ok, err = s.deps.Directory.MemberNo(tx, r.member); err != nil || !ok || !g.Member.Enabled {
		return g, false, err
	}
	ok, err = s.deps.Login.InRange(tx, g.app, g.Member)
	return g, ok, err
}

// orGone takes away the error of a client that is not there any more.
func orGone(err error) error {
	if err == ErrNoClient {
		return nil
	}
	return err
}
