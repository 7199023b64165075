// Package console serves the pages of the admin's console and of the member's phone, which are built in web/,
// and the console's own web API below /console/api/. It composes the operations of the rooms below it and
// owns the sessions of admins and the audit log.
//
// A call of the web API is one value (calls below): its pattern, the right that it needs, and what it does.
// door.go finds the session, checks the right, and writes the answer or the refusal.
package console

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"

	"qiwei/internal/acquisition"
	"qiwei/internal/admin"
	"qiwei/internal/aibot"
	"qiwei/internal/album"
	"qiwei/internal/app"
	"qiwei/internal/approval"
	"qiwei/internal/archive"
	"qiwei/internal/calendar"
	"qiwei/internal/callback"
	"qiwei/internal/checkin"
	"qiwei/internal/checkup"
	"qiwei/internal/clock"
	"qiwei/internal/corp"
	"qiwei/internal/customer"
	"qiwei/internal/customergroup"
	"qiwei/internal/dial"
	"qiwei/internal/directory"
	"qiwei/internal/doctor"
	"qiwei/internal/door"
	"qiwei/internal/event"
	"qiwei/internal/gate"
	"qiwei/internal/hardware"
	"qiwei/internal/health"
	"qiwei/internal/hr"
	"qiwei/internal/invoice"
	"qiwei/internal/journal"
	"qiwei/internal/kf"
	"qiwei/internal/ldap"
	"qiwei/internal/licence"
	"qiwei/internal/living"
	"qiwei/internal/login"
	"qiwei/internal/masssend"
	"qiwei/internal/mcp"
	"qiwei/internal/media"
	"qiwei/internal/meetingroom"
	"qiwei/internal/message"
	"qiwei/internal/moment"
	"qiwei/internal/oidc"
	"qiwei/internal/paytool"
	"qiwei/internal/register"
	"qiwei/internal/rescue"
	"qiwei/internal/scim"
	"qiwei/internal/seal"
	"qiwei/internal/security"
	"qiwei/internal/sensitive"
	"qiwei/internal/smartsheet"
	"qiwei/internal/sound"
	"qiwei/internal/store"
	"qiwei/internal/strategy"
	"qiwei/internal/suite"
	"qiwei/internal/todo"
	"qiwei/internal/token"
	"qiwei/internal/trend"
	"qiwei/internal/wire"
	"qiwei/web"
)

// Migrations is the room's part of the schema.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store       *store.Store
	Clock       *clock.Clock
	Corps       *corp.Service
	Media       *media.Service
	Directory   *directory.Service
	Admins      *admin.Service
	Sounds      *sound.Index
	Apps        *app.Service
	Tokens      *token.Service
	Login       *login.Service
	Suites      *suite.Service
	Models      *hardware.Service
	Archive     *archive.Service
	Callbacks   *callback.Service
	Doctor      *doctor.Doctor
	Messages    *message.Service
	Checkins    *checkin.Service
	Approvals   *approval.Service
	Journals    *journal.Service
	Calendars   *calendar.Service
	Rooms       *meetingroom.Service
	Livings     *living.Service
	HR          *hr.Service
	Security    *security.Service
	Invoices    *invoice.Service
	Health      *health.Service
	Dial        *dial.Service
	Todos       *todo.Service
	Tools       *mcp.Service
	SmartSheets *smartsheet.Service
	Events      *event.Log

	Customers   *customer.Service
	Groups      *customergroup.Service
	Mass        *masssend.Service
	Moments     *moment.Service
	Acquisition *acquisition.Service
	Sensitive   *sensitive.Service
	Albums      *album.Service
	Strategies  *strategy.Service
	KF          *kf.Service
	Paytool     *paytool.Service
	Licences    *licence.Service
	Register    *register.Service

	OIDC *oidc.Service
	LDAP *ldap.Service
	SCIM *scim.Service
	Gate *gate.Service
	Bots *aibot.Service

	Trends *trend.Service

	Box *seal.Box
	Log *slog.Logger
	// API answers the calls that an admin tries or replays. Endpoints returns all endpoints. Both are used
	// once the server is assembled.
	API       func() http.Handler
	Endpoints func() []wire.Endpoint
	// Scripts answers the scripts that play other people, which samples need; it returns nil outside of dev.
	Scripts func() http.Handler
	// BaseURL is where clients reach this server, without a slash at the end.
	BaseURL func() string
	// ClientIP says where a request comes from.
	ClientIP func(*http.Request) netip.Addr
	// Rescue keeps a panic to the import that it happens in.
	Rescue rescue.Rescuer
	// Recorder keeps the calls that the inspector shows; nil: it shows none.
	Recorder *Recorder
	// Checkup looks at the server and at one corp.
	Checkup func(ctx context.Context, corpID string) ([]checkup.Finding, error)
	// Dev adds one-click sign-in and the page of the test controls.
	Dev     bool
	Version string
	// Pages are the built pages; if it is nil, those built into the program.
	Pages fs.FS
}

// Service serves the console.
type Service struct {
	deps    Deps
	pages   *pages
	imports imports
	stop    context.CancelFunc
	stopped context.Context
}

// New returns the room.
func New(d Deps) *Service {
	if d.Pages == nil {
		d.Pages = web.Pages()
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{deps: d, pages: newPages(d.Pages)}
	s.stopped, s.stop = context.WithCancel(context.Background())
	if d.Admins != nil {
		d.Admins.OnDismissed(func(_ context.Context, tx *store.Tx, _ string, m directory.Member) error { return s.expel(tx, m.No) })
	}
	if d.Login != nil {
		d.Login.CredentialsEnded.On(s.endSessions)
		d.Login.OnEntered(s.auditEntered)
		d.Login.OnTallied(s.auditTallied)
	}
	return s
}

// Stop ends live streams and running imports.
func (s *Service) Stop() {
	s.stop()
	s.imports.running.Wait()
}

// Routes returns the pages and the web API.
func (s *Service) Routes() []door.Route {
	out := s.pages.routes(s.deps.Dev)
	for _, c := range s.calls() {
		out = append(out, door.Route{Pattern: c.pattern, Handler: s.door(c)})
	}
	return out
}

// call is one call of the console's web API.
type call struct {
	pattern string // method and path
	right   right
	open    bool // needs nobody to be signed in
	large   bool // its body may be a file
	// handle returns what to write as JSON, or nil if it has answered itself.
	handle func(*visit) (any, error)
}

func (s *Service) calls() []call {
	return slices.Concat(s.sessionCalls(), s.homeCalls(), s.callCalls(), s.trendCalls(), s.departmentCalls(), s.memberCalls(), s.tagCalls(), s.importCalls(),
		s.appCalls(), s.menuCalls(), s.deliveryCalls(), s.messageCalls(), s.checkinCalls(), s.exploreCalls(), s.auditCalls(), s.adminCalls(), s.doctorCalls(),
		s.marketCalls(), s.providerCalls(), s.archiveCalls(), s.approvalCalls(), s.vacationCalls(), s.journalCalls(), s.calendarCalls(), s.roomCalls(), s.toolCalls(),
		s.livingCalls(), s.hrCalls(), s.deviceCalls(), s.recordCalls(), s.vipCalls(), s.invoiceCalls(), s.healthCalls(), s.dialCalls(), s.todoCalls(),
		s.customerCalls(), s.customerTagCalls(), s.customerWayCalls(), s.customerTrendCalls(), s.customerScopeCalls(), s.customerGroupCalls(), s.joinWayCalls(),
		s.groupWelcomeCalls(), s.massCalls(), s.momentCalls(), s.acquisitionCalls(), s.acquisitionSuiteCalls(), s.sensitiveCalls(), s.productCalls(), s.kfCalls(), s.pictureCalls(),
		s.memberAccessCalls(), s.memberRecordCalls(), s.orgCalls(), s.checkupCalls(), s.corpCalls(), s.oidcCalls(), s.ldapCalls(), s.scimCalls(), s.botCalls(), s.sheetHookCalls(), s.saleCalls(), s.purchaseCalls(), s.licenceCalls(), s.registrationCalls())
}

// Rights returns the calls of the web API with the right that each needs, for the test that walks them. The
// right is empty for calls that are open to everybody.
func (s *Service) Rights() map[string]string {
	out := map[string]string{}
	for _, c := range s.calls() {
		out[c.pattern] = ""
		if !c.open {
			out[c.pattern] = c.right.String()
		}
	}
	return out
}
