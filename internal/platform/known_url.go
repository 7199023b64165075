package platform

import (
	"context"

	"qiwei/internal/store"
)

// RememberURL notes in the database where clients reach the server, for commands that run beside it.
func (s *Server) RememberURL(ctx context.Context) error {
	old, err := s.RememberedURL(ctx)
	if err != nil || old == s.URL() {
		return err
	}
	return s.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO installation (name, value) VALUES ('base URL', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, []byte(s.URL()))
		return err
	})
}

// RememberedURL returns where the server that ran last on the database was reached; empty if none has.
func (s *Server) RememberedURL(ctx context.Context) (string, error) {
	var value []byte
	err := s.Store.Read(ctx, func(tx *store.Tx) error {
		_, err := tx.Get(`SELECT value FROM installation WHERE name = 'base URL'`, nil, &value)
		return err
	})
	return string(value), err
}
