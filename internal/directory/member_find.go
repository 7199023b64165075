package directory

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// MemberFilter selects the members that an administrator looks for.
type MemberFilter struct {
	Department int64 // 0: anywhere
	Below      bool  // also those of all departments below
	Tag        int64 // carried directly; 0: any member
	Status     int64 // bits: 1 active, 2 disabled, 4 inactive; 0 means all
	// Words must each occur in one of the columns of found. ErrSearch limits them.
	Words string
	// Also are numbers of members who are found without matching the words.
	Also []int64
	// Without leaves out the members of a range, except Self by number.
	Without access.Range
	Self    int64

	// After leaves out the members up to this number of ours, for those who read page by page to the end. The
	// total is then not counted.
	After  int64
	Offset int
	Limit  int
}

// found are the columns in which words are searched.
var found = []string{"m.userkey", "lower(m.name)", "lower(m.alias)", "lower(m.position)", "m.mobile", "m.email", "m.biz_mail"}

// ListMembers returns a page of the members that match the filter and that the caller may see, by creation,
// and their total number.
func (s *Service) ListMembers(ctx context.Context, tx *store.Tx, by access.Caller, f MemberFilter) (list []Member, total int64, err error) {
	words, err := searchWords(f.Words)
	if err != nil {
		return nil, 0, err
	}
	var clauses []string
	var args []any
	visible := func(string) string { return "1 = 1" }
	if !by.SeesAll() {
		clause, some := scopeAs("scope", by.CorpID, by.Range, 0)
		clauses, args = append(clauses, clause), append(args, some...)
		_, visible, _ = visibility(by)
	}
	if f.Department != 0 && f.Below {
		clause, some := scopeAs("chosen", by.CorpID, access.Range{Departments: []int64{f.Department}}, 0)
		clauses, args = append(clauses, clause), append(args, some...)
	}
	if !f.Without.Empty() {
		clause, some := scopeAs("hidden", by.CorpID, f.Without, 0)
		clauses, args = append(clauses, clause), append(args, some...)
	}
	with := ""
	if len(clauses) > 0 {
		with = `WITH RECURSIVE ` + strings.Join(clauses, ", ")
	}
	where := `m.corpid = ? AND ` + visible("m")
	args = append(append(args, by.CorpID), visibleArgs(by)...)
	switch {
	case f.Department != 0 && f.Below && f.Department != access.Root:
		where += ` AND m.no IN (SELECT md.member FROM member_department md JOIN chosen ON chosen.id = md.department WHERE md.corpid = ?)`
		args = append(args, by.CorpID)
	case f.Department != 0 && !f.Below:
		where += ` AND m.no IN (SELECT md.member FROM member_department md WHERE md.corpid = ? AND md.department = ?)`
		args = append(args, by.CorpID, f.Department)
	}
	if f.Tag != 0 {
		where += ` AND m.no IN (SELECT t.member FROM tag_member t WHERE t.corpid = ? AND t.tagid = ?)`
		args = append(args, by.CorpID, f.Tag)
	}
	where += statusCondition(f.Status)
	if !f.Without.Empty() {
		where += ` AND (m.no = ? OR NOT ` + inScope(f.Without, "hidden", "m") + `)`
		args = append(append(args, f.Self), scopeArgs(f.Without)...)
	}
	if len(words) > 0 {
		each := make([]string, len(words))
		for i, w := range words {
			for range found {
				args = append(args, store.Pattern("", w, ""))
			}
			each[i] = `(` + strings.Join(found, store.Like+` OR `) + store.Like + `)`
		}
		where += ` AND ((` + strings.Join(each, ` AND `) + `)`
		if len(f.Also) > 0 {
			where += ` OR m.no IN (` + store.Marks(len(f.Also)) + `)`
			args = store.Args(args, f.Also)
		}
		where += `)`
	}
	if f.After != 0 {
		where, args = where+` AND m.no > ?`, append(args, f.After)
	} else if total, err = tx.Count(with+` SELECT count(*) FROM member m WHERE `+where, args...); err != nil {
		return nil, 0, err
	}
	list, err = s.selectMembers(tx, with, where+` ORDER BY m.no LIMIT ? OFFSET ?`, append(args, int64(f.Limit), int64(f.Offset))...)
	return list, total, err
}

// EachName calls fn with the number and the name of every member of the corp.
func (s *Service) EachName(tx *store.Tx, corpID string, fn func(no int64, name string)) error {
	return tx.Each(`SELECT no, name FROM member WHERE corpid = ? ORDER BY no`, []any{corpID}, func(rows *store.Rows) error {
		var no int64
		var name string
		err := rows.Scan(&no, &name)
		fn(no, name)
		return err
	})
}

// Populations returns how many direct members each department of the corp has.
func (s *Service) Populations(tx *store.Tx, corpID string) (map[int64]int64, error) {
	out := map[int64]int64{}
	err := tx.Each(`SELECT department, count(*) FROM member_department WHERE corpid = ? GROUP BY department`, []any{corpID}, func(rows *store.Rows) error {
		var dep, n int64
		err := rows.Scan(&dep, &n)
		out[dep] = n
		return err
	})
	return out, err
}

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

// wrongLookUps limits the vain look-ups of a corp per day, in each of the two calls, to the member limit
// divided by this number (doc 95402, 95895).
const wrongLookUps = 5 // a fifth

// MemberByMobile returns the userid of the member with the number. Doc 95402.
func (s *Service) MemberByMobile(ctx context.Context, tx *store.Tx, by access.Caller, mobile string) (id.UserID, error) {
	if n := len(mobile); n < 5 || n > 32 {
		return "", wire.ErrParameter.With("mobile has %d bytes, 5 to 32 expected", n)
	}
	canonical, err := CanonicalMobile(mobile)
	if err != nil {
		canonical = "" // an invalid number belongs to nobody
	}
	return s.lookUp(tx, by, "mobile", "mobile", canonical)
}

// MemberByMail returns the userid of the member with the enterprise mailbox, or,
// if personal is set, with the personal address. Doc 95895.
func (s *Service) MemberByMail(ctx context.Context, tx *store.Tx, by access.Caller, address string, personal bool) (id.UserID, error) {
	column := "biz_mail"
	if personal {
		column = "email"
	}
	return s.lookUp(tx, by, "mail", column, strings.ToLower(address))
}

// lookUp answers ErrNobody for an unknown and for an invisible member alike, so that nothing leaks about
// those outside the range. After too many vain look-ups it answers ErrFrequency for the rest of the day.
func (s *Service) lookUp(tx *store.Tx, by access.Caller, call, column, value string) (id.UserID, error) {
	if !s.deps.Limits || by.OfCorp() {
		return s.memberWith(tx, by, column, value)
	}
	what := call + " " + Day(tx.Now()) // the ban ends with the calendar day (doc 90312)
	if s.guesses.Blocked(tx.Now(), by.CorpID, what, 24*time.Hour) {
		return "", wire.ErrFrequency.With("too many lookups of members that do not exist; try again tomorrow")
	}
	user, err := s.memberWith(tx, by, column, value)
	if errors.Is(err, ErrNobody) {
		c, missing := s.deps.Corps.Corp(tx, by.CorpID)
		if missing != nil {
			return "", missing
		}
		s.guesses.TakeIn(tx, by.CorpID, what, 1, int(max(c.MemberLimit/wrongLookUps, 1)), 24*time.Hour)
	}
	return user, err
}

func (s *Service) memberWith(tx *store.Tx, by access.Caller, column, value string) (id.UserID, error) {
	if value == "" {
		return "", ErrNobody
	}
	m, found, err := s.selectMember(tx, `m.corpid = ? AND m.`+column+` = ? AND m.`+column+` <> ''`, by.CorpID, value)
	if err != nil {
		return "", err
	}
	if found {
		if found, err = s.Sees(tx, by, m); err != nil {
			return "", err
		}
	}
	if !found {
		return "", ErrNobody
	}
	return m.UserID, nil
}
