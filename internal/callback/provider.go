package callback

import (
	"context"
	"errors"

	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// providerAddress returns where a provider receives what belongs to no suite. What goes
// there carries the provider's corpid (doc 90585). The page says of no answer that it is expected, so any
// with status 200 is taken.
func (s *Service) providerAddress(tx *store.Tx, corpID string) (Address, bool, error) {
	p, err := s.deps.Suites.Provider(tx, corpID)
	if errors.Is(err, suite.ErrNoProvider) || err == nil && p.EventURL == "" {
		return Address{}, false, nil
	}
	return Address{URL: p.EventURL, Token: p.Token, AESKey: p.AESKey, ReceiveID: p.CorpID, ToUserName: p.CorpID}, true, err
}

// ProviderCallback is where a provider receives what belongs to no suite.
type ProviderCallback struct {
	CorpID        string // the provider's
	URL           string // empty: it receives nothing
	Token, AESKey string // the present ones if empty
	// Unverified leaves out the request by which the URL is verified.
	Unverified bool
}

// SaveProvider gives a provider its URL for system events and its keys, once the URL has
// proved that it can be one. It speaks to the network between two transactions of its
// own.
func (s *Service) SaveProvider(ctx context.Context, c ProviderCallback) (suite.Provider, error) {
	var p suite.Provider
	read := func(tx *store.Tx) (err error) {
		if p, err = s.deps.Suites.Provider(tx, c.CorpID); err != nil {
			return err
		}
		p.EventURL = c.URL
		if c.Token != "" {
			p.Token = c.Token
		}
		if c.AESKey != "" {
			p.AESKey = c.AESKey
		}
		return nil
	}
	if err := s.deps.Store.Read(ctx, read); err != nil {
		return p, err
	}
	token, key := p.Token, p.AESKey
	to := Address{URL: c.URL, Token: token, AESKey: key, ReceiveID: p.CorpID}
	switch {
	case c.URL == "":
	case c.Unverified:
		if err := to.Check(); err != nil {
			return p, err
		}
	default:
		if err := s.Verify(ctx, to); err != nil {
			return p, err
		}
	}
	err := s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if err := read(tx); err != nil {
			return err
		}
		p.Token, p.AESKey = token, key // what was verified is what is written
		if err := s.deps.Suites.UpdateProvider(ctx, tx, p); err != nil || c.URL == "" {
			return err
		}
		return s.press(tx, Receiver{Book: suite.ProviderBook, Key: p.CorpID, CorpID: p.CorpID})
	})
	return p, err
}
