package callback

import (
	"regexp"
	"strings"
	"sync"
	"time"

	"qiwei/callbackcrypto"
	"qiwei/internal/fault"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// heldFor is how long a delivery is held back at most for a next one to the same receiver, by the server's clock.
const heldFor = time.Minute

// spoils are the deliveries that something is to happen to on purpose, from when they are first taken until they
// have been sent.
type spoils struct {
	mu   sync.Mutex
	list map[int64]*spoil // by the delivery's number
}

// spoil is what is to happen to one delivery.
type spoil struct {
	fault.Fault
	receiver int64
	due      int64 // not before, in milliseconds; 0 at once
}

// of returns what is to happen to a delivery, and asks the faults the first time.
func (l *spoils) of(faults *fault.List, receiver int64, q queued, now time.Time) *spoil {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.list == nil {
		l.list = map[int64]*spoil{}
	}
	p := l.list[q.no]
	if p == nil {
		act, _ := faults.Push(q.name)
		p = &spoil{Fault: act, receiver: receiver}
		if wait := max(act.Late(), map[bool]time.Duration{true: heldFor}[act.Hold]); wait > 0 {
			p.due = now.Add(wait).UnixMilli()
		}
		l.list[q.no] = p
	}
	return p
}

// sent forgets a delivery that was tried, and returns what was to happen to it.
func (l *spoils) sent(no int64) fault.Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.list[no]
	if p == nil {
		return fault.Fault{}
	}
	delete(l.list, no)
	return p.Fault
}

// holds reports whether something is held back for a next delivery to the receiver.
func (l *spoils) holds(receiver int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.list {
		if p.receiver == receiver && p.Hold {
			return true
		}
	}
	return false
}

// arrange does to the waiting deliveries of a receiver what is done before they are sent: it makes them late,
// changes their order, and gives them another's time.
func (s *Service) arrange(tx *store.Tx, receiver int64, queue []queued) ([]queued, error) {
	var held, out []queued
	for _, q := range queue {
		p := s.spoils.of(s.deps.Faults, receiver, q, tx.Now())
		if p.SameTime {
			if err := s.sameTime(tx, receiver, &q, out); err != nil {
				return nil, err
			}
		}
		if p.due > q.due {
			q.due = p.due
		}
		if p.Hold {
			held = append(held, q)
			continue
		}
		if out = append(out, q); len(held) > 0 { // the one that they were held for
			for _, h := range held {
				s.spoils.release(h.no)
				h.due = 0
				out = append(out, h)
			}
			held = nil
		}
	}
	out = append(out, held...)
	for i, q := range out {
		if _, err := tx.Exec(`UPDATE callback_delivery SET due = ? WHERE no = ? AND due <> ?`, q.due, q.no, q.due); err != nil {
			return nil, err
		}
		if i == 0 && q.due > tx.Now().UnixMilli() {
			break // what is behind waits for it
		}
	}
	return out, nil
}

// release lets a held delivery go.
func (l *spoils) release(no int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.list[no]; p != nil {
		p.Hold, p.due = false, 0
	}
}

var (
	fromUser  = regexp.MustCompile(`<FromUserName>.*?</FromUserName>`)
	createdAt = regexp.MustCompile(`<CreateTime>.*?</CreateTime>|"create_time": ?\d+`)
)

// sameTime gives a delivery the FromUserName and the CreateTime of the one before it. Programs that tell events
// apart by these two, as doc 90238 advises, lose the second.
func (s *Service) sameTime(tx *store.Tx, receiver int64, q *queued, ahead []queued) error {
	before := ""
	if len(ahead) > 0 {
		before = ahead[len(ahead)-1].body
	} else if _, err := tx.Get(`SELECT body FROM callback_delivery WHERE receiver = ? AND no < ? ORDER BY no DESC LIMIT 1`, []any{receiver, q.no}, &before); err != nil {
		return err
	}
	body := q.body
	for _, part := range []*regexp.Regexp{fromUser, createdAt} {
		if was := part.FindString(before); was != "" {
			body = part.ReplaceAllLiteralString(body, was)
		}
	}
	if body == q.body {
		return nil
	}
	q.body = body
	_, err := tx.Exec(`UPDATE callback_delivery SET body = ? WHERE no = ?`, body, q.no)
	return err
}

// forged returns the address with what a forgery has wrong before anything is sealed.
func (to Address) forged(part string, draw *sealed) Address {
	switch part {
	case "token":
		to.Token += "x"
	case "key":
		to.AESKey = strings.Repeat("B", 42) + "A"
	case "receiveid":
		to.ReceiveID = "ww" + id.Hex(8)
	case "timestamp":
		draw.timestamp -= int64(24 * time.Hour / time.Second)
	}
	return to
}

// forgeSealed spoils what was sealed.
func forgeSealed(part string, query *callbackcrypto.Query, body []byte) []byte {
	switch part {
	case "signature":
		last := byte('0')
		if strings.HasSuffix(query.Signature, "0") {
			last = '1'
		}
		query.Signature = query.Signature[:len(query.Signature)-1] + string(last)
	case "body": // its ciphertext, in the middle
		i := len(body) / 2
		if body[i]++; body[i] == 'Z'+1 || body[i] == 'z'+1 || body[i] == '9'+1 {
			body[i] = 'A'
		}
	}
	return body
}
