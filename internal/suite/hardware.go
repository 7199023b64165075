package suite

import (
	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/store"
)

// What the devices of a provider need beside its suites.

// IDsOf returns the ids that a provider knows people and corps by, and the addresses that it calls from.
func (s *Service) IDsOf(tx *store.Tx, partner string) (access.IDs, access.Addresses, error) {
	seen, err := s.ViewOf(tx, app.App{Settings: app.Settings{Partner: partner}})
	return seen.IDs, seen.Trusted, err
}
