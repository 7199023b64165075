package licence

import (
	"fmt"
	"time"

	"qiwei/internal/store"
)

const orderColumns = `no, provider, coalesce(corpid, ''), coalesce(parent, 0), orderid, kind, status, test, job, basic, external, months, days, until, price, buyer, auto_active, method, made, waiting, created_at, paid_at`

func selectOrders(tx *store.Tx, where string, args ...any) (list []Order, err error) {
	err = tx.Each(`SELECT `+orderColumns+` FROM licence_order WHERE `+where, args, func(rows *store.Rows) error {
		var o Order
		var test, waiting, until, created, paid int64
		err := rows.Scan(&o.No, &o.Provider, &o.Corp, &o.Parent, &o.ID, &o.Kind, &o.Status, &test, &o.Job, &o.Basic, &o.External, &o.Months, &o.Days,
			&until, &o.Price, &o.Buyer, &o.Auto, &o.Method, &o.Made, &waiting, &created, &paid)
		o.Test, o.Waiting, o.CreatedAt = test == 1, waiting == 1, milli(created)
		o.PaidAt = milli(paid)
		if until > 0 {
			o.Until = time.Unix(until, 0).UTC()
		}
		list = append(list, o)
		return err
	})
	return list, err
}

// milli is the time of a row, zero for 0.
func milli(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return time.UnixMilli(at).UTC()
}

func unix(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.Unix()
}

func bit(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

func orNull[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

func insertOrder(tx *store.Tx, o *Order) (err error) {
	o.No, err = tx.Insert(`INSERT INTO licence_order (provider, corpid, parent, orderid, kind, status, test, job, basic, external, months, days, until, price, buyer, auto_active, method, made, waiting, created_at, paid_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?, 0)`,
		o.Provider, orNull(o.Corp), orNull(o.Parent), o.ID, int64(o.Kind), int64(o.Status), bit(o.Test), o.Job, o.Basic, o.External, o.Months, o.Days, unix(o.Until),
		o.Price, string(o.Buyer), o.Auto, o.CreatedAt.UnixMilli())
	if err != nil {
		return fmt.Errorf("insert licence order: %w", err)
	}
	return nil
}
