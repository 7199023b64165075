package moment

import (
	"qiwei/internal/access"
	"qiwei/internal/store"
)

// What administrators are shown of moments.

// Rolled is a moment as a list for people has it.
type Rolled struct {
	Posted
	Asked, Published int64 // members
	Shown            int64 // customers who can see it
	Likes, Comments  int64
}

// Roll returns moments, the newest first, those behind a place if one is given, and the place behind the last; nil
// at the end. Unlike the list of the API it has those whose members are still being asked. Moments of members are
// there for who sees the member.
func (s *Service) Roll(tx *store.Tx, by access.Caller, after *Place, limit int64) (out []Rolled, next *Place, err error) {
	where, args := `corpid = ? AND deleted_at = 0`, []any{by.CorpID}
	if after != nil {
		where, args = where+` AND (created_at < ? OR created_at = ? AND no < ?)`, append(args, after.At, after.At, after.No)
	}
	list, err := selectPosts(tx, where+` ORDER BY created_at DESC, no DESC LIMIT ?`, append(args, limit+1)...)
	if err != nil {
		return nil, nil, err
	}
	if int64(len(list)) > limit {
		list = list[:limit]
		next = &Place{list[limit-1].CreatedAt.Unix(), list[limit-1].No}
	}
	var creators []int64
	for _, p := range list {
		creators = append(creators, p.Creator)
	}
	users, err := s.seen(tx, by, creators)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range list {
		if user := users[p.Creator]; user != "" || p.Kind == OfCorp {
			out = append(out, Rolled{Posted: Posted{p, s.momentID(p.No), user}})
		}
	}
	return out, next, s.countRolled(tx, by.CorpID, out)
}

func (s *Service) countRolled(tx *store.Tx, corpID string, list []Rolled) error {
	at := map[int64]*Rolled{}
	numbers := make([]int64, len(list))
	for i := range list {
		numbers[i], at[list[i].No] = list[i].No, &list[i]
	}
	if len(numbers) == 0 {
		return nil
	}
	marks := store.Marks(len(numbers))
	if err := tx.Each(`SELECT moment, count(*), CAST(coalesce(sum(CASE WHEN published_at > 0 THEN 1 ELSE 0 END), 0) AS BIGINT) FROM moment_task WHERE corpid = ? AND moment IN (`+marks+`) GROUP BY moment`,
		store.Args([]any{corpID}, numbers), func(rows *store.Rows) error {
			var no, asked, published int64
			err := rows.Scan(&no, &asked, &published)
			if m := at[no]; m != nil {
				m.Asked, m.Published = asked, published
			}
			return err
		}); err != nil {
		return err
	}
	if err := tx.Each(`SELECT t.moment, count(*) FROM moment_task t JOIN moment_customer c ON c.task = t.no AND c.corpid = t.corpid WHERE t.corpid = ? AND c.sent = 1 AND t.moment IN (`+marks+`) GROUP BY t.moment`,
		store.Args([]any{corpID}, numbers), func(rows *store.Rows) error {
			var no, n int64
			err := rows.Scan(&no, &n)
			if m := at[no]; m != nil {
				m.Shown = n
			}
			return err
		}); err != nil {
		return err
	}
	return tx.Each(`SELECT t.moment, r.liked, count(*) FROM moment_task t JOIN moment_response r ON r.task = t.no AND r.corpid = t.corpid WHERE t.corpid = ? AND t.moment IN (`+marks+`) GROUP BY t.moment, r.liked`,
		store.Args([]any{corpID}, numbers), func(rows *store.Rows) error {
			var no, liked, n int64
			err := rows.Scan(&no, &liked, &n)
			if m := at[no]; m != nil && liked == 1 {
				m.Likes = n
			} else if m != nil {
				m.Comments = n
			}
			return err
		})
}

// Cancel ends what members have not published yet of a moment of the corp. What is published stays. Doc 97612.
func (s *Service) Cancel(tx *store.Tx, by access.Caller, momentID string) error {
	p, err := s.post(tx, by.CorpID, momentID)
	if err != nil {
		return err
	}
	if p.Kind != OfCorp {
		return ErrKind.With("a member's own; one of the corp expected")
	}
	return mark(tx, by.CorpID, p.No, "cancelled_at")
}
