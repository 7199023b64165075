package licence

import (
	"context"
	"errors"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

func (s *Service) unionEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		s.endpoint("POST", "license/create_new_order_job", 98892, wire.Write(s.createNewOrderJob)),
		s.endpoint("POST", "license/submit_new_order_job", 98892, wire.Write(s.submitNewOrderJob)),
		s.endpoint("POST", "license/new_order_job_result", 98892, wire.Read(s.newOrderJobResult)),
		s.endpoint("POST", "license/get_union_order", 98893, wire.Read(s.getUnionOrder)),
	}
}

// Limits of orders for several corps (doc 98892).
const (
	maxBuys  = 10
	maxCorps = 100_000
)

type (
	buyInfo struct {
		CorpID   id.CorpID       `json:"corpid"`
		Count    accountCount    `json:"account_count"`
		Duration accountDuration `json:"account_duration"`
		Auto     *int64          `json:"auto_active_status"` // 1 where it is left out
	}
	createNewOrderJobRequest struct {
		List  []buyInfo `json:"buy_list"`
		JobID string    `json:"jobid"`
	}
	invalidCorp struct {
		CorpID  id.CorpID `json:"corpid"`
		ErrCode int       `json:"errcode"`
		ErrMsg  string    `json:"errmsg"`
	}
	createNewOrderJobResponse struct {
		JobID   string        `json:"jobid"`
		Invalid []invalidCorp `json:"invalid_list"`
	}
)

// createNewOrderJob begins a list of corps to buy for, or adds to one.
func (s *Service) createNewOrderJob(ctx context.Context, tx *store.Tx, by access.Caller, req createNewOrderJobRequest) (resp createNewOrderJobResponse, err error) {
	p, err := s.provider(tx, by)
	switch {
	case err != nil:
		return resp, err
	case len(req.List) == 0:
		return resp, ErrListEmpty
	case len(req.List) > maxBuys:
		return resp, ErrListLong.With("at most %d", maxBuys)
	}
	j, err := s.openJob(tx, p, unionJob, "", req.JobID)
	if err != nil {
		return resp, err
	}
	count, err := tx.Count(`SELECT count(*) FROM licence_purchase WHERE job = ?`, j.no)
	if err != nil {
		return resp, err
	}
	for _, b := range req.List {
		err := whereNot(count < maxCorps, ErrUnionFull)
		if err == nil {
			err = s.addPurchase(tx, p, j, b)
		}
		var refusal wire.Error
		switch {
		case errors.As(err, &refusal):
			resp.Invalid = append(resp.Invalid, invalidCorp{b.CorpID, refusal.Code, refusal.Message()})
		case err != nil:
			return resp, err
		default:
			count++
		}
	}
	resp.JobID = j.id
	if len(resp.Invalid) == len(req.List) && req.JobID == "" {
		resp.JobID = ""
		return resp, ErrAllCorps.Answering(resp)
	}
	return resp, nil
}

// addPurchase puts one corp into the list. What is wrong with it is a wire.Error.
func (s *Service) addPurchase(tx *store.Tx, p suite.Provider, j job, b buyInfo) error {
	corpID, err := s.customer(tx, p, b.CorpID)
	if err != nil {
		return err
	}
	auto := int64(1)
	if b.Auto != nil {
		auto = *b.Auto
	}
	c, err := s.standing(tx, p.No, corpID)
	switch {
	case err != nil:
		return err
	case c.Test:
		return ErrTestUnion
	case auto != 0 && auto != 1:
		return ErrAutoState
	}
	d := Duration{Months: b.Duration.Months, Days: b.Duration.Days}
	if err := errors.Join(b.Count.count().valid(false), d.valid(false)); err != nil {
		return err
	}
	if err := s.authorised(tx, party{p, corpID}); err != nil {
		return err
	}
	n, err := tx.Exec(`INSERT INTO licence_purchase (job, corpid, basic, external, months, days, auto_active, code) VALUES (?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT DO NOTHING`,
		j.no, corpID, b.Count.Basic, b.Count.External, d.Months, d.Days, auto)
	if err == nil && n == 0 {
		err = ErrCorpTwice
	}
	return err
}

type submitNewOrderJobRequest struct {
	JobID string    `json:"jobid"`
	Buyer id.UserID `json:"buyer_userid"`
}

func (s *Service) submitNewOrderJob(ctx context.Context, tx *store.Tx, by access.Caller, req submitNewOrderJobRequest) (none wire.None, err error) {
	p, err := s.provider(tx, by)
	if err != nil {
		return none, err
	}
	if req.JobID == "" {
		return none, ErrJob
	}
	j, err := s.openJob(tx, p, unionJob, "", req.JobID)
	if err != nil {
		return none, err
	}
	if err := s.buyer(tx, p, req.Buyer); err != nil {
		return none, err
	}
	n, err := tx.Exec(`UPDATE licence_job SET state = ?, buyer = ?, submitted_at = ? WHERE no = ? AND state = ?`,
		int64(jobSubmitted), string(req.Buyer), tx.Now().UnixMilli(), j.no, int64(jobOpen))
	s.jobs.Queued(tx, j.no, 1)
	return none, raced(n, err)
}

// purchase is a corp in a list.
type purchase struct {
	no   int64
	corp string
	Count
	Duration
	auto int64
	code int
}

func selectPurchases(tx *store.Tx, where string, args ...any) (list []purchase, err error) {
	err = tx.Each(`SELECT no, corpid, basic, external, months, days, auto_active, code FROM licence_purchase WHERE `+where, args, func(rows *store.Rows) error {
		var b purchase
		err := rows.Scan(&b.no, &b.corp, &b.Basic, &b.External, &b.Months, &b.Days, &b.auto, &b.code)
		list = append(list, b)
		return err
	})
	return list, err
}

// placeUnion makes the order of a list, and its parts. A corp that has removed the
// provider's applications meanwhile is left out; without any there is no order.
func (s *Service) placeUnion(ctx context.Context, tx *store.Tx, j job) (order int64, err error) {
	p, err := s.ownerOf(tx, j.provider)
	if err != nil {
		return 0, err
	}
	list, err := selectPurchases(tx, `job = ? ORDER BY no`, j.no)
	if err != nil {
		return 0, err
	}
	var parts []Order
	whole := Order{Provider: p.No, Kind: Union, Buyer: j.buyer, Auto: -1}
	for _, b := range list {
		err := s.authorised(tx, party{p, b.corp})
		var refusal wire.Error
		if errors.As(err, &refusal) {
			if _, err := tx.Exec(`UPDATE licence_purchase SET code = ? WHERE no = ?`, refusal.Code, b.no); err != nil {
				return 0, err
			}
			continue
		}
		if err != nil {
			return 0, err
		}
		part := Order{Provider: p.No, Corp: b.corp, Kind: Purchase, Count: b.Count, Duration: b.Duration, Buyer: j.buyer, Auto: b.auto}
		whole.Price += part.expectedPrice()
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return 0, ErrAllCorps
	}
	if whole, err = s.placed(ctx, tx, p, whole); err != nil {
		return 0, err
	}
	for _, part := range parts {
		part.Parent = whole.No
		if _, err := s.placed(ctx, tx, p, part); err != nil {
			return 0, err
		}
	}
	return whole.No, nil
}

type jobRequest struct {
	JobID string `json:"jobid"`
}

type newOrderJobResultResponse struct {
	Status  int64         `json:"status"` // 1 done, 2 under way, 3 failed
	OrderID string        `json:"order_id,omitempty"`
	Failed  []invalidCorp `json:"fail_list"`
}

func (s *Service) newOrderJobResult(ctx context.Context, tx *store.Tx, by access.Caller, req jobRequest) (resp newOrderJobResultResponse, err error) {
	p, err := s.provider(tx, by)
	if err != nil {
		return resp, err
	}
	j, err := s.outcome(tx, p, unionJob, req.JobID)
	if err != nil {
		return resp, err
	}
	resp.Status = j.status()
	failed := `code > 0`
	if j.state == jobFailed {
		failed = `code >= 0`
	}
	list, err := selectPurchases(tx, `job = ? AND `+failed+` ORDER BY no`, j.no)
	if err != nil {
		return resp, err
	}
	for _, b := range list {
		if b.code == 0 { // the whole is rolled back, with what it says of each
			b.code = ErrNoGrant.Code
		}
		resp.Failed = append(resp.Failed, invalidCorp{id.CorpID(b.corp), b.code, textOf(b.code)})
	}
	if j.state != jobDone {
		return resp, nil
	}
	orders, err := selectOrders(tx, `no = ?`, j.order)
	if err == nil && len(orders) > 0 {
		resp.OrderID = orders[0].ID
	}
	return resp, err
}

type getUnionOrderRequest struct {
	pageRequest
	OrderID string `json:"order_id"`
}

type (
	unionOrder struct {
		OrderID string `json:"order_id"`
		Type    int64  `json:"order_type"`
		Status  int64  `json:"order_status"`
		Price   int64  `json:"price"` // fen
		Created int64  `json:"create_time"`
		Paid    int64  `json:"pay_time,omitempty"`
	}
	unionPart struct {
		OrderID  string          `json:"sub_order_id"`
		CorpID   id.CorpID       `json:"corpid"`
		Count    accountCount    `json:"account_count"`
		Duration accountDuration `json:"account_duration"`
	}
	getUnionOrderResponse struct {
		Order unionOrder `json:"order"`
		pageResponse
		List []unionPart `json:"buy_list"`
	}
)

func (s *Service) getUnionOrder(ctx context.Context, tx *store.Tx, by access.Caller, req getUnionOrderRequest) (resp getUnionOrderResponse, err error) {
	const path = "license/get_union_order"
	p, err := s.provider(tx, by)
	if err != nil {
		return resp, err
	}
	o, err := s.order(tx, p, req.OrderID)
	if err == nil && o.Kind != Union {
		err = ErrOrder.With("the order of several enterprises expected; get_order reads those of one")
	}
	if err != nil {
		return resp, err
	}
	after, limit, err := s.open(by, path, req.pageRequest, o.ID)
	if err != nil {
		return resp, err
	}
	list, err := selectOrders(tx, `parent = ? AND no > ? ORDER BY no LIMIT ?`, o.No, after, limit)
	if err != nil {
		return resp, err
	}
	resp.Order = unionOrder{o.ID, int64(o.Kind), int64(o.At(tx.Now())), o.Price, o.CreatedAt.Unix(), unix(o.PaidAt)}
	list, resp.pageResponse = paged(s, by, path, list, limit, func(o Order) int64 { return o.No }, o.ID)
	for _, part := range list {
		resp.List = append(resp.List, unionPart{part.ID, id.CorpID(part.Corp), accountCount(part.Count), accountDuration{part.Months, part.Days}})
	}
	return resp, nil
}
