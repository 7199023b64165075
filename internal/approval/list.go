package approval

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Limits of a list (doc 91816).
const (
	maxSpan = 31 * 24 * time.Hour
	maxPage = 100
	// maxFilters is ours.
	maxFilters = 50
)

// ErrShorter refuses a time span that is too long (doc 91816).
var ErrShorter = wire.Code(301112, "time range too large")

// Query asks for the approvals of a time span that meet all conditions. A zero field is not given.
type Query struct {
	From, To    int64 // Unix seconds, both included
	TemplateID  string
	Creator     id.UserID
	Departments []int64 // of one of them
	Status      Status
	RecordType  int64
	After       store.Place
	Size        int64
}

// valid checks a query.
func (q Query) valid() error {
	switch {
	case q.From <= 0 || q.To <= 0:
		return ErrParameter.With("starttime and endtime: Unix seconds expected")
	case q.To <= q.From:
		return ErrParameter.With("endtime is not after starttime")
	case q.To-q.From > int64(maxSpan/time.Second):
		return ErrShorter.With("starttime to endtime: at most 31 days")
	case q.Size < 1 || q.Size > maxPage:
		return ErrParameter.With("size: 1 to %d expected", maxPage)
	}
	return nil
}

// listed is an approval in a list.
type listed struct {
	store.Place
	SpNo    string
	Creator string // userid in lower case
}

// Numbers returns a page of the numbers of approvals, in order of time, and where the next page begins; more is
// false on the last one. Approvals of applicants beyond the caller's range are left out, so that a page may be
// shorter (doc 91816).
func (s *Service) Numbers(tx *store.Tx, by access.Caller, q Query) (list []string, next store.Place, more bool, err error) {
	if err := q.valid(); err != nil {
		return nil, next, false, err
	}
	page, err := q.page(tx, by)
	if err != nil {
		return nil, next, false, err
	}
	if more = int64(len(page)) > q.Size; more {
		page = page[:q.Size]
		next = page[q.Size-1].Place
	}
	seen := map[string]int64{}
	if !by.SeesAll() {
		var who []string
		for _, l := range page {
			who = append(who, l.Creator)
		}
		if seen, err = s.deps.Directory.VisibleMembers(tx, by, who); err != nil {
			return nil, next, false, err
		}
	}
	for _, l := range page {
		if by.SeesAll() || seen[l.Creator] != 0 {
			list = append(list, l.SpNo)
		}
	}
	return list, next, more, nil
}

// page returns a page and one more, in order. Each department is asked for by itself: for several at once a
// database may walk through the whole time span to have them in order.
func (q Query) page(tx *store.Tx, by access.Caller) (page []listed, err error) {
	departments := q.Departments
	if len(departments) == 0 {
		departments = []int64{0}
	}
	for _, dep := range slices.Compact(slices.Sorted(slices.Values(departments))) {
		where, args := q.where(by)
		if dep != 0 {
			where, args = where+` AND department = ?`, append(args, dep)
		}
		if err := tx.Each(`SELECT applied_at, no, sp_no, creator FROM approval_case WHERE `+where+` ORDER BY applied_at, no LIMIT ?`, append(args, q.Size+1), func(rows *store.Rows) error {
			var l listed
			err := rows.Scan(&l.At, &l.No, &l.SpNo, &l.Creator)
			page = append(page, l)
			return err
		}); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(page, func(a, b listed) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.No, b.No)) })
	return page, nil
}

// where returns the condition of a query, but for departments. A page begins at a time, which an index leads
// to, and behind a number within it. The time is one BETWEEN: written as two comparisons, SQLite walks by time whatever
// the filter is, through a million approvals for the few of one applicant.
func (q Query) where(by access.Caller) (string, []any) {
	from := max(q.From, q.After.At)
	parts, args := []string{`corpid = ?`, `applied_at BETWEEN ? AND ?`}, []any{by.CorpID, from, q.To}
	add := func(part string, values ...any) {
		parts, args = append(parts, part), append(args, values...)
	}
	if q.After != (store.Place{}) {
		add(`(applied_at > ? OR no > ?)`, q.After.At, q.After.No)
	}
	if by.Kind == access.ThirdParty {
		add(`app <> 0 AND app = ?`, by.App) // as the index says
	}
	if q.TemplateID != "" {
		add(`template_id = ?`, q.TemplateID)
	}
	if q.Creator != "" {
		add(`creator = ?`, q.Creator.Key())
	}
	if q.Status != 0 {
		add(`status = ?`, int64(q.Status))
	}
	if q.RecordType != 0 {
		add(`record_type <> 0 AND record_type = ?`, q.RecordType) // as the index says
	}
	return strings.Join(parts, ` AND `), args
}

// filter is a condition of a request.
type filter struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// creatorOf lets the wire translate the userid of a filter, whose field holds other things as well.
type creatorOf struct {
	UserID id.UserID `json:"userid"`
}

// filtered adds the filters of a request. Only departments may be several (doc 91816).
func (q *Query) filtered(tx *store.Tx, by access.Caller, filters []filter) error {
	if len(filters) > maxFilters {
		return ErrParameter.With("filters: %d, at most %d", len(filters), maxFilters)
	}
	for i, f := range filters {
		at := "filters[" + strconv.Itoa(i) + "]"
		if f.Key != "department" && slices.ContainsFunc(filters[:i], func(o filter) bool { return o.Key == f.Key }) {
			return ErrParameter.With("%s: %q is there twice; only department may be", at, f.Key)
		}
		n, err := strconv.ParseInt(f.Value, 10, 64)
		if slices.Contains([]string{"department", "sp_status", "record_type"}, f.Key) && err != nil {
			return ErrParameter.With("%s.value: a number expected", at)
		}
		switch f.Key {
		case "template_id":
			q.TemplateID = f.Value
		case "creator":
			who := creatorOf{id.UserID(f.Value)}
			if err := wire.OwnIDs(tx, by, &who); err != nil {
				return err
			}
			q.Creator = who.UserID
		case "department":
			if n <= 0 {
				return ErrParameter.With("%s.value: a department expected", at)
			}
			q.Departments = append(q.Departments, n)
		case "sp_status":
			if q.Status = Status(n); !q.Status.known() {
				return ErrParameter.With("%s.value: %d; %s expected", at, n, statusesText)
			}
		case "record_type":
			if q.RecordType = n; n < 1 || n > 9 {
				return ErrParameter.With("%s.value: %d; 1 to 9 expected", at, n)
			}
		default:
			return ErrParameter.With("%s.key: %q; template_id, creator, department, sp_status or record_type expected", at, f.Key)
		}
		if f.Value == "" {
			return ErrParameter.With("%s.value is missing", at)
		}
	}
	return nil
}
