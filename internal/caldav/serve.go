package caldav

import (
	"errors"
	"net/http"
	"strconv"

	"qiwei/internal/calendar"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

const (
	// maxBody bounds a request, and maxObject an object that is written.
	maxBody   = 1 << 20
	maxObject = 512 << 10
)

// refusal is an answer with a status, and with the condition that was not met.
type refusal struct {
	status    int
	condition string // an element, or empty
	text      string
}

func (r refusal) Error() string { return r.text }

func refuse(status int, text string) error { return refusal{status: status, text: text} }

// call is a program's request.
type call struct {
	s *Service
	w http.ResponseWriter
	r *http.Request
	visitor
	place
}

func (s *Service) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("DAV", "1, 3, calendar-access")
	c := &call{s: s, w: w, r: r}
	if err := c.answer(); err != nil {
		s.refused(w, r, err)
	}
}

func (c *call) answer() error {
	if c.r.Method == http.MethodOptions {
		c.w.Header().Set("Allow", "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, PROPPATCH, REPORT")
		c.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	var ok bool
	if c.place, ok = placeOf(c.r.URL.Path); !ok {
		return refuse(http.StatusNotFound, "there is nothing at this address")
	}
	var err error
	if c.visitor, err = c.s.visitorOf(c.r, c.place.corpID); err != nil {
		return err
	}
	if c.r.URL.Path == bareHome {
		c.place.corpID, c.user = c.visitor.corpID, c.member.UserID
	}
	if c.level != atRoot && (c.place.corpID != c.visitor.corpID || !c.user.Equal(c.member.UserID)) {
		return refuse(http.StatusForbidden, "a member sees only what is at the own address")
	}
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, maxBody)
	switch c.r.Method {
	case "PROPFIND":
		return c.propfind()
	case "PROPPATCH":
		return c.proppatch()
	case "REPORT":
		return c.report()
	case http.MethodGet, http.MethodHead:
		return c.get()
	case http.MethodPut:
		return c.put()
	case http.MethodDelete:
		return c.delete()
	case "MKCALENDAR", "MKCOL", "COPY", "MOVE":
		return refuse(http.StatusForbidden, "a member has one calendar; others are made by applications")
	}
	return refuse(http.StatusMethodNotAllowed, "CalDAV's methods expected")
}

func (s *Service) refused(w http.ResponseWriter, r *http.Request, err error) {
	var known refusal
	var api wire.Error
	var large *http.MaxBytesError
	switch {
	case errors.Is(err, errSignIn):
		w.Header().Set("WWW-Authenticate", `Basic realm="qiwei", charset="UTF-8"`)
		known = refusal{status: http.StatusUnauthorized, text: "sign in with the userid and the password, or one made for programs"}
	case errors.As(err, &large):
		known = refusal{status: http.StatusRequestEntityTooLarge, text: "the body is too large"}
	case errors.Is(err, errXML):
		known = refusal{status: http.StatusBadRequest, text: err.Error()}
	case errors.As(err, &api):
		known = refusal{status: http.StatusForbidden, text: api.Message()}
	case errors.As(err, &known):
	case errors.Is(err, calendar.ErrFull):
		known = refusal{http.StatusInsufficientStorage, dav("quota-not-exceeded", ""), "the calendar is full"}
	case errors.Is(err, store.ErrUnavailable):
		known = refusal{status: http.StatusServiceUnavailable, text: "busy"}
	default:
		s.deps.Log.Error("caldav", "method", r.Method, "path", r.URL.Path, "err", err)
		known = refusal{status: http.StatusInternalServerError, text: "internal error"}
	}
	if known.condition != "" {
		send(w, known.status, "application/xml; charset=utf-8", document("error", known.condition+dav("responsedescription", esc(known.text))))
		return
	}
	send(w, known.status, "text/plain; charset=utf-8", known.text+"\n")
}

func send(w http.ResponseWriter, status int, kind, body string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // whoever has gone away hears nothing
}

func (c *call) multistatus(inner string) {
	send(c.w, http.StatusMultiStatus, "application/xml; charset=utf-8", document("multistatus", inner))
}

// collection returns the collection that the address names.
func (c *call) collection(tx *store.Tx) (collection, error) {
	all, err := c.s.collections(tx, c.visitor)
	if err != nil {
		return collection{}, err
	}
	for _, one := range all {
		if one.folder == c.folder {
			return one, nil
		}
	}
	return collection{}, refuse(http.StatusNotFound, "there is no such calendar")
}

func (c *call) path(folder, file string) string {
	p := home(c.visitor.corpID, c.member.UserID)
	if folder != "" {
		p += folder + "/"
	}
	return p + escapePath(file)
}
