package meeting

import (
	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// find returns a meeting of the corp.
func find(tx *store.Tx, corpID, meetingID string) (Meeting, error) {
	if meetingID == "" {
		return Meeting{}, wire.ErrEmpty.With("meetingid is missing")
	}
	list, err := selectMeetings(tx, `corpid = ? AND meetingid = ?`, corpID, meetingID)
	if err == nil && len(list) == 0 {
		err = ErrUnknown.With("meetingid: there is no meeting %.64q", meetingID)
	}
	if err != nil {
		return Meeting{}, err
	}
	return list[0], nil
}

// numbered returns a meeting of the corp by the number with which people join.
func numbered(tx *store.Tx, corpID, code string) (Meeting, error) {
	list, err := selectMeetings(tx, `corpid = ? AND code = ?`, corpID, code)
	if err == nil && len(list) == 0 {
		err = ErrNumber.With("meeting_code: there is no meeting %.64q", code)
	}
	if err != nil {
		return Meeting{}, err
	}
	return list[0], nil
}

// Ours returns a meeting that the calling application has made. It answers ErrOthers for one of another and
// ErrNotByAPI for a member's.
func (s *Service) Ours(tx *store.Tx, by access.Caller, meetingID string) (Meeting, error) {
	m, err := find(tx, by.CorpID, meetingID)
	if err != nil {
		return m, err
	}
	return m, m.madeBy(by)
}

func (m Meeting) madeBy(by access.Caller) error {
	switch {
	case m.App == by.App:
		return nil
	case m.App == 0:
		return ErrNotByAPI.With("meetingid: a member has made it")
	}
	return ErrOthers.With("meetingid: another application has made it")
}

// toChange is Ours for a call that changes it: whoever else does waits.
func (s *Service) toChange(tx *store.Tx, by access.Caller, meetingID string) (Meeting, error) {
	if err := hold(tx, by.CorpID, "meetingid", meetingID); err != nil {
		return Meeting{}, err
	}
	return s.Ours(tx, by, meetingID)
}
