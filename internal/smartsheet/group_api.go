package smartsheet

import (
	"context"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) groupEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("add_field_group", 101100, wire.Write(s.addFieldGroup)),
		endpoint("delete_field_groups", 101102, wire.Write(s.deleteFieldGroups)),
		endpoint("update_field_group", 101101, wire.Write(s.updateFieldGroup)),
		endpoint("get_field_groups", 101103, wire.Read(s.getFieldGroups)),
	}
}

type (
	groupChild struct {
		FieldID string `json:"field_id"`
	}
	shownGroup struct {
		ID       string       `json:"field_group_id"`
		Name     string       `json:"name"`
		Children []groupChild `json:"children"`
	}
	groupResponse struct {
		Group shownGroup `json:"field_group"`
	}
)

func (g FieldGroup) shown() shownGroup {
	out := shownGroup{ID: g.ID, Name: g.Name}
	for _, f := range g.Fields {
		out.Children = append(out.Children, groupChild{f})
	}
	return out
}

// check says what is wrong with a group beside the others of its sheet.
func (g FieldGroup) check(tx *store.Tx, sh Sheet, others []FieldGroup) error {
	if err := validTitle("name", g.Name); err != nil {
		return err
	}
	if len(g.Fields) > maxGroupField {
		return errParameter.With("children: at most %d fields expected", maxGroupField)
	}
	fields, err := fieldsOf(tx, sh)
	if err != nil {
		return err
	}
	for i, fieldID := range g.Fields {
		if !slices.ContainsFunc(fields, func(f Field) bool { return f.ID == fieldID }) || slices.Contains(g.Fields[:i], fieldID) {
			return errParameter.With("children[%d].field_id: a field of the sheet, each once, expected, not %q", i, fieldID)
		}
	}
	for _, o := range others {
		if o.ID == g.ID {
			continue
		}
		if o.Name == g.Name {
			return errParameter.With("name: there is a group %q already", g.Name)
		}
		for _, fieldID := range g.Fields {
			if slices.Contains(o.Fields, fieldID) {
				return errParameter.With("children: field %q is in group %q already", fieldID, o.Name)
			}
		}
	}
	return nil
}

func childIDs(list []groupChild) (out []string) {
	for _, c := range list {
		out = append(out, c.FieldID)
	}
	return out
}

type addFieldGroupRequest struct {
	place
	Name     string       `json:"name"`
	Children []groupChild `json:"children"`
}

func (s *Service) addFieldGroup(ctx context.Context, tx *store.Tx, by access.Caller, req addFieldGroupRequest) (resp groupResponse, err error) {
	sh, err := s.sheet(tx, by, req.place)
	if err != nil {
		return resp, err
	}
	if err := s.designs(tx, by, sh); err != nil {
		return resp, err
	}
	list, err := groupsOf(tx, sh)
	if err != nil {
		return resp, err
	}
	if len(list) >= maxGroups {
		return resp, ErrRows.With("a sheet has at most %d field groups", maxGroups)
	}
	g := FieldGroup{Name: req.Name, Fields: childIDs(req.Children)}
	if err := g.check(tx, sh, list); err != nil {
		return resp, err
	}
	if g, err = insertGroup(tx, sh, g); err != nil {
		return resp, err
	}
	resp.Group = g.shown()
	return resp, s.changed(tx, &sh)
}

// groupOf finds a group among those of a sheet.
func groupOf(list []FieldGroup, groupID string) (FieldGroup, error) {
	for _, g := range list {
		if g.ID == groupID {
			return g, nil
		}
	}
	return FieldGroup{}, errParameter.With("field_group_id: there is no group %q", groupID)
}

type updateFieldGroupRequest struct {
	place
	ID       string        `json:"field_group_id"`
	Name     string        `json:"name"`
	Children *[]groupChild `json:"children"`
}

func (s *Service) updateFieldGroup(ctx context.Context, tx *store.Tx, by access.Caller, req updateFieldGroupRequest) (resp groupResponse, err error) {
	sh, err := s.sheet(tx, by, req.place)
	if err != nil {
		return resp, err
	}
	if err := s.designs(tx, by, sh); err != nil {
		return resp, err
	}
	list, err := groupsOf(tx, sh)
	if err != nil {
		return resp, err
	}
	g, err := groupOf(list, req.ID)
	if err != nil {
		return resp, err
	}
	if req.Name != "" {
		g.Name = req.Name
	}
	if req.Children != nil {
		g.Fields = childIDs(*req.Children)
	}
	if err := g.check(tx, sh, list); err != nil {
		return resp, err
	}
	if err := putGroup(tx, g); err != nil {
		return resp, err
	}
	resp.Group = g.shown()
	return resp, s.changed(tx, &sh)
}

type deleteFieldGroupsRequest struct {
	place
	Groups []string `json:"field_group_ids"`
}

func (s *Service) deleteFieldGroups(ctx context.Context, tx *store.Tx, by access.Caller, req deleteFieldGroupsRequest) (wire.None, error) {
	sh, err := s.sheet(tx, by, req.place)
	if err != nil {
		return wire.None{}, err
	}
	if err := s.designs(tx, by, sh); err != nil {
		return wire.None{}, err
	}
	list, err := groupsOf(tx, sh)
	if err == nil && len(req.Groups) == 0 {
		err = errParameter.With("field_group_ids: one group at least expected")
	}
	for _, groupID := range req.Groups {
		if err != nil {
			return wire.None{}, err
		}
		var g FieldGroup
		if g, err = groupOf(list, groupID); err == nil {
			_, err = tx.Exec(`DELETE FROM smart_group WHERE no = ?`, g.No)
		}
	}
	if err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.changed(tx, &sh)
}

type (
	getFieldGroupsRequest struct {
		place
		Offset int64 `json:"offset"`
		Limit  int64 `json:"limit"`
	}
	getFieldGroupsResponse struct {
		Total  int64        `json:"total"`
		More   bool         `json:"has_more"`
		Next   int64        `json:"next"`
		Groups []shownGroup `json:"field_groups"`
	}
)

func (s *Service) getFieldGroups(ctx context.Context, tx *store.Tx, by access.Caller, req getFieldGroupsRequest) (resp getFieldGroupsResponse, err error) {
	if err := page(req.Offset, &req.Limit); err != nil {
		return resp, err
	}
	sh, err := s.sheet(tx, by, req.place)
	if err != nil {
		return resp, err
	}
	_, seen, err := s.seenFields(tx, by, sh)
	if err != nil {
		return resp, err
	}
	list, err := groupsOf(tx, sh)
	list, resp.Total, resp.More, resp.Next = cutPage(list, req.Offset, req.Limit)
	for _, g := range list {
		g.Fields = slices.DeleteFunc(g.Fields, func(fieldID string) bool {
			return !slices.ContainsFunc(seen, func(f Field) bool { return f.ID == fieldID })
		})
		resp.Groups = append(resp.Groups, g.shown())
	}
	return resp, err
}
