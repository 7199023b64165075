package login

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/login/page"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

const (
	passkeysPath     = "/account/passkeys"
	passkeyLoginPath = "/account/passkey-sign-in"

	maxPasskeys = 20
	// ceremonyLife is how long a person may take to touch the authenticator.
	ceremonyLife = 5 * time.Minute
)

// passkey is a credential that a member may sign in with.
type passkey struct {
	no      int64
	corpID  string
	member  int64
	name    string
	record  webauthn.Credential
	created time.Time
	used    time.Time // zero: never
}

// holder is a member in the form that the library needs.
type holder struct {
	member directory.Member
	handle []byte
	keys   []passkey
}

func (h holder) WebAuthnID() []byte          { return h.handle }
func (h holder) WebAuthnName() string        { return string(h.member.UserID) }
func (h holder) WebAuthnDisplayName() string { return h.member.Name }
func (h holder) WebAuthnCredentials() []webauthn.Credential {
	out := make([]webauthn.Credential, len(h.keys))
	for i, k := range h.keys {
		out[i] = k.record
	}
	return out
}

// handleOf returns the id by which an authenticator knows a member. It says nothing about the member.
func (s *Service) handleOf(m directory.Member) []byte {
	return s.deps.Box.MAC(seal.Passkey, "handle "+strconv.FormatInt(m.No, 10))
}

// passkeysWork reports whether browsers will offer passkeys for this server: they need a host name rather
// than an address, and TLS or this machine.
func (s *Service) passkeysWork() bool {
	u, err := url.Parse(s.deps.BaseURL())
	if err != nil || net.ParseIP(u.Hostname()) != nil {
		return false
	}
	host := u.Hostname()
	return u.Scheme == "https" || host == "localhost" || strings.HasSuffix(host, ".localhost")
}

func (s *Service) relyingParty() (*webauthn.WebAuthn, error) {
	u, err := url.Parse(s.deps.BaseURL())
	if err != nil {
		return nil, err
	}
	return webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: "qiwei", RPOrigins: []string{u.Scheme + "://" + u.Host},
		// A passkey is the only proof: it must name its owner and verify them.
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
		AttestationPreference: protocol.PreferNoAttestation,
	})
}

func (s *Service) passkeyRoutes() []door.Route {
	return []door.Route{
		{Pattern: "GET " + passkeysPath, Handler: s.page(page.NoFrame, s.passkeysPage)},
		{Pattern: "POST " + passkeysPath, Handler: s.post(page.NoFrame, s.removePasskey)},
		{Pattern: "POST " + passkeysPath + "/begin", Handler: s.ceremony(s.beginPasskey)},
		{Pattern: "POST " + passkeysPath + "/finish", Handler: s.ceremony(s.finishPasskey)},
		{Pattern: "POST " + passkeyLoginPath + "/begin", Handler: s.ceremony(s.beginPasskeySignIn)},
		{Pattern: "POST " + passkeyLoginPath + "/finish", Handler: s.ceremony(s.finishPasskeySignIn)},
	}
}

// ceremonyRequest is what the pages' script posts, to begin and to finish.
type ceremonyRequest struct {
	Name    string
	Session string
	Fields  map[string]string // the form's hidden fields
	body    []byte
}

// begun answers the start of a ceremony.
type begun struct {
	PublicKey any    `json:"publicKey"`
	Session   string `json:"session"`
}

type finished struct {
	Next string `json:"next"`
}

// refusedCeremony is shown to the member by the page's script.
type refusedCeremony struct{ zh, en string }

func (e refusedCeremony) Error() string { return e.en }

var (
	errCeremonyOld     = refusedCeremony{"页面已过期，请刷新后重试", "This page has expired. Reload it and try again."}
	errPasskeyRefused  = refusedCeremony{"这个通行密钥未能通过验证", "The passkey was not accepted."}
	errPasskeyUnknown  = refusedCeremony{"这个通行密钥没有登记，或已被移除", "This passkey is not registered here, or was removed."}
	errPasskeyCorp     = refusedCeremony{"这个通行密钥属于另一个企业的成员", "This passkey belongs to a member of another enterprise."}
	errPasskeyDisabled = refusedCeremony{"账号已禁用", "The account is disabled."}
	errPasskeyMany     = refusedCeremony{"通行密钥数量已达上限，请先移除一个", "You have reached the limit of passkeys. Remove one first."}
	errPasskeysOff     = refusedCeremony{"这台服务器的地址不能使用通行密钥", "Passkeys do not work at this server's address."}
)

// orElse returns the server's error, if there is one, and otherwise the text for the member.
func orElse(err, refused error) error {
	if err != nil {
		return err
	}
	return refused
}

// ceremony makes a handler of a step that speaks JSON with the page's script.
func (s *Service) ceremony(step func(*visit, ceremonyRequest) (any, error)) http.Handler {
	return s.page(page.NoFrame, func(v *visit) error {
		req, err := s.readCeremony(v)
		var answer any
		if err == nil {
			if l := req.Fields["lang"]; l != "" {
				v.lang = page.LangOf(l, "")
			}
			answer, err = step(v, req)
		}
		status := http.StatusOK
		var refused refusedCeremony
		if errors.As(err, &refused) {
			status, answer, err = http.StatusBadRequest, map[string]string{"error": refused.zh}, nil
			if v.lang == page.English {
				answer = map[string]string{"error": refused.en}
			}
		}
		if err != nil {
			return err
		}
		v.w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		v.w.WriteHeader(status)
		return json.NewEncoder(v.w).Encode(answer)
	})
}

func (s *Service) readCeremony(v *visit) (req ceremonyRequest, err error) {
	if err := s.sameOrigin(v.r); err != nil {
		return req, errCeremonyOld
	}
	if !s.passkeysWork() {
		return req, errPasskeysOff
	}
	if req.body, err = io.ReadAll(http.MaxBytesReader(v.w, v.r.Body, maxForm)); err != nil {
		return req, errCeremonyOld
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(req.body, &all); err != nil {
		return req, errCeremonyOld
	}
	text := func(raw json.RawMessage) (s string) {
		json.Unmarshal(raw, &s) // anything but a string counts as empty
		return s
	}
	req.Name, req.Session = text(all["name"]), text(all["session"])
	// The end of a ceremony has the fields in "form"; its beginning has only the fields.
	fields := all
	var nested map[string]json.RawMessage
	if json.Unmarshal(all["form"], &nested) == nil {
		fields = nested
	}
	req.Fields = map[string]string{}
	for name, raw := range fields {
		req.Fields[name] = text(raw)
	}
	return req, nil
}

func (r ceremonyRequest) values() url.Values {
	q := url.Values{}
	for name, value := range r.Fields {
		q.Set(name, value)
	}
	return q
}

// sealedCeremony is what the browser keeps between the two steps without being able to read it.
type sealedCeremony struct {
	Data    webauthn.SessionData
	Expires int64
}

func (v *visit) sealCeremony(step, session string, data *webauthn.SessionData) (string, error) {
	plain, err := json.Marshal(sealedCeremony{*data, v.s.deps.Store.Now().Add(ceremonyLife).Unix()})
	return v.s.deps.Box.SealText(seal.Passkey, v.formPlace(step, session), plain), err
}

func (v *visit) openCeremony(step, session, sealed string) (webauthn.SessionData, error) {
	var c sealedCeremony
	plain, err := v.s.deps.Box.OpenText(seal.Passkey, v.formPlace(step, session), sealed)
	if err != nil || json.Unmarshal(plain, &c) != nil || v.s.deps.Store.Now().Unix() >= c.Expires {
		return webauthn.SessionData{}, errCeremonyOld
	}
	return c.Data, nil
}

// spend uses a challenge, which is valid once.
func (s *Service) spend(tx *store.Tx, challenge string) error {
	fresh, err := insertChallenge(tx, s.deps.Box.MAC(seal.Passkey, "challenge "+challenge))
	if err == nil && !fresh {
		err = errCeremonyOld
	}
	return err
}

// owner returns the member whose passkeys are managed, with the passkeys.
func (v *visit) owner() (sess Session, h holder, err error) {
	sess, found, err := v.s.SignedIn(v.r)
	if err != nil || !found {
		return sess, h, orElse(err, errCeremonyOld)
	}
	err = v.s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		h = holder{member: sess.Member, handle: v.s.handleOf(sess.Member)}
		h.keys, err = v.s.selectPasskeys(tx, sess.Member)
		return err
	})
	return sess, h, err
}

func (s *Service) beginPasskey(v *visit, req ceremonyRequest) (any, error) {
	sess, h, err := v.owner()
	if err != nil {
		return nil, err
	}
	if !v.genuine(req.Fields["form"], "account", sess.token) {
		return nil, errCeremonyOld
	}
	if len(h.keys) >= maxPasskeys {
		return nil, errPasskeyMany
	}
	rp, err := s.relyingParty()
	if err != nil {
		return nil, err
	}
	options, data, err := rp.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return nil, err
	}
	session, err := v.sealCeremony("passkey", sess.token, data)
	return begun{options.Response, session}, err
}

func (s *Service) finishPasskey(v *visit, req ceremonyRequest) (any, error) {
	sess, h, err := v.owner()
	if err != nil {
		return nil, err
	}
	data, err := v.openCeremony("passkey", sess.token, req.Session)
	if err != nil {
		return nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(req.body)
	if err != nil {
		return nil, errPasskeyRefused
	}
	rp, err := s.relyingParty()
	if err != nil {
		return nil, err
	}
	record, err := rp.CreateCredential(h, data, parsed)
	if err != nil {
		return nil, errPasskeyRefused
	}
	key := passkey{corpID: sess.CorpID, member: sess.Member.No, name: passkeyName(req.Name), record: *record}
	err = s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
		if err := s.spend(tx, data.Challenge); err != nil {
			return err
		}
		return s.insertPasskey(tx, key)
	})
	if errors.Is(err, store.ErrUnique) { // it is registered already, perhaps by somebody else
		return nil, errPasskeyRefused
	}
	return finished{accountPath + "?done=added"}, err
}

func passkeyName(name string) string {
	name = strings.TrimSpace(name)
	if r := []rune(name); len(r) > 60 {
		name = string(r[:60])
	}
	if name == "" {
		return "passkey"
	}
	return name
}

func (s *Service) passkeysPage(v *visit) error {
	sess, ok, err := v.requireAny()
	if err != nil || !ok {
		return err
	}
	d := page.Passkeys{
		Self: v.self(), Me: v.person(sess.Member), Remove: v.form(passkeysPath, "account", sess.token), Back: accountPath,
		Add:    page.Ceremony{Begin: passkeysPath + "/begin", Finish: passkeysPath + "/finish"},
		Notice: notices[v.r.URL.Query().Get("done")],
	}
	err = s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		keys, err := s.selectPasskeys(tx, sess.Member)
		for _, k := range keys {
			d.Keys = append(d.Keys, page.Passkey{ID: strconv.FormatInt(k.no, 10), Name: k.name, Added: k.created, LastUsed: k.used})
		}
		return err
	})
	if err != nil {
		return err
	}
	return show(v, http.StatusOK, s.pages.Passkeys, d)
}

func (s *Service) removePasskey(v *visit) error {
	sess, ok, err := v.requireAny()
	if err != nil || !ok {
		return err
	}
	if !v.genuine(v.r.PostForm.Get("form"), "account", sess.token) {
		return v.redirect(passkeysPath)
	}
	no, err := strconv.ParseInt(v.r.PostForm.Get("id"), 10, 64)
	if err != nil {
		return v.redirect(passkeysPath)
	}
	if err := s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
		removed, err := deletePasskey(tx, sess.Member.No, no)
		if err != nil || !removed {
			return err
		}
		return s.endCredentials(v.ctx(), tx, sess.CorpID, sess.Member, PasskeyRemoved, &sess)
	}); err != nil {
		return err
	}
	return v.redirect(passkeysPath + "?done=removed")
}
