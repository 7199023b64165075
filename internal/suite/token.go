package suite

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/token"
	"qiwei/internal/wire"
)

// issue is the token of a row: which round is good, and when the living one was
// issued. Like an access token it is not stored but made again, see package token.
type issue struct{ no, round, at int64 }

func (i issue) text(box *seal.Box, p seal.Purpose) string {
	var plain [24]byte
	binary.BigEndian.PutUint64(plain[0:], uint64(i.no))
	binary.BigEndian.PutUint64(plain[8:], uint64(i.round))
	binary.BigEndian.PutUint64(plain[16:], uint64(i.at))
	return base64.RawURLEncoding.EncodeToString(box.SealSame(p, "", plain[:]))
}

func parseIssue(box *seal.Box, p seal.Purpose, text string) (i issue, ok bool) {
	plain, err := box.OpenText(p, "", text)
	if err != nil || len(plain) != 24 {
		return i, false
	}
	n := func(at int) int64 { return int64(binary.BigEndian.Uint64(plain[at:])) }
	return issue{n(0), n(8), n(16)}, true
}

func (i issue) left(now time.Time) int64 { return i.at + int64(token.Life/time.Second) - now.Unix() }

func (i issue) alive(now time.Time) bool { return i.at > 0 && i.left(now) > 0 && i.at <= now.Unix() }

// living returns the row's living token and the seconds that it has left, and makes
// one where there is none. Of two servers that find it aged out one writes. A call
// that finds a living one does not wait for those who write.
func (s *Service) living(ctx context.Context, p seal.Purpose, table string, i issue) (text string, left int64, err error) {
	st := s.deps.Store
	if !i.alive(st.Now()) {
		err = st.Write(ctx, func(tx *store.Tx) error {
			now := tx.Now().Unix()
			if _, err := tx.Exec(`UPDATE `+table+` SET token_issued_at = ? WHERE no = ? AND (token_issued_at <= ? OR token_issued_at > ?)`,
				now, i.no, now-int64(token.Life/time.Second), now); err != nil {
				return err
			}
			_, err := tx.Get(`SELECT token_round, token_issued_at FROM `+table+` WHERE no = ?`, []any{i.no}, &i.round, &i.at)
			return err
		})
	}
	return i.text(s.deps.Box, p), i.left(st.Now()), err
}

// guessesPerHour is how many wrong secrets an address may send before it is refused
// for an hour, as at gettoken.
const guessesPerHour = 2000

// guarded runs a look-up by a secret for a caller without a credential, and counts
// those that fail.
func (s *Service) guarded(ctx context.Context, by access.Caller, what string, fn func(tx *store.Tx) error) error {
	if s.deps.Limits && s.guesses.Blocked(s.deps.Store.Now(), by.From.String(), what, time.Hour) {
		return wire.ErrFrequency
	}
	err := s.deps.Store.Read(ctx, fn)
	if s.deps.Limits && (errors.Is(err, token.ErrCredential) || errors.Is(err, ErrSuiteSecret)) {
		s.guesses.Take(s.deps.Store.Now(), by.From.String(), what, guessesPerHour, time.Hour)
	}
	return err
}

// credentials are the two tokens of the room (doc 90600, 91200).
func (s *Service) credentials() (bySuite, byProvider *wire.Credential) {
	return &wire.Credential{
			Param: "suite_access_token", What: "access token of a suite",
			Missing: ErrTokenMissing, Invalid: ErrSuiteToken, Expired: ErrTokenExpired, Resolve: s.resolveSuite,
		}, &wire.Credential{
			Param: "provider_access_token", What: "access token of a provider",
			Missing: ErrTokenMissing.With("provider_access_token is missing"), Invalid: ErrSuiteToken, Expired: ErrSuiteToken, Resolve: s.resolveProvider,
		}
}

// BySuite returns the credential of calls that a suite makes in no corp, for rooms
// above.
func (s *Service) BySuite() *wire.Credential { return s.bySuite }

// ByProvider returns the credential of a provider's calls.
func (s *Service) ByProvider() *wire.Credential { return s.byProvider }

// ByProviderAsAccess is ByProvider where the page calls the parameter access_token.
func (s *Service) ByProviderAsAccess() *wire.Credential {
	c := *s.byProvider
	c.Param, c.Missing = wire.AccessToken.Param, wire.AccessToken.Missing
	return &c
}

func (s *Service) resolveSuite(tx *store.Tx, text string) (access.Caller, error) {
	i, ok := parseIssue(s.deps.Box, seal.SuiteToken, text)
	if !ok {
		return access.Caller{}, wire.ErrInvalid
	}
	list, err := s.selectSuites(tx, `s.no = ?`, i.no)
	if err != nil {
		return access.Caller{}, err
	}
	if len(list) == 0 || list[0].round != i.round {
		return access.Caller{}, wire.ErrInvalid
	}
	if !i.alive(tx.Now()) {
		return access.Caller{}, wire.ErrExpired
	}
	v := list[0]
	p, err := s.Provider(tx, v.Partner)
	return access.SuiteOf(v.SuiteID, v.Partner, access.Addresses(p.TrustedIPs), suiteView{view{s, v.Provider}, v.No}), err
}

func (s *Service) resolveProvider(tx *store.Tx, text string) (access.Caller, error) {
	i, ok := parseIssue(s.deps.Box, seal.ProviderToken, text)
	if !ok {
		return access.Caller{}, wire.ErrInvalid
	}
	list, err := s.selectProviders(tx, `no = ?`, i.no)
	if err != nil {
		return access.Caller{}, err
	}
	if len(list) == 0 || list[0].round != i.round {
		return access.Caller{}, wire.ErrInvalid
	}
	if !i.alive(tx.Now()) {
		return access.Caller{}, wire.ErrExpired
	}
	return access.ProviderOf(list[0].CorpID, list[0].TrustedIPs, s.view(list[0].No)), nil
}

func (s *Service) tokenEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/service/get_provider_token", Doc: 91200, Open: true, Handle: wire.Direct(s.getProviderToken)},
		{Method: "POST", Path: "/cgi-bin/service/get_suite_token", Doc: 90600, Open: true, Handle: wire.Direct(s.getSuiteToken)},
		{Method: "POST", Path: "/cgi-bin/service/get_corp_token", Doc: 90605, Credential: s.bySuite, Allow: suites, Handle: wire.Direct(s.getCorpToken)},
	}
}

// suites is the row of calls that a suite makes by itself.
var suites = access.Allow{access.Suite: access.All}

type getProviderTokenRequest struct {
	CorpID string `json:"corpid"`
	Secret string `json:"provider_secret"`
}

type getProviderTokenResponse struct {
	Token     string `json:"provider_access_token"`
	ExpiresIn int64  `json:"expires_in"` // seconds left
}

func (s *Service) getProviderToken(ctx context.Context, _ *store.Store, by access.Caller, req getProviderTokenRequest) (resp getProviderTokenResponse, err error) {
	switch {
	case req.CorpID == "":
		return resp, token.ErrCorpMissing
	case req.Secret == "":
		return resp, token.ErrSecretMissing.With("provider_secret is missing")
	}
	var found issue
	if err := s.guarded(ctx, by, "get_provider_token", func(tx *store.Tx) error {
		p, err := s.Provider(tx, req.CorpID)
		switch {
		case errors.Is(err, ErrNoProvider):
			return token.ErrCorpInvalid.With("the corpid of a provider expected")
		case err != nil:
			return err
		case !s.same(p.Secret, req.Secret):
			return token.ErrCredential.With("another provider_secret expected")
		}
		found = issue{p.No, p.round, p.issued}
		return mayCall(p.TrustedIPs, by.From)
	}); err != nil {
		return resp, err
	}
	resp.Token, resp.ExpiresIn, err = s.living(ctx, seal.ProviderToken, "provider", found)
	return resp, err
}

// same compares a secret in a time that says nothing of it.
func (s *Service) same(secret, given string) bool {
	return string(s.deps.Box.MAC(seal.SuiteSecret, secret)) == string(s.deps.Box.MAC(seal.SuiteSecret, given))
}

// mayCall refuses who calls from none of the provider's addresses.
func mayCall(trusted access.Addresses, from netip.Addr) error {
	if len(trusted) == 0 {
		return nil
	}
	if ok, _ := trusted.Contains(from); !ok {
		return wire.ErrAddress
	}
	return nil
}

type getSuiteTokenRequest struct {
	SuiteID string `json:"suite_id"`
	Secret  string `json:"suite_secret"`
	Ticket  string `json:"suite_ticket"`
}

type getSuiteTokenResponse struct {
	Token     string `json:"suite_access_token"`
	ExpiresIn int64  `json:"expires_in"` // seconds left
}

func (s *Service) getSuiteToken(ctx context.Context, _ *store.Store, by access.Caller, req getSuiteTokenRequest) (resp getSuiteTokenResponse, err error) {
	switch {
	case req == getSuiteTokenRequest{}:
		return resp, ErrSuite
	case req.SuiteID == "":
		return resp, ErrSuiteMissing
	case req.Secret == "":
		return resp, ErrSecretMissing
	case req.Ticket == "":
		return resp, ErrTicketMissing
	}
	var found issue
	if err := s.guarded(ctx, by, "get_suite_token", func(tx *store.Tx) error {
		v, err := s.Suite(tx, req.SuiteID)
		switch {
		case errors.Is(err, ErrNotFound):
			return ErrSuite
		case err != nil:
			return err
		case !s.same(v.Secret, req.Secret):
			return ErrSuiteSecret
		case !s.ticketGood(v, req.Ticket, tx.Now()):
			return ErrSuiteTicket.With("%s", s.whyNoTicket(v, tx.Now()))
		}
		p, err := s.Provider(tx, v.Partner)
		if err != nil {
			return err
		}
		found = issue{v.No, v.round, v.issued}
		return mayCall(p.TrustedIPs, by.From)
	}); err != nil {
		return resp, err
	}
	resp.Token, resp.ExpiresIn, err = s.living(ctx, seal.SuiteToken, "suite", found)
	return resp, err
}

func (s *Service) whyNoTicket(v Suite, now time.Time) string {
	switch {
	case len(v.tickets) == 0:
		return "no ticket has been pushed for the suite yet; it needs a command URL that was verified"
	case now.Sub(time.UnixMilli(v.tickets[0])) > ticketLife:
		return fmt.Sprintf("the newest ticket was pushed %v ago, and one is good for %v", now.Sub(time.UnixMilli(v.tickets[0])).Round(time.Second), ticketLife)
	}
	return "one of the three newest tickets that were pushed for this suite expected"
}

type corpTokenRequest struct {
	AuthCorpID id.CorpID `json:"auth_corpid"`
	Permanent  string    `json:"permanent_code"`
}

type getCorpTokenResponse struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   int64  `json:"expires_in"` // seconds left
}

// getCorpToken answers the access token of an installation. A template's come from
// gettoken (doc 97164).
func (s *Service) getCorpToken(ctx context.Context, st *store.Store, by access.Caller, req corpTokenRequest) (resp getCorpTokenResponse, err error) {
	var a app.App
	if err := st.Read(ctx, func(tx *store.Tx) error {
		in, err := s.authorised(tx, by, req)
		if err != nil {
			return err
		}
		if in.Kind == access.Custom {
			return wire.ErrForbidden.With("the token of a proxy-developed application comes from gettoken, with its permanent_code as the secret")
		}
		if in.Disabled {
			return wire.ErrDisabled
		}
		a = in.App
		return nil
	}); err != nil {
		return resp, err
	}
	resp.AccessToken, resp.ExpiresIn, err = s.deps.Tokens.Issue(ctx, st, a)
	return resp, err
}
