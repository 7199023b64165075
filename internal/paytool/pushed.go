package paytool

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// What becomes of an order is told to each suite in it, at its command URL. None is
// recorded: the order itself says what has happened.
const (
	openOrder     = "open_order"
	changeOrder   = "change_order"
	paySuccess    = "pay_for_app_success"
	refunded      = "refund"
	cancelOrder   = "cancel_order"
	changeEdition = "change_editon" // as the platform spells it
)

type kinds map[string]*event.Kind[event.Letter]

func declareKinds(l *event.Log) kinds {
	out := kinds{}
	for _, d := range []struct {
		name string
		doc  int
		more func(*event.Fields)
	}{
		{openOrder, 91929, opened("NSample", "woSample")},
		{changeOrder, 91930, changed("NOld", "NNew")},
		{paySuccess, 91931, ofOrder("NSample")},
		{refunded, 91932, ofOrder("NSample")},
		{cancelOrder, 99353, ofOrder("NSample")},
		{changeEdition, 91933, nothingMore},
	} {
		letter := event.Letter{What: push(d.name, "wpSample", d.more)}
		out[d.name] = event.Declare(l, event.Declaration{
			Name: "suite/" + d.name, Doc: d.doc, Callbacks: []string{d.name}, Passing: true, Envelope: event.OfSuite,
		}, func() event.Letter { return letter })
	}
	return out
}

func push(name, openCorpID string, more func(*event.Fields)) event.Push {
	p := event.Push{Event: name}
	p.Lead.Text("PaidCorpId", openCorpID)
	more(&p.Fields)
	return p
}

func nothingMore(*event.Fields) {}

func ofOrder(orderID string) func(*event.Fields) {
	return func(f *event.Fields) { f.Text("OrderId", orderID) }
}

func opened(orderID string, operator id.UserID) func(*event.Fields) {
	return func(f *event.Fields) {
		f.Text("OrderId", orderID)
		f.Text("OperatorId", string(operator))
	}
}

func changed(from, to string) func(*event.Fields) {
	return func(f *event.Fields) {
		f.Text("OldOrderId", from)
		f.Text("NewOrderId", to)
	}
}

// tell pushes to the suite's command URL, if it has one.
func (s *Service) tell(ctx context.Context, tx *store.Tx, v suite.Suite, name, corpID string, more func(*event.Fields)) error {
	if v.CommandURL == "" || corpID == "" {
		return nil
	}
	open, err := s.deps.Suites.EnsureOpenCorpID(tx, v.Provider, corpID)
	if err != nil {
		return err
	}
	return s.kinds[name].Record(ctx, tx, access.System(v.Partner), event.Letter{To: event.Receiver{Book: suite.Book, Key: v.SuiteID}, What: push(name, open, more)})
}

// tellAll tells every suite of an order.
func (s *Service) tellAll(ctx context.Context, tx *store.Tx, o Order, name string, more func(*event.Fields)) error {
	items, err := selectItems(tx, `i.order_no = ? ORDER BY i.no`, o.No)
	if err != nil {
		return err
	}
	told := map[int64]bool{}
	for _, it := range items {
		if told[it.Suite] {
			continue
		}
		told[it.Suite] = true
		v, err := s.deps.Suites.SuiteNo(tx, it.Suite)
		if err != nil {
			return err
		}
		if err := s.tell(ctx, tx, v, name, o.Corp, more); err != nil {
			return err
		}
	}
	return nil
}
