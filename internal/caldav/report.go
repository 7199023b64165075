package caldav

import (
	"encoding/xml"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"qiwei/internal/calendar"
	"qiwei/internal/store"
)

// all returns the children with one of the names.
func (n *node) all(space string, locals ...string) (out []*node) {
	if n == nil {
		return nil
	}
	for _, c := range n.children {
		if c.name.Space == space && slices.Contains(locals, c.name.Local) {
			out = append(out, c)
		}
	}
	return out
}

func sortedNames(p properties) []xml.Name {
	names := make([]xml.Name, 0, len(p))
	for n := range p {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b xml.Name) int { return strings.Compare(a.Space+" "+a.Local, b.Space+" "+b.Local) })
	return names
}

func (c *call) report() error {
	req, err := parse(c.r.Body)
	if err != nil {
		return err
	}
	if req == nil || c.level != atCalendar {
		return refuse(http.StatusForbidden, "a report of a calendar expected")
	}
	var out strings.Builder
	serve := map[string]func(*store.Tx, *strings.Builder, *node, collection) error{
		nsCal + "calendar-query": c.query, nsCal + "calendar-multiget": c.multiget, nsDAV + "sync-collection": c.sync,
	}[req.name.Space+req.name.Local]
	if req.is(nsCal, "free-busy-query") {
		return c.freeBusy(req)
	}
	if serve == nil {
		return refusal{http.StatusForbidden, dav("supported-report", ""), "there is no such report"}
	}
	err = c.s.deps.Store.Read(c.r.Context(), func(tx *store.Tx) error {
		out.Reset()
		one, err := c.collection(tx)
		if err != nil {
			return err
		}
		return serve(tx, &out, req, one)
	})
	if err != nil {
		return err
	}
	c.multistatus(out.String())
	return nil
}

func (c *call) multiget(tx *store.Tx, out *strings.Builder, req *node, one collection) error {
	all, err := c.s.list(tx, one)
	if err != nil {
		return err
	}
	at := map[string]int{}
	for i, o := range all {
		at[o.FileName()] = i
	}
	answered := map[place]bool{}
	for _, h := range req.all(nsDAV, "href") {
		path := strings.TrimSpace(h.text())
		u, err := url.Parse(path)
		p, ok := place{}, false
		if err == nil {
			p, ok = placeOf(u.Path)
		}
		if answered[p] { // under another spelling, perhaps
			continue
		}
		answered[p] = ok
		i, found := at[p.file]
		if !ok || !found || p.folder != one.folder || p.corpID != c.visitor.corpID || !p.user.Equal(c.member.UserID) {
			out.WriteString("<d:response>" + href(path) + dav("status", "HTTP/1.1 404 Not Found") + "</d:response>")
			continue
		}
		if err := c.reported(out, path, one, all[i], req); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) sync(tx *store.Tx, out *strings.Builder, req *node, one collection) error {
	token := ""
	if t := req.child(nsDAV, "sync-token"); t != nil {
		token = strings.TrimSpace(t.text())
	}
	after, ok := one.since(token)
	if !ok {
		return refusal{http.StatusForbidden, dav("valid-sync-token", ""), "read the calendar anew"}
	}
	there, gone := one.objects, []calendar.Object(nil)
	if one.invited && token != "" {
		there = nil // nothing has changed
	}
	if !one.invited {
		var err error
		if there, gone, err = c.s.deps.Calendars.Objects(tx, one.Calendar, after); err != nil {
			return err
		}
	}
	for _, o := range there {
		if err := c.reported(out, c.path(one.folder, o.FileName()), one, o, req); err != nil {
			return err
		}
	}
	if token != "" {
		for _, o := range gone {
			if !slices.ContainsFunc(there, func(t calendar.Object) bool { return t.FileName() == o.FileName() }) { // or made anew under the name
				out.WriteString("<d:response>" + href(c.path(one.folder, o.FileName())) + dav("status", "HTTP/1.1 404 Not Found") + "</d:response>")
			}
		}
	}
	out.WriteString(dav("sync-token", tokenPrefix+one.state()))
	return nil
}

func (c *call) query(tx *store.Tx, out *strings.Builder, req *node, one collection) error {
	f := req.child(nsCal, "filter").child(nsCal, "comp-filter")
	if f == nil || !strings.EqualFold(f.attr("name"), "VCALENDAR") {
		return refusal{http.StatusForbidden, cal("valid-filter", ""), "a filter of VCALENDAR expected"}
	}
	all, err := c.s.list(tx, one)
	if err != nil {
		return err
	}
	for _, o := range all {
		ok := true
		for _, comp := range f.all(nsCal, "comp-filter") {
			match, err := matches(comp, o)
			if err != nil {
				return err
			}
			ok = ok && match
		}
		if !ok {
			continue
		}
		if err := c.reported(out, c.path(one.folder, o.FileName()), one, o, req); err != nil {
			return err
		}
	}
	return nil
}

// matches reports whether an object matches a filter of its components.
func matches(f *node, o calendar.Object) (bool, error) {
	if !strings.EqualFold(f.attr("name"), "VEVENT") {
		return f.child(nsCal, "is-not-defined") != nil, nil
	}
	if f.child(nsCal, "is-not-defined") != nil {
		return false, nil
	}
	if r := f.child(nsCal, "time-range"); r != nil {
		from, to, err := timeRange(r)
		if err != nil || !o.Takes(from, to) {
			return false, err
		}
	}
	for _, p := range f.all(nsCal, "prop-filter") {
		text, has := map[string]string{"UID": o.ObjectUID(), "SUMMARY": o.Summary, "DESCRIPTION": o.Description, "LOCATION": o.Location}[strings.ToUpper(p.attr("name"))]
		if p.child(nsCal, "is-not-defined") != nil {
			if has && text != "" {
				return false, nil
			}
			continue
		}
		if m := p.child(nsCal, "text-match"); m != nil {
			hit := strings.Contains(strings.ToLower(text), strings.ToLower(strings.TrimSpace(m.text())))
			if hit == (m.attr("negate-condition") == "yes") {
				return false, nil
			}
		} else if text == "" {
			return false, nil
		}
	}
	return true, nil
}

// timeRange reads a span of time, open where it names no end.
func timeRange(r *node) (from, to int64, err error) {
	to = math.MaxUint32
	for name, at := range map[string]*int64{"start": &from, "end": &to} {
		if text := r.attr(name); text != "" {
			t, err := time.Parse("20060102T150405Z", text)
			if err != nil {
				return 0, 0, refusal{http.StatusForbidden, cal("valid-filter", ""), name + ": a time in UTC such as 20310106T090000Z expected"}
			}
			*at = min(max(t.Unix(), 0), math.MaxUint32)
		}
	}
	return from, to, nil
}

// maxBusy is how many seconds a question for busy times spans.
const maxBusy = 400 * 86400

// freeBusy answers when the member has no time.
func (c *call) freeBusy(req *node) error {
	r := req.child(nsCal, "time-range")
	if r == nil {
		return refusal{http.StatusForbidden, cal("valid-filter", ""), "a time-range expected"}
	}
	from, to, err := timeRange(r)
	if err != nil {
		return err
	}
	if to <= from || to-from > maxBusy {
		return refuse(http.StatusForbidden, "a time-range of at most 400 days expected")
	}
	var busy []calendar.Busy
	if err := c.s.deps.Store.Read(c.r.Context(), func(tx *store.Tx) (err error) {
		if _, err = c.collection(tx); err == nil {
			busy, err = c.s.deps.Calendars.BusyTimes(tx, c.visitor.corpID, c.member.UserID, from, to)
		}
		return err
	}); err != nil {
		return err
	}
	utc := func(at int64) string { return time.Unix(at, 0).UTC().Format("20060102T150405Z") }
	var b strings.Builder
	fmt.Fprintf(&b, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:%s\r\nBEGIN:VFREEBUSY\r\nDTSTAMP:%s\r\nDTSTART:%s\r\nDTEND:%s\r\n", product, utc(c.s.deps.Store.Now().Unix()), utc(from), utc(to))
	for _, t := range busy {
		fmt.Fprintf(&b, "FREEBUSY:%s/%s\r\n", utc(t.Start), utc(t.End))
	}
	b.WriteString("END:VFREEBUSY\r\nEND:VCALENDAR\r\n")
	send(c.w, http.StatusOK, "text/calendar; charset=utf-8", b.String())
	return nil
}
