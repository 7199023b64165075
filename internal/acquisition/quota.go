package acquisition

import (
	"context"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Quota is how many customers a corp may still win, of one purchase. Whoever comes by a link and becomes a
// friend uses one, of the purchase that expires first.
type Quota struct {
	No        int64
	CorpID    string
	Balance   int64
	ExpiresAt time.Time
	NextAt    time.Time // when it is told next that it expires, or does; zero if never more
}

const (
	// lowBalance is the balance below which applications are told (doc 97299).
	lowBalance = 20
	// maxBought is how much is bought at once; unverified.
	maxBought = 1_000_000
)

// warnings are the times before the end at which it is told that quota expires (doc 97299).
var warnings = []time.Duration{14 * 24 * time.Hour, 7 * 24 * time.Hour, 3 * 24 * time.Hour, 2 * 24 * time.Hour, 24 * time.Hour, 0}

// next returns when the quota is told of next, after now; zero once it has expired.
func (q Quota) next(now time.Time) time.Time {
	for _, w := range warnings {
		if at := q.ExpiresAt.Add(-w); at.After(now) {
			return at
		}
	}
	return time.Time{}
}

// Buy gives a corp quota until a time.
func (s *Service) Buy(ctx context.Context, tx *store.Tx, by access.Caller, count int64, until time.Time) error {
	if count < 1 || count > maxBought {
		return wire.ErrParameter.With("count: 1 to %d expected, %d given", maxBought, count)
	}
	if !until.After(tx.Now()) {
		return wire.ErrParameter.With("expires: a time to come expected")
	}
	q := Quota{CorpID: by.CorpID, Balance: count, ExpiresAt: until}
	return s.changed(ctx, tx, by, func() error {
		_, err := tx.Insert(`INSERT INTO acquisition_quota (corpid, balance, expires_at, next_at) VALUES (?, ?, ?, ?)`, by.CorpID, q.Balance, until.Unix(), q.next(tx.Now()).Unix())
		return err
	})
}

// spend uses one. Whoever was let in is counted, even if the last one was used meanwhile.
func (s *Service) spend(ctx context.Context, tx *store.Tx, by access.Caller) error {
	if err := lockUse(tx, by.CorpID, 1); err != nil {
		return err
	}
	return s.changed(ctx, tx, by, func() error {
		list, err := liveQuota(tx, by.CorpID)
		if err != nil || len(list) == 0 {
			return err
		}
		_, err = tx.Exec(`UPDATE acquisition_quota SET balance = balance - 1 WHERE corpid = ? AND no = ? AND balance > 0`, by.CorpID, list[0].No)
		return err
	})
}

// changed runs what changes the balance, and tells applications what it has come to.
func (s *Service) changed(ctx context.Context, tx *store.Tx, by access.Caller, change func() error) error {
	if err := lockUse(tx, by.CorpID, 0); err != nil {
		return err
	}
	before, err := balanceOf(tx, by.CorpID)
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	after, err := balanceOf(tx, by.CorpID)
	if err != nil {
		return err
	}
	return s.tellBalance(ctx, tx, by, before, after)
}

func (s *Service) tellBalance(ctx context.Context, tx *store.Tx, by access.Caller, before, after int64) error {
	change := ""
	switch {
	case before == 0 && after > 0:
		change = balanceIncreased
	case before > 0 && after == 0:
		change = balanceExhausted
	case before >= lowBalance && after < lowBalance:
		change = balanceLow
	}
	if change == "" {
		return nil
	}
	if err := s.tellComponentsBalance(ctx, tx, by.CorpID, change); err != nil {
		return err
	}
	return s.kinds.balance[change].Record(ctx, tx, by, BalanceEvent{Change: change})
}

// Balance is what a corp has used and what is left.
type Balance struct {
	Used, Left int64
	Quota      []Quota // what is left of it, the first to expire first
}

// Balance returns a corp's. Doc 97375.
func (s *Service) Balance(tx *store.Tx, corpID string) (b Balance, err error) {
	if b.Used, err = tx.Count(`SELECT coalesce(sum(used), 0) FROM acquisition_use WHERE corpid = ?`, corpID); err != nil {
		return b, err
	}
	b.Quota, err = liveQuota(tx, corpID)
	for _, q := range b.Quota {
		b.Left += q.Balance
	}
	return b, err
}

// lockUse counts n uses, and makes other transactions that change the corp's quota or links wait for this one.
func lockUse(tx *store.Tx, corpID string, n int64) error {
	_, err := tx.Exec(`INSERT INTO acquisition_use (corpid, used) VALUES (?, ?) ON CONFLICT (corpid) DO UPDATE SET used = acquisition_use.used + excluded.used`, corpID, n)
	if err != nil {
		err = fmt.Errorf("count acquisition: %w", err)
	}
	return err
}

func balanceOf(tx *store.Tx, corpID string) (int64, error) {
	return tx.Count(`SELECT coalesce(sum(balance), 0) FROM acquisition_quota WHERE corpid = ? AND expires_at > ?`, corpID, tx.Now().Unix())
}

// liveQuota returns what has not expired and is not used up.
func liveQuota(tx *store.Tx, corpID string) ([]Quota, error) {
	return selectQuota(tx, `corpid = ? AND expires_at > ? AND balance > 0 ORDER BY expires_at, no`, corpID, tx.Now().Unix())
}

func selectQuota(tx *store.Tx, where string, args ...any) (out []Quota, err error) {
	err = tx.Each(`SELECT no, corpid, balance, expires_at, next_at FROM acquisition_quota WHERE `+where, args, func(rows *store.Rows) error {
		var q Quota
		var expires, next int64
		err := rows.Scan(&q.No, &q.CorpID, &q.Balance, &expires, &next)
		q.ExpiresAt = time.Unix(expires, 0).UTC()
		if next > 0 {
			q.NextAt = time.Unix(next, 0).UTC()
		}
		out = append(out, q)
		return err
	})
	return out, err
}

func (s *Service) quotaEndpoints() []wire.Endpoint {
	return []wire.Endpoint{endpoint("GET", "customer_acquisition_quota", 97375, wire.Read(s.customerAcquisitionQuota))}
}

type (
	customerAcquisitionQuotaResponse struct {
		Used   int64         `json:"total"`
		Left   int64         `json:"balance"`
		Quotas []quotaAnswer `json:"quota_list"`
	}
	quotaAnswer struct {
		Expires int64 `json:"expire_date"` // the midnight before
		Balance int64 `json:"balance"`
	}
)

func (s *Service) customerAcquisitionQuota(ctx context.Context, tx *store.Tx, by access.Caller, _ wire.None) (resp customerAcquisitionQuotaResponse, err error) {
	b, err := s.Balance(tx, by.CorpID)
	resp.Used, resp.Left = b.Used, b.Left
	for _, q := range b.Quota {
		day := customer.DayOf(q.ExpiresAt).Unix()
		if n := len(resp.Quotas); n > 0 && resp.Quotas[n-1].Expires == day {
			resp.Quotas[n-1].Balance += q.Balance
			continue
		}
		resp.Quotas = append(resp.Quotas, quotaAnswer{day, q.Balance})
	}
	return resp, err
}
