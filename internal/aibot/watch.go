package aibot

import (
	"context"
	"strconv"
	"time"

	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// watchEvery is how often, by the machine's clock, a server looks for turns that other servers began and have
// not come back to.
const watchEvery = 5 * time.Second

// atOnce is how many turns one transaction looks at.
const atOnce = 50

// look makes the watch look now.
func (s *Service) look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.again = true
	if s.wake != nil {
		s.wake()
	}
}

// Run asks for more of streams and ends those whose time is over, until ctx ends. Several servers may do this
// at once.
func (s *Service) Run(ctx context.Context) {
	for ctx.Err() == nil {
		var next time.Time
		err := s.deps.Rescue.Run("robots' streams", func() (err error) {
			next, err = s.Watch(ctx)
			return err
		})
		if err != nil && ctx.Err() == nil {
			s.deps.Log.Warn("watch the robots' streams", "err", err)
		}
		wait, cancel := context.WithTimeout(ctx, watchEvery)
		s.mu.Lock()
		if s.again {
			cancel()
		}
		s.again, s.wake = false, cancel
		s.mu.Unlock()
		if next.IsZero() {
			<-wait.Done()
		} else {
			s.deps.Clock.Wait(wait, next)
		}
		cancel()
	}
}

// Watch does what is due and returns when the next thing will be due; zero for never.
func (s *Service) Watch(ctx context.Context) (next time.Time, err error) {
	limit := int64(atOnce + 1) // the extra one says when to look again
	if s.deps.For != nil {
		limit = 1 << 30 // other corps' turns are among them
	}
	for {
		var due []int64
		now := s.deps.Clock.Now()
		if err := s.deps.Store.Read(ctx, func(tx *store.Tx) error {
			due, next = nil, time.Time{}
			return tx.Each(`SELECT t.no, t.look_at, b.corpid FROM bot_turn t JOIN bot b ON b.no = t.bot WHERE t.look_at <> 0 ORDER BY t.look_at LIMIT ?`, []any{limit}, func(rows *store.Rows) error {
				var no, at int64
				var corpID string
				if err := rows.Scan(&no, &at, &corpID); err != nil {
					return err
				}
				switch {
				case s.deps.For != nil && !s.deps.For(corpID):
				case at <= now.UnixMilli() && len(due) < atOnce:
					due = append(due, no)
				case next.IsZero():
					next = time.UnixMilli(at)
				}
				return nil
			})
		}); err != nil || len(due) == 0 {
			return next, err
		}
		if err := s.deps.Store.Write(ctx, func(tx *store.Tx) error {
			for _, no := range due {
				if err := s.lookAt(ctx, tx, no); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return next, err
		}
	}
}

// lookAt ends a turn whose time is over, or asks for more of its stream. Another
// server may have been first.
func (s *Service) lookAt(ctx context.Context, tx *store.Tx, no int64) error {
	now := tx.Now().UnixMilli()
	t, found, err := oneTurn(tx, `no = ? AND look_at <> 0 AND look_at <= ?`, no, now)
	if err != nil || !found {
		return err
	}
	p, found, err := s.place(tx, t)
	if err != nil {
		return err
	}
	if !found || now >= t.endsAt || p.bot.Mode != Webhook || t.state != streaming {
		if err := s.tellCut(tx, t); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE bot_message SET open = 0 WHERE turn = ? AND open = 1`, t.no); err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE bot_turn SET state = ?, look_at = 0, waiting = 0, push = '' WHERE no = ?`, int64(over), t.no)
		return err
	}
	if _, err := tx.Exec(`UPDATE bot_turn SET look_at = ? WHERE no = ?`, min(tx.Now().Add(refreshAgain).UnixMilli(), t.endsAt), t.no); err != nil {
		return err
	}
	m, found, err := s.deps.Directory.MemberNo(tx, t.member)
	if err != nil || !found {
		return err
	}
	h := head{MsgID: id.Letters(28), BotID: p.bot.BotID, ChatID: p.group.ChatID, ChatType: "single", From: &from{string(m.UserID)}, MsgType: "stream"}
	if p.group.No != 0 {
		h.ChatType = "group"
	}
	return s.pushText(ctx, tx, p.bot, m.UserID, streamed, event.Push{
		Body: encode(streamPush{h, streamID{t.stream}}), Tries: 1, Reply: replies, Ref: strconv.FormatInt(t.no, 10),
	})
}

// Sweep deletes turns that can no longer be answered.
func (s *Service) Sweep(ctx context.Context) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM bot_turn WHERE began_at <= ?`, tx.Now().Add(-keepTurns).UnixMilli())
		return err
	})
}
