package directory

import (
	"encoding/json"
	"fmt"
	"reflect"
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

const memberTables = `member m LEFT JOIN member l ON l.no = m.leader`

// column is a column of the table member: how it is read and written.
type column struct {
	name string
	expr string // what is read; m.name where it is empty
	read func(c *columns, m *Member)
	// value is what is written; nil where the database or another statement does.
	value func(m *Member, now time.Time) any
	once  bool // written when the member is made, and never again
}

// memberColumns are the columns that are not plain texts, and then those, by the
// table of fields.
var memberColumns = append([]column{
	{name: "no", read: func(c *columns, m *Member) { m.No = c.number() }},
	{name: "userid", read: func(c *columns, m *Member) { m.UserID = id.UserID(c.text()) }, value: func(m *Member, _ time.Time) any { return string(m.UserID) }},
	{name: "userkey", value: func(m *Member, _ time.Time) any { return m.UserID.Key() }},
	{name: "namekey", value: func(m *Member, _ time.Time) any { return strings.ToLower(clean(m.Name)) }},
	{name: "biz_mail_changes", read: func(c *columns, m *Member) { m.bizMailChanges = c.number() }, value: func(m *Member, _ time.Time) any { return m.bizMailChanges }},
	{name: "gender", read: func(c *columns, m *Member) { m.Gender = c.number() }, value: func(m *Member, _ time.Time) any { return m.Gender }},
	{name: "avatar", read: func(c *columns, m *Member) { m.Avatar = c.text() }, value: func(m *Member, _ time.Time) any { return clean(m.Avatar) }},
	{name: "main_department", read: func(c *columns, m *Member) { m.MainDepartment = c.number() }, value: func(m *Member, _ time.Time) any { return m.MainDepartment }},
	{name: "places", read: (*columns).places, value: func(m *Member, _ time.Time) any { return formatPlaces(m.Places) }},
	{name: "leader", expr: "coalesce(l.userid, '')", read: func(c *columns, m *Member) { m.DirectLeader = id.UserID(c.text()) }},
	{name: "enabled", read: func(c *columns, m *Member) { m.Enabled = c.number() == 1 }, value: func(m *Member, _ time.Time) any { return flag(m.Enabled) }},
	{name: "activated", read: func(c *columns, m *Member) { m.Activated = c.number() == 1 }, value: func(m *Member, _ time.Time) any { return flag(m.Activated) }},
	{name: "generated", read: func(c *columns, m *Member) { m.Generated = c.number() == 1 }, value: func(m *Member, _ time.Time) any { return flag(m.Generated) }},
	{name: "extattr", read: (*columns).attributes, value: func(m *Member, _ time.Time) any { return jsonText(m.Attributes, len(m.Attributes) == 0) }},
	{name: "external_profile", read: (*columns).external, value: func(m *Member, _ time.Time) any { return m.External.text() }},
	{name: "mail_aliases", read: func(c *columns, m *Member) { m.MailAliases = c.words() }, value: func(m *Member, _ time.Time) any { return strings.Join(m.MailAliases, " ") }},
	{name: "created_by", read: func(c *columns, m *Member) { m.CreatedBy = c.number() }, value: func(m *Member, _ time.Time) any { return m.CreatedBy }, once: true},
	{name: "created_at", read: func(c *columns, m *Member) { m.CreatedAt = c.time() }, value: func(m *Member, _ time.Time) any { return m.CreatedAt.UnixMilli() }, once: true},
	{name: "invited_at", read: func(c *columns, m *Member) { m.InvitedAt = c.time() }, value: func(m *Member, _ time.Time) any { return milliseconds(m.InvitedAt) }, once: true},
	{name: "changed_at", read: func(c *columns, m *Member) { m.ChangedAt = c.time() }, value: func(_ *Member, now time.Time) any { return now.UnixMilli() }},
}, textColumns()...)

func textColumns() (out []column) {
	for _, row := range plain {
		out = append(out, column{name: string(row.Name), read: func(c *columns, m *Member) { *row.Text(m) = c.text() },
			value: func(m *Member, _ time.Time) any { return clean(*row.Text(m)) }})
	}
	return out
}

// The statements on members, made of their columns.
var (
	memberText      = readsMember()
	insertMemberSQL = insertsMember()
	updateMemberSQL = updatesMember()
)

func readsMember() string {
	var list []string
	for _, c := range memberColumns {
		switch {
		case c.read == nil:
		case c.expr != "":
			list = append(list, c.expr)
		default:
			list = append(list, "m."+c.name)
		}
	}
	return strings.Join(list, " || '"+separator+"' || ")
}

func insertsMember() string {
	names := []string{"corpid", "leader"}
	for _, c := range memberColumns {
		if c.value != nil {
			names = append(names, c.name)
		}
	}
	return `INSERT INTO member (` + strings.Join(names, ", ") + `) VALUES (` + store.Marks(len(names)) + `)`
}

func updatesMember() string {
	sets := []string{"leader = ?"}
	for _, c := range memberColumns {
		if c.value != nil && !c.once {
			sets = append(sets, c.name+" = ?")
		}
	}
	return `UPDATE member SET ` + strings.Join(sets, ", ") + ` WHERE no = ?`
}

// written returns the values of a member's columns for one of the statements.
func written(m *Member, now time.Time, first bool, args ...any) []any {
	for i := range memberColumns {
		if c := &memberColumns[i]; c.value != nil && (first || !c.once) {
			args = append(args, c.value(m, now))
		}
	}
	return args
}

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
	json *keptJSON // what is known already
	err  error
}

func (c *columns) text() string {
	var col string
	col, c.rest, _ = strings.Cut(c.rest, separator)
	return col
}

func (c *columns) number() int64 {
	n, err := strconv.ParseInt(c.text(), 10, 64)
	c.fail(err)
	return n
}

func (c *columns) time() time.Time {
	if ms := c.number(); ms > 0 {
		return time.UnixMilli(ms).UTC()
	}
	return time.Time{}
}

func (c *columns) words() []string {
	if text := c.text(); text != "" {
		return strings.Fields(text)
	}
	return nil
}

func (c *columns) attributes(m *Member) {
	text := c.text()
	if c.json != nil {
		m.Attributes = c.json.attributes
	} else if text != "" {
		c.fail(json.Unmarshal([]byte(text), &m.Attributes))
	}
}

func (c *columns) external(m *Member) {
	text := c.text()
	if c.json != nil {
		m.External = c.json.external
	} else if text != "" {
		c.fail(json.Unmarshal([]byte(text), &m.External))
	}
}

func (c *columns) places(m *Member) {
	var err error
	m.Places, err = parsePlaces(c.text())
	c.fail(err)
}

func (c *columns) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func parseMember(row string, m *Member) error {
	c := columns{rest: row}
	return c.member(m)
}

func (c *columns) member(m *Member) error {
	for i := range memberColumns {
		if read := memberColumns[i].read; read != nil {
			read(c, m)
			if c.err != nil {
				return fmt.Errorf("member %d: %s: %w", m.No, memberColumns[i].name, c.err)
			}
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

// keptMember is how a member is kept: as his text, which takes a third of a
// Member's room, and what would be costly to read from it again.
type keptMember struct {
	row  string
	json *keptJSON // nil where nothing in the row is JSON
}

type keptJSON struct {
	attributes Attributes
	external   ExternalProfile
}

var attributeBytes = int(reflect.TypeFor[Attribute]().Size())

// size is what is kept in bytes; an unknown member is not kept.
func (k keptMember) size() int {
	n := len(k.row) - 1
	if k.json != nil {
		n += len(k.row) + attributeBytes*(len(k.json.attributes)+len(k.json.external.Attributes))
	}
	return n
}

// recallMember returns the member with the key. His attributes are shared with all
// who recall him: whoever changes the list makes his own first.
func (s *Service) recallMember(tx *store.Tx, corpID, key string) (m Member, found bool, err error) {
	fresh := false
	k, err := store.Recall(tx, "member "+corpID+" "+key, keptMember.size, func() (k keptMember, err error) {
		found, err := tx.Get(`SELECT `+memberText+` FROM `+memberTables+` WHERE m.corpid = ? AND m.userkey = ?`, []any{corpID, key}, &k.row)
		if err != nil || !found {
			return k, err
		}
		fresh, err = true, parseMember(k.row, &m)
		if len(m.Attributes) > 0 || m.External.text() != "" {
			k.json = &keptJSON{m.Attributes, m.External}
		}
		return k, err
	})
	switch {
	case err != nil || k.row == "":
		return Member{}, false, err
	case fresh:
		return m, true, nil
	}
	c := columns{rest: k.row, json: k.json}
	return m, true, c.member(&m)
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
		return ErrMobileTaken.Ending(":", user)
	}
	if user, found, err := holder("email", m.Email); err != nil {
		return err
	} else if found {
		return ErrEmailTaken.Ending(":", user)
	}
	if user, found, err := holder("biz_mail", m.BizMail); err != nil {
		return err
	} else if found {
		return ErrBizMailTaken.Ending(":", user)
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
	m.ChangedAt = tx.Now()
	m.No, err = tx.Insert(insertMemberSQL, written(m, tx.Now(), true, corpID, leader)...)
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

func updateMember(tx *store.Tx, corpID string, m Member, aliases bool) error {
	leader, err := leaderNo(tx, corpID, m)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(updateMemberSQL, append(written(&m, tx.Now(), false, leader), m.No)...); err != nil {
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
