package meeting

import (
	"regexp"
	"slices"
	"unicode/utf8"

	"qiwei/internal/calendar"
	"qiwei/internal/id"
)

// Meeting is a reserved meeting.
type Meeting struct {
	No         int64
	CorpID     string
	ID         string
	Code       string // the number by which people join
	App        int64  // our number of the application that made it; 0 for a member
	Admin      id.UserID
	Department int64 // the administrator's main one
	Start      int64 // of the first, Unix seconds
	Length     int64 // seconds
	Body
	People
	ScheduleID string
	Cancelled  bool
	Retired    bool // nobody can join again
	CreatedAt  int64
}

// Body is what is kept as JSON.
type Body struct {
	Title       string    `json:"title"`
	Description string    `json:"description,omitempty"`
	Location    string    `json:"location,omitempty"`
	CalendarID  string    `json:"cal_id,omitempty"`
	Settings    Settings  `json:"settings"`
	Repeat      Repeat    `json:"repeat,omitzero"`
	Remind      []int64   `json:"remind,omitempty"` // seconds before the start
	Guests      []Guest   `json:"guests,omitempty"`
	Links       []Link    `json:"links,omitempty"`
	Enrolment   Enrolment `json:"enrolment,omitzero"`
}

// Settings are how people come in and what they may do there. The last ones are set while it is held (doc 98175).
type Settings struct {
	Password       string `json:"password,omitempty"`
	WaitingRoom    bool   `json:"waiting_room,omitempty"`
	BeforeHost     bool   `json:"before_host,omitempty"` // members may come in before a host
	EnterMute      int64  `json:"enter_mute,omitempty"`  // 1 on, 0 off, 2 from the seventh on
	UnmuteSelf     bool   `json:"unmute_self,omitempty"`
	MuteAll        bool   `json:"mute_all,omitempty"`
	External       bool   `json:"external,omitempty"` // people outside may come in
	Watermark      bool   `json:"watermark,omitempty"`
	WatermarkType  int64  `json:"watermark_type,omitempty"`
	AutoRecord     string `json:"auto_record,omitempty"`
	AttendeeRecord bool   `json:"attendee_record,omitempty"`
	HostPause      bool   `json:"host_pause,omitempty"`
	Interpreter    bool   `json:"interpreter,omitempty"`
	Enrol          bool   `json:"enrol,omitempty"`
	HostKeyOn      bool   `json:"host_key_on,omitempty"`
	HostKey        string `json:"host_key,omitempty"`
	RemindScope    int64  `json:"remind_scope,omitempty"`

	Locked      bool  `json:"locked,omitempty"`
	HideCode    bool  `json:"hide_code,omitempty"`
	Chat        int64 `json:"chat,omitempty"`
	ShareScreen bool  `json:"share_screen,omitempty"`
	Bell        bool  `json:"bell,omitempty"`
}

// usual are the settings of a meeting whose request names none (docs 99104 and 98148).
func usual() Settings {
	return Settings{BeforeHost: true, EnterMute: 2, UnmuteSelf: true, External: true, AutoRecord: "none", HostPause: true, RemindScope: 2, ShareScreen: true}
}

// People are the members of a meeting.
type People struct {
	Invitees []id.UserID // the administrator among them
	Hosts    []id.UserID // without the administrator
	Ring     []id.UserID // who are called at the beginning where remind_scope is 4
}

// invites reports whether the member is invited or a host.
func (m Meeting) invites(user id.UserID) bool {
	return m.hosts(user) || slices.ContainsFunc(m.Invitees, user.Equal)
}

// hosts reports whether the member leads the meeting: its administrator does, and its hosts.
func (m Meeting) hosts(user id.UserID) bool {
	return m.Admin.Equal(user) || slices.ContainsFunc(m.Hosts, user.Equal)
}

// Guest is somebody outside who is invited by telephone (doc 98148).
type Guest struct {
	Area  string `json:"area"`
	Phone string `json:"phone"`
	Name  string `json:"name,omitempty"`
}

// Link is an address of the meeting that tells who came by it (doc 98818).
type Link struct {
	Key  string `json:"key"`
	Data string `json:"data"`
}

// Limits of what is set (docs 99104 and 98148, which share the call: the wider of the two holds).
const (
	maxTitle       = 255
	maxDescription = 500
	maxLocation    = 128
	minLength      = 300
	maxLength      = 86399
	maxHosts       = 10
	maxNamed       = 300  // invitees that create and update take
	maxInvitees    = 2000 // that set_invitees takes (doc 98162)
	maxGuestName   = 16
	maxGuests      = 300 // unverified: as many as other people
	maxLinks       = 500 // unverified
	maxLinkData    = 256 // bytes

	// furthest is how far ahead a meeting may be reserved. The pages name no limit.
	furthest = 5 * 366 * 86400
)

var (
	passwordShape = regexp.MustCompile(`^\d{4,6}$`)
	hostKeyShape  = regexp.MustCompile(`^\d{6}$`)
	areaShape     = regexp.MustCompile(`^[1-9]\d{0,3}$`)
	phoneShape    = regexp.MustCompile(`^\d{4,20}$`)
)

func (m Meeting) valid() error {
	switch n := utf8.RuneCountInString(m.Title); {
	case n < 1 || n > maxTitle:
		return ErrTitle.With("title: 1 to %d characters expected, %d given", maxTitle, n)
	case utf8.RuneCountInString(m.Description) > maxDescription:
		return errParameter.With("description: at most %d characters expected", maxDescription)
	case utf8.RuneCountInString(m.Location) > maxLocation:
		return errParameter.With("location: at most %d characters expected", maxLocation)
	case m.Length < minLength || m.Length > maxLength:
		return ErrLength.With("meeting_duration: %d to %d seconds expected, %d given", minLength, maxLength, m.Length)
	}
	if err := m.Settings.valid(); err != nil {
		return err
	}
	return validGuests(m.Guests)
}

func (c Settings) valid() error {
	switch {
	case c.Password != "" && !passwordShape.MatchString(c.Password):
		return ErrPassword.With("settings.password: 4 to 6 digits expected")
	case c.EnterMute < 0 || c.EnterMute > 2:
		return ErrSettings.With("settings.enable_enter_mute: 0, 1 or 2 expected")
	case c.RemindScope < 1 || c.RemindScope > 4:
		return ErrSettings.With("settings.remind_scope: 1 to 4 expected")
	case c.WatermarkType < 0 || c.WatermarkType > 1:
		return ErrSettings.With("settings.watermark_type: 0 or 1 expected")
	case !slices.Contains([]string{"none", "local", "cloud"}, c.AutoRecord):
		return ErrSettings.With("settings.auto_record_type: none, local or cloud expected")
	case c.HostKeyOn && !hostKeyShape.MatchString(c.HostKey):
		return ErrSettings.With("settings.host_key: six digits expected")
	case !c.UnmuteSelf && !c.MuteAll:
		return ErrSettings.With("settings.mute_all: true expected where allow_unmute_self is false")
	case c.Chat < 0 || c.Chat > 2:
		return errParameter.With("allow_chat: 0, 1 or 2 expected")
	}
	return nil
}

func validGuests(list []Guest) error {
	if len(list) > maxGuests {
		return ErrPeople.With("guests: at most %d expected, %d given", maxGuests, len(list))
	}
	for i, g := range list {
		switch {
		case !areaShape.MatchString(g.Area):
			return errParameter.With("guests[%d].area: the country's digits without + or 00 expected, such as 86", i)
		case !phoneShape.MatchString(g.Phone):
			return errParameter.With("guests[%d].phone_number: 4 to 20 digits expected", i)
		case utf8.RuneCountInString(g.Name) > maxGuestName:
			return errParameter.With("guests[%d].guest_name: at most %d characters expected", i, maxGuestName)
		}
	}
	return nil
}

// validStart refuses a beginning that has passed.
func (m Meeting) validStart(now int64) error {
	switch {
	case m.Start <= 0 || m.Start > now+furthest:
		return ErrStart.With("meeting_start: Unix seconds of the next five years expected")
	case m.Start <= now:
		return ErrPast.With("meeting_start: %d expected or later", now+1)
	}
	return nil
}

// schedule is the meeting as the calendar has it.
func (m Meeting) schedule() calendar.Draft {
	var d calendar.Draft
	d.CalendarID, d.Summary, d.Description, d.Location, d.Quiet = m.CalendarID, m.summary(), m.Description, m.Location, true
	d.Start, d.End, d.Offset, d.Repeat = m.Start, m.Start+m.Length, calendar.DefaultOffset, m.Repeat.rhythm()
	for _, before := range m.Remind {
		d.Remind, d.Diffs = true, append(d.Diffs, -before)
	}
	for _, u := range m.Invitees {
		d.Attendees = append(d.Attendees, calendar.Attendee{UserID: u})
	}
	d.Admins = []id.UserID{m.Admin}
	return d
}

// summary is the title as far as a schedule can hold it.
func (m Meeting) summary() string {
	const most = 128
	if text := []rune(m.Title); len(text) > most {
		return string(text[:most])
	}
	return m.Title
}
