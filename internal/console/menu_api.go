package console

import (
	"errors"
	"net/http"

	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) menuCalls() []call {
	return []call{
		{pattern: "GET /console/api/apps/{agentid}/menu", right: readCorp, handle: s.getMenu},
		{pattern: "PUT /console/api/apps/{agentid}/menu", right: editCorp, handle: s.setMenu},
	}
}

type menuForm struct {
	Buttons []app.Button `json:"buttons"`
	Version string       `json:"version"`
}

func (s *Service) menuOf(tx *store.Tx, a app.App) (menuForm, error) {
	menu, err := s.deps.Apps.Menu(tx, a)
	if errors.Is(err, app.ErrMenuNotFound) {
		menu, err = nil, nil
	}
	return menuForm{orEmpty(menu), digest(orEmpty(menu))}, err
}

func (s *Service) getMenu(v *visit) (any, error) {
	var out menuForm
	return &out, v.look(func(tx *store.Tx) error {
		a, err := v.app(tx)
		if err == nil {
			out, err = s.menuOf(tx, a)
		}
		return err
	})
}

// setMenu writes the whole menu, and deletes it if there are no buttons.
func (s *Service) setMenu(v *visit) (any, error) {
	var req menuForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	err := v.change(func(tx *store.Tx) (done, error) {
		a, err := v.app(tx)
		if err != nil {
			return done{}, err
		}
		now, err := s.menuOf(tx, a)
		if err != nil {
			return done{}, err
		}
		if req.Version != "" && req.Version != now.Version {
			return done{}, errStale
		}
		d := done{"app.menu", a.Name, map[string]any{"agentid": a.AgentID, "buttons": req.Buttons}}
		if len(req.Buttons) > 0 {
			return d, s.deps.Apps.SetMenu(v.ctx(), tx, a, req.Buttons)
		}
		if len(now.Buttons) == 0 {
			return done{}, nil
		}
		return d, s.deps.Apps.DeleteMenu(v.ctx(), tx, a)
	})
	var api wire.Error
	if errors.As(err, &api) && api.Note != "" { // it names the button
		out := refusalOf(api, v.chinese())
		return nil, problem{http.StatusUnprocessableEntity, "menu", out.Error, out.Error, "buttons"}
	}
	return map[string]string{"version": digest(orEmpty(req.Buttons))}, err
}
