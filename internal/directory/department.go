package directory

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Limits of departments (doc 90205).
const (
	maxDepth       = 15     // levels, the root being the first
	maxDepartments = 30_000 // in a corp
	maxNodes       = 30_000 // departments and members directly below one
	maxInt32       = 1<<31 - 1
	maxOrder       = 1<<32 - 1

	// firstOrder is the default order of a department's first child. Each later child comes after its
	// siblings. This is not documented; the platform's samples count down from here.
	firstOrder = 100_000_000
)

// Department is a node of the corp's tree.
type Department struct {
	ID       int64
	ParentID int64 // 0 for the root
	Name     string
	NameEN   string // only stored while the corp has several languages switched on
	Order    int64  // larger first
	Leaders  []id.UserID
}

// NewDepartment is what a department is created from.
type NewDepartment struct {
	ID       int64 // 0: the next free one
	ParentID int64
	Name     string
	NameEN   string
	Order    *int64
}

// DepartmentUpdate says what to change; nil leaves a field as it is.
type DepartmentUpdate struct {
	ID       int64
	ParentID *int64
	Name     *string
	NameEN   *string
	Order    *int64
}

// Events of departments (doc 90971).
type (
	DepartmentCreatedEvent struct {
		ID, ParentID, Order int64
		Name                string

		s *Service
	}
	// DepartmentUpdatedEvent names what changed; Name and ParentID are nil if they did not change.
	DepartmentUpdatedEvent struct {
		ID       int64
		Name     *string    `json:",omitempty"`
		ParentID *int64     `json:",omitempty"`
		Before   Department `json:"-"`

		s *Service
	}
	DepartmentDeletedEvent struct {
		ID     int64
		Before Department `json:"-"`
		Tags   []int64    `json:"-"` // that the department was in

		s *Service
	}
)

// Errors of departments. The platform has two generations of codes (60003 and 60123, 60004 and 60124). We
// answer the first, which its help texts describe; which one a call really gives is unverified.
var (
	ErrDepartmentName     = wire.Code(60001, "department invalid length")
	ErrDepartmentChars    = wire.Code(60009, "invalid department name")
	ErrDepartmentNotFound = wire.Code(60003, "department not found")
	ErrPartyInvalid       = wire.Code(60123, "invalid party id")
	ErrParentInvalid      = wire.Code(60124, "invalid parent party id")
	ErrParentNotFound     = wire.Code(60004, "parent department not found")
	ErrHasMembers         = wire.Code(60005, "department contains users")
	ErrHasDepartments     = wire.Code(60006, "department contains sub departments")
	ErrRootDepartment     = wire.Code(60007, "not allow to delete root department")
	ErrDepartmentTaken    = wire.Code(60008, "department existed")
	ErrLoop               = wire.Code(60010, "department cycle")
	ErrTooManyNodes       = wire.Code(81001, "department node out of limit")
	ErrTooDeep            = wire.Code(81002, "department depth out of limit")
)

// validDepartmentName checks a name. The pages forbid a full-width bar, the error table an ASCII one; both
// are refused.
func validDepartmentName(name string) error {
	if n := utf8.RuneCountInString(name); n < 1 || n > 64 || strings.TrimSpace(name) == "" {
		return ErrDepartmentName.With("a name has 1 to 64 characters, this one %d", n)
	}
	if i := strings.IndexAny(name, "\\:*?\"<>|｜"); i >= 0 || strings.IndexFunc(name, unicode.IsControl) >= 0 {
		return ErrDepartmentChars.With(`none of \ : * ? " < > | may be in a name`)
	}
	return nil
}

func validOrder(order *int64) error {
	if order != nil && (*order < 0 || *order > maxOrder) {
		return wire.ErrParameter.With("order %d: 0 to 4294967295 expected", *order)
	}
	return nil
}

// valid checks everything about a new department that can be checked without other departments.
func (d NewDepartment) valid() error {
	if err := validDepartmentName(d.Name); err != nil {
		return err
	}
	if d.NameEN != "" {
		if err := validDepartmentName(d.NameEN); err != nil {
			return err
		}
	}
	if d.ID != 0 && (d.ID < 2 || d.ID > maxInt32) {
		return wire.ErrParameter.With("id %d: 2 to 2147483647 expected", d.ID)
	}
	return validOrder(d.Order)
}

// CreateDepartment adds a department and returns its id. It answers
// ErrParentNotFound, ErrDepartmentTaken, ErrTooDeep, ErrTooManyNodes and the
// errors of names; on any error nothing has changed. Doc 90205.
func (s *Service) CreateDepartment(ctx context.Context, tx *store.Tx, by access.Caller, d NewDepartment) (id int64, err error) {
	if err := d.valid(); err != nil {
		return 0, err
	}
	if err := lockTree(tx, by.CorpID); err != nil {
		return 0, err
	}
	if err := checkParent(tx, by.CorpID, d.ParentID); err != nil {
		return 0, err
	}
	dep := Department{ID: d.ID, ParentID: d.ParentID, Name: d.Name}
	if dep.NameEN, err = s.nameEN(tx, by.CorpID, d.NameEN); err != nil {
		return 0, err
	}
	if err := checkSiblings(tx, by.CorpID, dep); err != nil {
		return 0, err
	}
	if err := countDepartments(tx, by.CorpID, 1); err != nil {
		return 0, err
	}
	if err := countNodes(tx, by.CorpID, map[int64]int64{dep.ParentID: 1}); err != nil {
		return 0, err
	}
	if dep.Order, err = orderOrNext(tx, by.CorpID, dep.ParentID, d.Order); err != nil {
		return 0, err
	}
	if dep.ID, err = insertDepartment(tx, by.CorpID, dep); err != nil {
		return 0, err
	}
	return dep.ID, s.DepartmentCreated.Record(ctx, tx, by, DepartmentCreatedEvent{ID: dep.ID, ParentID: dep.ParentID, Order: dep.Order, Name: dep.Name, s: s})
}

// checkParent reports whether a new department may hang below the parent.
func checkParent(tx *store.Tx, corpID string, parent int64) error {
	depth, err := departmentDepth(tx, corpID, parent)
	switch {
	case err != nil:
		return err
	case depth == 0:
		return ErrParentNotFound.With("parentid %d", parent)
	case depth >= maxDepth:
		return ErrTooDeep.With("a tree has at most %d levels", maxDepth)
	}
	return nil
}

// nameEN returns the English name, or nothing if the corp has not switched several languages on: the name
// then has no effect (doc 90205).
func (s *Service) nameEN(tx *store.Tx, corpID, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	c, err := s.deps.Corps.Corp(tx, corpID)
	if err != nil || !c.MultiLanguage {
		return "", err
	}
	return name, nil
}

// CreateRoot gives a new corp its root department, named like the corp.
func (s *Service) CreateRoot(tx *store.Tx, corpID, name string) error {
	if _, err := tx.Exec(`INSERT INTO directory_size (corpid, departments) VALUES (?, 1)`, corpID); err != nil {
		return err
	}
	_, err := insertDepartment(tx, corpID, Department{ID: access.Root, Name: name, Order: firstOrder})
	return err
}

// UpdateDepartment changes a department. Moving it below itself is ErrLoop.
// Doc 90206.
func (s *Service) UpdateDepartment(ctx context.Context, tx *store.Tx, by access.Caller, u DepartmentUpdate) error {
	if err := validOrder(u.Order); err != nil {
		return err
	}
	if u.ID == access.Root && u.ParentID != nil && *u.ParentID == 0 { // as captures show; null leaves the parent as it is
		return ErrParentInvalid
	}
	if err := lockTree(tx, by.CorpID); err != nil {
		return err
	}
	old, found, err := selectDepartment(tx, by.CorpID, u.ID)
	if err != nil {
		return err
	}
	if !found {
		return ErrDepartmentNotFound.With("id %d", u.ID)
	}
	dep, err := s.applyDepartment(tx, by.CorpID, u, old)
	if err != nil || (dep.Name == old.Name && dep.NameEN == old.NameEN && dep.Order == old.Order && dep.ParentID == old.ParentID) {
		return err
	}
	if dep.ParentID != old.ParentID {
		if err := moveDepartment(tx, by.CorpID, u.ID, old.ParentID, dep.ParentID); err != nil {
			return err
		}
	}
	if err := checkSiblings(tx, by.CorpID, dep); err != nil {
		return err
	}
	if err := updateDepartment(tx, by.CorpID, dep); err != nil {
		return err
	}
	changed := DepartmentUpdatedEvent{ID: u.ID, Before: old, s: s}
	if dep.Name != old.Name {
		changed.Name = &dep.Name
	}
	if dep.ParentID != old.ParentID {
		changed.ParentID = &dep.ParentID
	}
	return s.DepartmentUpdated.Record(ctx, tx, by, changed)
}

// applyDepartment returns the department with the update applied.
func (s *Service) applyDepartment(tx *store.Tx, corpID string, u DepartmentUpdate, old Department) (dep Department, err error) {
	dep = old
	set(&dep.Name, u.Name)
	set(&dep.Order, u.Order)
	set(&dep.ParentID, u.ParentID)
	if dep.Name != old.Name {
		if err := validDepartmentName(dep.Name); err != nil {
			return dep, err
		}
	}
	if u.NameEN == nil {
		return dep, nil
	}
	if *u.NameEN != "" {
		if err := validDepartmentName(*u.NameEN); err != nil {
			return dep, err
		}
	}
	dep.NameEN, err = s.nameEN(tx, corpID, *u.NameEN)
	return dep, err
}

// moveDepartment checks that the department may hang below its new parent, and updates the counts.
func moveDepartment(tx *store.Tx, corpID string, dep, from, to int64) error {
	if dep == access.Root {
		return ErrLoop.With("the root department cannot be moved")
	}
	line, err := ancestors(tx, corpID, to)
	if err != nil {
		return err
	}
	if len(line) == 0 {
		return ErrParentNotFound.With("parentid %d", to)
	}
	for _, a := range line {
		if a == dep {
			return ErrLoop.With("department %d is %d itself or below it", to, dep)
		}
	}
	height, err := departmentHeight(tx, corpID, dep)
	if err != nil {
		return err
	}
	if len(line)+height > maxDepth {
		return ErrTooDeep.With("a tree has at most %d levels", maxDepth)
	}
	return countNodes(tx, corpID, map[int64]int64{from: -1, to: 1})
}

// DeleteDepartment removes an empty department. Doc 90207.
func (s *Service) DeleteDepartment(ctx context.Context, tx *store.Tx, by access.Caller, dep int64) error {
	if err := lockTree(tx, by.CorpID); err != nil {
		return err
	}
	old, found, err := selectDepartment(tx, by.CorpID, dep)
	switch {
	case err != nil:
		return err
	case !found:
		return ErrDepartmentNotFound.With("id %d", dep)
	case dep == access.Root:
		return ErrRootDepartment
	}
	// Counting first makes transactions that move a member in or out wait.
	if err := countNodes(tx, by.CorpID, map[int64]int64{dep: 0, old.ParentID: -1}); err != nil {
		return err
	}
	if n, err := tx.Count(`SELECT count(*) FROM department WHERE corpid = ? AND parentid = ?`, by.CorpID, dep); err != nil {
		return err
	} else if n > 0 {
		return ErrHasDepartments.With("%d of them", n)
	}
	if n, err := tx.Count(`SELECT count(*) FROM member_department WHERE corpid = ? AND department = ?`, by.CorpID, dep); err != nil {
		return err
	} else if n > 0 {
		return ErrHasMembers.With("%d of them", n)
	}
	if _, err := tx.Exec(`DELETE FROM department WHERE corpid = ? AND id = ?`, by.CorpID, dep); err != nil {
		return err
	}
	if err := countDepartments(tx, by.CorpID, -1); err != nil {
		return err
	}
	tags, err := s.forgetTaggedDepartment(ctx, tx, by, dep)
	if err != nil {
		return err
	}
	return s.DepartmentDeleted.Record(ctx, tx, by, DepartmentDeletedEvent{dep, old, tags, s})
}

// Department returns one department that the caller may see, with those of its leaders who are in the range.
// If the corp lets the caller see the organisation's structure, it may be any department.
func (s *Service) Department(ctx context.Context, tx *store.Tx, by access.Caller, dep int64) (Department, error) {
	d, found, err := selectDepartment(tx, by.CorpID, dep)
	if err != nil {
		return Department{}, err
	}
	if !found {
		return Department{}, ErrDepartmentNotFound.With("id %d", dep)
	}
	if err := s.requireVisible(tx, throughTree(by), dep); err != nil {
		return Department{}, err
	}
	leaders, err := selectLeaders(tx, by, []int64{dep})
	d.Leaders = leaders[dep]
	return d, err
}

// Departments returns the department and all below it, or all that the caller may see if top is 0, with their
// leaders. Doc 90208.
func (s *Service) Departments(ctx context.Context, tx *store.Tx, by access.Caller, top int64) ([]Department, error) {
	list, err := s.departments(tx, by, top, true)
	if err != nil {
		return nil, err
	}
	leaders, err := selectLeaders(tx, by, nil)
	for i := range list {
		list[i].Leaders = leaders[list[i].ID]
	}
	return list, err
}

// DepartmentIDs is Departments with ids, parents and orders only. Doc 95350.
func (s *Service) DepartmentIDs(ctx context.Context, tx *store.Tx, by access.Caller, top int64) ([]Department, error) {
	return s.departments(tx, by, top, false)
}

func (s *Service) departments(tx *store.Tx, by access.Caller, top int64, named bool) ([]Department, error) {
	if top != 0 {
		if _, found, err := selectDepartment(tx, by.CorpID, top); err != nil {
			return nil, err
		} else if !found {
			return nil, ErrDepartmentNotFound.With("id %d", top)
		}
		if err := s.requireVisible(tx, by, top); err != nil {
			return nil, err
		}
	}
	if by.ByMembers {
		return nil, wire.ErrNoPrivilege.With("members have installed the application each for themselves, and it sees no departments")
	}
	if (top == 0 || top == access.Root) && by.SeesAll() {
		return selectDepartments(tx, by.CorpID, named)
	}
	return selectDepartmentsBelow(tx, by, top, named)
}

// requireVisible answers 60011 if the department is outside the caller's range.
func (s *Service) requireVisible(tx *store.Tx, by access.Caller, dep int64) error {
	if by.SeesAll() {
		return nil
	}
	ok, err := anyBelowRange(tx, by, []int64{dep})
	if err == nil && !ok {
		err = wire.ErrNoPrivilege.With("department %d is outside the visible range", dep)
	}
	return err
}
