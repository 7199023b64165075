package suite

import (
	"context"
	"errors"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/admin"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/token"
	"qiwei/internal/wire"
)

func (s *Service) installationEndpoints() []wire.Endpoint {
	call := func(path string, doc int, h wire.Handler) wire.Endpoint {
		return wire.Endpoint{Method: "POST", Path: "/cgi-bin/service/" + path, Doc: doc, Credential: s.bySuite, Allow: suites, Handle: h}
	}
	return []wire.Endpoint{
		call("get_permanent_code", 90603, wire.Direct(s.getPermanentCode)),
		call("v2/get_permanent_code", 100776, wire.Write(s.getPermanentCode2)),
		call("get_auth_info", 90604, wire.Read(s.getAuthInfo)),
		call("v2/get_auth_info", 100779, wire.Read(s.getAuthInfo2)),
		call("get_admin_list", 90606, wire.Read(s.getAdminList)),
		{Method: "POST", Path: "/cgi-bin/service/corpid_to_opencorpid", Doc: 95604, Credential: s.byProvider, Allow: providers, Handle: wire.Read(s.corpidToOpencorpid)},
		{Method: "POST", Path: "/cgi-bin/agent/get_permissions", Doc: 99052, Allow: access.To(access.Own, access.ThirdParty, access.ThirdPartyContacts, access.Custom), Handle: wire.Read(s.getPermissions)},
		{Method: "POST", Path: "/cgi-bin/agent/get_admin_list", Doc: 100073, Allow: access.To(access.Own, access.ThirdParty, access.ThirdPartyContacts, access.Custom), Handle: wire.Read(s.agentGetAdminList)},
	}
}

// providers is the row of calls that a provider makes by itself.
var providers = access.Allow{access.Provider: access.All}

// authorised returns the installation that a corpid and a permanent code name, one
// of the calling suite's. It answers ErrPermanentCode where they name none.
func (s *Service) authorised(tx *store.Tx, by access.Caller, req corpTokenRequest) (Installation, error) {
	switch {
	case req.AuthCorpID == "":
		return Installation{}, ErrAuthCorpMissing
	case req.Permanent == "":
		return Installation{}, ErrPermanentMissing
	}
	in, err := s.Installation(tx, string(req.AuthCorpID), by.Suite)
	switch {
	case errors.Is(err, ErrNotInstalled):
		return in, ErrPermanentCode.With("the suite is not installed in that enterprise")
	case err == nil && !s.same(in.Secret, req.Permanent):
		return in, ErrPermanentCode.With("the permanent code of the installation, as last fetched, expected")
	}
	return in, err
}

// The answers about an installation, in the parts that several calls share.
type (
	authCorpInfo struct {
		CorpID      id.CorpID `json:"corpid"`
		Name        string    `json:"corp_name"`
		Type        string    `json:"corp_type"` // verified or unverified
		Logo        string    `json:"corp_square_logo_url"`
		UserMax     int64     `json:"corp_user_max"`
		FullName    string    `json:"corp_full_name"`
		VerifiedEnd int64     `json:"verified_end_time"` // Unix seconds
		SubjectType int64     `json:"subject_type"`
		QRCode      string    `json:"corp_wxqrcode"`
		Scale       string    `json:"corp_scale"`
		Industry    string    `json:"corp_industry"`
		SubIndustry string    `json:"corp_sub_industry"`
		Location    string    `json:"location"`
	}
	privilege struct {
		Level      int64       `json:"level"`
		Parties    []int64     `json:"allow_party"`
		Users      []id.UserID `json:"allow_user"`
		Tags       []int64     `json:"allow_tag"`
		ExtraParty []int64     `json:"extra_party"`
		ExtraUser  []id.UserID `json:"extra_user"`
		ExtraTag   []int64     `json:"extra_tag"`
	}
	sharedFrom struct {
		CorpID id.CorpID `json:"corpid"`
		Type   int64     `json:"share_type"`
	}
	authAgent struct {
		AgentID    int64       `json:"agentid"`
		Name       string      `json:"name"`
		RoundLogo  string      `json:"round_logo_url"`
		SquareLogo string      `json:"square_logo_url"`
		Mode       int64       `json:"auth_mode"` // 0 by an administrator, 1 by members
		Customized bool        `json:"is_customized_app"`
		FromThird  bool        `json:"auth_from_thirdapp"`
		Privilege  privilege   `json:"privilege"`
		SharedFrom *sharedFrom `json:"shared_from,omitempty"`
	}
	authInfo struct {
		Agents []authAgent `json:"agent"`
	}
	authUserInfo struct {
		UserID     id.UserID `json:"userid"`
		OpenUserID id.UserID `json:"open_userid"`
		Name       id.UserID `json:"name"` // a provider is shown the id for the name
		Avatar     string    `json:"avatar"`
	}
)

// corpInfo describes the corp to a provider. Every corp here counts as verified, as
// an enterprise, for as long as the platform lets one be: ten years.
func corpInfo(c corp.Corp) authCorpInfo {
	return authCorpInfo{
		CorpID: id.CorpID(c.CorpID), Name: c.Name, Type: "verified", UserMax: c.MemberLimit, FullName: c.Name,
		VerifiedEnd: c.CreatedAt.AddDate(10, 0, 0).Unix(), SubjectType: 1, Scale: c.Scale, Industry: c.Industry, SubIndustry: c.SubIndustry,
	}
}

func (s *Service) agentInfo(in Installation, known map[string]string) authAgent {
	show := func(users []id.UserID) []id.UserID {
		out := []id.UserID{}
		for _, u := range users {
			if to, ok := known[string(u)]; ok { // a range may name somebody who is no member
				out = append(out, id.UserID(to))
			}
		}
		return out
	}
	logo := s.deps.Apps.LogoURL(in.App)
	return authAgent{
		AgentID: in.AgentID, Name: in.Name, RoundLogo: logo, SquareLogo: logo, Mode: int64(in.Mode), Customized: in.Kind == access.Custom,
		Privilege: privilege{
			Level: level(in), Parties: in.Range.Departments, Users: show(in.Range.Members), Tags: in.Range.Tags,
		},
	}
}

// level is what an installation may do with the directory, in the words of the
// platform before permissions had names (doc 90603).
func level(in Installation) int64 {
	switch {
	case in.Kind == access.Custom:
		return 0
	case in.Kind == access.ThirdPartyContacts, in.Kind == access.ContactsEdit:
		return 3
	case in.Mode == ByMembers:
		return 4
	}
	return 1
}

// userInfo describes who has installed the suite, nil where that is not known.
func (s *Service) userInfo(tx *store.Tx, in Installation) (*authUserInfo, error) {
	if in.By == "" {
		return nil, nil
	}
	open, err := s.view(in.Suite.Provider).Shown(tx, in.CorpID, access.MemberID, []string{string(in.By)})
	if err != nil {
		return nil, err
	}
	known, err := s.shownUsers(tx, in, []id.UserID{in.By})
	user, ok := known[string(in.By)]
	if err != nil || !ok {
		return nil, err
	}
	return &authUserInfo{id.UserID(user), id.UserID(open[string(in.By)]), id.UserID(user), s.deps.Directory.DefaultAvatarURL()}, nil
}

// described is an installation as a provider is told of it.
type described struct {
	corp  authCorpInfo
	agent authInfo
	user  *authUserInfo
}

func (s *Service) describe(tx *store.Tx, in Installation) (d described, err error) {
	c, err := s.deps.Corps.Corp(tx, in.CorpID)
	if err != nil {
		return d, err
	}
	known, err := s.shownUsers(tx, in, in.Range.Members)
	if err != nil {
		return d, err
	}
	d.corp, d.agent.Agents = corpInfo(c), []authAgent{s.agentInfo(in, known)}
	if in.Mode == ByMembers { // who has no right to tell it (doc 90603)
		d.corp.Scale, d.corp.Industry, d.corp.SubIndustry = "", "", ""
	}
	if in.Kind == access.ContactsEdit { // no application that anybody sees
		d.agent.Agents = nil
	}
	d.user, err = s.userInfo(tx, in)
	return d, err
}

type permanentCodeRequest struct {
	Code string `json:"auth_code"`
}

// exchange redeems an auth_code for the installation.
func (s *Service) exchange(tx *store.Tx, by access.Caller, req permanentCodeRequest) (in Installation, d described, err error) {
	if req.Code == "" {
		return in, d, ErrAuthCodeMissing
	}
	v, err := s.Suite(tx, by.Suite)
	if err != nil {
		return in, d, err
	}
	no, err := s.redeem(tx, v, req.Code)
	if err != nil {
		return in, d, err
	}
	in, found, err := s.InstallationNo(tx, no)
	if err == nil && !found {
		err = ErrAuthCode
	}
	if err == nil {
		d, err = s.describe(tx, in)
	}
	return in, d, err
}

type getPermanentCodeResponse struct {
	AccessToken string        `json:"access_token,omitempty"` // of third-party applications alone
	ExpiresIn   int64         `json:"expires_in,omitempty"`
	Permanent   string        `json:"permanent_code"`
	Dealer      *dealerInfo   `json:"dealer_corp_info,omitempty"`
	Corp        authCorpInfo  `json:"auth_corp_info"`
	Auth        authInfo      `json:"auth_info"`
	User        *authUserInfo `json:"auth_user_info,omitempty"`
	Edition     *editionInfo  `json:"edition_info,omitempty"`
	State       string        `json:"state,omitempty"`
}

type dealerInfo struct {
	CorpID id.CorpID `json:"corpid"`
	Name   string    `json:"corp_name"`
}

func (s *Service) getPermanentCode(ctx context.Context, st *store.Store, by access.Caller, req permanentCodeRequest) (resp getPermanentCodeResponse, err error) {
	var a app.App
	if err := st.Write(ctx, func(tx *store.Tx) error {
		in, d, err := s.exchange(tx, by, req)
		a = in.App
		if err != nil {
			return err
		}
		resp = getPermanentCodeResponse{Permanent: in.Secret, Corp: d.corp, Auth: d.agent, User: d.user, State: in.State}
		resp.Edition, err = s.editionOf(tx, in)
		return err
	}); err != nil || a.Kind == access.Custom || a.Disabled {
		return resp, err
	}
	resp.AccessToken, resp.ExpiresIn, err = s.deps.Tokens.Issue(ctx, st, a)
	return resp, err
}

type briefCorpInfo struct {
	CorpID id.CorpID `json:"corpid"`
	Name   string    `json:"corp_name"`
}

type getPermanentCode2Response struct {
	Permanent string            `json:"permanent_code"`
	Corp      briefCorpInfo     `json:"auth_corp_info"`
	User      *authUserInfo     `json:"auth_user_info,omitempty"`
	Register  *RegisterCodeInfo `json:"register_code_info,omitempty"`
	State     string            `json:"state,omitempty"`
}

func (s *Service) getPermanentCode2(ctx context.Context, tx *store.Tx, by access.Caller, req permanentCodeRequest) (getPermanentCode2Response, error) {
	in, d, err := s.exchange(tx, by, req)
	if err != nil {
		return getPermanentCode2Response{}, err
	}
	registered, err := s.registeredBy(tx, in)
	return getPermanentCode2Response{in.Secret, briefCorpInfo{d.corp.CorpID, d.corp.Name}, d.user, registered, in.State}, err
}

type getAuthInfoResponse struct {
	Dealer  *dealerInfo  `json:"dealer_corp_info,omitempty"`
	Corp    authCorpInfo `json:"auth_corp_info"`
	Auth    authInfo     `json:"auth_info"`
	Edition *editionInfo `json:"edition_info,omitempty"`
}

func (s *Service) getAuthInfo(ctx context.Context, tx *store.Tx, by access.Caller, req corpTokenRequest) (resp getAuthInfoResponse, err error) {
	in, err := s.authorised(tx, by, req)
	if err != nil {
		return resp, err
	}
	d, err := s.describe(tx, in)
	if err != nil {
		return resp, err
	}
	resp = getAuthInfoResponse{Corp: d.corp, Auth: d.agent}
	resp.Edition, err = s.editionOf(tx, in)
	return resp, err
}

// corpNames are the short names of a corp's other verified subjects.
type corpNames struct {
	List []string `json:"name_list"`
}

type authCorpInfo2 struct {
	authCorpInfo
	Names corpNames `json:"corp_ex_name"`
}

type getAuthInfo2Response struct {
	Dealer *dealerInfo   `json:"dealer_corp_info,omitempty"`
	Corp   authCorpInfo2 `json:"auth_corp_info"`
	Auth   authInfo      `json:"auth_info"`
}

func (s *Service) getAuthInfo2(ctx context.Context, tx *store.Tx, by access.Caller, req corpTokenRequest) (resp getAuthInfo2Response, err error) {
	in, err := s.authorised(tx, by, req)
	if err != nil {
		return resp, err
	}
	d, err := s.describe(tx, in)
	if err != nil {
		return resp, err
	}
	c, err := s.deps.Corps.Corp(tx, in.CorpID)
	return getAuthInfo2Response{Corp: authCorpInfo2{d.corp, corpNames{slices.Clone(c.ShortNames)}}, Auth: d.agent}, err
}

type corpidToOpencorpidRequest struct {
	CorpID string `json:"corpid"` // the corp's own, which this call is there to convert
}

type corpidToOpencorpidResponse struct {
	OpenCorpID string `json:"open_corpid"`
}

func (s *Service) corpidToOpencorpid(ctx context.Context, tx *store.Tx, by access.Caller, req corpidToOpencorpidRequest) (resp corpidToOpencorpidResponse, err error) {
	if req.CorpID == "" {
		return resp, token.ErrCorpMissing
	}
	resp.OpenCorpID, err = s.OpenCorpID(tx, by.Partner, strings.TrimSpace(req.CorpID))
	return resp, err
}

type getPermissionsResponse struct {
	Permissions []string `json:"app_permissions"`
}

func (s *Service) getPermissions(ctx context.Context, tx *store.Tx, by access.Caller, _ wire.None) (getPermissionsResponse, error) {
	return getPermissionsResponse{append([]string{}, by.Grants...)}, nil
}

// The rights that an administrator has over an application (doc 90606).
const (
	maySend   = 0
	mayManage = 1
)

type adminInfo struct {
	UserID     id.UserID `json:"userid"`
	OpenUserID id.UserID `json:"open_userid"`
	AuthType   int64     `json:"auth_type"`
}

type getAdminListRequest struct {
	AuthCorpID id.CorpID `json:"auth_corpid"`
	AgentID    int64     `json:"agentid"`
}

type getAdminListResponse struct {
	Admins []adminInfo `json:"admin"`
}

func (s *Service) getAdminList(ctx context.Context, tx *store.Tx, by access.Caller, req getAdminListRequest) (resp getAdminListResponse, err error) {
	if req.AuthCorpID == "" {
		return resp, ErrAuthCorpMissing
	}
	in, err := s.Installation(tx, string(req.AuthCorpID), by.Suite)
	if err != nil {
		return resp, err
	}
	if in.AgentID != req.AgentID {
		return resp, app.ErrAgentInvalid.With("the suite's application in that enterprise expected")
	}
	if in.Mode == ByMembers { // its administrators are none of the members' business (doc 94496)
		resp.Admins = []adminInfo{}
		return resp, nil
	}
	list, err := s.adminsOf(ctx, tx, in.App)
	if err != nil {
		return resp, err
	}
	open, err := s.view(in.Suite.Provider).Shown(tx, in.CorpID, access.MemberID, id.Texts(users(list)))
	if err != nil {
		return resp, err
	}
	known, err := s.shownUsers(tx, in, users(list))
	for _, a := range list {
		u := string(a.UserID)
		resp.Admins = append(resp.Admins, adminInfo{id.UserID(known[u]), id.UserID(open[u]), a.AuthType})
	}
	return resp, err
}

type agentAdmin struct {
	UserID   id.UserID `json:"userid"`
	AuthType int64     `json:"auth_type"`
}

type agentGetAdminListResponse struct {
	Admins []agentAdmin `json:"admin"`
}

// agentGetAdminList answers who administers the calling application: nobody where
// members have installed it for themselves (doc 100073).
func (s *Service) agentGetAdminList(ctx context.Context, tx *store.Tx, by access.Caller, _ wire.None) (resp agentGetAdminListResponse, err error) {
	in, found, err := s.InstallationNo(tx, by.App)
	if err != nil || !found || in.Mode == ByMembers {
		return resp, err
	}
	resp.Admins, err = s.adminsOf(ctx, tx, in.App)
	return resp, err
}

// adminsOf returns who administers an application: super administrators manage it,
// others who may change something send messages with it.
func (s *Service) adminsOf(ctx context.Context, tx *store.Tx, a app.App) ([]agentAdmin, error) {
	list, err := s.deps.Admins.Admins(ctx, tx, a.CorpID)
	out := []agentAdmin{}
	for _, one := range list {
		switch one.Role {
		case admin.Super:
			out = append(out, agentAdmin{one.UserID, mayManage})
		case admin.Ranged:
			out = append(out, agentAdmin{one.UserID, maySend})
		}
	}
	return out, err
}

func users(list []agentAdmin) []id.UserID {
	out := make([]id.UserID, len(list))
	for i, a := range list {
		out[i] = a.UserID
	}
	return out
}
