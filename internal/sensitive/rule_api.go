package sensitive

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

type (
	rangeParts struct {
		Users       []id.UserID `json:"user_list"`
		Departments []int64     `json:"department_list"`
	}
	addInterceptRuleRequest struct {
		Name      string     `json:"rule_name"`
		Words     []string   `json:"word_list"`
		Semantics []int64    `json:"semantics_list"`
		Kind      int64      `json:"intercept_type"`
		Range     rangeParts `json:"applicable_range"`
	}
	ruleIDAnswer struct {
		RuleID string `json:"rule_id"`
	}
)

func (s *Service) addInterceptRule(ctx context.Context, tx *store.Tx, by access.Caller, req addInterceptRuleRequest) (ruleIDAnswer, error) {
	no, err := s.Create(ctx, tx, by, Rule{Name: req.Name, Words: req.Words, Semantics: distinct(req.Semantics), Kind: req.Kind}, Range(req.Range))
	return ruleIDAnswer{no}, err
}

type (
	getInterceptRuleListResponse struct {
		Rules []listedRule `json:"rule_list"`
	}
	listedRule struct {
		RuleID  string `json:"rule_id"`
		Name    string `json:"rule_name"`
		Created int64  `json:"create_time"`
	}
)

func (s *Service) getInterceptRuleList(ctx context.Context, tx *store.Tx, by access.Caller, _ wire.None) (resp getInterceptRuleListResponse, err error) {
	list, err := s.Rules(tx, by.CorpID)
	for _, r := range list {
		resp.Rules = append(resp.Rules, listedRule{s.ruleID(r.No), r.Name, r.CreatedAt.Unix()})
	}
	return resp, err
}

type (
	ruleIDRequest struct {
		RuleID string `json:"rule_id"`
	}
	getInterceptRuleResponse struct {
		Rule *ruleAnswer `json:"rule"`
	}
	// ruleAnswer has the semantics twice: the sample of the page has them at the top, and its table and older
	// samples below extra_rule.
	ruleAnswer struct {
		RuleID    string     `json:"rule_id"`
		Name      string     `json:"rule_name"`
		Words     []string   `json:"word_list"`
		Semantics []int64    `json:"semantics_list"`
		Extra     extraRule  `json:"extra_rule"`
		Kind      int64      `json:"intercept_type"`
		Range     rangeParts `json:"applicable_range"`
		Created   int64      `json:"create_time"`
	}
	extraRule struct {
		Semantics []int64 `json:"semantics_list"`
	}
)

func (s *Service) getInterceptRule(ctx context.Context, tx *store.Tx, by access.Caller, req ruleIDRequest) (resp getInterceptRuleResponse, err error) {
	r, in, err := s.Details(tx, by, req.RuleID)
	if err != nil {
		return resp, err
	}
	resp.Rule = &ruleAnswer{s.ruleID(r.No), r.Name, r.Words, r.Semantics, extraRule{r.Semantics}, r.Kind, rangeParts(in), r.CreatedAt.Unix()}
	return resp, nil
}

type updateInterceptRuleRequest struct {
	RuleID string   `json:"rule_id"`
	Name   *string  `json:"rule_name"`
	Words  []string `json:"word_list"`
	Extra  *struct {
		Semantics []int64 `json:"semantics_list"`
	} `json:"extra_rule"`
	Kind   *int64     `json:"intercept_type"`
	Add    rangeParts `json:"add_applicable_range"`
	Remove rangeParts `json:"remove_applicable_range"`
}

// updateInterceptRule clears the semantics if extra_rule is given and has none (doc 95097).
func (s *Service) updateInterceptRule(ctx context.Context, tx *store.Tx, by access.Caller, req updateInterceptRuleRequest) (none wire.None, err error) {
	u := Update{RuleID: req.RuleID, Name: req.Name, Words: req.Words, Kind: req.Kind, Add: Range(req.Add), Remove: Range(req.Remove)}
	if req.Extra != nil {
		list := distinct(req.Extra.Semantics)
		u.Semantics = &list
	}
	return none, s.Update(ctx, tx, by, u)
}

func (s *Service) delInterceptRule(ctx context.Context, tx *store.Tx, by access.Caller, req ruleIDRequest) (none wire.None, err error) {
	return none, s.Delete(tx, by, req.RuleID)
}
