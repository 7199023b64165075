package token

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// everyone is every application except the contacts-edit grant, which may make only the calls on its list
// (doc 96078).
var everyone = access.To(access.All, append(access.BuiltIn(), access.SelfBuilt, access.ContactSync, access.CustomerContact, access.ChatArchive,
	access.ThirdParty, access.ThirdPartyContacts, access.Custom, access.Hardware)...)

func (s *Service) addressEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "GET", Path: "/cgi-bin/getcallbackip", Doc: 90238, Allow: everyone, Tail: true, TokenHint: true, Handle: wire.Read(s.getcallbackip)},
		{Method: "GET", Path: "/cgi-bin/get_api_domain_ip", Doc: 92520, Allow: everyone, Tail: true, TokenHint: true, Handle: wire.Read(s.getAPIDomainIP)},
	}
}

type addressResponse struct {
	IPs []string `json:"ip_list"`
}

// getcallbackip lists the addresses that callbacks come from: this server's.
func (s *Service) getcallbackip(ctx context.Context, tx *store.Tx, by access.Caller, _ wire.None) (addressResponse, error) {
	var resp addressResponse
	for _, a := range s.deps.Addresses() {
		resp.IPs = append(resp.IPs, a.String())
	}
	return resp, nil
}

// getAPIDomainIP lists the addresses that the API answers on, which are the same.
func (s *Service) getAPIDomainIP(ctx context.Context, tx *store.Tx, by access.Caller, req wire.None) (addressResponse, error) {
	return s.getcallbackip(ctx, tx, by, req)
}

func (s *Service) secretMAC(secret string) []byte { return s.deps.Box.MAC(seal.AppSecret, secret) }
