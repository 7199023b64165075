package paytool

import (
	"context"
	"errors"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) endpoint(path string, doc int, h wire.Handler) wire.Endpoint {
	return wire.Endpoint{Method: "POST", Path: "/cgi-bin/paytool/" + path, Doc: doc, Credential: s.deps.Suites.ByProvider(), Allow: providers, Handle: h}
}

func (s *Service) orderEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		s.endpoint("open_order", 98045, wire.Write(s.openOrder)),
		s.endpoint("close_order", 98046, wire.Write(s.closeOrder)),
		s.endpoint("get_order_list", 98053, wire.Write(s.getOrderList)),
		s.endpoint("get_order_detail", 98054, wire.Write(s.getOrderDetail)),
	}
}

type orderRequest struct {
	signedRequest
	OrderID string `json:"order_id"`
}

// signedOrder returns the order that a signed request names.
func (s *Service) signedOrder(tx *store.Tx, by access.Caller, req orderRequest) (Order, error) {
	p, err := s.provider(tx, by)
	if err != nil {
		return Order{}, err
	}
	if err := s.proven(tx, p, req.signedRequest); err != nil {
		return Order{}, err
	}
	return s.order(tx, p, req.OrderID)
}

func (s *Service) closeOrder(ctx context.Context, tx *store.Tx, by access.Caller, req orderRequest) (none wire.None, err error) {
	o, err := s.signedOrder(tx, by, req)
	if err != nil {
		return none, err
	}
	return none, s.Close(ctx, tx, o)
}

// maxPage is how many orders a page has (doc 98053).
const maxPage = 2000

type getOrderListRequest struct {
	signedRequest
	Business int64  `json:"business_type"`
	Start    int64  `json:"start_time"` // Unix seconds
	End      int64  `json:"end_time"`
	Cursor   string `json:"cursor"`
	Limit    *int64 `json:"limit"`
}

type (
	orderLine struct {
		OrderID string    `json:"order_id"`
		Created int64     `json:"create_time"`
		CorpID  id.CorpID `json:"custom_corpid"`
		Content string    `json:"buy_content"`
		Origin  int64     `json:"origin_price"` // fen
		Price   int64     `json:"paid_price"`   // 0 where nobody pays
		Status  int64     `json:"order_status"`
		Source  int64     `json:"order_from"` // 1 the customer, 2 the provider
		Creator id.UserID `json:"creator"`
		PayType int64     `json:"pay_type"`
	}
	getOrderListResponse struct {
		Next   string      `json:"next_cursor"`
		More   int64       `json:"has_more"` // 0 or 1
		Orders []orderLine `json:"pay_order_list"`
	}
)

// line writes an order as a provider is told it.
func (s *Service) line(tx *store.Tx, o Order) (l orderLine, err error) {
	l = orderLine{
		OrderID: o.ID, Created: o.Created.Unix(), CorpID: id.CorpID(o.Corp), Origin: o.Origin, Price: o.Price, Status: o.wireStatus(tx.Now()), Source: o.Source, PayType: int64(o.PayType),
	}
	l.Creator = s.operator(tx, o)
	if o.Source == byProvider {
		l.Creator = o.Creator
	}
	if o.PayType == NobodyPays {
		l.Price = 0
	}
	l.Content, err = s.content(tx, o)
	return l, err
}

// wireStatus is the order's status on the wire: a refund that came to nothing leaves it
// paid.
func (o Order) wireStatus(now time.Time) int64 {
	if at := o.At(now); at != Refused {
		return int64(at)
	}
	return int64(Paid)
}

func (s *Service) getOrderList(ctx context.Context, tx *store.Tx, by access.Caller, req getOrderListRequest) (resp getOrderListResponse, err error) {
	p, err := s.provider(tx, by)
	if err != nil {
		return resp, err
	}
	if err := s.proven(tx, p, req.signedRequest); err != nil {
		return resp, err
	}
	if req.Limit == nil || *req.Limit < 1 || *req.Limit > maxPage {
		return resp, ErrParameter.With("limit: 1 to %d expected", maxPage)
	}
	list := wire.Cursor[int64]{Box: s.deps.Box, Path: "paytool/get_order_list"}
	of := []string{time.Unix(req.Start, 0).String(), time.Unix(req.End, 0).String(), string(rune('0' + req.Business))}
	before, err := list.Open(by, req.Cursor, of...)
	if errors.Is(err, wire.ErrCursor) {
		err = ErrParameter.With("cursor: the next_cursor of the same call expected")
	}
	if err != nil {
		return resp, err
	}
	where, args := `provider = ? AND test = 0`, []any{p.No}
	add := func(cond string, arg any) { where, args = where+cond, append(args, arg) }
	if req.Business != 0 {
		add(` AND business = ?`, req.Business)
	}
	if req.Start > 0 {
		add(` AND created_at >= ?`, req.Start*1000)
	}
	if req.End > 0 {
		add(` AND created_at < ?`, (req.End+1)*1000)
	}
	if before > 0 {
		add(` AND no < ?`, before)
	}
	orders, err := selectOrders(tx, where+` ORDER BY no DESC LIMIT ?`, append(args, *req.Limit+1)...)
	if err != nil {
		return resp, err
	}
	if int64(len(orders)) > *req.Limit {
		orders = orders[:*req.Limit]
		resp.More, resp.Next = 1, list.Next(by, orders[len(orders)-1].No, of...)
	}
	for _, o := range orders {
		l, err := s.line(tx, o)
		if err != nil {
			return resp, err
		}
		resp.Orders = append(resp.Orders, l)
	}
	return resp, nil
}

type (
	itemInfo struct {
		SuiteID string `json:"suiteid"`
		AppID   int64  `json:"appid,omitempty"`
		Edition string `json:"edition_id,omitempty"`
		Users   int64  `json:"user_count,omitempty"`
		Days    int64  `json:"duration_days,omitempty"`
		Origin  int64  `json:"origin_price"`
		Price   int64  `json:"paid_price"`
		Effect  string `json:"take_effect_date,omitempty"`
	}
	productInfo struct {
		Kind int64      `json:"order_type"`
		List []itemInfo `json:"buy_info_list"`
	}
	caseInfo struct {
		productInfo
		CaseID  string `json:"case_id"`
		Edition string `json:"promotion_edition_name"`
		Days    int64  `json:"duration_days"`
	}
	products struct {
		ThirdApp  *productInfo `json:"third_app,omitempty"`
		CustomApp *productInfo `json:"customized_app,omitempty"`
		Case      *caseInfo    `json:"promotion_case,omitempty"`
	}
	orderDetail struct {
		orderLine
		PayFrom    int64    `json:"pay_from"` // as pay_type
		CorpName   string   `json:"custom_corp_name"`
		Channel    int64    `json:"pay_channel,omitempty"` // 1 WeChat, 2 a bank
		ChannelID  string   `json:"channel_order_id,omitempty"`
		Paid       int64    `json:"paid_time,omitempty"`
		Business   int64    `json:"business_type"`
		IncomeType int64    `json:"income_type,omitempty"`
		IncomeTime int64    `json:"income_time,omitempty"`
		Income     int64    `json:"income_amount,omitempty"`
		Products   products `json:"product_list"`
	}
	getOrderDetailResponse struct {
		Order orderDetail `json:"pay_order"`
	}
)

func (s *Service) getOrderDetail(ctx context.Context, tx *store.Tx, by access.Caller, req orderRequest) (resp getOrderDetailResponse, err error) {
	o, err := s.signedOrder(tx, by, req)
	if err != nil {
		return resp, err
	}
	d := orderDetail{PayFrom: int64(o.PayType), Business: int64(o.Business), Paid: unix(o.Paid), Channel: o.Channel}
	if d.orderLine, err = s.line(tx, o); err != nil {
		return resp, err
	}
	if o.Corp != "" {
		c, err := s.deps.Corps.Corp(tx, o.Corp)
		if err != nil {
			return resp, err
		}
		d.CorpName = c.Name
	}
	if o.Channel != 0 {
		d.ChannelID = o.ID[1:]
	}
	if o.At(tx.Now()) == Done && o.Channel != 0 {
		d.IncomeType, d.IncomeTime, d.Income = o.Channel, o.Paid.Add(frozenFor).Unix(), o.Price
	}
	items, err := selectItems(tx, `i.order_no = ? ORDER BY i.no`, o.No)
	if err != nil {
		return resp, err
	}
	list := productInfo{Kind: int64(o.Kind)}
	for _, it := range items {
		list.List = append(list.List, itemInfo{SuiteID: it.SuiteID, Edition: it.Edition, Users: it.Users, Days: it.Days, Origin: it.Origin, Price: it.Price, Effect: it.Effect})
	}
	if o.Business == Custom {
		d.Products.CustomApp = &list
	} else {
		d.Products.ThirdApp = &list
	}
	return getOrderDetailResponse{d}, nil
}
