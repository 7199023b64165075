package message

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// senders are the kinds that have a conversation with members. Contact sync and the secrets of customer
// contact and of the archive have none.
var senders = access.To(access.InRange, append(access.BuiltIn(), access.SelfBuilt, access.Custom, access.ThirdParty, access.ThirdPartyContacts)...)

// Talks reports whether applications of the kind have a conversation with members.
func Talks(k access.Kind) bool { return senders[k] != access.Nothing }

func (s *Service) sendEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/message/send", Doc: 90236, Allow: senders, Unlimited: true, Handle: wire.Direct(s.messageSend)},
	}
}

// agentRequest is the part of a request that names the application.
type agentRequest struct {
	wire.Body
	AgentID *int64 `json:"agentid"`
}

// own checks that the request's agentid is the caller's.
func (s *Service) own(tx *store.Tx, by access.Caller, req agentRequest) error {
	switch {
	case req.Wrong("agentid"):
		return app.ErrAgentInvalid.With("a number expected")
	case req.AgentID == nil:
		return app.ErrAgentMissing
	case *req.AgentID == by.AgentID:
		return nil
	}
	_, err := s.deps.Apps.App(tx, by.CorpID, *req.AgentID)
	if errors.Is(err, app.ErrNotFound) {
		return app.ErrAgentInvalid.With("the corp has no application %d", *req.AgentID)
	}
	if err == nil {
		err = app.ErrOtherAgent
	}
	return err
}

type messageSendRequest struct {
	agentRequest
	content
	ToUser    id.Users `json:"touser"`
	ToParty   string   `json:"toparty"`
	ToTag     string   `json:"totag"`
	MsgType   string   `json:"msgtype"`
	Safe      int64    `json:"safe"`
	Translate int64    `json:"enable_id_trans"`
	Duplicate int64    `json:"enable_duplicate_check"`
	Interval  *int64   `json:"duplicate_check_interval"` // seconds
}

// rejectedLists are joined by "|", as the platform does.
type rejectedLists struct {
	BadUsers   id.Users `json:"invaliduser,omitempty"`
	BadParties string   `json:"invalidparty,omitempty"`
	BadTags    string   `json:"invalidtag,omitempty"`
}

func newRejectedLists(r Rejected) rejectedLists {
	return rejectedLists{id.Users(strings.Join(r.Users, "|")), strings.Join(r.Parties, "|"), strings.Join(r.Tags, "|")}
}

// unreachedLists are everybody whom a message does not reach.
type unreachedLists struct {
	rejectedLists
	Unlicensed id.Users `json:"unlicenseduser,omitempty"`
}

func users(list []string) id.Users { return id.Users(strings.Join(list, "|")) }

type messageSendResponse struct {
	unreachedLists
	MsgID        string `json:"msgid"`
	ResponseCode string `json:"response_code,omitempty"`
}

func (s *Service) messageSend(ctx context.Context, st *store.Store, by access.Caller, req messageSendRequest) (resp messageSendResponse, err error) {
	o := Outgoing{
		To: newRecipients(string(req.ToUser), req.ToParty, req.ToTag), MsgType: req.MsgType, Safe: req.Safe,
		Translate: req.Translate == 1, content: req.content, Interval: duplicateInterval,
	}
	if req.Interval != nil {
		o.Interval = min(max(time.Duration(*req.Interval)*time.Second, 0), maxDuplicateInterval)
	}
	if req.Duplicate == 1 { // of the original request: Send changes its argument
		o.Digest = digest(string(req.ToUser), req.ToParty, req.ToTag, req.MsgType, strconv.FormatInt(req.Safe, 10), string(wire.Encode(req.content)))
	}
	var sent Sent
	err = st.Write(ctx, func(tx *store.Tx) (err error) {
		// The official sample of this type has no agentid.
		if req.MsgType != "miniprogram_notice" || req.AgentID != nil || req.Wrong("agentid") {
			if err = s.own(tx, by, req.agentRequest); err != nil {
				return err
			}
		}
		sent, err = s.Send(ctx, tx, by, o)
		return err
	})
	return messageSendResponse{unreachedLists: unreachedLists{newRejectedLists(sent.Rejected), users(sent.Unlicensed)}, MsgID: sent.MsgID, ResponseCode: sent.ResponseCode}, err
}
