package install

import (
	"encoding/json"
	"errors"
	"net/url"

	"qiwei/internal/login"
	"qiwei/internal/login/page"
	"qiwei/internal/redirect"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

const (
	installPath = "/3rdapp/install"
	confirmPath = "/3rdapp/confirm"

	// maxState is how long a link's state is (doc 90597), and maxChannel that of a QR code (doc 95430, 98744).
	maxState   = 128
	maxChannel = 32

	// orderPurpose is the purpose of the token by which an order belongs to a browser.
	orderPurpose = "install order "
)

// order is what somebody has asked for by a link, checked as far as possible without knowing who it is.
type order struct {
	SuiteID string `json:"s"`
	// PreAuth and Redirect are of a link on the provider's site (doc 90597). Without them create_auth tells the
	// provider.
	PreAuth  string `json:"p,omitempty"`
	Redirect string `json:"r,omitempty"`
	State    string `json:"t,omitempty"`
}

// fromSite reports whether it came from the provider's site, and leads back there.
func (o order) fromSite() bool { return o.PreAuth != "" }

// enter reads an installation's link: one of the provider's site, which has a pre_auth_code, or one that leads
// here from anywhere else, which has none.
func (s *Service) enter(v *visit) error {
	q := redirect.ParseQuery(v.r.URL.RawQuery)
	o := order{SuiteID: q.Get("suite_id"), PreAuth: q.Get("pre_auth_code"), Redirect: q.Get("redirect_uri"), State: q.Get("state")}
	if o.PreAuth == "" && o.Redirect != "" {
		return v.refuse(page.BadPreAuth(page.PreAuthUnknown))
	}
	if !suite.StateValid(o.State, maxState) {
		return v.refuse(page.BadParameter("state", o.State))
	}
	var refused *page.Problem
	err := s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		of, found, err := s.suiteOf(tx, o.SuiteID)
		switch {
		case err != nil:
			return err
		case !found:
			p := page.BadParameter("suite_id", o.SuiteID)
			refused = &p
			return nil
		}
		if o.fromSite() {
			if refused = s.fromElsewhere(of, o, v.r.Referer()); refused != nil {
				return nil
			}
		}
		refused, err = s.open(tx, of, o)
		return err
	})
	if err != nil {
		return err
	}
	if refused != nil {
		return v.refuse(*refused)
	}
	return v.proceed(o)
}

// fromElsewhere says what is wrong where a link did not come from the suite's install domain, or does not lead
// back there.
func (s *Service) fromElsewhere(of suite.Suite, o order, referer string) *page.Problem {
	to, toOK := redirect.Parse(o.Redirect)
	from, fromOK := redirect.Parse(referer)
	toOK, fromOK = toOK && to.On(of.InstallDomain), fromOK && from.On(of.InstallDomain)
	if toOK && fromOK {
		return nil
	}
	host := of.InstallDomain
	if to.Host != "" {
		host = to.Host
	}
	var configured []string
	if of.InstallDomain != "" {
		configured = append(configured, of.InstallDomain)
	}
	p := page.InstallDomain(s.pageApp(of), o.Redirect, !toOK, from.Host, !fromOK, configured, "qiwei suite set --suite-id "+of.SuiteID+" --install-domain "+page.ShellHost(host))
	return &p
}

// open says why an order cannot be carried out at this moment; nil where it can.
func (s *Service) open(tx *store.Tx, of suite.Suite, o order) (*page.Problem, error) {
	refuse := func(p page.Problem) (*page.Problem, error) { return &p, nil }
	if !o.fromSite() {
		if of.Draft {
			return refuse(page.NotPublished(s.pageApp(of)))
		}
		return nil, nil
	}
	test, err := s.deps.Suites.PreAuthorised(tx, of, o.PreAuth)
	switch {
	case errors.Is(err, suite.ErrPreAuthExpired):
		return refuse(page.BadPreAuth(page.PreAuthOver))
	case errors.Is(err, suite.ErrPreAuthCode):
		return refuse(page.BadPreAuth(page.PreAuthUnknown))
	case err != nil:
		return nil, err
	case test && !of.Draft:
		return refuse(page.BadPreAuth(page.PreAuthTest))
	case !test && of.Draft:
		return refuse(page.BadPreAuth(page.PreAuthPublished))
	}
	return nil, nil
}

// proceed leads on with a checked order. It belongs to this browser: somebody who has brought one here cannot
// have another's browser carry it out.
func (v *visit) proceed(o order) error {
	plain, err := json.Marshal(o)
	if err != nil {
		return err
	}
	text := v.s.deps.Box.SealText(seal.InstallOrder, "", plain)
	seen := ""
	for _, f := range v.NewForm(confirmPath, orderPurpose+text, login.Session{}).Hidden {
		if f.Name == "form" {
			seen = f.Value
		}
	}
	q := url.Values{"order": {text}, "seen": {seen}}
	if lang := v.r.URL.Query().Get("lang"); lang != "" {
		q.Set("lang", lang)
	}
	return v.Redirect(confirmPath + "?" + q.Encode())
}

// readOrder returns the order that this browser has brought here.
func (v *visit) readOrder() (o order, ok bool) {
	q := v.r.URL.Query()
	text := q.Get("order")
	plain, err := v.s.deps.Box.OpenText(seal.InstallOrder, "", text)
	if err != nil || !v.GenuineText(q.Get("seen"), orderPurpose+text, login.Session{}) {
		return o, false
	}
	return o, json.Unmarshal(plain, &o) == nil
}
