package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migrate brings the schema up to date. Each room provides the files of its own migrations folder, named
// YYYYMMDDhhmm_noun.sql; merged they form one order. A server that finds migrations newer than its own
// refuses to run on them. Several servers may start on one database at once.
func (s *Store) Migrate(ctx context.Context, rooms ...fs.FS) error {
	if s.current(ctx, rooms) {
		return nil
	}
	merged, err := s.merge(rooms)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		// On SQLite two processes may both begin a migration. One of them fails without any change, and finds
		// at its next try that the other has done it.
		if err = s.migrate(ctx, merged); err == nil || try == 3 || s.dialect.collides || errors.Is(err, errNewerSchema) {
			return err
		}
	}
}

// current reports whether the database has all migrations and none that is newer. goose would find out by a
// connection of its own, which on SQLite reads the whole schema once more, and by reading the text of every
// migration. It is asked where this does not know.
func (s *Store) current(ctx context.Context, rooms []fs.FS) bool {
	known, missing := map[int64]bool{}, map[int64]bool{}
	for _, room := range rooms {
		files, err := fs.Glob(room, "migrations/*.sql")
		if err != nil {
			return false
		}
		for _, f := range files {
			v, err := goose.NumericComponent(f)
			if err != nil || known[v] {
				return false
			}
			known[v], missing[v] = true, true
		}
	}
	newer := false
	err := s.Read(ctx, func(tx *Tx) error {
		return tx.Each(`SELECT version_id FROM goose_db_version WHERE is_applied = TRUE`, nil, func(rows *Rows) error {
			var v int64
			if err := rows.Scan(&v); err != nil {
				return err
			}
			newer = newer || v != 0 && !known[v] // 0 is goose's own
			delete(missing, v)
			return nil
		})
	})
	return err == nil && !newer && len(missing) == 0
}

var errNewerSchema = errors.New("use the newer program")

func (s *Store) merge(rooms []fs.FS) (fs.FS, error) {
	merged := files{}
	for _, room := range rooms {
		files, err := fs.Glob(room, "migrations/*.sql")
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			text, err := fs.ReadFile(room, f)
			if err != nil {
				return nil, err
			}
			name := path.Base(f)
			if _, there := merged[name]; there {
				return nil, fmt.Errorf("two migrations are called %s", name)
			}
			merged[name] = s.dialect.column.Replace(string(text))
		}
	}
	return merged, nil
}

// provider returns what runs the migrations, and what ends it.
func (s *Store) provider(merged fs.FS) (*goose.Provider, func() error, error) {
	opts := []goose.ProviderOption{goose.WithLogger(goose.NopLogger()), goose.WithAllowOutofOrder(true)}
	if s.dialect.goose == "postgres" {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // asks each second for five minutes
		if err != nil {
			return nil, nil, err
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	db, done, err := s.backend.admin()
	if err != nil {
		return nil, nil, err
	}
	p, err := goose.NewProvider(goose.Dialect(s.dialect.goose), db, merged, opts...)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("read migrations: %w", err), done())
	}
	return p, done, nil
}

func (s *Store) migrate(ctx context.Context, merged fs.FS) error {
	p, done, err := s.provider(merged)
	if err != nil {
		return err
	}
	defer done()
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", mapError(err))
	}
	if current > target {
		return fmt.Errorf("the database has schema %d, newer than this program's %d; %w", current, target, errNewerSchema)
	}
	applied, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	for _, m := range applied {
		s.log.Info("migrated", "file", m.Source.Path, "took", m.Duration)
	}
	return nil
}

// migrateTo applies these migrations and no others, those that the database has already excepted.
func (s *Store) migrateTo(ctx context.Context, rooms []fs.FS, versions []int64) error {
	merged, err := s.merge(rooms)
	if err != nil {
		return err
	}
	p, done, err := s.provider(merged)
	if err != nil {
		return err
	}
	defer done()
	known := map[int64]bool{}
	for _, source := range p.ListSources() {
		known[source.Version] = true
	}
	for _, v := range versions {
		if !known[v] {
			return fmt.Errorf("migration %d is not known; %w", v, errNewerSchema)
		}
		if _, err := p.ApplyVersion(ctx, v, true); err != nil && !errors.Is(err, goose.ErrAlreadyApplied) {
			return fmt.Errorf("migrate to %d: %w", v, err)
		}
	}
	return nil
}
