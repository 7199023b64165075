package callbackcrypto

import (
	"crypto/sha1"
	"crypto/subtle"
	"encoding/hex"
	"slices"
	"strings"
)

// Sign returns the signature of an encrypted text (doc 90968): 40 lowercase hex
// digits, the SHA-1 of token, timestamp, nonce and encrypted put in the order
// of their bytes, as strings, never as numbers.
func (c *Crypt) Sign(timestamp, nonce, encrypted string) string {
	parts := []string{c.token, timestamp, nonce, encrypted}
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

// Verify returns nil when signature is the one of timestamp, nonce and encrypted
// under the token, and ErrSignature otherwise. It takes the same time wherever
// the two signatures differ.
func (c *Crypt) Verify(signature, timestamp, nonce, encrypted string) error {
	if signature == "" {
		return ErrSignature.with("msg_signature is missing")
	}
	want := c.Sign(timestamp, nonce, encrypted)
	if subtle.ConstantTimeCompare([]byte(signature), []byte(want)) == 1 {
		return nil
	}
	if strings.Contains(encrypted, " ") {
		return ErrSignature.with(`the encrypted text holds a space: a "+" was sent without being percent-encoded`)
	}
	return ErrSignature.with("msg_signature does not belong to this token, timestamp, nonce and text")
}
