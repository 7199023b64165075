package conversion

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// People outside are named by temporary ids in what meetings, forms and documents say of them. Each application has
// ids of its own. Here only meetings give one, to customers; whichever else is given is answered as invalid, as the
// platform answers those of another application (doc 98729).

// What temporary ids are from, and whom they become.
const (
	maxTemporary    = 100
	fromMeeting     = 1
	fromTable       = 3
	becomesCustomer = 1
	becomesCircle   = 4
)

func (s *Service) temporaryEndpoints() []wire.Endpoint {
	return []wire.Endpoint{{
		Method: "POST", Path: "/cgi-bin/idconvert/convert_tmp_external_userid", Doc: 98729, Handle: wire.Read(s.convertTmpExternalUserid),
		Allow: access.To(access.Own, access.SelfBuilt, access.Custom, access.ThirdParty),
	}}
}

type (
	convertTmpExternalUseridRequest struct {
		Business  int64    `json:"business_type"`
		User      int64    `json:"user_type"`
		Temporary []string `json:"tmp_external_userid_list"`
	}
	convertTmpExternalUseridResponse struct {
		Results []convertedTemporary `json:"results"`
		Unknown []string             `json:"invalid_tmp_external_userid_list"`
	}
	convertedTemporary struct {
		Temporary string        `json:"tmp_external_userid"`
		External  id.ExternalID `json:"external_userid,omitempty"`
		CorpID    id.CorpID     `json:"corpid,omitempty"`
		UserID    id.UserID     `json:"userid,omitempty"`
	}
)

func (s *Service) convertTmpExternalUserid(ctx context.Context, tx *store.Tx, by access.Caller, req convertTmpExternalUseridRequest) (resp convertTmpExternalUseridResponse, err error) {
	switch n := len(req.Temporary); {
	case req.Business < fromMeeting || req.Business > fromTable:
		err = wire.ErrParameter.With("business_type: %d to %d expected, %d given", fromMeeting, fromTable, req.Business)
	case req.User < becomesCustomer || req.User > becomesCircle:
		err = wire.ErrParameter.With("user_type: %d to %d expected, %d given", becomesCustomer, becomesCircle, req.User)
	case n == 0:
		err = wire.ErrEmpty.With("tmp_external_userid_list is empty")
	case n > maxTemporary:
		err = wire.ErrParameter.With("tmp_external_userid_list: at most %d, %d given", maxTemporary, n)
	case req.User == becomesCustomer && !contactsCustomers(by):
		err = wire.ErrForbidden.With("user_type 1 needs the permission for customer contact")
	}
	if err != nil || req.Business != fromMeeting || req.User != becomesCustomer {
		return convertTmpExternalUseridResponse{Unknown: req.Temporary}, err
	}
	for _, t := range req.Temporary {
		external, found, err := s.deps.Temporary(tx, by, t)
		switch {
		case err != nil:
			return resp, err
		case found:
			resp.Results = append(resp.Results, convertedTemporary{Temporary: t, External: external})
		default:
			resp.Unknown = append(resp.Unknown, t)
		}
	}
	return resp, nil
}

// contactsCustomers reports whether an application has the permission for customer contact.
func contactsCustomers(by access.Caller) bool {
	if by.Kind.Installed() {
		return by.Granted(permitBase)
	}
	return by.MayCallOf(access.CustomerContact)
}
