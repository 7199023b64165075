package licence

import (
	"context"
	"strconv"

	"qiwei/internal/event"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// What becomes of orders for advanced interfaces, told to the provider at its URL for system events.
const (
	advancedPaid      = "advanced_api_pay_success"
	advancedRefunded  = "advanced_api_refund"
	advancedCancelled = "advanced_api_cancel"
	advancedExpired   = "advanced_api_expired"
	advancedTrialOver = "advanced_api_trial_expired"
)

// conversations is the one advanced interface that there is (doc 100297).
const conversations = 1

// advancedPush is one of them. To is the outcome of a refund.
func advancedPush(name, openCorpID string, o AdvancedOrder, to Refund) event.Push {
	p := about(name, openCorpID)
	p.Fields.Text("AdvanceApiType", strconv.Itoa(conversations)) // spelt so (doc 100303)
	switch name {
	case advancedExpired:
		var f event.Fields
		f.Text("Edition", strconv.FormatInt(int64(o.Edition), 10))
		p.Fields.Group("ChatArchiveApi", f)
	case advancedTrialOver:
	default:
		p.Fields.Text("OrderId", o.ID)
	}
	switch name {
	case advancedPaid:
		p.Fields.Text("BuyerUserId", string(o.Buyer))
	case advancedRefunded:
		p.Fields.Int("OrderStatus", int64(to))
	}
	p.Fields.Stamp()
	return p
}

func (s *Service) tellAdvanced(ctx context.Context, tx *store.Tx, p suite.Provider, name string, o AdvancedOrder, to Refund) error {
	return s.tell(ctx, tx, p, name, o.Corp, func(open string) event.Push { return advancedPush(name, open, o, to) })
}
