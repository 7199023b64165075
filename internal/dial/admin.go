package dial

import (
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// What administrators see in the console.

// foundAtOnce is how many records a page of Find has, at most.
const foundAtOnce = 200

// Search asks for records, the newest first and of any time. A zero field is not given.
type Search struct {
	From, To int64 // Unix seconds, both included
	Caller   id.UserID
	Before   store.Place // where the last page ended
	Size     int64
}

// Find returns a page of the corp's records.
func (s *Service) Find(tx *store.Tx, corpID string, q Search) ([]Record, error) {
	if q.Size < 1 || q.Size > foundAtOnce {
		return nil, wire.ErrParameter.With("size: 1 to %d expected", foundAtOnce)
	}
	n := store.NewestOf(`call_time`, corpID, q.From, q.To, q.Before)
	if q.Caller != "" {
		n.And(`lower(caller) = ?`, q.Caller.Key())
	}
	where, args := n.Page(q.Size)
	return selectRecords(tx, where, args...)
}

// Any reports whether the corp has a record.
func (s *Service) Any(tx *store.Tx, corpID string) (bool, error) {
	var one int64
	return tx.Get(`SELECT 1 FROM dial_record WHERE corpid = ? LIMIT 1`, []any{corpID}, &one)
}
