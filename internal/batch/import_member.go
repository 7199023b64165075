package batch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/job"
	"qiwei/internal/sheet"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// memberResult is a row's line in the result (doc 90983).
type memberResult struct {
	UserID  id.UserID `json:"userid"`
	ErrCode int64     `json:"errcode"`
	ErrMsg  string    `json:"errmsg"`
}

// memberLines appends the row's line, with the ids that the job's caller knows.
func (w *memberWork) memberLines(tx *store.Tx, lines [][]byte, user id.UserID, of error) ([][]byte, error) {
	var refused wire.Error
	if errors.As(of, &refused) {
		told, err := refused.To(tx, w.j.By)
		if err != nil {
			return nil, err
		}
		of = told
	}
	r := memberResult{UserID: user}
	r.ErrCode, r.ErrMsg = codeOf(of)
	line, err := wire.EncodeEach(tx, w.j.By, []memberResult{r})
	return append(lines, line...), err
}

// memberWork imports members.
type memberWork struct {
	work
	sheet  *sheet.Members
	inFile map[string]bool // keys of the file's userids, if all others are to be deleted
}

func (s *Service) openMembers(ctx context.Context, j job.Job) (job.Work, error) {
	w, content, err := s.begin(ctx, j)
	if err != nil {
		return nil, err
	}
	var attributes []string
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) (err error) {
		attributes, err = s.deps.Directory.AttributeNames(tx, j.By.CorpID)
		return err
	})
	if err != nil {
		return nil, err
	}
	m := &memberWork{work: w, inFile: map[string]bool{}}
	if j.Kind == replaceUser {
		if err := m.lookThrough(ctx, content, attributes); err != nil {
			return nil, err
		}
	}
	if m.sheet, err = sheet.ReadMembers(bytes.NewReader(content), attributes); err != nil {
		return nil, err
	}
	for range m.next.Row {
		if _, err := m.sheet.Next(); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Next returns the next step. The one before has been committed.
func (w *memberWork) Next(ctx context.Context) (job.Step, error) {
	w.place = w.next
	if w.place.Phase == guarding {
		if w.j.Kind == replaceUser {
			return w.step(w.guard), nil
		}
		w.place.Phase = rowing
	}
	if w.place.Phase == rowing {
		rows, err := w.rows()
		if err != nil {
			return nil, err
		}
		if len(rows) > 0 {
			return w.step(w.importRows(rows)), nil
		}
		w.place.Phase = leading
	}
	if w.place.Phase == leading {
		if len(w.place.Later) > 0 {
			return w.step(w.nameLeaders), nil
		}
		w.place.Phase = deleting
	}
	if w.place.Phase == deleting {
		if w.j.Kind == replaceUser {
			users, err := w.toDelete(ctx)
			if err != nil {
				return nil, err
			}
			if len(users) > 0 {
				return w.step(w.delete(users)), nil
			}
		}
		w.place.Phase = emptying
	}
	if w.place.Phase == emptying {
		return w.step(w.empty), nil
	}
	return nil, nil
}

func (w *memberWork) rows() ([]sheet.MemberRow, error) {
	var rows []sheet.MemberRow
	for len(rows) < rowsAtOnce {
		row, err := w.sheet.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// guard stops an import that would delete too many (45026): more than 50 and a
// fifth of all, or up to 50 and four fifths of all (doc 90981). The page says
// nothing of exactly 50.
func (w *memberWork) guard(ctx context.Context, tx *store.Tx, to *place, _ bool) ([][]byte, error) {
	members, err := w.s.deps.Directory.MemberKeys(tx, w.j.By.CorpID)
	if err != nil {
		return nil, err
	}
	gone := 0
	for key := range members {
		if !w.inFile[key] {
			gone++
		}
	}
	if (gone > 50 && gone*5 > len(members)) || (gone <= 50 && gone*5 > len(members)*4) {
		return nil, ErrGuard.With("%d of %d members are not in the file", gone, len(members))
	}
	to.Phase = rowing
	return nil, nil
}

func (w *memberWork) importRows(rows []sheet.MemberRow) func(context.Context, *store.Tx, *place, bool) ([][]byte, error) {
	return func(ctx context.Context, tx *store.Tx, to *place, careful bool) ([][]byte, error) {
		var lines [][]byte
		for _, row := range rows {
			err := row.Own(tx, w.j.By)
			if err != nil {
				return nil, err
			}
			of, later := row.Err, false
			if of == nil {
				if of, err = outcome(tx, careful, func() (err error) {
					_, later, err = sheet.ImportMember(ctx, tx, w.s.deps.Directory, w.j.By, row, w.in.Invite)
					return err
				}); err != nil {
					return nil, err
				}
			}
			if of == nil && later {
				to.Later = append(to.Later, laterLeader{row.UserID, row.DirectLeader()})
			}
			if lines, err = w.memberLines(tx, lines, row.UserID, of); err != nil {
				return nil, err
			}
			to.Row++
		}
		return lines, nil
	}
}

// nameLeaders sets the direct leaders who did not exist yet when their people were
// imported. A leader who still does not exist gets a line in the result.
func (w *memberWork) nameLeaders(ctx context.Context, tx *store.Tx, to *place, careful bool) ([][]byte, error) {
	n := min(len(to.Later), rowsAtOnce)
	var lines [][]byte
	for _, l := range to.Later[:n] {
		of, err := outcome(tx, careful, func() error {
			return sheet.SetDirectLeader(ctx, tx, w.s.deps.Directory, w.j.By, l.User, l.Leader)
		})
		if err != nil {
			return nil, err
		}
		if of != nil {
			if lines, err = w.memberLines(tx, lines, l.User, of); err != nil {
				return nil, err
			}
		}
	}
	to.Later = to.Later[n:]
	return lines, nil
}

// lookThrough notes the members that are in the file.
func (w *memberWork) lookThrough(ctx context.Context, content []byte, attributes []string) error {
	var file struct {
		Users []id.UserID `json:"userid"`
	}
	if err := eachRow(content, attributes, func(r sheet.MemberRow) { file.Users = append(file.Users, r.UserID) }); err != nil {
		return err
	}
	err := w.s.deps.Store.Read(ctx, func(tx *store.Tx) error { return wire.OwnIDs(tx, w.j.By, &file) })
	for _, u := range file.Users {
		w.inFile[u.Key()] = true
	}
	return err
}

// toDelete returns the next of the members that are not in the file.
func (w *memberWork) toDelete(ctx context.Context) ([]string, error) {
	if w.gone == nil {
		w.gone = []string{}
		err := w.s.deps.Store.Read(ctx, func(tx *store.Tx) error {
			members, err := w.s.deps.Directory.MemberKeys(tx, w.j.By.CorpID)
			for key, user := range members {
				if !w.inFile[key] {
					w.gone = append(w.gone, string(user))
				}
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		slices.Sort(w.gone)
	}
	users := w.gone[:min(len(w.gone), rowsAtOnce)]
	w.gone = w.gone[len(users):]
	return users, nil
}

func (w *memberWork) delete(users []string) func(context.Context, *store.Tx, *place, bool) ([][]byte, error) {
	return func(ctx context.Context, tx *store.Tx, to *place, careful bool) ([][]byte, error) {
		var lines [][]byte
		for _, u := range users {
			of, err := outcome(tx, careful, func() error {
				err := w.s.deps.Directory.DeleteMember(ctx, tx, w.j.By, id.UserID(u))
				if errors.Is(err, directory.ErrMemberNotFound) {
					err = nil // somebody else deleted the member
				}
				return err
			})
			if err != nil {
				return nil, err
			}
			if of != nil {
				if lines, err = w.memberLines(tx, lines, id.UserID(u), of); err != nil {
					return nil, err
				}
			}
		}
		to.Phase = deleting
		return lines, nil
	}
}

// empty deletes the departments that were waiting for their last member to leave.
func (w *memberWork) empty(ctx context.Context, tx *store.Tx, to *place, _ bool) ([][]byte, error) {
	to.Phase = over
	doomed, err := selectDoomed(tx, w.j.By.CorpID)
	if err != nil || len(doomed) == 0 {
		return nil, err
	}
	order, err := sheet.DepartmentsDeepestFirst(ctx, tx, w.s.deps.Directory, w.j.By.CorpID)
	if err != nil {
		return nil, err
	}
	for _, dep := range order {
		if !doomed[dep] {
			continue
		}
		if _, err := w.s.deleteIfEmpty(ctx, tx, w.j.By, dep); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// deleteIfEmpty deletes the department unless somebody or something is in it.
func (s *Service) deleteIfEmpty(ctx context.Context, tx *store.Tx, by access.Caller, dep int64) (deleted bool, err error) {
	err = tx.Try(func() error { return s.deps.Directory.DeleteDepartment(ctx, tx, by, dep) })
	switch {
	case errors.Is(err, directory.ErrHasMembers), errors.Is(err, directory.ErrHasDepartments):
		return false, nil
	case errors.Is(err, directory.ErrDepartmentNotFound):
		return true, nil
	}
	return err == nil, err
}
