package chat

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"qiwei/internal/media"
	"qiwei/internal/store"
)

// attach finds the files of a message and what is in them. It answers media.ErrMediaID for a media_id that is
// unknown, expired, or another corp's.
func (s *Service) attach(ctx context.Context, corpID string, files []*File) error {
	if len(files) == 0 {
		return nil
	}
	if err := s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		for _, f := range files {
			found, err := s.deps.Media.File(tx, corpID, f.MediaID)
			if err != nil {
				return err
			}
			f.Blob, f.Size = found.Key, found.Size
			if f.Name = fileName(f.Name); f.Name == "" {
				f.Name = found.Name
			}
		}
		return nil
	}); err != nil {
		return err
	}
	for _, f := range files {
		content, err := s.deps.Media.Content(ctx, f.Blob, 0, -1)
		if err != nil {
			return fmt.Errorf("file of a message: %w", err)
		}
		sum := md5.New()
		_, err = io.Copy(sum, content)
		content.Close()
		if err != nil {
			return fmt.Errorf("file of a message: %w", err)
		}
		f.MD5 = hex.EncodeToString(sum.Sum(nil))
	}
	return nil
}

// keep keeps the content of a file longer than its media_id. The message's row names it.
func (s *Service) keep(tx *store.Tx, corpID string, f *File) error {
	found, err := s.deps.Media.File(tx, corpID, f.MediaID)
	if err != nil {
		return err
	}
	if found.Key != f.Blob {
		return media.ErrMediaID
	}
	_, err = s.deps.Media.Keep(tx, found)
	return err
}

// fileName returns the name of a file without what is none: a path.
func fileName(name string) string { return name[strings.LastIndexAny(name, `/\`)+1:] }
