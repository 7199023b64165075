// Package caldav shows members their calendars in ordinary calendar programs: CalDAV to read and write (RFC
// 4791, with the synchronisation of RFC 6578), and feeds to subscribe to.
//
//	/caldav/                                   leads to the principal
//	/caldav/{corpid}/{userid}/                 the principal, who has one home:
//	/caldav/{corpid}/{userid}/calendars/
//	    own/            the member's own calendar
//	    invited/        what the member was invited to elsewhere; answers only
//	    {cal_id}/       calendars of applications that the member sees
//	        {name}.ics  a schedule, with what takes the place of single repetitions
//	/caldav/feed/{secret}.ics                  a feed
//	/calendar/                                 the home of whoever signs in
//
// A program signs in with a userid and the member's password, or one that the member has made for it. Members
// are named by mailto:{userid}@{corpid}.
package caldav

import (
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"

	"qiwei/internal/calendar"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/login"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Corps     *corp.Service
	Directory *directory.Service
	Calendars *calendar.Service
	Login     *login.Service
	Member    door.Door[login.Session]
	Box       *seal.Box
	Log       *slog.Logger
	// BaseURL is where clients reach this server, without a slash at the end.
	BaseURL func() string
	// ClientIP is the address that a request comes from.
	ClientIP func(*http.Request) netip.Addr
}

// Service answers calendar programs.
type Service struct {
	deps Deps

	mu    sync.Mutex
	known map[string]signedIn // by what proves it
}

// New returns the room.
func New(d Deps) *Service { return &Service{deps: d, known: map[string]signedIn{}} }

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

const prefix = "/caldav/"

// bareHome is where programs made for WeCom's own server find a member's calendars without asking.
const bareHome = "/calendar/"

// Routes returns the addresses of programs, and those of the member's page.
func (s *Service) Routes() []door.Route {
	phone := s.deps.Member.JSON
	return []door.Route{
		{Pattern: "/.well-known/caldav", Handler: http.RedirectHandler(prefix, http.StatusPermanentRedirect)},
		{Pattern: prefix, Handler: http.HandlerFunc(s.serve)},
		{Pattern: bareHome + "{$}", Handler: http.HandlerFunc(s.serve)},
		{Pattern: "GET /caldav/feed/{file}", Handler: http.HandlerFunc(s.feed)},
		{Pattern: "GET /phone/api/caldav", Handler: phone(s.phoneKeys)},
		{Pattern: "POST /phone/api/caldav", Handler: phone(s.phoneCreate)},
		{Pattern: "POST /phone/api/caldav/{no}/delete", Handler: phone(s.phoneDelete)},
	}
}
