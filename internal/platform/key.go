package platform

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"

	"qiwei/internal/clock"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// ErrOtherKey is returned if the database was made with another master key.
var ErrOtherKey = errors.New("the master key is not the one that this database was made with")

// checkKey compares the master key with the one that the database was made
// with. Everything sealed would be unreadable with another one, and what is
// newly sealed unreadable with the right one.
func checkKey(ctx context.Context, st *store.Store, box *seal.Box) error {
	mac := box.MAC(seal.Installation, "qiwei")
	known, err := keyMAC(ctx, st)
	if err == nil && known == nil {
		err = st.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(`INSERT INTO installation (name, value) VALUES ('key', ?) ON CONFLICT DO NOTHING`, mac)
			return err
		})
		if err == nil { // another server may have been first, with another key
			known, err = keyMAC(ctx, st)
		}
	}
	if err != nil {
		return fmt.Errorf("check the master key: %w", err)
	}
	if !bytes.Equal(known, mac) {
		return ErrOtherKey
	}
	return nil
}

func keyMAC(ctx context.Context, st *store.Store) (mac []byte, err error) {
	err = st.Read(ctx, func(tx *store.Tx) error {
		_, err := tx.Get(`SELECT value FROM installation WHERE name = 'key'`, nil, &mac)
		return err
	})
	return mac, err
}

// HasKey reports whether the database was made with a master key already, so
// that a new one would be of no use to it.
func HasKey(ctx context.Context, database string) (bool, error) {
	st, err := store.Open(ctx, store.Config{URL: database, Clock: clock.New()})
	if err != nil {
		return false, err
	}
	defer st.Close()
	if err := st.Migrate(ctx, Migrations()...); err != nil {
		return false, err
	}
	mac, err := keyMAC(ctx, st)
	return mac != nil, err
}
