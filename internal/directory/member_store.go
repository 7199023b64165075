package directory

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// A member is read as one text, its columns separated by separator: the SQLite
// driver spends more on each column of a result than the database does on
// reading the row, and members are what is read most. The member is m and his
// leader l. Texts are stored without the separator, see clean.
const separator = "\x1f"

var memberText = strings.Join([]string{"m.no", "m.userid", "m.name", "m.alias", "m.mobile", "m.email", "m.biz_mail", "m.biz_mail_changes",
	"m.position", "m.gender", "m.telephone", "m.address", "m.avatar", "m.external_position", "m.main_department", "m.places",
	"coalesce(l.userid, '')", "m.enabled", "m.activated", "m.generated", "m.extattr", "m.external_profile", "m.mail_aliases",
	"m.created_by", "m.created_at", "m.invited_at", "m.changed_at"}, " || '"+separator+"' || ")

const memberTables = `member m LEFT JOIN member l ON l.no = m.leader`

// clean takes the separator out of a text before it is stored.
func clean(text string) string {
	if strings.Contains(text, separator) {
		return strings.ReplaceAll(text, separator, "")
	}
	return text
}

// columns hands out the columns of a member's text one after the other.
type columns struct {
	rest string
	err  error
}

func (c *columns) text() string {
	var col string
	col, c.rest, _ = strings.Cut(c.rest, separator)
	return col
}

func (c *columns) number() int64 {
	n, err := strconv.ParseInt(c.text(), 10, 64)
	if err != nil && c.err == nil {
		c.err = err
	}
	return n
}

func (c *columns) time() time.Time {
	if ms := c.number(); ms > 0 {
		return time.UnixMilli(ms).UTC()
	}
	return time.Time{}
}

func parseMember(row string, m *Member) error {
	c := columns{rest: row}
	m.No, m.UserID, m.Name, m.Alias = c.number(), id.UserID(c.text()), c.text(), c.text()
	m.Mobile, m.Email, m.BizMail, m.bizMailChanges = c.text(), c.text(), c.text(), c.number()
	m.Position, m.Gender, m.Telephone, m.Address, m.Avatar = c.text(), c.number(), c.text(), c.text(), c.text()
	m.ExternalPosition, m.MainDepartment = c.text(), c.number()
	placed := c.text()
	m.DirectLeader, m.Enabled, m.Activated, m.Generated = id.UserID(c.text()), c.number() == 1, c.number() == 1, c.number() == 1
	extattr, external, aliases := c.text(), c.text(), c.text()
	m.CreatedBy, m.CreatedAt, m.InvitedAt, m.ChangedAt = c.number(), c.time(), c.time(), c.time()
	if c.err != nil {
		return fmt.Errorf("member row: %w", c.err)
	}
	if aliases != "" {
		m.MailAliases = strings.Fields(aliases)
	}
	var err error
	if m.Places, err = parsePlaces(placed); err != nil {
		return fmt.Errorf("member %d: %w", m.No, err)
	}
	if extattr != "" {
		if err := json.Unmarshal([]byte(extattr), &m.Attributes); err != nil {
			return fmt.Errorf("member %d: extattr: %w", m.No, err)
		}
	}
	if external != "" {
		if err := json.Unmarshal([]byte(external), &m.External); err != nil {
			return fmt.Errorf("member %d: external_profile: %w", m.No, err)
		}
	}
	return nil
}

// formatPlaces and parsePlaces write and read department:order:leader,… which
// costs a tenth of JSON; lists of members spend most of their time here.
func formatPlaces(ps []Place) string {
	var out []byte
	for i, p := range ps {
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendInt(out, p.Department, 10)
		out = strconv.AppendInt(append(out, ':'), p.Order, 10)
		out = strconv.AppendInt(append(out, ':'), flag(p.Leader), 10)
	}
	return string(out)
}

func parsePlaces(text string) ([]Place, error) {
	out := make([]Place, 0, strings.Count(text, ",")+1)
	for text != "" {
		var seat string
		seat, text, _ = strings.Cut(text, ",")
		dep, rest, _ := strings.Cut(seat, ":")
		ord, lead, _ := strings.Cut(rest, ":")
		d, err1 := strconv.ParseInt(dep, 10, 64)
		o, err2 := strconv.ParseInt(ord, 10, 64)
		if err1 != nil || err2 != nil {
			return nil, fmt.Errorf("places %q", seat)
		}
		out = append(out, Place{d, o, lead == "1"})
	}
	return out, nil
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func (s *Service) selectMember(tx *store.Tx, where string, args ...any) (m Member, found bool, err error) {
	list, err := s.selectMembers(tx, "", where, args...)
	if err != nil || len(list) == 0 {
		return Member{}, false, err
	}
	return list[0], true, nil
}

// selectMembers returns the members that fulfil a condition on m, in the order
// that the condition ends with. with precedes the query.
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

func keepText(row string) int { return len(row) - 1 } // an unknown member is not kept

// memberRow names a member's row. The text that is kept has the leader's userid, too:
// who changes a userid, or deletes a member, does not name the rows.
func memberRow(corpID, key string) store.Row { return store.Row{Table: "member", Key: corpID + " " + key} }

// recallMember returns the member with the key. What is kept is his text, which
// takes a third of a Member's room.
func (s *Service) recallMember(tx *store.Tx, corpID, key string) (m Member, found bool, err error) {
	row, err := store.RecallRow(tx, memberRow(corpID, key), keepText, func() (row string, err error) {
		_, err = tx.Get(`SELECT `+memberText+` FROM `+memberTables+` WHERE m.corpid = ? AND m.userkey = ?`, []any{corpID, key}, &row)
		return row, err
	})
	if err != nil || row == "" {
		return Member{}, false, err
	}
	return m, true, parseMember(row, &m)
}

// has is the condition that a member has the value in the column, one of those
// that are unique where they are not empty. Their indexes hold no empty values,
// and SQLite uses such an index only where the query says that it wants none:
// without it each look-up reads every member of the corp.
func has(column string) string { return column + ` = ? AND ` + column + ` <> ''` }

// checkTaken answers the first of userid, mobile and mail addresses that another
// member has. self is the member's own userid before an update, and empty for a
// new one.
func checkTaken(tx *store.Tx, corpID string, m Member, self id.UserID) error {
	holder := func(column, value string) (id.UserID, bool, error) {
		if value == "" {
			return "", false, nil
		}
		var user id.UserID
		found, err := tx.Get(`SELECT userid FROM member WHERE corpid = ? AND `+has(column)+` AND userkey <> ?`, []any{corpID, value, self.Key()}, &user)
		return user, found, err
	}
	if _, found, err := holder("userkey", m.UserID.Key()); err != nil {
		return err
	} else if found && !m.UserID.Equal(self) {
		return ErrMemberTaken.With("%q", m.UserID)
	}
	if user, found, err := holder("mobile", m.Mobile); err != nil {
		return err
	} else if found {
		return ErrMobileTaken.Value(":", user)
	}
	if user, found, err := holder("email", m.Email); err != nil {
		return err
	} else if found {
		return ErrEmailTaken.Value(":", user)
	}
	if user, found, err := holder("biz_mail", m.BizMail); err != nil {
		return err
	} else if found {
		return ErrBizMailTaken.Value(":", user)
	}
	if m.BizMail == "" {
		return nil
	}
	n, err := tx.Count(`SELECT count(*) FROM member_mail_alias WHERE corpid = ? AND alias = ? AND member <> ?`, corpID, m.BizMail, m.No)
	if err == nil && n > 0 {
		err = ErrBizMailTaken
	}
	return err
}

// freeMailbox returns the enterprise mailbox that the system gives to a new
// member: his userid at the corp's domain, numbered where that is taken.
func freeMailbox(tx *store.Tx, c corp.Corp, user id.UserID) (string, error) {
	domain := "@" + strings.ToLower(c.MailDomain)
	name := strings.ReplaceAll(user.Key(), "@", ".")
	for n := 1; ; n++ {
		end := domain
		if n > 1 {
			end = strconv.Itoa(n) + domain
		}
		address := name[:max(0, min(len(name), maxMail-len(end)))] + end
		taken, err := tx.Count(`SELECT (SELECT count(*) FROM member WHERE corpid = ? AND `+has("biz_mail")+`) + (SELECT count(*) FROM member_mail_alias WHERE corpid = ? AND alias = ?)`,
			c.CorpID, address, c.CorpID, address)
		if err != nil || taken == 0 {
			return address, err
		}
	}
}

// leaderNo returns the number of the member's direct leader, nil without one.
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
		err = wire.ErrParameter.With("a member cannot be his own direct leader")
	}
	return no, err
}

// jsonText writes a value as JSON, and nothing where it is empty.
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
	return jsonText(p, p.CorpName == "" && p.Channel == "" && len(p.Attributes) == 0)
}

func insertMember(tx *store.Tx, corpID string, m *Member) error {
	leader, err := leaderNo(tx, corpID, *m)
	if err != nil {
		return err
	}
	invited := int64(0)
	if !m.InvitedAt.IsZero() {
		invited = m.InvitedAt.UnixMilli()
	}
	m.ChangedAt = tx.Now()
	m.No, err = tx.Only(memberRow(corpID, m.UserID.Key())).Insert(`INSERT INTO member (corpid, userid, userkey, name, alias, mobile, email, biz_mail, biz_mail_changes, position, gender,
			telephone, address, avatar, external_position, main_department, places, leader, enabled, activated, generated,
			extattr, external_profile, mail_aliases, created_by, created_at, invited_at, namekey, changed_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		corpID, string(m.UserID), m.UserID.Key(), clean(m.Name), clean(m.Alias), m.Mobile, m.Email, m.BizMail, m.bizMailChanges, clean(m.Position), m.Gender,
		m.Telephone, clean(m.Address), clean(m.Avatar), clean(m.ExternalPosition), m.MainDepartment, formatPlaces(m.Places), leader, flag(m.Enabled), flag(m.Activated), flag(m.Generated),
		jsonText(m.Attributes, len(m.Attributes) == 0), m.External.text(), "", m.CreatedBy, m.CreatedAt.UnixMilli(), invited, strings.ToLower(clean(m.Name)), tx.Now().UnixMilli())
	if err != nil {
		return fmt.Errorf("insert member: %w", err)
	}
	return insertPlaces(tx, corpID, m)
}

func insertPlaces(tx *store.Tx, corpID string, m *Member) error {
	for _, p := range m.Places {
		if _, err := tx.Exec(`INSERT INTO member_department (corpid, department, member, ord, is_leader) VALUES (?, ?, ?, ?, ?)`,
			corpID, p.Department, m.No, p.Order, flag(p.Leader)); err != nil {
			return fmt.Errorf("insert place: %w", err)
		}
	}
	return nil
}

// updateMember writes the member, who was called old.
func updateMember(tx *store.Tx, corpID string, old id.UserID, m Member, aliases bool) error {
	leader, err := leaderNo(tx, corpID, m)
	if err != nil {
		return err
	}
	exec := tx.Exec
	if m.UserID == old {
		exec = tx.Only(memberRow(corpID, m.UserID.Key())).Exec
	}
	if _, err := exec(`UPDATE member SET userid = ?, userkey = ?, name = ?, alias = ?, mobile = ?, email = ?, biz_mail = ?, biz_mail_changes = ?,
			position = ?, gender = ?, telephone = ?, address = ?, avatar = ?, external_position = ?, main_department = ?, places = ?, leader = ?,
			enabled = ?, activated = ?, generated = ?, extattr = ?, external_profile = ?, mail_aliases = ?, namekey = ?, changed_at = ? WHERE no = ?`,
		string(m.UserID), m.UserID.Key(), clean(m.Name), clean(m.Alias), m.Mobile, m.Email, m.BizMail, m.bizMailChanges,
		clean(m.Position), m.Gender, m.Telephone, clean(m.Address), clean(m.Avatar), clean(m.ExternalPosition), m.MainDepartment, formatPlaces(m.Places), leader,
		flag(m.Enabled), flag(m.Activated), flag(m.Generated), jsonText(m.Attributes, len(m.Attributes) == 0), m.External.text(),
		strings.Join(m.MailAliases, " "), strings.ToLower(clean(m.Name)), tx.Now().UnixMilli(), m.No); err != nil {
		return fmt.Errorf("update member: %w", err)
	}
	if _, err := tx.Exec(`DELETE FROM member_department WHERE member = ?`, m.No); err != nil {
		return err
	}
	if err := insertPlaces(tx, corpID, &m); err != nil || !aliases {
		return err
	}
	return replaceAliases(tx, corpID, m)
}

func replaceAliases(tx *store.Tx, corpID string, m Member) error {
	if _, err := tx.Exec(`DELETE FROM member_mail_alias WHERE member = ?`, m.No); err != nil {
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

// countMembers changes the number of the corp's members, and answers
// ErrMemberCap where that would exceed its limit.
func countMembers(tx *store.Tx, c corp.Corp, by int64) error {
	n, err := tx.Exec(`UPDATE directory_size SET members = members + ? WHERE corpid = ? AND (members + ? <= ? OR ? < 0)`, by, c.CorpID, by, c.MemberLimit, by)
	if err != nil {
		return fmt.Errorf("count members: %w", err)
	}
	if n == 0 {
		return ErrMemberCap.With("the corp has room for %d members", c.MemberLimit)
	}
	return nil
}

// selectLeaders returns the leaders of the departments (all of the corp's where
// none are named) whom the caller may see.
func selectLeaders(tx *store.Tx, by access.Caller, departments []int64) (map[int64][]string, error) {
	with, visible, args := visibility(by)
	query := with + ` SELECT md.department, m.userid FROM member_department md JOIN member m ON m.no = md.member
		WHERE md.corpid = ? AND md.is_leader = 1 AND ` + visible("m") + ` `
	args = append(args[:len(args):len(args)], by.CorpID)
	args = append(args, visibleArgs(by)...)
	if departments != nil {
		query += `AND md.department IN (` + store.Marks(len(departments)) + `) `
		args = store.Args(args, departments)
	}
	out := map[int64][]string{}
	err := tx.Each(query+`ORDER BY md.department, md.ord DESC, m.no`, args, func(rows *store.Rows) error {
		var dep int64
		var user string
		err := rows.Scan(&dep, &user)
		out[dep] = append(out[dep], user)
		return err
	})
	return out, err
}
