package archive

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Conversation is where records belong together: two who write to each other, or a room.
type Conversation struct {
	No       int64    `json:"no"`
	RoomID   string   `json:"roomid,omitempty"` // empty in one of two
	External bool     `json:"external,omitempty"`
	Records  int64    `json:"records"`
	LastSeq  int64    `json:"last_seq"`
	LastAt   int64    `json:"last_time"` // Unix milliseconds
	People   []string `json:"people"`    // the first of them
	Title    string   `json:"title,omitempty"`
}

// conversationName is the same for all records of a conversation.
func conversationName(roomID, from, peer string) string {
	if roomID != "" {
		return "r" + roomID
	}
	return "p" + min(from, peer) + " " + max(from, peer)
}

// gathering is what a batch of records adds to one conversation.
type gathering struct {
	Conversation
	name   string
	people map[string]bool
	known  bool // it was there before
}

// insertConversations says which conversations the records belong to, and who takes part in those. It fills in
// the records' numbers.
func insertConversations(tx *store.Tx, a archived, records []Record, heads []pendingHead) error {
	found := map[string]*gathering{}
	for i, r := range records {
		name := conversationName(r.RoomID, r.From, r.Peer)
		g := found[name]
		if g == nil {
			g = &gathering{name: name, people: map[string]bool{}}
			g.RoomID, found[name] = r.RoomID, g
		}
		g.Records++
		g.External = g.External || r.External
		g.LastSeq, g.LastAt = max(g.LastSeq, r.Seq), max(g.LastAt, r.At.UnixMilli())
		g.people[r.From] = true
		for _, p := range heads[i].To {
			g.people[string(p)] = true
		}
	}
	if err := numberConversations(tx, a, found, records[0].Seq); err != nil {
		return err
	}
	for i := range records {
		records[i].Conversation = found[conversationName(records[i].RoomID, records[i].From, records[i].Peer)].No
	}
	var args []any
	for _, g := range found {
		if g.known && g.RoomID == "" {
			continue // they are the same two
		}
		for p := range g.people {
			if p != "" {
				args = append(args, a.no, p, g.No, a.corpID)
			}
		}
	}
	for some := range slices.Chunk(args, 4*rowsAtOnce) {
		if err := tx.Send(`INSERT INTO archive_participant (archive, person, conversation, corpid) VALUES `+store.Tuples(`(?, ?, ?, ?)`, len(some)/4)+` ON CONFLICT DO NOTHING`, some...); err != nil {
			return fmt.Errorf("note who takes part: %w", err)
		}
	}
	return countDays(tx, a, records)
}

// numberConversations adds to the conversations what is new in them, and adds those that are new. first is the number
// of the first of the records: what is asked for afterwards are the conversations of this batch alone. Asking for them
// by a list of names, PostgreSQL compared each conversation with each name.
func numberConversations(tx *store.Tx, a archived, found map[string]*gathering, first int64) error {
	names := make([]string, 0, len(found))
	for name := range found {
		names = append(names, name)
	}
	slices.Sort(names) // so that all go in one order
	for some := range slices.Chunk(names, rowsAtOnce) {
		args := make([]any, 0, 8*len(some))
		for _, name := range some {
			g := found[name]
			external := int64(0)
			if g.External {
				external = 1
			}
			args = append(args, a.no, a.corpID, name, g.RoomID, external, g.Records, g.LastSeq, g.LastAt)
		}
		if err := tx.Send(`INSERT INTO archive_conversation (archive, corpid, name, roomid, external, records, last_seq, last_at) VALUES `+store.Tuples(`(?, ?, ?, ?, ?, ?, ?, ?)`, len(some))+`
			ON CONFLICT (archive, name) DO UPDATE SET external = CASE WHEN excluded.external > archive_conversation.external THEN excluded.external ELSE archive_conversation.external END,
			records = archive_conversation.records + excluded.records, last_seq = excluded.last_seq,
			last_at = CASE WHEN excluded.last_at > archive_conversation.last_at THEN excluded.last_at ELSE archive_conversation.last_at END`, args...); err != nil {
			return fmt.Errorf("note conversations: %w", err)
		}
	}
	return tx.Each(`SELECT no, name, records FROM archive_conversation WHERE archive = ? AND corpid = ? AND last_seq >= ?`, []any{a.no, a.corpID, first}, func(rows *store.Rows) error {
		var no, records int64
		var name string
		if err := rows.Scan(&no, &name, &records); err != nil {
			return err
		}
		g := found[name]
		if g == nil {
			return fmt.Errorf("conversation %d is ahead of the chain", no)
		}
		g.No, g.known = no, records > g.Records
		return nil
	})
}

func countDays(tx *store.Tx, a archived, records []Record) error {
	type count struct{ all, external int64 }
	days := map[int64]count{}
	for _, r := range records {
		c := days[day(r.At)]
		if c.all++; r.External {
			c.external++
		}
		days[day(r.At)] = c
	}
	for d, c := range days {
		if err := tx.Send(`INSERT INTO archive_day (archive, day, corpid, records, external) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (archive, day) DO UPDATE SET records = archive_day.records + excluded.records, external = archive_day.external + excluded.external`,
			a.no, d, a.corpID, c.all, c.external); err != nil {
			return err
		}
	}
	return nil
}

// ErrNotReader is answered for what the reader's range or role does not reach.
var ErrNotReader = wire.ErrNoPrivilege

// conversationsAtOnce is how many conversations an answer has, and peopleShown how many people each names.
const (
	conversationsAtOnce = 100
	peopleShown         = 12
)

// Conversations returns conversations in which the person takes part, or all without one, the latest first:
// those whose newest record is before a seq. Those out of the reader's range are left out. next is where to go
// on; 0 at the end.
func (s *Service) Conversations(tx *store.Tx, by Reader, person string, before int64) (out []Conversation, next int64, err error) {
	a, err := s.kept(tx, by.CorpID)
	if err != nil {
		return nil, 0, err
	}
	if before == 0 {
		before = 1 << 62
	}
	of, err := s.reachOf(tx, a, by, person)
	if err != nil {
		return nil, 0, err
	}
	out = []Conversation{}
	for len(out) < conversationsAtOnce {
		var some []Conversation
		if of != nil {
			some, err = of.latest(tx, a, before)
		} else {
			some, err = latest(tx, a, person, before)
		}
		if err != nil {
			return nil, 0, err
		}
		visible, err := s.visible(tx, a, by, conversationNumbers(some))
		if err != nil {
			return nil, 0, err
		}
		for _, c := range some {
			if before = c.LastSeq; visible[c.No] && len(out) < conversationsAtOnce {
				out = append(out, c)
				next = c.LastSeq
			}
		}
		if len(some) < conversationsAtOnce {
			if len(out) < conversationsAtOnce {
				next = 0
			}
			break
		}
	}
	return out, next, s.describe(tx, a, out)
}

// latest returns the conversations of the person, or all without one, whose newest record is before a seq, the
// latest first.
func latest(tx *store.Tx, a archived, person string, before int64) ([]Conversation, error) {
	where, args := `last_seq < ?`, []any{before}
	if person != "" {
		where += ` AND no IN (SELECT conversation FROM archive_participant WHERE archive = ? AND person = ?)`
		args = append(args, a.no, person)
	}
	return selectConversations(tx, a, where, args...)
}

// latest is the same for the conversations of the reach.
func (r *reach) latest(tx *store.Tx, a archived, before int64) (out []Conversation, err error) {
	for some := range slices.Chunk(r.conversations, rowsAtOnce) {
		list, err := selectConversations(tx, a, `last_seq < ? AND no IN (`+store.Marks(len(some))+`)`, store.Args([]any{before}, some)...)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	slices.SortFunc(out, func(x, y Conversation) int { return cmp.Compare(y.LastSeq, x.LastSeq) })
	return out[:min(len(out), conversationsAtOnce)], nil
}

// selectConversations returns the latest of the conversations, at most conversationsAtOnce.
func selectConversations(tx *store.Tx, a archived, where string, args ...any) (out []Conversation, err error) {
	err = tx.Each(`SELECT no, roomid, external <> 0, records, last_seq, last_at FROM archive_conversation WHERE archive = ? AND corpid = ? AND `+where+` ORDER BY last_seq DESC LIMIT ?`,
		append(append([]any{a.no, a.corpID}, args...), int64(conversationsAtOnce)), func(rows *store.Rows) error {
			var c Conversation
			err := rows.Scan(&c.No, &c.RoomID, &c.External, &c.Records, &c.LastSeq, &c.LastAt)
			out = append(out, c)
			return err
		})
	return out, err
}

func conversationNumbers(list []Conversation) (out []int64) {
	for _, c := range list {
		out = append(out, c.No)
	}
	return out
}

// describe fills in who takes part and what a room is called.
func (s *Service) describe(tx *store.Tx, a archived, list []Conversation) error {
	for i := range list {
		c := &list[i]
		c.People = []string{}
		if err := tx.Each(`SELECT person FROM archive_participant WHERE archive = ? AND conversation = ? ORDER BY person LIMIT ?`, []any{a.no, c.No, int64(peopleShown)}, func(rows *store.Rows) error {
			var p string
			err := rows.Scan(&p)
			c.People = append(c.People, p)
			return err
		}); err != nil {
			return err
		}
		if c.RoomID == "" {
			continue
		}
		var err error
		if c.Title, err = s.roomName(tx, a.corpID, c.RoomID); err != nil {
			return err
		}
	}
	return nil
}

// roomName returns what a room is called; empty for one that nobody here has named.
func (s *Service) roomName(tx *store.Tx, corpID, roomID string) (string, error) {
	if g, found, err := s.deps.Chats.FindGroup(tx, corpID, roomID); err != nil || found {
		return g.Name, err
	}
	g, _, err := s.deps.Messages.Group(tx, corpID, roomID)
	return g.Name, err
}

// visible returns which of the conversations the reader may read: those in which somebody of the range takes
// part.
func (s *Service) visible(tx *store.Tx, a archived, by Reader, conversations []int64) (map[int64]bool, error) {
	out := map[int64]bool{}
	if by.Range.All() {
		for _, no := range conversations {
			out[no] = true
		}
		return out, nil
	}
	people := map[string][]int64{}
	for some := range slices.Chunk(conversations, rowsAtOnce) {
		if err := tx.Each(`SELECT person, conversation FROM archive_participant WHERE archive = ? AND corpid = ? AND conversation IN (`+store.Marks(len(some))+`)`,
			store.Args([]any{a.no, a.corpID}, some), func(rows *store.Rows) error {
				var p string
				var no int64
				err := rows.Scan(&p, &no)
				people[id.UserID(p).Key()] = append(people[id.UserID(p).Key()], no)
				return err
			}); err != nil {
			return nil, err
		}
	}
	names := make([]string, 0, len(people))
	for p := range people {
		names = append(names, p)
	}
	if by.Range.Empty() || len(names) == 0 {
		return out, nil
	}
	seen, err := s.deps.Directory.VisibleMembers(tx, access.System(a.corpID).Within(by.Range), names)
	for p := range seen {
		for _, no := range people[p] {
			out[no] = true
		}
	}
	return out, err
}

// Said returns a conversation's records in order: those before a seq, or those after one. It is quick however
// long the conversation is.
func (s *Service) Said(tx *store.Tx, by Reader, conversation, before, after, limit int64) (answer recordsAnswer, err error) {
	a, err := s.kept(tx, by.CorpID)
	if err != nil {
		return answer, err
	}
	if seen, err := s.visible(tx, a, by, []int64{conversation}); err != nil || !seen[conversation] {
		return answer, firstOf(err, ErrNotReader.With("there is no such conversation in your range"))
	}
	var list []Record
	if after > 0 {
		list, err = onwards(tx, a, conversation, after, limit)
	} else {
		if before == 0 {
			before = 1 << 62
		}
		list, err = backwards(tx, a, conversation, before, limit)
	}
	if err != nil {
		return answer, err
	}
	if answer.Records, err = s.shown(tx, a, list); int64(len(list)) == limit {
		if answer.Next = list[0].Seq; after > 0 {
			answer.Next = list[len(list)-1].Seq + 1
		}
	}
	return answer, err
}

// onwards returns the records of a conversation from a seq on, in order.
func onwards(tx *store.Tx, a archived, conversation, from, limit int64) ([]Record, error) {
	return inConversation(tx, a, conversation, `seq >= ? ORDER BY seq`, from, limit)
}

// backwards returns the last records of a conversation before a seq, in order.
func backwards(tx *store.Tx, a archived, conversation, before, limit int64) ([]Record, error) {
	return inConversation(tx, a, conversation, `seq < ? ORDER BY seq DESC`, before, limit)
}

// inConversation finds the numbers in the index of conversations first, which has nothing else. Asked for whole
// records in their order, SQLite walks through those of all conversations instead.
func inConversation(tx *store.Tx, a archived, conversation int64, which string, seq, limit int64) ([]Record, error) {
	var seqs []int64
	if err := tx.Each(`SELECT seq FROM archive_record WHERE archive = ? AND conversation = ? AND `+which+` LIMIT ?`, []any{a.no, conversation, seq, limit}, func(rows *store.Rows) error {
		var seq int64
		err := rows.Scan(&seq)
		seqs = append(seqs, seq)
		return err
	}); err != nil {
		return nil, err
	}
	slices.Sort(seqs)
	return numbered(tx, a, seqs, ``)
}

// numbered returns the records of some numbers that meet a condition, in order.
func numbered(tx *store.Tx, a archived, seqs []int64, where string, args ...any) (out []Record, err error) {
	for some := range slices.Chunk(seqs, rowsAtOnce) {
		list, err := selectRecords(tx, `archive = ? AND corpid = ? AND seq IN (`+store.Marks(len(some))+`)`+where+` ORDER BY seq`, append(store.Args([]any{a.no, a.corpID}, some), args...)...)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// Volume is how many records there are of a day.
type Volume struct {
	Day      time.Time `json:"day"`
	Records  int64     `json:"records"`
	External int64     `json:"external"`
}

// Volumes returns the days from a moment on that have records.
func (s *Service) Volumes(tx *store.Tx, corpID string, since time.Time) (out []Volume, err error) {
	out = []Volume{}
	a, found, err := s.archive(tx, corpID)
	if err != nil || !found {
		return out, err
	}
	return out, tx.Each(`SELECT day, records, external FROM archive_day WHERE archive = ? AND corpid = ? AND day >= ? ORDER BY day`, []any{a.no, corpID, day(since)}, func(rows *store.Rows) error {
		var v Volume
		var d int64
		err := rows.Scan(&d, &v.Records, &v.External)
		v.Day = time.Unix(d*24*60*60, 0).UTC()
		out = append(out, v)
		return err
	})
}
