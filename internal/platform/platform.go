// Package platform assembles a server: it opens the store, builds the rooms in
// the order of the floors, and mounts their endpoints and pages. `qiwei serve`,
// `qiwei dev` and every test start the same one.
package platform

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"path/filepath"
	"sync/atomic"
	"time"

	"qiwei/internal/acquisition"
	"qiwei/internal/admin"
	"qiwei/internal/aibot"
	"qiwei/internal/album"
	"qiwei/internal/app"
	"qiwei/internal/approval"
	"qiwei/internal/archive"
	"qiwei/internal/batch"
	"qiwei/internal/blob"
	"qiwei/internal/calendar"
	"qiwei/internal/callback"
	"qiwei/internal/chat"
	"qiwei/internal/checkin"
	"qiwei/internal/checkup"
	"qiwei/internal/clock"
	"qiwei/internal/console"
	"qiwei/internal/contactrule"
	"qiwei/internal/control"
	"qiwei/internal/corp"
	"qiwei/internal/customer"
	"qiwei/internal/customergroup"
	"qiwei/internal/devmcp"
	"qiwei/internal/dial"
	"qiwei/internal/directory"
	"qiwei/internal/doctor"
	"qiwei/internal/event"
	"qiwei/internal/fault"
	"qiwei/internal/founding"
	"qiwei/internal/gate"
	"qiwei/internal/hardware"
	"qiwei/internal/hardware/direct"
	"qiwei/internal/health"
	"qiwei/internal/hr"
	"qiwei/internal/install"
	"qiwei/internal/intercept"
	"qiwei/internal/invoice"
	"qiwei/internal/job"
	"qiwei/internal/join"
	"qiwei/internal/journal"
	"qiwei/internal/kf"
	"qiwei/internal/ldap"
	"qiwei/internal/licence"
	"qiwei/internal/living"
	"qiwei/internal/login"
	"qiwei/internal/masssend"
	"qiwei/internal/mcp"
	"qiwei/internal/media"
	"qiwei/internal/meeting"
	"qiwei/internal/meetingroom"
	"qiwei/internal/message"
	"qiwei/internal/moment"
	"qiwei/internal/oauth"
	"qiwei/internal/oidc"
	"qiwei/internal/outbound"
	"qiwei/internal/paytool"
	"qiwei/internal/phone"
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
	"qiwei/internal/trace"
	"qiwei/internal/trend"
	"qiwei/internal/wedoc"
	"qiwei/internal/wire"
	"qiwei/internal/work"
)

// GCPercent is the garbage collector's setting in our programs, unless GOGC is set. The live heap is small
// (the database's pages are not in it), so that at the default the collector would run dozens of times a
// second under load.
const GCPercent = 400

// MemoryLimit is the Go runtime's soft limit in our programs, unless GOMEMLIMIT is set: from there on the
// collector runs more often than GCPercent says. SQLite's page caches are not counted in it.
const MemoryLimit = 160 << 20

// Config says what to assemble.
type Config struct {
	Database string // postgres://… or the path of a SQLite file
	// LockWait is how long a transaction waits for what another process has
	// locked, before its call is answered "system busy". Zero means 5 seconds.
	LockWait time.Duration
	// Connections is how many connections to PostgreSQL run transactions at once;
	// zero means four for each processor, and at least 8.
	Connections int
	// Collide has each write run once in vain, as a collision does. It is for tests.
	Collide bool
	// Watch is told of the statements that write to SQLite. It is for tests.
	Watch func(run func(statements string) error) (before func(statement string) error)
	// Blobs is where the content of files is kept: the path of a directory, or
	// s3://bucket?endpoint=…&region=…. If it is empty, it is the folder media beside a SQLite file; on
	// PostgreSQL files can then be neither uploaded nor read.
	Blobs string
	Key   []byte // master key, at least 32 bytes
	Clock *clock.Clock
	Log   *slog.Logger
	// Dev mounts the test controls and one-click sign-in.
	Dev bool
	// TokenLife is how long the access tokens of applications are valid; 0 is as long as the platform's. Only
	// Dev takes it.
	TokenLife time.Duration
	// Limits turns the platform's frequency limits on.
	Limits bool
	// BaseURL is where clients reach the server; empty until the address is known.
	BaseURL string
	// Version is the program's, for those who ask.
	Version string
	// MetricsFrom are the addresses that may read /metrics; nil is everybody.
	MetricsFrom []netip.Prefix
	// TrustedProxies are those whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// Hosts are further names under which pages are served, beside addresses, those of
	// this machine, the base URL's and WeCom's.
	Hosts []string
	// SweepEvery is how often expired rows are deleted: every minute if it is zero, never if it is negative.
	// Expired things are refused anyway, so it matters only for the disk.
	SweepEvery time.Duration
	// BeatEvery is how often a member's open page is told that the line is there, and
	// its session is looked at in passing. Zero means phone.BeatEvery; the page takes a
	// line that has been silent for three times that for dead.
	BeatEvery time.Duration
	// KeepEvents is how long the audit log shows what applications have changed: 180
	// days where it is zero (China's Cybersecurity Law wants logs of six months), for
	// ever where it is negative.
	KeepEvents time.Duration
	// MemberQuota is how many bytes a member may upload in a day: a gigabyte if it is zero, without limit if
	// it is negative.
	MemberQuota int64
	// Callback is how messages and events are sent to applications.
	Callback callback.Settings
	// InspectBytes is how much memory the newest calls of the API may take, which the
	// console's inspector shows; none are kept where it is 0.
	InspectBytes int64
	// FetchFrom are the networks that files may be fetched from by URL, beside the
	// public internet. With Dev, this machine and private networks are among them.
	FetchFrom []netip.Prefix
	// Tracer records what the server does; nothing is recorded if it is nil.
	Tracer *trace.Tracer
	// Views says which applications know the corp's people by ids of their own, in place
	// of the suites' room, for tests.
	Views app.Views
	// JobsByHand does not run imports, exports and notices of ended sessions in the background. The holder of
	// the Server runs them, as tests do.
	JobsByHand bool
}

// Server is an assembled server.
type Server struct {
	Config
	preparing atomic.Bool

	Store        *store.Store
	Work         *work.Engine
	Outbound     *outbound.Network
	Trends       *trend.Service
	Events       *event.Log
	Blobs        *blob.Bucket
	Corps        *corp.Service
	Media        *media.Service
	Directory    *directory.Service
	Join         *join.Service
	Admins       *admin.Service
	Sounds       *sound.Index
	Apps         *app.Service
	Tokens       *token.Service
	Suites       *suite.Service
	Licences     *licence.Service
	Paytool      *paytool.Service
	Register     *register.Service
	Sensitive    *sensitive.Service
	Customers    *customer.Service
	Groups       *customergroup.Service
	Mass         *masssend.Service
	KF           *kf.Service
	Login        *login.Service
	Install      *install.Service
	Founding     *founding.Service
	Checkup      *checkup.Service
	OAuth        *oauth.Service
	OIDC         *oidc.Service
	Jobs         *job.Service
	Batch        *batch.Service
	Callbacks    *callback.Service
	Messages     *message.Service
	Bots         *aibot.Service
	Hardware     *hardware.Service
	Devices      *direct.Service // the connections of devices
	Scripts      *intercept.Scripts
	Gate         *gate.Service
	LDAP         *ldap.Service
	SCIM         *scim.Service
	Console      *console.Service
	Control      *control.Service // with Dev
	faults       *fault.List      // with Dev
	doctor       *doctor.Doctor
	DevMCP       *devmcp.Service // with Dev
	Phone        *phone.Service
	API          *wire.Server
	Calendars    *calendar.Service
	Meetings     *meeting.Service
	MeetingRooms *meetingroom.Service
	Documents    *wedoc.Service
	SmartSheets  *smartsheet.Service
	Todos        *todo.Service
	Tools        *mcp.Service // of robots

	Strategies   *strategy.Service
	Moments      *moment.Service
	Acquisition  *acquisition.Service
	Albums       *album.Service
	Approvals    *approval.Service
	Journals     *journal.Service
	Checkins     *checkin.Service
	Livings      *living.Service
	HR           *hr.Service
	Security     *security.Service
	Invoices     *invoice.Service
	Dial         *dial.Service
	Health       *health.Service
	ContactRules *contactrule.Service
	Chats        *chat.Service
	Archive      *archive.Service

	rooms    []any // see families
	rescue   rescue.Rescuer
	running  []runner
	sweeping runner
	baseURL  atomic.Value // string
	mux      *http.ServeMux
	metrics  *metrics
	recorder *console.Recorder
	writable probe
}

// Open assembles a server and brings its database's schema up to date.
func Open(ctx context.Context, c Config) (*Server, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = clock.New()
	}
	if c.TokenLife != 0 {
		if !c.Dev {
			return nil, errors.New("the life of access tokens can only be changed in dev")
		}
		if err := token.CheckLife(c.TokenLife); err != nil {
			return nil, fmt.Errorf("the life of access tokens: %w", err)
		}
	}
	box, err := seal.New(c.Key)
	if err != nil {
		return nil, err
	}
	bucket, err := openBlobs(c)
	if err != nil {
		return nil, err
	}
	m := newMetrics(c.Version)
	st, err := store.Open(ctx, store.Config{URL: c.Database, Clock: c.Clock, Log: c.Log, LockWait: c.LockWait, Connections: c.Connections, Waited: m.storeWaited(), Collide: c.Collide, Watch: c.Watch})
	if err != nil {
		return nil, err
	}
	m.watchDatabase(st.Ping)
	s := &Server{Config: c, Store: st, Blobs: bucket, Events: event.NewLog(), metrics: m}
	s.SetBaseURL(c.BaseURL)
	if err := st.Migrate(ctx, Migrations()...); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	if err := checkKey(ctx, st, box); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	s.build(box)
	s.metrics.watchBacklog(s.Work.Backlogs)
	if err := s.mount(); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	s.running, s.sweeping = s.runners(), s.sweeper()
	if c.SweepEvery >= 0 {
		s.sweeping.start()
	}
	return s, nil
}

func openBlobs(c Config) (*blob.Bucket, error) {
	if path := store.File(c.Database); c.Blobs == "" && path != "" {
		c.Blobs = filepath.Join(filepath.Dir(path), "media")
	}
	if c.Blobs == "" {
		return nil, nil
	}
	return blob.Open(c.Blobs)
}

// pruneEvents removes events, and sign-ins from the audit log, that nobody is shown any
// more.
func (s *Server) pruneEvents(ctx context.Context) error {
	keep := cmp.Or(s.KeepEvents, 180*24*time.Hour)
	if keep < 0 {
		return nil
	}
	before := s.Clock.Now().Add(-keep)
	return errors.Join(event.Prune(ctx, s.Store, before), s.Console.PruneSignIns(ctx, before))
}
