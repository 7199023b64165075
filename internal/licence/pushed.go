package licence

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// What becomes of orders and accounts is told to the provider alone, at its URL for
// system events. None is recorded: orders and codes themselves say what has happened.
const (
	paySuccess   = "license_pay_success"
	refundResult = "license_refund"
	autoActivate = "auto_activate"
	unlicensed   = "unlicensed_notify"
)

type kinds map[string]*event.Kind[event.Letter]

func declareKinds(l *event.Log) kinds {
	out := kinds{}
	for _, d := range []struct {
		name     string
		doc      int
		envelope event.Envelope
		push     event.Push
	}{
		{paySuccess, 95804, event.OfProvider, paidPush("wpSample", Order{ID: "OISample", Buyer: "zhangsan"})},
		{refundResult, 95805, event.OfProvider, refundPush("wpSample", "OISample", RefundGranted)},
		{autoActivate, 95994, event.OfProvider, autoPush("wpSample", Opened, []activated{{Code{Text: "LSample", Type: Basic}, "woSample", 1, "LOld"}})},
		{advancedPaid, 100303, event.OfProvider, advancedPush(advancedPaid, "wpSample", AdvancedOrder{ID: "OASample", Buyer: "zhangsan"}, 0)},
		{advancedRefunded, 100304, event.OfProvider, advancedPush(advancedRefunded, "wpSample", AdvancedOrder{ID: "OASample"}, RefundGranted)},
		{advancedCancelled, 100305, event.OfProvider, advancedPush(advancedCancelled, "wpSample", AdvancedOrder{ID: "OASample"}, 0)},
		{advancedExpired, 100307, event.OfProvider, advancedPush(advancedExpired, "wpSample", AdvancedOrder{Edition: Talks}, 0)},
		{advancedTrialOver, 100308, event.OfProvider, advancedPush(advancedTrialOver, "wpSample", AdvancedOrder{}, 0)},
		{unlicensed, 95716, event.InCorp, unlicensedPush("zhangsan", 1000002)},
	} {
		letter := event.Letter{What: d.push}
		declared := event.Declaration{Name: d.name, Doc: d.doc, Passing: true, Envelope: d.envelope}
		if d.envelope == event.OfProvider {
			declared.Callbacks = []string{d.name}
		}
		out[d.name] = event.Declare(l, declared, func() event.Letter { return letter })
	}
	return out
}

// about begins a push about a customer, by the provider's id of it.
func about(name, openCorpID string) event.Push {
	p := event.Push{Event: name}
	p.Fields.Text("AuthCorpId", openCorpID)
	return p
}

func paidPush(openCorpID string, o Order) event.Push {
	p := about(paySuccess, openCorpID)
	p.Fields.Text("OrderId", o.ID)
	p.Fields.Text("BuyerUserId", string(o.Buyer))
	p.Fields.Stamp()
	return p
}

func refundPush(openCorpID, orderID string, to Refund) event.Push {
	p := about(refundResult, openCorpID)
	p.Fields.Text("OrderId", orderID)
	p.Fields.Int("OrderStatus", int64(to))
	p.Fields.Stamp()
	return p
}

// activated is an account that was bound by itself.
type activated struct {
	Code
	user     id.UserID // as the provider knows the member
	before   int64     // 1 none, 2 one with at most seven days left, 3 one that has expired
	previous string    // code
}

func autoPush(openCorpID string, scene Scene, list []activated) event.Push {
	p := about(autoActivate, openCorpID)
	p.Fields.Int("Scene", int64(scene))
	p.Fields.Stamp()
	for _, a := range list {
		var f event.Fields
		f.Text("ActiveCode", a.Text)
		f.Int("Type", int64(a.Type))
		f.Int("ExpireTime", unix(a.ExpireAt))
		f.Text("UserId", string(a.user))
		f.Int("PreviousStatus", a.before)
		if a.previous != "" {
			f.Text("PreviousActiveCode", a.previous)
		}
		p.Fields.Group("AccountList", f)
	}
	return p
}

func unlicensedPush(user id.UserID, agentID int64) event.Push {
	p := event.Push{Event: unlicensed, From: user}
	p.Fields.Int("AgentID", agentID)
	return p
}

func (s *Service) tellPaid(ctx context.Context, tx *store.Tx, p suite.Provider, o Order) error {
	return s.tell(ctx, tx, p, paySuccess, o.Corp, func(open string) event.Push { return paidPush(open, o) })
}

func (s *Service) tellRefund(ctx context.Context, tx *store.Tx, p suite.Provider, o Order, to Refund) error {
	return s.tell(ctx, tx, p, refundResult, o.Corp, func(open string) event.Push { return refundPush(open, o.ID, to) })
}

// tell pushes to the provider's URL for system events, if it has one.
func (s *Service) tell(ctx context.Context, tx *store.Tx, p suite.Provider, name, corpID string, push func(openCorpID string) event.Push) error {
	if p.EventURL == "" {
		return nil
	}
	open, err := s.deps.Suites.OpenCorpID(tx, p.CorpID, corpID)
	if err != nil {
		return err
	}
	return s.kinds[name].Record(ctx, tx, access.System(p.CorpID), event.Letter{To: event.Receiver{Book: suite.ProviderBook, Key: p.CorpID}, What: push(open)})
}
