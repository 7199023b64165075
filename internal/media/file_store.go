package media

import (
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// insertFile writes the file's row, which keeps its content alive.
func insertFile(tx *store.Tx, by access.Caller, f *File) error {
	f.CreatedAt = tx.Now()
	f.ExpiresAt = f.CreatedAt.Add(life)
	if err := claim(tx, f.Key); err != nil {
		return fmt.Errorf("insert media: %w", err)
	}
	return writeFile(tx, by, *f)
}

// writeFile writes the row of a file whose content is counted.
func writeFile(tx *store.Tx, by access.Caller, f File) error {
	_, err := tx.Exec(`INSERT INTO media (media_id, corpid, kind, scene, name, type, size, blob, app, created_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		f.MediaID, f.CorpID, string(f.Kind), string(f.Scene), f.Name, f.Type, f.Size, f.Key, by.App, f.CreatedAt.UnixMilli(), f.ExpiresAt.UnixMilli())
	if err != nil {
		return fmt.Errorf("insert media: %w", err)
	}
	return nil
}

func selectFile(tx *store.Tx, mediaID string) (f File, found bool, err error) {
	var created, expires int64
	found, err = tx.Get(`SELECT media_id, corpid, kind, scene, name, type, size, blob, created_at, expires_at FROM media WHERE media_id = ?`, []any{mediaID},
		&f.MediaID, &f.CorpID, &f.Kind, &f.Scene, &f.Name, &f.Type, &f.Size, &f.Key, &created, &expires)
	if err != nil {
		return File{}, false, fmt.Errorf("read media: %w", err)
	}
	f.CreatedAt, f.ExpiresAt = time.UnixMilli(created).UTC(), time.UnixMilli(expires).UTC()
	return f, found, nil
}
