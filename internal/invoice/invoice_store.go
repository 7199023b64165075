package invoice

import (
	"encoding/json"

	"qiwei/internal/store"
)

// selectInvoices returns invoices. where may order and limit them.
func selectInvoices(tx *store.Tx, where string, args ...any) (list []Invoice, err error) {
	err = tx.Each(`SELECT no, corpid, member, card_id, code, status, outside, body FROM invoice WHERE `+where, args, func(rows *store.Rows) error {
		var i Invoice
		var body string
		if err := rows.Scan(&i.No, &i.CorpID, &i.Member, &i.Card.ID, &i.Card.Code, &i.Status, &i.Outside, &body); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(body), &i.Paper)
		list = append(list, i)
		return err
	})
	return list, err
}

func insertInvoice(tx *store.Tx, i Invoice) (Invoice, error) {
	body, err := json.Marshal(i.Paper)
	if err != nil {
		return i, err
	}
	i.No, err = tx.Insert(`INSERT INTO invoice (corpid, member, card_id, code, status, body) VALUES (?, ?, ?, ?, ?, ?)`, i.CorpID, i.Member, i.Card.ID, i.Card.Code, int64(i.Status), string(body))
	return i, err
}

func updateInvoice(tx *store.Tx, i Invoice) error {
	var outside int64
	if i.Outside {
		outside = 1
	}
	_, err := tx.Exec(`UPDATE invoice SET status = ?, outside = ? WHERE no = ? AND corpid = ?`, int64(i.Status), outside, i.No, i.CorpID)
	return err
}

// Any reports whether a member of the corp has an invoice.
func (s *Service) Any(tx *store.Tx, corpID string) (bool, error) {
	var one int64
	return tx.Get(`SELECT 1 FROM invoice WHERE corpid = ? LIMIT 1`, []any{corpID}, &one)
}
