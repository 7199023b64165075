package hardware

import (
	"context"
	"errors"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) ruleEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/devicedata/get_accesscontrol_rule", Doc: 96030, Allow: readers, Handle: wire.Read(s.getAccesscontrolRule)},
		{Method: "POST", Path: "/cgi-bin/devicedata/add_accesscontrol_rule", Doc: 96031, Allow: readers, Handle: wire.Write(s.addAccesscontrolRule)},
		{Method: "POST", Path: "/cgi-bin/devicedata/mod_accesscontrol_rule", Doc: 96221, Allow: readers, Handle: wire.Write(s.modAccesscontrolRule)},
		{Method: "POST", Path: "/cgi-bin/devicedata/del_accesscontrol_rule", Doc: 96227, Allow: readers, Handle: wire.Write(s.delAccesscontrolRule)},
	}
}

type getAccesscontrolRuleRequest struct {
	SN string `json:"device_sn"`
}

type (
	ruleItem struct {
		ID    string     `json:"rule_id"`
		Name  string     `json:"name"`
		Rules []string   `json:"rule_list"`
		At    int64      `json:"effect_time"`
		Users []userItem `json:"effect_open_userid_list"`
	}
	ruleItems struct {
		Items []ruleItem `json:"items"`
	}
	getAccesscontrolRuleResponse struct {
		Pass   ruleItems `json:"pass_rule"`
		Remote ruleItems `json:"remote_pass_rule"`
	}
)

// getAccesscontrolRule answers the rules of a device that the corp has, with the members in them whom the
// application sees.
func (s *Service) getAccesscontrolRule(ctx context.Context, tx *store.Tx, by access.Caller, req getAccesscontrolRuleRequest) (resp getAccesscontrolRuleResponse, err error) {
	if !by.Granted(readRule) {
		return resp, ErrNoRight.With("the corp has not given the application the permission %s", readRule)
	}
	d, err := s.DeviceIn(tx, by.CorpID, req.SN)
	switch {
	case req.SN == "":
		return resp, ErrNoSN
	case errors.Is(err, ErrNoSuchSN), errors.Is(err, ErrNotInCorp):
		return resp, ErrSN
	case err != nil:
		return resp, err
	}
	rules, err := s.Rules(tx, d)
	if err != nil {
		return resp, err
	}
	for _, r := range rules {
		for remote, p := range []*Passing{r.Pass, r.Remote} {
			if p == nil {
				continue
			}
			item := ruleItem{ID: s.ruleID(r), Name: r.Name, Rules: p.Rules, At: r.EffectTime.Unix()}
			seen, err := s.deps.Directory.VisibleMembers(tx, by, id.Texts(p.Users))
			if err != nil {
				return resp, err
			}
			for _, u := range p.Users {
				if seen[u.Key()] != 0 {
					item.Users = append(item.Users, userItem{u, Employee})
				}
			}
			into := []*ruleItems{&resp.Pass, &resp.Remote}[remote]
			into.Items = append(into.Items, item)
		}
	}
	return resp, nil
}

type passRuleRequest struct {
	Rules []string   `json:"rule_list"`
	Users []userItem `json:"effect_open_userid_list"`
}

func (p *passRuleRequest) passing() *Passing {
	if p == nil {
		return nil
	}
	out := Passing{Rules: p.Rules, Users: []id.UserID{}}
	for _, u := range p.Users {
		if u.Type == Employee {
			out.Users = append(out.Users, u.UserID)
		}
	}
	return &out
}

type addAccesscontrolRuleRequest struct {
	SNs    []string         `json:"device_sn_list"`
	Name   string           `json:"rule_name"`
	Pass   *passRuleRequest `json:"pass_rule"`
	Remote *passRuleRequest `json:"remote_pass_rule"`
}

type addAccesscontrolRuleResponse struct {
	ID      string      `json:"rule_id"`
	Invalid []id.UserID `json:"invalid_list"`
}

type invalidList struct {
	Invalid []id.UserID `json:"invalid_list"`
}

func (s *Service) addAccesscontrolRule(ctx context.Context, tx *store.Tx, by access.Caller, req addAccesscontrolRuleRequest) (resp addAccesscontrolRuleResponse, err error) {
	r, err := s.ruleOf(tx, by, req)
	if err != nil {
		return resp, err
	}
	r, err = s.SaveRule(ctx, tx, r)
	resp.ID = s.ruleID(r)
	return resp, err
}

// ruleOf checks a rule that an application writes: its devices are granted to the application, and its people
// are seen by it and use each of the devices (doc 96031).
func (s *Service) ruleOf(tx *store.Tx, by access.Caller, req addAccesscontrolRuleRequest) (r Rule, err error) {
	if !by.Granted(editRule) {
		return r, ErrNoRight.With("the corp has not given the application the permission %s", editRule)
	}
	r = Rule{CorpID: by.CorpID, App: by.App, Name: req.Name, Pass: req.Pass.passing(), Remote: req.Remote.passing()}
	for _, p := range []*passRuleRequest{req.Pass, req.Remote} {
		for i := 0; p != nil && i < len(p.Users); i++ {
			if u := p.Users[i]; u.Type != Employee {
				return r, ErrOutOfRange.With("user_type %d: students are not built", u.Type).Answering(invalidList{[]id.UserID{u.UserID}})
			}
		}
	}
	if err := r.valid(); err != nil {
		return r, err
	}
	if n := len(req.SNs); n < 1 || n > maxRuleDevices {
		return r, ErrNoSN.With("device_sn_list: 1 to %d expected", maxRuleDevices)
	}
	granted, err := s.granted(tx, by)
	if err != nil {
		return r, err
	}
	seen, err := s.deps.Directory.VisibleMembers(tx, by, id.Texts(r.users()))
	if err != nil {
		return r, err
	}
	if bad := without(r.users(), func(u id.UserID) bool { return seen[u.Key()] != 0 }); len(bad) > 0 {
		return r, ErrBeyondApp.Answering(invalidList{bad})
	}
	for _, sn := range req.SNs {
		d, err := s.Device(tx, sn)
		if errors.Is(err, ErrNoSuchSN) || err == nil && !granted[d.No] {
			return r, ErrNoDevice.With("device_sn_list: %s is not granted to the application", sn)
		}
		if err != nil {
			return r, err
		}
		known, err := s.Users(tx, d, r.users())
		if err != nil {
			return r, err
		}
		if bad := without(r.users(), func(u id.UserID) bool { _, ok := known[u.Key()]; return ok }); len(bad) > 0 {
			return r, ErrOutOfRange.Answering(invalidList{bad})
		}
		r.Devices = append(r.Devices, d.No)
	}
	return r, nil
}

func without(list []id.UserID, good func(id.UserID) bool) (bad []id.UserID) {
	for _, u := range list {
		if !good(u) {
			bad = append(bad, u)
		}
	}
	return bad
}

type modAccesscontrolRuleRequest struct {
	ID string `json:"rule_id"`
	addAccesscontrolRuleRequest
}

func (s *Service) modAccesscontrolRule(ctx context.Context, tx *store.Tx, by access.Caller, req modAccesscontrolRuleRequest) (resp invalidList, err error) {
	before, err := s.ownRule(tx, by, req.ID)
	if err != nil {
		return resp, err
	}
	r, err := s.ruleOf(tx, by, req.addAccesscontrolRuleRequest)
	if err != nil {
		return resp, err
	}
	r.No = before.No
	_, err = s.SaveRule(ctx, tx, r)
	return resp, err
}

// ownRule returns a rule that the application made, whose people and devices are all still within its rights
// (doc 96221).
func (s *Service) ownRule(tx *store.Tx, by access.Caller, ruleID string) (r Rule, err error) {
	if !by.Granted(editRule) {
		return r, ErrNoRight.With("the corp has not given the application the permission %s", editRule)
	}
	if r, err = s.rule(tx, by.CorpID, s.ruleNo(ruleID)); err != nil {
		return r, err
	}
	if r.App != by.App {
		return r, ErrRuleID.With("an application changes its own rules")
	}
	granted, err := s.granted(tx, by)
	if err != nil {
		return r, err
	}
	for _, d := range r.Devices {
		if !granted[d] {
			return r, ErrRuleBeyond
		}
	}
	seen, err := s.deps.Directory.VisibleMembers(tx, by, id.Texts(r.users()))
	if err == nil && len(without(r.users(), func(u id.UserID) bool { return seen[u.Key()] != 0 })) > 0 {
		err = ErrRuleBeyond
	}
	return r, err
}

type delAccesscontrolRuleRequest struct {
	ID string `json:"rule_id"`
}

func (s *Service) delAccesscontrolRule(ctx context.Context, tx *store.Tx, by access.Caller, req delAccesscontrolRuleRequest) (wire.None, error) {
	r, err := s.ownRule(tx, by, req.ID)
	if err == nil {
		err = s.DeleteRule(ctx, tx, r)
	}
	return wire.None{}, err
}
