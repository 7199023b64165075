package kf

import (
	"qiwei/internal/directory"
	"qiwei/internal/store"
)

// Unread returns how many messages each customer whom the member serves has written behind the number that was read
// last, at most most of each.
func (s *Service) Unread(tx *store.Tx, corpID string, m directory.Member, read map[string]int64, most int64) (map[string]int64, error) {
	sessions, err := selectSessions(tx, `corpid = ? AND servicer = ? AND state = ? AND asked_at > 0 AND account IN (SELECT no FROM kf_account WHERE corpid = ? AND deleted_at = 0) ORDER BY asked_at DESC LIMIT ?`, corpID, m.No, int64(Served), corpID, int64(sessionsMost))
	out := map[string]int64{}
	for _, v := range sessions {
		if v.at(tx.Now()) != Served {
			continue
		}
		c, err := s.customer(tx, corpID, v.Customer)
		if err != nil {
			return nil, err
		}
		key := "k/" + string(s.OpenKfID(v.Account)) + "/" + string(c.External)
		n, err := tx.Count(`SELECT count(*) FROM (SELECT 1 FROM kf_message WHERE account = ? AND customer = ? AND corpid = ? AND seq > ? AND origin = ? AND recalled = 0 LIMIT ?) unread`,
			v.Account, v.Customer, corpID, read[key], int64(ByCustomer), most)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			out[key] = n
		}
	}
	return out, err
}
