package console

import (
	"errors"
	"time"

	"qiwei/internal/customergroup"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Templates welcome customers who come into groups (入群欢迎语). The owner of a group chooses one.

func (s *Service) groupWelcomeCalls() []call {
	return []call{
		{pattern: "GET /console/api/group-welcomes", right: readCorp, handle: s.listGroupWelcomes},
		{pattern: "POST /console/api/group-welcomes", right: editCorp, handle: s.addGroupWelcome},
		{pattern: "PUT /console/api/group-welcomes/{template}", right: editCorp, handle: s.editGroupWelcome},
		{pattern: "DELETE /console/api/group-welcomes/{template}", right: editCorp, handle: s.deleteGroupWelcome},
	}
}

func (s *Service) listGroupWelcomes(v *visit) (any, error) {
	type line struct {
		ID      string      `json:"template_id"`
		Content contentLine `json:"content"`
		App     string      `json:"app,omitempty"`
		Notify  bool        `json:"notify"`
		At      time.Time   `json:"at"`
	}
	lines := []line{}
	return map[string]any{"templates": &lines}, v.look(func(tx *store.Tx) error {
		apps, err := v.appNames(tx)
		if err != nil {
			return err
		}
		list, ids, err := s.deps.Groups.Templates(tx, v.corpID)
		for i, t := range list {
			content := lineOfContent(t.Content)
			for j := range content.Parts {
				content.Parts[j].URL = s.local(content.Parts[j].URL)
			}
			lines = append(lines, line{ids[i], content, apps[t.App], t.Notify, t.CreatedAt})
		}
		return err
	})
}

func (s *Service) addGroupWelcome(v *visit) (any, error) {
	var req struct {
		contentForm
		Notify bool `json:"notify"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	content, err := req.content()
	if err != nil {
		return nil, err
	}
	var template string
	err = v.change(func(tx *store.Tx) (_ done, err error) {
		template, err = s.deps.Groups.AddTemplate(tx, v.by, content, req.Notify)
		return done{"group_welcome.create", headOf(req.Text), map[string]any{"template_id": template}}, err
	})
	return map[string]string{"template_id": template}, err
}

// template returns the template that the path names.
func (v *visit) welcome(tx *store.Tx) (t customergroup.Template, templateID string, err error) {
	templateID = v.r.PathValue("template")
	t, err = v.s.deps.Groups.Template(tx, v.corpID, templateID)
	if errors.As(err, new(wire.Error)) {
		err = errGone
	}
	return t, templateID, err
}

func textOf(t customergroup.Template) string {
	if t.Text == nil {
		return ""
	}
	return headOf(t.Text.Content)
}

func (s *Service) editGroupWelcome(v *visit) (any, error) {
	var req contentForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	content, err := req.content()
	if err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		t, templateID, err := v.welcome(tx)
		if err != nil {
			return done{}, err
		}
		return done{"group_welcome.update", textOf(t), map[string]any{"template_id": templateID, "text": req.Text}}, s.deps.Groups.EditTemplate(tx, v.by, templateID, content)
	})
}

func (s *Service) deleteGroupWelcome(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		t, templateID, err := v.welcome(tx)
		if err != nil {
			return done{}, err
		}
		return done{"group_welcome.delete", textOf(t), map[string]any{"template_id": templateID}}, s.deps.Groups.DeleteTemplate(tx, v.by, templateID)
	})
}
