package archive

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/store"
	"qiwei/internal/work"
)

// NotifyEvent says that there is something new in the archive (doc 95039). It says not what.
type NotifyEvent struct{}

// Push tells the archive's application, with its own number.
func (NotifyEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	p := event.Push{Event: notifyEvent, Newest: true}
	p.Lead.Int("AgentID", to.AgentID)
	return []event.Push{p}, nil
}

const notifyEvent = "msgaudit_notify"

func declareNotify(l *event.Log) *event.Kind[NotifyEvent] {
	return event.Declare(l, event.Declaration{
		Name: notifyEvent, Doc: 95039, Passing: true, Receivers: event.Receivers{access.ChatArchive: event.Full}, Identity: []string{"CreateTime"},
	}, func() NotifyEvent { return NotifyEvent{} })
}

// notifyEvery is how often the application is told at most (doc 95039).
const notifyEvery = 15 * time.Second

// notifyAt returns the end of the slot that a moment lies in, in Unix seconds.
func notifyAt(now time.Time) int64 {
	const slot = int64(notifyEvery / time.Second)
	return (now.Unix()/slot + 1) * slot
}

// notifyWork is the telling as the engine sees it. It needs no lease: two servers that tell the same collide.
func (s *Service) notifyWork() work.Kind {
	return work.Kind{Name: "archive notify", Slots: 4, Every: 5 * time.Second, For: s.deps.For, Waiting: waitingNotices, Take: s.takeNotice}
}

func waitingNotices(tx *store.Tx) (list []work.Waiting, err error) {
	err = tx.Each(`SELECT archive, corpid, notify_at FROM archive_chain WHERE notify_at > 0 AND notify_at <= ?`, []any{tx.Now().Unix()}, func(rows *store.Rows) error {
		var w work.Waiting
		var at int64
		err := rows.Scan(&w.Key, &w.CorpID, &at)
		w.Due = time.Unix(at, 0)
		list = append(list, w)
		return err
	})
	return list, err
}

func (s *Service) takeNotice(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
	n := notice{s: s, archive: t.Key}
	found, err := tx.Get(`SELECT corpid, notify_at FROM archive_chain WHERE archive = ?`, []any{t.Key}, &n.corpID, &n.at)
	if err != nil || !found || n.at == 0 {
		return nil, time.Time{}, err
	}
	if due := time.Unix(n.at, 0); due.After(tx.Now()) {
		return nil, due, nil
	}
	return n, time.Time{}, nil
}

// notice is an enterprise whose application is to be told.
type notice struct {
	s       *Service
	archive int64
	corpID  string
	at      int64
}

// Do has nothing to do outside of the transaction.
func (notice) Do(context.Context) error { return nil }

// Record tells, once.
func (n notice) Record(ctx context.Context, tx *store.Tx, _ work.Result) error {
	changed, err := tx.Exec(`UPDATE archive_chain SET notify_at = 0 WHERE archive = ? AND corpid = ? AND notify_at = ?`, n.archive, n.corpID, n.at)
	if err != nil || changed == 0 {
		return err
	}
	return n.s.notify.Record(ctx, tx, access.System(n.corpID), NotifyEvent{})
}
