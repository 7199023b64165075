package paytool

import (
	"context"
	"errors"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/token"
	"qiwei/internal/wire"
)

// Limits of an order (doc 98045).
const (
	maxItems      = 20
	maxUsers      = 1_000_000
	maxDays       = 1825
	maxDiscount   = 10_000_000 // fen
	maxReason     = 256        // bytes
	minRatio      = 10
	maxRatio      = 99
	maxTotalPrice = 500_000_000 // fen: five million yuan
)

// The parts of an order on the wire.
type (
	discountInfo struct {
		Type    int64  `json:"discount_type"`   // 1 an amount, 2 a part
		Amount  int64  `json:"discount_amount"` // fen
		Ratio   int64  `json:"discount_ratio"`  // hundredths that are left to pay
		Remarks string `json:"discount_remarks"`
	}
	thirdAppBuy struct {
		SuiteID  string        `json:"suiteid"`
		AppID    int64         `json:"appid"` // of older suites of several applications
		Edition  string        `json:"edition_id"`
		Users    int64         `json:"user_count"`
		Days     int64         `json:"duration_days"`
		Effect   string        `json:"take_effect_date"`
		Discount *discountInfo `json:"discount_info"`
	}
	thirdAppOrder struct {
		Kind   int64         `json:"order_type"`
		List   []thirdAppBuy `json:"buy_info_list"`
		Notify *int64        `json:"notify_custom_corp"`
	}
	customAppBuy struct {
		SuiteID string `json:"suiteid"`
		Users   int64  `json:"user_count"`
		Days    int64  `json:"duration_days"`
		Effect  string `json:"take_effect_date"`
		Price   int64  `json:"total_price"` // fen
	}
	customAppOrder struct {
		Kind   int64          `json:"order_type"`
		List   []customAppBuy `json:"buy_info_list"`
		Notify *int64         `json:"notify_custom_corp"`
	}
	caseBuy struct {
		SuiteID string `json:"suiteid"`
		AppID   int64  `json:"appid"`
		Users   int64  `json:"user_count"`
	}
	caseOrder struct {
		Kind    int64     `json:"order_type"`
		CaseID  string    `json:"case_id"`
		Edition string    `json:"promotion_edition_name"`
		Days    int64     `json:"duration_days"`
		Effect  string    `json:"take_effect_date"`
		List    []caseBuy `json:"buy_info_list"`
		Notify  *int64    `json:"notify_custom_corp"`
	}
	openOrderRequest struct {
		signedRequest
		Business int64     `json:"business_type"`
		CorpID   id.CorpID `json:"custom_corpid"`
		PayType  *int64    `json:"pay_type"`
		Receipt  string    `json:"bank_receipt_media_id"`
		Creator  id.UserID `json:"creator"` // a member of the provider
		Products *struct {
			ThirdApp  *thirdAppOrder  `json:"third_app"`
			CustomApp *customAppOrder `json:"customized_app"`
			Case      *caseOrder      `json:"promotion_case"`
		} `json:"product_list"`
	}
	openOrderResponse struct {
		OrderID string `json:"order_id"`
		URL     string `json:"order_url"`
		Origin  int64  `json:"origin_price"` // fen
		Price   int64  `json:"paid_price"`
	}
)

// wanted is an application as a request orders it.
type wanted struct {
	suiteID, edition, effect string
	users, days, price       int64
	discount                 *discountInfo
}

// lists returns what a request orders, whatever the business.
func (r openOrderRequest) lists() (kind Kind, list []wanted, notify bool, err error) {
	var told *int64
	switch {
	case r.Business == int64(ThirdParty) && r.Products.ThirdApp != nil:
		o := r.Products.ThirdApp
		kind, told = Kind(o.Kind), o.Notify
		for _, b := range o.List {
			list = append(list, wanted{suiteID: b.SuiteID, edition: b.Edition, effect: b.Effect, users: b.Users, days: b.Days, discount: b.Discount})
		}
	case r.Business == int64(Custom) && r.Products.CustomApp != nil:
		o := r.Products.CustomApp
		kind, told = Kind(o.Kind), o.Notify
		for _, b := range o.List {
			list = append(list, wanted{suiteID: b.SuiteID, effect: b.Effect, users: b.Users, days: b.Days, price: b.Price})
		}
	case r.Business == int64(Industry) && r.Products.Case != nil:
		return 0, nil, false, ErrPlan.With("case_id: the provider has no industry solution; none are built in qiwei")
	default:
		return 0, nil, false, ErrParameter.With("product_list: third_app with business_type 1, customized_app with 2 expected")
	}
	switch {
	case kind < Purchase || kind > MoreTime:
		err = ErrParameter.With("order_type: 0, 1 or 2 expected")
	case len(list) < 1 || len(list) > maxItems:
		err = ErrParameter.With("buy_info_list: 1 to %d expected", maxItems)
	}
	return kind, list, told == nil || *told == 1, err
}

func (s *Service) openOrder(ctx context.Context, tx *store.Tx, by access.Caller, req openOrderRequest) (resp openOrderResponse, err error) {
	p, err := s.provider(tx, by)
	if err != nil {
		return resp, err
	}
	if err := s.proven(tx, p, req.signedRequest); err != nil {
		return resp, err
	}
	switch {
	case req.PayType == nil || *req.PayType < int64(CustomerPays) || *req.PayType > int64(NobodyPays):
		return resp, ErrParameter.With("pay_type: 0, 1 or 2 expected")
	case req.Products == nil:
		return resp, ErrParameter.With("product_list is missing")
	case *req.PayType == int64(ProviderPays) && req.Receipt == "":
		return resp, ErrParameter.With("bank_receipt_media_id: the proof of the customer's payment expected")
	}
	kind, list, notify, err := req.lists()
	if err != nil {
		return resp, err
	}
	o := Order{
		Provider: p.No, Business: Business(req.Business), Kind: kind, PayType: PayType(*req.PayType), Source: byProvider, Creator: req.Creator, Receipt: req.Receipt, Notify: notify,
	}
	if o.Corp, err = s.customer(tx, p, req.CorpID, o.Business == Custom || kind != Purchase); err != nil {
		return resp, err
	}
	if req.Creator != "" {
		if ok, err := s.deps.Directory.Exists(tx, p.CorpID, req.Creator); err != nil || !ok {
			return resp, errors.Join(err, ErrParameter.With("creator: %q is not a member of the provider", req.Creator))
		}
	}
	var items []Item
	for _, w := range list {
		it, err := s.item(tx, p, o, w)
		if err != nil {
			return resp, err
		}
		items = append(items, it)
	}
	o, err = s.place(ctx, tx, o, items)
	return openOrderResponse{o.ID, s.deps.BaseURL() + payPath + o.ID, o.Origin, o.Price}, err
}

// customer returns the corp that a request names, which must have dealt with the
// provider.
func (s *Service) customer(tx *store.Tx, p suite.Provider, corpID id.CorpID, needed bool) (string, error) {
	if corpID == "" {
		if needed {
			return "", ErrParameter.With("custom_corpid is missing")
		}
		return "", nil
	}
	own := wire.NamedCorp(corpID)
	if _, err := s.deps.Corps.Corp(tx, own); errors.Is(err, corp.ErrNotFound) {
		return "", token.ErrCorpInvalid
	} else if err != nil {
		return "", err
	}
	_, err := s.deps.Suites.OpenCorpID(tx, p.CorpID, own)
	if errors.Is(err, suite.ErrNotGranted) {
		err = ErrNoGrant
	}
	return own, err
}

// item checks one application of an order, and works out what it costs.
func (s *Service) item(tx *store.Tx, p suite.Provider, o Order, w wanted) (it Item, err error) {
	v, err := s.deps.Suites.Suite(tx, w.suiteID)
	if errors.Is(err, suite.ErrNotFound) || err == nil && v.Provider != p.No {
		return it, suite.ErrSuite
	}
	if err != nil {
		return it, err
	}
	if (v.Kind == access.Custom) != (o.Business == Custom) || v.Kind == suite.Login {
		return it, suite.ErrSuite.With("%s is not of the kind that business_type says", v.SuiteID)
	}
	it = Item{Suite: v.No, SuiteID: v.SuiteID, Edition: w.edition, Users: w.users, Days: w.days, Effect: w.effect, kind: o.Kind}
	n, any, err := s.paidFor(tx, v.No, o.Corp)
	if err != nil {
		return it, err
	}
	e := Edition{Price: 0}
	if o.Business == ThirdParty {
		if e, err = s.edition(tx, v.No, w.edition); err != nil {
			return it, err
		}
	}
	if err := s.fits(tx.Now(), o, it, e, n, any); err != nil {
		return it, err
	}
	if o.Business == Custom {
		switch {
		case w.price < 1:
			return it, ErrNoPrice
		case w.price > maxTotalPrice:
			return it, ErrPrice
		}
		it.Origin, it.Price = w.price, w.price
		return it, nil
	}
	it.Origin = e.priceOf(it.Users, it.Days)
	if o.Kind != Purchase {
		users, days := it.Users, it.Days
		if o.Kind == MoreUsers {
			days = int64((n.Ends.Sub(tx.Now()) + day - 1) / day)
		} else {
			users = n.Users
		}
		it.Origin = e.priceOf(users, days)
	}
	it.Price, err = w.discount.off(it.Origin)
	return it, err
}

// fits checks an application of an order against what the customer has of it.
func (s *Service) fits(now time.Time, o Order, it Item, e Edition, n Standing, any bool) error {
	counted := o.Kind != MoreTime && !e.Fixed
	switch {
	case o.Kind != Purchase && !any:
		return ErrNeverBought
	case o.Kind == MoreUsers && !n.bought():
		return ErrExpired
	case counted && (it.Users < 1 || it.Users > maxUsers):
		return ErrUsers.With("user_count: 1 to %d expected", maxUsers)
	case counted && e.Least > 0 && it.Users < e.Least:
		return ErrFewUsers.With("%d at least", e.Least)
	case counted && e.Most > 0 && it.Users > e.Most:
		return ErrManyUsers.With("%d at most", e.Most)
	case o.Kind != MoreUsers && (it.Days < 1 || it.Days > maxDays):
		return ErrParameter.With("duration_days: 1 to %d expected", maxDays)
	case o.Kind == MoreTime && n.bought() && n.Ends.Add(time.Duration(it.Days)*day).Sub(now) > maxDays*day:
		return ErrFiveYears
	case o.Kind == Purchase && n.bought() && n.Ends.Sub(now) > yearDays*day:
		return ErrYearLeft
	case it.Effect == "":
		return nil
	case o.Kind != Purchase:
		return ErrEffect.With("take_effect_date is of a new purchase")
	case n.bought():
		return ErrNoStart
	}
	at, err := time.ParseInLocation(effectForm, it.Effect, chinaTime)
	switch {
	case err != nil || len(it.Effect) != len(effectForm):
		return ErrEffect.With("take_effect_date: YYYYMMDD expected")
	case !at.After(now):
		return ErrPastDay
	case at.Sub(now) > yearDays*day:
		return ErrEffect.With("take_effect_date: within a year expected")
	}
	return nil
}

// off returns what is left to pay of a price.
func (d *discountInfo) off(price int64) (int64, error) {
	switch {
	case d == nil:
		return price, nil
	case d.Remarks == "" || len(d.Remarks) > maxReason:
		return 0, ErrParameter.With("discount_remarks: 1 to %d bytes expected", maxReason)
	case d.Type == 1 && (d.Amount < 1 || d.Amount > maxDiscount || d.Amount*10 > price*9):
		return 0, ErrParameter.With("discount_amount: 1 to %d fen, and at most nine tenths of %d, expected", maxDiscount, price)
	case d.Type == 1:
		return price - d.Amount, nil
	case d.Type == 2 && (d.Ratio < minRatio || d.Ratio > maxRatio):
		return 0, ErrParameter.With("discount_ratio: %d to %d expected", minRatio, maxRatio)
	case d.Type == 2:
		return price * d.Ratio / 100, nil
	}
	return 0, ErrParameter.With("discount_type: 1 or 2 expected")
}

// Want is an order of a customer's, in the application market.
type Want struct {
	SuiteID string
	Corp    string
	User    id.UserID
	Edition string
	Kind    Kind
	Users   int64
	Days    int64
	Price   int64 // of a proxy-developed application
	Test    bool
}

// Order places an order of a customer's. The provider is told by open_order.
func (s *Service) Order(ctx context.Context, tx *store.Tx, w Want) (Order, error) {
	v, err := s.deps.Suites.Suite(tx, w.SuiteID)
	if err != nil {
		return Order{}, err
	}
	p, err := s.deps.Suites.Provider(tx, v.Partner)
	if err != nil {
		return Order{}, err
	}
	if w.User != "" {
		if ok, err := s.deps.Directory.Exists(tx, w.Corp, w.User); err != nil || !ok {
			return Order{}, errors.Join(err, fmt.Errorf("userid: %q is not a member of the enterprise", w.User))
		}
	}
	o := Order{Provider: p.No, Corp: w.Corp, Business: ThirdParty, Kind: w.Kind, Source: byCustomer, Creator: w.User, Test: w.Test, Notify: true}
	if v.Kind == access.Custom {
		o.Business = Custom
	}
	if w.Kind < Purchase || w.Kind > MoreTime {
		return o, ErrParameter.With("order_type: 0, 1 or 2 expected")
	}
	it, err := s.item(tx, p, o, wanted{suiteID: w.SuiteID, edition: w.Edition, users: w.Users, days: w.Days, price: w.Price})
	if err != nil {
		return o, err
	}
	return s.place(ctx, tx, o, []Item{it})
}
