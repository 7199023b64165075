package callbackcrypto_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"qiwei/callbackcrypto"
)

func newCrypt(tb testing.TB, token, key, receiveID string, opts ...callbackcrypto.Option) *callbackcrypto.Crypt {
	tb.Helper()
	c, err := callbackcrypto.New(token, key, receiveID, opts...)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// cbc runs AES-256-CBC over whole blocks without any of the package's code.
func cbc(tb testing.TB, key string, buf []byte, mode func(cipher.Block, []byte) cipher.BlockMode) []byte {
	tb.Helper()
	k, err := base64.StdEncoding.DecodeString(key + "=")
	if err != nil {
		tb.Fatal(err)
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		tb.Fatal(err)
	}
	out := make([]byte, len(buf))
	mode(block, k[:16]).CryptBlocks(out, buf)
	return out
}

// encryptBuffer encrypts a whole buffer, padding included, as it is given.
func encryptBuffer(tb testing.TB, buf []byte) string {
	return base64.StdEncoding.EncodeToString(cbc(tb, aesKey, buf, cipher.NewCBCEncrypter))
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			c := newCrypt(t, v.token, v.key, v.receiveID, callbackcrypto.WithEntropy(strings.NewReader(v.prefix)))
			encrypted, err := c.Encrypt([]byte(v.msg))
			if err != nil || encrypted != v.encrypt {
				t.Errorf("Encrypt = %s, %v\nwant %s", encrypted, err, v.encrypt)
			}
			if got := c.Sign(v.timestamp, v.nonce, v.encrypt); got != v.signature {
				t.Errorf("Sign = %s, want %s", got, v.signature)
			}
			if err := c.Verify(v.signature, v.timestamp, v.nonce, v.encrypt); err != nil {
				t.Errorf("Verify: %v", err)
			}
			msg, receiveID, err := c.Decrypt(v.encrypt)
			if err != nil || string(msg) != v.msg || receiveID != v.receiveID {
				t.Errorf("Decrypt = %q, %q, %v; want %q, %q", msg, receiveID, err, v.msg, v.receiveID)
			}
			raw, err := base64.StdEncoding.DecodeString(v.encrypt)
			if err != nil || len(raw) != v.cipher || 20+len(v.msg)+len(v.receiveID) != v.plain || v.plain+v.pad != v.cipher {
				t.Errorf("sizes: cipher %d, %v; want %d = %d + %d", len(raw), err, v.cipher, v.plain, v.pad)
			}
		})
	}
}

func TestPaddedBufferOfV6(t *testing.T) {
	const (
		plain = "303132333435363738396162636465660000001a6162636465666768696a6b6c6d6e6f707172737475767778797a" +
			"7777313233343536373839306162636465662020202020202020202020202020202020202020202020202020202020202020"
		want = "e23fc0b91c7bd64425c559736e9b0c58ef6420ccb9b0c46f22af31c7486bb7ca7e66a09b95fbf02b0f092fd7d1b6e29d" +
			"bfc1b5bd6c16c87dd247b26dec05630b4c4a0c0d76e8adb4332d1ad90cc86be4b351d6af9e93664f907ab68464fce12f"
	)
	c := newCrypt(t, token, aesKey, corpID, callbackcrypto.WithEntropy(strings.NewReader("0123456789abcdef")))
	encrypted, err := c.Encrypt([]byte("abcdefghijklmnopqrstuvwxyz"))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(raw); got != want {
		t.Errorf("cipher %s\nwant   %s", got, want)
	}
	if got := hex.EncodeToString(cbc(t, aesKey, raw, cipher.NewCBCDecrypter)); got != plain {
		t.Errorf("buffer %s\nwant   %s", got, plain)
	}
}

func TestSignatureSortsByBytes(t *testing.T) {
	c := newCrypt(t, "Abc", aesKey, "")
	if got, want := c.Sign("1700000009", "abc", "Zm9v"), "9c59522de10be520b279b8923fa7b93adcce708a"; got != want {
		t.Errorf("Sign = %s, want %s", got, want)
	}
}

// Buffers that only another program, or an attacker who holds the key, would make.
func TestBuffers(t *testing.T) {
	const head = "0123456789abcdef\x00\x00\x00"
	for _, tt := range []struct {
		name, buf string
		msg, id   string
		want      error
	}{
		{"padded to 16 only", head + "\x02hi" + corpID + strings.Repeat("\x08", 8), "hi", corpID, nil},
		{"padded to 16, nothing to add", head + "\x0aabcdefghij" + corpID, "abcdefghij", corpID, nil},
		{"the same without receiveid, ending in a line feed", head + "\x0cabcdefghijk\n", "abcdefghijk\n", "", nil},
		{"no message, no receiveid", head + "\x00" + strings.Repeat("\x0c", 12), "", "", nil},
		{"one block", "0123456789abcdef", "", "", callbackcrypto.ErrBuffer},
		{"padding longer than what follows", head + "\x09abcdefghi\x04\x04\x04", "", "", callbackcrypto.ErrBuffer},
		{"padding of unequal bytes", head + "\x02hi" + corpID + "\x01\x08\x08\x08\x08\x08\x08\x08", "", "", callbackcrypto.ErrBuffer},
		{"padding of zero", head + "\x02hi" + corpID + strings.Repeat("\x00", 8), "", "", callbackcrypto.ErrBuffer},
		{"a length of 4 GiB", "0123456789abcdef\xff\xff\xff\xffabcdefghijkl", "", "", callbackcrypto.ErrBuffer},
		{"empty", "", "", "", callbackcrypto.ErrDecrypt},
	} {
		t.Run(tt.name, func(t *testing.T) {
			msg, id, err := newCrypt(t, token, aesKey, "").Decrypt(encryptBuffer(t, []byte(tt.buf)))
			if !errors.Is(err, tt.want) || string(msg) != tt.msg || id != tt.id {
				t.Errorf("Decrypt = %q, %q, %v; want %q, %q, %v", msg, id, err, tt.msg, tt.id, tt.want)
			}
		})
	}
}

// Every length around two blocks of padding, for receiveids of every kind.
func TestWhatIsEncryptedDecrypts(t *testing.T) {
	for _, receiveID := range []string{"", corpID, "wpAbCdEf0123456789-_ghijklmnopqr", "x"} {
		c := newCrypt(t, token, aesKey, receiveID)
		for n := range 3*32 + 1 {
			for _, msg := range [][]byte{bytes.Repeat([]byte("a"), n), bytes.Repeat([]byte{1}, n), bytes.Repeat([]byte{32}, n), make([]byte, n)} {
				encrypted, err := c.Encrypt(msg)
				if err != nil {
					t.Fatal(err)
				}
				got, id, err := c.Decrypt(encrypted)
				if err != nil || !bytes.Equal(got, msg) || id != receiveID {
					t.Fatalf("%d bytes of %q for %q: %q, %q, %v", n, msg, receiveID, got, id, err)
				}
				raw, err := base64.StdEncoding.DecodeString(encrypted)
				if err != nil || len(raw)%32 != 0 {
					t.Fatalf("%d bytes for %q: a cipher of %d bytes, %v", n, receiveID, len(raw), err)
				}
			}
		}
	}
}

func TestALineBreakIsNoBase64(t *testing.T) {
	c := newCrypt(t, token, aesKey, corpID)
	for _, br := range []string{"\n", "\r", "\r\n", " "} {
		if _, _, err := c.Decrypt(vectors[0].encrypt[:40] + br + vectors[0].encrypt[40:]); !errors.Is(err, callbackcrypto.ErrBase64Decode) {
			t.Errorf("%q inside: %v, want %v", br, err, callbackcrypto.ErrBase64Decode)
		}
	}
}

func TestReceiveID(t *testing.T) {
	v1, v4, v11 := vectors[0], vectors[3], vectors[10]
	accepting := callbackcrypto.WithAccepted(provider)
	for _, tt := range []struct {
		name      string
		receiveID string
		opts      []callbackcrypto.Option
		encrypt   string
		id        string
		want      error
	}{
		{"an app's corpid", corpID, nil, v1.encrypt, corpID, nil},
		{"a suite's id", suiteID, nil, v4.encrypt, suiteID, nil},
		{"a corp's event at a suite", suiteID, nil, v1.encrypt, "", callbackcrypto.ErrReceiveID},
		{"a provider verifies a suite's URL", suiteID, []callbackcrypto.Option{accepting}, v11.encrypt, provider, nil},
		{"not accepted", suiteID, nil, v11.encrypt, "", callbackcrypto.ErrReceiveID},
		{"accepting one is not accepting all", suiteID, []callbackcrypto.Option{accepting}, v1.encrypt, "", callbackcrypto.ErrReceiveID},
		{"none given, any accepted and told", "", nil, v1.encrypt, corpID, nil},
		{"a robot's, empty", "", nil, vectors[4].encrypt, "", nil},
		{"empty where a corpid is due", corpID, nil, vectors[4].encrypt, "", callbackcrypto.ErrReceiveID},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, id, err := newCrypt(t, token, aesKey, tt.receiveID, tt.opts...).Decrypt(tt.encrypt)
			if !errors.Is(err, tt.want) || id != tt.id {
				t.Errorf("receiveid %q, %v; want %q, %v", id, err, tt.id, tt.want)
			}
		})
	}
}

func TestPrefixIsText(t *testing.T) {
	c := newCrypt(t, token, aesKey, corpID)
	seen := map[string]bool{}
	for range 200 {
		encrypted, err := c.Encrypt(nil)
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := base64.StdEncoding.DecodeString(encrypted)
		prefix := string(cbc(t, aesKey, raw, cipher.NewCBCDecrypter)[:16])
		if seen[prefix] || strings.ContainsFunc(prefix, func(r rune) bool { return r < '0' || r > 'z' }) {
			t.Fatalf("prefix %q", prefix)
		}
		seen[prefix] = true
	}
}

// repeating is an entropy source that is stuck.
type repeating byte

func (r repeating) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r)
	}
	return len(p), nil
}

func TestPoorEntropyFailsInsteadOfHanging(t *testing.T) {
	for _, r := range []io.Reader{repeating(0), strings.NewReader("short")} {
		c := newCrypt(t, token, aesKey, corpID, callbackcrypto.WithEntropy(r))
		if _, err := c.Encrypt(nil); !errors.Is(err, callbackcrypto.ErrEncrypt) {
			t.Errorf("Encrypt: %v, want %v", err, callbackcrypto.ErrEncrypt)
		}
	}
	for _, r := range []io.Reader{repeating(0xff), strings.NewReader("short")} {
		if _, err := callbackcrypto.GenerateKey(r); !errors.Is(err, callbackcrypto.ErrEncrypt) {
			t.Errorf("GenerateKey: %v, want %v", err, callbackcrypto.ErrEncrypt)
		}
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	c := newCrypt(t, token, aesKey, corpID)
	key, err := callbackcrypto.ParseKey(aesKey)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, v := range []any{c, *c, key, &key} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
			fmt.Fprintf(&b, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&b, nil)).Info("", "v", v)
		slog.New(slog.NewJSONHandler(&b, nil)).Info("", "v", v)
	}
	_, err = callbackcrypto.New(token, aesKey[:42], corpID)
	fmt.Fprintln(&b, err)
	fmt.Fprintln(&b, c.Verify("x", "1", "2", "3"))
	for _, secret := range []string{token, aesKey[:8], "0001020304", "[0 1 2 3", "0 1 2 3", "0x0, 0x1", c.Sign("1", "2", "3")} {
		if strings.Contains(b.String(), secret) {
			t.Errorf("%q was printed:\n%s", secret, b.String())
		}
	}
}

func TestErrors(t *testing.T) {
	all := []*callbackcrypto.Error{
		callbackcrypto.ErrSignature, callbackcrypto.ErrParse, callbackcrypto.ErrSHA1, callbackcrypto.ErrAESKey,
		callbackcrypto.ErrReceiveID, callbackcrypto.ErrEncrypt, callbackcrypto.ErrDecrypt, callbackcrypto.ErrBuffer,
		callbackcrypto.ErrBase64Encode, callbackcrypto.ErrBase64Decode, callbackcrypto.ErrBuild,
	}
	for i, e := range all {
		if want := -40001 - i; e.Code != want || !errors.Is(e, &callbackcrypto.Error{Code: want}) {
			t.Errorf("%v has code %d, want %d", e, e.Code, want)
		}
		if errors.Is(e, all[(i+1)%len(all)]) {
			t.Errorf("%v is %v", e, all[(i+1)%len(all)])
		}
	}
	_, err := callbackcrypto.New(token, "short", corpID)
	if e := (*callbackcrypto.Error)(nil); !errors.As(err, &e) || e.Code != -40004 {
		t.Errorf("%v, want an *Error of -40004", err)
	}
	if got, want := fmt.Sprint(err), "callbackcrypto: illegal EncodingAESKey (-40004): 5 characters, want 43"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if callbackcrypto.ErrAESKey.Error() != "callbackcrypto: illegal EncodingAESKey (-40004)" {
		t.Errorf("a shared error was written to: %v", callbackcrypto.ErrAESKey)
	}
	source := errors.New("no entropy today")
	failing := callbackcrypto.WithEntropy(readerFunc(func([]byte) (int, error) { return 0, source }))
	if _, err := newCrypt(t, token, aesKey, corpID, failing).Encrypt(nil); !errors.Is(err, source) {
		t.Errorf("%v, want its cause in it", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func BenchmarkEncrypt(b *testing.B) {
	c, msg := newCrypt(b, token, aesKey, corpID), []byte(vectors[1].msg)
	for b.Loop() {
		if _, err := c.Encrypt(msg); err != nil {
			b.Fatal(err)
		}
	}
}
