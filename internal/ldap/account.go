package ldap

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// Account is a service account: a product that looks members up. It either sees what an application sees and
// reads the fields that the application reads, or has a visible range of its own and reads all fields.
type Account struct {
	CorpID    string
	Name      string
	App       int64 // our number of the application; 0 means none
	Range     access.Range
	CreatedAt time.Time
}

// Errors of accounts.
var (
	ErrAccountTaken    = errors.New("there is a service account of this name")
	ErrAccountNotFound = errors.New("there is no service account of this name")
	ErrAccountName     = errors.New("the name of a service account has 1 to 64 letters, digits, hyphens, dots and underscores")
)

var accountShape = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// CreateAccount creates a service account and returns its secret, which is not stored.
func (s *Service) CreateAccount(ctx context.Context, tx *store.Tx, a Account) (secret string, err error) {
	if !accountShape.MatchString(a.Name) {
		return "", ErrAccountName
	}
	visible, err := json.Marshal(a.Range)
	if err != nil {
		return "", err
	}
	var ofApp any
	if a.App != 0 {
		ofApp = a.App
	}
	secret = id.Secret()
	n, err := tx.Exec(`INSERT INTO ldap_account (corpid, name, secret_mac, app, visible, created_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		a.CorpID, a.Name, s.secretMAC(secret), ofApp, string(visible), tx.Now().UnixMilli())
	if err == nil && n == 0 {
		err = ErrAccountTaken
	}
	return secret, err
}

// RotateAccount gives the account a new secret. Connections bound with the old one read nothing more.
func (s *Service) RotateAccount(ctx context.Context, tx *store.Tx, corpID, name string) (secret string, err error) {
	secret = id.Secret()
	n, err := tx.Exec(`UPDATE ldap_account SET secret_mac = ? WHERE corpid = ? AND name = ?`, s.secretMAC(secret), corpID, name)
	if err == nil && n == 0 {
		err = ErrAccountNotFound
	}
	return secret, err
}

// RemoveAccount removes the account. Connections bound as it read nothing more.
func (s *Service) RemoveAccount(ctx context.Context, tx *store.Tx, corpID, name string) error {
	n, err := tx.Exec(`DELETE FROM ldap_account WHERE corpid = ? AND name = ?`, corpID, name)
	if err == nil && n == 0 {
		err = ErrAccountNotFound
	}
	return err
}

// Accounts returns the corp's service accounts by name.
func (s *Service) Accounts(tx *store.Tx, corpID string) ([]Account, error) {
	list, err := selectAccounts(tx, `corpid = ? ORDER BY name`, corpID)
	out := make([]Account, len(list))
	for i, k := range list {
		out[i] = k.Account
	}
	return out, err
}

// AccountDN returns the name with which the account binds.
func (s *Service) AccountDN(tx *store.Tx, corpID, name string) (string, error) {
	t, found, err := s.treeOf(tx, corpID)
	if err != nil || !found {
		return "", err
	}
	return t.serviceDN(name), nil
}

func (s *Service) secretMAC(secret string) []byte { return s.deps.Box.MAC(seal.LDAPSecret, secret) }

// account is an Account as it is stored.
type account struct {
	Account
	mac []byte
}

func selectAccounts(tx *store.Tx, where string, args ...any) ([]account, error) {
	var list []account
	err := tx.Each(`SELECT corpid, name, secret_mac, coalesce(app, 0), visible, created_at FROM ldap_account WHERE `+where, args, func(rows *store.Rows) error {
		var a account
		var visible string
		var created int64
		if err := rows.Scan(&a.CorpID, &a.Name, &a.mac, &a.App, &visible, &created); err != nil {
			return err
		}
		a.CreatedAt = time.UnixMilli(created).UTC()
		list = append(list, a)
		return json.Unmarshal([]byte(visible), &list[len(list)-1].Range)
	})
	return list, err
}

// recallAccount returns the account, cached until the database changes.
func (s *Service) recallAccount(tx *store.Tx, corpID, name string) (account, bool, error) {
	list, err := store.Recall(tx, "ldap account "+corpID+" "+name, func(l []account) int { return 400*len(l) - 1 }, func() ([]account, error) {
		return selectAccounts(tx, `corpid = ? AND name = ?`, corpID, name)
	})
	if err != nil || len(list) == 0 {
		return account{}, false, err
	}
	return list[0], true, nil
}

// matches reports whether the secret is the account's.
func (s *Service) matches(a account, secret string) bool {
	return hmac.Equal(a.mac, s.secretMAC(secret))
}

// callerOf returns the caller as which the account acts. ok is false if its application is switched off or
// gone.
func (s *Service) callerOf(tx *store.Tx, a account) (by access.Caller, ok bool, err error) {
	if a.App == 0 {
		by := access.System(a.CorpID)
		if !a.Range.All() {
			by = by.Within(a.Range)
		}
		return by, true, nil
	}
	owner, err := s.deps.Apps.AppNo(tx, a.App)
	if errors.Is(err, app.ErrNotFound) || (err == nil && owner.Disabled) {
		return by, false, nil
	}
	if err != nil {
		return by, false, err
	}
	if by, err = s.deps.Apps.Caller(tx, owner); err != nil {
		return by, false, fmt.Errorf("application %d: %w", a.App, err)
	}
	return by.Within(by.Range), true, nil
}
