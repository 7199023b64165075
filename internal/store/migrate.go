package store

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"testing/fstest"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migrate brings the schema up to date. Each room hands in the files of its own
// migrations folder, named YYYYMMDDhhmm_noun.sql; merged they form one order. A
// server that finds migrations newer than its own refuses to run on them.
func (s *Store) Migrate(ctx context.Context, rooms ...fs.FS) error {
	merged := fstest.MapFS{}
	for _, room := range rooms {
		files, err := fs.Glob(room, "migrations/*.sql")
		if err != nil {
			return err
		}
		for _, f := range files {
			text, err := fs.ReadFile(room, f)
			if err != nil {
				return err
			}
			name := path.Base(f)
			if merged[name] != nil {
				return fmt.Errorf("two migrations are called %s", name)
			}
			merged[name] = &fstest.MapFile{Data: []byte(s.dialect.column.Replace(string(text)))}
		}
	}
	opts := []goose.ProviderOption{goose.WithLogger(goose.NopLogger()), goose.WithAllowOutofOrder(true)}
	if s.dialect.goose == "postgres" {
		// Several servers may start on one database at once.
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return err
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	db, err := s.backend.admin()
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.Dialect(s.dialect.goose), db, merged, opts...)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", mapError(err))
	}
	if current > target {
		return fmt.Errorf("the database has schema %d, newer than this program's %d; use the newer program", current, target)
	}
	done, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	for _, m := range done {
		s.log.Info("migrated", "file", m.Source.Path, "took", m.Duration)
	}
	return nil
}
