package login

import (
	"errors"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// An invitation may also be accepted with a passkey instead of a password. The code is checked at both steps,
// counts as a try at both, and is taken in the transaction that stores the passkey.

const invitedStep = "invited passkey"

var (
	errInvitationWrong  = refusedCeremony{"账号或邀请码不正确", "The user ID or invitation code is not right."}
	errInvitationSpent  = refusedCeremony{"邀请码已使用或已过期，请向管理员索取新的邀请码", "The invitation code was used or has expired. Ask your administrator for a new one."}
	errInvitationLocked = refusedCeremony{"尝试次数过多，请稍后再试", "Too many tries. Wait a while."}
)

// refusedInvitation puts an invitation's refusal into words for the page's script.
func refusedInvitation(err error) error {
	var wrong *WrongSecret
	switch {
	case isLocked(err):
		return errInvitationLocked
	case errors.As(err, &wrong):
		return errInvitationWrong
	case errors.Is(err, errInvitationOver):
		return errInvitationSpent
	}
	return err
}

// invitee returns the member whose invitation a step of the ceremony brings.
func (v *visit) invitee(req ceremonyRequest) (a asked, m directory.Member, code string, err error) {
	if !v.genuine(req.Fields["form"], "sign-in", "") {
		return a, m, "", errCeremonyOld
	}
	a, ok, err := v.readAskedQuietly(req.values())
	if err != nil || !ok {
		return a, m, "", orElse(err, errCeremonyOld)
	}
	user, at := id.UserID(strings.TrimSpace(req.Fields["userid"])), v.stranger()
	code = req.Fields["code"]
	m, err = v.s.invited(v.ctx(), a.corp.CorpID, user, code, at)
	if err != nil {
		v.s.record(attemptOf(at, a.corp.CorpID, m.UserID, ByInvitation, outcomeOf(err, false)), false)
		return a, m, "", refusedInvitation(err)
	}
	return a, m, code, nil
}

func (s *Service) beginInvitedPasskey(v *visit, req ceremonyRequest) (any, error) {
	_, m, _, err := v.invitee(req)
	if err != nil {
		return nil, err
	}
	h := holder{member: m, handle: s.handleOf(m)}
	if err := s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		h.keys, err = s.selectPasskeys(tx, m)
		return err
	}); err != nil {
		return nil, err
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
	session, err := v.sealCeremony(invitedStep, "", data)
	return begun{options.Response, session}, err
}

// finishInvitedPasskey stores the passkey, takes the invitation, and signs the member in. A password that the
// member had is gone: an invitation replaces one that was lost.
func (s *Service) finishInvitedPasskey(v *visit, req ceremonyRequest) (any, error) {
	a, m, code, err := v.invitee(req)
	if err != nil {
		return nil, err
	}
	data, err := v.openCeremony(invitedStep, "", req.Session)
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
	record, err := rp.CreateCredential(holder{member: m, handle: s.handleOf(m)}, data, parsed)
	if err != nil {
		return nil, errPasskeyRefused
	}
	name := req.Name
	if name == "" {
		name = browserOf(v.r.UserAgent())
	}
	key := passkey{corpID: a.corp.CorpID, member: m.No, name: passkeyName(name), record: *record}
	at := v.stranger()
	var who Identity
	err = s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
		if err := s.spend(tx, data.Challenge); err != nil {
			return err
		}
		taken, err := takeInvitation(tx, m.No, s.inviteMAC(m, code))
		if err != nil {
			return err
		}
		if !taken { // somebody else was quicker
			return errInvitationSpent
		}
		if err := deletePassword(tx, m.No); err != nil {
			return err
		}
		if err := s.endCredentials(v.ctx(), tx, a.corp.CorpID, m, SignedOutAll, nil); err != nil {
			return err
		}
		if err := s.insertPasskey(tx, key); err != nil {
			return err
		}
		who, err = s.prove(tx, at, a.corp.CorpID, m, ByInvitation)
		return err
	})
	if errors.Is(err, store.ErrUnique) {
		return nil, errPasskeyRefused
	}
	if err != nil {
		return nil, err
	}
	if err := s.forgive(v.ctx(), a.corp.CorpID, m, at); err != nil {
		return nil, err
	}
	switch err := v.enter(who, a.next); {
	case errors.Is(err, ErrDisabled):
		return nil, errPasskeyDisabled
	case errors.Is(err, ErrStale):
		return nil, errInvitationSpent
	case err != nil:
		return nil, err
	}
	return finished{a.next}, nil
}
