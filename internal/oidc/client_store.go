package oidc

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"qiwei/internal/store"
)

// ErrClientTaken is returned for an id that another client of this server already has.
var ErrClientTaken = errors.New("the client id is taken")

func insertClient(tx *store.Tx, c Client) error {
	settings, err := json.Marshal(c.ClientSettings)
	if err != nil {
		return err
	}
	n, err := tx.Exec(`INSERT INTO oidc_client (id, corpid, app, secret_mac, earlier_until, settings, created_at) VALUES (?, ?, ?, ?, 0, ?, ?)
		ON CONFLICT DO NOTHING`, c.ID, c.CorpID, c.App, orNull(c.mac), string(settings), c.CreatedAt.UnixMilli())
	if err != nil {
		return fmt.Errorf("insert client: %w", err)
	}
	if n == 0 {
		return ErrClientTaken
	}
	return nil
}

func orNull(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

func selectClients(tx *store.Tx, where string, args ...any) (out []Client, err error) {
	err = tx.Each(`SELECT id, corpid, app, secret_mac, earlier_mac, earlier_until, settings, created_at FROM oidc_client WHERE `+where, args,
		func(rows *store.Rows) error {
			var c Client
			var settings string
			var until, created int64
			if err := rows.Scan(&c.ID, &c.CorpID, &c.App, &c.mac, &c.earlier, &until, &settings, &created); err != nil {
				return err
			}
			c.CreatedAt = time.UnixMilli(created).UTC()
			if until > 0 {
				c.EarlierUntil = time.UnixMilli(until).UTC()
			}
			out = append(out, c)
			if err := json.Unmarshal([]byte(settings), &out[len(out)-1].ClientSettings); err != nil {
				return fmt.Errorf("client %s: settings: %w", c.ID, err)
			}
			return nil
		})
	return out, err
}

// The statements below are for one corp's client. For another corp's client they answer ErrNoClient, as for a
// missing one.

func updateClient(tx *store.Tx, c Client) error {
	settings, err := json.Marshal(c.ClientSettings)
	if err != nil {
		return err
	}
	return one(tx.Exec(`UPDATE oidc_client SET settings = ? WHERE id = ? AND corpid = ?`, string(settings), c.ID, c.CorpID))
}

func updateClientSecret(tx *store.Tx, c Client) error {
	return one(tx.Exec(`UPDATE oidc_client SET secret_mac = ?, earlier_mac = ?, earlier_until = ? WHERE id = ? AND corpid = ?`,
		orNull(c.mac), orNull(c.earlier), c.EarlierUntil.UnixMilli(), c.ID, c.CorpID))
}

func deleteClient(tx *store.Tx, corpID, clientID string) error {
	return one(tx.Exec(`DELETE FROM oidc_client WHERE corpid = ? AND id = ?`, corpID, clientID))
}

// one answers ErrNoClient if a statement has changed nothing.
func one(changed int64, err error) error {
	if err == nil && changed == 0 {
		err = ErrNoClient
	}
	return err
}
