package form

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of templates (doc 97437), in characters unless their name says otherwise.
const (
	maxTitle       = 40
	maxPlaceholder = 80
	maxTips        = 800
	maxTipsURL     = 600
)

// Control is one control of a template.
type Control struct {
	Property Property `json:"property"`
	Config   Config   `json:"config"`
}

// Property is what all controls have.
type Property struct {
	Control     string `json:"control"`
	ID          string `json:"id"`
	Title       []Text `json:"title"`
	Placeholder []Text `json:"placeholder"`
	Require     int64  `json:"require"`  // 1: it must be filled in
	UnPrint     int64  `json:"un_print"` // 1: it is left out of a print
}

// Config is what a kind of control has besides; only that of its own kind is there.
type Config struct {
	Date       *DateConfig       `json:"date,omitempty"`
	Selector   *SelectorConfig   `json:"selector,omitempty"`
	Contact    *ContactConfig    `json:"contact,omitempty"`
	Table      *TableConfig      `json:"table,omitempty"`
	Attendance *AttendanceConfig `json:"attendance,omitempty"`
	Vacation   *VacationConfig   `json:"vacation_list,omitempty"`
	Tips       *TipsConfig       `json:"tips,omitempty"`
	File       *FileConfig       `json:"file,omitempty"`
	Location   *LocationConfig   `json:"location,omitempty"`
	Related    *RelatedConfig    `json:"related_approval,omitempty"`
	DateRange  *RangeConfig      `json:"date_range,omitempty"`
	// Formula is ours: the pages describe no config of a formula.
	Formula *FormulaConfig `json:"formula,omitempty"`
}

// The configs, each as its appendix of doc 91982 or 97437 has it.
type (
	// DateConfig chooses a day or a minute.
	DateConfig struct {
		Type string `json:"type"` // day, hour
	}
	// SelectorConfig has the options.
	SelectorConfig struct {
		Type      string     `json:"type"` // single, multi
		ExpType   int64      `json:"exp_type"`
		Options   []Option   `json:"options"`
		Relations []Relation `json:"op_relations,omitempty"`
	}
	// Option is one of them.
	Option struct {
		Key string `json:"key"`
		// Value is one text in the requests of doc 97437, and a list in the answers of doc 91982.
		Value []Text `json:"value" wire:"one"`
	}
	// Relation shows controls where an option is chosen; otherwise they are hidden.
	Relation struct {
		Key  string     `json:"key"`
		List []Relative `json:"relation_list"`
	}
	// Relative is such a control.
	Relative struct {
		ID     string `json:"related_control_id"`
		Action int64  `json:"action"` // 1
	}
	// ContactConfig chooses members or departments.
	ContactConfig struct {
		Type string `json:"type"` // single, multi
		Mode string `json:"mode"` // user, department
	}
	// TableConfig has the controls of a row.
	TableConfig struct {
		PrintFormat int64     `json:"print_format,omitempty"`
		Children    []Control `json:"children"`
		StatField   []Text    `json:"stat_field"`
	}
	// AttendanceConfig chooses a time of absence or overtime.
	AttendanceConfig struct {
		DateRange RangeConfig `json:"date_range"`
		Type      int64       `json:"type"` // 1 leave, 3 trip, 4 outing, 5 overtime
	}
	// RangeConfig chooses a time from one moment to another.
	RangeConfig struct {
		Type    string `json:"type"`                       // halfday, hour
		Holiday int64  `json:"official_holiday,omitempty"` // 1: working days count
		PerDay  int64  `json:"perday_duration,omitempty"`  // seconds of a day
	}
	// VacationConfig has the kinds of leave.
	VacationConfig struct {
		Item []VacationItem `json:"item"`
	}
	// VacationItem is one of them.
	VacationItem struct {
		ID   int64  `json:"id"`
		Name []Text `json:"name"`
	}
	// TipsConfig is an explanation.
	TipsConfig struct {
		Content []TipsContent `json:"tips_content"`
	}
	// TipsContent is one in a language.
	TipsContent struct {
		Text TipsText `json:"text"`
		Lang string   `json:"lang"`
	}
	// TipsText is its parts.
	TipsText struct {
		Parts []TipsPart `json:"sub_text"`
	}
	// TipsPart is a text or a link.
	TipsPart struct {
		Type    int64    `json:"type"` // 1 text, 2 link
		Content TipsBody `json:"content"`
	}
	// TipsBody has one of the two.
	TipsBody struct {
		Plain *TipsPlain `json:"plain_text,omitempty"`
		Link  *TipsLink  `json:"link,omitempty"`
	}
	// TipsPlain is a text.
	TipsPlain struct {
		Content string `json:"content"`
	}
	// TipsLink is a link.
	TipsLink struct {
		Title string `json:"title"`
		URL   string `json:"url"`
	}
	// FileConfig chooses files.
	FileConfig struct {
		OnlyPhoto int64 `json:"is_only_photo"` // 1: taken with the camera
	}
	// LocationConfig chooses a place.
	LocationConfig struct {
		Distance int64 `json:"distance"` // metres: 100, 200, 300
	}
	// RelatedConfig chooses other approvals.
	RelatedConfig struct {
		TemplateID []string `json:"template_id"` // of these only; empty: of any
	}
	// FormulaConfig computes a number from others, which are named in braces: "{Number-1}*{Number-2}".
	FormulaConfig struct {
		Expression string `json:"expression"`
	}
)

// Check completes the controls of a template and says what is wrong with them. System lets it hold the
// controls that only the platform's own templates have.
func Check(controls []Control, system bool) error {
	if len(controls) == 0 {
		return problem("template_content.controls: at least one expected")
	}
	c := checker{ids: map[string]bool{}, system: system}
	if err := c.all(controls, "template_content.controls", false); err != nil {
		return err
	}
	if c.attendance > 1 {
		return problem("a template has one kind of Vacation and Attendance at most, here are %d", c.attendance)
	}
	return nil
}

type checker struct {
	ids        map[string]bool
	system     bool
	attendance int
}

func (c *checker) all(controls []Control, at string, inside bool) error {
	titles := map[string]bool{}
	for i := range controls {
		where := at + "[" + digits(i) + "]"
		if err := c.one(&controls[i], where, inside, titles); err != nil {
			return err
		}
	}
	return c.relations(controls, at)
}

func (c *checker) one(ctl *Control, at string, inside bool, titles map[string]bool) error {
	p := &ctl.Property
	if err := c.named(p, at); err != nil {
		return err
	}
	switch p.Control {
	case Attendance, Vacation:
		if c.attendance++; inside {
			return problem("%s: %s cannot stand in a Table", at, p.Control)
		}
		if p.Require, p.UnPrint = 1, 0; len(p.Placeholder) > 0 && First(p.Placeholder) != "" && !c.system {
			return problem("%s.property.placeholder: %s has none", at, p.Control)
		}
	case Table:
		if inside {
			return problem("%s: a Table cannot stand in a Table", at)
		}
	case DriveFile:
		if !c.system {
			return problem("%s.property.control: %s is of reports", at, p.Control)
		}
		if inside {
			return problem("%s: %s cannot stand in a Table", at, p.Control)
		}
	case Formula, PunchCorrection:
		if !c.system {
			return problem("%s.property.control: %s cannot be made by the API", at, p.Control)
		}
	}
	if err := texts(p.Title, at+".property.title", maxTitle, true); err != nil {
		return err
	}
	if err := texts(p.Placeholder, at+".property.placeholder", maxPlaceholder, false); err != nil {
		return err
	}
	if p.Control != Tips {
		if titles[First(p.Title)] {
			return problem("%s.property.title: another control is called %q", at, First(p.Title))
		}
		titles[First(p.Title)] = true
	}
	return c.config(ctl, at)
}

func (c *checker) named(p *Property, at string) error {
	switch {
	case !slices.Contains(kinds, p.Control):
		return problem("%s.property.control: %q is none; one of %s expected", at, p.Control, strings.Join(kinds, ", "))
	case p.ID == "":
		return problem("%s.property.id is missing", at)
	case !validID(p.Control, p.ID) && !c.system:
		return problem("%s.property.id: %q; the kind of control and a number expected, such as %s-01", at, p.ID, p.Control)
	case c.ids[p.ID]:
		return problem("%s.property.id: %q is taken", at, p.ID)
	case p.Require != 0 && p.Require != 1:
		return problem("%s.property.require: 0 or 1 expected", at)
	case p.UnPrint != 0 && p.UnPrint != 1:
		return problem("%s.property.un_print: 0 or 1 expected", at)
	}
	c.ids[p.ID] = true
	return nil
}

var kinds = []string{TextLine, TextArea, Number, Money, Date, Selector, Contact, Tips, File, Table, Attendance, Vacation, Location,
	RelatedApproval, Formula, DateRange, BankAccount, PhoneNumber, PunchCorrection, DriveFile}

// validID reports whether an id is the kind of control and a number (doc 97437).
func validID(control, id string) bool {
	number, ok := strings.CutPrefix(id, control+"-")
	return ok && number != "" && strings.Trim(number, "0123456789") == ""
}

func texts(list []Text, at string, most int, needed bool) error {
	if needed && First(list) == "" {
		return problem("%s is missing", at)
	}
	for i, t := range list {
		switch {
		case utf8.RuneCountInString(t.Text) > most:
			return problem("%s[%d].text: %d characters, at most %d", at, i, utf8.RuneCountInString(t.Text), most)
		case t.Lang != "zh_CN" && t.Lang != "en" && t.Text != "":
			return problem("%s[%d].lang: %q; zh_CN or en expected", at, i, t.Lang)
		}
	}
	return nil
}

// CheckNames says what is wrong with the names of a template.
func CheckNames(names []Text) error { return texts(names, "template_name", maxTitle, true) }

// config keeps the config of the control's own kind and checks it.
func (c *checker) config(ctl *Control, at string) error {
	was, at := ctl.Config, at+".config"
	ctl.Config = Config{}
	own := &ctl.Config
	switch ctl.Property.Control {
	case Date:
		own.Date = was.Date
		if was.Date == nil || !slices.Contains([]string{byDay, byHour}, was.Date.Type) {
			return problem("%s.date.type: day or hour expected", at)
		}
	case Selector:
		own.Selector = was.Selector
		return checkSelector(was.Selector, at)
	case Contact:
		own.Contact = was.Contact
		if was.Contact == nil || !slices.Contains([]string{single, multi}, was.Contact.Type) || !slices.Contains([]string{user, department}, was.Contact.Mode) {
			return problem("%s.contact: a type, single or multi, and a mode, user or department, expected", at)
		}
	case Table:
		own.Table = was.Table
		if was.Table == nil || len(was.Table.Children) == 0 {
			return problem("%s.table.children: at least one expected", at)
		}
		return c.all(was.Table.Children, at+".table.children", true)
	case Tips:
		own.Tips = was.Tips
		return checkTips(was.Tips, at)
	case Attendance:
		own.Attendance = was.Attendance
		if was.Attendance == nil || !slices.Contains([]int64{Trip, Outing, Overtime}, was.Attendance.Type) {
			return problem("%s.attendance.type: 3, 4 or 5 expected", at)
		}
		return checkRange(&was.Attendance.DateRange, at+".attendance.date_range")
	case DateRange:
		if own.DateRange = was.DateRange; was.DateRange == nil {
			return problem("%s.date_range is missing", at)
		}
		return checkRange(was.DateRange, at+".date_range")
	case File:
		if own.File = was.File; was.File == nil {
			own.File = &FileConfig{}
		}
	case Location:
		if own.Location = was.Location; was.Location != nil && !slices.Contains([]int64{0, 100, 200, 300}, was.Location.Distance) {
			return problem("%s.location.distance: 100, 200 or 300 expected", at)
		}
	case RelatedApproval:
		own.Related = was.Related
	case Formula:
		if own.Formula = was.Formula; was.Formula == nil {
			return problem("%s.formula is missing", at)
		}
		if _, err := Compute(was.Formula.Expression, func(string) (float64, bool) { return 1, true }); err != nil {
			return problem("%s.formula.expression: %s", at, err)
		}
	}
	return nil
}

func checkRange(r *RangeConfig, at string) error {
	if r.PerDay == 0 {
		r.PerDay = day
	}
	switch {
	case r.Type != halfDay && r.Type != byHour:
		return problem("%s.type: halfday or hour expected", at)
	case r.Holiday != 0 && r.Holiday != 1:
		return problem("%s.official_holiday: 0 or 1 expected", at)
	case r.PerDay < 0 || r.PerDay > day:
		return problem("%s.perday_duration: more than 0 and at most 86400 seconds expected", at)
	}
	return nil
}

func checkSelector(s *SelectorConfig, at string) error {
	if s == nil || s.Type != single && s.Type != multi {
		return problem("%s.selector.type: single or multi expected", at)
	}
	if len(s.Options) == 0 {
		return problem("%s.selector.options: at least one expected", at)
	}
	keys := map[string]bool{}
	for i, o := range s.Options {
		switch {
		case o.Key == "" || keys[o.Key]:
			return problem("%s.selector.options[%d].key: %q is missing or taken", at, i, o.Key)
		case First(o.Value) == "":
			return problem("%s.selector.options[%d].value is missing", at, i)
		}
		if err := texts(o.Value, at+".selector.options["+digits(i)+"].value", maxTitle, true); err != nil {
			return err
		}
		keys[o.Key] = true
	}
	for i, r := range s.Relations {
		if !keys[r.Key] {
			return problem("%s.selector.op_relations[%d].key: there is no option %q", at, i, r.Key)
		}
	}
	return nil
}

// relations checks that what options show is there.
func (c *checker) relations(controls []Control, at string) error {
	for i, ctl := range controls {
		if ctl.Config.Selector == nil {
			continue
		}
		for _, r := range ctl.Config.Selector.Relations {
			for _, to := range r.List {
				if !slices.ContainsFunc(controls, func(o Control) bool { return o.Property.ID == to.ID && to.ID != ctl.Property.ID }) {
					return problem("%s[%d].config.selector.op_relations: there is no other control %q", at, i, to.ID)
				}
			}
		}
	}
	return nil
}

func checkTips(t *TipsConfig, at string) error {
	if t == nil || len(t.Content) == 0 {
		return problem("%s.tips.tips_content: at least one expected", at)
	}
	for i, content := range t.Content {
		length, links := 0, 0
		for j, part := range content.Text.Parts {
			switch {
			case part.Type == 1 && part.Content.Plain != nil:
				length += utf8.RuneCountInString(part.Content.Plain.Content)
			case part.Type == 2 && part.Content.Link != nil:
				links++
				length += utf8.RuneCountInString(part.Content.Link.Title)
				if n := utf8.RuneCountInString(part.Content.Link.URL); n > maxTipsURL {
					return problem("%s.tips.tips_content[%d].text.sub_text[%d]: an address of %d characters, at most %d", at, i, j, n, maxTipsURL)
				}
			default:
				return problem("%s.tips.tips_content[%d].text.sub_text[%d]: type 1 with plain_text or 2 with link expected", at, i, j)
			}
		}
		if links > 1 {
			return problem("%s.tips.tips_content[%d]: %d links, at most one", at, i, links)
		}
		if length > maxTips {
			return problem("%s.tips.tips_content[%d]: %d characters, at most %d", at, i, length, maxTips)
		}
	}
	return nil
}
