package console

import (
	"errors"
	"net/http"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/gate"
	"qiwei/internal/ldap"
	"qiwei/internal/store"
)

// Products that look members up over LDAP, and sites whose proxy asks who is there.

func (s *Service) ldapCalls() []call {
	return []call{
		{pattern: "GET /console/api/ldap", right: readCorp, handle: s.listLDAP},
		{pattern: "POST /console/api/ldap", right: secrets, handle: s.createLDAP},
		{pattern: "PUT /console/api/ldap.suffix", right: editCorp, handle: s.setSuffix},
		{pattern: "POST /console/api/ldap/{name}/secret", right: secrets, handle: s.rotateLDAP},
		{pattern: "DELETE /console/api/ldap/{name}", right: editCorp, handle: s.removeLDAP},
		{pattern: "GET /console/api/sites", right: readCorp, handle: s.listSites},
		{pattern: "POST /console/api/sites", right: editCorp, handle: s.addSite},
		{pattern: "DELETE /console/api/sites/{host}", right: editCorp, handle: s.removeSite},
	}
}

// refusedDoor puts the refusals of LDAP, SCIM and sites into words.
func refusedDoor(err error) error {
	of := func(field, zh string) error {
		return problem{http.StatusUnprocessableEntity, "", zh, err.Error(), field}
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ldap.ErrAccountName):
		return of("name", "名称由 1–64 个字母、数字、连字符、点和下划线组成")
	case errors.Is(err, ldap.ErrAccountTaken), errors.Is(err, gate.ErrSiteTaken):
		return of("name", "已有同名的一项")
	case errors.Is(err, ldap.ErrSuffix):
		return of("suffix", "应为由 dc、o、ou、c 组成的 DN，例如 dc=corp,dc=example")
	case errors.Is(err, ldap.ErrSuffixTaken):
		return of("suffix", "其他企业已使用这个后缀，或其上级、下级")
	case errors.Is(err, gate.ErrSiteAddress):
		return of("name", "应为 https://主机 或 http://主机，后面不带任何内容")
	case errors.Is(err, ldap.ErrAccountNotFound), errors.Is(err, gate.ErrSiteNotFound):
		return errGone
	}
	return err
}

type doorLine struct {
	Name      string      `json:"name"`
	DN        string      `json:"dn,omitempty"`
	AgentID   int64       `json:"agentid"`
	App       string      `json:"app,omitempty"`
	Range     rangeDetail `json:"range"`
	CreatedAt time.Time   `json:"created_at"`
}

// ofApp fills in the application whose range counts; 0 is none.
func (v *visit) ofApp(tx *store.Tx, no int64, l *doorLine) error {
	if no == 0 {
		return nil
	}
	a, err := v.s.deps.Apps.AppNo(tx, no)
	l.AgentID, l.App = a.AgentID, a.Name
	return err
}

// appNo returns our number of the application with the agentid; 0 for none.
func (v *visit) appNo(tx *store.Tx, agentID int64) (int64, error) {
	if agentID == 0 {
		return 0, nil
	}
	a, err := v.s.deps.Apps.App(tx, v.corpID, agentID)
	return a.No, err
}

func (s *Service) listLDAP(v *visit) (any, error) {
	lines := []doorLine{}
	suffix := ""
	err := v.look(func(tx *store.Tx) (err error) {
		if suffix, err = s.deps.LDAP.SuffixOf(tx, v.corpID); err != nil {
			return err
		}
		list, err := s.deps.LDAP.Accounts(tx, v.corpID)
		if err != nil {
			return err
		}
		for _, a := range list {
			l := doorLine{Name: a.Name, CreatedAt: a.CreatedAt}
			if err := v.ofApp(tx, a.App, &l); err != nil {
				return err
			}
			if l.DN, err = s.deps.LDAP.AccountDN(tx, v.corpID, a.Name); err != nil {
				return err
			}
			if l.Range, err = v.rangeOf(tx, a.Range); err != nil {
				return err
			}
			lines = append(lines, l)
		}
		return nil
	})
	return map[string]any{"items": lines, "suffix": suffix}, err
}

type doorForm struct {
	Name    string       `json:"name"`
	AgentID int64        `json:"agentid"`
	Range   access.Range `json:"range"`
}

func (s *Service) createLDAP(v *visit) (any, error) {
	var req doorForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var secret, dn string
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		a := ldap.Account{CorpID: v.corpID, Name: req.Name}
		if a.App, err = v.appNo(tx, req.AgentID); err != nil {
			return done{}, err
		}
		if a.App == 0 {
			a.Range = orEverything(req.Range)
			if err := v.rangeExists(tx, &a.Range); err != nil {
				return done{}, err
			}
		}
		if secret, err = s.deps.LDAP.CreateAccount(v.ctx(), tx, a); err == nil {
			dn, err = s.deps.LDAP.AccountDN(tx, v.corpID, a.Name)
		}
		return done{"ldap_account.create", a.Name, nil}, refusedDoor(err)
	})
	return map[string]string{"bind_dn": dn, "secret": secret}, err
}

func (s *Service) setSuffix(v *visit) (any, error) {
	var req struct {
		Suffix string `json:"suffix"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		set, err := s.deps.LDAP.Settings(tx, v.corpID)
		if err != nil {
			return done{}, err
		}
		set.Suffix = req.Suffix
		return done{"ldap.suffix", req.Suffix, nil}, refusedDoor(s.deps.LDAP.SetSettings(v.ctx(), tx, v.corpID, set))
	})
}

func (s *Service) rotateLDAP(v *visit) (any, error) {
	name, secret := v.r.PathValue("name"), ""
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		secret, err = s.deps.LDAP.RotateAccount(v.ctx(), tx, v.corpID, name)
		return done{"ldap_account.secret", name, nil}, refusedDoor(err)
	})
	return map[string]string{"secret": secret}, err
}

func (s *Service) removeLDAP(v *visit) (any, error) {
	name := v.r.PathValue("name")
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		return done{"ldap_account.delete", name, nil}, refusedDoor(s.deps.LDAP.RemoveAccount(v.ctx(), tx, v.corpID, name))
	})
}

func (s *Service) listSites(v *visit) (any, error) {
	lines := []doorLine{}
	err := v.look(func(tx *store.Tx) error {
		list, err := s.deps.Gate.Sites(tx, v.corpID)
		for _, site := range list {
			l := doorLine{Name: site.Host, DN: site.Origin, CreatedAt: site.Since, Range: rangeDetail{[]int64{}, []person{}, []tagName{}}}
			if err := v.ofApp(tx, site.App, &l); err != nil {
				return err
			}
			lines = append(lines, l)
		}
		return err
	})
	return map[string]any{"items": lines}, err
}

func (s *Service) addSite(v *visit) (any, error) {
	var req doorForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	site, err := gate.ParseSite(req.Name)
	if err != nil {
		return nil, refusedDoor(err)
	}
	return nothing{}, v.change(func(tx *store.Tx) (_ done, err error) {
		site.CorpID = v.corpID
		if site.App, err = v.appNo(tx, req.AgentID); err == nil {
			err = s.deps.Gate.AddSite(tx, site)
		}
		return done{"site.create", site.Origin, nil}, refusedDoor(err)
	})
}

func (s *Service) removeSite(v *visit) (any, error) {
	host := v.r.PathValue("host")
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		return done{"site.delete", host, nil}, refusedDoor(s.deps.Gate.RemoveSite(tx, v.corpID, host))
	})
}
