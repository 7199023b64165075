package smartsheet

import (
	"context"
	"maps"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) viewEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("add_view", 99900, wire.Write(s.addView)),
		endpoint("delete_views", 99901, wire.Write(s.deleteViews)),
		endpoint("update_view", 99902, wire.Write(s.updateView)),
		endpoint("get_views", 99913, wire.Read(s.getViews)),
	}
}

// visibility says of fields by their ids whether a view shows them.
type visibility map[string]bool

// AppendJSON writes it in the order of the ids.
func (v visibility) AppendJSON(out []byte) []byte {
	out = append(out, '{')
	for i, fieldID := range slices.Sorted(maps.Keys(v)) {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(wire.AppendString(out, fieldID), ':')
		out = append(out, []byte(map[bool]string{true: "true", false: "false"}[v[fieldID]])...)
	}
	return append(out, '}')
}

// JSONSchema describes it.
func (visibility) JSONSchema() map[string]any {
	return map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "boolean"}}
}

type (
	addViewRequest struct {
		place
		Title    string     `json:"view_title"`
		Type     string     `json:"view_type"`
		Gantt    *viewDates `json:"property_gantt"`
		Calendar *viewDates `json:"property_calendar"`
	}
	shownView struct {
		ID       string        `json:"view_id"`
		Title    string        `json:"view_title"`
		Type     string        `json:"view_type"`
		Property *ViewProperty `json:"property,omitempty"`
		Gantt    *viewDates    `json:"property_gantt,omitempty"`
		Calendar *viewDates    `json:"property_calendar,omitempty"`
	}
	viewResponse struct {
		View shownView `json:"view"`
	}
)

func (v View) shown() shownView {
	out := shownView{ID: v.ID, Title: v.Title, Type: v.Type, Property: &v.Property}
	switch v.Type {
	case "VIEW_TYPE_GANTT":
		out.Gantt = &v.Dates
	case "VIEW_TYPE_CALENDAR":
		out.Calendar = &v.Dates
	}
	return out
}

func (s *Service) addView(ctx context.Context, tx *store.Tx, by access.Caller, req addViewRequest) (resp viewResponse, err error) {
	if err := validTitle("view_title", req.Title); err != nil {
		return resp, err
	}
	if !slices.Contains(viewTypes, req.Type) {
		return resp, errParameter.With("view_type: one of %q expected", viewTypes)
	}
	sh, err := s.sheet(tx, by, req.place)
	if err != nil {
		return resp, err
	}
	fields, err := s.arranges(tx, by, sh)
	if err != nil {
		return resp, err
	}
	v := View{Title: req.Title, Type: req.Type}
	for typ, dates := range map[string]*viewDates{"VIEW_TYPE_GANTT": req.Gantt, "VIEW_TYPE_CALENDAR": req.Calendar} {
		if typ != req.Type {
			continue
		}
		if dates != nil {
			v.Dates = *dates
		}
		if err := checkDates(fields, "property_gantt, property_calendar", v.Dates); err != nil {
			return resp, err
		}
	}
	if v, err = addView(tx, sh, v); err != nil {
		return resp, err
	}
	resp.View = v.shown()
	return resp, s.changed(tx, &sh)
}

type deleteViewsRequest struct {
	place
	Views []string `json:"view_ids"`
}

func (s *Service) deleteViews(ctx context.Context, tx *store.Tx, by access.Caller, req deleteViewsRequest) (wire.None, error) {
	sh, err := s.sheet(tx, by, req.place)
	if err != nil {
		return wire.None{}, err
	}
	if _, err := s.arranges(tx, by, sh); err != nil {
		return wire.None{}, err
	}
	list, err := viewsOf(tx, sh)
	if err != nil {
		return wire.None{}, err
	}
	slices.Sort(req.Views)
	req.Views = slices.Compact(req.Views)
	if len(req.Views) == 0 || len(req.Views) >= len(list) {
		return wire.None{}, errParameter.With("view_ids: some of the views expected; a sheet keeps one at least")
	}
	for _, viewID := range req.Views {
		v, err := viewOf(tx, sh, viewID)
		if err != nil {
			return wire.None{}, err
		}
		if _, err := tx.Exec(`DELETE FROM smart_view WHERE no = ?`, v.No); err != nil {
			return wire.None{}, err
		}
	}
	return wire.None{}, s.changed(tx, &sh)
}

type updateViewRequest struct {
	place
	ViewID   string        `json:"view_id"`
	Title    string        `json:"view_title"`
	Property *viewProperty `json:"property"`
}

// viewProperty is a property of a request. What it does not name stays.
type viewProperty struct {
	AutoSort   *bool        `json:"auto_sort"`
	Sort       *sortSpec    `json:"sort_spec"`
	Group      *groupSpec   `json:"group_spec"`
	Filter     *filterSpec  `json:"filter_spec"`
	Stat       *bool        `json:"is_field_stat_enabled"`
	Visibility wire.Value   `json:"field_visibility"`
	Frozen     *int64       `json:"frozen_field_count"`
	Colors     *colorConfig `json:"color_config"`
}

// valid checks that the request asks of the fields that its caller sees.
func (p viewProperty) valid(seen []Field) error {
	var given ViewProperty
	if err := p.over(&given); err != nil {
		return err
	}
	return given.valid(seen)
}

// over writes what the request names.
func (p viewProperty) over(to *ViewProperty) error {
	for to, from := range map[*bool]*bool{&to.AutoSort: p.AutoSort, &to.Stat: p.Stat} {
		if from != nil {
			*to = *from
		}
	}
	if p.Frozen != nil {
		to.Frozen = *p.Frozen
	}
	if p.Sort != nil {
		to.Sort = p.Sort
	}
	if p.Group != nil {
		to.Group = p.Group
	}
	if p.Filter != nil {
		to.Filter = p.Filter
	}
	if p.Colors != nil {
		to.Colors = p.Colors
	}
	if p.Visibility.Absent() {
		return nil
	}
	given, ok := p.Visibility.Members()
	if !ok {
		return errParameter.With("field_visibility: an object expected")
	}
	shown := visibility{}
	for fieldID, v := range given {
		if shown[fieldID], ok = v.Bool(); !ok {
			return errParameter.With("field_visibility: true or false expected for %q", fieldID)
		}
	}
	to.Visibility = &shown
	return nil
}

func (s *Service) updateView(ctx context.Context, tx *store.Tx, by access.Caller, req updateViewRequest) (resp viewResponse, err error) {
	sh, err := s.sheet(tx, by, req.place)
	if err != nil {
		return resp, err
	}
	seen, err := s.arranges(tx, by, sh)
	if err != nil {
		return resp, err
	}
	v, err := viewOf(tx, sh, req.ViewID)
	if err != nil {
		return resp, err
	}
	if req.Title != "" {
		if err := validTitle("view_title", req.Title); err != nil {
			return resp, err
		}
		v.Title = req.Title
	}
	if req.Property != nil {
		fields, err := fieldsOf(tx, sh)
		if err != nil {
			return resp, err
		}
		if err := req.Property.valid(seen); err != nil {
			return resp, err
		}
		if err := req.Property.over(&v.Property); err != nil {
			return resp, err
		}
		if err := v.Property.valid(fields); err != nil {
			return resp, err
		}
	}
	if err := putView(tx, v); err != nil {
		return resp, err
	}
	fields, err := fieldsOf(tx, sh)
	if err != nil {
		return resp, err
	}
	v.keep(fields, seen)
	resp.View = v.shown()
	return resp, s.changed(tx, &sh)
}

type (
	getViewsRequest struct {
		place
		Views  []string `json:"view_ids"`
		Offset int64    `json:"offset"`
		Limit  int64    `json:"limit"`
	}
	getViewsResponse struct {
		Total int64       `json:"total"`
		More  bool        `json:"has_more"`
		Next  int64       `json:"next"`
		Views []shownView `json:"views"`
	}
)

func (s *Service) getViews(ctx context.Context, tx *store.Tx, by access.Caller, req getViewsRequest) (resp getViewsResponse, err error) {
	if err := page(req.Offset, &req.Limit); err != nil {
		return resp, err
	}
	sh, err := s.sheet(tx, by, req.place)
	if err != nil {
		return resp, err
	}
	fields, seen, err := s.seenFields(tx, by, sh)
	if err != nil {
		return resp, err
	}
	list, err := viewsOf(tx, sh)
	list = slices.DeleteFunc(list, func(v View) bool { return len(req.Views) > 0 && !slices.Contains(req.Views, v.ID) })
	list, resp.Total, resp.More, resp.Next = cutPage(list, req.Offset, req.Limit)
	for _, v := range list {
		v.keep(fields, seen)
		resp.Views = append(resp.Views, v.shown())
	}
	return resp, err
}

// cutPage returns a page of a list, and what an answer says of it.
func cutPage[T any](list []T, offset, limit int64) (out []T, total int64, more bool, next int64) {
	total = int64(len(list))
	out = list[min(offset, total):min(offset+limit, total)]
	if end := offset + int64(len(out)); end < total {
		more, next = true, end
	}
	return out, total, more, next
}
