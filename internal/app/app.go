// Package app keeps the applications of a corp: the kind, secret, visible range, trusted domains and
// addresses of each, its menu and what it shows in the workbench. It serves /cgi-bin/agent/ (doc 90226 and
// neighbours) and /cgi-bin/menu/.
package app

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Migrations is the room's part of the schema.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// App is an application of a corp.
type App struct {
	No      int64 // our number, unique on the server
	CorpID  string
	AgentID int64
	Kind    access.Kind
	Secret  string // only set where it was asked for
	Settings
	CreatedAt time.Time
}

// Settings is what an administrator may change in an application.
type Settings struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Logo        string `json:"logo,omitempty"` // path of a picture on this server, or a URL elsewhere
	HomeURL     string `json:"home_url,omitempty"`
	Disabled    bool   `json:"disabled,omitempty"`
	// Activity is what the platform makes of how much it is used.
	Activity Activity `json:"activity,omitempty"`
	// Legacy marks an application made before 2022-06-20: it reads the sensitive
	// fields of members, and needs no trusted IPs.
	Legacy bool `json:"legacy,omitempty"`
	// RedirectDomain is the OAuth trusted domain, LoginDomain the callback domain
	// of QR and web login, TrustedDomains those of the JS-SDK. Each is a host, or
	// host:port.
	RedirectDomain string           `json:"redirect_domain,omitempty"`
	LoginDomain    string           `json:"login_domain,omitempty"`
	TrustedDomains []string         `json:"trusted_domains,omitempty"`
	TrustedIPs     access.Addresses `json:"-"`
	Range          access.Range     `json:"range"`
	// Sensitive are the fields that the administrator lets the application ask
	// members for: avatar, gender, mobile, email, biz_mail, qr_code, address.
	Sensitive []string `json:"sensitive,omitempty"`
	// Grants are the permissions that the administrator has given to a third
	// party's application, by the names of agent/get_permissions (doc 99052).
	Grants []string `json:"grants,omitempty"`
	// Suite and Partner are of an application that a provider has installed: the
	// suite's id and the provider's corpid.
	Suite   string `json:"suite,omitempty"`
	Partner string `json:"partner,omitempty"`
	// Callable are the kinds of WeCom's own applications whose calls the application
	// may make (可调用接口的应用): customer_contact, approval, dial, …
	Callable []access.Kind `json:"callable,omitempty"`
	// CustomWorkbench lets the application say what its place in the workbench shows.
	CustomWorkbench bool  `json:"custom_workbench,omitempty"`
	ReportEnter     int64 `json:"isreportenter,omitempty"`
	ReportLocation  int64 `json:"report_location_flag,omitempty"`
	// CallbackURL is where the application receives messages and events; empty if it receives none.
	// CallbackEvents names the events that it receives, by their full names or by the part before the slash.
	// An empty list means all.
	CallbackURL    string   `json:"callback_url,omitempty"`
	CallbackEvents []string `json:"callback_events,omitempty"`
	CallbackToken  string   `json:"-"`
	CallbackAESKey string   `json:"-"`
}

// MayCallOf reports whether the application is listed for a kind's calls.
func (s Settings) MayCallOf(k access.Kind) bool { return slices.Contains(s.Callable, k) }

// List adds the application to those that may make a kind's calls, or removes it.
func (s *Settings) List(k access.Kind, on bool) {
	s.Callable = slices.DeleteFunc(slices.Clone(s.Callable), func(c access.Kind) bool { return c == k })
	if on {
		s.Callable = append(s.Callable, k)
	}
}

// callableKinds are those that an application can be listed for.
func callableKinds() []access.Kind {
	return append(access.BuiltIn(), access.CustomerContact, access.Document, access.Emergency)
}

// SensitiveFields are the fields of a member that need the member's consent.
var SensitiveFields = []string{"avatar", "gender", "mobile", "email", "biz_mail", "qr_code", "address"}

// Errors of applications.
var (
	ErrAgentInvalid = wire.Code(40056, "invalid agentid")
	ErrAgentMissing = wire.Code(41011, "missing agentid")
	ErrOtherAgent   = wire.Code(301002, "not allow operate another agent with this accesstoken.")
	ErrName         = wire.Code(45022, "name size out of limit")
	ErrDescription  = wire.Code(45004, "description size out of limit")
	ErrLocationFlag = wire.Code(40059, "invalid report_location_flag")
	ErrURL          = wire.Code(40094, "invalid url")
	ErrDomain       = wire.Code(85005, "trusted domain not verified")
	ErrNotFound     = errors.New("no such application")
	ErrTooMany      = errors.New("a corp has at most 300 applications")
	ErrKindTaken    = errors.New("the corp already has its application of this kind")
)

// maxApps is how many applications a corp may have (doc 90226).
const maxApps = 300

func (s Settings) valid() error {
	if n := utf8.RuneCountInString(s.Name); n < 1 || n > 32 || strings.TrimSpace(s.Name) == "" {
		return ErrName.With("1 to 32 characters expected")
	}
	if s.HomeURL != "" && !isWebURL(s.HomeURL) {
		return ErrURL.With("home_url must begin with http:// or https://")
	}
	if s.ReportLocation != 0 && s.ReportLocation != 1 {
		return ErrLocationFlag.With("0 or 1 expected")
	}
	for _, d := range append([]string{s.RedirectDomain, s.LoginDomain}, s.TrustedDomains...) {
		if d != "" && !validDomain(d) {
			return ErrDomain.With("%q: a host, or host:port, without scheme and path expected", d)
		}
	}
	for _, k := range s.Callable {
		if !slices.Contains(callableKinds(), k) {
			return fmt.Errorf("callable %q: the kind of one of WeCom's own applications expected, such as customer_contact or approval", k)
		}
	}
	for _, f := range s.Sensitive {
		if !contains(SensitiveFields, f) {
			return errors.New("sensitive field " + f + ": one of " + strings.Join(SensitiveFields, ", ") + " expected")
		}
	}
	return nil
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

func isWebURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

func validDomain(d string) bool {
	u, err := url.Parse("https://" + d)
	return err == nil && u.Host == d && u.Hostname() != "" && !strings.ContainsAny(d, " @/?#*")
}

// Deps is what the room needs.
type Deps struct {
	Corps     *corp.Service
	Media     *media.Service
	Directory *directory.Service
	Events    *event.Log
	Box       *seal.Box
	// Limits turns on how often workbench data may be set.
	Limits bool
	// BaseURL is where clients reach this server, without a slash at the end.
	BaseURL func() string
	// Views returns the ids by which an application knows the corp's people, nil for one that is shown the
	// corp's own. If Views is nil, all are shown the corp's own.
	Views Views
}

// Views says what a provider decides of an application. It is asked when an
// application is read, and its answer is kept for as long as the application's row
// stands.
type Views func(*store.Tx, App) (Seen, error)

// Seen is how an application of a provider is a caller.
type Seen struct {
	// IDs are those that the application is shown, nil for the corp's own, and Open
	// those of its provider.
	IDs, Open access.IDs
	// Trusted are the addresses that it may call from, nil where its own settings say
	// so.
	Trusted access.Addresses
	// ByMembers says that members have installed it each for themselves.
	ByMembers bool
}

// Service keeps applications.
type Service struct {
	deps Deps

	Subscribed   *event.Kind[SubscribedEvent]
	Unsubscribed *event.Kind[UnsubscribedEvent]

	onDelete          []func(context.Context, *store.Tx, App) error
	onUpdate          []func(ctx context.Context, tx *store.Tx, before, after App) error
	WorkbenchSwitched *event.Kind[WorkbenchSwitchedEvent]
	activity          map[string]*event.Kind[ActivityEvent] // by the event's name

	workbench *wire.Limiter
	callers   sync.Map // application number -> *keptCaller
}

// New returns the room.
func New(d Deps) *Service {
	s := &Service{
		deps: d,
		Subscribed: event.Declare(d.Events, event.Declaration{Name: "subscribe", Doc: 90240}, func() SubscribedEvent {
			return SubscribedEvent{subscription{Users: []id.UserID{"sample-member"}}}
		}),
		Unsubscribed: event.Declare(d.Events, event.Declaration{Name: "unsubscribe", Doc: 90240}, func() UnsubscribedEvent {
			return UnsubscribedEvent{subscription{Users: []id.UserID{"sample-member"}}}
		}),
		WorkbenchSwitched: event.Declare(d.Events, event.Declaration{Name: "switch_workbench_mode", Doc: 92535}, func() WorkbenchSwitchedEvent {
			return WorkbenchSwitchedEvent{On: true}
		}),
		activity:  declareActivity(d.Events),
		workbench: wire.NewLimiter(),
	}
	// Register this first: who enters or leaves a visible range must be reported before the range itself
	// forgets a member or a tag.
	s.watchRanges()
	d.Directory.MemberDeleted.On(s.forgetMember)
	d.Directory.DepartmentDeleted.On(s.forgetDepartment)
	d.Directory.MemberUpdated.On(s.renameMember)
	d.Directory.OnTagDeleted(s.forgetTag)
	d.Corps.OnUpdate(s.corpUpdated)
	return s
}

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.agentEndpoints(), s.menuEndpoints(), s.workbenchEndpoints())
}
