package hardware

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"

	"qiwei/callbackcrypto"
	"qiwei/internal/callback"
	"qiwei/internal/event"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// Common is where a provider is asked whether a serial number is one of its own (智慧硬件-通用开发参数, doc 96062).
type Common struct {
	Partner            string // the provider's corpid
	URL, Token, AESKey string
}

// Common returns what the provider has set; found is false where it has set nothing.
func (s *Service) Common(tx *store.Tx, partner string) (c Common, found bool, err error) {
	p, err := s.deps.Suites.Provider(tx, partner)
	if err != nil {
		return c, false, err
	}
	var keys []byte
	c.Partner = partner
	found, err = tx.Get(`SELECT url, callback_keys FROM hardware_common WHERE provider = ?`, []any{p.No}, &c.URL, &keys)
	if err == nil && found {
		err = s.openPair(seal.Callback, "hardware "+partner, keys, &c.Token, &c.AESKey)
	}
	return c, found, err
}

func (s *Service) commonAddress(tx *store.Tx, partner string) (callback.Address, bool, error) {
	c, found, err := s.Common(tx, partner)
	if errors.Is(err, suite.ErrNoProvider) {
		return callback.Address{}, false, nil
	}
	return c.address(), found && c.URL != "", err
}

func (c Common) address() callback.Address {
	return callback.Address{URL: c.URL, Token: c.Token, AESKey: c.AESKey, ReceiveID: c.Partner, ToUserName: c.Partner, Format: callbackcrypto.JSON}
}

// SaveCommon sets where a provider is asked, once the URL has proved itself. It speaks to the network, so it
// opens its transactions itself. An empty URL ends the questions.
func (s *Service) SaveCommon(ctx context.Context, c Common, unverified bool) error {
	if err := s.proved(ctx, c.address(), unverified); err != nil {
		return err
	}
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		p, err := s.deps.Suites.Provider(tx, c.Partner)
		if err != nil {
			return err
		}
		keys := s.sealPair(seal.Callback, "hardware "+c.Partner, c.Token, c.AESKey)
		_, err = tx.Exec(`INSERT INTO hardware_common (provider, url, callback_keys) VALUES (?, ?, ?) ON CONFLICT (provider) DO UPDATE SET url = excluded.url, callback_keys = excluded.callback_keys`, p.No, c.URL, keys)
		return err
	})
}

func (s *Service) proved(ctx context.Context, to callback.Address, unverified bool) error {
	switch {
	case to.URL == "":
		return nil
	case unverified:
		return to.Check()
	}
	return s.deps.Callbacks.Verify(ctx, to)
}

// ModelCallback is where a model receives tickets, events and commands. Empty keys are the present ones.
type ModelCallback struct {
	ModelID            string
	URL, Token, AESKey string
	Unverified         bool
}

// SaveModel gives a model its callback URL and keys, once the URL has proved itself. It speaks to the network,
// so it opens its transactions itself.
func (s *Service) SaveModel(ctx context.Context, c ModelCallback) (v Model, err error) {
	read := func(tx *store.Tx) (err error) {
		if v, err = s.Model(tx, c.ModelID); err != nil {
			return err
		}
		v.URL = c.URL
		if c.Token != "" {
			v.Token = c.Token
		}
		if c.AESKey != "" {
			v.AESKey = c.AESKey
		}
		return v.valid()
	}
	if err := s.deps.Store.Read(ctx, read); err != nil {
		return v, err
	}
	// The receiver's id of a verification is unverified; the model's is that of all that follows.
	if err := s.proved(ctx, callback.Address{URL: v.URL, Token: v.Token, AESKey: v.AESKey, ReceiveID: v.ModelID}, c.Unverified); err != nil {
		return v, err
	}
	verified := v
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if err := read(tx); err != nil {
			return err
		}
		v.Token, v.AESKey = verified.Token, verified.AESKey // what was verified is what is written
		if err := s.UpdateModel(ctx, tx, v); err != nil || v.URL == "" {
			return err
		}
		return s.deps.Callbacks.Press(tx, v.Partner, event.Receiver{Book: bookModel, Key: v.ModelID})
	})
	return v, err
}

type verifyPart struct {
	Type string `json:"event_type"`
	MD5  string `json:"device_sn_md5"`
}

// AskAbout asks a provider whether a serial number that nobody has registered is its own, as when somebody
// types it to bind the device (doc 96130). Where it says so the device is registered.
func (s *Service) AskAbout(ctx context.Context, tx *store.Tx, partner, corpID, sn string) error {
	if err := checkSN(sn); err != nil {
		return err
	}
	c, found, err := s.Common(tx, partner)
	if err != nil {
		return err
	}
	if !found || c.URL == "" {
		return ErrNoSuchSN
	}
	p, err := s.deps.Suites.Provider(tx, partner)
	if err != nil {
		return err
	}
	open, err := s.deps.Suites.EnsureOpenCorpID(tx, p.No, corpID)
	if err != nil {
		return err
	}
	sum := md5.Sum([]byte(sn))
	return s.notify(ctx, tx, partner, event.Receiver{Book: bookCommon, Key: partner}, "verify_device",
		baseInfo{AuthCorp: open, Provider: partner}, verifyPart{"verify_device", hex.EncodeToString(sum[:])}, sn)
}

// takeVerified registers a device that its provider has called its own.
func (s *Service) takeVerified(ctx context.Context, tx *store.Tx, partner, sn string, valid bool, modelID string) error {
	if !valid {
		return nil
	}
	v, err := s.Model(tx, modelID)
	if errors.Is(err, ErrNotFound) || err == nil && v.Partner != partner {
		return ErrModel.With("the provider has no model %q", modelID)
	}
	if err != nil {
		return err
	}
	_, err = s.Register(ctx, tx, v, sn)
	return err
}
