package caldav

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-ical"

	"qiwei/internal/calendar"
)

// maxInstances bounds how many repetitions of one object an answer writes out.
const maxInstances = 10_000

// reported writes one object of a report: its properties, and its content if the report asks for it.
func (c *call) reported(out *strings.Builder, path string, one collection, o calendar.Object, req *node) error {
	p := c.object(one, o)
	if want := req.child(nsDAV, "prop").child(nsCal, "calendar-data"); want != nil {
		text, err := c.data(one, o, want)
		if err != nil {
			return err
		}
		if text != "" {
			p[xml.Name{Space: nsCal, Local: "calendar-data"}] = esc(text)
		}
	}
	return response(out, path, p, req)
}

// data returns an object's content, or the part of it that want asks for. It is empty if there is nothing of it.
func (c *call) data(one collection, o calendar.Object, want *node) (string, error) {
	if kind := want.attr("content-type"); kind != "" && !strings.EqualFold(kind, "text/calendar") {
		return "", errData
	}
	if v := want.attr("version"); v != "" && v != "2.0" {
		return "", errData
	}
	expand, limit := want.child(nsCal, "expand"), want.child(nsCal, "limit-recurrence-set")
	if expand != nil && limit != nil {
		return "", errXML
	}
	// Nothing that we keep says when somebody is free or busy, so its limit has nothing to leave out.
	if busy := want.child(nsCal, "limit-freebusy-set"); busy != nil {
		if _, _, err := span(busy); err != nil {
			return "", err
		}
	}
	text, err := "", error(nil)
	switch {
	case expand != nil:
		text, err = c.expanded(one, o, expand)
	case limit != nil:
		from, to, wrong := span(limit)
		if wrong != nil {
			return "", wrong
		}
		text, err = limited(c.s.text(c.visitor, one, o), o, from, to)
	default:
		text = c.s.text(c.visitor, one, o)
	}
	return partial(text, want), err
}

// span reads a span of time that must have both ends.
func span(n *node) (from, to int64, err error) {
	from, to, err = timeRange(n)
	if err == nil && (n.attr("start") == "" || n.attr("end") == "" || to <= from) {
		err = errXML
	}
	return from, to, err
}

// expanded returns each of an object's times between two as an event of its own (RFC 4791, 9.6.5).
func (c *call) expanded(one collection, o calendar.Object, expand *node) (string, error) {
	from, to, err := span(expand)
	if err != nil || !o.Takes(from, to) {
		return "", err
	}
	return expanded(c.s.text(c.visitor, one, o), o, from, to)
}

// instance is one time that an object takes.
type instance struct {
	event                *ical.Component
	of                   calendar.Schedule
	start, end, original int64
}

// expanded writes the times of an object between from and to as events in UTC that do not repeat. text is the
// object; what it says beyond the times stays.
func expanded(text string, o calendar.Object, from, to int64) (string, error) {
	read, err := ical.NewDecoder(strings.NewReader(text)).Decode()
	if err != nil {
		return "", err
	}
	times := &reader{cal: read, zones: map[string]zone{}}
	var found []instance
	for _, e := range read.Children {
		if e.Name != ical.CompEvent {
			continue
		}
		s := o.Schedule
		if id := e.Props.Get(ical.PropRecurrenceID); id != nil {
			at, _, err := times.time(id)
			i := slices.IndexFunc(o.Instead, func(c calendar.Schedule) bool { return c.InsteadOf == at.Unix() })
			if err != nil || i < 0 {
				continue
			}
			s = o.Instead[i]
		}
		s.Occurrences(from, to, func(start, end int64) bool {
			found = append(found, instance{e, s, start, end, cmp.Or(s.InsteadOf, start)})
			return len(found) <= maxInstances
		})
	}
	if len(found) > maxInstances || len(found)*len(text) > maxAnswer {
		return "", errLarge
	}
	if len(found) == 0 {
		return "", nil
	}
	slices.SortStableFunc(found, func(a, b instance) int { return cmp.Compare(a.start, b.start) })
	out := ical.NewCalendar()
	out.Props = read.Props
	for _, in := range found {
		out.Children = append(out.Children, in.component(o))
	}
	var b bytes.Buffer
	err = ical.NewEncoder(&b).Encode(out)
	return b.String(), err
}

// component writes an instance: what its event says, at the instance's time.
func (in instance) component(o calendar.Object) *ical.Component {
	e := ical.NewComponent(ical.CompEvent)
	for name, props := range in.event.Props {
		switch name {
		case ical.PropRecurrenceRule, ical.PropExceptionDates, ical.PropDuration:
		default:
			e.Props[name] = props
		}
	}
	e.Children = in.event.Children
	write := func(name string, at int64, s calendar.Schedule) {
		p := ical.NewProp(name)
		if t := time.Unix(at, 0); s.WholeDay {
			p.SetDate(t.In(zoneOf(s)))
		} else {
			p.SetDateTime(t.UTC())
		}
		e.Props.Set(p)
	}
	write(ical.PropDateTimeStart, in.start, in.of)
	write(ical.PropDateTimeEnd, in.end, in.of)
	if o.Repeat.On {
		write(ical.PropRecurrenceID, in.original, o.Schedule)
	}
	return e
}
