package console

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"qiwei/internal/id"
	"qiwei/internal/sheet"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// imports are the running and finished imports of files. They live in this process: when it ends, what was
// imported stays, and the same file can be imported again.
type imports struct {
	mu      sync.Mutex
	all     []*sheetImport // oldest first
	running sync.WaitGroup
}

const (
	// importBatch is how many rows share a transaction. Between two batches other writers get their turn.
	importBatch = 200

	keptImports = 20

	// keptFailures bounds the rows that are reported one by one.
	keptFailures = 10_000
)

// sheetImport is one file.
type sheetImport struct {
	id, corpID string

	mu       sync.Mutex
	progress importProgress
	failures []rowFailure
	cancel   context.CancelFunc
}

type importProgress struct {
	ID      string   `json:"id"`
	What    string   `json:"what"` // members or departments
	File    string   `json:"file"`
	Rows    int      `json:"rows"`
	Total   int      `json:"total"` // rows of the file
	Created int      `json:"created"`
	Updated int      `json:"updated"`
	Failed  int      `json:"failed"`
	Ignored []string `json:"ignored"` // unknown columns
	Ended   bool     `json:"ended"`
	Stopped bool     `json:"stopped"` // stopped early, by an admin or because the server stopped
	Error   string   `json:"error,omitempty"`
}

type rowFailure struct {
	Row     int    `json:"row"`
	ID      string `json:"id"`
	ErrCode int    `json:"errcode"`
	Error   string `json:"error"`
}

func (s *Service) importCalls() []call {
	return []call{
		{pattern: "POST /console/api/imports", right: editDirectory, large: true, handle: s.startImport},
		{pattern: "POST /console/api/imports/preview", right: editDirectory, large: true, handle: s.previewImport},
		{pattern: "GET /console/api/imports/{id}", right: editDirectory, handle: s.importState},
		{pattern: "DELETE /console/api/imports/{id}", right: editDirectory, handle: s.stopImport},
		{pattern: "GET /console/api/imports/{id}/failures", right: editDirectory, handle: s.importFailures},
		{pattern: "GET /console/api/sheets/{what}", right: readDirectory, handle: s.template},
	}
}

// template is an empty file with the header that an import understands.
func (s *Service) template(v *visit) (any, error) {
	switch v.r.PathValue("what") {
	case "members.csv":
		return v.sheet("members.csv", func(tx *store.Tx, put func([]string) error) error {
			c, err := s.deps.Corps.Corp(tx, v.corpID)
			if err != nil {
				return err
			}
			return put(slices.Concat(sheet.MemberHeader, c.Attributes))
		})
	case "departments.csv":
		return v.sheet("departments.csv", func(_ *store.Tx, put func([]string) error) error { return put(sheet.DepartmentHeader) })
	}
	return nil, errGone
}

// importFile reads what is to be imported, as CSV in UTF-8, and says what it was written in.
func (v *visit) importFile() (what string, content []byte, written string, err error) {
	if content, err = io.ReadAll(v.r.Body); err != nil {
		return "", nil, "", err
	}
	what = v.query("what")
	if what != "members" && what != "departments" {
		return "", nil, "", badRequest{errors.New("what: members or departments expected")}
	}
	// Departments make up the tree of the whole corp.
	if what == "departments" {
		if err := v.whole(); err != nil {
			return "", nil, "", err
		}
	}
	content, written, err = sheet.Plain(content)
	return what, content, written, err
}

func (s *Service) startImport(v *visit) (any, error) {
	what, content, _, err := v.importFile()
	if err != nil {
		return nil, err
	}
	job := &sheetImport{id: id.Hex(8), corpID: v.corpID}
	job.progress = importProgress{ID: job.id, What: what, File: v.query("file"), Total: max(bytes.Count(content, []byte("\n")), 1), Ignored: []string{}}
	run := job.departments
	if what == "members" {
		run = job.members
	}
	work, err := run(v, content)
	if err != nil {
		return nil, err
	}
	if err := s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
		return v.note(tx, done{what + ".import", job.progress.File, map[string]any{"bytes": len(content)}})
	}); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(s.stopped)
	job.cancel = cancel
	s.imports.mu.Lock()
	s.imports.all = append(s.imports.all, job)
	if len(s.imports.all) > keptImports {
		s.imports.all = s.imports.all[1:]
	}
	s.imports.mu.Unlock()
	s.imports.running.Go(func() {
		defer cancel()
		job.end(s.deps.Rescue.Run("console's import", func() error { return work(ctx) }), s)
	})
	return job.state(), nil
}

func (j *sheetImport) state() importProgress {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.progress
}

func (j *sheetImport) end(err error, s *Service) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.progress.Ended = true
	switch {
	case errors.Is(err, context.Canceled):
		j.progress.Stopped = true
	case err != nil:
		s.deps.Log.Error("import", "file", j.progress.File, "err", err)
		j.progress.Error = "the import ended early; the reason is in the server's log"
	default:
		j.progress.Total = j.progress.Rows
	}
}

// row notes the outcome of one row.
func (j *sheetImport) row(line int, name string, created bool, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.progress.Rows++
	switch {
	case err != nil:
		j.failLocked(line, name, err)
	case created:
		j.progress.Created++
	default:
		j.progress.Updated++
	}
}

func (j *sheetImport) failLocked(line int, name string, err error) {
	j.progress.Failed++
	if len(j.failures) >= keptFailures {
		return
	}
	f := rowFailure{Row: line, ID: name, ErrCode: wire.ErrBusy.Code, Error: err.Error()}
	var api wire.Error
	if errors.As(err, &api) {
		f.ErrCode, f.Error = api.Code, api.Message()
	}
	j.failures = append(j.failures, f)
}

func (s *Service) importOf(v *visit) (*sheetImport, error) {
	s.imports.mu.Lock()
	defer s.imports.mu.Unlock()
	for _, j := range s.imports.all {
		if j.id == v.r.PathValue("id") && j.corpID == v.corpID {
			return j, nil
		}
	}
	return nil, problem{http.StatusNotFound, "gone", "没有这次导入的记录，可能服务器已重启；已导入的行不受影响，可以重新导入同一文件",
		"This server knows no such import; it may have been restarted. What was imported is kept, and the same file can be imported again.", ""}
}

func (s *Service) importState(v *visit) (any, error) {
	j, err := s.importOf(v)
	if err != nil {
		return nil, err
	}
	return j.state(), nil
}

func (s *Service) stopImport(v *visit) (any, error) {
	j, err := s.importOf(v)
	if err != nil {
		return nil, err
	}
	j.cancel()
	return j.state(), nil
}

// importFailures lists the refused rows: some of them as JSON, all as a file with csv=1.
func (s *Service) importFailures(v *visit) (any, error) {
	j, err := s.importOf(v)
	if err != nil {
		return nil, err
	}
	j.mu.Lock()
	list := slices.Clone(j.failures)
	j.mu.Unlock()
	slices.SortStableFunc(list, func(a, b rowFailure) int { return a.Row - b.Row })
	for i := range list {
		if list[i].ErrCode == sheet.ErrFile.Code {
			_, note, _ := strings.Cut(list[i].Error, ". ")
			list[i].Error = fileRefusal(cmp.Or(note, list[i].Error), v.chinese())
			continue
		}
		list[i].Error = refusalOf(wire.Error{Code: list[i].ErrCode, Text: list[i].Error}, v.chinese()).Error
	}
	if v.query("csv") == "1" {
		return v.sheet("failed.csv", func(_ *store.Tx, put func([]string) error) error {
			err := put([]string{"row", "id", "errcode", "error"})
			for _, f := range list {
				if err != nil {
					break
				}
				err = put([]string{strconv.Itoa(f.Row), f.ID, strconv.Itoa(f.ErrCode), f.Error})
			}
			return err
		})
	}
	return map[string]any{"failures": list[:min(len(list), 500)], "total": len(list)}, nil
}

func (j *sheetImport) departments(v *visit, content []byte) (func(context.Context) error, error) {
	rows, err := sheet.ReadDepartments(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	j.progress.Total = len(rows)
	s, by := v.s, v.by
	return func(ctx context.Context) error {
		for chunk := range slices.Chunk(rows, importBatch) {
			created := make([]bool, len(chunk))
			if err := batch(ctx, s.deps.Store, len(chunk), func(tx *store.Tx, i int) (err error) {
				if chunk[i].Err != nil {
					return chunk[i].Err
				}
				created[i], err = sheet.ImportDepartment(ctx, tx, s.deps.Directory, by, chunk[i])
				return err
			}, func(i int, err error) { j.row(chunk[i].Line, itoa(chunk[i].ID), created[i], err) }); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// batch runs do for each of n rows in one transaction, in which each may fail alone, and reports the outcome
// of each once it is on disk. It first writes the rows without savepoints, which cost SQLite twice the time.
// If one is refused, it writes the whole batch again with them.
func batch(ctx context.Context, st *store.Store, n int, do func(*store.Tx, int) error, told func(int, error)) error {
	if err := ctx.Err(); err != nil || n == 0 {
		return err
	}
	errs := make([]error, n)
	err := st.Write(ctx, func(tx *store.Tx) error {
		for i := range n {
			if err := do(tx, i); err != nil {
				return err
			}
		}
		return nil
	})
	var api wire.Error
	if errors.As(err, &api) {
		err = st.Write(ctx, func(tx *store.Tx) error {
			for i := range n {
				errs[i] = tx.Try(func() error { return do(tx, i) })
				var api wire.Error
				if errs[i] != nil && !errors.As(errs[i], &api) {
					return errs[i]
				}
			}
			return nil
		})
	}
	if err != nil {
		return err
	}
	for i, err := range errs {
		told(i, err)
	}
	return nil
}
