package archive

import (
	"math"
	"slices"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// reach are the conversations to which a question is narrowed down, where they are few: those of a room, of a
// person, or of the people in a reader's range. Records are then looked for in these alone. Where they are many,
// every few records that are found are in them, and it is cheaper to look afterwards.
type reach struct {
	conversations []int64
}

// Bounds of what counts as few.
const (
	reachPeople        = 2000
	reachConversations = 5000
	reachRecords       = 50_000
)

// reach returns the conversations that can hold what is asked for; nil if they are many.
func (s *Service) reach(tx *store.Tx, a archived, by Reader, q Question) (*reach, error) {
	of, err := s.reachOf(tx, a, by, q.Person)
	if err != nil {
		return nil, err
	}
	if q.RoomID != "" {
		of = &reach{}
		var no int64
		found, err := tx.Get(`SELECT no FROM archive_conversation WHERE archive = ? AND corpid = ? AND name = ?`, []any{a.no, a.corpID, conversationName(q.RoomID, "", "")}, &no)
		if err != nil {
			return nil, err
		}
		if found {
			of.conversations = []int64{no}
		}
	}
	if of == nil {
		return nil, nil
	}
	records := int64(0)
	for some := range slices.Chunk(of.conversations, rowsAtOnce) {
		n, err := tx.Count(`SELECT CAST(coalesce(sum(records), 0) AS BIGINT) FROM archive_conversation WHERE archive = ? AND corpid = ? AND no IN (`+store.Marks(len(some))+`)`, store.Args([]any{a.no, a.corpID}, some)...)
		if records += n; err != nil || records > reachRecords {
			return nil, err
		}
	}
	return of, nil
}

// reachOf returns the conversations of the person if one is named, or else of the people in the reader's range;
// nil if they are many. Whether they are in the range has still to be asked for those of a person.
func (s *Service) reachOf(tx *store.Tx, a archived, by Reader, person string) (*reach, error) {
	people := []string{person}
	if person == "" {
		if by.Range.All() {
			return nil, nil
		}
		members, err := s.deps.Directory.Reached(tx, a.corpID, by.Range, reachPeople+1)
		if err != nil || len(members) > reachPeople {
			return nil, err
		}
		people = people[:0]
		for _, u := range members {
			people = append(people, string(u))
			if key := id.UserID(u).Key(); key != string(u) { // as another archive may have written it
				people = append(people, key)
			}
		}
	}
	of := &reach{}
	seen := map[int64]bool{}
	for some := range slices.Chunk(people, rowsAtOnce) {
		// Each conversation once: many of the people are in the same ones, and the limit counts those.
		if err := tx.Each(`SELECT DISTINCT conversation FROM archive_participant WHERE archive = ? AND corpid = ? AND person IN (`+store.Marks(len(some))+`) LIMIT ?`,
			append(store.Args([]any{a.no, a.corpID}, some), int64(reachConversations+1)), func(rows *store.Rows) error {
				var no int64
				err := rows.Scan(&no)
				if !seen[no] {
					seen[no] = true
					of.conversations = append(of.conversations, no)
				}
				return err
			}); err != nil || len(of.conversations) > reachConversations {
			return nil, err
		}
	}
	slices.Sort(of.conversations)
	return of, nil
}

// each calls fn for the records between two, both included, that are in the conversations.
func (r *reach) each(tx *store.Tx, a archived, from, to int64, fn func(seq int64)) error {
	for some := range slices.Chunk(r.conversations, rowsAtOnce) {
		if err := tx.Each(`SELECT seq FROM archive_record WHERE archive = ? AND conversation IN (`+store.Marks(len(some))+`) AND seq >= ? AND seq <= ?`,
			append(store.Args([]any{a.no}, some), from, to), func(rows *store.Rows) error {
				var seq int64
				err := rows.Scan(&seq)
				fn(seq)
				return err
			}); err != nil {
			return err
		}
	}
	return nil
}

// behind returns the records behind a seq that are in the conversations and meet a condition, in order.
func (r *reach) behind(tx *store.Tx, a archived, after, limit int64, where string, args []any) (out []Record, err error) {
	var seqs []int64
	if err := r.each(tx, a, after+1, math.MaxInt64, func(seq int64) { seqs = append(seqs, seq) }); err != nil {
		return nil, err
	}
	slices.Sort(seqs)
	for some := range slices.Chunk(seqs, int(limit)) {
		list, err := numbered(tx, a, some, where, args...)
		if err != nil {
			return nil, err
		}
		if out = append(out, list...); int64(len(out)) >= limit {
			return out[:limit], nil
		}
	}
	return out, nil
}

// next returns the next records behind a seq, in order and up to end, that are in the conversations. to is up to where it
// has looked, which is far enough for limit records. Numbers are looked through part by part, so that no part holds
// many more than are wanted.
func (r *reach) next(tx *store.Tx, a archived, after, end int64, limit int) (seqs []int64, to int64, err error) {
	seqs = []int64{}
	for to, span := after, int64(blockSize); to < end && len(seqs) < limit; span = min(4*span, widest) {
		from := to + 1
		to = min(to+span, end)
		if err := r.each(tx, a, from, to, func(seq int64) { seqs = append(seqs, seq) }); err != nil {
			return nil, 0, err
		}
		after = to
	}
	slices.Sort(seqs)
	if len(seqs) > limit {
		seqs = seqs[:limit]
		after = seqs[limit-1]
	}
	return seqs, after, nil
}

// reachOfCase returns the conversations of a case: its rooms, and those of its people. It is nil where the case names
// neither, or where they are many.
func reachOfCase(tx *store.Tx, a archived, c Case) (*reach, error) {
	if len(c.Rooms) == 0 && len(c.People) == 0 {
		return nil, nil
	}
	r := &reach{}
	collect := func(query string, args []any) error {
		return tx.Each(query, args, func(rows *store.Rows) error {
			var no int64
			err := rows.Scan(&no)
			r.conversations = append(r.conversations, no)
			return err
		})
	}
	if len(c.Rooms) == 0 {
		err := collect(`SELECT DISTINCT conversation FROM archive_participant WHERE archive = ? AND person IN (`+store.Marks(len(c.People))+`) LIMIT ?`,
			append(store.Args([]any{a.no}, c.People), int64(reachConversations+1)))
		if err != nil || len(r.conversations) > reachConversations {
			return nil, err
		}
		return r, nil
	}
	for _, room := range c.Rooms {
		query, args := `SELECT no FROM archive_conversation WHERE archive = ? AND corpid = ? AND name = ?`, []any{a.no, a.corpID, conversationName(room, "", "")}
		if len(c.People) > 0 {
			query += ` AND EXISTS (SELECT 1 FROM archive_participant p WHERE p.archive = ? AND p.conversation = no AND p.person IN (` + store.Marks(len(c.People)) + `))`
			args = store.Args(append(args, a.no), c.People)
		}
		if err := collect(query, args); err != nil {
			return nil, err
		}
	}
	return r, nil
}
