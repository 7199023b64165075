package paytool

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

func (s *Service) suiteEndpoints() []wire.Endpoint {
	call := func(path string, doc int, h wire.Handler) wire.Endpoint {
		return wire.Endpoint{Method: "POST", Path: "/cgi-bin/service/" + path, Doc: doc, Credential: s.deps.Suites.BySuite(), Allow: suites, Handle: h}
	}
	return []wire.Endpoint{
		call("get_order", 91909, wire.Read(s.getOrder)),
		call("get_order_list", 91910, wire.Read(s.suiteOrders)),
		call("prolong_try", 91913, wire.Write(s.prolongTry)),
	}
}

type (
	dealerInfo struct {
		CorpID id.CorpID `json:"corpid"`
		Name   string    `json:"corp_name"`
	}
	// suiteOrder is an order as one of the suites in it is told it.
	suiteOrder struct {
		OrderID   string      `json:"orderid"`
		Status    int64       `json:"order_status"`
		Kind      int64       `json:"order_type"`
		CorpID    id.CorpID   `json:"paid_corpid"`
		Operator  id.UserID   `json:"operator_id,omitempty"`
		SuiteID   string      `json:"suiteid"`
		AppID     int64       `json:"appid,omitempty"`
		EditionID string      `json:"edition_id"`
		Edition   string      `json:"edition_name"`
		Price     int64       `json:"price"` // fen
		Users     int64       `json:"user_count"`
		Days      int64       `json:"order_period"`
		Created   int64       `json:"order_time"`
		Paid      int64       `json:"paid_time,omitempty"`
		Begin     int64       `json:"begin_time,omitempty"`
		End       int64       `json:"end_time,omitempty"`
		Source    int64       `json:"order_from"` // 0 the customer, 3 the provider's cashier
		Side      id.CorpID   `json:"operator_corpid"`
		Share     int64       `json:"service_share_amount"` // the provider's part; the platform takes none
		Platform  int64       `json:"platform_share_amount"`
		Dealer    int64       `json:"dealer_share_amount"`
		DealerOf  *dealerInfo `json:"dealer_corp_info,omitempty"` // no dealers are built
	}
)

// suiteStatus is the order's status as a suite is told it.
func (o Order) suiteStatus(now time.Time) int64 {
	return map[OrderStatus]int64{Unpaid: 0, Confirming: 0, Paid: 1, Done: 1, Cancelled: 2, Overdue: 3, Refunding: 4, Refunded: 5, Refused: 6}[o.At(now)]
}

func (s *Service) ofSuite(tx *store.Tx, o Order, v suite.Suite) (out suiteOrder, found bool, err error) {
	items, err := selectItems(tx, `i.order_no = ? AND i.suite = ? ORDER BY i.no`, o.No, v.No)
	if err != nil || len(items) == 0 {
		return out, false, err
	}
	it := items[0]
	out = suiteOrder{
		OrderID: o.ID, Status: o.suiteStatus(tx.Now()), Kind: int64(o.Kind), CorpID: id.CorpID(o.Corp), Operator: s.operator(tx, o), SuiteID: v.SuiteID, EditionID: it.Edition,
		Price: it.Price, Users: it.Users, Days: it.Days, Created: o.Created.Unix(), Paid: unix(o.Paid), Begin: unix(it.Begin), End: unix(it.End), Side: id.CorpID(o.Corp), Share: it.Price,
	}
	if o.Source == byProvider {
		out.Source, out.Side = 3, id.CorpID(v.Partner)
	}
	if o.PayType == NobodyPays {
		out.Share = 0
	}
	if it.Edition != "" {
		if e, err := s.edition(tx, v.No, it.Edition); err == nil {
			out.Edition = e.Name
		}
	}
	return out, true, nil
}

type getOrderRequest struct {
	OrderID string `json:"orderid"`
}

func (s *Service) getOrder(ctx context.Context, tx *store.Tx, by access.Caller, req getOrderRequest) (resp suiteOrder, err error) {
	v, err := s.deps.Suites.Suite(tx, by.Suite)
	if err != nil {
		return resp, err
	}
	if req.OrderID == "" {
		return resp, ErrOrderID.With("orderid is missing")
	}
	list, err := selectOrders(tx, `provider = ? AND orderid = ?`, v.Provider, req.OrderID)
	if err != nil {
		return resp, err
	}
	for _, o := range list {
		if resp, found, err := s.ofSuite(tx, o, v); err != nil || found {
			return resp, err
		}
	}
	return resp, ErrOrderID.With("an order of the suite expected")
}

type suiteOrdersRequest struct {
	Start *int64 `json:"start_time"` // Unix seconds
	End   *int64 `json:"end_time"`
	Test  int64  `json:"test_mode"` // 1 for those of test installations
}

type suiteOrdersResponse struct {
	Orders []suiteOrder `json:"order_list"`
}

func (s *Service) suiteOrders(ctx context.Context, tx *store.Tx, by access.Caller, req suiteOrdersRequest) (resp suiteOrdersResponse, err error) {
	v, err := s.deps.Suites.Suite(tx, by.Suite)
	switch {
	case err != nil:
		return resp, err
	case req.Start == nil || req.End == nil || *req.End < *req.Start:
		return resp, ErrParameter.With("start_time and end_time, in this order, expected")
	case req.Test != 0 && req.Test != 1:
		return resp, ErrParameter.With("test_mode: 0 or 1 expected")
	}
	list, err := selectOrders(tx, `provider = ? AND test = ? AND created_at >= ? AND created_at < ? AND no IN (SELECT order_no FROM paytool_item WHERE suite = ?) ORDER BY no`,
		v.Provider, req.Test, *req.Start*1000, (*req.End+1)*1000, v.No)
	if err != nil {
		return resp, err
	}
	for _, o := range list {
		one, found, err := s.ofSuite(tx, o, v)
		if err != nil {
			return resp, err
		}
		if found && o.Corp != "" {
			resp.Orders = append(resp.Orders, one)
		}
	}
	return resp, nil
}

type prolongTryRequest struct {
	CorpID id.CorpID `json:"buyer_corpid"`
	Days   int64     `json:"prolong_days"`
	AppID  int64     `json:"appid"` // of older suites of several applications
}

type prolongTryResponse struct {
	Ends int64 `json:"try_end_time"` // Unix seconds
}

func (s *Service) prolongTry(ctx context.Context, tx *store.Tx, by access.Caller, req prolongTryRequest) (resp prolongTryResponse, err error) {
	if req.CorpID == "" {
		return resp, ErrParameter.With("buyer_corpid is missing")
	}
	in, err := s.deps.Suites.Installation(tx, string(req.CorpID), by.Suite)
	if err != nil {
		return resp, err
	}
	ends, err := s.Prolong(ctx, tx, in, req.Days)
	return prolongTryResponse{unix(ends)}, err
}
