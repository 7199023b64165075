package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// firstAgentID holds the agentids that the platform gives to its own applications (seen in the field).
// Self-built ones count up from 1000002.
var firstAgentID = map[access.Kind]int64{
	access.SelfBuilt: 1000002, access.ContactSync: 2000002, access.CustomerContact: 2000003, access.ChatArchive: 2000004,
	access.Checkin: 3010011, access.Approval: 3010040, access.Journal: 3010041, access.Living: 3010097, access.HR: 3010185,
}

// firstOther is the first agentid for the platform's own applications whose real agentids are unknown.
const firstOther = 3020001

// CreateApp adds an application with a new secret, which the returned App holds. An AgentID of 0 gets the
// next free one of its kind. A corp has one application of each kind that is not self-built. It makes none of
// a provider's kinds: those are installed.
func (s *Service) CreateApp(ctx context.Context, tx *store.Tx, a App) (App, error) {
	if err := ofProvider(a.Kind); err != nil {
		return App{}, err
	}
	return s.addApp(tx, a)
}

// Install adds an application of a provider to a corp, as CreateApp adds one of
// the corp's own. It is for the room that keeps providers.
func (s *Service) Install(ctx context.Context, tx *store.Tx, a App) (App, error) {
	if !a.Kind.Installed() {
		return App{}, fmt.Errorf("an application of kind %s is made, not installed", a.Kind)
	}
	return s.addApp(tx, a)
}

// Claim makes one of the corp's own applications a provider's, who has developed it: its kind, suite and partner are
// those of a. It stays the application that it was, with its agentid, its secret and its tokens (doc 99617).
func (s *Service) Claim(tx *store.Tx, a App) error {
	if err := a.valid(); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE app SET kind = ? WHERE no = ? AND corpid = ?`, string(a.Kind), a.No, a.CorpID); err != nil {
		return err
	}
	return s.writeApp(tx, a)
}

func (s *Service) addApp(tx *store.Tx, a App) (App, error) {
	if err := a.valid(); err != nil {
		return App{}, err
	}
	if _, err := s.deps.Corps.Corp(tx, a.CorpID); err != nil {
		return App{}, err
	}
	if !slices.Contains(access.AppKinds(), a.Kind) {
		return App{}, fmt.Errorf("unknown kind of application %q", a.Kind)
	}
	if a.Kind.Single() {
		n, err := tx.Count(`SELECT count(*) FROM app WHERE corpid = ? AND kind = ?`, a.CorpID, string(a.Kind))
		if err != nil {
			return App{}, err
		}
		if n > 0 {
			return App{}, fmt.Errorf("%s: %w", a.Kind, ErrKindTaken)
		}
	}
	n, err := tx.Count(`SELECT count(*) FROM app WHERE corpid = ?`, a.CorpID)
	if err != nil {
		return App{}, err
	}
	if n >= maxApps {
		return App{}, ErrTooMany
	}
	if a.AgentID == 0 {
		if a.AgentID, err = nextAgentID(tx, a.CorpID, a.Kind); err != nil {
			return App{}, err
		}
	}
	if a.Secret == "" {
		a.Secret = id.Secret()
	}
	if a.CallbackToken == "" {
		a.CallbackToken = id.Letters(24)
	}
	if a.CallbackAESKey == "" {
		a.CallbackAESKey = id.AESKey()
	}
	a.CreatedAt = tx.Now()
	settings, err := json.Marshal(a.Settings)
	if err != nil {
		return App{}, err
	}
	a.No, err = tx.Insert(`INSERT INTO app (corpid, agentid, kind, secret, secret_mac, callback_keys, trusted_ips, settings, created_at, listens)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		a.CorpID, a.AgentID, string(a.Kind), s.deps.Box.Seal(seal.AppSecret, a.CorpID, []byte(a.Secret)),
		s.deps.Box.MAC(seal.AppSecret, a.Secret), s.sealCallback(a), a.TrustedIPs.String(), string(settings), a.CreatedAt.UnixMilli(), a.listens())
	if err != nil {
		return App{}, fmt.Errorf("insert application: %w", err)
	}
	// A restored enterprise keeps its agentids.
	_, err = tx.Exec(`DELETE FROM app_gone WHERE corpid = ? AND agentid = ?`, a.CorpID, a.AgentID)
	return a, err
}

func nextAgentID(tx *store.Tx, corpID string, kind access.Kind) (int64, error) {
	first, fixed := firstAgentID[kind]
	if kind.Installed() {
		first = firstAgentID[access.SelfBuilt] // installations are numbered together with the corp's own (doc 90600's sample)
	} else if !fixed {
		first = firstOther
	}
	const known = `(SELECT corpid, agentid FROM app UNION ALL SELECT corpid, agentid FROM app_gone) a`
	if fixed && kind.Single() { // its own, whichever of the platform's applications came before it
		n, err := tx.Count(`SELECT count(*) FROM `+known+` WHERE corpid = ? AND agentid = ?`, corpID, first)
		if err != nil || n == 0 {
			return first, err
		}
	}
	last, err := tx.Count(`SELECT coalesce(max(agentid), 0) FROM `+known+` WHERE corpid = ? AND agentid >= ? AND agentid < ?`, corpID, first, first+900000)
	return max(first, last+1), err
}

func (s *Service) sealCallback(a App) []byte {
	return s.deps.Box.Seal(seal.Callback, a.CorpID, []byte(a.CallbackToken+"\n"+a.CallbackAESKey))
}

const appColumns = `no, corpid, agentid, kind, secret, callback_keys, trusted_ips, settings, created_at`

func (s *Service) scan(rows *store.Rows) (App, error) {
	var a App
	var secret, keys []byte
	var ips, settings string
	var created int64
	if err := rows.Scan(&a.No, &a.CorpID, &a.AgentID, &a.Kind, &secret, &keys, &ips, &settings, &created); err != nil {
		return App{}, err
	}
	if err := json.Unmarshal([]byte(settings), &a.Settings); err != nil {
		return App{}, fmt.Errorf("application %d: settings: %w", a.No, err)
	}
	var err error
	if a.TrustedIPs, err = access.ParseAddresses(ips); err != nil {
		return App{}, fmt.Errorf("application %d: %w", a.No, err)
	}
	plain, err := s.deps.Box.Open(seal.AppSecret, a.CorpID, secret)
	if err != nil {
		return App{}, fmt.Errorf("application %d: secret: %w (is the master key the one it was sealed with?)", a.No, err)
	}
	a.Secret = string(plain)
	if plain, err = s.deps.Box.Open(seal.Callback, a.CorpID, keys); err != nil {
		return App{}, fmt.Errorf("application %d: callback keys: %w", a.No, err)
	}
	a.CallbackToken, a.CallbackAESKey, _ = strings.Cut(string(plain), "\n")
	a.CreatedAt = time.UnixMilli(created).UTC()
	return a, nil
}

func (s *Service) selectApps(tx *store.Tx, where string, args ...any) ([]App, error) {
	var out []App
	err := tx.Each(`SELECT `+appColumns+` FROM app WHERE `+where+` ORDER BY no`, args, func(rows *store.Rows) error {
		a, err := s.scan(rows)
		out = append(out, a)
		return err
	})
	return out, err
}

// Apps returns the corp's applications.
func (s *Service) Apps(tx *store.Tx, corpID string) ([]App, error) {
	return s.selectApps(tx, `corpid = ?`, corpID)
}

// Off reports whether the corp has switched off one of WeCom's own applications. One that it does not have is not off.
func (s *Service) Off(tx *store.Tx, corpID string, kind access.Kind) (bool, error) {
	list, err := s.selectApps(tx, `corpid = ? AND kind = ?`, corpID, string(kind))
	return len(list) > 0 && list[0].Disabled, err
}

// App returns the corp's application with the agentid, or ErrNotFound.
func (s *Service) App(tx *store.Tx, corpID string, agentID int64) (App, error) {
	return one(s.selectApps(tx, `corpid = ? AND agentid = ?`, corpID, agentID))
}

// AppNo returns the application with our number, or ErrNotFound.
func (s *Service) AppNo(tx *store.Tx, no int64) (App, error) {
	return one(s.selectApps(tx, `no = ?`, no))
}

// AppsNumbered returns, by our numbers, those of the applications that exist.
func (s *Service) AppsNumbered(tx *store.Tx, numbers []int64) (map[int64]App, error) {
	out := make(map[int64]App, len(numbers))
	for some := range slices.Chunk(numbers, appsAtOnce) {
		list, err := s.selectApps(tx, `no IN (`+store.Marks(len(some))+`)`, store.Args(nil, some)...)
		if err != nil {
			return nil, err
		}
		for _, a := range list {
			out[a.No] = a
		}
	}
	return out, nil
}

// appsAtOnce is how many applications a statement asks for.
const appsAtOnce = 500

func one(apps []App, err error) (App, error) {
	if err != nil {
		return App{}, err
	}
	if len(apps) == 0 {
		return App{}, ErrNotFound
	}
	return apps[0], nil
}

// UpdateApp writes the application's settings, addresses and callback keys. Members who enter or leave its
// visible range thereby subscribe or unsubscribe.
func (s *Service) UpdateApp(ctx context.Context, tx *store.Tx, a App) error {
	if err := a.valid(); err != nil {
		return err
	}
	if err := s.rangeReplaced(ctx, tx, a); err != nil {
		return err
	}
	if err := s.workbenchSwitched(ctx, tx, a); err != nil {
		return err
	}
	before, err := s.AppNo(tx, a.No)
	if err != nil {
		return err
	}
	if err := s.writeApp(tx, a); err != nil {
		return err
	}
	for _, fn := range s.onUpdate {
		if err := fn(ctx, tx, before, a); err != nil {
			return err
		}
	}
	return nil
}

// OnUpdate has fn called inside the transaction of each UpdateApp, with the
// application as it was and as it is.
func (s *Service) OnUpdate(fn func(ctx context.Context, tx *store.Tx, before, after App) error) {
	s.onUpdate = append(s.onUpdate, fn)
}

func (s *Service) writeApp(tx *store.Tx, a App) error {
	settings, err := json.Marshal(a.Settings)
	if err != nil {
		return err
	}
	if err := s.releaseLogo(tx, a.CorpID, a.AgentID, a.Logo); err != nil {
		return err
	}
	n, err := tx.Exec(`UPDATE app SET settings = ?, trusted_ips = ?, callback_keys = ?, listens = ?, version = version + 1 WHERE no = ? AND corpid = ?`,
		string(settings), a.TrustedIPs.String(), s.sealCallback(a), a.listens(), a.No, a.CorpID)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

// releaseLogo deletes the picture that the application's row names, unless it is the one to keep.
func (s *Service) releaseLogo(tx *store.Tx, corpID string, agentID int64, stays string) error {
	var text string
	if found, err := tx.Get(`SELECT settings FROM app WHERE corpid = ? AND agentid = ?`, []any{corpID, agentID}, &text); err != nil || !found {
		return err
	}
	var old Settings
	if err := json.Unmarshal([]byte(text), &old); err != nil {
		return fmt.Errorf("application %d: settings: %w", agentID, err)
	}
	if old.Logo == stays {
		return nil
	}
	return s.deps.Media.ReleasePicture(tx, corpID, old.Logo)
}

// ResetSecret gives one of the corp's own applications a new secret and ends all its tokens. What a provider
// has installed has the provider's permanent code for a secret, which is none of the corp's business.
func (s *Service) ResetSecret(ctx context.Context, tx *store.Tx, corpID string, agentID int64) (App, error) {
	a, err := s.App(tx, corpID, agentID)
	if err == nil {
		err = ofProvider(a.Kind)
	}
	if err != nil {
		return App{}, err
	}
	return s.RenewSecret(tx, a)
}

// RenewSecret is ResetSecret of any application, for the room that keeps providers.
func (s *Service) RenewSecret(tx *store.Tx, a App) (App, error) {
	a.Secret = id.Secret()
	_, err := tx.Exec(`UPDATE app SET secret = ?, secret_mac = ?, token_round = token_round + 1, token_issued_at = 0, token_given = NULL, version = version + 1 WHERE no = ?`,
		s.deps.Box.Seal(seal.AppSecret, a.CorpID, []byte(a.Secret)), s.deps.Box.MAC(seal.AppSecret, a.Secret), a.No)
	return a, err
}

// OnDelete registers fn, which is called inside the transaction of each DeleteApp before the application's
// row is deleted. A room that has only rows needs none: their foreign key deletes them. fn is not called for
// the applications of a deleted corp.
func (s *Service) OnDelete(fn func(ctx context.Context, tx *store.Tx, a App) error) {
	s.onDelete = append(s.onDelete, fn)
}

// DeleteApp removes the application. Its tokens and what it owned end with it.
func (s *Service) DeleteApp(ctx context.Context, tx *store.Tx, corpID string, agentID int64) error {
	a, err := s.App(tx, corpID, agentID)
	if err != nil {
		return err
	}
	for _, fn := range s.onDelete {
		if err := fn(ctx, tx, a); err != nil {
			return err
		}
	}
	if err := s.releaseLogo(tx, corpID, agentID, ""); err != nil {
		return err
	}
	n, err := tx.Exec(`DELETE FROM app WHERE corpid = ? AND agentid = ?`, corpID, agentID)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrNotFound
	}
	_, err = tx.Exec(`INSERT INTO app_gone (corpid, agentid) VALUES (?, ?) ON CONFLICT DO NOTHING`, corpID, agentID)
	return err
}

// Gone reports whether the corp had an application with the agentid and deleted it.
func (s *Service) Gone(tx *store.Tx, corpID string, agentID int64) (bool, error) {
	n, err := tx.Count(`SELECT count(*) FROM app_gone WHERE corpid = ? AND agentid = ?`, corpID, agentID)
	return n > 0, err
}

// changeRanges rewrites the visible ranges of the corp's applications that hold
// what needle finds in their settings.
func (s *Service) changeRanges(ctx context.Context, tx *store.Tx, corpID, needle string, change func(*access.Range) bool) error {
	apps, err := s.selectApps(tx, `corpid = ? AND settings LIKE ?`, corpID, "%"+needle+"%")
	if err != nil {
		return err
	}
	for _, a := range apps {
		if !change(&a.Range) {
			continue
		}
		if err := s.writeApp(tx, a); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) forgetMember(ctx context.Context, tx *store.Tx, by access.Caller, e directory.MemberDeletedEvent) error {
	return s.replaceMember(ctx, tx, by, e.UserID, "")
}

func (s *Service) renameMember(ctx context.Context, tx *store.Tx, by access.Caller, e directory.MemberUpdatedEvent) error {
	if e.NewUserID == "" {
		return nil
	}
	return s.replaceMember(ctx, tx, by, e.UserID, e.NewUserID)
}

func (s *Service) replaceMember(ctx context.Context, tx *store.Tx, by access.Caller, old, replacement id.UserID) error {
	return s.changeRanges(ctx, tx, by.CorpID, `"members"`, func(r *access.Range) bool {
		changed, kept := false, r.Members[:0]
		for _, m := range r.Members {
			switch {
			case !m.Equal(old):
				kept = append(kept, m)
				continue
			case replacement != "":
				kept = append(kept, replacement)
			}
			changed = true
		}
		r.Members = kept
		return changed
	})
}

func (s *Service) forgetDepartment(ctx context.Context, tx *store.Tx, by access.Caller, e directory.DepartmentDeletedEvent) error {
	return s.changeRanges(ctx, tx, by.CorpID, `"departments"`, func(r *access.Range) bool { return remove(&r.Departments, e.ID) })
}

// forgetTag takes a deleted tag out of the visible ranges, so that a later tag with the same number gives
// nobody access.
func (s *Service) forgetTag(ctx context.Context, tx *store.Tx, by access.Caller, gone directory.DeletedTag) error {
	return s.changeRanges(ctx, tx, by.CorpID, `"tags"`, func(r *access.Range) bool { return remove(&r.Tags, gone.ID) })
}

// remove takes v out of the list and reports whether it was in it.
func remove(list *[]int64, v int64) bool {
	before := len(*list)
	*list = slices.DeleteFunc(*list, func(n int64) bool { return n == v })
	return len(*list) < before
}

// corpUpdated marks the corp's applications as changed: what a caller may do depends on its corp's settings,
// and is cached by the application's version.
func (s *Service) corpUpdated(ctx context.Context, tx *store.Tx, c corp.Corp) error {
	_, err := tx.Exec(`UPDATE app SET version = version + 1 WHERE corpid = ?`, c.CorpID)
	return err
}

// Touch lets no copy in memory count any more of the applications that the condition
// is true for: something that their callers are made of has changed elsewhere.
func (s *Service) Touch(tx *store.Tx, where string, args ...any) error {
	_, err := tx.Exec(`UPDATE app SET version = version + 1 WHERE `+where, args...)
	return err
}

// Renew lets no copy of an application in memory count any more, on any server: the
// rows have been replaced as a whole, by others that may have the same versions.
func (s *Service) Renew(tx *store.Tx) error {
	_, err := tx.Exec(`UPDATE app SET version = version + ?`, tx.Now().UnixNano()/1000)
	return err
}
