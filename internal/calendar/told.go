package calendar

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/message"
	"qiwei/internal/store"
)

// The kinds of event (doc 93651). What an application does by the API is told to nobody.
const (
	calendarModified  = "modify_calendar"
	calendarDeleted   = "delete_calendar"
	scheduleModified  = "modify_schedule"
	scheduleDeleted   = "delete_schedule"
	scheduleResponded = "respond_schedule"
)

type kinds map[string]*event.Kind[Happened]

func (s *Service) declare(l *event.Log) kinds {
	out := kinds{}
	for name, doc := range map[string]int{calendarModified: 97730, calendarDeleted: 97728, scheduleModified: 97731, scheduleDeleted: 97732, scheduleResponded: 98111} {
		out[name] = event.Declare(l, event.Declaration{Name: name, Doc: doc, CorpForm: true, Identity: []string{"CalId", "ScheduleId"}}, func() Happened {
			h := Happened{Event: name, By: "zhangsan", CalID: "wcSAMPLESAMPLESAMPLESAMPLESAMAAA"}
			if name != calendarModified && name != calendarDeleted {
				h.ScheduleID = "0123456789abcdef0123456789abcAAA"
			}
			return h
		})
	}
	return out
}

// Happened is what a member did to a calendar or a schedule of an application, which is told of it.
type Happened struct {
	Event      string
	App        int64 // our number
	By         id.UserID
	CalID      string
	ScheduleID string `json:",omitempty"`
}

// Subject names what it happened to.
func (h Happened) Subject() string {
	if h.ScheduleID != "" {
		return h.ScheduleID
	}
	return h.CalID
}

// Receiver is the application that made the calendar. A third-party application is told at its command URL,
// in the form of a corp's application (docs 97806 to 97810).
func (h Happened) Receiver() event.Receiver {
	return event.Receiver{App: h.App, Command: true}
}

// Push writes the event.
func (h Happened) Push(*store.Tx, event.Audience) ([]event.Push, error) {
	var f event.Fields
	f.Text("CalId", h.CalID)
	if h.ScheduleID != "" {
		f.Text("ScheduleId", h.ScheduleID)
	}
	return []event.Push{{Event: h.Event, From: h.By, Fields: f}}, nil
}

// happened records what a member did. A calendar of the member's own concerns no application.
func (s *Service) happened(ctx context.Context, tx *store.Tx, by access.Caller, name string, app int64, calID, scheduleID string) error {
	if app == 0 {
		return nil
	}
	return s.kinds[name].Record(ctx, tx, by, Happened{Event: name, App: app, By: by.UserID, CalID: calID, ScheduleID: scheduleID})
}

// sender returns the application by which members are told: WeCom's own 日程 where the corp has it, otherwise
// the one that made the calendar. found is false if nobody can tell them.
func (s *Service) sender(tx *store.Tx, corpID string, owner int64) (by access.Caller, found bool, err error) {
	no, err := store.RecallTable(tx, "app", "calendar sender "+corpID, func(int64) int { return 8 }, func() (int64, error) {
		apps, err := s.deps.Apps.Apps(tx, corpID)
		for _, a := range apps {
			if a.Kind == access.Calendar && !a.Disabled {
				return a.No, err
			}
		}
		return 0, err
	})
	if err != nil {
		return by, false, err
	}
	if no == 0 {
		no = owner
	}
	if no == 0 {
		return by, false, nil
	}
	a, err := s.deps.Apps.AppNo(tx, no)
	if errors.Is(err, app.ErrNotFound) || err == nil && a.Disabled {
		return by, false, nil
	}
	if err != nil {
		return by, false, err
	}
	by, err = s.deps.Apps.Caller(tx, a)
	by.Level = access.InRange
	return by, err == nil, err
}

// say sends a message to members. That it reaches none of them is no error: nobody has asked for it.
func (s *Service) say(ctx context.Context, tx *store.Tx, corpID string, owner int64, to []id.UserID, text string) error {
	if len(to) == 0 {
		return nil
	}
	by, found, err := s.sender(tx, corpID, owner)
	if err != nil || !found {
		return err
	}
	err = tx.Try(func() error {
		_, err := s.deps.Messages.Send(ctx, tx, by, message.Text(to, text))
		return err
	})
	if errors.Is(err, message.ErrAllInvalid) {
		return nil
	}
	return err
}

// tellShared tells those who see a calendar what the application did to it (doc 93624).
func (s *Service) tellShared(ctx context.Context, tx *store.Tx, c Calendar, words string) error {
	var to []id.UserID
	for _, p := range c.Shares {
		to = append(to, p.UserID)
	}
	return s.say(ctx, tx, c.CorpID, c.App, to, words+"：“"+c.Summary+"”")
}

// tellAttendees tells members of a schedule.
func (s *Service) tellAttendees(ctx context.Context, tx *store.Tx, sch Schedule, who []Attendee, words string) error {
	return s.say(ctx, tx, sch.CorpID, sch.App, userIDs(who), sch.describe(words, sch.Start, sch.End))
}

func userIDs(who []Attendee) (out []id.UserID) {
	for _, a := range who {
		out = append(out, a.UserID)
	}
	return out
}

// tellChange tells those who take part now of the change, and those who no longer do that they are out.
func (s *Service) tellChange(ctx context.Context, tx *store.Tx, old, next Schedule) error {
	var gone, added, stayed []Attendee
	takes := func(list []Attendee, who Attendee) bool {
		return slices.ContainsFunc(list, func(a Attendee) bool { return a.UserID.Equal(who.UserID) })
	}
	for _, a := range old.Attendees {
		if !takes(next.Attendees, a) {
			gone = append(gone, a)
		}
	}
	for _, a := range next.Attendees {
		if takes(old.Attendees, a) {
			stayed = append(stayed, a)
		} else {
			added = append(added, a)
		}
	}
	return errors.Join(s.tellAttendees(ctx, tx, old, gone, "已被移出日程"), s.tellAttendees(ctx, tx, next, added, "新日程"), s.tellAttendees(ctx, tx, next, stayed, "日程有变更"))
}

// describe writes a schedule for people.
func (s Schedule) describe(words string, start, end int64) string {
	zone := s.location()
	from, to := time.Unix(start, 0).In(zone), time.Unix(end, 0).In(zone)
	when := from.Format("2006-01-02 15:04") + " - " + to.Format("15:04")
	switch {
	case s.WholeDay:
		when = from.Format("2006-01-02") + " 全天"
	case from.Format(time.DateOnly) != to.Format(time.DateOnly):
		when = from.Format("2006-01-02 15:04") + " - " + to.Format("2006-01-02 15:04")
	}
	text := fmt.Sprintf("%s\n%s\n时间：%s", words, s.Summary, when)
	if s.Location != "" {
		text += "\n地点：" + s.Location
	}
	return text
}
