package journal

import (
	"encoding/json"

	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// What administrators do in the console of the application.

// foundAtOnce is how many reports a page of Find has.
const foundAtOnce = 200

// Search asks for reports as people look for them: the newest first. A zero field is not given.
type Search struct {
	From, To   int64 // Unix seconds, both included
	TemplateID string
	Submitter  id.UserID
	Department int64
	Before     store.Place // where the last page ended
	Size       int64
}

func (q Search) page(corpID string) (string, []any) {
	n := store.NewestOf(`report_at`, corpID, q.From, q.To, q.Before)
	if q.TemplateID != "" {
		n.And(`template_id = ?`, q.TemplateID)
	}
	if q.Submitter != "" {
		n.And(`submitter = ?`, q.Submitter.Key())
	}
	if q.Department != 0 {
		n.And(`department = ?`, q.Department)
	}
	return n.Page(q.Size)
}

// Find returns a page of the corp's reports.
func (s *Service) Find(tx *store.Tx, corpID string, q Search) ([]*Record, error) {
	if q.Size < 1 || q.Size > foundAtOnce {
		return nil, ErrParameter.With("size: 1 to %d expected", foundAtOnce)
	}
	where, args := q.page(corpID)
	return selectRecords(tx, where, args...)
}

// Record returns a report of the corp. It answers ErrParameter.
func (s *Service) Record(tx *store.Tx, corpID, uuid string) (*Record, error) {
	return s.record(tx, corpID, uuid)
}

// JSON writes the report as get_record_detail does, for pages.
func (r *Record) JSON() json.RawMessage { return wire.Encode(r.info()) }

// File returns a file of a report; nil if there is none.
func (s *Service) File(tx *store.Tx, r *Record, mediaID string) (*wire.File, error) {
	return s.files().Content(tx, r.No, mediaID)
}

// Template returns a template of the corp. It answers ErrParameter.
func (s *Service) Template(tx *store.Tx, corpID, templateID string) (*Template, error) {
	if templateID == "" {
		return nil, ErrParameter.With("template_id is missing")
	}
	return s.template(tx, corpID, templateID, "")
}

// UpdateTemplate replaces what a template says. Reports that were written by it stay as they are.
func (s *Service) UpdateTemplate(tx *store.Tx, t *Template, b TemplateBody) error {
	if err := s.settle(tx, t.CorpID, t.No, &b); err != nil {
		return err
	}
	t.TemplateBody = b
	return updateTemplate(tx, t)
}

// DeleteTemplate deletes a template. Reports that were written by it stay.
func (s *Service) DeleteTemplate(tx *store.Tx, t *Template) error {
	_, err := tx.Exec(`DELETE FROM journal_template WHERE corpid = ? AND no = ?`, t.CorpID, t.No)
	return err
}

// Rows writes a report for a sheet: a text for each control of the template, in its order.
func (r *Record) Rows(controls []form.Control) []string {
	texts := map[string]string{}
	for _, c := range r.Contents {
		texts[c.ID] = form.Plain(c)
	}
	var out []string
	for _, c := range controls {
		if c.Property.Control != form.Tips {
			out = append(out, texts[c.Property.ID])
		}
	}
	return out
}
