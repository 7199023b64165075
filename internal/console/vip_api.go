package console

import (
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Accounts with advanced features (高级功能账号): who has one, how many there are, and who asks for one.

func (s *Service) vipCalls() []call {
	return []call{
		{pattern: "GET /console/api/security/vips", right: readCorp, handle: s.listVIPs},
		{pattern: "POST /console/api/security/vips", right: editCorp, handle: s.grantVIPs},
		{pattern: "PUT /console/api/security/vips.accounts", right: editCorp, handle: s.setAccounts},
		{pattern: "GET /console/api/security/applications", right: readCorp, handle: s.listVIPApplications},
		{pattern: "POST /console/api/security/applications/{apply}/decide", right: editCorp, handle: s.decideVIPApplication},
	}
}

func (s *Service) listVIPs(v *visit) (any, error) {
	after, err := v.number("after")
	if err != nil {
		return nil, err
	}
	var out struct {
		Members  []person `json:"members"`
		Next     int64    `json:"next"` // 0: that was all
		Accounts int64    `json:"accounts"`
		Used     int64    `json:"used"`
		Limited  bool     `json:"limited"` // false: as many as there are members
	}
	return &out, v.look(func(tx *store.Tx) error {
		users, next, err := s.deps.Security.VIPs(tx, v.by, after, 100)
		if err != nil {
			return err
		}
		out.Next = next
		if out.Accounts, out.Used, out.Limited, err = s.deps.Security.Accounts(tx, v.corpID); err != nil {
			return err
		}
		out.Members, err = v.people(tx, users)
		return err
	})
}

// grantVIPs gives members the features or takes them back, and answers for whom that did not go.
func (s *Service) grantVIPs(v *visit) (any, error) {
	var req struct {
		Members []id.UserID `json:"members"`
		Add     bool        `json:"add"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var out struct {
		Failed []person `json:"failed"`
	}
	return &out, v.change(func(tx *store.Tx) (done, error) {
		failed, err := s.deps.Security.Grant(tx, v.by, req.Members, req.Add)
		if err != nil {
			return done{}, err
		}
		action := "vip.withdraw"
		if req.Add {
			action = "vip.grant"
		}
		out.Failed, err = v.people(tx, failed)
		return done{action, itoa(int64(len(req.Members) - len(failed))), map[string]any{"members": req.Members, "failed": failed}}, err
	})
}

func (s *Service) setAccounts(v *visit) (any, error) {
	var req struct {
		Accounts int64 `json:"accounts"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		return done{"vip.accounts", itoa(req.Accounts), nil}, s.deps.Security.Buy(tx, v.corpID, req.Accounts)
	})
}

type applicationLine struct {
	No       int64  `json:"no"`
	ID       string `json:"apply_id"`
	Who      person `json:"who"`
	Business int64  `json:"business"` // 1 mail, 2 documents, 3 drive, 4 meetings
	Reason   string `json:"reason"`
	At       int64  `json:"at"`
	Status   int64  `json:"status"` // doc 99885
	URL      string `json:"url,omitempty"`
	Ended    bool   `json:"ended"`
}

func (s *Service) listVIPApplications(v *visit) (any, error) {
	before, limit, err := v.before()
	if err != nil {
		return nil, err
	}
	business, err := v.number("business")
	if err != nil {
		return nil, err
	}
	var out struct {
		Applications []applicationLine `json:"applications"`
		More         bool              `json:"more"`
	}
	out.Applications = []applicationLine{}
	return &out, v.look(func(tx *store.Tx) error {
		list, err := s.deps.Security.Applications(tx, v.corpID, business, before, limit)
		if err != nil {
			return err
		}
		out.More = int64(len(list)) == limit
		var users []id.UserID
		for _, a := range list {
			users = append(users, a.UserID)
		}
		names, err := v.called(tx, users)
		for _, a := range list {
			out.Applications = append(out.Applications, applicationLine{a.No, a.ApplyID, names[a.UserID], a.Business, a.Reason, a.CreatedAt.Unix(), a.Status, a.URL, a.Ended()})
		}
		return err
	})
}

func (s *Service) decideVIPApplication(v *visit) (any, error) {
	var req struct {
		Grant bool `json:"grant"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	applyID := v.r.PathValue("apply")
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		return done{"vip.decide", applyID, map[string]any{"grant": req.Grant}}, s.deps.Security.DecideApplication(tx, v.by, applyID, req.Grant)
	})
}
