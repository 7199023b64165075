package wedoc

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// File is a file in a form's answer or in a cell of a smart sheet. WeCom keeps them in its drive, which is not built:
// an application is told their ids, and members open them.
type File struct {
	FileID string
	Name   string
	Type   string // content type
	Size   int64
	blob   string
}

// Ext is the extension as cells have it: PDF of a.pdf, empty if there is none (doc 99907).
func (f File) Ext() string { return strings.ToUpper(strings.TrimPrefix(path.Ext(f.Name), ".")) }

// maxReplyFiles is how many files answer a question (doc 97462: count is 9 at most).
const maxReplyFiles = 9

// unusedFor is how long a file is kept that nothing names.
const unusedFor = 3 // days, as media/upload keeps files

// KeepFile gives an uploaded file an id in documents.
func (s *Service) KeepFile(tx *store.Tx, f media.File) (File, error) {
	key, err := s.deps.Media.Keep(tx, f)
	out := File{FileID: "wf" + id.Letters(40), Name: f.Name, Type: f.Type, Size: f.Size, blob: key}
	if err != nil {
		return out, err
	}
	_, err = tx.Exec(`INSERT INTO wedoc_file (corpid, file_id, name, type, size, blob, made) VALUES (?, ?, ?, ?, ?, ?, ?)`, f.CorpID, out.FileID, out.Name, out.Type, out.Size, key, tx.Now().Unix())
	return out, err
}

// FileNamed returns a file of the corp.
func (s *Service) FileNamed(tx *store.Tx, corpID, fileID string) (f File, found bool, err error) {
	found, err = tx.Get(`SELECT file_id, name, type, size, blob FROM wedoc_file WHERE corpid = ? AND file_id = ?`, []any{corpID, fileID}, &f.FileID, &f.Name, &f.Type, &f.Size, &f.blob)
	return f, found, err
}

// UseFile returns a file of the corp, which is kept from now on because something names it.
func (s *Service) UseFile(tx *store.Tx, corpID, fileID string) (f File, found bool, err error) {
	if f, found, err = s.FileNamed(tx, corpID, fileID); err == nil && found {
		_, err = tx.Exec(`UPDATE wedoc_file SET used = 1 WHERE corpid = ? AND file_id = ?`, corpID, fileID)
	}
	return f, found, err
}

// FileURL is where members of the enterprise who are signed in open a file.
func (s *Service) FileURL(f File) string {
	return s.deps.BaseURL() + "/phone/api/docfiles/" + f.FileID
}

// Start begins nothing: the room has no work of its own.
func (s *Service) Start() {}

// Stop ends nothing.
func (s *Service) Stop() {}

// sweptAtOnce is how many files a transaction of Sweep forgets, so that it holds nobody up.
const sweptAtOnce = 500

// Sweep forgets files that were uploaded for a document and then not used.
func (s *Service) Sweep(ctx context.Context) error {
	for more := true; more; {
		if err := s.deps.Store.Write(ctx, func(tx *store.Tx) error {
			var keys []string
			var numbers []int64
			err := tx.Each(`SELECT no, blob FROM wedoc_file WHERE used = 0 AND made < ? LIMIT ?`, []any{tx.Now().AddDate(0, 0, -unusedFor).Unix(), int64(sweptAtOnce)}, func(rows *store.Rows) error {
				var no int64
				var key string
				err := rows.Scan(&no, &key)
				keys, numbers = append(keys, key), append(numbers, no)
				return err
			})
			more = len(keys) == sweptAtOnce
			for i, key := range keys {
				if err != nil {
					return err
				}
				if _, err = tx.Exec(`DELETE FROM wedoc_file WHERE no = ?`, numbers[i]); err == nil {
					err = s.deps.Media.Release(tx, key)
				}
			}
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// phoneFile serves a file to a member of the enterprise: whoever knows its id has read it in a document. It is never
// shown inline, as it may be a page.
func (s *Service) phoneFile(r *http.Request, sess login.Session) (*wire.File, error) {
	var f File
	var found bool
	if err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		f, found, err = s.FileNamed(tx, sess.CorpID, r.PathValue("file_id"))
		return err
	}); err != nil || !found {
		return nil, err
	}
	return &wire.File{Name: f.Name, Type: f.Type, Size: f.Size, Open: func(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
		return s.deps.Media.Content(ctx, f.blob, offset, length)
	}}, nil
}

func (s *Service) fileRoute() door.Route {
	return door.Route{Pattern: "GET /phone/api/docfiles/{file_id}", Handler: s.deps.Member.File(s.phoneFile)}
}

// handedIn returns a page's answer with files of the form in place of those that name what the member has uploaded by
// its media_id.
func (s *Service) handedIn(tx *store.Tx, by access.Caller, f Form, replies []Reply) ([]Reply, error) {
	out := slices.Clone(replies)
	for i, r := range out {
		if q := f.question(r.Question); !q.Type.brings() { // what is not asked for is not kept
			out[i].Files = nil
			continue
		}
		if len(r.Files) > maxReplyFiles {
			return nil, errParameter.With("question %d: at most %d files expected", r.Question, maxReplyFiles)
		}
		out[i].Files = nil
		for _, file := range r.Files {
			up, err := s.deps.Media.File(tx, by.CorpID, file.FileID)
			if err != nil {
				return nil, err
			}
			if why := f.question(r.Question).takes(up); why != nil {
				return nil, errParameter.With("question %d: %s", r.Question, why)
			}
			kept, err := s.KeepFile(tx, up)
			if err == nil {
				_, _, err = s.UseFile(tx, by.CorpID, kept.FileID)
			}
			if err != nil {
				return nil, err
			}
			out[i].Files = append(out[i].Files, replyFiles{kept.Name, kept.FileID})
		}
	}
	return out, nil
}

// question returns a question of the form; one of no type if there is none.
func (f Form) question(number int64) Question {
	for _, q := range f.Body.Question.Items {
		if q.ID == number {
			return q
		}
	}
	return Question{}
}

// brings reports whether a question is answered with files.
func (t ReplyType) brings() bool { return t == replyPicture || t == replyFile || t == replySignature }

// takes says what is wrong with a file for the question.
func (q Question) takes(f media.File) error {
	if q.Type != replyFile && !strings.HasPrefix(f.Type, "image/") {
		return fmt.Errorf("a picture expected")
	}
	for _, l := range q.limits() {
		if l.Size > 0 && f.Size > l.Size<<20 {
			return fmt.Errorf("a file of at most %d MB expected", l.Size)
		}
	}
	return nil
}
