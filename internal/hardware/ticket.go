package hardware

import (
	"context"

	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/token"
)

// pushedTickets are the tickets of models (doc 96053).
func (s *Service) pushedTickets() *token.PushedTickets {
	return &token.PushedTickets{
		Work: "hardware ticket", Table: "hardware_model", From: "hardware_model r", CorpID: "r.partner",
		Noun: "model", Address: "callback URL", Purpose: seal.HardwareTicket, Box: s.deps.Box,
		Push: func(ctx context.Context, tx *store.Tx, no int64) error {
			list, err := s.selectModels(tx, `no = ?`, no)
			if err != nil || len(list) == 0 {
				return err
			}
			_, err = s.pushTicket(ctx, tx, list[0])
			return err
		},
	}
}

// PushTicket makes a new ticket for the model and pushes it to the callback URL, if
// the model has one (doc 96053). The returned ticket is good either way.
func (s *Service) PushTicket(ctx context.Context, tx *store.Tx, modelID string) (string, error) {
	v, err := s.Model(tx, modelID)
	if err != nil {
		return "", err
	}
	return s.pushTicket(ctx, tx, v)
}

func (s *Service) pushTicket(ctx context.Context, tx *store.Tx, v Model) (string, error) {
	ticket, err := s.tickets.Next(tx, v.No, v.ModelID, v.tickets, v.URL)
	if err != nil {
		return "", err
	}
	return ticket, s.tellTicket(ctx, tx, v, ticket)
}

// MakeTickets makes the tickets that are due, and returns.
func (s *Service) MakeTickets(ctx context.Context) error { return s.tickets.Make(ctx) }
