package security

import "qiwei/internal/store"

func insertAct(tx *store.Tx, corpID string, a Act) error {
	_, err := tx.Insert(`INSERT INTO security_act (corpid, at, userkey, userid, type, detail, address) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		corpID, a.At, a.UserID.Key(), string(a.UserID), a.Type, a.Detail, a.Address)
	return err
}

// selectActs returns one more than were asked for, if there are more.
func selectActs(tx *store.Tx, corpID string, q ActQuery) (list []Act, err error) {
	where, args := `corpid = ? AND at BETWEEN ? AND ? AND no > ?`, []any{corpID, q.From, q.To, q.After}
	if q.Type != 0 {
		where, args = where+` AND type = ?`, append(args, q.Type)
	}
	if q.UserID != "" {
		where, args = where+` AND userkey = ?`, append(args, q.UserID.Key())
	}
	return actsWhere(tx, where+` ORDER BY no LIMIT ?`, append(args, q.Limit+1)...)
}

// actsWhere returns what members did. where may order and limit it.
func actsWhere(tx *store.Tx, where string, args ...any) (list []Act, err error) {
	err = tx.Each(`SELECT no, at, userid, type, detail, address FROM security_act WHERE `+where, args, func(rows *store.Rows) error {
		var a Act
		err := rows.Scan(&a.No, &a.At, &a.UserID, &a.Type, &a.Detail, &a.Address)
		list = append(list, a)
		return err
	})
	return list, err
}
