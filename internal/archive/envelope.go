package archive

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"

	"qiwei/internal/wire"
)

// The envelope of a record. The platform's page fixes the first half and leaves the second to the library
// (doc 91774):
//
//	encrypt_random_key = base64( RSA PKCS#1 v1.5 ( key ) )
//	encrypt_chat_msg   = base64( iv, AES-256-CBC PKCS#7 ( plaintext ) )
//
// The key is 64 lower-case hexadecimal digits, that is 32 bytes: clients hand it on as a C string, and
// `openssl enc -K` takes it as it is. The iv is the first 16 bytes. Base64 is padded and has no line breaks.

const (
	randomKeySize = 32
	ivSize        = aes.BlockSize
)

// ErrKey is answered for a public key that records cannot be sealed for.
var ErrKey = wire.ErrParameter

// publicKeyBits is the length of a key, which clients count on: it makes 344 characters.
const publicKeyBits = 2048

// parsePublicKey reads the output of `openssl rsa -pubout`, or ErrKey.
func parsePublicKey(text string) (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "PUBLIC KEY" {
		return nil, ErrKey.With(`a public key that begins with "-----BEGIN PUBLIC KEY-----" expected, as openssl rsa -pubout writes it`)
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, ErrKey.With("the public key cannot be read: %v", err)
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok || key.N.BitLen() != publicKeyBits {
		return nil, ErrKey.With("an RSA key of %d bits expected", publicKeyBits)
	}
	return key, nil
}

// sealed is an envelope.
type sealed struct{ key, msg string }

// sealWith closes an envelope, with a key of its own, that only the owner of the private key can open.
func sealWith(key sealedKey, plain []byte) (sealed, error) {
	block, err := aes.NewCipher(key.raw)
	if err != nil {
		return sealed{}, err
	}
	iv := make([]byte, ivSize)
	rand.Read(iv) // never fails since Go 1.24
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	out := make([]byte, ivSize+len(plain)+pad)
	copy(out, iv)
	copy(out[ivSize:], plain)
	for i := ivSize + len(plain); i < len(out); i++ {
		out[i] = byte(pad)
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(out[ivSize:], out[ivSize:])
	return sealed{key.sealed, base64.StdEncoding.EncodeToString(out)}, nil
}
