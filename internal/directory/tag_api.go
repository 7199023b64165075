package directory

import (
	"context"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// tagEndpoints are open to every kind but the contacts-edit grant. A rule of the tag (Tag.mayChange) says
// what contact sync and third-party contacts applications may change beyond their own tags. The rights of
// customer contact and of built-in applications are unverified: the pages exclude no kind of caller.
func (s *Service) tagEndpoints() []wire.Endpoint {
	owners, openers, listers := taggers(access.Own), TagReaders(), taggers(access.All)
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/tag/create", Doc: 90210, Allow: owners, OK: "created", Handle: wire.Write(s.tagCreate)},
		{Method: "POST", Path: "/cgi-bin/tag/update", Doc: 90211, Allow: owners, OK: "updated", Handle: wire.Write(s.tagUpdate)},
		{Method: "GET", Path: "/cgi-bin/tag/delete", Doc: 90212, Allow: owners, OK: "deleted", Handle: wire.Write(s.tagDelete)},
		{Method: "GET", Path: "/cgi-bin/tag/get", Doc: 90213, Allow: openers, Handle: wire.Read(s.tagGet)},
		{Method: "POST", Path: "/cgi-bin/tag/addtagusers", Doc: 90214, Allow: owners, Handle: wire.Write(s.tagAddtagusers)},
		{Method: "POST", Path: "/cgi-bin/tag/deltagusers", Doc: 90215, Allow: owners, OK: "deleted", Handle: wire.Write(s.tagDeltagusers)},
		{Method: "GET", Path: "/cgi-bin/tag/list", Doc: 90216, Allow: listers, Handle: wire.Read(s.tagList)},
	}
}

// TagReaders is the row of the permission table for reading a tag's content.
func TagReaders() access.Allow { return taggers(access.InRange) }

// taggers returns a row in which ordinary applications have the level.
func taggers(plain access.Level) access.Allow {
	return access.To(plain, append(access.BuiltIn(), access.SelfBuilt, access.Custom, access.CustomerContact, access.ChatArchive, access.Hardware)...).
		And(access.Allow{access.ThirdParty: access.Own, access.ContactSync: access.All, access.ThirdPartyContacts: access.All})
}

// tagIDRequest is the part of a request that names a tag. Clients send the id as a number or a string.
type tagIDRequest struct {
	wire.Body
	TagID *int64 `json:"tagid"`
}

func (r tagIDRequest) tag() (int64, error) {
	switch {
	case r.Wrong("tagid"):
		return 0, ErrTagInvalid.With("tagid: a number expected")
	case r.TagID == nil:
		return 0, ErrTagIDMissing
	}
	return *r.TagID, nil
}

// tagNameRequest is the body of tag/create and tag/update.
type tagNameRequest struct {
	tagIDRequest
	Name *string `json:"tagname"`
}

func (r tagNameRequest) name() (string, error) {
	if r.Name == nil {
		return "", ErrTagNameMissing
	}
	return *r.Name, nil
}

type tagCreateResponse struct {
	TagID int64 `json:"tagid"`
}

// tagCreate treats a tagid of 0 as missing, because some clients send zeros instead of leaving a field out.
// So 0, which the page allows as an id ("非负"), cannot be used.
func (s *Service) tagCreate(ctx context.Context, tx *store.Tx, by access.Caller, req tagNameRequest) (tagCreateResponse, error) {
	if req.Wrong("tagid") {
		return tagCreateResponse{}, ErrTagInvalid.With("tagid: a number expected")
	}
	name, err := req.name()
	if err != nil {
		return tagCreateResponse{}, err
	}
	tag, err := s.CreateTag(ctx, tx, by, value(req.TagID), name)
	return tagCreateResponse{tag}, err
}

func (s *Service) tagUpdate(ctx context.Context, tx *store.Tx, by access.Caller, req tagNameRequest) (wire.None, error) {
	tag, err := req.tag()
	if err != nil {
		return wire.None{}, err
	}
	name, err := req.name()
	if err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.UpdateTag(ctx, tx, by, tag, name)
}

func (s *Service) tagDelete(ctx context.Context, tx *store.Tx, by access.Caller, req tagIDRequest) (wire.None, error) {
	tag, err := req.tag()
	if err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.DeleteTag(ctx, tx, by, tag)
}

type tagUser struct {
	UserID id.UserID `json:"userid"`
	Name   *string   `json:"name"`
}

type tagGetResponse struct {
	Name    string    `json:"tagname"`
	Users   []tagUser `json:"userlist"`
	Parties []int64   `json:"partylist"`
}

func (s *Service) tagGet(ctx context.Context, tx *store.Tx, by access.Caller, req tagIDRequest) (resp tagGetResponse, err error) {
	tag, err := req.tag()
	if err != nil {
		return resp, err
	}
	c, err := s.Tag(ctx, tx, by, tag)
	named := newView(by).namesTagged()
	resp = tagGetResponse{Name: c.Name, Users: make([]tagUser, len(c.Members)), Parties: c.Departments}
	for i, m := range c.Members {
		resp.Users[i].UserID = m.UserID
		if named {
			resp.Users[i].Name = &c.Members[i].Name
		}
	}
	return resp, err
}

// tagNodesRequest is the body of addtagusers and deltagusers.
type tagNodesRequest struct {
	tagIDRequest
	Users   []id.UserID `json:"userlist"`
	Parties []int64     `json:"partylist"`
}

func (r tagNodesRequest) nodes() (TagNodes, error) {
	switch {
	case r.Wrong("userlist"):
		return TagNodes{}, ErrTagNodes.With(`userlist: a list such as ["zhangsan","lisi"] expected`)
	case r.Wrong("partylist"):
		return TagNodes{}, ErrTagNodes.With("partylist: a list such as [2,4] expected")
	}
	users := slices.DeleteFunc(r.Users, func(u id.UserID) bool { return u == "" })
	return TagNodes{id.Texts(users), r.Parties}, nil
}

// tagNodesResponse lists bad members in one string and bad departments as numbers, as the platform does.
type tagNodesResponse struct {
	BadUsers   id.Users `json:"invalidlist,omitempty"`
	BadParties []int64  `json:"invalidparty,omitempty"`
}

func (s *Service) tagAddtagusers(ctx context.Context, tx *store.Tx, by access.Caller, req tagNodesRequest) (tagNodesResponse, error) {
	return changeTagNodes(ctx, tx, by, req, s.AddToTag)
}

func (s *Service) tagDeltagusers(ctx context.Context, tx *store.Tx, by access.Caller, req tagNodesRequest) (tagNodesResponse, error) {
	return changeTagNodes(ctx, tx, by, req, s.RemoveFromTag)
}

func changeTagNodes(ctx context.Context, tx *store.Tx, by access.Caller, req tagNodesRequest,
	change func(context.Context, *store.Tx, access.Caller, int64, TagNodes) (TagNodes, error)) (tagNodesResponse, error) {
	tag, err := req.tag()
	if err != nil {
		return tagNodesResponse{}, err
	}
	nodes, err := req.nodes()
	if err != nil {
		return tagNodesResponse{}, err
	}
	bad, err := change(ctx, tx, by, tag, nodes)
	return tagNodesResponse{id.Users(strings.Join(bad.Users, "|")), bad.Departments}, err
}

type tagBrief struct {
	TagID int64  `json:"tagid"`
	Name  string `json:"tagname"`
}

type tagListResponse struct {
	Tags []tagBrief `json:"taglist"`
}

func (s *Service) tagList(ctx context.Context, tx *store.Tx, by access.Caller, _ wire.None) (tagListResponse, error) {
	list, err := s.Tags(ctx, tx, by)
	resp := tagListResponse{make([]tagBrief, len(list))}
	for i, t := range list {
		resp.Tags[i] = tagBrief{t.ID, t.Name}
	}
	return resp, err
}
