package masssend

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/customergroup"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/work"
)

// portion is how many relations of members and customers are looked at, or customers written to, in one
// transaction.
const portion = 1000

// forGroups finds out which of the groups the sender owns. Without any named, the sender chooses when
// confirming.
func (s *Service) forGroups(tx *store.Tx, m *Message, chats []id.ChatID) (failed []id.Recipient, err error) {
	var numbers []int64
	names := map[int64]id.ChatID{}
	for _, chat := range chats {
		g, err := s.deps.Groups.Group(tx, m.CorpID, chat)
		if refused(err) {
			failed = append(failed, id.Recipient(chat))
			continue
		} else if err != nil {
			return nil, err
		}
		if names[g.No] == "" {
			numbers, names[g.No] = append(numbers, g.No), chat
		}
	}
	var owned []customergroup.Group
	if len(numbers) > 0 || !m.Named {
		if owned, err = s.deps.Groups.Owned(tx, m.CorpID, m.Source.Sender, numbers); err != nil {
			return nil, err
		}
	}
	var targets []target
	for _, g := range owned {
		targets = append(targets, target{Target: g.No})
		delete(names, g.No)
	}
	for _, no := range slices.Sorted(maps.Keys(names)) {
		failed = append(failed, id.Recipient(names[no]))
	}
	if len(owned) == 0 {
		return nil, ErrNobody.With("the sender owns none of the groups")
	}
	if !m.Named {
		targets = nil
	}
	task, err := ensureTask(tx, *m, m.Source.Sender)
	if err == nil {
		err = insertTargets(tx, m.CorpID, task, targets)
	}
	if err != nil {
		return nil, err
	}
	return failed, s.setReady(tx, m)
}

// forCustomers finds out who writes to the customers that were named.
func (s *Service) forCustomers(tx *store.Tx, m *Message, externals []id.ExternalID) (failed []id.Recipient, err error) {
	known, err := s.deps.Customers.Numbers(tx, m.CorpID, externals)
	if err != nil {
		return nil, err
	}
	var numbers []int64
	names := map[int64]id.ExternalID{}
	for _, e := range externals {
		no, ok := known[e]
		if !ok {
			failed = append(failed, id.Recipient(e))
		} else if names[no] == "" {
			numbers, names[no] = append(numbers, no), e
		}
	}
	follows, err := s.deps.Customers.FollowsWith(tx, m.CorpID, m.Source.Sender, numbers)
	if err != nil {
		return nil, err
	}
	chosen, err := s.writers(tx, *m, follows)
	if err != nil {
		return nil, err
	}
	if err := addTargets(tx, *m, chosen); err != nil {
		return nil, err
	}
	for _, f := range chosen {
		delete(names, f.Customer)
	}
	for _, no := range numbers {
		if e, ok := names[no]; ok {
			failed = append(failed, id.Recipient(e))
		}
	}
	if len(chosen) == 0 {
		return nil, ErrNobody.With("nobody in the application's range follows any of them")
	}
	return failed, s.setReady(tx, m)
}

// writers returns for each customer the relation with the member who writes to them: whoever was the last to
// talk with them, otherwise whoever came to know them last (unverified). Members without customer contact, and
// those out of the caller's range, do not write.
func (s *Service) writers(tx *store.Tx, m Message, follows []customer.Follow) ([]customer.Follow, error) {
	by := access.System(m.CorpID)
	if m.Source.Range != nil {
		by = by.Within(*m.Source.Range)
	}
	members := map[int64]bool{}
	for _, f := range follows {
		members[f.Member] = true
	}
	serving, err := s.deps.Customers.Serving(tx, by, slices.Sorted(maps.Keys(members)))
	if err != nil {
		return nil, err
	}
	of, order := map[int64][]customer.Follow{}, []int64{}
	for _, f := range follows {
		if serving[f.Member] == "" {
			continue
		}
		if of[f.Customer] == nil {
			order = append(order, f.Customer)
		}
		of[f.Customer] = append(of[f.Customer], f)
	}
	order = slices.DeleteFunc(order, func(no int64) bool { return !tagged(m.Source.Tags, of[no]) })
	several := slices.DeleteFunc(slices.Clone(order), func(no int64) bool { return len(of[no]) < 2 })
	talked, err := s.deps.Customers.LastTalked(tx, m.CorpID, several)
	if err != nil {
		return nil, err
	}
	out := make([]customer.Follow, 0, len(order))
	for _, no := range order {
		out = append(out, slices.MaxFunc(of[no], func(a, b customer.Follow) int {
			if last := talked[no]; a.Member == last || b.Member == last {
				return cmp.Compare(flag(a.Member == last), flag(b.Member == last))
			}
			return a.CreatedAt.Compare(b.CreatedAt)
		}))
	}
	return out, nil
}

// tagged reports whether a customer has a tag of each list, from any of the members (unverified).
func tagged(lists [][]int64, follows []customer.Follow) bool {
	for _, list := range lists {
		if !slices.ContainsFunc(follows, func(f customer.Follow) bool {
			return slices.ContainsFunc(f.Tags, func(no int64) bool { return slices.Contains(list, no) })
		}) {
			return false
		}
	}
	return true
}

// first prepares the first portion in which there is anybody, so that a message for nobody is refused. What is
// left is prepared in the background.
func (s *Service) first(tx *store.Tx, m *Message) error {
	for m.State == preparing {
		n, err := s.prepare(tx, m)
		if err != nil {
			return err
		}
		if n > 0 && m.State == preparing {
			s.preparing.Queued(tx, m.No, 1)
			return nil
		}
		if n == 0 && m.State == ready {
			return ErrNobody
		}
	}
	return nil
}

// prepare finds out who writes to the customers of the next portion, and returns how many those are.
func (s *Service) prepare(tx *store.Tx, m *Message) (int, error) {
	var follows []customer.Follow
	var err error
	if m.Source.Sender != 0 {
		follows, err = s.deps.Customers.FollowsOf(tx, m.CorpID, m.Source.Sender, m.Place, portion)
	} else {
		follows, err = s.deps.Customers.FollowsBehind(tx, m.CorpID, m.Place, portion)
	}
	if err != nil {
		return 0, err
	}
	chosen, err := s.writers(tx, *m, follows)
	if err != nil {
		return 0, err
	}
	if err := addTargets(tx, *m, chosen); err != nil {
		return 0, err
	}
	if len(follows) < portion {
		return len(chosen), s.setReady(tx, m)
	}
	last := follows[len(follows)-1]
	if m.Place = last.Customer; m.Source.Sender != 0 {
		m.Place = last.No
	}
	_, err = tx.Exec(`UPDATE mass_message SET place = ? WHERE corpid = ? AND no = ?`, m.Place, m.CorpID, m.No)
	return len(chosen), err
}

func (s *Service) setReady(tx *store.Tx, m *Message) error {
	m.State = ready
	_, err := tx.Exec(`UPDATE mass_message SET state = ? WHERE corpid = ? AND no = ? AND state = ?`, int64(ready), m.CorpID, m.No, int64(preparing))
	return err
}

// prepareWork is preparing as the engine sees it: a message is a key. It needs no lease, because two servers
// that prepare one message collide.
func (s *Service) prepareWork() work.Kind {
	return work.Kind{Name: "mass message", Slots: 2, Every: 5 * time.Second, For: s.deps.For, Waiting: waitingMessages, Backlog: func(tx *store.Tx) (b work.Backlog, err error) {
		b.Waiting, err = tx.Count(`SELECT count(*) FROM mass_message WHERE state = 1`)
		return b, err
	}, Take: func(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
		list, err := selectMessages(tx, `no = ? AND state = 1`, t.Key)
		if err != nil || len(list) == 0 {
			return nil, time.Time{}, err
		}
		return nextPortion{s, t.Key}, time.Time{}, nil
	}}
}

func waitingMessages(tx *store.Tx) (list []work.Waiting, err error) {
	err = tx.Each(`SELECT no, corpid, created_at FROM mass_message WHERE state = 1 ORDER BY no LIMIT 1000`, nil, func(rows *store.Rows) error {
		var w work.Waiting
		var at int64
		err := rows.Scan(&w.Key, &w.CorpID, &at)
		w.Due = time.Unix(at, 0)
		list = append(list, w)
		return err
	})
	return list, err
}

// nextPortion is a portion of a message that is being prepared.
type nextPortion struct {
	s  *Service
	no int64
}

// Do has nothing to do outside of the transaction.
func (nextPortion) Do(context.Context) error { return nil }

// Record prepares the portion.
func (p nextPortion) Record(ctx context.Context, tx *store.Tx, _ work.Result) error {
	list, err := selectMessages(tx, `no = ? AND state = 1`, p.no)
	if err != nil || len(list) == 0 {
		return err
	}
	_, err = p.s.prepare(tx, &list[0])
	return err
}
