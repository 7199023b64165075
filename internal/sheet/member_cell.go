package sheet

import (
	"strconv"
	"strings"

	"qiwei/internal/directory"
	"qiwei/internal/id"
)

// setCell puts a cell's text into the update. An empty cell clears the field;
// where a field has no empty state, it leaves it as it is.
func setCell(u *directory.MemberUpdate, field *directory.FieldRow, cell string) (err error) {
	if field.Text != nil {
		u.SetText(string(field.Name), cell)
		return nil
	}
	switch col := field.Sheet; field.Name {
	case directory.FieldUserID:
		u.UserID = id.UserID(cell)
	case directory.FieldDepartment:
		u.Departments, err = cellNumbers(col, cell)
	case directory.FieldOrder:
		u.Orders, err = cellNumbers(col, cell)
	case directory.FieldLeader:
		u.Leads, err = cellFlags(col, cell)
	case directory.FieldDirectLeader:
		leaders := []string{}
		if cell != "" {
			leaders = append(leaders, cell)
		}
		u.DirectLeaders = &leaders
	case directory.FieldMainDepartment:
		if cell != "" {
			u.MainDepartment, err = cellNumber(col, cell)
		}
	case directory.FieldGender:
		u.Gender, err = cellGender(cell)
	case directory.FieldStatus:
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
		return nil, ErrFile.With("%s: %q; a number expected", col, cell)
	}
	return &n, nil
}

// cellNumbers reads numbers separated by semicolons.
func cellNumbers(col, cell string) (*[]int64, error) {
	out := []int64{}
	for _, word := range strings.FieldsFunc(cell, func(r rune) bool { return r == ';' || r == '；' || r == ' ' }) {
		n, err := cellNumber(col, word)
		if err != nil {
			if col == colDepartment {
				err = directory.ErrPartyList.With("%s: %q; ids with semicolons between them expected", col, cell)
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
		return nil, ErrFile.With("%s: %q; 男 or 女 expected", colGender, cell)
	}
	return &n, nil
}

// A web attribute stands in a cell as its title, a bar and its address.
func attributeOfCell(name, cell string) directory.Attribute {
	if title, u, ok := strings.Cut(cell, "|"); ok && directory.IsWebURL(u) {
		return directory.Attribute{Type: directory.AttributeWeb, Name: name, Title: title, URL: u}
	}
	return directory.Attribute{Type: directory.AttributeText, Name: name, Text: cell}
}

// attributeCell returns the attribute as attributeOfCell reads it.
func attributeCell(a directory.Attribute) string {
	if a.Type == directory.AttributeWeb {
		return a.Title + "|" + a.URL
	}
	return a.Text
}

// MemberCells returns the member's cells under MemberHeader and the attributes.
func MemberCells(m *directory.Member, attributes []string) []string {
	row := make([]string, 0, len(MemberHeader)+len(attributes))
	for _, h := range MemberHeader {
		row = append(row, cell(m, sheetRow[h]))
	}
	for _, name := range attributes {
		cell := ""
		for _, a := range m.Attributes {
			if a.Name == name {
				cell = attributeCell(a)
			}
		}
		row = append(row, cell)
	}
	return row
}

// cell is a field's text in a member file; nil means that the column says nothing.
func cell(m *directory.Member, field *directory.FieldRow) string {
	switch {
	case field == nil:
		return ""
	case field.Text != nil:
		return *field.Text(m)
	}
	switch field.Name {
	case directory.FieldUserID:
		return string(m.UserID)
	case directory.FieldDepartment:
		return list(m, func(p directory.Place) string { return strconv.FormatInt(p.Department, 10) })
	case directory.FieldOrder:
		return list(m, func(p directory.Place) string { return strconv.FormatInt(p.Order, 10) })
	case directory.FieldLeader:
		return list(m, func(p directory.Place) string { return flag(p.Leader) })
	case directory.FieldDirectLeader:
		return string(m.DirectLeader)
	case directory.FieldMainDepartment:
		return strconv.FormatInt(m.MainDepartment, 10)
	case directory.FieldGender:
		return [...]string{"", "男", "女"}[m.Gender]
	case directory.FieldStatus:
		return flag(!m.Enabled)
	}
	return ""
}

// list writes a value of each of the member's places, separated by semicolons.
func list(m *directory.Member, of func(directory.Place) string) string {
	out := make([]string, len(m.Places))
	for i, p := range m.Places {
		out[i] = of(p)
	}
	return strings.Join(out, ";")
}

func flag(yes bool) string {
	if yes {
		return "1"
	}
	return "0"
}
