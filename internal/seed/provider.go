package seed

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	_ "embed"

	"qiwei/internal/access"
	"qiwei/internal/acquisition"
	"qiwei/internal/corp"
	"qiwei/internal/hardware"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// ProviderFormat is what the member "format" of a provider's file says.
const ProviderFormat = "qiwei provider 1"

// Provider is the content of a file that describes a provider: an enterprise, and what
// it brings to others.
type Provider struct {
	Format     string     `json:"format"`
	Enterprise Enterprise `json:"enterprise"`
	Secret     string     `json:"provider_secret,omitempty"` // a new one if empty
	// The domains of sign-ins by 3rd_qrConnect: where they come back to, and where they begin.
	LoginDomain string  `json:"login_domain,omitempty"`
	StartDomain string  `json:"start_domain,omitempty"`
	Suites      []Suite `json:"suites,omitempty"`
	Models      []Model `json:"models,omitempty"`
}

// Model is a model of the provider's smart hardware. Its URL need not prove itself.
type Model struct {
	ModelID        string          `json:"model_id,omitempty"`     // a new one if empty
	Secret         string          `json:"model_secret,omitempty"` // a new one if empty
	Name           string          `json:"name"`
	Access         hardware.Access `json:"access"`
	Abilities      []string        `json:"abilities"`
	URL            string          `json:"url,omitempty"`
	Token          string          `json:"token,omitempty"`
	EncodingAESKey string          `json:"encoding_aes_key,omitempty"`
	// Devices are the serial numbers of the model.
	Devices []string `json:"devices,omitempty"`
}

// Suite is a suite of the provider. In its domains $HOST stands for the server's own
// host and port. Its URLs need not prove themselves.
type Suite struct {
	Kind           access.Kind `json:"kind"`
	SuiteID        string      `json:"suite_id,omitempty"`     // a new one if empty
	Secret         string      `json:"suite_secret,omitempty"` // a new one if empty
	Name           string      `json:"name"`
	Description    string      `json:"description,omitempty"`
	HomeURL        string      `json:"home_url,omitempty"`
	RedirectDomain string      `json:"redirect_domain,omitempty"`
	InstallDomain  string      `json:"install_domain,omitempty"`
	TrustedDomains []string    `json:"trusted_domains,omitempty"`
	CommandURL     string      `json:"command_url,omitempty"`
	DataURL        string      `json:"data_url,omitempty"`
	Token          string      `json:"token,omitempty"`
	EncodingAESKey string      `json:"encoding_aes_key,omitempty"`
	Permissions    []string    `json:"permissions,omitempty"`
	Draft          bool        `json:"draft,omitempty"`
}

var (
	//go:embed provider.json
	demoProvider []byte
	//go:embed neighbour.json
	demoNeighbour []byte
)

// DemoProvider returns the provider that `qiwei dev` starts with, and Neighbour the
// enterprise beside the demo's that has nothing of it.
func DemoProvider() (Provider, error) { return ParseProvider("provider.json", demoProvider) }

// Neighbour returns the enterprise that stands beside the demo's.
func Neighbour() (Enterprise, error) { return Parse("neighbour.json", demoNeighbour) }

// ParseProvider reads the content of a provider's file, as Parse reads an enterprise's.
func ParseProvider(file string, content []byte) (Provider, error) {
	var p Provider
	tree, err := tree(content)
	if err == nil {
		err = assign(reflect.ValueOf(&p).Elem(), tree, "")
	}
	if err == nil && p.Format != ProviderFormat {
		err = fmt.Errorf("format: %q; %q expected", p.Format, ProviderFormat)
	}
	if err == nil {
		if err = p.Enterprise.check(); err != nil {
			err = fmt.Errorf("enterprise: %w", err)
		}
	}
	if err != nil {
		return p, fmt.Errorf("%s: %w", file, err)
	}
	return p, nil
}

// LoadProvider founds the provider's enterprise and makes its suites. On any error
// nothing has changed.
func LoadProvider(ctx context.Context, tx *store.Tx, s *platform.Server, p Provider, o Options) (corp.Corp, error) {
	c, err := Load(ctx, tx, s, p.Enterprise, o)
	if err != nil {
		return c, fmt.Errorf("enterprise: %w", err)
	}
	host := func(d string) string { return strings.ReplaceAll(d, "$HOST", o.Host) }
	if _, err := s.Suites.CreateProvider(ctx, tx, suite.Provider{
		CorpID: c.CorpID, Secret: p.Secret, ProviderSettings: suite.ProviderSettings{LoginDomain: host(p.LoginDomain), StartDomain: host(p.StartDomain)},
	}); err != nil {
		return c, err
	}
	for i, v := range p.Suites {
		trusted := []string{}
		for _, d := range v.TrustedDomains {
			trusted = append(trusted, host(d))
		}
		if _, err := s.Suites.CreateSuite(ctx, tx, suite.Suite{
			Partner: c.CorpID, SuiteID: v.SuiteID, Kind: v.Kind, Secret: v.Secret, Token: v.Token, AESKey: v.EncodingAESKey,
			Settings: suite.Settings{
				Name: v.Name, Description: v.Description, HomeURL: v.HomeURL, RedirectDomain: host(v.RedirectDomain), InstallDomain: host(v.InstallDomain),
				TrustedDomains: trusted, CommandURL: v.CommandURL, DataURL: v.DataURL, Permissions: v.Permissions, Draft: v.Draft,
			},
		}); err != nil {
			return c, fmt.Errorf("suites[%d]: %w", i, err)
		}
	}
	for i, v := range p.Models {
		if err := loadModel(ctx, tx, s, c.CorpID, v); err != nil {
			return c, fmt.Errorf("models[%d]: %w", i, err)
		}
	}
	return c, nil
}

func loadModel(ctx context.Context, tx *store.Tx, s *platform.Server, partner string, v Model) error {
	abilities, err := hardware.ParseAbilities(v.Abilities)
	if err != nil {
		return err
	}
	m, err := s.Hardware.CreateModel(ctx, tx, hardware.Model{
		Partner: partner, ModelID: v.ModelID, Secret: v.Secret, Token: v.Token, AESKey: v.EncodingAESKey,
		ModelSettings: hardware.ModelSettings{Name: v.Name, Access: v.Access, Abilities: abilities, URL: v.URL},
	})
	if err != nil {
		return err
	}
	for _, sn := range v.Devices {
		if _, err := s.Hardware.Register(ctx, tx, m, sn); err != nil {
			return err
		}
	}
	return nil
}

// InstallAll installs everything of a provider that can be installed in a corp, by the
// member who founded it.
func InstallAll(ctx context.Context, tx *store.Tx, s *platform.Server, partner string, c corp.Corp) error {
	list, err := s.Suites.Suites(tx, partner)
	if err != nil {
		return err
	}
	for _, v := range list {
		if v.Kind == suite.Login {
			continue
		}
		if _, _, err := s.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: v.SuiteID, CorpID: c.CorpID, By: c.Creator}); err != nil {
			return fmt.Errorf("install %s: %w", v.Name, err)
		}
	}
	return giveLinks(ctx, tx, s, c)
}

// giveLinks lets the acquisition components of a corp use all of its links, for which the corp pays.
func giveLinks(ctx context.Context, tx *store.Tx, s *platform.Server, c corp.Corp) error {
	by := access.System(c.CorpID)
	list, err := s.Acquisition.Components(tx, c.CorpID)
	if err != nil || len(list) == 0 {
		return err
	}
	links, _, err := s.Acquisition.Links(tx, by, 0, 0)
	if err != nil {
		return err
	}
	var ids []string
	for _, l := range links {
		ids = append(ids, l.LinkID)
	}
	for _, one := range list {
		if _, err := s.Acquisition.Authorise(ctx, tx, by, acquisition.Choice{SuiteID: one.Suite.SuiteID, LinkIDs: ids}); err != nil {
			return fmt.Errorf("give links to %s: %w", one.Suite.Name, err)
		}
	}
	return nil
}
