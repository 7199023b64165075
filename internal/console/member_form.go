package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"qiwei/internal/admin"
	"qiwei/internal/directory"
)

// memberForm is a member as the form shows them. A nil field stays as it is. Besides these fields it has the
// plain texts of the directory's table.
type memberForm struct {
	Texts        directory.Texts        `json:"-"`
	UserID       string                 `json:"userid"`
	Gender       *int64                 `json:"gender"`
	Departments  *[]int64               `json:"departments"`
	Orders       *[]int64               `json:"orders"` // of departments, which come with them
	Leads        *[]int64               `json:"leads"`
	Main         *int64                 `json:"main_department"`
	DirectLeader *string                `json:"direct_leader"`
	Enabled      *bool                  `json:"enabled"`
	Attributes   *[]directory.Attribute `json:"attributes"`
	External     *externalForm          `json:"external"`
	Invite       bool                   `json:"invite"`
	Version      string                 `json:"version"` // what the page has seen
}

// externalForm is what customers see of a member. An attribute without a value is removed.
type externalForm struct {
	CorpName   *string                `json:"corp_name,omitempty"`
	Channel    *string                `json:"channel,omitempty"`
	Attributes *[]directory.Attribute `json:"attributes,omitempty"`
}

// update returns what the form changes; nil for nothing.
func (f *externalForm) update() *directory.ExternalUpdate {
	if f == nil {
		return nil
	}
	return &directory.ExternalUpdate{CorpName: f.CorpName, Channel: f.Channel, Attributes: f.Attributes}
}

// UnmarshalJSON separates the plain texts from the fields of the form.
func (f *memberForm) UnmarshalJSON(body []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return err
	}
	for _, row := range directory.PlainFields() {
		value, ok := members[string(row.Name)]
		if !ok {
			continue
		}
		delete(members, string(row.Name))
		var text *string
		if err := json.Unmarshal(value, &text); err != nil {
			return fmt.Errorf("%s: %w", row.Name, err)
		}
		if text != nil {
			f.Texts.SetText(string(row.Name), *text)
		}
	}
	rest, err := json.Marshal(members)
	if err != nil {
		return err
	}
	type form memberForm // without this method
	dec := json.NewDecoder(bytes.NewReader(rest))
	dec.DisallowUnknownFields()
	return dec.Decode((*form)(f))
}

// memberDetail is a member as the page shows them: these fields, those of the list's line, and the plain
// texts of the directory's table.
type memberDetail struct {
	memberLine
	texts        *directory.Member
	Gender       int64                `json:"gender"`
	DirectLeader string               `json:"direct_leader"`
	Enabled      bool                 `json:"enabled"`
	Activated    bool                 `json:"activated"`
	Generated    bool                 `json:"generated"`
	Orders       []int64              `json:"orders"` // in the departments
	Attributes   directory.Attributes `json:"attributes"`
	External     externalShown        `json:"external"`
	CreatedAt    time.Time            `json:"created_at"`
	Version      string               `json:"version"`
	Admin        admin.Role           `json:"admin,omitempty"`
}

// externalShown is what customers see of a member.
type externalShown struct {
	CorpName   string               `json:"corp_name"`
	Channel    string               `json:"channel"`
	Attributes directory.Attributes `json:"attributes"`
}

// MarshalJSON puts the plain texts between the fields.
func (d *memberDetail) MarshalJSON() ([]byte, error) {
	type detail memberDetail // without this method
	fields, err := json.Marshal((*detail)(d))
	if err != nil {
		return nil, err
	}
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(fields, &members); err != nil {
		return nil, err
	}
	for _, row := range directory.PlainFields() {
		if members[string(row.Name)], err = json.Marshal(*row.Text(d.texts)); err != nil {
			return nil, err
		}
	}
	return json.Marshal(members)
}

func (f memberForm) update(old directory.Member) directory.MemberUpdate {
	u := directory.MemberUpdate{
		UserID: old.UserID, Texts: f.Texts, Gender: f.Gender, Departments: f.Departments, MainDepartment: f.Main, Enabled: f.Enabled, Attributes: f.Attributes,
		External: f.External.update(),
	}
	departments := old.Departments()
	if f.Departments != nil {
		departments = *f.Departments
		// A department that stays keeps its order.
		orders := make([]int64, len(departments))
		for i, d := range departments {
			for _, p := range old.Places {
				if p.Department == d {
					orders[i] = p.Order
				}
			}
		}
		if f.Orders != nil {
			orders = *f.Orders
		}
		u.Orders = &orders
	}
	if f.Leads != nil || f.Departments != nil {
		flags := make([]int64, len(departments))
		for i, d := range departments {
			leads := f.Leads != nil && slices.Contains(*f.Leads, d)
			if f.Leads == nil {
				leads = slices.ContainsFunc(old.Places, func(p directory.Place) bool { return p.Department == d && p.Leader })
			}
			if leads {
				flags[i] = 1
			}
		}
		u.Leads = &flags
	}
	if f.DirectLeader != nil {
		list := []string{}
		if *f.DirectLeader != "" {
			list = append(list, *f.DirectLeader)
		}
		u.DirectLeaders = &list
	}
	return u
}

// differences names what changed, with the values before and after.
func differences(old, now directory.Member) map[string]any {
	out := map[string]any{}
	for _, row := range directory.PlainFields() {
		if before, after := *row.Text(&old), *row.Text(&now); before != after {
			out[string(row.Name)] = [2]any{before, after}
		}
	}
	for name, pair := range map[string][2]any{
		"gender": {old.Gender, now.Gender}, "main_department": {old.MainDepartment, now.MainDepartment},
		"direct_leader": {old.DirectLeader, now.DirectLeader}, "enabled": {old.Enabled, now.Enabled},
	} {
		if pair[0] != pair[1] {
			out[name] = pair
		}
	}
	if !slices.Equal(old.Attributes, now.Attributes) {
		out["attributes"] = [2]any{old.Attributes, now.Attributes}
	}
	if before, after := old.External, now.External; before.CorpName != after.CorpName || before.Channel != after.Channel || !slices.Equal(before.Attributes, after.Attributes) {
		out["external"] = [2]any{before, after}
	}
	if !slices.Equal(old.Places, now.Places) {
		out["departments"] = [2]any{old.Departments(), now.Departments()}
	}
	return out
}
