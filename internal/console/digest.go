package console

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// digest is a short fingerprint of something's present state. A form that was opened with another digest is
// out of date.
func digest(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
