package oidc

import (
	"fmt"
	"time"

	"qiwei/internal/store"
)

const keyColumns = `kid, corpid, alg, private, created_at, signs_from, expires_at`

func scanKey(rows *store.Rows) (k Key, err error) {
	var created, signs, expires int64
	err = rows.Scan(&k.KID, &k.CorpID, &k.Alg, &k.sealed, &created, &signs, &expires)
	k.CreatedAt, k.SignsFrom = time.UnixMilli(created).UTC(), time.UnixMilli(signs).UTC()
	if expires > 0 {
		k.ExpiresAt = time.UnixMilli(expires).UTC()
	}
	return k, err
}

func eachKey(tx *store.Tx, where string, args ...any) (out []Key, err error) {
	err = tx.Each(`SELECT `+keyColumns+` FROM oidc_key WHERE `+where, args, func(rows *store.Rows) error {
		k, err := scanKey(rows)
		out = append(out, k)
		return err
	})
	return out, err
}

// selectSigningKey returns the key that signs now: the latest of those that may sign.
func selectSigningKey(tx *store.Tx, corpID, alg string) (k Key, found bool, err error) {
	now := tx.Now().UnixMilli()
	list, err := eachKey(tx, `corpid = ? AND alg = ? AND signs_from <= ? AND (expires_at = 0 OR expires_at > ?) ORDER BY signs_from DESC, kid LIMIT 1`, corpID, alg, now, now)
	if err != nil || len(list) == 0 {
		return Key{}, false, err
	}
	return list[0], true, nil
}

func selectKeys(tx *store.Tx, corpID string) ([]Key, error) {
	return eachKey(tx, `corpid = ? AND (expires_at = 0 OR expires_at > ?) ORDER BY signs_from DESC, kid`, corpID, tx.Now().UnixMilli())
}

// selectOldKeys returns the keys made before a time that no later key follows.
func selectOldKeys(tx *store.Tx, before time.Time) ([]Key, error) {
	return eachKey(tx, `expires_at = 0 AND created_at <= ? ORDER BY kid`, before.UnixMilli())
}

func hasLaterKey(tx *store.Tx, k Key) (bool, error) {
	n, err := tx.Count(`SELECT count(*) FROM oidc_key WHERE corpid = ? AND alg = ? AND created_at > ?`, k.CorpID, k.Alg, k.CreatedAt.UnixMilli())
	return n > 0, err
}

func insertKey(tx *store.Tx, k Key) error {
	expires := int64(0)
	if !k.ExpiresAt.IsZero() {
		expires = k.ExpiresAt.UnixMilli()
	}
	_, err := tx.Exec(`INSERT INTO oidc_key (`+keyColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		k.KID, k.CorpID, k.Alg, k.sealed, k.CreatedAt.UnixMilli(), k.SignsFrom.UnixMilli(), expires)
	if err != nil {
		return fmt.Errorf("insert signing key: %w", err)
	}
	return nil
}

// expireKeys makes the algorithm's keys expire then, or earlier if they were to expire earlier.
func expireKeys(tx *store.Tx, corpID, alg string, until time.Time) error {
	_, err := tx.Exec(`UPDATE oidc_key SET expires_at = ? WHERE corpid = ? AND alg = ? AND (expires_at = 0 OR expires_at > ?)`,
		until.UnixMilli(), corpID, alg, until.UnixMilli())
	return err
}
