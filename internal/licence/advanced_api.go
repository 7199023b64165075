package licence

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) advancedEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		s.endpoint("POST", "advanced_api/create_order", 100297, wire.Write(s.advancedCreateOrder)),
		s.endpoint("POST", "advanced_api/cancel_order", 100298, wire.Write(s.advancedCancelOrder)),
		s.endpoint("POST", "advanced_api/submit_pay", 100299, wire.Write(s.advancedSubmitPay)),
		s.endpoint("POST", "advanced_api/list_order", 100300, wire.Read(s.advancedListOrder)),
		s.endpoint("POST", "advanced_api/get_order", 100301, wire.Read(s.advancedGetOrder)),
		s.endpoint("POST", "advanced_api/get_corp_buy_info", 100302, wire.Read(s.advancedGetCorpBuyInfo)),
	}
}

type (
	advancedPeriod struct {
		Begin int64 `json:"begin_time"` // Unix seconds
		End   int64 `json:"end_time"`
	}
	advancedArchive struct {
		Edition int64           `json:"edition"`
		Old     *int64          `json:"old_edition"` // 2 if it is left out
		People  int64           `json:"purchase_count"`
		Begins  int64           `json:"take_effect_time"` // Unix seconds
		From    *advancedPeriod `json:"old_edition_info"`
		To      *advancedPeriod `json:"target_edition_info"`
	}
	advancedCreateOrderRequest struct {
		wire.Body
		Type    *int64           `json:"advanced_api_type"` // 1 if it is left out
		CorpID  id.CorpID        `json:"custom_corpid"`
		Buyer   id.UserID        `json:"buyer_userid"`
		Kind    int64            `json:"order_type"`
		Archive *advancedArchive `json:"chat_archive_api"`
	}
)

// period reads one that is named. Both ends must be.
func (p *advancedPeriod) period() (Period, error) {
	switch {
	case p == nil || *p == advancedPeriod{}:
		return Period{}, nil
	case p.Begin == 0 || p.End == 0:
		return Period{}, wire.ErrParameter.With("begin_time and end_time stand together")
	}
	return Period{time.Unix(p.Begin, 0), time.Unix(p.End, 0)}, nil
}

func (s *Service) advancedCreateOrder(ctx context.Context, tx *store.Tx, by access.Caller, req advancedCreateOrderRequest) (resp orderResponse, err error) {
	p, err := s.party(tx, by, req.CorpID)
	switch {
	case err != nil:
		return resp, err
	case req.Type != nil && *req.Type != conversations:
		return resp, errAdvancedAPI
	case req.Archive == nil:
		return resp, ErrNoArchive
	}
	if err := s.operator(tx, p, req.Buyer); err != nil {
		return resp, err
	}
	b := AdvancedBuy{Kind: AdvancedKind(req.Kind), Edition: Edition(req.Archive.Edition), Old: Talks, People: req.Archive.People}
	if req.Archive.Old != nil {
		b.Old = Edition(*req.Archive.Old)
	}
	if req.Archive.Begins != 0 {
		b.Begins = time.Unix(req.Archive.Begins, 0)
	}
	if b.From, err = req.Archive.From.period(); err != nil {
		return resp, err
	}
	if b.To, err = req.Archive.To.period(); err != nil {
		return resp, err
	}
	o, err := s.OrderAdvanced(ctx, tx, p, req.Buyer, b)
	return orderResponse{o.ID}, err
}

// operator checks that somebody is a member of the provider. That the right to buy advanced interfaces is asked
// for as well is left out: qiwei has no such right.
func (s *Service) operator(tx *store.Tx, p party, user id.UserID) error {
	if user == "" {
		return wire.ErrEmpty.With("the userid of a member of the provider expected")
	}
	ok, err := s.deps.Directory.Exists(tx, p.CorpID, user)
	if err == nil && !ok {
		err = ErrNoOperator.With("%q is not a member of the provider", user)
	}
	return err
}

func (s *Service) advancedCancelOrder(ctx context.Context, tx *store.Tx, by access.Caller, req orderRequest) (none wire.None, err error) {
	p, err := s.provider(tx, by)
	if err != nil {
		return none, err
	}
	return none, s.CancelAdvanced(ctx, tx, p, req.OrderID)
}

type advancedSubmitPayRequest struct {
	Payer   id.UserID `json:"payer_userid"`
	OrderID string    `json:"order_id"`
}

func (s *Service) advancedSubmitPay(ctx context.Context, tx *store.Tx, by access.Caller, req advancedSubmitPayRequest) (none wire.None, err error) {
	p, err := s.provider(tx, by)
	if err != nil {
		return none, err
	}
	if err := s.operator(tx, party{Provider: p}, req.Payer); err != nil {
		return none, err
	}
	o, err := s.advanced(tx, p, req.OrderID)
	if err != nil {
		return none, err
	}
	return none, s.PayAdvanced(ctx, tx, p, o, true)
}

type (
	advancedListOrderRequest struct {
		pageRequest
		CorpID id.CorpID `json:"custom_corpid"`
		Start  *int64    `json:"start_time"` // Unix seconds
		End    *int64    `json:"end_time"`
		Type   *int64    `json:"advanced_api_type"`
	}
	advancedLine struct {
		OrderID string `json:"order_id"`
		Type    int64  `json:"order_type"`
		Status  int64  `json:"order_status"`
		Created int64  `json:"create_time"`
	}
	advancedListOrderResponse struct {
		pageResponse
		Orders []advancedLine `json:"order_list"`
	}
)

func (s *Service) advancedListOrder(ctx context.Context, tx *store.Tx, by access.Caller, req advancedListOrderRequest) (resp advancedListOrderResponse, err error) {
	const path = "advanced_api/list_order"
	p, err := s.provider(tx, by)
	switch {
	case err != nil:
		return resp, err
	case req.Type != nil && *req.Type != conversations:
		return resp, errAdvancedAPI
	case (req.Start == nil) != (req.End == nil):
		return resp, ErrTimes.With("start_time and end_time stand together")
	}
	where, args, of := `provider = ?`, []any{p.No}, []string{}
	if req.CorpID != "" {
		corpID, err := s.customer(tx, p, req.CorpID)
		if err != nil {
			return resp, err
		}
		where, args, of = where+` AND corpid = ?`, append(args, corpID), append(of, corpID)
	}
	if req.Start != nil {
		if *req.End < *req.Start {
			return resp, ErrTimes.With("end_time: not before start_time expected")
		}
		from, to := time.Unix(*req.Start, 0), time.Unix(*req.End, 0)
		where, args, of = where+` AND created_at >= ? AND created_at < ?`, append(args, from.UnixMilli(), to.UnixMilli()), append(of, from.String(), to.String())
	}
	after, limit, err := s.open(by, path, req.pageRequest, of...)
	if err != nil {
		return resp, err
	}
	list, err := selectAdvanced(tx, where+` AND no > ? ORDER BY no LIMIT ?`, append(args, after, limit)...)
	if err != nil {
		return resp, err
	}
	list, resp.pageResponse = paged(s, by, path, list, limit, func(o AdvancedOrder) int64 { return o.No }, of...)
	for _, o := range list {
		resp.Orders = append(resp.Orders, advancedLine{o.ID, int64(o.Kind), int64(o.At(tx.Now())), o.CreatedAt.Unix()})
	}
	return resp, nil
}

type (
	advancedBought struct {
		Edition  int64 `json:"edition"`
		People   int64 `json:"purchase_count"`
		Days     int64 `json:"purchase_duration_days"`
		Begins   int64 `json:"take_effect_time"` // Unix seconds
		Ends     int64 `json:"end_time"`
		Original int64 `json:"original_price,omitempty"` // fen, of an upgrade alone
	}
	advancedInfo struct {
		Type    int64          `json:"advanced_api_type"`
		OrderID string         `json:"order_id"`
		Kind    int64          `json:"order_type"`
		Status  int64          `json:"order_status"`
		CorpID  id.CorpID      `json:"custom_corpid"`
		Created int64          `json:"create_time"`
		Buyer   id.UserID      `json:"buyer_userid"`
		Price   int64          `json:"paid_price"` // fen
		Archive advancedBought `json:"chat_archive_api"`
	}
	advancedGetOrderResponse struct {
		Order advancedInfo `json:"order"`
	}
)

func (s *Service) advancedGetOrder(ctx context.Context, tx *store.Tx, by access.Caller, req orderRequest) (resp advancedGetOrderResponse, err error) {
	p, err := s.provider(tx, by)
	if err != nil {
		return resp, err
	}
	o, err := s.advanced(tx, p, req.OrderID)
	if err != nil {
		return resp, err
	}
	resp.Order = advancedInfo{
		Type: conversations, OrderID: o.ID, Kind: int64(o.Kind), Status: int64(o.At(tx.Now())), CorpID: id.CorpID(o.Corp), Created: o.CreatedAt.Unix(), Buyer: o.Buyer, Price: o.Price,
		Archive: advancedBought{int64(o.Edition), o.People, int64(o.Ends.Sub(o.Begins) / (24 * time.Hour)), o.Begins.Unix(), o.Ends.Unix(), o.OriginalPrice},
	}
	return resp, nil
}

type (
	advancedGetCorpBuyInfoRequest struct {
		Type   int64     `json:"advanced_api_type"`
		CorpID id.CorpID `json:"custom_corpid"`
	}
	advancedEdition struct {
		Edition int64 `json:"edition"`
		People  int64 `json:"purchase_count"`
		advancedPeriod
	}
	advancedEditions struct {
		Editions []advancedEdition `json:"edition_list"`
	}
	advancedGetCorpBuyInfoResponse struct {
		Archive advancedEditions `json:"chat_archive_api_buy_info"`
	}
)

// advancedGetCorpBuyInfo answers the periods of each edition that go on or will begin; of an edition that has
// none, the last that has ended.
func (s *Service) advancedGetCorpBuyInfo(ctx context.Context, tx *store.Tx, by access.Caller, req advancedGetCorpBuyInfoRequest) (resp advancedGetCorpBuyInfoResponse, err error) {
	p, err := s.party(tx, by, req.CorpID)
	if err == nil && req.Type != conversations {
		err = errAdvancedAPI
	}
	if err != nil {
		return resp, err
	}
	list, err := selectHoldings(tx, `provider = ? AND corpid = ? AND edition > 0 AND people > 0 ORDER BY edition, begins_at`, p.No, p.Corp)
	for i, h := range list {
		last := i == len(list)-1 || list[i+1].Edition != h.Edition
		if h.live(tx.Now()) || last {
			resp.Archive.Editions = append(resp.Archive.Editions, advancedEdition{int64(h.Edition), h.People, advancedPeriod{h.Begins.Unix(), h.Ends.Unix()}})
		}
	}
	return resp, err
}
