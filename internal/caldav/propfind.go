package caldav

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"

	"qiwei/internal/calendar"
	"qiwei/internal/store"
)

func escapePath(file string) string { return url.PathEscape(file) }

// properties are those of one resource, as they are written.
type properties map[xml.Name]string

func (c *call) propfind() error {
	req, err := parse(c.r.Body)
	if err != nil {
		return err
	}
	if req != nil && !req.is(nsDAV, "propfind") {
		return errXML
	}
	if c.level != atRoot && c.level < atCalendar || c.folder == ownFolder {
		if err := c.s.ensureOwn(c.r.Context(), c.visitor); err != nil {
			return err
		}
	}
	deep := c.r.Header.Get("Depth") != "0"
	var out strings.Builder
	err = c.s.deps.Store.Read(c.r.Context(), func(tx *store.Tx) error {
		out.Reset()
		return c.describe(tx, &out, req, deep)
	})
	if err != nil {
		return err
	}
	c.multistatus(out.String())
	return nil
}

// describe writes the resource that the address names, and what is in it.
func (c *call) describe(tx *store.Tx, out *strings.Builder, req *node, deep bool) error {
	switch c.level {
	case atRoot:
		return response(out, prefix, c.common(dav("collection", "")), req)
	case atPrincipal:
		err := response(out, principal(c.visitor.corpID, c.member.UserID), c.principal(), req)
		if err == nil && deep {
			err = response(out, c.path("", ""), c.home(), req)
		}
		return err
	case atHome:
		self := c.path("", "")
		if c.r.URL.Path == bareHome {
			self = bareHome
		}
		if err := response(out, self, c.home(), req); err != nil || !deep {
			return err
		}
		all, err := c.s.collections(tx, c.visitor)
		for _, one := range all {
			if err := response(out, c.path(one.folder, ""), c.calendar(one), req); err != nil {
				return err
			}
		}
		return err
	}
	one, err := c.collection(tx)
	if err != nil {
		return err
	}
	if c.level == atObject {
		o, found, err := c.s.find(tx, one, c.file)
		if err == nil && !found {
			err = refuse(http.StatusNotFound, "there is no such schedule")
		}
		if err != nil {
			return err
		}
		return response(out, c.path(one.folder, c.file), c.object(one, o), req)
	}
	if err := response(out, c.path(one.folder, ""), c.calendar(one), req); err != nil || !deep {
		return err
	}
	all, err := c.s.list(tx, one)
	for _, o := range all {
		if err := response(out, c.path(one.folder, o.FileName()), c.object(one, o), req); err != nil {
			return err
		}
	}
	return err
}

func (c *call) common(kind string) properties {
	return properties{
		{Space: nsDAV, Local: "resourcetype"}:             kind,
		{Space: nsDAV, Local: "current-user-principal"}:   href(principal(c.visitor.corpID, c.member.UserID)),
		{Space: nsDAV, Local: "principal-collection-set"}: href(prefix),
	}
}

func (c *call) principal() properties {
	p := c.common(dav("collection", "") + dav("principal", ""))
	p[xml.Name{Space: nsDAV, Local: "displayname"}] = esc(c.member.Name)
	p[xml.Name{Space: nsDAV, Local: "principal-URL"}] = href(principal(c.visitor.corpID, c.member.UserID))
	p[xml.Name{Space: nsCal, Local: "calendar-home-set"}] = href(c.path("", ""))
	p[xml.Name{Space: nsCal, Local: "calendar-user-address-set"}] = href(address(c.visitor.corpID, c.member.UserID)) + href(principal(c.visitor.corpID, c.member.UserID))
	p[xml.Name{Space: nsCal, Local: "calendar-user-type"}] = "INDIVIDUAL"
	return p
}

func (c *call) home() properties {
	p := c.common(dav("collection", ""))
	p[xml.Name{Space: nsDAV, Local: "displayname"}] = esc(c.member.Name)
	p[xml.Name{Space: nsDAV, Local: "owner"}] = href(principal(c.visitor.corpID, c.member.UserID))
	p[xml.Name{Space: nsDAV, Local: "current-user-privilege-set"}] = privileges("read")
	return p
}

func privileges(names ...string) string {
	var out strings.Builder
	for _, n := range names {
		out.WriteString(dav("privilege", dav(n, "")))
	}
	return out.String()
}

func (c *call) calendar(one collection) properties {
	p := c.common(dav("collection", "") + cal("calendar", ""))
	set := func(space, local, inner string) { p[xml.Name{Space: space, Local: local}] = inner }
	set(nsDAV, "displayname", esc(one.Summary))
	set(nsDAV, "owner", href(principal(c.visitor.corpID, c.member.UserID)))
	set(nsDAV, "sync-token", tokenPrefix+one.state())
	set(nsServer, "getctag", `"`+one.state()+`"`)
	set(nsCal, "supported-calendar-component-set", `<c:comp name="VEVENT"/>`)
	set(nsCal, "supported-calendar-data", `<c:calendar-data content-type="text/calendar" version="2.0"/>`)
	set(nsCal, "max-resource-size", "524288")
	set(nsCal, "calendar-description", esc(one.Description))
	if one.Color != "" {
		set(nsApple, "calendar-color", esc(one.Color)+"FF")
	}
	may := []string{"read", "read-current-user-privilege-set"}
	switch {
	case one.Own:
		may = append(may, "write", "write-content", "bind", "unbind")
	case one.May, one.invited:
		may = append(may, "write-content", "unbind")
	}
	set(nsDAV, "current-user-privilege-set", privileges(may...))
	var reports strings.Builder
	for _, r := range []string{cal("calendar-query", ""), cal("calendar-multiget", ""), cal("free-busy-query", ""), dav("sync-collection", "")} {
		reports.WriteString(dav("supported-report", dav("report", r)))
	}
	set(nsDAV, "supported-report-set", reports.String())
	return p
}

// object returns the properties of an object, without its content.
func (c *call) object(one collection, o calendar.Object) properties {
	p := c.common("")
	set := func(space, local, inner string) { p[xml.Name{Space: space, Local: local}] = inner }
	set(nsDAV, "getetag", esc(one.etag(o)))
	set(nsDAV, "getcontenttype", "text/calendar; charset=utf-8; component=VEVENT")
	set(nsDAV, "getlastmodified", lastModified(o).Format(http.TimeFormat))
	set(nsDAV, "owner", href(principal(c.visitor.corpID, c.member.UserID)))
	return p
}

// asked returns the names of the properties that a request wants, nil for all.
func asked(req *node) (names []xml.Name, namesOnly bool) {
	if req == nil || req.child(nsDAV, "allprop") != nil {
		return nil, false
	}
	if req.child(nsDAV, "propname") != nil {
		return nil, true
	}
	prop := req.child(nsDAV, "prop")
	if prop == nil {
		return nil, false
	}
	names = []xml.Name{}
	for _, p := range prop.children {
		names = append(names, p.name)
	}
	return names, false
}

// maxAnswer is about how many bytes an answer holds. It is made in memory, so that nobody writes to a client
// inside a transaction.
const maxAnswer = 48 << 20

var errLarge = refusal{http.StatusInsufficientStorage, dav("number-of-matches-within-limits", ""), "the answer is too large; ask for less"}

// response writes one resource: what it has of the wanted properties, and what it lacks.
func response(out *strings.Builder, path string, has properties, req *node) error {
	if out.Len() > maxAnswer {
		return errLarge
	}
	names, namesOnly := asked(req)
	var found, missing strings.Builder
	if names == nil {
		for _, n := range sortedNames(has) {
			inner := has[n]
			if namesOnly {
				inner = ""
			}
			found.WriteString(tag(n, inner))
		}
	}
	for _, n := range names {
		if inner, ok := has[n]; ok {
			found.WriteString(tag(n, inner))
		} else {
			missing.WriteString(tag(n, ""))
		}
	}
	out.WriteString("<d:response>" + href(path))
	if found.Len() > 0 || missing.Len() == 0 {
		out.WriteString(dav("propstat", "<d:prop>"+found.String()+"</d:prop>"+dav("status", "HTTP/1.1 200 OK")))
	}
	if missing.Len() > 0 {
		out.WriteString(dav("propstat", dav("prop", missing.String())+dav("status", "HTTP/1.1 404 Not Found")))
	}
	out.WriteString("</d:response>")
	return nil
}

// proppatch refuses each property by name: names and colours are the applications'.
func (c *call) proppatch() error {
	req, err := parse(c.r.Body)
	if err != nil {
		return err
	}
	var names strings.Builder
	for _, change := range req.all(nsDAV, "set", "remove") {
		if prop := change.child(nsDAV, "prop"); prop != nil {
			for _, p := range prop.children {
				names.WriteString(tag(p.name, ""))
			}
		}
	}
	c.multistatus("<d:response>" + href(c.r.URL.EscapedPath()) + dav("propstat", dav("prop", names.String())+dav("status", "HTTP/1.1 403 Forbidden")) + "</d:response>")
	return nil
}
