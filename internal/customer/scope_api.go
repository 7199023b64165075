package customer

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) scopeEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("GET", "get_follow_user_list", 92571, wire.Read(s.getFollowUserList), permitBase),
		endpoint("POST", "check_follow_user", 96312, wire.Read(s.checkFollowUser), permitBase),
	}
}

type getFollowUserListResponse struct {
	Users []id.UserID `json:"follow_user"`
}

func (s *Service) getFollowUserList(ctx context.Context, tx *store.Tx, by access.Caller, _ wire.None) (getFollowUserListResponse, error) {
	users, err := s.Followers(tx, by)
	return getFollowUserListResponse{users}, err
}

type (
	entitled struct {
		Users       []id.UserID `json:"userid,omitempty"`
		Departments []int64     `json:"partyid,omitempty"`
	}
	checkFollowUserResponse struct {
		Yes entitled `json:"authorized"`
		No  entitled `json:"unauthorized"`
	}
)

func (s *Service) checkFollowUser(ctx context.Context, tx *store.Tx, by access.Caller, req entitled) (checkFollowUserResponse, error) {
	yes, no, err := s.Check(tx, by, Entitled(req))
	return checkFollowUserResponse{entitled(yes), entitled(no)}, err
}
