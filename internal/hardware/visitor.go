package hardware

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Visitor is somebody from outside whom a device may let in. The id is the member's or another's, and the
// application's that invited them: userid/agentid (doc 94005).
type Visitor struct {
	No    int64
	ID    string
	Name  string
	Rules []string // without any the visitor does not pass (doc 94005)
	At    int64    // Unix seconds, since when the rules count
}

// visitorChange is what a device is told of its visitors (doc 93999).
type visitorChange struct {
	At      int64         `json:"timestamp"`
	Version int64         `json:"visitor_version"`
	Create  []visitorUser `json:"create_visitor"`
	Update  []visitorUser `json:"update_visitor"`
	Delete  []visitorUser `json:"delete_visitor"`
}

type visitorUser struct {
	UserID string `json:"userid"`
}

// Invite lets a visitor use a device that connects by itself, or changes one; Uninvite ends that. The pages
// of the cloud's visitors are empty (doc 96060), so cloud devices have none.
func (s *Service) Invite(ctx context.Context, tx *store.Tx, d Device, v Visitor) error {
	user, agent, ok := strings.Cut(v.ID, "/")
	if !ok || user == "" || agent == "" || len(v.ID) > 128 || v.Name == "" {
		return wire.ErrParameter.With("a name, and an id of the form userid/agentid expected")
	}
	if d.Model.Access != Direct {
		return errAbility
	}
	for _, text := range v.Rules {
		if _, ok := parseRule(text); !ok {
			return ErrRule.With("%q", text)
		}
	}
	rules, err := json.Marshal(v.Rules)
	if err != nil {
		return err
	}
	found, err := s.hasVisitor(tx, d, v.ID)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO hardware_visitor (device, visitor, name, rules, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (device, visitor) DO UPDATE SET name = excluded.name, rules = excluded.rules, at = excluded.at`,
		d.No, v.ID, v.Name, string(rules), tx.Now().Unix()); err != nil {
		return err
	}
	c := visitorChange{Create: []visitorUser{}, Update: []visitorUser{}, Delete: []visitorUser{}}
	if found {
		c.Update = append(c.Update, visitorUser{v.ID})
	} else {
		c.Create = append(c.Create, visitorUser{v.ID})
	}
	return s.tellVisitors(tx, d, c)
}

// Uninvite ends what Invite began.
func (s *Service) Uninvite(ctx context.Context, tx *store.Tx, d Device, visitor string) error {
	n, err := tx.Exec(`DELETE FROM hardware_visitor WHERE device = ? AND visitor = ?`, d.No, visitor)
	if err != nil || n == 0 {
		return err
	}
	for _, of := range []string{"hardware_enrolment", "hardware_feature"} {
		if _, err := tx.Exec(`DELETE FROM `+of+` WHERE provider = ? AND corpid = ? AND user_type = 1 AND userkey = ?`, d.Model.Provider, d.CorpID, strings.ToLower(visitor)); err != nil {
			return err
		}
	}
	return s.tellVisitors(tx, d, visitorChange{Create: []visitorUser{}, Update: []visitorUser{}, Delete: []visitorUser{{visitor}}})
}

func (s *Service) tellVisitors(tx *store.Tx, d Device, c visitorChange) error {
	if _, err := tx.Exec(`UPDATE hardware_device SET visitor_version = visitor_version + 1 WHERE no = ?`, d.No); err != nil {
		return err
	}
	if _, err := tx.Get(`SELECT visitor_version FROM hardware_device WHERE no = ?`, []any{d.No}, &c.Version); err != nil {
		return err
	}
	c.At = tx.Now().Unix()
	return s.toDevice(tx, d, "push_visitor_list_change", c)
}

func (s *Service) hasVisitor(tx *store.Tx, d Device, visitor string) (bool, error) {
	n, err := tx.Count(`SELECT count(*) FROM hardware_visitor WHERE device = ? AND visitor = ?`, d.No, visitor)
	return n > 0, err
}

// Visitors returns those of the ids who may use the device.
func (s *Service) Visitors(tx *store.Tx, d Device, ids []string) (list []Visitor, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = tx.Each(`SELECT no, visitor, name, rules, at FROM hardware_visitor WHERE device = ? AND visitor IN (`+store.Marks(len(ids))+`) ORDER BY no`, store.Args([]any{d.No}, ids), func(rows *store.Rows) error {
		var v Visitor
		var rules string
		if err := rows.Scan(&v.No, &v.ID, &v.Name, &rules, &v.At); err != nil {
			return err
		}
		list = append(list, v)
		if err := json.Unmarshal([]byte(rules), &list[len(list)-1].Rules); err != nil {
			return fmt.Errorf("visitor %s: %w", v.ID, err)
		}
		return nil
	})
	return list, err
}
