package directory

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

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
