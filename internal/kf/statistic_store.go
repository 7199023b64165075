package kf

import (
	"time"

	"qiwei/internal/store"
)

// count adds to a day of a session with a member.
func count(tx *store.Tx, a Account, v Session, member int64, c Counts) error {
	_, err := tx.Exec(`INSERT INTO kf_day (account, day, session, run, member, corpid, messages, assigned, moved, asked, replied, invited, joined, refused, invited_chat, joined_chat, component) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (account, day, session, run, member) DO UPDATE SET messages = kf_day.messages + excluded.messages,
			assigned = CASE WHEN excluded.assigned > 0 THEN 1 ELSE kf_day.assigned END, moved = CASE WHEN excluded.moved > 0 THEN 1 ELSE kf_day.moved END,
			asked = CASE WHEN kf_day.asked = 0 THEN excluded.asked ELSE kf_day.asked END,
			invited = kf_day.invited + excluded.invited, joined = kf_day.joined + excluded.joined, refused = CASE WHEN excluded.refused > 0 THEN 1 ELSE kf_day.refused END,
			invited_chat = kf_day.invited_chat + excluded.invited_chat, joined_chat = kf_day.joined_chat + excluded.joined_chat`,
		a.No, dayOf(tx.Now()).Unix(), v.No, v.Run, member, a.CorpID, c.Messages, flag(c.Assigned), flag(c.Moved), millis(c.Asked), c.Invited, c.Joined, flag(c.Refused), c.InvitedToChat, c.JoinedChat, v.Component)
	if err != nil || c.Replied.IsZero() {
		return err
	}
	// Only an answer to something is one.
	_, err = tx.Exec(`UPDATE kf_day SET replied = ? WHERE corpid = ? AND account = ? AND day = ? AND session = ? AND run = ? AND member = ? AND asked > 0 AND replied = 0`,
		millis(c.Replied), a.CorpID, a.No, dayOf(tx.Now()).Unix(), v.No, v.Run, member)
	return err
}

// whose says what counts of a day.
type whose struct {
	member    int64 // what is of servicers is that of one member, of everybody, or of nobody
	component int64 // by whose links the sessions came; 0 for all sessions
}

// addDay adds the sessions of a day of an account.
func addDay(tx *store.Tx, out map[sessionRun]*dayOfSession, a Account, day time.Time, of whose) error {
	where, args := `d.corpid = ? AND d.account = ? AND d.day = ?`, []any{a.CorpID, a.No, day.Unix()}
	if of.component != 0 {
		where, args = where+` AND d.component = ?`, append(args, of.component)
	}
	return tx.Each(`SELECT d.session, d.run, d.member, v.customer, d.messages, d.assigned, d.moved, d.asked, d.replied, d.invited, d.joined, d.refused, d.invited_chat, d.joined_chat
		FROM kf_day d JOIN kf_session v ON v.no = d.session WHERE `+where, args, func(rows *store.Rows) error {
		var k sessionRun
		var by, customer, messages, asked, replied, invited, joined, invitedToChat, joinedChat int64
		var assigned, moved, refused bool
		if err := rows.Scan(&k.session, &k.run, &by, &customer, &messages, &assigned, &moved, &asked, &replied, &invited, &joined, &refused, &invitedToChat, &joinedChat); err != nil {
			return err
		}
		v := out[k]
		if v == nil {
			v = &dayOfSession{customer: customer}
			out[k] = v
		}
		v.messages += messages
		v.assigned = v.assigned || assigned
		v.assistant, v.moved = v.assistant || by == 0 && assigned, v.moved || moved
		mine := by != 0 && (of.member == everybody || of.member == by)
		if mine || of.member == nobody {
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
