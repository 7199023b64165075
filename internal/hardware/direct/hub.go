package direct

import (
	"sync"
	"time"

	"github.com/coder/websocket"

	"qiwei/internal/door"
	"qiwei/internal/hardware"
)

// hub holds the connections of this server, by device.
type hub struct {
	mu        sync.Mutex
	conns     map[int64]*conn
	all       map[*conn]struct{} // also those that have not registered
	strangers door.Strangers[*conn]
	stopped   bool
	running   sync.WaitGroup
}

// enter adds a connection; false when the server stops. If there are too many strangers, one of them is closed.
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

func (h *hub) leave(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.all, c)
	h.strangers.Remove(c.from, c)
	if c.device != 0 && h.conns[c.device] == c {
		delete(h.conns, c.device)
	}
	h.running.Done()
}

// adopt makes a connection its device's, and ends the one before.
func (h *hub) adopt(c *conn, device int64) {
	h.mu.Lock()
	old := h.conns[device]
	h.conns[device] = c
	h.strangers.Remove(c.from, c)
	c.device = device
	h.mu.Unlock()
	if old != nil && old != c {
		old.close(websocket.StatusNormalClosure, "replaced by a new connection")
	}
}

func (h *hub) find(device int64) *conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.conns[device]
}

// quiet ends the connections that have said nothing for too long.
func (h *hub) quiet(now time.Time) {
	var gone []*conn
	h.mu.Lock()
	for c := range h.all {
		limit := hardware.Silence
		if c.device == 0 {
			limit = introduction
		}
		if now.Sub(time.UnixMilli(c.heard.Load())) > limit {
			gone = append(gone, c)
		}
	}
	h.mu.Unlock()
	for _, c := range gone {
		c.close(websocket.StatusPolicyViolation, "no heartbeat")
	}
}

func (h *hub) stop() {
	h.mu.Lock()
	h.stopped = true
	for c := range h.all {
		c.end()
	}
	h.mu.Unlock()
	h.running.Wait()
}
