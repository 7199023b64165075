package directory

import (
	"context"
	"strconv"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// SearchMembers returns up to limit enabled members whom the caller may see and
// in whose name, userid, alias, position or a department's name each of the
// words occurs, oldest first, and how many there are in all.
func (s *Service) SearchMembers(ctx context.Context, tx *store.Tx, by access.Caller, words string, limit int) (list []Member, total int64, err error) {
	with, visible, args := visibility(by)
	args = append(args[:len(args):len(args)], by.CorpID)
	where := `m.corpid = ? AND m.enabled = 1 AND ` + visible("m")
	args = append(args, visibleArgs(by)...)
	for _, w := range strings.Fields(strings.ToLower(words)) {
		like := "%" + likeEscape.Replace(w) + "%"
		where += ` AND (m.userkey LIKE ? ESCAPE '!' OR lower(m.name) LIKE ? ESCAPE '!' OR lower(m.alias) LIKE ? ESCAPE '!' OR lower(m.position) LIKE ? ESCAPE '!'
			OR EXISTS (SELECT 1 FROM member_department md JOIN department d ON d.corpid = md.corpid AND d.id = md.department
				WHERE md.member = m.no AND lower(d.name) LIKE ? ESCAPE '!'))`
		args = append(args, like, like, like, like, like)
	}
	if total, err = tx.Count(with+` SELECT count(*) FROM member m WHERE `+where, args...); err != nil {
		return nil, 0, err
	}
	list, err = s.selectMembers(tx, with, where+` ORDER BY m.no LIMIT `+strconv.Itoa(limit), args...)
	return list, total, err
}

var likeEscape = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// MemberNo returns the member with our number, whatever his state.
func (s *Service) MemberNo(tx *store.Tx, no int64) (Member, bool, error) {
	return s.selectMember(tx, `m.no = ?`, no)
}

// DepartmentNames returns the names of the departments by their ids.
func (s *Service) DepartmentNames(tx *store.Tx, corpID string, ids []int64) (map[int64]string, error) {
	out := map[int64]string{}
	err := tx.Each(`SELECT id, name FROM department WHERE corpid = ? AND id IN (`+store.Marks(len(ids))+`)`, store.Args([]any{corpID}, ids),
		func(rows *store.Rows) error {
			var dep int64
			var name string
			err := rows.Scan(&dep, &name)
			out[dep] = name
			return err
		})
	return out, err
}
