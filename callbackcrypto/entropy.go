package callbackcrypto

import (
	"encoding/binary"
	"io"
	"strconv"
)

// maxDraws bounds the drawing by rejection below. A sound source exceeds it with a probability under 2^-40. A
// source that repeats itself must not hang a server.
const maxDraws = 100

var errPoorEntropy = ErrEncrypt.with("the entropy source repeats itself")

// fillAlnum fills dst with letters and digits. It draws bytes and keeps those whose low seven bits are a
// letter or digit, so every character is equally likely. A source that yields letters and digits yields
// exactly these, so the published vectors can be reproduced.
func fillAlnum(entropy io.Reader, dst []byte) error {
	n := 0
	for range maxDraws {
		rest := dst[n:]
		if _, err := io.ReadFull(entropy, rest); err != nil {
			return ErrEncrypt.with("read entropy").because(err)
		}
		for _, b := range rest {
			if b &= 0x7f; isAlnum(b) {
				dst[n] = b
				n++
			}
		}
		if n == len(dst) {
			return nil
		}
	}
	return errPoorEntropy
}

// newNonce draws a nonce of nine or ten digits below 2^31, the form seen in all
// official samples, so that a receiver may keep it in a signed 32-bit integer.
func newNonce(entropy io.Reader) (string, error) {
	var b [4]byte
	for range maxDraws {
		if _, err := io.ReadFull(entropy, b[:]); err != nil {
			return "", ErrEncrypt.with("read entropy").because(err)
		}
		if v := binary.BigEndian.Uint32(b[:]) &^ (1 << 31); v >= 100_000_000 {
			return strconv.FormatUint(uint64(v), 10), nil
		}
	}
	return "", errPoorEntropy
}

func isAlnum(b byte) bool {
	return '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z'
}
