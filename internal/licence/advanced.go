package licence

import (
	"context"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of advanced interfaces (doc 100297, 90313).
var (
	ErrBought      = wire.Code(701140, "archive edition already bought")
	ErrNotBought   = wire.Code(701141, "archive edition never bought or expired")
	ErrChanged     = wire.Code(701142, "order changed by another request")
	ErrOrderOpen   = wire.Code(701143, "an order is unpaid or being refunded")
	ErrTooEarly    = wire.Code(701149, "renewal only within the last 60 days")
	ErrEffective   = wire.Code(701163, "invalid effective time")
	ErrNoUpgrade   = wire.Code(701164, "no edition to upgrade to")
	ErrNoArchive   = wire.Code(701165, "chat_archive_api missing")
	ErrNoOperator  = wire.Code(701166, "operator lacks the right or left")
	ErrManyPeople  = wire.Code(701167, "number of users above the limit")
	ErrExpensive   = wire.Code(84077, "order price too high")
	errAdvancedAPI = wire.ErrParameter.With("advanced_api_type: 1 expected, the interface to the contents of conversations")
)

// Edition is what of conversations an advanced interface reads (doc 100297).
type Edition int64

// The editions.
const (
	onTrial   Edition = 0
	Talks     Edition = 2 // conversations inside and outside
	WithCalls Edition = 3 // voice calls as well
)

// AdvancedKind is what an order for an advanced interface does.
type AdvancedKind int64

// The kinds.
const (
	AdvancedNew     AdvancedKind = 0
	AdvancedMore    AdvancedKind = 1 // people, until the edition ends
	AdvancedRenewal AdvancedKind = 2
	AdvancedUpgrade AdvancedKind = 3 // of Talks to WithCalls
)

// Limits of such orders (doc 100297).
const (
	maxPeople      = 1_000_000
	renewWithin    = 60 * 24 * time.Hour // before the end
	maxAhead       = 90 * 24 * time.Hour // of the beginning, from today on
	advancedTerm   = 365                 // days
	maxAdvancedFen = 500_000_000         // of an order
	advancedTerms  = advancedTerm * 24 * time.Hour
	talksPrice     = 1 // fen for a person and a day; WeCom's prices depend on the customer, these are ours
	withCallsPrice = 2
)

// AdvancedOrder is an order for the interface to the contents of conversations.
type AdvancedOrder struct {
	No       int64
	Provider int64
	Corp     string
	ID       string
	Kind     AdvancedKind
	Status   Status // as it was written; see At
	Edition
	People        int64
	Begins, Ends  time.Time
	Holding       int64 // that is extended, renewed or upgraded
	Price         int64 // fen
	OriginalPrice int64 // of an upgrade
	FromBalance   bool
	Buyer         id.UserID
	CreatedAt     time.Time
}

// At returns the order's status at a time: an order that nobody paid for runs out.
func (o AdvancedOrder) At(now time.Time) Status {
	return Order{Status: o.Status, CreatedAt: o.CreatedAt}.At(now)
}

// Term is a period for which a customer has an edition.
type Term struct {
	No int64
	Edition
	People       int64
	Begins, Ends time.Time
}

func (h Term) live(now time.Time) bool    { return now.Before(h.Ends) && h.People > 0 }
func (h Term) pending(now time.Time) bool { return now.Before(h.Begins) }

// Period names a holding by its ends; the zero one leaves the choice to the platform.
type Period struct{ Begins, Ends time.Time }

// AdvancedBuy is what a provider asks for.
type AdvancedBuy struct {
	Kind     AdvancedKind
	Edition  Edition // that is wanted
	Old      Edition // that is upgraded
	People   int64   // 0 leaves it to a renewal
	Begins   time.Time
	From, To Period // of an order for more, or an upgrade
}

// today is the beginning of the day in China.
func today(now time.Time) time.Time {
	zone := time.FixedZone("China", 8*60*60)
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone)
}

func (b AdvancedBuy) valid(now time.Time) error {
	switch {
	case b.Kind < AdvancedNew || b.Kind > AdvancedUpgrade:
		return wire.ErrParameter.With("order_type: 0 to 3 expected, %d given", b.Kind)
	case b.Kind == AdvancedUpgrade && (b.Edition != WithCalls || b.Old != Talks):
		return ErrNoUpgrade.With("old_edition 2 can become edition 3")
	case b.Edition != Talks && b.Edition != WithCalls:
		return wire.ErrParameter.With("edition: 2 or 3 expected, %d given", b.Edition)
	case b.People < 0 || b.People == 0 && b.Kind != AdvancedRenewal:
		return wire.ErrParameter.With("purchase_count: 1 to %d expected", maxPeople)
	case b.People > maxPeople:
		return ErrManyPeople.With("at most %d", maxPeople)
	case !b.Begins.IsZero() && (b.Begins.Before(today(now)) || b.Begins.After(today(now).Add(maxAhead))):
		return ErrEffective.With("take_effect_time: within 90 days from today on expected")
	}
	return nil
}

// price is what people cost for a time, in fen.
func (e Edition) price(people int64, of time.Duration) int64 {
	day := int64(talksPrice)
	if e == WithCalls {
		day = withCallsPrice
	}
	return people * day * int64((of+24*time.Hour-1)/(24*time.Hour))
}

// find returns the holding of an edition that has not ended: the one of a period that is named, otherwise the
// one that begins first, or last.
func find(list []Term, e Edition, p Period, now time.Time, last bool) (out Term, found bool) {
	for _, h := range list {
		named := p.Begins.Unix() == h.Begins.Unix() && p.Ends.Unix() == h.Ends.Unix()
		if h.Edition != e || !h.live(now) || p != (Period{}) && !named {
			continue
		}
		if !found || last == h.Begins.After(out.Begins) {
			out, found = h, true
		}
	}
	return out, found
}

// OrderAdvanced orders the interface for a customer. It answers the Err… of advanced interfaces, ErrNoGrant and
// ErrNoOperator. Doc 100297.
func (s *Service) OrderAdvanced(ctx context.Context, tx *store.Tx, p party, buyer id.UserID, b AdvancedBuy) (AdvancedOrder, error) {
	o := AdvancedOrder{Provider: p.No, Corp: p.Corp, Kind: b.Kind, Edition: b.Edition, People: b.People, Buyer: buyer}
	now := tx.Now()
	if err := b.valid(now); err != nil {
		return o, err
	}
	if err := s.authorised(tx, p); err != nil {
		return o, err
	}
	open, err := tx.Count(`SELECT count(*) FROM advanced_order WHERE provider = ? AND corpid = ? AND (status = ? AND created_at > ? OR status = ?)`,
		p.No, p.Corp, int64(Unpaid), now.Add(-payWithin).UnixMilli(), int64(Refunding))
	if err == nil && open > 0 {
		err = ErrOrderOpen
	}
	if err != nil {
		return o, err
	}
	list, err := selectHoldings(tx, `provider = ? AND corpid = ? AND edition > 0 ORDER BY begins_at, no`, p.No, p.Corp)
	if err != nil {
		return o, err
	}
	if err := o.fill(b, list, now); err != nil {
		return o, err
	}
	if o.Price > maxAdvancedFen {
		return o, ErrExpensive.With("%d fen, of at most %d", o.Price, int64(maxAdvancedFen))
	}
	o.ID, o.CreatedAt = "OA"+id.Letters(22), now
	return o, insertAdvanced(tx, &o)
}

// fill works out when the order begins and ends, and what it costs, from what the customer has.
func (o *AdvancedOrder) fill(b AdvancedBuy, list []Term, now time.Time) error {
	switch b.Kind {
	case AdvancedNew:
		for _, h := range list {
			if h.Edition == b.Edition && h.People > 0 { // what was refunded is as if it was never bought
				return ErrBought.With("edition %d can be extended, renewed or upgraded", b.Edition)
			}
		}
		o.Begins = b.begin(now)
		o.Ends = o.Begins.Add(advancedTerms)
	case AdvancedMore:
		h, found := find(list, b.Edition, b.From, now, false)
		if !found {
			return ErrNotBought
		}
		o.Holding, o.Begins, o.Ends = h.No, latest(today(now), h.Begins), h.Ends
	case AdvancedRenewal:
		return o.renew(b, list, now)
	case AdvancedUpgrade:
		old, found := find(list, b.Old, b.From, now, false)
		if !found {
			return ErrNotBought
		}
		if b.People > old.People {
			return ErrManyPeople.With("at most the %d of the older edition", old.People)
		}
		o.Holding, o.Begins, o.Ends = old.No, latest(today(now), old.Begins), old.Ends
		if to, found := find(list, b.Edition, b.To, now, true); found {
			o.Begins, o.Ends = latest(today(now), to.Begins), to.Ends
		} else if b.To != (Period{}) {
			return ErrNoUpgrade.With("target_edition_info names no period of edition %d", b.Edition)
		}
		o.OriginalPrice = b.Edition.price(b.People, o.Ends.Sub(o.Begins))
		o.Price = max(0, o.OriginalPrice-b.Old.price(b.People, old.Ends.Sub(latest(today(now), old.Begins))))
		return nil
	}
	o.Price = o.Edition.price(o.People, o.Ends.Sub(o.Begins))
	return nil
}

// renew is fill for a renewal: from the end on, which must be near, or from a day that is named where the
// edition has ended.
func (o *AdvancedOrder) renew(b AdvancedBuy, list []Term, now time.Time) error {
	var last Term
	for _, h := range list {
		if h.Edition != b.Edition || h.People == 0 {
			continue
		}
		if h.pending(now) {
			return ErrTooEarly.With("a period is there that has not begun")
		}
		if h.Ends.After(last.Ends) {
			last = h
		}
	}
	switch {
	case last.No == 0:
		return ErrNotBought
	case last.Ends.Sub(now) > renewWithin:
		return ErrTooEarly
	case last.live(now):
		o.Begins = last.Ends
	default:
		o.Begins = b.begin(now)
	}
	if o.People == 0 {
		o.People = last.People
	}
	o.Holding, o.Ends = last.No, o.Begins.Add(advancedTerms)
	o.Price = o.Edition.price(o.People, advancedTerms)
	return nil
}

// begin is the day that is named, otherwise today.
func (b AdvancedBuy) begin(now time.Time) time.Time {
	if b.Begins.IsZero() {
		return today(now)
	}
	return b.Begins
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
