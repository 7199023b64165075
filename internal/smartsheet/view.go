package smartsheet

import (
	"encoding/json"
	"slices"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// View is a way to look at a sheet.
type View struct {
	No       int64
	ID       string
	Title    string
	Type     string
	Property ViewProperty
	Dates    viewDates
}

// viewDates are the fields that a Gantt chart or a calendar goes by.
type viewDates struct {
	Start string `json:"start_date_field_id"`
	End   string `json:"end_date_field_id"`
}

// ViewProperty is how a view shows its sheet, as the wire has it (doc 99902).
type (
	ViewProperty struct {
		AutoSort   bool         `json:"auto_sort"`
		Sort       *sortSpec    `json:"sort_spec,omitempty"`
		Group      *groupSpec   `json:"group_spec,omitempty"`
		Filter     *filterSpec  `json:"filter_spec,omitempty"`
		Stat       bool         `json:"is_field_stat_enabled"`
		Visibility *visibility  `json:"field_visibility,omitempty"`
		Frozen     int64        `json:"frozen_field_count"`
		Colors     *colorConfig `json:"color_config,omitempty"`
	}
	sortInfo struct {
		FieldID string `json:"field_id"`
		Desc    bool   `json:"desc"`
	}
	sortSpec struct {
		Infos []sortInfo `json:"sort_infos"`
	}
	groupSpec struct {
		Groups []sortInfo `json:"groups"`
	}
	colorCondition struct {
		ID        string    `json:"id"`
		Type      string    `json:"type"`
		Color     string    `json:"color"`
		Condition condition `json:"condition"`
	}
	colorConfig struct {
		Conditions []colorCondition `json:"conditions"`
	}
)

var (
	viewTypes  = []string{"VIEW_TYPE_GRID", "VIEW_TYPE_KANBAN", "VIEW_TYPE_GALLERY", "VIEW_TYPE_GANTT", "VIEW_TYPE_CALENDAR"}
	colorTypes = []string{"VIEW_COLOR_CONDITION_TYPE_ROW", "VIEW_COLOR_CONDITION_TYPE_COLUMN", "VIEW_COLOR_CONDITION_TYPE_CELL"}
)

// valid checks a property against the fields, and numbers new colors.
func (p *ViewProperty) valid(fields []Field) error {
	known := func(where, fieldID string) error {
		if slices.ContainsFunc(fields, func(f Field) bool { return f.ID == fieldID }) {
			return nil
		}
		return errParameter.With("%s: there is no field %q", where, fieldID)
	}
	if p.Sort != nil {
		for _, o := range p.Sort.Infos {
			if err := known("sort_spec.sort_infos", o.FieldID); err != nil {
				return err
			}
		}
	}
	if p.Group != nil {
		for _, o := range p.Group.Groups {
			if err := known("group_spec.groups", o.FieldID); err != nil {
				return err
			}
		}
	}
	if p.Filter != nil {
		if err := p.Filter.valid(fields); err != nil {
			return err
		}
	}
	if p.Visibility != nil {
		for fieldID := range *p.Visibility {
			if err := known("field_visibility", fieldID); err != nil {
				return err
			}
		}
	}
	if p.Frozen < 0 || p.Frozen > maxFields {
		return errParameter.With("frozen_field_count: 0 to %d expected", maxFields)
	}
	if p.Colors != nil {
		for i := range p.Colors.Conditions {
			c := &p.Colors.Conditions[i]
			if !slices.Contains(colorTypes, c.Type) || c.Color == "" {
				return errParameter.With("color_config.conditions[%d]: a type and a color expected", i)
			}
			if err := c.Condition.valid(fields); err != nil {
				return err
			}
			if c.ID == "" {
				c.ID = id.Letters(10)
			}
		}
	}
	return nil
}

// keep takes the fields out of the view that are not seen.
func (v *View) keep(fields, seen []Field) {
	for _, f := range fields {
		if !slices.ContainsFunc(seen, func(o Field) bool { return o.ID == f.ID }) {
			v.without(f.ID)
		}
	}
}

// without takes a field out of the view.
func (v *View) without(fieldID string) {
	v.Property.without(fieldID)
	for _, date := range []*string{&v.Dates.Start, &v.Dates.End} {
		if *date == fieldID {
			*date = ""
		}
	}
}

// without takes a field that is deleted, or hidden, out of the property.
func (p *ViewProperty) without(fieldID string) {
	is := func(o sortInfo) bool { return o.FieldID == fieldID }
	if p.Sort != nil {
		p.Sort.Infos = slices.DeleteFunc(p.Sort.Infos, is)
	}
	if p.Group != nil {
		p.Group.Groups = slices.DeleteFunc(p.Group.Groups, is)
	}
	if p.Filter != nil {
		p.Filter.Conditions = slices.DeleteFunc(p.Filter.Conditions, func(c condition) bool { return c.FieldID == fieldID })
	}
	if p.Visibility != nil {
		delete(*p.Visibility, fieldID)
	}
	if p.Colors != nil {
		p.Colors.Conditions = slices.DeleteFunc(p.Colors.Conditions, func(c colorCondition) bool { return c.Condition.FieldID == fieldID })
	}
}

// checkDates checks the fields that a Gantt chart or a calendar goes by.
func checkDates(fields []Field, field string, d viewDates) error {
	for _, fieldID := range []string{d.Start, d.End} {
		if !slices.ContainsFunc(fields, func(f Field) bool { return f.ID == fieldID && f.Type == DateTime }) {
			return errParameter.With("%s: start_date_field_id and end_date_field_id of fields of type %s expected", field, DateTime)
		}
	}
	return nil
}

func viewsOf(tx *store.Tx, sh Sheet) (list []View, err error) {
	err = tx.Each(`SELECT no, view_id, title, kind, body, dates FROM smart_view WHERE sheet = ? ORDER BY no`, []any{sh.No}, func(rows *store.Rows) error {
		var v View
		var body, dates string
		if err := rows.Scan(&v.No, &v.ID, &v.Title, &v.Type, &body, &dates); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(dates), &v.Dates); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(body), &v.Property)
		list = append(list, v)
		return err
	})
	return list, err
}

func viewOf(tx *store.Tx, sh Sheet, viewID string) (View, error) {
	list, err := viewsOf(tx, sh)
	if err != nil {
		return View{}, err
	}
	for _, v := range list {
		if v.ID == viewID {
			return v, nil
		}
	}
	return View{}, errParameter.With("view_id: there is no view %q", viewID)
}

func addView(tx *store.Tx, sh Sheet, v View) (View, error) {
	n, err := tx.Count(`SELECT count(*) FROM smart_view WHERE sheet = ?`, sh.No)
	if err != nil {
		return v, err
	}
	if n >= maxViews {
		return v, ErrRows.With("a sheet has at most %d views", maxViews)
	}
	body, err := json.Marshal(v.Property)
	if err != nil {
		return v, err
	}
	dates, err := json.Marshal(v.Dates)
	if err != nil {
		return v, err
	}
	v.ID = "v" + id.Letters(5)
	v.No, err = tx.Insert(`INSERT INTO smart_view (corpid, sheet, view_id, title, kind, body, dates) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		sh.Doc.CorpID, sh.No, v.ID, v.Title, v.Type, string(body), string(dates))
	return v, err
}

func putView(tx *store.Tx, v View) error {
	body, err := json.Marshal(v.Property)
	if err != nil {
		return err
	}
	dates, err := json.Marshal(v.Dates)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE smart_view SET title = ?, body = ?, dates = ? WHERE no = ?`, v.Title, string(body), string(dates), v.No)
	return err
}
