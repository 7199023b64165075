package oauth

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) userInfoEndpoints() []wire.Endpoint {
	// Contact sync is admitted so that it gets the right error, 50001, and because it redeems the codes of a
	// second verification (doc 90203). Which of the platform's own applications may have a trusted domain is
	// not documented; one without any gets 50001. Third-party applications have calls of their own, under
	// service/.
	redeem := access.To(access.All, append(access.BuiltIn(), access.SelfBuilt, access.Custom, access.ContactSync, access.CustomerContact, access.ChatArchive)...)
	return []wire.Endpoint{
		{Method: "GET", Path: "/cgi-bin/auth/getuserinfo", Doc: 91023, Allow: redeem, Unlimited: true, Handle: wire.Write(s.authGetuserinfo)},
		// The older call is still documented for schools. Its live replies end with errcode and errmsg.
		{Method: "GET", Path: "/cgi-bin/user/getuserinfo", Doc: 91707, Allow: redeem, Tail: true, Handle: wire.Write(s.userGetuserinfo)},
	}
}

type getuserinfoRequest struct {
	Code string `json:"code"`
}

type authGetuserinfoResponse struct {
	UserID   id.UserID     `json:"userid,omitempty"`
	Ticket   string        `json:"user_ticket,omitempty"`
	OpenID   string        `json:"openid,omitempty"` // of somebody who is no member
	External id.ExternalID `json:"external_userid,omitempty"`
}

func (s *Service) authGetuserinfo(ctx context.Context, tx *store.Tx, by access.Caller, req getuserinfoRequest) (resp authGetuserinfoResponse, err error) {
	r, err := s.redeem(ctx, tx, by, req.Code, offer{[]scope{scopePrivate, scopeUserInfo}, ticketLife})
	return authGetuserinfoResponse{r.Member.UserID, r.Ticket, r.OpenID, r.External}, err
}

// userGetuserinfoResponse has the letters of the older call: clients in case-sensitive languages read UserId
// here and userid there.
type userGetuserinfoResponse struct {
	UserID    id.UserID     `json:"UserId,omitempty"`
	OpenID    string        `json:"OpenId,omitempty"` // of somebody who is no member
	External  id.ExternalID `json:"external_userid,omitempty"`
	DeviceID  string        `json:"DeviceId"`
	Ticket    string        `json:"user_ticket,omitempty"`
	ExpiresIn int64         `json:"expires_in,omitempty"`
}

// userGetuserinfo is the older call. For snsapi_userinfo it gives a ticket only to applications from before
// 2022-06-20. Newer ones reportedly get none, and would find less behind it than in user/get: a client would
// take its empty name for the member's.
func (s *Service) userGetuserinfo(ctx context.Context, tx *store.Tx, by access.Caller, req getuserinfoRequest) (resp userGetuserinfoResponse, err error) {
	give := offer{[]scope{scopePrivate}, oldTicketLife}
	if by.Legacy {
		give.scopes = append(give.scopes, scopeUserInfo)
	}
	r, err := s.redeem(ctx, tx, by, req.Code, give)
	resp = userGetuserinfoResponse{UserID: r.Member.UserID, OpenID: r.OpenID, External: r.External, DeviceID: r.Device, Ticket: r.Ticket}
	if r.Ticket != "" {
		resp.ExpiresIn = int64(oldTicketLife.Seconds())
	}
	return resp, err
}
