package meeting

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// What a member does, on the phone or by a room above such as the tools of robots. by is the member
// (access.MemberOf).

// CreateAsMember reserves a meeting of which the member is the administrator. m has what a request can set: its
// times, its Body and its People. It answers the codes of Create.
func (s *Service) CreateAsMember(ctx context.Context, tx *store.Tx, by access.Caller, m Meeting) (Meeting, error) {
	m.Admin = by.UserID
	return s.Create(ctx, tx, by, m)
}

// NewMeeting returns a meeting with the settings that the platform gives one whose request names none. Start is in Unix
// seconds, length in seconds.
func NewMeeting(title string, start, length int64, invitees []id.UserID) Meeting {
	return Meeting{Start: start, Length: length, Body: Body{Title: title, Settings: usual()}, People: People{Invitees: invitees}}
}

// UpdateAsMember is Update by the administrator. The application that made the meeting is told.
func (s *Service) UpdateAsMember(ctx context.Context, tx *store.Tx, by access.Caller, meetingID string, c Change) error {
	m, err := s.administered(tx, by, meetingID)
	if err != nil {
		return err
	}
	return s.Update(ctx, tx, by, m, c)
}

// CancelAsMember is Cancel by the administrator: of the whole meeting, or of the sub-meeting that subID names. The
// application that made the meeting is told.
func (s *Service) CancelAsMember(ctx context.Context, tx *store.Tx, by access.Caller, meetingID, subID string) error {
	m, err := s.administered(tx, by, meetingID)
	if err != nil {
		return err
	}
	return s.Cancel(ctx, tx, by, m, subID)
}

// SetInviteesAsMember is SetInvitees by the administrator, who is among the invitees whether named or not.
func (s *Service) SetInviteesAsMember(ctx context.Context, tx *store.Tx, by access.Caller, meetingID string, users []id.UserID) error {
	m, err := s.administered(tx, by, meetingID)
	if err != nil {
		return err
	}
	return s.SetInvitees(ctx, tx, by, m, append([]id.UserID{m.Admin}, users...))
}

// InfoAsMember returns a meeting as get_info answers it, to those who are invited to it or lead it. Others are answered
// ErrNotYours. subID may be empty.
func (s *Service) InfoAsMember(tx *store.Tx, by access.Caller, meetingID, subID string) (Info, error) {
	m, err := s.invited(tx, by, meetingID)
	if err != nil {
		return Info{}, err
	}
	return s.info(tx, by, m, subID)
}

// invited returns a meeting that the member is invited to or leads.
func (s *Service) invited(tx *store.Tx, by access.Caller, meetingID string) (Meeting, error) {
	m, err := find(tx, by.CorpID, meetingID)
	if err == nil && !m.invites(by.UserID) {
		err = ErrNotYours.With("meetingid: %q", meetingID)
	}
	return m, err
}

// administered returns a meeting that the member administers, and has others who change it wait.
func (s *Service) administered(tx *store.Tx, by access.Caller, meetingID string) (Meeting, error) {
	if err := hold(tx, by.CorpID, "meetingid", meetingID); err != nil {
		return Meeting{}, err
	}
	m, err := s.invited(tx, by, meetingID)
	if err == nil && !m.Admin.Equal(by.UserID) {
		err = ErrNotYours.With("meetingid: %q has another administrator", meetingID)
	}
	return m, err
}

// Numbered returns a meeting of the corp by the number with which people join.
func (s *Service) Numbered(tx *store.Tx, corpID, code string) (Meeting, error) {
	return numbered(tx, corpID, code)
}

// Any reports whether the corp has a meeting.
func (s *Service) Any(tx *store.Tx, corpID string) (bool, error) {
	return tx.Get(`SELECT 1 FROM meeting WHERE corpid = ? LIMIT 1`, []any{corpID}, new(int64))
}
