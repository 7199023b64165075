package licence

import (
	"context"
	"errors"
	"fmt"

	"qiwei/internal/corp"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// Scripts returns what stands in dev for the provider's console and for who pays.
func (s *Service) Scripts() []door.Route {
	at := func(name string) string { return "POST /_qiwei/providers/" + name }
	return []door.Route{
		door.Script(at("pay"), s.deps.Log, s.scriptPay),
		door.Script(at("refund"), s.deps.Log, s.scriptRefund),
		door.Script(at("deposit"), s.deps.Log, s.scriptDeposit),
		door.Script(at("customer"), s.deps.Log, s.scriptCustomer),
		door.Script(at("advanced_pay"), s.deps.Log, s.scriptAdvancedPay),
		door.Script(at("advanced_refund"), s.deps.Log, s.scriptAdvancedRefund),
		door.Script(at("advanced_trial"), s.deps.Log, s.scriptAdvancedTrial),
		door.Script(at("link"), s.deps.Log, s.scriptLink),
	}
}

type payScript struct {
	OrderID string `json:"order_id"`
}

type payAnswer struct {
	Status int64 `json:"order_status"`
	// Waiting says that the codes of a large order are still being made.
	Waiting bool `json:"waiting"`
}

func (s *Service) scriptPay(ctx context.Context, req payScript) (answer payAnswer, err error) {
	err = s.script(ctx, func(tx *store.Tx) error {
		o, err := s.Pay(ctx, tx, req.OrderID)
		answer = payAnswer{int64(o.Status), o.Waiting}
		return err
	})
	return answer, err
}

type refundScript struct {
	OrderID string `json:"order_id"`
	// Outcome is "granted" where it is left out, "refused", or "asked" for a request that
	// nobody has decided yet.
	Outcome string `json:"outcome"`
}

type nothing struct{}

func (s *Service) scriptRefund(ctx context.Context, req refundScript) (nothing, error) {
	to, err := req.outcome()
	if err != nil {
		return nothing{}, err
	}
	return nothing{}, s.script(ctx, func(tx *store.Tx) error { return s.SettleRefund(ctx, tx, req.OrderID, to) })
}

// whose names a provider: by its corpid, or by one of its suites.
type whose struct {
	Provider id.CorpID `json:"provider"`
	SuiteID  string    `json:"suite_id"`
}

type depositScript struct {
	whose
	Amount int64 `json:"amount"` // fen; below 0 takes away
}

type depositAnswer struct {
	Balance int64 `json:"balance"`
}

func (s *Service) scriptDeposit(ctx context.Context, req depositScript) (answer depositAnswer, err error) {
	err = s.script(ctx, func(tx *store.Tx) error {
		p, err := s.partner(tx, req.SuiteID, req.Provider)
		if err != nil {
			return err
		}
		answer.Balance, err = s.Deposit(tx, p, req.Amount)
		return err
	})
	return answer, err
}

type customerScript struct {
	whose
	CorpID  string `json:"corpid"`
	Checked *bool  `json:"checked"` // licences are checked
	Trial   *bool  `json:"trial"`   // but not in an application's first 90 days
	Test    *bool  `json:"test"`    // a test corp of the provider
}

type customerAnswer struct {
	Checked bool `json:"checked"`
	Trial   bool `json:"trial"`
	Test    bool `json:"test"`
}

func (s *Service) scriptCustomer(ctx context.Context, req customerScript) (answer customerAnswer, err error) {
	err = s.script(ctx, func(tx *store.Tx) error {
		p, err := s.partner(tx, req.SuiteID, req.Provider)
		if err != nil {
			return err
		}
		if _, err := s.deps.Corps.Corp(tx, req.CorpID); err != nil {
			return err
		}
		c, err := s.standing(tx, p.No, req.CorpID)
		if err != nil {
			return err
		}
		set := func(to *bool, is *bool) {
			if to != nil {
				*is = *to
			}
		}
		checked := !c.CheckedAt.IsZero()
		set(req.Checked, &checked)
		set(req.Trial, &c.Trial)
		set(req.Test, &c.Test)
		switch {
		case !checked:
			c.CheckedAt = milli(0)
		case c.CheckedAt.IsZero():
			c.CheckedAt = tx.Now()
		}
		answer = customerAnswer{checked, c.Trial, c.Test}
		return s.SetCustomer(ctx, tx, p, req.CorpID, c)
	})
	return answer, err
}

type linkScript struct {
	whose
	From   string `json:"from_corpid"`
	To     string `json:"to_corpid"`
	Link   int64  `json:"corp_link_type"`
	People int64  `json:"people"`
	// Unshared says that the upper corp shares no application of the provider.
	Unshared bool `json:"unshared"`
}

func (s *Service) scriptLink(ctx context.Context, req linkScript) (nothing, error) {
	return nothing{}, s.script(ctx, func(tx *store.Tx) error {
		p, err := s.partner(tx, req.SuiteID, req.Provider)
		if err != nil {
			return err
		}
		for _, c := range []string{req.From, req.To} {
			if _, err := s.deps.Corps.Corp(tx, c); err != nil {
				return err
			}
		}
		return s.SetLink(tx, p.No, Link{req.From, req.To, req.Link, req.People, !req.Unshared})
	})
}

// script runs one, and says plainly what it names that is not there.
func (s *Service) script(ctx context.Context, fn func(*store.Tx) error) error {
	err := s.deps.Store.Write(ctx, fn)
	switch {
	case errors.Is(err, suite.ErrNotFound):
		return door.Missing("suite_id: there is no such suite")
	case errors.Is(err, suite.ErrNoProvider):
		return door.Missing("provider: the enterprise is not a provider")
	case errors.Is(err, corp.ErrNotFound):
		return door.Missing("corpid: there is no such enterprise")
	case errors.Is(err, ErrOrder):
		return door.Missing(fmt.Sprintf("order_id: %v", err))
	}
	return err
}
