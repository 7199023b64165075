package register

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

// Package is what a provider has new enterprises registered with.
type Package struct {
	No       int64
	Provider int64
	ID       string // tpl…
	Name     string
	Suites   []string // suite_ids
	// Migration lets the provider fill the new directory.
	Migration bool
}

// CreatePackage adds a package to a provider. An empty id is drawn.
func (s *Service) CreatePackage(tx *store.Tx, p suite.Provider, v Package) (Package, error) {
	if v.Name == "" || len(v.Suites) > maxSuites || len(v.ID) > maxID {
		return v, wire.ErrParameter.With("a package has a name, and at most %d suites", maxSuites)
	}
	for _, one := range v.Suites {
		found, err := s.deps.Suites.Suite(tx, one)
		if errors.Is(err, suite.ErrNotFound) || err == nil && (found.Provider != p.No || found.Kind != access.ThirdParty || found.Draft) {
			return v, wire.ErrParameter.With("suites: %s is not a published third-party application of the provider", one)
		}
		if err != nil {
			return v, err
		}
	}
	if v.ID == "" {
		v.ID = "tpl" + id.Hex(8)
	}
	v.Provider = p.No
	suites, err := json.Marshal(append([]string{}, v.Suites...))
	if err != nil {
		return v, err
	}
	migration := 0
	if v.Migration {
		migration = 1
	}
	v.No, err = tx.Insert(`INSERT INTO register_package (provider, templateid, name, suites, migration) VALUES (?, ?, ?, ?, ?)`, p.No, v.ID, v.Name, string(suites), migration)
	return v, err
}

func selectPackages(tx *store.Tx, where string, args ...any) (list []Package, err error) {
	err = tx.Each(`SELECT no, provider, templateid, name, suites, migration FROM register_package WHERE `+where, args, func(rows *store.Rows) error {
		var v Package
		var suites string
		var migration int64
		if err := rows.Scan(&v.No, &v.Provider, &v.ID, &v.Name, &suites, &migration); err != nil {
			return err
		}
		v.Migration = migration == 1
		list = append(list, v)
		return json.Unmarshal([]byte(suites), &list[len(list)-1].Suites)
	})
	return list, err
}

// form is what the registration page is filled with.
type form struct {
	CorpName    string    `json:"corp_name,omitempty"`
	AdminName   string    `json:"admin_name,omitempty"`
	AdminMobile string    `json:"admin_mobile,omitempty"`
	Follow      id.UserID `json:"follow_user,omitempty"` // of the provider
}

// registration is a code and what became of it.
type registration struct {
	no, pack            int64
	form                form
	state, code         string
	created, used, done time.Time
	corp                string
	admin               id.UserID
}

func selectRegistrations(tx *store.Tx, where string, args ...any) (list []registration, err error) {
	err = tx.Each(`SELECT no, package, form, state, code, created_at, used_at, unlocked_at, coalesce(corpid, ''), admin FROM register_code WHERE `+where, args, func(rows *store.Rows) error {
		var r registration
		var text string
		var created, used, done int64
		if err := rows.Scan(&r.no, &r.pack, &text, &r.state, &r.code, &created, &used, &done, &r.corp, &r.admin); err != nil {
			return err
		}
		r.created, r.used, r.done = milli(created), milli(used), milli(done)
		list = append(list, r)
		return json.Unmarshal([]byte(text), &list[len(list)-1].form)
	})
	return list, err
}

// milli is the time of a row, zero for 0.
func milli(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return time.UnixMilli(at).UTC()
}

func (s *Service) codeMAC(code string) []byte { return s.deps.Box.MAC(seal.RegisterCode, code) }

// newCode makes a registration code of a package.
func (s *Service) newCode(tx *store.Tx, v Package, f form, state string) (string, error) {
	code := id.Letters(43)
	text, err := json.Marshal(f)
	if err != nil {
		return "", err
	}
	_, err = tx.Insert(`INSERT INTO register_code (mac, package, form, state, created_at, used_at, code, corpid, admin, unlocked_at) VALUES (?, ?, ?, ?, ?, 0, '', NULL, '', 0)`,
		s.codeMAC(code), v.No, string(text), state, tx.Now().UnixMilli())
	return code, err
}

// Register is what is filled in on the registration page. Empty fields are the code's.
type Register struct {
	CorpName, AdminName, AdminMobile, AdminEmail string
	AdminID                                      id.UserID // "admin" where it is left out
	// Opened says that the link was opened in time, and its page filled in for a while since.
	Opened bool
	// Invited leaves the founder without an activated account: an invitation follows.
	Invited bool
}

// Registered is what has come of it.
type Registered struct {
	Corp  string
	Admin id.UserID
	// Open is what the provider knows the corp by.
	Open string
}

// Register makes an enterprise by a code, which is used up: with its founder, and with the
// suites of the package. The provider is told by register_corp, and by a create_auth for
// each suite. It answers ErrCode. Doc 90578.
func (s *Service) Register(ctx context.Context, tx *store.Tx, code string, in Register) (out Registered, err error) {
	life := codeLife
	if in.Opened {
		life += pageLife
	}
	r, v, p, err := s.use(tx, code, life)
	if err != nil {
		return out, err
	}
	filled := func(given, from, other string) string {
		for _, text := range []string{given, from} {
			if text != "" {
				return text
			}
		}
		return other
	}
	admin := id.UserID(filled(string(in.AdminID), "", "admin"))
	name := filled(in.CorpName, r.form.CorpName, "新企业")
	c, err := s.deps.Found(ctx, tx, corp.Corp{Name: name, Creator: admin, Settings: corp.Settings{Sync: "edit", Aside: true}})
	if err != nil {
		return out, err
	}
	m := directory.Member{
		UserID: admin, Name: in.AdminName, Mobile: in.AdminMobile, Email: in.AdminEmail, Enabled: true, Activated: !in.Invited,
		Places: []directory.Place{{Department: access.Root}},
	}
	if !in.Opened { // otherwise the page has been filled with it
		m.Name, m.Mobile = filled(m.Name, r.form.AdminName, string(admin)), filled(m.Mobile, r.form.AdminMobile, "")
	}
	if m.Mobile == "" && m.Email == "" && !in.Opened {
		m.Email = string(admin) + "@" + c.CorpID + ".example"
	}
	if _, _, err := s.deps.Directory.CreateMember(ctx, tx, access.System(c.CorpID), m, false); err != nil {
		return out, err
	}
	if out.Open, err = s.deps.Suites.EnsureOpenCorpID(tx, p.No, c.CorpID); err != nil {
		return out, err
	}
	r.corp, r.admin, r.used, r.code = c.CorpID, admin, tx.Now(), code
	if _, err := tx.Exec(`UPDATE register_code SET corpid = ?, admin = ?, code = ? WHERE no = ?`, r.corp, string(r.admin), r.code, r.no); err != nil {
		return out, err
	}
	out.Corp, out.Admin = r.corp, admin
	if err := s.tellRegistered(ctx, tx, p, v, r, out.Open); err != nil {
		return out, err
	}
	for _, one := range v.Suites {
		if _, _, err := s.deps.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: one, CorpID: c.CorpID, By: admin, Range: access.Everything(), State: r.state}); err != nil {
			return out, fmt.Errorf("install %s: %w", one, err)
		}
	}
	return out, nil
}

// Asked is what the page of a link asks somebody to register with.
type Asked struct {
	Provider string // its name
	Package  string
	Suites   []suite.Suite // that come with the enterprise
	// What the provider has filled in.
	CorpName, AdminName, AdminMobile string
}

// Ask returns what a link asks. It answers ErrCode for a code that is used up, or older than one that is opened may
// be; opened is for one whose page was opened in time. Doc 90578.
func (s *Service) Ask(tx *store.Tx, code string, opened bool) (a Asked, err error) {
	life := codeLife
	if opened {
		life += pageLife
	}
	list, err := selectRegistrations(tx, `mac = ? AND used_at = 0 AND created_at > ?`, s.codeMAC(code), tx.Now().Add(-life).UnixMilli())
	if err != nil || len(list) == 0 {
		return a, errors.Join(err, whereNone(len(list)))
	}
	packs, err := selectPackages(tx, `no = ?`, list[0].pack)
	if err != nil || len(packs) == 0 {
		return a, errors.Join(err, whereNone(len(packs)))
	}
	p, err := s.ownerOf(tx, packs[0].Provider)
	if err != nil {
		return a, err
	}
	c, err := s.deps.Corps.Corp(tx, p.CorpID)
	if err != nil {
		return a, err
	}
	f := list[0].form
	a = Asked{Provider: c.Name, Package: packs[0].Name, CorpName: f.CorpName, AdminName: f.AdminName, AdminMobile: f.AdminMobile}
	for _, one := range packs[0].Suites {
		v, err := s.deps.Suites.Suite(tx, one)
		if errors.Is(err, suite.ErrNotFound) {
			continue
		}
		if err != nil {
			return a, err
		}
		a.Suites = append(a.Suites, v)
	}
	return a, nil
}

// use uses a code up. Of two who open a link, one does.
func (s *Service) use(tx *store.Tx, code string, life time.Duration) (r registration, v Package, p suite.Provider, err error) {
	n, err := tx.Exec(`UPDATE register_code SET used_at = ?, code = ? WHERE mac = ? AND used_at = 0 AND created_at > ?`,
		tx.Now().UnixMilli(), code, s.codeMAC(code), tx.Now().Add(-life).UnixMilli())
	if err == nil && n == 0 {
		err = ErrCode.With("a code that was made within %v, and not used, expected", codeLife)
	}
	if err != nil {
		return r, v, p, err
	}
	list, err := selectRegistrations(tx, `mac = ?`, s.codeMAC(code))
	if err != nil || len(list) == 0 {
		return r, v, p, errors.Join(err, whereNone(len(list)))
	}
	packs, err := selectPackages(tx, `no = ?`, list[0].pack)
	if err != nil || len(packs) == 0 {
		return r, v, p, errors.Join(err, whereNone(len(packs)))
	}
	p, err = s.ownerOf(tx, packs[0].Provider)
	return list[0], packs[0], p, err
}

func whereNone(n int) error {
	if n == 0 {
		return ErrCode
	}
	return nil
}

// ownerOf returns the provider with our number.
func (s *Service) ownerOf(tx *store.Tx, provider int64) (suite.Provider, error) {
	var corpID string
	if _, err := tx.Get(`SELECT corpid FROM provider WHERE no = ?`, []any{provider}, &corpID); err != nil {
		return suite.Provider{}, err
	}
	return s.deps.Suites.Provider(tx, corpID)
}

// Enter has a member of an enterprise that has an application of the provider's open a
// registration link: nothing is made, and the provider is told by enter_register_package.
// Doc 98071.
func (s *Service) Enter(ctx context.Context, tx *store.Tx, code, corpID string, user id.UserID) error {
	r, v, p, err := s.use(tx, code, codeLife)
	if err != nil {
		return err
	}
	m, err := s.deps.Directory.Member(ctx, tx, access.System(corpID), user)
	if err != nil {
		return err
	}
	ok, err := s.deps.Suites.Authorised(tx, p.No, corpID, access.ProviderApps()...)
	if err != nil || !ok {
		return errors.Join(err, suite.ErrNotGranted.With("the enterprise has no application of the provider"))
	}
	open, err := s.deps.Suites.OpenCorpID(tx, p.CorpID, corpID)
	if err != nil {
		return err
	}
	return s.tellEntered(ctx, tx, p, v, r, open, s.deps.Suites.ShownMember(p.No, m.No))
}

// Of returns the registration that an installation came with, nil for none.
func (s *Service) Of(tx *store.Tx, in suite.Installation) (*suite.RegisterCodeInfo, error) {
	list, err := selectRegistrations(tx, `corpid = ? AND package IN (SELECT no FROM register_package WHERE provider = ?)`, in.CorpID, in.Suite.Provider)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	packs, err := selectPackages(tx, `no = ?`, list[0].pack)
	if err != nil || len(packs) == 0 || !slices.Contains(packs[0].Suites, in.Suite.SuiteID) {
		return nil, err
	}
	return &suite.RegisterCodeInfo{Code: list[0].code, Template: packs[0].ID, State: list[0].state}, nil
}

// The token by which a provider fills a new directory is made, like an access token, and
// not kept: the registration says whether it is good.

// token is the contact-sync token of a registration.
func (s *Service) token(r registration) string {
	var plain [16]byte
	binary.BigEndian.PutUint64(plain[0:], uint64(r.no))
	binary.BigEndian.PutUint64(plain[8:], uint64(r.used.UnixMilli()))
	return base64.RawURLEncoding.EncodeToString(s.deps.Box.SealSame(seal.Migration, "", plain[:]))
}

// left is how long the token of a registration is good.
func (r registration) left(now time.Time) time.Duration {
	if r.used.IsZero() || !r.done.IsZero() {
		return 0
	}
	return max(r.used.Add(tokenLife).Sub(now), 0)
}

// Resolve returns the provider that fills a new directory, as the caller behind its
// token: contact sync with all rights, which knows members by the provider's ids.
func (s *Service) Resolve(tx *store.Tx, text string) (by access.Caller, err error) {
	plain, err := s.deps.Box.OpenText(seal.Migration, "", text)
	if err != nil || len(plain) != 16 {
		return by, wire.ErrInvalid
	}
	list, err := selectRegistrations(tx, `no = ?`, int64(binary.BigEndian.Uint64(plain[:8])))
	switch {
	case err != nil:
		return by, err
	case len(list) == 0 || list[0].corp == "" || !list[0].done.IsZero() || s.token(list[0]) != text:
		return by, wire.ErrInvalid
	case list[0].left(tx.Now()) == 0:
		return by, wire.ErrExpired
	}
	packs, err := selectPackages(tx, `no = ?`, list[0].pack)
	if err != nil || len(packs) == 0 {
		return by, errors.Join(err, whereNone(len(packs)))
	}
	p, err := s.ownerOf(tx, packs[0].Provider)
	if err != nil {
		return by, err
	}
	apps, err := s.deps.Apps.Apps(tx, list[0].corp)
	if err != nil {
		return by, err
	}
	for _, a := range apps {
		if a.Kind != access.ContactSync {
			continue
		}
		if by, err = s.deps.Apps.Caller(tx, a); err != nil {
			return by, err
		}
		by.IDs, _, err = s.deps.Suites.IDsOf(tx, p.CorpID)
		by.Partner, by.Sync, by.Trusted = p.CorpID, "edit", everywhere(p.TrustedIPs)
		return by, err
	}
	return by, wire.ErrInvalid
}

// everywhere lets contact sync read everything from where the provider calls.
func everywhere(trusted access.Addresses) access.Addresses {
	if len(trusted) == 0 {
		trusted, _ = access.ParseAddresses("0.0.0.0/0;::/0")
	}
	out := make(access.Addresses, len(trusted))
	for i, a := range trusted {
		a.Historical = true
		out[i] = a
	}
	return out
}

// syncing returns the registration whose directory the caller fills, or ErrNotSyncing.
func (s *Service) syncing(tx *store.Tx, by access.Caller) (registration, error) {
	if by.Partner == "" {
		return registration{}, ErrNotSyncing
	}
	list, err := selectRegistrations(tx, `corpid = ? AND unlocked_at = 0`, by.CorpID)
	if err == nil && len(list) == 0 {
		err = ErrNotSyncing
	}
	if err != nil {
		return registration{}, err
	}
	return list[0], nil
}
