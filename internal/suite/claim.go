package suite

import (
	"context"
	"errors"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of templates (doc 98744).
var (
	ErrTemplateDraft = wire.Code(842002, "customized app template not online")
	ErrNoTemplate    = wire.Code(842003, "not a customized app template")
)

func (s *Service) claimEndpoints() []wire.Endpoint {
	allow := access.To(access.Own, access.SelfBuilt, access.Custom)
	claim := func(name string, doc int) wire.Endpoint {
		return wire.Endpoint{Method: "POST", Path: "/cgi-bin/agent/" + name, Doc: doc, Allow: allow, Handle: wire.Write(s.claimCustomizedApp)}
	}
	// The older path is in client libraries, with the same body.
	return []wire.Endpoint{claim("claim_customized_app", 99617), claim("migrate_to_customized_app", 96072)}
}

type claimCustomizedAppRequest struct {
	Token string `json:"suite_access_token"` // a template's
}

// claimCustomizedApp makes a self-built application, which a provider has developed, one of the provider's template:
// whoever holds both credentials has made both. The application keeps its secret, which is its permanent code from
// then on; where it is to be another, an administrator has it reset. Its provider is told nothing.
//
// It is shown the corp's own ids as before, until the provider says that it has migrated (doc 97104). Claimed again by
// the same template it stays as it is. Neither is documented.
func (s *Service) claimCustomizedApp(ctx context.Context, tx *store.Tx, by access.Caller, req claimCustomizedAppRequest) (none wire.None, err error) {
	if req.Token == "" {
		return none, ErrTokenMissing
	}
	template, err := s.resolveSuite(tx, req.Token)
	switch {
	case errors.Is(err, wire.ErrInvalid):
		return none, ErrSuiteToken
	case errors.Is(err, wire.ErrExpired):
		return none, ErrTokenExpired
	case err != nil:
		return none, err
	}
	v, err := s.Suite(tx, template.Suite)
	if err != nil {
		return none, err
	}
	if v.Kind != access.Custom {
		return none, ErrNoTemplate.With("suite_access_token: of suite %s, which is no template of proxy-developed applications", v.SuiteID)
	}
	if by.Kind == access.Custom {
		if by.Suite != v.SuiteID {
			err = ErrAlreadyGranted.With("the application belongs to another template")
		}
		return none, err
	}
	return none, s.claim(ctx, tx, by, v)
}

// claim installs a template as an application that is there already.
func (s *Service) claim(_ context.Context, tx *store.Tx, by access.Caller, v Suite) error {
	if v.Draft {
		return ErrTemplateDraft.With("%s", v.SuiteID)
	}
	if v.Partner == by.CorpID {
		return ErrOwnProvider.With("a provider's own applications stay its own")
	}
	n, err := tx.Count(`SELECT count(*) FROM suite_installation WHERE suite = ? AND corpid = ?`, v.No, by.CorpID)
	if err == nil && n > 0 {
		err = ErrAlreadyGranted.With("the enterprise has an application of the template")
	}
	if err != nil {
		return err
	}
	c, err := s.deps.Corps.Corp(tx, by.CorpID)
	if err != nil {
		return err
	}
	a, err := s.deps.Apps.AppNo(tx, by.App)
	if err != nil {
		return err
	}
	a.Kind, a.Suite, a.Partner, a.Grants = access.Custom, v.SuiteID, v.Partner, granted(v)
	chats, err := s.chatsAt(tx, v)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO suite_installation (app, suite, corpid, installed_by, mode, state, installed_at, plain_ids, plain_external, chats_at) VALUES (?, ?, ?, ?, ?, '', ?, 1, 1, ?)`,
		a.No, v.No, a.CorpID, string(c.Creator), int64(ByAdmin), tx.Now().UnixMilli(), chats); err != nil {
		return err
	}
	if _, err := s.EnsureOpenCorpID(tx, v.Provider, a.CorpID); err != nil {
		return err
	}
	return s.deps.Apps.Claim(tx, a)
}
