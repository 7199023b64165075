package login

import (
	"errors"
	"strconv"
	"strings"

	"qiwei/internal/app"
	"qiwei/internal/login/page"
	"qiwei/internal/store"
)

// AppDisabled says that an application is switched off.
var AppDisabled = page.Problem{
	Title: page.Text{Zh: "应用已停用", En: "The application is switched off"},
	Why:   page.Text{Zh: "管理员停用了这个应用，成员暂时不能登录它。", En: "An administrator has switched this application off. Nobody can sign in to it for now."},
	Mend:  []page.Text{{Zh: "请管理员在应用详情页启用它。", En: "Ask an administrator to switch it on again."}},
}

// AppOf returns the application that a link names, nil if it names none, or a page that says why it cannot be
// used.
func (s *Service) AppOf(tx *store.Tx, corpID, agentID string) (*app.App, *page.Problem, error) {
	if agentID == "" {
		return nil, nil, nil
	}
	n, err := strconv.ParseInt(strings.TrimSpace(agentID), 10, 64)
	if err != nil {
		p := page.BadParameter("agentid", agentID)
		return nil, &p, nil
	}
	a, err := s.deps.Apps.App(tx, corpID, n)
	if errors.Is(err, app.ErrNotFound) {
		gone, err := s.deps.Apps.Gone(tx, corpID, n)
		p := page.BadParameter("agentid", agentID)
		if gone {
			p = page.AppDeleted(agentID)
		}
		return nil, &p, err
	}
	if err == nil && a.Disabled {
		return &a, &AppDisabled, nil
	}
	return &a, nil, err
}

// PageApp is an application as the pages show it.
func (s *Service) PageApp(a app.App) page.App {
	return page.App{Name: a.Name, Logo: s.Local(s.deps.Apps.LogoURL(a))}
}
