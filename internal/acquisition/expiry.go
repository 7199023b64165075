package acquisition

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/work"
)

// expiryWork is quota that expires as the engine sees it: a purchase is a key. It needs no lease, because two
// servers that tell of one purchase collide.
func (s *Service) expiryWork() work.Kind {
	return work.Kind{Name: "acquisition quota", Slots: 1, Every: 5 * time.Second, For: s.deps.For, Waiting: waitingQuota, Take: s.takeQuota, Backlog: quotaBacklog}
}

// quotaAtOnce is how much is looked for at a time; the next look finds the rest.
const quotaAtOnce = 1000

func waitingQuota(tx *store.Tx) (list []work.Waiting, err error) {
	due, err := selectQuota(tx, `next_at > 0 AND next_at <= ? ORDER BY next_at LIMIT ?`, tx.Now().Unix(), int64(quotaAtOnce))
	for _, q := range due {
		list = append(list, work.Waiting{Key: q.No, CorpID: q.CorpID, Due: q.NextAt})
	}
	return list, err
}

func quotaBacklog(tx *store.Tx) (b work.Backlog, err error) {
	b.Waiting, err = tx.Count(`SELECT count(*) FROM acquisition_quota WHERE next_at > 0 AND next_at <= ?`, tx.Now().Unix())
	return b, err
}

func dueQuota(tx *store.Tx, no int64) ([]Quota, error) {
	return selectQuota(tx, `no = ? AND next_at > 0 AND next_at <= ?`, no, tx.Now().Unix())
}

func (s *Service) takeQuota(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
	list, err := dueQuota(tx, t.Key)
	if err != nil || len(list) == 0 {
		return nil, time.Time{}, err
	}
	return expiring{s, t.Key}, time.Time{}, nil
}

// expiring is a purchase that is told of.
type expiring struct {
	s  *Service
	no int64
}

// Do has nothing to do outside of the transaction.
func (expiring) Do(context.Context) error { return nil }

// Record tells that a purchase expires, or what its end has left.
func (e expiring) Record(ctx context.Context, tx *store.Tx, _ work.Result) error {
	list, err := dueQuota(tx, e.no)
	if err != nil || len(list) == 0 {
		return err
	}
	q := list[0]
	by := access.System(q.CorpID)
	if err := lockUse(tx, q.CorpID, 0); err != nil {
		return err
	}
	next := int64(0)
	if at := q.next(tx.Now()); !at.IsZero() {
		next = at.Unix()
	}
	if _, err := tx.Exec(`UPDATE acquisition_quota SET next_at = ? WHERE corpid = ? AND no = ?`, next, q.CorpID, q.No); err != nil || q.Balance == 0 {
		return err
	}
	if next != 0 {
		return e.s.kinds.expiring.Record(ctx, tx, by, ExpiryEvent{At: q.ExpiresAt.Unix(), Count: q.Balance})
	}
	after, err := balanceOf(tx, q.CorpID)
	if err != nil {
		return err
	}
	return e.s.tellBalance(ctx, tx, by, after+q.Balance, after)
}

// TellExpiring tells what is due, and returns.
func (s *Service) TellExpiring(ctx context.Context) error { return s.work.Drain(ctx, nil) }
