package checkin

import (
	"context"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) changeEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("add_checkin_option", 98041, 0, wire.Write(s.addCheckinOption), access.Custom),
		endpoint("update_checkin_option", 98041, 0, wire.Write(s.updateCheckinOption), access.Custom),
		endpoint("clear_checkin_option_array_field", 98041, 0, wire.Write(s.clearCheckinOptionArrayField), access.Custom),
		endpoint("del_checkin_option", 98041, 0, wire.Write(s.delCheckinOption), access.Custom),
	}
}

type optionRequest struct {
	Now   bool          `json:"effective_now"` // otherwise tomorrow
	Group *groupRequest `json:"group"`
}

// mostRules is how many rules a corp may have; ours.
const mostRules = 200

// Beginning is the day that a change begins on: today, or tomorrow.
func Beginning(tx *store.Tx, now bool) int64 {
	if now {
		return today(tx)
	}
	return today(tx) + day
}

func (s *Service) addCheckinOption(ctx context.Context, tx *store.Tx, by access.Caller, req optionRequest) (wire.None, error) {
	if req.Group == nil {
		return wire.None{}, ErrInput.With("group is missing")
	}
	if req.Group.Overtime == nil {
		return wire.None{}, bad("invalid ot_info_v2, ot_info_v2 is necessary")
	}
	r := newRule()
	if err := req.Group.apply(&r, tx.Now().Unix()); err != nil {
		return wire.None{}, err
	}
	_, err := s.CreateRule(ctx, tx, by, r, Beginning(tx, req.Now))
	return wire.None{}, err
}

// CreateRule makes a rule that begins on a day, and returns its number. It answers ErrField for what it may not say,
// ErrHidden for people whom the caller does not see, and ErrOverlap where another rule names the same people.
func (s *Service) CreateRule(ctx context.Context, tx *store.Tx, by access.Caller, r Rule, from int64) (int64, error) {
	rules, err := selectRules(tx, by.CorpID)
	if err != nil {
		return 0, err
	}
	there := slices.DeleteFunc(slices.Clone(rules), func(h *history) bool { return h.present(today(tx)) == nil })
	if len(there) >= mostRules {
		return 0, ErrField.With("the enterprise has %d rules, at most %d", len(there), mostRules)
	}
	if by.App == 0 {
		r.Complete()
	}
	if by.UserID != "" {
		r.Creator, r.Updater = by.UserID, by.UserID
	}
	if err := s.admit(ctx, tx, by, &r, nil, there, 0); err != nil {
		return 0, err
	}
	return insertRule(tx, by.CorpID, by.App, from, r)
}

// admit checks a rule before it is written. Number is its own, 0 for a new one.
func (s *Service) admit(ctx context.Context, tx *store.Tx, by access.Caller, r, before *Rule, others []*history, number int64) error {
	if err := r.check(before, today(tx)); err != nil {
		return err
	}
	if err := s.seen(ctx, tx, by, r); err != nil {
		return err
	}
	for _, h := range others {
		o := h.present(today(tx))
		if o == nil || o.group == number {
			continue
		}
		for _, u := range r.Range.Users {
			if slices.ContainsFunc(o.Range.Users, u.Equal) {
				return ErrOverlap.With("range.userid: rule %d names %q", o.group, u)
			}
		}
		for _, list := range []struct {
			name       string
			mine, hers []int64
		}{{"party_id", r.Range.Parties, o.Range.Parties}, {"tagid", r.Range.Tags, o.Range.Tags}} {
			for _, v := range list.mine {
				if slices.Contains(list.hers, v) {
					return ErrOverlap.With("range.%s: rule %d names %d", list.name, o.group, v)
				}
			}
		}
	}
	return nil
}

// seen answers ErrHidden for members, departments and tags that are not there, or beyond the caller's range. It spells
// userids as the directory does.
func (s *Service) seen(ctx context.Context, tx *store.Tx, by access.Caller, r *Rule) error {
	var users []id.UserID
	r.eachUser(func(u *id.UserID) { users = append(users, *u) })
	known, err := s.deps.Directory.Named(tx, by, id.Texts(users))
	if err != nil {
		return err
	}
	gone := id.UserID("")
	for _, list := range [][]id.UserID{r.Range.Users, r.White} {
		for i, u := range list {
			m, ok := known[u.Key()]
			if !ok {
				gone = u
				continue
			}
			list[i] = m.UserID
		}
	}
	for i, p := range r.Reporters {
		if m, ok := known[p.UserID.Key()]; ok {
			r.Reporters[i].UserID = m.UserID
		} else if p.UserID != "" {
			gone = p.UserID
		}
	}
	if gone != "" {
		return ErrHidden.With("%q is no member whom the application sees", gone)
	}
	for _, dep := range r.Range.Parties {
		line, err := s.deps.Directory.Line(tx, by.CorpID, dep)
		if err != nil {
			return err
		}
		in := func(d directory.Department) bool { return slices.Contains(by.Range.Departments, d.ID) }
		if len(line) == 0 || !by.SeesAll() && !slices.ContainsFunc(line, in) {
			return ErrHidden.With("range.party_id: %d is no department that the application sees", dep)
		}
	}
	tags, err := s.deps.Directory.ExistingTags(tx, by.CorpID, r.tags())
	if err != nil {
		return err
	}
	for _, t := range r.tags() {
		if !tags[t] || !by.SeesAll() && !slices.Contains(by.Range.Tags, t) {
			return ErrHidden.With("%d is no tag that the application sees", t)
		}
	}
	return nil
}

// tags are those that the rule names.
func (r *Rule) tags() []int64 {
	out := slices.Clone(r.Range.Tags)
	for _, p := range r.Reporters {
		if p.TagID != 0 {
			out = append(out, p.TagID)
		}
	}
	return out
}

// own returns a rule that the caller may change: an application those that it has made, an administrator all. It
// answers ErrGroup and ErrOtherApp.
func (s *Service) own(tx *store.Tx, by access.Caller, group int64) (*history, []*history, error) {
	rules, err := selectRules(tx, by.CorpID)
	if err != nil {
		return nil, nil, err
	}
	h := ruleNumbered(rules, group)
	if h == nil || h.present(today(tx)) == nil {
		return nil, nil, ErrGroup.With("groupid: there is no rule %d", group)
	}
	if by.App != 0 && h.app != by.App {
		return nil, nil, ErrOtherApp.With("rule %d is another application's, or an administrator's", group)
	}
	return h, rules, nil
}

// change changes a rule.
func (s *Service) change(ctx context.Context, tx *store.Tx, by access.Caller, group int64, now bool, fn func(*Rule) error) error {
	// Two changes at once could name the same people: this row makes them one after the other, as making a rule does.
	if _, err := tx.Exec(`UPDATE checkin_count SET last = last WHERE corpid = ?`, by.CorpID); err != nil {
		return err
	}
	h, rules, err := s.own(tx, by, group)
	if err != nil {
		return err
	}
	before := h.present(today(tx)).Rule
	r, err := before.clone()
	if err != nil {
		return err
	}
	if err := fn(&r); err != nil {
		return err
	}
	if r.Type != before.Type {
		return bad("invalid group type").With("the grouptype of a rule stays as it is")
	}
	if by.UserID != "" {
		r.Updater = by.UserID
	}
	if err := s.admit(ctx, tx, by, &r, &before, rules, group); err != nil {
		return err
	}
	return writeVersion(tx, by.CorpID, h.no, Beginning(tx, now), string(wire.Encode(r)))
}

func (s *Service) updateCheckinOption(ctx context.Context, tx *store.Tx, by access.Caller, req optionRequest) (wire.None, error) {
	if req.Group == nil {
		return wire.None{}, ErrInput.With("group is missing")
	}
	return wire.None{}, s.change(ctx, tx, by, req.Group.Group, req.Now, func(r *Rule) error { return req.Group.apply(r, tx.Now().Unix()) })
}

// ReplaceRule replaces all that a rule says.
func (s *Service) ReplaceRule(ctx context.Context, tx *store.Tx, by access.Caller, group int64, r Rule, now bool) error {
	return s.change(ctx, tx, by, group, now, func(old *Rule) error {
		r.Complete()
		r.Creator = old.Creator
		*old = r
		return nil
	})
}

type clearCheckinOptionArrayFieldRequest struct {
	Group  int64   `json:"groupid"`
	Fields []int64 `json:"clear_field"`
	Now    bool    `json:"effective_now"`
}

func (s *Service) clearCheckinOptionArrayField(ctx context.Context, tx *store.Tx, by access.Caller, req clearCheckinOptionArrayFieldRequest) (wire.None, error) {
	if len(req.Fields) == 0 {
		return wire.None{}, ErrInput.With("clear_field: some of 1 to 4 expected")
	}
	return wire.None{}, s.change(ctx, tx, by, req.Group, req.Now, func(r *Rule) error {
		for _, f := range req.Fields {
			switch f {
			case 1:
				r.SpecialWork = nil
			case 2:
				r.SpecialOff = nil
			case 3:
				r.WiFi = nil
			case 4:
				r.Places = nil
			default:
				return ErrInput.With("clear_field: %d; 1 to 4 expected", f)
			}
		}
		return nil
	})
}

type delCheckinOptionRequest struct {
	Group int64 `json:"groupid"`
	Now   bool  `json:"effective_now"`
}

func (s *Service) delCheckinOption(ctx context.Context, tx *store.Tx, by access.Caller, req delCheckinOptionRequest) (wire.None, error) {
	return wire.None{}, s.DeleteRule(ctx, tx, by, req.Group, req.Now)
}

// DeleteRule ends a rule, today or tomorrow. The days before keep it.
func (s *Service) DeleteRule(ctx context.Context, tx *store.Tx, by access.Caller, group int64, now bool) error {
	h, _, err := s.own(tx, by, group)
	if err != nil {
		return err
	}
	return writeVersion(tx, by.CorpID, h.no, Beginning(tx, now), "")
}
