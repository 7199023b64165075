package wire

import (
	"errors"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// Credential is what a call is made with: a parameter of the query, whom it
// belongs to, and the codes of those that are no good. An endpoint names its
// credential; admission, limits, the log, OpenAPI and the console's explorer
// follow from it.
type Credential struct {
	Param string // of the query
	What  string // in words: "access token of an application"

	Missing, Invalid, Expired Error

	// Resolve returns who is behind the text. It answers ErrInvalid or ErrExpired
	// where that is nobody, and any other error as it is to be answered. It is nil
	// for AccessToken, whose resolver is the assembly's (Config.Resolver).
	Resolve func(tx *store.Tx, text string) (access.Caller, error)
}

// Resolver turns an access token into its caller. It is fulfilled by the token room.
type Resolver interface {
	// Resolve answers ErrInvalid or ErrExpired for a token that is not good.
	Resolve(tx *store.Tx, token string) (access.Caller, error)
}

// What is wrong with a credential, whichever it is. The codes are the credential's.
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

// By returns the credential of the endpoint, nil where it needs none.
func (ep Endpoint) By() *Credential {
	switch {
	case ep.Open:
		return nil
	case ep.Credential == nil:
		return AccessToken
	}
	return ep.Credential
}

// resolve returns who is behind the text of a credential.
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
