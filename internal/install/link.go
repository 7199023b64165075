package install

import (
	"encoding/json"
	"net/http"
	"net/url"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/login"
	"qiwei/internal/login/page"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

const (
	linkPath  = "/3rdapp/templates"
	imagePath = "/3rdapp/qrcode"
)

// invitation is a link by which a provider asks enterprises to install its templates (doc 98744). It stands sealed
// in the link, and nowhere else.
type invitation struct {
	Partner   string   `json:"p"`
	Templates []string `json:"t"`
	State     string   `json:"s"`
	Expires   int64    `json:"e"` // Unix seconds
}

func (s *Service) linkOf(in invitation) (string, error) {
	plain, err := json.Marshal(in)
	if err != nil {
		return "", err
	}
	return s.deps.BaseURL() + linkPath + "?k=" + s.deps.Box.SealText(seal.InstallLink, "", plain), nil
}

func (v *visit) readInvitation() (in invitation, ok bool) {
	plain, err := v.s.deps.Box.OpenText(seal.InstallLink, "", v.r.URL.Query().Get("k"))
	if err != nil || json.Unmarshal(plain, &in) != nil {
		return in, false
	}
	return in, v.s.deps.Store.Now().Unix() < in.Expires
}

// installLink is where an enterprise installs a suite without its provider's site.
func (s *Service) installLink(suiteID, state string) string {
	q := url.Values{"suite_id": {suiteID}}
	if state != "" {
		q.Set("state", state)
	}
	return s.deps.BaseURL() + installPath + "?" + q.Encode()
}

// openLink follows a link to templates: to the only one, or to a list.
func (s *Service) openLink(v *visit) error {
	in, ok := v.readInvitation()
	if !ok {
		return v.refuse(page.DeadLink())
	}
	var templates []suite.Suite
	provider := ""
	err := s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		for _, suiteID := range in.Templates {
			t, found, err := s.suiteOf(tx, suiteID)
			if err != nil {
				return err
			}
			if found && t.Partner == in.Partner && t.Kind == access.Custom && !t.Draft {
				templates = append(templates, t)
			}
		}
		if len(templates) == 0 {
			return nil
		}
		var err error
		provider, err = s.providerName(tx, templates[0])
		return err
	})
	switch {
	case err != nil:
		return err
	case len(templates) == 0:
		return v.refuse(page.DeadLink())
	case len(templates) == 1:
		return v.proceed(order{SuiteID: templates[0].SuiteID, State: in.State})
	}
	return v.list(in, templates, provider)
}

// list offers several templates. One of them, named in the address, is gone on to.
func (v *visit) list(in invitation, templates []suite.Suite, provider string) error {
	s := v.s
	if chosen := v.r.URL.Query().Get("suite_id"); chosen != "" {
		for _, t := range templates {
			if t.SuiteID == chosen {
				return v.proceed(order{SuiteID: t.SuiteID, State: in.State})
			}
		}
		return v.refuse(page.DeadLink())
	}
	sess, ok, err := v.RequireAnywhere()
	if err != nil || !ok {
		return err
	}
	d := page.Templates{Self: v.here(), Provider: provider, Me: v.Person(sess.Member), Switch: v.again()}
	err = s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		var c corp.Corp
		if c, err = s.deps.Corps.Corp(tx, sess.CorpID); err != nil {
			return err
		}
		d.Corp = c.Name
		installed, err := s.deps.Suites.InstalledIn(tx, sess.CorpID)
		for _, t := range templates {
			q := v.r.URL.Query()
			q.Set("suite_id", t.SuiteID)
			d.List = append(d.List, page.TemplateChoice{App: s.pageApp(t), Link: linkPath + "?" + q.Encode(), Done: contains(installed, t.SuiteID)})
		}
		return err
	})
	if err != nil {
		return err
	}
	return login.Show(v.Visit, http.StatusOK, (*page.Pages).Templates, d)
}
