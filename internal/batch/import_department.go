package batch

import (
	"bytes"
	"context"
	"slices"
	"strconv"

	"qiwei/internal/job"
	"qiwei/internal/sheet"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// departmentResult is a row's line in the result (doc 90983).
type departmentResult struct {
	Action  int64  `json:"action"`
	ID      int64  `json:"partyid"`
	ErrCode int64  `json:"errcode"`
	ErrMsg  string `json:"errmsg"`
}

// departmentWork makes the corp's department tree match a file.
type departmentWork struct {
	work
	rows []sheet.DepartmentRow
}

func (s *Service) openDepartments(ctx context.Context, j job.Job) (job.Work, error) {
	w, content, err := s.begin(ctx, j)
	if err != nil {
		return nil, err
	}
	d := &departmentWork{work: w}
	if d.rows, err = sheet.ReadDepartments(bytes.NewReader(content)); err != nil {
		return nil, err
	}
	return d, nil
}

// Next returns the next step. The one before has been committed.
func (w *departmentWork) Next(ctx context.Context) (job.Step, error) {
	w.place = w.next
	if rows := w.rows[w.place.Row:]; len(rows) > 0 {
		return w.step(w.importRows(rows[:min(len(rows), rowsAtOnce)])), nil
	}
	departments, err := w.toDelete(ctx)
	if err != nil || len(departments) == 0 {
		return nil, err
	}
	return w.step(w.delete(departments)), nil
}

func (w *departmentWork) importRows(rows []sheet.DepartmentRow) func(context.Context, *store.Tx, *place, bool) ([][]byte, error) {
	return func(ctx context.Context, tx *store.Tx, to *place, careful bool) ([][]byte, error) {
		var lines [][]byte
		for _, row := range rows {
			r := departmentResult{ID: row.ID}
			of, err := outcome(tx, careful, func() (err error) {
				if r.Action, err = sheet.DepartmentAction(tx, w.s.deps.Directory, w.j.By.CorpID, row); err != nil {
					return err
				}
				if err := forgetDoomed(tx, w.j.By.CorpID, row.ID); err != nil {
					return err
				}
				_, err = sheet.ImportDepartment(ctx, tx, w.s.deps.Directory, w.j.By, row)
				return err
			})
			if err != nil {
				return nil, err
			}
			r.ErrCode, r.ErrMsg = codeOf(of)
			lines = append(lines, wire.Encode(r))
			to.Row++
		}
		return lines, nil
	}
}

// toDelete returns the next of the departments that are not in the file, children before parents.
func (w *departmentWork) toDelete(ctx context.Context) ([]int64, error) {
	if w.gone == nil {
		w.gone = []string{}
		inFile := map[int64]bool{}
		for _, row := range w.rows {
			inFile[row.ID] = true
		}
		err := w.s.deps.Store.Read(ctx, func(tx *store.Tx) error {
			all, err := sheet.DepartmentsDeepestFirst(ctx, tx, w.s.deps.Directory, w.j.By.CorpID)
			for _, dep := range all {
				if !inFile[dep] {
					w.gone = append(w.gone, strconv.FormatInt(dep, 10))
				}
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	some := w.gone[:min(len(w.gone), rowsAtOnce)]
	w.gone = w.gone[len(some):]
	out := make([]int64, len(some))
	for i, text := range some {
		out[i], _ = strconv.ParseInt(text, 10, 64)
	}
	return slices.Clip(out), nil
}

// delete deletes the departments that are empty, and marks the others for the next import of members.
func (w *departmentWork) delete(departments []int64) func(context.Context, *store.Tx, *place, bool) ([][]byte, error) {
	return func(ctx context.Context, tx *store.Tx, to *place, _ bool) ([][]byte, error) {
		for _, dep := range departments {
			deleted, err := w.s.deleteIfEmpty(ctx, tx, w.j.By, dep)
			if err != nil {
				return nil, err
			}
			if !deleted {
				if err := insertDoomed(tx, w.j.By.CorpID, dep); err != nil {
					return nil, err
				}
			}
		}
		to.Phase = deleting
		return nil, nil
	}
}
