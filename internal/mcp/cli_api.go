package mcp

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strconv"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/aibot"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Endpoints returns the calls of the command-line client (WecomTeam/wecom-cli). They have no official page of their
// own; the number is that of robots' long connection, whose id and secret sign them.
func (s *Service) Endpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/aibot/cli/get_mcp_config", Doc: 101463, Open: true, Handle: wire.Direct(s.getMCPConfig)},
		{Method: "POST", Path: "/cgi-bin/aibot/cli/get_cli_config", Doc: 101463, Open: true, Handle: wire.Direct(s.getCLIConfig)},
	}
}

const (
	// signedFor is how far the time of a signature may be from the server's, and how long its nonce is remembered.
	// Unverified.
	signedFor = 10 * time.Minute
	maxNonce  = 128 // bytes
	// tokenFor is how long a token of the command-line client is good; unverified.
	tokenFor = 2 * time.Hour
	// maxMembers is how many members an enterprise may have for the command-line client.
	maxMembers = 10
)

// signedRequest is what a robot's program signs.
type signedRequest struct {
	BotID     string `json:"bot_id"`
	Time      int64  `json:"time"` // Unix seconds
	Nonce     string `json:"nonce"`
	Signature string `json:"signature"`
	Source    int64  `json:"bind_source"` // 1 by hand, 2 by a QR code, 3 from the environment
}

type (
	getMCPConfigRequest struct {
		signedRequest
		Version string `json:"cli_version"`
	}
	getMCPConfigResponse struct {
		List []configAnswer `json:"list"`
	}
	getCLIConfigRequest  struct{ signedRequest }
	getCLIConfigResponse struct {
		Token string `json:"token"`
	}
)

// signature is the lower-case hex of a digest over the secret, the id, the time and the nonce.
func (r signedRequest) signature(secret string) string {
	sum := sha256.Sum256([]byte(secret + r.BotID + strconv.FormatInt(r.Time, 10) + r.Nonce))
	return hex.EncodeToString(sum[:])
}

// signer returns the robot whose program has signed a request. A nonce is good once.
func (s *Service) signer(tx *store.Tx, r signedRequest) (aibot.Bot, error) {
	b, found, err := s.deps.Bots.BotNamed(tx, r.BotID)
	if err != nil {
		return b, err
	}
	apart := tx.Now().Sub(time.Unix(r.Time, 0)).Abs()
	switch {
	case !found:
		return b, ErrBotID.With("bot_id: there is no robot %q", r.BotID[:min(len(r.BotID), 64)])
	case r.Nonce == "" || len(r.Nonce) > maxNonce:
		return b, errParameter.With("nonce: 1 to %d bytes expected", maxNonce)
	case subtle.ConstantTimeCompare([]byte(r.signature(b.Secret)), []byte(r.Signature)) == 0:
		return b, ErrSignature.With("signature: the lower-case hex of sha256(secret + bot_id + time + nonce) expected")
	case apart > signedFor:
		return b, ErrSignature.With("time: the present Unix time in seconds expected, at most %v off", signedFor)
	case b.Disabled:
		return b, ErrSignature.With("the robot is switched off")
	}
	n, err := tx.Exec(`INSERT INTO mcp_nonce (bot, nonce, until) VALUES (?, ?, ?) ON CONFLICT (bot, nonce) DO NOTHING`, b.No, r.Nonce, tx.Now().Add(2*signedFor).UnixMilli())
	if err == nil && n == 0 {
		err = ErrSignature.With("nonce: %q was used before", r.Nonce)
	}
	if err != nil {
		return b, err
	}
	members, _, err := s.deps.Directory.Size(tx, b.CorpID)
	if err == nil && members > maxMembers {
		err = ErrTooLarge.With("the enterprise has %d members, and the command-line client is for at most %d", members, maxMembers)
	}
	return b, err
}

// getMCPConfig answers the addresses of all categories.
func (s *Service) getMCPConfig(ctx context.Context, st *store.Store, _ access.Caller, req getMCPConfigRequest) (resp getMCPConfigResponse, err error) {
	err = st.Write(ctx, func(tx *store.Tx) error {
		resp.List = nil
		b, err := s.signer(tx, req.signedRequest)
		if err != nil {
			return err
		}
		for _, category := range Categories {
			one, err := s.config(tx, b, category)
			if err != nil {
				return err
			}
			resp.List = append(resp.List, one)
		}
		return nil
	})
	return resp, err
}

// getCLIConfig answers a token, which the client sends as Authorization: Bearer to the address of a category.
func (s *Service) getCLIConfig(ctx context.Context, st *store.Store, _ access.Caller, req getCLIConfigRequest) (resp getCLIConfigResponse, err error) {
	token := id.Secret()
	err = st.Write(ctx, func(tx *store.Tx) error {
		b, err := s.signer(tx, req.signedRequest)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO mcp_token (mac, bot, until) VALUES (?, ?, ?)`, s.deps.Box.MAC(seal.CLIToken, token), b.No, tx.Now().Add(tokenFor).UnixMilli())
		return err
	})
	if err == nil {
		resp.Token = token
	}
	return resp, err
}
