package oauth

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) verifyEndpoints() []wire.Endpoint {
	verify := access.Allow{access.ContactSync: access.All, access.SelfBuilt: access.InRange}
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/auth/get_tfa_info", Doc: 99499, Allow: verify, Concurrent: 20, Handle: wire.Write(s.authGetTfaInfo)},
		{Method: "POST", Path: "/cgi-bin/user/tfa_succ", Doc: 99500, Allow: verify, Concurrent: 20, Handle: wire.Write(s.userTfaSucc)},
		// A proxy-developed application has the permission by its basic rights (doc
		// 98980); that a self-built one has it, too, is unverified.
		{Method: "GET", Path: "/cgi-bin/user/authsucc", Doc: 90203,
			Allow: verify.And(access.Allow{access.Custom: access.InRange}), Handle: wire.Write(s.userAuthsucc)},
	}
}

type authGetTfaInfoRequest struct {
	Code string `json:"code"`
}

type authGetTfaInfoResponse struct {
	UserID  id.UserID `json:"userid"`
	TFACode string    `json:"tfa_code"`
}

func (s *Service) authGetTfaInfo(ctx context.Context, tx *store.Tx, by access.Caller, req authGetTfaInfoRequest) (resp authGetTfaInfoResponse, err error) {
	m, passCode, err := s.Verifying(ctx, tx, by, req.Code)
	return authGetTfaInfoResponse{m.UserID, passCode}, err
}

type userTfaSuccRequest struct {
	UserID  id.UserID `json:"userid"`
	TFACode string    `json:"tfa_code"`
}

func (s *Service) userTfaSucc(ctx context.Context, tx *store.Tx, by access.Caller, req userTfaSuccRequest) (wire.None, error) {
	return wire.None{}, s.Verified(ctx, tx, by, req.UserID, req.TFACode)
}

type userAuthsuccRequest struct {
	UserID id.UserID `json:"userid"`
}

func (s *Service) userAuthsucc(ctx context.Context, tx *store.Tx, by access.Caller, req userAuthsuccRequest) (wire.None, error) {
	return wire.None{}, s.VerifiedByName(ctx, tx, by, req.UserID)
}
