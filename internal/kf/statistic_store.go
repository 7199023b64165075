package kf

import (
	"time"

	"qiwei/internal/store"
)

// count adds to a day of a session with a member.
func count(tx *store.Tx, a Account, v Session, member int64, c Counts) error {
	_, err := tx.Exec(`INSERT INTO kf_day (account, day, session, run, member, corpid, messages, assigned, moved, asked, replied, invited, joined, refused, invited_chat, joined_chat) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?)
		ON CONFLICT (account, day, session, run, member) DO UPDATE SET messages = kf_day.messages + excluded.messages,
			assigned = CASE WHEN excluded.assigned > 0 THEN 1 ELSE kf_day.assigned END, moved = CASE WHEN excluded.moved > 0 THEN 1 ELSE kf_day.moved END,
			asked = CASE WHEN kf_day.asked = 0 THEN excluded.asked ELSE kf_day.asked END,
			invited = kf_day.invited + excluded.invited, joined = kf_day.joined + excluded.joined, refused = CASE WHEN excluded.refused > 0 THEN 1 ELSE kf_day.refused END,
			invited_chat = kf_day.invited_chat + excluded.invited_chat, joined_chat = kf_day.joined_chat + excluded.joined_chat`,
		a.No, dayOf(tx.Now()).Unix(), v.No, v.Run, member, a.CorpID, c.Messages, flag(c.Assigned), flag(c.Moved), millis(c.Asked), c.Invited, c.Joined, flag(c.Refused), c.InvitedToChat, c.JoinedChat)
	if err != nil || c.Replied.IsZero() {
		return err
	}
	// Only an answer to something is one.
	_, err = tx.Exec(`UPDATE kf_day SET replied = ? WHERE corpid = ? AND account = ? AND day = ? AND session = ? AND run = ? AND member = ? AND asked > 0 AND replied = 0`,
		millis(c.Replied), a.CorpID, a.No, dayOf(tx.Now()).Unix(), v.No, v.Run, member)
	return err
}

// selectDay returns the sessions of a day. What is of servicers is that of one member, of everybody, or of
// nobody.
func selectDay(tx *store.Tx, a Account, day time.Time, member int64) (map[sessionRun]*dayOfSession, error) {
	out := map[sessionRun]*dayOfSession{}
	return out, tx.Each(`SELECT d.session, d.run, d.member, v.customer, d.messages, d.assigned, d.moved, d.asked, d.replied, d.invited, d.joined, d.refused, d.invited_chat, d.joined_chat
		FROM kf_day d JOIN kf_session v ON v.no = d.session WHERE d.corpid = ? AND d.account = ? AND d.day = ?`, []any{a.CorpID, a.No, day.Unix()}, func(rows *store.Rows) error {
		var k sessionRun
		var of, customer, messages, asked, replied, invited, joined, invitedToChat, joinedChat int64
		var assigned, moved, refused bool
		if err := rows.Scan(&k.session, &k.run, &of, &customer, &messages, &assigned, &moved, &asked, &replied, &invited, &joined, &refused, &invitedToChat, &joinedChat); err != nil {
			return err
		}
		v := out[k]
		if v == nil {
			v = &dayOfSession{customer: customer}
			out[k] = v
		}
		v.messages += messages
		v.assigned = v.assigned || assigned
		v.assistant, v.moved = v.assistant || of == 0 && assigned, v.moved || moved
		mine := of != 0 && (member == everybody || member == of)
		if mine || member == nobody {
			v.joined, v.invited, v.refused = v.joined+joined, v.invited+invited, v.refused || refused
			v.joinedChat, v.invitedToChat = v.joinedChat+joinedChat, v.invitedToChat+invitedToChat
		}
		if mine {
			v.served, v.told = v.served || assigned, v.told+messages
			v.asked += flag(asked > 0)
			if replied > 0 {
				v.replied++
				v.waited += time.Duration(replied-asked) * time.Millisecond
			}
		}
		return nil
	})
}
