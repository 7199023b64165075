package directory

import (
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Filter is a condition on members. The doors for standard clients (LDAP, SCIM) translate their own filter
// languages into it, so that the database searches and no door reads all members. The zero value holds for
// nobody.
type Filter struct {
	op    filterOp
	of    []Filter
	key   Key
	texts []string // of a pattern: the pieces between its asterisks
	no    int64
	flag  bool
}

type filterOp int

const (
	opNobody filterOp = iota
	opEveryone
	opAnd
	opOr
	opNot
	opIs
	opLike
	opHas
	opIn
	opTagged
	opEnabled
	opActivated
	opSince
	opNumber
	opLeader
	opAttribute
)

// Key is a field by which members are looked up and sorted. Texts are compared without regard to case.
type Key = Field

// The keys that the doors name. Each plain text is one. These two are only for sorting and for Since.
const (
	KeyUserID    = FieldUserID
	KeyName      = FieldName
	KeyAlias     = FieldAlias
	KeyMobile    = FieldMobile
	KeyEmail     = FieldEmail
	KeyBizMail   = FieldBizMail
	KeyPosition  = FieldPosition
	KeyTelephone = FieldTelephone
	KeyAddress   = FieldAddress
	KeyCreated   = Key("created_at")
	KeyChanged   = Key("changed_at")
)

// keyColumn is how each key is stored.
var keyColumn = func() map[Key]keyed {
	out := map[Key]keyed{KeyCreated: {column: "m.created_at"}, KeyChanged: {column: "m.changed_at"}}
	for _, row := range FieldTable {
		switch {
		case row.key.column != "":
			out[row.Name] = row.key
		case row.Text != nil:
			out[row.Name] = keyed{column: "lower(m." + string(row.Name) + ")"}
		}
	}
	return out
}()

// Everyone holds for every member, Nobody for none.
func Everyone() Filter { return Filter{op: opEveryone} }

// Nobody: see Everyone.
func Nobody() Filter { return Filter{} }

// And holds if all of the filters do.
func And(of ...Filter) Filter {
	var rest []Filter
	for _, f := range of {
		switch f.op {
		case opNobody:
			return Nobody()
		case opEveryone:
		default:
			rest = append(rest, f)
		}
	}
	switch len(rest) {
	case 0:
		return Everyone()
	case 1:
		return rest[0]
	}
	return Filter{op: opAnd, of: rest}
}

// Or holds if one of the filters does.
func Or(of ...Filter) Filter {
	var rest []Filter
	for _, f := range of {
		switch f.op {
		case opEveryone:
			return Everyone()
		case opNobody:
		default:
			rest = append(rest, f)
		}
	}
	switch len(rest) {
	case 0:
		return Nobody()
	case 1:
		return rest[0]
	}
	return Filter{op: opOr, of: rest}
}

// Not holds if the filter does not.
func Not(f Filter) Filter {
	switch f.op {
	case opNobody:
		return Everyone()
	case opEveryone:
		return Nobody()
	case opNot:
		return f.of[0]
	}
	return Filter{op: opNot, of: []Filter{f}}
}

// Is holds if the member has the text.
func Is(key Key, text string) Filter {
	if text == "" {
		return Nobody()
	}
	if key == KeyMobile {
		if canonical, err := CanonicalMobile(text); err == nil {
			text = canonical
		}
	}
	return Filter{op: opIs, key: key, texts: []string{strings.ToLower(text)}}
}

// Like holds if the member's text begins with the first piece, ends with the last, and has the others between
// in this order. A piece may be empty.
func Like(key Key, pieces ...string) Filter {
	folded := make([]string, len(pieces))
	for i, p := range pieces {
		folded[i] = strings.ToLower(p)
	}
	return Filter{op: opLike, key: key, texts: folded}
}

// Has holds if the member has any text.
func Has(key Key) Filter {
	if key == KeyUserID || key == KeyName {
		return Everyone()
	}
	return Filter{op: opHas, key: key}
}

// Within holds for the members of the department and, if below is set, of all departments below it.
func Within(department int64, below bool) Filter {
	return Filter{op: opIn, no: department, flag: below}
}

// Tagged holds for the members that carry the tag themselves or through a
// department.
func Tagged(tag int64) Filter { return Filter{op: opTagged, no: tag} }

// Enabled holds for the members who are not disabled.
func Enabled() Filter { return Filter{op: opEnabled} }

// Since holds for the members who were created or last changed at the time or
// after it.
func Since(key Key, at time.Time) Filter {
	return Filter{op: opSince, key: key, no: at.UnixMilli()}
}

// Numbered holds for the member with our number.
func Numbered(no int64) Filter { return Filter{op: opNumber, no: no} }

// Activated holds for the members who have signed in, or were marked as active.
func Activated() Filter { return Filter{op: opActivated} }

// LedBy holds for the members whose direct leader is the member. If none is named, it holds for those who
// have any.
func LedBy(user id.UserID) Filter { return Filter{op: opLeader, texts: []string{user.Key()}} }

// AttributeIs holds for the members whose extended attribute of the name has the text, or any text if it is
// empty.
func AttributeIs(name, text string) Filter {
	return Filter{op: opAttribute, texts: []string{name, text}}
}

// lookedUp reports whether an index leads to the few members for which the filter can hold.
func (f Filter) lookedUp() bool {
	switch f.op {
	case opNobody, opNumber, opIn, opTagged:
		return true
	case opLeader:
		return f.texts[0] != ""
	case opIs:
		return keyColumn[f.key].indexed
	case opLike:
		return keyColumn[f.key].indexed && f.texts[0] != ""
	case opAnd:
		for _, g := range f.of {
			if g.lookedUp() {
				return true
			}
		}
	case opOr:
		for _, g := range f.of {
			if !g.lookedUp() {
				return false
			}
		}
		return true
	}
	return false
}

// where returns the filter as a condition on m.
func (f Filter) where(corpID string, args []any) (string, []any) {
	switch f.op {
	case opEveryone:
		return "1 = 1", args
	case opAnd:
		return f.join(" AND ", corpID, args)
	case opOr:
		if f.lookedUp() {
			return f.union(corpID, args)
		}
		return f.join(" OR ", corpID, args)
	case opNot:
		inner, args := f.of[0].where(corpID, args)
		return "NOT (" + inner + ")", args
	case opIs:
		return f.present(keyColumn[f.key].column + " = ?"), append(args, f.texts[0])
	case opLike:
		return f.like(args)
	case opHas:
		return keyColumn[f.key].column + " <> ''", args
	case opIn:
		if !f.flag {
			return `m.no IN (SELECT md.member FROM member_department md WHERE md.corpid = ? AND md.department = ?)`, append(args, corpID, f.no)
		}
		return `m.no IN (SELECT md.member FROM member_department md WHERE md.corpid = ? AND md.department IN (` + belowQuery + `))`,
			append(args, corpID, corpID, f.no, corpID)
	case opTagged:
		return `m.no IN (SELECT tm.member FROM tag_member tm WHERE tm.corpid = ? AND tm.tagid = ? UNION
			SELECT md.member FROM member_department md WHERE md.corpid = ? AND md.department IN (` + belowTagQuery + `))`,
			append(args, corpID, f.no, corpID, corpID, f.no, corpID)
	case opEnabled:
		return "m.enabled = 1", args
	case opActivated:
		return "m.activated = 1", args
	case opSince:
		return keyColumn[f.key].column + " >= ?", append(args, f.no)
	case opNumber:
		return "m.no = ?", append(args, f.no)
	case opLeader:
		if f.texts[0] == "" {
			return `m.leader IS NOT NULL`, args
		}
		return `m.leader = (SELECT lead.no FROM member lead WHERE lead.corpid = ? AND lead.userkey = ?)`, append(args, corpID, f.texts[0])
	case opAttribute:
		return `lower(m.extattr)` + store.Like, append(args, f.attributePattern())
	}
	return "1 = 0", args
}

// attributePattern finds an attribute in the JSON in which a member's attributes are stored.
func (f Filter) attributePattern() string {
	field := `"Name":` + jsonText(f.texts[0], false) + `,"Text":"`
	if f.texts[1] != "" {
		field = strings.TrimSuffix(field, `"`) + jsonText(f.texts[1], false)
	}
	return store.Pattern("", strings.ToLower(field), "")
}

const (
	belowQuery = `WITH RECURSIVE below(id) AS (SELECT id FROM department WHERE corpid = ? AND id = ?
		UNION SELECT d.id FROM department d JOIN below ON d.parentid = below.id WHERE d.corpid = ?) SELECT id FROM below`
	belowTagQuery = `WITH RECURSIVE below(id) AS (SELECT department FROM tag_department WHERE corpid = ? AND tagid = ?
		UNION SELECT d.id FROM department d JOIN below ON d.parentid = below.id WHERE d.corpid = ?) SELECT id FROM below`
)

func (f Filter) join(with, corpID string, args []any) (string, []any) {
	parts := make([]string, len(f.of))
	for i, g := range f.of {
		parts[i], args = g.where(corpID, args)
	}
	return "(" + strings.Join(parts, with) + ")", args
}

// union looks up each part of an OR by its own index. Left to itself, SQLite would go through all members in
// the requested order.
func (f Filter) union(corpID string, args []any) (string, []any) {
	parts := make([]string, len(f.of))
	for i, g := range f.of {
		var where string
		args = append(args, corpID)
		where, args = g.where(corpID, args)
		parts[i] = "SELECT m.no FROM member m WHERE m.corpid = ? AND " + where
	}
	return "m.no IN (" + strings.Join(parts, " UNION ALL ") + ")", args
}

// present adds the condition that lets SQLite use an index without empty texts.
func (f Filter) present(condition string) string {
	if c := keyColumn[f.key]; c.partial {
		return "(" + condition + " AND " + c.column + " <> '')"
	}
	return condition
}

func (f Filter) like(args []any) (string, []any) {
	column := keyColumn[f.key].column
	var parts []string
	if first := f.texts[0]; first != "" && keyColumn[f.key].indexed {
		parts = append(parts, column+" >= ?")
		args = append(args, first)
		if after := next(first); after != "" {
			parts = append(parts, column+" < ?")
			args = append(args, after)
		}
	}
	if len(f.texts) > 2 || len(parts) == 0 || f.texts[len(f.texts)-1] != "" {
		parts = append(parts, column+store.Like)
		args = append(args, store.Pattern(f.texts...))
	}
	return f.present("(" + strings.Join(parts, " AND ") + " AND " + column + " <> '')"), args
}

// next returns the first text, in byte order, after all that begin with prefix; none if there is no such
// UTF-8 text.
func next(prefix string) string {
	runes := []rune(prefix)
	for i := len(runes) - 1; i >= 0; i-- {
		r := runes[i] + 1
		if r == 0xd800 {
			r = 0xe000
		}
		if r <= 0x10ffff {
			return string(runes[:i]) + string(r)
		}
	}
	return ""
}

// MemberPage says which of the members to return, and in which order: by
// creation, or by a key.
type MemberPage struct {
	After int64 // our number of the last member of the page before; only by creation
	Skip  int64
	Limit int // 0 returns none
	By    *Key
	Down  bool
}

// FindMembers returns the members for which the filter holds and that the caller may see.
func (s *Service) FindMembers(tx *store.Tx, by access.Caller, f Filter, p MemberPage) ([]Member, error) {
	if f.op == opNobody || p.Limit == 0 {
		return nil, nil
	}
	with, where, args := s.found(by, f, p.After)
	order := keyNo(f)
	if p.By != nil {
		if order = keyColumn[*p.By].column; p.Down {
			order += " DESC"
		}
		order += ", m.no"
	}
	return s.selectMembers(tx, with, where+` ORDER BY `+order+` LIMIT ? OFFSET ?`, append(args, p.Limit, p.Skip)...)
}

// CountMembers returns for how many members the filter holds.
func (s *Service) CountMembers(tx *store.Tx, by access.Caller, f Filter) (int64, error) {
	if f.op == opNobody {
		return 0, nil
	}
	if f.op == opEveryone && by.SeesAll() {
		n, _, err := s.Size(tx, by.CorpID)
		return n, err
	}
	with, where, args := s.found(by, f, 0)
	return tx.Count(with+` SELECT count(*) FROM member m WHERE `+where, args...)
}

// FoundUserIDs calls fn with the userid of each member for which the filter holds, by creation. fn must not
// use tx.
func (s *Service) FoundUserIDs(tx *store.Tx, by access.Caller, f Filter, fn func(no int64, user id.UserID) error) error {
	if f.op == opNobody {
		return nil
	}
	with, where, args := s.found(by, f, 0)
	return tx.Each(with+` SELECT m.no, m.userid FROM member m WHERE `+where+` ORDER BY `+keyNo(f), args, func(rows *store.Rows) error {
		var no int64
		var user id.UserID
		if err := rows.Scan(&no, &user); err != nil {
			return err
		}
		return fn(no, user)
	})
}

func (s *Service) found(by access.Caller, f Filter, after int64) (with, where string, args []any) {
	with, visible, args := visibility(by)
	args = append(args[:len(args):len(args)], by.CorpID)
	where, args = f.where(by.CorpID, args)
	where = `m.corpid = ? AND ` + where
	if after > 0 {
		where += ` AND ` + keyNo(f) + ` > ?`
		args = append(args, after)
	}
	where += ` AND ` + visible("m")
	return with, where, append(args, visibleArgs(by)...)
}

// keyNo orders by number. The plus keeps SQLite from going through all members in this order when another
// index finds a few.
func keyNo(f Filter) string {
	if f.lookedUp() {
		return "+m.no"
	}
	return "m.no"
}
