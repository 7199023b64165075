package hardware

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// Rule says who may pass which devices when. Pass is for those who stand at the door, Remote for those who
// open it from afar. One of the two may be missing.
type Rule struct {
	No         int64
	CorpID     string
	App        int64 // that made it; 0 for an administrator's
	Name       string
	EffectTime time.Time
	Devices    []int64
	Pass       *Passing
	Remote     *Passing
}

// Passing is when, and for whom.
type Passing struct {
	Rules []string
	Users []id.UserID
}

// PassRule is a rule as a device is told of it.
type PassRule struct {
	ID         int64  `json:"id"`
	Rule       string `json:"rule"`
	EffectTime int64  `json:"effect_time"` // Unix seconds
}

// Bounds of a rule. The platform names none.
const (
	maxRuleName    = 64 // characters
	maxRuleTexts   = 50
	maxRulePeople  = 10_000
	maxRuleDevices = 100
)

func (r Rule) valid() error {
	if n := utf8.RuneCountInString(r.Name); n < 1 || n > maxRuleName || strings.TrimSpace(r.Name) == "" {
		return ErrRuleName.With("1 to %d characters expected", maxRuleName)
	}
	if r.Pass == nil && r.Remote == nil {
		return ErrRule.With("a pass_rule or a remote_pass_rule expected")
	}
	for _, p := range []*Passing{r.Pass, r.Remote} {
		if p == nil {
			continue
		}
		if len(p.Rules) < 1 || len(p.Rules) > maxRuleTexts {
			return ErrRule.With("rule_list: 1 to %d expected", maxRuleTexts)
		}
		if len(p.Users) > maxRulePeople {
			return ErrRule.With("effect_open_userid_list: at most %d expected", maxRulePeople)
		}
		for _, text := range p.Rules {
			if _, ok := parseRule(text); !ok {
				return ErrRule.With("%q: five columns such as \"9:00-10:00 * * 1-5 *\" expected", text)
			}
		}
	}
	return nil
}

// users returns everybody whom the rule names.
func (r Rule) users() (out []id.UserID) {
	for _, p := range []*Passing{r.Pass, r.Remote} {
		if p != nil {
			out = append(out, p.Users...)
		}
	}
	return out
}

// SaveRule writes a rule, a new one where its number is 0, and tells its devices. People and devices have been
// checked.
func (s *Service) SaveRule(ctx context.Context, tx *store.Tx, r Rule) (Rule, error) {
	if err := r.valid(); err != nil {
		return r, err
	}
	r.EffectTime = tx.Now()
	pass, err1 := encodePassing(r.Pass)
	remote, err2 := encodePassing(r.Remote)
	if err := errors.Join(err1, err2); err != nil {
		return r, err
	}
	before := r
	var err error
	if r.No == 0 {
		var app any
		if r.App != 0 {
			app = r.App
		}
		r.No, err = tx.Insert(`INSERT INTO hardware_rule (corpid, app, name, effect_time, pass, remote) VALUES (?, ?, ?, ?, ?, ?)`, r.CorpID, app, r.Name, r.EffectTime.Unix(), pass, remote)
	} else {
		if before, err = s.rule(tx, r.CorpID, r.No); err != nil {
			return r, err
		}
		_, err = tx.Exec(`UPDATE hardware_rule SET name = ?, effect_time = ?, pass = ?, remote = ? WHERE no = ?`, r.Name, r.EffectTime.Unix(), pass, remote, r.No)
	}
	if err != nil {
		return r, err
	}
	for _, of := range []string{"hardware_rule_device", "hardware_rule_person"} {
		if _, err := tx.Exec(`DELETE FROM `+of+` WHERE rule = ?`, r.No); err != nil {
			return r, err
		}
	}
	for _, d := range r.Devices {
		if _, err := tx.Exec(`INSERT INTO hardware_rule_device (rule, device) VALUES (?, ?) ON CONFLICT DO NOTHING`, r.No, d); err != nil {
			return r, err
		}
	}
	for remote, p := range []*Passing{r.Pass, r.Remote} {
		if p == nil {
			continue
		}
		for _, u := range p.Users {
			if _, err := tx.Exec(`INSERT INTO hardware_rule_person (rule, remote, user_type, userkey, userid) VALUES (?, ?, 0, ?, ?) ON CONFLICT DO NOTHING`, r.No, int64(remote), u.Key(), string(u)); err != nil {
				return r, err
			}
		}
	}
	return r, s.ruleChanged(ctx, tx, before, r)
}

func encodePassing(p *Passing) (string, error) {
	if p == nil {
		return "", nil
	}
	text, err := json.Marshal(p.Rules)
	return string(text), err
}

// DeleteRule removes a rule of the corp, and tells its devices.
func (s *Service) DeleteRule(ctx context.Context, tx *store.Tx, r Rule) error {
	if _, err := tx.Exec(`DELETE FROM hardware_rule WHERE no = ?`, r.No); err != nil {
		return err
	}
	return s.ruleChanged(ctx, tx, r, Rule{})
}

// ruleChanged tells the devices of both that the people of both have changed.
func (s *Service) ruleChanged(ctx context.Context, tx *store.Tx, before, after Rule) error {
	devices := slices.Concat(before.Devices, after.Devices)
	slices.Sort(devices)
	users := map[string]id.UserID{}
	for _, u := range append(before.users(), after.users()...) {
		users[u.Key()] = u
	}
	var list []id.UserID
	for _, u := range users {
		list = append(list, u)
	}
	slices.Sort(list)
	for _, no := range slices.Compact(devices) {
		d, found, err := s.DeviceNo(tx, no)
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		known, err := s.Users(tx, d, list)
		if err != nil {
			return err
		}
		var changed []id.UserID
		for _, u := range list {
			if m, ok := known[u.Key()]; ok {
				changed = append(changed, m.UserID)
			}
		}
		if err := s.announce(ctx, tx, d, nil, changed, nil); err != nil {
			return err
		}
	}
	return nil
}

// Rules returns the rules of a device in the order of their making.
func (s *Service) Rules(tx *store.Tx, d Device) ([]Rule, error) {
	return s.selectRules(tx, `r.corpid = ? AND r.no IN (SELECT rule FROM hardware_rule_device WHERE device = ?)`, d.CorpID, d.No)
}

func (s *Service) rule(tx *store.Tx, corpID string, no int64) (Rule, error) {
	list, err := s.selectRules(tx, `r.corpid = ? AND r.no = ?`, corpID, no)
	if err == nil && len(list) == 0 {
		err = ErrRuleID
	}
	if err != nil {
		return Rule{}, err
	}
	return list[0], nil
}

// ruleID is a rule's id on the wire.
func (s *Service) ruleID(r Rule) string { return s.deps.Box.Number(seal.DeviceRule, r.No) }

func (s *Service) ruleNo(text string) int64 {
	no, err := s.deps.Box.OpenNumber(seal.DeviceRule, text)
	if err != nil {
		return 0
	}
	return no
}

func (s *Service) selectRules(tx *store.Tx, where string, args ...any) (list []Rule, err error) {
	err = tx.Each(`SELECT r.no, r.corpid, coalesce(r.app, 0), r.name, r.effect_time, r.pass, r.remote FROM hardware_rule r WHERE `+where+` ORDER BY r.no`, args, func(rows *store.Rows) error {
		var r Rule
		var at int64
		var pass, remote string
		if err := rows.Scan(&r.No, &r.CorpID, &r.App, &r.Name, &at, &pass, &remote); err != nil {
			return err
		}
		r.EffectTime = time.Unix(at, 0)
		var err1, err2 error
		r.Pass, err1 = decodePassing(pass)
		r.Remote, err2 = decodePassing(remote)
		list = append(list, r)
		return errors.Join(err1, err2)
	})
	for i := range list {
		r := &list[i]
		if err == nil {
			err = tx.Each(`SELECT device FROM hardware_rule_device WHERE rule = ? ORDER BY device`, []any{r.No}, func(rows *store.Rows) error {
				var no int64
				err := rows.Scan(&no)
				r.Devices = append(r.Devices, no)
				return err
			})
		}
		if err == nil {
			err = tx.Each(`SELECT remote, userid FROM hardware_rule_person WHERE rule = ? ORDER BY userkey`, []any{r.No}, func(rows *store.Rows) error {
				var remote int64
				var u id.UserID
				err := rows.Scan(&remote, &u)
				if p := []*Passing{r.Pass, r.Remote}[remote]; p != nil {
					p.Users = append(p.Users, u)
				}
				return err
			})
		}
	}
	return list, err
}

func decodePassing(text string) (*Passing, error) {
	if text == "" {
		return nil, nil
	}
	var p Passing
	if err := json.Unmarshal([]byte(text), &p.Rules); err != nil {
		return nil, fmt.Errorf("rule: %w", err)
	}
	return &p, nil
}

// PassRules returns the rules of a device by the keys of those whom they name. Somebody without rules may pass
// (doc 93983).
func (s *Service) PassRules(tx *store.Tx, d Device) (map[string][]PassRule, error) {
	rules, err := s.Rules(tx, d)
	out := map[string][]PassRule{}
	for _, r := range rules {
		if r.Pass == nil {
			continue
		}
		for _, u := range r.Pass.Users {
			for _, text := range r.Pass.Rules {
				list := out[u.Key()]
				out[u.Key()] = append(list, PassRule{int64(len(list)), text, r.EffectTime.Unix()})
			}
		}
	}
	return out, err
}

// mayOpen reports whether a member may open the door from afar now: where the device has rules for that, one
// of them must name the member and the time.
func (s *Service) mayOpen(tx *store.Tx, d Device, user id.UserID) (bool, error) {
	rules, err := s.Rules(tx, d)
	if err != nil {
		return false, err
	}
	ruled := false
	for _, r := range rules {
		if r.Remote == nil {
			continue
		}
		ruled = true
		if !slices.ContainsFunc(r.Remote.Users, user.Equal) {
			continue
		}
		for _, text := range r.Remote.Rules {
			if t, ok := parseRule(text); ok && t.allows(tx.Now()) {
				return true, nil
			}
		}
	}
	return !ruled, nil
}
