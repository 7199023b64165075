package customer

import (
	"slices"

	"qiwei/internal/directory"
	"qiwei/internal/find"
	"qiwei/internal/store"
)

// talkKey names the conversation with a customer as the member's page does. It is empty where the customer is not the
// member's any more.
func (s *Service) talkKey(tx *store.Tx, corpID string, customer, member int64) (string, error) {
	_, found, err := selectFollow(tx, corpID, customer, member)
	if err != nil || !found {
		return "", err
	}
	c, _, err := selectContact(tx, corpID, customer)
	return "c/" + string(s.ExternalID(c.Kind, c.No)), err
}

// Unread returns how many messages of each of the member's customers stand behind the number that was read last, at
// most most of each. As in the list of conversations, the newest messages alone count.
func (s *Service) Unread(tx *store.Tx, corpID string, m directory.Member, read map[string]int64, most int64) (map[string]int64, error) {
	numbers := map[int64][]int64{}
	if err := tx.Each(`SELECT no, customer, author FROM customer_message WHERE corpid = ? AND member = ? ORDER BY at DESC, no DESC LIMIT ?`,
		[]any{corpID, m.No, int64(talksRead)}, func(rows *store.Rows) error {
			var no, customer int64
			var author Author
			err := rows.Scan(&no, &customer, &author)
			if author == ByCustomer {
				numbers[customer] = append(numbers[customer], no)
			}
			return err
		}); err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for customer, list := range numbers {
		key, err := s.talkKey(tx, corpID, customer, m.No)
		if err != nil {
			return nil, err
		}
		var n int64
		for _, no := range list {
			if no > read[key] {
				n++
			}
		}
		if key != "" && n > 0 {
			out[key] = min(n, most)
		}
	}
	return out, nil
}

// Find returns those of the member's newest messages with customers that have the words, the newest first.
func (s *Service) Find(tx *store.Tx, corpID string, m directory.Member, words find.Words, most int) (out []find.Hit, err error) {
	like, args := words.Where("coalesce(c.content, m.content)")
	args = append(append([]any{corpID, m.No, int64(talksRead), corpID}, args...), int64(5*most))
	type row struct{ no, customer int64 }
	var rowsFound []row
	if err := tx.Each(`SELECT m.no, m.customer FROM
		(SELECT no, customer, content, shared, at FROM customer_message WHERE corpid = ? AND member = ? ORDER BY at DESC, no DESC LIMIT ?) m
		LEFT JOIN customer_content c ON c.no = m.shared AND c.corpid = ? WHERE 1 = 1`+like+` ORDER BY m.no DESC LIMIT ?`, args, func(rows *store.Rows) error {
		var r row
		err := rows.Scan(&r.no, &r.customer)
		rowsFound = append(rowsFound, r)
		return err
	}); err != nil {
		return nil, err
	}
	keys := map[int64]string{}
	for _, r := range rowsFound {
		if _, known := keys[r.customer]; !known {
			if keys[r.customer], err = s.talkKey(tx, corpID, r.customer, m.No); err != nil {
				return nil, err
			}
		}
		if keys[r.customer] == "" || len(out) == most {
			continue
		}
		list, err := selectSaid(tx, corpID, `no = ?`, []any{r.no}, 1)
		if err != nil {
			return nil, err
		}
		for _, l := range list {
			if text := l.readable(); words.In(text) {
				out = append(out, find.Hit{Key: keys[r.customer], No: l.no, Text: words.Cut(text), At: l.At})
			}
		}
	}
	slices.SortFunc(out, func(a, b find.Hit) int { return b.At.Compare(a.At) })
	return out, nil
}

// readable is what people read of a message.
func (m Message) readable() string { return ReadableWords(m.Words, m.kept) }

// ReadableWords is what people read of words and their files.
func ReadableWords(w Words, kept []Kept) string {
	text := find.TextOf(w)
	for _, k := range kept {
		text += " " + k.Name
	}
	return text
}
