package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/oidc"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

type oidcCmd struct {
	Client oidcClientCmd `cmd:"" help:"Register products that members sign in to by OpenID Connect."`
	Key    oidcKeyCmd    `cmd:"" help:"List and rotate the keys that tokens are signed with."`
}

type oidcClientCmd struct {
	Add          oidcAddCmd    `cmd:"" aliases:"create" help:"Register a client and print its secret."`
	List         oidcListCmd   `cmd:"" help:"List an enterprise's clients."`
	Show         oidcShowCmd   `cmd:"" help:"Show a client and the addresses that it needs."`
	Set          oidcSetCmd    `cmd:"" help:"Change a client's settings."`
	RotateSecret oidcRotateCmd `cmd:"" aliases:"reset-secret,rotate" help:"Give a client a new secret; the old one stays valid for a while."`
	Remove       oidcRemoveCmd `cmd:"" aliases:"delete" help:"Remove a client; its tokens end."`
}

// oidcSettings are the settings that can be given. A setting that is not given stays.
type oidcSettings struct {
	Name          *string  `help:"Name that members see; the application's if not given."`
	RedirectURI   []string `name:"redirect-uri" help:"Address where members come back; repeat it for more." placeholder:"URL" sep:"none"`
	LogoutURI     []string `name:"logout-uri" help:"Address where they may go after signing out; repeat it for more, empty for none." placeholder:"URL" sep:"none"`
	BackChannel   *string  `name:"back-channel" help:"Address of the client that is called when a session ends." placeholder:"URL"`
	Scopes        *string  `help:"Scopes that it may ask for: openid, profile, email, phone, address, groups, wecom, offline_access." placeholder:"SCOPES"`
	Claim         []string `help:"A further claim and the attribute that it has, such as 'department=department_path' or 'desk=attr:工位'; repeat it for more, empty for none." placeholder:"NAME=ATTRIBUTE" sep:"none"`
	Subject       *string  `help:"How it knows a member: public, pairwise or userid." placeholder:"KIND"`
	Sector        *string  `help:"Host that pairwise subjects belong to, where the redirect addresses are on several." placeholder:"HOST"`
	Algorithm     *string  `help:"RS256 or ES256." placeholder:"ALG"`
	RequirePKCE   *bool    `name:"require-pkce" help:"Refuse it without PKCE." negatable:""`
	Trusted       *bool    `help:"Let it in without asking the member." negatable:""`
	AccessMinutes *int64   `help:"Life of an access token." placeholder:"N"`
	RefreshDays   *int64   `help:"Life of a refresh token." placeholder:"N"`
	Disable       bool     `help:"Switch it off; its tokens end." xor:"state"`
	Enable        bool     `help:"Switch it on." xor:"state"`
}

func (f oidcSettings) apply(c *oidc.Client) error {
	for _, t := range []struct {
		from *string
		to   *string
	}{{f.Name, &c.Name}, {f.BackChannel, &c.BackChannel}, {f.Sector, &c.Sector}, {f.Algorithm, &c.Algorithm}} {
		if t.from != nil {
			*t.to = *t.from
		}
	}
	named := func(list []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == "" })
	}
	if f.RedirectURI != nil {
		c.RedirectURIs = named(f.RedirectURI)
	}
	if f.LogoutURI != nil {
		c.LogoutURIs = named(f.LogoutURI)
	}
	if f.Scopes != nil {
		c.Scopes = split(*f.Scopes)
	}
	if f.Subject != nil {
		c.Subject = oidc.Subject(*f.Subject)
	}
	if f.Claim != nil {
		c.Claims = map[string]string{}
		for _, text := range named(f.Claim) {
			name, attribute, ok := strings.Cut(text, "=")
			if !ok {
				return usagef("--claim: %q; NAME=ATTRIBUTE expected, with one of %s, or attr:NAME", text, strings.Join(oidc.Attributes(), ", "))
			}
			c.Claims[name] = attribute
		}
	}
	for _, t := range []struct {
		from *bool
		to   *bool
	}{{f.RequirePKCE, &c.RequirePKCE}, {f.Trusted, &c.Trusted}} {
		if t.from != nil {
			*t.to = *t.from
		}
	}
	if f.AccessMinutes != nil {
		c.AccessMinutes = *f.AccessMinutes
	}
	if f.RefreshDays != nil {
		c.RefreshDays = *f.RefreshDays
	}
	if f.Disable || f.Enable {
		c.Disabled = f.Disable
	}
	return nil
}

// explainOIDC reports an impossible setting as a mistake in the command.
func explainOIDC(err error) error {
	var invalid *oidc.Invalid
	if errors.As(err, &invalid) {
		return usage{invalid}
	}
	return err
}

// oidcClient is a client as JSON.
type oidcClient struct {
	CorpID   string `json:"corpid"`
	AgentID  int64  `json:"agentid"`
	ClientID string `json:"client_id"`
	Secret   string `json:"client_secret,omitempty"`
	Issuer   string `json:"issuer"`
	oidc.ClientSettings
	CreatedAt time.Time `json:"created_at"`
}

func (f dataFlags) describeClient(s *platform.Server, c oidc.Client, a app.App) (oidcClient, error) {
	old, err := readCredentials(credentialsPath(f.Data))
	return oidcClient{
		CorpID: c.CorpID, AgentID: a.AgentID, ClientID: c.ID, Secret: c.Secret, Issuer: strings.TrimRight(old.BaseURL, "/") + "/oidc/" + c.CorpID,
		ClientSettings: c.ClientSettings, CreatedAt: c.CreatedAt,
	}, err
}

func (c *console) printClient(d oidcClient, asJSON bool) error {
	if asJSON {
		return printJSON(c.out, d)
	}
	var p pairs
	p.add("corpid", d.CorpID)
	p.add("agentid", d.AgentID)
	p.add("client id", d.ClientID)
	p.add("client secret", d.Secret)
	p.add("issuer", d.Issuer)
	if strings.HasPrefix(d.Issuer, "/") {
		p.add("", "(below the server's base URL)")
	}
	p.add("name", d.Name)
	p.add("redirect URIs", strings.Join(d.RedirectURIs, " "))
	p.add("logout URIs", strings.Join(d.LogoutURIs, " "))
	p.add("back channel", d.BackChannel)
	p.add("scopes", strings.Join(d.Scopes, " "))
	for _, name := range slices.Sorted(maps.Keys(d.Claims)) {
		p.add("claim", name+"="+d.Claims[name])
	}
	p.add("subject", d.Subject)
	p.add("sector", d.Sector)
	p.add("algorithm", d.Algorithm)
	p.add("public", yes(d.Public))
	p.add("requires PKCE", yes(d.RequirePKCE || d.Public))
	p.add("trusted", yes(d.Trusted))
	if d.AccessMinutes > 0 {
		p.add("access minutes", d.AccessMinutes)
	}
	if d.RefreshDays > 0 {
		p.add("refresh days", d.RefreshDays)
	}
	p.add("off", yes(d.Disabled))
	if err := p.print(c.out); err != nil {
		return err
	}
	for _, u := range d.Insecure() {
		fmt.Fprintf(c.err, "Codes travel unencrypted to %s; let that be a network that you trust.\n", u)
	}
	return nil
}

type oidcAddCmd struct {
	appFlags
	jsonFlag
	oidcSettings
	Public   bool   `help:"It can keep no secret, as in a browser or on a phone."`
	ClientID string `name:"client-id" help:"Its id; a new one if not given." placeholder:"ID"`
	Secret   string `help:"Its secret, read from the environment only; a new one if not given." env:"QIWEI_OIDC_SECRET" hidden:""`
}

func (cmd oidcAddCmd) Run(ctx context.Context, c *console) error {
	var made oidcClient
	err := cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		a, err := cmd.app(tx, s, co)
		if err != nil {
			return err
		}
		client := oidc.Client{ID: cmd.ClientID, Secret: cmd.Secret}
		client.Public = cmd.Public
		if err := cmd.apply(&client); err != nil {
			return err
		}
		if client, err = s.OIDC.CreateClient(ctx, tx, access.System(co.CorpID), a.AgentID, client); err != nil {
			return explainOIDC(err)
		}
		made, err = cmd.describeClient(s, client, a)
		return err
	})
	if err != nil {
		return err
	}
	return c.printClient(made, cmd.JSON)
}

type oidcListCmd struct {
	corpFlags
	jsonFlag
}

func (cmd oidcListCmd) Run(ctx context.Context, c *console) error {
	list := []oidcClient{}
	err := cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		clients, err := s.OIDC.Clients(tx, co.CorpID)
		if err != nil {
			return err
		}
		for _, client := range clients {
			a, err := s.Apps.AppNo(tx, client.App)
			if err != nil {
				return err
			}
			d, err := cmd.describeClient(s, client, a)
			if err != nil {
				return err
			}
			if d.Name == "" {
				d.Name = a.Name
			}
			list = append(list, d)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, list)
	}
	t := newTable("CLIENT ID", "AGENTID", "NAME", "TRUSTED", "PUBLIC", "OFF", "REDIRECT URIS")
	for _, d := range list {
		t.row(d.ClientID, d.AgentID, d.Name, yes(d.Trusted), yes(d.Public), yes(d.Disabled), strings.Join(d.RedirectURIs, " "))
	}
	return t.print(c.out)
}

// oidcFlags select a client of an enterprise.
type oidcFlags struct {
	corpFlags
	ClientID string `arg:"" name:"client-id" help:"Client."`
}

func (f oidcFlags) client(tx *store.Tx, s *platform.Server, co corp.Corp) (oidc.Client, app.App, error) {
	client, err := s.OIDC.Client(tx, co.CorpID, f.ClientID)
	if err != nil {
		if errors.Is(err, oidc.ErrNoClient) {
			err = fmt.Errorf("%s has no client %s; see qiwei oidc client list", co.CorpID, f.ClientID)
		}
		return client, app.App{}, err
	}
	a, err := s.Apps.AppNo(tx, client.App)
	return client, a, err
}

type oidcShowCmd struct {
	oidcFlags
	jsonFlag
}

func (cmd oidcShowCmd) Run(ctx context.Context, c *console) error {
	return cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		client, a, err := cmd.client(tx, s, co)
		if err != nil {
			return err
		}
		d, err := cmd.describeClient(s, client, a)
		if err != nil {
			return err
		}
		return c.printClient(d, cmd.JSON)
	})
}

type oidcSetCmd struct {
	oidcFlags
	jsonFlag
	oidcSettings
}

func (cmd oidcSetCmd) Run(ctx context.Context, c *console) error {
	var set oidcClient
	err := cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		client, a, err := cmd.client(tx, s, co)
		if err != nil {
			return err
		}
		if err := cmd.apply(&client); err != nil {
			return err
		}
		if client, err = s.OIDC.UpdateClient(ctx, tx, access.System(co.CorpID), client); err != nil {
			return explainOIDC(err)
		}
		set, err = cmd.describeClient(s, client, a)
		return err
	})
	if err != nil {
		return err
	}
	return c.printClient(set, cmd.JSON)
}

type oidcRotateCmd struct {
	oidcFlags
	jsonFlag
	Overlap time.Duration `help:"How long the old secret stays valid." default:"24h" placeholder:"TIME"`
}

func (cmd oidcRotateCmd) Run(ctx context.Context, c *console) error {
	var d oidcClient
	err := cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		_, a, err := cmd.client(tx, s, co)
		if err != nil {
			return err
		}
		client, err := s.OIDC.RotateSecret(ctx, tx, access.System(co.CorpID), cmd.ClientID, max(cmd.Overlap, 0))
		if err != nil {
			return explainOIDC(err)
		}
		d, err = cmd.describeClient(s, client, a)
		return err
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, d)
	}
	fmt.Fprintln(c.out, d.Secret)
	return nil
}

type oidcRemoveCmd struct {
	oidcFlags
	Yes bool `help:"Do not ask."`
}

func (cmd oidcRemoveCmd) Run(ctx context.Context, c *console) error {
	var name string
	if err := cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		client, a, err := cmd.client(tx, s, co)
		if name = client.Name; name == "" {
			name = a.Name
		}
		return err
	}); err != nil {
		return err
	}
	if err := c.confirm(cmd.Yes, fmt.Sprintf("Remove the client %s (%s)? Nobody can sign in to it any more.", cmd.ClientID, name)); err != nil {
		return err
	}
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		return s.OIDC.DeleteClient(ctx, tx, access.System(co.CorpID), cmd.ClientID)
	})
}

type oidcKeyCmd struct {
	List   oidcKeyListCmd   `cmd:"" help:"List the keys that are published."`
	Rotate oidcKeyRotateCmd `cmd:"" help:"Rotate to a new key; it begins to sign after a day, when clients have fetched it."`
}

type oidcKeyListCmd struct {
	corpFlags
	jsonFlag
}

type oidcKey struct {
	KID       string    `json:"kid"`
	Alg       string    `json:"alg"`
	CreatedAt time.Time `json:"created_at"`
	SignsFrom time.Time `json:"signs_from"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

func (cmd oidcKeyListCmd) Run(ctx context.Context, c *console) error {
	list := []oidcKey{}
	err := cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		keys, err := s.OIDC.Keys(tx, co.CorpID)
		for _, k := range keys {
			list = append(list, oidcKey{k.KID, k.Alg, k.CreatedAt, k.SignsFrom, k.ExpiresAt})
		}
		return err
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, list)
	}
	t := newTable("KID", "ALG", "SIGNS FROM", "PUBLISHED UNTIL")
	for _, k := range list {
		until := "-"
		if !k.ExpiresAt.IsZero() {
			until = k.ExpiresAt.Format(time.RFC3339)
		}
		t.row(k.KID, k.Alg, k.SignsFrom.Format(time.RFC3339), until)
	}
	return t.print(c.out)
}

type oidcKeyRotateCmd struct {
	corpFlags
	Algorithm string `help:"RS256 or ES256." default:"RS256" enum:"RS256,ES256" placeholder:"ALG"`
	Now       bool   `help:"A key has leaked: withdraw all present keys, and with them every token that they have signed."`
	Yes       bool   `help:"Do not ask."`
}

func (cmd oidcKeyRotateCmd) Run(ctx context.Context, c *console) error {
	if cmd.Now {
		if err := c.confirm(cmd.Yes, "Withdraw the keys at once? Clients that have not fetched the new one refuse members until they do."); err != nil {
			return err
		}
	}
	return cmd.onCorp(ctx, func(s *platform.Server, co corp.Corp) error {
		k, err := s.OIDC.RotateKey(ctx, co.CorpID, cmd.Algorithm, cmd.Now)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%s signs from %s on\n", k.KID, k.SignsFrom.Format(time.RFC3339))
		return nil
	})
}
