package paytool

import (
	"context"
	"fmt"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// Order is an order for applications of a provider.
type Order struct {
	No       int64
	Provider int64
	Corp     string // the customer; empty until one takes the order
	ID       string
	Business Business
	Kind     Kind
	PayType  PayType
	Source   int64 // 1 the customer, 2 the provider
	Creator  id.UserID
	Receipt  string
	Notify   bool
	Test     bool
	Status   OrderStatus // as it was written; see At
	Origin   int64       // fen
	Price    int64
	Channel  int64 // 1 WeChat, 2 a bank
	Created  time.Time
	Paid     time.Time // zero until it is
	Invoice  string
}

// Item is one application in an order.
type Item struct {
	No         int64
	Order      int64
	Suite      int64
	SuiteID    string
	Edition    string // empty of a proxy-developed application
	Users      int64  // of an expansion those that are added
	Days       int64
	Effect     string // YYYYMMDD
	Origin     int64
	Price      int64
	Begin, End time.Time // zero until it is paid

	kind Kind // of its order
}

// The words of orders (doc 98045).
type (
	Business    int64
	Kind        int64
	PayType     int64
	OrderStatus int64
)

const (
	ThirdParty Business = 1
	Custom     Business = 2
	Industry   Business = 3 // industry solutions (行业解决方案), of which there are none

	Purchase  Kind = 0
	MoreUsers Kind = 1
	MoreTime  Kind = 2
	Other     Kind = 3 // another edition

	CustomerPays PayType = 0
	ProviderPays PayType = 1
	NobodyPays   PayType = 2

	byCustomer = 1
	byProvider = 2

	Unpaid     OrderStatus = 1
	Paid       OrderStatus = 2
	Cancelled  OrderStatus = 3
	Overdue    OrderStatus = 4
	Refunding  OrderStatus = 5
	Refunded   OrderStatus = 6
	Done       OrderStatus = 7 // the money is the provider's
	Confirming OrderStatus = 8 // the customer is to confirm it
	Refused    OrderStatus = 10
)

const (
	// payWithin is how long an order waits for its payment (doc 97654).
	payWithin = 10 * 24 * time.Hour
	// confirmAfter is when an order that nobody pays here confirms itself (doc 98045).
	confirmAfter = 72 * time.Hour
	// frozenFor is when the money is the provider's, and can be refunded no more (doc 97654).
	frozenFor = 10 * 24 * time.Hour
	// refundAfter is when a refund that nobody grants grants itself (doc 97654).
	refundAfter = 5 * 24 * time.Hour
)

// At returns the order's status at a time.
func (o Order) At(now time.Time) OrderStatus {
	switch {
	case o.Status == Unpaid && !now.Before(o.Created.Add(payWithin)):
		return Overdue
	case (o.Status == Paid || o.Status == Refused) && !now.Before(o.Paid.Add(frozenFor)):
		return Done
	}
	return o.Status
}

// due is when something happens to the order by itself, zero for never.
func (o Order) due(now time.Time) time.Time {
	switch o.Status {
	case Confirming:
		return o.Created.Add(confirmAfter)
	case Refunding:
		return now.Add(refundAfter)
	}
	return time.Time{}
}

// place writes an order with its items, and tells the suites of one whose customer is
// known.
func (s *Service) place(ctx context.Context, tx *store.Tx, o Order, items []Item) (Order, error) {
	o.ID, o.Created = "N"+strings.ToUpper(id.Hex(14)), tx.Now()
	o.Status = Unpaid
	if o.PayType != CustomerPays {
		o.Status = Confirming
	}
	for _, it := range items {
		o.Origin, o.Price = o.Origin+it.Origin, o.Price+it.Price
	}
	if err := insertOrder(tx, &o, items); err != nil {
		return o, err
	}
	if o.Status == Confirming {
		s.work.Queued(tx, o.No, 1)
	}
	return o, s.tellAll(ctx, tx, o, openOrder, opened(o.ID, s.operator(tx, o)))
}

// operator is who ordered, as the provider knows them; empty where the provider did.
func (s *Service) operator(tx *store.Tx, o Order) id.UserID {
	if o.Source != byCustomer || o.Creator == "" {
		return ""
	}
	known, err := s.deps.Directory.MemberNumbers(tx, o.Corp, []string{string(o.Creator)})
	if err != nil || known[string(o.Creator)] == 0 {
		return ""
	}
	return s.deps.Suites.ShownMember(o.Provider, known[string(o.Creator)])
}

// Pay pays for an order, or confirms one that nobody pays here. A customer who takes an
// order that names none is named. It answers ErrState for one that is paid or over.
func (s *Service) Pay(ctx context.Context, tx *store.Tx, o Order, corpID string, channel int64) (Order, error) {
	switch {
	case o.Corp == "" && corpID == "":
		return o, ErrParameter.With("corpid: the customer who takes the order expected")
	case o.Corp != "" && corpID != "" && o.Corp != corpID:
		return o, ErrState.With("the order is another enterprise's")
	}
	now := tx.Now()
	switch at := o.At(now); {
	case at == Paid || at == Done:
		return o, ErrPaid
	case at != Confirming && at != Unpaid:
		return o, ErrState
	}
	taken := o.Corp == ""
	if taken {
		o.Corp = corpID
	}
	was := o.Status
	o.Status, o.Paid, o.Channel = Paid, now, channel
	if o.PayType != CustomerPays {
		o.Channel = 0
	}
	n, err := tx.Exec(`UPDATE paytool_order SET corpid = ?, status = ?, paid_at = ?, channel = ?, due_at = 0 WHERE no = ? AND status = ?`,
		o.Corp, int64(Paid), now.UnixMilli(), o.Channel, o.No, int64(was))
	if err == nil && n == 0 {
		err = store.ErrConflict
	}
	if err != nil {
		return o, err
	}
	items, err := selectItems(tx, `i.order_no = ? ORDER BY i.no`, o.No)
	if err != nil {
		return o, err
	}
	for _, it := range items {
		if err := s.begin(tx, o, it); err != nil {
			return o, err
		}
	}
	if taken {
		if err := s.tellAll(ctx, tx, o, openOrder, opened(o.ID, s.operator(tx, o))); err != nil {
			return o, err
		}
	}
	if err := s.tellAll(ctx, tx, o, paySuccess, ofOrder(o.ID)); err != nil {
		return o, err
	}
	return o, s.editionChanged(ctx, tx, o, items)
}

// editionChanged tells the suites of an order that what a customer has of them is
// another edition now.
func (s *Service) editionChanged(ctx context.Context, tx *store.Tx, o Order, items []Item) error {
	for _, it := range items {
		n, any, err := s.paidFor(tx, it.Suite, o.Corp)
		if err != nil {
			return err
		}
		if !any {
			n.Status = Trial
		}
		if _, err := tx.Exec(`INSERT INTO paytool_trial (suite, corpid, ends_at, told, over_at, counted) VALUES (?, ?, 0, ?, 0, '')
			ON CONFLICT (suite, corpid) DO UPDATE SET told = excluded.told`, it.Suite, o.Corp, int64(n.Status)); err != nil {
			return err
		}
	}
	return s.tellAll(ctx, tx, o, changeEdition, func(*event.Fields) {})
}

// begin writes from when to when what was bought counts.
func (s *Service) begin(tx *store.Tx, o Order, it Item) error {
	now := tx.Now()
	n, _, err := s.paidFor(tx, it.Suite, o.Corp)
	if err != nil {
		return err
	}
	it.Begin = now
	switch {
	case it.kind == MoreUsers && !n.bought():
		return ErrExpired
	case it.kind == MoreUsers:
		it.End = n.Ends
	case n.bought():
		it.Begin = n.Ends
	case it.Effect != "":
		if at, err := time.ParseInLocation(effectForm, it.Effect, chinaTime); err == nil && at.After(now) {
			it.Begin = at.UTC()
		}
	}
	if it.kind == MoreTime {
		it.Users = n.Users
		if it.Edition == "" {
			it.Edition = n.Edition.ID
		}
	}
	if it.kind != MoreUsers {
		it.End = it.Begin.Add(time.Duration(it.Days) * day)
	}
	_, err = tx.Exec(`UPDATE paytool_item SET begin_at = ?, end_at = ?, users = ?, editionid = ? WHERE no = ?`, it.Begin.UnixMilli(), it.End.UnixMilli(), it.Users, it.Edition, it.No)
	return err
}

// effectForm is how a day is written on which an edition begins.
const effectForm = "20060102"

// Close cancels an order that is neither paid nor confirmed. It answers ErrClosePaid and
// ErrClose. Doc 98046.
func (s *Service) Close(ctx context.Context, tx *store.Tx, o Order) error {
	switch o.At(tx.Now()) {
	case Unpaid, Confirming:
	case Paid, Done, Refunding, Refused:
		return ErrClosePaid
	default:
		return ErrClose
	}
	n, err := tx.Exec(`UPDATE paytool_order SET status = ?, due_at = 0 WHERE no = ? AND status = ?`, int64(Cancelled), o.No, int64(o.Status))
	if err == nil && n == 0 {
		err = store.ErrConflict
	}
	if err != nil {
		return err
	}
	return s.tellAll(ctx, tx, o, cancelOrder, ofOrder(o.ID))
}

// Change gives an order of a customer another price, which makes it another order. It
// answers ErrOnlyUnpaid. Doc 91930.
func (s *Service) Change(ctx context.Context, tx *store.Tx, o Order, price int64) (Order, error) {
	const least = 70 // hundredths of the price (doc 97654)
	switch {
	case o.At(tx.Now()) != Unpaid || o.Source != byCustomer:
		return o, ErrOnlyUnpaid.With("an unpaid order of a customer expected")
	case price < 1 || price > o.Origin || price*100 < o.Origin*least:
		return o, ErrParameter.With("price: %d%% to 100%% of %d fen expected", least, o.Origin)
	}
	old := o.ID
	o.ID, o.Price = "N"+strings.ToUpper(id.Hex(14)), price
	if _, err := tx.Exec(`UPDATE paytool_order SET orderid = ?, price = ? WHERE no = ? AND status = ?`, o.ID, price, o.No, int64(Unpaid)); err != nil {
		return o, err
	}
	items, err := selectItems(tx, `i.order_no = ? ORDER BY i.no`, o.No)
	if err != nil {
		return o, err
	}
	left := price
	for i, it := range items {
		part := price * it.Origin / max(o.Origin, 1)
		if i == len(items)-1 {
			part = left
		}
		left -= part
		if _, err := tx.Exec(`UPDATE paytool_item SET price = ? WHERE no = ?`, part, it.No); err != nil {
			return o, err
		}
	}
	return o, s.tellAll(ctx, tx, o, changeOrder, changed(old, o.ID))
}

// Refund is what becomes of a refund.
type Refund int64

// The outcomes.
const (
	RefundAsked   Refund = 0
	RefundGranted Refund = 1
	RefundDropped Refund = 2 // the customer has taken it back
)

// SettleRefund asks for a refund of a paid order within ten days, grants it, or drops it. What
// was bought ends when it is granted. It answers ErrState. Doc 91932.
func (s *Service) SettleRefund(ctx context.Context, tx *store.Tx, o Order, to Refund) error {
	now := tx.Now()
	ok := o.Status == Refunding
	if to == RefundAsked || to == RefundGranted {
		ok = ok && to == RefundGranted || o.At(now) == Paid
	}
	if !ok {
		return ErrState.With("an order that was paid within %v, and not refunded before, expected", frozenFor)
	}
	was := o.Status
	o.Status = map[Refund]OrderStatus{RefundAsked: Refunding, RefundGranted: Refunded, RefundDropped: Refused}[to]
	due := int64(0)
	if at := o.due(now); !at.IsZero() {
		due = at.UnixMilli()
	}
	n, err := tx.Exec(`UPDATE paytool_order SET status = ?, due_at = ? WHERE no = ? AND status = ?`, int64(o.Status), due, o.No, int64(was))
	if err == nil && n == 0 {
		err = store.ErrConflict
	}
	if err != nil || to != RefundGranted {
		s.work.Queued(tx, o.No, 1)
		return err
	}
	items, err := selectItems(tx, `i.order_no = ? ORDER BY i.no`, o.No)
	if err != nil {
		return err
	}
	if err := s.tellAll(ctx, tx, o, refunded, ofOrder(o.ID)); err != nil {
		return err
	}
	return s.editionChanged(ctx, tx, o, items)
}

// order returns the provider's order with the id, or ErrOrder.
func (s *Service) order(tx *store.Tx, p suite.Provider, orderID string) (Order, error) {
	if orderID == "" {
		return Order{}, ErrOrderID.With("order_id is missing")
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

// content says what an order buys, for people.
func (s *Service) content(tx *store.Tx, o Order) (string, error) {
	items, err := selectItems(tx, `i.order_no = ? ORDER BY i.no`, o.No)
	var parts []string
	for _, it := range items {
		v, err := s.deps.Suites.SuiteNo(tx, it.Suite)
		if err != nil {
			return "", err
		}
		text := v.Name
		if it.Users > 0 {
			text += fmt.Sprintf(" %d人", it.Users)
		}
		if it.Days > 0 {
			text += fmt.Sprintf(" %d天", it.Days)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "；"), err
}

// provider returns the calling provider.
func (s *Service) provider(tx *store.Tx, by access.Caller) (suite.Provider, error) {
	return s.deps.Suites.Provider(tx, by.Partner)
}
