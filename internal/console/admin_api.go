package console

import (
	"net/http"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/admin"
	"qiwei/internal/store"
)

func (s *Service) adminCalls() []call {
	return []call{
		{pattern: "GET /console/api/admins", right: rule, handle: s.listAdmins},
		{pattern: "PUT /console/api/admins/{userid}", right: rule, handle: s.appoint},
		{pattern: "DELETE /console/api/admins/{userid}", right: rule, handle: s.dismiss},
	}
}

func (s *Service) listAdmins(v *visit) (any, error) {
	type line struct {
		UserID      string     `json:"userid"`
		Name        string     `json:"name"`
		Role        admin.Role `json:"role"`
		Departments []int64    `json:"departments"`
		Founder     bool       `json:"founder,omitempty"`
		Since       time.Time  `json:"since"`
	}
	lines := []line{}
	err := v.look(func(tx *store.Tx) error {
		list, err := s.deps.Admins.Admins(v.ctx(), tx, v.corpID)
		for _, a := range list {
			lines = append(lines, line{string(a.UserID), a.Name, a.Role, orEmpty(a.Range.Departments), a.Founder, a.Since})
		}
		return err
	})
	return map[string]any{"admins": lines}, err
}

func (s *Service) appoint(v *visit) (any, error) {
	var req struct {
		Role        admin.Role `json:"role"`
		Departments []int64    `json:"departments"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		if v.userid().Equal(v.member.UserID) && req.Role != admin.Super {
			return done{}, errSelf
		}
		return done{"admin.appoint", string(v.userid()), map[string]any{"role": req.Role, "departments": req.Departments}},
			s.deps.Admins.Appoint(v.ctx(), tx, v.corpID, v.userid(), req.Role, access.Range{Departments: req.Departments})
	})
}

var errSelf = problem{http.StatusUnprocessableEntity, "self", "不能取消自己的管理员身份，请由其他超级管理员操作", "You cannot take your own role away; another super admin can.", ""}

func (s *Service) dismiss(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		if v.userid().Equal(v.member.UserID) {
			return done{}, errSelf
		}
		return done{"admin.dismiss", string(v.userid()), nil}, s.deps.Admins.Dismiss(v.ctx(), tx, v.corpID, v.userid())
	})
}
