package console

import (
	"net/http"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/acquisition"
	"qiwei/internal/store"
)

// Applications of providers that bring customers: components, which use links that the enterprise gives them, and
// marketing applications, whose customers may come to whom the enterprise says.

func (s *Service) acquisitionSuiteCalls() []call {
	return []call{
		{pattern: "GET /console/api/acquisition-components", right: readCorp, handle: s.listComponents},
		{pattern: "PUT /console/api/acquisition-components/{suite}", right: editCorp, handle: s.setComponent},
		{pattern: "GET /console/api/acquisition-apps", right: readCorp, handle: s.listMarketing},
		{pattern: "PUT /console/api/acquisition-apps/{suite}", right: editCorp, handle: s.setMarketing},
	}
}

type componentLine struct {
	SuiteID string   `json:"suite_id"`
	Name    string   `json:"name"`
	Payer   string   `json:"pay_mode"` // "0" the enterprise, "1" the provider
	Price   int64    `json:"price"`    // in fen
	Source  string   `json:"link_auth_mode"`
	LinkIDs []string `json:"link_ids"`
	Agents  []string `json:"agentids"`
	Scene   string   `json:"comp_scene"`
}

func (s *Service) listComponents(v *visit) (any, error) {
	lines := []componentLine{}
	err := v.look(func(tx *store.Tx) error {
		list, err := s.deps.Acquisition.Components(tx, v.corpID)
		for _, c := range list {
			l := componentLine{c.Suite.SuiteID, c.Suite.Name, strconv.FormatInt(c.Payer, 10), c.Price, strconv.FormatInt(c.Source, 10), orEmpty(c.LinkIDs), []string{}, c.Scene}
			for _, a := range c.Apps {
				l.Agents = append(l.Agents, strconv.FormatInt(a.AgentID, 10))
			}
			lines = append(lines, l)
		}
		return err
	})
	return map[string]any{"items": lines}, err
}

func (s *Service) setComponent(v *visit) (any, error) {
	var req componentLine
	if err := v.read(&req); err != nil {
		return nil, err
	}
	ch := acquisition.Choice{SuiteID: v.r.PathValue("suite"), Price: req.Price, LinkIDs: req.LinkIDs}
	var err error
	if ch.Payer, err = strconv.ParseInt(req.Payer, 10, 64); err != nil {
		return nil, problem{http.StatusUnprocessableEntity, "", "请选择付费方", "Choose who pays.", "pay_mode"}
	}
	if ch.Source, err = strconv.ParseInt(req.Source, 10, 64); err != nil {
		return nil, problem{http.StatusUnprocessableEntity, "", "请选择授权方式", "Choose which links it is given.", "link_auth_mode"}
	}
	for _, text := range req.Agents {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, problem{http.StatusUnprocessableEntity, "", "每行一个应用的 agentid", "The agentid of an application on each line.", "agentids"}
		}
		ch.Agents = append(ch.Agents, n)
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		c, err := s.deps.Acquisition.Authorise(v.ctx(), tx, access.System(v.corpID), ch)
		return done{"component.authorise", c.Suite.Name, map[string]any{"suite_id": ch.SuiteID, "pay_mode": ch.Payer, "price": ch.Price}}, err
	})
}

func (s *Service) listMarketing(v *visit) (any, error) {
	type line struct {
		SuiteID string      `json:"suite_id"`
		Name    string      `json:"name"`
		Range   rangeDetail `json:"range"`
	}
	lines := []line{}
	err := v.look(func(tx *store.Tx) error {
		list, err := s.deps.Acquisition.MarketingApps(tx, v.corpID)
		if err != nil {
			return err
		}
		for _, m := range list {
			l := line{SuiteID: m.Suite.SuiteID, Name: m.Suite.Name}
			if l.Range, err = v.rangeOf(tx, m.Range); err != nil {
				return err
			}
			lines = append(lines, l)
		}
		return nil
	})
	return map[string]any{"items": lines}, err
}

func (s *Service) setMarketing(v *visit) (any, error) {
	var req struct {
		Range access.Range `json:"range"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	suiteID := v.r.PathValue("suite")
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		list, err := s.deps.Acquisition.MarketingApps(tx, v.corpID)
		if err != nil {
			return done{}, err
		}
		for _, m := range list {
			if m.Suite.SuiteID == suiteID {
				req.Range.Tags = m.Range.Tags // which the form does not show
				return done{"marketing.permit", m.Suite.Name, map[string]any{"suite_id": suiteID}}, s.deps.Acquisition.Permit(v.ctx(), tx, access.System(v.corpID), suiteID, req.Range)
			}
		}
		return done{}, errGone
	})
}
