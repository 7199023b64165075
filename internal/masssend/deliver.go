package masssend

import (
	"context"
	"maps"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/customergroup"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
	"qiwei/internal/work"
)

// The states of a target (doc 93338).
const (
	waiting   = 0
	sent      = 1
	noFriend  = 2
	hasEnough = 3
)

// Confirmation is a member who sends a message in the client.
type Confirmation struct {
	MsgID     string
	UserID    id.UserID
	Externals []id.ExternalID // the chosen ones, where the member may choose
	Chats     []id.ChatID     // likewise of groups; all that the member owns if it is empty
}

// Confirm sends a member's part of a message. What the first portion leaves is sent in the background. It
// answers ErrPreparing, ErrCancelled, and 40058 for a choice that the member does not have.
func (s *Service) Confirm(ctx context.Context, tx *store.Tx, by access.Caller, c Confirmation) error {
	m, err := s.prepared(tx, by.CorpID, c.MsgID)
	if err != nil {
		return err
	}
	member, err := s.deps.Customers.ServingMember(ctx, tx, by, c.UserID)
	if err != nil {
		return err
	}
	t, found, err := selectTask(tx, by.CorpID, m.No, member.No)
	switch {
	case err != nil:
		return err
	case m.State == cancelled:
		return ErrCancelled
	case !found:
		return wire.ErrParameter.With("userid: %q has no part in the message", member.UserID)
	case !t.SentAt.IsZero():
		return wire.ErrParameter.With("%q has sent it", member.UserID)
	}
	if err := s.choose(tx, m, t, c); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE mass_task SET sent_at = ?, sending = 1 WHERE corpid = ? AND no = ?`, tx.Now().Unix(), by.CorpID, t.No); err != nil {
		return err
	}
	more, err := s.deliver(tx, m, t)
	if err == nil && more {
		s.delivering.Queued(tx, t.No, 1)
	}
	return err
}

// choose marks those whom the member has chosen.
func (s *Service) choose(tx *store.Tx, m Message, t Task, c Confirmation) error {
	switch {
	case m.Kind == toCustomers && len(c.Chats) > 0, m.Kind == toGroups && len(c.Externals) > 0:
		return wire.ErrParameter.With("external_userids choose among customers, and chat_ids among groups")
	case len(c.Externals) > 0 && !m.AllowSelect, len(c.Chats) > 0 && m.Named:
		return wire.ErrParameter.With("the message does not let its members choose")
	case m.Kind == toGroups && !m.Named:
		return s.chooseGroups(tx, m, t, c.Chats)
	case len(c.Externals) == 0:
		return nil
	}
	known, err := s.deps.Customers.Numbers(tx, m.CorpID, c.Externals)
	if err != nil {
		return err
	}
	numbers := slices.Sorted(maps.Values(known))
	for _, e := range c.Externals {
		if known[e] == 0 {
			return customer.ErrExternal.With("%q", e)
		}
	}
	if _, err := tx.Exec(`UPDATE mass_target SET chosen = 0 WHERE corpid = ? AND task = ?`, m.CorpID, t.No); err != nil {
		return err
	}
	n := int64(0)
	for some := range slices.Chunk(numbers, portion) {
		marked, err := tx.Exec(`UPDATE mass_target SET chosen = 1 WHERE corpid = ? AND task = ? AND target IN (`+store.Marks(len(some))+`)`, store.Args([]any{m.CorpID, t.No}, some)...)
		if err != nil {
			return err
		}
		n += marked
	}
	if n != int64(len(numbers)) {
		return wire.ErrParameter.With("external_userids: %d of %d are not in the member's list", int64(len(numbers))-n, len(numbers))
	}
	return nil
}

func (s *Service) chooseGroups(tx *store.Tx, m Message, t Task, chats []id.ChatID) error {
	var numbers []int64
	for _, chat := range chats {
		g, err := s.deps.Groups.Group(tx, m.CorpID, chat)
		if err != nil {
			return err
		}
		numbers = append(numbers, g.No)
	}
	owned, err := s.deps.Groups.Owned(tx, m.CorpID, t.Member, numbers)
	if err != nil {
		return err
	}
	if len(owned) < len(numbers) || len(owned) == 0 {
		return wire.ErrParameter.With("chat_ids: groups that the member owns expected, each once")
	}
	var targets []target
	for _, g := range owned {
		targets = append(targets, target{Target: g.No})
	}
	return insertTargets(tx, m.CorpID, t.No, targets)
}

// deliver sends the next portion of a task, and reports whether there is more.
func (s *Service) deliver(tx *store.Tx, m Message, t Task) (more bool, err error) {
	list, err := selectTargets(tx, `corpid = ? AND task = ? AND status = 0 AND chosen = 1 ORDER BY no LIMIT ?`, m.CorpID, t.No, int64(portion))
	if err != nil {
		return false, err
	}
	if len(list) > 0 {
		if m.Kind == toGroups {
			err = s.toGroups(tx, m, t, list)
		} else {
			err = s.toCustomers(tx, m, t, list)
		}
		if err != nil {
			return false, err
		}
	}
	if len(list) == portion {
		return true, nil
	}
	_, err = tx.Exec(`UPDATE mass_task SET sending = 0 WHERE corpid = ? AND no = ?`, m.CorpID, t.No)
	return false, err
}

func (s *Service) toCustomers(tx *store.Tx, m Message, t Task, list []target) error {
	friends, err := s.friends(tx, m.CorpID, t.Member, list)
	if err != nil {
		return err
	}
	full, err := s.enough(tx, m.CorpID, m.Kind, numbersOf(list))
	if err != nil {
		return err
	}
	outcome := map[int64][]target{}
	var to []customer.Follow
	for _, one := range list {
		f, friend := friends[one.Target]
		switch {
		case !friend:
			outcome[noFriend] = append(outcome[noFriend], one)
		case full[one.Target]:
			outcome[hasEnough] = append(outcome[hasEnough], one)
		default:
			outcome[sent] = append(outcome[sent], one)
			to = append(to, f)
		}
	}
	if err := s.deps.Customers.Deliver(tx, m.CorpID, customer.Shared{No: m.Shared, Content: m.Content}, t.Member, customer.AsMass, to); err != nil {
		return err
	}
	return settle(tx, m, t, list, outcome)
}

// friends returns the relations of a member with those of the targets who are friends, by the customers' numbers.
// Whoever has come back since the message was prepared has another relation now.
func (s *Service) friends(tx *store.Tx, corpID string, member int64, list []target) (map[int64]customer.Follow, error) {
	relations := followsOf(list)
	follows, err := s.deps.Customers.FollowsBetween(tx, corpID, member, slices.Min(relations), slices.Max(relations))
	if err != nil {
		return nil, err
	}
	out := map[int64]customer.Follow{}
	for _, f := range follows {
		out[f.Customer] = f
	}
	var missing []int64
	for _, t := range list {
		if _, found := out[t.Target]; !found {
			missing = append(missing, t.Target)
		}
	}
	again, err := s.deps.Customers.FollowsWith(tx, corpID, member, missing)
	for _, f := range again {
		out[f.Customer] = f
	}
	maps.DeleteFunc(out, func(_ int64, f customer.Follow) bool { return !f.Reached() })
	return out, err
}

func (s *Service) toGroups(tx *store.Tx, m Message, t Task, list []target) error {
	owned, err := s.deps.Groups.Owned(tx, m.CorpID, t.Member, numbersOf(list))
	if err != nil {
		return err
	}
	full, err := s.enough(tx, m.CorpID, m.Kind, numbersOf(list))
	if err != nil {
		return err
	}
	there := map[int64]customergroup.Group{}
	for _, g := range owned {
		there[g.No] = g
	}
	var to []customergroup.Group
	outcome := map[int64][]target{}
	for _, one := range list {
		how := int64(sent)
		switch g, found := there[one.Target]; {
		case !found:
			how = noFriend
		case full[one.Target]:
			how = hasEnough
		default:
			to = append(to, g)
		}
		outcome[how] = append(outcome[how], one)
	}
	if err := s.deps.Groups.Announced(tx, m.CorpID, t.Member, to, m.Content); err != nil {
		return err
	}
	return settle(tx, m, t, list, outcome)
}

// settle writes what has become of a portion, in which all are that wait between its first and its last, and counts
// those to whom it was sent.
func settle(tx *store.Tx, m Message, t Task, portion []target, outcome map[int64][]target) error {
	if err := countDay(tx, m.CorpID, m.Kind, numbersOf(outcome[sent])); err != nil {
		return err
	}
	for _, how := range []int64{noFriend, hasEnough} {
		args := []any{how, m.CorpID, t.No}
		for _, one := range outcome[how] {
			args = append(args, one.No)
		}
		if len(args) == 3 {
			continue
		}
		if err := tx.Send(`UPDATE mass_target SET status = ? WHERE corpid = ? AND task = ? AND no IN (`+store.Marks(len(args)-3)+`)`, args...); err != nil {
			return err
		}
	}
	// By their bounds: of a list, PostgreSQL would hold each row of the task against each element.
	return tx.Send(`UPDATE mass_target SET status = ?, sent_at = ? WHERE corpid = ? AND task = ? AND no BETWEEN ? AND ? AND status = 0 AND chosen = 1`,
		int64(sent), tx.Now().Unix(), m.CorpID, t.No, portion[0].No, portion[len(portion)-1].No)
}

// deliverWork is delivering as the engine sees it: a task is a key. It needs no lease, because two servers that
// deliver one task collide.
func (s *Service) deliverWork() work.Kind {
	return work.Kind{Name: "mass delivery", Slots: 2, Every: 5 * time.Second, For: s.deps.For, Waiting: waitingTasks, Backlog: func(tx *store.Tx) (b work.Backlog, err error) {
		b.Waiting, err = tx.Count(`SELECT count(*) FROM mass_task WHERE sending = 1`)
		return b, err
	}, Take: func(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
		n, err := tx.Count(`SELECT count(*) FROM mass_task WHERE no = ? AND sending = 1`, t.Key)
		if err != nil || n == 0 {
			return nil, time.Time{}, err
		}
		return nextDelivery{s, t.Key}, time.Time{}, nil
	}}
}

func waitingTasks(tx *store.Tx) (list []work.Waiting, err error) {
	err = tx.Each(`SELECT no, corpid, sent_at FROM mass_task WHERE sending = 1 ORDER BY no LIMIT 1000`, nil, func(rows *store.Rows) error {
		var w work.Waiting
		var at int64
		err := rows.Scan(&w.Key, &w.CorpID, &at)
		w.Due = time.Unix(at, 0)
		list = append(list, w)
		return err
	})
	return list, err
}

// nextDelivery is a portion of a task that is on its way.
type nextDelivery struct {
	s  *Service
	no int64
}

// Do has nothing to do outside of the transaction.
func (nextDelivery) Do(context.Context) error { return nil }

// Record delivers the portion.
func (d nextDelivery) Record(ctx context.Context, tx *store.Tx, _ work.Result) error {
	tasks, err := selectTasks(tx, `no = ? AND sending = 1`, d.no)
	if err != nil || len(tasks) == 0 {
		return err
	}
	list, err := selectMessages(tx, `corpid = ? AND no = ?`, tasks[0].CorpID, tasks[0].Message)
	if err != nil || len(list) == 0 {
		return err
	}
	_, err = d.s.deliver(tx, list[0], tasks[0])
	return err
}
