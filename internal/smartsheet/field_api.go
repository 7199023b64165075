package smartsheet

import (
	"context"
	"encoding/json"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) fieldEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("add_fields", 99904, wire.Write(s.apiAddFields)),
		endpoint("delete_fields", 99905, wire.Write(s.apiDeleteFields)),
		endpoint("update_fields", 99906, wire.Write(s.apiUpdateFields)),
		endpoint("get_fields", 99914, wire.Read(s.apiGetFields)),
	}
}

type (
	wireField struct {
		ID    string `json:"field_id"`
		Title string `json:"field_title"`
		Type  Type   `json:"field_type"`
		Property
	}
	fieldsRequest struct {
		place
		Fields []wireField `json:"fields"`
	}
	fieldsResponse struct {
		Fields []wireField `json:"fields"`
	}
)

func fromWire(list []wireField) []Field {
	out := make([]Field, len(list))
	for i, f := range list {
		out[i] = Field{ID: f.ID, Title: f.Title, Type: f.Type, Property: f.Property}
	}
	return out
}

func toWire(list []Field) (out []wireField) {
	for _, f := range list {
		out = append(out, wireField{f.ID, f.Title, f.Type, f.Property})
	}
	return out
}

func (s *Service) apiAddFields(ctx context.Context, tx *store.Tx, by access.Caller, req fieldsRequest) (resp fieldsResponse, err error) {
	sh, err := s.sheet(tx, by, req.place)
	if err != nil {
		return resp, err
	}
	list, err := s.reshape(ctx, tx, by, &sh, addField, req.Fields)
	return fieldsResponse{toWire(list)}, err
}

func (s *Service) apiUpdateFields(ctx context.Context, tx *store.Tx, by access.Caller, req fieldsRequest) (resp fieldsResponse, err error) {
	sh, err := s.sheet(tx, by, req.place)
	if err != nil {
		return resp, err
	}
	if len(req.Fields) == 0 {
		return resp, errParameter.With("fields: one field at least expected")
	}
	list, err := s.reshape(ctx, tx, by, &sh, updateField, req.Fields)
	return fieldsResponse{toWire(list)}, err
}

type deleteFieldsRequest struct {
	place
	Fields []string `json:"field_ids"`
}

func (s *Service) apiDeleteFields(ctx context.Context, tx *store.Tx, by access.Caller, req deleteFieldsRequest) (wire.None, error) {
	sh, err := s.sheet(tx, by, req.place)
	if err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.dropFields(ctx, tx, by, &sh, req.Fields)
}

// deleteFields deletes fields with their cells, and takes them out of views and groups. Doc 99905.
func (s *Service) deleteFields(tx *store.Tx, sh *Sheet, ids []string) error {
	fields, err := fieldsOf(tx, *sh)
	if err != nil {
		return err
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) == 0 || len(ids) >= len(fields) {
		return errParameter.With("field_ids: some of the fields expected; a sheet keeps one at least")
	}
	views, err := viewsOf(tx, *sh)
	if err != nil {
		return err
	}
	groups, err := groupsOf(tx, *sh)
	if err != nil {
		return err
	}
	for _, fieldID := range ids {
		at := slices.IndexFunc(fields, func(f Field) bool { return f.ID == fieldID })
		if at < 0 {
			return errParameter.With("field_ids: there is no field %q", fieldID)
		}
		if _, err := tx.Exec(`DELETE FROM smart_field WHERE no = ?`, fields[at].No); err != nil {
			return err
		}
		for i := range views {
			views[i].Property.without(fieldID)
		}
		for i := range groups {
			groups[i].Fields = slices.DeleteFunc(groups[i].Fields, func(f string) bool { return f == fieldID })
		}
	}
	for _, v := range views {
		if err := putView(tx, v); err != nil {
			return err
		}
	}
	for _, g := range groups {
		if err := putGroup(tx, g); err != nil {
			return err
		}
	}
	// The cells stay in the rows, where nothing names them: no field gets an id that another has had.
	return s.changed(tx, sh)
}

type (
	getFieldsRequest struct {
		place
		ViewID string   `json:"view_id"`
		Fields []string `json:"field_ids"`
		Titles []string `json:"field_titles"`
		Offset int64    `json:"offset"`
		Limit  int64    `json:"limit"`
	}
	getFieldsResponse struct {
		Total  int64       `json:"total"`
		Fields []wireField `json:"fields"`
	}
)

func (s *Service) apiGetFields(ctx context.Context, tx *store.Tx, by access.Caller, req getFieldsRequest) (resp getFieldsResponse, err error) {
	if err := page(req.Offset, &req.Limit); err != nil {
		return resp, err
	}
	sh, err := s.sheet(tx, by, req.place)
	if err != nil {
		return resp, err
	}
	may, err := s.bounds(tx, by, sh)
	if err != nil {
		return resp, err
	}
	list, err := fieldsOf(tx, sh)
	if err != nil {
		return resp, err
	}
	list = may.visible(list)
	hidden := visibility{}
	if req.ViewID != "" {
		v, err := viewOf(tx, sh, req.ViewID)
		if err != nil {
			return resp, err
		}
		if v.Property.Visibility != nil {
			hidden = *v.Property.Visibility
		}
	}
	list = slices.DeleteFunc(list, func(f Field) bool {
		if shown, said := hidden[f.ID]; said && !shown {
			return true
		}
		return len(req.Fields) > 0 && !slices.Contains(req.Fields, f.ID) || len(req.Titles) > 0 && !slices.Contains(req.Titles, f.Title)
	})
	list, resp.Total, _, _ = cutPage(list, req.Offset, req.Limit)
	resp.Fields = toWire(list)
	return resp, nil
}

// FieldGroup is a group (编组) of fields.
type FieldGroup struct {
	No     int64
	ID     string
	Name   string
	Fields []string // their ids
}

func groupsOf(tx *store.Tx, sh Sheet) (list []FieldGroup, err error) {
	err = tx.Each(`SELECT no, group_id, name, fields FROM smart_group WHERE sheet = ? ORDER BY no`, []any{sh.No}, func(rows *store.Rows) error {
		var g FieldGroup
		var fields string
		if err := rows.Scan(&g.No, &g.ID, &g.Name, &fields); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(fields), &g.Fields)
		list = append(list, g)
		return err
	})
	return list, err
}

func putGroup(tx *store.Tx, g FieldGroup) error {
	fields, err := json.Marshal(append([]string{}, g.Fields...))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE smart_group SET name = ?, fields = ? WHERE no = ?`, g.Name, string(fields), g.No)
	return err
}

func insertGroup(tx *store.Tx, sh Sheet, g FieldGroup) (FieldGroup, error) {
	fields, err := json.Marshal(append([]string{}, g.Fields...))
	if err != nil {
		return g, err
	}
	g.ID = "fg" + id.Letters(5)
	g.No, err = tx.Insert(`INSERT INTO smart_group (corpid, sheet, group_id, name, fields) VALUES (?, ?, ?, ?, ?)`, sh.Doc.CorpID, sh.No, g.ID, g.Name, string(fields))
	return g, err
}
