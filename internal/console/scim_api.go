package console

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/scim"
	"qiwei/internal/store"
)

// SCIM in both directions: tokens with which an identity provider keeps the directory, and products that are
// told of it.

func (s *Service) scimCalls() []call {
	return []call{
		{pattern: "GET /console/api/scim/tokens", right: readCorp, handle: s.listSCIMTokens},
		{pattern: "POST /console/api/scim/tokens", right: secrets, handle: s.createSCIMToken},
		{pattern: "POST /console/api/scim/tokens/{name}/secret", right: secrets, handle: s.rotateSCIMToken},
		{pattern: "DELETE /console/api/scim/tokens/{name}", right: editCorp, handle: s.removeSCIMToken},
		{pattern: "GET /console/api/scim/targets", right: readCorp, handle: s.listTargets},
		{pattern: "POST /console/api/scim/targets", right: editCorp, handle: s.addTarget},
		{pattern: "POST /console/api/scim/targets/{name}/sync", right: editCorp, handle: s.syncTarget},
		{pattern: "DELETE /console/api/scim/targets/{name}", right: editCorp, handle: s.removeTarget},
	}
}

// refusedSCIM puts the refusals of SCIM into words.
func refusedSCIM(err error) error {
	of := func(field, zh string) error {
		return problem{http.StatusUnprocessableEntity, "", zh, err.Error(), field}
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, scim.ErrTokenName), errors.Is(err, scim.ErrTargetName):
		return of("name", "名称由 1–64 个字母、数字、连字符、点和下划线组成")
	case errors.Is(err, scim.ErrTokenTaken), errors.Is(err, scim.ErrTargetTaken):
		return of("name", "已有同名的一项")
	case errors.Is(err, scim.ErrTargetURL):
		return of("url", "应为 https://主机/路径")
	case errors.Is(err, scim.ErrTargetToken):
		return of("token", "请填写对方产品的令牌")
	case errors.Is(err, scim.ErrTokenNotFound), errors.Is(err, scim.ErrTargetNotFound):
		return errGone
	}
	return err
}

func (s *Service) scimURL(v *visit) string { return s.deps.BaseURL() + "/scim/v2" }

func (s *Service) listSCIMTokens(v *visit) (any, error) {
	type line struct {
		Name      string    `json:"name"`
		UsedOn    string    `json:"used_on"`
		CreatedAt time.Time `json:"created_at"`
	}
	lines := []line{}
	err := v.look(func(tx *store.Tx) error {
		list, err := s.deps.SCIM.Tokens(tx, v.corpID)
		for _, t := range list {
			lines = append(lines, line{t.Name, t.UsedOn, t.CreatedAt})
		}
		return err
	})
	return map[string]any{"items": lines, "url": s.scimURL(v)}, err
}

func (s *Service) createSCIMToken(v *visit) (any, error) {
	var req doorForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var text string
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		text, err = s.deps.SCIM.CreateToken(v.ctx(), tx, v.corpID, req.Name)
		return done{"scim_token.create", req.Name, nil}, refusedSCIM(err)
	})
	return map[string]string{"url": s.scimURL(v), "token": text}, err
}

func (s *Service) rotateSCIMToken(v *visit) (any, error) {
	name, text := v.r.PathValue("name"), ""
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		text, err = s.deps.SCIM.RotateToken(v.ctx(), tx, v.corpID, name)
		return done{"scim_token.secret", name, nil}, refusedSCIM(err)
	})
	return map[string]string{"token": text}, err
}

func (s *Service) removeSCIMToken(v *visit) (any, error) {
	name := v.r.PathValue("name")
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		return done{"scim_token.delete", name, nil}, refusedSCIM(s.deps.SCIM.RemoveToken(v.ctx(), tx, v.corpID, name))
	})
}

func (s *Service) listTargets(v *visit) (any, error) {
	type refusedOne struct {
		What  string `json:"what"`
		Error string `json:"error"`
	}
	type line struct {
		Name    string       `json:"name"`
		URL     string       `json:"url"`
		Groups  bool         `json:"groups"`
		OnLeave string       `json:"on_leave"`
		Range   rangeDetail  `json:"range"`
		Pending int64        `json:"pending"`
		Refused int64        `json:"refused"`
		Error   string       `json:"error,omitempty"`
		Some    []refusedOne `json:"some"` // of what the product has refused
	}
	lines := []line{}
	err := v.look(func(tx *store.Tx) error {
		list, err := s.deps.SCIM.Targets(tx, v.corpID)
		if err != nil {
			return err
		}
		for _, t := range list {
			l := line{Name: t.Name, URL: t.URL, Groups: t.Groups, OnLeave: t.OnLeave, Pending: t.Pending, Refused: t.Failed, Error: t.Error, Some: []refusedOne{}}
			if l.Range, err = v.rangeOf(tx, t.Range); err != nil {
				return err
			}
			some, err := s.deps.SCIM.RefusedBy(tx, t, 5)
			if err != nil {
				return err
			}
			for _, r := range some {
				l.Some = append(l.Some, refusedOne{r.What, r.Error})
			}
			lines = append(lines, l)
		}
		return nil
	})
	return map[string]any{"items": lines}, err
}

func (s *Service) addTarget(v *visit) (any, error) {
	var req struct {
		Name    string       `json:"name"`
		URL     string       `json:"url"`
		Token   string       `json:"token"`
		Groups  bool         `json:"groups"`
		OnLeave string       `json:"on_leave"`
		Range   access.Range `json:"range"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	t := scim.Target{CorpID: v.corpID, Name: req.Name, URL: strings.TrimRight(req.URL, "/"), Token: req.Token, Groups: req.Groups, OnLeave: req.OnLeave, Range: orEverything(req.Range)}
	if t.OnLeave == "" {
		t.OnLeave = scim.Deactivate
	}
	if t.OnLeave != scim.Deactivate && t.OnLeave != scim.Delete {
		return nil, badRequest{errors.New("on_leave: deactivate or delete expected")}
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		if err := v.rangeExists(tx, &t.Range); err != nil {
			return done{}, err
		}
		return done{"scim_target.create", t.Name, map[string]any{"url": t.URL}}, refusedSCIM(s.deps.SCIM.CreateTarget(v.ctx(), tx, t))
	})
}

func (s *Service) syncTarget(v *visit) (any, error) {
	name := v.r.PathValue("name")
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		return done{"scim_target.sync", name, nil}, refusedSCIM(s.deps.SCIM.SyncTarget(v.ctx(), tx, v.corpID, name))
	})
}

func (s *Service) removeTarget(v *visit) (any, error) {
	name := v.r.PathValue("name")
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		return done{"scim_target.delete", name, nil}, refusedSCIM(s.deps.SCIM.RemoveTarget(v.ctx(), tx, v.corpID, name))
	})
}
