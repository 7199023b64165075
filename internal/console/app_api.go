package console

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/callback"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/store"
)

func (s *Service) appCalls() []call {
	return []call{
		{pattern: "GET /console/api/apps", right: readCorp, handle: s.listApps},
		{pattern: "POST /console/api/apps", right: editCorp, handle: s.createApp},
		{pattern: "GET /console/api/apps/{agentid}", right: readCorp, handle: s.getApp},
		{pattern: "PUT /console/api/apps/{agentid}", right: editCorp, handle: s.updateApp},
		{pattern: "DELETE /console/api/apps/{agentid}", right: editCorp, handle: s.deleteApp},
		{pattern: "POST /console/api/apps/{agentid}/secret", right: secrets, handle: s.resetSecret},
		{pattern: "PUT /console/api/apps/{agentid}/logo", right: editCorp, large: true, handle: s.setLogo},
		{pattern: "PUT /console/api/apps/{agentid}/callback", right: editCorp, handle: s.saveCallback},
		{pattern: "POST /console/api/callback-keys", right: editCorp, handle: s.newKeys},
	}
}

// appForm is an application as the form shows it. A nil field stays as it is.
type appForm struct {
	Kind           access.Kind    `json:"kind"`
	Name           *string        `json:"name"`
	Description    *string        `json:"description"`
	HomeURL        *string        `json:"home_url"`
	Disabled       *bool          `json:"disabled"`
	Legacy         *bool          `json:"legacy"`
	RedirectDomain *string        `json:"redirect_domain"`
	LoginDomain    *string        `json:"login_domain"`
	TrustedDomains *[]string      `json:"trusted_domains"`
	TrustedIPs     *string        `json:"trusted_ips"`
	Range          *access.Range  `json:"range"`
	Sensitive      *[]string      `json:"sensitive"`
	Customers      *bool          `json:"customer_callable"`
	Callable       *[]access.Kind `json:"callable"`
	ReportEnter    *int64         `json:"report_enter"`
	ReportLocation *int64         `json:"report_location"`
	Version        string         `json:"version"`
}

type appDetail struct {
	homeApp
	Description    string        `json:"description"`
	HomeURL        string        `json:"home_url"`
	Disabled       bool          `json:"disabled"`
	Legacy         bool          `json:"legacy"`
	RedirectDomain string        `json:"redirect_domain"`
	LoginDomain    string        `json:"login_domain"`
	TrustedDomains []string      `json:"trusted_domains"`
	TrustedIPs     string        `json:"trusted_ips"`
	Range          rangeDetail   `json:"range"`
	Sensitive      []string      `json:"sensitive"`
	Customers      bool          `json:"customer_callable"`
	Callable       []access.Kind `json:"callable"`
	ReportEnter    int64         `json:"report_enter"`
	ReportLocation int64         `json:"report_location"`
	CallbackURL    string        `json:"callback_url"`
	CallbackEvents []string      `json:"callback_events"`
	Events         []eventGiven  `json:"events"` // that an application of this kind can receive
	CreatedAt      time.Time     `json:"created_at"`
	Version        string        `json:"version"`
}

type eventGiven struct {
	Name string `json:"name"`
	Doc  int    `json:"doc"`
	Form string `json:"form"`
}

// rangeDetail is a visible range with the names of what is in it.
type rangeDetail struct {
	Departments []int64   `json:"departments"`
	Members     []person  `json:"members"`
	Tags        []tagName `json:"tags"`
}

func (s *Service) listApps(v *visit) (any, error) {
	type line struct {
		homeApp
		Description string `json:"description"`
		Disabled    bool   `json:"disabled"`
		CallbackURL string `json:"callback_url"`
	}
	lines := []line{}
	err := v.look(func(tx *store.Tx) error {
		apps, err := s.deps.Apps.Apps(tx, v.corpID)
		for _, a := range apps {
			lines = append(lines, line{s.brief(a), a.Description, a.Disabled, a.CallbackURL})
		}
		return err
	})
	return map[string]any{"apps": lines}, err
}

func (s *Service) brief(a app.App) homeApp {
	return homeApp{a.AgentID, a.Name, a.Kind, s.local(s.deps.Apps.LogoURL(a))}
}

func (v *visit) app(tx *store.Tx) (app.App, error) {
	agent, err := v.number("agentid")
	if err != nil {
		return app.App{}, err
	}
	return v.s.deps.Apps.App(tx, v.corpID, agent)
}

func appVersion(a app.App) string {
	a.Secret = ""
	return digest([]any{a.Settings, a.TrustedIPs.String()})
}

func (s *Service) getApp(v *visit) (any, error) {
	var out appDetail
	return &out, v.look(func(tx *store.Tx) error {
		a, err := v.app(tx)
		if err != nil {
			return err
		}
		out = appDetail{
			homeApp: s.brief(a), Description: a.Description, HomeURL: a.HomeURL, Disabled: a.Disabled, Legacy: a.Legacy, RedirectDomain: a.RedirectDomain,
			LoginDomain: a.LoginDomain, TrustedDomains: orEmpty(a.TrustedDomains), TrustedIPs: a.TrustedIPs.String(), Sensitive: orEmpty(a.Sensitive),
			Customers: a.MayCallOf(access.CustomerContact), Callable: orEmpty(a.Callable), ReportEnter: a.ReportEnter, ReportLocation: a.ReportLocation, CallbackURL: a.CallbackURL,
			CallbackEvents: orEmpty(a.CallbackEvents), Events: []eventGiven{}, CreatedAt: a.CreatedAt, Version: appVersion(a),
		}
		for _, sub := range s.deps.Events.Declarations() {
			if form := sub.Receivers[a.Kind]; form != 0 {
				out.Events = append(out.Events, eventGiven{sub.Name, sub.Doc, form.String()})
			}
		}
		out.Range, err = v.rangeOf(tx, a.Range)
		return err
	})
}

// rangeOf returns a range with the names of what is in it. Members who are gone are in no range any more.
func (v *visit) rangeOf(tx *store.Tx, r access.Range) (rangeDetail, error) {
	out := rangeDetail{Departments: orEmpty(r.Departments), Members: []person{}, Tags: []tagName{}}
	for _, u := range r.Members {
		m, err := v.s.deps.Directory.Member(v.ctx(), tx, access.System(v.corpID), u)
		if errors.Is(err, directory.ErrMemberNotFound) {
			continue
		}
		if err != nil {
			return out, err
		}
		out.Members = append(out.Members, person{UserID: string(m.UserID), Name: m.Name})
	}
	if len(r.Tags) == 0 {
		return out, nil
	}
	tags, err := v.s.deps.Directory.Tags(v.ctx(), tx, access.System(v.corpID))
	for _, t := range tags {
		if slices.Contains(r.Tags, t.ID) {
			out.Tags = append(out.Tags, tagName{ID: t.ID, Name: t.Name})
		}
	}
	return out, err
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// apply puts what the form says into the application.
func (f appForm) apply(a *app.App) error {
	set(&a.Name, f.Name)
	set(&a.Description, f.Description)
	set(&a.HomeURL, f.HomeURL)
	set(&a.Disabled, f.Disabled)
	set(&a.Legacy, f.Legacy)
	set(&a.RedirectDomain, f.RedirectDomain)
	set(&a.LoginDomain, f.LoginDomain)
	set(&a.TrustedDomains, f.TrustedDomains)
	set(&a.Range, f.Range)
	set(&a.Sensitive, f.Sensitive)
	set(&a.Callable, f.Callable)
	if f.Customers != nil {
		a.List(access.CustomerContact, *f.Customers)
	}
	set(&a.ReportEnter, f.ReportEnter)
	set(&a.ReportLocation, f.ReportLocation)
	if f.TrustedIPs != nil {
		ips, err := access.ParseAddresses(strings.NewReplacer("\n", ";", ",", ";", " ", ";").Replace(strings.TrimSpace(*f.TrustedIPs)))
		if err != nil {
			return problem{http.StatusUnprocessableEntity, "", "IP 不正确：每行一个地址、网段（10.0.0.0/8）或范围", "Not a list of addresses: " + err.Error(), "trusted_ips"}
		}
		a.TrustedIPs = ips
	}
	return nil
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// rangeExists refuses a range that names something that does not exist.
func (v *visit) rangeExists(tx *store.Tx, r *access.Range) error {
	if r == nil {
		return nil
	}
	if err := v.departmentsExist(tx, r.Departments); err != nil {
		return problem{http.StatusUnprocessableEntity, "", "可见范围中有不存在的部门", "A department of the range does not exist.", "range"}
	}
	for i, u := range r.Members {
		m, err := v.s.deps.Directory.Member(v.ctx(), tx, access.System(v.corpID), u)
		if err != nil {
			return problem{http.StatusUnprocessableEntity, "", "可见范围中有不存在的成员：" + string(u), "A member of the range does not exist: " + string(u), "range"}
		}
		r.Members[i] = m.UserID
	}
	return nil
}

func (s *Service) createApp(v *visit) (any, error) {
	var req appForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	a := app.App{CorpID: v.corpID, Kind: req.Kind}
	if a.Kind == "" {
		a.Kind = access.SelfBuilt
	}
	if !slices.Contains(access.MadeKinds(), a.Kind) {
		return nil, problem{http.StatusUnprocessableEntity, "", "应用类型不正确", "There is no such kind of application.", "kind"}
	}
	a.Range = access.Everything()
	if err := req.apply(&a); err != nil {
		return nil, err
	}
	var made app.App
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		if err := v.rangeExists(tx, &a.Range); err != nil {
			return done{}, err
		}
		made, err = s.deps.Apps.CreateApp(v.ctx(), tx, a)
		if errors.Is(err, app.ErrKindTaken) {
			err = problem{http.StatusUnprocessableEntity, "", "企业已有这个类型的应用", "The enterprise has its application of this kind already.", "kind"}
		}
		return done{"app.create", made.Name, map[string]any{"agentid": made.AgentID, "kind": made.Kind}}, err
	})
	if err != nil {
		return nil, err
	}
	return map[string]any{"agentid": made.AgentID}, nil
}

func (s *Service) updateApp(v *visit) (any, error) {
	var req appForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var version string
	err := v.change(func(tx *store.Tx) (done, error) {
		a, err := v.app(tx)
		if err != nil {
			return done{}, err
		}
		if req.Version != "" && req.Version != appVersion(a) {
			return done{}, errStale
		}
		if err := v.rangeExists(tx, req.Range); err != nil {
			return done{}, err
		}
		before := a
		if err := req.apply(&a); err != nil {
			return done{}, err
		}
		if err := s.deps.Apps.UpdateApp(v.ctx(), tx, a); err != nil {
			return done{}, err
		}
		version = appVersion(a)
		return done{"app.update", before.Name, map[string]any{"agentid": a.AgentID, "changed": changedSettings(before, a)}}, nil
	})
	return map[string]string{"version": version}, err
}

// changedSettings names the settings that differ, with their values before and
// after.
func changedSettings(before, after app.App) map[string]any {
	out := map[string]any{}
	for name, pair := range map[string][2]any{
		"name": {before.Name, after.Name}, "description": {before.Description, after.Description}, "home_url": {before.HomeURL, after.HomeURL},
		"disabled": {before.Disabled, after.Disabled}, "legacy": {before.Legacy, after.Legacy}, "redirect_domain": {before.RedirectDomain, after.RedirectDomain},
		"login_domain": {before.LoginDomain, after.LoginDomain}, "trusted_domains": {before.TrustedDomains, after.TrustedDomains},
		"trusted_ips": {before.TrustedIPs.String(), after.TrustedIPs.String()}, "range": {before.Range, after.Range}, "sensitive": {before.Sensitive, after.Sensitive},
		"callable": {before.Callable, after.Callable}, "report_enter": {before.ReportEnter, after.ReportEnter},
		"report_location": {before.ReportLocation, after.ReportLocation},
	} {
		if digest(pair[0]) != digest(pair[1]) {
			out[name] = pair
		}
	}
	return out
}

func (s *Service) deleteApp(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		a, err := v.app(tx)
		if err != nil {
			return done{}, err
		}
		return done{"app.delete", a.Name, map[string]any{"agentid": a.AgentID}}, s.deps.Apps.DeleteApp(v.ctx(), tx, v.corpID, a.AgentID)
	})
}

// resetSecret gives the application a new secret; the tokens of the old one end.
func (s *Service) resetSecret(v *visit) (any, error) {
	var a app.App
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		if a, err = v.app(tx); err != nil {
			return done{}, err
		}
		a, err = s.deps.Apps.ResetSecret(v.ctx(), tx, v.corpID, a.AgentID)
		return done{"secret.reset", a.Name, map[string]any{"agentid": a.AgentID}}, err
	})
	return map[string]string{"secret": a.Secret}, err
}

// setLogo takes the picture as the body of the request.
func (s *Service) setLogo(v *visit) (any, error) {
	content, err := io.ReadAll(v.r.Body)
	if err != nil {
		return nil, err
	}
	if err := v.look(func(tx *store.Tx) error { _, err := v.app(tx); return err }); err != nil {
		return nil, err
	}
	file, err := s.deps.Media.Upload(v.ctx(), v.by, media.NewFile{Kind: media.Image, Scene: media.General, Name: "logo", Length: int64(len(content)), Content: bytes.NewReader(content)})
	if err != nil {
		return nil, badPicture(err)
	}
	var logo string
	err = v.change(func(tx *store.Tx) (done, error) {
		a, err := v.app(tx)
		if err != nil {
			return done{}, err
		}
		if a.Logo, err = s.deps.Media.KeepPicture(tx, v.corpID, file.MediaID, true); err != nil {
			return done{}, badPicture(err)
		}
		if err := s.deps.Apps.UpdateApp(v.ctx(), tx, a); err != nil {
			return done{}, err
		}
		logo = s.local(s.deps.Apps.LogoURL(a))
		return done{"app.logo", a.Name, map[string]any{"agentid": a.AgentID}}, nil
	})
	return map[string]string{"logo": logo}, err
}

func badPicture(err error) error {
	for _, known := range []error{media.ErrImage, media.ErrNotPicture, media.ErrImageSize, media.ErrSize, media.ErrTooLarge, media.ErrEmptyMedia, media.ErrType, media.ErrMediaType} {
		if errors.Is(err, known) {
			return problem{http.StatusUnprocessableEntity, "", "请选择 2 MB 以内的 JPG 或 PNG 图片", "A JPG or PNG picture of up to 2 MB is expected.", "logo"}
		}
	}
	return err
}

// saveCallback stores the callback's address once it is verified, or without verification if the admin says
// so.
func (s *Service) saveCallback(v *visit) (any, error) {
	var req struct {
		URL        string   `json:"url"`
		Token      string   `json:"token"`
		AESKey     string   `json:"encoding_aes_key"`
		Events     []string `json:"events"`
		Unverified bool     `json:"unverified"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	agent, err := v.number("agentid")
	if err != nil {
		return nil, err
	}
	a, err := s.deps.Callbacks.SaveCallback(v.ctx(), v.by, callback.Callback{
		AgentID: agent, URL: strings.TrimSpace(req.URL), Token: req.Token, AESKey: req.AESKey, Events: req.Events, Unverified: req.Unverified,
	})
	if err != nil {
		return nil, callbackProblem(err)
	}
	return map[string]string{"version": appVersion(a)}, v.change(func(tx *store.Tx) (done, error) {
		return done{"app.callback", a.Name, map[string]any{"agentid": agent, "url": a.CallbackURL, "verified": !req.Unverified && a.CallbackURL != ""}}, nil
	})
}

// newKeys draws a token and an EncodingAESKey without saving them.
func (s *Service) newKeys(v *visit) (any, error) {
	return map[string]string{"token": id.Letters(24), "encoding_aes_key": id.AESKey()}, nil
}
