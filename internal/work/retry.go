package work

import "time"

// Retry says when failed work is tried again.
type Retry struct {
	// After is the pause of a key after its first, second … failure in a row. The last one counts for all
	// later failures. Ten seconds if it is empty.
	After []time.Duration
	// Tries is how often work is begun at most; no limit if it is 0.
	Tries int64
}

// Doubling returns intervals that double from the first one on, up to the longest.
func Doubling(first, longest time.Duration) (after []time.Duration) {
	for d := first; d < longest; d *= 2 {
		after = append(after, d)
	}
	return append(after, longest)
}

// Wait returns the pause of a key after that many failures, at least one.
func (r Retry) Wait(failures int64) time.Duration {
	if len(r.After) == 0 {
		return 10 * time.Second
	}
	return r.After[min(max(failures, 1), int64(len(r.After)))-1]
}

// Due returns when something postponed until a time must be done. A time beyond the longest interval was
// written by a clock that has been set back since: it is due now.
func (r Retry) Due(now, at time.Time) time.Time {
	if at.After(now.Add(2 * r.longest())) {
		return now
	}
	return at
}

func (r Retry) longest() time.Duration {
	longest := r.Wait(1)
	for _, d := range r.After {
		longest = max(longest, d)
	}
	return longest
}
