package conversion

import (
	"context"
	"errors"
	"maps"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/oauth"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) externalEndpoints() []wire.Endpoint {
	own := wire.Endpoint{
		Method: "POST", Path: "/cgi-bin/externalcontact/from_service_external_userid", Doc: 95884, Handle: wire.Read(s.fromServiceExternalUserid),
		Allow: access.To(access.Customers, access.SelfBuilt),
	}
	return []wire.Endpoint{
		call("externalcontact/groupchat/get_new_external_userid", 97063, wire.Read(s.groupchatGetNewExternalUserid), access.Custom, access.ThirdParty),
		call("externalcontact/get_new_external_userid", 97063, wire.Read(s.getNewExternalUserid), access.Custom, access.ThirdParty),
		call("externalcontact/to_service_external_userid", 95195, wire.Read(s.toServiceExternalUserid), access.Custom),
		own,
		call("idconvert/external_tagid", 96169, wire.Read(s.externalTagid), access.Custom, access.ThirdParty),
		customer.Endpoint("POST", "convert_to_openid", 92323, wire.Read(s.convertToOpenid), permitBase),
	}
}

// opened returns the ids by which the caller's provider knows customers or tags, by the corp's own.
func opened(tx *store.Tx, by access.Caller, form access.Form, own ...string) (map[string]string, error) {
	if by.Open == nil {
		return nil, nil
	}
	return by.Open.Shown(tx, by.CorpID, form, own)
}

// owned returns the corp's own ids of a form, by those that were given, which may be the corp's or the provider's.
// Whoever is shown the provider's knows those alone.
func owned[ID ~string](tx *store.Tx, by access.Caller, form access.Form, given []string) (map[string]ID, error) {
	out := map[string]ID{}
	if by.Open != nil {
		known, err := by.Open.Own(tx, by.CorpID, form, given)
		if err != nil {
			return nil, err
		}
		for shown, own := range known {
			out[shown] = ID(own)
		}
	}
	if by.IDs == nil {
		for _, text := range given {
			if out[text] == "" {
				out[text] = ID(text)
			}
		}
		return out, nil
	}
	known, err := by.IDs.Own(tx, by.CorpID, form, given)
	for shown, own := range known {
		if out[shown] == "" {
			out[shown] = ID(own)
		}
	}
	return out, err
}

func ownExternals(tx *store.Tx, by access.Caller, given []string) (map[string]id.ExternalID, error) {
	return owned[id.ExternalID](tx, by, access.ExternalID, given)
}

type (
	getNewExternalUseridRequest struct {
		Externals []string `json:"external_userid_list"` // the corp's own, which this call is there to convert
	}
	getNewExternalUseridResponse struct {
		Items []newExternal `json:"items"`
	}
	newExternal struct {
		External string `json:"external_userid"`
		New      string `json:"new_external_userid"`
	}
)

func (r getNewExternalUseridRequest) valid(by access.Caller) error {
	switch n := len(r.Externals); {
	case n == 0:
		return wire.ErrEmpty.With("external_userid_list is empty")
	case n > maxConverted:
		return wire.ErrParameter.With("external_userid_list: at most %d, %d given", maxConverted, n)
	case by.Kind == access.ThirdParty && by.IDs != nil:
		return wire.ErrForbidden.With("the provider has finished the migration of external_userids")
	}
	return nil
}

// getNewExternalUserid answers the provider's ids of customers. One that is given is answered as it is. Whom
// nobody in range follows is left out; if that is everybody, the call is refused. Both are unverified.
func (s *Service) getNewExternalUserid(ctx context.Context, tx *store.Tx, by access.Caller, req getNewExternalUseridRequest) (resp getNewExternalUseridResponse, err error) {
	if err := req.valid(by); err != nil {
		return resp, err
	}
	own, err := ownExternals(tx, by, req.Externals)
	if err != nil {
		return resp, err
	}
	seen, err := s.deps.Customers.VisibleContacts(tx, by, slices.Collect(maps.Values(own)))
	if err != nil {
		return resp, err
	}
	return newExternals(tx, by, req, own, seen)
}

// newExternals answers those of the customers that are among some.
func newExternals(tx *store.Tx, by access.Caller, req getNewExternalUseridRequest, own map[string]id.ExternalID, among map[id.ExternalID]customer.Contact) (resp getNewExternalUseridResponse, err error) {
	known, err := opened(tx, by, access.ExternalID, id.Texts(slices.Collect(maps.Values(own)))...)
	if err != nil {
		return resp, err
	}
	for _, text := range req.Externals {
		if _, ok := among[own[text]]; ok {
			resp.Items = append(resp.Items, newExternal{text, known[string(own[text])]})
		}
	}
	if len(resp.Items) == 0 {
		err = customer.ErrExternal.With("none of them is a customer whom the application sees")
	}
	return resp, err
}

type groupExternalsRequest struct {
	ChatID id.ChatID `json:"chat_id"`
	getNewExternalUseridRequest
}

// groupchatGetNewExternalUserid is getNewExternalUserid of people in a group, whom nobody needs to follow. The
// owner must be in range.
func (s *Service) groupchatGetNewExternalUserid(ctx context.Context, tx *store.Tx, by access.Caller, req groupExternalsRequest) (resp getNewExternalUseridResponse, err error) {
	if err := req.valid(by); err != nil {
		return resp, err
	}
	g, err := s.deps.Groups.Visible(tx, by, req.ChatID)
	if err != nil {
		return resp, err
	}
	in, err := s.deps.Groups.Outsiders(tx, by.CorpID, g)
	if err != nil {
		return resp, err
	}
	own, err := ownExternals(tx, by, req.Externals)
	if err != nil {
		return resp, err
	}
	return newExternals(tx, by, req.getNewExternalUseridRequest, own, in)
}

type (
	toServiceRequest struct {
		External string `json:"external_userid"`
	}
	externalAnswer struct {
		External string `json:"external_userid"`
	}
)

// toServiceExternalUserid answers what the provider's third-party application knows a customer by. The corp must
// have installed one, with the permission for customers.
func (s *Service) toServiceExternalUserid(ctx context.Context, tx *store.Tx, by access.Caller, req toServiceRequest) (resp externalAnswer, err error) {
	own, err := ownExternals(tx, by, []string{req.External})
	if err != nil {
		return resp, err
	}
	if _, _, _, err := s.deps.Customers.Followed(tx, by, own[req.External], 0); err != nil {
		return resp, err
	}
	list, err := s.deps.Suites.InstalledIn(tx, by.CorpID)
	if err != nil {
		return resp, err
	}
	refused := ErrNoSameParty
	for _, in := range list {
		if in.Partner != by.Partner || in.Kind != access.ThirdParty {
			continue
		}
		caller, err := s.deps.Apps.Caller(tx, in.App)
		if err != nil {
			return resp, err
		}
		if refused = ErrNoPermission; caller.Granted(permitBase) {
			known, err := opened(tx, by, access.ExternalID, string(own[req.External]))
			return externalAnswer{known[string(own[req.External])]}, err
		}
	}
	return resp, refused
}

type fromServiceRequest struct {
	External string `json:"external_userid"`
	AgentID  int64  `json:"source_agentid"`
}

// fromServiceExternalUserid answers the corp's own id of a customer whom a provider's application there knows by
// another.
func (s *Service) fromServiceExternalUserid(ctx context.Context, tx *store.Tx, by access.Caller, req fromServiceRequest) (resp externalAnswer, err error) {
	a, err := s.deps.Apps.App(tx, by.CorpID, req.AgentID)
	if errors.Is(err, app.ErrNotFound) || err == nil && !a.Kind.Installed() {
		return resp, ErrNoThirdParty.With("source_agentid: a provider's application in this enterprise expected")
	}
	if err != nil {
		return resp, err
	}
	seen, err := s.deps.Suites.ViewOf(tx, a)
	if err != nil {
		return resp, err
	}
	own := req.External
	if seen.IDs != nil { // otherwise it is shown the corp's own
		known, err := seen.IDs.Own(tx, by.CorpID, access.ExternalID, []string{req.External})
		if err != nil {
			return resp, err
		}
		if own = known[req.External]; own == "" {
			return resp, customer.ErrExternal.With("%s", req.External)
		}
	}
	_, _, _, err = s.deps.Customers.Followed(tx, by, id.ExternalID(own), 0)
	return externalAnswer{own}, err
}

type (
	externalTagidRequest struct {
		Tags []string `json:"external_tagid_list"` // the corp's own, which this call is there to convert
	}
	externalTagidResponse struct {
		Items   []openTag `json:"items"`
		Unknown []string  `json:"invalid_external_tagid_list"`
	}
	openTag struct {
		Tag  string `json:"external_tagid"`
		Open string `json:"open_external_tagid"`
	}
)

// externalTagid answers the provider's ids of tags and of groups of tags.
func (s *Service) externalTagid(ctx context.Context, tx *store.Tx, by access.Caller, req externalTagidRequest) (resp externalTagidResponse, err error) {
	switch n := len(req.Tags); {
	case n == 0:
		return resp, wire.ErrEmpty.With("external_tagid_list is empty")
	case n > maxConverted:
		return resp, wire.ErrParameter.With("external_tagid_list: at most %d, %d given", maxConverted, n)
	}
	known, err := opened(tx, by, access.CustomerTagID, req.Tags...)
	if err != nil {
		return resp, err
	}
	for _, t := range req.Tags {
		there, err := s.deps.Customers.HasTag(tx, by.CorpID, id.CustomerTag(t))
		if err != nil {
			return resp, err
		}
		if open, ok := known[t]; ok && there {
			resp.Items = append(resp.Items, openTag{t, open})
		} else {
			resp.Unknown = append(resp.Unknown, t)
		}
	}
	return resp, nil
}

type (
	convertToOpenidRequest struct {
		External id.ExternalID `json:"external_userid"`
	}
	convertToOpenidResponse struct {
		OpenID string `json:"openid"`
	}
)

// convertToOpenid answers the openid by which the corp pays a customer, and its pages know them. A member of another corp has none.
func (s *Service) convertToOpenid(ctx context.Context, tx *store.Tx, by access.Caller, req convertToOpenidRequest) (resp convertToOpenidResponse, err error) {
	c, _, _, err := s.deps.Customers.Followed(tx, by, req.External, 0)
	if err == nil && c.Kind != customer.WeChat {
		err = ErrExternalKind.With("%q is a member of another enterprise", req.External)
	}
	if err != nil {
		return resp, err
	}
	return convertToOpenidResponse{oauth.OpenID(s.deps.Box, by.CorpID, oauth.PersonOf(c.UnionID, c.No))}, nil
}
