package console

import (
	"errors"
	"slices"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/kf"
	"qiwei/internal/store"
)

// Accounts of customer service (微信客服): who serves them, which applications manage them, and their sessions as
// they are now. What is said there is not shown.

func (s *Service) kfCalls() []call {
	return []call{
		{pattern: "GET /console/api/kf", right: readCorp, handle: s.listAccounts},
		{pattern: "POST /console/api/kf", right: editCorp, handle: s.createAccount},
		{pattern: "GET /console/api/kf/{kf}", right: readCorp, handle: s.getAccount},
		{pattern: "PUT /console/api/kf/{kf}", right: editCorp, handle: s.renameAccount},
		{pattern: "DELETE /console/api/kf/{kf}", right: editCorp, handle: s.deleteAccount},
		{pattern: "POST /console/api/kf/{kf}/servicers", right: editCorp, handle: s.changeServicers},
		{pattern: "PUT /console/api/kf/{kf}/managers", right: editCorp, handle: s.setManagers},
		{pattern: "GET /console/api/kf/{kf}/sessions", right: readCorp, handle: s.listSessions},
		{pattern: "POST /console/api/kf/{kf}/sessions/{external}", right: editCorp, handle: s.moveSession},
		{pattern: "GET /console/api/kf/{kf}/figures", right: readCorp, handle: s.getAccountFigures},
	}
}

type accountLine struct {
	OpenKfID id.ServiceAccount `json:"open_kfid"`
	Name     string            `json:"name"`
	Avatar   string            `json:"avatar"`
	At       time.Time         `json:"at"`
	Sessions map[string]int64  `json:"sessions"` // those that go on, by state
}

// sessionStates are the states of sessions as the pages name them.
var sessionStates = map[kf.State]string{kf.Unhandled: "unhandled", kf.Assistant: "assistant", kf.Pool: "pool", kf.Served: "served", kf.Ended: "ended"}

func (s *Service) accountLine(a kf.Account, counts map[kf.State]int64) accountLine {
	l := accountLine{s.deps.KF.OpenKfID(a.No), a.Name, s.local(s.deps.KF.AvatarURL(a)), a.CreatedAt, map[string]int64{}}
	for state, n := range counts {
		l.Sessions[sessionStates[state]] = n
	}
	return l
}

func (s *Service) listAccounts(v *visit) (any, error) {
	offset, limit, err := v.page(50, 200)
	if err != nil {
		return nil, err
	}
	out := struct {
		Accounts []accountLine `json:"accounts"`
		More     bool          `json:"more"`
	}{Accounts: []accountLine{}}
	return &out, v.look(func(tx *store.Tx) error {
		list, err := s.deps.KF.Accounts(tx, v.corpID, int64(offset), int64(limit+1))
		if err != nil {
			return err
		}
		if out.More = len(list) > limit; out.More {
			list = list[:limit]
		}
		counts, err := s.deps.KF.CountSessions(tx, v.corpID)
		for _, a := range list {
			out.Accounts = append(out.Accounts, s.accountLine(a, counts[a.No]))
		}
		return err
	})
}

// account returns the account that the path names.
func (v *visit) account(tx *store.Tx) (kf.Account, error) {
	a, err := v.s.deps.KF.AccountOf(tx, v.corpID, id.ServiceAccount(v.r.PathValue("kf")))
	if errors.Is(err, kf.ErrAccount) || errors.Is(err, kf.ErrNoAccount) {
		err = errGone
	}
	return a, err
}

type servicerLine struct {
	UserID     id.UserID `json:"userid,omitempty"`
	Name       string    `json:"name,omitempty"`
	Department int64     `json:"department,omitempty"`
	Duty       string    `json:"duty,omitempty"` // of a member: receiving, stopped or suspended
}

var duties = map[kf.Duty]string{kf.Receiving: "receiving", kf.Stopped: "stopped", kf.Suspended: "suspended"}

// getAccount shows an account with its link, to which a scene may be added.
func (s *Service) getAccount(v *visit) (any, error) {
	var out struct {
		accountLine
		Link      string         `json:"link"`
		Servicers []servicerLine `json:"servicers"`
		Managers  []homeApp      `json:"managers"`
	}
	return &out, v.look(func(tx *store.Tx) error {
		a, err := v.account(tx)
		if err != nil {
			return err
		}
		counts, err := s.deps.KF.CountSessions(tx, v.corpID)
		if err != nil {
			return err
		}
		out.accountLine, out.Servicers, out.Managers = s.accountLine(a, counts[a.No]), []servicerLine{}, []homeApp{}
		if out.Link, err = s.deps.KF.Link(a, v.query("scene")); err != nil {
			return err
		}
		list, err := s.deps.KF.Servicers(tx, a)
		if err != nil {
			return err
		}
		var users []id.UserID
		for _, one := range list {
			users = append(users, one.UserID)
		}
		names, err := v.called(tx, users)
		if err != nil {
			return err
		}
		for _, one := range list {
			line := servicerLine{UserID: one.UserID, Department: one.Department}
			if one.UserID != "" {
				line.Name, line.Duty = names[one.UserID].Name, duties[one.Duty]
			}
			out.Servicers = append(out.Servicers, line)
		}
		managers, err := s.deps.KF.ManagersOf(tx, a)
		if err != nil {
			return err
		}
		apps, err := s.deps.Apps.Apps(tx, v.corpID)
		for _, app := range apps {
			if slices.Contains(managers, app.No) {
				out.Managers = append(out.Managers, homeApp{app.AgentID, app.Name, app.Kind, s.local(s.deps.Apps.LogoURL(app))})
			}
		}
		return err
	})
}

type accountForm struct {
	Name string `json:"name"`
}

func (s *Service) createAccount(v *visit) (any, error) {
	var req accountForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var open id.ServiceAccount
	err := v.change(func(tx *store.Tx) (done, error) {
		a, err := s.deps.KF.CreateAccount(v.ctx(), tx, v.by, req.Name, "")
		open = s.deps.KF.OpenKfID(a.No)
		return done{"kf.create", req.Name, map[string]any{"open_kfid": open}}, accountProblem(err)
	})
	return map[string]id.ServiceAccount{"open_kfid": open}, err
}

// accountProblem says which field of the form a refusal is about.
func accountProblem(err error) error {
	switch {
	case errors.Is(err, kf.ErrAccountName):
		return problem{422, "", "名称由 1–16 个字符组成", "A name has 1 to 16 characters.", "name"}
	case errors.Is(err, kf.ErrAccountCount):
		return problem{422, "", "企业至少保留一个客服账号，最多 5000 个", "An enterprise keeps one account at least, and has 5,000 at most.", ""}
	}
	return err
}

func (s *Service) renameAccount(v *visit) (any, error) {
	var req accountForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		a, err := v.account(tx)
		if err != nil {
			return done{}, err
		}
		open := s.deps.KF.OpenKfID(a.No)
		return done{"kf.update", a.Name, map[string]any{"open_kfid": open, "name": [2]string{a.Name, req.Name}}}, accountProblem(s.deps.KF.UpdateAccount(v.ctx(), tx, v.by, open, &req.Name, nil))
	})
}

func (s *Service) deleteAccount(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		a, err := v.account(tx)
		if err != nil {
			return done{}, err
		}
		open := s.deps.KF.OpenKfID(a.No)
		return done{"kf.delete", a.Name, map[string]any{"open_kfid": open}}, accountProblem(s.deps.KF.DeleteAccount(v.ctx(), tx, v.by, open))
	})
}

// changeServicers adds and removes members and departments. Each succeeds or is refused alone.
func (s *Service) changeServicers(v *visit) (any, error) {
	type nodes struct {
		Users       []id.UserID `json:"userids"`
		Departments []int64     `json:"departments"`
	}
	var req struct {
		Add    nodes `json:"add"`
		Remove nodes `json:"remove"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	type failure struct {
		UserID     id.UserID `json:"userid,omitempty"`
		Department int64     `json:"department,omitempty"`
		Error      string    `json:"error"`
	}
	failed := []failure{}
	err := v.change(func(tx *store.Tx) (done, error) {
		failed = failed[:0]
		a, err := v.account(tx)
		if err != nil {
			return done{}, err
		}
		open := s.deps.KF.OpenKfID(a.No)
		var all []kf.Outcome
		if len(req.Remove.Users)+len(req.Remove.Departments) > 0 {
			if all, err = s.deps.KF.RemoveServicers(v.ctx(), tx, v.by, open, kf.People(req.Remove)); err != nil {
				return done{}, err
			}
		}
		if len(req.Add.Users)+len(req.Add.Departments) > 0 || len(all) == 0 {
			added, err := s.deps.KF.AddServicers(v.ctx(), tx, v.by, open, kf.People(req.Add))
			if err != nil {
				return done{}, err
			}
			all = append(all, added...)
		}
		changed := 0
		for _, o := range all {
			if o.Err != nil {
				_, r, _ := s.refusal(v.r, o.Err)
				failed = append(failed, failure{o.UserID, o.Department, r.Error})
			} else if !o.Ignored {
				changed++
			}
		}
		if changed == 0 {
			return done{}, nil
		}
		return done{"kf.servicers", a.Name, map[string]any{"open_kfid": open, "add": req.Add, "remove": req.Remove}}, nil
	})
	return map[string]any{"failed": failed}, err
}

func (s *Service) setManagers(v *visit) (any, error) {
	var req struct {
		Agents []int64 `json:"agentids"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		a, err := v.account(tx)
		if err != nil {
			return done{}, err
		}
		open := s.deps.KF.OpenKfID(a.No)
		return done{"kf.managers", a.Name, map[string]any{"open_kfid": open, "agentids": req.Agents}}, s.deps.KF.Managed(v.ctx(), tx, v.by, open, req.Agents)
	})
}

// mostSessions is how many sessions of an account are shown.
const mostSessions = 200

func (s *Service) listSessions(v *visit) (any, error) {
	type line struct {
		External id.ExternalID `json:"external_userid"`
		Name     string        `json:"name"`
		State    string        `json:"state"`
		UserID   id.UserID     `json:"userid,omitempty"` // the servicer, or the last one
		Servicer string        `json:"servicer,omitempty"`
		AskedAt  time.Time     `json:"asked_at,omitzero"`
		Runs     int64         `json:"runs"`
	}
	out := struct {
		Sessions []line    `json:"sessions"`
		At       time.Time `json:"at"`
	}{Sessions: []line{}}
	return &out, v.look(func(tx *store.Tx) error {
		a, err := v.account(tx)
		if err != nil {
			return err
		}
		list, err := s.deps.KF.Sessions(tx, a, mostSessions)
		if err != nil {
			return err
		}
		var users []id.UserID
		for _, one := range list {
			users = append(users, one.Servicer)
		}
		names, err := v.called(tx, users)
		out.At = tx.Now()
		for _, one := range list {
			out.Sessions = append(out.Sessions, line{one.External, one.Contact.Name, sessionStates[one.Now], one.Servicer, names[one.Servicer].Name, one.AskedAt, one.Run})
		}
		return err
	})
}

// moveSession gives a session to a servicer, puts it into the pool, or ends it, as the API may.
func (s *Service) moveSession(v *visit) (any, error) {
	var req struct {
		State  string    `json:"state"`
		UserID id.UserID `json:"userid"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	for to, name := range sessionStates {
		if name != req.State {
			continue
		}
		return nothing{}, v.change(func(tx *store.Tx) (done, error) {
			a, err := v.account(tx)
			if err != nil {
				return done{}, err
			}
			open, external := s.deps.KF.OpenKfID(a.No), id.ExternalID(v.r.PathValue("external"))
			_, err = s.deps.KF.Move(v.ctx(), tx, v.by, open, external, to, req.UserID)
			return done{"kf.session", a.Name, map[string]any{"open_kfid": open, "external_userid": external, "state": req.State, "userid": req.UserID}}, err
		})
	}
	return nil, badRequest{errors.New("state: unhandled, assistant, pool, served or ended expected")}
}

type figuresDay struct {
	Day       string `json:"day"`
	Sessions  int64  `json:"sessions"`
	Customers int64  `json:"customers"`
	Messages  int64  `json:"messages"`
	Asked     int64  `json:"asked"`
	Replied   int64  `json:"replied"`
	Waited    int64  `json:"waited"` // seconds, all together
}

// figureDays is how many days the figures of an account show. Today is not over, and so not among them.
const figureDays = 30

func (s *Service) getAccountFigures(v *visit) (any, error) {
	days := []figuresDay{}
	return map[string]any{"days": &days}, v.look(func(tx *store.Tx) error {
		a, err := v.account(tx)
		if err != nil {
			return err
		}
		open, now := s.deps.KF.OpenKfID(a.No), tx.Now()
		from := now.AddDate(0, 0, -figureDays)
		at, account, err := s.deps.KF.CorpFigures(tx, v.by, open, from, now.AddDate(0, 0, -1))
		if err != nil {
			return err
		}
		known := map[string]int{}
		for i, day := range at {
			known[day.In(china).Format(dayForm)] = len(days)
			days = append(days, figuresDay{Day: day.In(china).Format(dayForm), Sessions: account[i].Sessions, Customers: account[i].Customers, Messages: account[i].Messages})
		}
		at, servicers, err := s.deps.KF.ServicerFigures(v.ctx(), tx, v.by, open, "", from, now.AddDate(0, 0, -1))
		for i, day := range at {
			if j, ok := known[day.In(china).Format(dayForm)]; ok {
				days[j].Asked, days[j].Replied, days[j].Waited = servicers[i].Asked, servicers[i].Replied, int64(servicers[i].Waited/time.Second)
			}
		}
		return err
	})
}
