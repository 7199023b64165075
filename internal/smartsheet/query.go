package smartsheet

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"

	"qiwei/internal/store"
)

// query is a question for records.
type query struct {
	s      *Service
	sheet  Sheet
	fields []Field
	ids    []string
	filter *filterSpec
	sort   []sortInfo
	only   *rowRule // which records the member may see; nil for all
}

// query makes the question of a request: by what it says itself, or else by its view. What the view asks of fields that
// the caller does not see is left out: which records it finds, and in what order, would tell what is in them.
func (s *Service) query(tx *store.Tx, sh Sheet, fields, seen []Field, req getRecordsRequest) (q query, err error) {
	q = query{s: s, sheet: sh, fields: fields, ids: req.Records, filter: req.Filter}
	if req.Filter != nil && len(req.Sort) > 0 {
		return q, errParameter.With("filter_spec, sort: one of the two expected (doc 99915)")
	}
	for i, o := range req.Sort {
		at := slices.IndexFunc(fields, func(f Field) bool { return f.Title == o.Title })
		if at < 0 {
			return q, errParameter.With("sort[%d].field_title: there is no field %q", i, o.Title)
		}
		q.sort = append(q.sort, sortInfo{fields[at].ID, o.Desc})
	}
	if req.ViewID != "" {
		v, err := viewOf(tx, sh, req.ViewID)
		if err != nil {
			return q, err
		}
		v.keep(fields, seen)
		if q.filter == nil {
			q.filter = v.Property.Filter
		}
		if len(q.sort) == 0 && v.Property.Sort != nil {
			q.sort = v.Property.Sort.Infos
		}
	}
	if q.filter != nil {
		f := *q.filter
		f.Conditions = slices.Clone(f.Conditions)
		q.filter = &f
		err = q.filter.valid(fields)
	}
	return q, err
}

// records returns a page of the records, and how many there are in all.
func (q query) records(tx *store.Tx, offset, limit int64) ([]Record, int64, error) {
	if q.filter == nil && len(q.sort) == 0 && q.only == nil {
		if len(q.ids) == 0 {
			list, err := selectRecords(tx, `sheet = ? ORDER BY no LIMIT ? OFFSET ?`, q.sheet.No, limit, offset)
			return list, q.sheet.Records, err
		}
		there, err := recordsByID(tx, q.sheet, q.ids)
		var list []Record
		for _, r := range there {
			list = append(list, *r)
		}
		slices.SortFunc(list, func(a, b Record) int { return int(a.No - b.No) })
		total := int64(len(list))
		return list[min(offset, total):min(offset+limit, total)], total, err
	}
	rows, total, err := q.order(tx, int(offset+limit))
	if err != nil {
		return nil, 0, err
	}
	rows = rows[min(offset, int64(len(rows))):min(offset+limit, int64(len(rows)))]
	list, err := recordsNumbered(tx, q.sheet, rows)
	return list, total, err
}

// order returns the numbers of the first records that are asked for, in order, and how many there are in all.
func (q query) order(tx *store.Tx, most int) ([]int64, int64, error) {
	read := map[string]column{}
	var numbers []int64
	at := func(fieldID string) (c column, err error) {
		if c, ok := read[fieldID]; ok {
			return c, nil
		}
		f := creatorField
		if i := slices.IndexFunc(q.fields, func(f Field) bool { return f.ID == fieldID }); i >= 0 {
			f = q.fields[i]
		}
		c, numbers, err = q.s.columnOf(tx, q.sheet, f)
		read[fieldID] = c
		return c, err
	}
	keep, err := q.kept(tx, at)
	if err != nil {
		return nil, 0, err
	}
	if keep == nil { // all of them
		if _, err := at(q.fields[0].ID); err != nil {
			return nil, 0, err
		}
		for i := range numbers {
			keep = append(keep, i)
		}
	}
	if keep, err = q.own(keep, at); err != nil {
		return nil, 0, err
	}
	var by []column
	for _, o := range q.sort {
		c, err := at(o.FieldID)
		if err != nil {
			return nil, 0, err
		}
		by = append(by, c)
	}
	if len(q.ids) > 0 {
		if keep, err = q.named(tx, keep, numbers); err != nil {
			return nil, 0, err
		}
	}
	total := int64(len(keep))
	keep = first(keep, most, func(a, b int) int {
		for i := range q.sort {
			if n := by[i][a].compare(&by[i][b]); n != 0 {
				if q.sort[i].Desc {
					return -n
				}
				return n
			}
		}
		return 0
	})
	out := make([]int64, 0, len(keep))
	for _, i := range keep {
		out = append(out, numbers[i])
	}
	return out, total, nil
}

// named returns those of the places whose records the question names.
func (q query) named(tx *store.Tx, keep []int, numbers []int64) ([]int, error) {
	there, err := recordsByID(tx, q.sheet, q.ids)
	wanted := map[int64]bool{}
	for _, r := range there {
		wanted[r.No] = true
	}
	return slices.DeleteFunc(keep, func(i int) bool { return !wanted[numbers[i]] }), err
}

// first returns the first so many of the places in order; among equals in the order of the places. Of a large sheet only
// what is asked for is put in order: the places that come first are kept in a heap, with the last of them on top.
func first(places []int, most int, compare func(a, b int) int) []int {
	compared := func(a, b int) int { return cmp.Or(compare(a, b), a-b) }
	if most >= len(places)/2 {
		slices.SortFunc(places, compared)
		return places
	}
	h := last{slices.Clone(places[:most]), compared}
	heap.Init(&h)
	for _, i := range places[most:] {
		if most > 0 && compared(i, h.places[0]) < 0 {
			h.places[0] = i
			heap.Fix(&h, 0)
		}
	}
	slices.SortFunc(h.places, compared)
	return h.places
}

// last is a heap of places with the last one in order on top.
type last struct {
	places  []int
	compare func(a, b int) int
}

func (h *last) Len() int           { return len(h.places) }
func (h *last) Less(a, b int) bool { return h.compare(h.places[a], h.places[b]) > 0 }
func (h *last) Swap(a, b int)      { h.places[a], h.places[b] = h.places[b], h.places[a] }
func (h *last) Push(any)           {} // it never grows
func (h *last) Pop() any           { return nil }

// kept returns the places of the records that the filter finds; nil if there is no filter.
func (q query) kept(tx *store.Tx, at func(fieldID string) (column, error)) ([]int, error) {
	if q.filter == nil || len(q.filter.Conditions) == 0 {
		return nil, nil
	}
	var tests []func(int) bool
	size := 0
	for _, c := range q.filter.Conditions {
		col, err := at(c.FieldID)
		if err != nil {
			return nil, err
		}
		test := c.test(tx.Now())
		tests, size = append(tests, func(i int) bool { return test(col[i]) }), len(col)
	}
	all := q.filter.Conjunction == "CONJUNCTION_AND"
	keep := []int{}
	for i := range size {
		if all != slices.ContainsFunc(tests, func(t func(int) bool) bool { return t(i) != all }) {
			keep = append(keep, i)
		}
	}
	return keep, nil
}

// own returns those of the places whose records the member may see.
func (q query) own(keep []int, at func(fieldID string) (column, error)) (out []int, err error) {
	if q.only == nil {
		return keep, nil
	}
	for _, i := range keep {
		own, err := q.only.holds(func(f Field) (measure, error) {
			c, err := at(f.ID)
			if err != nil {
				return measure{}, err
			}
			return c[i], nil
		})
		if err != nil {
			return nil, err
		}
		if own {
			out = append(out, i)
		}
	}
	return out, nil
}

// compare puts empty cells first.
func (c *measure) compare(d *measure) int {
	switch {
	case c.empty != d.empty:
		if c.empty {
			return -1
		}
		return 1
	case c.number != d.number:
		if c.number < d.number {
			return -1
		}
		return 1
	}
	return strings.Compare(c.text, d.text)
}

// recordsNumbered returns records by our numbers, in the order of the numbers given.
func recordsNumbered(tx *store.Tx, sh Sheet, numbers []int64) ([]Record, error) {
	there := map[int64]Record{}
	for some := range slices.Chunk(numbers, manyArgs) {
		list, err := selectRecords(tx, `sheet = ? AND no IN (`+store.Marks(len(some))+`)`, store.Args([]any{sh.No}, some)...)
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			there[r.No] = r
		}
	}
	out := make([]Record, 0, len(numbers))
	for _, no := range numbers {
		out = append(out, there[no])
	}
	return out, nil
}
