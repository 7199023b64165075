package licence

import (
	"context"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

// Order is what a provider buys for a customer, or a parent of such orders.
type Order struct {
	No       int64
	Provider int64
	Corp     string // empty where it is for several
	Parent   int64
	ID       string
	Kind     OrderKind
	Status   Status // as it was written; see At
	Test     bool
	Job      int64
	Count
	Duration
	Price     int64 // fen
	Buyer     id.UserID
	Auto      int64 // what payment makes of automatic activation; -1 leaves it
	Method    Method
	Made      int64
	Waiting   bool
	CreatedAt time.Time
	PaidAt    time.Time // zero until it is
}

// OrderKind is what an order buys (doc 95647).
type OrderKind int64

// The kinds. 5 and 6 are of what was moved in 2022, of which there is nothing here.
const (
	Purchase OrderKind = 1
	Renewal  OrderKind = 2
	Union    OrderKind = 8 // for several corps; each has a Purchase below it
)

// Status is what has become of an order (doc 95648).
type Status int64

// The states.
const (
	Unpaid     Status = 0
	Paid       Status = 1
	Cancelled  Status = 2
	Overdue    Status = 3 // not paid in time
	Refunding  Status = 4
	Refunded   Status = 5
	RefundOver Status = 6 // the refund was refused
	Void       Status = 7 // of a corp that is no test corp any more
)

// Method is how an order is paid.
type Method int64

// The methods.
const (
	Undecided Method = 0
	ByBalance Method = 1
	Elsewhere Method = 2
)

// Count is how many accounts of each type are bought.
type Count struct {
	Basic, External int64
}

// Duration is for how long. Until is of renewals alone.
type Duration struct {
	Months, Days int64
	Until        time.Time
}

// InDays is the whole duration: a month has 31 days (doc 95644).
func (d Duration) InDays() int64 { return d.Months*monthDays + d.Days }

// Limits of orders (doc 95644, 95646).
const (
	maxAccounts     = 1_000_000 // of a type in an order
	maxTestAccounts = 1000
	monthDays       = 31
	minDays         = 31
	maxDays         = 1860 // sixty months
	maxMonths       = 60
)

const (
	// payWithin is how long an order waits for its payment (unverified).
	payWithin = 7 * 24 * time.Hour
	// The price of an account for a day, in fen. WeCom's prices depend on the customer;
	// these are ours.
	basicPrice, externalPrice = 10, 60
)

// At returns the order's status at a time: an order that nobody paid for runs out.
func (o Order) At(now time.Time) Status {
	if o.Status == Unpaid && !now.Before(o.CreatedAt.Add(payWithin)) {
		return Overdue
	}
	return o.Status
}

func (o Order) expectedPrice() int64 {
	return (o.Basic*basicPrice + o.External*externalPrice) * o.InDays()
}

func (c Count) valid(test bool) error {
	most, long := int64(maxAccounts), ErrListLong
	if test {
		most, long = maxTestAccounts, ErrTestCount
	}
	switch {
	case c.Basic < 0 || c.External < 0:
		return wire.ErrParameter.With("account_count: a number below 0")
	case c.Basic == 0 && c.External == 0:
		return wire.ErrParameter.With("account_count: one of base_count and external_contact_count above 0 expected")
	case c.Basic > most || c.External > most:
		return long.With("at most %d accounts of a type", most)
	}
	return nil
}

func (d Duration) valid(test bool) error {
	switch {
	case d.Months < 0 || d.Days < 0 || d.Months > maxMonths || d.Days > maxDays:
		return wire.ErrParameter.With("account_duration: %d to %d days expected, a month being %d", minDays, maxDays, monthDays)
	case test && (d.Months != 1 || d.Days != 0):
		return ErrTestMonths
	case d.InDays() < minDays || d.InDays() > maxDays:
		return wire.ErrParameter.With("account_duration: %d to %d days expected, %d given", minDays, maxDays, d.InDays())
	}
	return nil
}

// Buy orders new accounts for a customer. A test corp's order costs nothing and is paid
// at once. It answers ErrNoGrant, ErrTestCount, ErrTestMonths. Doc 95644.
func (s *Service) Buy(ctx context.Context, tx *store.Tx, p party, buyer id.UserID, n Count, d Duration) (Order, error) {
	c, err := s.standing(tx, p.No, p.Corp)
	if err != nil {
		return Order{}, err
	}
	if err := n.valid(c.Test); err != nil {
		return Order{}, err
	}
	if err := d.valid(c.Test); err != nil {
		return Order{}, err
	}
	if err := s.buyer(tx, p.Provider, buyer); err != nil {
		return Order{}, err
	}
	if err := s.authorised(tx, p); err != nil {
		return Order{}, err
	}
	o := Order{Provider: p.No, Corp: p.Corp, Kind: Purchase, Test: c.Test, Count: n, Duration: d, Buyer: buyer, Auto: -1}
	return s.placed(ctx, tx, p.Provider, o)
}

// placed inserts an order, and pays for one that costs nothing.
func (s *Service) placed(ctx context.Context, tx *store.Tx, p suite.Provider, o Order) (Order, error) {
	o.ID, o.CreatedAt = "OI"+id.Letters(22), tx.Now()
	if o.Price == 0 {
		o.Price = o.expectedPrice()
	}
	if o.Test {
		o.Price = 0
	}
	if err := insertOrder(tx, &o); err != nil || !o.Test {
		return o, err
	}
	return s.paid(ctx, tx, p, o)
}

// Cancel closes an order that nobody has paid for. It answers ErrOrder for none of the
// provider's, ErrOtherCorp, ErrOnlyUnpaid. Doc 96106.
func (s *Service) Cancel(tx *store.Tx, p suite.Provider, orderID, corpID string) error {
	o, err := s.order(tx, p, orderID)
	switch {
	case err != nil:
		return err
	case o.Parent != 0:
		return ErrOrder.With("the order for several enterprises is cancelled as a whole")
	case o.Corp != corpID:
		return ErrOtherCorp
	}
	n, err := tx.Exec(`UPDATE licence_order SET status = ? WHERE (no = ? OR parent = ?) AND status = ? AND created_at > ?`,
		int64(Cancelled), o.No, o.No, int64(Unpaid), tx.Now().Add(-payWithin).UnixMilli())
	if err == nil && n == 0 {
		err = ErrOnlyUnpaid
	}
	return err
}

// order returns the provider's order with the id, or ErrOrder.
func (s *Service) order(tx *store.Tx, p suite.Provider, orderID string) (Order, error) {
	if orderID == "" {
		return Order{}, ErrOrder.With("order_id is missing")
	}
	list, err := selectOrders(tx, `provider = ? AND orderid = ?`, p.No, orderID)
	if err == nil && len(list) == 0 {
		err = ErrOrder
	}
	if err != nil {
		return Order{}, err
	}
	return list[0], nil
}

// OrderQuery asks for orders. A zero time is not given.
type OrderQuery struct {
	Corp     string // empty: of all customers
	From, To time.Time
	Before   int64 // the number of the last order of the page before; 0 for the first
	Limit    int64
}

// Orders returns a provider's orders, the newest first. Without a customer those for
// several corps stand in the list, and not their parts; test orders are listed for
// their test corp alone. Doc 95647.
func (s *Service) Orders(tx *store.Tx, p suite.Provider, q OrderQuery) ([]Order, error) {
	where, args := `provider = ? AND test = ?`, []any{p.No, 0}
	if q.Corp == "" {
		where += ` AND parent IS NULL`
	} else {
		c, err := s.standing(tx, p.No, q.Corp)
		if err != nil {
			return nil, err
		}
		if c.Test {
			args[1] = 1
		}
		where, args = where+` AND corpid = ?`, append(args, q.Corp)
	}
	if !q.From.IsZero() {
		where, args = where+` AND created_at >= ? AND created_at < ?`, append(args, q.From.UnixMilli(), q.To.Add(time.Second).UnixMilli())
	}
	if q.Before > 0 {
		where, args = where+` AND no < ?`, append(args, q.Before)
	}
	return selectOrders(tx, where+` ORDER BY no DESC LIMIT ?`, append(args, q.Limit)...)
}
