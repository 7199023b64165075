// Package console serves the pages of the admin's console and of the member's
// phone, which are built in web/, and the console's own web API below
// /console/api/. It composes the operations of the rooms below it and owns two
// things: who administers a corp, and the audit log.
package console

import (
	"io/fs"
	"log/slog"
	"net/http"

	"qiwei/web"
)

// Deps is what the room needs.
type Deps struct {
	Log *slog.Logger
	// Pages are the built pages; those in the program where it is nil.
	Pages fs.FS
}

// Service serves the console.
type Service struct {
	deps  Deps
	pages *pages
}

// New returns the room.
func New(d Deps) *Service {
	if d.Pages == nil {
		d.Pages = web.Pages()
	}
	return &Service{deps: d, pages: newPages(d.Pages)}
}

// Route is a page, or something that a page asks for, outside the API.
type Route struct {
	Pattern string // for http.ServeMux
	Handler http.Handler
}

// Routes returns the pages and what they ask for.
func (s *Service) Routes() []Route {
	return s.pages.routes()
}
