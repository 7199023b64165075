package media

import (
	"context"
	"fmt"
	"time"

	"qiwei/internal/store"
)

const (
	// orphaned is how long a blob may exist without a row that needs it: a blob being written has none yet,
	// and a download may still be running.
	orphaned = time.Hour
	// sweepStep is how many rows one transaction changes, so that concurrent calls do not wait.
	sweepStep = 200
)

// Sweep deletes what has expired by the server's clock: files, content that nothing needs any more, ended
// jobs. Several servers may sweep at once.
func (s *Service) Sweep(ctx context.Context) error {
	for _, step := range []struct {
		name string
		do   func(context.Context) (more bool, err error)
	}{
		{"expired media", s.sweepFiles},
		{"deleted corps", s.sweepCorps},
		{"blobs", s.sweepBlobs},
		{"jobs", s.sweepJobs},
		{"quotas", s.sweepQuotas},
		{"drafts", func(context.Context) (bool, error) { return false, s.deps.Bucket.Tidy() }},
	} {
		for more := true; more; {
			var err error
			if more, err = step.do(ctx); err != nil {
				return fmt.Errorf("sweep %s: %w", step.name, err)
			}
		}
	}
	return nil
}

// pairs returns the rows of a query for two strings.
func pairs(tx *store.Tx, query string, args ...any) (out [][2]string, err error) {
	err = tx.Each(query, args, func(rows *store.Rows) error {
		var p [2]string
		err := rows.Scan(&p[0], &p[1])
		out = append(out, p)
		return err
	})
	return out, err
}

// sweepFiles deletes expired files' rows. A row that another server has deleted
// is not counted twice.
func (s *Service) sweepFiles(ctx context.Context) (more bool, err error) {
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		expired, err := pairs(tx, `SELECT media_id, blob FROM media WHERE expires_at <= ? ORDER BY expires_at LIMIT ?`, tx.Now().UnixMilli(), sweepStep)
		if err != nil {
			return err
		}
		more = len(expired) == sweepStep
		for _, f := range expired {
			n, err := tx.Exec(`DELETE FROM media WHERE media_id = ?`, f[0])
			if err != nil {
				return err
			}
			if n == 0 {
				continue
			}
			if err := s.Release(tx, f[1]); err != nil {
				return err
			}
		}
		return nil
	})
	return more, err
}

// sweepCorps releases the blobs of deleted corps, whose rows were deleted with them. It steps from corp to
// corp through the index.
func (s *Service) sweepCorps(ctx context.Context) (more bool, err error) {
	var gone []string
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		last := ""
		for {
			var corpID, alive string
			found, err := tx.Get(`SELECT corpid FROM blob WHERE corpid > ? ORDER BY corpid LIMIT 1`, []any{last}, &corpID)
			if err != nil || !found {
				return err
			}
			known, err := tx.Get(`SELECT corpid FROM corp WHERE corpid = ?`, []any{corpID}, &alive)
			if err != nil {
				return err
			}
			if !known {
				gone = append(gone, corpID)
			}
			last = corpID
		}
	})
	if err != nil || len(gone) == 0 {
		return false, err
	}
	return false, s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		for _, corpID := range gone {
			if _, err := tx.Exec(`UPDATE blob SET refs = 0, since = ? WHERE corpid = ? AND refs > 0`, tx.Now().UnixMilli(), corpID); err != nil {
				return err
			}
		}
		return nil
	})
}

// sweepBlobs deletes content that nothing has needed for a while. It first marks a blob, so that nobody
// claims it any more; then it deletes the content, and then the row. After a crash in between the mark is
// found again.
func (s *Service) sweepBlobs(ctx context.Context) (more bool, err error) {
	var keys []string
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		keys = keys[:0]
		unused, err := pairs(tx, `SELECT key, corpid FROM blob WHERE refs <= 0 AND since <= ? ORDER BY since LIMIT ?`, tx.Now().Add(-orphaned).UnixMilli(), sweepStep)
		if err != nil {
			return err
		}
		for _, b := range unused {
			n, err := tx.Exec(`UPDATE blob SET refs = -1 WHERE key = ? AND refs <= 0`, b[0])
			if err != nil {
				return err
			}
			if n == 1 {
				keys = append(keys, b[0])
			}
		}
		return nil
	})
	if err != nil || len(keys) == 0 {
		return false, err
	}
	for _, key := range keys {
		if err := s.deps.Bucket.Delete(ctx, key); err != nil {
			return false, err
		}
	}
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		for _, key := range keys {
			if _, err := tx.Exec(`DELETE FROM blob WHERE key = ? AND refs = -1`, key); err != nil {
				return err
			}
		}
		return nil
	})
	return len(keys) == sweepStep, err
}

// sweepJobs deletes jobs that can no longer be queried, and the counts of past months.
func (s *Service) sweepJobs(ctx context.Context) (more bool, err error) {
	return false, s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if err := deleteJobs(tx, tx.Now().Add(-24*time.Hour)); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM picture_quota WHERE period < ?`, tx.Now().In(pictureTime).Format("2006-01"))
		return err
	})
}
