package checkin

import (
	"encoding/json"
	"fmt"
	"slices"

	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// selectRules returns the corp's rules that have been, are, or will be, by their numbers.
func selectRules(tx *store.Tx, corpID string) ([]*history, error) {
	var out []*history
	known := map[int64]*history{}
	err := tx.Each(`SELECT r.no, r.groupid, r.app, r.created_at, v.from_day, v.body
		FROM checkin_rule r JOIN checkin_rule_version v ON v.rule = r.no WHERE r.corpid = ? ORDER BY r.groupid, v.from_day`, []any{corpID}, func(rows *store.Rows) error {
		var h history
		var from int64
		var body string
		if err := rows.Scan(&h.no, &h.group, &h.app, &h.created, &from, &body); err != nil {
			return err
		}
		at := known[h.no]
		if at == nil {
			at = &h
			known[h.no], out = at, append(out, at)
		}
		at.from = append(at.from, from)
		if body == "" {
			at.versions = append(at.versions, nil)
			return nil
		}
		v := &dated{no: h.no, group: h.group, app: h.app, created: h.created, from: from, exempt: map[string]bool{}}
		if err := json.Unmarshal([]byte(body), &v.Rule); err != nil {
			return fmt.Errorf("check-in rule %d: %w", h.no, err)
		}
		for _, u := range v.White {
			v.exempt[u.Key()] = true
		}
		at.versions = append(at.versions, v)
		return nil
	})
	slices.SortFunc(out, byGroup)
	return out, err
}

// insertRule writes a new rule and returns its group's number.
func insertRule(tx *store.Tx, corpID string, app, from int64, r Rule) (group int64, err error) {
	found, err := tx.Get(`INSERT INTO checkin_count (corpid, last) VALUES (?, 1) ON CONFLICT (corpid) DO UPDATE SET last = checkin_count.last + 1 RETURNING last`, []any{corpID}, &group)
	if err != nil || !found {
		return 0, fmt.Errorf("number a check-in rule: %w", err)
	}
	no, err := tx.Insert(`INSERT INTO checkin_rule (corpid, groupid, app, created_at) VALUES (?, ?, ?, ?)`, corpID, group, app, tx.Now().Unix())
	if err != nil {
		return 0, err
	}
	return group, writeVersion(tx, corpID, no, from, string(wire.Encode(r)))
}

// writeVersion lets a rule say something from a day on, and forgets what it was to say later. An empty body ends it.
func writeVersion(tx *store.Tx, corpID string, rule, from int64, body string) error {
	if _, err := tx.Exec(`DELETE FROM checkin_rule_version WHERE corpid = ? AND rule = ? AND from_day >= ?`, corpID, rule, from); err != nil {
		return err
	}
	return tx.Send(`INSERT INTO checkin_rule_version (corpid, rule, from_day, body) VALUES (?, ?, ?, ?)`, corpID, rule, from, body)
}

// rewriteUsers replaces a userid in all rules, or takes it out if renamed is empty.
func rewriteUsers(tx *store.Tx, corpID string, old, renamed id.UserID) error {
	type row struct {
		rule, from int64
		body       string
	}
	var list []row
	if err := tx.Each(`SELECT rule, from_day, body FROM checkin_rule_version WHERE corpid = ? AND lower(body) `+store.Like, []any{corpID, store.Pattern("", `"`+old.Key()+`"`, "")}, func(rows *store.Rows) error {
		var r row
		err := rows.Scan(&r.rule, &r.from, &r.body)
		list = append(list, r)
		return err
	}); err != nil {
		return err
	}
	for _, v := range list {
		var r Rule
		if err := json.Unmarshal([]byte(v.body), &r); err != nil {
			return err
		}
		r.eachUser(func(u *id.UserID) {
			if u.Equal(old) {
				*u = renamed
			}
		})
		if _, err := tx.Exec(`UPDATE checkin_rule_version SET body = ? WHERE corpid = ? AND rule = ? AND from_day = ?`, string(wire.Encode(r)), corpID, v.rule, v.from); err != nil {
			return err
		}
	}
	return nil
}

// shiftOf is a member's shift on a day.
type shiftOf struct{ group, schedule int64 }

// shiftKey names one.
type shiftKey struct {
	user string
	day  int64
}

// selectShifts returns those of members on days, both days included.
func selectShifts(tx *store.Tx, corpID string, keys []string, from, to int64) (map[shiftKey]shiftOf, error) {
	out := map[shiftKey]shiftOf{}
	for some := range slices.Chunk(keys, 500) {
		args := store.Args([]any{corpID, from, to}, some)
		if err := tx.Each(`SELECT userkey, day, groupid, schedule_id FROM checkin_shift WHERE corpid = ? AND day BETWEEN ? AND ? AND userkey IN (`+store.Marks(len(some))+`)`, args, func(rows *store.Rows) error {
			var k shiftKey
			var v shiftOf
			err := rows.Scan(&k.user, &k.day, &v.group, &v.schedule)
			out[k] = v
			return err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func writeShift(tx *store.Tx, corpID, user string, midnight int64, v shiftOf) error {
	return tx.Send(`INSERT INTO checkin_shift (corpid, userkey, day, groupid, schedule_id) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (corpid, userkey, day) DO UPDATE SET groupid = excluded.groupid, schedule_id = excluded.schedule_id`, corpID, user, midnight, v.group, v.schedule)
}
