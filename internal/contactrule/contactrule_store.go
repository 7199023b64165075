package contactrule

import (
	"encoding/json"

	"qiwei/internal/store"
)

// selectRules returns rules. where may order and limit them.
func selectRules(tx *store.Tx, where string, args ...any) (list []Rule, err error) {
	err = tx.Each(`SELECT no, type, body FROM contact_rule WHERE `+where, args, func(rows *store.Rows) error {
		var r Rule
		var body string
		if err := rows.Scan(&r.No, &r.Type, &body); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(body), &r)
		list = append(list, r)
		return err
	})
	return list, err
}

func insertRule(tx *store.Tx, corpID string, r Rule) (int64, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return 0, err
	}
	return tx.Insert(`INSERT INTO contact_rule (corpid, type, body) VALUES (?, ?, ?)`, corpID, r.Type, string(body))
}

func updateRule(tx *store.Tx, corpID string, r Rule) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE contact_rule SET body = ? WHERE no = ? AND corpid = ?`, string(body), r.No, corpID)
	return err
}
