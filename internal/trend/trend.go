// Package trend counts by the minute what happens on a server, for the charts of the console: calls, errors by
// their code, how long calls took, deliveries to callback URLs, and sign-ins. It counts in memory and adds to the
// database about once a minute, so that a call costs a few additions and a crash loses no more than a minute.
//
// What it keeps is bounded: a row for a minute of an enterprise in which something happened, beside it a few rows
// for its errors, and both for 14 days.
package trend

import (
	"context"
	"embed"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"qiwei/internal/clock"
	"qiwei/internal/store"
)

// Migrations is the room's part of the schema.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Keep is how long a minute is kept.
const Keep = 14 * 24 * time.Hour

const (
	// codesMost is how many codes of a minute are told apart. Programs meet few, so what is beyond is a
	// program that tries them all.
	codesMost = 12
	// minutesMost is how many minutes wait in memory while the database cannot be written to.
	minutesMost = 60
	pruneEvery  = int64(60) // minutes
	guessedMost = 200
)

// Deps is what the room needs.
type Deps struct {
	Store *store.Store
	Clock *clock.Clock
	// Open says that the admins of every enterprise may see what strangers did. Otherwise they see it where
	// there is no other enterprise.
	Open bool
	// For says whose rows this server deletes; everybody's if it is nil.
	For func(corpID string) bool
}

// Service counts.
type Service struct {
	deps Deps
	now  atomic.Pointer[minute] // which is counted

	mu     sync.Mutex
	full   []*minute // earlier ones that may have something left to write, oldest first
	pruned int64     // the minute in which old rows were deleted
}

// minute is what was counted in a minute and is not written yet.
type minute struct {
	at    int64
	corps sync.Map // corpid, empty for strangers -> *counts
	// guessed is how many enterprises were named by sign-ins that were refused. Anybody can invent a name.
	guessed atomic.Int64
	// written says that it was written after its end. The next flush forgets it: a call that found it before its
	// end may have been added a moment after that.
	written bool
}

// counts are the numbers of an enterprise in a minute.
type counts struct {
	numbers [columns]atomic.Int64

	mu    sync.Mutex
	codes map[int]int64
}

// Numbers are the sums of one or more minutes, in the order of columnNames.
type Numbers [columns]int64

// New returns the room.
func New(d Deps) *Service { return &Service{deps: d} }

// Call counts a call of the API. corpID is empty where the caller is not known.
func (s *Service) Call(corpID string, code int, took time.Duration) {
	c := s.counts(corpID)
	c.numbers[calls].Add(1)
	c.numbers[bucket(took)].Add(1)
	if code == 0 {
		return
	}
	c.numbers[refused].Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.codes == nil {
		c.codes = map[int]int64{}
	}
	if _, there := c.codes[code]; !there && len(c.codes) >= codesMost {
		code = 0
	}
	c.codes[code]++
}

// Outcome is what came of a delivery.
type Outcome int

// The outcomes of a delivery.
const (
	Delivered = Outcome(delivered)
	Retried   = Outcome(retried)
	Failed    = Outcome(failed)
)

// Delivery counts a request to a callback URL.
func (s *Service) Delivery(corpID string, o Outcome) { s.counts(corpID).numbers[o].Add(1) }

// SignIn counts an attempt to begin a session. For a name that no enterprise has corpID is empty.
func (s *Service) SignIn(corpID string, in bool) {
	if in {
		s.counts(corpID).numbers[entered].Add(1)
		return
	}
	m := s.minute()
	if _, there := m.corps.Load(corpID); !there && m.guessed.Add(1) > guessedMost {
		corpID = ""
	}
	m.counts(corpID).numbers[turned].Add(1)
}

// counts returns where the enterprise is counted now.
func (s *Service) counts(corpID string) *counts { return s.minute().counts(corpID) }

// minute returns the minute that is counted now.
func (s *Service) minute() *minute {
	at := s.deps.Clock.Now().Unix() / 60
	if m := s.now.Load(); m != nil && m.at == at {
		return m
	}
	return s.turn(at)
}

func (m *minute) counts(corpID string) *counts {
	c, there := m.corps.Load(corpID)
	if !there {
		c, _ = m.corps.LoadOrStore(corpID, &counts{})
	}
	return c.(*counts)
}

// turn begins a minute.
func (s *Service) turn(at int64) *minute {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.now.Load()
	if m != nil && m.at == at {
		return m
	}
	if m != nil {
		s.full = append(s.full, m)
		s.full = s.full[max(0, len(s.full)-minutesMost):]
	}
	m = &minute{at: at}
	s.now.Store(m)
	return m
}

// line is what is written of an enterprise's minute.
type line struct {
	corpID string
	at     int64
	of     *counts
	Numbers
	codes map[int]int64
}

// take empties the counts and returns what was in them.
func (c *counts) take() (n Numbers, codes map[int]int64) {
	for i := range c.numbers {
		n[i] = c.numbers[i].Swap(0)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	codes, c.codes = c.codes, nil
	return n, codes
}

// look returns what is in the counts.
func (c *counts) look() (n Numbers, codes map[int]int64) {
	for i := range c.numbers {
		n[i] = c.numbers[i].Load()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return n, maps.Clone(c.codes)
}

// putBack returns what could not be written.
func (c *counts) putBack(l line) {
	for i, n := range l.Numbers {
		c.numbers[i].Add(n)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.codes == nil {
		c.codes = map[int]int64{}
	}
	for code, n := range l.codes {
		c.codes[code] += n
	}
}

// Sweep writes what was counted, and now and then deletes what is too old.
func (s *Service) Sweep(ctx context.Context) error {
	if err := s.flush(ctx); err != nil {
		return err
	}
	at := s.deps.Clock.Now().Unix() / 60
	s.mu.Lock()
	due := at >= s.pruned+pruneEvery || at < s.pruned
	s.mu.Unlock()
	if !due {
		return nil
	}
	if err := s.prune(ctx, at-int64(Keep/time.Minute)); err != nil {
		return err
	}
	s.mu.Lock()
	s.pruned = at
	s.mu.Unlock()
	return nil
}

// Stop writes what was counted.
func (s *Service) Stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	s.flush(ctx) // a database that is gone loses a minute of it
}

// flush adds to the database what is in memory.
func (s *Service) flush(ctx context.Context) error {
	// A minute in which nothing more is counted ends here.
	now := s.minute()
	s.mu.Lock()
	over := slices.Clone(s.full)
	s.mu.Unlock()
	list := append(slices.Clone(over), now)
	var lines []line
	for _, m := range list {
		m.corps.Range(func(corpID, of any) bool {
			l := line{corpID: corpID.(string), at: m.at, of: of.(*counts)}
			if l.Numbers, l.codes = l.of.take(); l.Numbers != (Numbers{}) {
				lines = append(lines, l)
			}
			return true
		})
	}
	if err := s.write(ctx, lines); err != nil {
		for _, l := range lines {
			l.of.putBack(l)
		}
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full = slices.DeleteFunc(s.full, func(m *minute) bool { return m.written })
	for _, m := range over {
		m.written = true
	}
	return nil
}
