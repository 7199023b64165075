package approval

import (
	"context"
	"errors"
	"fmt"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/door"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// Scripts returns the calls by which scripts play members and administrators, in dev.
func (s *Service) Scripts() []door.Route {
	at := func(name string) string { return "POST /_qiwei/approval/" + name }
	out := []door.Route{
		door.Script(at("submit"), s.deps.Log, s.scriptSubmit),
		door.Script(at("templates"), s.deps.Log, s.scriptTemplates),
		door.Script(at("template"), s.deps.Log, s.scriptTemplate),
		door.Script(at("vacations"), s.deps.Log, s.scriptVacations),
		door.Script(at("provider_template"), s.deps.Log, s.scriptProviderTemplate),
		door.Script(at("open/template"), s.deps.Log, s.scriptOpenTemplate),
		door.Script(at("open/submit"), s.deps.Log, s.scriptOpenSubmit),
	}
	for name := range verbs {
		out = append(out, door.Script(at(name), s.deps.Log, func(ctx context.Context, req actScript) (stepAnswer, error) { return s.scriptAct(ctx, name, req) }))
	}
	for _, name := range []string{"approve", "refuse", "transfer", "withdraw"} {
		out = append(out, door.Script(at("open/"+name), s.deps.Log, func(ctx context.Context, req openActScript) (stepAnswer, error) {
			return s.scriptOpenAct(ctx, name, req)
		}))
	}
	return out
}

type none struct{}

// script runs one in a corp.
func (s *Service) script(ctx context.Context, corpID string, fn func(tx *store.Tx, by access.Caller) error) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := s.deps.Corps.Corp(tx, corpID)
		if errors.Is(err, corp.ErrNotFound) {
			return door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", corpID))
		}
		if err != nil {
			return err
		}
		return fn(tx, access.System(corpID))
	})
}

// stepAnswer is where an approval stands.
type stepAnswer struct {
	SpNo    string      `json:"sp_no,omitempty"`
	ThirdNo string      `json:"thirdNo,omitempty"`
	Status  Status      `json:"sp_status"`
	Waiting []id.UserID `json:"waiting"` // whose turn it is
}

func answerOf(number string, status Status, nodes []Node) stepAnswer {
	a := stepAnswer{SpNo: number, Status: status, Waiting: []id.UserID{}}
	if status == Pending {
		a.Waiting = append(a.Waiting, deciders(nodes)...)
	}
	return a
}

// actScript is a step of a member.
type actScript struct {
	CorpID string      `json:"corpid"`
	SpNo   string      `json:"sp_no"`
	UserID id.UserID   `json:"userid"`
	Speech string      `json:"speech"`
	Media  []string    `json:"media"`
	To     []id.UserID `json:"to"`
	Before bool        `json:"before"`
	Node   int64       `json:"node"`
}

func (s *Service) scriptAct(ctx context.Context, name string, req actScript) (answer stepAnswer, err error) {
	err = s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		c, err := s.Act(ctx, tx, req.CorpID, name, Action{SpNo: req.SpNo, By: req.UserID, Speech: req.Speech, Media: req.Media, To: req.To, Before: req.Before, Node: req.Node})
		if err == nil {
			answer = answerOf(c.SpNo, c.Status, c.Nodes)
		}
		return err
	})
	return answer, err
}

// submitScript is an approval that a member submits. The process is the template's.
type submitScript struct {
	CorpID     string         `json:"corpid"`
	UserID     id.UserID      `json:"userid"`
	TemplateID string         `json:"template_id"`
	Template   string         `json:"template"` // its name, in place of template_id
	Department int64          `json:"department"`
	Contents   []form.Content `json:"contents"`
}

func (s *Service) scriptSubmit(ctx context.Context, req submitScript) (answer stepAnswer, err error) {
	err = s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		template := req.TemplateID
		if template == "" {
			t, err := s.TemplateNamed(tx, req.CorpID, req.Template)
			if err != nil {
				return err
			}
			template = t.TemplateID
		}
		c, err := s.Submit(ctx, tx, by, Application{Creator: req.UserID, TemplateID: template, Department: req.Department, Contents: req.Contents, ByMember: true})
		if err == nil {
			answer = answerOf(c.SpNo, c.Status, c.Nodes)
		}
		return err
	})
	return answer, err
}

type corpScript struct {
	CorpID string `json:"corpid"`
}

// templateAnswer is a template in a list.
type templateAnswer struct {
	TemplateID string         `json:"template_id"`
	Name       string         `json:"name"`
	RecordType int64          `json:"record_type,omitempty"`
	Controls   []form.Control `json:"controls"`
	Process    Flow           `json:"process"`
}

type templatesAnswer struct {
	Templates []templateAnswer `json:"templates"`
}

// scriptTemplates lists the corp's templates, and makes the platform's own where they are not there yet.
func (s *Service) scriptTemplates(ctx context.Context, req corpScript) (answer templatesAnswer, err error) {
	err = s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		answer.Templates = []templateAnswer{}
		list, err := s.Templates(tx, req.CorpID)
		for _, t := range list {
			answer.Templates = append(answer.Templates, templateAnswer{t.TemplateID, t.Name(), t.RecordType, t.Controls, t.Flow})
		}
		return err
	})
	return answer, err
}

// templateScript makes a template as an administrator does, or gives one a process.
type templateScript struct {
	CorpID     string         `json:"corpid"`
	TemplateID string         `json:"template_id"` // of an existing one
	Name       string         `json:"name"`
	Controls   []form.Control `json:"controls"`
	Process    *Flow          `json:"process"`
}

func (s *Service) scriptTemplate(ctx context.Context, req templateScript) (answer createTemplateResponse, err error) {
	err = s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		if answer.TemplateID = req.TemplateID; answer.TemplateID == "" {
			t := &Template{CorpID: req.CorpID, TemplateID: "3" + id.Letters(42), TemplateBody: TemplateBody{Names: form.In(req.Name), Controls: req.Controls, Flow: usualFlow()}}
			if err := s.checkTemplate(tx, by, t, true); err != nil {
				return err
			}
			if err := insertTemplate(tx, t); err != nil {
				return err
			}
			answer.TemplateID = t.TemplateID
		}
		if req.Process == nil {
			return nil
		}
		return s.SetFlow(tx, by, answer.TemplateID, *req.Process)
	})
	return answer, err
}

type vacationsScript struct {
	CorpID string     `json:"corpid"`
	List   []Vacation `json:"lists"`
}

func (s *Service) scriptVacations(ctx context.Context, req vacationsScript) (none, error) {
	return none{}, s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error { return s.SetVacations(tx, req.CorpID, req.List) })
}

// providerTemplateScript is a template that a provider makes for a suite.
type providerTemplateScript struct {
	SuiteID        string         `json:"suite_id"`
	OpenTemplateID string         `json:"open_template_id"` // of an existing one
	Name           string         `json:"name"`
	Controls       []form.Control `json:"controls"`
}

type providerTemplateAnswer struct {
	OpenTemplateID string `json:"open_template_id"`
}

func (s *Service) scriptProviderTemplate(ctx context.Context, req providerTemplateScript) (answer providerTemplateAnswer, err error) {
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := s.deps.Suites.Suite(tx, req.SuiteID)
		if errors.Is(err, suite.ErrNotFound) {
			return door.Missing(fmt.Sprintf("suite_id: there is no suite %q", req.SuiteID))
		}
		if err != nil {
			return err
		}
		answer.OpenTemplateID, err = s.SaveProviderTemplate(tx, req.SuiteID, req.OpenTemplateID, TemplateBody{Names: form.In(req.Name), Controls: req.Controls})
		return err
	})
	return answer, err
}

// openScript names an application that has the approval engine.
type openScript struct {
	CorpID  string `json:"corpid"`
	AgentID int64  `json:"agentid"`
}

func (s *Service) openScript(ctx context.Context, req openScript, fn func(tx *store.Tx, a app.App) error) error {
	return s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		a, err := s.deps.Apps.App(tx, req.CorpID, req.AgentID)
		if errors.Is(err, app.ErrNotFound) {
			return door.Missing(fmt.Sprintf("应用ID不正确: the enterprise has no application %d", req.AgentID))
		}
		if err != nil {
			return err
		}
		return fn(tx, a)
	})
}

type openTemplateScript struct {
	openScript
	OpenTemplate
}

func (s *Service) scriptOpenTemplate(ctx context.Context, req openTemplateScript) (answer createTemplateResponse, err error) {
	err = s.openScript(ctx, req.openScript, func(tx *store.Tx, a app.App) (err error) {
		answer.TemplateID, err = s.SaveOpenTemplate(tx, a, req.OpenTemplate)
		return err
	})
	return answer, err
}

// openSubmitScript is a call of thirdPartyOpenPage by a member (doc 90269).
type openSubmitScript struct {
	openScript
	UserID     id.UserID `json:"userid"`
	TemplateID string    `json:"templateId"`
	ThirdNo    string    `json:"thirdNo"`
	ExtData    struct {
		Fields []ExtData `json:"fieldList"`
	} `json:"extData"`
}

func (s *Service) scriptOpenSubmit(ctx context.Context, req openSubmitScript) (answer stepAnswer, err error) {
	err = s.openScript(ctx, req.openScript, func(tx *store.Tx, a app.App) error {
		o, err := s.SubmitOpen(ctx, tx, a, req.UserID, req.TemplateID, req.ThirdNo, req.ExtData.Fields)
		if err == nil {
			answer = answerOf("", o.Status, o.Nodes)
			answer.ThirdNo = o.ThirdNo
		}
		return err
	})
	return answer, err
}

// openActScript is a step of a member.
type openActScript struct {
	openScript
	ThirdNo string      `json:"thirdNo"`
	UserID  id.UserID   `json:"userid"`
	Speech  string      `json:"speech"`
	To      []id.UserID `json:"to"`
}

func (s *Service) scriptOpenAct(ctx context.Context, name string, req openActScript) (answer stepAnswer, err error) {
	err = s.openScript(ctx, req.openScript, func(tx *store.Tx, a app.App) error {
		o, err := s.ActOpen(ctx, tx, a, req.ThirdNo, name, Action{By: req.UserID, Speech: req.Speech, To: req.To})
		if err == nil {
			answer = answerOf("", o.Status, o.Nodes)
			answer.ThirdNo = o.ThirdNo
		}
		return err
	})
	return answer, err
}
