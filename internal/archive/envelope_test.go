package archive

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"strings"
	"testing"
)

// open does what a client does, and the library after it.
func open(t testing.TB, key *rsa.PrivateKey, s sealed) string {
	t.Helper()
	closed, err := base64.StdEncoding.DecodeString(s.key)
	if err != nil || len(s.key) != 344 {
		t.Fatalf("encrypt_random_key has %d characters: %v", len(s.key), err)
	}
	//lint:ignore SA1019 as the platform's clients do (doc 91774)
	text, err := rsa.DecryptPKCS1v15(nil, key, closed)
	if err != nil {
		t.Fatal(err)
	}
	random, err := hex.DecodeString(string(text))
	if err != nil || len(random) != randomKeySize || string(text) != strings.ToLower(string(text)) {
		t.Fatalf("the random key is %q: %v", text, err)
	}
	raw, err := base64.StdEncoding.DecodeString(s.msg)
	if err != nil || len(raw) < 2*aes.BlockSize || len(raw)%aes.BlockSize != 0 {
		t.Fatalf("encrypt_chat_msg has %d bytes: %v", len(raw), err)
	}
	block, err := aes.NewCipher(random)
	if err != nil {
		t.Fatal(err)
	}
	out := raw[ivSize:]
	cipher.NewCBCDecrypter(block, raw[:ivSize]).CryptBlocks(out, out)
	pad := int(out[len(out)-1])
	if pad < 1 || pad > aes.BlockSize || !bytes.HasSuffix(out, bytes.Repeat([]byte{byte(pad)}, pad)) {
		t.Fatalf("padding %d", pad)
	}
	return string(out[:len(out)-pad])
}

func TestEnvelope(t *testing.T) {
	t.Parallel()
	private, err := rsa.GenerateKey(rand.Reader, publicKeyBits)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for n := range 40 {
		plain := strings.Repeat("界", n/3) + strings.Repeat("x", n%3)
		s, err := sealFor(&private.PublicKey, []byte(plain))
		if err != nil {
			t.Fatal(err)
		}
		if got := open(t, private, s); got != plain || seen[s.key] || seen[s.msg] {
			t.Errorf("%q became %q", plain, got)
		}
		seen[s.key], seen[s.msg] = true, true
	}
}

func TestPublicKey(t *testing.T) {
	t.Parallel()
	written := func(bits int, kind string) string {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	for name, tt := range map[string]struct {
		text string
		good bool
	}{
		"as openssl writes it": {written(publicKeyBits, "PUBLIC KEY"), true},
		"with more bits":       {written(3072, "PUBLIC KEY"), false},
		"PKCS#1":               {written(publicKeyBits, "RSA PUBLIC KEY"), false},
		"no key":               {"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", false},
		"nothing":              {"", false},
	} {
		if _, err := parsePublicKey(tt.text); (err == nil) != tt.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	private, err := rsa.GenerateKey(rand.Reader, publicKeyBits)
	if err != nil {
		b.Fatal(err)
	}
	plain := bytes.Repeat([]byte("x"), 400)
	for b.Loop() {
		if _, err := sealFor(&private.PublicKey, plain); err != nil {
			b.Fatal(err)
		}
	}
}

// sealFor closes an envelope that only the owner of the private key can open.
func sealFor(pub *rsa.PublicKey, plain []byte) (sealed, error) {
	key, err := newSealedKey(pub)
	if err != nil {
		return sealed{}, err
	}
	return sealWith(key, plain)
}

// No key of the stock is used twice, and none for another public key.
func TestKeysSealedAhead(t *testing.T) {
	t.Parallel()
	one, two := testKey(t), testKey(t)
	var s stock
	s.fill("one", &one.PublicKey)
	s.wait()
	seen := map[string]bool{}
	for range sealedAtOnce + 2 {
		k, err := s.take("one", &one.PublicKey)
		if err != nil || seen[k.sealed] || seen[string(k.raw)] {
			t.Fatalf("a key twice, or %v", err)
		}
		seen[k.sealed], seen[string(k.raw)] = true, true
	}
	s.fill("one", &one.PublicKey)
	s.wait()
	k, err := s.take("two", &two.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	closed, err := base64.StdEncoding.DecodeString(k.sealed)
	if err != nil {
		t.Fatal(err)
	}
	//lint:ignore SA1019 as the platform's clients do (doc 91774)
	if text, err := rsa.DecryptPKCS1v15(nil, two, closed); err != nil || string(text) != hex.EncodeToString(k.raw) {
		t.Errorf("%q %v", text, err)
	}
}

func testKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
