package seal_test

import (
	"bytes"
	"errors"
	"testing"

	"qiwei/internal/seal"
)

func newBox(t testing.TB, b byte) *seal.Box {
	t.Helper()
	box, err := seal.New(bytes.Repeat([]byte{b}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func TestOpensOnlyForItsPurposePlaceAndKey(t *testing.T) {
	box := newBox(t, 1)
	sealed := box.SealText(seal.Session, "corp-a", []byte("li"))
	if got, err := box.OpenText(seal.Session, "corp-a", sealed); err != nil || string(got) != "li" {
		t.Fatalf("OpenText = %q, %v", got, err)
	}
	for name, open := range map[string]func() ([]byte, error){
		"another purpose": func() ([]byte, error) { return box.OpenText(seal.UserCode, "corp-a", sealed) },
		"another place":   func() ([]byte, error) { return box.OpenText(seal.Session, "corp-b", sealed) },
		"another key":     func() ([]byte, error) { return newBox(t, 2).OpenText(seal.Session, "corp-a", sealed) },
		"cut":             func() ([]byte, error) { return box.OpenText(seal.Session, "corp-a", sealed[:8]) },
		"not base64":      func() ([]byte, error) { return box.OpenText(seal.Session, "corp-a", "%%%") },
		"with a line":     func() ([]byte, error) { return box.OpenText(seal.Session, "corp-a", sealed[:8]+"\n"+sealed[8:]) },
		"with something":  func() ([]byte, error) { return box.OpenText(seal.Session, "corp-a", sealed+"%") },
	} {
		if got, err := open(); err == nil {
			t.Errorf("%s opened it as %q", name, got)
		}
	}
}

// The smallest that was sealed is nothing at all, and it opens. One box seals with
// the same keys each time.
func TestSealedNothing(t *testing.T) {
	box := newBox(t, 1)
	sealed := box.Seal(seal.Session, "", nil)
	if got, err := newBox(t, 1).Open(seal.Session, "", sealed); err != nil || len(got) != 0 {
		t.Errorf("%q, %v", got, err)
	}
	for n := range sealed {
		if got, err := box.Open(seal.Session, "", sealed[:n]); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("the first %d of %d bytes opened as %q, %v", n, len(sealed), got, err)
		}
	}
	for at := range sealed {
		broken := bytes.Clone(sealed)
		broken[at] ^= 1
		if got, err := box.Open(seal.Session, "", broken); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("broken at %d it opened as %q, %v", at, got, err)
		}
	}
	if !bytes.Equal(box.MAC(seal.Session, "a"), box.MAC(seal.Session, "a")) || bytes.Equal(box.MAC(seal.Session, "a"), box.MAC(seal.UserCode, "a")) {
		t.Error("a digest is that of its purpose")
	}
}

func TestSealSameRepeatsAndSealDoesNot(t *testing.T) {
	box := newBox(t, 1)
	if a, b := box.SealSame(seal.AccessToken, "", []byte("x")), box.SealSame(seal.AccessToken, "", []byte("x")); !bytes.Equal(a, b) {
		t.Error("SealSame gave two values for one input")
	}
	if a, b := box.SealSame(seal.AccessToken, "", []byte("x")), box.SealSame(seal.AccessToken, "", []byte("y")); bytes.Equal(a[:12], b[:12]) {
		t.Error("SealSame repeated a nonce for another input")
	}
	if a, b := box.Seal(seal.AppSecret, "", []byte("x")), box.Seal(seal.AppSecret, "", []byte("x")); bytes.Equal(a, b) {
		t.Error("Seal gave one value twice")
	}
}

func TestShortMasterKeyIsRefused(t *testing.T) {
	if _, err := seal.New(make([]byte, 31)); err == nil {
		t.Error("31 bytes were accepted")
	}
}

func FuzzOpen(f *testing.F) {
	box := newBox(f, 1)
	f.Add(box.SealText(seal.Cursor, "p", []byte("c")))
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if plain, err := box.OpenText(seal.Cursor, "p", text); err == nil && string(plain) != "c" {
			t.Errorf("%q opened as %q", text, plain)
		}
	})
}

func TestNumber(t *testing.T) {
	box := newBox(t, 1)
	for _, n := range []int64{0, 1, 42, 1 << 40} {
		text := box.Number(seal.MemberCard, n)
		if got, err := box.OpenNumber(seal.MemberCard, text); err != nil || got != n || len(text) != 22 {
			t.Errorf("%d became %q and then %d, %v", n, text, got, err)
		}
		if _, err := box.OpenNumber(seal.OpenID, text); err == nil {
			t.Errorf("%q opened for another purpose", text)
		}
	}
	for _, text := range []string{"", "AAAAAAAAAAAAAAAAAAAAAA", "short", "%%%%%%%%%%%%%%%%%%%%%%"} {
		if _, err := box.OpenNumber(seal.MemberCard, text); err == nil {
			t.Errorf("%q opened", text)
		}
	}
}
