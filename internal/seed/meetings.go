package seed

import (
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/calendar"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/meeting"
	"qiwei/internal/meetingroom"
)

// Meeting is a meeting of an application, or of the member who administers it. One whose time is over was held, and who
// came was there for all of it.
type Meeting struct {
	AgentID     int64       `json:"agentid,omitempty"` // a member's own if absent
	Admin       id.UserID   `json:"admin_userid"`
	Title       string      `json:"title"`
	Description string      `json:"description,omitempty"`
	Location    string      `json:"location,omitempty"`
	Day         int64       `json:"day"`               // days after the day on which the file is loaded; before it where it is negative
	Time        string      `json:"time"`              // HH:MM in China
	Minutes     int64       `json:"minutes,omitempty"` // 60 if absent
	Repeat      string      `json:"repeat,omitempty"`  // daily, weekly, monthly or workdays
	Times       int64       `json:"times,omitempty"`   // how many of them; 7 if absent
	Invitees    []id.UserID `json:"invitees,omitempty"`
	Hosts       []id.UserID `json:"hosts,omitempty"`
	Came        []id.UserID `json:"came,omitempty"` // of one whose time is over
	WaitingRoom bool        `json:"enable_waiting_room,omitempty"`
	Enrol       bool        `json:"enable_enroll,omitempty"`
	Room        string      `json:"meeting_room,omitempty"` // one of meeting_rooms, by its name; only with agentid
}

// meetings come after members, applications and meeting rooms. Nobody is told of them.
func (l loader) meetings(e Enterprise) error {
	for i, v := range e.Meetings {
		if err := l.meeting(v); err != nil {
			return fmt.Errorf("meetings[%d] (%s): %w", i, v.Title, err)
		}
	}
	return nil
}

func (l loader) meeting(v Meeting) error {
	by := access.MemberOf(l.by.CorpID, v.Admin)
	if v.AgentID != 0 {
		a, err := l.s.Apps.App(l.tx, l.by.CorpID, v.AgentID)
		if err != nil {
			return err
		}
		if by, err = l.s.Apps.Caller(l.tx, a); err != nil {
			return err
		}
		by.Level = access.InRange
	}
	at, err := time.Parse("15:04", v.Time)
	if err != nil {
		return fmt.Errorf("time: %q; HH:MM expected", v.Time)
	}
	today := l.tx.Now().In(form.China)
	begin := time.Date(today.Year(), today.Month(), today.Day()+int(v.Day), at.Hour(), at.Minute(), 0, 0, form.China)
	minutes := v.Minutes
	if minutes == 0 {
		minutes = 60
	}
	m := meeting.NewMeeting(v.Title, begin.Unix(), minutes*60, v.Invitees)
	m.Admin, m.Hosts, m.Description, m.Location = v.Admin, v.Hosts, v.Description, v.Location
	m.Settings.WaitingRoom, m.Settings.Enrol, m.Remind = v.WaitingRoom, v.Enrol, []int64{900}
	if v.Repeat != "" {
		typ, ok := repeats[v.Repeat]
		if !ok || typ == calendar.Yearly {
			return fmt.Errorf("repeat: %q; daily, weekly, monthly or workdays expected", v.Repeat)
		}
		m.Repeat = meeting.Repeat{On: true, Type: typ, ByCount: true, Count: v.Times}
	}
	if begin.Add(time.Duration(minutes) * time.Minute).Before(l.tx.Now()) {
		_, err := l.s.Meetings.Recall(l.ctx, l.tx, by, m, v.Came)
		return err
	}
	if m.Start <= l.tx.Now().Unix() { // it would have begun just now
		m.Start = l.tx.Now().Unix() + 60
	}
	if m, err = l.s.Meetings.Reserve(l.ctx, l.tx, by, m); err != nil || v.Room == "" {
		return err
	}
	return l.roomForMeeting(by, v, m)
}

func (l loader) roomForMeeting(by access.Caller, v Meeting, m meeting.Meeting) error {
	room, found, err := l.roomNamed(v.Room)
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("meeting_room: %q; one of meeting_rooms expected", v.Room)
	}
	_, _, err = l.s.MeetingRooms.BookMeeting(l.ctx, l.tx, by, room, m.ID, m.Admin)
	return err
}

func (l loader) roomNamed(name string) (roomID int64, found bool, err error) {
	list, err := l.s.MeetingRooms.Rooms(l.tx, l.by.CorpID, meetingroom.RoomFilter{})
	for _, r := range list {
		if r.Name == name {
			return r.ID, true, err
		}
	}
	return 0, false, err
}
