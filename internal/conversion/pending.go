package conversion

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/licence"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

const (
	// pendingLife is how long a pending_id is good (doc 95900).
	pendingLife = 90 * 24 * time.Hour
	// maxPending is how many customers are asked about at once.
	maxPending = 100
	// perHour is how many unionids are converted in an hour: of a corp, by all providers together (doc 95900).
	// The limits of a day and a month are not counted.
	perHour = 100_000
	// ofCorp and ofProvider say whose mini program a unionid is from.
	ofCorp     = 0
	ofProvider = 1
)

func (s *Service) unionEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		call("idconvert/unionid_to_external_userid", 95900, wire.Write(s.unionidToExternalUserid), access.Custom, access.ThirdParty),
		call("idconvert/batch/external_userid_to_pending_id", 95900, wire.Read(s.externalUseridToPendingID), access.Custom, access.ThirdParty),
		{
			Method: "POST", Path: "/cgi-bin/service/externalcontact/unionid_to_external_userid_3rd", Doc: 96516, Credential: s.deps.Suites.BySuite(),
			Allow: access.To(access.Own, access.Suite), Handle: wire.Read(s.unionidToExternalUserid3rd),
		},
	}
}

// unionRequest names a WeChat user as a mini program knows them. There are no mini programs here, so that an
// openid can only be asked for and not be held against the unionid.
type unionRequest struct {
	UnionID string `json:"unionid"`
	OpenID  string `json:"openid"`
}

func (r unionRequest) valid() error {
	switch {
	case r.UnionID == "" || len(r.UnionID) > 64:
		return ErrUnionID.With("1 to 64 bytes expected")
	case r.OpenID == "":
		return wire.ErrEmpty.With("openid expected")
	}
	return nil
}

// visible returns the corp's own id of the customer of a unionid, if somebody follows them whom the caller sees.
func (s *Service) visible(tx *store.Tx, by access.Caller, unionID string) (id.ExternalID, error) {
	c, found, err := s.deps.Customers.UnionContact(tx, by.CorpID, unionID)
	if err != nil || !found {
		return "", err
	}
	external := s.deps.Customers.ExternalID(c.Kind, c.No)
	_, _, _, err = s.deps.Customers.Followed(tx, by, external, 0)
	if errors.Is(err, customer.ErrExternal) || errors.Is(err, customer.ErrNoRelation) || errors.Is(err, licence.ErrNoExternal) {
		return "", nil
	}
	return external, err
}

type (
	unionidToExternalUseridRequest struct {
		unionRequest
		Subject int64  `json:"subject_type"`
		Ticket  string `json:"mass_call_ticket"`
	}
	unionidToExternalUseridResponse struct {
		External string `json:"external_userid,omitempty"` // the provider's
		Pending  string `json:"pending_id,omitempty"`
	}
)

// unionidToExternalUserid answers the provider's id of a customer, or a pending_id of somebody who is none or
// whom nobody in range follows.
func (s *Service) unionidToExternalUserid(ctx context.Context, tx *store.Tx, by access.Caller, req unionidToExternalUseridRequest) (resp unionidToExternalUseridResponse, err error) {
	if err := req.valid(); err != nil {
		return resp, err
	}
	if req.Subject != ofCorp && req.Subject != ofProvider {
		return resp, wire.ErrParameter.With("subject_type: 0 or 1 expected, %d given", req.Subject)
	}
	if err := s.within(tx, by, req.Ticket); err != nil {
		return resp, err
	}
	own, err := s.visible(tx, by, req.UnionID)
	if err != nil {
		return resp, err
	}
	if own == "" {
		resp.Pending, err = pend(tx, by, req.UnionID)
		return resp, err
	}
	known, err := opened(tx, by, access.ExternalID, string(own))
	resp.External = known[string(own)]
	return resp, err
}

// pend returns the provider's pending_id of a unionid: the one that it has while that is good, otherwise a new
// one.
func pend(tx *store.Tx, by access.Caller, unionID string) (string, error) {
	if _, err := tx.Exec(`DELETE FROM pending_external WHERE corpid = ? AND created_at <= ?`, by.CorpID, tx.Now().Add(-pendingLife).Unix()); err != nil {
		return "", fmt.Errorf("forget pending ids: %w", err)
	}
	if _, err := tx.Exec(`INSERT INTO pending_external (corpid, provider, unionid, pending_id, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (corpid, provider, unionid) DO NOTHING`,
		by.CorpID, by.Partner, unionID, "p"+id.Letters(31), tx.Now().Unix()); err != nil {
		return "", fmt.Errorf("insert pending id: %w", err)
	}
	return pendingOf(tx, by, unionID)
}

// pendingOf returns the provider's pending_id of a unionid, empty if it has none.
func pendingOf(tx *store.Tx, by access.Caller, unionID string) (pending string, err error) {
	_, err = tx.Get(`SELECT pending_id FROM pending_external WHERE corpid = ? AND provider = ? AND unionid = ? AND created_at > ?`,
		[]any{by.CorpID, by.Partner, unionID, tx.Now().Add(-pendingLife).Unix()}, &pending)
	return pending, err
}

type (
	externalUseridToPendingIDRequest struct {
		ChatID    id.ChatID `json:"chat_id"`
		Externals []string  `json:"external_userid"` // the corp's or the provider's
	}
	externalUseridToPendingIDResponse struct {
		Result []pendingAnswer `json:"result"`
	}
	pendingAnswer struct {
		External string `json:"external_userid"`
		Pending  string `json:"pending_id"`
	}
)

// externalUseridToPendingID answers the pending_ids that customers, or people in a group, had before they were
// some. Others are left out.
func (s *Service) externalUseridToPendingID(ctx context.Context, tx *store.Tx, by access.Caller, req externalUseridToPendingIDRequest) (resp externalUseridToPendingIDResponse, err error) {
	switch n := len(req.Externals); {
	case n == 0:
		return resp, wire.ErrEmpty.With("external_userid is empty")
	case n > maxPending:
		return resp, wire.ErrParameter.With("external_userid: at most %d, %d given", maxPending, n)
	}
	own, err := ownExternals(tx, by, req.Externals)
	if err != nil {
		return resp, err
	}
	seen, err := s.sought(tx, by, req.ChatID, slices.Collect(maps.Values(own)))
	if err != nil {
		return resp, err
	}
	for _, text := range req.Externals {
		c, ok := seen[own[text]]
		if !ok || c.UnionID == "" {
			continue
		}
		pending, err := pendingOf(tx, by, c.UnionID)
		if err != nil {
			return resp, err
		}
		if pending != "" {
			resp.Result = append(resp.Result, pendingAnswer{text, pending})
		}
	}
	return resp, nil
}

// sought returns those of the customers who are in a group whose owner the caller sees, or, without one, whom
// somebody follows that the caller sees.
func (s *Service) sought(tx *store.Tx, by access.Caller, chat id.ChatID, list []id.ExternalID) (map[id.ExternalID]customer.Contact, error) {
	if chat == "" {
		return s.deps.Customers.VisibleContacts(tx, by, list)
	}
	g, err := s.deps.Groups.Visible(tx, by, chat)
	if err != nil {
		return nil, err
	}
	return s.deps.Groups.Outsiders(tx, by.CorpID, g)
}

type (
	unionidToExternalUserid3rdRequest struct {
		unionRequest
		CorpID id.CorpID `json:"corpid"` // all enterprises if it is left out
	}
	unionidToExternalUserid3rdResponse struct {
		Info []externalInfo `json:"external_userid_info"`
	}
	externalInfo struct {
		CorpID   id.CorpID `json:"corpid"`
		External string    `json:"external_userid"`
	}
)

// unionidToExternalUserid3rd answers what the provider knows a WeChat user by in the enterprises where the suite
// is installed and somebody in range follows them.
func (s *Service) unionidToExternalUserid3rd(ctx context.Context, tx *store.Tx, by access.Caller, req unionidToExternalUserid3rdRequest) (resp unionidToExternalUserid3rdResponse, err error) {
	if err := req.valid(); err != nil {
		return resp, err
	}
	v, err := s.deps.Suites.Suite(tx, by.Suite)
	if err != nil {
		return resp, err
	}
	list, err := s.deps.Suites.Installations(tx, v)
	if err != nil {
		return resp, err
	}
	there := req.CorpID == ""
	for _, in := range list {
		if req.CorpID != "" && in.CorpID != string(req.CorpID) {
			continue
		}
		there = true
		caller, err := s.deps.Apps.Caller(tx, in.App)
		if err != nil {
			return resp, err
		}
		if caller.Level = access.InRange; !caller.Granted(permitBase) {
			continue
		}
		own, err := s.visible(tx, caller, req.UnionID)
		if err != nil {
			return resp, err
		}
		if own == "" {
			continue
		}
		known, err := opened(tx, caller, access.ExternalID, string(own))
		if err != nil {
			return resp, err
		}
		resp.Info = append(resp.Info, externalInfo{id.CorpID(in.CorpID), known[string(own)]})
	}
	if !there {
		return resp, suite.ErrNotGranted.With("the suite is not installed in the enterprise")
	}
	return resp, nil
}
