package customer

import (
	"qiwei/internal/store"
)

// Watch finds what is said with customers, and who has become a customer, since it last looked, by any server. It
// belongs to one goroutine.
type Watch struct {
	s                 *Service
	messages, follows store.Sequence
}

// NewWatch returns a Watch that reports what is written after it began.
func (s *Service) NewWatch() *Watch {
	return &Watch{s, store.Sequence{Table: "customer_message"}, store.Sequence{Table: "customer_follow"}}
}

// Begin makes it begin now.
func (w *Watch) Begin(tx *store.Tx) error {
	if err := w.messages.Begin(tx); err != nil {
		return err
	}
	return w.follows.Begin(tx)
}

// watchMost is how many rows a look reads of a table.
const watchMost = 2000

// Look calls touched with each of the members to whom something has come: c/ and the customer's id for a
// conversation, and customers/ for the list of customers.
func (w *Watch) Look(tx *store.Tx, members []int64, _ []string, touched func(member int64, key string)) error {
	listening := map[int64]bool{}
	for _, m := range members {
		listening[m] = true
	}
	for _, q := range []struct {
		of    *store.Sequence
		table string
	}{{&w.messages, "customer_message"}, {&w.follows, "customer_follow"}} {
		type pair struct{ customer, member int64 }
		pairs, seen := map[pair]bool{}, []int64{}
		where, args := q.of.Next()
		err := tx.Each(`SELECT no, customer, member FROM `+q.table+` WHERE `+where+` ORDER BY no LIMIT ?`, append(args, int64(watchMost)), func(rows *store.Rows) error {
			var no int64
			var p pair
			err := rows.Scan(&no, &p.customer, &p.member)
			seen = append(seen, no)
			if listening[p.member] {
				pairs[p] = true
			}
			return err
		})
		if err != nil {
			return err
		}
		q.of.Seen(seen)
		for p := range pairs {
			if q.of == &w.follows {
				touched(p.member, "customers/")
				continue
			}
			external, err := w.external(tx, p.customer)
			if err != nil {
				return err
			}
			touched(p.member, "c/"+external)
		}
	}
	return nil
}

func (w *Watch) external(tx *store.Tx, customer int64) (string, error) {
	var kind int64
	_, err := tx.Get(`SELECT kind FROM customer WHERE no = ?`, []any{customer}, &kind)
	return string(w.s.ExternalID(kind, customer)), err
}

// TodoKey is what the members' page is told when there is something to do for a member.
const TodoKey = "todo/"

// LookForTasks calls touched with those of the members for whom a table of tasks has new rows: a mass message, or
// a moment.
func LookForTasks(tx *store.Tx, tasks *store.Sequence, members []int64, touched func(member int64, key string)) error {
	listening := map[int64]bool{}
	for _, m := range members {
		listening[m] = true
	}
	var seen []int64
	where, args := tasks.Next()
	err := tx.Each(`SELECT no, member FROM `+tasks.Table+` WHERE `+where+` ORDER BY no LIMIT ?`, append(args, int64(watchMost)), func(rows *store.Rows) error {
		var no, member int64
		err := rows.Scan(&no, &member)
		if seen = append(seen, no); listening[member] {
			touched(member, TodoKey)
		}
		return err
	})
	tasks.Seen(seen)
	return err
}
