package gate

import (
	"qiwei/internal/login"
	"qiwei/internal/store"
)

// Admits is the last door, behind others that close first.
func (s *Service) Admits(tx *store.Tx, site Site, sess login.Session) (bool, error) {
	return s.admits(tx, site, sess)
}
