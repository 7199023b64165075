package login

import (
	"errors"
	"net/url"

	"qiwei/internal/store"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

func (s *Service) beginPasskeySignIn(v *visit, req ceremonyRequest) (any, error) {
	if !v.genuine(req.Fields["form"], "sign-in", "") {
		return nil, errCeremonyOld
	}
	rp, err := s.relyingParty()
	if err != nil {
		return nil, err
	}
	// The options list no credentials, whatever name was typed: a list would reveal whether the name exists.
	options, data, err := rp.BeginDiscoverableLogin()
	if err != nil {
		return nil, err
	}
	session, err := v.sealCeremony("passkey sign-in", "", data)
	return begun{options.Response, session}, err
}

func (s *Service) finishPasskeySignIn(v *visit, req ceremonyRequest) (any, error) {
	data, err := v.openCeremony("passkey sign-in", "", req.Session)
	if err != nil {
		return nil, err
	}
	a, ok, err := v.readAskedQuietly(req.values())
	if err != nil || !ok {
		return nil, orElse(err, errCeremonyOld)
	}
	who, key, err := s.provePasskey(v, a, data, req.body)
	if err != nil {
		if errors.As(err, &refusedCeremony{}) {
			s.record(attemptOf(v.stranger(), a.corp.CorpID, who.member.UserID, ByPasskey, Wrong), false)
		}
		return nil, err
	}
	err = s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
		if err := s.spend(tx, data.Challenge); err != nil {
			return err
		}
		return s.usePasskey(tx, key)
	})
	if err != nil {
		return nil, err
	}
	switch err := v.enter(who, a.next); {
	case errors.Is(err, ErrDisabled):
		return nil, errPasskeyDisabled
	case errors.Is(err, ErrStale):
		return nil, errPasskeyUnknown
	case err != nil:
		return nil, err
	}
	return finished{a.next}, nil
}

// provePasskey returns the member who answered the challenge, and the passkey's new state.
func (s *Service) provePasskey(v *visit, a asked, data webauthn.SessionData, body []byte) (who Identity, key passkey, err error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(body)
	if err != nil {
		return who, key, errPasskeyRefused
	}
	rp, err := s.relyingParty()
	if err != nil {
		return who, key, err
	}
	var h holder
	err = s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		var found bool
		if key, found, err = s.selectPasskey(tx, parsed.RawID); err != nil || !found {
			return orElse(err, errPasskeyUnknown)
		}
		if h.member, found, err = s.deps.Directory.MemberNo(tx, key.member); err != nil || !found {
			return orElse(err, errPasskeyUnknown)
		}
		h.handle, h.keys = s.handleOf(h.member), []passkey{key}
		who, err = s.prove(tx, v.stranger(), key.corpID, h.member, ByPasskey)
		return err
	})
	if err != nil {
		return Identity{}, key, err
	}
	record, err := rp.ValidateDiscoverableLogin(func(_, _ []byte) (webauthn.User, error) { return h, nil }, data, parsed)
	switch {
	case err != nil, record.Authenticator.CloneWarning:
		return Identity{}, key, errPasskeyRefused
	case key.corpID != a.corp.CorpID:
		return Identity{}, key, errPasskeyCorp
	}
	key.record = *record
	return who, key, nil
}

// readAskedQuietly is readAsked for requests that cannot be answered with a question.
func (v *visit) readAskedQuietly(values url.Values) (a asked, ok bool, err error) {
	a.next = ownPath(values.Get("next"))
	err = v.s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		a.corp, ok, err = v.s.corpOf(tx, values.Get("corp"))
		return err
	})
	return a, ok && err == nil, err
}
