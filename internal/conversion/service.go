package conversion

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// permitChat is what a corp gives to a provider's application that works for its customer service (doc 99052).
const permitChat = "customerservice:chat:manage"

func (s *Service) serviceEndpoints() []wire.Endpoint {
	return []wire.Endpoint{{
		Method: "POST", Path: "/cgi-bin/idconvert/open_kfid", Doc: 97064, Grants: []string{permitChat}, Handle: wire.Read(s.openKfid),
		Allow: access.Allow{access.Custom: access.InRange, access.ThirdParty: access.InRange},
	}}
}

type (
	openKfidRequest struct {
		Accounts []string `json:"open_kfid_list"` // the corp's own, which this call is there to convert, or the provider's
	}
	openKfidResponse struct {
		Items   []openAccount `json:"items"`
		Unknown []string      `json:"invalid_open_kfid_list"`
	}
	openAccount struct {
		Account string `json:"open_kfid"`
		New     string `json:"new_open_kfid"`
	}
)

// openKfid answers the provider's ids of accounts of customer service. One that is given is answered as it is.
func (s *Service) openKfid(ctx context.Context, tx *store.Tx, by access.Caller, req openKfidRequest) (resp openKfidResponse, err error) {
	switch n := len(req.Accounts); {
	case n == 0:
		return resp, wire.ErrEmpty.With("open_kfid_list is empty")
	case n > maxConverted:
		return resp, wire.ErrParameter.With("open_kfid_list: at most %d, %d given", maxConverted, n)
	}
	own, err := owned[id.ServiceAccount](tx, by, access.ServiceAccountID, req.Accounts)
	if err != nil {
		return resp, err
	}
	for _, text := range req.Accounts {
		there, err := s.deps.Service.Exists(tx, by.CorpID, own[text])
		if err != nil {
			return resp, err
		}
		known, err := opened(tx, by, access.ServiceAccountID, string(own[text]))
		if err != nil {
			return resp, err
		}
		if open, ok := known[string(own[text])]; ok && there {
			resp.Items = append(resp.Items, openAccount{text, open})
		} else {
			resp.Unknown = append(resp.Unknown, text)
		}
	}
	return resp, nil
}
