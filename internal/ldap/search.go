package ldap

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Limits of searches.
const (
	maxEntries    = 1000             // of a search without pages, or of one page
	maxSearchTime = 30 * time.Second // for the database; the client's reading time does not count
	batch         = 200              // entries that are read in one transaction
	batchOfGroups = 50               // if their members are requested
)

// query is a search under way, within one transaction.
type query struct {
	s   *Service
	ctx context.Context
	tx  *store.Tx
	reader
	view directory.View
	id   int
	req  searchRequest
	sel  selection

	seen map[int64]bool              // whether the reader sees a department
	in   map[string]map[groupID]bool // the groups of a member, by the member's name
}

// The classes of entries, in the order in which a search goes through them.
const (
	classContainers = iota
	classGroups
	classTags
	classUnits
	classPeople
	classEnd
)

// position is the progress of a search: the class, and the number of the last entry in it.
type position struct {
	Class int
	After int64
}

// search finds what a request asks for and passes it to send bit by bit, up to limit entries. It continues
// from at and sets it to where the next page begins. more says that something is left.
func (s *Service) search(ctx context.Context, who subject, id int, req searchRequest, at *position, limit int, send func([]byte) error) (more bool, err error) {
	if req.timeLimit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, min(time.Duration(req.timeLimit)*time.Second, maxSearchTime))
		defer cancel()
	}
	left := limit
	w := &writer{}
	for at.Class < classEnd {
		w.out = w.out[:0]
		n, full := 0, false
		err := s.deps.Store.Read(ctx, func(tx *store.Tx) error {
			q := s.newQuery(ctx, tx, id, req)
			w.out, n = w.out[:0], 0
			next, err := q.round(w, who, *at, left, &n, &full)
			if err == nil {
				*at = next
			}
			return err
		})
		if err != nil {
			return false, err
		}
		left -= n
		if len(w.out) > 0 {
			if err := send(w.out); err != nil {
				return false, err
			}
		}
		if full {
			return true, nil
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
	}
	return false, nil
}

// round writes the next entries, at most left, counts them in n, and returns its position. full says that
// there is another entry but no room for it.
func (q *query) round(w *writer, who subject, at position, left int, n *int, full *bool) (position, error) {
	var err error
	if q.reader, err = q.s.readerOf(q.tx, who); err != nil {
		return at, err
	}
	q.view = directory.NewView(q.by)
	steps, err := parseDN(q.req.base)
	if err != nil {
		return at, err
	}
	t, err := q.target(steps)
	if err != nil {
		return at, err
	}
	for at.Class < classEnd {
		var last int64
		var some bool
		switch at.Class {
		case classContainers:
			err = q.writeContainers(w, t, left, n, full, &at)
		case classPeople:
			last, some, err = q.writePeople(w, t, at.After, left, n, full)
		default:
			last, some, err = q.writeGroups(w, t, at, left, n, full)
		}
		if last > 0 {
			at.After = last
		}
		if err != nil || *full || some {
			return at, err
		}
		at = position{Class: at.Class + 1}
	}
	return at, nil
}

// reach says which units a search covers, relative to the one at its base.
type reach int

const (
	noUnits reach = iota
	itself
	children
	itselfAndBelow
	below
)

// target is what a search covers, according to its base and scope.
type target struct {
	containers []place
	people     directory.Filter
	groups     bool
	tags       bool
	only       *groupID // for groups and tags: only this one
	units      reach
	unit       []directory.Department // the line of the one at the base
}

// target resolves the base of the search. What the reader may not see does not
// exist.
func (q *query) target(steps []rdn) (t target, err error) {
	missing := refusal{code: noSuchObject, text: "the entry does not exist, or may not be seen", at: q.tree.suffix}
	k := len(steps) - len(q.tree.steps)
	if k < 0 || dnKey(steps[k:]) != dnKey(q.tree.steps) {
		missing.at = ""
		return t, missing
	}
	at := find(steps[:k])
	scope := q.req.scope
	base := scope == scopeBase || scope == scopeSub
	deep := scope == scopeSub || scope == scopeBelow
	if base {
		switch at.place {
		case atSuffix, atPeople, atGroups, atTags:
			t.containers = append(t.containers, at.place)
		}
	}
	switch at.place {
	case atSuffix:
		if scope != scopeBase {
			t.containers = append(t.containers, atPeople, atGroups)
			t.units = itself
		}
		if deep {
			t.containers = append(t.containers, atTags)
			t.people, t.groups, t.tags, t.units = directory.Everyone(), true, true, itselfAndBelow
		}
		if t.units != noUnits {
			t.unit, err = q.s.line(q.tx, q.tree.corpID, access.Root)
		}
		return t, err
	case atPeople:
		if scope != scopeBase {
			t.people = directory.Everyone()
		}
	case atPerson:
		seen, err := q.seesPerson(id.UserID(at.text))
		if err != nil || !seen {
			return t, orError(err, missing)
		}
		if base {
			t.people = directory.Is(directory.KeyUserID, at.text)
		}
	case atGroups:
		if scope != scopeBase {
			t.containers, t.groups = append(t.containers, atTags), true
		}
		t.tags = deep
	case atTags:
		t.tags = scope != scopeBase
	case atGroup, atTag:
		g, found, err := q.groupOf(at)
		if err != nil || !found {
			return t, orError(err, missing)
		}
		t.only = &g
		t.groups, t.tags = base && !g.tag, base && g.tag
	case atDepartments, atUnit:
		line, found, err := q.s.departmentAt(q.tx, q.tree.corpID, at.path)
		if err != nil || !found {
			return t, orError(err, missing)
		}
		t.unit, t.units = line, [...]reach{scopeBase: itself, scopeOne: children, scopeSub: itselfAndBelow, scopeBelow: below}[scope]
	default:
		return t, missing
	}
	return t, nil
}

func orError(err error, or refusal) error {
	if err == nil {
		err = or
	}
	return err
}

// covers reports whether the search covers the unit.
func (t target) covers(line []directory.Department) bool {
	top := t.unit[0].ID
	at := slices.IndexFunc(line, func(d directory.Department) bool { return d.ID == top })
	switch t.units {
	case itself:
		return at == 0
	case children:
		return at == 1
	case itselfAndBelow:
		return at >= 0
	case below:
		return at > 0
	}
	return false
}

// writePeople writes the members after a number, at most some, and says whether more are left.
func (q *query) writePeople(w *writer, t target, after int64, left int, n *int, full *bool) (last int64, some bool, err error) {
	f, err := q.members(q.req.filter, false)
	if err != nil {
		return 0, false, err
	}
	want := min(left+1, batch)
	list, err := q.s.deps.Directory.FindMembers(q.tx, q.by, directory.And(t.people, f), directory.MemberPage{After: after, Limit: want})
	if err != nil {
		return 0, false, err
	}
	for i := range list {
		if *n == left {
			*full = true
			return last, false, nil
		}
		if err := q.person(w, &list[i]); err != nil {
			return last, false, err
		}
		last = list[i].No
		*n++
	}
	return last, len(list) == want, nil
}

// writeGroups writes the groups, tags or units after a number, like writePeople.
func (q *query) writeGroups(w *writer, t target, at position, left int, n *int, full *bool) (last int64, some bool, err error) {
	unit := at.Class == classUnits
	covered := map[int]bool{classGroups: t.groups, classTags: t.tags, classUnits: t.units != noUnits}
	if !covered[at.Class] {
		return 0, false, nil
	}
	c, err := q.few(q.req.filter, false, unit)
	if err != nil || (c != nil && len(c) == 0) {
		return 0, false, err
	}
	switch {
	case unit && t.units == itself:
		c = candidates{groupID{t.unit[0].ID, false}: true}
	case !unit && t.only != nil:
		c = candidates{*t.only: true}
	}
	var list []*group
	if at.Class == classTags {
		list, err = q.tags(c, at.After)
	} else {
		list, err = q.departments(c, at.After, unit)
	}
	if err != nil {
		return 0, false, err
	}
	most := batch
	if q.sel.wants("member") && !unit {
		most = batchOfGroups
	}
	tried := 0
	for _, g := range list {
		if unit && !t.covers(g.line) {
			continue
		}
		if tried++; tried > 50*most || *n > 0 && *n%most == 0 && last > 0 {
			return last, true, nil // another transaction continues
		}
		v, err := holds(q.req.filter, g)
		if err != nil {
			return last, false, err
		}
		if v == isTrue {
			if *n == left {
				*full = true
				return last, false, nil
			}
			if err := g.write(w); err != nil {
				return last, false, err
			}
			*n++
		}
		last = g.id
	}
	return last, false, nil
}

// cookie seals where a search has come to, for the one who asks and the question
// alone.
func (s *Service) cookie(who subject, req searchRequest, at position) string {
	return s.deps.Box.SealCursor(at, searchOf(who, req)...)
}

func (s *Service) openCookie(who subject, req searchRequest, text string) (at position, err error) {
	if err := s.deps.Box.OpenCursor(text, &at, searchOf(who, req)...); err != nil {
		return position{}, refuse(unwilling, "the cookie does not belong to this search")
	}
	return at, nil
}

func searchOf(who subject, req searchRequest) []string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %q", strings.ToLower(req.base), req.scope, fmt.Sprintf("%#v", req.filter)))
	return []string{"ldap", who.dn, hex.EncodeToString(sum[:])}
}
