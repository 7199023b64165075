package approval

import (
	"qiwei/internal/access"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// control makes a control of one of the platform's own templates.
func control(kind, name, title string, require int64, config form.Config) form.Control {
	return form.Control{Property: form.Property{Control: kind, ID: name, Title: form.In(title), Placeholder: form.In(""), Require: require}, Config: config}
}

func absence(kind int64, scale string) form.Config {
	return form.Config{Attendance: &form.AttendanceConfig{DateRange: form.RangeConfig{Type: scale}, Type: kind}}
}

func oneOf(texts ...string) form.Config {
	c := form.SelectorConfig{Type: "single"}
	for i, t := range texts {
		c.Options = append(c.Options, form.Option{Key: "option-" + string(rune('1'+i)), Value: form.In(t)})
	}
	return form.Config{Selector: &c}
}

// systemTemplates are those that an enterprise has from the beginning, by the platform's names.
func systemTemplates() []TemplateBody {
	none := form.Config{}
	reason := func(title string) form.Control { return control(form.TextArea, "Textarea-1", title, 1, none) }
	files := control(form.File, "File-1", "附件", 0, none)
	return []TemplateBody{
		{Names: form.In("请假"), Controls: []form.Control{control(form.Vacation, "vacation-1", "请假类型", 1, none), reason("请假事由"), files}},
		{Names: form.In("报销"), Controls: []form.Control{
			control(form.Selector, "Selector-1", "报销类型", 1, oneOf("差旅费", "交通费", "招待费", "其他报销")), reason("报销事由"),
			control(form.Table, "Table-1", "报销明细", 1, form.Config{Table: &form.TableConfig{Children: []form.Control{
				control(form.Date, "Date-1", "发生时间", 1, form.Config{Date: &form.DateConfig{Type: "day"}}),
				control(form.Money, "Money-1", "费用金额", 1, none), control(form.TextLine, "Text-1", "费用说明", 0, none),
			}}}),
			control(form.Formula, "Formula-1", "总金额", 0, form.Config{Formula: &form.FormulaConfig{Expression: "{Money-1}"}}), files,
		}},
		{Names: form.In("出差"), Controls: []form.Control{reason("出差事由"), control(form.TextLine, "Text-1", "出差地点", 1, none), control(form.Attendance, "smart-time", "出差", 1, absence(form.Trip, "halfday"))}},
		{Names: form.In("外出"), Controls: []form.Control{reason("外出事由"), control(form.Location, "Location-1", "外出地点", 0, none), control(form.Attendance, "smart-time", "外出", 1, absence(form.Outing, "hour"))}},
		{Names: form.In("加班"), Controls: []form.Control{reason("加班事由"), control(form.Attendance, "smart-time", "加班", 1, absence(form.Overtime, "hour"))}},
		{Names: form.In("打卡补卡"), Controls: []form.Control{control(form.PunchCorrection, "smart-punch", "补卡", 1, none), reason("补卡事由")}},
	}
}

// Templates returns the corp's templates. The first time it makes the platform's own.
func (s *Service) Templates(tx *store.Tx, corpID string) ([]*Template, error) {
	n, err := tx.Count(`SELECT count(*) FROM approval_template WHERE corpid = ? AND source LIKE 'system %'`, corpID)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		for _, b := range systemTemplates() {
			b.Flow = usualFlow()
			t := &Template{CorpID: corpID, TemplateID: "3" + id.Letters(42), Source: "system " + form.First(b.Names), TemplateBody: b}
			taken, err := selectTemplates(tx, `corpid = ? AND app = 0 AND name = ?`, corpID, t.Name())
			if err != nil {
				return nil, err
			}
			if len(taken) > 0 { // an application was quicker
				continue
			}
			if err := s.checkTemplate(tx, access.System(corpID), t, true); err != nil {
				return nil, err
			}
			if err := insertTemplate(tx, t); err != nil {
				return nil, err
			}
		}
	}
	return s.Existing(tx, corpID)
}

// TemplateNamed returns the corp's own template of a name.
func (s *Service) TemplateNamed(tx *store.Tx, corpID, name string) (*Template, error) {
	list, err := s.Templates(tx, corpID)
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		if t.App == 0 && t.Name() == name {
			return t, nil
		}
	}
	return nil, ErrTemplate.With("there is no template called %q", name)
}

// Existing returns the corp's templates without making any.
func (s *Service) Existing(tx *store.Tx, corpID string) ([]*Template, error) {
	return selectTemplates(tx, `corpid = ?`, corpID)
}
