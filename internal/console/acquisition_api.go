package console

import (
	"errors"
	"time"

	"qiwei/internal/acquisition"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Acquisition links (获客链接) bring customers, each of whom uses up some of the corp's quota.

func (s *Service) acquisitionCalls() []call {
	return []call{
		{pattern: "GET /console/api/acquisition", right: readCorp, handle: s.listLinks},
		{pattern: "POST /console/api/acquisition", right: editCorp, handle: s.createLink},
		{pattern: "GET /console/api/acquisition/{link}", right: readCorp, handle: s.getLink},
		{pattern: "PUT /console/api/acquisition/{link}", right: editCorp, handle: s.updateLink},
		{pattern: "DELETE /console/api/acquisition/{link}", right: editCorp, handle: s.deleteLink},
	}
}

type linkLine struct {
	No          int64     `json:"no"`
	LinkID      string    `json:"link_id"`
	Name        string    `json:"name"`
	URL         string    `json:"url"`
	App         string    `json:"app,omitempty"`
	At          time.Time `json:"at"`
	SkipVerify  bool      `json:"skip_verify"`
	Unavailable bool      `json:"unavailable"`
	Members     []person  `json:"members"`
	Departments []int64   `json:"departments"`
	Clicks      int64     `json:"clicks"` // of the last thirty days
	Added       int64     `json:"added"`
}

// linkDays is how far back the figures of links go.
const linkDays = 30

func (v *visit) linkLines(tx *store.Tx, list []acquisition.Link) ([]linkLine, map[int64]map[int64]acquisition.DayCount, error) {
	apps, err := v.appNames(tx)
	if err != nil {
		return nil, nil, err
	}
	numbers := make([]int64, len(list))
	for i, l := range list {
		numbers[i] = l.No
	}
	today := customer.DayOf(tx.Now())
	days, err := v.s.deps.Acquisition.DayCounts(tx, v.corpID, numbers, today.AddDate(0, 0, 1-linkDays), today)
	if err != nil {
		return nil, nil, err
	}
	out := []linkLine{}
	for _, l := range list {
		line := linkLine{
			No: l.No, LinkID: l.LinkID, Name: l.Name, URL: v.s.deps.Acquisition.URL(l), App: apps[l.App], At: l.CreatedAt, SkipVerify: l.SkipVerify, Unavailable: l.Unavailable,
			Members: []person{}, Departments: orEmpty(l.Departments),
		}
		known, err := v.numbered(tx, l.Settings.Members)
		if err != nil {
			return nil, nil, err
		}
		for _, no := range l.Settings.Members {
			if p, ok := known[no]; ok {
				line.Members = append(line.Members, p)
			}
		}
		for _, d := range days[l.No] {
			line.Clicks, line.Added = line.Clicks+d.Clicks, line.Added+d.Added
		}
		out = append(out, line)
	}
	return out, days, nil
}

func (s *Service) listLinks(v *visit) (any, error) {
	after, err := v.number("after")
	if err != nil {
		return nil, err
	}
	var out struct {
		Links []linkLine `json:"links"`
		Next  int64      `json:"next,omitempty"`
		Used  int64      `json:"used"`
		Left  int64      `json:"left"`
	}
	return &out, v.look(func(tx *store.Tx) error {
		list, next, err := s.deps.Acquisition.Links(tx, v.by, after, 0)
		if err != nil {
			return err
		}
		out.Next = next
		if out.Links, _, err = v.linkLines(tx, list); err != nil {
			return err
		}
		b, err := s.deps.Acquisition.Balance(tx, v.corpID)
		out.Used, out.Left = b.Used, b.Left
		return err
	})
}

func goneLink(err error) error {
	if errors.Is(err, acquisition.ErrLink) {
		return errGone
	}
	return err
}

// getLink shows what each day has brought to a link, and the customers who came by it.
func (s *Service) getLink(v *visit) (any, error) {
	type newcomer struct {
		External id.ExternalID `json:"external_userid"`
		Name     string        `json:"name"`
		UserID   id.UserID     `json:"userid"`
		State    string        `json:"state,omitempty"`
		At       time.Time     `json:"at"`
		Messages int64         `json:"messages"`
	}
	type linkDay struct {
		Day    string `json:"day"`
		Clicks int64  `json:"clicks"`
		Added  int64  `json:"added"`
	}
	out := struct {
		linkLine
		Days      []linkDay  `json:"days"`
		Newcomers []newcomer `json:"newcomers"`
		More      bool       `json:"more"`
	}{Days: []linkDay{}, Newcomers: []newcomer{}}
	return &out, v.look(func(tx *store.Tx) error {
		l, err := s.deps.Acquisition.LinkOf(tx, v.by, v.r.PathValue("link"))
		if err != nil {
			return goneLink(err)
		}
		lines, days, err := v.linkLines(tx, []acquisition.Link{l})
		if err != nil {
			return err
		}
		out.linkLine = lines[0]
		today := customer.DayOf(tx.Now())
		for at := today.AddDate(0, 0, 1-linkDays); !at.After(today); at = at.AddDate(0, 0, 1) {
			d := days[l.No][at.Unix()]
			out.Days = append(out.Days, linkDay{at.In(china).Format(dayForm), d.Clicks, d.Added})
		}
		list, users, next, err := s.deps.Acquisition.Newcomers(tx, v.by, l.LinkID, 0, mostParts)
		if err != nil {
			return err
		}
		var numbers []int64
		for _, n := range list {
			numbers = append(numbers, n.Customer)
		}
		contacts, err := s.deps.Customers.Contacts(tx, v.corpID, numbers)
		for _, n := range list {
			if user, seen := users[n.Member]; seen {
				out.Newcomers = append(out.Newcomers, newcomer{s.deps.Customers.ExternalID(n.Kind, n.Customer), contacts[n.Customer].Name, user, n.State, n.AddedAt, n.Messages})
			}
		}
		out.More = next != 0
		return err
	})
}

type linkForm struct {
	Name        string      `json:"name"`
	SkipVerify  bool        `json:"skip_verify"`
	Users       []id.UserID `json:"userids"`
	Departments []int64     `json:"departments"`
}

func (f linkForm) update() (acquisition.LinkUpdate, error) {
	switch {
	case f.Name == "":
		return acquisition.LinkUpdate{}, problem{422, "", "请填写名称", "Give the link a name.", "name"}
	case len(f.Users)+len(f.Departments) == 0:
		return acquisition.LinkUpdate{}, problem{422, "", "请选择成员或部门", "Choose members or departments.", "userids"}
	}
	return acquisition.LinkUpdate{Name: &f.Name, SkipVerify: &f.SkipVerify, Range: &acquisition.Named{Users: f.Users, Departments: f.Departments}}, nil
}

func (s *Service) createLink(v *visit) (any, error) {
	var req linkForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	u, err := req.update()
	if err != nil {
		return nil, err
	}
	var made acquisition.Link
	err = v.change(func(tx *store.Tx) (_ done, err error) {
		made, err = s.deps.Acquisition.CreateLink(v.ctx(), tx, v.by, u)
		return done{"acquisition.create", req.Name, map[string]any{"link_id": made.LinkID, "userids": req.Users, "departments": req.Departments}}, err
	})
	return map[string]string{"link_id": made.LinkID}, err
}

func (s *Service) updateLink(v *visit) (any, error) {
	var req linkForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	u, err := req.update()
	if err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		l, err := s.deps.Acquisition.LinkOf(tx, v.by, v.r.PathValue("link"))
		if err != nil {
			return done{}, goneLink(err)
		}
		return done{"acquisition.update", l.Name, map[string]any{"link_id": l.LinkID, "after": req}}, s.deps.Acquisition.UpdateLink(v.ctx(), tx, v.by, l.LinkID, u)
	})
}

func (s *Service) deleteLink(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		l, err := s.deps.Acquisition.LinkOf(tx, v.by, v.r.PathValue("link"))
		if err != nil {
			return done{}, goneLink(err)
		}
		return done{"acquisition.delete", l.Name, map[string]any{"link_id": l.LinkID}}, s.deps.Acquisition.DeleteLink(v.ctx(), tx, v.by, l.LinkID)
	})
}
