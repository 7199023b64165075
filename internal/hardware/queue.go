package hardware

import (
	"encoding/json"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// pushLife is how long a push waits for the device's connection. A device that comes back later compares
// versions and reads everything anew (doc 93995).
const pushLife = time.Minute

// pushFrame is what a device is told by its long connection (doc 91389).
type pushFrame struct {
	Cmd     string       `json:"cmd"`
	Headers frameHeaders `json:"headers"`
	Body    any          `json:"body,omitempty"`
}

type frameHeaders struct {
	ReqID string `json:"req_id"`
}

// toDevice queues a push for a device that is connected. Its other ways to know, versions and what it asks
// after it has come back, are for those that are not.
func (s *Service) toDevice(tx *store.Tx, d Device, cmd string, body any) error {
	if d.Model.Access != Direct || !d.Online(tx.Now()) {
		return nil
	}
	text, err := json.Marshal(pushFrame{cmd, frameHeaders{id.Hex(16)}, body})
	if err != nil {
		return err
	}
	return s.queueText(tx, d, string(text))
}

func (s *Service) queueText(tx *store.Tx, d Device, text string) error {
	if _, err := tx.Exec(`INSERT INTO hardware_push (device, at, frame) VALUES (?, ?, ?)`, d.No, tx.Now().UnixMilli(), text); err != nil {
		return err
	}
	tx.AfterCommit(func() {
		for _, fn := range s.queued {
			fn(d.No)
		}
	})
	return nil
}

// Echo queues a text for the device as it is, by which a maker tries it out (doc 91380).
func (s *Service) Echo(tx *store.Tx, d Device, text string) error { return s.queueText(tx, d, text) }

// Push is a frame that waits for a device's connection.
type Push struct {
	No   int64
	Text string
}

// Waiting returns what waits for a device, oldest first. What has waited too long is left out.
func (s *Service) Waiting(tx *store.Tx, device int64, limit int) (list []Push, err error) {
	err = tx.Each(`SELECT no, frame FROM hardware_push WHERE device = ? AND at > ? ORDER BY no LIMIT ?`, []any{device, tx.Now().Add(-pushLife).UnixMilli(), int64(limit)}, func(rows *store.Rows) error {
		var p Push
		err := rows.Scan(&p.No, &p.Text)
		list = append(list, p)
		return err
	})
	return list, err
}

// Pushed forgets what has been sent to a device, up to a number.
func (s *Service) Pushed(tx *store.Tx, device, upTo int64) error {
	_, err := tx.Exec(`DELETE FROM hardware_push WHERE device = ? AND no <= ?`, device, upTo)
	return err
}

// QueuedFor returns the devices for which something waits that was queued after a number, and the last number.
func (s *Service) QueuedFor(tx *store.Tx, after int64) (devices []int64, last int64, err error) {
	last = after
	seen := map[int64]bool{}
	err = tx.Each(`SELECT no, device FROM hardware_push WHERE no > ? ORDER BY no LIMIT 5000`, []any{after}, func(rows *store.Rows) error {
		var no, device int64
		err := rows.Scan(&no, &device)
		if last = max(last, no); !seen[device] {
			seen[device] = true
			devices = append(devices, device)
		}
		return err
	})
	return devices, last, err
}
