package platform

import (
	"context"
	"sync"
	"time"

	"qiwei/internal/store"
)

// probe finds out whether the database can be written: on a full disk it still reads and answers pings, but
// every change fails.
type probe struct {
	mu sync.Mutex
	at time.Time // of the last success, by the machine's clock
}

// probeEvery is how long a success is trusted. Several balancers may ask every second, and so may anybody
// else.
const probeEvery = 5 * time.Second

// probeSize is more than a page of either database, so that the file has to have room
// for it.
const probeSize = 16 << 10

// check writes something and takes it away again, and returns the error of that.
func (p *probe) check(ctx context.Context, st *store.Store) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.at) < probeEvery {
		return nil
	}
	err := st.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(`INSERT INTO installation (name, value) VALUES ('probe', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, make([]byte, probeSize)); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM installation WHERE name = 'probe'`)
		return err
	})
	if err == nil {
		p.at = time.Now()
	}
	return err
}
