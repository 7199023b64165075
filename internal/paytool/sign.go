package paytool

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

const (
	// maxClockOff is how far the clocks of both sides may differ, and within which a
	// nonce is used once (doc 98045).
	maxClockOff = 15 * time.Minute
	maxNonce    = 32
)

// Secret is the payment key of a provider (收银台API调用密钥), by which its calls are signed.
// It is made, not kept.
func (s *Service) Secret(p suite.Provider) string {
	return base64.RawURLEncoding.EncodeToString(append(s.deps.Box.MAC(seal.PaymentKey, p.CorpID), s.deps.Box.MAC(seal.PaymentKey, p.CorpID+" ")[:16]...))
}

// Sign signs what SignedText returns (doc 98768).
func Sign(secret, text string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// signedRequest is the part of a request that proves where it comes from.
type signedRequest struct {
	wire.Signed
	Nonce string `json:"nonce_str"`
	TS    int64  `json:"ts"` // Unix seconds
	Sig   string `json:"sig"`
}

// proven checks the signature of a request, its time, and that it is no repetition. It
// answers ErrTime, ErrNonce, ErrSignature.
func (s *Service) proven(tx *store.Tx, p suite.Provider, req signedRequest) error {
	off := tx.Now().Sub(time.Unix(req.TS, 0)).Abs()
	switch {
	case req.TS == 0 || off > maxClockOff:
		return ErrTime.With("the seconds of the clock, within %v, expected", maxClockOff)
	case req.Nonce == "" || len(req.Nonce) > maxNonce:
		return ErrNonce.With("1 to %d bytes expected", maxNonce)
	case !hmac.Equal([]byte(req.Sig), []byte(Sign(s.Secret(p), req.SignedText()))):
		return ErrSignature.With("HMAC-SHA256 of the sorted parameters with the provider's payment key, in Base64, expected")
	}
	if _, err := tx.Exec(`DELETE FROM paytool_nonce WHERE provider = ? AND nonce = ? AND used_at < ?`, p.No, req.Nonce, tx.Now().Add(-maxClockOff).UnixMilli()); err != nil {
		return err
	}
	n, err := tx.Exec(`INSERT INTO paytool_nonce (provider, nonce, used_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, p.No, req.Nonce, tx.Now().UnixMilli())
	if err == nil && n == 0 {
		err = ErrNonce.With("it was used within %v", maxClockOff)
	}
	return err
}
