package directory

import (
	"context"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of openids (doc 90313).
var (
	ErrOpenID      = wire.Code(40073, "invalid openid")
	ErrNotInWeChat = wire.Code(43004, "user not bound to wechat")
	ErrOtherAgent  = wire.Code(301002, "not allow operate another agent with this accesstoken.")
)

// openIDHead begins each openid, which makes it as long as WeChat's own: 28 characters.
const openIDHead = "oQiwei"

// OpenID returns the member's openid for enterprise payment: always the same, and traceable to the member by
// this server only. A member who has not signed in has none. Doc 90202.
func (s *Service) OpenID(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID) (string, error) {
	m, err := s.Member(ctx, tx, by, user)
	if err != nil {
		return "", err
	}
	if !m.Activated {
		return "", ErrNotInWeChat.With("%q has not signed in yet", m.UserID)
	}
	return openIDHead + s.deps.Box.Number(seal.OpenID, m.No), nil
}

// MemberOfOpenID returns the userid of the member of the caller's corp that has
// the openid. Doc 90202.
func (s *Service) MemberOfOpenID(ctx context.Context, tx *store.Tx, by access.Caller, openID string) (id.UserID, error) {
	rest, ok := strings.CutPrefix(openID, openIDHead)
	if !ok {
		return "", ErrOpenID
	}
	no, err := s.deps.Box.OpenNumber(seal.OpenID, rest)
	if err != nil {
		return "", ErrOpenID
	}
	m, found, err := s.selectMember(tx, `m.corpid = ? AND m.no = ?`, by.CorpID, no)
	if err != nil {
		return "", err
	}
	if !found {
		return "", ErrOpenID
	}
	visible, err := s.Sees(tx, by, m)
	if err == nil && !visible {
		err = wire.ErrNoPrivilege.With("the openid's member is outside the visible range")
	}
	return m.UserID, err
}

func (s *Service) openIDEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/user/convert_to_openid", Doc: 90202, Allow: lookers, Handle: wire.Read(s.userConvertToOpenid)},
		{Method: "POST", Path: "/cgi-bin/user/convert_to_userid", Doc: 90202, Allow: lookers, Handle: wire.Read(s.userConvertToUserid)},
	}
}

// userConvertToOpenidRequest has an agentid, which left the page. It must be the caller's own. The platform
// used to answer an appid to it; we do not, because no WeChat would know it.
type userConvertToOpenidRequest struct {
	UserID  id.UserID `json:"userid"`
	AgentID *int64    `json:"agentid"`
}

type openIDResponse struct {
	OpenID string `json:"openid"`
}

func (s *Service) userConvertToOpenid(ctx context.Context, tx *store.Tx, by access.Caller, req userConvertToOpenidRequest) (openIDResponse, error) {
	if req.AgentID != nil && *req.AgentID != 0 && *req.AgentID != by.AgentID {
		return openIDResponse{}, ErrOtherAgent
	}
	openID, err := s.OpenID(ctx, tx, by, req.UserID)
	return openIDResponse{openID}, err
}

type openIDRequest struct {
	OpenID string `json:"openid"`
}

func (s *Service) userConvertToUserid(ctx context.Context, tx *store.Tx, by access.Caller, req openIDRequest) (useridResponse, error) {
	if req.OpenID == "" {
		return useridResponse{}, wire.ErrEmpty.With("openid is missing")
	}
	user, err := s.MemberOfOpenID(ctx, tx, by, req.OpenID)
	return useridResponse{user}, err
}
