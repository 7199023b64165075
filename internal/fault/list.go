package fault

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"qiwei/internal/id"
)

// maxFaults is how many faults there may be.
const maxFaults = 100

// List are the faults that are set. A nil List has none and takes none.
type List struct {
	mu   sync.Mutex
	list []*Fault
}

// Add makes things fail from now on. It returns an error if the fault makes no sense.
func (l *List) Add(f Fault) (Fault, error) {
	if err := f.Valid(); err != nil {
		return f, err
	}
	f.ID, f.Hits, f.Seen = id.Hex(4), 0, 0
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) >= maxFaults {
		return f, fmt.Errorf("there are %d faults already", maxFaults)
	}
	l.list = append(l.list, &f)
	return f, nil
}

// Remove removes a fault, or all if id is empty. It reports whether there was one.
func (l *List) Remove(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := len(l.list)
	l.list = slices.DeleteFunc(l.list, func(f *Fault) bool { return id == "" || f.ID == id })
	return len(l.list) < before
}

// All returns the faults that are set.
func (l *List) All() []Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := []Fault{}
	for _, f := range l.list {
		out = append(out, *f)
	}
	return out
}

// Call returns what happens to a call.
func (l *List) Call(path string) (Fault, bool) {
	return l.take(func(f *Fault) bool { return fits(f.Path, path) })
}

// Frame returns what happens to a frame of a robot's connection, or to its beginning.
func (l *List) Frame(bot, at string) (Fault, bool) {
	return l.take(func(f *Fault) bool { return (f.Bot == "*" || f.Bot == bot) && fits(f.At, at) })
}

// Push returns what happens to a delivery.
func (l *List) Push(name string) (Fault, bool) {
	return l.take(func(f *Fault) bool { return fits(f.Callback, name) })
}

// fits reports whether a pattern matches. No pattern matches nothing.
func fits(pattern, text string) bool {
	begin, open := strings.CutSuffix(pattern, "*")
	return pattern == text && text != "" || open && strings.HasPrefix(text, begin)
}

// take counts a fault for each that matches, and returns the first whose turn it is.
func (l *List) take(matches func(*Fault) bool) (found Fault, ok bool) {
	if l == nil {
		return Fault{}, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.list {
		if !matches(f) {
			continue
		}
		f.Seen++
		if ok {
			continue
		}
		act, due := f.due()
		if !due || f.Times > 0 && f.Hits >= f.Times || f.Chance > 0 && rand.Float64() >= f.Chance {
			continue
		}
		f.Hits++
		found, ok = act, true
	}
	return found, ok
}

// due returns the step whose turn it is, by how often the fault could have happened.
func (f *Fault) due() (Fault, bool) {
	n := f.Seen - f.Skip
	if n <= 0 || len(f.Script) == 0 {
		return *f, n > 0
	}
	whole := 0
	for _, s := range f.Script {
		whole += max(1, s.Times)
	}
	if f.Loop {
		n = (n-1)%whole + 1
	}
	for _, s := range f.Script {
		if n -= max(1, s.Times); n <= 0 {
			return s, s.Happens()
		}
	}
	return Fault{}, false
}
