package console

import (
	"time"

	"qiwei/internal/approval"
	"qiwei/internal/directory"
	"qiwei/internal/form"
	"qiwei/internal/store"
)

// Leave (假期管理): the kinds that there are, and what each member has of them.

func (s *Service) vacationCalls() []call {
	return []call{
		{pattern: "GET /console/api/vacations", right: readCorp, handle: s.getVacations},
		{pattern: "PUT /console/api/vacations", right: editCorp, handle: s.setVacations},
		{pattern: "GET /console/api/vacation_balances", right: readCorp, handle: s.listBalances},
		{pattern: "PUT /console/api/vacation_balances/{userid}", right: editCorp, handle: s.setBalance},
	}
}

type vacationForm struct {
	Vacations []approval.Vacation `json:"vacations"`
	Version   string              `json:"version"`
}

func (s *Service) getVacations(v *visit) (any, error) {
	var out vacationForm
	return &out, v.look(func(tx *store.Tx) error {
		list, err := s.deps.Approvals.Vacations(tx, v.corpID)
		out = vacationForm{orEmpty(list), digest(list)}
		return err
	})
}

func (s *Service) setVacations(v *visit) (any, error) {
	var req vacationForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		now, err := s.deps.Approvals.Vacations(tx, v.corpID)
		if err != nil {
			return done{}, err
		}
		if req.Version != "" && req.Version != digest(now) {
			return done{}, errStale
		}
		var names []string
		for _, k := range req.Vacations {
			names = append(names, k.Name)
		}
		return done{"vacation.update", "", map[string]any{"kinds": names}}, s.deps.Approvals.SetVacations(tx, v.corpID, req.Vacations)
	})
}

// balance is what a member has of a kind of leave, in seconds.
type balance struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	TimeAttr int64  `json:"time_attr"`
	PerDay   int64  `json:"perday_duration"`
	Limited  bool   `json:"limited"` // there is a balance at all
	Assigned int64  `json:"assigned"`
	Used     int64  `json:"used"`
	Left     int64  `json:"left"`
}

type balances struct {
	UserID   string    `json:"userid"`
	Name     string    `json:"name"`
	Balances []balance `json:"balances"`
}

// listBalances answers a page of members with what they have.
func (s *Service) listBalances(v *visit) (any, error) {
	var f directory.MemberFilter
	var err error
	if f.Offset, f.Limit, err = v.page(20, 100); err != nil {
		return nil, err
	}
	if f.Department, err = v.number("department"); err != nil {
		return nil, err
	}
	f.Below, f.Words = true, v.query("q")
	out, total := []balances{}, int64(0)
	err = v.look(func(tx *store.Tx) error {
		if f.Also, err = s.deps.Sounds.Find(tx, v.corpID, f.Words); err != nil {
			return err
		}
		list, n, err := s.deps.Directory.ListMembers(v.ctx(), tx, v.by, f)
		if err != nil {
			return err
		}
		total = n
		for _, m := range list {
			has, err := s.deps.Approvals.Balances(v.ctx(), tx, v.by, m.UserID)
			if err != nil {
				return err
			}
			line := balances{UserID: string(m.UserID), Name: m.Name, Balances: []balance{}}
			for _, b := range has {
				line.Balances = append(line.Balances, balance{b.ID, b.Name, b.TimeAttr, b.PerDay, b.Limited(), b.Assigned, b.Used, b.Left()})
			}
			out = append(out, line)
		}
		return nil
	})
	return map[string]any{"members": out, "total": total}, err
}

func (s *Service) setBalance(v *visit) (any, error) {
	var req struct {
		Vacation int64  `json:"vacation_id"`
		Left     int64  `json:"left"` // seconds
		TimeAttr int64  `json:"time_attr"`
		Remarks  string `json:"remarks"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		d := done{"vacation.balance", string(v.userid()), map[string]any{"vacation_id": req.Vacation, "left": req.Left, "remarks": req.Remarks}}
		return d, s.deps.Approvals.SetBalance(v.ctx(), tx, v.by, approval.Setting{UserID: v.userid(), Vacation: req.Vacation, Left: req.Left, TimeAttr: req.TimeAttr, Remarks: req.Remarks})
	})
}

// chinaTime writes Unix seconds for sheets.
func chinaTime(at int64) string {
	if at == 0 {
		return ""
	}
	return time.Unix(at, 0).In(form.China).Format("2006-01-02 15:04")
}
