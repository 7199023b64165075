package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) agentEndpoints() []wire.Endpoint {
	// Contact sync is not an application that can be read or set.
	apps := access.To(access.Own, append(access.BuiltIn(), access.SelfBuilt, access.CustomerContact, access.ChatArchive,
		access.Custom, access.ThirdParty, access.ThirdPartyContacts, access.Hardware)...)
	return []wire.Endpoint{
		{Method: "GET", Path: "/cgi-bin/agent/get", Doc: 90227, Allow: apps, Handle: wire.Read(s.agentGet)},
		{Method: "GET", Path: "/cgi-bin/agent/list", Doc: 90227, Allow: apps, Handle: wire.Read(s.agentList)},
		{Method: "POST", Path: "/cgi-bin/agent/set", Doc: 90228,
			Allow:  access.To(access.Own, append(access.BuiltIn(), access.SelfBuilt, access.CustomerContact, access.ChatArchive)...),
			Handle: wire.Write(s.agentSet)},
	}
}

type agentRequest struct {
	wire.Body
	AgentID *int64 `json:"agentid"`
}

// own returns the application that the request names, which must be the caller.
func (s *Service) own(tx *store.Tx, by access.Caller, req agentRequest) (App, error) {
	switch {
	case req.Wrong("agentid"):
		return App{}, ErrAgentInvalid.With("a number expected")
	case req.AgentID == nil:
		return App{}, ErrAgentMissing
	}
	a, err := s.App(tx, by.CorpID, *req.AgentID)
	if errors.Is(err, ErrNotFound) {
		return App{}, ErrAgentInvalid.With("the corp has no application %d", *req.AgentID)
	}
	if err == nil && a.No != by.App {
		err = ErrOtherAgent
	}
	return a, err
}

type (
	allowedUser struct {
		UserID id.UserID `json:"userid"`
	}
	allowedUsers struct {
		Users []allowedUser `json:"user"`
	}
	allowedParties struct {
		Departments []int64 `json:"partyid"`
	}
	allowedTags struct {
		Tags []int64 `json:"tagid"`
	}
)

type agentGetResponse struct {
	AgentID        int64          `json:"agentid"`
	Name           string         `json:"name"`
	Logo           string         `json:"square_logo_url"`
	Description    string         `json:"description"`
	Users          allowedUsers   `json:"allow_userinfos"`
	Parties        allowedParties `json:"allow_partys"`
	Tags           allowedTags    `json:"allow_tags"`
	Close          int64          `json:"close"`
	RedirectDomain string         `json:"redirect_domain"`
	ReportLocation int64          `json:"report_location_flag"`
	ReportEnter    int64          `json:"isreportenter"`
	HomeURL        string         `json:"home_url"`
	// Published is for proxy-developed applications only: 0 authorised, 1 in development, 2 online, 3 online
	// with a newer version in development.
	Published *int64 `json:"customized_publish_status"`
}

// online is the customized_publish_status of every proxy-developed application here, because qiwei keeps no
// versions of it.
const online = 2

func (s *Service) agentGet(ctx context.Context, tx *store.Tx, by access.Caller, req agentRequest) (agentGetResponse, error) {
	a, err := s.own(tx, by, req)
	if err != nil {
		return agentGetResponse{}, err
	}
	resp := agentGetResponse{
		AgentID: a.AgentID, Name: a.Name, Logo: s.LogoURL(a), Description: a.Description,
		Parties: allowedParties{a.Range.Departments}, Tags: allowedTags{a.Range.Tags},
		RedirectDomain: a.RedirectDomain, ReportLocation: a.ReportLocation, ReportEnter: a.ReportEnter, HomeURL: a.HomeURL,
	}
	if a.Disabled {
		resp.Close = 1
	}
	if a.Kind == access.Custom {
		status := int64(online)
		resp.Published = &status
	}
	known, err := s.known(tx, by, a.Range.Members)
	for _, u := range known {
		resp.Users.Users = append(resp.Users.Users, allowedUser{u})
	}
	return resp, err
}

// known leaves out whom the caller knows by no id of its own: a range may name somebody who is no member, and a
// provider is not shown the corp's own ids.
func (s *Service) known(tx *store.Tx, by access.Caller, users []id.UserID) ([]id.UserID, error) {
	if by.IDs == nil || len(users) == 0 {
		return users, nil
	}
	shown, err := by.IDs.Shown(tx, by.CorpID, access.MemberID, id.Texts(users))
	return slices.DeleteFunc(slices.Clone(users), func(u id.UserID) bool { return shown[string(u)] == "" }), err
}

// LogoURL returns the link to the application's logo, empty where it has none.
func (s *Service) LogoURL(a App) string {
	if strings.HasPrefix(a.Logo, "/") {
		return s.deps.BaseURL() + a.Logo
	}
	return a.Logo
}

type agentBrief struct {
	AgentID int64  `json:"agentid"`
	Name    string `json:"name"`
	Logo    string `json:"square_logo_url"`
}

type agentListResponse struct {
	Agents []agentBrief `json:"agentlist"`
}

// agentList answers the applications that the token reaches: only its own.
func (s *Service) agentList(ctx context.Context, tx *store.Tx, by access.Caller, _ wire.None) (agentListResponse, error) {
	a, err := s.AppNo(tx, by.App)
	return agentListResponse{[]agentBrief{{a.AgentID, a.Name, s.LogoURL(a)}}}, err
}

type agentSetRequest struct {
	agentRequest
	ReportLocation *int64  `json:"report_location_flag"`
	LogoMediaID    *string `json:"logo_mediaid"`
	Name           *string `json:"name"`
	Description    *string `json:"description"`
	RedirectDomain *string `json:"redirect_domain"`
	ReportEnter    *int64  `json:"isreportenter"`
	HomeURL        *string `json:"home_url"`
}

func (s *Service) agentSet(ctx context.Context, tx *store.Tx, by access.Caller, req agentSetRequest) (wire.None, error) {
	a, err := s.own(tx, by, req.agentRequest)
	if err != nil {
		return wire.None{}, err
	}
	if req.LogoMediaID != nil && *req.LogoMediaID != "" {
		if a.Logo, err = s.deps.Media.KeepPicture(tx, by.CorpID, *req.LogoMediaID, true); err != nil {
			if errors.Is(err, media.ErrMediaID) { // doc 90228 has one code for everything that is no logo
				err = media.ErrNotPicture.With("logo_mediaid: an image from media/upload of the last three days expected")
			}
			return wire.None{}, err
		}
	}
	if req.Description != nil {
		if n := utf8.RuneCountInString(*req.Description); n < 4 || n > 120 {
			return wire.None{}, ErrDescription.With("4 to 120 characters expected, %d given", n)
		}
		a.Description = *req.Description
	}
	switch {
	case req.Wrong("report_location_flag"):
		return wire.None{}, ErrLocationFlag.With("0 or 1 expected")
	case req.Wrong("isreportenter"):
		return wire.None{}, wire.ErrParameter.With("isreportenter: 0 or 1 expected")
	}
	if req.ReportEnter != nil {
		if *req.ReportEnter != 0 && *req.ReportEnter != 1 {
			return wire.None{}, wire.ErrParameter.With("isreportenter: 0 or 1 expected")
		}
		a.ReportEnter = *req.ReportEnter
	}
	set(&a.ReportLocation, req.ReportLocation)
	set(&a.Name, req.Name)
	set(&a.HomeURL, req.HomeURL)
	set(&a.RedirectDomain, req.RedirectDomain)
	return wire.None{}, s.UpdateApp(ctx, tx, a)
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}
