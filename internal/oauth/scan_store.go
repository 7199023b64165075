package oauth

import (
	"fmt"
	"time"

	"qiwei/internal/redirect"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

func insertScan(tx *store.Tx, sc scan) error {
	_, err := tx.Exec(`INSERT INTO login_scan (id, corpid, app, suite, provider, usertype, redirect_uri, state, browser, status, expires_at, desk) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)`,
		sc.key, corpOrNull(sc.corpID), null(sc.app), null(sc.suite), null(sc.partner), string(sc.only), sc.to.Raw, sc.state, sc.browser, tx.Now().Add(scanLife).UnixMilli(), flag(sc.desk))
	if err != nil {
		return fmt.Errorf("insert QR code: %w", err)
	}
	return nil
}

func corpOrNull(corpID string) any {
	if corpID == "" {
		return nil
	}
	return corpID
}

// selectScan returns the QR code with the key. An expired one is over, whatever its state was.
func (s *Service) selectScan(tx *store.Tx, key string) (sc scan, found bool, err error) {
	var uri string
	var status, expires, desk int64
	var sealed []byte
	sc.key = key
	found, err = tx.Get(`SELECT COALESCE(corpid, ''), COALESCE(app, 0), COALESCE(suite, 0), COALESCE(provider, 0), usertype, redirect_uri, state, browser, status, code, expires_at, desk
		FROM login_scan WHERE id = ?`, []any{key}, &sc.corpID, &sc.app, &sc.suite, &sc.partner, &sc.only, &uri, &sc.state, &sc.browser, &status, &sealed, &expires, &desk)
	if err != nil || !found {
		return scan{key: key}, false, err
	}
	sc.to, _ = redirect.Parse(uri)
	sc.desk = desk == 1
	sc.status, sc.expires = scanStatus(status), time.UnixMilli(expires).UTC()
	if !tx.Now().Before(sc.expires) {
		sc.status = scanOver
		return sc, true, nil
	}
	if sc.status == scanConfirmed {
		plain, err := s.deps.Box.Open(seal.UserCode, key, sealed)
		if err != nil {
			return sc, false, fmt.Errorf("code of QR code %s: %w", key, err)
		}
		sc.code = string(plain)
	}
	return sc, true, nil
}

func markScanned(tx *store.Tx, key string) error {
	_, err := tx.Exec(`UPDATE login_scan SET status = 1 WHERE id = ? AND status = 0`, key)
	return err
}

// decideScan stores the end of a QR code. If two decide at once, one gets errScanOver.
func decideScan(tx *store.Tx, key string, status scanStatus, member int64, code []byte, expires time.Time) error {
	var sealed any
	if code != nil {
		sealed = code
	}
	n, err := tx.Exec(`UPDATE login_scan SET status = ?, member = ?, code = ?, expires_at = ? WHERE id = ? AND status IN (0, 1) AND expires_at > ?`,
		int64(status), member, sealed, expires.UnixMilli(), key, tx.Now().UnixMilli())
	if err != nil {
		return fmt.Errorf("decide QR code: %w", err)
	}
	if n == 0 {
		return errScanOver
	}
	return nil
}
