package kf

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Account is one that customers write to.
type Account struct {
	No        int64
	CorpID    string
	Name      string
	Avatar    string // path of a picture; empty for the usual one
	CreatedAt time.Time
	Deleted   bool
	Seq       int64 // of its newest message
}

// Errors of accounts (doc 90313).
var (
	ErrAccountName  = wire.Code(95006, "invalid account name")
	ErrAccountCount = wire.Code(95005, "number of customer-service accounts out of range")
)

// Limits of accounts (doc 94662, 94661).
const (
	maxAccounts      = 5000
	maxAccountName   = 16 // characters
	maxAccountsAtOne = 100
)

// accountHead stands before the number in an open_kfid.
const accountHead = "wk"

// OpenKfID returns the corp's own id of an account.
func (s *Service) OpenKfID(no int64) id.ServiceAccount {
	return id.ServiceAccount(accountHead + s.deps.Box.Number(seal.ServiceAccount, no))
}

// account returns the corp's account of an id. It answers ErrAccountMissing, ErrAccount for what is no id, and
// ErrNoAccount for one that is another corp's or was deleted.
func (s *Service) account(tx *store.Tx, corpID string, open id.ServiceAccount) (a Account, err error) {
	if open == "" {
		return a, ErrAccountMissing
	}
	text, ok := strings.CutPrefix(string(open), accountHead)
	no, bad := s.deps.Box.OpenNumber(seal.ServiceAccount, text)
	if !ok || bad != nil {
		return a, ErrAccount.With("%q", open)
	}
	a, found, err := recallAccount(tx, no)
	if err == nil && (!found || a.CorpID != corpID || a.Deleted) {
		err = ErrNoAccount.With("%q", open)
	}
	return a, err
}

// Exists reports whether the corp has an account of the id.
func (s *Service) Exists(tx *store.Tx, corpID string, open id.ServiceAccount) (bool, error) {
	_, err := s.account(tx, corpID, open)
	if errors.As(err, new(wire.Error)) {
		return false, nil
	}
	return err == nil, err
}

// seen is account for a caller who must see all servicers of it. It answers ErrRange.
func (s *Service) seen(tx *store.Tx, by access.Caller, open id.ServiceAccount) (Account, error) {
	a, err := s.account(tx, by.CorpID, open)
	if err != nil || by.SeesAll() {
		return a, err
	}
	key := "kf range " + strconv.FormatInt(a.No, 10) + " " + strconv.FormatInt(by.App, 10)
	within, err := store.Recall(tx, key, func(bool) int { return 0 }, func() (bool, error) { return s.servicersWithin(tx, by, a) })
	if err == nil && !within {
		err = ErrRange.With("all servicers of %q must be in the visible range", open)
	}
	return a, err
}

// managed is seen for a caller that must manage the account. It answers ErrNotManaged.
func (s *Service) managed(tx *store.Tx, by access.Caller, open id.ServiceAccount) (Account, error) {
	a, err := s.account(tx, by.CorpID, open)
	if err != nil {
		return a, err
	}
	if is, err := s.manages(tx, by, a.No); err != nil || !is {
		if err == nil {
			err = ErrNotManaged.With("the enterprise has not let the application manage %q", open)
		}
		return a, err
	}
	return s.seen(tx, by, open)
}

// manages reports whether the caller manages an account. The corp itself and its system application manage
// all.
func (s *Service) manages(tx *store.Tx, by access.Caller, account int64) (bool, error) {
	if by.OfCorp() || by.Kind == access.CustomerService {
		return true, nil
	}
	all, err := recallManagers(tx, by.CorpID)
	return all[manager{account, by.App}], err
}

// manager is an application and an account that it manages.
type manager struct{ account, app int64 }

func validAccountName(name string) error {
	if n := utf8.RuneCountInString(name); strings.TrimSpace(name) == "" || n > maxAccountName {
		return ErrAccountName.With("1 to %d characters expected, %d given", maxAccountName, n)
	}
	return nil
}

// CreateAccount adds an account. An application manages what it has created; it must manage one already,
// unless it is the system application or has the permission as a provider's (doc 94662).
func (s *Service) CreateAccount(ctx context.Context, tx *store.Tx, by access.Caller, name, mediaID string) (a Account, err error) {
	if err := validAccountName(name); err != nil {
		return a, err
	}
	if by.Kind == access.SelfBuilt {
		all, err := recallManagers(tx, by.CorpID)
		if err != nil {
			return a, err
		}
		if !managesAny(all, by.App) {
			return a, ErrNotManaged.With("an application that manages no account may not create one; have an administrator let it manage one first")
		}
	}
	a = Account{CorpID: by.CorpID, Name: name, CreatedAt: tx.Now()}
	if mediaID != "" || !by.OfCorp() {
		if a.Avatar, err = s.picture(tx, by.CorpID, mediaID); err != nil {
			return a, err
		}
	}
	if err := countAccounts(tx, by.CorpID, 1); err != nil {
		return a, err
	}
	if a.No, err = insertAccount(tx, a); err != nil || by.App == 0 {
		return a, err
	}
	return a, insertManager(tx, by.CorpID, manager{a.No, by.App})
}

func managesAny(all map[manager]bool, app int64) bool {
	for m := range all {
		if m.app == app {
			return true
		}
	}
	return false
}

// picture keeps an uploaded picture as an avatar.
func (s *Service) picture(tx *store.Tx, corpID, mediaID string) (path string, err error) {
	if _, err := s.deps.Media.Find(tx, corpID, media.General, mediaID, media.Image); err != nil {
		return "", err
	}
	return s.deps.Media.KeepPicture(tx, corpID, mediaID, true)
}

// UpdateAccount changes the name and the picture of an account that the caller manages. What is nil stays. Doc
// 94664.
func (s *Service) UpdateAccount(ctx context.Context, tx *store.Tx, by access.Caller, open id.ServiceAccount, name, mediaID *string) error {
	a, err := s.managed(tx, by, open)
	if err != nil {
		return err
	}
	if name != nil {
		if err := validAccountName(*name); err != nil {
			return err
		}
		a.Name = *name
	}
	if mediaID != nil {
		path, err := s.picture(tx, by.CorpID, *mediaID)
		if err != nil {
			return err
		}
		if err := s.deps.Media.ReleasePicture(tx, by.CorpID, a.Avatar); err != nil {
			return err
		}
		a.Avatar = path
	}
	return updateAccount(tx, a)
}

// DeleteAccount deletes an account that the caller manages. The corp keeps one at least: the last is refused
// with ErrAccountCount. The other applications that managed it are told. Doc 94663.
func (s *Service) DeleteAccount(ctx context.Context, tx *store.Tx, by access.Caller, open id.ServiceAccount) error {
	a, err := s.managed(tx, by, open)
	if err != nil {
		return err
	}
	if err := countAccounts(tx, by.CorpID, -1); err != nil {
		return err
	}
	all, err := recallManagers(tx, by.CorpID)
	if err != nil {
		return err
	}
	if err := s.deps.Media.ReleasePicture(tx, by.CorpID, a.Avatar); err != nil {
		return err
	}
	if err := deleteAccount(tx, a); err != nil {
		return err
	}
	for m := range all {
		if m.account == a.No && m.app != by.App {
			if err := s.tellAuth(ctx, tx, by, m.app, nil, []int64{a.No}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Managed says which applications manage an account, and tells those for whom that has changed. An
// administrator decides it (doc 94638). Whether several may manage one account is unverified.
func (s *Service) Managed(ctx context.Context, tx *store.Tx, by access.Caller, open id.ServiceAccount, agents []int64) error {
	a, err := s.account(tx, by.CorpID, open)
	if err != nil {
		return err
	}
	wanted := map[manager]bool{}
	for _, agent := range agents {
		one, err := s.deps.Apps.App(tx, by.CorpID, agent)
		if err != nil {
			return wire.ErrParameter.With("agentids: there is no application %d", agent)
		}
		if err := mayManage(one); err != nil {
			return err
		}
		wanted[manager{a.No, one.No}] = true
	}
	all, err := recallManagers(tx, by.CorpID)
	if err != nil {
		return err
	}
	for m := range all {
		if m.account != a.No || wanted[m] {
			continue
		}
		if err := deleteManager(tx, by.CorpID, m); err != nil {
			return err
		}
		if err := s.tellAuth(ctx, tx, by, m.app, nil, []int64{a.No}); err != nil {
			return err
		}
	}
	for m := range wanted {
		if all[m] {
			continue
		}
		if err := insertManager(tx, by.CorpID, m); err != nil {
			return err
		}
		if err := s.tellAuth(ctx, tx, by, m.app, []int64{a.No}, nil); err != nil {
			return err
		}
	}
	return nil
}

// mayManage refuses an application that could not make the calls.
func mayManage(a app.App) error {
	switch {
	case a.Kind == access.SelfBuilt && !a.MayCallOf(access.CustomerService):
		return wire.ErrParameter.With("agentids: application %d is not among those that may call customer service (qiwei app set --agentid %d --callable customer_service)", a.AgentID, a.AgentID)
	case a.Kind == access.Custom, a.Kind == access.ThirdParty, a.Kind == access.SelfBuilt:
		return nil
	}
	return wire.ErrParameter.With("agentids: application %d is of kind %s, which manages no accounts", a.AgentID, a.Kind)
}

// Accounts returns accounts of the corp, by their age. Doc 94661.
func (s *Service) Accounts(tx *store.Tx, corpID string, offset, limit int64) ([]Account, error) {
	return selectAccounts(tx, corpID, offset, limit)
}

// avatarURL returns the address of an account's picture.
func (s *Service) avatarURL(a Account) string {
	if a.Avatar == "" {
		return s.deps.Directory.DefaultAvatarURL()
	}
	return s.deps.BaseURL() + a.Avatar
}
