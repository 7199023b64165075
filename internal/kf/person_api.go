package kf

import (
	"context"
	"errors"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// maxPersons is how many customers are asked about at once (doc 95159).
const maxPersons = 100

func (s *Service) personEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("POST", "customer/batchget", 95159, wire.Read(s.customerBatchget), permitBase),
	}
}

type (
	customerBatchgetRequest struct {
		Externals []id.ExternalID `json:"external_userid_list"`
		Entry     int64           `json:"need_enter_session_context"`
	}
	customerBatchgetResponse struct {
		Customers []personAnswer  `json:"customer_list"`
		Invalid   []id.ExternalID `json:"invalid_external_userid"`
	}
	// personAnswer has no picture, gender and unionid for a provider's application.
	personAnswer struct {
		External id.ExternalID `json:"external_userid"`
		Nickname string        `json:"nickname"`
		Avatar   *string       `json:"avatar"`
		Gender   int64         `json:"gender"`
		UnionID  string        `json:"unionid,omitempty"`
		Entry    *entryAnswer  `json:"enter_session_context"`
	}
	entryAnswer struct {
		Scene   string         `json:"scene"`
		Param   string         `json:"scene_param"`
		Channel *channelAnswer `json:"wechat_channels"`
	}
)

func (s *Service) customerBatchget(ctx context.Context, tx *store.Tx, by access.Caller, req customerBatchgetRequest) (resp customerBatchgetResponse, err error) {
	if n := len(req.Externals); n < 1 || n > maxPersons {
		return resp, wire.ErrParameter.With("external_userid_list: 1 to %d expected, %d given", maxPersons, n)
	}
	if req.Entry != 0 && req.Entry != 1 {
		return resp, wire.ErrParameter.With("need_enter_session_context: 0 or 1 expected")
	}
	for _, external := range req.Externals {
		c, err := s.deps.Customers.Contact(tx, by.CorpID, external)
		if errors.Is(err, customer.ErrExternal) || errors.Is(err, customer.ErrExternalMissing) {
			resp.Invalid = append(resp.Invalid, external)
			continue
		}
		if err != nil {
			return resp, err
		}
		last, recent, err := s.lately(tx, by.CorpID, c.No)
		if err != nil {
			return resp, err
		}
		if !recent {
			resp.Invalid = append(resp.Invalid, external)
			continue
		}
		p := personAnswer{External: s.deps.Customers.ExternalID(c.Kind, c.No), Nickname: c.Name}
		if !by.Kind.Installed() {
			p.Avatar, p.Gender, p.UnionID = &c.Avatar, c.Gender, c.UnionID
		}
		if req.Entry == 1 && last != nil {
			p.Entry = &entryAnswer{last.Scene, last.Param, last.Channel.answer()}
		}
		resp.Customers = append(resp.Customers, p)
	}
	return resp, nil
}

// lately reports whether a customer has entered or written in the last 48 hours, at any account, and how they
// last entered in that time. Doc 95159.
func (s *Service) lately(tx *store.Tx, corpID string, customer int64) (last *entry, recent bool, err error) {
	list, err := selectSessions(tx, `corpid = ? AND customer = ? ORDER BY entered_at DESC, no`, corpID, customer)
	for _, v := range list {
		in, wrote := tx.Now().Sub(v.EnteredAt) <= window, tx.Now().Sub(v.AskedAt) <= window
		if recent = recent || in || wrote; in && last == nil {
			last = &v.Entry
		}
	}
	return last, recent, err
}
