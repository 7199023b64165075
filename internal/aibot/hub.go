package aibot

import (
	"sync"

	"qiwei/internal/door"
)

// hub holds the long connections of this server, by robot.
type hub struct {
	mu    sync.Mutex
	conns map[int64]*conn
	all   map[*conn]struct{} // also those that have not subscribed yet
	// strangers are those that have not subscribed.
	strangers door.Strangers[*conn]
	stopped   bool
	running   sync.WaitGroup
}

func (h *hub) init() {
	h.conns, h.all, h.strangers.Most = map[int64]*conn{}, map[*conn]struct{}{}, maxStrangers
}

// maxStrangers is how many connections may be open that have not subscribed. Anybody
// can open one, and each takes memory.
const maxStrangers = 128

// enter adds a connection; false when the server stops. If there are too many strangers, one of them is closed. A
// robot's program subscribes at once.
func (h *hub) enter(c *conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		return false
	}
	if out, full := h.strangers.Add(c.from, c); full {
		out.end()
	}
	h.all[c] = struct{}{}
	h.running.Add(1)
	return true
}

// leave removes it.
func (h *hub) leave(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.all, c)
	h.strangers.Remove(c.from, c)
	for bot, of := range h.conns {
		if of == c {
			delete(h.conns, bot)
		}
	}
	h.running.Done()
}

// subscribe makes the connection the robot's, and wakes the one before.
func (h *hub) subscribe(bot int64, c *conn) {
	h.mu.Lock()
	old := h.conns[bot]
	h.conns[bot] = c
	h.strangers.Remove(c.from, c)
	h.mu.Unlock()
	if old != nil && old != c {
		old.wakeUp()
	}
	c.wakeUp()
}

// wake makes the robot's connection look for what waits for it.
func (h *hub) wake(bot int64) {
	h.mu.Lock()
	c := h.conns[bot]
	h.mu.Unlock()
	if c != nil {
		c.wakeUp()
	}
}

// stop ends all connections.
func (h *hub) stop() {
	h.mu.Lock()
	h.stopped = true
	for c := range h.all {
		c.end()
	}
	h.mu.Unlock()
	h.running.Wait()
}
