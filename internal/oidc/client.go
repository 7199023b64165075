package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// Subject is the id by which a client knows a member.
type Subject string

// The kinds of subject.
const (
	// SubjectPublic is the same for all clients of a corp. It stays the same when the member's userid
	// changes, and is never reused.
	SubjectPublic Subject = "public"
	// SubjectPairwise differs from site to site, so that two sites cannot find out
	// that they know the same member.
	SubjectPairwise Subject = "pairwise"
	// SubjectUserID is the userid, for products that show the subject to people or know members by it
	// already. A new member with the userid of a former one is taken for the former one.
	SubjectUserID Subject = "userid"
)

// Client is a product to which members sign in.
type Client struct {
	ID     string
	CorpID string
	App    int64 // number of the application that it belongs to
	ClientSettings
	CreatedAt time.Time
	// Secret is set only when it was just made.
	Secret string
	// EarlierUntil is how long the previous secret stays valid; zero for none.
	EarlierUntil time.Time

	mac, earlier []byte
}

// ClientSettings is what an administrator may change in a client.
type ClientSettings struct {
	Name string `json:"name,omitempty"` // as members see it; the application's if empty
	// RedirectURIs are where members return with a code. They are compared letter for letter, except for the
	// port of a loopback address (RFC 8252).
	RedirectURIs []string `json:"redirect_uris"`
	// LogoutURIs are where members may go after sign-out.
	LogoutURIs []string `json:"post_logout_redirect_uris,omitempty"`
	// BackChannel is told when a session ends (OpenID Connect Back-Channel Logout).
	BackChannel string `json:"backchannel_logout_uri,omitempty"`
	// Public marks a client that cannot keep a secret, for example in a browser or on a phone.
	Public bool `json:"public,omitempty"`
	// RequirePKCE refuses requests without a challenge. Those of public clients are always refused.
	RequirePKCE bool     `json:"require_pkce,omitempty"`
	Subject     Subject  `json:"subject"`
	Sector      string   `json:"sector,omitempty"` // host that determines pairwise subjects
	Algorithm   string   `json:"algorithm"`
	Scopes      []string `json:"scopes"`
	// Claims are further claims, each with the member's attribute that it shows.
	Claims map[string]string `json:"claims,omitempty"`
	// Trusted clients are admitted without asking the member: they belong to the corp itself.
	Trusted bool `json:"trusted,omitempty"`
	// AccessMinutes and RefreshDays are the life of tokens; 60 and 30 if zero.
	AccessMinutes int64 `json:"access_minutes,omitempty"`
	RefreshDays   int64 `json:"refresh_days,omitempty"`
	Disabled      bool  `json:"disabled,omitempty"`
}

// ErrNoClient is returned for a client that does not exist in the corp.
var ErrNoClient = errors.New("no such client")

// Invalid is a setting that is not allowed.
type Invalid struct{ Setting, Why string }

func (e *Invalid) Error() string { return e.Setting + ": " + e.Why }

func invalid(setting, format string, args ...any) error {
	return &Invalid{setting, fmt.Sprintf(format, args...)}
}

const (
	maxURIs   = 50
	maxClaims = 50
)

// complete fills in what was left out.
func (c *ClientSettings) complete() {
	if c.Subject == "" {
		c.Subject = SubjectPublic
	}
	if c.Algorithm == "" {
		c.Algorithm = RS256
	}
	if len(c.Scopes) == 0 {
		c.Scopes = DefaultScopes()
	}
	if !slices.Contains(c.Scopes, scopeOpenID) {
		c.Scopes = append([]string{scopeOpenID}, c.Scopes...)
	}
	if c.Subject == SubjectPairwise && c.Sector == "" {
		hosts := map[string]bool{}
		for _, u := range c.RedirectURIs {
			if p, err := url.Parse(u); err == nil {
				hosts[strings.ToLower(p.Hostname())] = true
			}
		}
		if len(hosts) == 1 {
			for h := range hosts {
				c.Sector = h
			}
		}
	}
}

func (c ClientSettings) valid() error {
	if len([]rune(c.Name)) > 64 {
		return invalid("name", "at most 64 characters expected")
	}
	if len(c.RedirectURIs) == 0 {
		return invalid("redirect URI", "at least one is needed")
	}
	for _, list := range [][]string{c.RedirectURIs, c.LogoutURIs} {
		if len(list) > maxURIs {
			return invalid("redirect URI", "at most %d", maxURIs)
		}
		for _, u := range list {
			if err := validRedirect(u); err != nil {
				return err
			}
		}
	}
	if c.BackChannel != "" {
		u, err := url.Parse(c.BackChannel)
		if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.Fragment != "" || u.User != nil {
			return invalid("back-channel logout URI", "%q: an http or https address without a fragment expected", c.BackChannel)
		}
	}
	switch c.Subject {
	case SubjectPublic, SubjectUserID:
	case SubjectPairwise:
		if c.Sector == "" {
			return invalid("sector", "the redirect URIs are on several hosts; say which one pairwise subjects belong to")
		}
	default:
		return invalid("subject", "%q: public, pairwise or userid expected", c.Subject)
	}
	if !slices.Contains(Algorithms(), c.Algorithm) {
		return invalid("algorithm", "%q: one of %s expected", c.Algorithm, strings.Join(Algorithms(), ", "))
	}
	for _, scope := range c.Scopes {
		if !slices.Contains(Scopes(), scope) {
			return invalid("scope", "%q: some of %s expected", scope, strings.Join(Scopes(), " "))
		}
	}
	if len(c.Claims) > maxClaims {
		return invalid("claim", "at most %d", maxClaims)
	}
	for name, attribute := range c.Claims {
		if slices.Contains(protocolClaims, name) || name == "" {
			return invalid("claim", "%q belongs to the protocol", name)
		}
		if !knownAttribute(attribute) {
			return invalid("claim", "%s=%s: one of %s expected, or attr:NAME for a custom field", name, attribute, strings.Join(Attributes(), ", "))
		}
	}
	if c.AccessMinutes < 0 || c.AccessMinutes > 24*60 {
		return invalid("access minutes", "1 to 1440 expected")
	}
	if c.RefreshDays < 0 || c.RefreshDays > 365 {
		return invalid("refresh days", "1 to 365 expected")
	}
	return nil
}

// dangerous are schemes whose content a browser would run or show in our name.
var dangerous = []string{"javascript", "data", "vbscript", "blob", "file", "about", "view-source"}

// validRedirect checks an address where members are sent with a code: http and
// https, or an application's own scheme, which has a dot in it (RFC 8252).
func validRedirect(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme == "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f }):
		return invalid("redirect URI", "%q is not an absolute address", text)
	case strings.Contains(text, "#"):
		return invalid("redirect URI", "%q has a fragment", text)
	case strings.Contains(text, "*"):
		return invalid("redirect URI", "%q: patterns are not supported, each address is named in full", text)
	case slices.Contains(dangerous, strings.ToLower(u.Scheme)):
		return invalid("redirect URI", "%q: the scheme of a native application expected", text)
	case u.Scheme == "http" || u.Scheme == "https":
		if u.Hostname() == "" || u.User != nil {
			return invalid("redirect URI", "%q: a host is needed, and no user", text)
		}
	case !strings.Contains(u.Scheme, "."):
		return invalid("redirect URI", "%q: http, https, or a scheme such as com.example.app expected", text)
	}
	return nil
}

// Insecure returns the redirect URIs that send a code unencrypted beyond the machine.
func (c ClientSettings) Insecure() []string {
	var out []string
	for _, text := range c.RedirectURIs {
		u, err := url.Parse(text)
		if err == nil && u.Scheme == "http" && u.Hostname() != "localhost" && u.Hostname() != "127.0.0.1" && u.Hostname() != "::1" {
			out = append(out, text)
		}
	}
	return out
}

// CreateClient adds a client to an application of the caller's corp and returns it with its ID and secret. It
// keeps a given secret, so that a product need not be set up again.
func (s *Service) CreateClient(ctx context.Context, tx *store.Tx, by access.Caller, agentID int64, c Client) (Client, error) {
	a, err := s.deps.Apps.App(tx, by.CorpID, agentID)
	if err != nil {
		return Client{}, err
	}
	c.CorpID, c.App, c.CreatedAt = by.CorpID, a.No, tx.Now()
	c.complete()
	if err := c.valid(); err != nil {
		return Client{}, err
	}
	if c.ID == "" {
		c.ID = "oc" + strings.ToLower(id.Hex(10))
	} else if len(c.ID) > 128 || strings.ContainsFunc(c.ID, func(r rune) bool { return r <= ' ' || r > '~' || r == ':' }) {
		return Client{}, invalid("client id", "up to 128 printable characters without a colon expected")
	}
	switch {
	case c.Public:
		c.Secret = ""
	case c.Secret == "":
		c.Secret = id.Secret()
	case len(c.Secret) < 24 || len(c.Secret) > 256:
		return Client{}, invalid("secret", "24 to 256 characters expected")
	}
	c.mac = s.secretMAC(c.Secret)
	return c, insertClient(tx, c)
}

// secretMAC returns the digest under which a secret is stored; nil for none.
func (s *Service) secretMAC(secret string) []byte {
	if secret == "" {
		return nil
	}
	return s.deps.Box.MAC(seal.OIDCClient, secret)
}

// UpdateClient writes the client's settings. A member who has agreed to less than
// it asks for now is asked again.
func (s *Service) UpdateClient(ctx context.Context, tx *store.Tx, by access.Caller, c Client) (Client, error) {
	old, err := s.Client(tx, by.CorpID, c.ID)
	if err != nil {
		return Client{}, err
	}
	if c.Public != old.Public {
		return Client{}, invalid("public", "a client is made with or without a secret, for good")
	}
	c.complete()
	if err := c.valid(); err != nil {
		return Client{}, err
	}
	if c.Disabled {
		if err := s.endGrants(tx, "the client was disabled", `client = ?`, old.ID); err != nil {
			return Client{}, err
		}
	}
	c.CorpID, c.App = old.CorpID, old.App
	return c, updateClient(tx, c)
}

// RotateSecret gives the client a new secret. The old one stays valid for the overlap, during which the
// product can be given the new one.
func (s *Service) RotateSecret(ctx context.Context, tx *store.Tx, by access.Caller, clientID string, overlap time.Duration) (Client, error) {
	c, err := s.Client(tx, by.CorpID, clientID)
	if err != nil {
		return Client{}, err
	}
	if c.Public {
		return Client{}, invalid("secret", "a public client has no secret")
	}
	c.earlier, c.EarlierUntil = c.mac, tx.Now().Add(overlap)
	c.Secret = id.Secret()
	c.mac = s.secretMAC(c.Secret)
	return c, updateClientSecret(tx, c)
}

// DeleteClient removes the client and ends everything that it was given.
func (s *Service) DeleteClient(ctx context.Context, tx *store.Tx, by access.Caller, clientID string) error {
	if err := s.endGrants(tx, "the client was deleted", `client = ? AND corpid = ?`, clientID, by.CorpID); err != nil {
		return err
	}
	return deleteClient(tx, by.CorpID, clientID)
}

// Client returns the corp's client with the id, or ErrNoClient.
func (s *Service) Client(tx *store.Tx, corpID, clientID string) (Client, error) {
	list, err := selectClients(tx, `corpid = ? AND id = ?`, corpID, clientID)
	if err != nil {
		return Client{}, err
	}
	if len(list) == 0 {
		return Client{}, ErrNoClient
	}
	return list[0], nil
}

// Clients returns the corp's clients, oldest first.
func (s *Service) Clients(tx *store.Tx, corpID string) ([]Client, error) {
	return selectClients(tx, `corpid = ? ORDER BY created_at, id`, corpID)
}

// label is the client as members see it.
func (c Client) label(a app.App) string {
	if c.Name != "" {
		return c.Name
	}
	return a.Name
}

func (c Client) accessLife() time.Duration {
	if c.AccessMinutes > 0 {
		return time.Duration(c.AccessMinutes) * time.Minute
	}
	return accessLife
}

func (c Client) refreshLife() time.Duration {
	if c.RefreshDays > 0 {
		return time.Duration(c.RefreshDays) * 24 * time.Hour
	}
	return refreshLife
}

// needsPKCE reports whether a request without a code_challenge is refused.
func (c ClientSettings) needsPKCE() bool { return c.Public || c.RequirePKCE }

// loopback is a redirect URI on the member's own machine, whose port the client
// chooses when it runs (RFC 8252, 7.3). The port is the second group.
var loopback = regexp.MustCompile(`^(http://(?:127(?:\.\d{1,3}){3}|\[::1\]))(:\d{1,5})?((?:[/?].*)?)$`)

// redirectTo returns the redirect URI of a request, if it is registered: letter for letter, except for the
// port of a loopback address.
func (c ClientSettings) redirectTo(asked string) (*url.URL, bool) {
	portless := func(uri string) string {
		if m := loopback.FindStringSubmatch(uri); m != nil {
			return m[1] + m[3]
		}
		return uri
	}
	if !slices.ContainsFunc(c.RedirectURIs, func(registered string) bool { return portless(registered) == portless(asked) }) {
		return nil, false
	}
	u, err := url.Parse(asked)
	return u, err == nil && !strings.Contains(asked, "#")
}
