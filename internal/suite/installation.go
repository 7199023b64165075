package suite

import (
	"context"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Installation is a suite in a corp: an application there, whose secret is the
// permanent code.
type Installation struct {
	app.App
	Suite Suite
	// By is who installed it: an administrator, or in mode ByMembers the first member.
	By          id.UserID
	Mode        Mode
	State       string // of the link that it was installed by
	InstalledAt time.Time
	// PlainIDs says that it is shown the corp's own ids of the corp and its members, and
	// PlainExternal those of customers: it was installed before providers had ids of
	// their own, and has not been migrated (doc 96516, 97104).
	PlainIDs, PlainExternal bool
}

// Mode is who installs a suite for whom (doc 94496).
type Mode int64

// The modes.
const (
	ByAdmin   Mode = 0 // an administrator, for the range that is chosen
	ByMembers Mode = 1 // each member for themselves
)

// Install is what is chosen when a suite is installed.
type Install struct {
	SuiteID string
	CorpID  string
	By      id.UserID
	Range   access.Range // the whole corp where it is empty
	State   string       // [a-zA-Z0-9]*, told to the provider with the auth_code
	Mode    Mode         // ByMembers: By installs it for themselves alone, and Range is not asked
	// Silent leaves create_auth out: the auth_code goes with the browser back to the
	// provider's site (doc 90597).
	Silent bool
	// PlainIDs installs it as before providers had ids of their own: it is shown the
	// corp's until its provider says that it has migrated (doc 96516, 97104). A
	// proxy-developed application of that time reads the sensitive fields, too.
	PlainIDs bool
}

// InstallSuite installs a suite in a corp and returns the installation with its
// auth_code, which is pushed as create_auth too unless the install is silent. A
// second installation of one suite in a corp is ErrAlreadyGranted.
//
// The corp's permissions are those that the suite asks for, but for one that an administrator confirms by itself, see
// granted. Doc 90597, 97163.
func (s *Service) InstallSuite(ctx context.Context, tx *store.Tx, want Install) (Installation, string, error) {
	v, err := s.Suite(tx, want.SuiteID)
	if err != nil {
		return Installation{}, "", err
	}
	if v.Kind == Login {
		return Installation{}, "", ErrSuite.With("%s is a login authorisation, which cannot be installed", v.SuiteID)
	}
	if !StateValid(want.State, 128) {
		return Installation{}, "", ErrState.With("at most 128 letters and digits")
	}
	n, err := tx.Count(`SELECT count(*) FROM suite_installation WHERE suite = ? AND corpid = ?`, v.No, want.CorpID)
	if err != nil {
		return Installation{}, "", err
	}
	if n > 0 {
		return Installation{}, "", ErrAlreadyGranted
	}
	if err := s.oneWriter(tx, v, want.CorpID); err != nil {
		return Installation{}, "", err
	}
	switch {
	case want.Mode == ByMembers:
		want.Range = access.Range{Members: []id.UserID{want.By}}
	case want.Range.Empty(), v.Kind == access.ContactsEdit:
		want.Range = access.Everything()
	}
	if err := s.CheckRange(ctx, tx, want.CorpID, want.Range); err != nil {
		return Installation{}, "", err
	}
	a := app.App{CorpID: want.CorpID, Kind: v.Kind, Settings: app.Settings{
		Name: v.Name, Description: v.Description, Logo: v.Logo, HomeURL: v.HomeURL, RedirectDomain: v.RedirectDomain, TrustedDomains: v.TrustedDomains,
		Range: want.Range, Grants: granted(v), Suite: v.SuiteID, Partner: v.Partner, Legacy: want.PlainIDs && v.Kind == access.Custom,
		Sensitive: sensitive(v.Permissions),
	}}
	v.hearing(&a)
	a, err = s.deps.Apps.Install(ctx, tx, a)
	if err != nil {
		return Installation{}, "", err
	}
	in := Installation{App: a, Suite: v, By: want.By, Mode: want.Mode, State: want.State, InstalledAt: tx.Now(), PlainIDs: want.PlainIDs, PlainExternal: want.PlainIDs}
	chats, err := s.chatsAt(tx, v)
	if err != nil {
		return in, "", err
	}
	if _, err := tx.Exec(`INSERT INTO suite_installation (app, suite, corpid, installed_by, mode, state, installed_at, plain_ids, plain_external, chats_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		a.No, v.No, a.CorpID, string(want.By), int64(in.Mode), in.State, in.InstalledAt.UnixMilli(), bit(in.PlainIDs), bit(in.PlainExternal), chats); err != nil {
		return in, "", err
	}
	if _, err := s.EnsureOpenCorpID(tx, v.Provider, a.CorpID); err != nil {
		return in, "", err
	}
	// What was kept of the application knows no view of the provider yet.
	if err := s.deps.Apps.Touch(tx, `no = ?`, a.No); err != nil {
		return in, "", err
	}
	code, err := s.authCode(tx, in)
	if err == nil && !want.Silent {
		err = s.tellInstallation(ctx, tx, createAuth, in, code)
	}
	if err == nil {
		err = s.deps.Apps.Followed(ctx, tx, in.App)
	}
	return in, code, err
}

// granted are the permissions that a suite has at once. That to acquire customers takes effect when an administrator
// confirms it, by giving it to the installation (doc 98959).
func granted(v Suite) []string {
	return slices.DeleteFunc(slices.Clone(v.Permissions), func(p string) bool { return p == acquisitionPermit })
}

// oneWriter refuses a second suite that writes the directory of a corp (doc 96078). That
// the corp's own contact sync must be off then is not asked: a corp here may try both.
func (s *Service) oneWriter(tx *store.Tx, v Suite, corpID string) error {
	writes := func(k access.Kind) bool { return k == access.ThirdPartyContacts || k == access.ContactsEdit }
	if !writes(v.Kind) {
		return nil
	}
	list, err := s.deps.Apps.Commanded(tx, corpID)
	for _, a := range list {
		if writes(a.Kind) && a.Suite != "" {
			return ErrAlreadyGranted.With("suite %s already writes the directory of that enterprise, and only one may", a.Suite)
		}
	}
	return err
}

// CheckRange refuses a range that names somebody or something the corp has not got.
func (s *Service) CheckRange(ctx context.Context, tx *store.Tx, corpID string, r access.Range) error {
	by := access.System(corpID)
	for _, u := range r.Members {
		if _, err := s.deps.Directory.Member(ctx, tx, by, u); err != nil {
			return err
		}
	}
	known, err := s.deps.Directory.VisibleDepartments(tx, by, r.Departments)
	if err != nil {
		return err
	}
	for _, d := range r.Departments {
		if !known[d] {
			return wire.ErrParameter.With("range: there is no department %d", d)
		}
	}
	tags, err := s.deps.Directory.ExistingTags(tx, corpID, r.Tags)
	if err != nil {
		return err
	}
	for _, n := range r.Tags {
		if !tags[n] {
			return wire.ErrParameter.With("range: there is no tag %d", n)
		}
	}
	return nil
}

// Uninstall removes a suite from a corp. The provider is told by cancel_auth.
func (s *Service) Uninstall(ctx context.Context, tx *store.Tx, corpID, suiteID string) error {
	in, err := s.Installation(tx, corpID, suiteID)
	if err != nil {
		return err
	}
	return s.deps.Apps.DeleteApp(ctx, tx, in.CorpID, in.AgentID)
}

// ResetPermanentCode ends the permanent code of an installation and gives the
// provider an auth_code for the next one (重新获取secret, doc 94758).
func (s *Service) ResetPermanentCode(ctx context.Context, tx *store.Tx, corpID, suiteID string) (code string, err error) {
	in, err := s.Installation(tx, corpID, suiteID)
	if err != nil {
		return "", err
	}
	if in.App, err = s.deps.Apps.RenewSecret(tx, in.App); err != nil {
		return "", err
	}
	if code, err = s.authCode(tx, in); err != nil {
		return "", err
	}
	return code, s.tellInstallation(ctx, tx, resetCode, in, code)
}

// Installation returns a suite in a corp; ErrNotInstalled where it is not there.
func (s *Service) Installation(tx *store.Tx, corpID, suiteID string) (Installation, error) {
	v, err := s.Suite(tx, suiteID)
	if err != nil {
		return Installation{}, err
	}
	list, err := s.selectInstallations(tx, `i.suite = ? AND i.corpid = ?`, v.No, corpID)
	if err == nil && len(list) == 0 {
		err = ErrNotInstalled
	}
	if err != nil {
		return Installation{}, err
	}
	return list[0], nil
}

// InstallationNo returns the installation that is the application with our number.
func (s *Service) InstallationNo(tx *store.Tx, appNo int64) (in Installation, found bool, err error) {
	list, err := s.selectInstallations(tx, `i.app = ?`, appNo)
	if err != nil || len(list) == 0 {
		return in, false, err
	}
	return list[0], true, nil
}

// Installations returns where a suite is installed, in the order of the applications.
func (s *Service) Installations(tx *store.Tx, v Suite) ([]Installation, error) {
	return s.selectInstallations(tx, `i.suite = ?`, v.No)
}

// InstalledIn returns the suites that are installed in a corp.
func (s *Service) InstalledIn(tx *store.Tx, corpID string) ([]Installation, error) {
	return s.selectInstallations(tx, `i.corpid = ?`, corpID)
}

func (s *Service) selectInstallations(tx *store.Tx, where string, args ...any) ([]Installation, error) {
	type row struct {
		suite int64
		in    Installation
	}
	var rows []row
	if err := tx.Each(`SELECT i.app, i.suite, i.installed_by, i.mode, i.state, i.installed_at, i.plain_ids, i.plain_external FROM suite_installation i WHERE `+where+` ORDER BY i.app`, args,
		func(r *store.Rows) error {
			var one row
			var at, ids, external int64
			err := r.Scan(&one.in.No, &one.suite, &one.in.By, &one.in.Mode, &one.in.State, &at, &ids, &external)
			one.in.PlainIDs, one.in.PlainExternal = ids != 0, external != 0
			one.in.InstalledAt = time.UnixMilli(at).UTC()
			rows = append(rows, one)
			return err
		}); err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, nil
	}
	list, err := s.selectSuites(tx, `s.no IN (SELECT i.suite FROM suite_installation i WHERE `+where+`)`, args...)
	if err != nil {
		return nil, err
	}
	suites := map[int64]Suite{}
	for _, v := range list {
		suites[v.No] = v
	}
	numbers := make([]int64, len(rows))
	for i, r := range rows {
		numbers[i] = r.in.No
	}
	apps, err := s.deps.Apps.AppsNumbered(tx, numbers)
	if err != nil {
		return nil, err
	}
	out := make([]Installation, len(rows))
	for i, r := range rows {
		v, known := suites[r.suite]
		a, there := apps[r.in.No]
		if !known || !there {
			return nil, ErrNotFound
		}
		r.in.App, r.in.Suite = a, v
		out[i] = r.in
	}
	return out, nil
}

func bit(on bool) int64 {
	if on {
		return 1
	}
	return 0
}

// knownAs returns what the installation's provider knows its corp by.
func (s *Service) knownAs(tx *store.Tx, in Installation) (string, error) {
	if in.PlainIDs {
		return in.CorpID, nil
	}
	return s.EnsureOpenCorpID(tx, in.Suite.Provider, in.CorpID)
}

// shownUsers returns the ids by which the installation is shown members: the corp's own, or
// its provider's. Those who are no members have none.
func (s *Service) shownUsers(tx *store.Tx, in Installation, users []id.UserID) (map[string]string, error) {
	known, err := s.view(in.Suite.Provider).Shown(tx, in.CorpID, access.MemberID, id.Texts(users))
	if err != nil || !in.PlainIDs {
		return known, err
	}
	plain := make(map[string]string, len(known))
	for own := range known {
		plain[own] = own
	}
	return plain, nil
}

// appDeleted tells the provider by cancel_auth that the application goes.
func (s *Service) appDeleted(ctx context.Context, tx *store.Tx, a app.App) error {
	if !a.Kind.Installed() {
		return nil
	}
	in, found, err := s.InstallationNo(tx, a.No)
	if err != nil || !found {
		return err
	}
	return s.tellInstallation(ctx, tx, cancelAuth, in, "")
}

// corpDeleted removes a provider's applications from every corp, and tells the
// providers of whatever was installed in the corp.
func (s *Service) corpDeleted(ctx context.Context, tx *store.Tx, corpID string) error {
	list, err := s.Suites(tx, corpID)
	if err != nil {
		return err
	}
	for _, v := range list {
		if err := s.DeleteSuite(ctx, tx, v.SuiteID); err != nil {
			return err
		}
	}
	installed, err := s.InstalledIn(tx, corpID)
	if err != nil {
		return err
	}
	for _, in := range installed {
		if err := s.tellInstallation(ctx, tx, cancelAuth, in, ""); err != nil {
			return err
		}
	}
	return nil
}

// StateValid reports whether a state is one that travels through links: letters and digits, at most so many.
func StateValid(state string, most int) bool {
	return len(state) <= most && !slices.ContainsFunc([]byte(state), func(c byte) bool {
		return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
	})
}
