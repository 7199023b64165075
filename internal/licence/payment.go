package licence

import (
	"context"
	"errors"
	"fmt"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/work"
)

const (
	// directMost is how many accounts are made in the transaction of the payment. With
	// more, whoever pays would wait.
	directMost = 500
	// makeStep is how many are made in one background transaction.
	makeStep = 2000
	// codesAtOnce is how many rows one INSERT writes.
	codesAtOnce = 100
	// ordersAtOnce is how many parts of a large order are begun at a time.
	ordersAtOnce = 200
)

// Pay pays for an order in another way than from the balance. It answers ErrOrder for
// none, ErrNotUnpaid for one that is paid, closed or too old, and ErrFixedMethod for one
// that is to be paid from the balance.
func (s *Service) Pay(ctx context.Context, tx *store.Tx, orderID string) (Order, error) {
	p, o, err := s.anyOrder(tx, orderID)
	if err != nil {
		return o, err
	}
	if o.Method == ByBalance && o.At(tx.Now()) == Unpaid {
		return o, ErrFixedMethod.With("the order is to be paid from the balance")
	}
	o.Method = Elsewhere
	return s.paid(ctx, tx, p, o)
}

// anyOrder returns an order by its id, whosever it is, for who commands the server.
func (s *Service) anyOrder(tx *store.Tx, orderID string) (p suite.Provider, o Order, err error) {
	list, err := selectOrders(tx, `orderid = ?`, orderID)
	if err == nil && len(list) == 0 {
		err = ErrOrder
	}
	if err != nil {
		return p, o, err
	}
	p, err = s.ownerOf(tx, list[0].Provider)
	return p, list[0], err
}

// ownerOf returns the provider with our number.
func (s *Service) ownerOf(tx *store.Tx, provider int64) (suite.Provider, error) {
	var corpID string
	if _, err := tx.Get(`SELECT corpid FROM provider WHERE no = ?`, []any{provider}, &corpID); err != nil {
		return suite.Provider{}, err
	}
	return s.deps.Suites.Provider(tx, corpID)
}

// payFromBalance pays with what the provider has paid in. It answers ErrNoWallet and
// ErrBalance.
func (s *Service) payFromBalance(ctx context.Context, tx *store.Tx, p suite.Provider, o Order) (Order, error) {
	if err := s.spend(tx, p, o.Price); err != nil {
		return o, err
	}
	o.Method = ByBalance
	return s.paid(ctx, tx, p, o)
}

// spend takes from the balance of a provider. It answers ErrNoWallet and ErrBalance.
func (s *Service) spend(tx *store.Tx, p suite.Provider, fen int64) error {
	if _, opened, err := balance(tx, p); err != nil || !opened {
		return errors.Join(err, whereNot(opened, ErrNoWallet))
	}
	n, err := tx.Exec(`UPDATE licence_wallet SET balance = balance - ? WHERE provider = ? AND balance >= ?`, fen, p.No, fen)
	if err == nil && n == 0 {
		err = ErrBalance.With("%d fen are needed", fen)
	}
	return err
}

func whereNot(ok bool, err error) error {
	if ok {
		return nil
	}
	return err
}

func balance(tx *store.Tx, p suite.Provider) (fen int64, opened bool, err error) {
	opened, err = tx.Get(`SELECT balance FROM licence_wallet WHERE provider = ?`, []any{p.No}, &fen)
	return fen, opened, err
}

// Deposit adds to the balance of a provider, and opens it.
func (s *Service) Deposit(tx *store.Tx, p suite.Provider, fen int64) (int64, error) {
	if _, err := tx.Exec(`INSERT INTO licence_wallet (provider, balance) VALUES (?, ?) ON CONFLICT (provider) DO UPDATE SET balance = licence_wallet.balance + excluded.balance`, p.No, fen); err != nil {
		return 0, err
	}
	now, _, err := balance(tx, p)
	if err == nil && now < 0 {
		err = errors.New("amount: the balance would be below 0")
	}
	return now, err
}

// paid notes that the order is paid for, and has its accounts made. Of two payments one
// answers ErrNotUnpaid.
func (s *Service) paid(ctx context.Context, tx *store.Tx, p suite.Provider, o Order) (Order, error) {
	now := tx.Now()
	n, err := tx.Exec(`UPDATE licence_order SET status = ?, method = ?, paid_at = ?, waiting = ? WHERE no = ? AND status = ? AND created_at > ?`,
		int64(Paid), int64(o.Method), now.UnixMilli(), bit(o.Kind != Union), o.No, int64(Unpaid), now.Add(-payWithin).UnixMilli())
	if err == nil && n == 0 {
		err = ErrNotUnpaid
	}
	if err != nil {
		return o, err
	}
	o.Status, o.PaidAt, o.Waiting = Paid, now, o.Kind != Union
	if o.Kind != Union {
		return s.delivered(ctx, tx, p, o, directMost)
	}
	if _, err := tx.Exec(`UPDATE licence_order SET status = ?, method = ?, paid_at = ?, waiting = 1 WHERE parent = ? AND status = ?`,
		int64(Paid), int64(o.Method), now.UnixMilli(), o.No, int64(Unpaid)); err != nil {
		return o, err
	}
	parts, err := selectOrders(tx, `parent = ? AND waiting = 1 ORDER BY no LIMIT ?`, o.No, ordersAtOnce)
	if err != nil {
		return o, err
	}
	left := int64(directMost)
	for _, part := range parts {
		left -= part.Basic + part.External
		if left < 0 {
			s.orders.Queued(tx, part.No, 1)
			continue
		}
		if _, err := s.delivered(ctx, tx, p, part, directMost); err != nil {
			return o, err
		}
	}
	return o, nil
}

// delivered makes or renews up to n more accounts of a paid order. After the last the
// provider is told.
func (s *Service) delivered(ctx context.Context, tx *store.Tx, p suite.Provider, o Order, n int64) (Order, error) {
	make := s.makeCodes
	if o.Kind == Renewal {
		make = s.renew
	}
	made, done, err := make(tx, o, n)
	if err != nil {
		return o, err
	}
	o.Made, o.Waiting = made, !done
	if _, err := tx.Exec(`UPDATE licence_order SET made = ?, waiting = ? WHERE no = ?`, o.Made, bit(o.Waiting), o.No); err != nil {
		return o, err
	}
	if o.Waiting {
		s.orders.Queued(tx, o.No, 1)
		return o, nil
	}
	if o.Auto >= 0 {
		if err := s.setAuto(tx, p.No, o.Corp, o.Auto == 1); err != nil {
			return o, err
		}
	}
	return o, s.tellPaid(ctx, tx, p, o)
}

// Refund is what becomes of the request for a refund.
type Refund int64

// The outcomes.
const (
	RefundAsked   Refund = 0
	RefundGranted Refund = 1
	RefundRefused Refund = 2
)

// SettleRefund asks for a refund of a paid order, or grants or refuses it. What a granted one
// has paid for ends: its codes are void, and the time of a renewal is taken back. The
// provider is told of the outcome. Doc 95805.
func (s *Service) SettleRefund(ctx context.Context, tx *store.Tx, orderID string, to Refund) error {
	p, o, err := s.anyOrder(tx, orderID)
	if err != nil {
		return err
	}
	status := map[Refund]Status{RefundAsked: Refunding, RefundGranted: Refunded, RefundRefused: RefundOver}[to]
	if o.Kind == Union || o.Waiting || o.Status != Paid && (o.Status != Refunding || to == RefundAsked) {
		return ErrUnpaid.With("only a paid order of one enterprise can be refunded, and only once")
	}
	n, err := tx.Exec(`UPDATE licence_order SET status = ? WHERE no = ? AND status = ?`, int64(status), o.No, int64(o.Status))
	if err == nil && n == 0 {
		err = store.ErrConflict
	}
	if err != nil || to == RefundAsked {
		return err
	}
	if to == RefundGranted {
		if err := s.takeBack(tx, o); err != nil {
			return err
		}
		if o.Method == ByBalance {
			if _, err := s.Deposit(tx, p, o.Price); err != nil {
				return err
			}
		}
	}
	return s.tellRefund(ctx, tx, p, o, to)
}

// orderWork is the making of many accounts as the engine sees it: an order is a key. It
// needs no lease, because two servers that take the same step collide.
func (s *Service) orderWork() work.Kind {
	return work.Kind{Name: "licence order", Slots: 1, Every: 5 * time.Second, Waiting: waitingOrders, Take: s.takeOrder, Backlog: orderBacklog}
}

func waitingOrders(tx *store.Tx) (list []work.Waiting, err error) {
	err = tx.Each(`SELECT no, corpid, paid_at FROM licence_order WHERE waiting = 1 ORDER BY no LIMIT ?`, []any{ordersAtOnce}, func(rows *store.Rows) error {
		var w work.Waiting
		var at int64
		err := rows.Scan(&w.Key, &w.CorpID, &at)
		w.Due = milli(min(at, tx.Now().UnixMilli()))
		list = append(list, w)
		return err
	})
	return list, err
}

func orderBacklog(tx *store.Tx) (b work.Backlog, err error) {
	b.Waiting, err = tx.Count(`SELECT count(*) FROM licence_order WHERE waiting = 1`)
	return b, err
}

func (s *Service) takeOrder(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
	n, err := tx.Count(`SELECT count(*) FROM licence_order WHERE no = ? AND waiting = 1`, t.Key)
	if err != nil || n == 0 {
		return nil, time.Time{}, err
	}
	return orderStep{s, t.Key}, time.Time{}, nil
}

// orderStep is the next part of an order's accounts.
type orderStep struct {
	s  *Service
	no int64
}

// Do does nothing: everything happens in the transaction.
func (orderStep) Do(context.Context) error { return nil }

// Record makes the accounts.
func (d orderStep) Record(ctx context.Context, tx *store.Tx, _ work.Result) error {
	list, err := selectOrders(tx, `no = ? AND waiting = 1`, d.no)
	if err != nil || len(list) == 0 {
		return err
	}
	p, err := d.s.ownerOf(tx, list[0].Provider)
	if err != nil {
		return fmt.Errorf("licence order %d: %w", d.no, err)
	}
	_, err = d.s.delivered(ctx, tx, p, list[0], makeStep)
	return err
}
