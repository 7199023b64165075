package app

import (
	"context"
	"errors"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// maxOpenUserIDs is how many are converted in a call (doc 95884).
const maxOpenUserIDs = 1000

// MembersOfOpenUserIDs returns the userids behind the ids by which an application of a provider knows
// members. It answers ErrAgentInvalid if source is no application of the caller's corp. qiwei has not given
// out such ids yet, so every id is invalid. Doc 95884.
func (s *Service) MembersOfOpenUserIDs(ctx context.Context, tx *store.Tx, by access.Caller, source int64, ids []string) (known map[string]id.UserID, unknown []string, err error) {
	a, err := s.App(tx, by.CorpID, source)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, nil, err
	}
	switch a.Kind {
	case access.Custom, access.ThirdParty, access.ThirdPartyContacts, access.ContactsEdit:
		return nil, ids, nil
	}
	return nil, nil, ErrAgentInvalid.With("source_agentid %d is no application of a provider", source)
}

func (s *Service) openUserIDEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/batch/openuserid_to_userid", Doc: 95884, Allow: access.To(access.InRange, access.SelfBuilt),
			Handle: wire.Read(s.batchOpenuseridToUserid)},
	}
}

type batchOpenuseridToUseridRequest struct {
	OpenUserIDs []string `json:"open_userid_list"`
	Source      *int64   `json:"source_agentid"`
}

type openUserIDPair struct {
	OpenUserID string    `json:"open_userid"`
	UserID     id.UserID `json:"userid"`
}

type batchOpenuseridToUseridResponse struct {
	Users   []openUserIDPair `json:"userid_list"`
	Unknown []string         `json:"invalid_open_userid_list"`
}

func (s *Service) batchOpenuseridToUserid(ctx context.Context, tx *store.Tx, by access.Caller, req batchOpenuseridToUseridRequest) (resp batchOpenuseridToUseridResponse, err error) {
	switch {
	case len(req.OpenUserIDs) == 0:
		return resp, wire.ErrEmpty.With("open_userid_list is empty")
	case len(req.OpenUserIDs) > maxOpenUserIDs:
		return resp, wire.ErrParameter.With("open_userid_list has %d elements, at most %d", len(req.OpenUserIDs), maxOpenUserIDs)
	case req.Source == nil:
		return resp, ErrAgentMissing.With("source_agentid is missing")
	}
	known, unknown, err := s.MembersOfOpenUserIDs(ctx, tx, by, *req.Source, req.OpenUserIDs)
	resp.Unknown = unknown
	for _, o := range req.OpenUserIDs {
		if u, ok := known[o]; ok {
			resp.Users = append(resp.Users, openUserIDPair{o, u})
		}
	}
	return resp, err
}
