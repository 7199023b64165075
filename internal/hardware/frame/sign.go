package frame

import (
	"crypto/sha1"
	"encoding/hex"
	"slices"
	"strings"
)

// Sign is how a device proves that it has a secret: the sum of the values in the order of their bytes (doc
// 91370). Every use adds a word of its own.
func Sign(values ...string) string {
	values = slices.Sorted(slices.Values(values))
	sum := sha1.Sum([]byte(strings.Join(values, "")))
	return hex.EncodeToString(sum[:])
}
