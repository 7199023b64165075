package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/aibot"
	"qiwei/internal/customer"
	"qiwei/internal/customergroup"
	"qiwei/internal/directory"
	"qiwei/internal/hardware"
	"qiwei/internal/id"
	"qiwei/internal/kf"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// credentials is what `qiwei dev` writes for the programs that use it. Fields may be added and are never
// renamed.
type credentials struct {
	BaseURL string            `json:"base_url"`
	Corps   []corpCredentials `json:"corps"`
	// Providers are those of the corps that bring applications to others.
	Providers []providerCredentials `json:"providers,omitempty"`
}

type providerCredentials struct {
	CorpID string `json:"corpid"`
	Name   string `json:"name"`
	Secret string `json:"provider_secret"`
	// Token and EncodingAESKey are of the provider's system events, PaymentKey signs calls of
	// the cashier.
	Token          string             `json:"token"`
	EncodingAESKey string             `json:"encoding_aes_key"`
	EventURL       string             `json:"event_url"`
	PaymentKey     string             `json:"payment_key"`
	Suites         []suiteCredentials `json:"suites"`
	Models         []modelCredentials `json:"models,omitempty"`
}

// modelCredentials are of a model of smart hardware.
type modelCredentials struct {
	ModelID        string              `json:"model_id"`
	Secret         string              `json:"model_secret"`
	Name           string              `json:"name"`
	Access         hardware.Access     `json:"access"`
	Abilities      []string            `json:"abilities"`
	Token          string              `json:"token"`
	EncodingAESKey string              `json:"encoding_aes_key"`
	URL            string              `json:"url"`
	Devices        []deviceCredentials `json:"devices"`
}

type deviceCredentials struct {
	SN     string `json:"device_sn"`
	CorpID string `json:"corpid,omitempty"` // that has it
}

type suiteCredentials struct {
	Kind           access.Kind            `json:"kind"`
	Name           string                 `json:"name"`
	SuiteID        string                 `json:"suite_id"`
	Secret         string                 `json:"suite_secret"`
	Token          string                 `json:"token"`
	EncodingAESKey string                 `json:"encoding_aes_key"`
	CommandURL     string                 `json:"command_url"`
	DataURL        string                 `json:"data_url"`
	Installed      []installedCredentials `json:"installed"`
}

// installedCredentials are of a suite in an enterprise.
type installedCredentials struct {
	CorpID        string `json:"corpid"`
	OpenCorpID    string `json:"open_corpid"`
	AgentID       int64  `json:"agentid"`
	PermanentCode string `json:"permanent_code"`
}

type corpCredentials struct {
	CorpID  string           `json:"corpid"`
	Name    string           `json:"name"`
	Apps    []appCredentials `json:"apps"`
	Bots    []botCredentials `json:"bots"`
	Admin   adminCredentials `json:"admin"`
	Members []string         `json:"members"`
	// Customers and ContactWays are left out of an enterprise that has none.
	Customers   []customer.Known `json:"customers,omitempty"`
	ContactWays []wayCredentials `json:"contact_ways,omitempty"`
	// Groups and JoinWays likewise.
	Groups   []customergroup.Known `json:"groups,omitempty"`
	JoinWays []joinWayCredentials  `json:"join_ways,omitempty"`
	// KF are the accounts of customer service.
	KF []kf.Known `json:"kf,omitempty"`
	// Approval and Journal are the templates of those applications, of an enterprise that has some.
	Approval *templateCredentials `json:"approval,omitempty"`
	Journal  *templateCredentials `json:"journal,omitempty"`
	// Archive is left out of an enterprise whose archive is off.
	Archive *archiveCredentials `json:"archive,omitempty"`
	// Links are those by which customers come, left out likewise.
	Links []linkCredentials `json:"acquisition_links,omitempty"`
}

type templateCredentials struct {
	Templates []namedTemplate `json:"templates"`
}

type namedTemplate struct {
	TemplateID string `json:"template_id"`
	Name       string `json:"name"`
}

// linkCredentials are of an acquisition link.
type linkCredentials struct {
	LinkID string `json:"link_id"`
	Name   string `json:"link_name"`
	URL    string `json:"url"`
}

// wayCredentials are of a way by which customers find members.
type wayCredentials struct {
	ConfigID string `json:"config_id"`
	Remark   string `json:"remark"`
	State    string `json:"state"`
}

// joinWayCredentials are of a way by which people come into groups.
type joinWayCredentials struct {
	ConfigID string `json:"config_id"`
	Remark   string `json:"remark"`
	State    string `json:"state"`
	QRCode   string `json:"qr_code"`
}

type appCredentials struct {
	Kind           access.Kind         `json:"kind"`
	AgentID        int64               `json:"agentid"`
	Name           string              `json:"name"`
	Secret         string              `json:"secret"`
	RedirectDomain string              `json:"redirect_domain"`
	LoginDomain    string              `json:"login_domain"`
	Callback       callbackCredentials `json:"callback"`
}

// botCredentials are the credentials of an intelligent robot.
type botCredentials struct {
	Name     string              `json:"name"`
	Mode     aibot.Mode          `json:"mode"`
	BotID    string              `json:"bot_id"`
	Secret   string              `json:"secret"`
	Callback callbackCredentials `json:"callback"`
}

type callbackCredentials struct {
	URL            string `json:"url"`
	Token          string `json:"token"`
	EncodingAESKey string `json:"encoding_aes_key"`
}

type adminCredentials struct {
	UserID   string `json:"userid"`
	Password string `json:"password"`
}

// listedInstallations is how many installations of a suite the file names.
const listedInstallations = 100

// listedCustomers is how many customers and contact ways of a corp the file names.
const listedCustomers = 100

// listedMembers is how many members of a corp the file names.
const listedMembers = 100

// readCredentials returns what the file holds, or nothing if there is no file.
func readCredentials(path string) (credentials, error) {
	var c credentials
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err == nil && json.Unmarshal(raw, &c) != nil {
		c = credentials{} // someone else's file, or half of one: it is written anew
	}
	return c, err
}

// collect reads what goes into the file from the database. Only the old file knows the passwords.
func collect(ctx context.Context, s *platform.Server, old credentials) (credentials, error) {
	now := credentials{BaseURL: s.URL(), Corps: []corpCredentials{}}
	err := s.Store.Read(ctx, func(tx *store.Tx) error {
		corps, err := s.Corps.Corps(tx)
		if err != nil {
			return err
		}
		for _, c := range corps {
			cc := corpCredentials{CorpID: c.CorpID, Name: c.Name, Apps: []appCredentials{}, Bots: []botCredentials{}, Members: []string{}}
			for _, o := range old.Corps {
				if o.CorpID == c.CorpID {
					cc.Admin = o.Admin
				}
			}
			apps, err := s.Apps.Apps(tx, c.CorpID)
			if err != nil {
				return err
			}
			for _, a := range apps {
				if a.Kind.Installed() { // its provider's
					continue
				}
				cc.Apps = append(cc.Apps, appCredentials{
					Kind: a.Kind, AgentID: a.AgentID, Name: a.Name, Secret: a.Secret,
					RedirectDomain: a.RedirectDomain, LoginDomain: a.LoginDomain,
					Callback: callbackCredentials{a.CallbackURL, a.CallbackToken, a.CallbackAESKey},
				})
			}
			bots, err := s.Bots.Bots(tx, c.CorpID)
			if err != nil {
				return err
			}
			for _, b := range bots {
				cc.Bots = append(cc.Bots, botCredentials{b.Name, b.Mode, b.BotID, b.Secret, callbackCredentials{b.URL, b.Token, b.AESKey}})
			}
			if cc.Members, err = listed(ctx, s, tx, c.CorpID); err != nil {
				return err
			}
			if cc.Customers, err = s.Customers.Known(tx, c.CorpID, listedCustomers); err != nil {
				return err
			}
			ways, _, err := s.Customers.Ways(tx, access.System(c.CorpID), customer.Span{}, nil, listedCustomers)
			if err != nil {
				return err
			}
			for _, w := range ways {
				cc.ContactWays = append(cc.ContactWays, wayCredentials{w.ConfigID, w.Remark, w.State})
			}
			if err := cc.addGroups(tx, s); err != nil {
				return err
			}
			if cc.KF, err = s.KF.Known(tx, c.CorpID, listedCustomers); err != nil {
				return err
			}
			if cc.Approval, cc.Journal, err = collectTemplates(tx, s, c.CorpID); err != nil {
				return err
			}
			if cc.Archive, err = collectArchive(tx, s, c.CorpID, cc.Apps, old); err != nil {
				return err
			}
			links, _, err := s.Acquisition.Links(tx, access.System(c.CorpID), 0, listedCustomers)
			if err != nil {
				return err
			}
			for _, l := range links {
				cc.Links = append(cc.Links, linkCredentials{l.LinkID, l.Name, s.Acquisition.URL(l)})
			}
			now.Corps = append(now.Corps, cc)
		}
		now.Providers, err = collectProviders(tx, s)
		return err
	})
	return now, err
}

// addGroups names the groups of customers, and the ways into them.
func (cc *corpCredentials) addGroups(tx *store.Tx, s *platform.Server) (err error) {
	if cc.Groups, err = s.Groups.Known(tx, cc.CorpID, listedCustomers); err != nil {
		return err
	}
	ways, err := s.Groups.Ways(tx, cc.CorpID, listedCustomers)
	for _, w := range ways {
		cc.JoinWays = append(cc.JoinWays, joinWayCredentials{w.ConfigID, w.Remark, w.State, s.Groups.QRCode(w)})
	}
	return err
}

// collectTemplates returns the templates of a corp's approvals and reports, nil where there are none.
func collectTemplates(tx *store.Tx, s *platform.Server, corpID string) (approvals, journals *templateCredentials, err error) {
	forms, err := s.Approvals.Existing(tx, corpID)
	if err != nil {
		return nil, nil, err
	}
	for _, t := range forms {
		if approvals == nil {
			approvals = &templateCredentials{}
		}
		approvals.Templates = append(approvals.Templates, namedTemplate{t.TemplateID, t.Name()})
	}
	reports, err := s.Journals.Templates(tx, corpID)
	for _, t := range reports {
		if journals == nil {
			journals = &templateCredentials{}
		}
		journals.Templates = append(journals.Templates, namedTemplate{t.TemplateID, t.Name})
	}
	return approvals, journals, err
}

func collectProviders(tx *store.Tx, s *platform.Server) (out []providerCredentials, err error) {
	providers, err := s.Suites.Providers(tx)
	if err != nil {
		return nil, err
	}
	for _, p := range providers {
		c, err := s.Corps.Corp(tx, p.CorpID)
		if err != nil {
			return nil, err
		}
		pc := providerCredentials{CorpID: p.CorpID, Name: c.Name, Secret: p.Secret, Token: p.Token, EncodingAESKey: p.AESKey, EventURL: p.EventURL, PaymentKey: s.Paytool.Secret(p), Suites: []suiteCredentials{}}
		suites, err := s.Suites.Suites(tx, p.CorpID)
		if err != nil {
			return nil, err
		}
		for _, v := range suites {
			sc := suiteCredentials{
				Kind: v.Kind, Name: v.Name, SuiteID: v.SuiteID, Secret: v.Secret, Token: v.Token, EncodingAESKey: v.AESKey,
				CommandURL: v.CommandURL, DataURL: v.DataURL, Installed: []installedCredentials{},
			}
			list, err := s.Suites.Installations(tx, v)
			if err != nil {
				return nil, err
			}
			for _, in := range list[:min(len(list), listedInstallations)] {
				open, err := s.Suites.OpenCorpID(tx, p.CorpID, in.CorpID)
				if err != nil {
					return nil, err
				}
				sc.Installed = append(sc.Installed, installedCredentials{in.CorpID, open, in.AgentID, in.Secret})
			}
			pc.Suites = append(pc.Suites, sc)
		}
		if pc.Models, err = collectModels(tx, s, p.CorpID); err != nil {
			return nil, err
		}
		out = append(out, pc)
	}
	return out, nil
}

func collectModels(tx *store.Tx, s *platform.Server, partner string) (out []modelCredentials, err error) {
	models, err := s.Hardware.Models(tx, partner)
	for _, v := range models {
		mc := modelCredentials{
			ModelID: v.ModelID, Secret: v.Secret, Name: v.Name, Access: v.Access, Abilities: v.Abilities.Names(), Token: v.Token, EncodingAESKey: v.AESKey, URL: v.URL,
			Devices: []deviceCredentials{},
		}
		devices, err := s.Hardware.DevicesOf(tx, v, 0, listedInstallations)
		if err != nil {
			return nil, err
		}
		for _, d := range devices {
			mc.Devices = append(mc.Devices, deviceCredentials{d.SN, d.CorpID})
		}
		out = append(out, mc)
	}
	return out, err
}

// same reports whether the file would be the same.
func (c credentials) same(other credentials) bool {
	a, err := json.Marshal(c)
	b, failed := json.Marshal(other)
	return errors.Join(err, failed) == nil && bytes.Equal(a, b)
}

// write puts the file in its place at once, so that nobody reads half of it.
func (c credentials) write(path string) error {
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	tmp := path + "." + id.Hex(4)
	file, err := os.OpenFile(tmp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(append(text, '\n'))
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		os.Remove(tmp)
	}
	return err
}

// corp returns the credentials of the corp, nil if there is none.
func (c *credentials) corp(corpID string) *corpCredentials {
	i := slices.IndexFunc(c.Corps, func(cc corpCredentials) bool { return cc.CorpID == corpID })
	if i < 0 {
		return nil
	}
	return &c.Corps[i]
}

func credentialsPath(dir string) string { return filepath.Join(dir, "credentials.json") }

// hostOf returns host:port of a base URL.
func hostOf(base string) string {
	_, host, _ := strings.Cut(base, "://")
	host, _, _ = strings.Cut(host, "/")
	return host
}

// listed returns active members for the file. In a large directory it looks at the oldest members only:
// looking at all of them would take longer than the rest of the start.
func listed(ctx context.Context, s *platform.Server, tx *store.Tx, corpID string) ([]string, error) {
	by := access.System(corpID)
	size, _, err := s.Directory.Size(tx, corpID)
	if err != nil {
		return nil, err
	}
	var members []directory.Member
	if size <= remembered {
		members, err = s.Directory.Members(ctx, tx, by, directory.MemberQuery{Department: access.Root, Below: true, Status: int64(directory.Active)})
	} else {
		members, err = s.Directory.FindMembers(tx, by, directory.Everyone(), directory.MemberPage{Limit: 5 * listedMembers})
	}
	users := []string{}
	for _, m := range members {
		if len(users) < listedMembers && m.Status() == directory.Active {
			users = append(users, string(m.UserID))
		}
	}
	return users, err
}
