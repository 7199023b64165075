package directory

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) selectMember(tx *store.Tx, where string, args ...any) (m Member, found bool, err error) {
	list, err := s.selectMembers(tx, "", where, args...)
	if err != nil || len(list) == 0 {
		return Member{}, false, err
	}
	return list[0], true, nil
}

// selectMembers returns the members that match a condition on m, in the order that the condition ends with.
// with is put before the query.
func (s *Service) selectMembers(tx *store.Tx, with, where string, args ...any) ([]Member, error) {
	return s.queryMembers(tx, with+` SELECT `+memberText+` FROM `+memberTables+` WHERE `+where, args...)
}

func (s *Service) queryMembers(tx *store.Tx, query string, args ...any) ([]Member, error) {
	var list []Member
	err := tx.Each(query, args, func(rows *store.Rows) error {
		var row string
		if err := rows.Scan(&row); err != nil {
			return err
		}
		list = append(list, Member{})
		return parseMember(row, &list[len(list)-1])
	})
	return list, err
}

// keptMember is a member in the cache: the row's text, which takes a third of a Member's memory, and the
// parts that are costly to parse again.
type keptMember struct {
	row  string
	json *keptJSON // nil if nothing in the row is JSON
}

type keptJSON struct {
	attributes Attributes
	external   ExternalProfile
}

var attributeBytes = int(reflect.TypeFor[Attribute]().Size())

// size returns the size of the cached value in bytes. An unknown member is not cached.
func (k keptMember) size() int {
	n := len(k.row) - 1
	if k.json != nil {
		n += len(k.row) + attributeBytes*(len(k.json.attributes)+len(k.json.external.Attributes))
	}
	return n
}

// memberRow names a member's row. The cached text holds the leader's userid too, so changing a userid or
// deleting a member invalidates all rows instead of naming some.
func memberRow(corpID, key string) store.Row {
	return store.Row{Table: "member", Key: corpID + " " + key}
}

// recallMember fills in m, which must be empty, with the member of the key. All callers share the attributes:
// copy the list before changing it.
func (s *Service) recallMember(tx *store.Tx, corpID, key string, m *Member) (found bool, err error) {
	fresh := false
	k, err := store.RecallRow(tx, memberRow(corpID, key), keptMember.size, func() (k keptMember, err error) {
		found, err := tx.Get(`SELECT `+memberText+` FROM `+memberTables+` WHERE m.corpid = ? AND m.userkey = ?`, []any{corpID, key}, &k.row)
		if err != nil || !found {
			return k, err
		}
		fresh, err = true, parseMember(k.row, m)
		if len(m.Attributes) > 0 || !m.External.empty() {
			k.json = &keptJSON{m.Attributes, m.External}
		}
		return k, err
	})
	switch {
	case err != nil || k.row == "":
		return false, err
	case fresh:
		return true, nil
	}
	c := columns{rest: k.row, json: k.json}
	return true, c.member(m)
}

// has returns the condition that a member has the value in the column, whose non-empty values are unique. The
// column's index holds no empty values, and SQLite uses it only if the query excludes them. Otherwise each
// look-up reads every member of the corp.
func has(column string) string { return column + ` = ? AND ` + column + ` <> ''` }

// checkTaken answers the first of userid, mobile and mail addresses that another
// member has. old is the member before an update, and empty for a new one: what he
// had is nobody else's.
func checkTaken(tx *store.Tx, corpID string, m, old *Member) error {
	// One query for all, each by its index. The userid comes first.
	var query []string
	var args []any
	var taken []func(user id.UserID) error
	for _, u := range []struct {
		column, value, had string
		taken              func(user id.UserID) error
	}{
		{"userkey", m.UserID.Key(), old.UserID.Key(), func(id.UserID) error { return ErrMemberTaken.With("%q", m.UserID) }},
		{"mobile", m.Mobile, old.Mobile, func(user id.UserID) error { return ErrMobileTaken.Ending(":", user) }},
		{"email", m.Email, old.Email, func(user id.UserID) error { return ErrEmailTaken.Ending(":", user) }},
		{"biz_mail", m.BizMail, old.BizMail, func(user id.UserID) error { return ErrBizMailTaken.Ending(":", user) }},
	} {
		if u.value != "" && u.value != u.had {
			query = append(query, `(SELECT userid FROM member WHERE corpid = ? AND `+has(u.column)+`)`)
			args, taken = append(args, corpID, u.value), append(taken, u.taken)
		}
	}
	if len(query) > 0 {
		users := make([]sql.NullString, len(query))
		into := make([]any, len(query))
		for i := range users {
			into[i] = &users[i]
		}
		if _, err := tx.Get(`SELECT `+strings.Join(query, `, `), args, into...); err != nil {
			return err
		}
		for i, user := range users {
			if user.Valid {
				return taken[i](id.UserID(user.String))
			}
		}
	}
	if m.BizMail == "" || m.BizMail == old.BizMail {
		return nil
	}
	return checkAlias(tx, corpID, m)
}

// checkAlias answers that the member's mailbox is another one's alias.
func checkAlias(tx *store.Tx, corpID string, m *Member) error {
	n, err := tx.Count(`SELECT count(*) FROM member_mail_alias WHERE corpid = ? AND alias = ? AND member <> ?`, corpID, m.BizMail, m.No)
	if err == nil && n > 0 {
		err = ErrBizMailTaken
	}
	return err
}

// aheadMail announces what is asked of a new member whose mailbox is free, as nearly each one is.
func (m *Member) aheadMail(tx *store.Tx, corpID, address string) {
	would := *m
	would.BizMail = address
	tx.Ahead(
		func() error { return checkTaken(tx, corpID, &would, &Member{}) },
		func() error { return checkAlias(tx, corpID, &would) },
	)
}

// freeMailbox returns the enterprise mailbox that the system gives to a new member: the userid at the corp's
// domain, with a number if that is taken.
func (m *Member) freeMailbox(tx *store.Tx, c corp.Corp) (string, error) {
	domain := "@" + strings.ToLower(c.MailDomain)
	name := strings.ReplaceAll(m.UserID.Key(), "@", ".")
	for n := 1; ; n++ {
		end := domain
		if n > 1 {
			end = strconv.Itoa(n) + domain
		}
		address := name[:max(0, min(len(name), maxMail-len(end)))] + end
		if n == 1 {
			m.aheadMail(tx, c.CorpID, address)
		}
		taken, err := tx.Count(`SELECT (SELECT count(*) FROM member WHERE corpid = ? AND `+has("biz_mail")+`) + (SELECT count(*) FROM member_mail_alias WHERE corpid = ? AND alias = ?)`,
			c.CorpID, address, c.CorpID, address)
		if err != nil || taken == 0 {
			return address, err
		}
	}
}

// leaderNo returns the number of the member's direct leader, nil if there is none.
func leaderNo(tx *store.Tx, corpID string, m Member) (any, error) {
	if m.DirectLeader == "" {
		return nil, nil
	}
	var no int64
	found, err := tx.Get(`SELECT no FROM member WHERE corpid = ? AND userkey = ?`, []any{corpID, m.DirectLeader.Key()}, &no)
	if err == nil && !found {
		err = ErrMemberNotFound.With("direct_leader %q", m.DirectLeader) // the code is unverified
	}
	if err == nil && m.No != 0 && no == m.No {
		err = wire.ErrParameter.With("members cannot be their own direct leader")
	}
	return no, err
}

// jsonText writes a value as JSON, or nothing if it is empty.
func jsonText(v any, empty bool) string {
	if empty {
		return ""
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return string(b)
}

func (p ExternalProfile) text() string {
	return jsonText(p, p.empty())
}

func (p *ExternalProfile) empty() bool {
	return p.CorpName == "" && p.Channel == "" && len(p.Attributes) == 0
}

func insertMember(tx *store.Tx, corpID string, m *Member) error {
	leader, err := leaderNo(tx, corpID, *m)
	if err != nil {
		return err
	}
	m.ChangedAt = tx.Now()
	m.No, err = tx.Only(memberRow(corpID, m.UserID.Key())).Insert(insertMemberSQL, written(m, tx.Now(), corpID, leader)...)
	if err != nil {
		return fmt.Errorf("insert member: %w", err)
	}
	return insertPlaces(tx, corpID, m)
}

func insertPlaces(tx *store.Tx, corpID string, m *Member) error {
	for _, p := range m.Places {
		if err := tx.Send(`INSERT INTO member_department (corpid, department, member, ord, is_leader) VALUES (?, ?, ?, ?, ?)`,
			corpID, p.Department, m.No, p.Order, flag(p.Leader)); err != nil {
			return fmt.Errorf("insert place: %w", err)
		}
	}
	return nil
}

// updateMember writes what differs between the member as he was and as he is to be:
// each indexed column that is written costs as much as the row does.
func updateMember(tx *store.Tx, corpID string, old, m *Member, aliases bool) error {
	sets, args := changedColumns(old, m, tx.Now())
	if !m.DirectLeader.Equal(old.DirectLeader) {
		leader, err := leaderNo(tx, corpID, *m)
		if err != nil {
			return err
		}
		sets, args = append(sets, "leader = ?"), append(args, leader)
	}
	send := tx.Send
	if m.UserID == old.UserID {
		send = tx.Only(memberRow(corpID, m.UserID.Key())).Send
	}
	if err := send(`UPDATE member SET `+strings.Join(sets, ", ")+` WHERE no = ?`, append(args, m.No)...); err != nil {
		return fmt.Errorf("update member: %w", err)
	}
	if !slices.Equal(old.Places, m.Places) {
		if err := tx.Send(`DELETE FROM member_department WHERE member = ?`, m.No); err != nil {
			return err
		}
		if err := insertPlaces(tx, corpID, m); err != nil {
			return err
		}
	}
	if !aliases {
		return nil
	}
	return replaceAliases(tx, corpID, *m)
}

func replaceAliases(tx *store.Tx, corpID string, m Member) error {
	if err := tx.Send(`DELETE FROM member_mail_alias WHERE member = ?`, m.No); err != nil {
		return err
	}
	for _, a := range m.MailAliases {
		boxes, err := tx.Count(`SELECT count(*) FROM member WHERE corpid = ? AND `+has("biz_mail"), corpID, a)
		if err != nil {
			return err
		}
		n, err := tx.Exec(`INSERT INTO member_mail_alias (corpid, alias, member) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, corpID, a, m.No)
		if err != nil {
			return err
		}
		if n == 0 || boxes > 0 {
			return ErrMailAliasTaken.With("%q", a)
		}
	}
	return nil
}

// selectLeaders returns the leaders of the departments (all of the corp's where
// none are named) whom the caller may see.
func selectLeaders(tx *store.Tx, by access.Caller, departments []int64) (map[int64][]id.UserID, error) {
	with, visible, args := visibility(by)
	query := with + ` SELECT md.department, m.userid FROM member_department md JOIN member m ON m.no = md.member
		WHERE md.corpid = ? AND md.is_leader = 1 AND ` + visible("m") + ` `
	args = append(args[:len(args):len(args)], by.CorpID)
	args = append(args, visibleArgs(by)...)
	if departments != nil {
		query += `AND md.department IN (` + store.Marks(len(departments)) + `) `
		args = store.Args(args, departments)
	}
	out := map[int64][]id.UserID{}
	err := tx.Each(query+`ORDER BY md.department, md.ord DESC, m.no`, args, func(rows *store.Rows) error {
		var dep int64
		var user id.UserID
		err := rows.Scan(&dep, &user)
		out[dep] = append(out[dep], user)
		return err
	})
	return out, err
}
