package meetingroom

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/work"
)

// A room may be set to be given back where nobody has checked in some minutes after the beginning of a booking.

// releaseAt returns when a booking of the room is given back unless somebody checks in; 0 for never.
func (r Room) releaseAt(b Booking, now int64) int64 {
	at := max(b.Start, now) + r.ReleaseAfter*60
	if r.ReleaseAfter == 0 || b.CheckedIn > 0 || at >= b.End {
		return 0
	}
	return at
}

func setRelease(tx *store.Tx, b Booking, at int64) error {
	_, err := tx.Exec(`UPDATE meeting_booking SET release_at = ? WHERE no = ? AND corpid = ?`, at, b.No, b.CorpID)
	return err
}

// setReleases has the bookings that have not begun follow the room's setting.
func setReleases(tx *store.Tx, r Room) error {
	list, err := selectBookings(tx, `corpid = ? AND room = ? AND status <> 1 AND checked_in = 0 AND starts > ?`, r.CorpID, r.No, tx.Now().Unix())
	for _, b := range list {
		if err == nil {
			err = setRelease(tx, b, r.releaseAt(b, tx.Now().Unix()))
		}
	}
	return err
}

// overdue is the condition of the bookings to which nobody has come.
const overdue = `status = 0 AND checked_in = 0 AND release_at > 0 AND release_at <= ?`

// releaseWork is giving rooms back as the engine sees it: a booking is a key. It needs no lease, because two
// servers that give one back collide.
func (s *Service) releaseWork() work.Kind {
	return work.Kind{Name: "meeting room release", Slots: 1, Every: 10 * time.Second, For: s.deps.For, Waiting: waitingReleases, Take: s.takeRelease, Backlog: releaseBacklog}
}

func waitingReleases(tx *store.Tx) (list []work.Waiting, err error) {
	all, err := selectBookings(tx, overdue+` ORDER BY release_at LIMIT 1000`, tx.Now().Unix())
	for _, b := range all {
		list = append(list, work.Waiting{Key: b.No, CorpID: b.CorpID, Due: time.Unix(b.ReleaseAt, 0)})
	}
	return list, err
}

func releaseBacklog(tx *store.Tx) (b work.Backlog, err error) {
	b.Waiting, err = tx.Count(`SELECT count(*) FROM meeting_booking WHERE `+overdue, tx.Now().Unix())
	return b, err
}

func (s *Service) takeRelease(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
	list, err := selectBookings(tx, `no = ? AND `+overdue, t.Key, tx.Now().Unix())
	if err != nil || len(list) == 0 {
		return nil, time.Time{}, err
	}
	return noShow{s, t.Key}, time.Time{}, nil
}

// noShow is a booking to which nobody has come.
type noShow struct {
	s  *Service
	no int64
}

// Do has nothing to do outside of the transaction.
func (noShow) Do(context.Context) error { return nil }

// Record gives the room back and tells the booker. The schedule stays. The pages name no callback for this: it
// is told as a cancellation by the booker, so that a system that shows free rooms hears of it.
func (n noShow) Record(ctx context.Context, tx *store.Tx, _ work.Result) error {
	list, err := selectBookings(tx, `no = ? AND `+overdue, n.no, tx.Now().Unix())
	if err != nil || len(list) == 0 {
		return err
	}
	s, b := n.s, list[0]
	if err := setRelease(tx, b, 0); err != nil {
		return err
	}
	if err := s.free(tx, b); err != nil {
		return err
	}
	if err := s.tell(ctx, tx, access.MemberOf(b.CorpID, b.Booker), roomCancelled, b); err != nil {
		return err
	}
	rooms, err := selectRooms(tx, `corpid = ? AND no = ?`, b.CorpID, b.Room)
	if err != nil || len(rooms) == 0 {
		return err
	}
	a, found, err := s.deps.Messages.BuiltIn(tx, b.CorpID, access.MeetingRoom)
	if err != nil || !found {
		return err
	}
	return s.deps.Messages.Announce(ctx, tx, a, []id.UserID{b.Booker}, "会议室已自动释放："+rooms[0].Name+"\n"+hour(b.Start)+" 的预定超过签到时间")
}

// ReleaseDue gives back the rooms that are due, and returns.
func (s *Service) ReleaseDue(ctx context.Context) error { return s.gone.Drain(ctx, nil) }
