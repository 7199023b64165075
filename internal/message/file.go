package message

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"qiwei/internal/app"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// File is a file in a message. Its content stays as long as the message does, which is longer than its
// media_id is valid for an application.
type File struct {
	MediaID string     `json:"media_id"`
	Kind    media.Kind `json:"kind"`
	Name    string     `json:"name"`
	Type    string     `json:"type"` // content type
	Size    int64      `json:"size"`
	Path    string     `json:"path"` // where members who have the message read it

	key string
}

// secretFiles are the extensions of files that may be sent with safe (doc 90236).
var secretFiles = []string{".txt", ".pdf", ".doc", ".docx", ".ppt", ".pptx", ".xls", ".xlsx", ".xml", ".jpg", ".jpeg", ".png", ".bmp", ".gif"}

// file finds a file that the content names, for the message to keep. The platform's code for a file that
// cannot be secret is unverified.
func (f *sender) file(mediaID string, kind media.Kind) error {
	found, err := f.s.deps.Media.Sendable(f.tx, f.by.CorpID, cmp.Or(f.scene, media.General), mediaID, kind)
	if err != nil {
		return err
	}
	if f.safe != 0 && kind == media.Other && !slices.Contains(secretFiles, strings.ToLower(path.Ext(found.Name))) {
		return wire.ErrParameter.With("safe: a file such as %q cannot be secret; the name must end with one of %s", found.Name, strings.Join(secretFiles, ", "))
	}
	if !slices.ContainsFunc(f.files, func(has attached) bool { return has.MediaID == mediaID }) {
		f.files = append(f.files, attached{File: found})
	}
	return nil
}

// attached is a file that content names.
type attached struct {
	media.File
	picture string // public address of an image, or empty
}

// keepFiles keeps the files with the message. It skips those that the message already has, for example from
// an earlier version of its card.
func (s *Service) keepFiles(tx *store.Tx, message int64, files []attached) error {
	for _, f := range files {
		n, err := tx.Exec(`INSERT INTO message_file (message, media_id, kind, name, type, size, blob, picture) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			message, f.MediaID, string(f.Kind), f.Name, f.Type, f.Size, f.Key, f.picture)
		if err != nil {
			return fmt.Errorf("insert file of a message: %w", err)
		}
		if n == 0 {
			continue
		}
		if _, err := s.deps.Media.Keep(tx, f.File); err != nil {
			return err
		}
	}
	return nil
}

// releaseFiles releases the files of messages that nobody sees any more, and deletes their rows. where
// selects the messages m.
func (s *Service) releaseFiles(tx *store.Tx, corpID, where string, args ...any) error {
	type kept struct {
		message          int64
		id, key, picture string
	}
	var list []kept
	err := tx.Each(`SELECT f.message, f.media_id, f.blob, f.picture FROM message_file f JOIN message m ON m.no = f.message WHERE `+where, args, func(rows *store.Rows) error {
		var k kept
		err := rows.Scan(&k.message, &k.id, &k.key, &k.picture)
		list = append(list, k)
		return err
	})
	if err != nil {
		return err
	}
	for _, k := range list {
		if _, err := tx.Exec(`DELETE FROM message_file WHERE message = ? AND media_id = ?`, k.message, k.id); err != nil {
			return err
		}
		if err := s.deps.Media.Release(tx, k.key); err != nil {
			return err
		}
		if err := s.deps.Media.ReleasePicture(tx, corpID, k.picture); err != nil {
			return err
		}
	}
	return nil
}

// forgetApp releases the files in a deleted application's messages. For a whole deleted corp, package media
// finds them.
func (s *Service) forgetApp(ctx context.Context, tx *store.Tx, a app.App) error {
	return s.releaseFiles(tx, a.CorpID, `m.app = ?`, a.No)
}

// filesOf returns the files of messages by the message's number.
func filesOf(tx *store.Tx, messages []int64) (map[int64][]File, error) {
	out := map[int64][]File{}
	for some := range slices.Chunk(messages, copiesAtOnce) {
		err := tx.Each(`SELECT message, media_id, kind, name, type, size, blob FROM message_file WHERE message IN (`+store.Marks(len(some))+`) ORDER BY message, media_id`,
			store.Args([]any{}, some), func(rows *store.Rows) error {
				var f File
				var no int64
				err := rows.Scan(&no, &f.MediaID, &f.Kind, &f.Name, &f.Type, &f.Size, &f.key)
				f.Path = filePath(no, f.MediaID)
				out[no] = append(out[no], f)
				return err
			})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func filePath(message int64, mediaID string) string {
	return fmt.Sprintf("/phone/api/messages/%d/files/%s", message, mediaID)
}

// selectMemberFile returns a file of a message that the member has and that has not
// been recalled.
func selectMemberFile(tx *store.Tx, member, message int64, mediaID string) (f File, found bool, err error) {
	found, err = tx.Get(`SELECT f.media_id, f.kind, f.name, f.type, f.size, f.blob FROM message_file f
		JOIN message m ON m.no = f.message AND m.recalled_at = 0
		JOIN message_copy c ON c.member = ? AND c.app = m.app AND c.message = m.no
		WHERE f.message = ? AND f.media_id = ?`, []any{member, message, mediaID}, &f.MediaID, &f.Kind, &f.Name, &f.Type, &f.Size, &f.key)
	return f, found, err
}
