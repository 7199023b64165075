package console

import (
	"errors"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/paytool"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// What an enterprise buys of providers: which edition it has of what is installed, and its orders. Nobody pays
// with money here: in dev an admin says that an order is paid.

func (s *Service) purchaseCalls() []call {
	calls := []call{
		{pattern: "GET /console/api/purchases", right: readCorp, handle: s.listPurchases},
		{pattern: "POST /console/api/purchases", right: editCorp, handle: s.order},
		{pattern: "POST /console/api/purchases/{order}/{what}", right: editCorp, handle: s.settlePurchase},
	}
	if s.deps.Dev {
		calls = append(calls, call{pattern: "POST /console/api/purchases/{order}/pay", right: editCorp, handle: s.payPurchase})
	}
	return calls
}

func (s *Service) listPurchases(v *visit) (any, error) {
	before, limit, err := v.before()
	if err != nil {
		return nil, err
	}
	type standing struct {
		SuiteID  string        `json:"suite_id"`
		Name     string        `json:"name"`
		Kind     access.Kind   `json:"kind"`
		Status   int64         `json:"app_status"`
		Edition  string        `json:"edition,omitempty"`
		Users    int64         `json:"users"`
		EndsAt   time.Time     `json:"ends_at,omitzero"`
		Editions []editionLine `json:"editions"` // that can be bought
	}
	out := struct {
		Installed []standing  `json:"installed"`
		Orders    []orderLine `json:"orders"`
		More      bool        `json:"more"`
		Dev       bool        `json:"dev"` // orders can be paid with one click
	}{Installed: []standing{}, Orders: []orderLine{}, Dev: s.deps.Dev}
	return &out, v.look(func(tx *store.Tx) error {
		here, err := s.deps.Suites.InstalledIn(tx, v.corpID)
		if err != nil {
			return err
		}
		for _, in := range here {
			n, found, err := s.deps.Paytool.Standing(tx, in)
			if err != nil {
				return err
			}
			if !found {
				continue
			}
			plan, _, err := s.deps.Paytool.PlanOf(tx, in.Suite)
			if err != nil {
				return err
			}
			out.Installed = append(out.Installed, standing{in.Suite.SuiteID, in.Suite.Name, in.Suite.Kind, int64(n.Status), n.Edition.Name, n.Users, n.Ends, linesOfPlan(plan)})
		}
		list, more, err := s.deps.Paytool.OrdersBy(tx, v.corpID, before, limit)
		out.More = more
		for _, o := range list {
			out.Orders = append(out.Orders, lineOfOrder(o))
		}
		return err
	})
}

// order orders an edition of what is installed, more users of it or more time.
func (s *Service) order(v *visit) (any, error) {
	var req struct {
		SuiteID string `json:"suite_id"`
		Edition string `json:"edition_id"`
		Kind    int64  `json:"order_type"`
		Users   int64  `json:"user_count"`
		Days    int64  `json:"duration_days"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var made paytool.Order
	err := v.change(func(tx *store.Tx) (done, error) {
		in, err := s.deps.Suites.Installation(tx, v.corpID, req.SuiteID)
		if err != nil {
			return done{}, installProblem(err)
		}
		made, err = s.deps.Paytool.Order(v.ctx(), tx, paytool.Want{SuiteID: req.SuiteID, Corp: v.corpID, User: v.member.UserID, Edition: req.Edition, Kind: paytool.Kind(req.Kind), Users: req.Users, Days: req.Days})
		return done{"purchase.order", in.Suite.Name, map[string]any{"order_id": made.ID, "edition_id": req.Edition, "order_type": req.Kind, "user_count": req.Users, "duration_days": req.Days, "price": made.Price}}, err
	})
	return map[string]any{"order_id": made.ID, "price": made.Price}, err
}

// purchase returns the enterprise's order that the path names. Another's does not exist.
func (v *visit) purchase(tx *store.Tx) (paytool.Order, error) {
	o, err := v.s.deps.Paytool.OrderAt(tx, v.corpID, v.r.PathValue("order"))
	if errors.Is(err, paytool.ErrOrder) || errors.Is(err, suite.ErrNoProvider) {
		err = errGone
	}
	return o, err
}

func (s *Service) payPurchase(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		o, err := v.purchase(tx)
		if err != nil {
			return done{}, err
		}
		const byWeChat = 1
		_, err = s.deps.Paytool.Pay(v.ctx(), tx, o, "", byWeChat)
		return done{"purchase.pay", o.ID, map[string]any{"price": o.Price}}, err
	})
}

// settlePurchase closes an order, asks for a refund, or takes the request back.
func (s *Service) settlePurchase(v *visit) (any, error) {
	what := v.r.PathValue("what")
	if !slices.Contains([]string{"close", "refund", "keep"}, what) {
		return nil, errGone
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		o, err := v.purchase(tx)
		if err != nil {
			return done{}, err
		}
		switch what {
		case "close":
			err = s.deps.Paytool.Close(v.ctx(), tx, o)
		case "refund":
			err = s.deps.Paytool.SettleRefund(v.ctx(), tx, o, paytool.RefundAsked)
		case "keep":
			err = s.deps.Paytool.SettleRefund(v.ctx(), tx, o, paytool.RefundDropped)
		}
		return done{"purchase." + what, o.ID, map[string]any{"price": o.Price}}, err
	})
}
