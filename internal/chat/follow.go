package chat

import (
	"qiwei/internal/store"
)

// Follow finds the conversations of members in which something was written since it last looked, by any server.
// It belongs to one goroutine.
type Follow struct {
	s        *Service
	messages store.Sequence
}

// NewFollow returns a Follow that reports what is written after it began.
func (s *Service) NewFollow() *Follow {
	return &Follow{s, store.Sequence{Table: "chat_message"}}
}

// Begin makes it begin now.
func (f *Follow) Begin(tx *store.Tx) error { return f.messages.Begin(tx) }

// followMost is how many messages a look reads.
const followMost = 2000

// Look calls touched with each of the members and the key of a conversation of theirs in which something was
// written (see talkAnswer).
func (f *Follow) Look(tx *store.Tx, members []int64, _ []string, touched func(member int64, key string)) error {
	type row struct {
		corpID                  string
		group, sender, receiver int64
	}
	var rows []row
	var seen []int64
	where, args := f.messages.Next()
	err := tx.Each(`SELECT no, corpid, chat_group, sender, receiver FROM chat_message WHERE `+where+` ORDER BY no LIMIT ?`, append(args, int64(followMost)), func(r *store.Rows) error {
		var no int64
		var one row
		err := r.Scan(&no, &one.corpID, &one.group, &one.sender, &one.receiver)
		rows, seen = append(rows, one), append(seen, no)
		return err
	})
	if err != nil {
		return err
	}
	f.messages.Seen(seen)
	if len(rows) == 0 {
		return nil
	}
	listening := map[int64]bool{}
	for _, m := range members {
		listening[m] = true
	}
	known := f.s.people(tx)
	groups := map[int64]bool{}
	for _, r := range rows {
		if r.group != 0 {
			if !groups[r.group] {
				groups[r.group] = true
				if err := f.inGroup(tx, r.corpID, r.group, listening, touched); err != nil {
					return err
				}
			}
			continue
		}
		for _, pair := range [][2]int64{{r.sender, r.receiver}, {r.receiver, r.sender}} {
			if !listening[pair[0]] {
				continue
			}
			who, err := known.person(pair[1])
			if err != nil {
				return err
			}
			touched(pair[0], talkAnswer{UserID: who.UserID}.key())
		}
	}
	return nil
}

func (f *Follow) inGroup(tx *store.Tx, corpID string, group int64, listening map[int64]bool, touched func(int64, string)) error {
	list, err := selectGroups(tx, `corpid = ? AND no = ?`, corpID, group)
	if err != nil || len(list) == 0 {
		return err
	}
	members, err := selectGroupMembers(tx, corpID, group)
	for _, m := range members {
		if listening[m.Member] {
			touched(m.Member, talkAnswer{ChatID: list[0].ChatID}.key())
		}
	}
	return err
}
