package caldav

import (
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/calendar"

	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (c *call) get() error {
	if c.level != atObject {
		return refuse(http.StatusMethodNotAllowed, "a schedule's address expected; PROPFIND lists what there is")
	}
	var text, tag string
	var o calendar.Object
	err := c.s.deps.Store.Read(c.r.Context(), func(tx *store.Tx) error {
		one, err := c.collection(tx)
		if err != nil {
			return err
		}
		var found bool
		if o, found, err = c.s.find(tx, one, c.file); err == nil && !found {
			err = refuse(http.StatusNotFound, "there is no such schedule")
		}
		if err == nil {
			text, tag = c.s.text(c.visitor, one, o), one.etag(o)
		}
		return err
	})
	if err != nil {
		return err
	}
	c.w.Header().Set("ETag", tag)
	c.w.Header().Set("Last-Modified", lastModified(o).Format(http.TimeFormat))
	if listed(c.r.Header.Get("If-None-Match"), tag) {
		c.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	send(c.w, http.StatusOK, "text/calendar; charset=utf-8; component=VEVENT", text)
	return nil
}

// listed reports whether a header of conditions names a tag.
func listed(header, tag string) bool {
	return slices.ContainsFunc(strings.Split(header, ","), func(one string) bool {
		one = strings.TrimSpace(one)
		return tag != "" && (one == "*" || one == tag)
	})
}

// allowed checks a request's conditions against the present tag, which is empty for what does not exist.
func allowed(r *http.Request, tag string) error {
	if want := r.Header.Get("If-Match"); want != "" && !listed(want, tag) {
		return refuse(http.StatusPreconditionFailed, "it has changed meanwhile")
	}
	if listed(r.Header.Get("If-None-Match"), tag) {
		return refuse(http.StatusPreconditionFailed, "there is one already")
	}
	return nil
}

var fileShape = regexp.MustCompile(`^[^/\\\x00-\x1f]{1,200}$`)

func (c *call) put() error {
	if c.level != atObject || !fileShape.MatchString(c.file) {
		return refuse(http.StatusForbidden, "the address of a schedule in a calendar expected, with a name of at most 200 bytes")
	}
	raw, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxObject))
	if err != nil {
		return err
	}
	if !utf8.Valid(raw) {
		return refusal{http.StatusForbidden, cal("valid-calendar-data", ""), "UTF-8 expected"}
	}
	if c.folder == ownFolder {
		if err := c.s.ensureOwn(c.r.Context(), c.visitor); err != nil {
			return err
		}
	}
	// It is read first, so that nobody waits for the writer meanwhile.
	var d calendar.ObjectDraft
	err = c.s.deps.Store.Read(c.r.Context(), func(tx *store.Tx) (err error) {
		d, err = (&reader{member: c.memberAt(tx)}).read(string(raw))
		return err
	})
	if err != nil {
		return err
	}
	d.Name = c.file
	tag, status := "", http.StatusNoContent
	err = c.s.deps.Store.Write(c.r.Context(), func(tx *store.Tx) error {
		tag, status, err = c.write(tx, d)
		return err
	})
	if err != nil {
		return err
	}
	if tag != "" {
		c.w.Header().Set("ETag", tag)
	}
	c.w.WriteHeader(status)
	return nil
}

// write stores what a program has written, and returns its tag, if it is stored as it was written.
func (c *call) write(tx *store.Tx, d calendar.ObjectDraft) (tag string, status int, err error) {
	one, err := c.collection(tx)
	if err != nil {
		return "", 0, err
	}
	all := one.objects
	if !one.invited {
		if all, err = c.s.deps.Calendars.ObjectsNamed(tx, one.Calendar, c.file, d.UID); err != nil {
			return "", 0, err
		}
	}
	i := slices.IndexFunc(all, func(o calendar.Object) bool { return o.FileName() == c.file })
	var old *calendar.Object
	present := ""
	if status = http.StatusCreated; i >= 0 {
		old, status, present = &all[i], http.StatusNoContent, one.etag(all[i])
	}
	if err := allowed(c.r, present); err != nil {
		return "", 0, err
	}
	if clash := slices.IndexFunc(all, func(o calendar.Object) bool { return o.ObjectUID() == d.UID && o.FileName() != c.file }); clash >= 0 {
		return "", 0, refusal{http.StatusConflict, cal("no-uid-conflict", href(c.path(one.folder, all[clash].FileName()))), "the UID is that of another schedule"}
	}
	by := access.MemberOf(c.visitor.corpID, c.member.UserID)
	if old != nil && (one.invited || !one.May) {
		return "", status, c.respond(tx, by, *old, d)
	}
	if one.invited {
		return "", 0, refuse(http.StatusForbidden, "only answers go here; write to the own calendar")
	}
	if err := c.s.deps.Calendars.PutObject(c.r.Context(), tx, by, one.Seen, old, d); err != nil {
		return "", 0, err
	}
	if one, err = c.collection(tx); err != nil {
		return "", 0, err
	}
	o, _, err := c.s.find(tx, one, c.file)
	return one.etag(o), status, err
}

// respond takes what the member answers from what the member's program has written, and nothing else.
func (c *call) respond(tx *store.Tx, by access.Caller, o calendar.Object, d calendar.ObjectDraft) error {
	mine := func(list []calendar.Attendee) int {
		return slices.IndexFunc(list, func(a calendar.Attendee) bool { return a.UserID.Equal(by.UserID) })
	}
	was, is := mine(o.Attendees), mine(d.Attendees)
	if was < 0 || is < 0 {
		return refuse(http.StatusForbidden, "only its administrators change this schedule")
	}
	answer := d.Attendees[is].Answer
	if answer == calendar.Unanswered || answer == o.Attendees[was].Answer {
		return nil
	}
	return c.s.deps.Calendars.Respond(c.r.Context(), tx, by, o.ID, answer, 0)
}

// memberAt returns a function that finds the member behind an address: mailto:userid@corpid, or a mail address
// from the directory.
func (c *call) memberAt(tx *store.Tx) func(string) (id.UserID, error) {
	by := access.System(c.visitor.corpID)
	return func(text string) (id.UserID, error) {
		const scheme = "mailto:"
		if len(text) <= len(scheme) || !strings.EqualFold(text[:len(scheme)], scheme) {
			return "", nil
		}
		mail := text[len(scheme):]
		user := id.UserID("")
		if at := strings.LastIndexByte(mail, '@'); at > 0 && strings.EqualFold(mail[at+1:], c.visitor.corpID) {
			user = id.UserID(mail[:at])
		} else {
			var err error
			for _, personal := range []bool{false, true} {
				if user, err = c.s.deps.Directory.MemberByMail(c.r.Context(), tx, by, mail, personal); err == nil && user != "" {
					break
				}
				if err != nil && !errors.As(err, new(wire.Error)) {
					return "", err
				}
			}
		}
		if user == "" {
			return "", nil
		}
		known, err := c.s.deps.Directory.Named(tx, by, []string{string(user)})
		return known[user.Key()].UserID, err
	}
}

func (c *call) delete() error {
	if c.level != atObject {
		return refuse(http.StatusForbidden, "calendars are not deleted here")
	}
	err := c.s.deps.Store.Write(c.r.Context(), func(tx *store.Tx) error {
		one, err := c.collection(tx)
		if err != nil {
			return err
		}
		o, found, err := c.s.find(tx, one, c.file)
		if err == nil && !found {
			err = refuse(http.StatusNotFound, "there is no such schedule")
		}
		if err == nil {
			err = allowed(c.r, one.etag(o))
		}
		if err != nil {
			return err
		}
		return c.s.deps.Calendars.DeleteObject(c.r.Context(), tx, access.MemberOf(c.visitor.corpID, c.member.UserID), o)
	})
	if err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}
