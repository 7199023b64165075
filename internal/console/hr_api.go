package console

import (
	"context"
	"errors"
	"io"
	"strings"

	"qiwei/internal/directory"
	"qiwei/internal/hr"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// The roster (人事助手): what the enterprise has of each member, beside the directory.

func (s *Service) hrCalls() []call {
	return []call{
		{pattern: "GET /console/api/hr/fields", right: readCorp, handle: s.listHRFields},
		{pattern: "GET /console/api/hr/staff", right: readCorp, handle: s.listStaff},
		{pattern: "GET /console/api/hr/staff.csv", right: readCorp, handle: s.exportStaff},
		{pattern: "GET /console/api/hr/staff/{userid}", right: readCorp, handle: s.getStaff},
		{pattern: "PUT /console/api/hr/staff/{userid}", right: editCorp, handle: s.updateStaff},
		{pattern: "GET /console/api/hr/staff/{userid}/files/{media_id}", right: readCorp, handle: s.getStaffFile},
	}
}

type hrField struct {
	ID       int64    `json:"fieldid"`
	Name     string   `json:"name"`
	Must     bool     `json:"must,omitempty"`
	Day      bool     `json:"day,omitempty"`
	File     bool     `json:"file,omitempty"`
	Computed bool     `json:"computed,omitempty"`
	Options  []string `json:"options,omitempty"`
}

type hrGroup struct {
	ID     int64     `json:"group_id"`
	Kind   int64     `json:"group_type"` // 0 if it does not repeat
	Name   string    `json:"name"`
	Fields []hrField `json:"fields"`
}

func (s *Service) listHRFields(*visit) (any, error) {
	out := []hrGroup{}
	for _, g := range hr.Groups() {
		one := hrGroup{ID: g.ID, Kind: g.Kind, Name: g.Name}
		for _, f := range g.Fields {
			one.Fields = append(one.Fields, hrField{f.ID, f.Name, f.Must, f.IsDay(), f.IsFile(), f.Computed, f.Options})
		}
		out = append(out, one)
	}
	return map[string]any{"groups": out}, nil
}

// rosterColumns are the fields that the list of members has: entered, kind, state, position, number.
var rosterColumns = []int64{12001, 12002, 12004, 12010, 12024}

type staffLine struct {
	person
	Department string           `json:"department"`
	Fields     map[int64]string `json:"fields"`
	no         int64
}

// staffFilter reads who is looked for, as the directory's page does.
func (v *visit) staffFilter(tx *store.Tx, limit int) (f directory.MemberFilter, err error) {
	f = directory.MemberFilter{Words: v.query("q"), Below: true, Limit: limit}
	if f.Department, err = v.number("department"); err != nil {
		return f, err
	}
	f.Also, err = v.s.deps.Sounds.Find(tx, v.corpID, f.Words)
	return f, err
}

func (s *Service) listStaff(v *visit) (any, error) {
	offset, limit, err := v.page(50, 200)
	if err != nil {
		return nil, err
	}
	var out struct {
		Staff []staffLine `json:"staff"`
		Total int64       `json:"total"`
	}
	return &out, v.look(func(tx *store.Tx) error {
		f, err := v.staffFilter(tx, limit)
		if err != nil {
			return err
		}
		f.Offset = offset
		out.Staff, out.Total, err = v.staffLines(tx, f, rosterColumns)
		return err
	})
}

// staffLines returns members with these fields of the roster.
func (v *visit) staffLines(tx *store.Tx, f directory.MemberFilter, fields []int64) ([]staffLine, int64, error) {
	list, total, err := v.s.deps.Directory.ListMembers(v.ctx(), tx, v.by, f)
	if err != nil {
		return nil, 0, err
	}
	columns, err := v.s.deps.HR.Columns(tx, v.corpID, list, fields)
	if err != nil {
		return nil, 0, err
	}
	names := map[int64]string{}
	out := []staffLine{}
	for _, m := range list {
		main := m.MainDepartment
		if main == 0 && len(m.Places) > 0 {
			main = m.Places[0].Department
		}
		if _, known := names[main]; !known {
			d, _, err := v.s.deps.Directory.FindDepartment(tx, v.corpID, main)
			if err != nil {
				return nil, 0, err
			}
			names[main] = d.Name
		}
		out = append(out, staffLine{person{UserID: string(m.UserID), Name: m.Name}, names[main], columns[m.No], m.No})
	}
	return out, total, nil
}

// exportStaff writes the roster, a member a row and a column for each field. A repeated group gives its first; files
// are not in it.
func (s *Service) exportStaff(v *visit) (any, error) {
	var fields []int64
	header := []string{"姓名", "账号", "部门"}
	for _, g := range hr.Groups() {
		for _, f := range g.Fields {
			if !f.IsFile() && f.ID != 11001 { // the name stands first
				fields, header = append(fields, f.ID), append(header, f.Name)
			}
		}
	}
	return v.sheet("roster.csv", func(tx *store.Tx, put func([]string) error) error {
		f, err := v.staffFilter(tx, sheetPage)
		if err == nil {
			err = put(header)
		}
		if err != nil {
			return err
		}
		for {
			list, _, err := v.staffLines(tx, f, fields)
			if err != nil {
				return err
			}
			for _, l := range list {
				row := []string{l.Name, l.UserID, l.Department}
				for _, no := range fields {
					row = append(row, l.Fields[no])
				}
				if err := put(row); err != nil {
					return err
				}
			}
			if len(list) < f.Limit {
				return nil
			}
			f.After = list[len(list)-1].no
		}
	})
}

type staffForm struct {
	Person  person       `json:"member"`
	Values  []hr.Written `json:"values"`
	Version string       `json:"version"`
}

func (v *visit) staff(tx *store.Tx) (out staffForm, err error) {
	m, err := v.seen(tx, v.userid())
	if err != nil {
		return out, gone(err, directory.ErrMemberNotFound)
	}
	out.Person = person{UserID: string(m.UserID), Name: m.Name}
	if out.Values, err = v.s.deps.HR.Card(v.ctx(), tx, v.by, m.UserID); err == nil {
		out.Version = digest(out.Values)
	}
	return out, err
}

func (s *Service) getStaff(v *visit) (any, error) {
	var out staffForm
	return &out, v.look(func(tx *store.Tx) (err error) {
		out, err = v.staff(tx)
		return err
	})
}

func (s *Service) updateStaff(v *visit) (any, error) {
	var req struct {
		hr.Edit
		Version string `json:"version"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		now, err := v.staff(tx)
		if err != nil {
			return done{}, err
		}
		if req.Version != "" && req.Version != now.Version {
			return done{}, errStale
		}
		var fields []int64 // which, and not what they hold: the log has no secrets of members
		for _, w := range req.Set {
			fields = append(fields, w.Field)
		}
		detail := map[string]any{"fields": fields, "added": len(req.Insert), "removed": len(req.Remove)}
		return done{"roster.update", now.Person.UserID, detail}, s.deps.HR.Apply(v.ctx(), tx, v.by, v.userid(), req.Edit)
	})
}

func (s *Service) getStaffFile(v *visit) (any, error) {
	return v.file(func(tx *store.Tx) (*wire.File, error) {
		m, err := v.seen(tx, v.userid())
		if errors.Is(err, directory.ErrMemberNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		mediaID := v.r.PathValue("media_id")
		has, err := s.deps.HR.HasFile(v.ctx(), tx, v.by, m.UserID, mediaID)
		if err != nil || !has {
			return nil, err
		}
		return v.preserved(tx, mediaID)
	})
}

// preserved answers with a file that a room keeps by its media_id: a picture to look at, anything else to save.
func (v *visit) preserved(tx *store.Tx, mediaID string) (*wire.File, error) {
	f, err := v.s.deps.Media.File(tx, v.corpID, mediaID)
	if err != nil {
		return nil, err
	}
	out := &wire.File{Type: f.Type, Size: f.Size, Open: func(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
		return v.s.deps.Media.Content(ctx, f.Key, offset, length)
	}}
	if !strings.HasPrefix(f.Type, "image/") || strings.Contains(f.Type, "svg") {
		out.Name, out.Type = f.Name, "application/octet-stream"
	}
	return out, nil
}
