package form

import (
	"context"
	"io"
	"strings"

	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Content returns a file that an owner keeps, under any media_id that it has; nil if there is none. What is no
// picture is never shown inline, since it may be a page.
func (f Files) Content(tx *store.Tx, owner int64, mediaID string) (*wire.File, error) {
	var kept media.File
	found, err := tx.Get(`SELECT kind, name, type, size, blob FROM `+f.Table+` WHERE owner = ? AND media_id = ?`, []any{owner, mediaID},
		&kept.Kind, &kept.Name, &kept.Type, &kept.Size, &kept.Key)
	if err != nil || !found {
		return nil, err
	}
	out := &wire.File{Type: kept.Type, Size: kept.Size, Open: func(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
		return f.Media.Content(ctx, kept.Key, offset, length)
	}}
	if !strings.HasPrefix(kept.Type, "image/") || strings.Contains(kept.Type, "svg") {
		out.Name, out.Type = kept.Name, "application/octet-stream"
	}
	return out, nil
}
