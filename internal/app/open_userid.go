package app

import (
	"context"
	"errors"
	"maps"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// maxOpenUserIDs is how many are converted in a call (doc 95884).
const maxOpenUserIDs = 1000

// MembersOfOpenUserIDs returns the userids behind the ids by which an application of a
// provider knows members, of those members whom both the caller and that application
// see, and the ids that are none of these. It answers ErrAgentInvalid where source is
// no application of a provider in the caller's corp. Doc 95884.
func (s *Service) MembersOfOpenUserIDs(ctx context.Context, tx *store.Tx, by access.Caller, source int64, ids []string) (known map[string]id.UserID, unknown []string, err error) {
	a, err := s.App(tx, by.CorpID, source)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, nil, err
	}
	switch a.Kind {
	case access.Custom, access.ThirdParty, access.ThirdPartyContacts, access.ContactsEdit:
	default:
		return nil, nil, ErrAgentInvalid.With("source_agentid %d is no application of a provider", source)
	}
	sees, err := s.Caller(tx, a)
	if err != nil || sees.IDs == nil { // an application that knows members by their userids has no other ids
		return nil, ids, err
	}
	own, err := sees.IDs.Own(tx, by.CorpID, access.MemberID, ids)
	if err != nil {
		return nil, nil, err
	}
	users := slices.Sorted(maps.Values(own))
	both := []map[string]int64{nil, nil}
	for i, who := range []access.Caller{by, sees} {
		if both[i], err = s.deps.Directory.VisibleMembers(tx, who, users); err != nil {
			return nil, nil, err
		}
	}
	known = map[string]id.UserID{}
	for _, open := range ids {
		user := id.UserID(own[open])
		_, here := both[0][user.Key()]
		_, there := both[1][user.Key()]
		if here && there {
			known[open] = user
		} else {
			unknown = append(unknown, open)
		}
	}
	return known, unknown, nil
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
