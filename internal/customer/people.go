package customer

import (
	"slices"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Person is a WeChat user as one corp knows them.
type Person struct {
	External id.ExternalID
	Contact
	Friends []Friend // the newest conversation first
}

// Friend is a member whom the person has, or had, as a contact.
type Friend struct {
	UserID   id.UserID
	Standing Standing
	Blocked  bool // by the person
	Since    time.Time
	Last     *Message // nil if nothing was said
}

// at is when something last happened between the two.
func (f Friend) at() time.Time {
	if f.Last != nil {
		return f.Last.At
	}
	return f.Since
}

// People returns the corp's WeChat users, the newest first, at most limit: those whose name has these words in
// it, or all where there are none.
func (s *Service) People(tx *store.Tx, corpID, words string, limit int64) ([]Person, error) {
	contacts, err := selectContactsWhere(tx, `corpid = ? AND kind = ? AND name`+store.Like+` ORDER BY no DESC LIMIT ?`, corpID, int64(WeChat), store.Pattern("", words, ""), limit)
	if err != nil {
		return nil, err
	}
	numbers := make([]int64, len(contacts))
	for i, c := range contacts {
		numbers[i] = c.No
	}
	friends, err := s.friendsOf(tx, corpID, numbers)
	out := make([]Person, len(contacts))
	for i, c := range contacts {
		out[i] = Person{s.ExternalID(c.Kind, c.No), c, friends[c.No]}
	}
	return out, err
}

// friendsOf returns, by the customers' numbers, whom they have as contacts.
func (s *Service) friendsOf(tx *store.Tx, corpID string, customers []int64) (map[int64][]Friend, error) {
	if len(customers) == 0 {
		return nil, nil
	}
	within := ` corpid = ? AND customer IN (` + store.Marks(len(customers)) + `)`
	args := store.Args([]any{corpID}, customers)
	follows, err := selectFollowsWhere(tx, within, args...)
	if err != nil {
		return nil, err
	}
	type pair struct{ customer, member int64 }
	last := map[pair]*Message{}
	err = tx.Each(`SELECT m.customer, m.member, m.author, coalesce(c.content, m.content), m.at FROM customer_message m
		LEFT JOIN customer_content c ON c.no = m.shared AND c.corpid = m.corpid
		WHERE m.no IN (SELECT max(no) FROM customer_message WHERE`+within+` GROUP BY customer, member)`,
		args, func(rows *store.Rows) error {
			var m Message
			var customer, at int64
			var text string
			if err := rows.Scan(&customer, &m.Member, &m.Author, &text, &at); err != nil {
				return err
			}
			m.At = time.UnixMilli(at).UTC()
			last[pair{customer, m.Member}] = &m
			var err error
			m.Words, _, err = ReadWords(text)
			return err
		})
	if err != nil {
		return nil, err
	}
	members := make([]int64, len(follows))
	for i, f := range follows {
		members[i] = f.Member
	}
	users, err := s.deps.Directory.NumberedMembers(tx, corpID, members)
	out := map[int64][]Friend{}
	for _, f := range follows {
		if user, there := users[f.Member]; there { // one who has left is nobody's contact
			out[f.Customer] = append(out[f.Customer], Friend{user, f.Standing, f.Blocked, f.CreatedAt, last[pair{f.Customer, f.Member}]})
		}
	}
	for _, list := range out {
		slices.SortStableFunc(list, func(a, b Friend) int { return b.at().Compare(a.at()) })
	}
	return out, err
}

// Codes returns the contact ways of the corp that have a QR code, the newest first, at most limit, and where the
// code of each leads.
func (s *Service) Codes(tx *store.Tx, corpID string, limit int64) (ways []Way, links []string, err error) {
	ways, err = selectWaysWhere(tx, `corpid = ? AND scene = ? ORDER BY no DESC LIMIT ?`, corpID, int64(asQRCode), limit)
	ways = slices.DeleteFunc(ways, func(w Way) bool { return w.over(tx.Now()) })
	for _, w := range ways {
		links = append(links, s.qrCode(w))
	}
	return ways, links, err
}
