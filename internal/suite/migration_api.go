package suite

import (
	"context"
	"errors"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/internal/token"
	"qiwei/internal/wire"
)

// What an installation from before providers had ids of their own has to be told before
// it is shown them: that its provider has migrated. There is no way back.

// The types of id that are migrated (doc 97104).
const (
	typeMembers   = 1 // corpid and userid, which go together
	typeCustomers = 3 // external_userid, and what goes with it
)

func (s *Service) migrationEndpoints() []wire.Endpoint {
	apps := access.To(access.Own, access.Custom, access.ThirdParty, access.ThirdPartyContacts)
	provider := func(path string, doc int, h wire.Handler) wire.Endpoint {
		return wire.Endpoint{Method: "POST", Path: "/cgi-bin/service/" + path, Doc: doc, Credential: s.byProvider, Allow: providers, Handle: h}
	}
	// Clients have the path without service/, and send the provider's token as any call's (unverified).
	former := provider("", 96516, wire.Write(s.finishExternalUseridMigration))
	former.Path, former.Credential = "/cgi-bin/externalcontact/finish_external_userid_migration", s.ByProviderAsAccess()
	app := func(path string, allow access.Allow, h wire.Handler) wire.Endpoint {
		return wire.Endpoint{Method: "POST", Path: "/cgi-bin/" + path, Doc: 97104, Allow: allow, Handle: h}
	}
	custom := access.To(access.Own, access.Custom)
	return []wire.Endpoint{
		provider("finish_openid_migration", 99375, wire.Write(s.finishOpenidMigration)),
		provider("externalcontact/finish_external_userid_migration", 96516, wire.Write(s.finishExternalUseridMigration)),
		former,
		app("corp/get_openid_migration", apps, wire.Read(s.getOpenidMigration)),
		app("agent/get_app_migrate_flag", custom, wire.Read(s.getAppMigrateFlag)),
		app("agent/set_app_migrate_flag", custom, wire.Write(s.setAppMigrateFlag)),
	}
}

// Migrate has installations shown their provider's ids from now on: of the corp and its
// members, and of customers.
func (s *Service) Migrate(tx *store.Tx, list []Installation, members, customers bool) error {
	for _, in := range list {
		if _, err := tx.Exec(`UPDATE suite_installation SET plain_ids = ?, plain_external = ? WHERE app = ? AND corpid = ?`,
			bit(in.PlainIDs && !members), bit(in.PlainExternal && !customers), in.No, in.CorpID); err != nil {
			return err
		}
		if err := s.deps.Apps.Touch(tx, `no = ?`, in.No); err != nil {
			return err
		}
	}
	return nil
}

// granted returns the corp that a provider means by one of its ids or by the corp's own,
// and what the provider has installed there. It answers ErrNotGranted where that is
// nothing.
func (s *Service) granted(tx *store.Tx, by access.Caller, corpID string) (own string, list []Installation, err error) {
	if corpID == "" {
		return "", nil, token.ErrCorpMissing
	}
	p, err := s.Provider(tx, by.Partner)
	if err != nil {
		return "", nil, err
	}
	known, err := s.view(p.No).Own(tx, "", access.CorpID, []string{corpID})
	if err != nil {
		return "", nil, err
	}
	if own = known[corpID]; own == "" {
		own = strings.ToLower(corpID)
	}
	all, err := s.InstalledIn(tx, own)
	for _, in := range all {
		if in.Suite.Provider == p.No {
			list = append(list, in)
		}
	}
	if err == nil && len(list) == 0 {
		err = ErrNotGranted.With("the enterprise has authorised no application of the provider")
	}
	return own, list, err
}

type finishOpenidMigrationRequest struct {
	CorpID  string  `json:"corpid"` // the provider's id of it, or the corp's own
	AgentID *int64  `json:"agentid"`
	Types   []int64 `json:"openid_type"`
}

// finishOpenidMigration has a proxy-developed application shown the provider's ids, or
// without an agentid all third-party applications of the provider in the corp.
func (s *Service) finishOpenidMigration(ctx context.Context, tx *store.Tx, by access.Caller, req finishOpenidMigrationRequest) (wire.None, error) {
	if len(req.Types) == 0 {
		return wire.None{}, wire.ErrEmpty.With("openid_type is empty")
	}
	for _, t := range req.Types {
		if t != typeMembers && t != typeCustomers {
			return wire.None{}, wire.ErrParameter.With("openid_type: 1 or 3 expected, not %d", t)
		}
	}
	list, err := s.migrating(tx, by, req.CorpID, req.AgentID)
	if err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.Migrate(tx, list, slices.Contains(req.Types, typeMembers), slices.Contains(req.Types, typeCustomers))
}

// migrating returns the installations that a migration is of.
func (s *Service) migrating(tx *store.Tx, by access.Caller, corpID string, agentID *int64) ([]Installation, error) {
	own, list, err := s.granted(tx, by, corpID)
	if own == by.Partner {
		return nil, ErrOwnProvider
	}
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(in Installation) bool {
		if agentID != nil {
			return in.AgentID != *agentID || in.Kind != access.Custom
		}
		return in.Kind == access.Custom
	})
	switch {
	case len(list) > 0:
		return list, nil
	case agentID != nil:
		return nil, app.ErrAgentInvalid.With("a proxy-developed application of the provider in that enterprise expected")
	}
	return nil, ErrNotGranted.With("the enterprise has authorised no third-party application of the provider")
}

type finishExternalUseridMigrationRequest struct {
	CorpID string `json:"corpid"`
}

// finishExternalUseridMigration is the older form, of customers' ids alone.
func (s *Service) finishExternalUseridMigration(ctx context.Context, tx *store.Tx, by access.Caller, req finishExternalUseridMigrationRequest) (wire.None, error) {
	list, err := s.migrating(tx, by, req.CorpID, nil)
	if err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.Migrate(tx, list, false, true)
}

type migrationInfo struct {
	Type   int64 `json:"openid_type"`
	Status int64 `json:"status"` // 1: the provider's ids are shown
}

type getOpenidMigrationResponse struct {
	Info []migrationInfo `json:"migration_info"`
}

func (s *Service) getOpenidMigration(ctx context.Context, tx *store.Tx, by access.Caller, _ wire.None) (resp getOpenidMigrationResponse, err error) {
	in, found, err := s.InstallationNo(tx, by.App)
	resp.Info = []migrationInfo{{typeMembers, bit(found && !in.PlainIDs)}, {typeCustomers, bit(found && !in.PlainExternal)}}
	return resp, err
}

// errNoProvider is answered to an application of a provider's kind that no provider has
// installed.
var errNoProvider = wire.ErrForbidden.With("no provider has installed the application")

// migrateSensitive is the one app_migrate_type: members' sensitive fields, which are read
// with the member's consent alone once it has been migrated (doc 97104).
const migrateSensitive = 1

type migrateFlagRequest struct {
	Type *int64 `json:"app_migrate_type"`
}

func (r migrateFlagRequest) check() error {
	switch {
	case r.Type == nil:
		return wire.ErrEmpty.With("app_migrate_type is missing")
	case *r.Type != migrateSensitive:
		return wire.ErrParameter.With("app_migrate_type: 1 expected, not %d", *r.Type)
	}
	return nil
}

type getAppMigrateFlagResponse struct {
	Flag int64 `json:"app_migrate_flag"` // 1 once migrated
}

func (s *Service) getAppMigrateFlag(ctx context.Context, tx *store.Tx, by access.Caller, req migrateFlagRequest) (getAppMigrateFlagResponse, error) {
	return getAppMigrateFlagResponse{bit(!by.Legacy)}, req.check()
}

// setAppMigrateFlag has the application read sensitive fields with members' consent alone.
func (s *Service) setAppMigrateFlag(ctx context.Context, tx *store.Tx, by access.Caller, req migrateFlagRequest) (wire.None, error) {
	if err := req.check(); err != nil {
		return wire.None{}, err
	}
	a, err := s.deps.Apps.AppNo(tx, by.App)
	if err != nil {
		if errors.Is(err, app.ErrNotFound) {
			err = errNoProvider
		}
		return wire.None{}, err
	}
	a.Legacy = false
	return wire.None{}, s.deps.Apps.UpdateApp(ctx, tx, a)
}
