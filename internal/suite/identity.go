package suite

import (
	"encoding/base64"
	"strconv"

	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// ShownIDs returns what a provider knows a corp and a member of it by, installed or not: a member of any corp may
// sign in on a provider's site (doc 91121). The corp is not written down as one that has authorised the provider.
func (s *Service) ShownIDs(provider int64, corpID string, member int64) (corp, user string) {
	return s.openCorpText(provider, corpID), s.openUserID(provider, member)
}

// openCorpText makes the id by which a provider knows a corp. It never changes.
func (s *Service) openCorpText(provider int64, corpID string) string {
	mac := s.deps.Box.MAC(seal.OpenCorpID+seal.Purpose(strconv.FormatInt(provider, 10)), corpID)
	return openCorpHead + base64.RawURLEncoding.EncodeToString(mac)[:30]
}

// SuiteNo returns the suite with our number, or ErrNotFound.
func (s *Service) SuiteNo(tx *store.Tx, no int64) (Suite, error) { return s.suite(tx, `s.no = ?`, no) }

// ProviderNo returns the provider with our number, or ErrNoProvider.
func (s *Service) ProviderNo(tx *store.Tx, no int64) (Provider, error) {
	return s.provider(tx, `no = ?`, no)
}
