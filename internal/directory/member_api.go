package directory

import (
	"context"
	"reflect"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) memberEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/user/create", Doc: 90195, Allow: writers, OK: "created", Handle: wire.Write(s.userCreate)},
		{Method: "GET", Path: "/cgi-bin/user/get", Doc: 90196, Allow: readers, Handle: wire.Read(s.userGet)},
		{Method: "POST", Path: "/cgi-bin/user/update", Doc: 90197, Allow: writers, OK: "updated", Handle: wire.Write(s.userUpdate)},
		{Method: "GET", Path: "/cgi-bin/user/delete", Doc: 90198, Allow: writers, OK: "deleted", Handle: wire.Write(s.userDelete)},
		{Method: "POST", Path: "/cgi-bin/user/batchdelete", Doc: 90199, Allow: writers, OK: "deleted", Handle: wire.Write(s.userBatchdelete)},
		{Method: "GET", Path: "/cgi-bin/user/simplelist", Doc: 90200, Allow: readers, Handle: wire.Read(s.userSimplelist)},
		{Method: "GET", Path: "/cgi-bin/user/list", Doc: 90201, Allow: readers, Handle: wire.Read(s.userList)},
		{Method: "POST", Path: "/cgi-bin/user/list_id", Doc: 96067, Allow: idListers, Handle: wire.Read(s.userListID)},
		{Method: "POST", Path: "/cgi-bin/user/getuserid", Doc: 95402, Allow: lookers, Handle: wire.Read(s.userGetuserid)},
		{Method: "POST", Path: "/cgi-bin/user/get_userid_by_email", Doc: 95895, Allow: lookers, Handle: wire.Read(s.userGetUseridByEmail)},
	}
}

// wireText, wireWeb and wireMini are the bodies of an attribute.
type (
	wireText struct {
		Value string `json:"value"`
	}
	wireWeb struct {
		URL   string `json:"url"`
		Title string `json:"title"`
	}
	wireMini struct {
		AppID    string `json:"appid"`
		PagePath string `json:"pagepath"`
		Title    string `json:"title"`
	}
	wireAttribute struct {
		Type  int64     `json:"type"`
		Name  string    `json:"name"`
		Value *string   `json:"value"` // the form before there were types; some clients still send it
		Text  *wireText `json:"text"`
		Web   *wireWeb  `json:"web"`
		Mini  *wireMini `json:"miniprogram"`
	}
	wireExtattr struct {
		Attrs []wireAttribute `json:"attrs"`
	}
	wireChannel struct {
		Nickname string `json:"nickname"`
		Status   *int64 `json:"status"`
	}
	wireExternalProfile struct {
		CorpName *string          `json:"external_corp_name"`
		Attrs    *[]wireAttribute `json:"external_attr"`
		Channel  *wireChannel     `json:"wechat_channels"`
	}
	wireAliases struct {
		Item []string `json:"item"`
	}
)

func (a wireAttribute) attribute() Attribute {
	out := Attribute{Type: a.Type, Name: a.Name}
	switch {
	case a.Type == AttributeWeb && a.Web != nil:
		out.URL, out.Title = a.Web.URL, a.Web.Title
	case a.Type == AttributeMini && a.Mini != nil:
		out.AppID, out.PagePath, out.Title = a.Mini.AppID, a.Mini.PagePath, a.Mini.Title
	case a.Type == AttributeText && a.Text != nil:
		out.Text = a.Text.Value
	case a.Type == AttributeText && a.Value != nil:
		out.Text = *a.Value
	}
	return out
}

func attributesOf(list []wireAttribute) []Attribute {
	out := make([]Attribute, len(list))
	for i, a := range list {
		out[i] = a.attribute()
	}
	return out
}

func newWireExternalProfile(p *ExternalProfile) *wireExternalProfile {
	attrs := newWireAttributes(p.Attributes)
	out := &wireExternalProfile{Attrs: &attrs}
	if p.CorpName != "" {
		out.CorpName = &p.CorpName
	}
	if p.Channel != "" {
		confirmed := int64(0)
		out.Channel = &wireChannel{p.Channel, &confirmed}
	}
	return out
}

func newWireAttributes(list Attributes) []wireAttribute {
	out := make([]wireAttribute, len(list))
	for i, a := range list {
		out[i] = wireAttribute{Type: a.Type, Name: a.Name}
		switch a.Type {
		case AttributeWeb:
			out[i].Web = &wireWeb{a.URL, a.Title}
		case AttributeMini:
			out[i].Mini = &wireMini{a.AppID, a.PagePath, a.Title}
		default:
			out[i].Text = &wireText{a.Text}
		}
	}
	return out
}

// memberRequest is the body of user/create and user/update. An absent field is nil.
type memberRequest struct {
	wire.Body
	Texts
	UserID          id.UserID            `json:"userid"`
	NewUserID       id.UserID            `json:"new_userid"`
	Department      *[]int64             `json:"department"`
	Order           *[]int64             `json:"order"`
	IsLeader        *[]int64             `json:"is_leader_in_dept"`
	MainDepartment  *int64               `json:"main_department"`
	DirectLeader    *[]id.UserID         `json:"direct_leader"`
	Gender          *int64               `json:"gender"`
	BizMailAlias    *wireAliases         `json:"biz_mail_alias"`
	AvatarMediaID   *string              `json:"avatar_mediaid"`
	Enable          *bool                `json:"enable"`
	ToInvite        *bool                `json:"to_invite"`
	Extattr         *wireExtattr         `json:"extattr"`
	ExternalProfile *wireExternalProfile `json:"external_profile"`
	Nickname        *string              `json:"nickname"`
}

// check answers a department list of the wrong type as the platform does.
func (r memberRequest) check() error {
	if r.Wrong("department") {
		return ErrPartyList.With("department: a list of numbers expected")
	}
	if r.ExternalProfile != nil && r.Wrong("external_profile") {
		return ErrExternalProfile.With("external_profile: something in it is of a wrong type")
	}
	return nil
}

// avatar makes a picture from the image that the request names, or returns nil if it names none. An empty
// avatar_mediaid leaves the picture as it is, because clients send it with each update. Whether the platform
// removes the picture is unverified.
func (s *Service) avatar(tx *store.Tx, by access.Caller, req memberRequest) (*string, error) {
	if value(req.AvatarMediaID) == "" {
		return nil, nil
	}
	path, err := s.deps.Media.KeepPicture(tx, by.CorpID, *req.AvatarMediaID, false)
	return &path, err
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func (r memberRequest) external() ExternalUpdate {
	var u ExternalUpdate
	if r.ExternalProfile == nil {
		return u
	}
	u.CorpName = r.ExternalProfile.CorpName
	if r.ExternalProfile.Channel != nil {
		u.Channel = &r.ExternalProfile.Channel.Nickname
	}
	if r.ExternalProfile.Attrs != nil {
		list := attributesOf(*r.ExternalProfile.Attrs)
		u.Attributes = &list
	}
	return u
}

type departmentInfo struct {
	Name string `json:"name"`
	ID   int64  `json:"id"`
}

type createdDepartments struct {
	Info []departmentInfo `json:"department_info"`
}

type userCreateResponse struct {
	Created *createdDepartments `json:"created_department_list"`
}

func (s *Service) userCreate(ctx context.Context, tx *store.Tx, by access.Caller, req memberRequest) (resp userCreateResponse, err error) {
	if err := req.check(); err != nil {
		return resp, err
	}
	m := Member{UserID: req.UserID, Gender: value(req.Gender), MainDepartment: value(req.MainDepartment), Enabled: req.Enable == nil || *req.Enable}
	req.Put(&m)
	if m.Places, err = places(value(req.Department), req.Order, req.IsLeader); err != nil {
		return resp, err
	}
	if m.DirectLeader, err = oneLeader(id.Texts(value(req.DirectLeader))); err != nil {
		return resp, err
	}
	if req.Extattr != nil {
		m.Attributes = attributesOf(req.Extattr.Attrs)
	}
	ext := req.external()
	m.External = ExternalProfile{CorpName: value(ext.CorpName), Channel: value(ext.Channel), Attributes: value(ext.Attributes)}
	if req.Nickname != nil {
		m.External.Channel = *req.Nickname
	}
	avatar, err := s.avatar(tx, by, req)
	if err != nil {
		return resp, err
	}
	m.Avatar = value(avatar)
	_, created, err := s.CreateMember(ctx, tx, by, m, req.ToInvite == nil || *req.ToInvite)
	if len(created) > 0 {
		resp.Created = &createdDepartments{}
		for _, d := range created {
			resp.Created.Info = append(resp.Created.Info, departmentInfo{d.Name, d.ID})
		}
	}
	return resp, err
}

func (s *Service) userUpdate(ctx context.Context, tx *store.Tx, by access.Caller, req memberRequest) (wire.None, error) {
	if err := req.check(); err != nil {
		return wire.None{}, err
	}
	u := MemberUpdate{
		UserID: req.UserID, NewUserID: req.NewUserID, Texts: req.Texts, Gender: req.Gender,
		Departments: req.Department, Orders: req.Order, Leads: req.IsLeader,
		MainDepartment: unlessZero(req.MainDepartment), Enabled: req.Enable, Channel: req.Nickname,
	}
	var err error
	if u.Avatar, err = s.avatar(tx, by, req); err != nil {
		return wire.None{}, err
	}
	if req.DirectLeader != nil {
		leaders := id.Texts(*req.DirectLeader)
		u.DirectLeaders = &leaders
	}
	if req.BizMailAlias != nil {
		u.MailAliases = &req.BizMailAlias.Item
	}
	if req.Extattr != nil {
		list := attributesOf(req.Extattr.Attrs)
		u.Attributes = &list
	}
	if req.ExternalProfile != nil {
		ext := req.external()
		u.External = &ext
	}
	return wire.None{}, s.UpdateMember(ctx, tx, by, u)
}

type useridRequest struct {
	UserID id.UserID `json:"userid"`
}

func (s *Service) userGet(ctx context.Context, tx *store.Tx, by access.Caller, req useridRequest) (memberAnswer, error) {
	one := new(struct { // everything that the answer is made from
		m Member
		shower
		shown
	})
	if err := s.visibleMember(tx, by, req.UserID, &one.m); err != nil {
		return memberAnswer{}, err
	}
	one.shown = shown{shower: &one.shower, m: &one.m}
	return memberAnswer{&one.shown}, s.show(tx, by, &one.shower, &one.m)
}

func (s *Service) userDelete(ctx context.Context, tx *store.Tx, by access.Caller, req useridRequest) (wire.None, error) {
	return wire.None{}, s.DeleteMember(ctx, tx, by, req.UserID)
}

type userBatchdeleteRequest struct {
	Users []id.UserID `json:"useridlist"`
}

func (s *Service) userBatchdelete(ctx context.Context, tx *store.Tx, by access.Caller, req userBatchdeleteRequest) (wire.None, error) {
	return wire.None{}, s.DeleteMembers(ctx, tx, by, id.Texts(req.Users))
}

// userListRequest keeps fetch_child and status, which left the pages but which
// most clients still send.
type userListRequest struct {
	Department *int64 `json:"department_id"`
	FetchChild bool   `json:"fetch_child"`
	Status     int64  `json:"status"`
}

func (r userListRequest) query() (MemberQuery, error) {
	if r.Department == nil {
		return MemberQuery{}, wire.ErrParameter.With("department_id is missing")
	}
	return MemberQuery{Department: *r.Department, Below: r.FetchChild, Status: r.Status}, nil
}

type userListResponse struct {
	Users []memberAnswer `json:"userlist"`
}

func (s *Service) userList(ctx context.Context, tx *store.Tx, by access.Caller, req userListRequest) (resp userListResponse, err error) {
	q, err := req.query()
	if err != nil {
		return resp, err
	}
	list, err := s.Members(ctx, tx, by, q)
	if err == nil {
		resp.Users, err = s.details(tx, by, list, true)
	}
	return resp, err
}

// memberBrief is a member as user/simplelist shows one. The userid replaces a withheld name, as in user/get.
type memberBrief struct{ *shown }

// Members describes what AppendMembers writes.
func (memberBrief) Members() []wire.Member {
	return []wire.Member{
		{Name: "userid", Type: reflect.TypeFor[id.UserID]()}, {Name: "name", Type: reflect.TypeFor[*string]()},
		{Name: "department", Type: reflect.TypeFor[[]int64]()}, {Name: "open_userid", Type: answerOpenUserID.typ},
	}
}

// AppendMembers writes the fields that the caller reads.
func (d memberBrief) AppendMembers(o *wire.Object) {
	answerUserID.write(o, d.shown, 0)
	answerName.write(o, d.shown, rowOf[FieldName])
	answerDepartments.write(o, d.shown, d.departments)
	answerOpenUserID.write(o, d.shown, 0)
}

type userSimplelistResponse struct {
	Users []memberBrief `json:"userlist"`
}

func (s *Service) userSimplelist(ctx context.Context, tx *store.Tx, by access.Caller, req userListRequest) (resp userSimplelistResponse, err error) {
	q, err := req.query()
	if err != nil {
		return resp, err
	}
	list, err := s.Members(ctx, tx, by, q)
	if err == nil {
		resp.Users, err = s.briefs(tx, by, list)
	}
	return resp, err
}

// briefs shows the members in short.
func (s *Service) briefs(tx *store.Tx, by access.Caller, list []Member) ([]memberBrief, error) {
	show, err := s.shower(tx, by, pointers(list)...)
	if err != nil {
		return nil, err
	}
	shows, out := make([]shown, len(list)), make([]memberBrief, len(list))
	for i := range list {
		shows[i] = shown{shower: show, m: &list[i]}
		out[i] = memberBrief{&shows[i]}
	}
	return out, nil
}

type userListIDRequest struct {
	Cursor string `json:"cursor"`
	Limit  int64  `json:"limit"`
}

type deptUser struct {
	UserID     id.UserID `json:"userid"`
	Department int64     `json:"department"`
}

type userListIDResponse struct {
	NextCursor string     `json:"next_cursor"`
	DeptUsers  []deptUser `json:"dept_user"`
}

func (s *Service) userListID(ctx context.Context, tx *store.Tx, by access.Caller, req userListIDRequest) (resp userListIDResponse, err error) {
	seats, next, err := s.Seats(ctx, tx, by, req.Cursor, req.Limit)
	resp.NextCursor = next
	resp.DeptUsers = make([]deptUser, len(seats))
	for i, seat := range seats {
		resp.DeptUsers[i] = deptUser(seat)
	}
	return resp, err
}

type useridResponse struct {
	UserID id.UserID `json:"userid"`
}

type userGetuseridRequest struct {
	Mobile string `json:"mobile"`
}

func (s *Service) userGetuserid(ctx context.Context, tx *store.Tx, by access.Caller, req userGetuseridRequest) (useridResponse, error) {
	user, err := s.MemberByMobile(ctx, tx, by, req.Mobile)
	return useridResponse{user}, err
}

type userGetUseridByEmailRequest struct {
	Email string `json:"email"`
	Type  int64  `json:"email_type"` // 1 enterprise mailbox (default), 2 personal address
}

func (s *Service) userGetUseridByEmail(ctx context.Context, tx *store.Tx, by access.Caller, req userGetUseridByEmailRequest) (useridResponse, error) {
	switch {
	case strings.TrimSpace(req.Email) == "":
		return useridResponse{}, wire.ErrParameter.With("email is missing")
	case req.Type < 0 || req.Type > 2:
		return useridResponse{}, wire.ErrParameter.With("email_type: 1 or 2 expected")
	}
	user, err := s.MemberByMail(ctx, tx, by, req.Email, req.Type == 2)
	return useridResponse{user}, err
}
