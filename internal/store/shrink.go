package store

import "context"

// ReturnMemory gives back the pages of the database that SQLite has kept since they were read or written, up to
// 6 MB a connection. It is for the end of a start that has done more than the server soon will, such as founding the
// demo. PostgreSQL keeps them elsewhere, and nothing happens.
func (s *Store) ReturnMemory(ctx context.Context) error {
	if s.dialect.name == postgresDialect.name {
		return nil
	}
	const shrink = `PRAGMA shrink_memory`
	none := func(*Rows) error { return nil }
	// At most one reader has read much: nobody has called yet.
	if err := s.Read(ctx, func(tx *Tx) error { return tx.Each(shrink, nil, none) }); err != nil {
		return err
	}
	return s.Write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(shrink)
		return err
	})
}
