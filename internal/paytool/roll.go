package paytool

import (
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// What the pages of providers, and those of their customers, show of editions and orders.

// Plan is how a suite is sold.
type Plan struct {
	TrialDays int64 // 0 is as long as one likes
	Editions  []Edition
}

// PlanOf returns how a suite is sold. found is false for one that nobody pays for.
func (s *Service) PlanOf(tx *store.Tx, v suite.Suite) (p Plan, found bool, err error) {
	if found, err = tx.Get(`SELECT trial_days FROM paytool_plan WHERE suite = ?`, []any{v.No}, &p.TrialDays); err != nil || !found {
		return p, found, err
	}
	return p, true, tx.Each(`SELECT suite, editionid, name, fixed, price, least, most FROM paytool_edition WHERE suite = ? ORDER BY no`, []any{v.No}, func(rows *store.Rows) error {
		var e Edition
		var fixed int64
		err := rows.Scan(&e.Suite, &e.ID, &e.Name, &fixed, &e.Price, &e.Least, &e.Most)
		e.Fixed = fixed == 1
		p.Editions = append(p.Editions, e)
		return err
	})
}

// Listed is an order with what it buys, in words.
type Listed struct {
	Order
	Content string
	Now     OrderStatus // at the time of the list
}

// OrdersOf returns a provider's orders, the newest first, those before a number if one is given, and whether
// there are more.
func (s *Service) OrdersOf(tx *store.Tx, p suite.Provider, before, limit int64) ([]Listed, bool, error) {
	return s.listed(tx, `provider = ?`, p.No, before, limit)
}

// OrdersBy returns the orders of an enterprise as a customer, in the same way.
func (s *Service) OrdersBy(tx *store.Tx, corpID string, before, limit int64) ([]Listed, bool, error) {
	return s.listed(tx, `corpid = ?`, corpID, before, limit)
}

func (s *Service) listed(tx *store.Tx, where string, whose any, before, limit int64) (out []Listed, more bool, err error) {
	args := []any{whose}
	if before != 0 {
		where, args = where+` AND no < ?`, append(args, before)
	}
	list, err := selectOrders(tx, where+` ORDER BY no DESC LIMIT ?`, append(args, limit+1)...)
	if err != nil {
		return nil, false, err
	}
	if more = int64(len(list)) > limit; more {
		list = list[:limit]
	}
	for _, o := range list {
		text, err := s.content(tx, o)
		if err != nil {
			return nil, false, err
		}
		out = append(out, Listed{o, text, o.At(tx.Now())})
	}
	return out, more, nil
}

// OrderOf returns a provider's order. It answers ErrOrder.
func (s *Service) OrderOf(tx *store.Tx, p suite.Provider, orderID string) (Order, error) {
	return s.order(tx, p, orderID)
}

// OrderAt returns an order of an enterprise as a customer. It answers ErrOrder.
func (s *Service) OrderAt(tx *store.Tx, corpID, orderID string) (Order, error) {
	list, err := selectOrders(tx, `corpid = ? AND orderid = ?`, corpID, orderID)
	if err == nil && len(list) == 0 {
		err = ErrOrder
	}
	if err != nil {
		return Order{}, err
	}
	return list[0], nil
}
