package archive

import (
	"context"
	"encoding/json"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Rule says how long records of a kind are kept.
type Rule struct {
	No int64 `json:"no"`
	// Conversation is internal or external; any if it is empty.
	Conversation string `json:"conversation,omitempty"`
	Type         string `json:"msgtype,omitempty"` // any if it is empty
	// Departments are those of the sender, with all below them; any if there are none.
	Departments []int64 `json:"departments,omitempty"`
	Days        int64   `json:"days"` // after the message; 0 is for ever
}

func (r Rule) valid() error {
	switch {
	case r.Days < 0:
		return wire.ErrParameter.With("days: 0 or more expected")
	case !slices.Contains([]string{"", "internal", "external"}, r.Conversation):
		return wire.ErrParameter.With("conversation: internal or external expected")
	}
	return nil
}

// speaks reports whether the rule is about the record. inside says that its sender is in the departments.
func (r Rule) speaks(rec Record, inside bool) bool {
	return (r.Conversation == "" || (r.Conversation == "external") == rec.External) && (r.Type == "" || r.Type == rec.Type) && (len(r.Departments) == 0 || inside)
}

// AddRule adds a rule behind those that are there.
func (s *Service) AddRule(ctx context.Context, tx *store.Tx, corpID string, r Rule) (int64, error) {
	if err := r.valid(); err != nil {
		return 0, err
	}
	if len(r.Departments) > 0 {
		known, err := s.deps.Directory.VisibleDepartments(tx, access.System(corpID), r.Departments)
		if err != nil {
			return 0, err
		}
		for _, d := range r.Departments {
			if !known[d] {
				return 0, wire.ErrParameter.With("departments: there is no department %d", d)
			}
		}
	}
	departments, err := json.Marshal(r.Departments)
	if err != nil {
		return 0, err
	}
	return tx.Insert(`INSERT INTO archive_rule (corpid, conversation, msgtype, departments, days) VALUES (?, ?, ?, ?, ?)`, corpID, r.Conversation, r.Type, string(departments), r.Days)
}

// RemoveRule removes a rule.
func (s *Service) RemoveRule(ctx context.Context, tx *store.Tx, corpID string, no int64) error {
	n, err := tx.Exec(`DELETE FROM archive_rule WHERE corpid = ? AND no = ?`, corpID, no)
	if err == nil && n == 0 {
		err = wire.ErrParameter.With("there is no rule %d", no)
	}
	return err
}

// Rules returns the corp's rules, in the order in which they are asked.
func (s *Service) Rules(tx *store.Tx, corpID string) (out []Rule, err error) {
	out = []Rule{}
	err = tx.Each(`SELECT no, conversation, msgtype, departments, days FROM archive_rule WHERE corpid = ? ORDER BY no`, []any{corpID}, func(rows *store.Rows) error {
		var r Rule
		var departments string
		if err := rows.Scan(&r.No, &r.Conversation, &r.Type, &departments, &r.Days); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(departments), &r.Departments)
		out = append(out, r)
		return err
	})
	return out, err
}
