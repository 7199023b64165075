package install

import (
	"context"
	"errors"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

const (
	// maxTemplates is how many templates a link may name (doc 98744).
	maxTemplates = 9
	// linkLife is how long the link is good.
	linkLife = 864000 * time.Second
)

// Errors of links (doc 90313).
var (
	ErrNotPublished  = wire.Code(60246, "third-party app not online")
	ErrTemplateCount = wire.Code(842004, "invalid number of customized app templates")
)

func (s *Service) linkEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/service/get_app_qrcode", Doc: 95430, Credential: s.deps.Suites.BySuite(), Allow: access.To(access.All, access.Suite), Handle: wire.Read(s.getAppQrcode)},
		{Method: "POST", Path: "/cgi-bin/service/get_customized_auth_url", Doc: 98744, Credential: s.deps.Suites.ByProvider(), Allow: access.To(access.All, access.Provider), Handle: wire.Read(s.getCustomizedAuthURL)},
	}
}

type getAppQrcodeRequest struct {
	SuiteID string `json:"suite_id"`
	AppID   *int64 `json:"appid"` // 1: a suite has one application
	State   string `json:"state"`
	Style   *int64 `json:"style"`       // 0 to 4
	Result  *int64 `json:"result_type"` // 1 the picture, 2 its address
}

// getAppQrcodeResponse is the picture, or JSON with its address.
type getAppQrcodeResponse struct {
	QRCode string `json:"qrcode"`

	file *wire.File
}

// AsFile is for result_type 1.
func (r getAppQrcodeResponse) AsFile() *wire.File { return r.file }

func (s *Service) getAppQrcode(ctx context.Context, tx *store.Tx, by access.Caller, req getAppQrcodeRequest) (resp getAppQrcodeResponse, err error) {
	d := drawn{SuiteID: req.SuiteID, State: req.State, Style: plainSmall}
	if req.Style != nil {
		d.Style = style(*req.Style)
	}
	result := int64(1)
	if req.Result != nil {
		result = *req.Result
	}
	switch {
	case req.SuiteID == "":
		return resp, suite.ErrSuiteMissing
	case req.SuiteID != by.Suite:
		return resp, suite.ErrSuite.With("the suite that the suite_access_token is of expected")
	case req.AppID != nil && *req.AppID != 1:
		return resp, suite.ErrAppID.With("the suite has one application, appid 1")
	case !suite.StateValid(req.State, maxChannel):
		return resp, suite.ErrState.With("at most %d letters and digits", maxChannel)
	case !d.Style.valid():
		return resp, wire.ErrParameter.With("style: 0 to %d expected", len(styles)-1)
	case result != 1 && result != 2:
		return resp, wire.ErrParameter.With("result_type: 1 or 2 expected")
	}
	v, err := s.deps.Suites.Suite(tx, req.SuiteID)
	switch {
	case err != nil:
		return resp, err
	case v.Kind != access.ThirdParty && v.Kind != access.ThirdPartyContacts:
		return resp, suite.ErrSuite.With("the suite is not a third-party application")
	case v.Draft:
		return resp, ErrNotPublished
	case result == 2:
		resp.QRCode, err = s.imageURL(d)
		return resp, err
	}
	content, err := s.picture(d)
	resp.file = fileOf(content)
	return resp, err
}

type getCustomizedAuthURLRequest struct {
	State     string   `json:"state"`
	Templates []string `json:"templateid_list"`
}

type getCustomizedAuthURLResponse struct {
	URL       string `json:"qrcode_url"`
	ExpiresIn int64  `json:"expires_in"` // seconds
}

// getCustomizedAuthURL answers a link by which an enterprise installs templates of the provider.
func (s *Service) getCustomizedAuthURL(ctx context.Context, tx *store.Tx, by access.Caller, req getCustomizedAuthURLRequest) (resp getCustomizedAuthURLResponse, err error) {
	switch n := len(req.Templates); {
	case req.State == "" || !suite.StateValid(req.State, maxChannel):
		return resp, suite.ErrState.With("1 to %d letters and digits", maxChannel)
	case n < 1 || n > maxTemplates:
		return resp, ErrTemplateCount.With("1 to %d expected", maxTemplates)
	}
	seen := map[string]bool{}
	for _, suiteID := range req.Templates {
		v, err := s.deps.Suites.Suite(tx, suiteID)
		switch {
		case errors.Is(err, suite.ErrNotFound), err == nil && (v.Partner != by.Partner || v.Kind != access.Custom):
			return resp, suite.ErrNoTemplate.With("%q does not belong to the provider", suiteID)
		case err != nil:
			return resp, err
		case v.Draft:
			return resp, suite.ErrTemplateDraft.With("%q", suiteID)
		case seen[suiteID]:
			return resp, wire.ErrParameter.With("templateid_list names %q twice", suiteID)
		}
		seen[suiteID] = true
	}
	resp.ExpiresIn = int64(linkLife / time.Second)
	resp.URL, err = s.linkOf(invitation{Partner: by.Partner, Templates: req.Templates, State: req.State, Expires: tx.Now().Add(linkLife).Unix()})
	return resp, err
}
