package directory

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// A member is read as one text, its columns separated by separator: the SQLite driver spends more on each
// column of a result than the database does on reading the row, and members are read most often. The member
// is m, the leader l. Stored texts do not contain the separator; see clean.
const separator = "\x1f"

const memberTables = `member m LEFT JOIN member l ON l.no = m.leader`

// column is a column of the table member: how it is read and written.
type column struct {
	name string
	expr string // the expression to read; m.name if it is empty
	read func(c *columns, m *Member)
	// value is the value to write; nil if the database or another statement writes it.
	value func(m *Member, now time.Time) any
	once  bool // written when the member is created, and never again
}

// memberColumns are the columns of the other fields, followed by the plain texts in the order of the table of
// fields.
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
	{name: changedAt, read: func(c *columns, m *Member) { m.ChangedAt = c.time() }, value: func(_ *Member, now time.Time) any { return now.UnixMilli() }},
}, textColumns()...)

func textColumns() (out []column) {
	for _, row := range plain {
		out = append(out, column{name: string(row.Name), read: func(c *columns, m *Member) { *row.Text(m) = c.text() },
			value: func(m *Member, _ time.Time) any { return clean(*row.Text(m)) }})
	}
	return out
}

// The statements on members, built from their columns.
var (
	memberText      = readsMember()
	insertMemberSQL = insertsMember()
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

// changedAt is the column that every change of a member writes.
const changedAt = "changed_at"

// changedColumns returns what an UPDATE of the member sets, but for his leader.
func changedColumns(old, m *Member, now time.Time) (sets []string, args []any) {
	for i := range memberColumns {
		c := &memberColumns[i]
		if c.value == nil || c.once {
			continue
		}
		if v := c.value(m, now); c.name == changedAt || v != c.value(old, now) {
			sets, args = append(sets, c.name+" = ?"), append(args, v)
		}
	}
	return sets, args
}

// written returns the values of a new member's columns, behind those in args.
func written(m *Member, now time.Time, args ...any) []any {
	for i := range memberColumns {
		if c := &memberColumns[i]; c.value != nil {
			args = append(args, c.value(m, now))
		}
	}
	return args
}

// clean removes the separator from a text before it is stored.
func clean(text string) string {
	if strings.Contains(text, separator) {
		return strings.ReplaceAll(text, separator, "")
	}
	return text
}

// columns returns the columns of a member's text in sequence.
type columns struct {
	rest string
	json *keptJSON // parsed already
	err  error
}

func (c *columns) text() string {
	col := c.rest
	if end := strings.IndexByte(col, separator[0]); end >= 0 {
		col, c.rest = col[:end], col[end+1:]
	} else {
		c.rest = ""
	}
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

// formatPlaces and parsePlaces write and read department:order:leader,… It costs a tenth of JSON, and lists
// of members spend most of their time here.
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
