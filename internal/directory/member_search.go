package directory

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Limits of a search. Each word is searched in every member, so their number decides what a search costs. No
// field is longer than the text may be.
const (
	maxSearchWords = 6
	maxSearchText  = 128 // characters
)

// ErrSearch refuses a search that would hold up others.
var ErrSearch = wire.ErrParameter.With("at most %d words of %d characters in all can be searched for", maxSearchWords, maxSearchText)

// searchWords returns the words of a search in lower case, without those contained in another: a text with
// "zhang" also has "an". It answers ErrSearch.
func searchWords(text string) ([]string, error) {
	if len(text) > 4*maxSearchText || length(text) > maxSearchText {
		return nil, ErrSearch
	}
	words := strings.Fields(strings.ToLower(text))
	slices.SortStableFunc(words, func(v, w string) int { return len(w) - len(v) })
	var out []string
	for _, w := range words {
		if !slices.ContainsFunc(out, func(longer string) bool { return strings.Contains(longer, w) }) {
			out = append(out, w)
		}
	}
	if len(out) > maxSearchWords {
		return nil, ErrSearch
	}
	return out, nil
}

// SearchMembers returns up to limit enabled members that the caller may see, oldest first, and their total
// number. Each of the words must occur in the name, userid, alias, position or a department's name. It
// answers ErrSearch.
func (s *Service) SearchMembers(ctx context.Context, tx *store.Tx, by access.Caller, words string, limit int) (list []Member, total int64, err error) {
	sought, err := searchWords(words)
	if err != nil {
		return nil, 0, err
	}
	with, visible, args := visibility(by)
	args = append(args[:len(args):len(args)], by.CorpID)
	where := `m.corpid = ? AND m.enabled = 1 AND ` + visible("m")
	args = append(args, visibleArgs(by)...)
	for _, w := range sought {
		like := store.Pattern("", w, "")
		where += ` AND (m.userkey` + store.Like + ` OR lower(m.name)` + store.Like + ` OR lower(m.alias)` + store.Like + ` OR lower(m.position)` + store.Like + `
			OR EXISTS (SELECT 1 FROM member_department md JOIN department d ON d.corpid = md.corpid AND d.id = md.department
				WHERE md.member = m.no AND lower(d.name)` + store.Like + `))`
		args = append(args, like, like, like, like, like)
	}
	if total, err = tx.Count(with+` SELECT count(*) FROM member m WHERE `+where, args...); err != nil {
		return nil, 0, err
	}
	list, err = s.selectMembers(tx, with, where+` ORDER BY m.no LIMIT `+strconv.Itoa(limit), args...)
	return list, total, err
}

// MemberNo returns the member with our number, in whatever state.
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
