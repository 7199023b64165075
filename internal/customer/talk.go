package customer

import (
	"time"

	"qiwei/internal/store"
)

// talk is what a member and a customer wrote on the last day on which one of them did.
type talk struct {
	day   int64     // Unix seconds of its beginning in China
	asked time.Time // when the customer began; zero if the member did
	wrote bool      // the member has
}

// add counts a message and returns what it adds to the member's day.
func (t *talk) add(author Author, at time.Time) (d Day) {
	// A transaction that began before midnight may come after one of the next day. It counts there.
	day := max(dayOf(at).Unix(), t.day)
	fresh := day != t.day
	if fresh {
		*t = talk{day: day}
	}
	d.At = time.Unix(day, 0)
	if author == ByCustomer {
		if fresh {
			t.asked, d.Asked = at, 1
		}
		return d
	}
	d.Messages = 1
	if !t.wrote {
		t.wrote, d.Chats = true, 1
		if !t.asked.IsZero() {
			d.Replied, d.Waited = 1, max(at.Sub(t.asked), 0)
		}
	}
	return d
}

// countTalk adds a message between a member and a customer to the member's day. Welcomes, and what was sent
// to many at once, are no words of either.
func countTalk(tx *store.Tx, corpID string, f Follow, author Author) error {
	if author != ByCustomer && author != ByMember {
		return nil
	}
	key := []any{corpID, f.Member, f.Customer}
	// The row is written before it is read, so that two who write at once count one after the other.
	if _, err := tx.Exec(`INSERT INTO customer_talk (corpid, member, customer, day, asked, wrote) VALUES (?, ?, ?, 0, 0, 0)
		ON CONFLICT (corpid, member, customer) DO UPDATE SET wrote = customer_talk.wrote`, key...); err != nil {
		return err
	}
	var before talk
	var asked, wrote int64
	if _, err := tx.Get(`SELECT day, asked, wrote FROM customer_talk WHERE corpid = ? AND member = ? AND customer = ?`, key, &before.day, &asked, &wrote); err != nil {
		return err
	}
	if before.wrote = wrote != 0; asked != 0 {
		before.asked = time.UnixMilli(asked)
	}
	now := before
	d := now.add(author, tx.Now())
	if now != before {
		if asked = 0; !now.asked.IsZero() {
			asked = now.asked.UnixMilli()
		}
		if _, err := tx.Exec(`UPDATE customer_talk SET day = ?, asked = ?, wrote = ? WHERE corpid = ? AND member = ? AND customer = ?`,
			append([]any{now.day, asked, flag(now.wrote)}, key...)...); err != nil {
			return err
		}
	}
	if d == (Day{At: d.At}) {
		return nil
	}
	return countDay(tx, corpID, f.Member, d)
}
