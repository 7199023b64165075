package caldav

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-ical"

	"qiwei/internal/calendar"
)

const product = "-//qiwei//calendar//ZH"

func lastModified(o calendar.Object) time.Time { return time.UnixMilli(o.ChangedAt).UTC() }

// text writes an object as the member sees it.
func (s *Service) text(v visitor, one collection, o calendar.Object) string {
	if written := o.Written(); written != "" && !one.Busy {
		return written
	}
	out := ical.NewCalendar()
	out.Props.SetText(ical.PropProductID, product)
	out.Props.SetText(ical.PropVersion, "2.0")
	zones := map[string]*time.Location{}
	main := event(v, one, o, o.Schedule, zones)
	out.Children = append(out.Children, main)
	for _, c := range o.Instead {
		e := event(v, one, o, c, zones)
		moment(e, ical.PropRecurrenceID, o.Schedule, c.InsteadOf, zones)
		out.Children = append(out.Children, e)
	}
	var defined []*ical.Component
	for _, name := range sortedKeys(zones) {
		defined = append(defined, timezone(zones[name], o.Start))
	}
	out.Children = append(defined, out.Children...)
	var b bytes.Buffer
	if err := ical.NewEncoder(&b).Encode(out); err != nil {
		s.deps.Log.Error("caldav: encode", "schedule", o.ID, "err", err)
	}
	return b.String()
}

func sortedKeys[T any](m map[string]T) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// zoneOf returns the zone in which a schedule's times are written, UTC if it does not matter.
func zoneOf(s calendar.Schedule) *time.Location {
	name := s.Zone
	if name == "" {
		switch {
		case s.Offset == calendar.DefaultOffset:
			name = "Asia/Shanghai"
		case !s.Repeat.On || s.Offset == 0:
			return time.UTC
		default:
			name = fmt.Sprintf("Etc/GMT%+d", -s.Offset) // its signs are the other way round
		}
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

// moment writes a time of a schedule, and notes the zone that it needs.
func moment(c *ical.Component, name string, s calendar.Schedule, at int64, zones map[string]*time.Location) {
	p := ical.NewProp(name)
	zone := zoneOf(s)
	if t := time.Unix(at, 0).In(zone); s.WholeDay {
		p.SetDate(t)
	} else {
		p.SetDateTime(t)
		if zone != time.UTC {
			zones[zone.String()] = zone
		}
	}
	c.Props.Add(p)
}

func event(v visitor, one collection, o calendar.Object, s calendar.Schedule, zones map[string]*time.Location) *ical.Component {
	e := ical.NewComponent(ical.CompEvent)
	e.Props.SetText(ical.PropUID, o.ObjectUID())
	e.Props.SetDateTime(ical.PropDateTimeStamp, time.UnixMilli(s.ChangedAt).UTC())
	e.Props.SetDateTime(ical.PropCreated, time.UnixMilli(s.CreatedAt).UTC())
	e.Props.SetDateTime(ical.PropLastModified, time.UnixMilli(s.ChangedAt).UTC())
	moment(e, ical.PropDateTimeStart, s, s.Start, zones)
	moment(e, ical.PropDateTimeEnd, s, s.End, zones)
	if s.Repeat.On {
		p := ical.NewProp(ical.PropRecurrenceRule)
		p.Value = rule(s)
		e.Props.Set(p)
		for _, at := range s.Repeat.Excluded {
			if !slices.ContainsFunc(o.Instead, func(c calendar.Schedule) bool { return c.InsteadOf == at }) {
				moment(e, ical.PropExceptionDates, s, at, zones)
			}
		}
	}
	if one.Busy {
		e.Props.SetText(ical.PropSummary, calendar.BusySummary)
		e.Props.SetText(ical.PropClass, "PRIVATE")
		return e
	}
	for name, text := range map[string]string{ical.PropSummary: s.Summary, ical.PropDescription: s.Description, ical.PropLocation: s.Location} {
		if text != "" {
			e.Props.SetText(name, text)
		}
	}
	people(e, v, s)
	if s.Remind {
		for _, d := range s.Diffs {
			alarm := ical.NewComponent(ical.CompAlarm)
			alarm.Props.SetText(ical.PropAction, "DISPLAY")
			alarm.Props.SetText(ical.PropDescription, s.Summary)
			trigger := ical.NewProp(ical.PropTrigger)
			trigger.Value = duration(d)
			alarm.Props.Set(trigger)
			e.Children = append(e.Children, alarm)
		}
	}
	return e
}

func duration(seconds int64) string {
	if seconds < 0 {
		return "-PT" + strconv.FormatInt(-seconds, 10) + "S"
	}
	return "PT" + strconv.FormatInt(seconds, 10) + "S"
}

// partstat are the answers as iCalendar has them.
var partstat = map[calendar.Answer]string{
	calendar.Unanswered: "NEEDS-ACTION", calendar.Tentative: "TENTATIVE", calendar.Accepted: "ACCEPTED", calendar.AcceptedOnce: "ACCEPTED", calendar.Declined: "DECLINED",
}

// people writes who takes part, and who has invited them: the member who made the schedule, or the
// application, which has no address of its own.
func people(e *ical.Component, v visitor, s calendar.Schedule) {
	if len(s.Attendees) == 0 {
		return
	}
	organizer := ical.NewProp(ical.PropOrganizer)
	organizer.Value = "mailto:" + s.CalendarID + "@" + v.corpID
	if s.Creator != "" {
		organizer.Value = address(v.corpID, s.Creator)
	}
	e.Props.Set(organizer)
	for _, a := range s.Attendees {
		p := ical.NewProp(ical.PropAttendee)
		p.Params.Set("CN", string(a.UserID))
		p.Params.Set("PARTSTAT", partstat[a.Answer])
		p.Params.Set("ROLE", "REQ-PARTICIPANT")
		p.Value = address(v.corpID, a.UserID)
		e.Props.Add(p)
	}
}

var weekdays = []string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}

// rule writes how a schedule repeats.
func rule(s calendar.Schedule) string {
	r := s.Repeat
	parts := []string{"FREQ=" + map[calendar.RepeatType]string{calendar.Daily: "DAILY", calendar.Weekly: "WEEKLY", calendar.Monthly: "MONTHLY", calendar.Yearly: "YEARLY", calendar.Workday: "WEEKLY"}[r.Type]}
	if r.Custom && r.Interval > 1 && r.Type != calendar.Workday {
		parts = append(parts, "INTERVAL="+strconv.FormatInt(r.Interval, 10))
	}
	var days []string
	switch {
	case r.Type == calendar.Workday:
		days = weekdays[:5]
	case r.Type == calendar.Weekly && r.Custom:
		for _, d := range r.Weekdays {
			days = append(days, weekdays[d-1])
		}
	}
	if len(days) > 0 {
		parts = append(parts, "BYDAY="+strings.Join(days, ","))
	}
	if r.Type == calendar.Monthly && r.Custom && len(r.Days) > 0 {
		var on []string
		for _, d := range r.Days {
			on = append(on, strconv.FormatInt(d, 10))
		}
		parts = append(parts, "BYMONTHDAY="+strings.Join(on, ","))
	}
	if r.Until != 0 {
		form := "20060102T150405Z"
		at := time.Unix(r.Until, 0).UTC()
		if s.WholeDay {
			form, at = "20060102", at.In(zoneOf(s))
		}
		parts = append(parts, "UNTIL="+at.Format(form))
	}
	return strings.Join(parts, ";")
}

// yearsDefined is for how many years after a schedule's start its zone is defined.
const yearsDefined = 10

// timezone defines a zone by each change of its clocks in those years.
func timezone(zone *time.Location, start int64) *ical.Component {
	out := ical.NewComponent(ical.CompTimezone)
	out.Props.SetText(ical.PropTimezoneID, zone.String())
	at := time.Unix(start, 0).In(zone).AddDate(-1, 0, 0)
	end := at.AddDate(yearsDefined+1, 0, 0)
	add := func(from time.Time, before, after int, name string, dst bool) {
		kind := ical.CompTimezoneStandard
		if dst {
			kind = ical.CompTimezoneDaylight
		}
		c := ical.NewComponent(kind)
		begin := ical.NewProp(ical.PropDateTimeStart)
		begin.Value = from.In(time.FixedZone("", before)).Format("20060102T150405")
		c.Props.Set(begin)
		for prop, value := range map[string]string{ical.PropTimezoneOffsetFrom: offset(before), ical.PropTimezoneOffsetTo: offset(after), ical.PropTimezoneName: name} {
			p := ical.NewProp(prop)
			p.Value = value
			c.Props.Set(p)
		}
		out.Children = append(out.Children, c)
	}
	name, off := at.Zone()
	add(at, off, off, name, at.IsDST())
	for at.Before(end) {
		_, next := at.ZoneBounds()
		switch {
		case next.IsZero(), next.After(end):
			return out
		case !next.After(at): // at the end of some years Go's bounds stand still
			at = at.Add(24 * time.Hour)
			continue
		}
		name, after := next.Zone()
		if after != off {
			add(next, off, after, name, next.IsDST())
		}
		at, off = next, after
	}
	return out
}

func offset(seconds int) string {
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	return fmt.Sprintf("%s%02d%02d", sign, seconds/3600, seconds/60%60)
}
