package console

import (
	"errors"
	"time"

	"qiwei/internal/customergroup"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Groups of customers are shown to who sees their owner.

func (s *Service) customerGroupCalls() []call {
	return []call{
		{pattern: "GET /console/api/customer-groups", right: readCustomers, handle: s.listCustomerGroups},
		{pattern: "GET /console/api/customer-groups.csv", right: readCustomers, handle: s.exportCustomerGroups},
		{pattern: "GET /console/api/customer-groups/{chat}", right: readCustomers, handle: s.getCustomerGroup},
		{pattern: "POST /console/api/customer-groups/{chat}/owner", right: editCustomers, handle: s.handGroupOver},
	}
}

type groupLine struct {
	No        int64     `json:"no"`
	ChatID    id.ChatID `json:"chat_id"`
	Name      string    `json:"name"`
	Owner     id.UserID `json:"owner"`
	OwnerName string    `json:"owner_name"`
	OwnerLeft bool      `json:"owner_left,omitempty"`
	Status    int64     `json:"status"`
	Staff     int64     `json:"staff"`
	Outsiders int64     `json:"outsiders"`
	Capacity  int64     `json:"capacity"`
	At        time.Time `json:"at"`
}

func (v *visit) groupLines(tx *store.Tx, list []customergroup.Rolled) ([]groupLine, error) {
	var owners []id.UserID
	for _, g := range list {
		owners = append(owners, g.Owner)
	}
	names, err := v.called(tx, owners)
	out := []groupLine{}
	for _, g := range list {
		out = append(out, groupLine{g.No, g.ChatID, g.Name, g.Owner, names[g.Owner].Name, g.LeftUserID != "", g.Status, g.Staff, g.Outsiders, g.Capacity, g.CreatedAt})
	}
	return out, err
}

func (v *visit) groupQuery() (q customergroup.RollQuery, err error) {
	q = customergroup.RollQuery{Words: v.query("q"), Owner: id.UserID(v.query("owner"))}
	q.Status, err = v.number("status")
	return q, err
}

func (s *Service) listCustomerGroups(v *visit) (any, error) {
	q, err := v.groupQuery()
	if err != nil {
		return nil, err
	}
	if q.Before, q.Limit, err = v.before(); err != nil {
		return nil, err
	}
	var out struct {
		Groups []groupLine `json:"groups"`
		More   bool        `json:"more"`
	}
	return &out, v.look(func(tx *store.Tx) error {
		list, more, err := s.deps.Groups.Roll(tx, v.by, q)
		if err == nil {
			out.More = more
			out.Groups, err = v.groupLines(tx, list)
		}
		return err
	})
}

var groupStates = map[int64][2]string{0: {"正常", "normal"}, 1: {"群主已离职", "owner has left"}, 3: {"已继承", "handed over"}}

func (s *Service) exportCustomerGroups(v *visit) (any, error) {
	q, err := v.groupQuery()
	if err != nil {
		return nil, err
	}
	header := []string{"Group", "Owner", "Userid", "State", "Members", "Customers", "Made", "chat_id"}
	if v.chinese() {
		header = []string{"群名", "群主", "群主账号", "状态", "成员数", "客户数", "创建时间", "chat_id"}
	}
	return v.sheet("customer-groups.csv", func(tx *store.Tx, put func([]string) error) error {
		if err := put(header); err != nil {
			return err
		}
		page := q
		for page.Limit = 200; ; {
			list, more, err := s.deps.Groups.Roll(tx, v.by, page)
			if err != nil {
				return err
			}
			lines, err := v.groupLines(tx, list)
			if err != nil {
				return err
			}
			for _, g := range lines {
				if err := put([]string{g.Name, g.OwnerName, string(g.Owner), v.inWords(groupStates, g.Status), itoa(g.Staff), itoa(g.Outsiders), g.At.In(china).Format("2006-01-02 15:04:05"), string(g.ChatID)}); err != nil {
					return err
				}
			}
			if !more {
				return nil
			}
			page.Before = lines[len(lines)-1].No
		}
	})
}

// customerGroup returns the group that the path names, if the admin sees its owner.
func (v *visit) customerGroup(tx *store.Tx) (customergroup.Group, error) {
	g, err := v.s.deps.Groups.Visible(tx, v.by, id.ChatID(v.r.PathValue("chat")))
	if errors.Is(err, customergroup.ErrChatID) || errors.Is(err, customergroup.ErrDismissed) {
		err = errGone
	}
	return g, err
}

func (s *Service) getCustomerGroup(v *visit) (any, error) {
	type attendee struct {
		UserID   id.UserID     `json:"userid,omitempty"`
		External id.ExternalID `json:"external_userid,omitempty"`
		Name     string        `json:"name"`
		Nickname string        `json:"nickname,omitempty"`
		Admin    bool          `json:"admin,omitempty"`
		Scene    int64         `json:"scene"`
		Invitor  id.UserID     `json:"invitor,omitempty"`
		State    string        `json:"state,omitempty"`
		At       time.Time     `json:"at"`
	}
	var out struct {
		groupLine
		Notice string     `json:"notice"`
		People []attendee `json:"people"`
	}
	return &out, v.look(func(tx *store.Tx) error {
		g, err := v.customerGroup(tx)
		if err != nil {
			return err
		}
		list, err := s.deps.Groups.RollOf(tx, v.corpID, []int64{g.No})
		if err != nil {
			return err
		}
		lines, err := v.groupLines(tx, list)
		if err != nil || len(lines) == 0 {
			return errors.Join(err, errGone)
		}
		out.groupLine, out.Notice, out.People = lines[0], g.Notice, []attendee{}
		people, err := s.deps.Groups.Attendees(tx, v.corpID, g)
		for _, p := range people {
			out.People = append(out.People, attendee{p.UserID, p.External, p.Name, p.Nickname, p.Admin, p.Scene, p.Invitor, p.State, p.JoinedAt})
		}
		return err
	})
}

// handGroupOver gives a group another owner, as the calls of transfer do.
func (s *Service) handGroupOver(v *visit) (any, error) {
	var req struct {
		To id.UserID `json:"to"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	if req.To == "" {
		return nil, problem{422, "", "请选择新的群主", "Choose the new owner.", "to"}
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		g, err := v.customerGroup(tx)
		if err != nil {
			return done{}, err
		}
		chat := s.deps.Groups.ChatID(g.No)
		bad, err := s.deps.Groups.HandOver(v.ctx(), tx, v.by, []id.ChatID{chat}, req.To, g.LeftUserID != "")
		if err == nil && len(bad) > 0 {
			err = bad[0].Err
		}
		return done{"customer_group.owner", g.Name, map[string]any{"chat_id": chat, "to": req.To}}, err
	})
}
