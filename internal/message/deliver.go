package message

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/work"
)

const (
	// directMost is the most receivers who get their copies in the sending transaction. With more the caller
	// would wait.
	directMost = 2000
	// deliverStep is how many receivers get their copies in one background transaction. On SQLite nobody else
	// can write meanwhile.
	deliverStep = 5000
	// copiesAtOnce is how many rows one INSERT writes.
	copiesAtOnce = 500
	// lookAgain is how often a server looks for deliveries that another server has left.
	lookAgain = 5 * time.Second
	// deliverAtOnce is how many messages are delivered in the background at a time.
	deliverAtOnce = 2

	// Most messages that a member gets from one application per minute (doc 90312); the excess is dropped.
	memberPerMinute = 30
	memberPerHour   = 1000
	// The same in all chats of the application.
	chatPerMinute = 200
	chatPerDay    = 10_000
	// countSlots is the number of rows over which a day's count is spread.
	countSlots = 16
)

// pendingMessage is a message that some receivers do not have yet.
type pendingMessage struct {
	no, app  int64
	corpID   string
	sentAt   int64
	audience audience
	reached  int64
	last     int64
}

// distribute gives the message to its audience: to few at once, to many in the background.
func (s *Service) distribute(tx *store.Tx, by access.Caller, no int64, a audience) error {
	last, err := s.deps.Directory.LastMember(tx, by.CorpID)
	if err != nil {
		return err
	}
	many, err := s.crowd(tx, by.CorpID, a)
	if err != nil {
		return err
	}
	if !many {
		members, _, err := s.page(tx, by.CorpID, a, 0, last, math.MaxInt32)
		if err != nil {
			return err
		}
		if err := s.mayReach(tx, by, int64(len(members))); err != nil {
			return err
		}
		return s.giveCopies(tx, no, by.App, 0, tx.Now().UnixMilli(), members)
	}
	people := int64(directMost)
	if a.All && a.Within.All() {
		if people, _, err = s.deps.Directory.Size(tx, by.CorpID); err != nil {
			return err
		}
	}
	if err := s.mayReach(tx, by, people); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE message SET pending = 1, audience = ?, last = ? WHERE no = ?`, a.text(), last, no)
	s.work.Queued(tx, no, 1)
	return err
}

// crowd reports whether the audience is too large to get its copies at once.
func (s *Service) crowd(tx *store.Tx, corpID string, a audience) (bool, error) {
	r := access.Range{Departments: a.Departments, Tags: a.Tags}
	if a.All {
		r = a.Within
	}
	return s.deps.Directory.Crowd(tx, corpID, r, directMost)
}

// kind is the delivery to many as the work engine sees it: a message is a key. It needs no lease, because two
// servers that take the same step of a message collide.
func (s *Service) kind() work.Kind {
	return work.Kind{
		Name: "message", Slots: deliverAtOnce, Every: lookAgain,
		Waiting: waitingMessages, Take: s.take, Backlog: messageBacklog,
	}
}

// Start begins to deliver, until Stop.
func (s *Service) Start() { s.work.Start() }

// Stop ends the delivery after the steps under way.
func (s *Service) Stop() { s.work.Stop() }

// Deliver gives waiting messages to the receivers who do not have them yet. Each step is committed, so after
// a crash it continues where it was.
func (s *Service) Deliver(ctx context.Context) error { return s.work.Drain(ctx, nil) }

// step is the next part of a message's receivers.
type step struct {
	s  *Service
	no int64
}

func (s *Service) take(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
	n, err := tx.Count(`SELECT count(*) FROM message WHERE no = ? AND pending = 1`, t.Key)
	if err != nil || n == 0 {
		return nil, time.Time{}, err
	}
	return step{s, t.Key}, time.Time{}, nil
}

// Do does nothing: everything happens in the transaction.
func (step) Do(context.Context) error { return nil }

// Record writes the copies.
func (d step) Record(_ context.Context, tx *store.Tx, _ work.Result) error {
	list, err := selectPending(tx, `no = ?`, d.no)
	if err != nil || len(list) == 0 {
		return err
	}
	return d.s.deliverPage(tx, list[0])
}

func waitingMessages(tx *store.Tx) (list []work.Waiting, err error) {
	err = tx.Each(`SELECT no, corpid FROM message WHERE pending = 1 ORDER BY no LIMIT 1000`, nil, func(rows *store.Rows) error {
		var w work.Waiting
		err := rows.Scan(&w.Key, &w.CorpID)
		list = append(list, w)
		return err
	})
	return list, err
}

func messageBacklog(tx *store.Tx) (b work.Backlog, err error) {
	var oldest int64
	_, err = tx.Get(`SELECT count(*), coalesce(min(sent_at), 0) FROM message WHERE pending = 1`, nil, &b.Waiting, &oldest)
	if oldest > 0 {
		b.Oldest = time.UnixMilli(oldest).UTC()
	}
	return b, err
}

// deliverPage delivers the next part of a message.
func (s *Service) deliverPage(tx *store.Tx, p pendingMessage) error {
	members, end, err := s.page(tx, p.corpID, p.audience, p.reached, p.last, deliverStep)
	if err == nil {
		err = s.giveCopies(tx, p.no, p.app, 0, p.sentAt, members)
	}
	if err != nil {
		return err
	}
	pending := int64(1)
	if end == p.last {
		pending = 0
	}
	_, err = tx.Exec(`UPDATE message SET reached = ?, pending = ? WHERE no = ?`, end, pending, p.no)
	return err
}

func selectPending(tx *store.Tx, where string, args ...any) ([]pendingMessage, error) {
	var out []pendingMessage
	err := tx.Each(`SELECT no, corpid, app, sent_at, audience, reached, last FROM message WHERE pending = 1 AND `+where, args, func(rows *store.Rows) error {
		var p pendingMessage
		var text string
		if err := rows.Scan(&p.no, &p.corpID, &p.app, &p.sentAt, &text, &p.reached, &p.last); err != nil {
			return err
		}
		var err error
		p.audience, err = parseAudience(text)
		out = append(out, p)
		return err
	})
	return out, err
}

// unsettled reports whether a message may still wait to be given to the member.
func unsettled(tx *store.Tx, corpID string, member int64) (bool, error) {
	n, err := tx.Count(`SELECT count(*) FROM message WHERE pending = 1 AND corpid = ? AND reached < ? AND last >= ?`, corpID, member, member)
	return n > 0, err
}

// settle gives the member copies of the messages that are still on their way.
func (s *Service) settle(tx *store.Tx, corpID string, member int64) error {
	list, err := selectPending(tx, `corpid = ? AND reached < ? AND last >= ? ORDER BY no`, corpID, member, member)
	if err != nil {
		return err
	}
	for _, p := range list {
		members, _, err := s.page(tx, corpID, p.audience, member-1, member, 2)
		if err == nil && slices.Contains(members, member) {
			err = s.giveCopies(tx, p.no, p.app, 0, p.sentAt, []int64{member})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// giveCopies gives the message to the members, except to those who already have it and those who got too many
// lately, and counts the copies.
func (s *Service) giveCopies(tx *store.Tx, no, app, chat, sentAt int64, members []int64) error {
	members, err := s.dropExcess(tx, app, chat, sentAt, members)
	if err != nil {
		return err
	}
	told, err := s.without(tx, no, members)
	if err != nil {
		return err
	}
	var people int64
	for some := range slices.Chunk(members, copiesAtOnce) {
		args := make([]any, 0, 4*len(some))
		for _, m := range some {
			args = append(args, m, app, no, chat)
		}
		n, err := tx.Exec(`INSERT INTO message_copy (member, app, message, chat, card, button) VALUES `+
			strings.Repeat(`(?, ?, ?, ?, 0, 0), `, len(some)-1)+`(?, ?, ?, ?, 0, 0) ON CONFLICT DO NOTHING`, args...)
		if err != nil {
			return fmt.Errorf("give copies: %w", err)
		}
		people += n
	}
	if len(told) > 0 {
		if err := s.tell(tx, no, told, false); err != nil {
			return err
		}
	}
	if people == 0 || chat != 0 {
		return nil
	}
	_, err = tx.Exec(`INSERT INTO message_count (app, day, slot, people) VALUES (?, ?, ?, ?)
		ON CONFLICT (app, day, slot) DO UPDATE SET people = message_count.people + excluded.people`,
		app, directory.Day(time.UnixMilli(sentAt)), int64(id.Bytes(1)[0]%countSlots), people)
	return err
}

// dropExcess removes the members who have reached the application's limit per member, in its own conversation
// or in all of its chats.
func (s *Service) dropExcess(tx *store.Tx, app, chat, sentAt int64, members []int64) ([]int64, error) {
	if !s.deps.Limits || len(members) == 0 {
		return members, nil
	}
	minute, long, condition := memberPerMinute, memberPerHour, `c.chat = 0`
	period := time.Hour
	if chat != 0 {
		minute, long, condition, period = chatPerMinute, chatPerDay, `c.chat <> 0`, 24*time.Hour
	}
	before := func(d time.Duration) (int64, error) {
		return tx.Count(`SELECT coalesce(max(no), 0) FROM message WHERE app = ? AND sent_at <= ?`, app, sentAt-d.Milliseconds())
	}
	lastMinute, err := before(time.Minute)
	if err != nil {
		return nil, err
	}
	lastPeriod, err := before(period)
	if err != nil {
		return nil, err
	}
	full := map[int64]bool{}
	for some := range slices.Chunk(members, copiesAtOnce) {
		args := store.Args([]any{lastMinute}, some)
		args = append(args, app, lastPeriod)
		err := tx.Each(`SELECT c.member, count(*), coalesce(sum(CASE WHEN c.message > ? THEN 1 ELSE 0 END), 0) FROM message_copy c JOIN message m ON m.no = c.message AND m.sender = 0
			WHERE c.member IN (`+store.Marks(len(some))+`) AND c.app = ? AND c.message > ? AND `+condition+` GROUP BY c.member`, args, func(rows *store.Rows) error {
			var member, all, recent int64
			err := rows.Scan(&member, &all, &recent)
			full[member] = all >= int64(long) || recent >= int64(minute)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(slices.Clone(members), func(m int64) bool { return full[m] }), nil
}
