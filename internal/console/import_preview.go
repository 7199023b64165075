package console

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/sheet"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

const (
	previewedRows  = 20
	previewedWrong = 100
)

// importPreview says what an import of a file would do, before anything is written.
type importPreview struct {
	Written string       `json:"written"` // in which encoding or form
	Columns []string     `json:"columns"`
	Ignored []string     `json:"ignored"` // unknown columns
	Total   int          `json:"total"`   // rows
	New     int          `json:"new"`     // of those that can be used
	Changed int          `json:"changed"`
	Wrong   int          `json:"wrong"` // rows that cannot be used
	Rows    [][]string   `json:"rows"`  // the first ones, as they were read
	Errors  []rowFailure `json:"errors"`
}

// previewImport reads a file and says what an import would do. Whether each row is allowed shows in the import alone.
func (s *Service) previewImport(v *visit) (any, error) {
	what, content, written, err := v.importFile()
	if err != nil {
		return nil, err
	}
	out := &importPreview{Written: written, Ignored: []string{}, Rows: [][]string{}, Errors: []rowFailure{}}
	out.read(content)
	if what == "departments" {
		err = out.departments(v, content)
	} else {
		err = out.members(v, content)
	}
	return out, err
}

// read shows the header and the first rows.
func (p *importPreview) read(content []byte) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff"))))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	for {
		row, err := r.Read()
		if err != nil || len(p.Rows) == previewedRows {
			return
		}
		if p.Columns == nil {
			p.Columns = row
			continue
		}
		if strings.Join(row, "") != "" {
			p.Rows = append(p.Rows, row)
		}
	}
}

func (p *importPreview) wrong(line int, name string, err error, chinese bool) {
	p.Wrong++
	if len(p.Errors) == previewedWrong {
		return
	}
	f := rowFailure{Row: line, ID: name, Error: err.Error()}
	var api wire.Error
	if errors.As(err, &api) {
		f.ErrCode, f.Error = api.Code, refusalOf(api, chinese).Error
	}
	p.Errors = append(p.Errors, f)
}

func (p *importPreview) members(v *visit, content []byte) error {
	var attributes []string
	if err := v.look(func(tx *store.Tx) error {
		c, err := v.s.deps.Corps.Corp(tx, v.corpID)
		attributes = c.Attributes
		return err
	}); err != nil {
		return err
	}
	file, err := sheet.ReadMembers(bytes.NewReader(content), attributes)
	if err != nil {
		return err
	}
	p.Ignored = append(p.Ignored, file.Ignored...)
	var users []id.UserID
	for {
		row, err := file.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		p.Total++
		if row.Err != nil {
			p.wrong(row.Line, string(row.UserID), row.Err, v.chinese())
		} else {
			users = append(users, row.UserID)
		}
	}
	for some := range slices.Chunk(users, importBatch) { // no transaction is long
		if err := v.look(func(tx *store.Tx) error {
			there := 0
			for _, u := range some {
				exists, err := v.shows(tx, u)
				if err != nil {
					return err
				}
				if exists {
					there++
				}
			}
			p.Changed, p.New = p.Changed+there, p.New+len(some)-there
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// shows reports whether the member exists for the admin: a preview writes nothing, so whoever has a range could ask it
// for any userid unnoticed.
func (v *visit) shows(tx *store.Tx, user id.UserID) (bool, error) {
	if v.by.SeesAll() {
		return v.s.deps.Directory.Exists(tx, v.corpID, user)
	}
	_, err := v.seen(tx, user)
	if errors.Is(err, directory.ErrMemberNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (p *importPreview) departments(v *visit, content []byte) error {
	rows, err := sheet.ReadDepartments(bytes.NewReader(content))
	if err != nil {
		return err
	}
	p.Total = len(rows)
	return v.look(func(tx *store.Tx) error {
		list, err := v.s.deps.Directory.Departments(v.ctx(), tx, v.by, 0)
		if err != nil {
			return err
		}
		there := map[int64]bool{}
		for _, d := range list {
			there[d.ID] = true
		}
		p.New, p.Changed, p.Wrong, p.Errors = 0, 0, 0, p.Errors[:0]
		for _, r := range rows {
			switch {
			case r.Err != nil:
				p.wrong(r.Line, r.Name, r.Err, v.chinese())
			case there[r.ID]:
				p.Changed++
			default:
				p.New++
			}
		}
		return nil
	})
}
