package customer

import (
	"time"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// What a WeChat user's own page shows, in dev.

// Handing is a transfer of a person that waits.
type Handing struct {
	From, To id.UserID // From is empty for one who has left
	Due      time.Time
}

// HandingOf returns the transfers of a customer that wait for an answer.
func (s *Service) HandingOf(tx *store.Tx, corpID string, customer int64) (out []Handing, err error) {
	list, err := selectTransfers(tx, `corpid = ? AND customer = ? AND status = ? ORDER BY no`, corpID, customer, int64(transferWaiting))
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		users, err := s.deps.Directory.NumberedMembers(tx, corpID, []int64{t.Handover, t.Takeover})
		if err != nil {
			return nil, err
		}
		out = append(out, Handing{users[t.Handover], users[t.Takeover], t.Due})
	}
	return out, nil
}
