package oidc

import (
	"net/url"

	"qiwei/internal/store"
)

// What the tests of other corps' rows reach for: the statements are the last door,
// behind operations that look first.
var (
	UpdateClientRow       = updateClient
	UpdateClientSecretRow = updateClientSecret
	DeleteClientRow       = deleteClient
)

// Exchange does what the token endpoint does in its transaction.
func (s *Service) Exchange(tx *store.Tx, c Client, form url.Values) error {
	g, err := s.redeem(tx, c, form)
	if err == nil {
		_, _, err = s.issueTokens(tx, g)
	}
	return err
}
