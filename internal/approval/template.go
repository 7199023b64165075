package approval

import (
	"context"
	"errors"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// maxTemplates is how many templates a corp has; the page names no number.
const maxTemplates = 1000

// Template is a form and the process that its approvals take.
type Template struct {
	No         int64
	CorpID     string
	TemplateID string
	App        int64 // the third party's application that it belongs to
	Maker      int64 // the application that made it by the API
	Source     string
	RecordType int64
	TemplateBody
}

// TemplateBody is the part of a template that is stored as JSON.
type TemplateBody struct {
	Names    []form.Text    `json:"names"`
	Controls []form.Control `json:"controls"`
	Flow     Flow           `json:"flow"`
}

// Name is the template's name.
func (t *Template) Name() string { return form.First(t.Names) }

// recordType derives what an approval counts as (doc 91816) from its controls.
func recordType(controls []form.Control) int64 {
	for _, c := range controls {
		switch {
		case c.Property.Control == form.Vacation:
			return form.Leave
		case c.Property.Control == form.PunchCorrection:
			return form.Punch
		case c.Config.Attendance != nil:
			return c.Config.Attendance.Type
		}
	}
	return 0
}

// CreateTemplate makes a template of the corp in the caller's name (doc 97437). It answers ErrControl and
// ErrTemplates.
func (s *Service) CreateTemplate(tx *store.Tx, by access.Caller, b TemplateBody) (*Template, error) {
	if len(b.Flow.Nodes) == 0 {
		b.Flow = usualFlow()
	}
	t := &Template{CorpID: by.CorpID, Maker: by.App, TemplateBody: b}
	// An administrator has controls that the API has not, such as formulas.
	if err := s.checkTemplate(tx, by, t, by.OfCorp()); err != nil {
		return nil, err
	}
	n, err := tx.Count(`SELECT count(*) FROM approval_template WHERE corpid = ?`, by.CorpID)
	if err == nil && n >= maxTemplates {
		err = ErrTemplates.With("%d templates already", n)
	}
	if err != nil {
		return nil, err
	}
	t.TemplateID = "3" + id.Letters(42)
	return t, insertTemplate(tx, t)
}

// checkTemplate checks a template's name and controls.
func (s *Service) checkTemplate(tx *store.Tx, by access.Caller, t *Template, system bool) error {
	if err := form.CheckNames(t.Names); err != nil {
		return asCode(err, ErrControl)
	}
	if err := form.Check(t.Controls, system); err != nil {
		return asCode(err, ErrControl)
	}
	t.RecordType = recordType(t.Controls)
	for i := range t.Controls {
		p := &t.Controls[i]
		if a := p.Config.Attendance; a != nil && !system && form.First(p.Property.Title) != attendanceTitles[a.Type] {
			return ErrControl.With("template_content.controls[%d].property.title: an Attendance of type %d is called %s", i, a.Type, attendanceTitles[a.Type])
		}
		if p.Config.Related == nil {
			continue
		}
		for _, other := range p.Config.Related.TemplateID {
			if _, err := s.visibleTemplate(tx, by, other); err != nil {
				return asParameter(err, ErrControl.With("template_content.controls[%d].config.related_approval: there is no template %q", i, other))
			}
		}
	}
	taken, err := selectTemplates(tx, `corpid = ? AND app = ? AND name = ?`, t.CorpID, t.App, t.Name())
	if err == nil && len(taken) > 0 && taken[0].No != t.No {
		err = ErrControl.With("template_name: another template is called %q", t.Name())
	}
	return err
}

// attendanceTitles are fixed (doc 97437).
var attendanceTitles = map[int64]string{form.Trip: "出差", form.Outing: "外出", form.Overtime: "加班"}

// UpdateTemplate replaces the name and the controls of a template that the caller has made; its process stays
// (doc 97438). It answers ErrTemplate, ErrNotOwn and ErrControl.
func (s *Service) UpdateTemplate(tx *store.Tx, by access.Caller, templateID string, b TemplateBody) error {
	t, err := s.visibleTemplate(tx, by, templateID)
	if err != nil {
		return err
	}
	// The secret of the approval application acts for its administrators.
	if t.Maker != by.App && (by.Kind != access.Approval || t.Maker != 0) && !by.OfCorp() {
		return ErrNotOwn.With("another application has made the template %q", templateID)
	}
	if b.Flow.empty() {
		b.Flow = t.Flow
	}
	system := t.Source != "" || by.OfCorp()
	t.TemplateBody = b
	if err := s.checkTemplate(tx, by, t, system); err != nil {
		return err
	}
	return updateTemplate(tx, t)
}

// visibleTemplate returns a template that the caller sees: a third party's application sees its own, all
// others those of the corp (doc 91982). It answers ErrTemplate.
func (s *Service) visibleTemplate(tx *store.Tx, by access.Caller, templateID string) (*Template, error) {
	if templateID == "" {
		return nil, ErrTemplate.With("template_id is missing")
	}
	list, err := selectTemplates(tx, `corpid = ? AND template_id = ?`, by.CorpID, templateID)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 || !by.OfCorp() && list[0].App != ownerOf(by) {
		return nil, ErrTemplate.With("template_id: there is no template %q, or it is another application's", templateID)
	}
	return list[0], nil
}

// ownerOf returns whose templates and approvals the caller sees: 0 for the corp's.
func ownerOf(by access.Caller) int64 {
	if by.Kind == access.ThirdParty {
		return by.App
	}
	return 0
}

// CopyTemplate gives the caller's corp a template of its suite, or the newest version of it (doc 92630).
func (s *Service) CopyTemplate(tx *store.Tx, by access.Caller, openTemplateID string) (string, error) {
	b, found, err := providerTemplate(tx, by.Suite, openTemplateID)
	if err == nil && !found {
		err = ErrTemplate.With("open_template_id: the suite has no template %q", openTemplateID)
	}
	if err != nil {
		return "", err
	}
	list, err := selectTemplates(tx, `corpid = ? AND app = ? AND source = ?`, by.CorpID, by.App, openTemplateID)
	if err != nil {
		return "", err
	}
	if len(list) > 0 {
		t := list[0]
		b.Flow = t.Flow // what the corp has set stays
		t.TemplateBody, t.RecordType = b, recordType(b.Controls)
		return t.TemplateID, updateTemplate(tx, t)
	}
	b.Flow = usualFlow()
	t := &Template{CorpID: by.CorpID, TemplateID: "open_" + id.Letters(41), App: by.App, Maker: by.App, Source: openTemplateID, RecordType: recordType(b.Controls), TemplateBody: b}
	return t.TemplateID, insertTemplate(tx, t)
}

// asCode gives what is wrong with a form a code; other errors stay as they are.
func asCode(err error, code wire.Error) error {
	if p := form.Problem(""); errors.As(err, &p) {
		return code.With("%s", string(p))
	}
	return err
}

// asParameter returns other in place of an ErrParameter.
func asParameter(err, other error) error {
	if errors.Is(err, ErrParameter) {
		return other
	}
	return err
}

// filled returns what was filled in, checked against the template.
func (s *Service) filled(ctx context.Context, tx *store.Tx, by access.Caller, t *Template, contents []form.Content) ([]form.Content, error) {
	out, err := form.Fill(t.Controls, contents, look{form.Look{Context: ctx, Tx: tx, CorpID: by.CorpID, Members: s.deps.Directory, Files: s.files()}, s})
	return out, asCode(err, ErrParameter)
}

// look answers what a form names.
type look struct {
	form.Look
	s *Service
}

// Related finds another approval.
func (l look) Related(spNo string) (form.Related, string, bool, error) {
	c, found, err := selectCase(l.Tx, l.CorpID, spNo)
	if err != nil || !found || c.Status == Deleted {
		return form.Related{}, "", false, err
	}
	m, err := l.s.person(l.Context, l.Tx, l.CorpID, c.Creator)
	return form.Related{Names: c.Names, Status: int64(c.Status), Name: m.Name, CreatedAt: c.At, SpNo: c.SpNo}, c.TemplateID, true, err
}

// Vacations returns the kinds of leave.
func (l look) Vacations() (map[int64]string, error) {
	list, err := l.s.Vacations(l.Tx, l.CorpID)
	out := map[int64]string{}
	for _, v := range list {
		out[v.ID] = v.Name
	}
	return out, err
}

// complete puts the corp's kinds of leave into the template's control for them (doc 91982).
func (s *Service) complete(tx *store.Tx, t *Template) error {
	i := slices.IndexFunc(t.Controls, func(c form.Control) bool { return c.Property.Control == form.Vacation })
	if i < 0 {
		return nil
	}
	list, err := s.Vacations(tx, t.CorpID)
	var c form.VacationConfig
	for _, v := range list {
		c.Item = append(c.Item, form.VacationItem{ID: v.ID, Name: form.In(v.Name)})
	}
	t.Controls[i].Config.Vacation = &c
	return err
}
