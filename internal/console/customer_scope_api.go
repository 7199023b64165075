package console

import (
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// Who has customer contact (使用范围), and which applications may call it (可调用接口的应用).

func (s *Service) customerScopeCalls() []call {
	return []call{
		{pattern: "GET /console/api/customer-scope", right: readCorp, handle: s.getCustomerScope},
		{pattern: "PUT /console/api/customer-scope", right: editCorp, handle: s.setCustomerScope},
		{pattern: "PUT /console/api/customer-scope/apps/{agentid}", right: editCorp, handle: s.setCustomerApp},
	}
}

type scopeApp struct {
	homeApp
	Customers bool     `json:"customer_contact"`
	Service   bool     `json:"customer_service"`
	Grants    []string `json:"grants,omitempty"` // of a provider's
}

func (s *Service) getCustomerScope(v *visit) (any, error) {
	out := struct {
		Scope *rangeDetail `json:"scope"` // null: everybody
		Apps  []scopeApp   `json:"apps"`
	}{Apps: []scopeApp{}}
	return &out, v.look(func(tx *store.Tx) error {
		c, err := s.deps.Corps.Corp(tx, v.corpID)
		if err != nil {
			return err
		}
		if c.CustomerScope != nil {
			scope, err := v.rangeThere(tx, *c.CustomerScope)
			if err != nil {
				return err
			}
			out.Scope = &scope
		}
		apps, err := s.deps.Apps.Apps(tx, v.corpID)
		if err != nil {
			return err
		}
		here, err := s.deps.Suites.InstalledIn(tx, v.corpID)
		for _, a := range apps {
			line := scopeApp{homeApp: homeApp{a.AgentID, a.Name, a.Kind, s.local(s.deps.Apps.LogoURL(a))}}
			switch {
			case a.Kind == access.SelfBuilt:
				line.Customers, line.Service = a.MayCallOf(access.CustomerContact), a.MayCallOf(access.CustomerService)
			case a.Kind == access.CustomerContact:
				line.Customers = true
			case a.Kind == access.CustomerService:
				line.Service = true
			case a.Kind == access.Custom || a.Kind == access.ThirdParty:
				for _, in := range here {
					if in.AgentID == a.AgentID {
						line.Grants = customerGrants(in.Grants)
					}
				}
				if len(line.Grants) == 0 {
					continue
				}
			default:
				continue
			}
			out.Apps = append(out.Apps, line)
		}
		return err
	})
}

// customerGrants are those of the permissions that are about customers and customer service.
func customerGrants(grants []string) (out []string) {
	for _, g := range grants {
		if len(g) > 3 && (g[:3] == "kf:" || len(g) > 16 && g[:16] == "externalcontact:") {
			out = append(out, g)
		}
	}
	slices.Sort(out)
	return out
}

// setCustomerScope says who has customer contact: everybody if the range is null.
func (s *Service) setCustomerScope(v *visit) (any, error) {
	var req struct {
		Scope *access.Range `json:"scope"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		if err := v.rangeExists(tx, req.Scope); err != nil {
			return done{}, err
		}
		c, err := s.deps.Corps.Corp(tx, v.corpID)
		if err != nil {
			return done{}, err
		}
		before := c.CustomerScope
		c.CustomerScope = req.Scope
		return done{"customer.scope", c.Name, map[string]any{"scope": [2]any{before, req.Scope}}}, s.deps.Corps.UpdateCorp(v.ctx(), tx, c)
	})
}

// setCustomerApp lists a self-built application among those that may call.
func (s *Service) setCustomerApp(v *visit) (any, error) {
	var req struct {
		Customers *bool `json:"customer_contact"`
		Service   *bool `json:"customer_service"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		a, err := v.app(tx)
		if err != nil {
			return done{}, err
		}
		if a.Kind != access.SelfBuilt {
			return done{}, problem{422, "", "只有自建应用需要在这里授权；服务商的应用由它们的权限决定", "Only self-built applications are listed here; those of providers go by their permissions.", ""}
		}
		before := a
		for kind, on := range map[access.Kind]*bool{access.CustomerContact: req.Customers, access.CustomerService: req.Service} {
			if on != nil {
				a.List(kind, *on)
			}
		}
		slices.Sort(a.Callable)
		return done{"app.update", a.Name, map[string]any{"agentid": a.AgentID, "changed": changedSettings(before, a)}}, s.deps.Apps.UpdateApp(v.ctx(), tx, a)
	})
}
