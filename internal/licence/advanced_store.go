package licence

import (
	"fmt"
	"time"

	"qiwei/internal/store"
)

const advancedColumns = `no, provider, corpid, orderid, kind, status, edition, people, begins_at, ends_at, holding, price, original_price, from_balance, buyer, created_at`

func selectAdvanced(tx *store.Tx, where string, args ...any) (list []AdvancedOrder, err error) {
	err = tx.Each(`SELECT `+advancedColumns+` FROM advanced_order WHERE `+where, args, func(rows *store.Rows) error {
		var o AdvancedOrder
		var begins, ends, balance, created int64
		err := rows.Scan(&o.No, &o.Provider, &o.Corp, &o.ID, &o.Kind, &o.Status, &o.Edition, &o.People, &begins, &ends, &o.Holding, &o.Price, &o.OriginalPrice, &balance, &o.Buyer, &created)
		o.Begins, o.Ends, o.FromBalance, o.CreatedAt = time.Unix(begins, 0), time.Unix(ends, 0), balance == 1, milli(created)
		list = append(list, o)
		return err
	})
	return list, err
}

func insertAdvanced(tx *store.Tx, o *AdvancedOrder) (err error) {
	o.No, err = tx.Insert(`INSERT INTO advanced_order (provider, corpid, orderid, kind, status, edition, people, begins_at, ends_at, holding, price, original_price, from_balance, buyer, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)`, o.Provider, o.Corp, o.ID, int64(o.Kind), int64(o.Status), int64(o.Edition), o.People, o.Begins.Unix(), o.Ends.Unix(), o.Holding,
		o.Price, o.OriginalPrice, string(o.Buyer), o.CreatedAt.UnixMilli())
	if err != nil {
		return fmt.Errorf("insert advanced order: %w", err)
	}
	return nil
}

func selectHoldings(tx *store.Tx, where string, args ...any) (list []Term, err error) {
	err = tx.Each(`SELECT no, edition, people, begins_at, ends_at FROM advanced_holding WHERE `+where, args, func(rows *store.Rows) error {
		var h Term
		var begins, ends int64
		err := rows.Scan(&h.No, &h.Edition, &h.People, &begins, &ends)
		h.Begins, h.Ends = time.Unix(begins, 0), time.Unix(ends, 0)
		list = append(list, h)
		return err
	})
	return list, err
}

func insertHolding(tx *store.Tx, provider int64, corpID string, h Term) error {
	return tx.Send(`INSERT INTO advanced_holding (provider, corpid, edition, people, begins_at, ends_at, ended) VALUES (?, ?, ?, ?, ?, ?, 0)`,
		provider, corpID, int64(h.Edition), h.People, h.Begins.Unix(), h.Ends.Unix())
}
