package licence

import (
	"context"
	"errors"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) orderEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		s.endpoint("POST", "license/create_new_order", 95644, wire.Write(s.createNewOrder)),
		s.endpoint("POST", "license/list_order", 95647, wire.Read(s.listOrder)),
		s.endpoint("POST", "license/get_order", 95648, wire.Read(s.getOrder)),
		s.endpoint("POST", "license/list_order_account", 95649, wire.Read(s.listOrderAccount)),
		s.endpoint("POST", "license/cancel_order", 96106, wire.Write(s.cancelOrder)),
	}
}

// The parts of orders on the wire.
type (
	accountCount struct {
		Basic    int64 `json:"base_count"`
		External int64 `json:"external_contact_count"`
	}
	accountDuration struct {
		Months int64 `json:"months,omitempty"`
		Days   int64 `json:"days,omitempty"`
	}
	orderDuration struct {
		accountDuration
		Until int64 `json:"new_expire_time,omitempty"` // Unix seconds
	}
	// page is of lists with cursors.
	pageRequest struct {
		wire.Body
		Limit  *int64 `json:"limit"`
		Cursor string `json:"cursor"`
	}
	pageResponse struct {
		Next string `json:"next_cursor"`
		More int64  `json:"has_more"` // 0 or 1
	}
)

func (a *accountCount) count() Count { return Count{a.Basic, a.External} }

// Limits of pages (doc 95647).
const (
	maxPage   = 1000
	usualPage = 500
)

// limit returns how many are asked for. What is no number of a page is refused (701101;
// that this covers 0 is unverified).
func (r pageRequest) limit() (int64, error) {
	switch {
	case r.Limit == nil:
		return usualPage, nil
	case *r.Limit < 1 || *r.Limit > maxPage:
		return 0, ErrLimit.With("limit: 1 to %d expected", maxPage)
	}
	return *r.Limit, nil
}

// open returns the place of the cursor, and how many to read: one more than are asked
// for, so that the last page is known.
func (s *Service) open(by access.Caller, path string, r pageRequest, of ...string) (after, limit int64, err error) {
	if limit, err = r.limit(); err != nil {
		return 0, 0, err
	}
	after, err = wire.Cursor[int64]{Box: s.deps.Box, Path: path}.Open(by, r.Cursor, of...)
	if errors.Is(err, wire.ErrCursor) {
		err = ErrCursor
	}
	return after, limit + 1, err
}

// paged cuts a list that was read by open, and says where it goes on.
func paged[T any](s *Service, by access.Caller, path string, list []T, limit int64, no func(T) int64, of ...string) ([]T, pageResponse) {
	if int64(len(list)) < limit {
		return list, pageResponse{}
	}
	list = list[:limit-1]
	return list, pageResponse{wire.Cursor[int64]{Box: s.deps.Box, Path: path}.Next(by, no(list[len(list)-1]), of...), 1}
}

type createNewOrderRequest struct {
	CorpID   id.CorpID        `json:"corpid"`
	Buyer    id.UserID        `json:"buyer_userid"`
	Count    *accountCount    `json:"account_count"`
	Duration *accountDuration `json:"account_duration"`
}

type orderResponse struct {
	OrderID string `json:"order_id"`
}

func (s *Service) createNewOrder(ctx context.Context, tx *store.Tx, by access.Caller, req createNewOrderRequest) (orderResponse, error) {
	p, err := s.party(tx, by, req.CorpID)
	switch {
	case err != nil:
		return orderResponse{}, err
	case req.Count == nil:
		return orderResponse{}, wire.ErrEmpty.With("account_count is missing")
	case req.Duration == nil:
		return orderResponse{}, wire.ErrEmpty.With("account_duration is missing")
	}
	o, err := s.Buy(ctx, tx, p, req.Buyer, req.Count.count(), Duration{Months: req.Duration.Months, Days: req.Duration.Days})
	return orderResponse{o.ID}, err
}

// maxSpan is how far apart the ends of a list of orders may be (doc 95647).
const maxSpan = 31 * 24 * time.Hour

type listOrderRequest struct {
	pageRequest
	CorpID id.CorpID `json:"corpid"`
	Start  *int64    `json:"start_time"` // Unix seconds
	End    *int64    `json:"end_time"`
}

type (
	orderLine struct {
		OrderID string `json:"order_id"`
		Type    int64  `json:"order_type"`
	}
	listOrderResponse struct {
		pageResponse
		Orders []orderLine `json:"order_list"`
	}
)

func (s *Service) listOrder(ctx context.Context, tx *store.Tx, by access.Caller, req listOrderRequest) (resp listOrderResponse, err error) {
	const path = "license/list_order"
	p, err := s.provider(tx, by)
	if err != nil {
		return resp, err
	}
	var q OrderQuery
	if req.CorpID != "" {
		if q.Corp, err = s.customer(tx, p, req.CorpID); err != nil {
			return resp, err
		}
	}
	switch {
	case (req.Start == nil) != (req.End == nil):
		return resp, ErrTimes.With("start_time and end_time stand together")
	case req.Start != nil:
		q.From, q.To = time.Unix(*req.Start, 0), time.Unix(*req.End, 0)
		if q.To.Before(q.From) || q.To.Sub(q.From) > maxSpan {
			return resp, ErrTimes.With("end_time: at most 31 days after start_time, and not before it, expected")
		}
	}
	of := []string{q.Corp, q.From.String(), q.To.String()}
	if q.Before, q.Limit, err = s.open(by, path, req.pageRequest, of...); err != nil {
		return resp, err
	}
	list, err := s.Orders(tx, p, q)
	if err != nil {
		return resp, err
	}
	list, resp.pageResponse = paged(s, by, path, list, q.Limit, func(o Order) int64 { return o.No }, of...)
	for _, o := range list {
		resp.Orders = append(resp.Orders, orderLine{o.ID, int64(o.Kind)})
	}
	return resp, nil
}

type orderRequest struct {
	OrderID string `json:"order_id"`
}

type (
	orderInfo struct {
		OrderID  string        `json:"order_id"`
		Type     int64         `json:"order_type"`
		Status   int64         `json:"order_status"`
		CorpID   id.CorpID     `json:"corpid"`
		Price    int64         `json:"price"` // fen
		Count    accountCount  `json:"account_count"`
		Duration orderDuration `json:"account_duration"`
		Created  int64         `json:"create_time"`
		Paid     int64         `json:"pay_time,omitempty"`
	}
	getOrderResponse struct {
		Order orderInfo `json:"order"`
	}
)

func (s *Service) getOrder(ctx context.Context, tx *store.Tx, by access.Caller, req orderRequest) (resp getOrderResponse, err error) {
	p, err := s.provider(tx, by)
	if err != nil {
		return resp, err
	}
	o, err := s.order(tx, p, req.OrderID)
	if err != nil {
		return resp, err
	}
	if o.Kind == Union {
		return resp, ErrParent.With("get_union_order reads it")
	}
	resp.Order = orderInfo{
		OrderID: o.ID, Type: int64(o.Kind), Status: int64(o.At(tx.Now())), CorpID: id.CorpID(o.Corp), Price: o.Price,
		Count: accountCount(o.Count), Duration: orderDuration{accountDuration{o.Months, o.Days}, unix(o.Until)},
		Created: o.CreatedAt.Unix(), Paid: unix(o.PaidAt),
	}
	return resp, nil
}

type listOrderAccountRequest struct {
	pageRequest
	OrderID string `json:"order_id"`
}

type (
	orderAccount struct {
		Code   string    `json:"active_code,omitempty"` // of a purchase
		UserID id.UserID `json:"userid,omitempty"`      // of a renewal
		Type   int64     `json:"type"`
	}
	listOrderAccountResponse struct {
		pageResponse
		Accounts []orderAccount `json:"account_list"`
	}
)

// listOrderAccount answers the codes of a purchase once it is paid for, or whom a renewal
// is for.
func (s *Service) listOrderAccount(ctx context.Context, tx *store.Tx, by access.Caller, req listOrderAccountRequest) (resp listOrderAccountResponse, err error) {
	const path = "license/list_order_account"
	p, err := s.provider(tx, by)
	if err != nil {
		return resp, err
	}
	o, err := s.order(tx, p, req.OrderID)
	switch {
	case err != nil:
		return resp, err
	case o.Kind == Union:
		return resp, ErrParent.With("the sub_order_id of get_union_order expected")
	}
	after, limit, err := s.open(by, path, req.pageRequest, o.ID)
	if err != nil {
		return resp, err
	}
	if o.Kind == Renewal {
		list, err := selectRenewals(tx, o.Job, after, limit)
		if err != nil {
			return resp, err
		}
		list, resp.pageResponse = paged(s, by, path, list, limit, func(r renewal) int64 { return r.no }, o.ID)
		for _, r := range list {
			resp.Accounts = append(resp.Accounts, orderAccount{UserID: s.deps.Suites.ShownMember(p.No, r.member), Type: int64(r.typ)})
		}
		return resp, nil
	}
	if o.Waiting {
		return resp, ErrMaking.With("%d of %d are made", o.Made, o.Basic+o.External)
	}
	list, err := selectCodes(tx, `order_no = ? AND no > ? ORDER BY no LIMIT ?`, o.No, after, limit)
	if err != nil {
		return resp, err
	}
	list, resp.pageResponse = paged(s, by, path, list, limit, func(c Code) int64 { return c.No }, o.ID)
	for _, c := range list {
		resp.Accounts = append(resp.Accounts, orderAccount{Code: c.Text, Type: int64(c.Type)})
	}
	return resp, nil
}

type cancelOrderRequest struct {
	orderRequest
	CorpID id.CorpID `json:"corpid"`
}

func (s *Service) cancelOrder(ctx context.Context, tx *store.Tx, by access.Caller, req cancelOrderRequest) (wire.None, error) {
	p, err := s.provider(tx, by)
	if err != nil {
		return wire.None{}, err
	}
	corpID := ""
	if req.CorpID != "" {
		if corpID, err = s.customer(tx, p, req.CorpID); err != nil {
			return wire.None{}, err
		}
	}
	return wire.None{}, s.Cancel(tx, p, req.OrderID, corpID)
}
