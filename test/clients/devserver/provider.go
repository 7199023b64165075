package devserver

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
)

// Provider is a provider as credentials.json describes it.
type Provider struct {
	CorpID string  `json:"corpid"`
	Name   string  `json:"name"`
	Secret string  `json:"provider_secret"`
	Suites []Suite `json:"suites"`
}

// Suite is one of its suites.
type Suite struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	SuiteID string `json:"suite_id"`
	Secret  string `json:"suite_secret"`
}

// Provider returns the first provider that credentials.json has at this moment.
func (s *Server) Provider() (Provider, error) {
	content, err := os.ReadFile(s.Credentials)
	if err != nil {
		return Provider{}, err
	}
	var all struct {
		Providers []Provider `json:"providers"`
	}
	if err := json.Unmarshal(content, &all); err != nil {
		return Provider{}, err
	}
	if len(all.Providers) == 0 {
		return Provider{}, errors.New(s.Credentials + " has no provider")
	}
	return all.Providers[0], nil
}

// NewSuite makes a suite of the provider that comes back to the domain.
func (s *Server) NewSuite(p Provider, kind, name, domain string) (Suite, error) {
	if err := s.Command("suite", "create", "--data", s.DataDir(), "--corpid", p.CorpID, "--kind", kind, "--name", name,
		"--install-domain", domain, "--redirect-domain", domain, "--permission", "contact:base:base", "--permission", "contact:sensitive:avatar"); err != nil {
		return Suite{}, err
	}
	now, err := s.Provider()
	if err != nil {
		return Suite{}, err
	}
	for _, v := range now.Suites {
		if v.Name == name {
			return v, nil
		}
	}
	return Suite{}, errors.New("the suite is not in " + s.Credentials)
}

// SuiteToken returns a suite_access_token, by a ticket that is made for it.
func (s *Server) SuiteToken(v Suite) (string, error) {
	ticket, err := s.script("/_qiwei/providers/ticket", map[string]string{"suite_id": v.SuiteID})
	if err != nil {
		return "", err
	}
	body, _ := json.Marshal(map[string]string{"suite_id": v.SuiteID, "suite_secret": v.Secret, "suite_ticket": ticket["suite_ticket"]})
	a, err := s.call(http.MethodPost, "/cgi-bin/service/get_suite_token", url.Values{}, string(body))
	return a.SuiteToken, err
}
