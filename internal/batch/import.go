package batch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/job"
	"qiwei/internal/media"
	"qiwei/internal/sheet"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// The kinds of import, as batch/getresult names them.
const (
	syncUser     = "sync_user"
	replaceUser  = "replace_user"
	replaceParty = "replace_party"
)

const (
	// imports is the lane of all imports: a corp runs one at a time (302008).
	imports = "import"
	// keptImports is how many import results a corp keeps (doc 90979).
	keptImports = 5
	// rowsAtOnce is how many rows share a transaction; each must be able to fail alone.
	rowsAtOnce = 50
)

// Errors of imports (doc 90979).
var (
	ErrMediaMissing = wire.Code(41006, "media_id missing")
	ErrCallbackURL  = wire.Code(40057, "invalid callbackurl")
	ErrGuard        = wire.Code(45026, "too many users would be deleted")
)

// Import is what an import was asked to do.
type Import struct {
	Invite   bool           `json:",omitempty"`
	Callback event.Endpoint `json:",omitzero"` // is told of its end instead of the application's own callback
}

func (i Import) valid() error {
	c := i.Callback
	if c == (event.Endpoint{}) {
		return nil
	}
	u, err := url.Parse(c.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return ErrCallbackURL.With("a url that begins with http:// or https:// expected")
	}
	if c.Token == "" || !isAESKey(c.AESKey) { // the code is unverified
		return wire.ErrParameter.With("callback: a token, and an encodingaeskey of 43 letters and digits, are needed")
	}
	return nil
}

// StartImport reads the file and enqueues its import. A file that cannot be read at all, and departments that
// are no tree, are refused at once; errors of single rows are in the result. That the platform reads the file
// before it answers is unverified.
func (s *Service) StartImport(ctx context.Context, st *store.Store, by access.Caller, kind, mediaID string, in Import) (jobID string, err error) {
	if mediaID == "" {
		return "", ErrMediaMissing
	}
	if err := in.valid(); err != nil {
		return "", err
	}
	content, err := s.readFile(ctx, st, by, mediaID)
	if err != nil {
		return "", err
	}
	rows, err := countRows(kind, content)
	if err != nil {
		return "", err
	}
	err = st.Write(ctx, func(tx *store.Tx) error {
		jobID, err = s.deps.Jobs.Enqueue(ctx, tx, job.New{By: by, Kind: kind, Lane: imports, Input: in, File: content, Total: rows})
		return err
	})
	return jobID, err
}

// readFile returns an uploaded file as a whole: it has at most 20 MB.
func (s *Service) readFile(ctx context.Context, st *store.Store, by access.Caller, mediaID string) ([]byte, error) {
	var f media.File
	err := st.Read(ctx, func(tx *store.Tx) (err error) {
		f, err = s.deps.Media.Find(tx, by.CorpID, media.General, mediaID, media.Other)
		return err
	})
	if err != nil {
		return nil, err
	}
	content, err := s.deps.Media.Content(ctx, f.Key, 0, f.Size)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	return io.ReadAll(content)
}

func countRows(kind string, content []byte) (int64, error) {
	if kind == replaceParty {
		rows, err := sheet.ReadDepartments(bytes.NewReader(content))
		if err == nil {
			err = sheet.CheckTree(rows)
		}
		return int64(len(rows)), err
	}
	n := int64(0)
	err := eachRow(content, nil, func(sheet.MemberRow) { n++ })
	if err == nil && n == 0 {
		err = sheet.ErrFile.With("the file has no rows below its header")
	}
	return n, err
}

func eachRow(content []byte, attributes []string, fn func(sheet.MemberRow)) error {
	file, err := sheet.ReadMembers(bytes.NewReader(content), attributes)
	if err != nil {
		return err
	}
	for {
		row, err := file.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return sheet.ErrFile.With("%v", err)
		}
		fn(row)
	}
}

// importEnded records the import's end and deletes the oldest result.
func (s *Service) importEnded(ctx context.Context, tx *store.Tx, j job.Job) error {
	var in Import
	if err := json.Unmarshal(j.Input, &in); err != nil {
		return err
	}
	if err := s.deps.Jobs.KeepLast(tx, j.By.CorpID, imports, keptImports); err != nil {
		return err
	}
	founder, err := s.deps.Directory.Founder(tx, j.By.CorpID)
	if err != nil {
		return err
	}
	return s.ended(ctx, tx, j, j.Kind, founder, in.Callback)
}

// phase is a part of an import. They follow one another.
type phase int

const (
	guarding phase = iota // replaceUser only
	rowing
	leading  // direct leaders who came after their people in the file
	deleting // what is not in the file
	emptying // departments that the last import of departments could not delete
	over
)

// place is the progress of an import.
type place struct {
	Phase   phase
	Row     int64         // rows that are done
	Written int64         // bytes of the result
	Later   []laterLeader `json:",omitempty"`
	Deleted int64         // how many of those to delete are done
}

type laterLeader struct{ User, Leader id.UserID }

// work is an import under way. next is the progress after the step under way.
type work struct {
	s           *Service
	j           job.Job
	in          Import
	place, next place
	gone        []string // userids or departments that are not in the file; nil until they are known
}

func (s *Service) begin(ctx context.Context, j job.Job) (w work, content []byte, err error) {
	w = work{s: s, j: j}
	if err := json.Unmarshal(j.Input, &w.in); err != nil {
		return w, nil, err
	}
	if len(j.Place) > 0 {
		if err := json.Unmarshal(j.Place, &w.next); err != nil {
			return w, nil, err
		}
	}
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) (err error) {
		content, err = s.deps.Jobs.File(tx, j)
		return err
	})
	return w, content, err
}

// step makes a step of fn, which advances the place and returns lines of the result.
func (w *work) step(fn func(ctx context.Context, tx *store.Tx, to *place, careful bool) ([][]byte, error)) job.Step {
	return func(ctx context.Context, tx *store.Tx, j *job.Job, careful bool) error {
		to := w.place
		to.Later = slices.Clone(to.Later)
		lines, err := fn(ctx, tx, &to, careful)
		if err != nil {
			return err
		}
		if len(lines) > 0 {
			out := bytes.Join(lines, []byte(","))
			if to.Written > 0 {
				out = append([]byte(","), out...)
			}
			if err := w.s.deps.Jobs.Write(tx, *j, 0, to.Written, out); err != nil {
				return err
			}
			to.Written += int64(len(out))
		}
		if j.Place, err = json.Marshal(to); err != nil {
			return err
		}
		j.Done, w.next = to.Row, to
		return nil
	}
}

// outcome runs fn for a row. If single rows may fail, the error is the row's; otherwise the step fails with
// it.
func outcome(tx *store.Tx, careful bool, fn func() error) (of, err error) {
	if !careful {
		err := fn()
		return nil, err
	}
	of = tx.Try(fn)
	var refused wire.Error
	if of != nil && !errors.As(of, &refused) {
		return nil, of
	}
	return of, nil
}

// codeOf returns the code and the message of an error for the result.
func codeOf(err error) (code int64, msg string) {
	var refused wire.Error
	if errors.As(err, &refused) {
		return int64(refused.Code), refused.Message()
	}
	return 0, "ok"
}
