package licence

import (
	"context"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// What the pages of providers show of licences.

// BalanceOf returns what a provider has paid in, in fen. opened is false for one that has no balance.
func (s *Service) BalanceOf(tx *store.Tx, p suite.Provider) (fen int64, opened bool, err error) {
	return balance(tx, p)
}

// Holding is what a customer has of a provider's accounts.
type Holding struct {
	Customer
	CorpID string
	// Of each type: all that are good, those that somebody has, those that can still be bound, and those whose
	// time is over.
	All, Bound, Free, Expired map[Type]int64
}

// Holdings returns what each customer of a provider has, for whom there is an account or a setting, in the order
// of the corpids.
func (s *Service) Holdings(tx *store.Tx, p suite.Provider) (out []Holding, err error) {
	at := map[string]int{}
	of := func(corpID string) *Holding {
		i, ok := at[corpID]
		if !ok {
			i = len(out)
			at[corpID] = i
			out = append(out, Holding{CorpID: corpID, All: map[Type]int64{}, Bound: map[Type]int64{}, Free: map[Type]int64{}, Expired: map[Type]int64{}})
		}
		return &out[i]
	}
	now := tx.Now().UnixMilli()
	count := func(condition string) string {
		return `, CAST(coalesce(sum(CASE WHEN ` + condition + ` THEN 1 ELSE 0 END), 0) AS BIGINT)`
	}
	err = tx.Each(`SELECT corpid, type, count(*)`+count(`member <> 0 AND expire_at > ?`)+count(`member = 0 AND bind_by > ?`)+count(`member <> 0 AND expire_at <= ? OR member = 0 AND bind_by <= ?`)+`
		FROM licence_code WHERE provider = ? AND state = ? GROUP BY corpid, type ORDER BY corpid, type`, []any{now, now, now, now, p.No, int64(Good)}, func(rows *store.Rows) error {
		var corpID string
		var t, all, bound, free, expired int64
		err := rows.Scan(&corpID, &t, &all, &bound, &free, &expired)
		h := of(corpID)
		h.All[Type(t)], h.Bound[Type(t)], h.Free[Type(t)], h.Expired[Type(t)] = all, bound, free, expired
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := tx.Each(`SELECT corpid FROM licence_customer WHERE provider = ? ORDER BY corpid`, []any{p.No}, func(rows *store.Rows) error {
		var corpID string
		err := rows.Scan(&corpID)
		of(corpID)
		return err
	}); err != nil {
		return nil, err
	}
	for i := range out {
		if out[i].Customer, err = s.standing(tx, p.No, out[i].CorpID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// OrderList returns a provider's orders of all customers, also of its test corps, the newest first, those before a
// number if one is given, and whether there are more. The parts of an order for several customers are not among
// them.
func (s *Service) OrderList(tx *store.Tx, p suite.Provider, before, limit int64) (list []Order, more bool, err error) {
	where, args := `provider = ? AND parent IS NULL`, []any{p.No}
	if before != 0 {
		where, args = where+` AND no < ?`, append(args, before)
	}
	list, err = selectOrders(tx, where+` ORDER BY no DESC LIMIT ?`, append(args, limit+1)...)
	if more = int64(len(list)) > limit; more {
		list = list[:limit]
	}
	return list, more, err
}

// OrderOf returns a provider's order. It answers ErrOrder.
func (s *Service) OrderOf(tx *store.Tx, p suite.Provider, orderID string) (Order, error) {
	return s.order(tx, p, orderID)
}

// BuyFor is Buy for a customer by its corpid.
func (s *Service) BuyFor(ctx context.Context, tx *store.Tx, p suite.Provider, corpID string, buyer id.UserID, n Count, d Duration) (Order, error) {
	return s.Buy(ctx, tx, party{p, corpID}, buyer, n, d)
}

// Check says whether licences of a customer are checked, whether an application's first 90 days are free, and
// whether the corp is one of the provider's test corps.
func (s *Service) Check(ctx context.Context, tx *store.Tx, p suite.Provider, corpID string, checked, trial, test bool) error {
	c, err := s.standing(tx, p.No, corpID)
	if err != nil {
		return err
	}
	c.Trial, c.Test = trial, test
	switch {
	case !checked:
		c.CheckedAt = time.Time{}
	case c.CheckedAt.IsZero():
		c.CheckedAt = tx.Now()
	}
	return s.SetCustomer(ctx, tx, p, corpID, c)
}
