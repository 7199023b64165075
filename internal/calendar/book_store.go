package calendar

import (
	"encoding/json"
	"errors"
	"slices"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// roles of members in calendar_person.
const (
	roleShare  = "share"
	rolePublic = "public"
)

// isGone reports whether err says that the calendar was deleted.
func isGone(err error) bool { return errors.Is(err, ErrCalendarDeleted) }

const calendarColumns = `no, corpid, cal_id, app, owner, body, public, corp_wide, chosen, sequence, deleted_at`

func scanCalendar(rows *store.Rows) (c Calendar, gone bool, err error) {
	var body string
	var deleted int64
	if err := rows.Scan(&c.No, &c.CorpID, &c.ID, &c.App, &c.Owner, &body, &c.Public, &c.CorpWide, &c.Default, &c.Sequence, &deleted); err != nil {
		return c, false, err
	}
	return c, deleted > 0, json.Unmarshal([]byte(body), &c.details)
}

// selectCalendar returns a calendar with its members. gone says that it was deleted.
func selectCalendar(tx *store.Tx, corpID, calID string) (c Calendar, gone, found bool, err error) {
	list, goneOnes, err := selectCalendars(tx, `corpid = ? AND cal_id = ?`, corpID, calID)
	if err != nil || len(list) == 0 {
		return c, false, false, err
	}
	return list[0], goneOnes[0], true, nil
}

// existingCalendars returns those that match and are not deleted, in the order in which they were made.
func existingCalendars(tx *store.Tx, where string, args ...any) ([]Calendar, error) {
	list, _, err := selectCalendars(tx, where+` AND deleted_at = 0 ORDER BY no`, args...)
	return list, err
}

func selectCalendars(tx *store.Tx, where string, args ...any) (list []Calendar, gone []bool, err error) {
	if err := tx.Each(`SELECT `+calendarColumns+` FROM calendar WHERE `+where, args, func(rows *store.Rows) error {
		c, isGone, err := scanCalendar(rows)
		list, gone = append(list, c), append(gone, isGone)
		return err
	}); err != nil {
		return nil, nil, err
	}
	return list, gone, fillPersons(tx, list)
}

// fillPersons reads the members of the calendars.
func fillPersons(tx *store.Tx, list []Calendar) error {
	at := map[int64]int{}
	for i, c := range list {
		at[c.No] = i
	}
	for some := range slices.Chunk(list, 500) {
		numbers := make([]int64, len(some))
		for i, c := range some {
			numbers[i] = c.No
		}
		if err := tx.Each(`SELECT calendar, role, userid, permission, admin FROM calendar_person WHERE calendar IN (`+store.Marks(len(some))+`) ORDER BY calendar, place`,
			store.Args(nil, numbers), func(rows *store.Rows) error {
				var no int64
				var role string
				var p Share
				if err := rows.Scan(&no, &role, &p.UserID, &p.Permission, &p.Admin); err != nil {
					return err
				}
				c := &list[at[no]]
				if role == rolePublic {
					c.PublicUsers = append(c.PublicUsers, p.UserID)
				} else {
					c.Shares = append(c.Shares, p)
				}
				return nil
			}); err != nil {
			return err
		}
	}
	return nil
}

func insertCalendar(tx *store.Tx, c Calendar) (Calendar, error) {
	if c.ID == "" {
		c.ID = "wc" + id.Letters(27) + "AAA"
	}
	body, err := json.Marshal(c.details)
	if err != nil {
		return c, err
	}
	c.No, err = tx.Insert(`INSERT INTO calendar (corpid, cal_id, app, owner, owner_key, body, public, corp_wide, chosen, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.CorpID, c.ID, c.App, string(c.Owner), c.Owner.Key(), string(body), flag(c.Public), flag(c.CorpWide), flag(c.Default), tx.Now().UnixMilli())
	if err != nil {
		return c, err
	}
	return c, insertPersons(tx, c)
}

func insertPersons(tx *store.Tx, c Calendar) error {
	insert := func(role string, place int, p Share) error {
		return tx.Send(`INSERT INTO calendar_person (calendar, corpid, role, userkey, userid, permission, admin, place) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			c.No, c.CorpID, role, p.UserID.Key(), string(p.UserID), int64(p.Permission), flag(p.Admin), int64(place))
	}
	for i, p := range c.Shares {
		if err := insert(roleShare, i, p); err != nil {
			return err
		}
	}
	for i, u := range c.PublicUsers {
		if err := insert(rolePublic, i, Share{UserID: u}); err != nil {
			return err
		}
	}
	return nil
}

// updateCalendar writes everything that can change.
func updateCalendar(tx *store.Tx, c Calendar) error {
	body, err := json.Marshal(c.details)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE calendar SET body = ?, changed_at = ?, sequence = sequence + 1 WHERE no = ? AND corpid = ?`, string(body), tx.Now().UnixMilli(), c.No, c.CorpID); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM calendar_person WHERE calendar = ? AND corpid = ?`, c.No, c.CorpID); err != nil {
		return err
	}
	return insertPersons(tx, c)
}

func forgetDefault(tx *store.Tx, corpID string, app int64) error {
	_, err := tx.Exec(`UPDATE calendar SET chosen = 0 WHERE corpid = ? AND app = ? AND chosen = 1`, corpID, app)
	return err
}

// crowdedMembers returns, by key, those of the users who are shown as many calendars as can be, this one not
// counted.
func crowdedMembers(tx *store.Tx, corpID string, except int64, users []string) (map[string]bool, error) {
	out := map[string]bool{}
	for some := range slices.Chunk(users, 500) {
		args := []any{corpID, except, roleShare}
		for _, u := range some {
			args = append(args, id.UserID(u).Key())
		}
		if err := tx.Each(`SELECT p.userkey FROM calendar_person p JOIN calendar c ON c.no = p.calendar
			WHERE p.corpid = ? AND c.no <> ? AND c.deleted_at = 0 AND p.role = ? AND p.userkey IN (`+store.Marks(len(some))+`)
			GROUP BY p.userkey HAVING count(*) >= ?`, append(args, int64(maxShared)), func(rows *store.Rows) error {
			var key string
			err := rows.Scan(&key)
			out[key] = true
			return err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// renameMember writes the new userid everywhere.
func renameMember(tx *store.Tx, corpID string, old, renamed id.UserID) error {
	for _, statement := range []string{
		`UPDATE calendar SET owner = ?, owner_key = ? WHERE corpid = ? AND owner_key = ?`,
		`UPDATE calendar_person SET userid = ?, userkey = ? WHERE corpid = ? AND userkey = ?`,
		`UPDATE calendar_attendee SET userid = ?, userkey = ? WHERE corpid = ? AND userkey = ?`,
	} {
		if _, err := tx.Exec(statement, string(renamed), renamed.Key(), corpID, old.Key()); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`UPDATE calendar_schedule SET creator = ? WHERE corpid = ? AND lower(creator) = ? AND creator <> ''`, string(renamed), corpID, old.Key())
	return err
}

// forgetMember removes a member from everything.
func forgetMember(tx *store.Tx, corpID string, user id.UserID) error {
	for _, statement := range []string{
		`DELETE FROM calendar WHERE corpid = ? AND owner_key = ?`,
		`DELETE FROM calendar_person WHERE corpid = ? AND userkey = ?`,
		`DELETE FROM calendar_attendee WHERE corpid = ? AND userkey = ?`,
	} {
		if err := tx.Send(statement, corpID, user.Key()); err != nil {
			return err
		}
	}
	return nil
}
