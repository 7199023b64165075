package suite

import (
	"context"

	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/token"
)

// pushedTickets are the tickets of suites (doc 90628).
func (s *Service) pushedTickets() *token.PushedTickets {
	return &token.PushedTickets{
		Work: "suite ticket", Table: "suite", From: "suite r JOIN provider p ON p.no = r.provider", CorpID: "p.corpid",
		Noun: "suite", Address: "command URL", Purpose: seal.SuiteTicket, Box: s.deps.Box,
		Push: func(ctx context.Context, tx *store.Tx, no int64) error {
			list, err := s.selectSuites(tx, `s.no = ?`, no)
			if err != nil || len(list) == 0 {
				return err
			}
			_, err = s.pushTicket(ctx, tx, list[0])
			return err
		},
	}
}

// PushTicket makes a new ticket for the suite and pushes it to the command URL, if
// the suite has one (doc 90628). The returned ticket is good either way.
func (s *Service) PushTicket(ctx context.Context, tx *store.Tx, suiteID string) (string, error) {
	v, err := s.Suite(tx, suiteID)
	if err != nil {
		return "", err
	}
	return s.pushTicket(ctx, tx, v)
}

func (s *Service) pushTicket(ctx context.Context, tx *store.Tx, v Suite) (string, error) {
	ticket, err := s.tickets.Next(tx, v.No, v.SuiteID, v.tickets, v.CommandURL)
	if err != nil {
		return "", err
	}
	return ticket, s.tellTicket(ctx, tx, v, ticket)
}

// MakeTickets makes the tickets that are due, and returns.
func (s *Service) MakeTickets(ctx context.Context) error { return s.tickets.Make(ctx) }
