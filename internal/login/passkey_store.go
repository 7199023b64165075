package login

import (
	"encoding/json"
	"fmt"
	"time"

	"qiwei/internal/directory"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

const passkeyColumns = `no, corpid, member, name, record, created_at, used_at`

func (s *Service) scanPasskey(scan func(...any) error) (k passkey, err error) {
	var sealed []byte
	var created, used int64
	if err := scan(&k.no, &k.corpID, &k.member, &k.name, &sealed, &created, &used); err != nil {
		return k, err
	}
	plain, err := s.deps.Box.Open(seal.Passkey, passkeyPlace(k.member), sealed)
	if err != nil {
		return k, fmt.Errorf("passkey %d: %w", k.no, err)
	}
	if err := json.Unmarshal(plain, &k.record); err != nil {
		return k, fmt.Errorf("passkey %d: %w", k.no, err)
	}
	k.created = time.UnixMilli(created).UTC()
	if used > 0 {
		k.used = time.UnixMilli(used).UTC()
	}
	return k, nil
}

func passkeyPlace(member int64) string { return fmt.Sprintf("member %d", member) }

func (s *Service) sealPasskey(k passkey) ([]byte, error) {
	plain, err := json.Marshal(k.record)
	return s.deps.Box.Seal(seal.Passkey, passkeyPlace(k.member), plain), err
}

// selectPasskey returns the passkey with the credential's id.
func (s *Service) selectPasskey(tx *store.Tx, credential []byte) (k passkey, found bool, err error) {
	err = tx.Each(`SELECT `+passkeyColumns+` FROM login_passkey WHERE credential = ?`, []any{credential}, func(rows *store.Rows) error {
		k, err = s.scanPasskey(rows.Scan)
		found = true
		return err
	})
	return k, found, err
}

// selectPasskeys returns the member's passkeys, oldest first.
func (s *Service) selectPasskeys(tx *store.Tx, m directory.Member) (list []passkey, err error) {
	err = tx.Each(`SELECT `+passkeyColumns+` FROM login_passkey WHERE member = ? ORDER BY no`, []any{m.No}, func(rows *store.Rows) error {
		k, err := s.scanPasskey(rows.Scan)
		list = append(list, k)
		return err
	})
	return list, err
}

func (s *Service) insertPasskey(tx *store.Tx, k passkey) error {
	sealed, err := s.sealPasskey(k)
	if err != nil {
		return err
	}
	_, err = tx.Insert(`INSERT INTO login_passkey (credential, corpid, member, name, record, created_at, used_at) VALUES (?, ?, ?, ?, ?, ?, 0)`,
		k.record.ID, k.corpID, k.member, k.name, sealed, tx.Now().UnixMilli())
	return err
}

// usePasskey stores what a sign-in changes: the counter and the flags.
func (s *Service) usePasskey(tx *store.Tx, k passkey) error {
	sealed, err := s.sealPasskey(k)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE login_passkey SET record = ?, used_at = ? WHERE no = ?`, sealed, tx.Now().UnixMilli(), k.no)
	return err
}

func deletePasskey(tx *store.Tx, member, no int64) (removed bool, err error) {
	n, err := tx.Exec(`DELETE FROM login_passkey WHERE member = ? AND no = ?`, member, no)
	return n == 1, err
}

// insertChallenge reports whether this is the challenge's first use.
func insertChallenge(tx *store.Tx, mac []byte) (fresh bool, err error) {
	n, err := tx.Exec(`INSERT INTO login_challenge (mac, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING`, mac, tx.Now().Add(ceremonyLife).UnixMilli())
	return n == 1, err
}
