package token

import (
	"context"
	"errors"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of gettoken (doc 91039).
var (
	ErrSecretMissing = wire.Code(41004, "corpsecret missing")
	ErrCorpMissing   = wire.Code(41002, "corpid missing")
	ErrCorpInvalid   = wire.Code(40013, "invalid corpid")
	ErrCredential    = wire.Code(40001, "invalid credential")
	ErrSecretOther   = wire.Code(40091, "secret is invalid")
)

// guessesPerHour is how many wrong secrets an address may send before it is
// refused for an hour. The official help of 45009 speaks of such a ban; the
// number is unverified.
const guessesPerHour = 2000

func (s *Service) tokenEndpoints() []wire.Endpoint {
	return []wire.Endpoint{{
		Method: "GET", Path: "/cgi-bin/gettoken", Doc: 91039, Open: true,
		Handle: wire.Direct(s.gettoken),
	}}
}

type gettokenRequest struct {
	CorpID string `json:"corpid"`
	Secret string `json:"corpsecret"`
}

type gettokenResponse struct {
	AccessToken string `json:"access_token"`
	// ExpiresIn is the token's remaining life in seconds. Whether the platform answers that on a repeated
	// call is unverified. Clients that ignore 42001 need the remaining time, and it does not hurt the others.
	ExpiresIn int64 `json:"expires_in"`
}

func (s *Service) gettoken(ctx context.Context, st *store.Store, by access.Caller, req gettokenRequest) (gettokenResponse, error) {
	if req.Secret == "" {
		return gettokenResponse{}, ErrSecretMissing
	}
	if req.CorpID == "" {
		return gettokenResponse{}, ErrCorpMissing
	}
	if s.deps.Limits && s.guesses.Blocked(st.Now(), by.From.String(), "gettoken", time.Hour) {
		return gettokenResponse{}, wire.ErrFrequency
	}
	var resp gettokenResponse
	var no int64
	err := st.Read(ctx, func(tx *store.Tx) (err error) {
		no, resp, err = s.living(tx, req)
		return err
	})
	if err != nil {
		if wrong := errors.Is(err, ErrCredential) || errors.Is(err, ErrSecretOther); wrong && s.deps.Limits {
			s.guesses.Take(st.Now(), by.From.String(), "gettoken", guessesPerHour, time.Hour)
		}
		return gettokenResponse{}, err
	}
	if resp.AccessToken == "" {
		resp.AccessToken, resp.ExpiresIn, err = s.issue(ctx, st, no)
	}
	return resp, err
}

// living finds the application of the secret and its valid token, if it has one.
func (s *Service) living(tx *store.Tx, req gettokenRequest) (no int64, resp gettokenResponse, err error) {
	h, err := s.bySecret(tx, req)
	if err != nil {
		return 0, resp, fmt.Errorf("look up secret: %w", err)
	}
	if h == nil {
		return 0, resp, s.whyNot(tx, req)
	}
	caller := &h.caller
	if caller.Kind.Installed() && caller.Kind != access.Custom { // get_corp_token's (doc 90605)
		return 0, resp, ErrCredential.With("the token of an application of kind %s is the provider's to fetch", caller.Kind)
	}
	if caller.Disabled {
		return 0, resp, ErrCredential.With("the application is disabled")
	}
	if now := tx.Now(); s.alive(h.state, now) && h.issued <= now.Unix() {
		resp = gettokenResponse{h.text, s.left(h.state, now)}
	}
	return h.no, resp, nil
}

// holder is the application that a secret belongs to, with its token.
type holder struct {
	no int64
	keptToken
	text string
}

func (h *holder) size() int {
	if h == nil {
		return -1
	}
	return 8 + callerSize + len(h.text)
}

// bySecret returns the application of a secret and the token last issued to it; nil if there is none.
func (s *Service) bySecret(tx *store.Tx, req gettokenRequest) (*holder, error) {
	return store.RecallTable(tx, "app", "secret of "+req.CorpID+" "+req.Secret, (*holder).size, func() (*holder, error) {
		h := &holder{}
		find := func(corpID string) (bool, error) {
			return tx.Get(`SELECT no, version, token_round, token_issued_at, token_life FROM app WHERE corpid = ? AND secret_mac = ?`,
				[]any{corpID, s.secretMAC(req.Secret)}, &h.no, &h.version, &h.round, &h.issued, &h.own)
		}
		found, err := find(req.CorpID)
		if err == nil && !found && s.deps.OwnCorp != nil {
			var own string
			if own, err = s.deps.OwnCorp(tx, req.CorpID); err == nil && own != "" {
				found, err = find(own)
			}
			if err == nil && found {
				found, err = s.knows(tx, h, own, req.CorpID)
			}
		}
		if err != nil || !found {
			return nil, err
		}
		if h.issued > 0 {
			h.text = s.text(h.no, h.round, h.issued)
		}
		h.caller, err = s.caller(tx, h.no, h.version)
		return h, err
	})
}

// knows reports whether the application's provider knows the corp by the id that was
// sent; another provider's id is nobody's here.
func (s *Service) knows(tx *store.Tx, h *holder, own, shown string) (bool, error) {
	by, err := s.caller(tx, h.no, h.version)
	if err != nil || by.IDs == nil {
		return false, err
	}
	ids, err := by.IDs.Own(tx, own, access.CorpID, []string{shown})
	return ids[shown] == own, err
}

// whyNot says what is wrong with a corpid and a secret that fit no application.
func (s *Service) whyNot(tx *store.Tx, req gettokenRequest) error {
	n, err := tx.Count(`SELECT count(*) FROM corp WHERE corpid = ?`, req.CorpID)
	if err == nil && n == 0 && s.deps.OwnCorp != nil {
		var own string
		if own, err = s.deps.OwnCorp(tx, req.CorpID); own != "" {
			n = 1
		}
	}
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrCorpInvalid
	}
	if n, err = tx.Count(`SELECT count(*) FROM app WHERE secret_mac = ?`, s.secretMAC(req.Secret)); err != nil {
		return err
	}
	if n > 0 {
		return ErrSecretOther
	}
	if len(req.Secret) != 43 {
		return ErrCredential.With("corpsecret has %d characters, 43 expected", len(req.Secret))
	}
	return ErrCredential
}
