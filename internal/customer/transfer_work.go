package customer

import (
	"context"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/work"
)

// transferWork is the handing over as the engine sees it: a transfer is a key. It needs no lease, because two
// servers that hand one customer over collide.
func (s *Service) transferWork() work.Kind {
	return work.Kind{Name: "customer transfer", Slots: 2, Every: 5 * time.Second, For: s.deps.For, Waiting: waitingTransfers, Take: s.takeTransfer, Backlog: transferBacklog}
}

// transfersAtOnce is how many are looked for at a time; the next look finds the others.
const transfersAtOnce = 1000

func waitingTransfers(tx *store.Tx) (list []work.Waiting, err error) {
	err = tx.Each(`SELECT no, corpid, due FROM customer_transfer WHERE status = 2 AND due <= ? ORDER BY due LIMIT ?`, []any{tx.Now().Unix(), int64(transfersAtOnce)},
		func(rows *store.Rows) error {
			var w work.Waiting
			var due int64
			err := rows.Scan(&w.Key, &w.CorpID, &due)
			w.Due = time.Unix(due, 0)
			list = append(list, w)
			return err
		})
	return list, err
}

func transferBacklog(tx *store.Tx) (b work.Backlog, err error) {
	b.Waiting, err = tx.Count(`SELECT count(*) FROM customer_transfer WHERE status = 2 AND due < ?`, tx.Now().Unix())
	return b, err
}

func (s *Service) takeTransfer(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
	list, err := dueTransfers(tx, t.Key)
	if err != nil || len(list) == 0 {
		return nil, time.Time{}, err
	}
	return dueTransfer{s, t.Key}, time.Time{}, nil
}

func dueTransfers(tx *store.Tx, no int64) ([]Transfer, error) {
	return selectTransfers(tx, `no = ? AND status = 2 AND due <= ?`, no, tx.Now().Unix())
}

// dueTransfer is a customer whose time to refuse is over.
type dueTransfer struct {
	s  *Service
	no int64
}

// Do has nothing to do outside of the transaction.
func (dueTransfer) Do(context.Context) error { return nil }

// Record hands the customer over.
func (d dueTransfer) Record(ctx context.Context, tx *store.Tx, _ work.Result) error {
	list, err := dueTransfers(tx, d.no)
	if err != nil || len(list) == 0 {
		return err
	}
	return d.s.complete(ctx, tx, list[0])
}

// HandOverDue hands over the customers whose time has come, and returns.
func (s *Service) HandOverDue(ctx context.Context) error { return s.work.Drain(ctx, nil) }
