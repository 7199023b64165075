package kf

import (
	"encoding/json"
	"fmt"
	"time"

	"qiwei/internal/store"
)

const sessionColumns = `no, account, customer, run, state, servicer, asked_at, sent, pooled, served, entered_at, entry, welcomed_at, refused, fail, advice, component`

func scanSession(rows *store.Rows) (v Session, err error) {
	var state, asked, entered, welcomed int64
	var text, advice string
	if err := rows.Scan(&v.No, &v.Account, &v.Customer, &v.Run, &state, &v.Servicer, &asked, &v.Sent, &v.Pooled, &v.Attended, &entered, &text, &welcomed, &v.Refused, &v.Fail, &advice, &v.Component); err != nil {
		return v, err
	}
	v.State, v.AskedAt, v.EnteredAt, v.Welcomed = State(state), moment(asked), moment(entered), moment(welcomed)
	if err := json.Unmarshal([]byte(text), &v.Entry); err != nil || advice == "" {
		return v, err
	}
	v.Advice = new(Advice)
	return v, json.Unmarshal([]byte(advice), v.Advice)
}

// moment reads Unix milliseconds, of which 0 is no time; millis writes them.
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func selectSessions(tx *store.Tx, where string, args ...any) (out []Session, err error) {
	err = tx.Each(`SELECT `+sessionColumns+` FROM kf_session WHERE `+where, args, func(rows *store.Rows) error {
		v, err := scanSession(rows)
		out = append(out, v)
		return err
	})
	return out, err
}

func selectSession(tx *store.Tx, a Account, customer int64) (v Session, found bool, err error) {
	list, err := selectSessions(tx, `corpid = ? AND account = ? AND customer = ?`, a.CorpID, a.No, customer)
	if err != nil || len(list) == 0 {
		return v, false, err
	}
	return list[0], true, nil
}

func selectSessionNo(tx *store.Tx, corpID string, no int64) (v Session, found bool, err error) {
	list, err := selectSessions(tx, `corpid = ? AND no = ?`, corpID, no)
	if err != nil || len(list) == 0 {
		return v, false, err
	}
	return list[0], true, nil
}

// begin stores a session that has no number yet.
func begin(tx *store.Tx, a Account, v *Session) (err error) {
	if v.No != 0 {
		return nil
	}
	v.No, err = tx.Insert(`INSERT INTO kf_session (corpid, account, customer, run, state, servicer, asked_at, sent, pooled, served, entered_at, entry, welcomed_at, refused, fail, advice)
		VALUES (?, ?, ?, 0, ?, 0, 0, 0, 0, 0, 0, '{}', 0, 0, ?, '')`, a.CorpID, a.No, v.Customer, int64(v.State), v.Fail)
	return err
}

func updateSession(tx *store.Tx, a Account, v Session) error {
	entry, err := json.Marshal(v.Entry)
	if err != nil {
		return err
	}
	advice := []byte{}
	if v.Advice != nil {
		if advice, err = json.Marshal(v.Advice); err != nil {
			return err
		}
	}
	n, err := tx.Exec(`UPDATE kf_session SET run = ?, state = ?, servicer = ?, asked_at = ?, sent = ?, pooled = ?, served = ?, entered_at = ?, entry = ?, welcomed_at = ?, refused = ?, fail = ?, advice = ?, component = ?
		WHERE corpid = ? AND no = ?`, v.Run, int64(v.State), v.Servicer, millis(v.AskedAt), v.Sent, flag(v.Pooled), flag(v.Attended), millis(v.EnteredAt), string(entry), millis(v.Welcomed),
		flag(v.Refused), v.Fail, string(advice), v.Component, a.CorpID, v.No)
	if err == nil && n == 0 {
		err = fmt.Errorf("session %d is not there", v.No)
	}
	return err
}
