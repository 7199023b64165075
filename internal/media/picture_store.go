package media

import (
	"fmt"

	"qiwei/internal/store"
)

func insertPicture(tx *store.Tx, p Picture) error {
	square := 0
	if p.Square {
		square = 1
	}
	_, err := tx.Exec(`INSERT INTO picture (key, corpid, type, size, square, blob, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		p.Key, p.CorpID, p.Type, p.Size, square, p.blob, tx.Now().UnixMilli())
	if err != nil {
		return fmt.Errorf("insert picture: %w", err)
	}
	return nil
}

func selectPicture(tx *store.Tx, key string) (p Picture, found bool, err error) {
	found, err = tx.Get(`SELECT key, corpid, type, size, square, blob FROM picture WHERE key = ?`, []any{key},
		&p.Key, &p.CorpID, &p.Type, &p.Size, &p.Square, &p.blob)
	return p, found, err
}

// selectPictureSize returns the picture scaled to the width, if it has been.
func selectPictureSize(tx *store.Tx, p Picture, width int64) (scaled Picture, found bool, err error) {
	scaled = p
	found, err = tx.Get(`SELECT type, size, blob FROM picture_size WHERE picture = ? AND width = ?`, []any{p.Key, width},
		&scaled.Type, &scaled.Size, &scaled.blob)
	return scaled, found, err
}

// insertPictureSize stores a scaled picture, unless another server was first.
func insertPictureSize(tx *store.Tx, scaled Picture, width int64) error {
	n, err := tx.Exec(`INSERT INTO picture_size (picture, width, type, size, blob) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		scaled.Key, width, scaled.Type, scaled.Size, scaled.blob)
	if err != nil || n == 0 {
		return err
	}
	return claim(tx, scaled.blob)
}

// deletePicture removes the picture's rows and returns the blobs that they needed.
func deletePicture(tx *store.Tx, corpID, key string) (blobs []string, err error) {
	err = tx.Each(`SELECT blob FROM picture WHERE key = ? UNION ALL SELECT blob FROM picture_size WHERE picture = ?`, []any{key, key},
		func(rows *store.Rows) error {
			var b string
			err := rows.Scan(&b)
			blobs = append(blobs, b)
			return err
		})
	if err != nil {
		return nil, err
	}
	n, err := tx.Exec(`DELETE FROM picture WHERE key = ? AND corpid = ?`, key, corpID)
	if n == 0 {
		blobs = nil // another transaction was first, or it is another corp's
	}
	return blobs, err
}

// usePicture counts one more upload in the period and returns how many there are.
func usePicture(tx *store.Tx, corpID, period string) (used int64, err error) {
	if _, err := tx.Exec(`INSERT INTO picture_quota (corpid, period, used) VALUES (?, ?, 1)
		ON CONFLICT (corpid, period) DO UPDATE SET used = picture_quota.used + 1`, corpID, period); err != nil {
		return 0, fmt.Errorf("count picture: %w", err)
	}
	return tx.Count(`SELECT used FROM picture_quota WHERE corpid = ? AND period = ?`, corpID, period)
}
