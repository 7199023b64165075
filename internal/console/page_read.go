package console

import (
	"errors"
	"maps"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// What the pages of customers read alike: where a list goes on, days, and people by name.

// china is where days begin, as in all statistics.
var china = time.FixedZone("China", 8*60*60)

// before reads where a list goes on, and how many lines are asked for.
func (v *visit) before() (before, limit int64, err error) {
	if before, err = v.number("before"); err != nil {
		return 0, 0, err
	}
	if limit, err = v.number("limit"); err != nil {
		return 0, 0, err
	}
	if limit <= 0 {
		limit = 50
	}
	return before, min(limit, 200), nil
}

// dayForm is how the pages write a day.
const dayForm = "2006-01-02"

// day reads a day of the query, zero if it is missing.
func (v *visit) day(name string) (time.Time, error) {
	text := v.query(name)
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.ParseInLocation(dayForm, text, china)
	if err != nil {
		err = badRequest{errors.New(name + ": a day such as 2026-01-31 expected")}
	}
	return at, err
}

// numbered returns members by their numbers. Those who have left are not among them.
func (v *visit) numbered(tx *store.Tx, numbers []int64) (map[int64]person, error) {
	users, err := v.s.deps.Directory.NumberedMembers(tx, v.corpID, numbers)
	if err != nil {
		return nil, err
	}
	names, err := v.s.deps.Directory.Names(tx, v.corpID, slices.Collect(maps.Keys(users)))
	out := map[int64]person{}
	for no, u := range users {
		out[no] = person{UserID: string(u), Name: names[no]}
	}
	return out, err
}

// called returns members by their userids. One who is not there has the userid for a name.
func (v *visit) called(tx *store.Tx, users []id.UserID) (map[id.UserID]person, error) {
	known, err := v.s.deps.Directory.MemberNumbers(tx, v.corpID, id.Texts(users))
	if err != nil {
		return nil, err
	}
	names, err := v.s.deps.Directory.Names(tx, v.corpID, slices.Collect(maps.Values(known)))
	out := map[id.UserID]person{}
	for _, u := range users {
		out[u] = person{UserID: string(u), Name: string(u)}
		if name := names[known[string(u)]]; name != "" {
			out[u] = person{UserID: string(u), Name: name}
		}
	}
	return out, err
}

// people returns members in the order of their userids.
func (v *visit) people(tx *store.Tx, users []id.UserID) ([]person, error) {
	known, err := v.called(tx, users)
	out := []person{}
	for _, u := range users {
		out = append(out, known[u])
	}
	return out, err
}

// appNames returns the names of the corp's applications by our numbers.
func (v *visit) appNames(tx *store.Tx) (map[int64]string, error) {
	apps, err := v.s.deps.Apps.Apps(tx, v.corpID)
	names := map[int64]string{}
	for _, a := range apps {
		names[a.No] = a.Name
	}
	return names, err
}

// rangeThere is rangeOf without those who are not there any more.
func (v *visit) rangeThere(tx *store.Tx, r access.Range) (rangeDetail, error) {
	there := access.Range{Departments: r.Departments, Tags: r.Tags}
	for _, u := range r.Members {
		exists, err := v.s.deps.Directory.Exists(tx, v.corpID, u)
		if err != nil {
			return rangeDetail{}, err
		}
		if exists {
			there.Members = append(there.Members, u)
		}
	}
	return v.rangeOf(tx, there)
}
