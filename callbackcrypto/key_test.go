package callbackcrypto_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"

	"qiwei/callbackcrypto"
)

func TestParseKey(t *testing.T) {
	key, err := callbackcrypto.ParseKey(aesKey)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := hex.EncodeToString(key.Bytes()), "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"; got != want {
		t.Errorf("key %s, want %s", got, want)
	}
	key.Bytes()[0] = 9
	if key.Bytes()[0] != 0 {
		t.Error("Bytes hands out the key itself")
	}
}

func TestTheLastTwoBitsOfAKeyDoNotCount(t *testing.T) {
	want, err := callbackcrypto.ParseKey(aesKey) // ends in "8", whose last two bits are zero
	if err != nil {
		t.Fatal(err)
	}
	for _, last := range "9+/" {
		got, err := callbackcrypto.ParseKey(aesKey[:42] + string(last))
		if err != nil || got != want {
			t.Errorf("ending in %c: the same key is %t, %v", last, got == want, err)
		}
	}
	if other, err := callbackcrypto.ParseKey(aesKey[:42] + "4"); err != nil || other == want {
		t.Errorf("another last character: the same key is %t, %v", other == want, err)
	}
}

func TestKeysRefused(t *testing.T) {
	for _, tt := range []struct{ name, key, says string }{
		{"empty", "", "0 characters"},
		{"42 characters", aesKey[:42], "42 characters, want 43"},
		{"44 characters, with the closing sign", aesKey + "=", "44 characters"},
		{"a line feed from a file", aesKey + "\n", "white space around"},
		{"a line feed inside", aesKey[:20] + "\n" + aesKey[21:], "character 21 is neither"},
		{"a line feed for the last character", aesKey[:42] + "\n", "character 43 is neither"},
		{"the closing sign inside 43", aesKey[:42] + "=", "character 43 is neither"},
		{"the URL alphabet", aesKey[:5] + "-" + aesKey[6:], "character 6 is neither"},
		{"43 bytes of Chinese", strings.Repeat("密", 14) + "a", "character 1 is neither"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := callbackcrypto.New(token, tt.key, corpID)
			if !errors.Is(err, callbackcrypto.ErrAESKey) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want -40004 saying %q", err, tt.says)
			}
		})
	}
	if _, err := callbackcrypto.New("", aesKey, corpID); err == nil {
		t.Error("an empty token was taken")
	}
}

func TestGenerateKey(t *testing.T) {
	for range 500 {
		s, err := callbackcrypto.GenerateKey(rand.Reader)
		if err != nil || len(s) != 43 || strings.ContainsAny(s, "+/=") {
			t.Fatalf("%q, %v", s, err)
		}
		if _, err := callbackcrypto.ParseKey(s); err != nil {
			t.Fatal(err)
		}
	}
	var counting [32]byte
	for i := range counting {
		counting[i] = byte(i)
	}
	// The first 32 bytes would give a "+", so they are skipped.
	s, err := callbackcrypto.GenerateKey(io.MultiReader(bytes.NewReader(bytes.Repeat([]byte{0xfb}, 32)), bytes.NewReader(counting[:])))
	if err != nil || s != aesKey {
		t.Errorf("%q, %v; want %q", s, err, aesKey)
	}
}
