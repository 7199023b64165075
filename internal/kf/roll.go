package kf

import (
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// What administrators are shown of accounts.

// AccountOf returns the corp's account of an id. It answers ErrAccount and ErrNoAccount.
func (s *Service) AccountOf(tx *store.Tx, corpID string, open id.ServiceAccount) (Account, error) {
	return s.account(tx, corpID, open)
}

// AvatarURL returns the address of an account's picture.
func (s *Service) AvatarURL(a Account) string { return s.avatarURL(a) }

// ManagersOf returns the numbers of the applications that manage an account.
func (s *Service) ManagersOf(tx *store.Tx, a Account) (apps []int64, err error) {
	all, err := recallManagers(tx, a.CorpID)
	for m := range all {
		if m.account == a.No {
			apps = append(apps, m.app)
		}
	}
	return apps, err
}

// Rolled is a session as a list for people has it.
type Rolled struct {
	Session
	customer.Contact
	External id.ExternalID
	Now      State     // at the time of the list
	Servicer id.UserID // who serves, or did last
}

// Sessions returns an account's sessions, those that go on before those that have ended, and in each the one with
// the customer's newest message first.
func (s *Service) Sessions(tx *store.Tx, a Account, limit int64) (out []Rolled, err error) {
	now := tx.Now()
	list, err := selectSessions(tx, `corpid = ? AND account = ? ORDER BY CASE WHEN state <> ? AND asked_at >= ? THEN 0 ELSE 1 END, asked_at DESC, no DESC LIMIT ?`,
		a.CorpID, a.No, int64(Ended), now.Add(-window).UnixMilli(), limit)
	if err != nil {
		return nil, err
	}
	var customers, servicers []int64
	for _, v := range list {
		customers, servicers = append(customers, v.Customer), append(servicers, v.Servicer)
	}
	contacts, err := s.deps.Customers.Contacts(tx, a.CorpID, customers)
	if err != nil {
		return nil, err
	}
	users, err := s.deps.Directory.NumberedMembers(tx, a.CorpID, servicers)
	for _, v := range list {
		c := contacts[v.Customer]
		out = append(out, Rolled{Session: v, Contact: c, External: s.deps.Customers.ExternalID(c.Kind, c.No), Now: v.at(now), Servicer: users[v.Servicer]})
	}
	return out, err
}

// CountSessions returns how many sessions of each account are in each state now; those that have ended are left
// out.
func (s *Service) CountSessions(tx *store.Tx, corpID string) (map[int64]map[State]int64, error) {
	out := map[int64]map[State]int64{}
	return out, tx.Each(`SELECT account, state, count(*) FROM kf_session WHERE corpid = ? AND state <> ? AND asked_at >= ? GROUP BY account, state`,
		[]any{corpID, int64(Ended), tx.Now().Add(-window).UnixMilli()}, func(rows *store.Rows) error {
			var account, state, n int64
			err := rows.Scan(&account, &state, &n)
			if out[account] == nil {
				out[account] = map[State]int64{}
			}
			out[account][State(state)] = n
			return err
		})
}
