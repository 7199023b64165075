package customergroup

import (
	"context"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Way is a join way (「加入群聊」): a code or a button by which people come into groups. It belongs to the
// application that made it.
type Way struct {
	No       int64
	ConfigID string
	App      int64
	WaySettings
	Made      int64   // how many groups it has made
	Chats     []int64 // those that it was given, our numbers
	New       []int64 // those that it has made
	CreatedAt time.Time
}

// WaySettings are what update_join_way writes anew.
type WaySettings struct {
	Scene      int64 // 1 a mini program, 2 a QR code
	Remark     string
	AutoCreate bool   // makes a new group when the others are full
	RoomName   string // of new groups, before their number
	RoomNumber int64  // of the first new group
	State      string
	MarkSource bool
}

// Limits of join ways (doc 92229). Their number is counted together with that of contact ways.
const (
	maxWayGroups = 5
	maxRoomName  = 40 // characters
	maxState     = 30
	longRemark   = 30 // a longer one is cut
)

// ErrWayGroups refuses too many groups of a way (doc 90313).
var ErrWayGroups = wire.Code(41091, "a group join way can hold 5 groups at most")

func (w *WaySettings) valid() error {
	switch {
	case w.Scene == 0:
		return customer.ErrWayScene
	case w.Scene != 1 && w.Scene != 2:
		return customer.ErrWaySceneInvalid.With("1 or 2 expected, %d given", w.Scene)
	case utf8.RuneCountInString(w.RoomName) > maxRoomName:
		return wire.ErrParameter.With("room_base_name: at most %d characters, %d given", maxRoomName, utf8.RuneCountInString(w.RoomName))
	case utf8.RuneCountInString(w.State) > maxState:
		return wire.ErrParameter.With("state: at most %d characters, %d given", maxState, utf8.RuneCountInString(w.State))
	case w.RoomNumber < 0:
		return wire.ErrParameter.With("room_base_id: 0 or more expected, %d given", w.RoomNumber)
	}
	if r := []rune(w.Remark); len(r) > longRemark {
		w.Remark = string(r[:longRemark])
	}
	return nil
}

// CodeFor returns the settings of a way that is a QR code and makes new groups.
func CodeFor(remark, state, roomName string, roomNumber int64) WaySettings {
	return WaySettings{Scene: 2, Remark: remark, State: state, AutoCreate: true, RoomName: roomName, RoomNumber: roomNumber, MarkSource: true}
}

// CreateWay makes a join way to groups whose owners the caller sees. Doc 92229.
func (s *Service) CreateWay(tx *store.Tx, by access.Caller, w WaySettings, chats []id.ChatID) (Way, error) {
	if err := w.valid(); err != nil {
		return Way{}, err
	}
	groups, err := s.wayGroups(tx, by, chats)
	if err != nil {
		return Way{}, err
	}
	if err := s.deps.Customers.CountWay(tx, by.CorpID, 1); err != nil {
		return Way{}, err
	}
	out := Way{ConfigID: id.Hex(16), App: by.App, WaySettings: w, Chats: groups, CreatedAt: tx.Now()}
	return out, insertWay(tx, by.CorpID, out)
}

func (s *Service) wayGroups(tx *store.Tx, by access.Caller, chats []id.ChatID) ([]int64, error) {
	switch {
	case len(chats) == 0:
		return nil, wire.ErrParameter.With("chat_id_list: 1 to %d expected", maxWayGroups)
	case len(chats) > maxWayGroups:
		return nil, ErrWayGroups.With("at most %d, %d given", maxWayGroups, len(chats))
	}
	var out []int64
	for _, chat := range chats {
		g, err := s.Visible(tx, by, chat)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, g.No) {
			out = append(out, g.No)
		}
	}
	return out, nil
}

// way returns a join way of the caller's application. It answers customer.ErrConfigID for another's.
func (s *Service) way(tx *store.Tx, by access.Caller, configID string) (Way, error) {
	if configID == "" {
		return Way{}, customer.ErrConfigIDMissing
	}
	w, found, err := selectWay(tx, by.CorpID, configID)
	if err == nil && (!found || (!by.OfCorp() && w.App != by.App)) {
		err = customer.ErrConfigID.With("%q", configID)
	}
	return w, err
}

// UpdateWay writes a join way of the caller's application anew. Doc 92229.
func (s *Service) UpdateWay(tx *store.Tx, by access.Caller, configID string, u WaySettings, chats []id.ChatID) error {
	w, err := s.way(tx, by, configID)
	if err != nil {
		return err
	}
	if err := u.valid(); err != nil {
		return err
	}
	if w.Chats, err = s.wayGroups(tx, by, chats); err != nil {
		return err
	}
	w.WaySettings = u
	return updateWay(tx, by.CorpID, w)
}

// DeleteWay deletes a join way of the caller's application. The groups stay. Doc 92229.
func (s *Service) DeleteWay(tx *store.Tx, by access.Caller, configID string) error {
	w, err := s.way(tx, by, configID)
	if err != nil {
		return err
	}
	if err := deleteWay(tx, by.CorpID, w.No); err != nil {
		return err
	}
	return s.deps.Customers.CountWay(tx, by.CorpID, -1)
}

// Ways returns the first join ways of the corp, at most limit.
func (s *Service) Ways(tx *store.Tx, corpID string, limit int) ([]Way, error) {
	return selectWaysWhere(tx, `corpid = ? ORDER BY no LIMIT ?`, corpID, int64(limit))
}

// Arrive brings people into the first group of a way that has room, and makes a new one if none has and the
// way may. It returns the group.
func (s *Service) Arrive(ctx context.Context, tx *store.Tx, by access.Caller, configID string, c Coming) (g Group, people []Person, err error) {
	w, err := s.way(tx, by, configID)
	if err != nil {
		return g, nil, err
	}
	if people, err = s.people(ctx, tx, by, c.People); err != nil {
		return g, nil, err
	}
	if c.Scene == 0 {
		c.Scene = byCode
	}
	if c.State == "" {
		c.State = w.State
	}
	groups, err := selectGroupsWhere(tx, `g.corpid = ? AND g.dismissed_at = 0 AND g.no IN (`+store.Marks(len(w.Chats)+len(w.New))+`)`, store.Args(store.Args([]any{by.CorpID}, w.Chats), w.New)...)
	if err != nil {
		return g, nil, err
	}
	var last Group
	for _, no := range append(slices.Clone(w.Chats), w.New...) {
		i := slices.IndexFunc(groups, func(g Group) bool { return g.No == no })
		if i < 0 {
			continue // dismissed
		}
		last = groups[i]
		n, err := countPeople(tx, by.CorpID, no)
		if err != nil {
			return g, nil, err
		}
		if n+int64(len(people)) <= last.Capacity {
			return last, people, s.enter(ctx, tx, by, last, people, c)
		}
	}
	switch {
	case last.No == 0:
		return g, nil, ErrDismissed.With("all groups of the way have been dismissed")
	case !w.AutoCreate:
		return g, nil, errFull.With("all groups of the way are full, and it makes no new ones")
	}
	if g, err = s.another(ctx, tx, by, w, last); err != nil {
		return g, nil, err
	}
	return g, people, s.enter(ctx, tx, by, g, people, c)
}

// another makes a new group for a way, with the owner and the capacity of its last one.
func (s *Service) another(ctx context.Context, tx *store.Tx, by access.Caller, w Way, last Group) (Group, error) {
	owner, err := s.ownerOf(tx, by.CorpID, last)
	if err != nil {
		return Group{}, err
	}
	name := w.RoomName
	if name != "" {
		name += strconv.FormatInt(w.RoomNumber+w.Made, 10)
	}
	g, err := s.Create(ctx, tx, by, NewGroup{Name: name, Owner: owner, Capacity: last.Capacity})
	if err != nil {
		return g, err
	}
	return g, addMade(tx, by.CorpID, w.No, g.No)
}
