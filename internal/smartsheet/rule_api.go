package smartsheet

import (
	"context"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wedoc"
	"qiwei/internal/wire"
)

func (s *Service) ruleEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("content_priv/get_sheet_priv", 99935, wire.Read(s.getSheetPriv)),
		endpoint("content_priv/update_sheet_priv", 99935, wire.Write(s.updateSheetPriv)),
		endpoint("content_priv/create_rule", 99935, wire.Write(s.createRule)),
		endpoint("content_priv/mod_rule_member", 99935, wire.Write(s.modRuleMember)),
		endpoint("content_priv/delete_rule", 99935, wire.Write(s.deleteRule)),
	}
}

type (
	getSheetPrivRequest struct {
		DocID string  `json:"docid"`
		Type  int64   `json:"type"`
		Rules []int64 `json:"rule_id_list"`
	}
	shownRule struct {
		ID    int64       `json:"rule_id"`
		Type  int64       `json:"type"`
		Name  string      `json:"name"`
		Privs []sheetPriv `json:"priv_list"`
	}
	getSheetPrivResponse struct {
		Rules []shownRule `json:"rule_list"`
	}
)

func (s *Service) getSheetPriv(ctx context.Context, tx *store.Tx, by access.Caller, req getSheetPrivRequest) (resp getSheetPrivResponse, err error) {
	d, err := s.document(tx, by, req.DocID)
	if err != nil {
		return resp, err
	}
	list, err := rulesOf(tx, d)
	if err != nil {
		return resp, err
	}
	if err := ruleType(req.Type); err != nil {
		return resp, err
	}
	for _, want := range req.Rules {
		if _, err := ruleOf(list, 2, want); req.Type == 2 && err != nil {
			return resp, err
		}
	}
	for _, r := range list {
		if r.Type != req.Type || r.Type == 2 && len(req.Rules) > 0 && !slices.Contains(req.Rules, r.ID) {
			continue
		}
		if r.Type == 1 { // everybody has all rights in the sheets that the rule does not name
			all, err := sheetsOf(tx, d)
			if err != nil {
				return resp, err
			}
			for _, sh := range all {
				if !slices.ContainsFunc(r.Privs, func(p sheetPriv) bool { return p.SheetID == sh.ID }) {
					r.Privs = append(r.Privs, privOf(nil, sh.ID, ""))
				}
			}
		}
		resp.Rules = append(resp.Rules, shownRule{r.ID, r.Type, r.Name, r.Privs})
	}
	return resp, nil
}

func ruleType(t int64) error {
	if t != 1 && t != 2 {
		return errParameter.With("type: 1 or 2 expected")
	}
	return nil
}

// ruleOf finds a rule of a type: the one for everybody, or one for some by its number.
func ruleOf(list []Rule, typ, ruleID int64) (Rule, error) {
	for _, r := range list {
		if r.Type == typ && (typ == 1 || r.ID == ruleID) {
			return r, nil
		}
	}
	return Rule{}, ErrRule.With("rule_id: there is no rule %d", ruleID)
}

// rules returns the document of a request with its rules.
func (s *Service) rules(tx *store.Tx, by access.Caller, docID string) (wedoc.Document, []Rule, error) {
	d, err := s.document(tx, by, docID)
	if err != nil {
		return d, nil, err
	}
	list, err := rulesOf(tx, d)
	return d, list, err
}

type updateSheetPrivRequest struct {
	DocID  string      `json:"docid"`
	Type   int64       `json:"type"`
	RuleID int64       `json:"rule_id"`
	Name   string      `json:"name"`
	Privs  []sheetPriv `json:"priv_list"`
}

func (s *Service) updateSheetPriv(ctx context.Context, tx *store.Tx, by access.Caller, req updateSheetPrivRequest) (wire.None, error) {
	d, list, err := s.rules(tx, by, req.DocID)
	if err != nil {
		return wire.None{}, err
	}
	if err := ruleType(req.Type); err != nil {
		return wire.None{}, err
	}
	r, err := ruleOf(list, req.Type, req.RuleID)
	if err != nil {
		return wire.None{}, err
	}
	if req.Name != "" {
		if req.Type == 1 {
			return wire.None{}, ErrRuleRename
		}
		if err := validRuleName(list, r.ID, req.Name); err != nil {
			return wire.None{}, err
		}
		r.Name = req.Name
	}
	seen := map[string]bool{}
	for _, p := range req.Privs {
		if p.SheetID == "" {
			return wire.None{}, ErrSheetEmpty
		}
		if seen[p.SheetID] {
			return wire.None{}, ErrSheetTwice.With("priv_list: %q", p.SheetID)
		}
		seen[p.SheetID] = true
		if err := s.setPriv(tx, d, &r, p); err != nil {
			return wire.None{}, err
		}
	}
	if err := putRule(tx, d, r); err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.deps.Docs.Touch(tx, d)
}

// setPriv replaces what a rule gives in one sheet, or takes it back.
func (s *Service) setPriv(tx *store.Tx, d wedoc.Document, r *Rule, p sheetPriv) error {
	sh, err := sheetOf(tx, d, p.SheetID)
	if err != nil {
		return ErrSheetID.With("priv_list.sheet_id: there is no sheet %q", p.SheetID)
	}
	r.Privs = slices.DeleteFunc(r.Privs, func(o sheetPriv) bool { return o.SheetID == p.SheetID })
	if p.Clear {
		return nil
	}
	fields, err := fieldsOf(tx, sh)
	if err != nil {
		return err
	}
	if err := p.valid(r.Type == 1, fields); err != nil {
		return err
	}
	r.Privs = append(r.Privs, p)
	return nil
}

type (
	createRuleRequest struct {
		DocID string `json:"docid"`
		Name  string `json:"name"`
	}
	createRuleResponse struct {
		RuleID int64 `json:"rule_id"`
	}
)

func (s *Service) createRule(ctx context.Context, tx *store.Tx, by access.Caller, req createRuleRequest) (resp createRuleResponse, err error) {
	d, list, err := s.rules(tx, by, req.DocID)
	if err != nil {
		return resp, err
	}
	if err := validRuleName(list, 0, req.Name); err != nil {
		return resp, err
	}
	if len(list) > maxRules { // the one for everybody is among them
		return resp, ErrRuleMany.With("at most %d", maxRules)
	}
	// The number grows with each rule, so that one that was deleted is not met again.
	last, err := tx.Count(`SELECT rules FROM smart_doc WHERE doc = ?`, d.No)
	if err != nil {
		return resp, err
	}
	resp.RuleID = max(last, 1) + 1
	if _, err := tx.Exec(`INSERT INTO smart_doc (corpid, doc, rules) VALUES (?, ?, ?) ON CONFLICT (doc) DO UPDATE SET rules = excluded.rules`, d.CorpID, d.No, resp.RuleID); err != nil {
		return resp, err
	}
	if err := putRule(tx, d, Rule{ID: resp.RuleID, Type: 2, Name: req.Name}); err != nil {
		return resp, err
	}
	return resp, s.deps.Docs.Touch(tx, d)
}

type (
	memberRange struct {
		Users []id.UserID `json:"userid_list"`
	}
	modRuleMemberRequest struct {
		DocID  string      `json:"docid"`
		RuleID int64       `json:"rule_id"`
		Add    memberRange `json:"add_member_range"`
		Remove memberRange `json:"del_member_range"`
	}
)

func (s *Service) modRuleMember(ctx context.Context, tx *store.Tx, by access.Caller, req modRuleMemberRequest) (wire.None, error) {
	d, list, err := s.rules(tx, by, req.DocID)
	if err != nil {
		return wire.None{}, err
	}
	r, err := ruleOf(list, 2, req.RuleID)
	if err != nil {
		return wire.None{}, err
	}
	for _, u := range req.Remove.Users {
		at := slices.IndexFunc(r.Users, u.Equal)
		if at < 0 {
			return wire.None{}, ErrRuleNoUser.With("del_member_range: %q", u)
		}
		r.Users = slices.Delete(r.Users, at, at+1)
	}
	known, err := s.deps.Directory.Named(tx, by, id.Texts(req.Add.Users))
	if err != nil {
		return wire.None{}, err
	}
	for _, u := range req.Add.Users {
		m, ok := known[u.Key()]
		if !ok {
			return wire.None{}, errParameter.With("add_member_range: %q is no enabled member whom the application sees", u)
		}
		if slices.ContainsFunc(r.Users, m.UserID.Equal) {
			return wire.None{}, ErrRuleTwice.With("add_member_range: %q", u)
		}
		r.Users = append(r.Users, m.UserID)
	}
	if len(r.Users) > maxRuleUsers {
		return wire.None{}, ErrRuleUsers.With("at most %d", maxRuleUsers)
	}
	if err := putRule(tx, d, r); err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.deps.Docs.Touch(tx, d)
}

type deleteRuleRequest struct {
	DocID string  `json:"docid"`
	Rules []int64 `json:"rule_id_list"`
}

func (s *Service) deleteRule(ctx context.Context, tx *store.Tx, by access.Caller, req deleteRuleRequest) (wire.None, error) {
	d, list, err := s.rules(tx, by, req.DocID)
	if err != nil {
		return wire.None{}, err
	}
	if len(req.Rules) == 0 {
		return wire.None{}, errParameter.With("rule_id_list: one rule at least expected")
	}
	for _, ruleID := range req.Rules {
		r, err := ruleOf(list, 2, ruleID)
		if err != nil {
			return wire.None{}, err
		}
		if _, err := tx.Exec(`DELETE FROM smart_rule WHERE no = ?`, r.No); err != nil {
			return wire.None{}, err
		}
	}
	return wire.None{}, s.deps.Docs.Touch(tx, d)
}
