package customer

import (
	"encoding/json"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

func selectTransfers(tx *store.Tx, where string, args ...any) (out []Transfer, err error) {
	err = tx.Each(`SELECT no, corpid, customer, kind, handover, takeover, resigned, status, message, created_at, due FROM customer_transfer WHERE `+where, args, func(rows *store.Rows) error {
		var t Transfer
		var resigned, created, due int64
		err := rows.Scan(&t.No, &t.CorpID, &t.Customer, &t.Kind, &t.Handover, &t.Takeover, &resigned, &t.Status, &t.Message, &created, &due)
		t.Resigned, t.CreatedAt, t.Due = resigned == 1, time.Unix(created, 0).UTC(), time.Unix(due, 0).UTC()
		out = append(out, t)
		return err
	})
	return out, err
}

func insertTransfer(tx *store.Tx, t Transfer) (int64, error) {
	return tx.Insert(`INSERT INTO customer_transfer (corpid, customer, kind, handover, takeover, resigned, status, message, created_at, due) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		t.CorpID, t.Customer, t.Kind, t.Handover, t.Takeover, flag(t.Resigned), t.Status, t.Message, t.CreatedAt.Unix(), t.Due.Unix())
}

func endTransfer(tx *store.Tx, corpID string, no, status int64) error {
	_, err := tx.Exec(`UPDATE customer_transfer SET status = ?, due = ? WHERE corpid = ? AND no = ?`, status, tx.Now().Unix(), corpID, no)
	return err
}

// countTransfers counts how often a customer was handed over by members on the job, or is about to be, since a
// time.
func countTransfers(tx *store.Tx, corpID string, customer int64, since time.Time) (int64, error) {
	return tx.Count(`SELECT count(*) FROM customer_transfer WHERE corpid = ? AND customer = ? AND resigned = 0 AND status IN (?, ?) AND created_at > ?`,
		corpID, customer, int64(transferDone), int64(transferWaiting), since.Unix())
}

// countBack counts how often the taker has handed this customer over.
func countBack(tx *store.Tx, t Transfer) (int64, error) {
	return tx.Count(`SELECT count(*) FROM customer_transfer WHERE corpid = ? AND customer = ? AND handover = ? AND status = ?`, t.CorpID, t.Customer, t.Takeover, int64(transferDone))
}

func setHanding(tx *store.Tx, corpID string, follow, transfer int64) error {
	_, err := tx.Exec(`UPDATE customer_follow SET handing = ? WHERE corpid = ? AND no = ?`, transfer, corpID, follow)
	return err
}

// inherit gives a relation the note and the tags of another. The picture of the note goes with it.
func inherit(tx *store.Tx, corpID string, follow int64, from Follow) error {
	if from.Mobiles == nil {
		from.Mobiles = []string{}
	}
	mobiles, err := json.Marshal(from.Mobiles)
	if err != nil {
		return err
	}
	if _, err = tx.Exec(`UPDATE customer_follow SET remark = ?, description = ?, company = ?, mobiles = ?, picture = ? WHERE corpid = ? AND no = ?`,
		from.Remark, from.Description, from.Company, string(mobiles), from.Picture, corpID, follow); err != nil {
		return err
	}
	return markFollow(tx, corpID, follow, from.Tags)
}

func deleteFollow(tx *store.Tx, corpID string, no int64) error {
	_, err := tx.Exec(`DELETE FROM customer_follow WHERE corpid = ? AND no = ?`, corpID, no)
	return err
}

// left is a member who has left.
type left struct {
	member, at int64
	user       id.UserID
}

// selectLeft returns the members who have left and still have customers, the last to leave first.
func selectLeft(tx *store.Tx, corpID string) (out []left, err error) {
	err = tx.Each(`SELECT l.member, l.left_at, l.userid FROM customer_left l WHERE l.corpid = ? AND
		EXISTS (SELECT 1 FROM customer_follow f WHERE f.corpid = l.corpid AND f.member = l.member) ORDER BY l.left_at DESC, l.member DESC`, []any{corpID},
		func(rows *store.Rows) error {
			var l left
			err := rows.Scan(&l.member, &l.at, &l.user)
			out = append(out, l)
			return err
		})
	return out, err
}

func insertLeft(tx *store.Tx, corpID string, member int64, user id.UserID) error {
	_, err := tx.Exec(`INSERT INTO customer_left (member, corpid, userid, left_at) VALUES (?, ?, ?, ?)`, member, corpID, string(user), tx.Now().Unix())
	return err
}
