package approval

import (
	"cmp"
	"errors"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// What administrators do in the console of the application.

// foundAtOnce is how many approvals a page of Search has.
const foundAtOnce = 200

// Search asks for approvals as people look for them: the newest first, without a bound of the time span. A zero
// field is not given.
type Search struct {
	From, To   int64 // Unix seconds, both included
	TemplateID string
	Creator    id.UserID
	Department int64
	Status     Status
	Before     store.Place // where the last page ended
	Size       int64
}

func (q Search) page(corpID string) (string, []any) {
	n := store.NewestOf(`applied_at`, corpID, q.From, q.To, q.Before)
	if q.TemplateID != "" {
		n.And(`template_id = ?`, q.TemplateID)
	}
	if q.Creator != "" {
		n.And(`creator = ?`, q.Creator.Key())
	}
	if q.Department != 0 {
		n.And(`department = ?`, q.Department)
	}
	if q.Status != 0 {
		n.And(`status = ?`, int64(q.Status))
	}
	return n.Page(q.Size)
}

// Find returns a page of the corp's approvals.
func (s *Service) Find(tx *store.Tx, by access.Caller, q Search) ([]*Case, error) {
	if q.Status != 0 && !q.Status.known() {
		return nil, ErrParameter.With("status: %d; %s expected", int64(q.Status), statusesText)
	}
	if q.Size < 1 || q.Size > foundAtOnce {
		return nil, ErrParameter.With("size: 1 to %d expected", foundAtOnce)
	}
	where, args := q.page(by.CorpID)
	return selectCases(tx, where, args...)
}

// Briefs are approvals as lists show them.
func (s *Service) Briefs(tx *store.Tx, list []*Case) ([]Brief, error) {
	out := []Brief{}
	if len(list) == 0 {
		return out, nil
	}
	var users []id.UserID
	for _, c := range list {
		users = append(users, c.Creator)
	}
	names, err := s.deps.Directory.NamesOf(tx, list[0].CorpID, users)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		b := Brief{c.No, c.SpNo, c.Name(), int64(c.Status), c.At, c.Creator, cmp.Or(names[c.Creator.Key()], string(c.Creator)), []string{}}
		for _, l := range c.Summary {
			if len(l.Info) > 0 {
				b.Summary = append(b.Summary, l.Info[0].Text)
			}
		}
		out = append(out, b)
	}
	return out, nil
}

// Show returns an approval whose applicant the caller sees, as pages draw it.
func (s *Service) Show(tx *store.Tx, by access.Caller, spNo string) (Page, error) {
	c, err := s.visibleCase(tx, by, spNo)
	if err != nil {
		return Page{}, err
	}
	return s.page(tx, c, "")
}

// File returns a file of an approval whose applicant the caller sees; nil if there is none.
func (s *Service) File(tx *store.Tx, by access.Caller, spNo, mediaID string) (*wire.File, error) {
	c, err := s.visibleCase(tx, by, spNo)
	if errors.Is(err, ErrNoCase) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.files().Content(tx, c.No, mediaID)
}

// Template returns a template that the caller sees.
func (s *Service) Template(tx *store.Tx, by access.Caller, templateID string) (*Template, error) {
	return s.visibleTemplate(tx, by, templateID)
}

// DeleteTemplate deletes a template that the corp has made. Approvals by it stay as they are. The platform's own
// templates and those of third parties stay, and so do those that another template names.
func (s *Service) DeleteTemplate(tx *store.Tx, by access.Caller, templateID string) error {
	t, err := s.visibleTemplate(tx, by, templateID)
	if err != nil {
		return err
	}
	if t.Source != "" {
		return ErrNotOwn.With("the template %q is not the enterprise's own", t.Name())
	}
	others, err := selectTemplates(tx, `corpid = ? AND no <> ? AND body `+store.Like, t.CorpID, t.No, store.Pattern("", `"`+t.TemplateID+`"`, ""))
	if err != nil {
		return err
	}
	for _, o := range others {
		if slices.ContainsFunc(o.Controls, func(c form.Control) bool {
			return c.Config.Related != nil && slices.Contains(c.Config.Related.TemplateID, t.TemplateID)
		}) {
			return ErrControl.With("the template %q names it", o.Name())
		}
	}
	_, err = tx.Exec(`DELETE FROM approval_template WHERE corpid = ? AND no = ?`, t.CorpID, t.No)
	return err
}
