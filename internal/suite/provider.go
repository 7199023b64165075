package suite

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// Provider is a corp that brings applications to others (doc 91200).
type Provider struct {
	No         int64
	CorpID     string
	Secret     string // provider_secret
	TrustedIPs access.Addresses
	ProviderSettings
	// Token and AESKey are of the system events.
	Token, AESKey string

	round, issued int64 // of its tokens
}

// ProviderSettings is what a provider may change at any time.
type ProviderSettings struct {
	// EventURL is where the provider receives what belongs to no suite
	// (系统事件接收URL); empty where it does not.
	EventURL string `json:"event_url,omitempty"`
	// LoginDomain is the callback domain of sign-ins by 3rd_qrConnect.
	LoginDomain string `json:"login_domain,omitempty"`
	// StartDomain is the one that they begin at, LoginDomain where it is empty.
	StartDomain string `json:"start_domain,omitempty"`
}

func (p ProviderSettings) valid() error {
	for _, d := range []string{p.LoginDomain, p.StartDomain} {
		if err := validDomain(d); err != nil {
			return err
		}
	}
	return nil
}

// CreateProvider makes a corp a provider. An empty secret and empty keys are drawn.
func (s *Service) CreateProvider(ctx context.Context, tx *store.Tx, p Provider) (Provider, error) {
	if _, err := s.deps.Corps.Corp(tx, p.CorpID); err != nil {
		return p, err
	}
	if p.Secret == "" {
		p.Secret = id.Secret()
	}
	if p.Token == "" {
		p.Token = id.Letters(24)
	}
	if p.AESKey == "" {
		p.AESKey = id.AESKey()
	}
	settings, err := json.Marshal(p.ProviderSettings)
	if err != nil {
		return p, err
	}
	n, err := tx.Count(`SELECT count(*) FROM provider WHERE corpid = ?`, p.CorpID)
	if err != nil {
		return p, err
	}
	if n > 0 {
		return p, fmt.Errorf("%s is a provider already", p.CorpID)
	}
	p.No, err = tx.Insert(`INSERT INTO provider (corpid, secret, callback_keys, trusted_ips, settings) VALUES (?, ?, ?, ?, ?)`,
		p.CorpID, s.deps.Box.Seal(seal.SuiteSecret, p.CorpID, []byte(p.Secret)), s.sealKeys(p.CorpID, p.Token, p.AESKey), p.TrustedIPs.String(), string(settings))
	return p, err
}

// UpdateProvider writes the provider's settings, addresses and keys.
func (s *Service) UpdateProvider(ctx context.Context, tx *store.Tx, p Provider) error {
	if err := p.valid(); err != nil {
		return err
	}
	settings, err := json.Marshal(p.ProviderSettings)
	if err != nil {
		return err
	}
	n, err := tx.Exec(`UPDATE provider SET callback_keys = ?, trusted_ips = ?, settings = ? WHERE no = ?`,
		s.sealKeys(p.CorpID, p.Token, p.AESKey), p.TrustedIPs.String(), string(settings), p.No)
	if err == nil && n == 0 {
		return ErrNoProvider
	}
	if err != nil {
		return err
	}
	// The addresses count in what is kept of each installation as a caller.
	return s.deps.Apps.Touch(tx, `no IN (SELECT i.app FROM suite_installation i JOIN suite s ON s.no = i.suite WHERE s.provider = ?)`, p.No)
}

// ResetProviderSecret gives a provider a new secret and ends its tokens. It answers ErrNoProvider.
func (s *Service) ResetProviderSecret(tx *store.Tx, corpID string) (Provider, error) {
	p, err := s.Provider(tx, corpID)
	if err != nil {
		return p, err
	}
	p.Secret = id.Secret()
	_, err = tx.Exec(`UPDATE provider SET secret = ?, token_round = token_round + 1, token_issued_at = 0 WHERE no = ?`,
		s.deps.Box.Seal(seal.SuiteSecret, p.CorpID, []byte(p.Secret)), p.No)
	return p, err
}

// Provider returns the corp as a provider, or ErrNoProvider.
func (s *Service) Provider(tx *store.Tx, corpID string) (Provider, error) {
	return s.provider(tx, `corpid = ?`, corpID)
}

// Providers returns all providers in the order of their making.
func (s *Service) Providers(tx *store.Tx) ([]Provider, error) {
	return s.selectProviders(tx, `no > ?`, int64(0))
}

func (s *Service) provider(tx *store.Tx, where string, arg any) (Provider, error) {
	list, err := s.selectProviders(tx, where, arg)
	if err == nil && len(list) == 0 {
		err = ErrNoProvider
	}
	if err != nil {
		return Provider{}, err
	}
	return list[0], nil
}

func (s *Service) selectProviders(tx *store.Tx, where string, arg any) (list []Provider, err error) {
	err = tx.Each(`SELECT no, corpid, secret, callback_keys, trusted_ips, settings, token_round, token_issued_at FROM provider WHERE `+where+` ORDER BY no`,
		[]any{arg}, func(rows *store.Rows) error {
			var p Provider
			var secret, keys []byte
			var ips, settings string
			err := rows.Scan(&p.No, &p.CorpID, &secret, &keys, &ips, &settings, &p.round, &p.issued)
			if err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(settings), &p.ProviderSettings); err != nil {
				return fmt.Errorf("provider %s: %w", p.CorpID, err)
			}
			if p.TrustedIPs, err = access.ParseAddresses(ips); err != nil {
				return fmt.Errorf("provider %s: %w", p.CorpID, err)
			}
			p.Secret, p.Token, p.AESKey, err = s.openSecrets(p.CorpID, secret, keys)
			list = append(list, p)
			return err
		})
	return list, err
}

func (s *Service) sealKeys(place, token, aesKey string) []byte {
	return s.deps.Box.Seal(seal.Callback, place, []byte(token+"\n"+aesKey))
}

// openSecrets opens what a provider's or a suite's row keeps sealed.
func (s *Service) openSecrets(place string, secret, keys []byte) (plain, token, aesKey string, err error) {
	text, err := s.deps.Box.Open(seal.SuiteSecret, place, secret)
	if err != nil {
		return "", "", "", fmt.Errorf("%s: secret: %w", place, err)
	}
	pair, err := s.deps.Box.Open(seal.Callback, place, keys)
	if err != nil {
		return "", "", "", fmt.Errorf("%s: callback keys: %w", place, err)
	}
	token, aesKey, _ = strings.Cut(string(pair), "\n")
	return string(text), token, aesKey, nil
}
