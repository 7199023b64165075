package licence

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) paymentEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		s.endpoint("POST", "license/submit_pay_job", 99415, wire.Write(s.submitPayJob)),
		s.endpoint("POST", "license/pay_job_result", 99415, wire.Read(s.payJobResult)),
		s.endpoint("GET", "service/get_account_balance", 100137, wire.Read(s.getAccountBalance)),
	}
}

type submitPayJobRequest struct {
	Payer   id.UserID `json:"payer_userid"`
	OrderID string    `json:"order_id"`
}

type jobResponse struct {
	JobID string `json:"jobid"`
}

// submitPayJob has an order paid from the balance. From then on it can be paid in no
// other way.
func (s *Service) submitPayJob(ctx context.Context, tx *store.Tx, by access.Caller, req submitPayJobRequest) (resp jobResponse, err error) {
	p, err := s.provider(tx, by)
	if err != nil {
		return resp, err
	}
	if err := s.buyer(tx, p, req.Payer); err != nil {
		return resp, err
	}
	o, err := s.order(tx, p, req.OrderID)
	switch {
	case err != nil:
		return resp, err
	case o.Parent != 0:
		return resp, ErrOrder.With("the order for several enterprises is paid as a whole")
	case o.At(tx.Now()) != Unpaid:
		return resp, ErrNotUnpaid
	}
	n, err := tx.Count(`SELECT count(*) FROM licence_job WHERE order_no = ? AND kind = ? AND state = ?`, o.No, int64(paymentJob), int64(jobSubmitted))
	if err == nil && n > 0 {
		err = ErrSubmitted
	}
	if err != nil {
		return resp, err
	}
	j, err := insertJob(tx, job{provider: p.No, kind: paymentJob, state: jobSubmitted, buyer: req.Payer, order: o.No, submitted: tx.Now()})
	if err != nil {
		return resp, err
	}
	resp.JobID = j.id
	s.jobs.Queued(tx, j.no, 1)
	_, err = tx.Exec(`UPDATE licence_order SET method = ? WHERE no = ?`, int64(ByBalance), o.No)
	return resp, err
}

// settlePayment does what submitPayJob has asked for.
func (s *Service) settlePayment(ctx context.Context, tx *store.Tx, j job) (order int64, err error) {
	p, err := s.ownerOf(tx, j.provider)
	if err != nil {
		return 0, err
	}
	list, err := selectOrders(tx, `no = ? AND provider = ?`, j.order, j.provider)
	if err == nil && len(list) == 0 {
		err = ErrOrder
	}
	if err != nil {
		return 0, err
	}
	_, err = s.payFromBalance(ctx, tx, p, list[0])
	return j.order, err
}

type (
	payResult struct {
		ErrCode int           `json:"errcode"`
		ErrMsg  string        `json:"errmsg"`
		Failed  []invalidCorp `json:"fail_corp_list"`
	}
	payJobResultResponse struct {
		Status int64      `json:"status"` // 1 done, 2 under way, 3 failed
		Result *payResult `json:"pay_job_result,omitempty"`
	}
)

func (s *Service) payJobResult(ctx context.Context, tx *store.Tx, by access.Caller, req jobRequest) (resp payJobResultResponse, err error) {
	p, err := s.provider(tx, by)
	if err != nil {
		return resp, err
	}
	j, err := s.outcome(tx, p, paymentJob, req.JobID)
	if err != nil {
		return resp, err
	}
	resp.Status = j.status()
	if j.state == jobFailed {
		resp.Result = &payResult{ErrCode: j.code, ErrMsg: textOf(j.code)}
	}
	return resp, nil
}

type getAccountBalanceResponse struct {
	Balance int64 `json:"balance"` // fen
}

func (s *Service) getAccountBalance(ctx context.Context, tx *store.Tx, by access.Caller, _ wire.None) (resp getAccountBalanceResponse, err error) {
	p, err := s.provider(tx, by)
	if err != nil {
		return resp, err
	}
	fen, opened, err := balance(tx, p)
	if err == nil && !opened {
		err = ErrNoWallet
	}
	return getAccountBalanceResponse{fen}, err
}
