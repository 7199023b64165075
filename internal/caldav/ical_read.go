package caldav

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-ical"

	"qiwei/internal/calendar"
	"qiwei/internal/id"
)

// Limits of texts, which the API's pages set; what is beyond them only the program that wrote it sees.
const (
	longTitle = 128 // characters
	longText  = 1000
)

// What one object may hold.
const (
	maxEvents   = 1000 // those in place of single repetitions too
	maxExcluded = 1000
	maxPeople   = 1000 // addresses, in all its events
	maxZones    = 50
	maxZoneName = 255 // bytes
)

func invalid(text string) error {
	return refusal{http.StatusForbidden, cal("valid-calendar-object-resource", ""), text}
}

// reader reads what a program has written.
type reader struct {
	cal *ical.Calendar
	// member returns the member behind an address, empty for a stranger.
	member func(address string) (id.UserID, error)
	people map[string]id.UserID // who was asked for
	zones  map[string]zone
}

// read returns the object in a text.
func (r *reader) read(text string) (d calendar.ObjectDraft, err error) {
	r.people, r.zones = map[string]id.UserID{}, map[string]zone{}
	dec := ical.NewDecoder(strings.NewReader(text))
	if r.cal, err = dec.Decode(); err != nil {
		return d, refusal{http.StatusForbidden, cal("valid-calendar-data", ""), "the body is not iCalendar: " + err.Error()}
	}
	var events []*ical.Component
	for _, c := range r.cal.Children {
		switch c.Name {
		case ical.CompEvent:
			events = append(events, c)
		case ical.CompTimezone:
		default:
			return d, refusal{http.StatusForbidden, cal("supported-calendar-component", ""), c.Name + ": a VEVENT expected"}
		}
	}
	if len(events) > maxEvents {
		return d, invalid("VEVENT: at most 1000 expected")
	}
	if r.cal.Props.Get(ical.PropMethod) != nil {
		return d, invalid("an object without METHOD expected")
	}
	d.Source = text
	seen := false
	for _, e := range events {
		uid, err := e.Props.Text(ical.PropUID)
		if err != nil || uid == "" || len(uid) > 255 || d.UID != "" && uid != d.UID {
			return d, invalid("one UID of at most 255 bytes expected, the same in all events")
		}
		d.UID = uid
		s, err := r.event(e)
		if err != nil {
			return d, err
		}
		instead := e.Props.Get(ical.PropRecurrenceID)
		if instead == nil {
			if seen {
				return d, invalid("one event without RECURRENCE-ID expected")
			}
			seen, d.Draft = true, s
			continue
		}
		at, _, err := r.time(instead)
		if err != nil {
			return d, err
		}
		s.InsteadOf, s.Repeat = at.Unix(), calendar.Repeat{}
		d.Instead = append(d.Instead, s)
	}
	if !seen {
		return d, invalid("an event without RECURRENCE-ID expected")
	}
	if len(d.Instead) > 0 && !d.Repeat.On {
		return d, invalid("RECURRENCE-ID: the event does not repeat")
	}
	return d, nil
}

// event reads one event.
func (r *reader) event(e *ical.Component) (d calendar.Draft, err error) {
	start := e.Props.Get(ical.PropDateTimeStart)
	if start == nil {
		return d, invalid("DTSTART expected")
	}
	begin, zone, err := r.time(start)
	if err != nil {
		return d, err
	}
	d.Start, d.Zone, d.Offset = begin.Unix(), zone.name, zone.hours
	d.WholeDay = start.ValueType() == ical.ValueDate || len(start.Value) == 8
	if err := r.end(e, begin, &d); err != nil {
		return d, err
	}
	for to, from := range map[*string]string{&d.Summary: ical.PropSummary, &d.Description: ical.PropDescription, &d.Location: ical.PropLocation} {
		if *to, err = e.Props.Text(from); err != nil {
			return d, invalid(from + ": a text expected")
		}
		most := longTitle
		if from == ical.PropDescription {
			most = longText
		}
		*to = cut(*to, most)
	}
	if err := r.attendees(e, &d); err != nil {
		return d, err
	}
	alarms(e, &d)
	return d, r.repeat(e, begin, &d)
}

func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}

// end reads when the event ends.
func (r *reader) end(e *ical.Component, begin time.Time, d *calendar.Draft) error {
	switch end, length := e.Props.Get(ical.PropDateTimeEnd), e.Props.Get(ical.PropDuration); {
	case end != nil:
		at, _, err := r.time(end)
		if err != nil {
			return err
		}
		d.End = at.Unix()
	case length != nil:
		n, err := length.Duration()
		if err != nil {
			return invalid("DURATION: a duration expected")
		}
		d.End = d.Start + int64(n/time.Second)
	case d.WholeDay:
		d.End = begin.AddDate(0, 0, 1).Unix()
	default:
		d.End = d.Start
	}
	if d.End < d.Start {
		return invalid("DTEND: not before DTSTART")
	}
	return nil
}

// zone is what a time is written in: a zone that we know by its name, or hours from UTC.
type zone struct {
	*time.Location
	name  string
	hours int64
}

// time reads a time. One without a zone, and a day, is China's.
func (r *reader) time(p *ical.Prop) (at time.Time, z zone, err error) {
	z = zone{time.FixedZone("", calendar.DefaultOffset*3600), "", calendar.DefaultOffset}
	if tzid := p.Params.Get(ical.PropTimezoneID); tzid != "" {
		var known bool
		if z, known = r.zones[tzid]; !known {
			if len(r.zones) == maxZones || len(tzid) > maxZoneName {
				return at, z, invalid("TZID: at most 50 zones, with names of at most 255 bytes, expected")
			}
			z = r.zone(tzid)
			r.zones[tzid] = z
		}
	}
	value := p.Value
	form := "20060102T150405"
	switch {
	case strings.HasSuffix(value, "Z"):
		z, form = zone{time.UTC, "", 0}, form+"Z"
	case len(value) == 8:
		form = "20060102"
	}
	if at, err = time.ParseInLocation(form, value, z.Location); err != nil {
		err = invalid(p.Name + ": a time such as 20310106T090000Z expected")
	}
	return at, z, err
}

// zone returns the zone of a name: the one that the world knows by it, or else the one that the object defines.
func (r *reader) zone(tzid string) zone {
	name := strings.TrimPrefix(tzid, "/")
	for name != "" {
		if loc, err := time.LoadLocation(name); err == nil && name != "Local" {
			return zone{loc, name, 0}
		}
		_, name, _ = strings.Cut(name, "/") // a name may follow its registry's
	}
	for _, c := range r.cal.Children {
		if id, _ := c.Props.Text(ical.PropTimezoneID); c.Name != ical.CompTimezone || id != tzid {
			continue
		}
		for _, part := range c.Children {
			if p := part.Props.Get(ical.PropTimezoneOffsetTo); p != nil && part.Name == ical.CompTimezoneStandard && len(p.Value) >= 3 {
				if hours, err := strconv.ParseInt(p.Value[:3], 10, 64); err == nil {
					return zone{time.FixedZone("", int(hours)*3600), "", hours}
				}
			}
		}
	}
	return zone{time.FixedZone("", calendar.DefaultOffset*3600), "", calendar.DefaultOffset}
}

// person is the member behind an address. Each address is looked up once.
func (r *reader) person(address string) (id.UserID, error) {
	user, ok := r.people[address]
	if ok {
		return user, nil
	}
	if len(r.people) == maxPeople {
		return "", invalid("ATTENDEE: at most 1000 expected")
	}
	user, err := r.member(address)
	r.people[address] = user
	return user, err
}

// attendees reads who takes part. Strangers stay in the program's own text only.
func (r *reader) attendees(e *ical.Component, d *calendar.Draft) error {
	list := e.Props.Values(ical.PropAttendee)
	if len(list) > maxPeople {
		return invalid("ATTENDEE: at most 1000 expected")
	}
	for _, p := range list {
		user, err := r.person(p.Value)
		if err != nil {
			return err
		}
		if user == "" || slices.ContainsFunc(d.Attendees, func(a calendar.Attendee) bool { return a.UserID.Equal(user) }) {
			continue
		}
		a := calendar.Attendee{UserID: user}
		for answer, text := range partstat {
			if answer != calendar.AcceptedOnce && strings.EqualFold(p.Params.Get("PARTSTAT"), text) {
				a.Answer = answer
			}
		}
		d.Attendees = append(d.Attendees, a)
	}
	return nil
}

// alarms reads the reminders that the platform knows; the program has its others for itself.
func alarms(e *ical.Component, d *calendar.Draft) {
	for _, c := range e.Children {
		p := c.Props.Get(ical.PropTrigger)
		if c.Name != ical.CompAlarm || p == nil || strings.EqualFold(p.Params.Get("RELATED"), "END") {
			continue
		}
		n, err := p.Duration()
		seconds := int64(n / time.Second)
		if err == nil && slices.Contains([]int64{0, -300, -900, -3600, -86400}, seconds) && !slices.Contains(d.Diffs, seconds) {
			d.Remind, d.Diffs = true, append(d.Diffs, seconds)
		}
	}
}

var errRule = errors.New("rule")

// repeat reads how the event repeats: what the platform's schedules can do.
func (r *reader) repeat(e *ical.Component, begin time.Time, d *calendar.Draft) error {
	if e.Props.Get(ical.PropRecurrenceDates) != nil {
		return invalid("RDATE: repetitions by a rule only")
	}
	p := e.Props.Get(ical.PropRecurrenceRule)
	if p == nil {
		return nil
	}
	if err := readRule(p.Value, begin, d); err != nil {
		return invalid("RRULE: daily, weekly on days, monthly on days of the month, or yearly expected: " + p.Value)
	}
	for _, p := range e.Props.Values(ical.PropExceptionDates) {
		for _, value := range strings.Split(p.Value, ",") {
			one := p
			one.Value = value
			at, _, err := r.time(&one)
			if err != nil {
				return err
			}
			if d.Repeat.Excluded = append(d.Repeat.Excluded, at.Unix()); len(d.Repeat.Excluded) > maxExcluded {
				return invalid("EXDATE: at most 1000 expected")
			}
		}
	}
	slices.Sort(d.Repeat.Excluded)
	d.Repeat.Excluded = slices.Compact(d.Repeat.Excluded)
	return nil
}

func readRule(text string, begin time.Time, d *calendar.Draft) error {
	parts := map[string]string{}
	for _, part := range strings.Split(text, ";") {
		k, v, _ := strings.Cut(strings.ToUpper(part), "=")
		parts[k] = v
	}
	types := map[string]calendar.RepeatType{"DAILY": calendar.Daily, "WEEKLY": calendar.Weekly, "MONTHLY": calendar.Monthly, "YEARLY": calendar.Yearly}
	typ, ok := types[parts["FREQ"]]
	if !ok {
		return errRule
	}
	rep := calendar.Repeat{On: true, Type: typ, Custom: true, Interval: 1}
	count := 0
	var err error
	for k, v := range parts {
		switch k {
		case "FREQ":
		case "INTERVAL":
			if rep.Interval, err = strconv.ParseInt(v, 10, 64); rep.Interval < 1 || rep.Interval > calendar.MaxInterval {
				err = errRule
			}
		case "COUNT":
			count, err = strconv.Atoi(v)
			if count < 1 || count > 10_000 {
				err = errRule
			}
		case "UNTIL":
			rep.Until, err = readUntil(v, begin)
		case "WKST":
			if v != "MO" && parts["INTERVAL"] != "" && parts["INTERVAL"] != "1" && typ == calendar.Weekly {
				err = errRule
			}
		case "BYDAY":
			err = readDays(v, &rep)
		case "BYMONTHDAY":
			err = readMonthDays(v, begin, &rep)
		case "BYMONTH":
			if typ != calendar.Yearly || v != strconv.Itoa(int(begin.Month())) {
				err = errRule
			}
		default:
			err = errRule
		}
		if err != nil {
			return err
		}
	}
	if d.Repeat = rep; count > 0 {
		d.Repeat.Until = d.First(count)
	}
	return nil
}

func readUntil(v string, begin time.Time) (int64, error) {
	for _, form := range []string{"20060102T150405Z", "20060102T150405"} {
		if at, err := time.ParseInLocation(form, v, begin.Location()); err == nil {
			if strings.HasSuffix(form, "Z") {
				at, _ = time.Parse(form, v)
			}
			return at.Unix(), nil
		}
	}
	at, err := time.ParseInLocation("20060102", v, begin.Location())
	return at.AddDate(0, 0, 1).Unix() - 1, err // the whole day
}

func readDays(v string, rep *calendar.Repeat) error {
	for _, day := range strings.Split(v, ",") {
		i := slices.Index(weekdays, day) // one with an ordinal, as the second Monday, is none of them
		if i < 0 {
			return errRule
		}
		rep.Weekdays = append(rep.Weekdays, int64(i)+1)
	}
	slices.Sort(rep.Weekdays)
	switch {
	case rep.Type == calendar.Daily && slices.Equal(rep.Weekdays, []int64{1, 2, 3, 4, 5}) && rep.Interval == 1:
		rep.Type = calendar.Workday
	case rep.Type != calendar.Weekly:
		return errRule
	}
	return nil
}

func readMonthDays(v string, begin time.Time, rep *calendar.Repeat) error {
	for _, day := range strings.Split(v, ",") {
		n, err := strconv.ParseInt(day, 10, 64)
		if err != nil || n < 1 || n > 31 {
			return errRule
		}
		rep.Days = append(rep.Days, n)
	}
	if rep.Type == calendar.Monthly || rep.Type == calendar.Yearly && slices.Equal(rep.Days, []int64{int64(begin.Day())}) {
		return nil
	}
	return errRule
}
