package directory

import (
	"qiwei/internal/corp"
	"qiwei/internal/store"
)

// How many members a corp has is the sum of some rows: one of directory_size, and up
// to countLanes of member_count. Whoever creates a member adds to a row of member_count
// that nobody else changes at the moment. One row for all made every creator on
// PostgreSQL wait for the one before it, and begin anew.
//
// Two who create at once do not see each other's row. So that the limit holds, they
// go by this way only while there is much room; the last countApart places are given
// out in the row of directory_size, one creator after the other. So many cannot be
// under way at once.
const (
	countLanes = 16
	countApart = 20_000
)

const memberCount = `(SELECT members FROM directory_size WHERE corpid = ?) + coalesce((SELECT sum(n) FROM member_count WHERE corpid = ?), 0)`

// countMembers changes the number of the corp's members, and answers ErrMemberCap
// where that would exceed its limit.
func countMembers(tx *store.Tx, c corp.Corp, by int64) error {
	lane := tx.Lane(countLanes)
	if by < 0 {
		return tx.Send(`INSERT INTO member_count (corpid, lane, n) VALUES (?, ?, ?) ON CONFLICT (corpid, lane) DO UPDATE SET n = member_count.n + excluded.n`, c.CorpID, lane, by)
	}
	// Where the first statement counts, the second finds little room left, and does not.
	var last int64
	if err := tx.SendCount(&last, `UPDATE directory_size SET members = members + ? WHERE corpid = ? AND `+memberCount+` BETWEEN ? AND ?`,
		by, c.CorpID, c.CorpID, c.CorpID, c.MemberLimit-countApart-by+1, c.MemberLimit-by); err != nil {
		return err
	}
	return tx.SendThen(func(n int64) error {
		if n+last == 0 {
			return ErrMemberCap.With("the corp has room for %d members", c.MemberLimit)
		}
		return nil
	}, `INSERT INTO member_count (corpid, lane, n) SELECT ?, ?, ? WHERE `+memberCount+` <= ? ON CONFLICT (corpid, lane) DO UPDATE SET n = member_count.n + excluded.n`,
		c.CorpID, lane, by, c.CorpID, c.CorpID, c.MemberLimit-countApart-by)
}

// lockMail makes other transactions that give an enterprise mailbox or an alias wait
// for this one: an address is a mailbox or an alias, in two tables.
func lockMail(tx *store.Tx, corpID string) error {
	return tx.Send(`UPDATE directory_size SET members = members WHERE corpid = ?`, corpID)
}
