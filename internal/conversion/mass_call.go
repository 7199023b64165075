package conversion

import (
	"context"
	"encoding/json"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

const (
	// massCallWithin is how long after an installation a ticket may be fetched, and massCallLife how long it is
	// good (doc 96168).
	massCallWithin = 3 // months
	massCallLife   = 7 * 24 * time.Hour
)

func (s *Service) massCallEndpoints() []wire.Endpoint {
	return []wire.Endpoint{{
		Method: "GET", Path: "/cgi-bin/corp/apply_mass_call_ticket", Doc: 96168, Allow: access.To(access.Own, access.Custom, access.ThirdParty), Handle: wire.Write(s.applyMassCallTicket),
	}}
}

// massCall is what a ticket stands for.
type massCall struct {
	Provider string
	Until    int64 // Unix seconds
}

type applyMassCallTicketResponse struct {
	Ticket string `json:"mass_call_ticket"`
}

// applyMassCallTicket answers the one ticket that a provider gets for an enterprise, within three months of the
// installation. The page has no error for another; 48001 is unverified.
func (s *Service) applyMassCallTicket(_ context.Context, tx *store.Tx, by access.Caller, _ wire.None) (resp applyMassCallTicketResponse, err error) {
	in, found, err := s.deps.Suites.InstallationNo(tx, by.App)
	switch {
	case err != nil:
		return resp, err
	case !found || tx.Now().After(in.InstalledAt.AddDate(0, massCallWithin, 0)):
		return resp, suite.ErrNotGranted.With("only within three months of the installation")
	}
	n, err := tx.Exec(`INSERT INTO mass_call (corpid, provider) VALUES (?, ?) ON CONFLICT (corpid, provider) DO NOTHING`, by.CorpID, by.Partner)
	if err == nil && n == 0 {
		err = suite.ErrNotGranted.With("the enterprise's ticket has been fetched; there is one alone")
	}
	if err != nil {
		return resp, err
	}
	plain, err := json.Marshal(massCall{by.Partner, tx.Now().Add(massCallLife).Unix()})
	resp.Ticket = s.deps.Box.SealText(seal.MassCall, by.CorpID, plain)
	return resp, err
}

// within counts a conversion of a unionid for the limit of an hour, which a ticket lifts. It answers 45009, and
// 40058 for a ticket that is not the provider's for the enterprise, or too old.
func (s *Service) within(tx *store.Tx, by access.Caller, ticket string) error {
	if ticket == "" {
		if s.deps.Limits && !s.limiter.TakeIn(tx, by.CorpID, "unionid", 1, perHour, time.Hour) {
			return wire.ErrFrequency
		}
		return nil
	}
	var of massCall
	plain, err := s.deps.Box.OpenText(seal.MassCall, by.CorpID, ticket)
	if err != nil || json.Unmarshal(plain, &of) != nil || of.Provider != by.Partner || tx.Now().Unix() >= of.Until {
		return wire.ErrParameter.With("mass_call_ticket: one of apply_mass_call_ticket, of the last seven days, expected")
	}
	return nil
}
