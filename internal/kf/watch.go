package kf

import (
	"fmt"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// Watch finds what is said and what happens at accounts since it last looked, by any server. It belongs to one
// goroutine.
type Watch struct {
	s    *Service
	last map[int64]int64 // account -> place of its newest message
}

// NewWatch returns a Watch that reports what is written after it began.
func (s *Service) NewWatch() *Watch { return &Watch{s: s} }

// Begin makes it begin now.
func (w *Watch) Begin(tx *store.Tx) error {
	w.last = map[int64]int64{}
	return tx.Each(`SELECT no, seq FROM kf_account WHERE seq > 0`, nil, func(rows *store.Rows) error {
		var no, seq int64
		err := rows.Scan(&no, &seq)
		w.last[no] = seq
		return err
	})
}

// watchMost is how many messages of an account a look reads.
const watchMost = 500

// Look calls touched with each of the members who serves an account at which something has happened: k/, the
// account and the customer.
func (w *Watch) Look(tx *store.Tx, members []int64, corps []string, touched func(member int64, key string)) error {
	type change struct {
		a     Account
		after int64
	}
	var changed []change
	if len(corps) == 0 {
		return nil
	}
	err := tx.Each(`SELECT no, corpid, seq FROM kf_account WHERE corpid IN (`+store.Marks(len(corps))+`) AND deleted_at = 0 AND seq > 0`, store.Args(nil, corps), func(rows *store.Rows) error {
		var a Account
		var seq int64
		if err := rows.Scan(&a.No, &a.CorpID, &seq); err != nil {
			return err
		}
		if before := w.last[a.No]; seq > before {
			changed = append(changed, change{a, before})
			w.last[a.No] = seq
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, c := range changed {
		if err := w.tell(tx, c.a, c.after, members, touched); err != nil {
			return err
		}
	}
	return nil
}

func (w *Watch) tell(tx *store.Tx, a Account, after int64, members []int64, touched func(int64, string)) error {
	servicers, err := w.s.servicersAmong(tx, a, members)
	if err != nil || len(servicers) == 0 {
		return err
	}
	customers := map[int64]bool{}
	if err := tx.Each(`SELECT customer FROM kf_message WHERE account = ? AND seq > ? ORDER BY seq LIMIT ?`, []any{a.No, after, int64(watchMost)}, func(rows *store.Rows) error {
		var customer int64
		err := rows.Scan(&customer)
		customers[customer] = true
		return err
	}); err != nil {
		return err
	}
	for customer := range customers {
		c, err := w.s.customer(tx, a.CorpID, customer)
		if err != nil {
			return err
		}
		for _, member := range servicers {
			touched(member, fmt.Sprintf("k/%s/%s", w.s.OpenKfID(a.No), c.External))
		}
	}
	return nil
}

// servicersAmong returns which of the members serve an account, alone or in a department.
func (s *Service) servicersAmong(tx *store.Tx, a Account, members []int64) (out []int64, err error) {
	list, err := recallServicers(tx, a)
	if err != nil {
		return nil, err
	}
	direct := map[int64]bool{}
	var departments access.Range
	for _, v := range list {
		if v.Member != 0 {
			direct[v.Member] = true
		} else {
			departments.Departments = append(departments.Departments, v.Department)
		}
	}
	var others []int64
	for _, m := range members {
		if direct[m] {
			out = append(out, m)
		} else {
			others = append(others, m)
		}
	}
	if len(departments.Departments) == 0 || len(others) == 0 {
		return out, nil
	}
	in, err := s.deps.Directory.Within(tx, a.CorpID, departments, others)
	return append(out, in...), err
}
