package paytool

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"

	"qiwei/internal/corp"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// payPath is where an order's link leads.
const payPath = "/payforapp/"

// Routes returns the page of an order, which says what it buys. Nobody pays there.
func (s *Service) Routes() []door.Route {
	return []door.Route{{Pattern: "GET " + payPath + "{order}", Handler: http.HandlerFunc(s.orderPage)}}
}

func (s *Service) orderPage(w http.ResponseWriter, r *http.Request) {
	var text string
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		list, err := selectOrders(tx, `orderid = ?`, r.PathValue("order"))
		if err != nil || len(list) == 0 {
			return errors.Join(err, ErrOrder)
		}
		content, err := s.content(tx, list[0])
		text = fmt.Sprintf(`<p>%s</p><p>%s</p><p>¥%d.%02d</p>`, html.EscapeString(list[0].ID), html.EscapeString(content), list[0].Price/100, list[0].Price%100)
		return err
	})
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	switch {
	case errors.Is(err, ErrOrder):
		w.WriteHeader(http.StatusNotFound)
		text = "<p>没有这个订单</p>"
	case err != nil:
		s.deps.Log.Error("order page", "err", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	fmt.Fprintf(w, `<!doctype html><meta charset="utf-8"><title>订单</title>%s`, text)
}

// Scripts returns what stands in dev for the customer, and for the provider's console.
func (s *Service) Scripts() []door.Route {
	at := func(name string) string { return "POST /_qiwei/providers/" + name }
	return []door.Route{
		door.Script(at("edition"), s.deps.Log, s.scriptEdition),
		door.Script(at("payment_key"), s.deps.Log, s.scriptKey),
		door.Script(at("order"), s.deps.Log, s.scriptOrder),
		door.Script(at("order/pay"), s.deps.Log, s.scriptPay),
		door.Script(at("order/cancel"), s.deps.Log, s.scriptCancel),
		door.Script(at("order/change"), s.deps.Log, s.scriptChange),
		door.Script(at("order/refund"), s.deps.Log, s.scriptRefund),
		door.Script(at("order/invoice"), s.deps.Log, s.scriptInvoice),
	}
}

type nothing struct{}

type editionScript struct {
	SuiteID   string `json:"suite_id"`
	TrialDays *int64 `json:"trial_days"` // 0 for a trial without an end
	EditionID string `json:"edition_id"`
	Name      string `json:"name"`  // none: trial_days alone is set
	Price     int64  `json:"price"` // fen for 365 days
	Fixed     bool   `json:"fixed"` // for all users together
	Least     int64  `json:"least"`
	Most      int64  `json:"most"`
}

type editionAnswer struct {
	EditionID string `json:"edition_id"`
}

func (s *Service) scriptEdition(ctx context.Context, req editionScript) (answer editionAnswer, err error) {
	err = s.script(ctx, func(tx *store.Tx) error {
		v, err := s.deps.Suites.Suite(tx, req.SuiteID)
		if err != nil {
			return err
		}
		if req.TrialDays != nil {
			if err := s.SetPlan(tx, v, *req.TrialDays); err != nil {
				return err
			}
		}
		if req.Name == "" {
			return nil
		}
		e, err := s.AddEdition(tx, v, Edition{ID: req.EditionID, Name: req.Name, Price: req.Price, Fixed: req.Fixed, Least: req.Least, Most: req.Most})
		answer.EditionID = e.ID
		return err
	})
	return answer, err
}

type keyScript struct {
	Provider string `json:"provider"`
}

type keyAnswer struct {
	Key string `json:"payment_key"`
}

func (s *Service) scriptKey(ctx context.Context, req keyScript) (answer keyAnswer, err error) {
	err = s.script(ctx, func(tx *store.Tx) error {
		p, err := s.deps.Suites.Provider(tx, req.Provider)
		if err == nil {
			answer.Key = s.Secret(p)
		}
		return err
	})
	return answer, err
}

type orderScript struct {
	SuiteID string    `json:"suite_id"`
	CorpID  string    `json:"corpid"`
	UserID  id.UserID `json:"userid"`
	Edition string    `json:"edition_id"`
	Kind    int64     `json:"order_type"` // 0 new, 1 more users, 2 more time
	Users   int64     `json:"user_count"`
	Days    int64     `json:"duration_days"`
	Price   int64     `json:"total_price"` // of a proxy-developed application, fen
	Test    bool      `json:"test"`
}

type orderAnswer struct {
	OrderID string `json:"order_id"`
}

func (s *Service) scriptOrder(ctx context.Context, req orderScript) (answer orderAnswer, err error) {
	err = s.script(ctx, func(tx *store.Tx) error {
		if _, err := s.deps.Corps.Corp(tx, req.CorpID); err != nil {
			return err
		}
		o, err := s.Order(ctx, tx, Want{
			SuiteID: req.SuiteID, Corp: req.CorpID, User: req.UserID, Edition: req.Edition, Kind: Kind(req.Kind), Users: req.Users, Days: req.Days, Price: req.Price, Test: req.Test,
		})
		answer.OrderID = o.ID
		return err
	})
	return answer, err
}

// anyOrder runs fn with an order, whosever it is.
func (s *Service) anyOrder(ctx context.Context, orderID string, fn func(tx *store.Tx, o Order) error) error {
	return s.script(ctx, func(tx *store.Tx) error {
		list, err := selectOrders(tx, `orderid = ?`, orderID)
		if err == nil && len(list) == 0 {
			err = ErrOrder
		}
		if err != nil {
			return err
		}
		return fn(tx, list[0])
	})
}

type payScript struct {
	OrderID string `json:"order_id"`
	CorpID  string `json:"corpid"`      // of who takes an order that names no customer
	Channel int64  `json:"pay_channel"` // 1 WeChat, also where it is left out; 2 a bank
}

func (s *Service) scriptPay(ctx context.Context, req payScript) (nothing, error) {
	return nothing{}, s.anyOrder(ctx, req.OrderID, func(tx *store.Tx, o Order) error {
		if req.CorpID != "" {
			if _, err := s.deps.Corps.Corp(tx, req.CorpID); err != nil {
				return err
			}
		}
		if req.Channel != 2 {
			req.Channel = 1
		}
		_, err := s.Pay(ctx, tx, o, req.CorpID, req.Channel)
		return err
	})
}

func (s *Service) scriptCancel(ctx context.Context, req orderAnswer) (nothing, error) {
	return nothing{}, s.anyOrder(ctx, req.OrderID, func(tx *store.Tx, o Order) error { return s.Close(ctx, tx, o) })
}

type changeScript struct {
	OrderID string `json:"order_id"`
	Price   int64  `json:"price"` // fen
}

func (s *Service) scriptChange(ctx context.Context, req changeScript) (answer orderAnswer, err error) {
	err = s.anyOrder(ctx, req.OrderID, func(tx *store.Tx, o Order) error {
		o, err := s.Change(ctx, tx, o, req.Price)
		answer.OrderID = o.ID
		return err
	})
	return answer, err
}

type refundScript struct {
	OrderID string `json:"order_id"`
	// Outcome is "granted" where it is left out, "asked" or "dropped".
	Outcome string `json:"outcome"`
}

func (s *Service) scriptRefund(ctx context.Context, req refundScript) (nothing, error) {
	to, ok := map[string]Refund{"": RefundGranted, "granted": RefundGranted, "asked": RefundAsked, "dropped": RefundDropped}[req.Outcome]
	return nothing{}, s.anyOrder(ctx, req.OrderID, func(tx *store.Tx, o Order) error {
		if !ok {
			return ErrParameter.With("outcome: granted, asked or dropped expected")
		}
		return s.SettleRefund(ctx, tx, o, to)
	})
}

type invoiceScript struct {
	OrderID string `json:"order_id"`
	Invoice
}

func (s *Service) scriptInvoice(ctx context.Context, req invoiceScript) (nothing, error) {
	return nothing{}, s.anyOrder(ctx, req.OrderID, func(tx *store.Tx, o Order) error { return s.AskInvoice(tx, o, req.Invoice) })
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
		return door.Missing("order_id: there is no such order")
	}
	return err
}
