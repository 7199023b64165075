package console

import (
	"errors"
	"net/http"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/paytool"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// What a provider sells: editions of its applications, and the orders for them.

func (s *Service) saleCalls() []call {
	return []call{
		{pattern: "GET /console/api/provider/editions", right: readCorp, handle: s.listEditions},
		{pattern: "POST /console/api/provider/suites/{suite}/editions", right: editCorp, handle: s.addEdition},
		{pattern: "PUT /console/api/provider/suites/{suite}/plan", right: editCorp, handle: s.setPlan},
		{pattern: "GET /console/api/provider/orders", right: readCorp, handle: s.listSales},
		{pattern: "POST /console/api/provider/orders/{order}/close", right: editCorp, handle: s.closeSale},
		{pattern: "POST /console/api/provider/orders/{order}/price", right: editCorp, handle: s.changePrice},
		{pattern: "POST /console/api/provider/orders/{order}/refund", right: editCorp, handle: s.refundSale},
	}
}

// provider returns the admin's enterprise as a provider. It answers errNoProvider for one that is none.
func (v *visit) provider(tx *store.Tx) (suite.Provider, error) {
	p, err := v.s.deps.Suites.Provider(tx, v.corpID)
	if errors.Is(err, suite.ErrNoProvider) {
		err = errNoProvider
	}
	return p, err
}

var errNoProvider = problem{http.StatusNotFound, "no-provider", "本企业不是服务商", "This enterprise is no provider.", ""}

type editionLine struct {
	ID    string `json:"edition_id"`
	Name  string `json:"name"`
	Fixed bool   `json:"fixed"`
	Price int64  `json:"price"` // fen for 365 days
	Least int64  `json:"least"`
	Most  int64  `json:"most"`
}

func linesOfPlan(p paytool.Plan) []editionLine {
	out := []editionLine{}
	for _, e := range p.Editions {
		out = append(out, editionLine{e.ID, e.Name, e.Fixed, e.Price, e.Least, e.Most})
	}
	return out
}

func (s *Service) listEditions(v *visit) (any, error) {
	type line struct {
		SuiteID   string        `json:"suite_id"`
		Name      string        `json:"name"`
		Kind      access.Kind   `json:"kind"`
		TrialDays *int64        `json:"trial_days"` // null: nobody pays for it
		Editions  []editionLine `json:"editions"`
	}
	lines := []line{}
	return map[string]any{"suites": &lines}, v.look(func(tx *store.Tx) error {
		if _, err := v.provider(tx); err != nil {
			return err
		}
		suites, err := s.deps.Suites.Suites(tx, v.corpID)
		if err != nil {
			return err
		}
		for _, one := range suites {
			if one.Kind != access.ThirdParty && one.Kind != access.Custom {
				continue
			}
			plan, found, err := s.deps.Paytool.PlanOf(tx, one)
			if err != nil {
				return err
			}
			l := line{SuiteID: one.SuiteID, Name: one.Name, Kind: one.Kind, Editions: linesOfPlan(plan)}
			if found {
				l.TrialDays = &plan.TrialDays
			}
			lines = append(lines, l)
		}
		return nil
	})
}

func (s *Service) addEdition(v *visit) (any, error) {
	var req editionLine
	if err := v.read(&req); err != nil {
		return nil, err
	}
	switch {
	case req.Name == "":
		return nil, problem{422, "", "请填写版本名称", "Give the edition a name.", "name"}
	case req.Price < 1:
		return nil, problem{422, "", "价格须大于 0", "A price above 0 is needed.", "price"}
	case req.Least < 0 || req.Most < 0 || req.Most > 0 && req.Most < req.Least:
		return nil, problem{422, "", "人数下限不能大于上限", "The least number of users is above the most.", "least"}
	}
	var made paytool.Edition
	err := v.change(func(tx *store.Tx) (done, error) {
		of, err := v.suite(tx)
		if err != nil {
			return done{}, err
		}
		made, err = s.deps.Paytool.AddEdition(tx, of, paytool.Edition{ID: req.ID, Name: req.Name, Fixed: req.Fixed, Price: req.Price, Least: req.Least, Most: req.Most})
		if errors.Is(err, store.ErrUnique) {
			err = problem{422, "", "版本 ID 已被使用", "The edition_id is taken.", "edition_id"}
		}
		return done{"edition.create", of.Name, map[string]any{"suite_id": of.SuiteID, "edition_id": made.ID, "name": req.Name, "price": req.Price}}, err
	})
	return map[string]string{"edition_id": made.ID}, err
}

func (s *Service) setPlan(v *visit) (any, error) {
	var req struct {
		TrialDays int64 `json:"trial_days"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	if req.TrialDays < 0 {
		return nil, problem{422, "", "试用天数为 0 或更大，0 表示不限", "0 days or more; 0 is as long as one likes.", "trial_days"}
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		of, err := v.suite(tx)
		if err != nil {
			return done{}, err
		}
		return done{"edition.plan", of.Name, map[string]any{"suite_id": of.SuiteID, "trial_days": req.TrialDays}}, s.deps.Paytool.SetPlan(tx, of, req.TrialDays)
	})
}

type orderLine struct {
	No       int64     `json:"no"`
	ID       string    `json:"order_id"`
	CorpID   string    `json:"corpid,omitempty"` // as the provider knows it
	Corp     string    `json:"corp,omitempty"`   // its name
	Content  string    `json:"content"`
	Kind     int64     `json:"order_type"`
	Status   int64     `json:"order_status"`
	PayType  int64     `json:"pay_type"`
	Source   int64     `json:"order_from"` // 1 the customer, 2 the provider
	Test     bool      `json:"test,omitempty"`
	Origin   int64     `json:"origin"` // fen
	Price    int64     `json:"price"`
	Creator  id.UserID `json:"creator,omitempty"`
	At       time.Time `json:"at"`
	PaidAt   time.Time `json:"paid_at,omitzero"`
	Invoiced bool      `json:"invoiced,omitempty"`
}

func lineOfOrder(o paytool.Listed) orderLine {
	return orderLine{
		No: o.No, ID: o.ID, Content: o.Content, Kind: int64(o.Kind), Status: int64(o.Now), PayType: int64(o.PayType), Source: o.Source, Test: o.Test, Origin: o.Origin, Price: o.Price,
		At: o.Created, PaidAt: o.Paid, Invoiced: o.Invoice != "",
	}
}

// known returns what the provider knows a customer by, with the customer's name. A customer who has nothing of the
// provider any more has no id for it.
func (v *visit) known(tx *store.Tx, corpID string) (open, name string, err error) {
	if corpID == "" {
		return "", "", nil
	}
	c, err := v.s.deps.Corps.Corp(tx, corpID)
	if err != nil {
		return "", "", err
	}
	open, err = v.s.deps.Suites.OpenCorpID(tx, v.corpID, corpID)
	if errors.Is(err, suite.ErrNotGranted) {
		open, err = "", nil
	}
	return open, c.Name, err
}

func (s *Service) listSales(v *visit) (any, error) {
	before, limit, err := v.before()
	if err != nil {
		return nil, err
	}
	out := struct {
		Orders []orderLine `json:"orders"`
		More   bool        `json:"more"`
	}{Orders: []orderLine{}}
	return &out, v.look(func(tx *store.Tx) error {
		p, err := v.provider(tx)
		if err != nil {
			return err
		}
		list, more, err := s.deps.Paytool.OrdersOf(tx, p, before, limit)
		if err != nil {
			return err
		}
		out.More = more
		for _, o := range list {
			l := lineOfOrder(o)
			if l.CorpID, l.Corp, err = v.known(tx, o.Order.Corp); err != nil {
				return err
			}
			out.Orders = append(out.Orders, l)
		}
		return nil
	})
}

// onSale does something with the order that the path names, if it is the provider's.
func (v *visit) onSale(action string, do func(*store.Tx, paytool.Order) (map[string]any, error)) error {
	return v.change(func(tx *store.Tx) (done, error) {
		p, err := v.provider(tx)
		if err != nil {
			return done{}, err
		}
		o, err := v.s.deps.Paytool.OrderOf(tx, p, v.r.PathValue("order"))
		if errors.Is(err, paytool.ErrOrder) {
			err = errGone
		}
		if err != nil {
			return done{}, err
		}
		detail, err := do(tx, o)
		return done{action, o.ID, detail}, err
	})
}

func (s *Service) closeSale(v *visit) (any, error) {
	return nothing{}, v.onSale("order.close", func(tx *store.Tx, o paytool.Order) (map[string]any, error) {
		return nil, s.deps.Paytool.Close(v.ctx(), tx, o)
	})
}

// changePrice gives a customer's order another price, which makes it another order.
func (s *Service) changePrice(v *visit) (any, error) {
	var req struct {
		Price int64 `json:"price"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var now paytool.Order
	err := v.onSale("order.price", func(tx *store.Tx, o paytool.Order) (_ map[string]any, err error) {
		now, err = s.deps.Paytool.Change(v.ctx(), tx, o, req.Price)
		return map[string]any{"price": [2]int64{o.Price, req.Price}, "order_id": now.ID}, err
	})
	return map[string]string{"order_id": now.ID}, err
}

// refundSale grants a refund. What was bought ends.
func (s *Service) refundSale(v *visit) (any, error) {
	return nothing{}, v.onSale("order.refund", func(tx *store.Tx, o paytool.Order) (map[string]any, error) {
		return map[string]any{"price": o.Price}, s.deps.Paytool.SettleRefund(v.ctx(), tx, o, paytool.RefundGranted)
	})
}
