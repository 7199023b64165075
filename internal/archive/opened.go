package archive

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"

	"qiwei/internal/blob"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// Opened is a file of a record, for somebody who looks at it.
type Opened struct {
	Name    string
	Size    int64
	Picture string // content type of one that browsers show; empty: it is none
	Content io.ReadCloser
}

// OpenFile opens a file of a record that the reader may read. fileID is its sdkfileid. The window of the library
// does not bind people.
func (s *Service) OpenFile(ctx context.Context, by Reader, seq int64, fileID string) (out Opened, err error) {
	var f stored
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		a, err := s.kept(tx, by.CorpID)
		if err != nil {
			return err
		}
		of, err := selectRecords(tx, `archive = ? AND corpid = ? AND seq = ?`, a.no, a.corpID, seq)
		if err != nil || len(of) == 0 {
			return firstOf(err, ErrNotReader.With("seq: there is no record %d", seq))
		}
		if seen, err := s.visible(tx, a, by, conversationsOf(of)); err != nil || !seen[of[0].Conversation] {
			return firstOf(err, ErrNotReader.With("seq: record %d is not in your range", seq))
		}
		no, err := s.deps.Box.OpenText(seal.ArchiveFile, a.corpID, fileID)
		if err != nil {
			return errFileID
		}
		file, err := strconv.ParseInt(string(no), 10, 64)
		if err != nil {
			return errFileID
		}
		found, err := tx.Get(`SELECT blob, size, name FROM archive_file f WHERE corpid = ? AND no = ? AND erased = 0
			AND (msgid = ? OR EXISTS (SELECT 1 FROM archive_shared s WHERE s.corpid = f.corpid AND s.file = f.no AND s.msgid = ?))`,
			[]any{a.corpID, file, of[0].MsgID, of[0].MsgID}, &f.blob, &f.size, &out.Name)
		if err != nil || !found {
			return firstOf(err, errExpired)
		}
		if f.blob == "" {
			_, err = tx.Get(`SELECT content FROM archive_picture WHERE file = ? AND corpid = ?`, []any{file, a.corpID}, &f.inline)
		}
		return err
	})
	if err != nil {
		return out, err
	}
	out.Size = f.size
	var begin []byte
	if n := min(f.size, 512); n > 0 {
		if begin, err = s.read(ctx, f, 0, n-1); err != nil {
			return out, err
		}
	}
	switch kind := http.DetectContentType(begin); kind {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		out.Picture = kind
	}
	if f.inline != nil {
		out.Content = io.NopCloser(bytes.NewReader(f.inline))
		return out, nil
	}
	if out.Content, err = s.deps.Media.Content(ctx, f.blob, 0, -1); errors.Is(err, blob.ErrNotFound) {
		err = errExpired
	}
	return out, err
}
