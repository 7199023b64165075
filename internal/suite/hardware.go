package suite

import (
	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/store"
)

// What the devices of a provider need beside its suites.

// Introduce returns what a provider knows a corp by, and makes it where the corp has had nothing of the
// provider before, as when it binds the provider's device.
func (s *Service) Introduce(tx *store.Tx, partner, corpID string) (open string, err error) {
	p, err := s.Provider(tx, partner)
	if err != nil {
		return "", err
	}
	return s.openCorp(tx, p.No, corpID)
}

// IDsOf returns the ids that a provider knows people and corps by, and the addresses that it calls from.
func (s *Service) IDsOf(tx *store.Tx, partner string) (access.IDs, access.Addresses, error) {
	seen, err := s.ViewOf(tx, app.App{Settings: app.Settings{Partner: partner}})
	return seen.IDs, seen.Trusted, err
}
