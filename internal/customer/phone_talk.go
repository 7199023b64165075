package customer

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/sensitive"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

type (
	talkLine struct {
		External id.ExternalID `json:"external_userid"`
		Name     string        `json:"name"`
		Avatar   string        `json:"avatar,omitempty"`
		Last     *saidLine     `json:"last,omitempty"`
	}
	// saidLine is a message with a customer on the member's page.
	saidLine struct {
		No   int64  `json:"no"`
		From Author `json:"from"`
		Words
		Files []ShownFile `json:"files,omitempty"`
		At    int64       `json:"time"` // Unix seconds
	}
)

const (
	// talksRead is how many of a member's newest messages the list of conversations is made from, and talksMost
	// how many it has.
	talksRead = 2000
	talksMost = 100
	// saidMost is how many messages an answer has.
	saidMost = 100
)

func number(no int64) string { return strconv.FormatInt(no, 10) }

func (s *Service) said(c Contact, m Message) saidLine {
	path := fmt.Sprintf("/phone/api/customers/%s/files/%d", s.ExternalID(c.Kind, c.No), m.no)
	return saidLine{m.no, m.Author, m.Words, ShowFiles(m.kept, path), m.At.Unix()}
}

// phoneTalks answers the member's conversations with customers, the newest first.
func (s *Service) phoneTalks(r *http.Request, sess login.Session) (any, error) {
	out := []talkLine{}
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		newest, seen := []int64{}, map[int64]bool{}
		if err := tx.Each(`SELECT no, customer FROM customer_message WHERE corpid = ? AND member = ? ORDER BY at DESC, no DESC LIMIT ?`,
			[]any{sess.CorpID, sess.Member.No, int64(talksRead)}, func(rows *store.Rows) error {
				var no, customer int64
				err := rows.Scan(&no, &customer)
				if !seen[customer] && len(newest) < talksMost {
					seen[customer], newest = true, append(newest, no)
				}
				return err
			}); err != nil {
			return err
		}
		for _, no := range newest {
			list, err := selectSaidOf(tx, sess.CorpID, sess.Member.No, no)
			if err != nil {
				return err
			}
			for customer, m := range list {
				c, _, err := selectContact(tx, sess.CorpID, customer)
				if err != nil {
					return err
				}
				f, found, err := selectFollow(tx, sess.CorpID, customer, sess.Member.No)
				if err != nil {
					return err
				}
				if !found {
					continue // is no customer of the member's any more
				}
				line := talkLine{External: s.ExternalID(c.Kind, c.No), Name: c.Name, Avatar: s.local(c.Avatar)}
				if f.Remark != "" {
					line.Name = f.Remark
				}
				last := s.said(c, m)
				line.Last = &last
				out = append(out, line)
			}
		}
		return nil
	})
	return map[string]any{"chats": out}, err
}

// selectSaidOf returns a message of a member by its number, by the customer.
func selectSaidOf(tx *store.Tx, corpID string, member, no int64) (map[int64]Message, error) {
	var customer int64
	found, err := tx.Get(`SELECT customer FROM customer_message WHERE corpid = ? AND member = ? AND no = ?`, []any{corpID, member, no}, &customer)
	if err != nil || !found {
		return nil, err
	}
	list, err := selectSaid(tx, corpID, `no = ?`, []any{no}, 1)
	out := map[int64]Message{}
	for _, m := range list {
		out[customer] = m
	}
	return out, err
}

func (s *Service) phoneMessages(r *http.Request, sess login.Session) (any, error) {
	before, limit, err := door.Page(r, saidMost)
	if err != nil {
		return nil, err
	}
	out := []saidLine{}
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		c, _, err := s.own(tx, r, sess)
		if err != nil {
			return err
		}
		where, args := `customer = ? AND member = ?`, []any{c.No, sess.Member.No}
		if before > 0 {
			where, args = where+` AND no < ?`, append(args, before)
		}
		list, err := selectSaid(tx, sess.CorpID, where, args, limit)
		for _, m := range list {
			out = append(out, s.said(c, m))
		}
		return err
	})
	return map[string]any{"messages": out}, err
}

// phoneWrite sends a message to a customer. The answer says what the rules for sensitive words have found: a
// message that is intercepted was not sent.
func (s *Service) phoneWrite(r *http.Request, sess login.Session) (any, error) {
	var w Words
	if err := json.NewDecoder(r.Body).Decode(&w); err != nil {
		return nil, err
	}
	said := sensitive.Said{}
	if w.Text != nil {
		said.Text = w.Text.Content
	}
	var verdict sensitive.Verdict
	err := s.deps.Store.Write(r.Context(), func(tx *store.Tx) (err error) {
		if _, _, err := s.own(tx, r, sess); err != nil {
			return err
		}
		verdict, err = s.Write(r.Context(), tx, access.System(sess.CorpID), sess.Member.UserID, id.ExternalID(r.PathValue("external")), ByMember, w, said)
		return err
	})
	return verdict, err
}

// phoneFile returns a file of a message that the member has.
func (s *Service) phoneFile(r *http.Request, sess login.Session) (*wire.File, error) {
	no, err := strconv.ParseInt(r.PathValue("no"), 10, 64)
	if err != nil {
		return nil, nil
	}
	var kept []Kept
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		list, err := selectSaidOf(tx, sess.CorpID, sess.Member.No, no)
		for customer, m := range list {
			if c, _, err := selectContact(tx, sess.CorpID, customer); err != nil || string(s.ExternalID(c.Kind, c.No)) != r.PathValue("external") {
				return err
			}
			kept = m.kept
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.OpenFile(r.Context(), kept, r.PathValue("media"))
}
