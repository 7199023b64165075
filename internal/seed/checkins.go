package seed

import (
	"fmt"

	"qiwei/internal/checkin"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// CheckinRule is a rule of check-in, with the fields of checkin/add_checkin_option.
type CheckinRule struct {
	checkin.Rule
	DaysAgo int64 `json:"days_ago,omitempty"` // when it began
	// Roster gives members shifts of the rule, from its beginning until 30 days from now.
	Roster []Roster `json:"roster,omitempty"`
	// Past makes check-ins of the days before, as members might have made them.
	Past *checkin.Habits `json:"past,omitempty"`
}

// Roster is a member's shifts, one after another, over and over.
type Roster struct {
	UserID id.UserID `json:"userid"`
	Shifts []int64   `json:"schedule_ids"`
}

// rosterAhead is how many days from now members have shifts.
const rosterAhead = 30

// checkins come after approvals, by which members are away. Check-ins are made when all rules are there, since a
// member may be covered by several.
func (l loader) checkins(e Enterprise) error {
	const day = 24 * 60 * 60
	midnight := checkin.Midnight(l.tx.Now().Unix())
	groups := make([]int64, len(e.CheckinRules))
	for i, r := range e.CheckinRules {
		from := midnight - r.DaysAgo*day
		group, err := l.s.Checkins.CreateRule(l.ctx, l.tx, l.by, r.Rule, from)
		if err != nil {
			return fmt.Errorf("checkin_rules[%d] (%s): %w", i, r.Name, err)
		}
		groups[i] = group
	}
	for i, r := range e.CheckinRules {
		for j, p := range r.Roster {
			if err := l.s.Checkins.Roster(l.ctx, l.tx, l.by.CorpID, groups[i], p.UserID, p.Shifts, midnight-r.DaysAgo*day, midnight+rosterAhead*day); err != nil {
				return fmt.Errorf("checkin_rules[%d].roster[%d]: %w", i, j, err)
			}
		}
		if r.Past != nil {
			if err := l.s.Checkins.Invent(l.ctx, l.tx, l.by.CorpID, groups[i], *r.Past); err != nil {
				return fmt.Errorf("checkin_rules[%d].past: %w", i, err)
			}
		}
	}
	return nil
}

// exportCheckins describes the corp's rules. Shifts and check-ins are left out.
func exportCheckins(tx *store.Tx, s *platform.Server, corpID string, e *Enterprise) error {
	rules, err := s.Checkins.Rules(tx, corpID)
	if err != nil {
		return err
	}
	midnight := checkin.Midnight(tx.Now().Unix())
	for _, r := range rules {
		e.CheckinRules = append(e.CheckinRules, CheckinRule{Rule: r.Rule, DaysAgo: max(midnight-r.From, 0) / (24 * 60 * 60)})
	}
	any, err := s.Checkins.Any(tx, corpID)
	if any {
		e.LeftOut = append(e.LeftOut, "check-ins and members' shifts")
	}
	return err
}
