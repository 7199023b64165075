package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// The platform's own applications have the agentids that are seen in the field; those whose agentids nobody
// has seen count up from one of ours.
func TestAgentIDs(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		known := map[access.Kind]int64{
			access.SelfBuilt: 1000002, access.ContactSync: 2000002, access.CustomerContact: 2000003, access.ChatArchive: 2000004,
			access.Checkin: 3010011, access.Approval: 3010040, access.Journal: 3010041, access.Living: 3010097, access.HR: 3010185,
		}
		kinds := access.MadeKinds()
		for _, c := range []*qiweitest.Corp{w.Corp, w.Second} {
			next := int64(3020001)
			for _, kind := range kinds {
				want, ok := known[kind]
				if !ok {
					want, next = next, next+1
				}
				if got := c.As(kind).AgentID; got != want {
					t.Errorf("%s of %s has agentid %d, want %d", kind, c.Name, got, want)
				}
			}
			slices.Reverse(kinds)
		}
	})
}

// Which pages may use the JS-SDK of an application (doc 98560).
func TestTrustsPage(t *testing.T) {
	t.Parallel()
	trusting := func(redirect string, domains ...string) app.App {
		return app.App{Settings: app.Settings{RedirectDomain: redirect, TrustedDomains: domains}}
	}
	a := trusting("SSO.example:8443", "app.example", "b.example:444")
	for page, want := range map[string]bool{
		"https://app.example/a?b#c": true, "http://app.example": true, "https://APP.example/": true, "https://app.example:8443/": true, "https://x.app.example/": true,
		"https://b.example:444/": true, "https://x.b.example:444/": true, "https://b.example/": false, "https://b.example:4444/": false,
		"https://sso.example:8443/": true, "https://sso.example/": false,
		"https://myapp.example/": false, "https://app.example.evil.example/": false, "https://example/": false, "https://evil.example/app.example": false,
		"ftp://app.example/": false, "//app.example/": false, "app.example": false, "https://app.example@evil.example/": false, "https://u@app.example/": false, "": false, "https://%": false,
	} {
		if got := a.TrustsPage(page); got != want {
			t.Errorf("%q: %v", page, got)
		}
	}
	for _, page := range []string{"https://app.example/", "https://app.example./", "https:///", "https://"} {
		if trusting("").TrustsPage(page) || trusting("", "").TrustsPage(page) {
			t.Errorf("%q is trusted by an application that has no domain", page)
		}
	}
}

// An application that a provider has installed is shown the provider's ids, and is called from the provider's
// addresses. The corp's own know its own.
func TestViewsOfApplications(t *testing.T) {
	t.Parallel()
	elsewhere, err := access.ParseAddresses("203.0.113.9")
	if err != nil {
		t.Fatal(err)
	}
	var from access.Addresses
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		get := func(c *qiweitest.Client) qiweitest.Result {
			return c.Call("GET", fmt.Sprint("/cgi-bin/agent/get?agentid=", c.AgentID), "")
		}
		all := app.Settings{Range: access.Range{Members: []id.UserID{"lisi"}}}
		own, third := w.WithApp(access.SelfBuilt, all), w.WithApp(access.ThirdParty, all)
		if r := get(own); !strings.Contains(r.Body, `{"userid":"lisi"}`) {
			t.Errorf("the corp's own is shown %s", r.Body)
		}
		if r := get(third); !strings.Contains(r.Body, `{"userid":"wo-lisi"}`) {
			t.Errorf("a provider's is shown %s", r.Body)
		}
		from = elsewhere
		third.Configure(func(a *app.App) { a.Description = "它的服务商在别处" })
		if r := get(third); r.ErrCode != 60020 {
			t.Errorf("a provider's, called from elsewhere: %s", r.Body)
		}
	}, func(c *platform.Config) {
		c.Views = func(_ *store.Tx, a app.App) (app.Seen, error) {
			if !a.Kind.Installed() {
				return app.Seen{}, nil
			}
			return app.Seen{IDs: marked{}, Open: marked{}, Trusted: from}, nil
		}
	})
}

// marked shows each id with "wo-" before it.
type marked struct{}

func (marked) Shown(_ *store.Tx, _ string, _ access.Form, own []string) (map[string]string, error) {
	out := map[string]string{}
	for _, text := range own {
		out[text] = "wo-" + text
	}
	return out, nil
}

func (marked) Own(_ *store.Tx, _ string, _ access.Form, shown []string) (map[string]string, error) {
	out := map[string]string{}
	for _, text := range shown {
		out[text] = strings.TrimPrefix(text, "wo-")
	}
	return out, nil
}
