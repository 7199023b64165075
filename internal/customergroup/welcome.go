package customergroup

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Template welcomes customers in groups (入群欢迎语素材): a text, and perhaps one more message. It belongs to the
// application that made it.
type Template struct {
	No  int64
	App int64
	customer.Content
	Picture   string // path of its image, if that came by media_id
	Notify    bool   // members are told to use it
	CreatedAt time.Time
}

// Limits of templates (doc 92366).
const (
	maxTemplates    = 100
	maxTemplateText = 3000 // bytes
)

const (
	templateHead = "msg" // of a template_id
	nicknameMark = "%NICKNAME%"
)

// Errors of templates (doc 90313). That of an unknown one is unverified.
var (
	ErrTemplates   = wire.Code(41055, "number of group welcome templates at its limit")
	ErrNotEditor   = wire.Code(41058, "caller may not edit this group welcome template")
	errTemplateID  = wire.ErrParameter
	errAttachments = "image, link, miniprogram, file and video"
)

func (s *Service) templateID(no int64) string {
	return templateHead + s.deps.Box.Number(seal.GroupWelcome, no)
}

// checkTemplate refuses what cannot welcome anybody.
func (s *Service) checkTemplate(tx *store.Tx, corpID string, c customer.Content) error {
	if c.Text != nil && len(c.Text.Content) > maxTemplateText {
		return wire.ErrParameter.With("text.content: at most %d bytes, %d given", maxTemplateText, len(c.Text.Content))
	}
	if (c.Text == nil || c.Text.Content == "") && len(c.Attachments) == 0 {
		return wire.ErrParameter.With("text, %s: one of them expected", errAttachments)
	}
	return s.deps.Customers.CheckContent(tx, corpID, c)
}

// picture keeps an image beyond its media_id, because it is answered by its address.
func (s *Service) picture(tx *store.Tx, corpID string, t *Template) error {
	for i, a := range t.Attachments {
		if a.Image == nil || a.Image.MediaID == "" {
			continue
		}
		path, err := s.deps.Media.KeepPicture(tx, corpID, a.Image.MediaID, false)
		if err != nil {
			return err
		}
		t.Picture = path
		t.Attachments[i].Image = &customer.Image{URL: s.deps.BaseURL() + path}
	}
	return nil
}

// AddTemplate makes a template. Doc 92366.
func (s *Service) AddTemplate(tx *store.Tx, by access.Caller, c customer.Content, notify bool) (string, error) {
	if err := s.checkTemplate(tx, by.CorpID, c); err != nil {
		return "", err
	}
	n, err := tx.Count(`SELECT count(*) FROM customer_group_welcome WHERE corpid = ?`, by.CorpID)
	if err == nil && n >= maxTemplates {
		err = ErrTemplates.With("at most %d", maxTemplates)
	}
	if err != nil {
		return "", err
	}
	t := Template{App: by.App, Content: c, Notify: notify, CreatedAt: tx.Now()}
	if err := s.picture(tx, by.CorpID, &t); err != nil {
		return "", err
	}
	text, err := json.Marshal(t.Content)
	if err != nil {
		return "", err
	}
	no, err := tx.Insert(`INSERT INTO customer_group_welcome (corpid, app, content, picture, notify, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
		by.CorpID, t.App, string(text), t.Picture, flag(notify), t.CreatedAt.Unix())
	return s.templateID(no), err
}

// Template returns the corp's template of an id. It answers 40058 for any other id.
func (s *Service) Template(tx *store.Tx, corpID, templateID string) (Template, error) {
	unknown := errTemplateID.With("template_id: %q is not there", templateID)
	rest, ok := strings.CutPrefix(templateID, templateHead)
	no, err := s.deps.Box.OpenNumber(seal.GroupWelcome, rest)
	if !ok || err != nil {
		return Template{}, unknown
	}
	t, found, err := selectTemplate(tx, corpID, no)
	if err == nil && !found {
		err = unknown
	}
	return t, err
}

// own returns a template that the caller may change, or ErrNotEditor: an application changes those that it made,
// the corp itself all.
func (s *Service) own(tx *store.Tx, by access.Caller, templateID string) (Template, error) {
	t, err := s.Template(tx, by.CorpID, templateID)
	if err == nil && !by.OfCorp() && t.App != by.App {
		err = ErrNotEditor.With("another application made it")
	}
	return t, err
}

// EditTemplate writes a template of the caller's application anew. Doc 92366.
func (s *Service) EditTemplate(tx *store.Tx, by access.Caller, templateID string, c customer.Content) error {
	t, err := s.own(tx, by, templateID)
	if err != nil {
		return err
	}
	if err := s.checkTemplate(tx, by.CorpID, c); err != nil {
		return err
	}
	old := t.Picture
	t.Content, t.Picture = c, ""
	if err := s.picture(tx, by.CorpID, &t); err != nil {
		return err
	}
	if err := s.deps.Media.ReleasePicture(tx, by.CorpID, old); err != nil {
		return err
	}
	text, err := json.Marshal(t.Content)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE customer_group_welcome SET content = ?, picture = ? WHERE corpid = ? AND no = ?`, string(text), t.Picture, by.CorpID, t.No)
	return err
}

// DeleteTemplate deletes a template of the caller's application. The groups that used it welcome nobody. Doc
// 92366.
func (s *Service) DeleteTemplate(tx *store.Tx, by access.Caller, templateID string) error {
	t, err := s.own(tx, by, templateID)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE customer_group SET template = 0 WHERE corpid = ? AND template = ?`, by.CorpID, t.No); err != nil {
		return err
	}
	if err := s.deps.Media.ReleasePicture(tx, by.CorpID, t.Picture); err != nil {
		return err
	}
	_, err = tx.Exec(`DELETE FROM customer_group_welcome WHERE corpid = ? AND no = ?`, by.CorpID, t.No)
	return err
}

// Greet has a template welcome those who come into a group from now on, or nothing if it is empty. It is what
// the owner chooses in the client.
func (s *Service) Greet(ctx context.Context, tx *store.Tx, by access.Caller, chat id.ChatID, templateID string) error {
	g, err := s.Group(tx, by.CorpID, chat)
	if err != nil {
		return err
	}
	if g.Template = 0; templateID != "" {
		t, err := s.Template(tx, by.CorpID, templateID)
		if err != nil {
			return err
		}
		g.Template = t.No
	}
	return updateGroup(tx, by.CorpID, g)
}

func selectTemplate(tx *store.Tx, corpID string, no int64) (t Template, found bool, err error) {
	var text string
	var notify, at int64
	found, err = tx.Get(`SELECT no, app, content, picture, notify, created_at FROM customer_group_welcome WHERE corpid = ? AND no = ?`, []any{corpID, no}, &t.No, &t.App, &text, &t.Picture, &notify, &at)
	if err != nil || !found {
		return t, false, err
	}
	t.Notify, t.CreatedAt = notify == 1, time.Unix(at, 0).UTC()
	return t, true, json.Unmarshal([]byte(text), &t.Content)
}
