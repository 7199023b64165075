// Package wecom opens and seals WeCom's callbacks (doc 90968), with nothing but Go's standard library.
package wecom

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/url"
	"slices"
	"strings"
)

// Crypt has the keys of one receiver.
type Crypt struct {
	token     string
	key       []byte
	receiveID string // the corpid for an application, empty for an intelligent robot
}

// New takes what the administrator set: the Token and the EncodingAESKey of 43 characters.
func New(token, encodingAESKey, receiveID string) (*Crypt, error) {
	key, err := base64.StdEncoding.DecodeString(encodingAESKey + "=")
	if err != nil || len(key) != 32 {
		return nil, errors.New("the EncodingAESKey has 43 characters of base64")
	}
	return &Crypt{token, key, receiveID}, nil
}

func (c *Crypt) sign(timestamp, nonce, sealed string) string {
	parts := []string{c.token, timestamp, nonce, sealed}
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

// Open checks the signature in the query and returns what was sealed.
func (c *Crypt) Open(query url.Values, sealed string) ([]byte, error) {
	want := c.sign(query.Get("timestamp"), query.Get("nonce"), sealed)
	if subtle.ConstantTimeCompare([]byte(want), []byte(query.Get("msg_signature"))) != 1 {
		return nil, errors.New("the signature is wrong")
	}
	text, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(text) == 0 || len(text)%aes.BlockSize != 0 {
		return nil, errors.New("the ciphertext is damaged")
	}
	block, err := aes.NewCipher(c.key)
	if err != nil {
		return nil, err
	}
	cipher.NewCBCDecrypter(block, c.key[:aes.BlockSize]).CryptBlocks(text, text)
	// 16 random bytes, the length, the message, the receiveid, and padding to blocks of 32.
	end := len(text) - int(text[len(text)-1])
	if end < 20 || end > len(text)-1 {
		return nil, errors.New("the padding is wrong")
	}
	length := int(binary.BigEndian.Uint32(text[16:20]))
	if length > end-20 {
		return nil, errors.New("the length is wrong")
	}
	if string(text[20+length:end]) != c.receiveID {
		return nil, errors.New("it is meant for another receiver")
	}
	return text[20 : 20+length], nil
}

// Seal encrypts an answer and signs it.
func (c *Crypt) Seal(plain []byte, timestamp, nonce string) (sealed, signature string, err error) {
	text := make([]byte, 16, 64+len(plain))
	rand.Read(text)
	text = binary.BigEndian.AppendUint32(text, uint32(len(plain)))
	text = append(append(text, plain...), c.receiveID...)
	pad := 32 - len(text)%32
	text = append(text, bytes.Repeat([]byte{byte(pad)}, pad)...)
	block, err := aes.NewCipher(c.key)
	if err != nil {
		return "", "", err
	}
	cipher.NewCBCEncrypter(block, c.key[:aes.BlockSize]).CryptBlocks(text, text)
	sealed = base64.StdEncoding.EncodeToString(text)
	return sealed, c.sign(timestamp, nonce, sealed), nil
}
