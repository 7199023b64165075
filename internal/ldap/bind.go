package ldap

import (
	"context"
	"crypto/hmac"
	"errors"
	"net/netip"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
)

// subject is the one bound on a connection. The zero value stands for nobody.
type subject struct {
	corpID  string
	member  int64  // our number
	ending  int64  // Ending of the member's credentials when they bound
	account string // name of a service account
	secret  []byte // digest of the secret with which the account bound
	dn      string
}

func (s subject) anonymous() bool { return s.corpID == "" }

// A wrong name and a wrong password get the same answer, so that nobody learns which members exist.
var errCredentials = refuse(invalidCredentials, "wrong name or password")

// bind finds out who is binding. It refuses a name without a password: RFC 4513 allows success there, and
// products take that for a sign-in.
func (s *Service) bind(ctx context.Context, b bindRequest, from netip.Addr) (subject, error) {
	switch {
	case b.version != 3:
		return subject{}, refuse(protocolError, "LDAP version 3 expected")
	case !b.simple:
		return subject{}, refuse(authMethodNotSupported, "simple binds only")
	case b.name == "" && b.password == "":
		return subject{}, nil
	case b.password == "":
		return subject{}, refuse(unwilling, "a name without a password")
	}
	steps, err := parseDN(b.name)
	if err != nil {
		return subject{}, err
	}
	var t *tree
	var at spot
	var known account
	found := false
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		var rest []rdn
		if t, rest, err = s.treeAt(tx, steps); err != nil || t == nil {
			return err
		}
		at = find(rest)
		if at.place != atService {
			return nil
		}
		if known, found, err = s.recallAccount(tx, t.corpID, at.text); err == nil && found {
			_, found, err = s.callerOf(tx, known)
		}
		return err
	})
	switch {
	case err != nil:
		return subject{}, err
	case t == nil:
		return subject{}, errCredentials
	case at.place == atService && found && s.matches(known, b.password):
		return subject{corpID: t.corpID, account: known.Name, secret: known.mac, dn: t.serviceDN(known.Name)}, nil
	case at.place == atPerson:
		return s.bindMember(ctx, t, id.UserID(at.text), b.password, from)
	}
	return subject{}, errCredentials
}

func (s *Service) bindMember(ctx context.Context, t *tree, user id.UserID, password string, from netip.Addr) (subject, error) {
	who, err := s.deps.Login.CheckPassword(ctx, t.corpID, user, password, login.Stranger{Door: login.DoorLDAP, Address: from})
	if err == nil {
		err = s.deps.Login.Admit(ctx, who, nil)
	}
	var wrong *login.WrongSecret
	var locked *login.Locked
	switch {
	case errors.As(err, &wrong), errors.Is(err, login.ErrStale):
		return subject{}, errCredentials
	case errors.As(err, &locked):
		return subject{}, refuse(invalidCredentials, locked.Error())
	case errors.Is(err, login.ErrDisabled):
		return subject{}, refuse(invalidCredentials, "the member is disabled")
	case errors.Is(err, login.ErrVerify):
		return subject{}, refuse(invalidCredentials, "the company asks this member for a second verification, which LDAP cannot pass on")
	case errors.Is(err, login.ErrCrowded):
		return subject{}, refuse(busy, "too many sign-ins at once")
	case err != nil:
		return subject{}, err
	}
	m := who.Member()
	return subject{corpID: t.corpID, member: m.No, ending: who.Ending(), dn: t.personDN(m.UserID)}, nil
}

// reader is the present state of a subject.
type reader struct {
	tree *tree
	by   access.Caller
	self *directory.Member // the member who bound with their own password
}

var errGone = refuse(insufficientAccess, "the account bound here can no longer read anything; bind again")

// readerOf reads the present state of the bound subject. A member who has since been disabled or changed the
// password reads nothing, nor does an account that was removed or got another secret.
func (s *Service) readerOf(tx *store.Tx, who subject) (r reader, err error) {
	if who.anonymous() {
		return r, refuse(insufficientAccess, "bind first; what may be read without is the root DSE and the schema")
	}
	var found bool
	if r.tree, found, err = s.treeOf(tx, who.corpID); err != nil || !found {
		return r, orGone(err)
	}
	if who.account != "" {
		a, found, err := s.recallAccount(tx, who.corpID, who.account)
		if err != nil || !found || !hmac.Equal(a.mac, who.secret) {
			return r, orGone(err)
		}
		if r.by, found, err = s.callerOf(tx, a); err != nil || !found {
			return r, orGone(err)
		}
		return r, nil
	}
	m, found, err := s.deps.Directory.MemberNo(tx, who.member)
	if err != nil || !found || !m.Enabled {
		return r, orGone(err)
	}
	if ending, err := s.deps.Login.Ending(tx, m.No); err != nil || ending != who.ending {
		return r, orGone(err)
	}
	r.self = &m
	r.by = access.System(who.corpID).Within(access.Range{Members: []id.UserID{m.UserID}})
	return r, nil
}

func orGone(err error) error {
	if err == nil {
		err = errGone
	}
	return err
}
