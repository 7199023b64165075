package caldav

import (
	"net/http"
	"slices"
	"strings"

	"github.com/emersion/go-ical"

	"qiwei/internal/calendar"
)

// Reports may ask for parts of what an object says (RFC 4791, 9.6). What is left stays as it was written: parts are
// taken from the lines of the text, since a component without all that iCalendar asks for is none to the library.

// errData refuses a form of content that we do not have.
var errData = refusal{http.StatusForbidden, cal("supported-calendar-data", ""), "text/calendar of version 2.0 expected"}

// component is a component as it is written.
type component struct {
	name  string
	parts []part
}

// part is a property with its folded lines, or a component.
type part struct {
	name  string // of the property, in capitals
	text  string
	inner *component
}

// written reads the components of a text.
func written(text string) *component {
	root := &component{}
	open := []*component{root}
	for line := range strings.Lines(text) {
		top := open[len(open)-1]
		if n := len(top.parts); (line[0] == ' ' || line[0] == '\t') && n > 0 && top.parts[n-1].inner == nil {
			top.parts[n-1].text += line
			continue
		}
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch name = strings.ToUpper(name); {
		case name == "BEGIN":
			c := &component{name: strings.ToUpper(value)}
			top.parts = append(top.parts, part{inner: c})
			open = append(open, c)
		case name == "END" && len(open) > 1:
			open = open[:len(open)-1]
		case name != "":
			name, _, _ = strings.Cut(name, ";")
			top.parts = append(top.parts, part{name: name, text: line})
		}
	}
	return root
}

func (c *component) write(out *strings.Builder) {
	if c.name != "" {
		out.WriteString("BEGIN:" + c.name + "\r\n")
	}
	for _, p := range c.parts {
		if p.inner != nil {
			p.inner.write(out)
		} else {
			out.WriteString(p.text)
		}
	}
	if c.name != "" {
		out.WriteString("END:" + c.name + "\r\n")
	}
}

// only keeps what want names: its properties and components, all of them where it says so, and everything where it says
// nothing, as in the RFC's own example of a VTIMEZONE.
func (c *component) only(want *node) {
	if len(want.children) == 0 {
		return
	}
	props, comps := map[string]*node{}, map[string]*node{}
	for _, n := range want.all(nsCal, "prop") {
		props[strings.ToUpper(n.attr("name"))] = n
	}
	for _, n := range want.all(nsCal, "comp") {
		comps[strings.ToUpper(n.attr("name"))] = n
	}
	allProps, allComps := want.child(nsCal, "allprop") != nil, want.child(nsCal, "allcomp") != nil
	c.parts = slices.DeleteFunc(c.parts, func(p part) bool {
		if p.inner != nil {
			return !allComps && comps[p.inner.name] == nil
		}
		return !allProps && props[p.name] == nil
	})
	for i, p := range c.parts {
		if p.inner != nil && comps[p.inner.name] != nil {
			p.inner.only(comps[p.inner.name])
		} else if n := props[p.name]; n != nil && n.attr("novalue") == "yes" {
			c.parts[i].text = withoutValue(p.text)
		}
	}
}

// withoutValue is a property with its parameters alone.
func withoutValue(line string) string {
	line = strings.NewReplacer("\r\n ", "", "\r\n\t", "", "\n ", "", "\n\t", "").Replace(line)
	quoted := false
	for i, r := range line {
		switch {
		case r == '"':
			quoted = !quoted
		case r == ':' && !quoted:
			return line[:i+1] + "\r\n"
		}
	}
	return line
}

// limited leaves out what takes the place of repetitions that are outside of a span now and were so before (RFC 4791,
// 9.6.6). The event that repeats stays, and so do its zones.
func limited(text string, o calendar.Object, from, to int64) (string, error) {
	read, err := ical.NewDecoder(strings.NewReader(text)).Decode()
	if err != nil {
		return "", err
	}
	times, length := &reader{cal: read, zones: map[string]zone{}}, o.End-o.Start
	var keep []bool
	for _, e := range read.Children {
		if e.Name != ical.CompEvent {
			continue
		}
		stays, id := true, e.Props.Get(ical.PropRecurrenceID)
		if id != nil {
			if at, _, err := times.time(id); err == nil {
				was := at.Unix()
				stays = was < to && was+length > from
				if i := slices.IndexFunc(o.Instead, func(c calendar.Schedule) bool { return c.InsteadOf == was }); i >= 0 {
					stays = stays || o.Instead[i].Start < to && o.Instead[i].End > from
				}
			}
		}
		keep = append(keep, stays)
	}
	root, n := written(text), -1
	for _, p := range root.parts {
		if p.inner == nil {
			continue
		}
		p.inner.parts = slices.DeleteFunc(p.inner.parts, func(p part) bool {
			if p.inner == nil || p.inner.name != ical.CompEvent {
				return false
			}
			n++
			return n < len(keep) && !keep[n]
		})
	}
	var out strings.Builder
	root.write(&out)
	return out.String(), nil
}

// partial returns what want asks for of a text.
func partial(text string, want *node) string {
	comp := want.child(nsCal, "comp")
	if comp == nil || text == "" {
		return text
	}
	root := written(text)
	for _, p := range root.parts {
		if p.inner != nil && strings.EqualFold(comp.attr("name"), p.inner.name) {
			p.inner.only(comp)
		}
	}
	var out strings.Builder
	root.write(&out)
	return out.String()
}
