package login_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"qiwei/qiweitest"
)

// authenticator is a passkey in software: one key pair that signs, with flags that say what it has checked.
type authenticator struct {
	t       *testing.T
	key     *ecdsa.PrivateKey
	id      []byte
	handle  []byte
	counter uint32
	rpID    string
	origin  string
	flags   byte
}

const (
	userPresent, userVerified, attested = 1, 4, 64
)

func newAuthenticator(t *testing.T, origin string) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	rand.Read(id)
	return &authenticator{t: t, key: key, id: id, rpID: "localhost", origin: origin, flags: userPresent | userVerified}
}

var b64 = base64.RawURLEncoding

func (a *authenticator) clientData(kind, challenge string) []byte {
	data, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.origin, "crossOrigin": false})
	if err != nil {
		a.t.Fatal(err)
	}
	return data
}

func (a *authenticator) data(flags byte) []byte {
	rp := sha256.Sum256([]byte(a.rpID))
	out := append(rp[:], flags)
	return binary.BigEndian.AppendUint32(out, a.counter)
}

// create answers navigator.credentials.create.
func (a *authenticator) create(options map[string]any) map[string]any {
	a.t.Helper()
	user := options["user"].(map[string]any)
	var err error
	if a.handle, err = b64.DecodeString(user["id"].(string)); err != nil {
		a.t.Fatal(err)
	}
	pub, err := a.key.PublicKey.Bytes()
	if err != nil {
		a.t.Fatal(err)
	}
	cose, err := cbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: pub[1:33], -3: pub[33:65]})
	if err != nil {
		a.t.Fatal(err)
	}
	data := a.data(a.flags | attested)
	data = append(data, make([]byte, 16)...) // no model
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.id)))
	data = append(append(data, a.id...), cose...)
	object, err := cbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	if err != nil {
		a.t.Fatal(err)
	}
	return a.credential(map[string]any{
		"clientDataJSON":    b64.EncodeToString(a.clientData("webauthn.create", options["challenge"].(string))),
		"attestationObject": b64.EncodeToString(object), "transports": []string{"internal"},
	})
}

// get answers navigator.credentials.get.
func (a *authenticator) get(options map[string]any) map[string]any {
	a.t.Helper()
	a.counter++
	client := a.clientData("webauthn.get", options["challenge"].(string))
	data, hash := a.data(a.flags), sha256.Sum256(client)
	signed := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, a.key, signed[:])
	if err != nil {
		a.t.Fatal(err)
	}
	return a.credential(map[string]any{
		"clientDataJSON": b64.EncodeToString(client), "authenticatorData": b64.EncodeToString(data),
		"signature": b64.EncodeToString(sig), "userHandle": b64.EncodeToString(a.handle),
	})
}

func (a *authenticator) credential(response map[string]any) map[string]any {
	return map[string]any{
		"id": b64.EncodeToString(a.id), "rawId": b64.EncodeToString(a.id), "type": "public-key",
		"clientExtensionResults": map[string]any{}, "response": response,
	}
}

var (
	ceremonyShape = regexp.MustCompile(`data-begin="([^"]*)" data-finish="([^"]*)"`)
	hiddenField   = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
)

// ceremony does what the pages' script does, with an authenticator. change may alter what is sent at the end.
func ceremony(b *qiweitest.Browser, page qiweitest.Page, a *authenticator, create bool, change func(map[string]any)) (status int, got map[string]any) {
	b.T.Helper()
	m := ceremonyShape.FindStringSubmatch(page.Body)
	if m == nil {
		b.T.Fatalf("no passkeys on the page: %s", page.Text())
	}
	fields := map[string]any{"name": "工作电脑", "userid": ""}
	for _, h := range hiddenField.FindAllStringSubmatch(page.Body, -1) {
		fields[html.UnescapeString(h[1])] = html.UnescapeString(h[2])
	}
	status, begun := b.PostJSON(html.UnescapeString(m[1]), fields)
	if status != 200 {
		return status, begun
	}
	options := begun["publicKey"].(map[string]any)
	answer := a.get
	if create {
		answer = a.create
	}
	send := answer(options)
	send["session"], send["name"], send["form"] = begun["session"], fields["name"], fields
	if change != nil {
		change(send)
	}
	return b.PostJSON(html.UnescapeString(m[2]), send)
}

// onLocalhost gives the server a name: passkeys need one.
func onLocalhost(w *qiweitest.World) string {
	base := strings.Replace(w.URL, "127.0.0.1", "localhost", 1)
	w.Server.SetBaseURL(base)
	w.URL = base
	return base
}

func TestPasskeys(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		origin := onLocalhost(w)
		setPassword(t, w, "zhangsan", secret)
		b := w.Browser()
		signIn(b, w.CorpID, "zhangsan", secret)
		key := newAuthenticator(t, origin)
		for name, spoil := range map[string]func(*authenticator){
			"on another site":            func(a *authenticator) { a.origin = "https://evil.example" },
			"for another server":         func(a *authenticator) { a.rpID = "evil.example" },
			"without knowing its holder": func(a *authenticator) { a.flags = userPresent },
		} {
			bad := newAuthenticator(t, origin)
			spoil(bad)
			if status, got := ceremony(b, b.Get("/account/passkeys"), bad, true, nil); status != 400 || got["error"] == nil {
				t.Errorf("added %s: %d %v", name, status, got)
			}
		}
		if status, got := ceremony(b, b.Get("/account/passkeys"), key, true, nil); status != 200 || got["next"] != "/account/?done=added" {
			t.Fatalf("add: %d %v", status, got)
		}
		if status, _ := ceremony(b, b.Get("/account/passkeys"), key, true, nil); status != 400 {
			t.Errorf("the same one again: %d", status)
		}
		if page := b.Get("/account/passkeys"); !strings.Contains(page.Text(), "工作电脑") || !strings.Contains(page.Text(), "尚未使用") {
			t.Errorf("the list: %s", page.Text())
		}

		signInPage := "/account/sign-in?corp=" + w.CorpID + "&next=%2Faccount%2Fpasskeys"
		c := w.Browser()
		var replay map[string]any
		if status, got := ceremony(c, c.Get(signInPage), key, false, func(m map[string]any) { replay = m }); status != 200 || got["next"] != "/account/passkeys" {
			t.Fatalf("sign in: %d %v", status, got)
		}
		if page := c.Get("/account/passkeys"); !strings.Contains(page.Text(), "张三") || strings.Contains(page.Text(), "尚未使用") {
			t.Errorf("signed in: %s", page.Text())
		}
		if status, got := c.PostJSON("/account/passkey-sign-in/finish", replay); status != 400 {
			t.Errorf("the same answer again: %d %v", status, got)
		}
		if status, got := w.Browser().PostJSON("/account/passkey-sign-in/finish", replay); status != 400 {
			t.Errorf("the same answer from another browser: %d %v", status, got)
		}
		for _, tt := range []struct {
			name   string
			spoil  func(*authenticator)
			change func(map[string]any)
		}{
			{"on another site", func(a *authenticator) { a.origin = "https://evil.example" }, nil},
			{"for another server", func(a *authenticator) { a.rpID = "evil.example" }, nil},
			{"without knowing its holder", func(a *authenticator) { a.flags = userPresent }, nil},
			{"with another key", func(a *authenticator) { a.key = newAuthenticator(t, origin).key }, nil},
			{"that is not registered", func(a *authenticator) { a.id = []byte("0123456789abcdef") }, nil},
			{"with a counter that went back", func(a *authenticator) { a.counter = 0 }, nil},
			{"for another member", func(a *authenticator) { a.handle = []byte("0123456789abcdef") }, nil},
			{"with a spoilt session", nil, func(m map[string]any) { m["session"] = "x" }},
			{"that took too long", nil, func(m map[string]any) { w.Advance(5 * time.Minute) }},
			{"in the other corp", nil, func(m map[string]any) {
				form := map[string]any{}
				for k, v := range m["form"].(map[string]any) {
					form[k] = v
				}
				form["corp"] = w.Second.CorpID
				m["form"] = form
			}},
		} {
			copied := *key
			if tt.spoil != nil {
				tt.spoil(&copied)
			}
			d := w.Browser()
			if status, got := ceremony(d, d.Get(signInPage), &copied, false, tt.change); status != 400 || got["error"] == nil {
				t.Errorf("a passkey %s: %d %v", tt.name, status, got)
			}
			if page := d.Get("/account/?corp=" + w.CorpID); strings.Contains(page.Text(), "已登录") {
				t.Errorf("a passkey %s signs in", tt.name)
			}
		}
		key.counter += 5
		if status, _ := ceremony(c, c.Get(signInPage), key, false, nil); status != 200 {
			t.Errorf("after all that: %d", status)
		}
		member(t, w, w.Corp, `{"userid":"zhangsan","enable":0}`)
		if status, got := newBrowserAt(t, w, signInPage, key); status != 400 {
			t.Errorf("a disabled member: %d %v", status, got)
		}
		member(t, w, w.Corp, `{"userid":"zhangsan","enable":1}`)
		ceremony(c, c.Get(signInPage), key, false, nil)
		id := regexp.MustCompile(`name="id" value="(\d+)"`).FindStringSubmatch(c.Get("/account/passkeys").Body)
		if id == nil {
			t.Fatal("no passkey to remove")
		}
		if got := c.Press(c.Get("/account/passkeys"), "id", id[1]); got.Location != "/account/passkeys?done=removed" {
			t.Errorf("remove: %d %s", got.Status, got.Location)
		}
		if status, got := newBrowserAt(t, w, signInPage, key); status != 400 {
			t.Errorf("a removed passkey: %d %v", status, got)
		}
	}, qiweitest.WithServe())
}

func newBrowserAt(t *testing.T, w *qiweitest.World, path string, key *authenticator) (int, map[string]any) {
	t.Helper()
	b := w.Browser()
	return ceremony(b, b.Get(path), key, false, nil)
}

// TestPasskeysNeedAName: at an address passkeys are not offered and do not work.
func TestPasskeysNeedAName(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b := w.Browser()
		if page := b.Get("/account/sign-in?corp=" + w.CorpID); strings.Contains(page.Body, "data-passkey") {
			t.Error("offered at an address")
		}
		if status, got := b.PostJSON("/account/passkey-sign-in/begin", map[string]any{}); status != 400 || got["error"] == nil {
			t.Errorf("%d %v", status, got)
		}
	}, qiweitest.WithServe())
}
