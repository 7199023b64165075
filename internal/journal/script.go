package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"qiwei/internal/corp"
	"qiwei/internal/door"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Scripts returns the calls by which scripts play members and administrators, in dev.
func (s *Service) Scripts() []door.Route {
	at := func(name string) string { return "POST /_qiwei/journal/" + name }
	return []door.Route{
		door.Script(at("template"), s.deps.Log, s.scriptTemplate),
		door.Script(at("templates"), s.deps.Log, s.scriptTemplates),
		door.Script(at("submit"), s.deps.Log, s.scriptSubmit),
		door.Script(at("read"), s.deps.Log, s.scriptRead),
		door.Script(at("comment"), s.deps.Log, s.scriptComment),
	}
}

// script runs one in a corp.
func (s *Service) script(ctx context.Context, corpID string, fn func(tx *store.Tx) error) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := s.deps.Corps.Corp(tx, corpID)
		if errors.Is(err, corp.ErrNotFound) {
			return door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", corpID))
		}
		if err != nil {
			return err
		}
		return fn(tx)
	})
}

type templateScript struct {
	CorpID string `json:"corpid"`
	TemplateBody
}

// templateAnswer is a template in a list.
type templateAnswer struct {
	TemplateID string `json:"template_id"`
	TemplateBody
}

func (s *Service) scriptTemplate(ctx context.Context, req templateScript) (answer templateAnswer, err error) {
	err = s.script(ctx, req.CorpID, func(tx *store.Tx) error {
		t, err := s.CreateTemplate(tx, req.CorpID, req.TemplateBody)
		if err == nil {
			answer = templateAnswer{t.TemplateID, t.TemplateBody}
		}
		return err
	})
	return answer, err
}

type templatesAnswer struct {
	Templates []templateAnswer `json:"templates"`
}

func (s *Service) scriptTemplates(ctx context.Context, req struct {
	CorpID string `json:"corpid"`
}) (answer templatesAnswer, err error) {
	err = s.script(ctx, req.CorpID, func(tx *store.Tx) error {
		answer.Templates = []templateAnswer{}
		list, err := s.Templates(tx, req.CorpID)
		for _, t := range list {
			answer.Templates = append(answer.Templates, templateAnswer{t.TemplateID, t.TemplateBody})
		}
		return err
	})
	return answer, err
}

// submitScript is a report that a member writes.
type submitScript struct {
	CorpID     string         `json:"corpid"`
	UserID     id.UserID      `json:"userid"`
	TemplateID string         `json:"template_id"`
	Template   string         `json:"template"` // its name, in place of template_id
	Contents   []form.Content `json:"contents"`
	Receivers  []id.UserID    `json:"receivers"`
	At         time.Time      `json:"at,omitzero"` // now if it is left out
}

type recordAnswer struct {
	UUID string `json:"journaluuid"`
}

func (s *Service) scriptSubmit(ctx context.Context, req submitScript) (answer recordAnswer, err error) {
	err = s.script(ctx, req.CorpID, func(tx *store.Tx) error {
		t, err := s.template(tx, req.CorpID, req.TemplateID, req.Template)
		if err != nil {
			return err
		}
		r, err := s.Write(ctx, tx, Draft{UserID: req.UserID, Template: t, Contents: req.Contents, Receivers: req.Receivers, At: req.At})
		if err == nil {
			answer.UUID = r.UUID
		}
		return err
	})
	return answer, err
}

// recordScript names a report and a member.
type recordScript struct {
	CorpID  string    `json:"corpid"`
	UUID    string    `json:"journaluuid"`
	UserID  id.UserID `json:"userid"`
	To      int64     `json:"to"` // the comment that is answered
	Content string    `json:"content"`
}

type none struct{}

func (s *Service) scriptRead(ctx context.Context, req recordScript) (none, error) {
	return none{}, s.script(ctx, req.CorpID, func(tx *store.Tx) error {
		r, err := s.record(tx, req.CorpID, req.UUID)
		if err == nil {
			err = s.Read(tx, r, req.UserID)
		}
		return err
	})
}

type commentAnswer struct {
	ID int64 `json:"commentid"`
}

func (s *Service) scriptComment(ctx context.Context, req recordScript) (answer commentAnswer, err error) {
	err = s.script(ctx, req.CorpID, func(tx *store.Tx) error {
		r, err := s.record(tx, req.CorpID, req.UUID)
		if err == nil {
			answer.ID, err = s.Comment(ctx, tx, r, req.UserID, req.To, req.Content)
		}
		return err
	})
	return answer, err
}
