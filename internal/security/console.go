package security

import (
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// What administrators see and do in the console. Its lists begin with the newest and have no bound of the time span.

// foundAtOnce is how many lines a page of a list has, at most.
const foundAtOnce = 200

// Search asks for lines. A zero field is not given.
type Search struct {
	From, To int64 // Unix seconds, both included
	UserID   id.UserID
	Type     int64
	Before   store.Place // where the last page ended
	Size     int64
}

// where returns the condition, order and number of lines of a table that has time, member and type.
func (q Search) where(corpID string) (string, []any, error) {
	if q.Size < 1 || q.Size > foundAtOnce {
		return "", nil, wire.ErrParameter.With("size: 1 to %d expected", foundAtOnce)
	}
	n := store.NewestOf(`at`, corpID, q.From, q.To, q.Before)
	if q.UserID != "" {
		n.And(`userkey = ?`, q.UserID.Key())
	}
	if q.Type != 0 {
		n.And(`type = ?`, q.Type)
	}
	where, args := n.Page(q.Size)
	return where, args, nil
}

// FindActs returns a page of what members did.
func (s *Service) FindActs(tx *store.Tx, corpID string, q Search) ([]Act, error) {
	where, args, err := q.where(corpID)
	if err != nil {
		return nil, err
	}
	return actsWhere(tx, where, args...)
}

// FindFiles returns a page of what was done with files.
func (s *Service) FindFiles(tx *store.Tx, corpID string, q Search) ([]FileAct, error) {
	where, args, err := q.where(corpID)
	if err != nil {
		return nil, err
	}
	return fileActsWhere(tx, where, args...)
}

// FindScreens returns a page of shots of screens.
func (s *Service) FindScreens(tx *store.Tx, corpID string, q Search) ([]ScreenAct, error) {
	where, args, err := q.where(corpID)
	if err != nil {
		return nil, err
	}
	return screenActsWhere(tx, where, args...)
}

// Devices returns a page of the devices of a type, the newest first and below a number. What identifies a device that
// is not confirmed as the corp's is hidden, as in the calls.
func (s *Service) Devices(tx *store.Tx, corpID string, kind, before, size int64) ([]Device, error) {
	statuses, err := typed(kind)
	if err != nil {
		return nil, err
	}
	if size < 1 || size > foundAtOnce {
		return nil, wire.ErrParameter.With("size: 1 to %d expected", foundAtOnce)
	}
	where, args := `corpid = ? AND status IN (`+store.Marks(len(statuses))+`)`, store.Args([]any{corpID}, statuses)
	if before > 0 {
		where, args = where+` AND no < ?`, append(args, before)
	}
	list, err := selectDevices(tx, where+` ORDER BY no DESC LIMIT ?`, append(args, size)...)
	for i := range list {
		list[i] = list[i].shown()
	}
	return list, err
}

// DeviceType is the type of which a device is, which its deletion names.
func (d Device) DeviceType() int64 {
	for kind, statuses := range deviceTypes {
		if slices.Contains(statuses, d.Status) {
			return kind
		}
	}
	return 0
}

// DeviceOf returns a device of the corp. It answers 40058.
func (s *Service) DeviceOf(tx *store.Tx, corpID, code string) (Device, error) {
	d, err := s.device(tx, corpID, code)
	return d.shown(), err
}

// Grant gives members the advanced features or takes them back at once, and returns for whom that did not go.
func (s *Service) Grant(tx *store.Tx, by access.Caller, users []id.UserID, add bool) (failed []id.UserID, err error) {
	if len(users) == 0 || len(users) > maxVIPs {
		return nil, wire.ErrParameter.With("members: 1 to %d expected", maxVIPs)
	}
	r, err := s.allocate(tx, by, users, add)
	return r.Failed, err
}

// Accounts returns how many accounts with the advanced features the corp has and how many are used. Without a number
// that somebody has set, it has as many as members.
func (s *Service) Accounts(tx *store.Tx, corpID string) (accounts, used int64, limited bool, err error) {
	if used, err = tx.Count(`SELECT count(*) FROM security_vip WHERE corpid = ?`, corpID); err != nil {
		return 0, 0, false, err
	}
	limited, err = tx.Get(`SELECT accounts FROM security_quota WHERE corpid = ?`, []any{corpID}, &accounts)
	return accounts, used, limited, err
}

// Applications returns a page of those who have asked for an account, the newest first and below a number. business is
// 0 for all.
func (s *Service) Applications(tx *store.Tx, corpID string, business, before, size int64) ([]Application, error) {
	if size < 1 || size > foundAtOnce {
		return nil, wire.ErrParameter.With("size: 1 to %d expected", foundAtOnce)
	}
	where, args := `corpid = ?`, []any{corpID}
	if business != 0 {
		where, args = where+` AND business = ?`, append(args, business)
	}
	if before > 0 {
		where, args = where+` AND no < ?`, append(args, before)
	}
	return selectApplications(tx, where+` ORDER BY no DESC LIMIT ?`, append(args, size)...)
}

// Ended reports whether an administrator has decided on an application.
func (a Application) Ended() bool { return a.Status == adminRefused || a.Status == adminGranted }

// DecideApplication grants or refuses an account that a member asked for, as an administrator.
func (s *Service) DecideApplication(tx *store.Tx, by access.Caller, applyID string, grant bool) error {
	how := int64(finishRefused)
	if grant {
		how = finishGranted
	}
	return s.Finish(tx.Context(), tx, by, applyID, how)
}
