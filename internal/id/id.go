// Package id makes the identifiers of the platform and knows when two of them are the same. All randomness
// that outsiders may see comes from here, that is, from the operating system.
package id

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// UserID names a member within its corp. It keeps its spelling and is compared without regard to case (doc
// 90195); see Key.
type UserID string

// Key returns the form under which two spellings of one userid are equal.
// Only ASCII letters occur in a valid userid, so lower-casing them is enough.
func (u UserID) Key() string { return strings.ToLower(string(u)) }

// Equal reports whether u and v name the same member.
func (u UserID) Equal(v UserID) bool { return u.Key() == v.Key() }

// Valid reports whether u is 1 to 64 bytes of letters, digits, `_`, `-`, `@`
// and `.`, beginning with a letter or digit (doc 90195).
func (u UserID) Valid() bool {
	if len(u) < 1 || len(u) > 64 {
		return false
	}
	for i := 0; i < len(u); i++ {
		c := u[i]
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		case i > 0 && (c == '_' || c == '-' || c == '@' || c == '.'):
		default:
			return false
		}
	}
	return true
}

// Users are userids separated by "|", as in the receivers of messages (doc 90236).
type Users string

// ExternalID names a customer within the corp that looks at them: an external_userid (doc 92114).
type ExternalID string

// Person names a member or a customer, in the fields that hold either.
type Person string

// ChatID names a group of customers within the corp that looks at it: a chat_id (doc 92122).
type ChatID string

// Recipient names a customer or a group of customers, in the fields that hold either.
type Recipient string

// CustomerTag names a tag of customers, or a group of such tags (doc 92117).
type CustomerTag string

// ServiceAccount names an account of WeChat customer service: an open_kfid (doc 94661).
type ServiceAccount string

// Texts converts ids to strings.
func Texts[T ~string](ids []T) []string {
	out := make([]string, len(ids))
	for i, v := range ids {
		out[i] = string(v)
	}
	return out
}

// From converts strings to ids.
func From[T ~string](texts []string) []T {
	out := make([]T, len(texts))
	for i, v := range texts {
		out[i] = T(v)
	}
	return out
}

// CorpID names a corp.
type CorpID string

// Corp returns a new corpid: ww and 16 hexadecimal digits.
func Corp() string { return "ww" + hex.EncodeToString(Bytes(8)) }

// Secret returns 43 URL-safe characters, the form of an application's secret. They encode 32 bytes, like an
// EncodingAESKey without trailing bits.
func Secret() string { return base64.RawURLEncoding.EncodeToString(Bytes(32)) }

// AESKey returns an EncodingAESKey: 43 letters and digits that decode, with "="
// appended, to 32 bytes (doc 90968).
func AESKey() string {
	for {
		s := base64.RawStdEncoding.EncodeToString(Bytes(32))
		if !strings.ContainsAny(s, "+/") {
			return s
		}
	}
}

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// Letters returns n random letters and digits.
func Letters(n int) string {
	out := make([]byte, 0, n)
	for len(out) < n {
		for _, b := range Bytes(n) {
			// 248 is the largest multiple of 62 in a byte: so every letter is equally likely.
			if b < 248 && len(out) < n {
				out = append(out, alphanumeric[b%62])
			}
		}
	}
	return string(out)
}

// Bytes returns n random bytes.
func Bytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails since Go 1.24
	return b
}

// Hex returns 2n random hexadecimal digits.
func Hex(n int) string { return hex.EncodeToString(Bytes(n)) }

var hintSpace = big.NewInt(1_000_000_000_000_000)

// Hint returns the 25 digits in `hint: […]` of an error message: ten of the time in seconds and fifteen
// random. It also names the request in the log.
func Hint(now time.Time) string {
	n, err := rand.Int(rand.Reader, hintSpace)
	if err != nil {
		n = big.NewInt(now.UnixNano() % 1_000_000_000_000_000)
	}
	return fmt.Sprintf("%010d%015d", now.Unix(), n.Int64())
}
