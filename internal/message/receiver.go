package message

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of receivers (doc 90313).
var (
	ErrAllInvalid   = wire.Code(81013, "user & party & tag all invalid")
	ErrNoReceiver   = wire.Code(82001, "All touser & toparty & totag invalid")
	ErrUserCount    = wire.Code(40032, "invalid userid list size")
	ErrPartyCount   = wire.Code(82002, "invalid party list size")
	ErrTagCount     = wire.Code(82003, "invalid tag list size")
	errNobodyListed = ErrNoReceiver.With("touser, toparty and totag are empty")
)

// Limits of receivers (doc 90236).
const (
	maxUsers   = 1000
	maxParties = 100
	maxTags    = 100
)

// Recipients are the receivers of a message as the caller named them.
type Recipients struct {
	All     bool // everyone in the caller's range; the rest is ignored
	Users   []string
	Parties []string
	Tags    []string
}

// newRecipients reads the lists of a request, whose elements are joined by "|". Blanks around them are
// ignored, because the official samples have some.
func newRecipients(users, parties, tags string) Recipients {
	r := Recipients{Users: split(users), Parties: split(parties), Tags: split(tags)}
	r.All = len(r.Users) == 1 && r.Users[0] == "@all"
	return r
}

func split(list string) []string {
	var out []string
	for part := range strings.SplitSeq(list, "|") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func (r Recipients) valid() error {
	switch {
	case r.All:
		return nil
	case len(r.Users) == 0 && len(r.Parties) == 0 && len(r.Tags) == 0:
		return errNobodyListed
	case len(r.Users) > maxUsers:
		return ErrUserCount.With("%d in touser, at most %d", len(r.Users), maxUsers)
	case len(r.Parties) > maxParties:
		return ErrPartyCount.With("%d in toparty, at most %d", len(r.Parties), maxParties)
	case len(r.Tags) > maxTags:
		return ErrTagCount.With("%d in totag, at most %d", len(r.Tags), maxTags)
	}
	return nil
}

// Rejected are the recipients that cannot get the message: unknown, or outside the caller's range.
type Rejected struct {
	Users   []string // in lower case
	Parties []string
	Tags    []string
}

// audience is who receives a message. It is stored with the message until every receiver has it.
type audience struct {
	All         bool         `json:"all,omitempty"`
	Members     []int64      `json:"members,omitempty"` // by number, in order
	Departments []int64      `json:"departments,omitempty"`
	Tags        []int64      `json:"tags,omitempty"`
	Within      access.Range `json:"within"` // what All means, and the limit for tags
	// Licensed is the application, if it is one that reaches only members with a licence.
	Licensed int64 `json:"licensed,omitempty"`
}

func (a audience) empty() bool {
	return !a.All && len(a.Members) == 0 && len(a.Departments) == 0 && len(a.Tags) == 0
}

func (a audience) text() string {
	out, err := json.Marshal(a)
	if err != nil {
		panic(err) // only numbers and strings
	}
	return string(out)
}

func parseAudience(text string) (a audience, err error) {
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		return a, fmt.Errorf("audience of a message: %w", err)
	}
	return a, nil
}

// audience resolves the recipients against the caller's range. Departments mean everyone below them. A tag
// outside the range is valid and reaches those of its members who are inside (unverified).
func (s *Service) audience(tx *store.Tx, by access.Caller, r Recipients) (a audience, bad Rejected, err error) {
	a.Within = by.Range
	if r.All {
		a.All = true
		return a, bad, nil
	}
	members, err := s.deps.Directory.Named(tx, by, r.Users)
	if err != nil {
		return a, bad, err
	}
	for _, u := range r.Users {
		m, ok := members[strings.ToLower(u)]
		if ok {
			a.Members = append(a.Members, m.No)
		} else {
			bad.Users = append(bad.Users, strings.ToLower(u))
		}
	}
	slices.Sort(a.Members)
	a.Members = slices.Compact(a.Members)
	if len(r.Parties) > 0 {
		a.Departments, bad.Parties, err = known(r.Parties, func(ids []int64) (map[int64]bool, error) {
			return s.deps.Directory.VisibleDepartments(tx, by, ids)
		})
	}
	if err == nil && len(r.Tags) > 0 {
		a.Tags, bad.Tags, err = known(r.Tags, func(ids []int64) (map[int64]bool, error) {
			return s.deps.Directory.ExistingTags(tx, by.CorpID, ids)
		})
	}
	return a, bad, err
}

// known splits ids into existing ones and the rest.
func known(texts []string, which func([]int64) (map[int64]bool, error)) (good []int64, bad []string, err error) {
	var ids []int64
	for _, t := range texts {
		if n, err := strconv.ParseInt(t, 10, 64); err == nil {
			ids = append(ids, n)
		}
	}
	there, err := which(ids)
	if err != nil {
		return nil, nil, err
	}
	for _, t := range texts {
		n, err := strconv.ParseInt(t, 10, 64)
		switch {
		case err != nil || !there[n]:
			bad = append(bad, t)
		case !slices.Contains(good, n):
			good = append(good, n)
		}
	}
	return good, bad, nil
}

// page returns the members of the audience whose number is above after, in order,
// and the number up to which they are complete: last when there are no more.
func (s *Service) page(tx *store.Tx, corpID string, a audience, after, last int64, limit int) (members []int64, end int64, err error) {
	d, end := s.deps.Directory, last
	add := func(list []int64, err2 error, cut func([]int64) ([]int64, error)) {
		if err != nil || err2 != nil {
			err = firstOf(err, err2)
			return
		}
		if len(list) == limit {
			end = min(end, list[limit-1])
		}
		if cut != nil {
			list, err = cut(list)
		}
		members = append(members, list...)
	}
	if a.All {
		list, err2 := d.Audience(tx, corpID, a.Within, after, last, limit)
		add(list, err2, nil)
	} else {
		for _, m := range a.Members {
			if m > after && m <= last {
				members = append(members, m)
			}
		}
		if len(a.Departments) > 0 {
			list, err2 := d.Audience(tx, corpID, access.Range{Departments: a.Departments}, after, last, limit)
			add(list, err2, nil)
		}
		if len(a.Tags) > 0 {
			list, err2 := d.Audience(tx, corpID, access.Range{Tags: a.Tags}, after, last, limit)
			add(list, err2, func(list []int64) ([]int64, error) { return d.Within(tx, corpID, a.Within, list) })
		}
	}
	slices.Sort(members)
	members = slices.Compact(members)
	members = slices.DeleteFunc(members, func(m int64) bool { return m > end })
	if err == nil && a.Licensed != 0 && len(members) > 0 {
		members, err = s.licensed(tx, a.Licensed, members)
	}
	return members, end, err
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
