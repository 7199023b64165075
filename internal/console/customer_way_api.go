package console

import (
	"errors"
	"time"

	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Contact ways (「联系我」) are codes and buttons by which customers find a member. An admin makes codes; buttons of
// mini programs are made by applications.

func (s *Service) customerWayCalls() []call {
	return []call{
		{pattern: "GET /console/api/customer-ways", right: readCorp, handle: s.listCustomerWays},
		{pattern: "POST /console/api/customer-ways", right: editCorp, handle: s.createCustomerWay},
		{pattern: "GET /console/api/customer-ways/{config}", right: readCorp, handle: s.getCustomerWay},
		{pattern: "PUT /console/api/customer-ways/{config}", right: editCorp, handle: s.updateCustomerWay},
		{pattern: "DELETE /console/api/customer-ways/{config}", right: editCorp, handle: s.deleteCustomerWay},
	}
}

type wayLine struct {
	No          int64     `json:"no"`
	ConfigID    string    `json:"config_id"`
	Kind        int64     `json:"type"`  // 1 one member, 2 several
	Scene       int64     `json:"scene"` // 1 a mini program, 2 a QR code
	Remark      string    `json:"remark"`
	State       string    `json:"state"`
	SkipVerify  bool      `json:"skip_verify"`
	Link        string    `json:"link,omitempty"` // what the code says
	App         string    `json:"app,omitempty"`  // that made it; empty for an admin
	At          time.Time `json:"at"`
	Led         int64     `json:"led"` // people whom it has led to a member
	Members     []person  `json:"members"`
	Departments []int64   `json:"departments"`
}

func (v *visit) wayLine(tx *store.Tx, w customer.Way, apps map[int64]string) (wayLine, error) {
	l := wayLine{
		No: w.No, ConfigID: w.ConfigID, Kind: w.Kind, Scene: w.Scene, Remark: w.Remark, State: w.State, SkipVerify: w.SkipVerify, Link: v.s.deps.Customers.WayLink(w),
		App: apps[w.App], At: w.CreatedAt, Led: w.Turns, Members: []person{}, Departments: orEmpty(w.Departments),
	}
	known, err := v.numbered(tx, w.Members)
	for _, no := range w.Members {
		if p, ok := known[no]; ok {
			l.Members = append(l.Members, p)
		}
	}
	return l, err
}

func (s *Service) listCustomerWays(v *visit) (any, error) {
	before, limit, err := v.before()
	if err != nil {
		return nil, err
	}
	out := struct {
		Ways []wayLine `json:"ways"`
		More bool      `json:"more"`
	}{Ways: []wayLine{}}
	return &out, v.look(func(tx *store.Tx) error {
		apps, err := v.appNames(tx)
		if err != nil {
			return err
		}
		list, more, err := s.deps.Customers.WayList(tx, v.corpID, v.query("q"), before, limit)
		if err != nil {
			return err
		}
		out.More = more
		for _, w := range list {
			line, err := v.wayLine(tx, w, apps)
			if err != nil {
				return err
			}
			out.Ways = append(out.Ways, line)
		}
		return nil
	})
}

// knownWay turns what the rooms say of a way that is not there into what the console says.
func knownWay(err error) error {
	if errors.Is(err, customer.ErrConfigID) {
		return errGone
	}
	return err
}

// getCustomerWay shows a way with its figures: what has come of the last thirty days' relations with its state.
func (s *Service) getCustomerWay(v *visit) (any, error) {
	var out struct {
		wayLine
		Customers []relationLine `json:"customers"` // the newest with its state
	}
	return &out, v.look(func(tx *store.Tx) error {
		w, err := s.deps.Customers.WayOf(tx, v.by, v.r.PathValue("config"))
		if err != nil {
			return knownWay(err)
		}
		apps, err := v.appNames(tx)
		if err != nil {
			return err
		}
		if out.wayLine, err = v.wayLine(tx, w, apps); err != nil {
			return err
		}
		out.Customers = []relationLine{}
		if w.State == "" {
			return nil // nobody can tell who came by it
		}
		scanned := int64(1)
		list, _, err := s.deps.Customers.Roll(tx, v.by, customer.RollQuery{State: w.State, Way: &scanned, Limit: 20})
		if err == nil {
			out.Customers, err = v.relationLines(tx, list)
		}
		return err
	})
}

type wayForm struct {
	Remark      string      `json:"remark"`
	State       string      `json:"state"`
	SkipVerify  bool        `json:"skip_verify"`
	Users       []id.UserID `json:"userids"`
	Departments []int64     `json:"departments"`
}

func (f wayForm) valid() error {
	if len(f.Users)+len(f.Departments) == 0 {
		return problem{422, "", "请选择成员或部门", "Choose members or departments.", "userids"}
	}
	return nil
}

func (s *Service) createCustomerWay(v *visit) (any, error) {
	var req wayForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	if err := req.valid(); err != nil {
		return nil, err
	}
	var made customer.Way
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		w := customer.CodeFor(req.Remark, req.State, req.Users, req.Departments)
		w.SkipVerify = req.SkipVerify
		made, err = s.deps.Customers.CreateWay(v.ctx(), tx, v.by, w, req.Users)
		return done{"customer_way.create", req.Remark, map[string]any{"config_id": made.ConfigID, "userids": req.Users, "departments": req.Departments, "state": req.State}}, err
	})
	return map[string]string{"config_id": made.ConfigID}, err
}

func (s *Service) updateCustomerWay(v *visit) (any, error) {
	var req wayForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	if err := req.valid(); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		w, err := s.deps.Customers.WayOf(tx, v.by, v.r.PathValue("config"))
		if err != nil {
			return done{}, knownWay(err)
		}
		u := customer.WayUpdate{ConfigID: w.ConfigID, Remark: &req.Remark, State: &req.State, SkipVerify: &req.SkipVerify, Users: &req.Users, Departments: &req.Departments}
		return done{"customer_way.update", req.Remark, map[string]any{"config_id": w.ConfigID, "before": map[string]any{"remark": w.Remark, "state": w.State}, "after": req}},
			s.deps.Customers.UpdateWay(v.ctx(), tx, v.by, u)
	})
}

func (s *Service) deleteCustomerWay(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		w, err := s.deps.Customers.WayOf(tx, v.by, v.r.PathValue("config"))
		if err != nil {
			return done{}, knownWay(err)
		}
		return done{"customer_way.delete", w.Remark, map[string]any{"config_id": w.ConfigID, "state": w.State}}, s.deps.Customers.DeleteWay(tx, v.by, w.ConfigID)
	})
}
