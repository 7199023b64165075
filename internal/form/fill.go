package form

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"qiwei/internal/id"
)

// maxFiles is how many files a form holds (doc 91853).
const maxFiles = 6

// Directory answers what a form names.
type Directory interface {
	// Names returns the userids, as they are spelled, and the names of members, by their keys. It leaves out who
	// is nobody.
	Names(users []id.UserID) (map[string]Member, error)
	// Departments returns the names of departments. It leaves out what is not there.
	Departments(ids []int64) (map[int64]string, error)
	// File answers an error for a media_id that is none.
	File(mediaID string) (FileValue, error)
	// Related returns another approval, and the template that it is of.
	Related(spNo string) (r Related, template string, found bool, err error)
	// Vacations returns the names of the kinds of leave.
	Vacations() (map[int64]string, error)
}

// Fill checks what was filled in against the controls of a template, and returns the contents in the order
// of the controls, complete with what the platform adds: titles, names, the texts of options, explanations,
// what formulas compute. Errors of d are returned as they are; all others are Problems.
func Fill(controls []Control, contents []Content, d Directory) ([]Content, error) {
	f := filler{d: d}
	return f.all(controls, contents, "apply_data.contents")
}

type filler struct {
	d     Directory
	files int
}

func (f *filler) all(controls []Control, contents []Content, at string) ([]Content, error) {
	given := map[string]Content{}
	for i, c := range contents {
		if _, twice := given[c.ID]; twice {
			return nil, problem("%s[%d].id: %q is there twice", at, i, c.ID)
		}
		j := slices.IndexFunc(controls, func(ctl Control) bool { return ctl.Property.ID == c.ID })
		switch {
		case j < 0:
			return nil, problem("%s[%d].id: the template has no control %q", at, i, c.ID)
		case controls[j].Property.Control != c.Control:
			return nil, problem("%s[%d].control: %q is a %s, not a %q", at, i, c.ID, controls[j].Property.Control, c.Control)
		}
		given[c.ID] = c
	}
	hidden := hidden(controls, given)
	out := make([]Content, 0, len(controls))
	for _, ctl := range controls {
		p := ctl.Property
		c := Content{Control: p.Control, ID: p.ID, Title: p.Title}
		if hidden[p.ID] {
			c.Hidden = 1
			out = append(out, c)
			continue
		}
		if p.Control == Formula {
			out = append(out, c) // computed when the others are there
			continue
		}
		v, filled, err := f.value(ctl, given[p.ID].Value, at+"("+p.ID+").value")
		if err != nil {
			return nil, err
		}
		if !filled && p.Require == 1 && p.Control != Tips {
			return nil, problem("%s: %q (%s) must be filled in", at, p.ID, First(p.Title))
		}
		c.Value = v
		out = append(out, c)
	}
	return out, compute(controls, out)
}

// hidden returns the controls that are shown only where an option is chosen that is not.
func hidden(controls []Control, given map[string]Content) map[string]bool {
	shown, related := map[string]bool{}, map[string]bool{}
	for _, ctl := range controls {
		if ctl.Config.Selector == nil {
			continue
		}
		chosen := given[ctl.Property.ID].Value.Selector
		for _, r := range ctl.Config.Selector.Relations {
			on := chosen != nil && slices.ContainsFunc(chosen.Options, func(o Option) bool { return o.Key == r.Key })
			for _, to := range r.List {
				related[to.ID], shown[to.ID] = true, shown[to.ID] || on
			}
		}
	}
	out := map[string]bool{}
	for name := range related {
		out[name] = !shown[name]
	}
	return out
}

// compute fills in the formulas. A number that is left out is zero; a column of a table is its sum.
func compute(controls []Control, contents []Content) error {
	numbers := map[string]float64{}
	Each(contents, func(c *Content) {
		for _, text := range []*string{c.Value.NewNumber, c.Value.NewMoney} {
			if text != nil {
				v, _ := strconv.ParseFloat(*text, 64)
				numbers[c.ID] += v
			}
		}
	})
	for i, ctl := range controls {
		if ctl.Config.Formula == nil || contents[i].Hidden == 1 {
			continue
		}
		v, err := Compute(ctl.Config.Formula.Expression, func(name string) (float64, bool) { return numbers[name], true })
		if err != nil {
			return problem("%s: %s", ctl.Property.ID, err)
		}
		contents[i].Value.Formula = &FormulaValue{decimal(v)}
	}
	return nil
}

// value returns the part of v that the control's kind has, checked and completed, and whether it says
// anything.
func (f *filler) value(ctl Control, v Value, at string) (out Value, filled bool, err error) {
	switch ctl.Property.Control {
	case TextLine, TextArea, PhoneNumber:
		return textValue(ctl.Property.Control, v, at)
	case Number:
		out.NewNumber, filled, err = number(v.NewNumber, at+".new_number")
	case Money:
		out.NewMoney, filled, err = number(v.NewMoney, at+".new_money")
	case Date:
		out.Date, filled, err = dateValue(*ctl.Config.Date, v.Date, at+".date")
	case Selector:
		out.Selector, filled, err = chosen(*ctl.Config.Selector, v.Selector, at+".selector")
	case Contact:
		return f.contact(*ctl.Config.Contact, v, at)
	case Tips:
		out.NewTips = ctl.Config.Tips
	case File, DriveFile:
		out.Files, err = f.fileValues(v.Files, at+".files")
		filled = len(out.Files) > 0
	case Table:
		return f.table(ctl, v, at)
	case DateRange:
		if filled = v.DateRange != nil && *v.DateRange != (RangeValue{}); filled {
			out.DateRange, err = rangeValue(*ctl.Config.DateRange, *v.DateRange, at+".date_range")
		}
	case Attendance:
		if filled = v.Attendance != nil; filled {
			out.Attendance, err = attendance(*ctl.Config.Attendance, *v.Attendance, at+".attendance")
		}
	case Vacation:
		if filled = v.Vacation != nil; filled {
			out.Vacation, err = f.vacation(*v.Vacation, at+".vacation")
		}
	case Location:
		if filled = v.Location != nil && *v.Location != (LocationValue{}); filled {
			out.Location, err = place(*v.Location, at+".location")
		}
	case RelatedApproval:
		return f.related(ctl.Config.Related, v, at+".related_approval")
	case BankAccount:
		if filled = v.BankAccount != nil && *v.BankAccount != (BankValue{}); filled {
			out.BankAccount, err = bank(*v.BankAccount, at+".bank_account")
		}
	case PunchCorrection:
		if filled = v.Punch != nil && v.Punch.Time != 0; filled {
			out.Punch = v.Punch
		}
	}
	return out, filled, err
}

// textValue reads a text. The pages describe no value of a PhoneNumber: we take a text.
func textValue(control string, v Value, at string) (out Value, filled bool, err error) {
	text := ""
	if v.Text != nil {
		text = *v.Text
	}
	if control != TextArea && strings.ContainsAny(text, "\r\n") {
		return out, false, problem("%s.text: a %s has no line breaks", at, control)
	}
	if control == PhoneNumber && strings.Trim(text, "0123456789+- ") != "" {
		return out, false, problem("%s.text: the digits of a telephone number expected", at)
	}
	out.Text = &text
	return out, text != "", nil
}

func number(text *string, at string) (*string, bool, error) {
	if text == nil || *text == "" {
		empty := ""
		return &empty, false, nil
	}
	if !isDecimal(*text) {
		return nil, false, problem("%s: %q; a decimal number expected", at, *text)
	}
	return text, true, nil
}

func dateValue(c DateConfig, v *DateValue, at string) (*DateValue, bool, error) {
	switch {
	case v == nil || v.Timestamp == "":
		return nil, false, nil
	case v.Type != "" && v.Type != c.Type:
		return nil, false, problem("%s.type: %q; the template says %s", at, v.Type, c.Type)
	}
	if _, ok := whole(v.Timestamp); !ok {
		return nil, false, problem("%s.s_timestamp: %q; Unix seconds expected", at, v.Timestamp)
	}
	return &DateValue{c.Type, v.Timestamp}, true, nil
}

func whole(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

func chosen(c SelectorConfig, v *SelectorValue, at string) (*SelectorValue, bool, error) {
	if v == nil || len(v.Options) == 0 {
		return nil, false, nil
	}
	if v.Type != "" && v.Type != c.Type {
		return nil, false, problem("%s.type: %q; the template says %s", at, v.Type, c.Type)
	}
	if c.Type == single && len(v.Options) > 1 {
		return nil, false, problem("%s.options: %d are chosen, one expected", at, len(v.Options))
	}
	out := &SelectorValue{Type: c.Type, ExpType: c.ExpType}
	for i, o := range v.Options {
		j := slices.IndexFunc(c.Options, func(k Option) bool { return k.Key == o.Key })
		if j < 0 || slices.ContainsFunc(v.Options[:i], func(k Option) bool { return k.Key == o.Key }) {
			return nil, false, problem("%s.options[%d].key: the template has no option %q, or it is there twice", at, i, o.Key)
		}
		out.Options = append(out.Options, c.Options[j])
	}
	return out, true, nil
}

func (f *filler) contact(c ContactConfig, v Value, at string) (out Value, filled bool, err error) {
	n := len(v.Members)
	if c.Mode == department {
		n = len(v.Departments)
	}
	if c.Type == single && n > 1 {
		return out, false, problem("%s: %d are chosen, one expected", at, n)
	}
	if n == 0 {
		return out, false, nil
	}
	if c.Mode == department {
		out.Departments, err = f.departments(v.Departments, at)
		return out, true, err
	}
	users := make([]id.UserID, n)
	for i, m := range v.Members {
		users[i] = m.UserID
	}
	names, err := f.d.Names(users)
	if err != nil {
		return out, false, err
	}
	for i, u := range users {
		m, ok := names[u.Key()]
		if !ok {
			return out, false, problem("%s.members[%d].userid: there is no such member", at, i)
		}
		out.Members = append(out.Members, m)
	}
	return out, true, nil
}

func (f *filler) departments(list []Department, at string) (out []Department, err error) {
	ids := make([]int64, len(list))
	for i, d := range list {
		ids[i], _ = whole(d.ID)
	}
	names, err := f.d.Departments(ids)
	if err != nil {
		return nil, err
	}
	for i, dep := range ids {
		name, ok := names[dep]
		if !ok {
			return nil, problem("%s.departments[%d].openapi_id: there is no department %q", at, i, list[i].ID)
		}
		out = append(out, Department{strconv.FormatInt(dep, 10), name})
	}
	return out, nil
}

func (f *filler) fileValues(list []FileValue, at string) (out []FileValue, err error) {
	if f.files += len(list); f.files > maxFiles {
		return nil, problem("%s: %d files in the form, at most %d", at, f.files, maxFiles)
	}
	for _, v := range list {
		file, err := f.d.File(v.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, file)
	}
	return out, nil
}

// table reads the rows of a table. Each has all of its controls (doc 91853).
func (f *filler) table(ctl Control, v Value, at string) (out Value, filled bool, err error) {
	controls := ctl.Config.Table.Children
	for i, row := range v.Children {
		where := at + ".children[" + digits(i) + "].list"
		if len(row.List) == 0 {
			return out, false, problem("%s: a row has all controls of the table, even if they are empty", where)
		}
		for _, child := range controls {
			if child.Property.Control != Tips && !slices.ContainsFunc(row.List, func(c Content) bool { return c.ID == child.Property.ID }) {
				return out, false, problem("%s: %q is missing; a row has all controls of the table, even if they are empty", where, child.Property.ID)
			}
		}
		list, err := f.all(controls, row.List, where)
		if err != nil {
			return out, false, err
		}
		out.Children = append(out.Children, Row{list})
	}
	return out, len(out.Children) > 0, nil
}

func (f *filler) related(c *RelatedConfig, v Value, at string) (out Value, filled bool, err error) {
	for i, r := range v.Related {
		known, template, found, err := f.d.Related(r.SpNo)
		if err != nil {
			return out, false, err
		}
		if !found || c != nil && len(c.TemplateID) > 0 && !slices.Contains(c.TemplateID, template) {
			return out, false, problem("%s[%d].sp_no: there is no approval %q of a template that fits", at, i, r.SpNo)
		}
		out.Related = append(out.Related, known)
	}
	return out, len(out.Related) > 0, nil
}

func place(v LocationValue, at string) (*LocationValue, error) {
	lat, err := strconv.ParseFloat(v.Latitude, 64)
	if err != nil || math.Abs(lat) > 90 {
		return nil, problem("%s.latitude: degrees expected", at)
	}
	long, err := strconv.ParseFloat(v.Longitude, 64)
	if err != nil || math.Abs(long) > 180 {
		return nil, problem("%s.longitude: degrees expected", at)
	}
	if v.Title == "" {
		return nil, problem("%s.title is missing", at)
	}
	return &v, nil
}

func bank(v BankValue, at string) (*BankValue, error) {
	switch {
	case v.Type != 1 && v.Type != 2:
		return nil, problem("%s.account_type: 1 or 2 expected", at)
	case v.Name == "" || v.Number == "":
		return nil, problem("%s: an account_name and an account_number expected", at)
	}
	return &v, nil
}
