package suite

import (
	"context"
	"errors"
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
func (s *Service) ByProviderAsAccess() *wire.Credential { return asAccess(s.byProvider) }

// BySuiteAsAccess is BySuite where clients call the parameter access_token.
func (s *Service) BySuiteAsAccess() *wire.Credential { return asAccess(s.bySuite) }

// asAccess is a credential under the name of an application's, or under its own.
func asAccess(of *wire.Credential) *wire.Credential {
	c := *of
	c.Param, c.Also, c.Missing = wire.AccessToken.Param, of.Param, wire.AccessToken.Missing
	return &c
}

func (s *Service) resolveSuite(tx *store.Tx, text string) (access.Caller, error) {
	i, ok := token.ParseIssue(s.deps.Box, seal.SuiteToken, text)
	if !ok {
		return access.Caller{}, wire.ErrInvalid
	}
	list, err := s.selectSuites(tx, `s.no = ?`, i.No)
	if err != nil {
		return access.Caller{}, err
	}
	if len(list) == 0 || list[0].round != i.Round {
		return access.Caller{}, wire.ErrInvalid
	}
	if !i.Alive(tx.Now()) {
		return access.Caller{}, wire.ErrExpired
	}
	v := list[0]
	p, err := s.Provider(tx, v.Partner)
	return access.SuiteOf(v.SuiteID, v.Partner, access.Addresses(p.TrustedIPs), suiteView{view{s, v.Provider}, v.No}), err
}

func (s *Service) resolveProvider(tx *store.Tx, text string) (access.Caller, error) {
	i, ok := token.ParseIssue(s.deps.Box, seal.ProviderToken, text)
	if !ok {
		return access.Caller{}, wire.ErrInvalid
	}
	list, err := s.selectProviders(tx, `no = ?`, i.No)
	if err != nil {
		return access.Caller{}, err
	}
	if len(list) == 0 || list[0].round != i.Round {
		return access.Caller{}, wire.ErrInvalid
	}
	if !i.Alive(tx.Now()) {
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
	var found token.Issue
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
		found = token.Issue{No: p.No, Round: p.round, At: p.issued}
		return mayCall(p.TrustedIPs, by.From)
	}); err != nil {
		return resp, err
	}
	resp.Token, resp.ExpiresIn, err = token.Living(ctx, s.deps.Store, s.deps.Box, seal.ProviderToken, "provider", "token_round", found)
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
	var found token.Issue
	if err := s.guarded(ctx, by, "get_suite_token", func(tx *store.Tx) error {
		v, err := s.Suite(tx, req.SuiteID)
		switch {
		case errors.Is(err, ErrNotFound):
			return ErrSuite
		case err != nil:
			return err
		case !s.same(v.Secret, req.Secret):
			return ErrSuiteSecret
		}
		if problem := s.tickets.Check(v.tickets, v.SuiteID, req.Ticket, tx.Now()); problem != "" {
			return ErrSuiteTicket.With("%s", problem)
		}
		p, err := s.Provider(tx, v.Partner)
		if err != nil {
			return err
		}
		found = token.Issue{No: v.No, Round: v.round, At: v.issued}
		return mayCall(p.TrustedIPs, by.From)
	}); err != nil {
		return resp, err
	}
	resp.Token, resp.ExpiresIn, err = token.Living(ctx, s.deps.Store, s.deps.Box, seal.SuiteToken, "suite", "token_round", found)
	return resp, err
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
