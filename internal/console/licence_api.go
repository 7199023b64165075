package console

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/licence"
	"qiwei/internal/store"
)

// Licences (接口许可) are what a provider buys for its customers' members.

func (s *Service) licenceCalls() []call {
	calls := []call{
		{pattern: "GET /console/api/provider/licences", right: readCorp, handle: s.listLicences},
		{pattern: "POST /console/api/provider/licences/orders", right: editCorp, handle: s.buyLicences},
		{pattern: "POST /console/api/provider/licences/orders/{order}/cancel", right: editCorp, handle: s.cancelLicences},
		{pattern: "PUT /console/api/provider/licences/customers/{corp}", right: editCorp, handle: s.checkLicences},
	}
	if s.deps.Dev {
		calls = append(calls, call{pattern: "POST /console/api/provider/licences/orders/{order}/pay", right: editCorp, handle: s.payLicences})
	}
	return calls
}

type licenceCount struct {
	All     int64 `json:"all"`
	Bound   int64 `json:"bound"`
	Free    int64 `json:"free"`
	Expired int64 `json:"expired"`
}

type holdingLine struct {
	CorpID   string       `json:"corpid"` // as the provider knows it
	Corp     string       `json:"corp"`
	Checked  bool         `json:"checked"`
	Trial    bool         `json:"trial"`
	Test     bool         `json:"test"`
	Auto     bool         `json:"auto"`
	Basic    licenceCount `json:"basic"`
	External licenceCount `json:"external"`
}

type licenceOrder struct {
	No       int64     `json:"no"`
	ID       string    `json:"order_id"`
	CorpID   string    `json:"corpid,omitempty"`
	Corp     string    `json:"corp,omitempty"`
	Kind     int64     `json:"order_type"`
	Status   int64     `json:"order_status"`
	Test     bool      `json:"test,omitempty"`
	Basic    int64     `json:"basic"`
	External int64     `json:"external"`
	Days     int64     `json:"days"`
	Price    int64     `json:"price"` // fen
	Buyer    id.UserID `json:"buyer"`
	At       time.Time `json:"at"`
	PaidAt   time.Time `json:"paid_at,omitzero"`
	Waiting  bool      `json:"waiting,omitempty"` // its codes are being made
}

// listLicences shows what each customer has, also those who have nothing yet, and the orders.
func (s *Service) listLicences(v *visit) (any, error) {
	before, limit, err := v.before()
	if err != nil {
		return nil, err
	}
	out := struct {
		Balance   *int64         `json:"balance"` // fen; null without one
		Customers []holdingLine  `json:"customers"`
		Orders    []licenceOrder `json:"orders"`
		More      bool           `json:"more"`
		Dev       bool           `json:"dev"`
	}{Customers: []holdingLine{}, Orders: []licenceOrder{}, Dev: s.deps.Dev}
	return &out, v.look(func(tx *store.Tx) error {
		p, err := v.provider(tx)
		if err != nil {
			return err
		}
		if fen, opened, err := s.deps.Licences.BalanceOf(tx, p); err != nil {
			return err
		} else if opened {
			out.Balance = &fen
		}
		if out.Customers, err = v.holdings(tx); err != nil {
			return err
		}
		list, more, err := s.deps.Licences.OrderList(tx, p, before, limit)
		if err != nil {
			return err
		}
		out.More = more
		for _, o := range list {
			l := licenceOrder{
				No: o.No, ID: o.ID, Kind: int64(o.Kind), Status: int64(o.At(tx.Now())), Test: o.Test, Basic: o.Basic, External: o.External, Days: o.InDays(), Price: o.Price,
				Buyer: o.Buyer, At: o.CreatedAt, PaidAt: o.PaidAt, Waiting: o.Waiting,
			}
			if l.CorpID, l.Corp, err = v.known(tx, o.Corp); err != nil {
				return err
			}
			out.Orders = append(out.Orders, l)
		}
		return nil
	})
}

// holdings returns what each customer of the provider has, by the name of the customer.
func (v *visit) holdings(tx *store.Tx) ([]holdingLine, error) {
	p, err := v.provider(tx)
	if err != nil {
		return nil, err
	}
	list, err := v.s.deps.Licences.Holdings(tx, p)
	if err != nil {
		return nil, err
	}
	suites, err := v.s.deps.Suites.Suites(tx, v.corpID)
	if err != nil {
		return nil, err
	}
	for _, one := range suites { // those who have nothing of licences yet
		here, err := v.s.deps.Suites.Installations(tx, one)
		if err != nil {
			return nil, err
		}
		for _, in := range here {
			if !slices.ContainsFunc(list, func(h licence.Holding) bool { return h.CorpID == in.CorpID }) {
				list = append(list, licence.Holding{CorpID: in.CorpID})
			}
		}
	}
	out := []holdingLine{}
	for _, h := range list {
		l := holdingLine{Checked: !h.CheckedAt.IsZero(), Trial: h.Trial, Test: h.Test, Auto: h.Auto}
		for t, into := range map[licence.Type]*licenceCount{licence.Basic: &l.Basic, licence.External: &l.External} {
			*into = licenceCount{h.All[t], h.Bound[t], h.Free[t], h.Expired[t]}
		}
		if l.CorpID, l.Corp, err = v.known(tx, h.CorpID); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	slices.SortStableFunc(out, func(a, b holdingLine) int {
		return cmp.Or(cmp.Compare(a.Corp, b.Corp), cmp.Compare(a.CorpID, b.CorpID))
	})
	return out, nil
}

func (s *Service) buyLicences(v *visit) (any, error) {
	var req struct {
		CorpID   string `json:"corpid"`
		Basic    int64  `json:"basic"`
		External int64  `json:"external"`
		Months   int64  `json:"months"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var made licence.Order
	err := v.change(func(tx *store.Tx) (done, error) {
		p, err := v.provider(tx)
		if err != nil {
			return done{}, err
		}
		corpID, err := s.deps.Suites.CorpOf(tx, v.corpID, req.CorpID)
		if err != nil {
			return done{}, problem{http.StatusUnprocessableEntity, "", "请选择企业", "Choose an enterprise.", "corpid"}
		}
		made, err = s.deps.Licences.BuyFor(v.ctx(), tx, p, corpID, v.member.UserID, licence.Count{Basic: req.Basic, External: req.External}, licence.Duration{Months: req.Months})
		return done{"licence.order", made.ID, map[string]any{"corpid": req.CorpID, "basic": req.Basic, "external": req.External, "months": req.Months, "price": made.Price}}, err
	})
	return map[string]any{"order_id": made.ID, "price": made.Price}, err
}

// licenceOrder returns the provider's order that the path names.
func (v *visit) licenceOrder(tx *store.Tx) (licence.Order, error) {
	p, err := v.provider(tx)
	if err != nil {
		return licence.Order{}, err
	}
	o, err := v.s.deps.Licences.OrderOf(tx, p, v.r.PathValue("order"))
	if errors.Is(err, licence.ErrOrder) {
		err = errGone
	}
	return o, err
}

func (s *Service) cancelLicences(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		o, err := v.licenceOrder(tx)
		if err != nil {
			return done{}, err
		}
		p, err := v.provider(tx)
		if err != nil {
			return done{}, err
		}
		return done{"licence.cancel", o.ID, nil}, s.deps.Licences.Cancel(tx, p, o.ID, o.Corp)
	})
}

func (s *Service) payLicences(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		o, err := v.licenceOrder(tx)
		if err != nil {
			return done{}, err
		}
		_, err = s.deps.Licences.Pay(v.ctx(), tx, o.ID)
		return done{"licence.pay", o.ID, map[string]any{"price": o.Price}}, err
	})
}

// checkLicences says how licences stand between the provider and a customer.
func (s *Service) checkLicences(v *visit) (any, error) {
	var req struct {
		Checked bool `json:"checked"`
		Trial   bool `json:"trial"`
		Test    bool `json:"test"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		p, err := v.provider(tx)
		if err != nil {
			return done{}, err
		}
		corpID, err := s.deps.Suites.CorpOf(tx, v.corpID, v.r.PathValue("corp"))
		if err != nil {
			return done{}, errGone
		}
		return done{"licence.customer", v.r.PathValue("corp"), map[string]any{"checked": req.Checked, "trial": req.Trial, "test": req.Test}},
			s.deps.Licences.Check(v.ctx(), tx, p, corpID, req.Checked, req.Trial, req.Test)
	})
}
