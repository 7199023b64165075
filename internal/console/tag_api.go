package console

import (
	"qiwei/internal/directory"
	"qiwei/internal/store"
)

func (s *Service) tagCalls() []call {
	return []call{
		{pattern: "GET /console/api/tags", right: readDirectory, handle: s.listTags},
		{pattern: "POST /console/api/tags", right: editDirectory, handle: s.createTag},
		{pattern: "GET /console/api/tags/{id}", right: readDirectory, handle: s.getTag},
		{pattern: "PUT /console/api/tags/{id}", right: editDirectory, handle: s.renameTag},
		{pattern: "DELETE /console/api/tags/{id}", right: editDirectory, handle: s.deleteTag},
		{pattern: "POST /console/api/tags/{id}/content", right: editDirectory, handle: s.fillTag},
	}
}

type tagName struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	App  string `json:"app,omitempty"` // the application that made it; empty for the administrators' own
}

func (s *Service) listTags(v *visit) (any, error) {
	out := []tagName{}
	return map[string]any{"tags": &out}, v.look(func(tx *store.Tx) error {
		list, err := s.deps.Directory.Tags(v.ctx(), tx, v.by)
		if err != nil {
			return err
		}
		apps, err := s.deps.Apps.Apps(tx, v.corpID)
		names := map[int64]string{}
		for _, a := range apps {
			names[a.No] = a.Name
		}
		for _, t := range list {
			out = append(out, tagName{t.ID, t.Name, names[t.Owner]})
		}
		return err
	})
}

// whole refuses what concerns the whole corp to admins of a part of it. A tag, for one, has members from
// everywhere.
func (v *visit) whole() error {
	if !v.by.SeesAll() {
		return errOutside
	}
	return nil
}

func (s *Service) createTag(v *visit) (any, error) {
	var req tagName
	if err := v.read(&req); err != nil {
		return nil, err
	}
	if err := v.whole(); err != nil {
		return nil, err
	}
	var made int64
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		made, err = s.deps.Directory.CreateTag(v.ctx(), tx, v.by, req.ID, req.Name)
		return done{"tag.create", req.Name, map[string]any{"id": made}}, err
	})
	return map[string]int64{"id": made}, err
}

func (s *Service) getTag(v *visit) (any, error) {
	tag, err := v.number("id")
	if err != nil {
		return nil, err
	}
	type member struct {
		UserID string `json:"userid"`
		Name   string `json:"name"`
	}
	type content struct {
		tagName
		Members     []member `json:"members"`
		Departments []int64  `json:"departments"`
	}
	out := content{Members: []member{}, Departments: []int64{}}
	return &out, v.look(func(tx *store.Tx) error {
		c, err := s.deps.Directory.Tag(v.ctx(), tx, v.by, tag)
		if err != nil {
			return err
		}
		out.ID, out.Name = c.ID, c.Name
		for _, m := range c.Members {
			out.Members = append(out.Members, member{string(m.UserID), m.Name})
		}
		out.Departments = append(out.Departments, c.Departments...)
		return nil
	})
}

func (s *Service) renameTag(v *visit) (any, error) {
	var req tagName
	if err := v.read(&req); err != nil {
		return nil, err
	}
	if err := v.whole(); err != nil {
		return nil, err
	}
	tag, err := v.number("id")
	if err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		return done{"tag.update", req.Name, map[string]any{"id": tag}}, s.deps.Directory.UpdateTag(v.ctx(), tx, v.by, tag, req.Name)
	})
}

func (s *Service) deleteTag(v *visit) (any, error) {
	tag, err := v.number("id")
	if err != nil {
		return nil, err
	}
	if err := v.whole(); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		c, err := s.deps.Directory.Tag(v.ctx(), tx, v.by, tag)
		if err != nil {
			return done{}, err
		}
		return done{"tag.delete", c.Name, map[string]any{"id": tag, "members": len(c.Members)}}, s.deps.Directory.DeleteTag(v.ctx(), tx, v.by, tag)
	})
}

func (s *Service) fillTag(v *visit) (any, error) {
	var req struct {
		Add    directory.TagNodes `json:"add"`
		Remove directory.TagNodes `json:"remove"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	tag, err := v.number("id")
	if err != nil {
		return nil, err
	}
	if err := v.whole(); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		d := done{"tag.content", "#" + itoa(tag), map[string]any{"id": tag, "add": req.Add, "remove": req.Remove}}
		if len(req.Add.Users)+len(req.Add.Departments) > 0 {
			if _, err := s.deps.Directory.AddToTag(v.ctx(), tx, v.by, tag, req.Add); err != nil {
				return d, err
			}
		}
		if len(req.Remove.Users)+len(req.Remove.Departments) > 0 {
			if _, err := s.deps.Directory.RemoveFromTag(v.ctx(), tx, v.by, tag, req.Remove); err != nil {
				return d, err
			}
		}
		return d, nil
	})
}
