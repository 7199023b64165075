package licence

import (
	"context"
	"errors"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
	"qiwei/internal/work"
)

// advanced returns the provider's order with the id, or ErrOrder.
func (s *Service) advanced(tx *store.Tx, p suite.Provider, orderID string) (AdvancedOrder, error) {
	list, err := selectAdvanced(tx, `provider = ? AND orderid = ?`, p.No, orderID)
	if err == nil && len(list) == 0 {
		err = ErrOrder
	}
	if err != nil {
		return AdvancedOrder{}, err
	}
	return list[0], nil
}

// CancelAdvanced closes an order that nobody has paid for. It answers ErrOrder and ErrOnlyUnpaid. Doc 100298.
func (s *Service) CancelAdvanced(ctx context.Context, tx *store.Tx, p suite.Provider, orderID string) error {
	o, err := s.advanced(tx, p, orderID)
	if err != nil {
		return err
	}
	n, err := tx.Exec(`UPDATE advanced_order SET status = ? WHERE no = ? AND status = ? AND created_at > ?`,
		int64(Cancelled), o.No, int64(Unpaid), tx.Now().Add(-payWithin).UnixMilli())
	if err == nil && n == 0 {
		err = ErrOnlyUnpaid
	}
	if err != nil {
		return err
	}
	return s.tellAdvanced(ctx, tx, p, advancedCancelled, o, 0)
}

// PayAdvanced pays for an order: from the provider's balance, or in another way. It answers ErrNotUnpaid,
// ErrNoWallet and ErrBalance. Doc 100299.
func (s *Service) PayAdvanced(ctx context.Context, tx *store.Tx, p suite.Provider, o AdvancedOrder, fromBalance bool) error {
	n, err := tx.Exec(`UPDATE advanced_order SET status = ?, from_balance = ? WHERE no = ? AND status = ? AND created_at > ?`,
		int64(Paid), bit(fromBalance), o.No, int64(Unpaid), tx.Now().Add(-payWithin).UnixMilli())
	if err == nil && n == 0 {
		err = ErrNotUnpaid
	}
	if err != nil {
		return err
	}
	if fromBalance {
		if err := s.spend(tx, p, o.Price); err != nil {
			return err
		}
	}
	if err := s.hold(tx, o, 1); err != nil {
		return err
	}
	return s.tellAdvanced(ctx, tx, p, advancedPaid, o, 0)
}

// hold writes what a paid order gives, or with -1 takes back what a refunded one gave.
func (s *Service) hold(tx *store.Tx, o AdvancedOrder, way int64) error {
	add := func(no, people int64) error {
		n, err := tx.Exec(`UPDATE advanced_holding SET people = people + ? WHERE no = ? AND people + ? >= 0`, people, no, people)
		if err == nil && n == 0 {
			err = ErrChanged
		}
		return err
	}
	if o.Kind == AdvancedMore {
		return add(o.Holding, way*o.People)
	}
	if o.Kind == AdvancedUpgrade {
		if err := add(o.Holding, -way*o.People); err != nil {
			return err
		}
	}
	list, err := selectHoldings(tx, `provider = ? AND corpid = ? AND edition = ? AND ends_at = ?`, o.Provider, o.Corp, int64(o.Edition), o.Ends.Unix())
	if err != nil {
		return err
	}
	if len(list) > 0 {
		return add(list[0].No, way*o.People)
	}
	if way < 0 {
		return ErrChanged
	}
	return insertHolding(tx, o.Provider, o.Corp, Term{Edition: o.Edition, People: o.People, Begins: o.Begins, Ends: o.Ends})
}

// anyAdvanced returns an order by its id, whosever it is, for who commands the server.
func (s *Service) anyAdvanced(tx *store.Tx, orderID string) (p suite.Provider, o AdvancedOrder, err error) {
	list, err := selectAdvanced(tx, `orderid = ?`, orderID)
	if err == nil && len(list) == 0 {
		err = ErrOrder
	}
	if err != nil {
		return p, o, err
	}
	p, err = s.ownerOf(tx, list[0].Provider)
	return p, list[0], err
}

// RefundAdvanced asks for a refund of a paid order, or grants or refuses it; a granted one takes back what was
// bought. The provider is told of the outcome. Doc 100304.
func (s *Service) RefundAdvanced(ctx context.Context, tx *store.Tx, orderID string, to Refund) error {
	p, o, err := s.anyAdvanced(tx, orderID)
	if err != nil {
		return err
	}
	status := map[Refund]Status{RefundAsked: Refunding, RefundGranted: Refunded, RefundRefused: RefundOver}[to]
	if o.Status != Paid && (o.Status != Refunding || to == RefundAsked) {
		return ErrUnpaid.With("only a paid order can be refunded, and only once")
	}
	n, err := tx.Exec(`UPDATE advanced_order SET status = ? WHERE no = ? AND status = ?`, int64(status), o.No, int64(o.Status))
	if err == nil && n == 0 {
		err = store.ErrConflict
	}
	if err != nil || to == RefundAsked {
		return err
	}
	if to == RefundGranted {
		if err := s.hold(tx, o, -1); err != nil {
			return err
		}
		if o.FromBalance {
			if _, err := s.Deposit(tx, p, o.Price); err != nil {
				return err
			}
		}
	}
	return s.tellAdvanced(ctx, tx, p, advancedRefunded, o, to)
}

// TryAdvanced gives a customer the interface on trial, for some days. Doc 100308.
func (s *Service) TryAdvanced(tx *store.Tx, p suite.Provider, corpID string, days int64) error {
	if days < 1 || days > advancedTerm {
		return wire.ErrParameter.With("days: 1 to %d expected", advancedTerm)
	}
	if _, err := s.deps.Suites.OpenCorpID(tx, p.CorpID, corpID); errors.Is(err, suite.ErrNotGranted) {
		return ErrNoGrant
	} else if err != nil {
		return err
	}
	now := tx.Now()
	return insertHolding(tx, p.No, corpID, Term{Edition: onTrial, Begins: now, Ends: now.Add(time.Duration(days) * 24 * time.Hour)})
}

// advancedWork tells providers of what has ended, as the engine sees it: a holding is a key. It needs no lease,
// because two servers that tell of one collide.
func (s *Service) advancedWork() work.Kind {
	return work.Kind{Name: "advanced interface", Slots: 1, Every: 5 * time.Second, Waiting: endedHoldings, Take: s.takeHolding, Backlog: endedBacklog}
}

// endedAtOnce is how many are looked for at a time; the next look finds the others.
const endedAtOnce = 200

func endedHoldings(tx *store.Tx) (list []work.Waiting, err error) {
	err = tx.Each(`SELECT no, corpid, ends_at FROM advanced_holding WHERE ended = 0 AND ends_at <= ? ORDER BY ends_at LIMIT ?`, []any{tx.Now().Unix(), int64(endedAtOnce)}, func(rows *store.Rows) error {
		var w work.Waiting
		var at int64
		err := rows.Scan(&w.Key, &w.CorpID, &at)
		w.Due = time.Unix(at, 0)
		list = append(list, w)
		return err
	})
	return list, err
}

func endedBacklog(tx *store.Tx) (b work.Backlog, err error) {
	b.Waiting, err = tx.Count(`SELECT count(*) FROM advanced_holding WHERE ended = 0 AND ends_at < ?`, tx.Now().Unix())
	return b, err
}

func (s *Service) takeHolding(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
	n, err := tx.Count(`SELECT count(*) FROM advanced_holding WHERE no = ? AND ended = 0 AND ends_at <= ?`, t.Key, tx.Now().Unix())
	if err != nil || n == 0 {
		return nil, time.Time{}, err
	}
	return endedHolding{s, t.Key}, time.Time{}, nil
}

type endedHolding struct {
	s  *Service
	no int64
}

// Do does nothing: everything happens in the transaction.
func (endedHolding) Do(context.Context) error { return nil }

// Record tells the provider. Of an edition that goes on in a later period, or whose people were all upgraded,
// nothing is told.
func (d endedHolding) Record(ctx context.Context, tx *store.Tx, _ work.Result) error {
	n, err := tx.Exec(`UPDATE advanced_holding SET ended = 1 WHERE no = ? AND ended = 0`, d.no)
	if err != nil || n == 0 {
		return err
	}
	var o AdvancedOrder
	var people, ends int64
	if _, err := tx.Get(`SELECT provider, corpid, edition, people, ends_at FROM advanced_holding WHERE no = ?`, []any{d.no}, &o.Provider, &o.Corp, &o.Edition, &people, &ends); err != nil {
		return err
	}
	p, err := d.s.ownerOf(tx, o.Provider)
	if err != nil {
		return err
	}
	if o.Edition == onTrial {
		return d.s.tellAdvanced(ctx, tx, p, advancedTrialOver, o, 0)
	}
	later, err := tx.Count(`SELECT count(*) FROM advanced_holding WHERE provider = ? AND corpid = ? AND edition = ? AND people > 0 AND ends_at > ?`, o.Provider, o.Corp, int64(o.Edition), ends)
	if err != nil || people == 0 || later > 0 {
		return err
	}
	return d.s.tellAdvanced(ctx, tx, p, advancedExpired, o, 0)
}
