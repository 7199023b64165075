package acquisition

import (
	"context"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Bill is somebody for whom a provider has paid (doc 99602).
type Bill struct {
	No     int64
	LinkID string // empty if the link was deleted
	State  string
	Price  int64 // in fen
	At     time.Time
}

const (
	maxBills    = 1000 // in an answer (doc 99602)
	usualBills  = 100
	maxBillDays = 31
)

// BuyService gives a provider quota to pay with. It answers 40058 for a number that is none, and suite.ErrNoProvider.
func (s *Service) BuyService(ctx context.Context, tx *store.Tx, partner string, count int64) (balance int64, err error) {
	if count < 1 || count > maxBought {
		return 0, wire.ErrParameter.With("count: 1 to %d expected, %d given", maxBought, count)
	}
	if _, err := s.deps.Suites.Provider(tx, partner); err != nil {
		return 0, err
	}
	if err := addService(tx, partner, count); err != nil {
		return 0, err
	}
	return serviceBalance(tx, partner)
}

// addService changes what a provider may pay for, and makes other transactions that do so wait for this one.
func addService(tx *store.Tx, partner string, n int64) error {
	_, err := tx.Exec(`INSERT INTO acquisition_service (partner, balance) VALUES (?, ?) ON CONFLICT (partner) DO UPDATE SET balance = acquisition_service.balance + excluded.balance`, partner, n)
	if err != nil {
		err = fmt.Errorf("count service quota: %w", err)
	}
	return err
}

func serviceBalance(tx *store.Tx, partner string) (balance int64, err error) {
	_, err = tx.Get(`SELECT balance FROM acquisition_service WHERE partner = ?`, []any{partner}, &balance)
	return balance, err
}

// payService has the provider pay for a newcomer. Ok is false if it has nothing left, or the key was used meanwhile.
func (s *Service) payService(ctx context.Context, tx *store.Tx, c Component, l Link, n Newcomer) (ok bool, err error) {
	if err := addService(tx, c.Partner, 0); err != nil {
		return false, err
	}
	before, err := serviceBalance(tx, c.Partner)
	if err != nil || before < 1 {
		return false, err
	}
	inserted, err := tx.Exec(`INSERT INTO acquisition_bill (suite, corpid, link, state, price, at, once_key) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (once_key) DO NOTHING`,
		c.Installation.Suite.SuiteID, c.CorpID, l.No, n.State, c.Price, tx.Now().Unix(), n.OnceKey)
	if err != nil || inserted == 0 {
		return false, err
	}
	if err := addService(tx, c.Partner, -1); err != nil {
		return false, err
	}
	if err := s.tellConsumed(ctx, tx, c, l, n); err != nil {
		return false, err
	}
	return true, s.tellService(ctx, tx, c.Partner, before, before-1)
}

// Bills returns what a component's provider has paid in a corp from one time to another, both included, in order, from
// behind the number after on, and the last number if there are more.
func (s *Service) Bills(tx *store.Tx, suiteID, corpID string, from, to time.Time, after, limit int64) (list []Bill, next int64, err error) {
	err = tx.Each(`SELECT b.no, coalesce(l.link_id, ''), b.state, b.price, b.at FROM acquisition_bill b LEFT JOIN acquisition_link l ON l.corpid = b.corpid AND l.no = b.link
		WHERE b.suite = ? AND b.corpid = ? AND b.at BETWEEN ? AND ? AND b.no > ? ORDER BY b.no LIMIT ?`,
		[]any{suiteID, corpID, from.Unix(), to.Unix(), after, limit + 1}, func(rows *store.Rows) error {
			var b Bill
			var at int64
			err := rows.Scan(&b.No, &b.LinkID, &b.State, &b.Price, &at)
			b.At = time.Unix(at, 0).UTC()
			list = append(list, b)
			return err
		})
	if int64(len(list)) > limit {
		list = list[:limit]
		next = list[limit-1].No
	}
	return list, next, err
}

const billsPath = "/cgi-bin/service/customer_acquisition/get_bill_list"

func (s *Service) billEndpoints() []wire.Endpoint {
	return []wire.Endpoint{{Method: "POST", Path: billsPath, Doc: 99602, Credential: s.deps.Suites.BySuite(), Allow: access.To(access.All, access.Suite), Handle: wire.Read(s.getBillList)}}
}

type (
	getBillListRequest struct {
		Begin  int64     `json:"begin_time"` // Unix seconds
		End    int64     `json:"end_time"`
		CorpID id.CorpID `json:"auth_corpid"`
		Cursor string    `json:"cursor"`
		Limit  *int64    `json:"limit"`
	}
	getBillListResponse struct {
		Next string       `json:"next_cursor,omitempty"`
		List []billAnswer `json:"bill_list"`
	}
	billAnswer struct {
		At     int64  `json:"timestamp"`
		LinkID string `json:"link_id,omitempty"`
		State  string `json:"state,omitempty"`
		Price  int64  `json:"price"`
	}
)

func (s *Service) getBillList(ctx context.Context, tx *store.Tx, by access.Caller, req getBillListRequest) (resp getBillListResponse, err error) {
	from, to, limit := time.Unix(req.Begin, 0), time.Unix(req.End, 0), int64(usualBills)
	if req.Limit != nil {
		limit = *req.Limit
	}
	v, err := s.deps.Suites.Suite(tx, by.Suite)
	switch {
	case err != nil:
		return resp, err
	case !v.Asks(componentPermit):
		return resp, wire.ErrForbidden.With("the suite is no acquisition component")
	case req.CorpID == "":
		return resp, wire.ErrParameter.With("auth_corpid expected")
	case req.Begin <= 0 || req.End < req.Begin || to.Sub(from) > maxBillDays*24*time.Hour:
		return resp, wire.ErrParameter.With("begin_time, end_time: a span of at most %d days expected", maxBillDays)
	case limit < 1 || limit > maxBills:
		return resp, wire.ErrParameter.With("limit: 1 to %d expected, %d given", maxBills, limit)
	}
	if _, err := s.deps.Suites.Installation(tx, string(req.CorpID), v.SuiteID); err != nil {
		return resp, err
	}
	cursor, of := wire.Cursor[int64]{Box: s.deps.Box, Path: billsPath}, fmt.Sprint(req.CorpID, req.Begin, " ", req.End)
	after, err := cursor.Open(by, req.Cursor, of)
	if err != nil {
		return resp, err
	}
	list, next, err := s.Bills(tx, v.SuiteID, string(req.CorpID), from, to, after, limit)
	for _, b := range list {
		resp.List = append(resp.List, billAnswer{b.At.Unix(), b.LinkID, b.State, b.Price})
	}
	if next != 0 {
		resp.Next = cursor.Next(by, next, of)
	}
	return resp, err
}
