package callback

import (
	"strings"
	"sync"
	"time"

	"qiwei/internal/event"
)

// spacing gives different seconds to two pushes that receivers would take for one.
//
// Receivers that drop repetitions know an event by its sender, its second and its object. A widely used Java
// SDK uses what kinds declare as their identity. Two changes of one tag within a second would reach the
// program behind it as one, and the second change would be lost. So the later push gets a later CreateTime.
//
// It is kept in memory. After a restart, or on another server, two such events may share a second, as on the
// real platform.
type spacing struct {
	mu   sync.Mutex
	last map[string]int64 // key -> latest CreateTime
	at   int64            // when the map was last emptied
}

// next returns the CreateTime of a push. identity names the elements that distinguish it from others of its
// kind.
func (s *spacing) next(receiver string, identity []string, p event.Push, now time.Time) time.Time {
	var key strings.Builder
	key.WriteString(receiver + "\x00" + string(p.From) + "\x00" + p.Event)
	for _, name := range identity {
		key.WriteString("\x00" + p.Fields.Get(name) + p.Sender.Get(name))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	at := now.Unix()
	// Entries older than the present second hold no event back. Dropping them now and then keeps the map
	// small.
	if at != s.at && (s.last == nil || len(s.last) > 1000) {
		kept := map[string]int64{}
		for k, t := range s.last {
			if t >= at {
				kept[k] = t
			}
		}
		s.last, s.at = kept, at
	}
	if s.last == nil {
		s.last = map[string]int64{}
	}
	if last, ok := s.last[key.String()]; ok && last >= at && last < at+60 {
		at = last + 1
	}
	s.last[key.String()] = at
	return time.Unix(at, 0)
}
