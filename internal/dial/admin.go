package dial

import (
	"strings"

	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// What administrators see in the console.

// foundAtOnce is how many records a page of Find has, at most.
const foundAtOnce = 200

// Place is where a page of a list ends: the time and our number of its last record.
type Place struct{ At, No int64 }

// Search asks for records, the newest first and of any time. A zero field is not given.
type Search struct {
	From, To int64 // Unix seconds, both included
	Caller   id.UserID
	Before   Place // where the last page ended
	Size     int64
}

// Find returns a page of the corp's records.
func (s *Service) Find(tx *store.Tx, corpID string, q Search) ([]Record, error) {
	if q.Size < 1 || q.Size > foundAtOnce {
		return nil, wire.ErrParameter.With("size: 1 to %d expected", foundAtOnce)
	}
	parts, args := []string{`corpid = ?`}, []any{corpID}
	add := func(part string, values ...any) { parts, args = append(parts, part), append(args, values...) }
	if q.From > 0 {
		add(`call_time >= ?`, q.From)
	}
	if q.To > 0 {
		add(`call_time <= ?`, q.To)
	}
	if q.Before.No > 0 {
		add(`call_time <= ? AND (call_time < ? OR no < ?)`, q.Before.At, q.Before.At, q.Before.No)
	}
	if q.Caller != "" {
		add(`lower(caller) = ?`, q.Caller.Key())
	}
	return selectRecords(tx, strings.Join(parts, ` AND `)+` ORDER BY call_time DESC, no DESC LIMIT ?`, append(args, q.Size)...)
}

// Any reports whether the corp has a record.
func (s *Service) Any(tx *store.Tx, corpID string) (bool, error) {
	var one int64
	return tx.Get(`SELECT 1 FROM dial_record WHERE corpid = ? LIMIT 1`, []any{corpID}, &one)
}
