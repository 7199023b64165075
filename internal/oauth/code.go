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
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// purpose says what a code may be exchanged for. A code of one purpose is no code
// at all for the others: that of a second verification, which is given out after
// the password alone, must not sign anybody in to an application.
type purpose string

const (
	forUserInfo purpose = "oauth"  // from authorize: getuserinfo, perhaps with a ticket
	forLogin    purpose = "login"  // from a QR code: getuserinfo, never with a ticket
	forDesk     purpose = "desk"   // from a QR code that signs the desk in: this room alone
	forVerify   purpose = "verify" // on the way to the company's page: get_tfa_info
	forPass     purpose = "pass"   // the tfa_code that get_tfa_info gives: tfa_succ
)

const (
	codeLife = 5 * time.Minute // doc 91023, 99499

	// codeMemory is how long a code is remembered after its life, so that its
	// second use is told from nonsense.
	codeMemory = 24 * time.Hour
)

// Errors of codes (doc 91023). Live replies use 40029 for an expired and for a
// used code, too; the table's 42003 and 42022 were not seen.
var (
	ErrCode        = wire.Code(40029, "invalid code")
	ErrCodeMissing = wire.Code(41008, "code missing")
	ErrRedirect    = wire.Code(50001, "redirect_uri unauthorized")
)

// code is what is known about a code. All of it stays with the server; the
// browser carries a random text.
type code struct {
	mac     []byte
	CorpID  string
	Member  directory.Member
	Purpose purpose
	Scope   scope
	App     int64  // that the link named, 0 where it named none
	Origin  string // scheme and host of the redirect address
	Device  string
	Session []byte // of a second verification
	Expires time.Time
}

// issue makes a code of 43 characters; the platform allows 512 bytes.
func (s *Service) issue(tx *store.Tx, c code) (text string, err error) {
	text = id.Secret()
	c.Expires = tx.Now().Add(codeLife)
	return text, insertCode(tx, s.codeMAC(text), c)
}

func (s *Service) codeMAC(text string) []byte { return s.deps.Box.MAC(seal.UserCode, text) }

// find returns the corp's living code of one of the purposes. It answers
// ErrCodeMissing or ErrCode, and says in the note why, as far as the caller's
// own corp is concerned: another corp's code does not exist.
func (s *Service) find(tx *store.Tx, corpID, text string, purposes ...purpose) (code, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return code{}, ErrCodeMissing
	}
	c, used, found, err := s.selectCode(tx, corpID, s.codeMAC(text))
	if err != nil {
		return code{}, err
	}
	right := false
	for _, p := range purposes {
		right = right || c.Purpose == p
	}
	switch {
	case !found:
		return code{}, ErrCode
	case !right && c.Purpose == forVerify:
		return code{}, ErrCode.With("it is a code of the second verification, which auth/get_tfa_info takes")
	case !right:
		return code{}, ErrCode
	case !used.IsZero():
		return code{}, ErrCode.With("it was used %d seconds ago, and is good once", int(tx.Now().Sub(used)/time.Second))
	case !tx.Now().Before(c.Expires):
		return code{}, ErrCode.With("it expired %d seconds ago", int(tx.Now().Sub(c.Expires)/time.Second))
	case !c.Member.Enabled:
		return code{}, ErrCode.With("the member was disabled")
	}
	return c, nil
}

// use takes the code. Of two that use it at once, one gets ErrCode.
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

// owns answers ErrRedirect unless the code came back on a domain of the
// application (doc 91023): the OAuth trusted domain, or, for a code from a QR
// code, the callback domain of web login. The rule asks for the domain and not
// for the agentid of the link: two applications on one domain may redeem each
// other's codes, as the platform has it.
func (c code) owns(a app.App) error {
	domains := []string{a.RedirectDomain}
	if c.Purpose == forLogin {
		domains = append(domains, a.LoginDomain)
	}
	came, _ := parseAddress(c.Origin)
	var configured []string
	for _, d := range domains {
		if d == "" {
			continue
		}
		if came.on(d) {
			return nil
		}
		configured = append(configured, d)
	}
	if len(configured) == 0 {
		return ErrRedirect.With("the code came back on %s; application %d has no trusted domain", came.host, a.AgentID)
	}
	return ErrRedirect.With("the code came back on %s; the domain of application %d is %s", came.host, a.AgentID, strings.Join(configured, " or "))
}

// redemption is what a code turns out to be.
type redemption struct {
	code
	Ticket string // empty where there is none
}

// offer is which scopes a call gives a ticket for, and how long that is good.
type offer struct {
	scopes []scope
	life   time.Duration
}

// redeem takes a code for the caller, whose application must own the domain that
// the code came back on. The member is named in the visible range or
// not; a ticket is only for one who is in it. On any error the code is as good as
// before.
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

// redeemVerify takes the code of a second verification, which is what the older
// way of it does with the contact-sync secret (doc 90203). With that secret every
// other code, and none, is 50001.
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
