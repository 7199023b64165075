package console

import (
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// word is a fact of the enterprise that a sample names; nil if the name is none, or if there is no such thing. A
// provider's words are those of its suites and models and of the first enterprise that has installed one; another
// enterprise's are those of what it has installed.
func (s *Service) word(v *visit, apps []app.App, name string) (out any, err error) {
	err = v.look(func(tx *store.Tx) (err error) {
		switch name {
		case "corpid":
			out = v.corpID
		case "agentid":
			for _, a := range apps {
				if a.Kind == access.SelfBuilt && out == nil {
					out = a.AgentID
				}
			}
		case "userid", "userid2", "mobile", "email":
			out, err = s.memberWord(v, tx, v.corpID, name)
		case "customer_userid":
			if !s.plays() {
				return nil
			}
			var in suite.Installation
			if in, err = s.installation(tx, v.corpID, access.ThirdParty); err == nil && in.CorpID != "" {
				out, err = s.memberWord(v, tx, in.CorpID, "userid")
			}
		case "provider_secret":
			var p suite.Provider
			p, err = s.deps.Suites.Provider(tx, v.corpID)
			out = p.Secret
		case "model_id", "model_secret", "device_sn":
			out, err = s.modelWord(tx, v.corpID, name)
		case "open_corpid": // that the first provider knows the enterprise by
			if partner, ok := installedWord(apps, "provider_corpid").(string); ok {
				out, err = s.deps.Suites.OpenCorpID(tx, partner, v.corpID)
			}
		default:
			if out, err = s.suiteWord(tx, v.corpID, name); err == nil && out == nil {
				out = installedWord(apps, name)
			}
		}
		return err
	})
	if err == nil && name == "suite_ticket" {
		err = s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
			list, err := s.deps.Suites.Suites(tx, v.corpID)
			if err == nil && len(list) > 0 {
				out, err = s.deps.Suites.PushTicket(v.ctx(), tx, list[0].SuiteID)
			}
			return err
		})
	}
	return out, err
}

// plays reports whether samples may play other enterprises' parts, as in dev. Elsewhere a provider is told nothing of its
// customers but the ids that it knows them by.
func (s *Service) plays() bool { return s.deps.Scripts() != nil }

// memberWord is of the first member of an enterprise, or the second.
func (s *Service) memberWord(v *visit, tx *store.Tx, corpID, name string) (any, error) {
	list, _, err := s.deps.Directory.ListMembers(v.ctx(), tx, access.System(corpID), directory.MemberFilter{Status: 1, Limit: 2})
	if err != nil || len(list) < 2 {
		return nil, err
	}
	return map[string]any{"userid": list[0].UserID, "userid2": list[1].UserID, "mobile": list[0].Mobile, "email": list[0].BizMail}[name], nil
}

// modelWord is of a provider's first model, or of the first device that connects through a provider's own cloud.
func (s *Service) modelWord(tx *store.Tx, partner, name string) (any, error) {
	models, err := s.deps.Models.Models(tx, partner)
	if err != nil || len(models) == 0 {
		return nil, err
	}
	if name != "device_sn" {
		return map[string]any{"model_id": models[0].ModelID, "model_secret": models[0].Secret}[name], nil
	}
	devices, err := s.deps.Models.DevicesOf(tx, models[0], 0, 1)
	if err != nil || len(devices) == 0 {
		return nil, err
	}
	return devices[0].SN, nil
}

// suiteKinds are the words that name a suite.
var suiteKinds = map[string]access.Kind{"suite_id": access.ThirdParty, "contacts_suite_id": access.ThirdPartyContacts, "template_id": access.Custom}

// suiteWord is of a provider's suites and of their first installation.
func (s *Service) suiteWord(tx *store.Tx, partner, name string) (any, error) {
	list, err := s.deps.Suites.Suites(tx, partner)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	if kind, ok := suiteKinds[name]; ok {
		if i := slices.IndexFunc(list, func(one suite.Suite) bool { return one.Kind == kind }); i >= 0 {
			return list[i].SuiteID, nil
		}
		return nil, nil
	}
	if name == "suite_secret" {
		return list[0].Secret, nil
	}
	kind := access.ThirdParty
	if rest, ok := strings.CutPrefix(name, "template_"); ok {
		kind, name = access.Custom, rest
	}
	in, err := s.installation(tx, partner, kind)
	if err != nil || in.CorpID == "" {
		return nil, err
	}
	if name == "auth_corpid" {
		return s.deps.Suites.OpenCorpID(tx, partner, in.CorpID)
	}
	if name == "customer_corpid" && !s.plays() {
		return nil, nil
	}
	return map[string]any{"customer_corpid": in.CorpID, "auth_agentid": in.AgentID, "permanent_code": in.Secret}[name], nil
}

// installation is the first of a provider's suites of a kind; one without a corp if there is none.
func (s *Service) installation(tx *store.Tx, partner string, kind access.Kind) (in suite.Installation, err error) {
	suites, err := s.deps.Suites.Suites(tx, partner)
	if err != nil {
		return in, err
	}
	for _, one := range suites {
		if one.Kind != kind {
			continue
		}
		list, err := s.deps.Suites.Installations(tx, one)
		if err != nil {
			return in, err
		}
		if len(list) > 0 {
			return list[0], nil
		}
	}
	return in, nil
}

// installedWord is of an application that an enterprise has of a provider.
func installedWord(apps []app.App, name string) any {
	for _, a := range apps {
		switch {
		case a.Suite != "" && name == "provider_corpid":
			return a.Partner
		case a.Suite != "" && suiteKinds[name] == a.Kind:
			return a.Suite
		case a.Kind == access.ThirdParty && name == "suite_agentid", a.Kind == access.Custom && name == "template_agentid":
			return a.AgentID
		}
	}
	return nil
}
