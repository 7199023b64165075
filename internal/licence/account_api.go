package licence

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) accountEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		s.endpoint("POST", "license/list_actived_account", 95544, wire.Read(s.listActivedAccount)),
		s.endpoint("POST", "license/get_active_info_by_user", 95555, wire.Read(s.getActiveInfoByUser)),
		s.endpoint("POST", "license/batch_transfer_license", 95673, wire.Write(s.batchTransferLicense)),
		s.endpoint("POST", "license/batch_share_active_code", 96059, wire.Write(s.batchShareActiveCode)),
	}
}

type listActivedAccountRequest struct {
	pageRequest
	CorpID id.CorpID `json:"corpid"`
}

type (
	activedAccount struct {
		UserID id.UserID `json:"userid"`
		Type   int64     `json:"type"`
		Expire int64     `json:"expire_time"`
		Active int64     `json:"active_time"`
	}
	listActivedAccountResponse struct {
		pageResponse
		Accounts []activedAccount `json:"account_list"`
	}
)

// listActivedAccount answers the accounts of the corp's members, with those that have
// expired.
func (s *Service) listActivedAccount(ctx context.Context, tx *store.Tx, by access.Caller, req listActivedAccountRequest) (resp listActivedAccountResponse, err error) {
	const path = "license/list_actived_account"
	p, err := s.party(tx, by, req.CorpID)
	if err != nil {
		return resp, err
	}
	after, limit, err := s.open(by, path, req.pageRequest, p.Corp)
	if err != nil {
		return resp, err
	}
	list, err := selectCodes(tx, `corpid = ? AND provider = ? AND no > ? AND member > 0 AND state = 0 ORDER BY no LIMIT ?`, p.Corp, p.No, after, limit)
	if err != nil {
		return resp, err
	}
	list, resp.pageResponse = paged(s, by, path, list, limit, func(c Code) int64 { return c.No }, p.Corp)
	for _, c := range list {
		resp.Accounts = append(resp.Accounts, activedAccount{s.deps.Suites.ShownMember(p.No, c.Member), int64(c.Type), c.ExpireAt.Unix(), c.ActiveAt.Unix()})
	}
	return resp, nil
}

type getActiveInfoByUserRequest struct {
	CorpID id.CorpID `json:"corpid"`
	UserID id.UserID `json:"userid"`
}

type (
	userAccount struct {
		Code   string    `json:"active_code"`
		Type   int64     `json:"type"`
		UserID id.UserID `json:"userid"`
		Active int64     `json:"active_time"`
		Expire int64     `json:"expire_time"`
	}
	getActiveInfoByUserResponse struct {
		Status   int64         `json:"active_status"` // 1 with a valid account
		Accounts []userAccount `json:"active_info_list"`
	}
)

func (s *Service) getActiveInfoByUser(ctx context.Context, tx *store.Tx, by access.Caller, req getActiveInfoByUserRequest) (resp getActiveInfoByUserResponse, err error) {
	p, member, err := s.one(tx, by, req.CorpID, req.UserID)
	if err != nil {
		return resp, err
	}
	list, err := selectCodes(tx, `provider = ? AND corpid = ? AND member = ? AND state = 0 ORDER BY type`, p.No, p.Corp, member)
	for _, c := range list {
		resp.Accounts = append(resp.Accounts, userAccount{c.Text, int64(c.Type), s.deps.Suites.ShownMember(p.No, member), c.ActiveAt.Unix(), c.ExpireAt.Unix()})
		if c.Valid(tx.Now()) {
			resp.Status = 1
		}
	}
	return resp, err
}

type (
	transfer struct {
		From id.UserID `json:"handover_userid"`
		To   id.UserID `json:"takeover_userid"`
	}
	batchTransferLicenseRequest struct {
		CorpID id.CorpID  `json:"corpid"`
		List   []transfer `json:"transfer_list"`
	}
	transferResult struct {
		transfer
		ErrCode int `json:"errcode"`
	}
	batchTransferLicenseResponse struct {
		Results []transferResult `json:"transfer_result"`
	}
)

func (s *Service) batchTransferLicense(ctx context.Context, tx *store.Tx, by access.Caller, req batchTransferLicenseRequest) (resp batchTransferLicenseResponse, err error) {
	p, err := s.party(tx, by, req.CorpID)
	if err != nil {
		return resp, err
	}
	if err := batchOf(len(req.List)); err != nil {
		return resp, err
	}
	var from, to []id.UserID
	for _, t := range req.List {
		from, to = append(from, t.From), append(to, t.To)
	}
	if repeated(from) || repeated(to) {
		return resp, ErrUserTwice
	}
	known, err := s.members(tx, p, append(from, to...))
	if err != nil {
		return resp, err
	}
	shown := func(user id.UserID) id.UserID {
		if no := known[user]; no != 0 {
			return s.deps.Suites.ShownMember(p.No, no)
		}
		return user
	}
	failed := 0
	for _, t := range req.List {
		result := transferResult{transfer: transfer{shown(t.From), shown(t.To)}}
		if result.ErrCode, err = codeOf(s.Hand(tx, p, known[t.From], known[t.To])); err != nil {
			return resp, err
		}
		if result.ErrCode != 0 {
			failed++
		}
		resp.Results = append(resp.Results, result)
	}
	if failed == len(req.List) {
		return resp, ErrAllFailed.Answering(resp)
	}
	return resp, nil
}

type batchShareActiveCodeRequest struct {
	From id.CorpID `json:"from_corpid"`
	To   id.CorpID `json:"to_corpid"`
	List []struct {
		Code string `json:"active_code"`
	} `json:"share_list"`
	Link int64 `json:"corp_link_type"` // 0 a chain (上下游), 1 linked corps (企业互联)
}

type (
	shareResult struct {
		Code    string `json:"active_code"`
		ErrCode int    `json:"errcode"`
		ErrMsg  string `json:"errmsg"`
	}
	batchShareActiveCodeResponse struct {
		Results []shareResult `json:"share_result"` // those that could not be given
	}
)

func (s *Service) batchShareActiveCode(ctx context.Context, tx *store.Tx, by access.Caller, req batchShareActiveCodeRequest) (resp batchShareActiveCodeResponse, err error) {
	p, err := s.party(tx, by, req.From)
	if err != nil {
		return resp, err
	}
	to, err := s.lower(tx, p, req.To)
	if err != nil {
		return resp, err
	}
	if err := batchOf(len(req.List)); err != nil {
		return resp, err
	}
	var codes []string
	for _, one := range req.List {
		codes = append(codes, one.Code)
	}
	switch {
	case repeated(codes):
		return resp, ErrCodeTwice
	case req.Link != 0 && req.Link != 1:
		return resp, wire.ErrParameter.With("corp_link_type: 0 or 1 expected")
	}
	outcomes, err := s.Share(tx, p, to, req.Link, codes)
	if err != nil {
		return resp, err
	}
	for i, outcome := range outcomes {
		if outcome != nil {
			resp.Results = append(resp.Results, shareResult{codes[i], outcome.Code, outcome.Message()})
		}
	}
	if len(resp.Results) == len(codes) {
		return resp, ErrAllFailed.Answering(resp)
	}
	return resp, nil
}
