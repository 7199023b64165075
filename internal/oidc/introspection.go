package oidc

import (
	"net/http"
	"strings"

	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// introspection says what a token is valid for (RFC 7662).
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

// introspect tells a client about a token of its own, or of a client of the same
// application, such as the API behind a web page. Any other token is answered as
// inactive, like one that does not exist.
func (s *Service) introspect(w http.ResponseWriter, r *http.Request) {
	var out introspection
	ok := s.withClient(w, r, s.deps.Store.Read, func(tx *store.Tx, c Client) (err error) {
		if c.Public {
			return errInvalidClient.because("A client without a secret may not ask about tokens.")
		}
		out, err = s.inspect(tx, c, r.PostForm.Get("token"))
		return err
	})
	if ok {
		sendJSON(w, http.StatusOK, out)
	}
}

func (s *Service) inspect(tx *store.Tx, by Client, token string) (introspection, error) {
	if token == "" {
		return introspection{}, nil
	}
	for _, try := range []struct {
		kind    string
		purpose seal.Purpose
		name    string
	}{{kindAccess, seal.OIDCAccess, "Bearer"}, {kindRefresh, seal.OIDCRefresh, "refresh_token"}} {
		t, row, found, err := selectToken(tx, try.kind, s.deps.Box.MAC(try.purpose, token))
		if err != nil {
			return introspection{}, err
		}
		if !found || !t.used.IsZero() || !tx.Now().Before(t.expires) {
			continue
		}
		c, err := s.Client(tx, by.CorpID, row.client)
		if err != nil || c.App != by.App {
			return introspection{}, orGone(err)
		}
		g, ok, err := s.living(tx, row, c)
		if err != nil || !ok {
			return introspection{}, err
		}
		return introspection{
			Active: true, Scope: strings.Join(g.Scopes, " "), ClientID: c.ID, Username: string(g.Member.UserID), Kind: try.name,
			Expires: t.expires.Unix(), Issued: t.created.Unix(), Subject: s.subjectOf(c, g.Member), Audience: c.ID,
			Issuer: s.Issuer(by.CorpID), Session: g.Session,
		}, nil
	}
	return introspection{}, nil
}

// revoke ends a grant for the client that holds one of its tokens (RFC 7009). A token that does not exist
// counts as revoked.
func (s *Service) revoke(w http.ResponseWriter, r *http.Request) {
	ok := s.withClient(w, r, s.deps.Store.Write, func(tx *store.Tx, c Client) error {
		token := r.PostForm.Get("token")
		if token == "" {
			return errInvalidRequest.because("token is missing.")
		}
		for kind, purpose := range map[string]seal.Purpose{kindAccess: seal.OIDCAccess, kindRefresh: seal.OIDCRefresh} {
			_, row, found, err := selectToken(tx, kind, s.deps.Box.MAC(purpose, token))
			if err != nil {
				return err
			}
			if !found || row.corpID != c.CorpID {
				continue
			}
			if row.client != c.ID {
				return errUnauthorizedClient.because("The token was given to another client.")
			}
			return deleteGrantsOf(tx, `id = ?`, row.id)
		}
		return nil
	})
	if ok {
		w.WriteHeader(http.StatusOK)
	}
}
