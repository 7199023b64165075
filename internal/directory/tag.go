package directory

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// TagUpdatedEvent tells which members and departments came to a tag or left it
// (doc 90972).
type TagUpdatedEvent struct {
	TagID                  int64
	AddUsers, DelUsers     []id.UserID `json:",omitempty"`
	AddParties, DelParties []int64     `json:",omitempty"`
}

func (s *Service) tagEndpoints() []wire.Endpoint { return nil }

// forgetTaggedMember records the tags that a deleted member leaves; the rows go
// with the member's.
func (s *Service) forgetTaggedMember(ctx context.Context, tx *store.Tx, by access.Caller, m Member) error {
	tags, err := selectNumbers(tx, `SELECT tagid FROM tag_member WHERE member = ? ORDER BY tagid`, m.No)
	for _, tag := range tags {
		if err := s.TagUpdated.Record(ctx, tx, by, TagUpdatedEvent{TagID: tag, DelUsers: []id.UserID{m.UserID}}); err != nil {
			return err
		}
	}
	return err
}

// forgetTaggedDepartment takes a deleted department out of its tags.
func (s *Service) forgetTaggedDepartment(ctx context.Context, tx *store.Tx, by access.Caller, dep int64) error {
	tags, err := selectNumbers(tx, `SELECT tagid FROM tag_department WHERE corpid = ? AND department = ? ORDER BY tagid`, by.CorpID, dep)
	if err != nil || len(tags) == 0 {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM tag_department WHERE corpid = ? AND department = ?`, by.CorpID, dep); err != nil {
		return err
	}
	for _, tag := range tags {
		if err := s.TagUpdated.Record(ctx, tx, by, TagUpdatedEvent{TagID: tag, DelParties: []int64{dep}}); err != nil {
			return err
		}
	}
	return nil
}

func selectNumbers(tx *store.Tx, query string, args ...any) ([]int64, error) {
	var out []int64
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, rows.Err()
}
