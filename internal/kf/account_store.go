package kf

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"qiwei/internal/store"
)

func accountRow(no int64) store.Row {
	return store.Row{Table: "kf_account", Key: strconv.FormatInt(no, 10)}
}

const accountColumns = `no, corpid, name, avatar, created_at, deleted_at, seq`

func scanAccount(rows *store.Rows) (a Account, err error) {
	var created, deleted int64
	err = rows.Scan(&a.No, &a.CorpID, &a.Name, &a.Avatar, &created, &deleted, &a.Seq)
	a.CreatedAt, a.Deleted = time.UnixMilli(created).UTC(), deleted != 0
	return a, err
}

// recallAccount returns an account by our number, whoever's it is. A deleted one is found.
func recallAccount(tx *store.Tx, no int64) (a Account, found bool, err error) {
	size := func(a Account) int {
		if a.No == 0 {
			return -1
		}
		return 200
	}
	a, err = store.RecallRow(tx, accountRow(no), size, func() (a Account, err error) {
		err = tx.Each(`SELECT `+accountColumns+` FROM kf_account WHERE no = ?`, []any{no}, func(rows *store.Rows) (err error) {
			a, err = scanAccount(rows)
			return err
		})
		return a, err
	})
	return a, a.No != 0, err
}

func selectAccounts(tx *store.Tx, corpID string, offset, limit int64) (out []Account, err error) {
	err = tx.Each(`SELECT `+accountColumns+` FROM kf_account WHERE corpid = ? AND deleted_at = 0 ORDER BY no LIMIT ? OFFSET ?`, []any{corpID, limit, offset}, func(rows *store.Rows) error {
		a, err := scanAccount(rows)
		out = append(out, a)
		return err
	})
	return out, err
}

func insertAccount(tx *store.Tx, a Account) (int64, error) {
	return tx.Insert(`INSERT INTO kf_account (corpid, name, avatar, created_at, deleted_at, seq) VALUES (?, ?, ?, ?, 0, 0)`,
		a.CorpID, a.Name, a.Avatar, a.CreatedAt.UnixMilli())
}

func updateAccount(tx *store.Tx, a Account) error {
	_, err := tx.Only(accountRow(a.No)).Exec(`UPDATE kf_account SET name = ?, avatar = ? WHERE corpid = ? AND no = ?`, a.Name, a.Avatar, a.CorpID, a.No)
	return err
}

// deleteAccount marks an account as deleted. Nobody manages or serves it any more.
func deleteAccount(tx *store.Tx, a Account) error {
	if _, err := tx.Only(accountRow(a.No)).Exec(`UPDATE kf_account SET deleted_at = ?, avatar = '' WHERE corpid = ? AND no = ?`, tx.Now().UnixMilli(), a.CorpID, a.No); err != nil {
		return err
	}
	for _, table := range []string{"kf_manager", "kf_servicer", "kf_rest"} {
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE corpid = ? AND account = ?`, a.CorpID, a.No); err != nil {
			return err
		}
	}
	return nil
}

// lockCorp makes whoever counts what the corp has wait for each other.
func lockCorp(tx *store.Tx, corpID string) error {
	n, err := tx.Exec(`UPDATE kf_corp SET accounts = accounts WHERE corpid = ?`, corpID)
	if err != nil || n > 0 {
		return err
	}
	_, err = tx.Exec(`INSERT INTO kf_corp (corpid, accounts, members, departments) VALUES (?, 0, '[]', '[]')`, corpID)
	if errors.Is(err, store.ErrUnique) {
		return fmt.Errorf("%w: another has just begun", store.ErrConflict)
	}
	return err
}

// countAccounts changes how many accounts the corp has. It answers ErrAccountCount beyond the limits.
func countAccounts(tx *store.Tx, corpID string, by int64) error {
	if err := lockCorp(tx, corpID); err != nil {
		return err
	}
	n, err := tx.Count(`SELECT accounts FROM kf_corp WHERE corpid = ?`, corpID)
	switch n += by; {
	case err != nil:
		return err
	case n > maxAccounts:
		return ErrAccountCount.With("at most %d", maxAccounts)
	case n < 1:
		return ErrAccountCount.With("the last one stays")
	}
	_, err = tx.Exec(`UPDATE kf_corp SET accounts = ? WHERE corpid = ?`, n, corpID)
	return err
}

// recallManagers returns which applications of the corp manage which accounts.
func recallManagers(tx *store.Tx, corpID string) (map[manager]bool, error) {
	size := func(m map[manager]bool) int { return 50 * len(m) }
	return store.RecallTable(tx, "kf_manager", "kf managers "+corpID, size, func() (map[manager]bool, error) {
		out := map[manager]bool{}
		return out, tx.Each(`SELECT account, app FROM kf_manager WHERE corpid = ?`, []any{corpID}, func(rows *store.Rows) error {
			var m manager
			err := rows.Scan(&m.account, &m.app)
			out[m] = true
			return err
		})
	})
}

func insertManager(tx *store.Tx, corpID string, m manager) error {
	_, err := tx.Exec(`INSERT INTO kf_manager (account, app, corpid) VALUES (?, ?, ?)`, m.account, m.app, corpID)
	return err
}

func deleteManager(tx *store.Tx, corpID string, m manager) error {
	_, err := tx.Exec(`DELETE FROM kf_manager WHERE corpid = ? AND account = ? AND app = ?`, corpID, m.account, m.app)
	return err
}
