package kf

import (
	"strconv"

	"qiwei/internal/store"
)

// recallServicers returns the servicers of an account in the order in which they were added. The list is
// shared.
func recallServicers(tx *store.Tx, a Account) ([]Servicer, error) {
	size := func(list []Servicer) int { return 32 * len(list) }
	return store.RecallTable(tx, "kf_servicer", "kf servicers "+strconv.FormatInt(a.No, 10), size, func() (out []Servicer, err error) {
		err = tx.Each(`SELECT no, member, department FROM kf_servicer WHERE corpid = ? AND account = ? ORDER BY no`, []any{a.CorpID, a.No}, func(rows *store.Rows) error {
			var v Servicer
			err := rows.Scan(&v.No, &v.Member, &v.Department)
			out = append(out, v)
			return err
		})
		return out, err
	})
}

func insertServicer(tx *store.Tx, a Account, v Servicer) error {
	_, err := tx.Insert(`INSERT INTO kf_servicer (corpid, account, member, department) VALUES (?, ?, ?, ?)`, a.CorpID, a.No, v.Member, v.Department)
	return err
}

func deleteServicer(tx *store.Tx, a Account, v Servicer) (int64, error) {
	return tx.Exec(`DELETE FROM kf_servicer WHERE corpid = ? AND account = ? AND member = ? AND department = ?`, a.CorpID, a.No, v.Member, v.Department)
}

// selectRests returns the duty of the servicers who do not receive customers, by our number.
func selectRests(tx *store.Tx, a Account) (map[int64]Duty, error) {
	out := map[int64]Duty{}
	return out, tx.Each(`SELECT member, stop FROM kf_rest WHERE corpid = ? AND account = ?`, []any{a.CorpID, a.No}, func(rows *store.Rows) error {
		var member, stop int64
		err := rows.Scan(&member, &stop)
		out[member] = Stopped + Duty(stop)
		return err
	})
}

// setDuty writes whether a servicer receives customers.
func setDuty(tx *store.Tx, a Account, member int64, d Duty) error {
	if _, err := tx.Exec(`DELETE FROM kf_rest WHERE corpid = ? AND account = ? AND member = ?`, a.CorpID, a.No, member); err != nil || d == Receiving {
		return err
	}
	_, err := tx.Exec(`INSERT INTO kf_rest (account, member, corpid, stop) VALUES (?, ?, ?, ?)`, a.No, member, a.CorpID, d.stopType())
	return err
}
