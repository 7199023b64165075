package living

import (
	"context"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Status is what a broadcast has come to (doc 93635).
type Status int64

// The statuses. One is expired by the clock, and no row says so.
const (
	Reserved Status = iota
	OnAir
	Ended
	Expired
	Cancelled
)

// Replay is what became of the recording. It is in the making for a while after the end.
type Replay int64

// What becomes of a recording.
const (
	noReplay Replay = iota
	replayMade
	replayDeleted
	replayFailed
)

// makingReplay is how long a recording is in the making. The platform names no time.
const makingReplay = time.Minute

// activity is the type of broadcast that has a cover, pictures and an address to push to; types go up to it.
const activity = 4

// Body is what was set besides the anchor and the time.
type Body struct {
	Theme       string   `json:"theme"`
	Description string   `json:"description,omitempty"`
	Type        int64    `json:"type,omitempty"`   // 0 general, 1 small class, 2 large class, 3 training, 4 activity
	Remind      int64    `json:"remind,omitempty"` // seconds before it begins
	Cover       string   `json:"cover,omitempty"`  // media_id, as are the following
	Share       string   `json:"share,omitempty"`
	Images      []string `json:"images,omitempty"`
}

// Live is a live broadcast.
type Live struct {
	No         int64
	CorpID     string
	ID         string
	App        int64 // our number
	Anchor     id.UserID
	Department int64 // the anchor's main one
	Start      int64 // as reserved, Unix seconds
	Length     int64 // as reserved, seconds
	Body
	Stored    Status // never Expired
	StartedAt int64
	EndedAt   int64
	Replay    Replay
	RemindAt  int64
}

// Status is the status at a time. A broadcast that nobody began has expired when the reserved time is over; the
// page does not say when, so that is our reading.
func (l Live) Status(now int64) Status {
	if l.Stored == Reserved && now >= l.Start+l.Length {
		return Expired
	}
	return l.Stored
}

// Limits of what is set. A page counts characters of a new broadcast (doc 93637) and the other bytes of a changed
// one (doc 93640): three to each Chinese character, so that the limits agree.
const (
	maxTheme            = 20
	maxThemeBytes       = 60
	maxDescription      = 100
	maxDescriptionBytes = 300
	maxImages           = 5

	// longest is how long a broadcast may be reserved for, and furthest how far ahead. The pages name no limits.
	longest  = 7 * 86400
	furthest = 5 * 366 * 86400
)

func (l Live) valid(now int64) error {
	switch {
	case l.Theme == "":
		return wire.ErrEmpty.With("theme is missing")
	case l.Start <= 0:
		return wire.ErrEmpty.With("living_start: Unix seconds expected")
	case l.Length <= 0 || l.Length > longest:
		return wire.ErrParameter.With("living_duration: 1 to %d seconds expected", int64(longest))
	case l.Start > now+furthest:
		return wire.ErrParameter.With("living_start: too far ahead")
	case l.Start+l.Length <= now:
		return wire.ErrParameter.With("living_start: the time reserved is over already")
	case l.Type < 0 || l.Type > activity:
		return wire.ErrParameter.With("type: 0 to %d expected", activity)
	case l.Remind < 0 || l.Remind > furthest:
		return wire.ErrParameter.With("remind_time: seconds before living_start expected")
	}
	return nil
}

// remind sets when viewers are reminded: before it begins, or now if that is over.
func (l *Live) remind(now int64) {
	l.RemindAt = max(l.Start-l.Remind, now)
}

// Create reserves a broadcast for a member of the caller's range and tells the application so. It answers 60111
// and 60011 for the anchor, 40007 for a picture, and 40058 for a time or a text. Large and small classes are for
// schools and companies of IT (doc 93637); qiwei knows no industries and lets everybody have them.
func (s *Service) Create(ctx context.Context, tx *store.Tx, by access.Caller, l Live) (Live, error) {
	now := tx.Now().Unix()
	if err := l.valid(now); err != nil {
		return l, err
	}
	if n := utf8.RuneCountInString(l.Theme); n > maxTheme {
		return l, wire.ErrParameter.With("theme: at most %d characters, %d given", maxTheme, n)
	}
	if n := utf8.RuneCountInString(l.Description); n > maxDescription {
		return l, wire.ErrParameter.With("description: at most %d characters, %d given", maxDescription, n)
	}
	m, err := s.deps.Directory.Member(ctx, tx, by, l.Anchor)
	if err != nil {
		return l, err
	}
	if err := s.pictures(tx, by.CorpID, &l); err != nil {
		return l, err
	}
	l.CorpID, l.ID, l.App, l.Anchor, l.Department, l.Stored = by.CorpID, "lv"+id.Letters(30), by.App, m.UserID, mainDepartment(m), Reserved
	l.remind(now)
	if l, err = insertLive(tx, l); err != nil {
		return l, err
	}
	return l, s.tell(ctx, tx, by, l)
}

func mainDepartment(m directory.Member) int64 {
	if m.MainDepartment != 0 || len(m.Places) == 0 {
		return m.MainDepartment
	}
	return m.Places[0].Department
}

// pictures checks those of an activity, the first five if there are more. Other types have none.
func (s *Service) pictures(tx *store.Tx, corpID string, l *Live) error {
	if l.Type != activity {
		l.Cover, l.Share, l.Images = "", "", nil
		return nil
	}
	l.Images = l.Images[:min(len(l.Images), maxImages)]
	for _, mediaID := range append([]string{l.Cover, l.Share}, l.Images...) {
		if mediaID == "" {
			continue
		}
		if _, err := s.deps.Media.Sendable(tx, corpID, media.General, mediaID, media.Image); err != nil {
			return err
		}
	}
	return nil
}

// Change is what modify may set. What is nil stays.
type Change struct {
	Theme, Description          *string
	Start, Length, Type, Remind *int64
}

// Modify changes a reserved broadcast of the calling application.
func (s *Service) Modify(ctx context.Context, tx *store.Tx, by access.Caller, livingID string, c Change) error {
	l, err := s.reserved(tx, by, livingID)
	if err != nil {
		return err
	}
	for to, from := range map[*string]*string{&l.Theme: c.Theme, &l.Description: c.Description} {
		if from != nil {
			*to = *from
		}
	}
	for to, from := range map[*int64]*int64{&l.Start: c.Start, &l.Length: c.Length, &l.Type: c.Type, &l.Remind: c.Remind} {
		if from != nil {
			*to = *from
		}
	}
	now := tx.Now().Unix()
	if err := l.valid(now); err != nil {
		return err
	}
	if c.Theme != nil && len(l.Theme) > maxThemeBytes {
		return wire.ErrParameter.With("theme: at most %d bytes, %d given", maxThemeBytes, len(l.Theme))
	}
	if c.Description != nil && len(l.Description) > maxDescriptionBytes {
		return wire.ErrParameter.With("description: at most %d bytes, %d given", maxDescriptionBytes, len(l.Description))
	}
	if c.Start != nil || c.Remind != nil {
		l.remind(now)
	}
	return updateLive(tx, l)
}

// Cancel cancels a reserved broadcast of the calling application, which is told.
func (s *Service) Cancel(ctx context.Context, tx *store.Tx, by access.Caller, livingID string) error {
	l, err := s.reserved(tx, by, livingID)
	if err != nil {
		return err
	}
	l.Stored, l.RemindAt = Cancelled, 0
	if err := updateLive(tx, l); err != nil {
		return err
	}
	return s.tell(ctx, tx, by, l)
}

// DeleteReplay deletes the recording of a broadcast of the calling application. It answers ErrReplay if there is
// none, or none yet.
func (s *Service) DeleteReplay(ctx context.Context, tx *store.Tx, by access.Caller, livingID string) error {
	l, err := s.own(tx, by, livingID)
	if err != nil {
		return err
	}
	if l.Replay != replayMade || tx.Now().Unix() < l.EndedAt+int64(makingReplay/time.Second) {
		return ErrReplay.With("livingid: it has no finished replay")
	}
	l.Replay = replayDeleted
	return updateLive(tx, l)
}

// own returns a broadcast that the calling application has made. It answers ErrOthers for one of another.
func (s *Service) own(tx *store.Tx, by access.Caller, livingID string) (Live, error) {
	l, err := s.find(tx, by.CorpID, livingID)
	if err == nil && l.App != by.App {
		err = ErrOthers.With("livingid: another application has made it")
	}
	return l, err
}

func (s *Service) reserved(tx *store.Tx, by access.Caller, livingID string) (Live, error) {
	l, err := s.own(tx, by, livingID)
	if err == nil && l.Status(tx.Now().Unix()) != Reserved {
		err = ErrBegun.With("livingid: only a reserved broadcast can be changed")
	}
	return l, err
}

func (s *Service) find(tx *store.Tx, corpID, livingID string) (Live, error) {
	if livingID == "" {
		return Live{}, wire.ErrEmpty.With("livingid is missing")
	}
	list, err := selectLives(tx, `corpid = ? AND livingid = ?`, corpID, livingID)
	if err == nil && len(list) == 0 {
		err = ErrUnknown.With("livingid: there is no broadcast %.64q", livingID)
	}
	if err != nil {
		return Live{}, err
	}
	return list[0], nil
}

// Begin puts a broadcast on air, as its anchor does.
func (s *Service) Begin(ctx context.Context, tx *store.Tx, corpID, livingID string) (Live, error) {
	l, err := s.find(tx, corpID, livingID)
	if err != nil {
		return l, err
	}
	now := tx.Now().Unix()
	if l.Status(now) != Reserved {
		return l, ErrBegun.With("livingid: it is not reserved any more")
	}
	l.Stored, l.StartedAt, l.RemindAt = OnAir, now, 0
	if err := updateLive(tx, l); err != nil {
		return l, err
	}
	return l, s.tell(ctx, tx, access.MemberOf(corpID, l.Anchor), l)
}

// End takes a broadcast off the air, with or without a replay. Everybody leaves.
func (s *Service) End(ctx context.Context, tx *store.Tx, corpID, livingID string, r Replay) (Live, error) {
	l, err := s.find(tx, corpID, livingID)
	if err != nil {
		return l, err
	}
	if l.Stored != OnAir {
		return l, ErrUnknown.With("livingid: it is not on air")
	}
	now := tx.Now().Unix()
	l.Stored, l.EndedAt, l.Replay = Ended, now, r
	if err := updateLive(tx, l); err != nil {
		return l, err
	}
	if err := everybodyLeaves(tx, l, now); err != nil {
		return l, err
	}
	return l, s.tell(ctx, tx, access.MemberOf(corpID, l.Anchor), l)
}

// Recall puts a broadcast of the past among an application's: it was held at its time, these members watched it to its
// end, and its replay is there. Nobody is told.
func (s *Service) Recall(ctx context.Context, tx *store.Tx, by access.Caller, l Live, viewers []id.UserID) (Live, error) {
	m, err := s.deps.Directory.Member(ctx, tx, by, l.Anchor)
	if err != nil {
		return l, err
	}
	if l.Theme == "" || l.Length <= 0 || l.Start+l.Length > tx.Now().Unix() {
		return l, wire.ErrParameter.With("a theme and a time of the past expected")
	}
	l.CorpID, l.ID, l.App, l.Anchor, l.Department, l.Stored = by.CorpID, "lv"+id.Letters(30), by.App, m.UserID, mainDepartment(m), Ended
	l.StartedAt, l.EndedAt, l.Replay = l.Start, l.Start+l.Length, replayMade
	if l, err = insertLive(tx, l); err != nil {
		return l, err
	}
	if err := updateLive(tx, l); err != nil {
		return l, err
	}
	for _, u := range viewers {
		v, err := s.viewer(ctx, tx, l, Person{UserID: u})
		if err != nil {
			return l, err
		}
		v.Reserved, v.Watched, v.Seconds = true, true, l.Length
		if err := updateViewer(tx, l.CorpID, v); err != nil {
			return l, err
		}
	}
	return l, nil
}

// Any reports whether the corp has a broadcast.
func (s *Service) Any(tx *store.Tx, corpID string) (bool, error) {
	var one int64
	return tx.Get(`SELECT 1 FROM living WHERE corpid = ? LIMIT 1`, []any{corpID}, &one)
}
