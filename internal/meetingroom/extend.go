package meetingroom

import (
	"context"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/work"
)

// A schedule that repeats for ever is booked for a year ahead. Further days are booked in the background.

// margin is how much before the end of what is booked further days are.
const margin = 30 * 86400

// extendWork is booking further days as the engine sees it: a series is a key. It needs no lease, because two
// servers that book for one series collide.
func (s *Service) extendWork() work.Kind {
	return work.Kind{Name: "meeting room series", Slots: 1, Every: time.Minute, For: s.deps.For, Waiting: waitingSeries, Take: s.takeSeries, Backlog: seriesBacklog}
}

// ending is the condition of the series of which further days must be booked.
const ending = `cancelled = 0 AND made_until > 0 AND made_until < ?`

func endingBefore(tx *store.Tx) int64 { return tx.Now().Unix() + ahead - margin }

func waitingSeries(tx *store.Tx) (list []work.Waiting, err error) {
	all, err := selectSeries(tx, ending+` ORDER BY made_until LIMIT 1000`, endingBefore(tx))
	for _, se := range all {
		list = append(list, work.Waiting{Key: se.No, CorpID: se.CorpID, Due: time.Unix(se.MadeUntil-ahead+margin, 0)})
	}
	return list, err
}

func seriesBacklog(tx *store.Tx) (b work.Backlog, err error) {
	b.Waiting, err = tx.Count(`SELECT count(*) FROM meeting_series WHERE `+ending, endingBefore(tx))
	return b, err
}

func (s *Service) takeSeries(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
	list, err := selectSeries(tx, `no = ? AND `+ending, t.Key, endingBefore(tx))
	if err != nil || len(list) == 0 {
		return nil, time.Time{}, err
	}
	return endingSeries{s, t.Key}, time.Time{}, nil
}

// endingSeries is a series of which further days must be booked.
type endingSeries struct {
	s  *Service
	no int64
}

// Do has nothing to do outside of the transaction.
func (endingSeries) Do(context.Context) error { return nil }

// Record books the days where the room is free.
func (e endingSeries) Record(ctx context.Context, tx *store.Tx, _ work.Result) error {
	list, err := selectSeries(tx, `no = ? AND `+ending, e.no, endingBefore(tx))
	if err != nil || len(list) == 0 {
		return err
	}
	se := list[0]
	sch, found, err := e.s.deps.Calendars.Find(tx, se.CorpID, se.ScheduleID)
	if err != nil {
		return err
	}
	rooms, err := selectRooms(tx, `corpid = ? AND no = ? AND deleted = 0`, se.CorpID, se.Room)
	if err != nil {
		return err
	}
	if !found || sch.Cancelled || len(rooms) == 0 {
		return endSeries(tx, se)
	}
	if err := lockRoom(tx, rooms[0]); err != nil {
		return err
	}
	now := tx.Now().Unix()
	_, _, err = e.s.bookDays(tx, rooms[0], se, sch, max(now, se.MadeUntil), now+ahead)
	return err
}

// ExtendDue books the further days that are due, and returns.
func (s *Service) ExtendDue(ctx context.Context) error { return s.work.Drain(ctx, nil) }
