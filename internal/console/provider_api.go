package console

import (
	"errors"
	"net/http"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/hardware"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// The provider's pages show an enterprise that is a provider (服务商) what it has, and where it
// is installed. It sees enterprises by its own ids, as over the API.

func (s *Service) providerCalls() []call {
	return []call{
		{pattern: "GET /console/api/provider", right: readCorp, handle: s.getProvider},
		{pattern: "POST /console/api/provider/suites/{suite}/ticket", right: editCorp, handle: s.pushTicket},
		{pattern: "POST /console/api/provider/secret", right: secrets, handle: s.renewProviderSecret},
		{pattern: "POST /console/api/provider/suites/{suite}/secret", right: secrets, handle: s.renewSuiteSecret},
		{pattern: "POST /console/api/provider/models/{model}/secret", right: secrets, handle: s.renewModelSecret},
		{pattern: "GET /console/api/provider/models/{model}/devices", right: readCorp, handle: s.listThings},
		{pattern: "POST /console/api/provider/suites/{suite}/installations/{corp}/reset", right: secrets, handle: s.resetPermanentCode},
	}
}

type providerSuite struct {
	SuiteID    string      `json:"suite_id"`
	Kind       access.Kind `json:"kind"`
	Name       string      `json:"name"`
	Draft      bool        `json:"draft"`
	CommandURL string      `json:"command_url"`
	DataURL    string      `json:"data_url"`
	TicketedAt time.Time   `json:"ticketed_at,omitzero"`
	Customers  []client    `json:"customers"`
}

// client is an enterprise that has a suite.
type client struct {
	CorpID   string    `json:"corpid"` // as the provider knows it
	Name     string    `json:"name"`
	AgentID  int64     `json:"agentid"`
	At       time.Time `json:"at"`
	Disabled bool      `json:"disabled"`
	Members  bool      `json:"by_members"`
}

type providerModel struct {
	ModelID   string   `json:"model_id"`
	Name      string   `json:"name"`
	Access    string   `json:"access"`
	Abilities []string `json:"abilities"`
	Devices   int      `json:"devices"`
	Bound     int      `json:"bound"`
	Online    int      `json:"online"`
}

type providerDetail struct {
	EventURL string          `json:"event_url"`
	Suites   []providerSuite `json:"suites"`
	Models   []providerModel `json:"models"`
}

// devicesMost bounds how many devices of a model are counted.
const devicesMost = 10_000

// getProvider answers {"provider":null} to an enterprise that is none.
func (s *Service) getProvider(v *visit) (any, error) {
	var out struct {
		Provider *providerDetail `json:"provider"`
	}
	return &out, v.look(func(tx *store.Tx) error {
		p, err := s.deps.Suites.Provider(tx, v.corpID)
		if errors.Is(err, suite.ErrNoProvider) {
			return nil
		}
		if err != nil {
			return err
		}
		out.Provider = &providerDetail{EventURL: p.EventURL, Suites: []providerSuite{}, Models: []providerModel{}}
		suites, err := s.deps.Suites.Suites(tx, v.corpID)
		if err != nil {
			return err
		}
		for _, one := range suites {
			shown := providerSuite{SuiteID: one.SuiteID, Kind: one.Kind, Name: one.Name, Draft: one.Draft, CommandURL: one.CommandURL, DataURL: one.DataURL, TicketedAt: one.TicketedAt()}
			if shown.Customers, err = s.customersOf(tx, one); err != nil {
				return err
			}
			out.Provider.Suites = append(out.Provider.Suites, shown)
		}
		models, err := s.deps.Models.Models(tx, v.corpID)
		for _, m := range models {
			shown, err := s.countDevices(tx, m)
			if err != nil {
				return err
			}
			out.Provider.Models = append(out.Provider.Models, shown)
		}
		return err
	})
}

func (s *Service) customersOf(tx *store.Tx, of suite.Suite) ([]client, error) {
	out := []client{}
	list, err := s.deps.Suites.Installations(tx, of)
	for _, in := range list {
		c, err := s.deps.Corps.Corp(tx, in.CorpID)
		if err != nil {
			return nil, err
		}
		known := in.CorpID
		if !in.PlainIDs {
			if known, err = s.deps.Suites.OpenCorpID(tx, of.Partner, in.CorpID); err != nil {
				return nil, err
			}
		}
		out = append(out, client{known, c.Name, in.AgentID, in.InstalledAt, in.Disabled, in.Mode == suite.ByMembers})
	}
	return out, err
}

func (s *Service) countDevices(tx *store.Tx, m hardware.Model) (providerModel, error) {
	out := providerModel{ModelID: m.ModelID, Name: m.Name, Access: string(m.Access), Abilities: orEmpty(m.Abilities.Names())}
	list, err := s.deps.Models.DevicesOf(tx, m, 0, devicesMost)
	for _, d := range list {
		out.Devices++
		if d.CorpID != "" {
			out.Bound++
		}
		if d.Online(tx.Now()) {
			out.Online++
		}
	}
	return out, err
}

// suite returns the suite that the path names, if it is the enterprise's own.
func (v *visit) suite(tx *store.Tx) (suite.Suite, error) {
	of, err := v.s.deps.Suites.Suite(tx, v.r.PathValue("suite"))
	if err == nil && of.Partner != v.corpID {
		err = suite.ErrNotFound
	}
	return of, err
}

// pushTicket makes a suite_ticket now, and pushes it.
func (s *Service) pushTicket(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		of, err := v.suite(tx)
		if err != nil {
			return done{}, err
		}
		if of.CommandURL == "" {
			return done{}, problem{http.StatusUnprocessableEntity, "", "应用没有指令回调URL，无处推送", "The suite has no command URL, so there is nowhere to push to.", "command_url"}
		}
		_, err = s.deps.Suites.PushTicket(v.ctx(), tx, of.SuiteID)
		return done{"suite.ticket", of.Name, map[string]any{"suite_id": of.SuiteID}}, err
	})
}

// resetPermanentCode ends the permanent code of one enterprise, named as the provider knows it.
func (s *Service) resetPermanentCode(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		of, err := v.suite(tx)
		if err != nil {
			return done{}, err
		}
		corpID, err := s.deps.Suites.CorpOf(tx, v.corpID, v.r.PathValue("corp"))
		if err == nil {
			_, err = s.deps.Suites.ResetPermanentCode(v.ctx(), tx, corpID, of.SuiteID)
		}
		return done{"suite.reset", of.Name, map[string]any{"suite_id": of.SuiteID, "corpid": v.r.PathValue("corp")}}, installProblem(err)
	})
}
