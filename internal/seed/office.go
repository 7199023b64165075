package seed

import (
	"fmt"
	"strconv"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/approval"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/journal"
)

// Approval is an approval of the past by one of the platform's templates, and what was decided on it. Its time
// and that of an absence count back from the day on which the file is loaded.
type Approval struct {
	UserID   id.UserID `json:"userid"`
	Template string    `json:"template"` // its name, such as 请假
	DaysAgo  int64     `json:"days_ago"`
	// Texts are written into the controls for texts, in their order.
	Texts []string `json:"texts,omitempty"`
	// Choice is an option of a selector, or a kind of leave.
	Choice string `json:"choice,omitempty"`
	// After is in how many days an absence begins, and Days how many it lasts.
	After int64 `json:"after,omitempty"`
	Days  int64 `json:"days,omitempty"`
	// Sums are the rows of a table of expenses: what each was for.
	Sums  []Sum          `json:"sums,omitempty"`
	Steps []ApprovalStep `json:"steps,omitempty"`
}

// Sum is an expense.
type Sum struct {
	Money string `json:"money"`
	For   string `json:"for"`
}

// ApprovalStep is what somebody did, two hours after the one before.
type ApprovalStep struct {
	Step   string    `json:"step"` // approve, refuse, transfer, add, return, withdraw, comment, pay …
	UserID id.UserID `json:"userid"`
	Speech string    `json:"speech,omitempty"`
	To     id.UserID `json:"to,omitempty"`
}

// Journal is a template for reports with the reports of the past.
type Journal struct {
	Name     string       `json:"name"`
	Type     int64        `json:"report_type,omitempty"` // 2 by the day, which is so if it is absent, 3 by the week, 4 by the month
	Deadline int64        `json:"deadline,omitempty"`    // seconds after the cycle's beginning; its end if absent
	Workdays bool         `json:"workdays,omitempty"`
	Range    access.Range `json:"range,omitzero"` // who write; everyone if absent
	White    access.Range `json:"white_range,omitzero"`
	// Receivers get all reports, and superiors of a level, 1 being the next.
	Receivers []id.UserID `json:"receivers,omitempty"`
	Leaders   []int64     `json:"leaders,omitempty"`
	// Fields are the titles of its texts. The first must be written.
	Fields  []string         `json:"fields"`
	Reports []JournalReports `json:"reports,omitempty"`
}

// JournalReports are a member's reports of the last days, one in each cycle, whose texts take turns. A member
// leaves out every tenth.
type JournalReports struct {
	UserID id.UserID `json:"userid"`
	Days   int64     `json:"days"`
	Texts  []string  `json:"texts"`
}

// offices come after members and applications.
func (l loader) offices(e Enterprise) error {
	for i, a := range e.Approvals {
		if err := l.approval(a); err != nil {
			return fmt.Errorf("approvals[%d] (%s): %w", i, a.Template, err)
		}
	}
	for i, j := range e.Journals {
		if err := l.journal(j); err != nil {
			return fmt.Errorf("journals[%d] (%s): %w", i, j.Name, err)
		}
	}
	return nil
}

// morning is half past nine in China, days ago.
func (l loader) morning(daysAgo int64) time.Time {
	now := l.tx.Now().In(form.China)
	return time.Date(now.Year(), now.Month(), now.Day()-int(daysAgo), 9, 30, 0, 0, form.China)
}

func (l loader) approval(a Approval) error {
	t, err := l.s.Approvals.TemplateNamed(l.tx, l.by.CorpID, a.Template)
	if err != nil {
		return err
	}
	at := l.morning(a.DaysAgo)
	if at.After(l.tx.Now()) {
		at = l.tx.Now()
	}
	contents, err := l.filled(a, t.Controls)
	if err != nil {
		return err
	}
	c, err := l.s.Approvals.Submit(l.ctx, l.tx, l.by, approval.Application{Creator: a.UserID, TemplateID: t.TemplateID, Contents: contents, ByMember: true, At: at})
	if err != nil {
		return err
	}
	for i, st := range a.Steps {
		if at = at.Add(2 * time.Hour); at.After(l.tx.Now()) {
			at = l.tx.Now()
		}
		act := approval.Action{SpNo: c.SpNo, By: st.UserID, Speech: st.Speech, At: at}
		if st.To != "" {
			act.To = []id.UserID{st.To}
		}
		if _, err := l.s.Approvals.Act(l.ctx, l.tx, l.by.CorpID, st.Step, act); err != nil {
			return fmt.Errorf("steps[%d] (%s): %w", i, st.Step, err)
		}
	}
	return nil
}

// filled fills in the controls of a template.
func (l loader) filled(a Approval, controls []form.Control) (out []form.Content, err error) {
	begin := l.morning(a.DaysAgo-a.After).Unix() - 9*3600 - 1800
	halves := form.RangeValue{Type: "halfday", Begin: begin, End: begin + max(a.Days, 1)*86400 - 43200}
	hours := form.RangeValue{Type: "hour", Begin: begin + 18*3600, End: begin + 21*3600}
	for _, ctl := range controls {
		c := form.Content{Control: ctl.Property.Control, ID: ctl.Property.ID}
		switch cfg := ctl.Config; {
		case c.Control == form.Vacation:
			kind, err := l.vacation(a.Choice)
			if err != nil {
				return nil, err
			}
			c.Value.Vacation = &form.VacationValue{Selector: form.SelectorValue{Options: []form.Option{{Key: kind}}}, Attendance: form.AttendanceValue{Type: form.Leave, DateRange: halves}}
		case cfg.Attendance != nil:
			c.Value.Attendance = &form.AttendanceValue{Type: cfg.Attendance.Type, DateRange: halves}
			if cfg.Attendance.DateRange.Type == "hour" {
				c.Value.Attendance.DateRange = hours
			}
		case cfg.Selector != nil:
			for _, o := range cfg.Selector.Options {
				if form.First(o.Value) == a.Choice {
					c.Value.Selector = &form.SelectorValue{Options: []form.Option{{Key: o.Key}}}
				}
			}
		case cfg.Table != nil:
			c.Value.Children = a.rows(begin, cfg.Table.Children)
		case (c.Control == form.TextLine || c.Control == form.TextArea) && len(a.Texts) > 0:
			c.Value.Text = &a.Texts[0]
			a.Texts = a.Texts[1:]
		default:
			continue
		}
		out = append(out, c)
	}
	return out, nil
}

// rows are the expenses of an approval.
func (a Approval) rows(day int64, controls []form.Control) (out []form.Row) {
	for _, sum := range a.Sums {
		var row form.Row
		for _, ctl := range controls {
			c := form.Content{Control: ctl.Property.Control, ID: ctl.Property.ID}
			switch c.Control {
			case form.Money:
				c.Value.NewMoney = &sum.Money
			case form.Date:
				c.Value.Date = &form.DateValue{Timestamp: strconv.FormatInt(day, 10)}
			case form.TextLine:
				c.Value.Text = &sum.For
			}
			row.List = append(row.List, c)
		}
		out = append(out, row)
	}
	return out
}

func (l loader) vacation(name string) (string, error) {
	list, err := l.s.Approvals.Vacations(l.tx, l.by.CorpID)
	for _, v := range list {
		if v.Name == name {
			return strconv.FormatInt(v.ID, 10), nil
		}
	}
	if err == nil {
		err = fmt.Errorf("choice: %q; the name of a kind of leave expected", name)
	}
	return "", err
}

func (l loader) journal(j Journal) error {
	body := journal.TemplateBody{Name: j.Name, Type: j.Type, Deadline: j.Deadline, Workdays: j.Workdays, Range: j.Range, White: j.White,
		Receivers: journal.Receivers{Users: j.Receivers, Leaders: j.Leaders}}
	for i, title := range j.Fields {
		p := form.Property{Control: form.TextArea, ID: fmt.Sprintf("Textarea-%d", i+1), Title: form.In(title)}
		if i == 0 {
			p.Require = 1
		}
		body.Controls = append(body.Controls, form.Control{Property: p})
	}
	t, err := l.s.Journals.CreateTemplate(l.tx, l.by.CorpID, body)
	if err != nil {
		return err
	}
	for _, r := range j.Reports {
		n := 0
		for ago := r.Days; ago >= 1; ago-- {
			at := l.morning(ago).Add(8*time.Hour + time.Duration(ago*7%40)*time.Minute)
			if day := at.Weekday(); t.Type == journal.Daily && (day == time.Saturday || day == time.Sunday) || t.Type == journal.Weekly && day != time.Friday || t.Type == journal.Monthly && at.Day() != 25 {
				continue
			}
			if n++; n%10 == 0 || len(r.Texts) == 0 {
				continue
			}
			draft := journal.Draft{UserID: r.UserID, Template: t, At: at, Quiet: true}
			draft.Contents = []form.Content{{Control: form.TextArea, ID: "Textarea-1", Value: form.Value{Text: &r.Texts[n%len(r.Texts)]}}}
			if _, err := l.s.Journals.Write(l.ctx, l.tx, draft); err != nil {
				return fmt.Errorf("reports of %s: %w", r.UserID, err)
			}
		}
	}
	return nil
}
