package token

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// ErrTicketType refuses a type that ticket/get does not know (doc 90506).
var ErrTicketType = wire.Code(91040, "invalid ticket type")

func (s *Service) ticketEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{
			Method: "GET", Path: "/cgi-bin/get_jsapi_ticket", Doc: 90506,
			Allow:  everyone,
			Limit:  wire.Limit{PerCorp: 400, PerApp: 100, Every: time.Hour},
			Handle: wire.Direct(s.getJSAPITicket),
		},
		{
			Method: "GET", Path: "/cgi-bin/ticket/get", Doc: 90506,
			Allow:  everyone,
			Limit:  wire.Limit{PerApp: 100, Every: time.Hour},
			Handle: wire.Direct(s.ticketGet),
		},
	}
}

type ticketResponse struct {
	Ticket    string `json:"ticket"`
	ExpiresIn int64  `json:"expires_in"` // seconds left
}

// getJSAPITicket answers the corp's ticket, the same to all its applications.
func (s *Service) getJSAPITicket(ctx context.Context, st *store.Store, by access.Caller, _ wire.None) (ticketResponse, error) {
	return s.ticket(ctx, st, by.CorpID, 0, "jsapi")
}

type ticketGetRequest struct {
	Type string `json:"type"`
}

// ticketGet answers the application's own ticket for agentConfig, or the corp's
// ticket for invoices.
func (s *Service) ticketGet(ctx context.Context, st *store.Store, by access.Caller, req ticketGetRequest) (ticketResponse, error) {
	switch req.Type {
	case "agent_config":
		return s.ticket(ctx, st, by.CorpID, by.App, req.Type)
	case "wx_card":
		return s.ticket(ctx, st, by.CorpID, 0, req.Type)
	}
	return ticketResponse{}, ErrTicketType.With("type is %q; agent_config or wx_card expected", req.Type)
}

// ticket returns the valid ticket of the scope, and issues one if there is none. Like a token it is computed
// from its time of issue.
func (s *Service) ticket(ctx context.Context, st *store.Store, corpID string, appNo int64, scope string) (ticketResponse, error) {
	issued, err := s.ticketIssued(ctx, st, corpID, appNo, scope)
	if err != nil {
		return ticketResponse{}, err
	}
	return ticketResponse{s.ticketText(corpID, appNo, scope, issued), issued + int64(Life/time.Second) - st.Now().Unix()}, nil
}

func (s *Service) ticketText(corpID string, appNo int64, scope string, issued int64) string {
	place := fmt.Sprintf("%s %d %s", corpID, appNo, scope)
	return base64.RawURLEncoding.EncodeToString(s.deps.Box.SealSame(seal.Ticket, place, fmt.Appendf(nil, "%d %s", issued, "qiwei jsapi ticket")))
}

// JSAPITicket returns the corp's ticket, or with an application's number that
// application's, as get_jsapi_ticket and ticket/get answer it.
func (s *Service) JSAPITicket(ctx context.Context, st *store.Store, corpID string, appNo int64) (ticket string, left time.Duration, err error) {
	scope := "jsapi"
	if appNo != 0 {
		scope = "agent_config"
	}
	resp, err := s.ticket(ctx, st, corpID, appNo, scope)
	return resp.Ticket, time.Duration(resp.ExpiresIn) * time.Second, err
}

func (s *Service) ticketIssued(ctx context.Context, st *store.Store, corpID string, appNo int64, scope string) (issued int64, err error) {
	life := int64(Life / time.Second)
	const find = `SELECT issued_at FROM jsapi_ticket WHERE corpid = ? AND app = ? AND scope = ?`
	err = st.Read(ctx, func(tx *store.Tx) error {
		_, err := tx.Get(find, []any{corpID, appNo, scope}, &issued)
		return err
	})
	if now := st.Now().Unix(); err != nil || (issued <= now && issued > now-life) {
		return issued, err
	}
	err = st.Write(ctx, func(tx *store.Tx) error {
		now := tx.Now().Unix()
		if _, err := tx.Exec(`INSERT INTO jsapi_ticket (corpid, app, scope, issued_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (corpid, app, scope) DO UPDATE SET issued_at = excluded.issued_at
			WHERE jsapi_ticket.issued_at <= ? OR jsapi_ticket.issued_at > ?`,
			corpID, appNo, scope, now, now-life, now); err != nil {
			return fmt.Errorf("issue ticket: %w", err)
		}
		_, err := tx.Get(find, []any{corpID, appNo, scope}, &issued)
		return err
	})
	return issued, err
}
