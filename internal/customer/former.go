package customer

import (
	"context"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Customer contact has had other paths and other calls. WeCom still answers them, and programs from then still make
// them (doc 92109, the changes of 2019-05-23).

const formerBase = "/cgi-bin/crm/"

// Former returns calls by the paths that they had under /cgi-bin/crm/, by the names that they had there.
func Former(list []wire.Endpoint, names map[string]string) (out []wire.Endpoint) {
	for _, ep := range list {
		_, name, _ := strings.Cut(ep.Path, "/cgi-bin/externalcontact/")
		if former, ok := names[name]; ok {
			ep.Path = formerBase + former
			out = append(out, ep)
		}
	}
	return out
}

// formerEndpoints are the room's calls that have been replaced, and all of its calls that had other paths.
func (s *Service) formerEndpoints(now []wire.Endpoint) []wire.Endpoint {
	own := []wire.Endpoint{
		endpoint("POST", "transfer", 92125, wire.Write(s.formerTransfer), permitTransfer, permitResigned),
		endpoint("POST", "get_transfer_result", 94088, wire.Read(s.formerTransferResult), permitTransfer, permitResigned),
	}
	out := append(own, Former(append(now, own...), map[string]string{
		"list": "get_external_contact_list", "get": "get_external_contact",
		"add_contact_way": "add_contact_way", "get_contact_way": "get_contact_way", "update_contact_way": "update_contact_way", "del_contact_way": "del_contact_way",
		"get_user_behavior_data": "get_user_behavior_data", "get_unassigned_list": "get_unassigned_list", "transfer": "transfer_external_contact",
	})...)
	contacts := endpoint("GET", "", 92571, wire.Read(s.formerFollowUserList), permitBase)
	contacts.Path = formerBase + "get_customer_contacts"
	return append(out, contacts)
}

// formerFollowUserListResponse has the members by the name of then, too. The page gives that name to another call,
// which never had the field, so that programs may look for either.
type formerFollowUserListResponse struct {
	Contacts []id.UserID `json:"customer_contacts"`
	Users    []id.UserID `json:"follow_user"`
}

func (s *Service) formerFollowUserList(ctx context.Context, tx *store.Tx, by access.Caller, _ wire.None) (formerFollowUserListResponse, error) {
	users, err := s.Followers(tx, by)
	return formerFollowUserListResponse{users, users}, err
}

type (
	formerTransferRequest struct {
		External id.ExternalID `json:"external_userid"`
		From     id.UserID     `json:"handover_userid"`
		To       id.UserID     `json:"takeover_userid"`
	}
	formerTransferMessage struct {
		formerTransferRequest
		Message string `json:"transfer_success_msg"`
	}
	formerTransferResultResponse struct {
		Status int64 `json:"status"`
		Time   int64 `json:"takeover_time"` // Unix seconds; 0 if it failed
	}
)

// formerTransfer hands over one customer, of a member on the job or of one who has left. What is wrong with the
// customer is the call's own error.
func (s *Service) formerTransfer(ctx context.Context, tx *store.Tx, by access.Caller, req formerTransferMessage) (none wire.None, err error) {
	h := Handover{From: req.From, To: req.To, Externals: []id.ExternalID{req.External}, Message: req.Message}
	there := false
	if req.From != "" {
		there, err = s.deps.Directory.Exists(tx, by.CorpID, req.From)
	}
	if err != nil {
		return none, err
	}
	h.Resigned = req.From != "" && !there
	permit := permitTransfer
	if h.Resigned {
		permit = permitResigned
	}
	if by.Kind.Installed() && !by.Granted(permit) {
		return none, wire.ErrForbidden.With("the enterprise has not granted the application %s", permit)
	}
	one, err := s.handing(ctx, tx, by, h)
	if err != nil {
		return none, err
	}
	return none, one(req.External)
}

// noTransfer is the status of a customer who was never handed from the one to the other.
const noTransfer = 5

// formerTransferResult says what has become of the last time that a customer was handed over. The taker must be seen
// by the caller.
func (s *Service) formerTransferResult(ctx context.Context, tx *store.Tx, by access.Caller, req formerTransferRequest) (resp formerTransferResultResponse, err error) {
	from, to, err := s.ends(ctx, tx, by, req.From, req.To)
	if err != nil {
		return resp, err
	}
	c, err := s.contact(tx, by.CorpID, req.External)
	if err != nil {
		return resp, err
	}
	list, err := selectTransfers(tx, `corpid = ? AND customer = ? AND handover = ? AND takeover = ? ORDER BY no DESC LIMIT 1`, by.CorpID, c.No, from, to)
	if err != nil || len(list) == 0 {
		return formerTransferResultResponse{Status: noTransfer}, err
	}
	one := s.statusOf(list[0])
	return formerTransferResultResponse{one.Status, one.Time}, nil
}
