package login

import (
	"context"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) userInfoEndpoints() []wire.Endpoint {
	// Contact sync is let through so that it is told what is wrong, 50001, and
	// because it redeems the codes of a second verification (doc 90203). Which of
	// the platform's own applications may have a trusted domain is not documented;
	// one that has none is answered 50001. Third-party applications have calls of
	// their own, under service/.
	redeem := access.To(access.All, append(access.BuiltIn(), access.SelfBuilt, access.Custom, access.ContactSync, access.CustomerContact, access.ChatArchive)...)
	return []wire.Endpoint{
		{Method: "GET", Path: "/cgi-bin/auth/getuserinfo", Doc: 91023, Allow: redeem, Unlimited: true, Handle: wire.Write(s.authGetuserinfo)},
		// Live replies of the older call end with errcode and errmsg.
		{Method: "GET", Path: "/cgi-bin/user/getuserinfo", Doc: 91023, Allow: redeem, Tail: true, Handle: wire.Write(s.userGetuserinfo)},
	}
}

// redemption is what a code turns out to be.
type redemption struct {
	code
	Ticket string // empty where there is none
}

// offer is which scopes a call gives a ticket for, and how long that is good.
type offer struct {
	scopes []scope
	life   time.Duration
}

// redeem takes a code for the caller, whose application must own the domain that
// the code came back on. The member is named whether or not he is in the visible
// range; a ticket is only for one who is. On any error the code is as good as
// before.
func (s *Service) redeem(ctx context.Context, tx *store.Tx, by access.Caller, text string, ticket offer) (r redemption, err error) {
	if by.Kind == access.ContactSync {
		return s.redeemVerify(tx, by, text)
	}
	if r.code, err = s.find(tx, by.CorpID, text, forUserInfo, forLogin); err != nil {
		return r, err
	}
	a, err := s.deps.Apps.AppNo(tx, by.App)
	if err != nil {
		return r, err
	}
	if err := r.owns(a); err != nil {
		return r, err
	}
	if err := r.use(tx); err != nil {
		return r, err
	}
	if r.Purpose != forUserInfo || !slices.Contains(ticket.scopes, r.Scope) || !r.forApp(a) {
		return r, nil
	}
	visible, err := s.sees(tx, a, r.Member)
	if err == nil && visible {
		r.Ticket = s.ticket(tx, a, r.Member, r.Scope, ticket.life)
	}
	return r, err
}

// forApp reports whether the member has agreed to this application and not to a
// neighbour on the same domain.
func (c code) forApp(a app.App) bool {
	return c.App == a.No || (c.App == 0 && c.Scope != scopePrivate)
}

// redeemVerify takes the code of a second verification, which is what the older
// way of it does with the contact-sync secret (doc 90203). With that secret every
// other code, and none, is 50001.
func (s *Service) redeemVerify(tx *store.Tx, by access.Caller, text string) (r redemption, err error) {
	if text == "" {
		return r, ErrCodeMissing
	}
	if r.code, err = s.find(tx, by.CorpID, text, forVerify); err != nil {
		var refused wire.Error
		if asWire(err, &refused) {
			err = ErrRedirect.With("a contact-sync secret redeems only the codes of the second verification")
		}
		return r, err
	}
	return r, s.present(tx, r.code)
}

type getuserinfoRequest struct {
	Code string `json:"code"`
}

type authGetuserinfoResponse struct {
	UserID string `json:"userid"`
	Ticket string `json:"user_ticket,omitempty"`
}

func (s *Service) authGetuserinfo(ctx context.Context, tx *store.Tx, by access.Caller, req getuserinfoRequest) (resp authGetuserinfoResponse, err error) {
	r, err := s.redeem(ctx, tx, by, req.Code, offer{[]scope{scopePrivate, scopeUserInfo}, ticketLife})
	return authGetuserinfoResponse{string(r.Member.UserID), r.Ticket}, err
}

// userGetuserinfoResponse has the letters of the older call: clients in
// languages that heed them read UserId here and userid there.
type userGetuserinfoResponse struct {
	UserID    string `json:"UserId"`
	DeviceID  string `json:"DeviceId"`
	Ticket    string `json:"user_ticket,omitempty"`
	ExpiresIn int64  `json:"expires_in,omitempty"`
}

// userGetuserinfo is the older call. For snsapi_userinfo it gives a ticket to
// applications from before 2022-06-20 alone: newer ones reportedly get none, and
// one that does would find less behind it than in user/get (a client takes its
// empty name for the member's).
func (s *Service) userGetuserinfo(ctx context.Context, tx *store.Tx, by access.Caller, req getuserinfoRequest) (resp userGetuserinfoResponse, err error) {
	give := offer{[]scope{scopePrivate}, oldTicketLife}
	if by.Legacy {
		give.scopes = append(give.scopes, scopeUserInfo)
	}
	r, err := s.redeem(ctx, tx, by, req.Code, give)
	resp = userGetuserinfoResponse{UserID: string(r.Member.UserID), DeviceID: r.Device, Ticket: r.Ticket}
	if r.Ticket != "" {
		resp.ExpiresIn = int64(oldTicketLife.Seconds())
	}
	return resp, err
}
