package meeting

import (
	"context"
	"slices"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// Device names somebody in a meeting by what they came with.
type Device struct {
	OpenID   string
	Instance int64
}

// room is a meeting that is held, with everybody who is there.
type room struct {
	m     Meeting
	by    Person // who leads it; nobody where the application does
	all   map[int64]Person
	there []Visit
}

// open returns a meeting of the calling application that is held.
func (s *Service) open(tx *store.Tx, by access.Caller, meetingID string) (r room, err error) {
	if r.m, err = s.toChange(tx, by, meetingID); err != nil {
		return r, err
	}
	return r, r.fill(tx)
}

// openAs returns a meeting that is held for somebody who leads it.
func (s *Service) openAs(ctx context.Context, tx *store.Tx, corpID, meetingID string, w Who) (r room, err error) {
	if r.m, r.by, _, err = s.inside(ctx, tx, corpID, meetingID, w); err != nil {
		return r, err
	}
	if !r.m.leads(r.by) {
		return r, errParameter.With("only who leads the meeting may do this")
	}
	return r, r.fill(tx)
}

func (r *room) fill(tx *store.Tx) (err error) {
	if _, err = held(tx, r.m); err != nil {
		return err
	}
	if r.all, err = persons(tx, r.m); err != nil {
		return err
	}
	r.there, err = present(tx, r.m)
	return err
}

// visit returns the visit of a device, in the meeting or in its waiting room.
func (r room) visit(d Device, waiting bool) (Visit, Person, error) {
	for _, v := range r.there {
		if p := r.all[v.Person]; p.OpenID == d.OpenID && v.Instance == d.Instance && v.Waiting == waiting {
			return v, p, nil
		}
	}
	where := "in the meeting"
	if waiting {
		where = "in the waiting room"
	}
	return Visit{}, Person{}, ErrOpenID.With("nobody %s has the tmp_openid %.64q with the instance_id %d", where, d.OpenID, d.Instance)
}

// mute takes or gives somebody their microphone. Doc 98184.
func (s *Service) mute(tx *store.Tx, r room, d Device, muted bool) error {
	v, _, err := r.visit(d, false)
	if err != nil {
		return err
	}
	v.Audio = !muted
	return updateVisit(tx, r.m, v)
}

// sip is the kind of device whose camera can be switched on from outside (doc 98189).
const sip = 9

func (s *Service) video(tx *store.Tx, r room, d Device, on bool) error {
	v, _, err := r.visit(d, false)
	if err != nil {
		return err
	}
	if on && d.Instance != sip {
		return errParameter.With("video: only the camera of an MRA device, instance_id %d, is switched on", int64(sip))
	}
	v.Video = on
	return updateVisit(tx, r.m, v)
}

// unshare ends somebody's sharing of their screen. Doc 98185.
func (s *Service) unshare(ctx context.Context, tx *store.Tx, r room, d Device) error {
	v, p, err := r.visit(d, false)
	if err != nil {
		return err
	}
	if !v.Screen {
		return errParameter.With("operated_user: shares no screen")
	}
	v.Screen = false
	if err := updateVisit(tx, r.m, v); err != nil {
		return err
	}
	return s.tell(ctx, tx, r.m, unsharedScreen, r.actor(p), nil)
}

// actor is who an event is from: who leads the meeting, or p where the application acts and a page has no other.
func (r room) actor(p Person) Person {
	if r.by.No != 0 {
		return r.by
	}
	return p
}

// setCohost has somebody lead the meeting beside its hosts, or ends that. It lasts until the session ends. Doc 98180.
func (s *Service) setCohost(ctx context.Context, tx *store.Tx, r room, d Device, is bool) error {
	_, p, err := r.visit(d, false)
	if err != nil {
		return err
	}
	if role := r.m.role(p); role == leader || role == adminLeader {
		return errParameter.With("operated_user: leads the meeting already")
	}
	if p.Cohost == is {
		return nil
	}
	p.Cohost = is
	if err := updatePerson(tx, r.m.CorpID, p); err != nil {
		return err
	}
	return s.tell(ctx, tx, r.m, gotRole, r.by, &p)
}

// setNickname changes what somebody is called in the meeting. Doc 98188.
func (s *Service) setNickname(tx *store.Tx, r room, d Device, name string) error {
	_, p, err := r.visit(d, false)
	if err != nil {
		return err
	}
	if n := utf8.RuneCountInString(name); n < 1 || n > maxNickname {
		return errParameter.With("operated_users.nickname: 1 to %d characters expected, %d given", maxNickname, n)
	}
	p.Nickname = name
	return updatePerson(tx, r.m.CorpID, p)
}

// maxNickname is how many characters a name in a meeting has (doc 98188), and maxOperated how many people one call
// names, for which its page has no limit.
const (
	maxNickname = 20
	maxOperated = 2000
)

// kick removes people from the meeting. Doc 98181.
func (s *Service) kick(ctx context.Context, tx *store.Tx, r room, list []Device, again bool) error {
	return s.remove(ctx, tx, r, list, false, again)
}

// remove has people leave the meeting or its waiting room.
func (s *Service) remove(ctx context.Context, tx *store.Tx, r room, list []Device, waiting, again bool) error {
	for _, d := range list {
		v, p, err := r.visit(d, waiting)
		if err != nil {
			return err
		}
		p.Passed, p.Banned = false, !again
		if err := updatePerson(tx, r.m.CorpID, p); err != nil {
			return err
		}
		if err := s.leave(ctx, tx, r.m, r.by, p, []Visit{v}); err != nil {
			return err
		}
	}
	return nil
}

// admit lets people in from the waiting room. Doc 98186.
func (s *Service) admit(ctx context.Context, tx *store.Tx, r room, list []Device) error {
	for _, d := range list {
		v, p, err := r.visit(d, true)
		if err != nil {
			return err
		}
		p.Passed = true
		if err := updatePerson(tx, r.m.CorpID, p); err != nil {
			return err
		}
		v.LeftAt = tx.Now().UnixMilli()
		if err := updateVisit(tx, r.m, v); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, r.m, letIn, r.by, &p); err != nil {
			return err
		}
		there, err := present(tx, r.m)
		if err != nil {
			return err
		}
		if _, err := s.enter(ctx, tx, r.m, p, Visit{Person: p.No, Instance: v.Instance, JoinedAt: tx.Now().UnixMilli(), Data: v.Data}, there); err != nil {
			return err
		}
	}
	return nil
}

// moveOut moves people from the meeting into the waiting room. Doc 98186.
func (s *Service) moveOut(ctx context.Context, tx *store.Tx, r room, list []Device) error {
	for _, d := range list {
		v, p, err := r.visit(d, false)
		if err != nil {
			return err
		}
		if r.m.leads(p) {
			return errParameter.With("operated_users: who leads the meeting stays in it")
		}
		p.Passed = false
		if err := updatePerson(tx, r.m.CorpID, p); err != nil {
			return err
		}
		v.LeftAt, v.Screen = tx.Now().UnixMilli(), false
		if err := updateVisit(tx, r.m, v); err != nil {
			return err
		}
		if _, err := insertVisit(tx, r.m, Visit{Sub: v.Sub, Person: p.No, Instance: v.Instance, Waiting: true, JoinedAt: v.LeftAt, Data: v.Data}); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, r.m, movedOut, r.by, &p); err != nil {
			return err
		}
	}
	return nil
}

// Running is what can be set while a meeting is held. What is nil stays. Doc 98175.
type Running struct {
	MuteAll, UnmuteSelf, Locked, HideCode, ShareScreen, External, Bell, WaitingRoom *bool
	EnterMute, Chat                                                                 *int64
}

// set changes the settings of a meeting that is held. Muting all takes everybody's microphone but that of those who
// lead it. Who waits when the waiting room is closed goes on waiting.
func (s *Service) set(ctx context.Context, tx *store.Tx, r room, c Running) error {
	if c.UnmuteSelf != nil && (c.MuteAll == nil || !*c.MuteAll) {
		c.UnmuteSelf = nil // it counts only together with mute_all (doc 98175)
	}
	to := &r.m.Settings
	for to, from := range map[*bool]*bool{
		&to.MuteAll: c.MuteAll, &to.UnmuteSelf: c.UnmuteSelf, &to.Locked: c.Locked, &to.HideCode: c.HideCode, &to.ShareScreen: c.ShareScreen, &to.External: c.External, &to.Bell: c.Bell, &to.WaitingRoom: c.WaitingRoom,
	} {
		if from != nil {
			*to = *from
		}
	}
	for to, from := range map[*int64]*int64{&to.EnterMute: c.EnterMute, &to.Chat: c.Chat} {
		if from != nil {
			*to = *from
		}
	}
	if !to.MuteAll {
		to.UnmuteSelf = true
	}
	if err := to.valid(); err != nil {
		return err
	}
	if err := updateMeeting(tx, r.m, false); err != nil || c.MuteAll == nil {
		return err
	}
	for _, v := range r.there {
		if v.Waiting || r.m.leads(r.all[v.Person]) {
			continue
		}
		v.Audio = !*c.MuteAll
		if err := updateVisit(tx, r.m, v); err != nil {
			return err
		}
	}
	kind := unmutedAll
	if *c.MuteAll {
		kind = mutedAll
	}
	return s.tell(ctx, tx, r.m, kind, r.by, nil)
}

// dismiss ends a meeting. Without force it does so only when nobody is in it; with retire nobody can come in again,
// which of one that repeats ends all that is left. Doc 98187.
func (s *Service) dismiss(ctx context.Context, tx *store.Tx, r room, force, retire bool) error {
	if !force && slices.ContainsFunc(r.there, func(v Visit) bool { return !v.Waiting }) {
		return errParameter.With("force_dismiss: somebody is in the meeting")
	}
	if retire {
		r.m.Retired = true
		if err := updateMeeting(tx, r.m, false); err != nil {
			return err
		}
	}
	return s.end(ctx, tx, r.m, r.by)
}

// Act is what somebody in a meeting does with their own device.
type Act string

// What people do.
const (
	Mute    Act = "mute"
	Unmute  Act = "unmute"
	Film    Act = "film" // switch their camera on
	Unfilm  Act = "unfilm"
	Share   Act = "share" // their screen
	Unshare Act = "unshare"
)

// Do records what somebody in a meeting does with a device, or with all where instance is negative.
func (s *Service) Do(ctx context.Context, tx *store.Tx, corpID, meetingID string, w Who, instance int64, act Act) (Meeting, error) {
	m, p, there, err := s.inside(ctx, tx, corpID, meetingID, w)
	if err != nil {
		return m, err
	}
	n := 0
	for _, v := range there {
		if v.Person != p.No || v.Waiting || instance >= 0 && v.Instance != instance {
			continue
		}
		n++
		if err := s.do(ctx, tx, m, p, v, act); err != nil {
			return m, err
		}
	}
	if n == 0 {
		return m, errParameter.With("this person is not in the meeting")
	}
	return m, nil
}

func (s *Service) do(ctx context.Context, tx *store.Tx, m Meeting, p Person, v Visit, act Act) error {
	told := ""
	switch act {
	case Mute, Unmute:
		if act == Unmute && m.Settings.MuteAll && !m.Settings.UnmuteSelf && !m.leads(p) {
			return errParameter.With("who leads the meeting has muted all, and nobody may unmute themselves")
		}
		v.Audio = act == Unmute
	case Film, Unfilm:
		v.Video = act == Film
	case Share, Unshare:
		if act == Share && !m.Settings.ShareScreen && !m.leads(p) {
			return errParameter.With("only who leads the meeting may share a screen")
		}
		if v.Screen == (act == Share) {
			return nil
		}
		v.Screen = act == Share
		told = map[Act]string{Share: sharedScreen, Unshare: unsharedScreen}[act]
	default:
		return errParameter.With("there is no act %q", act)
	}
	if err := updateVisit(tx, m, v); err != nil || told == "" {
		return err
	}
	return s.tell(ctx, tx, m, told, p, nil)
}
