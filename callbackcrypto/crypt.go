// Package callbackcrypto is the encryption of WeCom's callbacks (企业微信回调,
// doc 90968): the signature, the AES container with its receiveid, the XML and
// JSON envelopes and the verification of a callback URL. Both ends are here.
// A receiver opens pushes and seals replies, most simply through [Handler];
// a sender seals pushes and opens replies.
//
// Which receiveid goes with which callback (doc 90968):
//
//	self-built and proxy-developed apps, contact sync, product events   corpid
//	third-party app, data callback URL       corpid of the authorising corp
//	third-party app, command callback URL    suiteid
//	verification (GET) of these two URLs     the provider's own corpid
//	system events of a provider              the provider's own corpid
//	hardware                                 the provider's corpid, or model_id
//	smart robots, apps of a personal developer                          empty
package callbackcrypto

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"
)

const (
	prefixLen = 16            // random characters before the length
	headLen   = prefixLen + 4 // … and the length, before the message
)

// Crypt encrypts, decrypts and signs with one Token, EncodingAESKey and
// receiveid. It is safe for concurrent use if its entropy and time source are;
// the default ones are. It never prints its secrets.
type Crypt struct {
	token     string
	receiveID string
	accepted  []string
	iv        []byte
	block     cipher.Block
	entropy   io.Reader
	now       func() time.Time
}

// Option changes a default of New.
type Option func(*Crypt)

// WithEntropy replaces crypto/rand as the source of random prefixes and nonces.
func WithEntropy(r io.Reader) Option { return func(c *Crypt) { c.entropy = r } }

// WithTime replaces time.Now as the source of timestamps.
func WithTime(now func() time.Time) Option { return func(c *Crypt) { c.now = now } }

// WithAccepted names receiveids that may arrive besides the Crypt's own, such as
// the provider's corpid when a suite's callback URL is verified.
func WithAccepted(receiveIDs ...string) Option {
	return func(c *Crypt) { c.accepted = append(c.accepted, receiveIDs...) }
}

// New returns a Crypt. receiveID is written into what is encrypted and required of what is decrypted; an
// empty one, as robots have, accepts any receiveid. The caller then looks at the one that came, as on a data
// callback URL, where it names the corp. The error is ErrAESKey for a key that is not an EncodingAESKey. An
// empty token, with which anybody could sign, gives an error without a code.
func New(token, encodingAESKey, receiveID string, opts ...Option) (*Crypt, error) {
	if token == "" {
		return nil, errors.New("callbackcrypto: the token is empty")
	}
	key, err := ParseKey(encodingAESKey)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key.bytes[:])
	if err != nil {
		return nil, ErrAESKey.because(err)
	}
	c := &Crypt{
		token:     token,
		receiveID: receiveID,
		iv:        key.bytes[:aes.BlockSize],
		block:     block,
		entropy:   rand.Reader,
		now:       time.Now,
	}
	for _, opt := range opts {
		opt(c)
	}
	return c, nil
}

// Encrypt returns msg encrypted for the Crypt's receiveid, as base64 on one line (doc 90968). Encrypting the
// same msg twice gives different texts. The error is ErrEncrypt: the entropy ended, or msg has 4 GiB or more.
func (c *Crypt) Encrypt(msg []byte) (string, error) { return c.encrypt(msg, c.receiveID) }

func (c *Crypt) encrypt(msg []byte, receiveID string) (string, error) {
	if uint64(len(msg)) > math.MaxUint32 {
		return "", ErrEncrypt.with("a message of %d bytes is too long", len(msg))
	}
	n := headLen + len(msg) + len(receiveID)
	pad := padLen(n)
	buf := make([]byte, headLen, n+pad)
	// The prefix is text because some receivers make a string of the buffer.
	if err := fillAlnum(c.entropy, buf[:prefixLen]); err != nil {
		return "", err
	}
	binary.BigEndian.PutUint32(buf[prefixLen:], uint32(len(msg)))
	buf = append(buf, msg...)
	buf = append(buf, receiveID...)
	for range pad {
		buf = append(buf, byte(pad))
	}
	cipher.NewCBCEncrypter(c.block, c.iv).CryptBlocks(buf, buf)
	return base64.StdEncoding.EncodeToString(buf), nil
}

// Decrypt returns the message in encrypted and the receiveid beside it. Errors:
// ErrBase64Decode, ErrDecrypt (not whole AES blocks), ErrBuffer (what came out
// is no container: most often another key), ErrReceiveID. CBC does not notice
// every change on the way: Verify first, as the Open methods do.
func (c *Crypt) Decrypt(encrypted string) (msg []byte, receiveID string, err error) {
	msg, receiveID, err = c.decrypt(encrypted)
	if err == nil {
		err = c.checkReceiveID(receiveID)
	}
	if err != nil {
		return nil, "", err
	}
	return msg, receiveID, nil
}

func (c *Crypt) decrypt(encrypted string) (msg []byte, receiveID string, err error) {
	// Go's decoder skips line breaks; the platform sends none.
	if strings.ContainsAny(encrypted, "\r\n") {
		return nil, "", ErrBase64Decode.with("line break in the encrypted text")
	}
	buf, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil {
		return nil, "", ErrBase64Decode.because(err)
	}
	// Only whole AES blocks are asked for, not multiples of 32: some SDKs pad
	// their replies to 16.
	if len(buf) == 0 || len(buf)%aes.BlockSize != 0 {
		return nil, "", ErrDecrypt.with("%d bytes are not whole blocks of %d", len(buf), aes.BlockSize)
	}
	cipher.NewCBCDecrypter(c.block, c.iv).CryptBlocks(buf, buf)
	if len(buf) < headLen {
		return nil, "", ErrBuffer.with("%d bytes, want %d at least", len(buf), headLen)
	}
	n, rest := binary.BigEndian.Uint32(buf[prefixLen:]), buf[headLen:]
	if uint64(n) > uint64(len(rest)) {
		return nil, "", ErrBuffer.with("the message should have %d bytes and %d are left; is it another EncodingAESKey?", n, len(rest))
	}
	id, ok := unpad(rest[n:])
	if !ok {
		return nil, "", ErrBuffer.with("wrong padding; is it another EncodingAESKey?")
	}
	return rest[:n:n], string(id), nil
}

func (c *Crypt) checkReceiveID(got string) error {
	if c.receiveID == "" || got == c.receiveID || slices.Contains(c.accepted, got) {
		return nil
	}
	return ErrReceiveID.with("%q came, want %q", cut(got), c.receiveID)
}

// Format hides the secrets from every verb of fmt, and so from logs.
func (c Crypt) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "callbackcrypto.Crypt(receiveid %q)", c.receiveID)
}

// cut shortens what a stranger wrote, for an error message.
func cut(s string) string {
	const most = 64
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
