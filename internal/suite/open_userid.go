package suite

import (
	"context"
	"errors"
	"maps"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/app"
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
	sees, err := s.source(tx, by, source)
	if err != nil || sees.Open == nil { // an application without a provider knows members by their userids
		return nil, ids, err
	}
	own, err := sees.Open.Own(tx, by.CorpID, access.MemberID, ids)
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

// source returns an application of a provider in the caller's corp as the caller that it is.
func (s *Service) source(tx *store.Tx, by access.Caller, agentID int64) (access.Caller, error) {
	a, err := s.deps.Apps.App(tx, by.CorpID, agentID)
	if err != nil && !errors.Is(err, app.ErrNotFound) {
		return access.Caller{}, err
	}
	if a.Kind != access.Custom && !a.Kind.Commanded() {
		return access.Caller{}, app.ErrAgentInvalid.With("source_agentid %d is not an application of a provider", agentID)
	}
	return s.deps.Apps.Caller(tx, a)
}

func (s *Service) openIDEndpoints() []wire.Endpoint {
	own := access.To(access.InRange, access.SelfBuilt)
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/batch/openuserid_to_userid", Doc: 95884, Allow: own, Handle: wire.Read(s.batchOpenuseridToUserid)},
		{Method: "POST", Path: "/cgi-bin/corp/opencorpid_to_corpid", Doc: 95884, Allow: own, Handle: wire.Read(s.opencorpidToCorpid)},
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
		return resp, app.ErrAgentMissing.With("source_agentid is missing")
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

type opencorpidToCorpidRequest struct {
	OpenCorpID string `json:"open_corpid"`
	Source     *int64 `json:"source_agentid"`
}

type opencorpidToCorpidResponse struct {
	CorpID id.CorpID `json:"corpid"`
}

// opencorpidToCorpid answers the caller's own corpid to whom a provider of one of its applications means. No
// other corp's is answered.
func (s *Service) opencorpidToCorpid(ctx context.Context, tx *store.Tx, by access.Caller, req opencorpidToCorpidRequest) (resp opencorpidToCorpidResponse, err error) {
	if req.Source == nil {
		return resp, app.ErrAgentMissing.With("source_agentid is missing")
	}
	if req.OpenCorpID == "" {
		return resp, wire.ErrEmpty.With("open_corpid is empty")
	}
	sees, err := s.source(tx, by, *req.Source)
	if err != nil {
		return resp, err
	}
	if sees.Open == nil {
		return resp, ErrOpenCorp
	}
	own, err := sees.Open.Own(tx, by.CorpID, access.CorpID, []string{req.OpenCorpID})
	if err == nil && own[req.OpenCorpID] != by.CorpID {
		err = ErrOpenCorp.With("the id by which the provider of source_agentid knows this enterprise expected")
	}
	resp.CorpID = id.CorpID(by.CorpID)
	return resp, err
}
