package phone

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"qiwei/internal/aibot"
	"qiwei/internal/message"
	"qiwei/internal/rescue"
	"qiwei/internal/store"
)

// The hub looks in the database for news, and tells the lines of the members concerned. It looks when this
// server has written something, and now and then for what other servers have written. It does not look while
// nobody listens.

const (
	// othersEvery is how often the hub looks for what other servers have written.
	othersEvery = time.Second
	// lookApart is the least time between two looks, however much is written.
	lookApart = 30 * time.Millisecond

	// linesPerMember and linesMost bound the lines of a member and of a server.
	linesPerMember = 8
	linesMost      = 20_000
	// waitingMost is how many messages may wait for a slow line. With more, its page is told to read
	// everything anew.
	waitingMost = 200
)

type hub struct {
	s      *Service
	wake   chan struct{}
	ended  context.Context
	stop   context.CancelFunc
	looked sync.Mutex // held while looking, and while a line begins

	// Only for the holder of looked.
	watching bool
	failed   bool      // the last look failed: every page must read everything anew
	endings  time.Time // when it last looked for credentials that have ended
	messages *message.Watch
	bots     *aibot.Follow
	sources  []Source

	mu    sync.Mutex
	lines map[int64]map[*line]bool // by member
	count int
	mark  message.Mark
}

func newHub(s *Service) *hub {
	h := &hub{s: s, wake: make(chan struct{}, 1), lines: map[int64]map[*line]bool{}}
	h.ended, h.stop = context.WithCancel(context.Background())
	return h
}

// poke makes the hub look.
func (h *hub) poke() {
	select {
	case h.wake <- struct{}{}:
	default: // it will
	}
}

func (h *hub) run(ctx context.Context) {
	others := time.NewTicker(othersEvery)
	defer others.Stop()
	apart := time.NewTimer(lookApart)
	defer apart.Stop()
	for {
		if err := h.tryLook(ctx); err != nil && ctx.Err() == nil {
			h.s.deps.Log.Warn("look for messages", "err", err)
		}
		apart.Reset(lookApart)
		select {
		case <-ctx.Done():
			return
		case <-apart.C:
		}
		select {
		case <-ctx.Done():
			return
		case <-h.wake:
		case <-others.C:
		}
	}
}

// bot is a conversation with a robot, as the page names it.
type bot struct {
	BotID  string `json:"bot"`
	ChatID string `json:"chatid,omitempty"`
}

// line is a listening page.
type line struct {
	member int64
	corpID string
	bell   chan struct{}
	ended  chan struct{} // the member's credentials have ended: is the session still there?
	crowd  chan struct{} // closed if the member has opened too many others

	mu       sync.Mutex
	messages map[int64]bool
	bots     map[bot]bool
	talks    map[string]bool
	all      bool // there is too much to report
	mark     message.Mark
}

// news is what a line must report.
type news struct {
	messages []int64
	bots     []bot
	talks    []string
	all      bool
	mark     message.Mark
}

func (l *line) take() news {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := news{slices.Sorted(maps.Keys(l.messages)), slices.Collect(maps.Keys(l.bots)), slices.Sorted(maps.Keys(l.talks)), l.all, l.mark}
	clear(l.messages)
	clear(l.bots)
	clear(l.talks)
	l.all = false
	return n
}

// add adds to what the line must report; all says that there is even more.
func (l *line) add(messages []int64, bots []bot, talks []string, mark message.Mark, all bool) {
	l.mu.Lock()
	for _, no := range messages {
		l.messages[no] = true
	}
	for _, b := range bots {
		l.bots[b] = true
	}
	for _, key := range talks {
		l.talks[key] = true
	}
	if all || len(l.messages)+len(l.talks) > waitingMost {
		l.all = true
		clear(l.messages)
		clear(l.talks)
	}
	l.mark = mark
	l.mu.Unlock()
	if len(messages)+len(bots)+len(talks) == 0 && !all {
		return
	}
	select {
	case l.bell <- struct{}{}:
	default:
	}
}

// enter begins a line. The line is told of everything committed after enter returns. ok is false if the
// server has too many lines.
func (h *hub) enter(ctx context.Context, corpID string, member int64) (l *line, ok bool, err error) {
	l = &line{member: member, corpID: corpID, bell: make(chan struct{}, 1), ended: make(chan struct{}, 1), crowd: make(chan struct{}), messages: map[int64]bool{}, bots: map[bot]bool{}, talks: map[string]bool{}}
	h.looked.Lock()
	defer h.looked.Unlock()
	if !h.watching {
		err := h.s.deps.Store.Read(ctx, func(tx *store.Tx) error {
			h.messages, h.bots = h.s.deps.Messages.NewWatch(), h.s.deps.Bots.NewFollow()
			if err := h.messages.Begin(tx); err != nil {
				return err
			}
			if err := h.bots.Begin(tx); err != nil {
				return err
			}
			h.sources = append(h.s.deps.Sources(), newReadWatch())
			for _, source := range h.sources {
				if err := source.Begin(tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, false, err
		}
		h.watching, h.endings = true, h.s.deps.Store.Now()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.count >= linesMost {
		return nil, false, nil
	}
	h.mark = h.messages.Mark()
	l.mark = h.mark
	of := h.lines[member]
	if of == nil {
		of = map[*line]bool{}
		h.lines[member] = of
	}
	if len(of) >= linesPerMember {
		for other := range of { // any one of them: its page says what happened, and how to continue
			delete(of, other)
			h.count--
			close(other.crowd)
			break
		}
	}
	of[l] = true
	h.count++
	return l, true, nil
}

func (h *hub) leave(l *line) {
	h.mu.Lock()
	defer h.mu.Unlock()
	of := h.lines[l.member]
	if !of[l] {
		return
	}
	delete(of, l)
	h.count--
	if len(of) == 0 {
		delete(h.lines, l.member)
	}
}

// listeners are the listening members by corp.
func (h *hub) listeners() (all []int64, byCorp map[string][]int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	byCorp = map[string][]int64{}
	for member, lines := range h.lines {
		for l := range lines {
			all = append(all, member)
			byCorp[l.corpID] = append(byCorp[l.corpID], member)
			break
		}
	}
	return all, byCorp
}

// tryLook is look that survives a panic. Some lines may then have been told and others
// not, so that all read everything anew.
func (h *hub) tryLook(ctx context.Context) error {
	err := h.s.deps.Rescue.Run("members' pages", func() error { return h.look(ctx) })
	if errors.As(err, new(rescue.Panic)) {
		h.looked.Lock()
		h.failed = true
		h.looked.Unlock()
	}
	return err
}

// look finds out what has come, and tells those whom it came to.
func (h *hub) look(ctx context.Context) error {
	h.looked.Lock()
	defer h.looked.Unlock()
	members, byCorp := h.listeners()
	if len(members) == 0 {
		h.watching = false
		return nil
	}
	messages, bots, talks := map[int64][]int64{}, map[int64][]bot{}, map[int64][]string{}
	var ended []int64
	now := h.s.deps.Store.Now()
	err := h.s.deps.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if ended, err = h.s.deps.Login.EndedSince(tx, h.endings); err != nil {
			return err
		}
		changed, err := h.messages.Look(tx)
		if err != nil {
			return err
		}
		var few []int64
		for _, c := range changed {
			if !c.Pending {
				few = append(few, c.No)
				continue
			}
			for _, m := range byCorp[c.CorpID] {
				messages[m] = append(messages[m], c.No)
			}
		}
		held, err := h.s.deps.Messages.HeldBy(tx, few, members)
		if err != nil {
			return err
		}
		for m, list := range held {
			messages[m] = append(messages[m], list...)
		}
		for _, source := range h.sources {
			if err := source.Look(tx, members, slices.Collect(maps.Keys(byCorp)), func(member int64, key string) { talks[member] = append(talks[member], key) }); err != nil {
				return err
			}
		}
		return h.lookAtBots(tx, members, bots)
	})
	if err != nil {
		h.failed = true // the watches have passed what was read before the error
		return err
	}
	h.endings = now
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mark = h.messages.Mark()
	for _, member := range ended {
		for l := range h.lines[member] {
			select {
			case l.ended <- struct{}{}:
			default:
			}
		}
	}
	for member, lines := range h.lines {
		for l := range lines {
			l.add(messages[member], bots[member], talks[member], h.mark, h.failed)
		}
	}
	h.failed = false
	return nil
}

func (h *hub) lookAtBots(tx *store.Tx, members []int64, bots map[int64][]bot) error {
	touched, err := h.bots.Look(tx)
	if err != nil {
		return err
	}
	var chats []int64
	for _, t := range touched {
		if t.Chat != 0 {
			chats = append(chats, t.Chat)
		}
	}
	in, err := h.s.deps.Bots.InChats(tx, chats, members)
	if err != nil {
		return err
	}
	for _, t := range touched {
		b := bot{t.BotID, t.ChatID}
		if t.Chat == 0 {
			bots[t.Member] = append(bots[t.Member], b)
		}
		for _, m := range in[t.Chat] {
			bots[m] = append(bots[m], b)
		}
	}
	return nil
}
