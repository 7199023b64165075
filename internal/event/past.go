package event

import (
	"encoding/json"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Recorded is an event read back.
type Recorded struct {
	No      int64
	Name    string
	At      time.Time
	ByKind  access.Kind
	ByApp   int64
	ByUser  id.UserID // the administrator who caused it
	Payload json.RawMessage
}

// Since returns up to limit events of the corp after number no, in order.
func Since(tx *store.Tx, corpID string, no int64, limit int) ([]Recorded, error) {
	var out []Recorded
	rows, err := tx.Query(`SELECT no, name, at, by_kind, by_app, by_user, payload FROM event WHERE corpid = ? AND no > ? ORDER BY no LIMIT ?`, corpID, no, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var e Recorded
		var at int64
		var payload string
		if err := rows.Scan(&e.No, &e.Name, &at, &e.ByKind, &e.ByApp, &e.ByUser, &payload); err != nil {
			return nil, err
		}
		e.At, e.Payload = time.UnixMilli(at).UTC(), json.RawMessage(payload)
		out = append(out, e)
	}
	return out, rows.Err()
}

// Filter chooses events of the past. A zero field matches all.
type Filter struct {
	Name   string // or the part of it before the slash
	ByApp  int64
	Text   string // that occurs in the payload
	Before time.Time
	Limit  int
}

// Past returns events of the corp that were recorded at or before a time, newest
// first.
func Past(tx *store.Tx, corpID string, f Filter) ([]Recorded, error) {
	where, args := `corpid = ?`, []any{corpID}
	and := func(condition string, values ...any) {
		where += ` AND ` + condition
		args = append(args, values...)
	}
	if f.Name != "" {
		and(`(name = ? OR substr(name, 1, ?) = ?)`, f.Name, int64(len(f.Name)+1), f.Name+"/")
	}
	if f.ByApp != 0 {
		and(`by_app = ?`, f.ByApp)
	}
	if f.Text != "" {
		and(`lower(payload)`+store.Like, store.Pattern("", strings.ToLower(f.Text), ""))
	}
	if !f.Before.IsZero() {
		and(`at <= ?`, f.Before.UnixMilli())
	}
	var out []Recorded
	err := tx.Each(`SELECT no, name, at, by_kind, by_app, by_user, payload FROM event WHERE `+where+` ORDER BY no DESC LIMIT ?`, append(args, int64(f.Limit)),
		func(rows *store.Rows) error {
			var e Recorded
			var at int64
			var payload string
			err := rows.Scan(&e.No, &e.Name, &at, &e.ByKind, &e.ByApp, &e.ByUser, &payload)
			e.At, e.Payload = time.UnixMilli(at).UTC(), json.RawMessage(payload)
			out = append(out, e)
			return err
		})
	return out, err
}
