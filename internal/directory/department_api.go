package directory

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Rows of the permission table (contacts: who may do what) that several
// endpoints share.
var (
	// writers may change members and departments.
	writers = access.Allow{access.ContactSync: access.Edit, access.ThirdPartyContacts: access.All, access.ContactsEdit: access.All}
	// readers may read details within their range; contact sync only from a
	// historical IP (doc 96079).
	readers = access.To(access.InRange, append(access.BuiltIn(), access.SelfBuilt, access.Custom, access.ThirdParty,
		access.CustomerContact, access.ChatArchive, access.Hardware)...).
		And(access.Allow{access.ContactSync: access.Historical, access.ThirdPartyContacts: access.All})
	// lookers may ask about a member whose mobile, e-mail or openid they have.
	lookers = readers.And(access.Allow{access.ContactSync: access.All})
	// idListers may list the ids of all members (doc 96067, 96021).
	idListers = access.Allow{access.ContactSync: access.All, access.ContactsEdit: access.All}
	// idReaders may read the ids of departments.
	idReaders = readers.And(access.Allow{access.ContactSync: access.All, access.ContactsEdit: access.All})
)

func (s *Service) departmentEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/department/create", Doc: 90205, Allow: writers, OK: "created", Handle: wire.Write(s.departmentCreate)},
		{Method: "POST", Path: "/cgi-bin/department/update", Doc: 90206, Allow: writers, OK: "updated", Handle: wire.Write(s.departmentUpdate)},
		{Method: "GET", Path: "/cgi-bin/department/delete", Doc: 90207, Allow: writers, OK: "deleted", Handle: wire.Write(s.departmentDelete)},
		{Method: "GET", Path: "/cgi-bin/department/list", Doc: 90208, Allow: readers, Handle: wire.Read(s.departmentList)},
		{Method: "GET", Path: "/cgi-bin/department/simplelist", Doc: 95350, Allow: idReaders, Handle: wire.Read(s.departmentSimplelist)},
		{Method: "GET", Path: "/cgi-bin/department/get", Doc: 95351, Allow: readers, Handle: wire.Read(s.departmentGet)},
	}
}

type departmentCreateRequest struct {
	ID       int64  `json:"id"`
	ParentID *int64 `json:"parentid"`
	Name     string `json:"name"`
	NameEN   string `json:"name_en"`
	Order    *int64 `json:"order"`
}

type departmentCreateResponse struct {
	ID int64 `json:"id"`
}

func (s *Service) departmentCreate(ctx context.Context, tx *store.Tx, by access.Caller, req departmentCreateRequest) (departmentCreateResponse, error) {
	d := NewDepartment{ID: req.ID, Name: req.Name, NameEN: req.NameEN, Order: req.Order}
	if req.ParentID != nil {
		d.ParentID = *req.ParentID
	}
	dep, err := s.CreateDepartment(ctx, tx, by, d)
	return departmentCreateResponse{dep}, err
}

type departmentUpdateRequest struct {
	ID       *int64  `json:"id"`
	ParentID *int64  `json:"parentid"`
	Name     *string `json:"name"`
	NameEN   *string `json:"name_en"`
	Order    *int64  `json:"order"`
}

func (s *Service) departmentUpdate(ctx context.Context, tx *store.Tx, by access.Caller, req departmentUpdateRequest) (wire.None, error) {
	if req.ID == nil {
		return wire.None{}, wire.ErrParameter.With("id is missing")
	}
	parent := req.ParentID
	if *req.ID != access.Root { // only this is refused for the root (60124), as far as captures show
		parent = unlessZero(parent)
	}
	return wire.None{}, s.UpdateDepartment(ctx, tx, by, DepartmentUpdate{
		ID: *req.ID, ParentID: parent, Name: req.Name, NameEN: unlessZero(req.NameEN), Order: req.Order,
	})
}

// unlessZero drops a zero, which Go clients send for a field that they have not set.
func unlessZero[T comparable](p *T) *T {
	var zero T
	if p != nil && *p == zero {
		return nil
	}
	return p
}

type departmentIDRequest struct {
	ID *int64 `json:"id"`
}

func (r departmentIDRequest) required() (int64, error) {
	if r.ID == nil {
		return 0, wire.ErrParameter.With("id is missing")
	}
	return *r.ID, nil
}

func (r departmentIDRequest) optional() int64 {
	if r.ID == nil {
		return 0
	}
	return *r.ID
}

func (s *Service) departmentDelete(ctx context.Context, tx *store.Tx, by access.Caller, req departmentIDRequest) (wire.None, error) {
	dep, err := req.required()
	if err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.DeleteDepartment(ctx, tx, by, dep)
}

type departmentDetail struct {
	ID       int64       `json:"id"`
	Name     *string     `json:"name"`
	NameEN   *string     `json:"name_en"`
	Leaders  []id.UserID `json:"department_leader"`
	ParentID int64       `json:"parentid"`
	Order    int64       `json:"order"`
}

type departmentListResponse struct {
	Departments []departmentDetail `json:"department"`
}

func (s *Service) departmentList(ctx context.Context, tx *store.Tx, by access.Caller, req departmentIDRequest) (departmentListResponse, error) {
	list, err := s.Departments(ctx, tx, by, req.optional())
	resp := departmentListResponse{make([]departmentDetail, len(list))}
	v := listView(by)
	for i, d := range list {
		resp.Departments[i] = v.detail(d)
	}
	return resp, err
}

type departmentID struct {
	ID       int64 `json:"id"`
	ParentID int64 `json:"parentid"`
	Order    int64 `json:"order"`
}

// departmentSimplelistResponse has a list of objects under a name that suggests one id. The name is the
// platform's.
type departmentSimplelistResponse struct {
	Departments []departmentID `json:"department_id"`
}

func (s *Service) departmentSimplelist(ctx context.Context, tx *store.Tx, by access.Caller, req departmentIDRequest) (departmentSimplelistResponse, error) {
	list, err := s.DepartmentIDs(ctx, tx, throughTree(by), req.optional())
	resp := departmentSimplelistResponse{make([]departmentID, len(list))}
	for i, d := range list {
		resp.Departments[i] = departmentID{d.ID, d.ParentID, d.Order}
	}
	return resp, err
}

type departmentGetResponse struct {
	Department departmentDetail `json:"department"`
}

func (s *Service) departmentGet(ctx context.Context, tx *store.Tx, by access.Caller, req departmentIDRequest) (departmentGetResponse, error) {
	dep, err := req.required()
	if err != nil {
		return departmentGetResponse{}, err
	}
	d, err := s.Department(ctx, tx, by, dep)
	return departmentGetResponse{getView(by).detail(d)}, err
}

// Writers and Readers are the rows of the permission table for changing the directory and for reading its
// details. Imports and exports use them too.
func Writers() access.Allow { return writers.And(nil) }

// Readers is described with Writers.
func Readers() access.Allow { return readers.And(nil) }
