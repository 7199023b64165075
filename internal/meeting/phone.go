package meeting

import (
	"encoding/json"
	"net/http"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
)

// Routes returns what the member's page asks for.
func (s *Service) Routes() []door.Route {
	phone := s.deps.Member.JSON
	return []door.Route{
		{Pattern: "GET /phone/api/meetings", Handler: phone(s.phoneMeetings)},
		{Pattern: "POST /phone/api/meetings", Handler: phone(s.phoneCreate)},
		{Pattern: "POST /phone/api/meetings/join", Handler: phone(s.phoneJoin)},
		{Pattern: "GET /phone/api/meetings/{id}", Handler: phone(s.phoneMeeting)},
		{Pattern: "POST /phone/api/meetings/{id}/lead", Handler: phone(s.phoneLead)},
		{Pattern: "POST /phone/api/meetings/{id}/{step}", Handler: phone(s.phoneStep)},
	}
}

// onPhone is the kind of device of the member's page: a browser (doc 98157).
const onPhone = 5

type (
	phoneMeeting struct {
		ID       string    `json:"meetingid"`
		Title    string    `json:"title"`
		Code     string    `json:"meeting_code"`
		Admin    id.UserID `json:"admin_userid"`
		Location string    `json:"location,omitempty"`
		Start    int64     `json:"meeting_start"` // of the sub-meeting that is on or next
		End      int64     `json:"meeting_end"`
		Repeats  bool      `json:"repeats"`
		Status   Status    `json:"status"`
		Mine     bool      `json:"mine"`    // the member administers it
		Lead     bool      `json:"lead"`    // the member leads it
		Inside   bool      `json:"inside"`  // the member is in it
		Waiting  bool      `json:"waiting"` // the member is in its waiting room
	}
	phonePerson struct {
		Name    string    `json:"name"`
		UserID  id.UserID `json:"userid,omitempty"`
		OpenID  string    `json:"tmp_openid"`
		Role    Role      `json:"role"`
		Waiting bool      `json:"waiting"`
		Audio   bool      `json:"audio"`
		Screen  bool      `json:"screen"`
	}
	phoneDetails struct {
		phoneMeeting
		Description string        `json:"description,omitempty"`
		Password    string        `json:"password,omitempty"`
		Invitees    []id.UserID   `json:"invitees"`
		Subs        []subOf       `json:"sub_meetings"`
		People      []phonePerson `json:"people"` // who are there
		MuteAll     bool          `json:"mute_all"`
		Locked      bool          `json:"locked"`
		Audio       bool          `json:"audio"`  // the member's microphone is on
		Screen      bool          `json:"screen"` // the member shares a screen
	}
	phoneCreate struct {
		Title       string      `json:"title"`
		Start       int64       `json:"meeting_start"`
		Length      int64       `json:"meeting_duration"`
		Location    string      `json:"location"`
		Description string      `json:"description"`
		Password    string      `json:"password"`
		WaitingRoom bool        `json:"enable_waiting_room"`
		Invitees    []id.UserID `json:"invitees"`
	}
	phoneCome struct {
		Code     string `json:"meeting_code"`
		Password string `json:"password"`
		Key      string `json:"key"`
		Sub      string `json:"sub_meetingid"` // of cancel
	}
)

// shownMeetings bounds what the page lists.
const shownMeetings = 100

// phoneMeetings lists the member's meetings that are not over and not cancelled, and those that were held lately.
func (s *Service) phoneMeetings(r *http.Request, sess login.Session) (any, error) {
	out := []phoneMeeting{}
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		now := tx.Now().Unix()
		list, err := selectMeetings(tx, `corpid = ? AND cancelled = 0 AND last_ends > ? AND no IN (SELECT meeting FROM meeting_member WHERE corpid = ? AND userkey = ?) ORDER BY starts, no LIMIT ?`,
			sess.CorpID, now-86400, sess.CorpID, sess.Member.UserID.Key(), int64(shownMeetings))
		if err != nil {
			return err
		}
		for _, m := range list {
			one, err := s.onPage(tx, m, sess.Member.UserID)
			if err != nil {
				return err
			}
			out = append(out, one.phoneMeeting)
		}
		return nil
	})
	return out, err
}

// onPage shows a meeting to a member.
func (s *Service) onPage(tx *store.Tx, m Meeting, user id.UserID) (d phoneDetails, err error) {
	st, err := stateOf(tx, m)
	if err != nil {
		return d, err
	}
	o, found := m.current(tx.Now().Unix())
	if !found {
		o = span{m.lastEnd() - m.Length, m.lastEnd()}
	}
	d.phoneMeeting = phoneMeeting{
		ID: m.ID, Title: m.Title, Code: m.Code, Admin: m.Admin, Location: m.Location, Start: o.start, End: o.end, Repeats: m.Repeat.On, Status: st.Status, Mine: m.Admin.Equal(user), Lead: m.hosts(user),
	}
	d.Description, d.Password, d.Invitees, d.MuteAll, d.Locked = m.Description, m.Settings.Password, append([]id.UserID{}, m.Invitees...), m.Settings.MuteAll, m.Settings.Locked
	d.People, d.Subs = []phonePerson{}, []subOf{}
	there, err := present(tx, m)
	if err != nil {
		return d, err
	}
	all, err := persons(tx, m)
	if err != nil {
		return d, err
	}
	for _, v := range there {
		p := all[v.Person]
		if p.UserID != "" && p.UserID.Equal(user) {
			d.Inside, d.Waiting, d.Lead = d.Inside || !v.Waiting, d.Waiting || v.Waiting, m.leads(p)
			d.Audio, d.Screen = d.Audio || v.Audio, d.Screen || v.Screen
		}
		name, err := s.nameOf(tx, m, p)
		if err != nil {
			return d, err
		}
		d.People = append(d.People, phonePerson{name, p.UserID, p.OpenID, m.role(p), v.Waiting, v.Audio, v.Screen})
	}
	return d, nil
}

func (s *Service) phoneMeeting(r *http.Request, sess login.Session) (out any, err error) {
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		m, err := find(tx, sess.CorpID, r.PathValue("id"))
		if err != nil {
			return err
		}
		d, err := s.onPage(tx, m, sess.Member.UserID)
		if err != nil {
			return err
		}
		if !m.invites(sess.Member.UserID) && !d.Inside {
			if !d.Waiting {
				return ErrNotYours.With("meetingid: %q", m.ID)
			}
			out = d.fromOutside(sess.Member.UserID)
			return nil
		}
		if m.Repeat.On {
			var info Info
			m.showSubs(&info, State{}, tx.Now().Unix())
			d.Subs = info.Subs
		}
		out = d
		return nil
	})
	return out, err
}

// fromOutside is what somebody in the waiting room sees who was not invited: not who is inside, nor what the meeting is
// about.
func (d phoneDetails) fromOutside(user id.UserID) phoneDetails {
	d.People = slices.DeleteFunc(d.People, func(p phonePerson) bool { return p.UserID == "" || !p.UserID.Equal(user) })
	return phoneDetails{phoneMeeting: d.phoneMeeting, People: d.People, Invitees: []id.UserID{}, Subs: []subOf{}}
}

// write runs fn as the signed-in member on the request's body.
func write[Req any](s *Service, r *http.Request, sess login.Session, fn func(tx *store.Tx, by access.Caller, req Req) (any, error)) (out any, err error) {
	var req Req
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, errParameter.With("a JSON object expected: %v", err)
	}
	err = s.inTx(r.Context(), func(tx *store.Tx) (err error) {
		out, err = fn(tx, access.MemberOf(sess.CorpID, sess.Member.UserID), req)
		return err
	})
	return out, err
}

func (s *Service) phoneCreate(r *http.Request, sess login.Session) (any, error) {
	return write(s, r, sess, func(tx *store.Tx, by access.Caller, req phoneCreate) (any, error) {
		m := NewMeeting(req.Title, req.Start, req.Length, req.Invitees)
		m.Location, m.Description, m.Settings.Password, m.Settings.WaitingRoom = req.Location, req.Description, req.Password, req.WaitingRoom
		m, err := s.CreateAsMember(r.Context(), tx, by, m)
		if err != nil {
			return nil, err
		}
		return s.answer(r.Context(), tx, m, Who{})
	})
}

func (s *Service) phoneJoin(r *http.Request, sess login.Session) (any, error) {
	return write(s, r, sess, func(tx *store.Tx, by access.Caller, req phoneCome) (any, error) {
		m, err := numbered(tx, by.CorpID, req.Code)
		if err != nil {
			return nil, err
		}
		return s.come(r, tx, by, m.ID, req)
	})
}

func (s *Service) come(r *http.Request, tx *store.Tx, by access.Caller, meetingID string, req phoneCome) (any, error) {
	w := Who{UserID: by.UserID}
	m, _, err := s.Join(r.Context(), tx, by.CorpID, meetingID, Entry{Who: w, Instance: onPhone, Password: req.Password, Key: req.Key})
	if err != nil {
		return nil, err
	}
	return s.answer(r.Context(), tx, m, w)
}

func (s *Service) phoneLead(r *http.Request, sess login.Session) (any, error) {
	return write(s, r, sess, func(tx *store.Tx, by access.Caller, req Step) (any, error) {
		return none{}, s.Lead(r.Context(), tx, by.CorpID, r.PathValue("id"), Who{UserID: by.UserID}, req)
	})
}

func (s *Service) phoneStep(r *http.Request, sess login.Session) (any, error) {
	return write(s, r, sess, func(tx *store.Tx, by access.Caller, req phoneCome) (out any, err error) {
		meetingID, w := r.PathValue("id"), Who{UserID: by.UserID}
		var m Meeting
		switch step := r.PathValue("step"); step {
		case "join":
			return s.come(r, tx, by, meetingID, req)
		case "cancel":
			return none{}, s.CancelAsMember(r.Context(), tx, by, meetingID, req.Sub)
		case "leave":
			m, err = s.Leave(r.Context(), tx, by.CorpID, meetingID, w, -1)
		case "end":
			m, err = s.End(r.Context(), tx, by.CorpID, meetingID, w)
		case string(Mute), string(Unmute), string(Share), string(Unshare):
			m, err = s.Do(r.Context(), tx, by.CorpID, meetingID, w, -1, Act(step))
		default:
			return nil, door.ErrNotFound
		}
		if err != nil {
			return nil, err
		}
		return s.answer(r.Context(), tx, m, w)
	})
}
