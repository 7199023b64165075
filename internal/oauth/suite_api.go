package oauth

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"qiwei/internal/access"
	"qiwei/internal/admin"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

func (s *Service) suiteEndpoints() []wire.Endpoint {
	call := func(method, path string, doc int, h wire.Handler) wire.Endpoint {
		return wire.Endpoint{Method: method, Path: "/cgi-bin/service/" + path, Doc: doc, Credential: s.deps.Suites.BySuite(), Allow: access.To(access.All, access.Suite), Handle: h}
	}
	return []wire.Endpoint{
		call("GET", "auth/getuserinfo3rd", 91121, wire.Write(s.authGetuserinfo3rd)),
		// The older calls have other letters, and are documented for schools and not at all.
		call("GET", "getuserinfo3rd", 91711, wire.Write(s.getuserinfo3rd)),
		call("POST", "auth/getuserdetail3rd", 91122, wire.Read(s.getuserdetail3rd)),
		call("POST", "getuserdetail3rd", 91122, wire.Read(s.getuserdetail3rd)),
		call("GET", "miniprogram/jscode2session", 92423, wire.Write(s.jscode2session)),
	}
}

type authGetuserinfo3rdResponse struct {
	CorpID     id.CorpID `json:"corpid,omitempty"`
	UserID     id.UserID `json:"userid,omitempty"`
	Ticket     string    `json:"user_ticket,omitempty"`
	ExpiresIn  int64     `json:"expires_in,omitempty"` // seconds
	OpenUserID id.UserID `json:"open_userid,omitempty"`
	OpenID     string    `json:"openid,omitempty"` // of somebody who is no member of any corp
}

// left returns how long a new ticket lives; 0 without one.
func (r visitor) left() int64 {
	if r.Ticket == "" {
		return 0
	}
	return int64(oldTicketLife.Seconds())
}

func (s *Service) authGetuserinfo3rd(ctx context.Context, tx *store.Tx, by access.Caller, req getuserinfoRequest) (resp authGetuserinfo3rdResponse, err error) {
	r, err := s.redeemBySuite(tx, by, req.Code)
	user := id.UserID(r.UserShown)
	return authGetuserinfo3rdResponse{id.CorpID(r.CorpShown), user, r.Ticket, r.left(), user, r.OpenID}, err
}

// getuserinfo3rdResponse has the letters of the older call.
type getuserinfo3rdResponse struct {
	CorpID     id.CorpID `json:"CorpId,omitempty"`
	UserID     id.UserID `json:"UserId,omitempty"`
	DeviceID   string    `json:"DeviceId"`
	Ticket     string    `json:"user_ticket,omitempty"`
	ExpiresIn  int64     `json:"expires_in,omitempty"`
	OpenUserID id.UserID `json:"open_userid,omitempty"`
	OpenID     string    `json:"OpenId,omitempty"`
}

func (s *Service) getuserinfo3rd(ctx context.Context, tx *store.Tx, by access.Caller, req getuserinfoRequest) (resp getuserinfo3rdResponse, err error) {
	r, err := s.redeemBySuite(tx, by, req.Code)
	user := id.UserID(r.UserShown)
	return getuserinfo3rdResponse{id.CorpID(r.CorpShown), user, r.Device, r.Ticket, r.left(), user, r.OpenID}, err
}

type getuserdetail3rdResponse struct {
	CorpID id.CorpID `json:"corpid"`
	UserID id.UserID `json:"userid"`
	Name   id.UserID `json:"name"` // a provider is shown the id for the name
	Gender string    `json:"gender"`
	Avatar string    `json:"avatar"`
	QRCode *string   `json:"qr_code"`
}

func (s *Service) getuserdetail3rd(ctx context.Context, tx *store.Tx, by access.Caller, req getuserdetailRequest) (resp getuserdetail3rdResponse, err error) {
	d, err := s.detailBySuite(ctx, tx, by, req.Ticket)
	user := id.UserID(d.UserShown)
	resp = getuserdetail3rdResponse{CorpID: id.CorpID(d.CorpShown), UserID: user, Name: user, Gender: "0", Avatar: s.deps.Directory.DefaultAvatarURL()}
	if g, ok := d.Fields["gender"]; ok {
		resp.Gender = g
	}
	if a, ok := d.Fields["avatar"]; ok {
		resp.Avatar = a
	}
	if q, ok := d.Fields["qr_code"]; ok {
		resp.QRCode = &q
	}
	return resp, err
}

type jscode2sessionRequest struct {
	Code  string `json:"js_code"`
	Grant string `json:"grant_type"` // authorization_code
}

type jscode2sessionResponse struct {
	CorpID     id.CorpID `json:"corpid"`
	UserID     id.UserID `json:"userid"`
	SessionKey string    `json:"session_key"`
	OpenUserID id.UserID `json:"open_userid"`
}

// jscode2session redeems the code of wx.qy.login in a mini program of the suite.
func (s *Service) jscode2session(ctx context.Context, tx *store.Tx, by access.Caller, req jscode2sessionRequest) (resp jscode2sessionResponse, err error) {
	if req.Grant != "authorization_code" {
		return resp, wire.ErrParameter.With("grant_type: authorization_code expected")
	}
	v, err := s.deps.Suites.Suite(tx, by.Suite)
	if err != nil {
		return resp, err
	}
	c, err := s.findOwned(tx, req.Code, `suite = ?`, v.No, forProgram)
	if err == nil {
		err = c.use(tx)
	}
	if err != nil {
		return resp, err
	}
	corp, user := s.deps.Suites.ShownIDs(v.Provider, c.CorpID, c.Member.No)
	return jscode2sessionResponse{id.CorpID(corp), id.UserID(user), base64.StdEncoding.EncodeToString(s.sessionKey(c)), id.UserID(user)}, nil
}

// Scripts returns what stands for a mini program in dev: there is no client that runs one.
func (s *Service) Scripts() []door.Route {
	return []door.Route{
		door.Script("POST /_qiwei/providers/mini_program_login", s.deps.Log, s.scriptProgramLogin),
		door.Script("POST /_qiwei/mini_program_login", s.deps.Log, s.scriptOwnProgramLogin),
		door.Script("POST /_qiwei/code", s.deps.Log, s.scriptCode),
	}
}

type programLoginScript struct {
	SuiteID string    `json:"suite_id"`
	CorpID  string    `json:"corpid"`
	UserID  id.UserID `json:"userid"`
}

type programLoginAnswer struct {
	Code string `json:"js_code"`
}

func (s *Service) scriptProgramLogin(ctx context.Context, req programLoginScript) (answer programLoginAnswer, err error) {
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		v, err := s.deps.Suites.Suite(tx, req.SuiteID)
		if errors.Is(err, suite.ErrNotFound) || err == nil && !hasPages(v) {
			return door.Missing("suite_id: there is no such third-party application")
		}
		if err != nil {
			return err
		}
		c, found, err := s.corpOf(tx, req.CorpID)
		if err == nil && !found {
			return door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", req.CorpID))
		}
		if err != nil {
			return err
		}
		m, err := s.deps.Directory.Member(ctx, tx, access.System(c.CorpID), req.UserID)
		if err == nil {
			answer.Code, err = s.programLogin(ctx, tx, v, c.CorpID, m)
		}
		return err
	})
	return answer, err
}

func (s *Service) providerEndpoints() []wire.Endpoint {
	return []wire.Endpoint{{
		Method: "POST", Path: "/cgi-bin/service/get_login_info", Doc: 91125, Credential: s.deps.Suites.ByProviderAsAccess(), Allow: access.To(access.All, access.Provider), Handle: wire.Write(s.getLoginInfo),
	}}
}

// Errors of the codes of a provider's QR code (doc 90313).
var (
	ErrAuthCode        = wire.Code(84075, "invalid authcode")
	ErrAuthCodeMissing = wire.Code(84076, "authcode missing")
)

// The types of those who sign in on a provider's site (doc 91125).
const (
	typeCreator = 1
	typeAdmin   = 2
	typeGraded  = 4
	typeMember  = 5
)

// The rights that an administrator has over an application (doc 91125).
const (
	mayUse    = 0
	mayManage = 1
)

type getLoginInfoRequest struct {
	Code string `json:"auth_code"`
}

type loginUser struct {
	UserID     id.UserID `json:"userid"`
	OpenUserID id.UserID `json:"open_userid"`
	Name       id.UserID `json:"name"`
	Avatar     string    `json:"avatar"`
}

type loginCorp struct {
	CorpID id.CorpID `json:"corpid"`
}

type loginAgent struct {
	AgentID  int64 `json:"agentid"`
	AuthType int64 `json:"auth_type"` // 0 uses it, 1 manages it
}

type loginDepartment struct {
	ID       int64 `json:"id"`
	Writable bool  `json:"writable"`
}

type loginAuth struct {
	Departments []loginDepartment `json:"department"`
}

type getLoginInfoResponse struct {
	Type   int64        `json:"usertype"`
	User   loginUser    `json:"user_info"`
	Corp   loginCorp    `json:"corp_info"`
	Agents []loginAgent `json:"agent"`
	Auth   *loginAuth   `json:"auth_info,omitempty"` // of administrators
}

// getLoginInfo answers who has signed in on the provider's site, and which of its applications they administer.
func (s *Service) getLoginInfo(ctx context.Context, tx *store.Tx, by access.Caller, req getLoginInfoRequest) (resp getLoginInfoResponse, err error) {
	if req.Code == "" {
		return resp, ErrAuthCodeMissing
	}
	p, err := s.deps.Suites.Provider(tx, by.Partner)
	if err != nil {
		return resp, err
	}
	c, err := s.findOwned(tx, req.Code, `provider = ?`, p.No, forProvider)
	if err == nil {
		err = c.use(tx)
	}
	if errors.Is(err, ErrCode) || errors.Is(err, ErrCodeMissing) {
		var refused wire.Error
		asWire(err, &refused)
		return resp, ErrAuthCode.With("%s", refused.Note)
	}
	if err != nil {
		return resp, err
	}
	corp, user := s.deps.Suites.ShownIDs(p.No, c.CorpID, c.Member.No)
	resp = getLoginInfoResponse{
		Type: typeMember, User: loginUser{id.UserID(user), id.UserID(user), id.UserID(user), s.deps.Directory.DefaultAvatarURL()}, Corp: loginCorp{id.CorpID(corp)}, Agents: []loginAgent{},
	}
	a, found, err := s.roleOf(tx, c.CorpID, c.Member)
	if err != nil || !found {
		return resp, err
	}
	err = s.addRole(tx, p, c.CorpID, a, &resp)
	return resp, err
}

// addRole adds to the answer what the administrator may do.
func (s *Service) addRole(tx *store.Tx, p suite.Provider, corpID string, a admin.Admin, resp *getLoginInfoResponse) error {
	auth, right := &loginAuth{Departments: []loginDepartment{{access.Root, a.Role == admin.Super}}}, int64(mayUse)
	switch {
	case a.Founder:
		resp.Type, right = typeCreator, mayManage
	case a.Role == admin.Super:
		resp.Type, right = typeAdmin, mayManage
	case a.Role == admin.Ranged:
		resp.Type, auth.Departments = typeGraded, nil
		for _, dep := range a.Range.Departments {
			auth.Departments = append(auth.Departments, loginDepartment{dep, true})
		}
	default:
		resp.Type = typeGraded
	}
	resp.Auth = auth
	list, err := s.deps.Suites.InstalledIn(tx, corpID)
	for _, in := range list {
		if in.Suite.Provider == p.No {
			resp.Agents = append(resp.Agents, loginAgent{in.AgentID, right})
		}
	}
	return err
}
