package kf

import (
	"errors"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// ErrRepeated refuses an id that a message of the API has at the account (doc 90313). One that was received may
// be sent again: programs answer a message under its own id.
var ErrRepeated = wire.Code(95033, "msgid existed")

// insertMessage gives a message its place, behind those of all transactions that came before, and stores it.
func insertMessage(tx *store.Tx, a Account, m *Message) error {
	if _, err := tx.Only(accountRow(a.No)).Exec(`UPDATE kf_account SET seq = seq + 1 WHERE corpid = ? AND no = ?`, a.CorpID, a.No); err != nil {
		return err
	}
	seq, err := tx.Count(`SELECT seq FROM kf_account WHERE corpid = ? AND no = ?`, a.CorpID, a.No)
	if err != nil {
		return err
	}
	m.Seq = seq
	if m.Origin < ByCustomer {
		_, taken, err := selectMessage(tx, a, m.ID, true)
		if err == nil && taken {
			err = ErrRepeated.With("%q", m.ID)
		}
		if err != nil {
			return err
		}
	}
	_, err = tx.Exec(`INSERT INTO kf_message (account, seq, corpid, msgid, customer, origin, servicer, other, msgtype, content, at, failed, recalled) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
		a.No, m.Seq, a.CorpID, m.ID, m.Customer, int64(m.Origin), string(m.Servicer), string(m.Other), m.Type, string(m.Content), m.At.UnixMilli(), flag(m.Failed))
	if errors.Is(err, store.ErrUnique) {
		err = ErrRepeated.With("%q", m.ID)
	}
	return err
}

const messageColumns = `seq, msgid, customer, origin, servicer, other, msgtype, content, at, failed, recalled`

func scanMessage(rows *store.Rows, m *Message) error {
	var at, failed, recalled, origin int64
	var servicer, other, content string
	err := rows.Scan(&m.Seq, &m.ID, &m.Customer, &origin, &servicer, &other, &m.Type, &content, &at, &failed, &recalled)
	m.Origin, m.Servicer, m.Other, m.Content = Origin(origin), id.UserID(servicer), id.UserID(other), []byte(content)
	m.At, m.Failed, m.Recalled = time.UnixMilli(at), failed != 0, recalled != 0
	return err
}

// selectList returns what is to be read of an account's list behind a place, in order, from a time on.
func selectList(tx *store.Tx, a Account, after int64, from time.Time, limit int64) (out []Message, err error) {
	err = tx.Each(`SELECT `+messageColumns+` FROM kf_message WHERE corpid = ? AND account = ? AND seq > ? AND origin >= ? AND at >= ? ORDER BY seq LIMIT ?`,
		[]any{a.CorpID, a.No, after, int64(ByCustomer), from.UnixMilli(), limit}, func(rows *store.Rows) error {
			if out == nil {
				out = make([]Message, 0, min(limit, 128))
			}
			out = append(out, Message{Account: a.No})
			return scanMessage(rows, &out[len(out)-1])
		})
	return out, err
}

// selectMessages returns what a customer and an account have said, at most limit messages, the newest last.
func selectMessages(tx *store.Tx, a Account, customer, limit int64) (out []Message, err error) {
	err = tx.Each(`SELECT `+messageColumns+` FROM (SELECT `+messageColumns+` FROM kf_message WHERE corpid = ? AND account = ? AND customer = ? AND origin <> ? ORDER BY seq DESC LIMIT ?) newest ORDER BY seq`,
		[]any{a.CorpID, a.No, customer, int64(AsEvent), limit}, func(rows *store.Rows) error {
			out = append(out, Message{Account: a.No})
			return scanMessage(rows, &out[len(out)-1])
		})
	return out, err
}

// selectMessage returns a message by its id: one that the API has sent, or one of people.
func selectMessage(tx *store.Tx, a Account, msgID string, sent bool) (m Message, found bool, err error) {
	where := ` AND origin >= 3`
	if sent {
		where = ` AND origin < 3`
	}
	err = tx.Each(`SELECT `+messageColumns+` FROM kf_message WHERE corpid = ? AND account = ? AND msgid = ?`+where, []any{a.CorpID, a.No, msgID}, func(rows *store.Rows) error {
		found = true
		return scanMessage(rows, &m)
	})
	return m, found, err
}

// recallMessage marks a message as taken back, and reports whether it was not before.
func recallMessage(tx *store.Tx, a Account, seq int64) (bool, error) {
	n, err := tx.Exec(`UPDATE kf_message SET recalled = 1 WHERE corpid = ? AND account = ? AND seq = ? AND recalled = 0`, a.CorpID, a.No, seq)
	return n > 0, err
}

// renameServicer lets the messages that can still be read follow a member whose userid has changed.
func renameServicer(tx *store.Tx, corpID string, old, renamed id.UserID) error {
	for _, column := range []string{"servicer", "other"} {
		if _, err := tx.Exec(`UPDATE kf_message SET `+column+` = ? WHERE corpid = ? AND at >= ? AND lower(`+column+`) = ?`,
			string(renamed), corpID, tx.Now().Add(-lastDays).UnixMilli(), old.Key()); err != nil {
			return err
		}
	}
	return nil
}
