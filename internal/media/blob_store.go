package media

import (
	"context"
	"errors"
	"fmt"
	"io"

	"qiwei/internal/access"
	"qiwei/internal/blob"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// errSwept is returned if a blob took so long to write that the sweep took it for the leftover of a crash.
var errSwept = errors.New("the blob has been swept meanwhile")

// put stores a draft in the bucket and returns its key. Nothing needs it yet: the caller claims it in the
// transaction that writes the row that needs it.
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

// Keep keeps a file's content after its media_id has expired, until Release. The caller writes the key into a
// row of its own, in this transaction.
func (s *Service) Keep(tx *store.Tx, f File) (key string, err error) {
	n, err := tx.Exec(`UPDATE blob SET refs = refs + 1 WHERE key = ? AND refs > 0`, f.Key)
	if err != nil {
		return "", fmt.Errorf("keep blob: %w", err)
	}
	if n == 0 { // swept since it was read
		return "", ErrMediaID
	}
	return f.Key, nil
}

// Release takes back one Keep. The row that held the key must already be deleted, at the latest earlier in
// this transaction.
func (s *Service) Release(tx *store.Tx, key string) error {
	_, err := tx.Exec(`UPDATE blob SET refs = refs - 1, since = ? WHERE key = ? AND refs > 0`, tx.Now().UnixMilli(), key)
	if err != nil {
		return fmt.Errorf("release blob: %w", err)
	}
	return nil
}

// Content returns length bytes of a key's content from offset on; a negative length means all that follows.
// It may make requests, so it must not be called inside a transaction.
func (s *Service) Content(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	content, err := s.deps.Bucket.Open(ctx, key, offset, length)
	if err != nil {
		return nil, fmt.Errorf("read blob %s: %w", key, err)
	}
	return content, nil
}

// Again gives content that a room keeps a media_id anew, so that what the room shows can be read with media/get
// after the first media_id has had its time. The file needs all but its MediaID and times.
func (s *Service) Again(tx *store.Tx, by access.Caller, f File) (File, error) {
	if _, err := s.Keep(tx, f); err != nil {
		return f, err
	}
	f.MediaID, f.CreatedAt = newMediaID(), tx.Now()
	f.ExpiresAt = f.CreatedAt.Add(life)
	return f, writeFile(tx, by, f)
}

// Put stores content that another room makes, and returns its key and size. Nothing needs it yet: the caller
// claims it in the transaction that writes the key into a row of its own.
func (s *Service) Put(ctx context.Context, corpID string, fill func(io.Writer) error) (f File, err error) {
	d, err := s.deps.Bucket.Draft()
	if err != nil {
		return f, err
	}
	defer d.Discard()
	if err := fill(d); err != nil {
		return f, err
	}
	f.Size = d.Size()
	f.Key, err = s.put(ctx, corpID, d)
	return f, err
}

// Claim keeps what was Put, until Release.
func (s *Service) Claim(tx *store.Tx, key string) error { return claim(tx, key) }
