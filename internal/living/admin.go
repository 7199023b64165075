package living

import (
	"context"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// What administrators do in the console: they see the broadcasts of all applications, cancel those that have not begun,
// and delete replays.

// foundAtOnce is how many broadcasts or viewers a page of a list has, at most.
const foundAtOnce = 200

// Search asks for broadcasts, the newest first. A zero field is not given.
type Search struct {
	Status   *Status
	Anchor   id.UserID
	From, To int64 // when it was reserved for, Unix seconds
	Before   int64 // our number of the last one of the page before
	Size     int64
}

// where returns the condition. That a reserved broadcast has expired is known by the clock alone.
func (q Search) where(corpID string, now int64) (string, []any) {
	parts, args := []string{`corpid = ?`}, []any{corpID}
	add := func(part string, values ...any) { parts, args = append(parts, part), append(args, values...) }
	if q.Status != nil {
		switch *q.Status {
		case Reserved:
			add(`status = ? AND reserved + length > ?`, int64(Reserved), now)
		case Expired:
			add(`status = ? AND reserved + length <= ?`, int64(Reserved), now)
		default:
			add(`status = ?`, int64(*q.Status))
		}
	}
	if q.Anchor != "" {
		add(`anchor_key = ?`, q.Anchor.Key())
	}
	if q.From > 0 {
		add(`reserved >= ?`, q.From)
	}
	if q.To > 0 {
		add(`reserved <= ?`, q.To)
	}
	if q.Before > 0 {
		add(`no < ?`, q.Before)
	}
	return strings.Join(parts, ` AND `), args
}

// Find returns a page of the corp's broadcasts.
func (s *Service) Find(tx *store.Tx, corpID string, q Search) ([]Live, error) {
	if q.Size < 1 || q.Size > foundAtOnce {
		return nil, wire.ErrParameter.With("size: 1 to %d expected", foundAtOnce)
	}
	where, args := q.where(corpID, tx.Now().Unix())
	return selectLives(tx, where+` ORDER BY no DESC LIMIT ?`, append(args, q.Size)...)
}

// Figures are what has come of a broadcast.
type Figures struct {
	Reserved int64 `json:"reserved"` // places
	Viewers  int64 `json:"viewers"`
	Online   int64 `json:"online"`
	Comments int64 `json:"comments"`
	Spoke    int64 `json:"spoke"`
}

// Broadcast returns a broadcast of the corp and its figures. It answers ErrUnknown.
func (s *Service) Broadcast(tx *store.Tx, corpID, livingID string) (Live, Figures, error) {
	l, err := s.find(tx, corpID, livingID)
	if err != nil {
		return l, Figures{}, err
	}
	c, err := countViewers(tx, l)
	return l, Figures{c.reserved, c.viewers, c.online, c.comments, c.spoke}, err
}

// Watching is a viewer as pages show them.
type Watching struct {
	Viewer
	Seconds int64 // until now
}

// Viewers returns those who have reserved a place or have watched, after a number, in the order in which they came.
func (s *Service) Viewers(tx *store.Tx, l Live, after, size int64) (out []Watching, err error) {
	if size < 1 || size > foundAtOnce {
		return nil, wire.ErrParameter.With("size: 1 to %d expected", foundAtOnce)
	}
	list, err := selectViewers(tx, `corpid = ? AND living = ? AND no > ? ORDER BY no LIMIT ?`, l.CorpID, l.No, after, size)
	for _, v := range list {
		out = append(out, Watching{v, v.watched(tx.Now().Unix())})
	}
	return out, err
}

// ReplayStatus is what has become of the recording: 0 made, 1 in the making, 2 deleted, 3 failed; -1 for none.
func (l Live) ReplayStatus(now int64) int64 {
	if l.Replay == noReplay {
		return -1
	}
	return l.replayStatus(now)
}

// maker is the application that made a broadcast, in whose name an administrator acts, so that it is told.
func (s *Service) maker(tx *store.Tx, corpID, livingID string) (access.Caller, error) {
	l, err := s.find(tx, corpID, livingID)
	by := access.System(corpID)
	by.App = l.App
	return by, err
}

// CancelAsAdmin cancels a reserved broadcast of any application, which is told.
func (s *Service) CancelAsAdmin(ctx context.Context, tx *store.Tx, corpID, livingID string) error {
	by, err := s.maker(tx, corpID, livingID)
	if err != nil {
		return err
	}
	return s.Cancel(ctx, tx, by, livingID)
}

// DeleteReplayAsAdmin deletes the recording of a broadcast of any application.
func (s *Service) DeleteReplayAsAdmin(ctx context.Context, tx *store.Tx, corpID, livingID string) error {
	by, err := s.maker(tx, corpID, livingID)
	if err != nil {
		return err
	}
	return s.DeleteReplay(ctx, tx, by, livingID)
}
