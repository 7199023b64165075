package licence

import (
	"context"
	"errors"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// maxBatch is how many accounts or codes a call names (doc 95553, 95552, 95673, 96059).
const maxBatch = 1000

func (s *Service) codeEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		s.endpoint("POST", "license/active_account", 95553, wire.Write(s.activeAccount)),
		s.endpoint("POST", "license/batch_active_account", 95553, wire.Write(s.batchActiveAccount)),
		s.endpoint("POST", "license/active_account_by_type", 95553, wire.Write(s.activeAccountByType)),
		s.endpoint("POST", "license/get_active_info_by_code", 95552, wire.Read(s.getActiveInfoByCode)),
		s.endpoint("POST", "license/batch_get_active_info_by_code", 95552, wire.Read(s.batchGetActiveInfoByCode)),
	}
}

// batchOf refuses a list that is empty or too long.
func batchOf(n int) error {
	switch {
	case n == 0:
		return ErrListEmpty
	case n > maxBatch:
		return ErrListLong.With("at most %d", maxBatch)
	}
	return nil
}

// repeated reports whether something other than "" stands in a list twice.
func repeated[T comparable](list []T) bool {
	var none T
	seen := make(map[T]bool, len(list))
	for _, v := range list {
		if v != none && seen[v] {
			return true
		}
		seen[v] = true
	}
	return false
}

// codeOf returns the errcode of an outcome. What is no refusal ends the call.
func codeOf(err error) (int, error) {
	var refusal wire.Error
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &refusal):
		return refusal.Code, nil
	}
	return 0, err
}

type activeAccountRequest struct {
	Code   string    `json:"active_code"`
	CorpID id.CorpID `json:"corpid"`
	UserID id.UserID `json:"userid"`
}

func (s *Service) activeAccount(ctx context.Context, tx *store.Tx, by access.Caller, req activeAccountRequest) (none wire.None, err error) {
	p, member, err := s.one(tx, by, req.CorpID, req.UserID)
	if err != nil {
		return none, err
	}
	return none, s.Activate(tx, p, req.Code, member)
}

// one returns the customer and the member that a request names. It answers ErrUser.
func (s *Service) one(tx *store.Tx, by access.Caller, corpID id.CorpID, user id.UserID) (p party, member int64, err error) {
	if p, err = s.party(tx, by, corpID); err != nil {
		return p, 0, err
	}
	known, err := s.members(tx, p, []id.UserID{user})
	if err == nil && known[user] == 0 {
		err = ErrUser
	}
	return p, known[user], err
}

type (
	batchActiveAccountRequest struct {
		CorpID id.CorpID `json:"corpid"`
		List   []struct {
			Code   string    `json:"active_code"`
			UserID id.UserID `json:"userid"`
		} `json:"active_list"`
	}
	activeResult struct {
		Code    string    `json:"active_code"`
		UserID  id.UserID `json:"userid"`
		ErrCode int       `json:"errcode"`
	}
	batchActiveAccountResponse struct {
		Results []activeResult `json:"active_result"`
	}
)

func (s *Service) batchActiveAccount(ctx context.Context, tx *store.Tx, by access.Caller, req batchActiveAccountRequest) (resp batchActiveAccountResponse, err error) {
	p, err := s.party(tx, by, req.CorpID)
	if err != nil {
		return resp, err
	}
	if err := batchOf(len(req.List)); err != nil {
		return resp, err
	}
	var users []id.UserID
	var codes []string
	for _, one := range req.List {
		users, codes = append(users, one.UserID), append(codes, one.Code)
	}
	if repeated(codes) {
		return resp, ErrCodeTwice
	}
	known, err := s.members(tx, p, users)
	if err != nil {
		return resp, err
	}
	failed := 0
	for _, one := range req.List {
		outcome, result := error(ErrUser), activeResult{Code: one.Code, UserID: one.UserID}
		if member := known[one.UserID]; member != 0 {
			result.UserID = s.deps.Suites.ShownMember(p.No, member)
			outcome = s.Activate(tx, p, one.Code, member)
		}
		if result.ErrCode, err = codeOf(outcome); err != nil {
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

type activeAccountByTypeRequest struct {
	Type   int64     `json:"type"`
	CorpID id.CorpID `json:"corpid"`
	UserID id.UserID `json:"userid"`
}

func (s *Service) activeAccountByType(ctx context.Context, tx *store.Tx, by access.Caller, req activeAccountByTypeRequest) (none wire.None, err error) {
	p, member, err := s.one(tx, by, req.CorpID, req.UserID)
	if err != nil {
		return none, err
	}
	return none, s.ActivateType(tx, p, Type(req.Type), member)
}

type (
	mergeInfo struct {
		To   string `json:"to_active_code,omitempty"`
		From string `json:"from_active_code,omitempty"`
	}
	shareInfo struct {
		To   id.CorpID `json:"to_corpid,omitempty"`
		From id.CorpID `json:"from_corpid,omitempty"`
	}
	activeInfo struct {
		Code    string     `json:"active_code"`
		Type    int64      `json:"type"`
		Status  int64      `json:"status"`
		UserID  id.UserID  `json:"userid,omitempty"`
		Created int64      `json:"create_time"`
		Active  int64      `json:"active_time,omitempty"`
		Expire  int64      `json:"expire_time,omitempty"`
		Merge   *mergeInfo `json:"merge_info,omitempty"`
		Share   *shareInfo `json:"share_info,omitempty"`
	}
)

// describe writes a code as one of two corps is told it. Whom the corp that was given it
// has bound it to is not told the one that has given it.
func (s *Service) describe(tx *store.Tx, p party, c Code) activeInfo {
	out := activeInfo{Code: c.Text, Type: int64(c.Type), Status: c.status(tx.Now(), p.Corp), Created: c.CreatedAt.Unix()}
	switch {
	case c.Corp != p.Corp:
		out.Share = &shareInfo{To: id.CorpID(c.Corp)}
		return out
	case c.SharedFrom != "":
		out.Share = &shareInfo{From: id.CorpID(c.SharedFrom)}
	}
	if c.Member != 0 {
		out.UserID, out.Active, out.Expire = s.deps.Suites.ShownMember(p.No, c.Member), c.ActiveAt.Unix(), c.ExpireAt.Unix()
	}
	if c.MergedTo != "" || c.MergedFrom != "" {
		out.Merge = &mergeInfo{c.MergedTo, c.MergedFrom}
	}
	return out
}

type getActiveInfoByCodeRequest struct {
	CorpID id.CorpID `json:"corpid"`
	Code   string    `json:"active_code"`
}

type getActiveInfoByCodeResponse struct {
	Info activeInfo `json:"active_info"`
}

func (s *Service) getActiveInfoByCode(ctx context.Context, tx *store.Tx, by access.Caller, req getActiveInfoByCodeRequest) (resp getActiveInfoByCodeResponse, err error) {
	p, err := s.party(tx, by, req.CorpID)
	if err != nil {
		return resp, err
	}
	c, err := s.code(tx, p, req.Code)
	if err != nil {
		return resp, err
	}
	return getActiveInfoByCodeResponse{s.describe(tx, p, c)}, nil
}

type batchGetActiveInfoByCodeRequest struct {
	CorpID id.CorpID `json:"corpid"`
	Codes  []string  `json:"active_code_list"`
}

type batchGetActiveInfoByCodeResponse struct {
	List    []activeInfo `json:"active_info_list"`
	Unknown []string     `json:"invalid_active_code_list"`
}

func (s *Service) batchGetActiveInfoByCode(ctx context.Context, tx *store.Tx, by access.Caller, req batchGetActiveInfoByCodeRequest) (resp batchGetActiveInfoByCodeResponse, err error) {
	p, err := s.party(tx, by, req.CorpID)
	if err != nil {
		return resp, err
	}
	if err := batchOf(len(req.Codes)); err != nil {
		return resp, err
	}
	list, err := selectCodes(tx, `provider = ? AND (corpid = ? OR shared_from = ?) AND state <> ? AND code IN (`+store.Marks(len(req.Codes))+`)`,
		store.Args([]any{p.No, p.Corp, p.Corp, int64(Returned)}, req.Codes)...)
	if err != nil {
		return resp, err
	}
	known := map[string]Code{}
	for _, c := range list {
		known[c.Text] = c
	}
	for _, text := range req.Codes {
		if c, ok := known[text]; ok {
			resp.List = append(resp.List, s.describe(tx, p, c))
		} else {
			resp.Unknown = append(resp.Unknown, text)
		}
	}
	return resp, nil
}
