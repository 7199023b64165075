package token

import (
	"context"
	"fmt"

	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of a page's JS-SDK signature (doc 90506).
var (
	ErrSignature    = wire.Code(40093, "invalid signature")
	ErrSignatureURL = wire.Code(40094, "invalid url")
)

// CheckSignature checks what a page passes to wx.config, or to wx.agentConfig if there is an application. It
// ignores the ticket in j and uses the valid one. The error says what has gone wrong, if that can be found
// out.
func (s *Service) CheckSignature(ctx context.Context, st *store.Store, corpID string, a *app.App, j JSSDK, signature string) error {
	scope, no := "jsapi", int64(0)
	if a != nil {
		scope, no = "agent_config", a.No
	}
	t, err := s.ticket(ctx, st, corpID, no, scope)
	if err != nil {
		return fmt.Errorf("read ticket: %w", err)
	}
	j.Ticket = t.Ticket
	if signature == "" {
		return ErrSignature.With("signature is missing")
	}
	if m := j.Mistakes(signature); len(m) > 0 {
		return ErrSignature.With("%s", m[len(m)-1].En)
	}
	return nil
}
