package console

import (
	"errors"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/sheet"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) memberCalls() []call {
	return []call{
		{pattern: "GET /console/api/members", right: readDirectory, handle: s.findMembers},
		{pattern: "POST /console/api/members", right: editDirectory, handle: s.createMember},
		{pattern: "GET /console/api/members/{userid}", right: readDirectory, handle: s.getMember},
		{pattern: "PUT /console/api/members/{userid}", right: editDirectory, handle: s.updateMember},
		{pattern: "DELETE /console/api/members/{userid}", right: editDirectory, handle: s.deleteMember},
		{pattern: "POST /console/api/members.batch", right: editDirectory, handle: s.changeMembers},
		{pattern: "GET /console/api/members.csv", right: readDirectory, handle: s.exportMembers},
	}
}

type memberLine struct {
	UserID      string           `json:"userid"`
	Name        string           `json:"name"`
	Alias       string           `json:"alias,omitempty"`
	Mobile      string           `json:"mobile"`
	Email       string           `json:"email"`
	Position    string           `json:"position"`
	Departments []int64          `json:"departments"`
	Main        int64            `json:"main_department"`
	Leads       []int64          `json:"leads"`
	Status      directory.Status `json:"status"`
	Avatar      string           `json:"avatar"`
	Founder     bool             `json:"founder,omitempty"`
}

func (s *Service) lineOf(m directory.Member, founder id.UserID) memberLine {
	_, thumb := s.deps.Directory.AvatarURL(&m)
	l := memberLine{
		UserID: string(m.UserID), Name: m.Name, Alias: m.Alias, Mobile: m.Mobile, Email: m.Email, Position: m.Position,
		Departments: m.Departments(), Main: m.MainDepartment, Leads: []int64{}, Status: m.Status(), Avatar: s.local(thumb),
		Founder: founder != "" && founder.Equal(m.UserID),
	}
	for _, p := range m.Places {
		if p.Leader {
			l.Leads = append(l.Leads, p.Department)
		}
	}
	return l
}

// memberVersion is a digest of everything that a form changes. Two admins who edit the same member have the
// same version until one of them saves.
func memberVersion(m directory.Member) string {
	return digest([]any{m.UserID, directory.TextsOf(&m), m.Gender, m.Places, m.MainDepartment, m.DirectLeader, m.Enabled, m.Attributes, m.External})
}

func (s *Service) findMembers(v *visit) (any, error) {
	var f directory.MemberFilter
	var err error
	if f.Offset, f.Limit, err = v.page(50, 500); err != nil {
		return nil, err
	}
	for name, into := range map[string]*int64{"department": &f.Department, "tag": &f.Tag, "status": &f.Status} {
		if *into, err = v.number(name); err != nil {
			return nil, err
		}
	}
	f.Below, f.Words = v.query("below") == "1", v.query("q")
	lines := []memberLine{}
	var total int64
	err = v.look(func(tx *store.Tx) error {
		if f.Also, err = s.deps.Sounds.Find(tx, v.corpID, f.Words); err != nil {
			return err
		}
		c, err := s.deps.Corps.Corp(tx, v.corpID)
		if err != nil {
			return err
		}
		list, n, err := s.deps.Directory.ListMembers(v.ctx(), tx, v.by, f)
		for _, m := range list {
			lines = append(lines, s.lineOf(m, c.Creator))
		}
		total = n
		return err
	})
	return map[string]any{"members": lines, "total": total}, err
}

// seen returns the member, if the member is in the admin's range.
func (v *visit) seen(tx *store.Tx, user id.UserID) (directory.Member, error) {
	m, err := v.s.deps.Directory.Member(v.ctx(), tx, access.System(v.corpID), user)
	if err != nil {
		return m, err
	}
	sees, err := v.s.deps.Directory.Sees(tx, v.by, m)
	if err == nil && !sees {
		err = directory.ErrMemberNotFound // what lies outside does not exist
	}
	return m, err
}

func (s *Service) getMember(v *visit) (any, error) {
	var out memberDetail
	return &out, v.look(func(tx *store.Tx) error {
		m, err := v.seen(tx, v.userid())
		if err != nil {
			return err
		}
		c, err := s.deps.Corps.Corp(tx, v.corpID)
		if err != nil {
			return err
		}
		out = memberDetail{
			memberLine: s.lineOf(m, c.Creator), texts: &m, Gender: m.Gender, DirectLeader: string(m.DirectLeader), Enabled: m.Enabled, Activated: m.Activated, Generated: m.Generated,
			Attributes: m.Attributes, CreatedAt: m.CreatedAt, Version: memberVersion(m),
			Orders: make([]int64, len(m.Places)), External: externalShown{m.External.CorpName, m.External.Channel, orEmpty(m.External.Attributes)},
		}
		for i, p := range m.Places {
			out.Orders[i] = p.Order
		}
		out.Attributes = orEmpty(out.Attributes)
		if a, is, err := s.deps.Admins.Of(tx, v.corpID, m); err != nil {
			return err
		} else if is {
			out.Admin = a.Role
		}
		return nil
	})
}

func (s *Service) createMember(v *visit) (any, error) {
	var req memberForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	m := directory.Member{UserID: id.UserID(req.UserID), Enabled: true}
	req.Texts.Put(&m)
	if req.Gender != nil {
		m.Gender = *req.Gender
	}
	if req.Main != nil {
		m.MainDepartment = *req.Main
	}
	if req.DirectLeader != nil {
		m.DirectLeader = id.UserID(*req.DirectLeader)
	}
	if req.Enabled != nil {
		m.Enabled = *req.Enabled
	}
	if req.Attributes != nil {
		m.Attributes = *req.Attributes
	}
	if req.External != nil {
		m.External = directory.ExternalProfile{}
		set(&m.External.CorpName, req.External.CorpName)
		set(&m.External.Channel, req.External.Channel)
		set((*[]directory.Attribute)(&m.External.Attributes), req.External.Attributes)
	}
	if req.Departments != nil {
		for i, d := range *req.Departments {
			var order int64
			if req.Orders != nil && i < len(*req.Orders) {
				order = (*req.Orders)[i]
			}
			m.Places = append(m.Places, directory.Place{Department: d, Order: order, Leader: req.Leads != nil && slices.Contains(*req.Leads, d)})
		}
	}
	if len(m.Places) == 0 {
		return nil, problem{422, "", "请选择部门", "Choose a department.", "departments"}
	}
	if m.UserID == "" {
		return nil, directory.ErrUserIDMissing
	}
	var made directory.Member
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		if err := v.departmentsExist(tx, m.Departments()); err != nil {
			return done{}, err
		}
		if err := v.within(tx, m.Departments()...); err != nil {
			return done{}, err
		}
		made, _, err = s.deps.Directory.CreateMember(v.ctx(), tx, v.by, m, req.Invite)
		return done{"member.create", made.Name, map[string]any{"userid": made.UserID, "departments": made.Departments()}}, err
	})
	return map[string]string{"userid": string(made.UserID)}, err
}

// departmentsExist refuses departments that do not exist. The API's user/create would create them.
func (v *visit) departmentsExist(tx *store.Tx, departments []int64) error {
	names, err := v.s.deps.Directory.DepartmentNames(tx, v.corpID, departments)
	if err != nil {
		return err
	}
	for _, d := range departments {
		if _, ok := names[d]; !ok {
			return problem{422, "", "部门不存在，可能已被删除", "There is no such department; it may have been deleted.", "departments"}
		}
	}
	return nil
}

// sameBeyond refuses to take a member out of departments that the admin does not see, or to put the member
// into one.
func (v *visit) sameBeyond(tx *store.Tx, before, after []int64) error {
	var touched []int64
	for _, d := range before {
		if !slices.Contains(after, d) {
			touched = append(touched, d)
		}
	}
	for _, d := range after {
		if !slices.Contains(before, d) {
			touched = append(touched, d)
		}
	}
	return v.within(tx, touched...)
}

func (s *Service) updateMember(v *visit) (any, error) {
	var req memberForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var version string
	err := v.change(func(tx *store.Tx) (done, error) {
		old, err := v.seen(tx, v.userid())
		if err != nil {
			return done{}, err
		}
		if req.Version != "" && req.Version != memberVersion(old) {
			return done{}, errStale
		}
		if req.Departments != nil {
			if len(*req.Departments) == 0 {
				return done{}, problem{422, "", "请选择部门", "Choose a department.", "departments"}
			}
			if err := v.departmentsExist(tx, *req.Departments); err != nil {
				return done{}, err
			}
		}
		if mobile, ok := req.Texts[directory.FieldMobile]; ok && old.Activated && mobile != old.Mobile {
			return done{}, problem{422, "", "成员激活后，手机号只能由本人修改", "Active members change their mobile number themselves.", "mobile"}
		}
		u := req.update(old)
		if err := v.mayUpdate(tx, old, u); err != nil {
			return done{}, err
		}
		if err := s.deps.Directory.UpdateMember(v.ctx(), tx, v.by, u); err != nil {
			return done{}, err
		}
		now, err := s.deps.Directory.Member(v.ctx(), tx, access.System(v.corpID), old.UserID)
		if err != nil {
			return done{}, err
		}
		version = memberVersion(now)
		changed := differences(old, now)
		if len(changed) == 0 {
			return done{}, nil
		}
		return done{"member.update", old.Name, map[string]any{"userid": old.UserID, "changed": changed}}, nil
	})
	return map[string]string{"version": version}, err
}

func (s *Service) deleteMember(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		m, err := v.removable(tx, v.userid())
		if err != nil {
			return done{}, err
		}
		return done{"member.delete", m.Name, map[string]any{"userid": m.UserID, "departments": m.Departments()}},
			s.deps.Directory.DeleteMember(v.ctx(), tx, v.by, m.UserID)
	})
}

// removable returns a member that the admin may delete.
func (v *visit) removable(tx *store.Tx, user id.UserID) (directory.Member, error) {
	m, err := v.seen(tx, user)
	if err == nil {
		err = v.mayDelete(tx, m)
	}
	return m, err
}

// changeMembers does one thing to several members: each member's succeeds or fails alone.
func (s *Service) changeMembers(v *visit) (any, error) {
	var req struct {
		UserIDs    []string `json:"userids"`
		Action     string   `json:"action"` // enable, disable, delete, move
		Department int64    `json:"department"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	if len(req.UserIDs) == 0 || len(req.UserIDs) > 500 || !slices.Contains([]string{"enable", "disable", "delete", "move"}, req.Action) {
		return nil, badRequest{errors.New("1 to 500 userids and an action expected")}
	}
	type failure struct {
		UserID string `json:"userid"`
		Error  string `json:"error"`
	}
	failed := []failure{}
	err := v.change(func(tx *store.Tx) (done, error) {
		failed = failed[:0]
		var names []string
		for _, user := range req.UserIDs {
			err := tx.Try(func() error { return v.changeOne(tx, id.UserID(user), req.Action, req.Department) })
			var api wire.Error
			var p problem
			switch {
			case err == nil:
				names = append(names, user)
			case errors.As(err, &api), errors.As(err, &p):
				_, r, _ := s.refusal(v.r, err)
				failed = append(failed, failure{user, r.Error})
			default:
				return done{}, err
			}
		}
		if len(names) == 0 {
			return done{}, nil
		}
		detail := map[string]any{"userids": names}
		if req.Action == "move" {
			detail["department"] = req.Department
		}
		return done{"member." + req.Action, names[0], detail}, nil
	})
	return map[string]any{"done": len(req.UserIDs) - len(failed), "failed": failed}, err
}

func (v *visit) changeOne(tx *store.Tx, user id.UserID, action string, department int64) error {
	if action == "delete" {
		m, err := v.removable(tx, user)
		if err != nil {
			return err
		}
		return v.s.deps.Directory.DeleteMember(v.ctx(), tx, v.by, m.UserID)
	}
	m, err := v.seen(tx, user)
	if err != nil {
		return err
	}
	enabled, to := action == "enable", []int64{department}
	u := directory.MemberUpdate{UserID: m.UserID, Enabled: &enabled}
	if action == "move" {
		if err := v.departmentsExist(tx, to); err != nil {
			return err
		}
		u = directory.MemberUpdate{UserID: m.UserID, Departments: &to, MainDepartment: &department}
	}
	if err := v.mayUpdate(tx, m, u); err != nil {
		return err
	}
	return v.s.deps.Directory.UpdateMember(v.ctx(), tx, v.by, u)
}

func (s *Service) exportMembers(v *visit) (any, error) {
	return v.sheet("members.csv", func(tx *store.Tx, put func([]string) error) error {
		c, err := s.deps.Corps.Corp(tx, v.corpID)
		if err == nil {
			err = put(slices.Concat(sheet.MemberHeader, c.Attributes))
		}
		if err != nil {
			return err
		}
		return s.deps.Directory.EachMember(tx, v.by, func(m directory.Member) error { return put(sheet.MemberCells(&m, c.Attributes)) })
	})
}
