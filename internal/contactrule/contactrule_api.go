package contactrule

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// changesPerMinute is how often rules are changed. The platform counts the three calls together, and by the hour and
// the day besides.
const changesPerMinute = 5

// Endpoints returns the room's calls, which contact sync alone may make. What their pages say is unverified: the fields
// are those that clients of the platform send and read.
func (s *Service) Endpoints() []wire.Endpoint {
	endpoint := func(name string, doc int, level access.Level, h wire.Handler) wire.Endpoint {
		ep := wire.Endpoint{Method: "POST", Path: "/cgi-bin/contactrule/" + name, Doc: doc, Allow: access.To(level, access.ContactSync), Handle: h}
		if level == access.Edit {
			ep.Limit = wire.Limit{PerCorp: changesPerMinute, Every: time.Minute}
		}
		return ep
	}
	return []wire.Endpoint{
		endpoint("create", 101536, access.Edit, wire.Write(s.create)),
		endpoint("list", 101537, access.All, wire.Read(s.list)),
		endpoint("update", 101539, access.Edit, wire.Write(s.update)),
		endpoint("delete", 101540, access.Edit, wire.Write(s.delete)),
	}
}

type (
	rangeWire struct {
		Users   []id.UserID `json:"userid"`
		Parties []int64     `json:"partyid"`
		Tags    []int64     `json:"tagid"`
	}
	ruleWire struct {
		No      int64      `json:"rule_id,omitempty"`
		Type    int64      `json:"rule_type"`
		Range   rangeWire  `json:"range"`
		White   *rangeWire `json:"whitelist,omitempty"`
		Exclude *rangeWire `json:"exclude,omitempty"`
		Search  bool       `json:"is_allowed_search"`
		Talk    bool       `json:"is_allowed_conversation"`
	}
	rulesRequest struct {
		Rules []ruleWire `json:"rules"`
	}
	createResponse struct {
		Numbers []int64 `json:"rule_ids"`
	}
	rulesResponse struct {
		Rules []ruleWire `json:"rules"`
	}
	deleteRequest struct {
		Numbers []int64 `json:"rule_ids"`
	}
)

func (r *rangeWire) given() access.Range {
	if r == nil {
		return access.Range{}
	}
	return access.Range{Members: r.Users, Departments: r.Parties, Tags: r.Tags}
}

func newRangeWire(r access.Range) *rangeWire {
	if r.Empty() {
		return nil
	}
	return &rangeWire{r.Members, r.Departments, r.Tags}
}

func (r rulesRequest) rules() (out []Rule) {
	for _, one := range r.Rules {
		out = append(out, Rule{No: one.No, Type: one.Type, Range: one.Range.given(), White: one.White.given(), Exclude: one.Exclude.given(), Search: one.Search, Talk: one.Talk})
	}
	return out
}

func (s *Service) create(ctx context.Context, tx *store.Tx, by access.Caller, req rulesRequest) (resp createResponse, err error) {
	resp.Numbers, err = s.Create(tx, by, req.rules())
	return resp, err
}

func newRules(list []Rule) (resp rulesResponse) {
	for _, r := range list {
		resp.Rules = append(resp.Rules, ruleWire{r.No, r.Type, rangeWire{r.Range.Members, r.Range.Departments, r.Range.Tags}, newRangeWire(r.White), newRangeWire(r.Exclude), r.Search, r.Talk})
	}
	return resp
}

func (s *Service) list(ctx context.Context, tx *store.Tx, by access.Caller, _ wire.None) (rulesResponse, error) {
	list, err := selectRules(tx, `corpid = ? ORDER BY no`, by.CorpID)
	return newRules(list), err
}

// update answers the rules as they are now, as the platform's sample does.
func (s *Service) update(ctx context.Context, tx *store.Tx, by access.Caller, req rulesRequest) (resp rulesResponse, err error) {
	if err := s.Update(tx, by, req.rules()); err != nil {
		return resp, err
	}
	var now []Rule
	for _, r := range req.Rules {
		one, err := s.existing(tx, by.CorpID, r.No)
		if err != nil {
			return resp, err
		}
		now = append(now, one)
	}
	return newRules(now), nil
}

func (s *Service) delete(ctx context.Context, tx *store.Tx, by access.Caller, req deleteRequest) (wire.None, error) {
	return wire.None{}, s.Delete(tx, by, req.Numbers)
}
