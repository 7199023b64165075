package sheet

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of import files (doc 90979).
var (
	ErrFile    = wire.Code(40092, "invalid import file")
	ErrTwice   = wire.Code(302003, "duplicate userid in import file")
	errMissing = ErrFile.With("姓名, 帐号, 所在部门 and one of 手机号 and 邮箱 are needed in each row")
)

// Columns of a member file that the code uses by their headers.
const (
	colDepartment   = "所在部门"
	colGender       = "性别"
	colDisabled     = "禁用"
	colDisabledNote = "禁用项说明：(0-启用;1-禁用)"
)

// sheetOrder are the columns in the order in which they are written. The first
// fourteen are WeCom's template (batch_user_sample.csv).
var sheetOrder = []string{"姓名", "帐号", "手机号", "邮箱", colDepartment, "职位", colGender, "是否部门内领导", "排序", "别名", "地址", "座机", colDisabled, colDisabledNote,
	"主部门", "直属上级", "企业邮箱", "对外职务"}

// MemberHeader is the header of a member file: WeCom's template and our additions, which WeCom's import would
// ignore, followed by the fields that sheetOrder lacks. Each column may be absent, and extended attributes
// may follow under their own names.
var MemberHeader = func() []string {
	header := slices.Clone(sheetOrder)
	for i := range directory.FieldTable {
		if h := directory.FieldTable[i].Sheet; h != "" && !slices.Contains(header, h) {
			header = append(header, h)
		}
	}
	return header
}()

// sheetRow finds a field's row by its header or another spelling of the header.
var sheetRow = func() map[string]*directory.FieldRow {
	out := map[string]*directory.FieldRow{}
	for i := range directory.FieldTable {
		if row := &directory.FieldTable[i]; row.Sheet != "" {
			out[row.Sheet] = row
			for _, other := range row.Synonyms {
				out[other] = row
			}
		}
	}
	return out
}()

// Members reads members from a CSV file, row by row.
type Members struct {
	csv        *csv.Reader
	columns    []string // by position; "" for one that says nothing
	attributes []string
	has        map[string]bool
	seen       map[string]bool
	Ignored    []string // unknown headers
}

// ReadMembers reads the header. attributes are the extended attributes that
// the corp has; other unknown columns are ignored (doc 90979).
func ReadMembers(r io.Reader, attributes []string) (*Members, error) {
	reader, header, err := sheetHeader(r)
	if err != nil {
		return nil, err
	}
	s := &Members{csv: reader, attributes: attributes, has: map[string]bool{}, seen: map[string]bool{}}
	for _, h := range header {
		row := sheetRow[h]
		switch {
		case h == "" || strings.HasPrefix(h, "禁用项说明"):
			h = ""
		case row != nil:
			h = row.Sheet
		case !slices.Contains(attributes, h):
			s.Ignored = append(s.Ignored, h)
			h = ""
		}
		if h != "" && s.has[h] {
			return nil, ErrFile.With("the column %s appears twice", h)
		}
		s.columns = append(s.columns, h)
		s.has[h] = true
	}
	for _, need := range []directory.Field{directory.FieldName, directory.FieldUserID, directory.FieldDepartment} {
		if h := need.Row().Sheet; !s.has[h] {
			return nil, ErrFile.With("the column %s is missing; the first row must be the header of the template", h)
		}
	}
	if mobile, email := directory.FieldMobile.Row().Sheet, directory.FieldEmail.Row().Sheet; !s.has[mobile] && !s.has[email] {
		return nil, ErrFile.With("one of the columns %s and %s is needed", mobile, email)
	}
	return s, nil
}

// sheetHeader returns the header, and a reader of the rows after it.
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
		return nil, nil, ErrFile.With("the file is empty")
	}
	if err != nil {
		return nil, nil, ErrFile.With("%v", err)
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

var errNotUTF8 = ErrFile.With("the file is not UTF-8; save it as “CSV UTF-8”")

// MemberRow is one row: a member to create, or the changes to one.
type MemberRow struct {
	Line   int // in the file, the header being 1
	UserID id.UserID
	Err    error // the row cannot be used

	update directory.MemberUpdate
}

// Own replaces the ids that the caller knows by the corp's own.
func (r *MemberRow) Own(tx *store.Tx, by access.Caller) error {
	if by.IDs == nil {
		return nil
	}
	named := struct {
		User    id.UserID   `json:"userid"`
		Leaders []id.UserID `json:"direct_leader"`
	}{User: r.UserID}
	leaders := r.update.DirectLeaders
	if leaders != nil {
		named.Leaders = id.From[id.UserID](*leaders)
	}
	if err := wire.OwnIDs(tx, by, &named); err != nil {
		return err
	}
	r.UserID, r.update.UserID = named.User, named.User
	if leaders != nil {
		own := id.Texts(named.Leaders)
		r.update.DirectLeaders = &own
	}
	return nil
}

// Next returns the next row, or io.EOF. A row that cannot be used has its Err.
func (s *Members) Next() (MemberRow, error) {
	for {
		record, err := s.csv.Read()
		if errors.Is(err, io.EOF) {
			return MemberRow{}, io.EOF
		}
		if err != nil && !errors.Is(err, csv.ErrFieldCount) {
			return MemberRow{}, err
		}
		if emptyRecord(record) {
			continue
		}
		record = plainCells(record)
		row := MemberRow{}
		row.Line, _ = s.csv.FieldPos(0)
		row.Err = s.read(&row, record)
		if key := row.UserID.Key(); key != "" {
			if s.seen[key] {
				row.Err = ErrTwice.With("%q", row.UserID)
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
func (s *Members) read(row *MemberRow, record []string) error {
	var firstErr error
	var attributes []directory.Attribute
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
		field, err := sheetRow[col], error(nil)
		if field != nil {
			err = setCell(u, field, cell)
		} else {
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
	if firstErr == nil && (u.UserID == "" || u.Texts[directory.FieldName] == "" || u.Departments == nil || len(*u.Departments) == 0 ||
		(u.Texts[directory.FieldMobile] == "" && u.Texts[directory.FieldEmail] == "")) {
		firstErr = errMissing
	}
	return firstErr
}

// ImportMember creates the row's member. If the member exists, it changes the fields for which the file has
// columns. A direct leader who does not exist yet is left out, and later says so: the row is imported again
// when all members exist.
func ImportMember(ctx context.Context, tx *store.Tx, d *directory.Service, by access.Caller, row MemberRow, invite bool) (created, later bool, err error) {
	if row.Err != nil {
		return false, false, row.Err
	}
	u := row.update
	if leader := row.DirectLeader(); leader != "" {
		there, err := d.Exists(tx, by.CorpID, leader)
		if err != nil {
			return false, false, err
		}
		if later = !there; later {
			u.DirectLeaders = nil
		}
	}
	there, err := d.Exists(tx, by.CorpID, u.UserID)
	if err != nil {
		return false, false, err
	}
	if there {
		u.MakeDepartments = true
		return false, later, d.UpdateMember(ctx, tx, by, u)
	}
	m, err := u.Member()
	if err != nil {
		return false, false, err
	}
	_, _, err = d.CreateMember(ctx, tx, by, m, invite)
	return true, later, err
}

// FinishMember sets the direct leader of a row that was imported before the leader was.
func FinishMember(ctx context.Context, tx *store.Tx, d *directory.Service, by access.Caller, row MemberRow) error {
	return d.UpdateMember(ctx, tx, by, directory.MemberUpdate{UserID: row.UserID, DirectLeaders: row.update.DirectLeaders})
}

// Departments returns those that the row puts the member into; given is false if the row leaves them as they
// are.
func (r MemberRow) Departments() (departments []int64, given bool) {
	if r.update.Departments == nil {
		return nil, false
	}
	return *r.update.Departments, true
}
