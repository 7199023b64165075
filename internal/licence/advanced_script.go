package licence

import (
	"context"

	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) scriptAdvancedPay(ctx context.Context, req payScript) (nothing, error) {
	return nothing{}, s.script(ctx, func(tx *store.Tx) error {
		p, o, err := s.anyAdvanced(tx, req.OrderID)
		if err != nil {
			return err
		}
		return s.PayAdvanced(ctx, tx, p, o, false)
	})
}

func (s *Service) scriptAdvancedRefund(ctx context.Context, req refundScript) (nothing, error) {
	to, err := req.outcome()
	if err != nil {
		return nothing{}, err
	}
	return nothing{}, s.script(ctx, func(tx *store.Tx) error { return s.RefundAdvanced(ctx, tx, req.OrderID, to) })
}

// outcome is what becomes of the refund.
func (r refundScript) outcome() (Refund, error) {
	to, ok := map[string]Refund{"": RefundGranted, "granted": RefundGranted, "refused": RefundRefused, "asked": RefundAsked}[r.Outcome]
	if !ok {
		return to, wire.ErrParameter.With("outcome: granted, refused or asked expected")
	}
	return to, nil
}

type advancedTrialScript struct {
	whose
	CorpID string `json:"corpid"`
	Days   int64  `json:"days"`
}

func (s *Service) scriptAdvancedTrial(ctx context.Context, req advancedTrialScript) (nothing, error) {
	return nothing{}, s.script(ctx, func(tx *store.Tx) error {
		p, err := s.partner(tx, req.SuiteID, req.Provider)
		if err != nil {
			return err
		}
		return s.TryAdvanced(tx, p, req.CorpID, req.Days)
	})
}
