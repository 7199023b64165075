package app

import (
	"errors"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// caller makes an application a caller. Only this function does, so that a call, a push and an LDAP look-up
// all show an application the same.
func caller(a App, c corp.Corp) access.Caller {
	return access.Caller{
		CorpID: a.CorpID, Kind: a.Kind, App: a.No, AgentID: a.AgentID, Suite: a.Suite, Partner: a.Partner,
		View:     access.View{Range: a.Range, Legacy: a.Legacy, Grants: a.Grants},
		Standing: access.Standing{Sync: c.Sync, Callable: a.Callable, Disabled: a.Disabled, Withdrawn: a.Activity == Closed, LowActive: a.Activity == LowActive, Trusted: a.TrustedIPs},
	}
}

// Caller returns the application as the caller that its token resolves to.
func (s *Service) Caller(tx *store.Tx, a App) (access.Caller, error) {
	c, err := s.deps.Corps.Corp(tx, a.CorpID)
	by := caller(a, c)
	if err == nil && s.deps.Views != nil {
		var seen Seen
		if seen, err = s.deps.Views(tx, a); seen.Trusted != nil {
			by.Trusted = seen.Trusted
		}
		by.IDs, by.Open, by.ByMembers = seen.IDs, seen.Open, seen.ByMembers
	}
	return by, err
}

// ViewOf returns the ids by which a kept caller knows people, as Deps says. It is nil for a caller that is no
// application, or no longer one.
func (s *Service) ViewOf(tx *store.Tx, by access.Caller) (access.IDs, error) {
	if s.deps.Views == nil || by.App == 0 {
		return nil, nil
	}
	a, err := s.AppNo(tx, by.App)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	seen, err := s.deps.Views(tx, a)
	return seen.IDs, err
}

// keptCaller is a caller as it was read at a version of the application's row.
type keptCaller struct {
	version int64
	caller  access.Caller
}

// CallerNo returns the application with our number as a caller; version is that of its row. It answers
// ErrNotFound. Reading the settings costs more than the rest of a call, so the last reading is kept until the
// version changes. A change of the corp's settings raises it too.
func (s *Service) CallerNo(tx *store.Tx, no, version int64) (access.Caller, error) {
	if k, ok := s.callers.Load(no); ok && k.(*keptCaller).version == version {
		return k.(*keptCaller).caller, nil
	}
	a, err := s.AppNo(tx, no)
	if err != nil {
		return access.Caller{}, err
	}
	by, err := s.Caller(tx, a)
	// A version that a transaction has just written may be rolled back and later given to another state.
	if err == nil && tx.ReadOnly() {
		s.callers.Store(no, &keptCaller{version, by})
	}
	return by, err
}

// ofProvider refuses the kinds that no corp makes for itself (doc 90665).
func ofProvider(k access.Kind) error {
	if k.Installed() {
		return wire.ErrForbidden.With("an application of kind %s is a provider's, and is installed", k)
	}
	return nil
}
