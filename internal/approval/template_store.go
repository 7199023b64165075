package approval

import (
	"encoding/json"
	"fmt"

	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func insertTemplate(tx *store.Tx, t *Template) (err error) {
	t.No, err = tx.Insert(`INSERT INTO approval_template (corpid, template_id, app, maker, source, name, record_type, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		t.CorpID, t.TemplateID, t.App, t.Maker, t.Source, t.Name(), t.RecordType, string(wire.Encode(t.TemplateBody)))
	if err != nil {
		return fmt.Errorf("insert template: %w", err)
	}
	return nil
}

func updateTemplate(tx *store.Tx, t *Template) error {
	_, err := tx.Exec(`UPDATE approval_template SET name = ?, record_type = ?, body = ? WHERE corpid = ? AND no = ?`,
		t.Name(), t.RecordType, string(wire.Encode(t.TemplateBody)), t.CorpID, t.No)
	return err
}

func selectTemplates(tx *store.Tx, where string, args ...any) (out []*Template, err error) {
	err = tx.Each(`SELECT no, corpid, template_id, app, maker, source, record_type, body FROM approval_template WHERE `+where+` ORDER BY no`, args, func(rows *store.Rows) error {
		t, body := &Template{}, ""
		if err := rows.Scan(&t.No, &t.CorpID, &t.TemplateID, &t.App, &t.Maker, &t.Source, &t.RecordType, &body); err != nil {
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

// providerTemplate returns a template of a suite.
func providerTemplate(tx *store.Tx, suite, openTemplateID string) (b TemplateBody, found bool, err error) {
	body := ""
	found, err = tx.Get(`SELECT body FROM approval_provider_template WHERE suite = ? AND open_template_id = ?`, []any{suite, openTemplateID}, &body)
	if err == nil && found {
		err = json.Unmarshal([]byte(body), &b)
	}
	return b, found, err
}

// SaveProviderTemplate writes a template of a suite, a new one where openTemplateID is empty, and returns its
// id. Doc 92630 has the provider make it in its backend.
func (s *Service) SaveProviderTemplate(tx *store.Tx, suite, openTemplateID string, b TemplateBody) (string, error) {
	if err := form.CheckNames(b.Names); err != nil {
		return "", asCode(err, ErrControl)
	}
	if err := form.Check(b.Controls, false); err != nil {
		return "", asCode(err, ErrControl)
	}
	if openTemplateID == "" {
		openTemplateID = "1" + id.Letters(41)
		_, err := tx.Exec(`INSERT INTO approval_provider_template (suite, open_template_id, body) VALUES (?, ?, ?)`, suite, openTemplateID, string(wire.Encode(b)))
		return openTemplateID, err
	}
	n, err := tx.Exec(`UPDATE approval_provider_template SET body = ? WHERE suite = ? AND open_template_id = ?`, string(wire.Encode(b)), suite, openTemplateID)
	if err == nil && n == 0 {
		err = ErrTemplate.With("open_template_id: the suite has no template %q", openTemplateID)
	}
	return openTemplateID, err
}
