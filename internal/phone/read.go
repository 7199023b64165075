package phone

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/login"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// How far a member has read is kept here, so that it is the same on every device. The rooms count what stands behind.

// Counter is a room with conversations of members.
type Counter interface {
	// Unread returns, by the keys of conversations, how many messages of others stand behind the numbers that were read
	// last, at most most of each.
	Unread(tx *store.Tx, corpID string, m directory.Member, read map[string]int64, most int64) (map[string]int64, error)
}

const (
	// unreadMost is up to how many messages of a conversation are counted. The page writes 99+ then.
	unreadMost = 100
	// placesMost is of how many conversations a member's page remembers how far they were read, those that were read last;
	// placeMost is how many bytes the key of one has, and markedMost how many are marked at once.
	placesMost = 5000
	placeMost  = 200
	markedMost = 1000
)

// places are the letters with which the keys of conversations begin.
const places = "abmgcrk"

var errPlace = wire.ErrParameter.With("key: a conversation's expected")

type unreadAnswer struct {
	Counts map[string]int64 `json:"counts"`
	Total  int64            `json:"total"`
}

// unread answers how many messages the member has not read in each conversation.
func (s *Service) unread(r *http.Request, sess login.Session) (any, error) {
	var out unreadAnswer
	err := s.deps.Messages.Inbox(r.Context(), sess.CorpID, sess.Member.UserID, func(tx *store.Tx, m directory.Member) error {
		out = unreadAnswer{Counts: map[string]int64{}}
		read, err := selectRead(tx, m.No)
		if err != nil {
			return err
		}
		for _, room := range s.deps.Counters {
			counts, err := room.Unread(tx, sess.CorpID, m, read, unreadMost)
			if err != nil {
				return err
			}
			maps.Copy(out.Counts, counts)
			for _, n := range counts {
				out.Total += n
			}
		}
		return nil
	})
	return out, err
}

func selectRead(tx *store.Tx, member int64) (map[string]int64, error) {
	out := map[string]int64{}
	err := tx.Each(`SELECT place, upto FROM phone_read WHERE member = ?`, []any{member}, func(rows *store.Rows) error {
		var place string
		var upto int64
		err := rows.Scan(&place, &upto)
		out[place] = upto
		return err
	})
	return out, err
}

// read remembers how far the member has read. It never goes back.
func (s *Service) read(r *http.Request, sess login.Session) (any, error) {
	var marks map[string]int64
	if err := json.NewDecoder(r.Body).Decode(&marks); err != nil {
		return nil, door.ErrNotJSON
	}
	if len(marks) > markedMost {
		return nil, wire.ErrParameter.With("at most %d conversations at once", markedMost)
	}
	for place, no := range marks {
		if letter, id, _ := strings.Cut(place, "/"); len(letter) != 1 || !strings.Contains(places, letter) || id == "" || len(place) > placeMost {
			return nil, errPlace
		}
		if no <= 0 {
			return nil, wire.ErrParameter.With("%s: the number of a message expected", place)
		}
	}
	return struct{}{}, s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		changed := false
		for _, place := range slices.Sorted(maps.Keys(marks)) {
			further, err := readOn(tx, sess.CorpID, sess.Member.No, place, marks[place])
			if err != nil {
				return err
			}
			changed = changed || further
		}
		if !changed {
			return nil
		}
		_, err := tx.Exec(`DELETE FROM phone_read WHERE member = ? AND no <= coalesce((SELECT no FROM phone_read WHERE member = ? ORDER BY no DESC LIMIT 1 OFFSET ?), 0)`,
			sess.Member.No, sess.Member.No, int64(placesMost))
		return err
	})
}

// readOn marks a conversation as read up to a number, and reports whether that is further than before.
func readOn(tx *store.Tx, corpID string, member int64, place string, upto int64) (bool, error) {
	before, err := tx.Count(`SELECT coalesce(max(upto), 0) FROM phone_read WHERE member = ? AND place = ?`, member, place)
	if err != nil || upto <= before {
		return false, err
	}
	if _, err := tx.Exec(`DELETE FROM phone_read WHERE member = ? AND place = ?`, member, place); err != nil {
		return false, err
	}
	_, err = tx.Exec(`INSERT INTO phone_read (corpid, member, place, upto) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, corpID, member, place, upto)
	return true, err
}

// readKey is what a member's pages are told when another of them has read something.
const readKey = "read/"

// readWatch finds the members who have read on. It belongs to one goroutine.
type readWatch struct{ marks store.Sequence }

func newReadWatch() *readWatch { return &readWatch{store.Sequence{Table: "phone_read"}} }

// Begin makes it begin now.
func (w *readWatch) Begin(tx *store.Tx) error { return w.marks.Begin(tx) }

// readsMost is how many rows a look reads.
const readsMost = 2000

// Look calls touched with each of the members who has read on.
func (w *readWatch) Look(tx *store.Tx, members []int64, _ []string, touched func(member int64, key string)) error {
	var seen []int64
	where, args := w.marks.Next()
	told := map[int64]bool{}
	err := tx.Each(`SELECT no, member FROM phone_read WHERE `+where+` ORDER BY no LIMIT ?`, append(args, int64(readsMost)), func(rows *store.Rows) error {
		var no, member int64
		err := rows.Scan(&no, &member)
		if seen = append(seen, no); !told[member] && slices.Contains(members, member) {
			told[member] = true
			touched(member, readKey)
		}
		return err
	})
	w.marks.Seen(seen)
	return err
}
