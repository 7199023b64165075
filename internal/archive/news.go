package archive

import "sync"

// news wakes those who wait for new records on this server.
type news struct {
	mu    sync.Mutex
	wake  chan struct{}
	ended chan struct{}
}

func (n *news) channels() (wake, ended chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.wake == nil {
		n.wake = make(chan struct{})
	}
	if n.ended == nil {
		n.ended = make(chan struct{})
	}
	return n.wake, n.ended
}

// tell wakes those who wait.
func (n *news) tell() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.wake != nil {
		close(n.wake)
		n.wake = nil
	}
}

// stop ends their waiting for good.
func (n *news) stop() {
	_, ended := n.channels()
	n.mu.Lock()
	defer n.mu.Unlock()
	select {
	case <-ended:
	default:
		close(ended)
	}
}
