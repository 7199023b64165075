package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// How often a report is written (doc 93395).
const (
	Daily   int64 = 2
	Weekly  int64 = 3
	Monthly int64 = 4
)

// Template is a form for reports.
type Template struct {
	No         int64
	CorpID     string
	TemplateID string
	TemplateBody
}

// TemplateBody is the part that is stored as JSON.
type TemplateBody struct {
	Name     string         `json:"name"`
	Controls []form.Control `json:"controls"`
	Type     int64          `json:"report_type"`
	// Range are those who write, except White.
	Range     access.Range `json:"range"`
	White     access.Range `json:"white_range"`
	Receivers Receivers    `json:"receivers"`
	// Deadline is how many seconds after the cycle's beginning a report is late; the cycle's end if it is 0.
	Deadline int64 `json:"deadline"`
	// Workdays leaves Saturdays and Sundays out of daily reports.
	Workdays bool `json:"workdays"`
}

// Receivers get every report: members, the carriers of tags, and superiors by their level, 1 being the next.
type Receivers struct {
	Users   []id.UserID `json:"users"`
	Tags    []int64     `json:"tags"`
	Leaders []int64     `json:"leaders"`
}

// mostTemplates is how many templates a corp has; ours.
const mostTemplates = 200

// CreateTemplate makes a template of a corp, as an administrator does.
func (s *Service) CreateTemplate(tx *store.Tx, corpID string, b TemplateBody) (*Template, error) {
	if err := s.settle(tx, corpID, 0, &b); err != nil {
		return nil, err
	}
	n, err := tx.Count(`SELECT count(*) FROM journal_template WHERE corpid = ?`, corpID)
	if err == nil && n >= mostTemplates {
		err = ErrParameter.With("%d templates already", n)
	}
	if err != nil {
		return nil, err
	}
	t := &Template{CorpID: corpID, TemplateID: "3T" + id.Letters(39), TemplateBody: b}
	body, err := json.Marshal(t.TemplateBody)
	if err == nil {
		t.No, err = tx.Insert(`INSERT INTO journal_template (corpid, template_id, name, body) VALUES (?, ?, ?, ?)`, corpID, t.TemplateID, b.Name, string(body))
	}
	return t, err
}

// settle checks what a template says and completes it. no is ours of the template, 0 for a new one.
func (s *Service) settle(tx *store.Tx, corpID string, no int64, b *TemplateBody) error {
	if err := form.CheckNames(form.In(b.Name)); err != nil {
		return asParameter(err)
	}
	if err := form.Check(b.Controls, true); err != nil {
		return asParameter(err)
	}
	if b.Type == 0 {
		b.Type = Daily
	}
	if b.Range.Empty() {
		b.Range = access.Everything()
	}
	switch {
	case b.Type < Daily || b.Type > Monthly:
		return ErrParameter.With("report_type: 2, 3 or 4 expected")
	case b.Deadline < 0:
		return ErrParameter.With("deadline: seconds expected")
	}
	n, err := tx.Count(`SELECT count(*) FROM journal_template WHERE corpid = ? AND name = ? AND no <> ?`, corpID, b.Name, no)
	if err == nil && n > 0 {
		err = ErrParameter.With("name: another template is called %q", b.Name)
	}
	return err
}

func updateTemplate(tx *store.Tx, t *Template) error {
	body, err := json.Marshal(t.TemplateBody)
	if err == nil {
		_, err = tx.Exec(`UPDATE journal_template SET name = ?, body = ? WHERE corpid = ? AND no = ?`, t.Name, string(body), t.CorpID, t.No)
	}
	return err
}

func selectTemplates(tx *store.Tx, where string, args ...any) (out []*Template, err error) {
	err = tx.Each(`SELECT no, corpid, template_id, body FROM journal_template WHERE `+where+` ORDER BY no`, args, func(rows *store.Rows) error {
		t, body := &Template{}, ""
		if err := rows.Scan(&t.No, &t.CorpID, &t.TemplateID, &body); err != nil {
			return err
		}
		out = append(out, t)
		if err := json.Unmarshal([]byte(body), &t.TemplateBody); err != nil {
			return fmt.Errorf("template %d: %w", t.No, err)
		}
		return nil
	})
	return out, err
}

// Templates returns the corp's templates.
func (s *Service) Templates(tx *store.Tx, corpID string) ([]*Template, error) {
	return selectTemplates(tx, `corpid = ?`, corpID)
}

// template returns one by its id, or by its name.
func (s *Service) template(tx *store.Tx, corpID, templateID, name string) (*Template, error) {
	list, err := selectTemplates(tx, `corpid = ? AND (template_id = ? OR name = ?)`, corpID, templateID, name)
	if err == nil && len(list) == 0 {
		err = ErrParameter.With("template_id: there is no template %q", templateID+name)
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

func asParameter(err error) error {
	if p := form.Problem(""); errors.As(err, &p) {
		return ErrParameter.With("%s", string(p))
	}
	return err
}

// cycle returns when the cycle that holds a time begins and ends.
func (t *Template) cycle(at time.Time) (begin, end time.Time) {
	at = at.In(form.China)
	day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, form.China)
	switch t.Type {
	case Weekly:
		begin = day.AddDate(0, 0, -(int(day.Weekday())+6)%7) // Monday
		return begin, begin.AddDate(0, 0, 7)
	case Monthly:
		begin = time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, form.China)
		return begin, begin.AddDate(0, 1, 0)
	}
	return day, day.AddDate(0, 0, 1)
}

// due is when reports of a cycle are late.
func (t *Template) due(begin, end time.Time) time.Time {
	if at := begin.Add(time.Duration(t.Deadline) * time.Second); t.Deadline > 0 && at.Before(end) {
		return at
	}
	return end
}

// free reports whether nobody writes in the cycle.
func (t *Template) free(begin time.Time) bool {
	d := begin.Weekday()
	return t.Type == Daily && t.Workdays && (d == time.Saturday || d == time.Sunday)
}

// receivers returns who gets a member's report.
func (s *Service) receivers(ctx context.Context, tx *store.Tx, t *Template, user id.UserID) (out []id.UserID, err error) {
	out = append(out, t.Receivers.Users...)
	if len(t.Receivers.Tags) > 0 {
		numbers, err := s.deps.Directory.Audience(tx, t.CorpID, access.Range{Tags: t.Receivers.Tags}, 0, math.MaxInt64, mostReceivers)
		if err != nil {
			return nil, err
		}
		known, err := s.deps.Directory.NumberedMembers(tx, t.CorpID, numbers)
		if err != nil {
			return nil, err
		}
		for _, no := range numbers {
			out = append(out, known[no])
		}
	}
	for _, level := range t.Receivers.Leaders {
		u := user
		for range level {
			m, err := s.deps.Directory.Member(ctx, tx, access.System(t.CorpID), u)
			if err != nil {
				return nil, err
			}
			if u = m.DirectLeader; u == "" {
				break
			}
		}
		if u != "" {
			out = append(out, u)
		}
	}
	return out, nil
}
