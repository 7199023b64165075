package oauth

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/redirect"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// purpose says what a code may be exchanged for. A code of one purpose is no code at all for the others: the
// code of a second verification, which needs only the password, must not sign anybody in to an application.
type purpose string

const (
	forUserInfo purpose = "oauth"    // from authorize: getuserinfo, perhaps with a ticket
	forLogin    purpose = "login"    // from a QR code: getuserinfo, never with a ticket
	forDesk     purpose = "desk"     // from a QR code that signs the desk in: for this room only
	forVerify   purpose = "verify"   // on the way to the company's page: get_tfa_info
	forPass     purpose = "pass"     // the tfa_code that get_tfa_info gives: tfa_succ
	forProvider purpose = "provider" // from a provider's QR code: get_login_info
	forProgram  purpose = "program"  // from wx.qy.login in a mini program: jscode2session
)

const (
	codeLife = 5 * time.Minute // doc 91023, 99499
	// authCodeLife is that of a provider's QR code, which says so in expires_in.
	authCodeLife = 10 * time.Minute

	// codeMemory is how long an expired code is remembered, to distinguish its second use from nonsense.
	codeMemory = 24 * time.Hour
)

// Errors of codes (doc 91023). Live replies use 40029 also for an expired and for a used code; the table's
// 42003 and 42022 were never seen.
var (
	ErrCode        = wire.Code(40029, "invalid code")
	ErrCodeMissing = wire.Code(41008, "code missing")
	ErrRedirect    = wire.Code(50001, "redirect_uri unauthorized")
)

// code is what is known about a code. It stays on the server; the browser only carries a random text.
type code struct {
	mac     []byte
	CorpID  string
	Member  directory.Member
	Person  Person // in place of the member
	Purpose purpose
	Scope   scope
	App     int64  // that the link named; 0 if it named none
	Suite   int64  // that alone may redeem it; 0 for the corp's own applications
	Partner int64  // the provider that alone may redeem it; 0 for others
	Origin  string // scheme and host of the redirect address
	Device  string
	Session []byte // of a second verification
	Expires time.Time
}

// issue creates a code of 43 characters; the platform allows 512 bytes.
func (s *Service) issue(tx *store.Tx, c code) (text string, err error) {
	text = id.Secret()
	c.Expires = tx.Now().Add(codeLife)
	if c.Purpose == forProvider {
		c.Expires = tx.Now().Add(authCodeLife)
	}
	return text, insertCode(tx, s.codeMAC(text), c)
}

func (s *Service) codeMAC(text string) []byte { return s.deps.Box.MAC(seal.UserCode, text) }

// find returns the corp's valid code for one of the purposes. It answers ErrCodeMissing or ErrCode, and its
// note says why. Another corp's code does not exist.
func (s *Service) find(tx *store.Tx, corpID, text string, purposes ...purpose) (code, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return code{}, ErrCodeMissing
	}
	c, used, found, err := s.selectCode(tx, s.codeMAC(text), `corpid = ? AND suite IS NULL AND provider IS NULL`, corpID)
	if err != nil {
		return code{}, err
	}
	if !found {
		return code{}, s.whoseCode(tx, corpID, text)
	}
	return c.good(tx, used, purposes)
}

// whoseCode says why a corp's application cannot redeem a code.
func (s *Service) whoseCode(tx *store.Tx, corpID, text string) error {
	c, _, found, err := s.selectCode(tx, s.codeMAC(text), `corpid = ?`, corpID)
	if err != nil {
		return err
	}
	if found && c.Suite != 0 {
		return ErrCode.With("it is a code of a third-party application, which service/auth/getuserinfo3rd takes")
	}
	return ErrCode
}

// good returns the code if it may be redeemed now for one of the purposes.
func (c code) good(tx *store.Tx, used time.Time, purposes []purpose) (code, error) {
	right := false
	for _, p := range purposes {
		right = right || c.Purpose == p
	}
	switch {
	case !right && c.Purpose == forVerify:
		return code{}, ErrCode.With("it is a code of the second verification, which auth/get_tfa_info takes")
	case !right:
		return code{}, ErrCode
	case !used.IsZero():
		return code{}, ErrCode.With("it was used %d seconds ago, and is good once", int(tx.Now().Sub(used)/time.Second))
	case !tx.Now().Before(c.Expires):
		return code{}, ErrCode.With("it expired %d seconds ago", int(tx.Now().Sub(c.Expires)/time.Second))
	case c.Person == "" && !c.Member.Enabled:
		return code{}, ErrCode.With("the member was disabled")
	}
	return c, nil
}

// use takes the code. If two use it at once, one gets ErrCode.
func (c code) use(tx *store.Tx) error {
	n, err := tx.Exec(`UPDATE login_code SET used_at = ? WHERE mac = ? AND used_at = 0`, tx.Now().UnixMilli(), c.mac)
	if err != nil {
		return fmt.Errorf("use code: %w", err)
	}
	if n == 0 {
		return ErrCode.With("it was used just now, and is good once")
	}
	return nil
}

// owns answers ErrRedirect unless the code came back on a domain of the application (doc 91023): the OAuth
// trusted domain, or, for a code from a QR code, the callback domain of web login. The rule depends on the
// domain and not on the link's agentid: as on the platform, two applications on one domain may redeem each
// other's codes.
func (c code) owns(a app.App) error {
	domains := []string{a.RedirectDomain}
	if c.Purpose == forLogin {
		domains = append(domains, a.LoginDomain)
	}
	came, _ := redirect.Parse(c.Origin)
	var configured []string
	for _, d := range domains {
		if d == "" {
			continue
		}
		if came.On(d) {
			return nil
		}
		configured = append(configured, d)
	}
	if len(configured) == 0 {
		return ErrRedirect.With("the code came back on %s; application %d has no trusted domain", came.Host, a.AgentID)
	}
	return ErrRedirect.With("the code came back on %s; the domain of application %d is %s", came.Host, a.AgentID, strings.Join(configured, " or "))
}

// redemption is what a code is exchanged for.
type redemption struct {
	code
	Ticket string // empty if there is none
	// Of a person.
	OpenID   string
	External id.ExternalID // empty of one who is no customer whom the caller sees
}

// offer says for which scopes a call gives a ticket, and how long the ticket is valid.
type offer struct {
	scopes []scope
	life   time.Duration
}

// redeem takes a code for the caller, whose application must own the domain that the code came back on. It
// names the member, or the person in WeChat, whether or not they are in the visible range, but gives a ticket only for a member in the
// range. On any error the code stays valid.
func (s *Service) redeem(ctx context.Context, tx *store.Tx, by access.Caller, text string, ticket offer) (r redemption, err error) {
	if by.Kind == access.ContactSync {
		return s.redeemVerify(tx, by, text)
	}
	if r.code, err = s.find(tx, by.CorpID, text, forUserInfo, forLogin); err != nil {
		return r, err
	}
	a, err := s.deps.Apps.AppNo(tx, by.App)
	if err != nil {
		return r, err
	}
	if err := r.owns(a); err != nil {
		return r, err
	}
	if err := r.use(tx); err != nil {
		return r, err
	}
	if r.Person != "" {
		r.OpenID = OpenID(s.deps.Box, by.CorpID, r.Person)
		if s.outside != nil {
			by.Level = access.InRange // whoever follows them has to be, while a member need not
			r.External, err = s.outside.External(tx, by, r.Person)
		}
		return r, err
	}
	if r.Purpose != forUserInfo || !slices.Contains(ticket.scopes, r.Scope) || !r.forApp(a) {
		return r, nil
	}
	visible, err := s.sees(tx, a, r.Member)
	if err == nil && visible {
		r.Ticket = s.ticket(tx, a, r.Member, r.Scope, ticket.life)
	}
	return r, err
}

// forApp reports whether the member has agreed to this application and not to a
// neighbour on the same domain.
func (c code) forApp(a app.App) bool {
	return c.App == a.No || (c.App == 0 && c.Scope != scopePrivate)
}

// redeemVerify takes the code of a second verification, as its older way does with the contact-sync secret
// (doc 90203). With that secret any other code, or none, answers 50001.
func (s *Service) redeemVerify(tx *store.Tx, by access.Caller, text string) (r redemption, err error) {
	if text == "" {
		return r, ErrCodeMissing
	}
	if r.code, err = s.find(tx, by.CorpID, text, forVerify); err != nil {
		var refused wire.Error
		if asWire(err, &refused) {
			err = ErrRedirect.With("a contact-sync secret redeems only the codes of the second verification")
		}
		return r, err
	}
	return r, s.present(tx, r.code)
}
