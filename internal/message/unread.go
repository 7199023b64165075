package message

import (
	"fmt"
	"strconv"

	"qiwei/internal/directory"
	"qiwei/internal/find"
	"qiwei/internal/store"
)

// placeKey names a conversation as the members' page does: a/ and the agentid, and the chatid in a chat.
func placeKey(agentID int64, chatID string) string {
	if chatID == "" {
		return "a/" + strconv.FormatInt(agentID, 10)
	}
	return fmt.Sprintf("a/%d/%s", agentID, chatID)
}

// Unread returns how many messages of others the member has in each conversation behind the number that was read
// last there, at most most of each.
func (s *Service) Unread(tx *store.Tx, corpID string, m directory.Member, read map[string]int64, most int64) (map[string]int64, error) {
	out := map[string]int64{}
	keys := s.placeKeys(tx)
	type last struct{ app, chat, no int64 }
	var places []last
	err := tx.Each(`SELECT app, chat, max(message) FROM message_copy WHERE member = ? GROUP BY app, chat`, []any{m.No}, func(rows *store.Rows) error {
		var l last
		err := rows.Scan(&l.app, &l.chat, &l.no)
		places = append(places, l)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, l := range places {
		key, err := keys.of(l.app, l.chat)
		if err != nil {
			return nil, err
		}
		if l.no <= read[key] {
			continue
		}
		n, err := tx.Count(`SELECT count(*) FROM (SELECT 1 FROM message_copy c JOIN message m ON m.no = c.message
			WHERE c.member = ? AND c.app = ? AND c.chat = ? AND c.message > ? AND m.sender <> ? AND m.recalled_at = 0 LIMIT ?) unread`,
			m.No, l.app, l.chat, read[key], m.No, most)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			out[key] = n
		}
	}
	return out, nil
}

// placeKeys remembers the names of the conversations of an answer.
type placeKeys struct {
	s  *Service
	tx *store.Tx
	is map[[2]int64]string
}

func (s *Service) placeKeys(tx *store.Tx) placeKeys { return placeKeys{s, tx, map[[2]int64]string{}} }

func (k placeKeys) of(app, chat int64) (string, error) {
	if key, known := k.is[[2]int64{app, chat}]; known {
		return key, nil
	}
	a, err := k.s.deps.Apps.AppNo(k.tx, app)
	if err != nil {
		return "", err
	}
	var in chatRow
	if chat != 0 {
		if in, _, err = oneChat(k.tx, `no = ?`, chat); err != nil {
			return "", err
		}
	}
	key := placeKey(a.AgentID, in.chatID)
	k.is[[2]int64{app, chat}] = key
	return key, nil
}

// searched is how many of a member's newest messages a search looks through.
const searched = 20_000

// Find returns those of the member's newest messages that have the words, the newest first. Confidential ones are not
// looked into.
func (s *Service) Find(tx *store.Tx, corpID string, m directory.Member, words find.Words, most int) ([]find.Hit, error) {
	where, args := words.Where("m.body")
	args = append([]any{m.No, int64(searched)}, args...)
	names, nameArgs := words.Where("f.name")
	query := `SELECT c.message FROM (SELECT message FROM message_copy WHERE member = ? ORDER BY message DESC LIMIT ?) c JOIN message m ON m.no = c.message
		WHERE m.recalled_at = 0 AND m.safe = 0 AND (1 = 1` + where + ` OR EXISTS (SELECT 1 FROM message_file f WHERE f.message = m.no` + names + `)) ORDER BY c.message DESC LIMIT ?`
	var numbers []int64
	err := tx.Each(query, append(append(args, nameArgs...), int64(5*most)), func(rows *store.Rows) error {
		var no int64
		err := rows.Scan(&no)
		numbers = append(numbers, no)
		return err
	})
	if err != nil || len(numbers) == 0 {
		return nil, err
	}
	list, err := s.selectCopies(tx, m.No, `c.message IN (`+store.Marks(len(numbers))+`) ORDER BY c.message DESC`, store.Args([]any{}, numbers)...)
	if err != nil {
		return nil, err
	}
	keys := s.placeKeys(tx)
	var out []find.Hit
	for _, l := range list {
		text := find.Text(l.Body)
		for _, f := range l.Files {
			text += " " + f.Name
		}
		if !words.In(text) || len(out) == most {
			continue
		}
		key, err := keys.of(l.app, l.chat)
		if err != nil {
			return nil, err
		}
		out = append(out, find.Hit{Key: key, No: l.No, From: l.Robot, Text: words.Cut(text), At: l.SentAt})
	}
	return out, nil
}
