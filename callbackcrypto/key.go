package callbackcrypto

import (
	"encoding/base64"
	"fmt"
	"io"
	"strings"
)

// encodedKeyLen is the length of an EncodingAESKey: the base64 text of 32 bytes
// without its closing "=".
const encodedKeyLen = 43

// Key is the AES-256 key behind an EncodingAESKey. It never prints itself.
type Key struct{ bytes [32]byte }

// ParseKey decodes an EncodingAESKey (doc 90968): exactly 43 characters of
// base64. WeCom's consoles make and take only letters and digits; "+" and "/"
// are accepted because the official libraries accept them. 43 characters carry
// 258 bits and the last two are dropped whatever they are: keys typed by people,
// the official sample among them, often have them set, which a strict base64
// decoder refuses. The error is ErrAESKey and holds no part of s.
func ParseKey(s string) (Key, error) {
	if len(s) != encodedKeyLen {
		return Key{}, ErrAESKey.with("%d characters, want %d%s", len(s), encodedKeyLen, hintSpace(s))
	}
	// Each character is checked. Go's decoder would skip a line break and take "=" for the end, and either
	// makes a shorter key.
	for i := range len(s) {
		if !isAlnum(s[i]) && s[i] != '+' && s[i] != '/' {
			return Key{}, ErrAESKey.with("character %d is neither a letter nor a digit", i+1)
		}
	}
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return Key{}, ErrAESKey.because(err)
	}
	return Key{[32]byte(b)}, nil
}

// GenerateKey makes an EncodingAESKey from 32 bytes of entropy, of letters and digits only as WeCom's
// consoles do. It draws until the text has no other characters, about four times. The error is ErrEncrypt
// when the entropy ends or repeats itself.
func GenerateKey(entropy io.Reader) (string, error) {
	var b [32]byte
	for range maxDraws {
		if _, err := io.ReadFull(entropy, b[:]); err != nil {
			return "", ErrEncrypt.with("read entropy").because(err)
		}
		if s := base64.RawStdEncoding.EncodeToString(b[:]); !strings.ContainsAny(s, "+/") {
			return s, nil
		}
	}
	return "", errPoorEntropy
}

// Bytes returns a copy of the 32 bytes, for the few other things that WeCom
// encrypts with the callback key, such as a robot's media files (doc 100719).
func (k Key) Bytes() []byte { return k.bytes[:] }

// Format hides the key from every verb of fmt, and so from logs.
func (k Key) Format(f fmt.State, _ rune) { io.WriteString(f, "callbackcrypto.Key(hidden)") }

func hintSpace(s string) string {
	if strings.TrimSpace(s) != s {
		return "; there is white space around it"
	}
	return ""
}
