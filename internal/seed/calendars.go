package seed

import (
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/calendar"
	"qiwei/internal/id"
	"qiwei/internal/meetingroom"
)

// MeetingRoom is a meeting room.
type MeetingRoom struct {
	Name        string      `json:"name"`
	Capacity    int64       `json:"capacity"`
	City        string      `json:"city,omitempty"`
	Building    string      `json:"building,omitempty"`
	Floor       string      `json:"floor,omitempty"`
	Equipment   []int64     `json:"equipment,omitempty"`
	Members     []id.UserID `json:"user_list,omitempty"` // who may book it; everybody if there are neither
	Departments []int64     `json:"department_list,omitempty"`
	Approval    bool        `json:"need_approval,omitempty"`
	Release     int64       `json:"release_after,omitempty"` // minutes
}

// Calendar is a calendar of an application, with its schedules.
type Calendar struct {
	AgentID     int64       `json:"agentid"`
	Summary     string      `json:"summary"`
	Color       string      `json:"color,omitempty"` // "#0082EF" if absent
	Description string      `json:"description,omitempty"`
	Shares      []id.UserID `json:"shares,omitempty"`
	Admins      []id.UserID `json:"admins,omitempty"`
	Departments []int64     `json:"partyids,omitempty"` // of a public calendar
	CorpWide    bool        `json:"is_corp_calendar,omitempty"`
	Default     bool        `json:"set_as_default,omitempty"`
	Schedules   []Schedule  `json:"schedules,omitempty"`
}

// Schedule is a schedule of a calendar, in China's time.
type Schedule struct {
	Summary     string      `json:"summary"`
	Description string      `json:"description,omitempty"`
	Location    string      `json:"location,omitempty"`
	Day         int64       `json:"day"`               // days after the day on which the file is loaded
	Time        string      `json:"time,omitempty"`    // HH:MM; the whole day if absent
	Minutes     int64       `json:"minutes,omitempty"` // 60 if absent
	Repeat      string      `json:"repeat,omitempty"`  // daily, weekly, monthly, yearly or workdays
	Remind      int64       `json:"remind_before_event_secs,omitempty"`
	Attendees   []id.UserID `json:"attendees,omitempty"`
	Admins      []id.UserID `json:"admins,omitempty"`
	Room        string      `json:"meeting_room,omitempty"` // one of meeting_rooms, by its name
	Booker      id.UserID   `json:"booker,omitempty"`       // the first attendee if absent
}

var repeats = map[string]calendar.RepeatType{"daily": calendar.Daily, "weekly": calendar.Weekly, "monthly": calendar.Monthly, "yearly": calendar.Yearly, "workdays": calendar.Workday}

// calendars come after members, departments and applications. Nobody is told of them.
func (l loader) calendars(e Enterprise) error {
	rooms := map[string]int64{}
	for i, r := range e.MeetingRooms {
		no, err := l.s.MeetingRooms.AddRoom(l.ctx, l.tx, l.by, meetingroom.Room{
			Name: r.Name, Capacity: r.Capacity, City: r.City, Building: r.Building, Floor: r.Floor, Equipment: r.Equipment, Users: r.Members, Parties: r.Departments, Approval: r.Approval, ReleaseAfter: r.Release,
		})
		if err != nil {
			return fmt.Errorf("meeting_rooms[%d] (%s): %w", i, r.Name, err)
		}
		rooms[r.Name] = no
	}
	for i, c := range e.Calendars {
		if err := l.calendar(c, rooms); err != nil {
			return fmt.Errorf("calendars[%d] (%s): %w", i, c.Summary, err)
		}
	}
	return nil
}

func (l loader) calendar(c Calendar, rooms map[string]int64) error {
	a, err := l.s.Apps.App(l.tx, l.by.CorpID, c.AgentID)
	if err != nil {
		return err
	}
	by, err := l.s.Apps.Caller(l.tx, a)
	if err != nil {
		return err
	}
	by.Level = access.InRange
	w := calendar.Wish{Admins: c.Admins, Quiet: true}
	w.Summary, w.Color, w.Description, w.Parties, w.CorpWide, w.Default = c.Summary, c.Color, c.Description, c.Departments, c.CorpWide, c.Default
	if w.Color == "" {
		w.Color = "#0082EF"
	}
	w.Public = len(c.Departments) > 0
	for _, u := range c.Shares {
		w.Shares = append(w.Shares, calendar.Share{UserID: u, Permission: calendar.SeesAll})
	}
	calID, bad, err := l.s.Calendars.CreateCalendar(l.ctx, l.tx, by, w)
	if err == nil && len(bad) > 0 {
		err = fmt.Errorf("shares: %s: %w", bad[0].UserID, bad[0].Err)
	}
	if err != nil {
		return err
	}
	for i, s := range c.Schedules {
		if err := l.schedule(by, calID, s, rooms); err != nil {
			return fmt.Errorf("schedules[%d] (%s): %w", i, s.Summary, err)
		}
	}
	return nil
}

func (l loader) schedule(by access.Caller, calID string, s Schedule, rooms map[string]int64) error {
	d := calendar.Draft{Admins: s.Admins, Quiet: true}
	d.CalendarID, d.Summary, d.Description, d.Location, d.Offset = calID, s.Summary, s.Description, s.Location, calendar.DefaultOffset
	china := time.FixedZone("", calendar.DefaultOffset*3600)
	today := l.tx.Now().In(china)
	begin := time.Date(today.Year(), today.Month(), today.Day()+int(s.Day), 0, 0, 0, 0, china)
	length := 24 * time.Hour
	if d.WholeDay = s.Time == ""; !d.WholeDay {
		clock, err := time.Parse("15:04", s.Time)
		if err != nil {
			return fmt.Errorf("time: %q; HH:MM expected", s.Time)
		}
		begin = begin.Add(time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute)
		if length = time.Hour; s.Minutes > 0 {
			length = time.Duration(s.Minutes) * time.Minute
		}
	}
	d.Start, d.End = begin.Unix(), begin.Add(length).Unix()
	if s.Repeat != "" {
		typ, ok := repeats[s.Repeat]
		if !ok {
			return fmt.Errorf("repeat: %q; daily, weekly, monthly, yearly or workdays expected", s.Repeat)
		}
		d.Repeat = calendar.Repeat{On: true, Type: typ}
	}
	if s.Remind > 0 {
		d.Remind, d.Diffs = true, []int64{-s.Remind}
	}
	for _, u := range s.Attendees {
		d.Attendees = append(d.Attendees, calendar.Attendee{UserID: u})
	}
	made, err := l.s.Calendars.CreateSchedule(l.ctx, l.tx, by, d)
	if err != nil || s.Room == "" {
		return err
	}
	room, ok := rooms[s.Room]
	if !ok {
		return fmt.Errorf("meeting_room: %q; one of meeting_rooms expected", s.Room)
	}
	booker := s.Booker
	if booker == "" && len(s.Attendees) > 0 {
		booker = s.Attendees[0]
	}
	_, _, err = l.s.MeetingRooms.BookSchedule(l.ctx, l.tx, by, room, made.ID, booker)
	return err
}
