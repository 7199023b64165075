package wire

import (
	"errors"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// Credential is what authenticates a call: a parameter of the query, its owner, and the codes for invalid
// ones. An endpoint names its credential; admission, limits, the log, OpenAPI and the console's explorer
// follow from it.
type Credential struct {
	Param string // of the query
	Also  string // another name under which clients send it, if they do
	What  string // in words: "access token of an application"

	Missing, Invalid, Expired Error

	// Resolve returns the caller behind the text. It answers ErrInvalid or ErrExpired if there is none; any
	// other error is answered as it is. It is nil for AccessToken, which uses Config.Resolver.
	Resolve func(tx *store.Tx, text string) (access.Caller, error)
}

// Resolver turns an access token into its caller. The token room implements it.
type Resolver interface {
	// Resolve answers ErrInvalid or ErrExpired for an invalid token.
	Resolve(tx *store.Tx, token string) (access.Caller, error)
}

// What can be wrong with any credential. The credential determines the codes.
var (
	ErrInvalid = errors.New("the credential is not good")
	ErrExpired = errors.New("the credential has expired")
)

// AccessToken is the credential of an endpoint that names none (doc 91039).
var AccessToken = &Credential{
	Param: "access_token", What: "access token of an application",
	Missing: Code(41001, "access_token missing"),
	Invalid: Code(40014, "invalid access_token"),
	Expired: Code(42001, "access_token expired"),
}

// in returns the text of the credential in a query.
func (c *Credential) in(q query) string {
	text, ok := q.lookup(c.Param)
	if !ok && c.Also != "" {
		text = q.get(c.Also)
	}
	return text
}

// By returns the credential of the endpoint, nil if it needs none.
func (ep Endpoint) By() *Credential {
	switch {
	case ep.Open:
		return nil
	case ep.Credential == nil:
		return AccessToken
	}
	return ep.Credential
}

// resolve returns the caller behind the text of a credential.
func (s *Server) resolve(tx *store.Tx, c *Credential, text string) (access.Caller, error) {
	if text == "" {
		return access.Caller{}, c.Missing
	}
	find := c.Resolve
	if find == nil {
		find = s.Resolver.Resolve
	}
	by, err := find(tx, text)
	switch {
	case errors.Is(err, ErrInvalid):
		err = c.Invalid
	case errors.Is(err, ErrExpired):
		err = c.Expired
	}
	return by, err
}
