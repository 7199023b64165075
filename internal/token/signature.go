package token

import (
	"context"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strings"

	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of a page's JS-SDK signature (doc 90506).
var (
	ErrSignature    = wire.Code(40093, "invalid signature")
	ErrSignatureURL = wire.Code(40094, "invalid url")
)

// Signature is what a page hands to wx.config or wx.agentConfig.
type Signature struct {
	NonceStr, Timestamp, URL string
	Signature                string // lower-case hex
}

// Sign returns the signature of a page under a ticket (doc 90506): the values
// raw, the address without its fragment.
func (s Signature) Sign(ticket string) string {
	page, _, _ := strings.Cut(s.URL, "#")
	sum := sha1.Sum([]byte("jsapi_ticket=" + ticket + "&noncestr=" + s.NonceStr + "&timestamp=" + s.Timestamp + "&url=" + page))
	return hex.EncodeToString(sum[:])
}

// CheckSignature checks a page's signature: that of the corp, or, where there is
// an application, that application's own (agentConfig).
func (svc *Service) CheckSignature(ctx context.Context, st *store.Store, corpID string, a *app.App, s Signature) error {
	if !strings.HasPrefix(s.URL, "http://") && !strings.HasPrefix(s.URL, "https://") {
		return ErrSignatureURL
	}
	scope, no := "jsapi", int64(0)
	if a != nil {
		scope, no = "agent_config", a.No
	}
	t, err := svc.ticket(ctx, st, corpID, no, scope)
	if err != nil {
		return fmt.Errorf("read ticket: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(s.Sign(t.Ticket)), []byte(s.Signature)) != 1 {
		return ErrSignature
	}
	return nil
}
