package directory

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of import files (doc 90979).
var (
	ErrSheet        = wire.Code(40092, "invalid import file")
	ErrSheetTwice   = wire.Code(302003, "duplicate userid in import file")
	errSheetMissing = ErrSheet.With("姓名, 帐号, 所在部门 and one of 手机号 and 邮箱 are needed in each row")
)

// The columns of a member file, by their headers. The first twelve are those of
// WeCom's template (batch_user_sample.csv); the others are ours, which WeCom's
// import would ignore. Each may be absent, and extended attributes may follow
// under their own names.
const (
	colName         = "姓名"
	colUserID       = "帐号"
	colMobile       = "手机号"
	colEmail        = "邮箱"
	colDepartment   = "所在部门"
	colPosition     = "职位"
	colGender       = "性别"
	colLeads        = "是否部门内领导"
	colOrder        = "排序"
	colAlias        = "别名"
	colAddress      = "地址"
	colTelephone    = "座机"
	colDisabled     = "禁用"
	colDisabledNote = "禁用项说明：(0-启用;1-禁用)"
	colMain         = "主部门"
	colDirectLeader = "直属上级"
	colBizMail      = "企业邮箱"
	colExternal     = "对外职务"
)

// SheetHeader is the header of WeCom's template, and our additions.
var SheetHeader = []string{colName, colUserID, colMobile, colEmail, colDepartment, colPosition, colGender, colLeads, colOrder,
	colAlias, colAddress, colTelephone, colDisabled, colDisabledNote, colMain, colDirectLeader, colBizMail, colExternal}

// sheetSynonyms are other spellings in use.
var sheetSynonyms = map[string]string{"账号": colUserID, "手机": colMobile, "电子邮箱": colEmail, "部门": colDepartment}

// MemberSheet reads members from a CSV file, row by row.
type MemberSheet struct {
	csv        *csv.Reader
	columns    []string // by position; "" for one that says nothing
	attributes []string
	has        map[string]bool
	seen       map[string]bool
	Ignored    []string // headers that are not known
}

// NewMemberSheet reads the header. attributes are the extended attributes that
// the corp has; other unknown columns are ignored (doc 90979).
func NewMemberSheet(r io.Reader, attributes []string) (*MemberSheet, error) {
	reader, header, err := sheetHeader(r)
	if err != nil {
		return nil, err
	}
	s := &MemberSheet{csv: reader, attributes: attributes, has: map[string]bool{}, seen: map[string]bool{}}
	for _, h := range header {
		if other, ok := sheetSynonyms[h]; ok {
			h = other
		}
		switch {
		case h == "" || strings.HasPrefix(h, "禁用项说明"):
			h = ""
		case !slices.Contains(SheetHeader, h) && !slices.Contains(attributes, h):
			s.Ignored = append(s.Ignored, h)
			h = ""
		case s.has[h]:
			return nil, ErrSheet.With("the column %s stands twice", h)
		}
		s.columns = append(s.columns, h)
		s.has[h] = true
	}
	for _, need := range []string{colName, colUserID, colDepartment} {
		if !s.has[need] {
			return nil, ErrSheet.With("the column %s is missing; the first row must be the header of the template", need)
		}
	}
	if !s.has[colMobile] && !s.has[colEmail] {
		return nil, ErrSheet.With("one of the columns %s and %s is needed", colMobile, colEmail)
	}
	return s, nil
}

// sheetHeader returns a reader of the rows behind the header, and the header.
func sheetHeader(r io.Reader) (*csv.Reader, []string, error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	if mark, err := buffered.Peek(3); err == nil && string(mark) == "\ufeff" {
		buffered.Discard(3)
	}
	reader := csv.NewReader(buffered)
	reader.FieldsPerRecord = -1 // rows of spreadsheets end where their last value is
	reader.LazyQuotes = true
	reader.ReuseRecord = true
	header, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil, ErrSheet.With("the file is empty")
	}
	if err != nil {
		return nil, nil, ErrSheet.With("%v", err)
	}
	out := make([]string, len(header))
	for i, h := range header {
		if !utf8.ValidString(h) {
			return nil, nil, errNotUTF8
		}
		out[i] = plainCell(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(h), "\ufeff")))
	}
	return reader, out, nil
}

var errNotUTF8 = ErrSheet.With("the file is not UTF-8; save it as “CSV UTF-8”")

// MemberRow is one row: a member to be created, or what to change in him.
type MemberRow struct {
	Line   int // in the file, the header being 1
	UserID id.UserID
	Err    error // the row cannot be used

	update MemberUpdate
}

// Next returns the next row, or io.EOF. A row that cannot be used has its Err.
func (s *MemberSheet) Next() (MemberRow, error) {
	for {
		record, err := s.csv.Read()
		if errors.Is(err, io.EOF) {
			return MemberRow{}, io.EOF
		}
		record = plainCells(record)
		if err != nil && !errors.Is(err, csv.ErrFieldCount) {
			return MemberRow{}, err
		}
		if emptyRecord(record) {
			continue
		}
		row := MemberRow{}
		row.Line, _ = s.csv.FieldPos(0)
		row.Err = s.read(&row, record)
		if key := row.UserID.Key(); key != "" {
			if s.seen[key] {
				row.Err = ErrSheetTwice.With("%q", row.UserID)
			}
			s.seen[key] = true
		}
		return row, nil
	}
}

func emptyRecord(record []string) bool {
	for _, cell := range record {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// read fills the row. Errors of single fields do not hide the userid.
func (s *MemberSheet) read(row *MemberRow, record []string) error {
	var firstErr error
	var attributes []Attribute
	u := &row.update
	for i, col := range s.columns {
		if col == "" {
			continue
		}
		cell := ""
		if i < len(record) {
			if !utf8.ValidString(record[i]) {
				return errNotUTF8
			}
			cell = strings.TrimSpace(record[i])
		}
		err := u.setCell(col, cell)
		if slices.Contains(s.attributes, col) && !slices.Contains(SheetHeader, col) {
			attributes = append(attributes, attributeOfCell(col, cell))
		}
		if firstErr == nil {
			firstErr = err
		}
	}
	row.UserID = u.UserID
	if attributes != nil {
		u.Attributes = &attributes
	}
	if firstErr == nil && (u.UserID == "" || value(u.Name) == "" || u.Departments == nil || len(*u.Departments) == 0 ||
		(value(u.Mobile) == "" && value(u.Email) == "")) {
		firstErr = errSheetMissing
	}
	return firstErr
}

// setCell puts a cell's text into the update. An empty cell clears the field;
// where a field has no empty state, it leaves it as it is.
func (u *MemberUpdate) setCell(col, cell string) (err error) {
	switch col {
	case colName:
		u.Name = &cell
	case colUserID:
		u.UserID = id.UserID(cell)
	case colMobile:
		u.Mobile = &cell
	case colEmail:
		u.Email = &cell
	case colPosition:
		u.Position = &cell
	case colAlias:
		u.Alias = &cell
	case colAddress:
		u.Address = &cell
	case colTelephone:
		u.Telephone = &cell
	case colBizMail:
		u.BizMail = &cell
	case colExternal:
		u.ExternalPosition = &cell
	case colDepartment:
		u.Departments, err = cellNumbers(col, cell)
	case colOrder:
		u.Orders, err = cellNumbers(col, cell)
	case colLeads:
		u.Leads, err = cellFlags(col, cell)
	case colDirectLeader:
		leaders := []string{}
		if cell != "" {
			leaders = append(leaders, cell)
		}
		u.DirectLeaders = &leaders
	case colMain:
		if cell != "" {
			u.MainDepartment, err = cellNumber(col, cell)
		}
	case colGender:
		u.Gender, err = cellGender(cell)
	case colDisabled:
		var list *[]int64
		if list, err = cellFlags(col, cell); err == nil && list != nil && len(*list) == 1 {
			enabled := (*list)[0] == 0
			u.Enabled = &enabled
		}
	}
	return err
}

func cellNumber(col, cell string) (*int64, error) {
	n, err := strconv.ParseInt(cell, 10, 64)
	if err != nil {
		return nil, ErrSheet.With("%s: %q; a number expected", col, cell)
	}
	return &n, nil
}

// cellNumbers reads numbers with semicolons between them.
func cellNumbers(col, cell string) (*[]int64, error) {
	out := []int64{}
	for _, word := range strings.FieldsFunc(cell, func(r rune) bool { return r == ';' || r == '；' || r == ' ' }) {
		n, err := cellNumber(col, word)
		if err != nil {
			if col == colDepartment {
				err = ErrPartyList.With("%s: %q; ids with semicolons between them expected", col, cell)
			}
			return nil, err
		}
		out = append(out, *n)
	}
	return &out, nil
}

// cellFlags reads noes and yeses: 0 and 1, or 否 and 是.
func cellFlags(col, cell string) (*[]int64, error) {
	return cellNumbers(col, strings.NewReplacer("否", "0", "是", "1").Replace(cell))
}

func cellGender(cell string) (*int64, error) {
	n := int64(0)
	switch strings.ToLower(cell) {
	case "", "0", "未知":
		if cell == "" {
			return nil, nil
		}
	case "1", "男", "male", "m":
		n = 1
	case "2", "女", "female", "f":
		n = 2
	default:
		return nil, ErrSheet.With("%s: %q; 男 or 女 expected", colGender, cell)
	}
	return &n, nil
}

// A web attribute stands in a cell as its title, a bar and its address.
func attributeOfCell(name, cell string) Attribute {
	if title, u, ok := strings.Cut(cell, "|"); ok && isWebURL(u) {
		return Attribute{Type: attributeWeb, Name: name, Title: title, URL: u}
	}
	return Attribute{Type: attributeText, Name: name, Text: cell}
}

// Cell returns the attribute as attributeOfCell reads it.
func (a Attribute) cell() string {
	if a.Type == attributeWeb {
		return a.Title + "|" + a.URL
	}
	return a.Text
}

// ImportMember creates the row's member, or, where he is there, changes what the
// file has columns for. A direct leader who is not there yet is left out and
// told by later: the row is imported once more when all are there.
func (s *Service) ImportMember(ctx context.Context, tx *store.Tx, by access.Caller, row MemberRow, invite bool) (created, later bool, err error) {
	if row.Err != nil {
		return false, false, row.Err
	}
	u := row.update
	if u.DirectLeaders != nil && len(*u.DirectLeaders) > 0 {
		n, err := tx.Count(`SELECT count(*) FROM member WHERE corpid = ? AND userkey = ?`, by.CorpID, id.UserID((*u.DirectLeaders)[0]).Key())
		if err != nil {
			return false, false, err
		}
		if later = n == 0; later {
			u.DirectLeaders = nil
		}
	}
	n, err := tx.Count(`SELECT count(*) FROM member WHERE corpid = ? AND userkey = ?`, by.CorpID, u.UserID.Key())
	if err != nil {
		return false, false, err
	}
	if n > 0 {
		return false, later, s.UpdateMember(ctx, tx, by, u)
	}
	m := Member{
		UserID: u.UserID, Name: value(u.Name), Alias: value(u.Alias), Mobile: value(u.Mobile), Email: value(u.Email), BizMail: value(u.BizMail),
		Position: value(u.Position), Gender: value(u.Gender), Telephone: value(u.Telephone), Address: value(u.Address),
		ExternalPosition: value(u.ExternalPosition), MainDepartment: value(u.MainDepartment), Enabled: u.Enabled == nil || *u.Enabled,
		Attributes: Attributes(value(u.Attributes)).set(),
	}
	if m.Places, err = places(*u.Departments, u.Orders, u.Leads); err != nil {
		return false, false, err
	}
	if m.DirectLeader, err = oneLeader(value(u.DirectLeaders)); err != nil {
		return false, false, err
	}
	_, _, err = s.CreateMember(ctx, tx, by, m, invite)
	return true, later, err
}

// FinishMember names the direct leader of a row that was imported before he was.
func (s *Service) FinishMember(ctx context.Context, tx *store.Tx, by access.Caller, row MemberRow) error {
	return s.UpdateMember(ctx, tx, by, MemberUpdate{UserID: row.UserID, DirectLeaders: row.update.DirectLeaders})
}

// set returns the attributes that have a value.
func (as Attributes) set() Attributes {
	return slices.DeleteFunc(as, Attribute.cleared)
}

// SheetRow returns the member's cells under SheetHeader and the attributes.
func (m Member) SheetRow(attributes []string) []string {
	join := func(number func(Place) int64) string {
		var out []string
		for _, p := range m.Places {
			out = append(out, strconv.FormatInt(number(p), 10))
		}
		return strings.Join(out, ";")
	}
	row := []string{m.Name, string(m.UserID), m.Mobile, m.Email,
		join(func(p Place) int64 { return p.Department }), m.Position, [...]string{"", "男", "女"}[m.Gender],
		join(func(p Place) int64 { return flag(p.Leader) }), join(func(p Place) int64 { return p.Order }),
		m.Alias, m.Address, m.Telephone, strconv.FormatInt(flag(!m.Enabled), 10), "",
		strconv.FormatInt(m.MainDepartment, 10), string(m.DirectLeader), m.BizMail, m.ExternalPosition}
	for _, name := range attributes {
		cell := ""
		for _, a := range m.Attributes {
			if a.Name == name {
				cell = a.cell()
			}
		}
		row = append(row, cell)
	}
	return row
}

// Departments returns those that the row puts the member into; given is false where
// it leaves them as they are.
func (r MemberRow) Departments() (departments []int64, given bool) {
	if r.update.Departments == nil {
		return nil, false
	}
	return *r.update.Departments, true
}
