// Package suite keeps providers (服务商) and what they bring to enterprises: suites
// (third-party applications and templates of proxy-developed ones), their
// installations, and the tickets, tokens and codes of both. It serves
// /cgi-bin/service/ (doc 90600 and neighbours).
//
//	ticket ──get_suite_token──> suite_access_token ─┐
//	install ──create_auth: auth_code────────────────┴─get_permanent_code──> permanent_code
//	permanent_code ──get_corp_token (a template's: gettoken)──> access_token
//
// An installation is an application of the corp (package app), whose secret is the
// permanent code. What it may do, and in which range, is kept there.
//
// A provider knows corps and members by ids of its own, see view.
package suite

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/admin"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/sound"
	"qiwei/internal/store"
	"qiwei/internal/token"
	"qiwei/internal/wire"
	"qiwei/internal/work"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Corps     *corp.Service
	Directory *directory.Service
	Admins    *admin.Service
	Apps      *app.Service
	Tokens    *token.Service
	Sounds    *sound.Index
	Events    *event.Log
	Box       *seal.Box
	Log       *slog.Logger
	Work      *work.Engine
	// Editions says how an installation is paid for, nil where nobody pays. It may be nil.
	Editions func(tx *store.Tx, in Installation) (*AgentEdition, error)
	// Registered says which registration an installation came with, nil for none. It may be
	// nil.
	Registered func(tx *store.Tx, in Installation) (*RegisterCodeInfo, error)
	// Limits turns on the ban of addresses that guess secrets.
	Limits bool
}

// Service keeps providers and suites.
type Service struct {
	deps                Deps
	kinds               kinds
	tickets             *token.PushedTickets
	guesses             *wire.Limiter
	bySuite, byProvider *wire.Credential
}

// New returns the room. Tickets are made after Start.
func New(d Deps) *Service {
	s := &Service{deps: d, kinds: declareKinds(d.Events), guesses: wire.NewLimiter()}
	s.tickets = s.pushedTickets()
	s.tickets.Begin(d.Work)
	s.bySuite, s.byProvider = s.credentials()
	d.Apps.OnUpdate(s.appUpdated)
	d.Apps.OnDelete(s.appDeleted)
	d.Corps.OnDelete(s.corpDeleted)
	d.Admins.OnChanged(s.adminsChanged)
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.tokenEndpoints(), s.codeEndpoints(), s.installationEndpoints(), s.membershipEndpoints(), s.convertEndpoints(), s.openIDEndpoints(), s.migrationEndpoints(), s.claimEndpoints(), s.searchEndpoints())
}

// Start begins to make tickets, until Stop.
func (s *Service) Start() { s.tickets.Start() }

// Stop ends that.
func (s *Service) Stop() { s.tickets.Stop() }

// Sweep removes codes that have had their time, and the names of those who left long
// ago, which are kept for the search.
func (s *Service) Sweep(ctx context.Context) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(`DELETE FROM suite_code WHERE expires_at < ?`, tx.Now().Add(-24*time.Hour).UnixMilli()); err != nil {
			return err
		}
		return s.deps.Directory.ForgetNames(tx)
	})
}

// The kinds of suite beside those of installed applications.
const (
	// Login is a login authorisation (登录授权): it signs members of any corp in on
	// the provider's site, and is installed nowhere (doc 98179).
	Login access.Kind = "login"
)

// Kinds returns the kinds that a suite can have.
func Kinds() []access.Kind {
	return []access.Kind{access.ThirdParty, access.ThirdPartyContacts, access.ContactsEdit, access.Custom, Login}
}

// Errors of providers and suites (doc 90313).
var (
	ErrSuite            = wire.Code(40083, "invalid SuiteId")
	ErrSuiteSecret      = wire.Code(40080, "invalid suite_secret")
	ErrSuiteTicket      = wire.Code(40085, "invalid suite ticket")
	ErrSuiteToken       = wire.Code(40082, "invalid suite_acccess_token")
	ErrPermanentCode    = wire.Code(40084, "invalid permanent_code")
	ErrAuthCode         = wire.Code(40078, "invalid auth_code")
	ErrPreAuthCode      = wire.Code(40077, "invalid pre_auth_code")
	ErrPreAuthExpired   = wire.Code(42007, "pre_auth_code expired")
	ErrAppID            = wire.Code(40086, "invalid suite appid")
	ErrSuiteMissing     = wire.Code(41021, "suite_id missing")
	ErrTokenMissing     = wire.Code(41022, "suite_access_token missing")
	ErrTicketMissing    = wire.Code(41023, "suite_ticket missing")
	ErrSecretMissing    = wire.Code(41024, "suite_secret missing")
	ErrPermanentMissing = wire.Code(41025, "permanent code missing")
	ErrAuthCodeMissing  = wire.Code(41008, "code missing")
	ErrTokenExpired     = wire.Code(42009, "suite_access_token expired")
	ErrAuthCorpMissing  = wire.Code(84054, "auth_corpid missing")
	ErrNotInstalled     = wire.Code(48004, "invalid authorization")
	ErrNotGranted       = wire.Code(48001, "API not granted to the corp or provider")
	ErrAlreadyGranted   = wire.Code(842006, "customized app already authorized")

	ErrOpenCorp    = wire.Code(710000, "invalid open_corpid")
	ErrOwnProvider = wire.Code(610022, "authorizing corp is the provider itself")

	ErrState = wire.Code(84025, "invalid state")

	ErrNotFound   = errors.New("no such suite")
	ErrNoProvider = errors.New("the enterprise is not a provider")
)

// Suite is an application as its provider has it, in no corp.
type Suite struct {
	No       int64
	Provider int64
	Partner  string // the provider's corpid
	SuiteID  string // ww…, of a template dk…
	Kind     access.Kind
	Secret   string
	Settings
	Token, AESKey string
	CreatedAt     time.Time

	tickets       []int64 // Unix milliseconds, newest first
	round, issued int64
}

// Settings is what a provider may change in a suite.
type Settings struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Logo        string `json:"logo,omitempty"`
	HomeURL     string `json:"home_url,omitempty"`
	// RedirectDomain is the trusted domain of OAuth, InstallDomain the one that an
	// installation comes back to, TrustedDomains those of the JS-SDK.
	RedirectDomain string   `json:"redirect_domain,omitempty"`
	InstallDomain  string   `json:"install_domain,omitempty"`
	TrustedDomains []string `json:"trusted_domains,omitempty"`
	// CommandURL receives tickets and what happens to installations, DataURL what
	// members do. Of a template the first is its callback URL, and it has no second.
	CommandURL string `json:"command_url,omitempty"`
	DataURL    string `json:"data_url,omitempty"`
	// BusinessURL is where an administrator is sent for 业务设置.
	BusinessURL string `json:"business_url,omitempty"`
	// Permissions are those that an installation asks the corp for, by the names of
	// agent/get_permissions (doc 99052).
	Permissions []string `json:"permissions,omitempty"`
	// Draft marks a suite that is not published: it can only be installed as a test.
	Draft bool `json:"draft,omitempty"`
}

func (v Settings) valid(kind access.Kind) error {
	if n := utf8.RuneCountInString(v.Name); n < 1 || n > 32 || strings.TrimSpace(v.Name) == "" {
		return errors.New("the name of a suite has 1 to 32 characters")
	}
	for _, d := range append([]string{v.RedirectDomain, v.InstallDomain}, v.TrustedDomains...) {
		if err := validDomain(d); err != nil {
			return err
		}
	}
	if kind == access.Custom && v.DataURL != "" {
		return errors.New("a template has no data callback URL: each application has a callback of its own")
	}
	return checkPermissions(v.Permissions)
}

func validDomain(d string) error {
	if u, err := url.Parse("https://" + d); d != "" && (err != nil || u.Host != d || u.Hostname() == "") {
		return fmt.Errorf("domain %q: a host, or host:port, without scheme and path expected", d)
	}
	return nil
}

// CreateSuite adds a suite to a provider. An empty id, secret and keys are drawn.
func (s *Service) CreateSuite(ctx context.Context, tx *store.Tx, v Suite) (Suite, error) {
	if !slices.Contains(Kinds(), v.Kind) {
		return v, fmt.Errorf("kind %q: one of %v expected", v.Kind, Kinds())
	}
	if err := v.valid(v.Kind); err != nil {
		return v, err
	}
	p, err := s.Provider(tx, v.Partner)
	if err != nil {
		return v, err
	}
	if v.SuiteID == "" {
		v.SuiteID = id.Corp()
		if v.Kind == access.Custom {
			v.SuiteID = "dk" + id.Hex(8)
		}
	}
	if v.Secret == "" {
		v.Secret = id.Secret()
	}
	if v.Token == "" {
		v.Token = id.Letters(24)
	}
	if v.AESKey == "" {
		v.AESKey = id.AESKey()
	}
	v.Provider, v.CreatedAt = p.No, tx.Now()
	settings, err := json.Marshal(v.Settings)
	if err != nil {
		return v, err
	}
	n, err := tx.Count(`SELECT count(*) FROM suite WHERE suiteid = ?`, v.SuiteID)
	if err != nil {
		return v, err
	}
	if n > 0 {
		return v, fmt.Errorf("suite_id %s is taken", v.SuiteID)
	}
	v.No, err = tx.Insert(`INSERT INTO suite (provider, suiteid, kind, secret, callback_keys, settings, created_at, tickets, ticket_due) VALUES (?, ?, ?, ?, ?, ?, ?, '[]', ?)`,
		v.Provider, v.SuiteID, string(v.Kind), s.deps.Box.Seal(seal.SuiteSecret, v.SuiteID, []byte(v.Secret)), s.sealKeys(v.SuiteID, v.Token, v.AESKey),
		string(settings), v.CreatedAt.UnixMilli(), token.FirstDue(v.CommandURL, tx.Now()))
	if err == nil {
		s.tickets.Wake(tx, v.No)
	}
	return v, err
}

// UpdateSuite writes the suite's settings and keys.
func (s *Service) UpdateSuite(ctx context.Context, tx *store.Tx, v Suite) error {
	if err := v.valid(v.Kind); err != nil {
		return err
	}
	settings, err := json.Marshal(v.Settings)
	if err != nil {
		return err
	}
	n, err := tx.Exec(`UPDATE suite SET settings = ?, callback_keys = ? WHERE no = ?`, string(settings), s.sealKeys(v.SuiteID, v.Token, v.AESKey), v.No)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrNotFound
	}
	if err := s.dataMoved(ctx, tx, v); err != nil {
		return err
	}
	return s.tickets.Moved(tx, v.No, v.CommandURL)
}

// ResetSecret gives the suite a new secret and ends its tokens.
func (s *Service) ResetSecret(ctx context.Context, tx *store.Tx, suiteID string) (Suite, error) {
	v, err := s.Suite(tx, suiteID)
	if err != nil {
		return v, err
	}
	v.Secret = id.Secret()
	_, err = tx.Exec(`UPDATE suite SET secret = ?, token_round = token_round + 1, token_issued_at = 0 WHERE no = ?`,
		s.deps.Box.Seal(seal.SuiteSecret, v.SuiteID, []byte(v.Secret)), v.No)
	return v, err
}

// Suite returns the suite with the id, or ErrNotFound.
func (s *Service) Suite(tx *store.Tx, suiteID string) (Suite, error) {
	return s.suite(tx, `s.suiteid = ?`, suiteID)
}

// Suites returns a provider's suites in the order of their making.
func (s *Service) Suites(tx *store.Tx, partner string) ([]Suite, error) {
	return s.selectSuites(tx, `p.corpid = ?`, partner)
}

// Market returns what an enterprise can install: every published suite of every
// provider, in the order of their making.
func (s *Service) Market(tx *store.Tx) ([]Suite, error) {
	list, err := s.selectSuites(tx, `s.kind <> ?`, string(Login))
	return slices.DeleteFunc(list, func(v Suite) bool { return v.Draft }), err
}

// TicketedAt is when the newest ticket was made; zero if there is none yet.
func (v Suite) TicketedAt() time.Time {
	if len(v.tickets) == 0 {
		return time.Time{}
	}
	return time.UnixMilli(v.tickets[0]).UTC()
}

// DeleteSuite removes the suite and every installation of it. Each corp is told.
func (s *Service) DeleteSuite(ctx context.Context, tx *store.Tx, suiteID string) error {
	v, err := s.Suite(tx, suiteID)
	if err != nil {
		return err
	}
	list, err := s.selectInstallations(tx, `i.suite = ?`, v.No)
	if err != nil {
		return err
	}
	for _, in := range list {
		if err := s.deps.Apps.DeleteApp(ctx, tx, in.CorpID, in.AgentID); err != nil {
			return err
		}
	}
	_, err = tx.Exec(`DELETE FROM suite WHERE no = ?`, v.No)
	return err
}

func (s *Service) suite(tx *store.Tx, where string, arg any) (Suite, error) {
	list, err := s.selectSuites(tx, where, arg)
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Suite{}, err
	}
	return list[0], nil
}

func (s *Service) selectSuites(tx *store.Tx, where string, args ...any) (list []Suite, err error) {
	err = tx.Each(`SELECT s.no, s.provider, p.corpid, s.suiteid, s.kind, s.secret, s.callback_keys, s.settings, s.created_at, s.tickets, s.token_round, s.token_issued_at
		FROM suite s JOIN provider p ON p.no = s.provider WHERE `+where+` ORDER BY s.no`, args, func(rows *store.Rows) error {
		var v Suite
		var secret, keys []byte
		var settings, tickets string
		var created int64
		err := rows.Scan(&v.No, &v.Provider, &v.Partner, &v.SuiteID, &v.Kind, &secret, &keys, &settings, &created, &tickets, &v.round, &v.issued)
		if err != nil {
			return err
		}
		if err := errors.Join(json.Unmarshal([]byte(settings), &v.Settings), json.Unmarshal([]byte(tickets), &v.tickets)); err != nil {
			return fmt.Errorf("suite %s: %w", v.SuiteID, err)
		}
		v.CreatedAt = time.UnixMilli(created).UTC()
		v.Secret, v.Token, v.AESKey, err = s.openSecrets(v.SuiteID, secret, keys)
		list = append(list, v)
		return err
	})
	return list, err
}
