package console

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// digest is a short name for what something is now: a form that was opened with
// another one has been overtaken.
func digest(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
