package directory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// ErrResponseSize refuses a list that would be too long (45029).
var ErrResponseSize = wire.Code(45029, "response size out of limit")

// maxListed bounds the members of one answer. Larger directories are read by list_id or department by
// department. The platform's bound is not documented.
const maxListed = 50_000

// MemberQuery says which members of a department to list.
type MemberQuery struct {
	Department int64
	Below      bool  // also those of all departments below (fetch_child)
	Status     int64 // bits: 1 active, 2 disabled, 4 inactive; 0 means all
}

// Members returns the members of a department that the caller may see, those with the larger order first, and
// equal ones by creation. Doc 90201.
func (s *Service) Members(ctx context.Context, tx *store.Tx, by access.Caller, q MemberQuery) ([]Member, error) {
	if _, found, err := selectDepartment(tx, by.CorpID, q.Department); err != nil {
		return nil, err
	} else if !found {
		return nil, ErrDepartmentNotFound.With("department_id %d", q.Department)
	}
	if err := s.requireVisible(tx, by, q.Department); err != nil {
		return nil, err
	}
	// A department in the range has all its members in the range, so no condition for the range is needed
	// here.
	status := statusCondition(q.Status)
	limit := ` LIMIT ` + strconv.Itoa(maxListed+1)
	var list []Member
	var err error
	if q.Below {
		with, args := scope(by.CorpID, access.Range{Departments: []int64{q.Department}})
		list, err = s.selectMembers(tx, with, `m.corpid = ? AND m.no IN (SELECT md.member FROM member_department md JOIN scope ON scope.id = md.department WHERE md.corpid = ?)`+
			status+` ORDER BY m.no`+limit, append(args, by.CorpID, by.CorpID)...)
	} else {
		list, err = s.selectMembersOf(tx, by.CorpID, q.Department, status, limit)
	}
	if err == nil && len(list) > maxListed {
		err = ErrResponseSize.With("more than %d members; list the departments one by one", maxListed)
	}
	return list, err
}

func (s *Service) selectMembersOf(tx *store.Tx, corpID string, dep int64, status, limit string) ([]Member, error) {
	return s.queryMembers(tx, `SELECT `+memberText+` FROM member_department seat JOIN member m ON m.no = seat.member
		LEFT JOIN member l ON l.no = m.leader WHERE seat.corpid = ? AND seat.department = ?`+status+` ORDER BY seat.ord DESC, m.no`+limit, corpID, dep)
}

func statusCondition(bits int64) string {
	if bits <= 0 || bits&7 == 7 {
		return ""
	}
	var or []string
	if bits&1 != 0 {
		or = append(or, "(m.enabled = 1 AND m.activated = 1)")
	}
	if bits&2 != 0 {
		or = append(or, "m.enabled = 0")
	}
	if bits&4 != 0 {
		or = append(or, "(m.enabled = 1 AND m.activated = 0)")
	}
	if len(or) == 0 {
		return ""
	}
	return " AND (" + strings.Join(or, " OR ") + ")"
}

// Seat is a pair of a member and one of the member's departments.
type Seat struct {
	UserID     id.UserID
	Department int64
}

// placedIn returns the departments of a member's places (formatPlaces), by number.
func placedIn(text string) (list []int64, err error) {
	for text != "" {
		var place string
		place, text, _ = strings.Cut(text, ",")
		dep, _, _ := strings.Cut(place, ":")
		d, err := strconv.ParseInt(dep, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("places: %w", err)
		}
		list = append(list, d)
	}
	slices.Sort(list)
	return list, nil
}

// maxSeats is the largest page of list_id, and the default (doc 96067).
const maxSeats = 10_000

// Seats returns up to limit pairs of member and department after the cursor, and the cursor for what follows,
// empty at the end. A page may end between the pairs of a member. Doc 96067.
func (s *Service) Seats(ctx context.Context, tx *store.Tx, by access.Caller, cursor string, limit int64) (seats []Seat, next string, err error) {
	if limit < 0 || limit > maxSeats {
		return nil, "", wire.ErrParameter.With("limit %d: 1 to %d expected", limit, maxSeats)
	}
	if limit == 0 {
		limit = maxSeats
	}
	list := wire.Cursor[[2]int64]{Box: s.deps.Box, Path: "/cgi-bin/user/list_id"} // a member and a department
	after, err := list.Open(by, cursor)
	if err != nil {
		return nil, "", err
	}
	var last [2]int64
	more, rows := false, int64(0)
	// A row is one text. Its departments are those that the member's row repeats (see memberText). A row
	// after the limit only shows that there are more.
	err = tx.Each(`SELECT m.no || '`+separator+`' || m.userid || '`+separator+`' || m.places FROM member m
		WHERE m.corpid = ? AND m.no >= ? ORDER BY m.no LIMIT ?`, []any{by.CorpID, after[0], limit + 2}, func(row *store.Rows) error {
		var text string
		if err := row.Scan(&text); err != nil {
			return err
		}
		rows++
		c := columns{rest: text}
		no, user := c.number(), c.text()
		departments, err := placedIn(c.rest)
		if err = errors.Join(c.err, err); err != nil {
			return fmt.Errorf("member %d: %w", no, err)
		}
		if len(departments) == 0 {
			last = [2]int64{no, 0}
		}
		for _, d := range departments {
			switch {
			case no == after[0] && d <= after[1]:
			case int64(len(seats)) == limit:
				more = true
				return nil
			default:
				seats, last = append(seats, Seat{id.UserID(user), d}), [2]int64{no, d}
			}
		}
		return nil
	})
	more = more || rows == limit+2
	if err == nil && more {
		next = list.Next(by, last)
	}
	return seats, next, err
}
