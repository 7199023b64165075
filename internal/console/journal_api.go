package console

import (
	"cmp"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/journal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Reports (汇报) as their administrators have them: templates, what was written, who has and who has not.

func (s *Service) journalCalls() []call {
	return []call{
		{pattern: "GET /console/api/journal_templates", right: readCorp, handle: s.listJournalTemplates},
		{pattern: "POST /console/api/journal_templates", right: editCorp, handle: s.createJournalTemplate},
		{pattern: "PUT /console/api/journal_templates/{template}", right: editCorp, handle: s.updateJournalTemplate},
		{pattern: "DELETE /console/api/journal_templates/{template}", right: editCorp, handle: s.deleteJournalTemplate},
		{pattern: "GET /console/api/journals", right: readCorp, handle: s.listJournals},
		{pattern: "GET /console/api/journals.csv", right: readCorp, handle: s.exportJournals},
		{pattern: "GET /console/api/journals/{uuid}", right: readCorp, handle: s.getJournal},
		{pattern: "GET /console/api/journals/{uuid}/files/{media_id}", right: readCorp, handle: s.getJournalFile},
		{pattern: "GET /console/api/journal_statistics", right: readCorp, handle: s.journalStatistics},
	}
}

type journalTemplate struct {
	TemplateID string               `json:"template_id"`
	Body       journal.TemplateBody `json:"body"`
	Range      *rangeDetail         `json:"range,omitempty"`
	White      *rangeDetail         `json:"white,omitempty"`
	Receivers  *rangeDetail         `json:"receivers,omitempty"`
	Version    string               `json:"version"`
}

// named returns a range with names, without those who have left.
func (v *visit) named(tx *store.Tx, r access.Range) (*rangeDetail, error) {
	names, err := v.s.deps.Directory.NamesOf(tx, v.corpID, r.Members)
	if err != nil {
		return nil, err
	}
	var here []id.UserID
	for _, u := range r.Members {
		if _, ok := names[u.Key()]; ok {
			here = append(here, u)
		}
	}
	r.Members = here
	out, err := v.rangeOf(tx, r)
	return &out, err
}

func (v *visit) journalTemplate(tx *store.Tx, t *journal.Template) (out journalTemplate, err error) {
	out = journalTemplate{TemplateID: t.TemplateID, Body: t.TemplateBody, Version: digest(t.TemplateBody)}
	if out.Range, err = v.named(tx, t.Range); err != nil {
		return out, err
	}
	if out.White, err = v.named(tx, t.White); err != nil {
		return out, err
	}
	out.Receivers, err = v.named(tx, access.Range{Members: t.Receivers.Users, Tags: t.Receivers.Tags})
	return out, err
}

func (s *Service) listJournalTemplates(v *visit) (any, error) {
	out := []journalTemplate{}
	return map[string]any{"templates": &out}, v.look(func(tx *store.Tx) error {
		list, err := s.deps.Journals.Templates(tx, v.corpID)
		for _, t := range list {
			one, err := v.journalTemplate(tx, t)
			if err != nil {
				return err
			}
			out = append(out, one)
		}
		return err
	})
}

// checkPeople refuses members whom a template names and who are nobody.
func (v *visit) checkPeople(tx *store.Tx, b journal.TemplateBody) error {
	for field, users := range map[string][]id.UserID{"range": b.Range.Members, "white": b.White.Members, "receivers": b.Receivers.Users} {
		names, err := v.s.deps.Directory.NamesOf(tx, v.corpID, users)
		if err != nil {
			return err
		}
		for _, u := range users {
			if _, ok := names[u.Key()]; !ok {
				return journal.ErrParameter.With("%s: there is no member %q", field, u)
			}
		}
	}
	for _, level := range b.Receivers.Leaders {
		if level < 1 || level > 20 {
			return journal.ErrParameter.With("receivers: the level of a superior is 1 to 20")
		}
	}
	return nil
}

func (s *Service) createJournalTemplate(v *visit) (any, error) {
	var req journalTemplate
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var made string
	err := v.change(func(tx *store.Tx) (done, error) {
		if err := v.checkPeople(tx, req.Body); err != nil {
			return done{}, err
		}
		t, err := s.deps.Journals.CreateTemplate(tx, v.corpID, req.Body)
		if err != nil {
			return done{}, err
		}
		made = t.TemplateID
		return done{"journal_template.create", t.Name, map[string]any{"template_id": made}}, nil
	})
	return map[string]string{"template_id": made}, err
}

// journalTemplateOf returns the template that the path names.
func (v *visit) journalTemplateOf(tx *store.Tx) (*journal.Template, error) {
	t, err := v.s.deps.Journals.Template(tx, v.corpID, v.r.PathValue("template"))
	return t, gone(err, journal.ErrParameter)
}

func (s *Service) updateJournalTemplate(v *visit) (any, error) {
	var req journalTemplate
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		t, err := v.journalTemplateOf(tx)
		if err != nil {
			return done{}, err
		}
		if req.Version != "" && req.Version != digest(t.TemplateBody) {
			return done{}, errStale
		}
		if err := v.checkPeople(tx, req.Body); err != nil {
			return done{}, err
		}
		return done{"journal_template.update", req.Body.Name, map[string]any{"template_id": t.TemplateID}}, s.deps.Journals.UpdateTemplate(tx, t, req.Body)
	})
}

func (s *Service) deleteJournalTemplate(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		t, err := v.journalTemplateOf(tx)
		if err != nil {
			return done{}, err
		}
		return done{"journal_template.delete", t.Name, map[string]any{"template_id": t.TemplateID}}, s.deps.Journals.DeleteTemplate(tx, t)
	})
}

func (v *visit) journalSearch(size int64) (q journal.Search, err error) {
	q = journal.Search{TemplateID: v.query("template"), Submitter: id.UserID(v.query("submitter")), Size: size}
	for name, into := range map[string]*int64{"from": &q.From, "to": &q.To, "department": &q.Department, "before_at": &q.Before.At, "before_no": &q.Before.No} {
		if *into, err = v.number(name); err != nil {
			return q, err
		}
	}
	return q, nil
}

type journalLine struct {
	No       int64     `json:"no"`
	UUID     string    `json:"uuid"`
	Template string    `json:"template"`
	At       int64     `json:"at"`
	UserID   id.UserID `json:"userid"`
	Who      string    `json:"who"`
	Text     string    `json:"text"`
	Readers  int       `json:"readers"`
	Of       int       `json:"receivers"`
	Comments int       `json:"comments"`
}

func (s *Service) listJournals(v *visit) (any, error) {
	q, err := v.journalSearch(50)
	if err != nil {
		return nil, err
	}
	out := []journalLine{}
	return map[string]any{"journals": &out}, v.look(func(tx *store.Tx) error {
		list, err := s.deps.Journals.Find(tx, v.corpID, q)
		if err != nil {
			return err
		}
		names, err := s.deps.Journals.Names(tx, v.corpID, list...)
		for _, r := range list {
			text := ""
			for _, c := range r.Contents {
				if text = form.Plain(c); text != "" {
					break
				}
			}
			out = append(out, journalLine{r.No, r.UUID, r.Name, r.At, r.Submitter, names[string(r.Submitter)], cut(text, 100), len(r.Readers), len(r.Receivers), len(r.Comments)})
		}
		return err
	})
}

// cut shortens a text to so many characters.
func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

func (s *Service) getJournal(v *visit) (any, error) {
	var out struct {
		Info  json.RawMessage   `json:"info"`
		Names map[string]string `json:"names"`
	}
	return &out, v.look(func(tx *store.Tx) error {
		r, err := s.deps.Journals.Record(tx, v.corpID, v.r.PathValue("uuid"))
		if err != nil {
			return gone(err, journal.ErrParameter)
		}
		out.Info = r.JSON()
		out.Names, err = s.deps.Journals.Names(tx, v.corpID, r)
		return err
	})
}

func (s *Service) getJournalFile(v *visit) (any, error) {
	return v.file(func(tx *store.Tx) (*wire.File, error) {
		r, err := s.deps.Journals.Record(tx, v.corpID, v.r.PathValue("uuid"))
		if errors.Is(err, journal.ErrParameter) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return s.deps.Journals.File(tx, r, v.r.PathValue("media_id"))
	})
}

// exportJournals writes the reports of a template, one a row and a column for each control.
func (s *Service) exportJournals(v *visit) (any, error) {
	first, err := v.journalSearch(sheetPage)
	if err != nil {
		return nil, err
	}
	return v.sheet("journals.csv", func(tx *store.Tx, put func([]string) error) error {
		t, err := s.deps.Journals.Template(tx, v.corpID, first.TemplateID)
		if err != nil {
			return err
		}
		header := []string{"汇报时间", "汇报人", "汇报人账号", "部门ID"}
		for _, c := range t.Controls {
			if c.Property.Control != form.Tips {
				header = append(header, form.First(c.Property.Title))
			}
		}
		if err := put(append(header, "已读", "评论")); err != nil {
			return err
		}
		for q := first; ; {
			list, err := s.deps.Journals.Find(tx, v.corpID, q)
			if err != nil {
				return err
			}
			names, err := s.deps.Journals.Names(tx, v.corpID, list...)
			if err != nil {
				return err
			}
			for _, r := range list {
				if err := put(journalRow(r, t, names)); err != nil {
					return err
				}
			}
			if len(list) < int(q.Size) {
				return nil
			}
			last := list[len(list)-1]
			q.Before = store.Place{At: last.At, No: last.No}
		}
	})
}

func journalRow(r *journal.Record, t *journal.Template, names map[string]string) []string {
	var readers, comments []string
	for _, u := range r.Readers {
		readers = append(readers, names[string(u)])
	}
	for _, c := range r.Comments {
		comments = append(comments, names[string(c.UserID)]+"："+c.Content)
	}
	row := append([]string{chinaTime(r.At), names[string(r.Submitter)], string(r.Submitter), itoa(r.Department)}, r.Rows(t.Controls)...)
	return append(row, strings.Join(readers, "、"), strings.Join(comments, "\n"))
}

// cycleLine is a cycle of a template: who has written in it, and who has not.
type cycleLine struct {
	Begin   int64    `json:"begin"`
	End     int64    `json:"end"`
	Written []writer `json:"written"`
	Missing []writer `json:"missing"`
}

type writer struct {
	UserID id.UserID `json:"userid"`
	Name   string    `json:"name"`
	UUID   string    `json:"uuid,omitempty"` // of the last report
	Late   bool      `json:"late,omitempty"`
}

// statisticsDays is how many days a statistic of the page is about.
const statisticsDays = 93

func (s *Service) journalStatistics(v *visit) (any, error) {
	q, err := v.journalSearch(1)
	if err != nil {
		return nil, err
	}
	if q.From <= 0 || q.To <= q.From || q.To-q.From > statisticsDays*86400 {
		return nil, journal.ErrParameter.With("from: a time span of at most %d days expected", statisticsDays)
	}
	out := []cycleLine{}
	return map[string]any{"cycles": &out}, v.look(func(tx *store.Tx) error {
		t, err := s.deps.Journals.Template(tx, v.corpID, q.TemplateID)
		if err != nil {
			return err
		}
		list, err := s.deps.Journals.Statistics(tx, v.by, t, time.Unix(q.From, 0), time.Unix(q.To, 0))
		if err != nil || len(list) == 0 {
			return err
		}
		var all []id.UserID // each cycle has all who write
		for _, w := range list[0].Written {
			all = append(all, w.UserID)
		}
		names, err := s.deps.Directory.NamesOf(tx, v.corpID, append(all, list[0].Missing...))
		for _, c := range list {
			line := cycleLine{c.Begin.Unix(), c.End.Unix(), []writer{}, []writer{}}
			for _, w := range c.Written {
				last := w.Reports[len(w.Reports)-1]
				line.Written = append(line.Written, writer{w.UserID, cmp.Or(names[w.UserID.Key()], string(w.UserID)), last.UUID, last.Late})
			}
			for _, u := range c.Missing {
				line.Missing = append(line.Missing, writer{UserID: u, Name: cmp.Or(names[u.Key()], string(u))})
			}
			out = append(out, line)
		}
		return err
	})
}
