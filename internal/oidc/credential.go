package oidc

import (
	"context"
	"crypto/hmac"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"qiwei/internal/store"
)

// maxForm bounds the form that a client may send.
const maxForm = 64 << 10

// readForm reads the form of a client's request. It refuses anything but a form, and a parameter that occurs
// more than once (RFC 6749, 3.2).
func readForm(w http.ResponseWriter, r *http.Request) error {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" {
		return errInvalidRequest.because("A form is expected: Content-Type application/x-www-form-urlencoded.")
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return errInvalidRequest.because("A form of at most 64 KB is expected.")
	}
	for name, values := range r.PostForm {
		if len(values) > 1 {
			return errInvalidRequest.because("The parameter %q is there more than once.", name)
		}
	}
	return nil
}

// credentials are what a client identifies itself with.
type credentials struct {
	id      string
	secrets []string // readings of what it sent; one must be right
}

// usesBasic reports whether a request has its credentials in the header.
func usesBasic(r *http.Request) bool {
	kind, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(kind, "Basic")
}

// readCredentials reads a client's credentials from the header or the form (RFC 6749, 2.3.1). A client that
// uses both must say the same in both.
func readCredentials(r *http.Request) (c credentials, err error) {
	form := r.PostForm
	if form.Get("client_assertion") != "" || form.Get("client_assertion_type") != "" {
		return c, errInvalidClient.because("Client assertions are not supported; use client_secret_basic or client_secret_post.")
	}
	if !usesBasic(r) {
		if c.id = form.Get("client_id"); c.id == "" {
			return c, errInvalidClient.because("The request does not say which client it comes from.")
		}
		return credentials{c.id, []string{form.Get("client_secret")}}, nil
	}
	user, password, ok := r.BasicAuth()
	if !ok {
		return c, errInvalidClient.because("The Authorization header is malformed.")
	}
	// Both parts are form-encoded before they are joined. Many clients omit that, so the secret is also
	// accepted unencoded.
	if c.id, err = url.QueryUnescape(user); err != nil {
		c.id = user
	}
	c.secrets = []string{password}
	if plain, err := url.QueryUnescape(password); err == nil && plain != password {
		c.secrets = append(c.secrets, plain)
	}
	if inForm := form.Get("client_id"); inForm != "" && inForm != c.id {
		return c, errInvalidRequest.because("The header and the form name different clients.")
	}
	if inForm := form.Get("client_secret"); inForm != "" && !slices.Contains(c.secrets, inForm) {
		return c, errInvalidRequest.because("The header and the form have different secrets.")
	}
	return c, nil
}

// authenticate returns the corp's client that sent a request.
func (s *Service) authenticate(tx *store.Tx, corpID string, r *http.Request) (Client, error) {
	shown, err := readCredentials(r)
	if err != nil {
		return Client{}, err
	}
	c, err := s.Client(tx, corpID, shown.id)
	if errors.Is(err, ErrNoClient) || (err == nil && c.Disabled) {
		return Client{}, errInvalidClient
	}
	if err != nil {
		return Client{}, err
	}
	// A public client has no secret to prove itself by. PKCE and the registered
	// redirect URIs stand in for it.
	if c.Public {
		return c, nil
	}
	for _, secret := range shown.secrets {
		if c.knows(s.secretMAC(secret), tx.Now()) {
			return c, nil
		}
	}
	return Client{}, errInvalidClient
}

// knows reports whether mac is the digest of the client's secret, or of the previous one while that is still
// valid. The digest is fast: secrets have at least 24 characters and are mostly drawn by us, so a slow hash
// would protect nothing.
func (c Client) knows(mac []byte, now time.Time) bool {
	if mac == nil || c.mac == nil {
		return false
	}
	return hmac.Equal(mac, c.mac) || (c.earlier != nil && now.Before(c.EarlierUntil) && hmac.Equal(mac, c.earlier))
}

// withClient runs do in a transaction, Store.Read or Store.Write, with the client that sent the request. ok
// is false if the request was refused or failed; it has then been answered.
func (s *Service) withClient(w http.ResponseWriter, r *http.Request, transaction func(context.Context, func(*store.Tx) error) error,
	do func(*store.Tx, Client) error) (ok bool) {
	corpID, ok := s.corpOf(w, r)
	if !ok {
		return false
	}
	var refused *refusal
	err := settle(readForm(w, r), &refused)
	if err == nil && refused == nil {
		err = transaction(r.Context(), func(tx *store.Tx) error {
			refused = nil
			c, err := s.authenticate(tx, corpID, r)
			if err == nil {
				err = do(tx, c)
			}
			return settle(err, &refused)
		})
	}
	switch {
	case err != nil:
		s.fail(w, r, err)
		return false
	case refused != nil:
		s.refuse(w, r, refused)
		return false
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	return true
}
