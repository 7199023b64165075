package approval

import (
	"encoding/json"
	"net/http"

	"qiwei/internal/access"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
)

func (s *Service) phoneSubmit(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		TemplateID string         `json:"template_id"`
		Department int64          `json:"department"`
		Contents   []form.Content `json:"contents"`
		Chosen     [][]id.UserID  `json:"chosen"` // for each node whose people the applicant chooses
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, err
	}
	var answer stepAnswer
	err := s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		t, err := s.visibleTemplate(tx, access.System(sess.CorpID), req.TemplateID)
		if err != nil {
			return err
		}
		if t.App != 0 { // a third party's is submitted by its application
			return ErrTemplate.With("the template %q is a third party's", t.Name())
		}
		c, err := s.Submit(r.Context(), tx, access.System(sess.CorpID), Application{
			Creator: sess.Member.UserID, TemplateID: req.TemplateID, Department: req.Department, Contents: req.Contents, Chosen: req.Chosen, ByMember: true,
		})
		if err == nil {
			answer = answerOf(c.SpNo, c.Status, c.Nodes)
		}
		return err
	})
	return answer, err
}

// phoneTemplates makes the platform's templates where they are not there, so it writes.
func (s *Service) phoneTemplates(r *http.Request, sess login.Session) (any, error) {
	var out struct {
		Templates []templateAnswer `json:"templates"`
		Vacations []userQuota      `json:"vacations"`
	}
	err := s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		out.Templates, out.Vacations = []templateAnswer{}, []userQuota{}
		list, err := s.Templates(tx, sess.CorpID)
		if err != nil {
			return err
		}
		for _, t := range list {
			if t.App != 0 {
				continue
			}
			if err := s.complete(tx, t); err != nil {
				return err
			}
			out.Templates = append(out.Templates, templateAnswer{t.TemplateID, t.Name(), t.RecordType, t.Controls, Flow{}})
		}
		balances, err := s.Balances(r.Context(), tx, access.System(sess.CorpID), sess.Member.UserID)
		for _, b := range balances {
			out.Vacations = append(out.Vacations, userQuota{b.ID, b.Assigned, b.Used, b.Left(), b.Name, b.Real})
		}
		return err
	})
	return out, err
}

// nodeAnswer is a node of the process before the application is submitted.
type nodeAnswer struct {
	Type   int64         `json:"type"`
	Rel    int64         `json:"rel"`
	Choose bool          `json:"choose"` // the applicant chooses its people
	People []form.Member `json:"people"`
}

// phoneProcess answers the process that an application would take, as far as what is filled in says.
func (s *Service) phoneProcess(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		TemplateID string         `json:"template_id"`
		Department int64          `json:"department"`
		Contents   []form.Content `json:"contents"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, err
	}
	out := []nodeAnswer{}
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		list, err := s.Outline(r.Context(), tx, access.System(sess.CorpID), Application{Creator: sess.Member.UserID, TemplateID: req.TemplateID, Department: req.Department, Contents: req.Contents})
		for _, n := range list {
			a := nodeAnswer{n.Type, n.Rel, n.Choose, []form.Member{}}
			for _, u := range n.Users {
				m, err := s.person(r.Context(), tx, sess.CorpID, u)
				if err != nil {
					return err
				}
				a.People = append(a.People, form.Member{UserID: m.UserID, Name: m.Name})
			}
			out = append(out, a)
		}
		return err
	})
	return map[string]any{"process": out}, err
}
