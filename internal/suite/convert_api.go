package suite

import (
	"context"
	"errors"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// maxConverted is how many ids are converted in a call (doc 97062).
const maxConverted = 1000

func (s *Service) convertEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/batch/userid_to_openuserid", Doc: 97062, Allow: access.To(access.InRange, access.ThirdParty, access.ThirdPartyContacts, access.ContactsEdit, access.Custom), Handle: wire.Read(s.useridToOpenuserid)},
	}
}

type useridToOpenuseridRequest struct {
	UserIDs []string `json:"userid_list"` // the corp's own, which this call is there to convert
}

type useridPair struct {
	UserID     string `json:"userid"`
	OpenUserID string `json:"open_userid"`
}

type useridToOpenuseridResponse struct {
	Users   []useridPair `json:"open_userid_list"`
	Unknown []string     `json:"invalid_userid_list"`
}

// useridToOpenuserid answers the ids by which the caller's provider knows members. A
// member outside the caller's range is answered as unknown.
func (s *Service) useridToOpenuserid(ctx context.Context, tx *store.Tx, by access.Caller, req useridToOpenuseridRequest) (resp useridToOpenuseridResponse, err error) {
	switch {
	case len(req.UserIDs) == 0:
		return resp, wire.ErrEmpty.With("userid_list is empty")
	case len(req.UserIDs) > maxConverted:
		return resp, wire.ErrParameter.With("userid_list has %d elements, at most %d", len(req.UserIDs), maxConverted)
	}
	p, err := s.Provider(tx, by.Partner)
	if errors.Is(err, ErrNoProvider) {
		return resp, errNoProvider
	}
	if err != nil {
		return resp, err
	}
	seen, err := s.deps.Directory.VisibleMembers(tx, by, req.UserIDs)
	resp.Users, resp.Unknown = []useridPair{}, []string{}
	for _, u := range req.UserIDs {
		if no := seen[id.UserID(u).Key()]; no != 0 {
			resp.Users = append(resp.Users, useridPair{u, s.openUserID(p.No, no)})
		} else {
			resp.Unknown = append(resp.Unknown, u)
		}
	}
	return resp, err
}
