package wire

import (
	"hash/maphash"
	"sync"
	"time"
)

// The base limits of the platform (doc 90312).
const (
	corpPerMinute = 10_000
	corpPerHour   = 150_000
	ipPerMinute   = 20_000
	ipPerHour     = 600_000
)

// Limiter counts calls in fixed windows and blocks whoever exceeds them for the
// length of the window, as the platform does. Counts are of this process: behind
// several servers each allows the whole number.
type Limiter struct {
	seed   maphash.Seed
	shards [64]limitShard
}

type limitShard struct {
	mu    sync.Mutex
	count map[limitKey]*window
	swept time.Time
}

// limitKey is whom and what is counted, and over which period.
type limitKey struct {
	who, what string
	every     time.Duration
}

type window struct {
	start   time.Time
	calls   int
	blocked time.Time // refused until then
}

// NewLimiter returns a limiter that has counted nothing.
func NewLimiter() *Limiter {
	l := &Limiter{seed: maphash.MakeSeed()}
	for i := range l.shards {
		l.shards[i].count = map[limitKey]*window{}
	}
	return l
}

// Take counts a call and reports whether it is within max per period.
func (l *Limiter) Take(now time.Time, who, what string, max int, every time.Duration) bool {
	if max <= 0 {
		return true
	}
	key := limitKey{who, what, every}
	shard := &l.shards[maphash.String(l.seed, who+what)%uint64(len(l.shards))]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if now.Sub(shard.swept) > time.Hour {
		for k, w := range shard.count {
			if now.Sub(w.start) > k.every && now.After(w.blocked) {
				delete(shard.count, k)
			}
		}
		shard.swept = now
	}
	w := shard.count[key]
	if w == nil {
		w = &window{start: now}
		shard.count[key] = w
	}
	if now.Before(w.blocked) {
		return false
	}
	if now.Sub(w.start) >= every || now.Before(w.start) {
		w.start, w.calls = now, 0
	}
	if w.calls++; w.calls > max {
		w.blocked = now.Add(every)
		return false
	}
	return true
}

// free takes back one call, for those that turn out not to count.
func (l *Limiter) free(who, what string, every time.Duration) {
	key := limitKey{who, what, every}
	shard := &l.shards[maphash.String(l.seed, who+what)%uint64(len(l.shards))]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if w := shard.count[key]; w != nil && w.calls > 0 {
		w.calls--
	}
}

// Blocked reports whether calls are refused at the moment, without counting one.
func (l *Limiter) Blocked(now time.Time, who, what string, every time.Duration) bool {
	shard := &l.shards[maphash.String(l.seed, who+what)%uint64(len(l.shards))]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	w := shard.count[limitKey{who, what, every}]
	return w != nil && now.Before(w.blocked)
}
