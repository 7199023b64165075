package archive

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Hold keeps records that a rule would erase, for a case. It outranks every rule.
type Hold struct {
	No     int64       `json:"no"`
	Name   string      `json:"name"`
	People []id.Person `json:"people,omitempty"` // who speaks, is spoken to, or is in the room; anybody if there are none
	Rooms  []string    `json:"rooms,omitempty"`  // anywhere if there are none
	Since  time.Time   `json:"since,omitzero"`
	Until  time.Time   `json:"until,omitzero"`
	// ReleasedAt is zero while it holds.
	ReleasedAt time.Time `json:"released_at,omitzero"`
}

// AddHold holds records, those to come included.
func (s *Service) AddHold(ctx context.Context, tx *store.Tx, corpID string, h Hold) (int64, error) {
	if h.Name == "" {
		return 0, wire.ErrParameter.With("name: the name of the case expected")
	}
	if !h.Until.IsZero() && h.Until.Before(h.Since) {
		return 0, wire.ErrParameter.With("until: it is before since")
	}
	people, err := json.Marshal(h.People)
	if err != nil {
		return 0, err
	}
	rooms, err := json.Marshal(h.Rooms)
	if err != nil {
		return 0, err
	}
	until := int64(0)
	if !h.Until.IsZero() {
		until = h.Until.UnixMilli()
	}
	since := int64(0)
	if !h.Since.IsZero() {
		since = h.Since.UnixMilli()
	}
	return tx.Insert(`INSERT INTO archive_hold (corpid, name, people, rooms, since, until, created_at, released_at) VALUES (?, ?, ?, ?, ?, ?, ?, 0)`,
		corpID, h.Name, string(people), string(rooms), since, until, tx.Now().UnixMilli())
}

// ReleaseHold ends a hold. It stays listed.
func (s *Service) ReleaseHold(ctx context.Context, tx *store.Tx, corpID string, no int64) error {
	n, err := tx.Exec(`UPDATE archive_hold SET released_at = ? WHERE corpid = ? AND no = ? AND released_at = 0`, tx.Now().UnixMilli(), corpID, no)
	if err == nil && n == 0 {
		err = wire.ErrParameter.With("there is no hold %d, or it was released", no)
	}
	return err
}

// Holds returns the corp's holds, those that were released included.
func (s *Service) Holds(tx *store.Tx, corpID string) (out []Hold, err error) {
	out = []Hold{}
	err = tx.Each(`SELECT no, name, people, rooms, since, until, released_at FROM archive_hold WHERE corpid = ? ORDER BY no`, []any{corpID}, func(rows *store.Rows) error {
		var h Hold
		var people, rooms string
		var since, until, released int64
		if err := rows.Scan(&h.No, &h.Name, &people, &rooms, &since, &until, &released); err != nil {
			return err
		}
		for _, t := range []struct {
			at   int64
			into *time.Time
		}{{since, &h.Since}, {until, &h.Until}, {released, &h.ReleasedAt}} {
			if t.at != 0 {
				*t.into = time.UnixMilli(t.at).UTC()
			}
		}
		err := firstOf(json.Unmarshal([]byte(people), &h.People), json.Unmarshal([]byte(rooms), &h.Rooms))
		out = append(out, h)
		return err
	})
	return out, err
}

// holding are the holds that hold, with what was found out about rooms.
type holding struct {
	s     *Service
	tx    *store.Tx
	a     archived
	holds []Hold
	in    map[string][]id.Person // who is, or has spoken, in a room
}

func (s *Service) holding(tx *store.Tx, a archived) (*holding, error) {
	list, err := s.Holds(tx, a.corpID)
	list = slices.DeleteFunc(list, func(h Hold) bool { return !h.ReleasedAt.IsZero() })
	return &holding{s: s, tx: tx, a: a, holds: list, in: map[string][]id.Person{}}, err
}

// holds reports whether one of them holds the record.
func (h *holding) has(r Record) (bool, error) {
	for _, one := range h.holds {
		if r.At.Before(one.Since) || !one.Until.IsZero() && !r.At.Before(one.Until) || len(one.Rooms) > 0 && !slices.Contains(one.Rooms, r.RoomID) {
			continue
		}
		if len(one.People) == 0 {
			return true, nil
		}
		people := []id.Person{id.Person(r.From), id.Person(r.Peer)}
		if r.RoomID != "" {
			more, err := h.people(r.RoomID)
			if err != nil {
				return false, err
			}
			people = append(people, more...)
		}
		if slices.ContainsFunc(one.People, func(p id.Person) bool { return slices.Contains(people, p) }) {
			return true, nil
		}
	}
	return false, nil
}

// people returns who is in a room now, and who has spoken or been spoken to in it.
func (h *holding) people(roomID string) ([]id.Person, error) {
	if known, ok := h.in[roomID]; ok {
		return known, nil
	}
	var out []id.Person
	if err := h.tx.Each(`SELECT p.person FROM archive_participant p JOIN archive_conversation c ON c.no = p.conversation WHERE c.archive = ? AND c.corpid = ? AND c.name = ?`,
		[]any{h.a.no, h.a.corpID, conversationName(roomID, "", "")}, func(rows *store.Rows) error {
			var p id.Person
			err := rows.Scan(&p)
			out = append(out, p)
			return err
		}); err != nil {
		return nil, err
	}
	g, found, err := h.s.deps.Chats.FindGroup(h.tx, h.a.corpID, roomID)
	if err != nil {
		return nil, err
	}
	if found {
		members, err := h.s.deps.Chats.GroupMembers(h.tx, g)
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			out = append(out, id.Person(m.UserID))
		}
	} else if g, found, err := h.s.deps.Messages.Group(h.tx, h.a.corpID, roomID); err != nil {
		return nil, err
	} else if found {
		users, err := h.s.deps.Messages.GroupUsers(h.tx, g.No)
		if err != nil {
			return nil, err
		}
		for _, u := range users {
			out = append(out, id.Person(u))
		}
	} else if people, known, err := h.s.deps.Outside().Room(h.tx, h.a.corpID, roomID); err != nil {
		return nil, err
	} else if known {
		for _, p := range people {
			out = append(out, p.ID)
		}
	}
	h.in[roomID] = out
	return out, nil
}
