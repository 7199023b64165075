package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/blob"
	"qiwei/internal/door"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// What the finance library asks for. The path and the form are ours; what the library hands on of the answer
// is the vendor's (doc 91774).
func (s *Service) libraryRoutes() []door.Route {
	return []door.Route{
		{Pattern: "POST /_archive/chatdata", Handler: s.library(s.serveChatData)},
		{Pattern: "POST /_archive/media", Handler: s.library(s.serveMedia)},
	}
}

// Errors by the return codes of the library, which are none of the API's (doc 91552). The words are ours.
var (
	errPull    = wire.Error{Code: 10000, Text: "invalid parameter"}
	errFileID  = wire.Error{Code: 10005, Text: "invalid sdkfileid"}
	errExpired = wire.Error{Code: 10010, Text: "data expired"}
)

// Limits of the library's calls (doc 91774), and what we answer at once.
const (
	maxPull        = 1000      // records
	maxPullBytes   = 32 << 20  // of records; a single one always goes
	chunk          = 512 << 10 // of a file
	pullsPerMinute = 4000
	filesPerMinute = 25_000
	maxLibraryBody = 64 << 10
)

// library makes a handler for the archive's application. The answer of serve is written after its
// transactions.
func (s *Service) library(serve func(w http.ResponseWriter, r *http.Request, by access.Caller) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		by, err := s.caller(r)
		if err == nil {
			r.Body = http.MaxBytesReader(w, r.Body, maxLibraryBody)
			err = serve(w, r, by)
		}
		if err != nil {
			s.refuse(w, r, err)
		}
	})
}

// caller returns the archive's application behind the token of a request, from an address that it trusts.
func (s *Service) caller(r *http.Request) (by access.Caller, err error) {
	token := r.URL.Query().Get("access_token")
	if rest, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && token == "" {
		token = rest
	}
	if token == "" {
		return by, wire.AccessToken.Missing
	}
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		by, err = s.deps.Tokens.Resolve(tx, token)
		return err
	})
	switch {
	case errors.Is(err, wire.ErrInvalid):
		return by, wire.AccessToken.Invalid
	case errors.Is(err, wire.ErrExpired):
		return by, wire.AccessToken.Expired
	case err != nil:
		return by, err
	case by.Kind != access.ChatArchive || by.Disabled:
		return by, wire.ErrForbidden.With("the secret of the chat archive is needed, not that of another application")
	}
	by.From = s.deps.ClientIP(r)
	if trusted, _ := by.Trusted.Contains(by.From); !trusted {
		return by, ErrAddress.With("%s is none of the archive's trusted addresses", by.From)
	}
	return by, nil
}

// refusal is an error with the empty list that the vendor's library has beside it.
type refusal struct {
	Code  int    `json:"errcode"`
	Text  string `json:"errmsg"`
	Empty *[]int `json:"chatdata,omitempty"`
}

// refuse answers an error. What the vendor's library hands to its caller as JSON has status 200, what it turns
// into a return code or mends by itself has 400.
func (s *Service) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusBadRequest
	var refused wire.Error
	if !errors.As(err, &refused) {
		if r.Context().Err() == nil {
			s.deps.Log.Error("archive", "path", r.URL.Path, "err", err)
		}
		refused, status = wire.ErrBusy, http.StatusInternalServerError
	}
	answer := refusal{Code: refused.Code, Text: refused.Message()}
	if strings.HasSuffix(r.URL.Path, "/chatdata") {
		answer.Empty = &[]int{}
		switch refused.Code {
		case ErrOff.Code, ErrAddress.Code, ErrPullSize.Code, wire.ErrForbidden.Code, wire.ErrFrequency.Code:
			status = http.StatusOK
		}
	}
	text, err := written(answer)
	if err != nil {
		text = []byte(`{}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(text)
}

// frequent counts a call against the platform's limit.
func (s *Service) frequent(by access.Caller, what string, perMinute int) error {
	if s.deps.Limits && !s.limits.Take(s.deps.Store.Now(), by.CorpID, what, perMinute, time.Minute) {
		return wire.ErrFrequency
	}
	return nil
}

type pull struct {
	Seq   uint64 `json:"seq"`
	Limit uint64 `json:"limit"`
}

// serveChatData answers the records behind a seq.
func (s *Service) serveChatData(w http.ResponseWriter, r *http.Request, by access.Caller) error {
	if err := s.frequent(by, "chatdata", pullsPerMinute); err != nil {
		return err
	}
	var p pull
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
		return errPull.With("%v", err)
	}
	if p.Limit < 1 || p.Limit > maxPull {
		return errPull.With("limit: 1 to %d expected, %d given", maxPull, p.Limit)
	}
	var answer []byte
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		answer, err = s.page(tx, by.CorpID, p)
		return err
	})
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(answer)))
	w.Write(answer)
	return nil
}

// page returns the JSON that the vendor's GetChatData hands out.
func (s *Service) page(tx *store.Tx, corpID string, p pull) ([]byte, error) {
	a, err := s.opened(tx, corpID)
	if err != nil {
		return nil, err
	}
	out := append(make([]byte, 0, 4096), `{"errcode":0,"errmsg":"ok","chatdata":[`...)
	if p.Seq >= 1<<62 {
		return append(out, "]}"...), nil // nothing is behind it
	}
	from, last, err := keptSince(tx, a, a.windowFrom(tx.Now()))
	if err != nil {
		return nil, err
	}
	first, size := true, 0
	err = eachInOrder(tx, a, `seq, msgid, version, sealed_key, sealed_msg`, max(from, int64(p.Seq)+1), last, int64(p.Limit), func(rows *store.Rows) error {
		var seq, version int64
		var msgID, key, msg string
		if err := rows.Scan(&seq, &msgID, &version, &key, &msg); err != nil {
			return err
		}
		if size += len(msg) + len(key); size > maxPullBytes && !first {
			return ErrPullSize.With("the records have more than %d MB; ask for fewer", maxPullBytes>>20)
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		// None of the texts has a character that JSON escapes.
		out = append(strconv.AppendInt(append(out, `{"seq":`...), seq, 10), `,"msgid":"`...)
		out = append(append(out, msgID...), `","publickey_ver":`...)
		out = append(strconv.AppendInt(out, version, 10), `,"encrypt_random_key":"`...)
		out = append(append(append(out, key...), `","encrypt_chat_msg":"`...), msg...)
		out = append(out, `"}`...)
		return nil
	})
	return append(out, "]}"...), err
}

// fileID returns the sdkfileid of a file. Clients take it as it is.
func (s *Service) fileID(corpID string, no int64) string {
	return s.deps.Box.SealText(seal.ArchiveFile, corpID, []byte(strconv.FormatInt(no, 10)))
}

type mediaRequest struct {
	FileID string `json:"sdkfileid"`
	Index  string `json:"indexbuf"`
}

// stored is a file of the archive.
type stored struct {
	blob   string
	size   int64
	inline []byte // the content of one that came within a message
}

// openFile returns the file of an sdkfileid. It answers the library's codes.
func (s *Service) openFile(tx *store.Tx, corpID, fileID string) (f stored, err error) {
	a, err := s.opened(tx, corpID)
	if err != nil {
		return f, err
	}
	if fileID == "" {
		return f, errPull.With("sdkfileid is missing")
	}
	text, err := s.deps.Box.OpenText(seal.ArchiveFile, corpID, fileID)
	if err != nil {
		return f, errFileID
	}
	no, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return f, errFileID
	}
	var kept, erased int64
	found, err := tx.Get(`SELECT blob, size, kept_at, erased FROM archive_file WHERE no = ? AND corpid = ?`, []any{no, corpID}, &f.blob, &f.size, &kept, &erased)
	switch {
	case err != nil:
		return f, err
	case !found:
		return f, errFileID
	case erased != 0 || kept < a.windowFrom(tx.Now()).UnixMilli():
		return f, errExpired
	}
	if f.blob == "" {
		if found, err = tx.Get(`SELECT content FROM archive_picture WHERE file = ? AND corpid = ?`, []any{no, corpID}, &f.inline); err == nil && !found {
			err = errExpired
		}
	}
	return f, err
}

// part returns which bytes an indexbuf asks for: the first chunk if it is empty.
func (f stored) part(index string) (from, to int64, err error) {
	if index == "" {
		return 0, min(chunk, f.size) - 1, nil
	}
	rest, ok := strings.CutPrefix(index, "Range:bytes=")
	first, last, cut := strings.Cut(rest, "-")
	if ok && cut {
		from, err = strconv.ParseInt(first, 10, 64)
		if err == nil {
			to, err = strconv.ParseInt(last, 10, 64)
		}
	}
	if !ok || !cut || err != nil || from < 0 || to < from || from >= f.size {
		return 0, 0, errPull.With("indexbuf: %q is no outindexbuf of this file", index)
	}
	return from, min(to, f.size-1, from+chunk-1), nil
}

func (f stored) next(to int64) string {
	return fmt.Sprintf("Range:bytes=%d-%d", to+1, min(to+chunk, f.size-1))
}

// serveMedia answers one chunk of a file.
func (s *Service) serveMedia(w http.ResponseWriter, r *http.Request, by access.Caller) error {
	if err := s.frequent(by, "media", filesPerMinute); err != nil {
		return err
	}
	var req mediaRequest
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return errPull.With("%v", err)
	}
	var f stored
	if err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		f, err = s.openFile(tx, by.CorpID, req.FileID)
		return err
	}); err != nil {
		return err
	}
	from, to, err := f.part(req.Index)
	if err != nil {
		return err
	}
	content, err := s.read(r.Context(), f, from, to)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(content)))
	if to == f.size-1 {
		h.Set("X-Qiwei-Outindexbuf", "")
		h.Set("X-Qiwei-Finish", "1")
	} else {
		h.Set("X-Qiwei-Outindexbuf", f.next(to))
		h.Set("X-Qiwei-Finish", "0")
	}
	w.Write(content)
	return nil
}

// read reads a chunk whole, so that a file that breaks off is an error and no short chunk.
func (s *Service) read(ctx context.Context, f stored, from, to int64) ([]byte, error) {
	if f.inline != nil {
		return f.inline[from : to+1], nil
	}
	src, err := s.deps.Media.Content(ctx, f.blob, from, to-from+1)
	if errors.Is(err, blob.ErrNotFound) {
		return nil, errExpired
	}
	if err != nil {
		return nil, err
	}
	defer src.Close()
	content := make([]byte, to-from+1)
	if _, err := io.ReadFull(src, content); err != nil {
		return nil, fmt.Errorf("read a file of the archive: %w", err)
	}
	return content, nil
}
