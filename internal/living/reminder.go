package living

import (
	"context"
	"errors"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/id"
	"qiwei/internal/message"
	"qiwei/internal/store"
	"qiwei/internal/work"
)

// reminders are the rows of which somebody is to be reminded.
const reminders work.Reminders = "living"

// reminderWork is reminding as the engine sees it: a broadcast is a key. It needs no lease, because two servers
// that remind of one broadcast collide.
func (s *Service) reminderWork() work.Kind {
	return work.Kind{Name: "living reminder", Slots: 1, Every: 5 * time.Second, For: s.deps.For, Waiting: reminders.Waiting, Take: s.takeReminder, Backlog: reminders.Backlog}
}

func dueReminders(tx *store.Tx, no int64) ([]Live, error) {
	return selectLives(tx, `no = ? AND remind_at > 0 AND remind_at <= ?`, no, tx.Now().Unix())
}

func (s *Service) takeReminder(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
	list, err := dueReminders(tx, t.Key)
	if err != nil || len(list) == 0 {
		return nil, time.Time{}, err
	}
	return dueReminder{s, t.Key}, time.Time{}, nil
}

// dueReminder is a broadcast of which viewers are to be reminded now.
type dueReminder struct {
	s  *Service
	no int64
}

// Do has nothing to do outside of the transaction.
func (dueReminder) Do(context.Context) error { return nil }

// Record reminds the anchor and the members who have reserved a place, once.
func (d dueReminder) Record(ctx context.Context, tx *store.Tx, _ work.Result) error {
	list, err := dueReminders(tx, d.no)
	if err != nil || len(list) == 0 {
		return err
	}
	l := list[0]
	if _, err := tx.Exec(`UPDATE living SET remind_at = 0 WHERE no = ? AND corpid = ?`, l.No, l.CorpID); err != nil {
		return err
	}
	if l.Status(tx.Now().Unix()) != Reserved {
		return nil
	}
	viewers, err := selectViewers(tx, `corpid = ? AND living = ? AND reserved = 1 AND userid <> '' ORDER BY no`, l.CorpID, l.No)
	if err != nil {
		return err
	}
	to := []id.UserID{l.Anchor}
	for _, v := range viewers {
		if !v.UserID.Equal(l.Anchor) {
			to = append(to, v.UserID)
		}
	}
	at := time.Unix(l.Start, 0).In(china).Format("2006-01-02 15:04")
	return d.s.say(ctx, tx, l, to, "直播提醒\n"+l.Theme+"\n时间："+at)
}

// china is the zone of the times that people read.
var china = time.FixedZone("CST", 8*3600)

// say sends a message by WeCom's own 直播, or by the application that made the broadcast where the corp has none.
// That it reaches nobody is no error: nobody has asked for it.
func (s *Service) say(ctx context.Context, tx *store.Tx, l Live, to []id.UserID, text string) error {
	a, err := s.sender(tx, l)
	if errors.Is(err, app.ErrNotFound) || err == nil && a.Disabled {
		return nil
	}
	if err != nil {
		return err
	}
	by, err := s.deps.Apps.Caller(tx, a)
	if err != nil {
		return err
	}
	by.Level = access.InRange
	err = tx.Try(func() error {
		_, err := s.deps.Messages.Send(ctx, tx, by, message.Text(to, text))
		return err
	})
	if errors.Is(err, message.ErrAllInvalid) {
		return nil
	}
	return err
}

func (s *Service) sender(tx *store.Tx, l Live) (app.App, error) {
	apps, err := s.deps.Apps.Apps(tx, l.CorpID)
	if err != nil {
		return app.App{}, err
	}
	for _, a := range apps {
		if a.Kind == access.Living && !a.Disabled {
			return a, nil
		}
	}
	return s.deps.Apps.AppNo(tx, l.App)
}

// RemindDue reminds viewers of what is due, and returns.
func (s *Service) RemindDue(ctx context.Context) error { return s.work.Drain(ctx, nil) }
