package console

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/sheet"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// memberImport reads members from a file. Who has sent it is looked for again with
// each batch: the request is long over.
type memberImport struct {
	*sheetImport
	v     *visit
	file  *sheet.Members
	later []sheet.MemberRow // whose direct leaders come after them
}

// members prepares an import of members. What is wrong with the file as a whole is
// said at once.
func (j *sheetImport) members(v *visit, content []byte) (func(context.Context) error, error) {
	var attributes []string
	if err := v.look(func(tx *store.Tx) error {
		c, err := v.s.deps.Corps.Corp(tx, v.corpID)
		attributes = c.Attributes
		return err
	}); err != nil {
		return nil, err
	}
	file, err := sheet.ReadMembers(bytes.NewReader(content), attributes)
	if err != nil {
		return nil, err
	}
	j.progress.Ignored = append(j.progress.Ignored, file.Ignored...)
	background := *v
	return func(ctx context.Context) error {
		background.r = background.r.WithContext(ctx)
		m := &memberImport{sheetImport: j, v: &background, file: file}
		if err := m.read(ctx); err != nil {
			return err
		}
		return m.finish(ctx)
	}, nil
}

// read imports the rows of the file.
func (m *memberImport) read(ctx context.Context) error {
	rows := make([]sheet.MemberRow, 0, importBatch)
	for {
		row, err := m.file.Next()
		if errors.Is(err, io.EOF) {
			return m.take(ctx, rows)
		}
		if err != nil {
			return err
		}
		if row.Err != nil {
			m.row(row.Line, string(row.UserID), false, row.Err)
			continue
		}
		if rows = append(rows, row); len(rows) == importBatch {
			if err := m.take(ctx, rows); err != nil {
				return err
			}
			rows = rows[:0]
		}
	}
}

// take imports a batch.
func (m *memberImport) take(ctx context.Context, rows []sheet.MemberRow) error {
	s := m.v.s
	created, waits := make([]bool, len(rows)), make([]bool, len(rows))
	return batch(ctx, s.deps.Store, len(rows), func(tx *store.Tx, i int) (err error) {
		if i == 0 {
			if err := m.v.still(tx); err != nil {
				return err
			}
		}
		if err := m.v.mayImport(tx, rows[i]); err != nil {
			return err
		}
		created[i], waits[i], err = sheet.ImportMember(ctx, tx, s.deps.Directory, m.v.by, rows[i], false)
		return err
	}, func(i int, err error) {
		m.row(rows[i].Line, string(rows[i].UserID), created[i], err)
		if waits[i] && err == nil {
			m.later = append(m.later, rows[i])
		}
	})
}

// finish names the direct leaders who came after their people.
func (m *memberImport) finish(ctx context.Context) error {
	s := m.v.s
	for chunk := range slices.Chunk(m.later, importBatch) {
		if err := batch(ctx, s.deps.Store, len(chunk), func(tx *store.Tx, i int) error {
			return sheet.FinishMember(ctx, tx, s.deps.Directory, m.v.by, chunk[i])
		}, func(i int, err error) {
			if err != nil {
				m.mu.Lock()
				m.failLocked(chunk[i].Line, string(chunk[i].UserID), err)
				m.mu.Unlock()
			}
		}); err != nil {
			return err
		}
	}
	return nil
}

// mayImport asks of a row what is asked of a form.
func (v *visit) mayImport(tx *store.Tx, row sheet.MemberRow) error {
	if on := row.Update().Enabled; v.by.SeesAll() && (on == nil || *on) {
		return nil // there is nothing that such an admin may not do, but to themselves
	}
	m, err := v.seen(tx, row.UserID)
	var refused problem
	switch {
	case errors.Is(err, directory.ErrMemberNotFound):
		return v.mayImportNew(tx, row)
	case err == nil:
		err = v.mayUpdate(tx, m, row.Update())
	}
	if errors.As(err, &refused) {
		return wire.ErrNoPrivilege.With("%s", refused.en)
	}
	return err
}

// mayImportNew is mayImport of a member who is not there, or not in the admin's range.
func (v *visit) mayImportNew(tx *store.Tx, row sheet.MemberRow) error {
	if v.by.SeesAll() {
		return nil
	}
	if _, err := v.s.deps.Directory.Member(v.ctx(), tx, access.System(v.corpID), row.UserID); err == nil {
		return wire.ErrNoPrivilege.With("the member is outside of your range")
	} else if !errors.Is(err, directory.ErrMemberNotFound) {
		return err
	}
	departments, given := row.Departments()
	if !given {
		return wire.ErrNoPrivilege.With("a department of your range is needed")
	}
	if err := v.within(tx, departments...); errors.Is(err, errOutside) {
		return wire.ErrNoPrivilege.With("a department is outside of your range")
	} else if err != nil {
		return err
	}
	return nil
}

// still answers errEnded once the admin who has begun an import is none any more, or
// has another range.
func (v *visit) still(tx *store.Tx) error {
	m, found, err := v.s.deps.Directory.MemberNo(tx, v.member.No)
	if err != nil || !found || !m.Enabled {
		return orElse(err, errEnded)
	}
	a, found, err := v.s.deps.Admins.Of(tx, v.corpID, m)
	if err != nil || !found || !may[a.Role][editDirectory] || !slices.Equal(a.Range.Departments, v.admin.Range.Departments) {
		return orElse(err, errEnded)
	}
	return nil
}

var errEnded = errors.New("the admin who began the import is no longer allowed to continue it")

// orElse returns the fault of the server, if there is one, before the refusal.
func orElse(err, refused error) error {
	if err != nil {
		return err
	}
	return refused
}
