package console

import (
	"time"

	"qiwei/internal/register"
	"qiwei/internal/store"
)

// Packages (推广二维码) are what a provider has new enterprises registered with.

func (s *Service) registrationCalls() []call {
	return []call{
		{pattern: "GET /console/api/provider/registrations", right: readCorp, handle: s.listRegistrations},
		{pattern: "POST /console/api/provider/packages", right: editCorp, handle: s.createPackage},
	}
}

func (s *Service) listRegistrations(v *visit) (any, error) {
	before, limit, err := v.before()
	if err != nil {
		return nil, err
	}
	type pack struct {
		ID        string   `json:"template_id"`
		Name      string   `json:"name"`
		Suites    []string `json:"suites"`
		Migration bool     `json:"migration"`
	}
	type line struct {
		No      int64     `json:"no"`
		Package string    `json:"package"` // name
		State   string    `json:"state,omitempty"`
		Corp    string    `json:"corp"` // name: of the enterprise that was made, or the one that was filled in
		CorpID  string    `json:"corpid,omitempty"`
		At      time.Time `json:"at"`
		UsedAt  time.Time `json:"used_at,omitzero"`
	}
	out := struct {
		Packages []pack `json:"packages"`
		Codes    []line `json:"codes"`
		More     bool   `json:"more"`
	}{Packages: []pack{}, Codes: []line{}}
	return &out, v.look(func(tx *store.Tx) error {
		p, err := v.provider(tx)
		if err != nil {
			return err
		}
		packs, err := s.deps.Register.Packages(tx, p)
		if err != nil {
			return err
		}
		names := map[int64]string{}
		for _, one := range packs {
			names[one.No] = one.Name
			out.Packages = append(out.Packages, pack{one.ID, one.Name, orEmpty(one.Suites), one.Migration})
		}
		list, more, err := s.deps.Register.Registrations(tx, p, before, limit)
		if err != nil {
			return err
		}
		out.More = more
		for _, r := range list {
			l := line{No: r.No, Package: names[r.Package], State: r.State, Corp: r.CorpName, At: r.CreatedAt, UsedAt: r.UsedAt}
			if r.CorpID != "" {
				if l.CorpID, l.Corp, err = v.known(tx, r.CorpID); err != nil {
					return err
				}
			}
			out.Codes = append(out.Codes, l)
		}
		return nil
	})
}

func (s *Service) createPackage(v *visit) (any, error) {
	var req struct {
		Name      string   `json:"name"`
		Suites    []string `json:"suites"`
		Migration bool     `json:"migration"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	if req.Name == "" {
		return nil, problem{422, "", "请填写名称", "Give the package a name.", "name"}
	}
	var made register.Package
	err := v.change(func(tx *store.Tx) (done, error) {
		p, err := v.provider(tx)
		if err != nil {
			return done{}, err
		}
		made, err = s.deps.Register.CreatePackage(tx, p, register.Package{Name: req.Name, Suites: req.Suites, Migration: req.Migration})
		return done{"package.create", req.Name, map[string]any{"template_id": made.ID, "suites": req.Suites}}, err
	})
	return map[string]string{"template_id": made.ID}, err
}
