package aibot

import "sync"

// hub is the long connections of this server, by robot.
type hub struct {
	mu      sync.Mutex
	conns   map[int64]*conn
	all     map[*conn]struct{} // those that have not subscribed yet, too
	stopped bool
	running sync.WaitGroup
}

func (h *hub) init() {
	h.conns, h.all = map[int64]*conn{}, map[*conn]struct{}{}
}

// enter counts a connection in; false when the server stops.
func (h *hub) enter(c *conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		return false
	}
	h.all[c] = struct{}{}
	h.running.Add(1)
	return true
}

// leave counts it out.
func (h *hub) leave(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.all, c)
	for bot, of := range h.conns {
		if of == c {
			delete(h.conns, bot)
		}
	}
	h.running.Done()
}

// subscribe makes the connection the robot's, and wakes the one that was.
func (h *hub) subscribe(bot int64, c *conn) {
	h.mu.Lock()
	old := h.conns[bot]
	h.conns[bot] = c
	h.mu.Unlock()
	if old != nil && old != c {
		old.wakeUp()
	}
	c.wakeUp()
}

// wake has the robot's connection look for what waits for it.
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
