package callback

import (
	"context"
	"errors"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// received is what a suite answers to everything that its command URL is told (doc
// 90613).
const received = "success"

// suiteAddress returns the command URL of a suite. What goes there carries the
// suite's id where others have the corpid (doc 97172).
func (s *Service) suiteAddress(tx *store.Tx, suiteID string) (Address, bool, error) {
	v, err := s.deps.Suites.Suite(tx, suiteID)
	if errors.Is(err, suite.ErrNotFound) || err == nil && v.CommandURL == "" {
		return Address{}, false, nil
	}
	return Address{URL: v.CommandURL, Token: v.Token, AESKey: v.AESKey, ReceiveID: v.SuiteID, ToUserName: v.SuiteID, Expect: received}, true, err
}

// SaveSuite gives a suite its callback URLs and keys, once each URL has proved that
// it can be one. A verification carries the provider's corpid (doc 97172). Empty keys
// are the present ones. Between the reading and the writing it speaks to the network,
// so it opens its transactions itself.
func (s *Service) SaveSuite(ctx context.Context, c SuiteCallback) (suite.Suite, error) {
	var v suite.Suite
	apply := func(v *suite.Suite) {
		v.CommandURL, v.DataURL = c.CommandURL, c.DataURL
		if c.Token != "" {
			v.Token = c.Token
		}
		if c.AESKey != "" {
			v.AESKey = c.AESKey
		}
	}
	if err := s.deps.Store.Read(ctx, func(tx *store.Tx) (err error) {
		v, err = s.deps.Suites.Suite(tx, c.SuiteID)
		return err
	}); err != nil {
		return v, err
	}
	apply(&v)
	for _, url := range []string{c.CommandURL, c.DataURL} {
		to := Address{URL: url, Token: v.Token, AESKey: v.AESKey, ReceiveID: v.Partner}
		switch {
		case url == "":
			continue
		case c.Unverified:
			if err := to.Check(); err != nil {
				return v, err
			}
		default:
			if err := s.Verify(ctx, to); err != nil {
				return v, err
			}
		}
	}
	token, key := v.Token, v.AESKey
	err := s.deps.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if v, err = s.deps.Suites.Suite(tx, c.SuiteID); err != nil {
			return err
		}
		apply(&v)
		v.Token, v.AESKey = token, key // what was verified is what is written
		if err := s.deps.Suites.UpdateSuite(ctx, tx, v); err != nil || v.CommandURL == "" {
			return err
		}
		if err := s.press(tx, Receiver{Book: suite.Book, Key: v.SuiteID, CorpID: v.Partner}); err != nil || v.DataURL == "" || v.Kind == access.Custom {
			return err
		}
		list, err := s.deps.Suites.Installations(tx, v)
		for _, in := range list {
			if err == nil {
				err = s.press(tx, appReceiver(in.CorpID, in.No))
			}
		}
		return err
	})
	return v, err
}

// SuiteCallback is where a suite receives commands and data.
type SuiteCallback struct {
	SuiteID             string
	CommandURL, DataURL string // empty: it receives none
	Token, AESKey       string // the present ones if empty
	// Unverified leaves out the requests by which the URLs are verified.
	Unverified bool
}
