package access

import (
	"slices"

	"qiwei/internal/id"
)

// Range is a visible range (可见范围): the departments named and everything
// below them, the members named, and all that the tags hold. It is the range of
// permission as well (doc 90665).
type Range struct {
	Departments []int64     `json:"departments,omitempty"`
	Members     []id.UserID `json:"members,omitempty"`
	Tags        []int64     `json:"tags,omitempty"`
}

// Root is the department that holds all others.
const Root = 1

// Everything is the range of the whole corp.
func Everything() Range { return Range{Departments: []int64{Root}} }

// All reports whether the range is the whole corp.
func (r Range) All() bool { return slices.Contains(r.Departments, Root) }

// Empty reports whether nothing is in the range.
func (r Range) Empty() bool {
	return len(r.Departments) == 0 && len(r.Members) == 0 && len(r.Tags) == 0
}
