package conversion

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// formerEndpoints are a call from before providers had ids of their own, which the enterprise's applications still make
// (doc 93274), and a suite's call by the path that clients have without service/. Those send the suite's token as any
// call's, and some ask with the parameters in the query (unverified).
func (s *Service) formerEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		customer.Endpoint("POST", "unionid_to_external_userid", 93274, wire.Read(s.ownExternalUserid), permitBase),
		{
			Method: "GET", Path: "/cgi-bin/externalcontact/unionid_to_external_userid_3rd", Doc: 96516, Credential: s.deps.Suites.BySuiteAsAccess(),
			Allow: access.To(access.Own, access.Suite), Handle: wire.Read(s.unionidToExternalUserid3rd),
		},
	}
}

type ownExternalUseridResponse struct {
	External id.ExternalID `json:"external_userid"`
}

// ownExternalUserid answers the id by which the caller knows the customer of a unionid. Whoever is none, or has no
// follower that the caller sees, is refused (unverified). The first form of the call had no openid.
func (s *Service) ownExternalUserid(ctx context.Context, tx *store.Tx, by access.Caller, req unionRequest) (resp ownExternalUseridResponse, err error) {
	if req.OpenID == "" {
		req.OpenID = "-"
	}
	if err := req.valid(); err != nil {
		return resp, err
	}
	resp.External, err = s.visible(tx, by, req.UnionID)
	if err == nil && resp.External == "" {
		err = customer.ErrNoRelation.With("nobody whom the application sees has a customer of that unionid")
	}
	return resp, err
}
