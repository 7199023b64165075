package media

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// usualQuota is how many bytes a member may upload in a day of the server's clock by default. The platform
// names no number for its own client.
const usualQuota = 1 << 30

// quota is what a member may upload in a day; negative means no limit.
func (s *Service) quota() int64 {
	if s.deps.MemberQuota == 0 {
		return usualQuota
	}
	return s.deps.MemberQuota
}

func day(now time.Time) int64 { return now.Unix() / (24 * 60 * 60) }

func errQuota(most int64) error {
	return wire.ErrFrequency.With("a member may upload %d MB a day", most>>20)
}

// roomFor refuses an upload, before its content is read, if the member has used up the day's quota. It
// answers wire.ErrFrequency.
func (s *Service) roomFor(ctx context.Context, by access.Caller, n NewFile) error {
	most := s.quota()
	if n.Member == 0 || most < 0 {
		return nil
	}
	return s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		used, err := spent(tx, by.CorpID, n.Member)
		if err == nil && used+max(n.Length, 1) > most {
			err = errQuota(most)
		}
		return err
	})
}

// spend counts what a member has uploaded. It answers wire.ErrFrequency if that is too much.
func (s *Service) spend(tx *store.Tx, by access.Caller, member, size int64) error {
	most := s.quota()
	if member == 0 || most < 0 {
		return nil
	}
	used, err := spent(tx, by.CorpID, member)
	if err != nil {
		return err
	}
	if used+size > most {
		return errQuota(most)
	}
	_, err = tx.Exec(`INSERT INTO media_quota (corpid, member, day, bytes) VALUES (?, ?, ?, ?)
		ON CONFLICT (corpid, member, day) DO UPDATE SET bytes = media_quota.bytes + excluded.bytes`, by.CorpID, member, day(tx.Now()), size)
	return err
}

func spent(tx *store.Tx, corpID string, member int64) (bytes int64, err error) {
	_, err = tx.Get(`SELECT bytes FROM media_quota WHERE corpid = ? AND member = ? AND day = ?`, []any{corpID, member, day(tx.Now())}, &bytes)
	return bytes, err
}

// sweepQuotas deletes the counts of past days.
func (s *Service) sweepQuotas(ctx context.Context) (more bool, err error) {
	return false, s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM media_quota WHERE day < ?`, day(tx.Now()))
		return err
	})
}
