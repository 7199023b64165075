package console

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// The market (应用市场) is what providers offer, as an enterprise's administrator sees it.

func (s *Service) marketCalls() []call {
	return []call{
		{pattern: "GET /console/api/market", right: readCorp, handle: s.listMarket},
		{pattern: "POST /console/api/market/{suite}", right: editCorp, handle: s.installSuite},
		{pattern: "PUT /console/api/market/{suite}", right: editCorp, handle: s.changeInstallation},
		{pattern: "DELETE /console/api/market/{suite}", right: editCorp, handle: s.uninstallSuite},
	}
}

type offer struct {
	SuiteID     string      `json:"suite_id"`
	Kind        access.Kind `json:"kind"`
	Name        string      `json:"name"`
	Description string      `json:"description,omitempty"`
	Provider    string      `json:"provider"`    // its name
	Permissions []string    `json:"permissions"` // that it asks for
	Installed   *installed  `json:"installed,omitempty"`
}

type installed struct {
	AgentID     int64       `json:"agentid"`
	By          string      `json:"by"`
	ByMembers   bool        `json:"by_members"` // each member installs it for themselves
	At          time.Time   `json:"at"`
	Disabled    bool        `json:"disabled"`
	Permissions []string    `json:"permissions"` // that it was given
	Range       rangeDetail `json:"range"`
}

func (s *Service) listMarket(v *visit) (any, error) {
	out := []offer{}
	return map[string]any{"suites": &out}, v.look(func(tx *store.Tx) error {
		list, err := s.deps.Suites.Market(tx)
		if err != nil {
			return err
		}
		here, err := s.deps.Suites.InstalledIn(tx, v.corpID)
		if err != nil {
			return err
		}
		for _, in := range here { // a draft may be installed as a test
			if !slices.ContainsFunc(list, func(v suite.Suite) bool { return v.No == in.Suite.No }) {
				list = append(list, in.Suite)
			}
		}
		for _, one := range list {
			o, err := v.offered(tx, one, here)
			if err != nil {
				return err
			}
			out = append(out, o)
		}
		return nil
	})
}

func (v *visit) offered(tx *store.Tx, of suite.Suite, here []suite.Installation) (o offer, err error) {
	o = offer{SuiteID: of.SuiteID, Kind: of.Kind, Name: of.Name, Description: of.Description, Permissions: orEmpty(of.Permissions)}
	partner, err := v.s.deps.Corps.Corp(tx, of.Partner)
	if err != nil {
		return o, err
	}
	o.Provider = partner.Name
	i := slices.IndexFunc(here, func(in suite.Installation) bool { return in.Suite.No == of.No })
	if i < 0 {
		return o, nil
	}
	in := here[i]
	o.Installed = &installed{AgentID: in.AgentID, By: string(in.By), ByMembers: in.Mode == suite.ByMembers, At: in.InstalledAt, Disabled: in.Disabled, Permissions: orEmpty(in.Grants)}
	o.Installed.Range, err = v.rangeOf(tx, in.Range)
	return o, err
}

// installSuite installs a suite for a range, or for the whole enterprise where none is given.
func (s *Service) installSuite(v *visit) (any, error) {
	var req struct {
		Range *access.Range `json:"range"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var agent int64
	err := v.change(func(tx *store.Tx) (done, error) {
		if err := v.rangeExists(tx, req.Range); err != nil {
			return done{}, err
		}
		want := suite.Install{SuiteID: v.r.PathValue("suite"), CorpID: v.corpID, By: v.member.UserID}
		if req.Range != nil {
			want.Range = *req.Range
		}
		in, _, err := s.deps.Suites.InstallSuite(v.ctx(), tx, want)
		agent = in.AgentID
		return done{"suite.install", in.Name, map[string]any{"suite_id": want.SuiteID, "agentid": agent, "range": in.Range}}, installProblem(err)
	})
	return map[string]int64{"agentid": agent}, err
}

func installProblem(err error) error {
	switch {
	case errors.Is(err, suite.ErrAlreadyGranted):
		return problem{http.StatusConflict, "installed", "企业已安装这个应用，或已有另一个可编辑通讯录的应用", "The enterprise has it already, or has another one that writes the directory.", ""}
	case errors.Is(err, suite.ErrNotInstalled):
		return errGone
	case errors.Is(err, suite.ErrMode):
		return problem{http.StatusConflict, "mode", "企业不允许成员自行安装，或该应用只能由管理员安装", "Members of the enterprise may not install for themselves, or the application is for administrators alone.", ""}
	}
	return err
}

func (s *Service) changeInstallation(v *visit) (any, error) {
	var req struct {
		Range       *access.Range `json:"range"`
		Permissions *[]string     `json:"permissions"`
		Disabled    *bool         `json:"disabled"`
		ByMembers   *bool         `json:"by_members"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var mode *suite.Mode
	if req.ByMembers != nil {
		mode = new(suite.Mode)
		if *req.ByMembers {
			*mode = suite.ByMembers
		}
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		if err := v.rangeExists(tx, req.Range); err != nil {
			return done{}, err
		}
		suiteID := v.r.PathValue("suite")
		before, err := s.deps.Suites.ChangeInstallation(v.ctx(), tx, v.corpID, suiteID, suite.Change{Range: req.Range, Permissions: req.Permissions, Disabled: req.Disabled, Mode: mode})
		detail := map[string]any{"suite_id": suiteID, "agentid": before.AgentID}
		for name, pair := range map[string][2]any{"range": {before.Range, req.Range}, "permissions": {before.Grants, req.Permissions}, "disabled": {before.Disabled, req.Disabled}, "by_members": {before.Mode == suite.ByMembers, req.ByMembers}} {
			if digest(pair[1]) != digest(nil) {
				detail[name] = pair
			}
		}
		return done{"suite.change", before.Name, detail}, installProblem(err)
	})
}

func (s *Service) uninstallSuite(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		in, err := s.deps.Suites.Installation(tx, v.corpID, v.r.PathValue("suite"))
		if err == nil {
			err = s.deps.Suites.Uninstall(v.ctx(), tx, v.corpID, in.Suite.SuiteID)
		}
		return done{"suite.cancel", in.Name, map[string]any{"suite_id": in.Suite.SuiteID, "agentid": in.AgentID}}, installProblem(err)
	})
}
