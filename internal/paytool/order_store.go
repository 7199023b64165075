package paytool

import (
	"context"
	"fmt"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/work"
)

func selectOrders(tx *store.Tx, where string, args ...any) (list []Order, err error) {
	err = tx.Each(`SELECT no, provider, coalesce(corpid, ''), orderid, business, kind, pay_type, source, creator, receipt, notify, test, status, origin, price, channel, created_at, paid_at, invoice
		FROM paytool_order WHERE `+where, args, func(rows *store.Rows) error {
		var o Order
		var notify, test, created, paid int64
		err := rows.Scan(&o.No, &o.Provider, &o.Corp, &o.ID, &o.Business, &o.Kind, &o.PayType, &o.Source, &o.Creator, &o.Receipt, &notify, &test, &o.Status,
			&o.Origin, &o.Price, &o.Channel, &created, &paid, &o.Invoice)
		o.Notify, o.Test, o.Created, o.Paid = notify == 1, test == 1, milli(created), milli(paid)
		list = append(list, o)
		return err
	})
	return list, err
}

func selectItems(tx *store.Tx, where string, args ...any) (list []Item, err error) {
	err = tx.Each(`SELECT i.no, i.order_no, i.suite, s.suiteid, i.editionid, i.users, i.days, i.effect, i.origin, i.price, i.begin_at, i.end_at, o.kind
		FROM paytool_item i JOIN paytool_order o ON o.no = i.order_no JOIN suite s ON s.no = i.suite WHERE `+where, args, func(rows *store.Rows) error {
		var it Item
		var begin, end int64
		err := rows.Scan(&it.No, &it.Order, &it.Suite, &it.SuiteID, &it.Edition, &it.Users, &it.Days, &it.Effect, &it.Origin, &it.Price, &begin, &end, &it.kind)
		it.Begin, it.End = milli(begin), milli(end)
		list = append(list, it)
		return err
	})
	return list, err
}

func insertOrder(tx *store.Tx, o *Order, items []Item) (err error) {
	var corp any
	if o.Corp != "" {
		corp = o.Corp
	}
	due := int64(0)
	if at := o.due(tx.Now()); !at.IsZero() {
		due = at.UnixMilli()
	}
	o.No, err = tx.Insert(`INSERT INTO paytool_order (provider, corpid, orderid, business, kind, pay_type, source, creator, receipt, notify, test, status, origin, price, channel, created_at, paid_at, due_at, invoice)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 0, ?, '')`,
		o.Provider, corp, o.ID, int64(o.Business), int64(o.Kind), int64(o.PayType), o.Source, string(o.Creator), o.Receipt, bit(o.Notify), bit(o.Test), int64(o.Status), o.Origin, o.Price,
		o.Created.UnixMilli(), due)
	if err != nil {
		return fmt.Errorf("insert order: %w", err)
	}
	for _, it := range items {
		if _, err := tx.Insert(`INSERT INTO paytool_item (order_no, suite, editionid, users, days, effect, origin, price, begin_at, end_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0)`,
			o.No, it.Suite, it.Edition, it.Users, it.Days, it.Effect, it.Origin, it.Price); err != nil {
			return fmt.Errorf("insert item of an order: %w", err)
		}
	}
	return nil
}

// orderWork is what happens to orders by itself as the engine sees it: an order is a key.
// It needs no lease, because two servers that do it collide.
func (s *Service) orderWork() work.Kind {
	return work.Kind{Name: "paytool order", Slots: 1, Every: 5 * time.Second, Waiting: waitingOrders, Take: s.takeOrder, Backlog: orderBacklog}
}

func waitingOrders(tx *store.Tx) (list []work.Waiting, err error) {
	err = tx.Each(`SELECT no, (SELECT corpid FROM provider WHERE provider.no = paytool_order.provider), due_at FROM paytool_order WHERE due_at > 0 AND due_at <= ? ORDER BY due_at, no LIMIT 1000`, []any{tx.Now().UnixMilli()}, func(rows *store.Rows) error {
		var w work.Waiting
		var due int64
		err := rows.Scan(&w.Key, &w.CorpID, &due)
		w.Due = milli(due)
		list = append(list, w)
		return err
	})
	return list, err
}

func orderBacklog(tx *store.Tx) (b work.Backlog, err error) {
	b.Waiting, err = tx.Count(`SELECT count(*) FROM paytool_order WHERE due_at > 0 AND due_at <= ?`, tx.Now().UnixMilli())
	return b, err
}

func (s *Service) takeOrder(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
	var due int64
	found, err := tx.Get(`SELECT due_at FROM paytool_order WHERE no = ? AND due_at > 0`, []any{t.Key}, &due)
	switch {
	case err != nil || !found:
		return nil, time.Time{}, err
	case milli(due).After(tx.Now()):
		return nil, milli(due), nil
	}
	return dueOrder{s, t.Key}, time.Time{}, nil
}

// dueOrder is an order to which something happens by itself.
type dueOrder struct {
	s  *Service
	no int64
}

// Do does nothing: everything happens in the transaction.
func (dueOrder) Do(context.Context) error { return nil }

// Record confirms the order, or grants the refund. One that names no customer is over.
func (d dueOrder) Record(ctx context.Context, tx *store.Tx, _ work.Result) error {
	list, err := selectOrders(tx, `no = ? AND due_at > 0 AND due_at <= ?`, d.no, tx.Now().UnixMilli())
	if err != nil || len(list) == 0 {
		return err
	}
	o := list[0]
	err = tx.Try(func() error {
		switch {
		case o.Status == Refunding:
			return d.s.SettleRefund(ctx, tx, o, RefundGranted)
		case o.Status == Confirming && o.Corp != "":
			_, err := d.s.Pay(ctx, tx, o, "", 0)
			return err
		}
		_, err := tx.Exec(`UPDATE paytool_order SET status = ?, due_at = 0 WHERE no = ?`, int64(Cancelled), o.No)
		return err
	})
	if _, refused := refusal(err); refused {
		_, err = tx.Exec(`UPDATE paytool_order SET status = ?, due_at = 0 WHERE no = ?`, int64(Cancelled), o.No)
	}
	return err
}
