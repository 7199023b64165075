package console

import (
	"encoding/json"
	"strings"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// AdminLine is what an administrator did here, for rooms that tell others of it.
type AdminLine struct {
	No      int64
	At      time.Time
	UserID  id.UserID
	Address string
	Action  string
	Target  string
	Detail  json.RawMessage
}

// AdminLines returns what administrators did from a time on until another, after a line, in order; of one of them if
// user is given. Sign-ins at other doors are not among it.
func AdminLines(tx *store.Tx, corpID string, from, to time.Time, user id.UserID, after, limit int64) (out []AdminLine, err error) {
	where, args := `corpid = ? AND no > ? AND at >= ? AND at < ? AND action NOT IN (?, ?)`, []any{corpID, after, from.UnixMilli(), to.UnixMilli(), actionEntered, actionRefused}
	if user != "" {
		where, args = where+` AND lower(userid) = ?`, append(args, strings.ToLower(string(user)))
	}
	err = tx.Each(`SELECT no, at, userid, address, action, target, detail FROM console_audit WHERE `+where+` ORDER BY no LIMIT ?`, append(args, limit), func(rows *store.Rows) error {
		var l AdminLine
		var at int64
		var detail string
		err := rows.Scan(&l.No, &at, &l.UserID, &l.Address, &l.Action, &l.Target, &detail)
		l.At, l.Detail = time.UnixMilli(at).UTC(), json.RawMessage(detail)
		out = append(out, l)
		return err
	})
	return out, err
}
