package media

import (
	"context"
	"errors"
	"fmt"
	"io"

	"qiwei/internal/blob"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// errSwept is returned when a blob took so long to write that the sweep mistook it
// for the leftover of a crash.
var errSwept = errors.New("the blob has been swept meanwhile")

// put stores a draft in the bucket and returns its key. Nothing needs it yet: the
// caller claims it in the transaction that writes the row which does.
func (s *Service) put(ctx context.Context, corpID string, d *blob.Draft) (key string, err error) {
	key = id.Hex(16)
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO blob (key, corpid, refs, since) VALUES (?, ?, 0, ?)`, key, corpID, tx.Now().UnixMilli())
		return err
	})
	if err != nil {
		return "", fmt.Errorf("announce blob: %w", err)
	}
	return key, d.Keep(ctx, key)
}

// claim counts the first row that needs a blob.
func claim(tx *store.Tx, key string) error {
	n, err := tx.Exec(`UPDATE blob SET refs = 1 WHERE key = ? AND refs = 0`, key)
	if err == nil && n == 0 {
		err = errSwept
	}
	return err
}

// Keep lets the content of a file stay when its media_id has expired, until
// Release. The caller writes the key into a row of its own, in this transaction.
func (s *Service) Keep(tx *store.Tx, f File) (key string, err error) {
	n, err := tx.Exec(`UPDATE blob SET refs = refs + 1 WHERE key = ? AND refs > 0`, f.Key)
	if err != nil {
		return "", fmt.Errorf("keep blob: %w", err)
	}
	if n == 0 { // swept between the look and this
		return "", ErrMediaID
	}
	return f.Key, nil
}

// Release takes back one Keep. The row that held the key is gone, or goes in this
// transaction before.
func (s *Service) Release(tx *store.Tx, key string) error {
	_, err := tx.Exec(`UPDATE blob SET refs = refs - 1, since = ? WHERE key = ? AND refs > 0`, tx.Now().UnixMilli(), key)
	if err != nil {
		return fmt.Errorf("release blob: %w", err)
	}
	return nil
}

// Content returns length bytes of what a key stands for, from offset on; a
// negative length is all that follows. It may speak to the network, so it is not
// for use inside a transaction.
func (s *Service) Content(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	content, err := s.deps.Bucket.Open(ctx, key, offset, length)
	if err != nil {
		return nil, fmt.Errorf("read blob %s: %w", key, err)
	}
	return content, nil
}
