// Package seal keeps secrets at rest and makes values that nobody else can forge. Every key is derived from
// one master key and a purpose, so that a value sealed as a session opens as nothing else, whatever its
// bytes.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// Purpose says what a sealed value is for. Each has its own key.
type Purpose string

// The purposes in use. A new kind of value gets a new one.
const (
	AppSecret   Purpose = "app secret"
	AccessToken Purpose = "access token"
	Ticket      Purpose = "jsapi ticket"
	Session     Purpose = "session"
	UserCode    Purpose = "user code"
	UserTicket  Purpose = "user ticket"
	Cursor      Purpose = "cursor"
	Callback    Purpose = "callback key"
	OpenID      Purpose = "openid"
	Join        Purpose = "join"
	Form        Purpose = "form"
	MemberCard  Purpose = "member card"
	Job         Purpose = "job"
	Export      Purpose = "export"
	Translation Purpose = "translation"
	Password    Purpose = "password"
	Invitation  Purpose = "invitation"
	Passkey     Purpose = "passkey"
	Message     Purpose = "message"
	CardCode    Purpose = "card code"
	RobotKey    Purpose = "robot key"
	SheetKey    Purpose = "sheet key"
	BotKeys     Purpose = "bot keys"
	BotCode     Purpose = "bot response code"
	BotFile     Purpose = "bot file"
	MCPKey      Purpose = "mcp key"
	CLIToken    Purpose = "robot cli token"
	MCPCursor   Purpose = "mcp cursor"
	Gate        Purpose = "gate"
	LDAPSecret  Purpose = "ldap secret"
	LDAPEntry   Purpose = "ldap entry"
	SCIMUser    Purpose = "scim user"
	SCIMToken   Purpose = "scim token"
	CalDAVKey   Purpose = "caldav key"
	SCIMTarget  Purpose = "scim target"

	OIDCKey     Purpose = "oidc signing key"
	OIDCClient  Purpose = "oidc client secret"
	OIDCSubject Purpose = "oidc subject"
	OIDCCode    Purpose = "oidc code"
	OIDCAccess  Purpose = "oidc access token"
	OIDCRefresh Purpose = "oidc refresh token"
	OIDCPrompt  Purpose = "oidc prompt"
	Console     Purpose = "console session"

	SuiteSecret   Purpose = "suite secret"
	PaymentKey    Purpose = "payment key"
	RegisterCode  Purpose = "register code"
	Migration     Purpose = "contact migration"
	SuiteTicket   Purpose = "suite ticket"
	SuiteToken    Purpose = "suite token"
	SuiteCode     Purpose = "suite code"
	ProviderToken Purpose = "provider token"
	InstallOrder  Purpose = "install order"
	InstallLink   Purpose = "install link"
	// OpenUserID and OpenCorpID are of one provider: its number follows.
	OpenUserID Purpose = "open userid "
	OpenCorpID Purpose = "open corpid "

	HardwareSecret Purpose = "hardware secret"
	HardwareTicket Purpose = "hardware ticket"
	ModelToken     Purpose = "hardware model token"
	DeviceToken    Purpose = "hardware device token"
	DeviceSecret   Purpose = "hardware device secret"
	DeviceCode     Purpose = "hardware auth code"
	DeviceLink     Purpose = "hardware link"
	DeviceActive   Purpose = "hardware active code"
	DeviceFeature  Purpose = "hardware feature"
	DeviceFile     Purpose = "hardware file"
	JournalFile    Purpose = "journal file"
	DeviceRule     Purpose = "hardware rule"

	// ExternalUserID, CustomerTag and CustomerChat are the corp's own; for a provider's the number of the
	// provider follows.
	ExternalUserID Purpose = "external userid "
	CustomerChat   Purpose = "customer chat "
	CustomerTag    Purpose = "customer tag "
	WelcomeCode    Purpose = "welcome code"
	MassCall       Purpose = "mass call ticket"
	Moment         Purpose = "moment"
	ServedList     Purpose = "served contacts"
	CustomerOpenID Purpose = "customer openid"
	ProductAlbum   Purpose = "product album"
	ChatKey        Purpose = "acquisition chat key"
	OnceKey        Purpose = "acquisition once key"
	CompScene      Purpose = "acquisition scene"
	OpenGID        Purpose = "opengid"
	GroupWelcome   Purpose = "group welcome template"
	MassMessage    Purpose = "mass message"
	SensitiveRule  Purpose = "sensitive rule"

	// ServiceAccount is the corp's own; for a provider's the number of the provider follows.
	ServiceAccount Purpose = "customer service account "
	ServiceLink    Purpose = "customer service link"
	ServiceCode    Purpose = "customer service code"
	ServiceToken   Purpose = "customer service token"
	ServiceCursor  Purpose = "customer service cursor"
	Knowledge      Purpose = "customer service knowledge"

	SelectedTicket Purpose = "selected ticket"

	LivingCode  Purpose = "living code"
	LivingShare Purpose = "living share code"

	ArchiveFile    Purpose = "archive file"
	ArchiveReport  Purpose = "archive report"
	ArchiveHook    Purpose = "archive hook"
	ArchiveMessage Purpose = "archive message"

	// Installation proves that two servers have the same master key.
	Installation Purpose = "installation"
	FoundingLink Purpose = "founding link"
)

// ErrOpen is returned for everything that cannot be opened: damaged, sealed for
// another purpose or place, or with another master key.
var ErrOpen = errors.New("sealed value does not open")

// Box seals and opens with one master key. It is safe for concurrent use.
type Box struct {
	master []byte
	keys   sync.Map // Purpose -> *keys
}

type keys struct {
	aead  cipher.AEAD
	block cipher.Block
	mac   []byte
}

// New returns a Box for a master key of at least 32 bytes.
func New(master []byte) (*Box, error) {
	if len(master) < 32 {
		return nil, fmt.Errorf("master key has %d bytes, at least 32 expected", len(master))
	}
	return &Box{master: append([]byte(nil), master...)}, nil
}

func (b *Box) keysFor(p Purpose) *keys {
	if k, ok := b.keys.Load(p); ok {
		return k.(*keys)
	}
	enc := must(hkdf.Key(sha256.New, b.master, nil, "qiwei seal "+string(p), 32))
	mac := must(hkdf.Key(sha256.New, b.master, nil, "qiwei mac "+string(p), 32))
	one := must(hkdf.Key(sha256.New, b.master, nil, "qiwei number "+string(p), 32))
	k := &keys{aead: must(cipher.NewGCM(must(aes.NewCipher(enc)))), block: must(aes.NewCipher(one)), mac: mac}
	actual, _ := b.keys.LoadOrStore(p, k)
	return actual.(*keys)
}

// must unwraps constructors that fail only for key sizes which are constant here.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Seal encrypts plain for the purpose; place is bound to it and must be the same
// when it is opened (a corpid, an endpoint, a column).
func (b *Box) Seal(p Purpose, place string, plain []byte) []byte {
	k := b.keysFor(p)
	nonce := make([]byte, k.aead.NonceSize(), k.aead.NonceSize()+len(plain)+k.aead.Overhead())
	rand.Read(nonce)
	return k.aead.Seal(nonce, nonce, plain, []byte(place))
}

// SealSame encrypts like Seal, but the same input always gives the same value, as a token needs that is
// requested twice. The nonce is a MAC of the input, so it repeats only if the whole value does.
func (b *Box) SealSame(p Purpose, place string, plain []byte) []byte {
	k := b.keysFor(p)
	n := k.aead.NonceSize()
	h := hmac.New(sha256.New, k.mac)
	h.Write([]byte(place))
	h.Write([]byte{0})
	h.Write(plain)
	nonce := append(make([]byte, 0, n+len(plain)+k.aead.Overhead()), h.Sum(nil)[:n]...)
	return k.aead.Seal(nonce, nonce, plain, []byte(place))
}

// Open returns what was sealed for the purpose and place, or ErrOpen.
func (b *Box) Open(p Purpose, place string, sealed []byte) ([]byte, error) {
	k := b.keysFor(p)
	n := k.aead.NonceSize()
	if len(sealed) < n {
		return nil, ErrOpen
	}
	plain, err := k.aead.Open(nil, sealed[:n], sealed[n:], []byte(place))
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// SealText and OpenText are Seal and Open in unpadded URL-safe base64.
func (b *Box) SealText(p Purpose, place string, plain []byte) string {
	return base64.RawURLEncoding.EncodeToString(b.Seal(p, place, plain))
}

// OpenText opens what SealText, or SealSame in base64, made. Only that one text opens: whoever notes which were used
// can go by the text.
func (b *Box) OpenText(p Purpose, place, text string) ([]byte, error) {
	raw, err := decode(text)
	if err != nil {
		return nil, err
	}
	return b.Open(p, place, raw)
}

// decode reads base64, of which line breaks are no part, though the decoder passes over them.
func decode(text string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return nil, ErrOpen
	}
	return raw, nil
}

// MAC returns a keyed digest under which a secret can be looked up without
// being stored readable.
func (b *Box) MAC(p Purpose, value string) []byte {
	h := hmac.New(sha256.New, b.keysFor(p).mac)
	h.Write([]byte(value))
	return h.Sum(nil)
}

// Number returns 22 characters that stand for n, always the same ones. Only OpenNumber can read it back. A
// guessed text opens with a probability of 2^-64.
func (b *Box) Number(p Purpose, n int64) string {
	var block [aes.BlockSize]byte
	binary.BigEndian.PutUint64(block[8:], uint64(n))
	b.keysFor(p).block.Encrypt(block[:], block[:])
	return base64.RawURLEncoding.EncodeToString(block[:])
}

// OpenNumber returns the number behind a text from Number, or ErrOpen.
func (b *Box) OpenNumber(p Purpose, text string) (int64, error) {
	block, err := decode(text)
	if err != nil || len(block) != aes.BlockSize {
		return 0, ErrOpen
	}
	b.keysFor(p).block.Decrypt(block, block)
	if binary.BigEndian.Uint64(block) != 0 {
		return 0, ErrOpen
	}
	return int64(binary.BigEndian.Uint64(block[8:])), nil
}
