package oidc

import (
	"net/url"

	"qiwei/internal/store"
)

// For the tests with other corps' rows: the statements are the last line of defence, behind operations that
// check first.
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
