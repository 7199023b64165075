package meeting

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/message"
	"qiwei/internal/store"
)

// The kinds of meeting_change that a meeting without sound and pictures makes happen, and the pages of each.
const (
	modified          = "modify_meeting"
	cancelled         = "cancel_meeting"
	begun             = "meeting_start"
	over              = "meeting_end"
	mutedAll          = "meeting_mute_all"
	unmutedAll        = "meeting_unmute_all"
	joined            = "join_meeting"
	left              = "quit_meeting"
	joinedBeforeHost  = "join_meeting_before_host"
	joinedWaitingRoom = "join_waiting_room"
	leftWaitingRoom   = "quit_waiting_room"
	letIn             = "join_from_meeting_room"
	movedOut          = "move_to_waiting_room"
	sharedScreen      = "open_screen_share"
	unsharedScreen    = "close_screen_share"
	gotRole           = "role_change"
	enrolled          = "enroll"
	unenrolled        = "cancel_enroll"
)

var pages = map[string]int{
	modified: 99081, cancelled: 99082, begun: 98333, over: 98337, mutedAll: 98341, unmutedAll: 98345, joined: 98348, left: 98352, joinedBeforeHost: 98353,
	joinedWaitingRoom: 98354, leftWaitingRoom: 98355, letIn: 98393, movedOut: 98394, sharedScreen: 98395, unsharedScreen: 98396, gotRole: 98397, enrolled: 98781, unenrolled: 98782,
}

const change = "meeting_change"

type kinds map[string]*event.Kind[Happened]

func declare(l *event.Log) kinds {
	out := kinds{}
	for name, doc := range pages {
		out[name] = event.Declare(l, event.Declaration{
			Name: change + "/" + name, Doc: doc, CorpForm: true, Identity: []string{"ChangeType", "MeetingId", "FromUserTmpOpenId"},
		}, func() Happened {
			h := Happened{Kind: name, By: "zhangsan", MeetingID: "hySAMPLESAMPLESAMPLESAMPLESAMPLE"}
			switch name {
			case modified, cancelled:
				return h
			case leftWaitingRoom, letIn, movedOut, gotRole:
				h.Of = &Operated{UserID: "lisi", OpenID: "msSAMPLE", Role: int64(cohost)}
			case enrolled, unenrolled:
				h.EnrollID = "meSAMPLE"
			}
			h.OpenID = "msSAMPLESAMPLE"
			return h
		})
	}
	return out
}

// Happened is a change of a meeting or in one. The application that made the meeting is told.
type Happened struct {
	Kind      string
	App       int64     // our number
	By        id.UserID // empty for somebody outside, and for the application itself
	OpenID    string    // of who did it; empty for the application itself
	Of        *Operated
	MeetingID string
	EnrollID  string
}

// Operated is to whom it happened.
type Operated struct {
	UserID id.UserID
	OpenID string
	Role   int64 // the new one
}

// Subject names the meeting.
func (h Happened) Subject() string { return h.MeetingID }

// Receiver is the application that made the meeting. A third-party application is told at its command URL, in the form
// of a corp's application (doc 97451).
func (h Happened) Receiver() event.Receiver { return event.Receiver{App: h.App, Command: true} }

// Push writes the event. Providers' applications are told of what their pages have: that a meeting was changed or
// cancelled (docs 97451, 97459).
func (h Happened) Push(_ *store.Tx, to event.Audience) ([]event.Push, error) {
	p := event.Push{Event: change, From: h.By}
	p.Fields.Text("ChangeType", h.Kind)
	p.Fields.Text("MeetingId", h.MeetingID)
	if h.Kind == modified || h.Kind == cancelled {
		return []event.Push{p}, nil
	}
	if to.Kind.Installed() {
		return nil, nil
	}
	p.Nobody = h.By == "" && h.OpenID != ""
	p.Sender.Text("FromUserTmpOpenId", h.OpenID)
	if h.Of != nil {
		var of event.Fields
		of.User("UserId", h.Of.UserID)
		of.Text("TmpOpenId", h.Of.OpenID)
		if h.Kind == gotRole {
			of.Int("UserRole", h.Of.Role)
		}
		p.Sender.Group("OperatedUser", of)
	}
	if h.EnrollID != "" {
		p.Fields.Text("EnrollId", h.EnrollID)
	}
	return []event.Push{p}, nil
}

// tell records what happened in a meeting. A member's own meeting concerns no application. by is empty where the
// application does it.
func (s *Service) tell(ctx context.Context, tx *store.Tx, m Meeting, kind string, by Person, of *Person) error {
	return s.tellOf(ctx, tx, m, kind, by, of, "")
}

func (s *Service) tellOf(ctx context.Context, tx *store.Tx, m Meeting, kind string, by Person, of *Person, enrolment string) error {
	if m.App == 0 {
		return nil
	}
	h := Happened{Kind: kind, App: m.App, By: by.UserID, OpenID: by.OpenID, MeetingID: m.ID, EnrollID: enrolment}
	if of != nil {
		h.Of = &Operated{UserID: of.UserID, OpenID: of.OpenID, Role: int64(m.role(*of))}
	}
	who := access.System(m.CorpID)
	if by.UserID != "" {
		who = access.MemberOf(m.CorpID, by.UserID)
	}
	return s.kinds[kind].Record(ctx, tx, who, h)
}

// tellChanged records that a member or an administrator has changed or cancelled a meeting. What an application does
// by the API is told to nobody (docs 99081, 99082).
func (s *Service) tellChanged(ctx context.Context, tx *store.Tx, by access.Caller, kind string, m Meeting) error {
	if m.App == 0 || by.Kind != access.Member && by.Kind != access.Admin {
		return nil
	}
	return s.kinds[kind].Record(ctx, tx, by, Happened{Kind: kind, App: m.App, By: by.UserID, MeetingID: m.ID})
}

// Started is a member who has begun a meeting (doc 99648).
type Started struct {
	By        id.UserID
	MeetingID string

	people *directory.Service
}

func declareStarted(l *event.Log) *event.Kind[Started] {
	return event.Declare(l, event.Declaration{
		Name: "meeting_statistics/start_meeting", Doc: 99648, Callbacks: []string{"event/meeting_statistics"}, Identity: []string{"ChangeType"},
		Receivers: event.Receivers{access.SelfBuilt: event.Visible, access.Meeting: event.Full},
		Only:      func(to access.Caller) bool { return to.Kind == access.Meeting || to.MayCallOf(access.Meeting) },
	}, func() Started { return Started{By: "zhangsan", MeetingID: "hySAMPLE"} })
}

// Subject names the meeting.
func (e Started) Subject() string { return e.MeetingID }

// Push writes the event. No enterprise here has a limit of meetings at a time, so that none fails to begin.
func (e Started) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	if to.Form == event.Visible && e.people != nil { // a sample has nobody to look for
		seen, err := e.people.Named(tx, to.Caller.Within(to.Range), []string{string(e.By)})
		if err != nil || len(seen) == 0 {
			return nil, err
		}
	}
	p := event.Push{Event: "meeting_statistics", From: e.By}
	p.Fields.Text("ChangeType", "start_meeting")
	p.Fields.Int("Status", 1)
	return []event.Push{p}, nil
}

// notify sends members a message about a meeting, by WeCom's own 会议 or by the application that made it where the corp
// has none. That it reaches nobody is no error: nobody has asked for it.
func (s *Service) notify(ctx context.Context, tx *store.Tx, m Meeting, to []id.UserID, words string) error {
	if len(to) == 0 {
		return nil
	}
	a, err := s.sender(tx, m)
	if errors.Is(err, app.ErrNotFound) || err == nil && a.Disabled {
		return nil
	}
	if err != nil {
		return err
	}
	by, err := s.deps.Apps.Caller(tx, a)
	if err != nil {
		return err
	}
	by.Level = access.InRange
	for some := range slices.Chunk(to, sentAtOnce) {
		err = tx.Try(func() error {
			_, err := s.deps.Messages.Send(ctx, tx, by, message.Text(some, m.describe(words)))
			return err
		})
		if err != nil && !errors.Is(err, message.ErrAllInvalid) {
			return err
		}
	}
	return nil
}

// sentAtOnce is how many members one message may go to (doc 90236).
const sentAtOnce = 1000

func (s *Service) sender(tx *store.Tx, m Meeting) (app.App, error) {
	apps, err := s.deps.Apps.Apps(tx, m.CorpID)
	if err != nil {
		return app.App{}, err
	}
	for _, a := range apps {
		if a.Kind == access.Meeting && !a.Disabled {
			return a, nil
		}
	}
	if m.App == 0 {
		return app.App{}, app.ErrNotFound
	}
	return s.deps.Apps.AppNo(tx, m.App)
}

// describe writes a meeting for people.
func (m Meeting) describe(words string) string {
	from, to := time.Unix(m.Start, 0).In(china), time.Unix(m.Start+m.Length, 0).In(china)
	lines := []string{words, m.Title, "时间：" + from.Format("2006-01-02 15:04") + " - " + to.Format("15:04"), "会议号：" + m.Code}
	if m.Location != "" {
		lines = append(lines, "地点："+m.Location)
	}
	return strings.Join(lines, "\n")
}
