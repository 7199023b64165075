package customer

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Way is a contact way (「联系我」): a code or a button by which customers find a member. It belongs to the
// application that made it.
type Way struct {
	No       int64
	ConfigID string
	App      int64
	Kind     int64 // 1 one member, 2 several
	Scene    int64 // 1 a mini program, 2 a QR code
	Style    int64 // of the button
	WaySettings
	Exclusive bool // people of one corp go to one member
	CreatedAt time.Time
	Turns     int64      // how many have come
	Temporary *Temporary // for one temporary session; nil for any other
}

// WaySettings are what update_contact_way may change.
type WaySettings struct {
	Remark      string
	SkipVerify  bool
	State       string
	Members     []int64 // our numbers
	Departments []int64
	// MarkSource counts for applications that acquire customers alone.
	MarkSource bool
}

// The kinds and scenes of ways.
const (
	single     = 1
	several    = 2
	inProgram  = 1
	asQRCode   = 2
	wayDefault = 100                 // ways in an answer
	waySpan    = 90 * 24 * time.Hour // that the list reaches back
)

// Errors of contact ways (doc 90313).
var (
	ErrWayType          = wire.Code(41037, "missing contact way type")
	ErrWayScene         = wire.Code(41038, "missing contact way scene")
	ErrWayTypeInvalid   = wire.Code(41039, "invalid contact way type")
	ErrWaySceneInvalid  = wire.Code(41040, "invalid contact way scene")
	ErrWayFull          = wire.Code(41041, "contact way user out of limit")
	ErrWayStyle         = wire.Code(41042, "invalid contact way style")
	ErrConfigIDMissing  = wire.Code(41043, "config_id missing")
	ErrConfigID         = wire.Code(41044, "invalid config_id")
	ErrWayMember        = wire.Code(41054, "user not activated")
	errWayUser          = wire.Code(40003, "invalid userid")
	errWayQuota         = wire.Code(41045, "number of API-created contact ways at its limit")
	styles              = map[int64]int64{single: 3, several: 2} // styles of a button by kind (doc 92228)
	waysSinceTheirTable = time.Date(2021, 7, 10, 0, 0, 0, 0, time.FixedZone("", 8*3600))
)

// Limits of contact ways (doc 92228).
const (
	maxWayMembers = 100 // with those of the departments
	maxWays       = 500_000
	maxWayRemark  = 30 // characters
	maxWaysListed = 1000
)

func (w Way) valid() error {
	switch {
	case w.Kind == 0:
		return ErrWayType
	case w.Scene == 0:
		return ErrWayScene
	case w.Kind != single && w.Kind != several:
		return ErrWayTypeInvalid.With("1 or 2 expected, %d given", w.Kind)
	case w.Scene != inProgram && w.Scene != asQRCode:
		return ErrWaySceneInvalid.With("1 or 2 expected, %d given", w.Scene)
	case w.Style < 0 || w.Scene == inProgram && w.Style > styles[w.Kind]:
		return ErrWayStyle.With("1 to %d expected, %d given", styles[w.Kind], w.Style)
	}
	return w.WaySettings.valid()
}

func (w WaySettings) valid() error {
	if n := utf8.RuneCountInString(w.Remark); n > maxWayRemark {
		return wire.ErrParameter.With("remark: at most %d characters, %d given", maxWayRemark, n)
	}
	if n := utf8.RuneCountInString(w.State); n > maxState {
		return wire.ErrParameter.With("state: at most %d characters, %d given", maxState, n)
	}
	return nil
}

// CodeFor returns a contact way that is a QR code, for one member or several.
func CodeFor(remark, state string, users []id.UserID, departments []int64) Way {
	w := Way{Kind: single, Scene: asQRCode, WaySettings: WaySettings{Remark: remark, State: state, SkipVerify: true, MarkSource: true, Departments: departments}}
	if len(users) != 1 || len(departments) > 0 {
		w.Kind = several
	}
	return w
}

// CreateWay makes a contact way for members and departments whom the caller sees. Doc 92228.
func (s *Service) CreateWay(ctx context.Context, tx *store.Tx, by access.Caller, w Way, users []id.UserID) (Way, error) {
	if err := w.valid(); err != nil {
		return w, err
	}
	if w.Temporary != nil && w.Kind != single {
		return w, ErrWayTypeInvalid.With("a temporary session is with one member")
	}
	err := s.countNew(tx, by.CorpID, w)
	if err != nil {
		return w, err
	}
	if w.Members, err = s.wayMembers(ctx, tx, by, w.Kind, users, w.Departments); err != nil {
		return w, err
	}
	w.ConfigID, w.App, w.CreatedAt = id.Hex(16), by.App, tx.Now()
	return w, insertWay(tx, by.CorpID, w)
}

// countNew counts a way that is made. Temporary ones have a quota of their own.
func (s *Service) countNew(tx *store.Tx, corpID string, w Way) error {
	if w.Temporary == nil {
		return s.CountWay(tx, corpID, 1)
	}
	c, err := s.deps.Corps.Corp(tx, corpID)
	if err != nil {
		return err
	}
	if !c.Medical {
		return errTemporary
	}
	return countTemporary(tx, corpID)
}

// wayMembers returns the numbers of the users of a way. All of them, and those of the departments, must be
// seen by the caller, have customer contact and have signed in.
func (s *Service) wayMembers(ctx context.Context, tx *store.Tx, by access.Caller, kind int64, users []id.UserID, departments []int64) ([]int64, error) {
	if kind == single && (len(users) != 1 || len(departments) > 0) {
		return nil, errWayUser.With("a way for one member names one in user")
	}
	if len(users)+len(departments) == 0 {
		return nil, errWayUser.With("user or party expected")
	}
	if len(users) > maxWayMembers {
		return nil, ErrWayFull.With("at most %d", maxWayMembers)
	}
	var out []int64
	for _, u := range users {
		m, serves, err := s.member(ctx, tx, by, u)
		switch {
		case err != nil:
			return nil, err
		case !serves:
			return nil, ErrNoContact.With("%q has no customer contact", m.UserID)
		case !m.Activated || !m.Enabled:
			return nil, ErrWayMember.With("%q has not signed in yet", m.UserID)
		}
		if !slices.Contains(out, m.No) {
			out = append(out, m.No)
		}
	}
	seen, err := s.deps.Directory.VisibleDepartments(tx, by, departments)
	if err != nil {
		return nil, err
	}
	for _, d := range departments {
		if !seen[d] {
			return nil, wire.ErrNoPrivilege.With("department %d is outside the visible range", d)
		}
	}
	all, err := s.usersOf(tx, by.CorpID, WaySettings{Members: out, Departments: departments}, maxWayMembers+1)
	if err == nil && len(all) > maxWayMembers {
		err = ErrWayFull.With("at most %d, with those of the departments", maxWayMembers)
	}
	return out, err
}

// usersOf returns the numbers of the members whom a way leads to, at most some.
func (s *Service) usersOf(tx *store.Tx, corpID string, w WaySettings, most int) ([]int64, error) {
	out := slices.Clone(w.Members)
	if len(w.Departments) > 0 {
		last, err := s.deps.Directory.LastMember(tx, corpID)
		if err != nil {
			return nil, err
		}
		below, err := s.deps.Directory.Audience(tx, corpID, access.Range{Departments: w.Departments}, 0, last, most)
		if err != nil {
			return nil, err
		}
		for _, no := range below {
			if !slices.Contains(out, no) {
				out = append(out, no)
			}
		}
	}
	return out, nil
}

// way returns a contact way of the caller's application. It answers ErrConfigID for another's.
func (s *Service) way(tx *store.Tx, by access.Caller, configID string) (Way, error) {
	if configID == "" {
		return Way{}, ErrConfigIDMissing
	}
	w, found, err := selectWay(tx, by.CorpID, configID)
	if err == nil && (!found || (!by.OfCorp() && w.App != by.App)) {
		err = ErrConfigID.With("%q", configID)
	}
	return w, err
}

// WayUpdate changes a contact way. What is nil stays.
type WayUpdate struct {
	ConfigID    string
	Remark      *string
	SkipVerify  *bool
	Style       *int64
	State       *string
	Users       *[]id.UserID
	Departments *[]int64
	Temporary   TemporaryUpdate
	MarkSource  *bool
}

// UpdateWay changes a contact way of the caller's application. Doc 92228.
func (s *Service) UpdateWay(ctx context.Context, tx *store.Tx, by access.Caller, u WayUpdate) error {
	w, err := s.way(tx, by, u.ConfigID)
	if err != nil {
		return err
	}
	if w.over(tx.Now()) {
		return errTemporaryOver
	}
	if w.Temporary != nil {
		if err := s.temporary(tx, by, w.Temporary, u.Temporary); err != nil {
			return err
		}
	}
	set(&w.Remark, u.Remark)
	set(&w.SkipVerify, u.SkipVerify)
	set(&w.Style, u.Style)
	set(&w.State, u.State)
	set(&w.MarkSource, u.MarkSource)
	if err := w.valid(); err != nil {
		return err
	}
	if u.Users != nil || (u.Departments != nil && w.Kind == several) {
		if w.Kind == several {
			set(&w.Departments, u.Departments)
		}
		users := u.Users
		if users == nil {
			known, err := s.deps.Directory.NumberedMembers(tx, by.CorpID, w.Members)
			if err != nil {
				return err
			}
			users = new([]id.UserID)
			for _, no := range w.Members {
				if u, ok := known[no]; ok {
					*users = append(*users, u)
				}
			}
		}
		if w.Members, err = s.wayMembers(ctx, tx, by, w.Kind, *users, w.Departments); err != nil {
			return err
		}
	}
	return updateWay(tx, by.CorpID, w)
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// Ways returns contact ways of the caller's application that were made in a time span, by their age, from the
// one behind a place on, and the place of the last if there are more. Doc 92228.
func (s *Service) Ways(tx *store.Tx, by access.Caller, span Span, after *WayPlace, limit int64) ([]Way, *WayPlace, error) {
	from, to := span.From, span.To
	if after == nil {
		after = &WayPlace{}
	}
	if from.IsZero() {
		from = tx.Now().Add(-waySpan)
	}
	if to.IsZero() {
		to = tx.Now()
	}
	if limit <= 0 {
		limit = wayDefault
	}
	limit = min(limit, maxWaysListed)
	if from.Before(waysSinceTheirTable) {
		from = waysSinceTheirTable
	}
	list, err := selectWays(tx, by, from, to, *after, limit+1)
	if err != nil || int64(len(list)) <= limit {
		return list, nil, err
	}
	last := list[limit-1]
	return list[:limit], &WayPlace{last.CreatedAt.Unix(), last.No}, nil
}

// Span is a time span, both ends included. A zero end is the default of whoever asks.
type Span struct{ From, To time.Time }

// WayPlace is where a list of ways has come to.
type WayPlace struct{ At, No int64 }

// receive returns the member whom the next customer of a way is led to: one whom the customer follows
// already, otherwise each in turn.
func (s *Service) receive(tx *store.Tx, corpID string, w Way, customer int64) (id.UserID, error) {
	all, err := s.usersOf(tx, corpID, w.WaySettings, maxWayMembers)
	if err != nil {
		return "", err
	}
	users, err := s.serving(tx, access.System(corpID), all)
	if err != nil {
		return "", err
	}
	all = slices.DeleteFunc(all, func(no int64) bool { return users[no] == "" })
	if len(all) == 0 {
		return "", directory.ErrMemberNotFound.With("nobody of the contact way can be added")
	}
	if customer != 0 && w.Temporary == nil {
		known, err := selectFollowers(tx, corpID, customer, 0, maxFollowers)
		if err != nil {
			return "", err
		}
		for _, f := range known {
			if slices.Contains(all, f.Member) {
				return users[f.Member], nil
			}
		}
	}
	return users[all[w.Turns%int64(len(all))]], turnWay(tx, corpID, w.No)
}
