package login

import (
	"net/http"

	"qiwei/internal/door"
	"qiwei/internal/login/page"
	"qiwei/internal/store"
)

// accountPath is a member's own page. A sign-in without another destination ends there.
const accountPath = "/account/"

func (s *Service) accountRoutes() []door.Route {
	return []door.Route{{Pattern: "GET " + accountPath + "{$}", Handler: s.page(page.NoFrame, s.account)}}
}

// notices are the good news that a page can show, by their keyword in the address.
var notices = map[string]page.Notice{
	"password": page.PasswordSet, "added": page.PasskeyAdded, "removed": page.PasskeyRemoved,
}

func (s *Service) account(v *visit) error {
	sess, ok, err := v.requireAny()
	if err != nil || !ok {
		return err
	}
	d := page.Account{
		Self: v.self(), Me: v.person(sess.Member), SignOut: v.form(signOutPath, "account", sess.token),
		Password: passwordPath, Notice: notices[v.r.URL.Query().Get("done")],
	}
	if s.passkeysWork() {
		d.Passkeys = passkeysPath
	}
	if s.deps.Dev {
		d.Switch = s.switchPath(sess.CorpID, accountPath)
	}
	err = s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		c, err := s.deps.Corps.Corp(tx, sess.CorpID)
		if err != nil {
			return err
		}
		d.Corp = c.Name
		names, err := s.deps.Directory.DepartmentNames(tx, sess.CorpID, []int64{sess.Member.MainDepartment})
		if err != nil {
			return err
		}
		d.Me.Department = names[sess.Member.MainDepartment]
		for _, ask := range s.granted {
			list, err := ask(v.ctx(), tx, sess)
			if err != nil {
				return err
			}
			for _, g := range list {
				d.Consents = append(d.Consents, page.AccountConsent{App: g.Name, Link: g.Link})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return show(v, http.StatusOK, s.pages.Account, d)
}
