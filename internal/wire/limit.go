package wire

import (
	"hash/maphash"
	"strconv"
	"sync"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// The base limits of the platform, each per API (doc 90312). A third party's server may call twice as often
// from one address.
const (
	corpPerMinute = 10_000
	corpPerHour   = 150_000
	ipPerMinute   = 20_000
	ipPerHour     = 600_000
)

// debugPerMinute is how often an API may be called with debug=1 (doc 90487). It applies even if limits are
// off: it is part of what debug=1 means, and a developer who forgets to remove it should learn that here.
const debugPerMinute = 5

// Day, as a limit's period, is the natural day in China.
const Day = 24 * time.Hour

var china = time.FixedZone("UTC+8", 8*60*60)

// frequency counts the call against all limits that apply to it.
func (s *Server) frequency(x *exchange) error {
	if !s.Limits && !x.debug {
		return nil
	}
	api, corp, ip := x.ep.Path, x.by.CorpID, ""
	if x.from.IsValid() {
		ip = x.from.Unmap().String()
	}
	who := corp
	if who == "" {
		who = ip
	}
	if x.debug && !s.limits.Take(x.now(), "debug "+who, api, debugPerMinute, time.Minute) {
		return ErrFrequency.With("debug=1 may be used %d times a minute with one API", debugPerMinute)
	}
	if !s.Limits {
		return nil
	}
	ok := true
	if ip != "" {
		who, times := baseIP(x)
		ok = s.limits.Take(x.now(), who, api, ipPerMinute*times, time.Minute) && s.limits.Take(x.now(), who, api, ipPerHour*times, time.Hour)
	}
	if ok && corp != "" {
		ok = s.limits.Take(x.now(), corp, api, corpPerMinute, time.Minute) && s.limits.Take(x.now(), corp, api, corpPerHour, time.Hour)
	}
	if l := x.ep.Limit; ok && l.Every > 0 && corp != "" {
		ok = s.limits.Take(x.now(), "own "+corp, api, l.PerCorp, l.Every) && s.limits.Take(x.now(), ownApp(x), api, l.PerApp, l.Every)
	}
	if !ok {
		return ErrFrequency
	}
	return nil
}

func ownApp(x *exchange) string { return "own " + x.by.CorpID + " " + strconv.FormatInt(x.by.App, 10) }

// baseIP returns the name under which the caller's address is counted, and the factor for its base limit.
func baseIP(x *exchange) (who string, times int) {
	ip := x.from.Unmap().String()
	switch x.by.Kind {
	case access.ThirdParty, access.ThirdPartyContacts, access.ContactsEdit, access.Custom, access.Suite, access.Provider, access.Model, access.Device:
		return "provider " + ip, 2
	}
	return ip, 1
}

// uncount takes back a call that turned out not to count against the base limits.
func (s *Server) uncount(x *exchange) {
	ip, _ := baseIP(x)
	for _, who := range []string{ip, x.by.CorpID} {
		s.limits.free(who, x.ep.Path, time.Minute)
		s.limits.free(who, x.ep.Path, time.Hour)
	}
}

// Limiter counts calls in fixed windows and blocks callers that exceed a limit, for a period that begins
// then: a minute's limit blocks for 60 seconds, an hour's for 60 minutes, a day's until the end of the
// calendar day (doc 90312). Each process counts alone: with several servers each allows the whole number.
type Limiter struct {
	seed   maphash.Seed
	shards [64]limitShard
}

type limitShard struct {
	mu    sync.Mutex
	count map[limitKey]*window
	swept time.Time
}

// limitKey says who and what is counted, and over which period.
type limitKey struct {
	who, what string
	every     time.Duration
}

type window struct {
	start   time.Time
	end     time.Time
	calls   int
	blocked time.Time // refused until then
}

// over reports whether the window no longer matters. A clock that was set back leaves windows that have not
// begun yet.
func (w *window) over(now time.Time) bool {
	return now.Before(w.start) || (!now.Before(w.end) && !now.Before(w.blocked))
}

// windowAt returns the window that begins with a call now.
func windowAt(now time.Time, every time.Duration) window {
	if every != Day {
		return window{start: now, end: now.Add(every)}
	}
	y, m, d := now.In(china).Date()
	return window{start: time.Date(y, m, d, 0, 0, 0, 0, china), end: time.Date(y, m, d+1, 0, 0, 0, 0, china)}
}

// NewLimiter returns a limiter that has counted nothing.
func NewLimiter() *Limiter {
	l := &Limiter{seed: maphash.MakeSeed()}
	for i := range l.shards {
		l.shards[i].count = map[limitKey]*window{}
	}
	return l
}

// shardFull is how many counts make a shard clean up more often than every hour.
const shardFull = 1000

func (l *Limiter) shard(key limitKey) *limitShard {
	return &l.shards[maphash.Comparable(l.seed, key)%uint64(len(l.shards))]
}

func (s *limitShard) sweep(now time.Time) {
	switch since := now.Sub(s.swept); {
	case since < 0, since >= time.Hour:
	case since >= time.Minute && len(s.count) >= shardFull:
	default:
		return
	}
	for k, w := range s.count {
		if w.over(now) {
			delete(s.count, k)
		}
	}
	s.swept = now
}

// Take counts a call and reports whether it is within max per period.
func (l *Limiter) Take(now time.Time, who, what string, max int, every time.Duration) bool {
	return l.TakeN(now, who, what, 1, max, every)
}

// TakeN counts n at once, such as the receivers of a message.
func (l *Limiter) TakeN(now time.Time, who, what string, n, most int, every time.Duration) bool {
	within, _ := l.take(now, limitKey{who, what, every}, n, most)
	return within
}

// take is TakeN; counted is false if there is no limit, and for a call that is refused because of those before it.
func (l *Limiter) take(now time.Time, key limitKey, n, most int) (within, counted bool) {
	if most <= 0 {
		return true, false
	}
	shard := l.shard(key)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	shard.sweep(now)
	w := shard.count[key]
	if w == nil || w.over(now) {
		fresh := windowAt(now, key.every)
		w = &fresh
		shard.count[key] = w
	}
	if now.Before(w.blocked) {
		return false, false
	}
	if w.calls += n; w.calls <= most {
		return true, true
	}
	w.blocked = now.Add(key.every)
	if key.every == Day {
		w.blocked = w.end
	}
	return false, true
}

// TakeIn is TakeN in a transaction: if the transaction is run again, the run before has counted nothing. One that ends
// in a refusal stays counted.
func (l *Limiter) TakeIn(tx *store.Tx, who, what string, n, most int, every time.Duration) bool {
	within, counted := l.take(tx.Now(), limitKey{who, what, every}, n, most)
	if counted {
		tx.OnRerun(func() { l.giveBack(tx.Now(), limitKey{who, what, every}, n, most) })
	}
	return within
}

// giveBack takes back n that were counted at a time, and the block that they began.
func (l *Limiter) giveBack(at time.Time, key limitKey, n, most int) {
	shard := l.shard(key)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	w := shard.count[key]
	if w == nil || at.Before(w.start) { // the count has begun anew
		return
	}
	if w.calls = max(0, w.calls-n); w.calls <= most {
		w.blocked = time.Time{}
	}
}

// free takes back one call that turned out not to count.
func (l *Limiter) free(who, what string, every time.Duration) {
	key := limitKey{who, what, every}
	shard := l.shard(key)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if w := shard.count[key]; w != nil && w.calls > 0 {
		w.calls--
	}
}

// Blocked reports whether calls are refused at the moment, without counting one.
func (l *Limiter) Blocked(now time.Time, who, what string, every time.Duration) bool {
	key := limitKey{who, what, every}
	shard := l.shard(key)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	w := shard.count[key]
	return w != nil && !w.over(now) && now.Before(w.blocked)
}
