package join

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// inviteEndpoints returns the calls for inviting. Of third parties, only contacts applications may invite
// (doc 90975). The rights of customer contact and built-in applications are unverified.
func (s *Service) inviteEndpoints() []wire.Endpoint {
	inviters := access.To(access.InRange, append(access.BuiltIn(), access.SelfBuilt, access.Custom, access.CustomerContact, access.ChatArchive, access.Hardware)...).
		And(access.Allow{access.ContactSync: access.All, access.ThirdPartyContacts: access.All})
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/batch/invite", Doc: 90975, Allow: inviters, Handle: wire.Write(s.batchInvite)},
	}
}

type batchInviteRequest struct {
	Users       []id.UserID `json:"user"`
	Departments []int64     `json:"party"`
	Tags        []int64     `json:"tag"`
}

// batchInviteResponse lists what was bad in arrays, unlike tags and messages.
type batchInviteResponse struct {
	Users       []id.UserID `json:"invaliduser"`
	Departments []int64     `json:"invalidparty"`
	Tags        []int64     `json:"invalidtag"`
}

func (s *Service) batchInvite(ctx context.Context, tx *store.Tx, by access.Caller, req batchInviteRequest) (batchInviteResponse, error) {
	bad, err := s.Invite(ctx, tx, by, directory.Nodes{Users: id.Texts(req.Users), Departments: req.Departments, Tags: req.Tags})
	return batchInviteResponse{id.From[id.UserID](bad.Users), bad.Departments, bad.Tags}, err
}
