package oauth

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) userDetailEndpoints() []wire.Endpoint {
	// The kinds that may have got a ticket (doc 95833).
	holders := access.To(access.InRange, append(access.BuiltIn(), access.SelfBuilt, access.Custom, access.CustomerContact, access.ChatArchive)...)
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/auth/getuserdetail", Doc: 95833, Allow: holders, Handle: wire.Read(s.getuserdetail)},
		{Method: "POST", Path: "/cgi-bin/user/getuserdetail", Doc: 95833, Allow: holders, Handle: wire.Read(s.getuserdetail)},
	}
}

type getuserdetailRequest struct {
	Ticket string `json:"user_ticket"`
}

type getuserdetailResponse struct {
	UserID  id.UserID `json:"userid"`
	Name    *string   `json:"name"`
	Gender  string    `json:"gender"` // a string, as in user/get
	Avatar  string    `json:"avatar"`
	QRCode  *string   `json:"qr_code"`
	Mobile  *string   `json:"mobile"`
	Email   *string   `json:"email"`
	BizMail *string   `json:"biz_mail"`
	Address *string   `json:"address"`
}

func (s *Service) getuserdetail(ctx context.Context, tx *store.Tx, by access.Caller, req getuserdetailRequest) (resp getuserdetailResponse, err error) {
	d, err := s.UserDetail(ctx, tx, by, req.Ticket)
	if err != nil {
		return resp, err
	}
	given := func(field string) *string {
		if value, ok := d.Fields[field]; ok {
			return &value
		}
		return nil
	}
	resp = getuserdetailResponse{
		UserID: d.Member.UserID, Gender: "0", Avatar: s.deps.Directory.DefaultAvatarURL(),
		QRCode: given("qr_code"), Mobile: given("mobile"), Email: given("email"), BizMail: given("biz_mail"), Address: given("address"),
	}
	if g := given("gender"); g != nil {
		resp.Gender = *g
	}
	if a := given("avatar"); a != nil {
		resp.Avatar = *a
	}
	if d.Named {
		resp.Name = &d.Member.Name
	}
	return resp, nil
}
