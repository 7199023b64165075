package suite

import (
	"context"
	"errors"
	"fmt"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Scripts returns what drives installations in dev, so that a test needs no browser.
func (s *Service) Scripts() []door.Route {
	at := func(name string) string { return "POST /_qiwei/providers/" + name }
	return []door.Route{
		door.Script(at("install"), s.deps.Log, s.scriptInstall),
		door.Script(at("ticket"), s.deps.Log, s.scriptTicket),
		door.Script(at("change"), s.deps.Log, s.scriptChange),
		door.Script(at("cancel"), s.deps.Log, s.scriptCancel),
		door.Script(at("reset"), s.deps.Log, s.scriptReset),
		door.Script(at("select"), s.deps.Log, s.scriptSelect),
	}
}

// where names an installation in a script.
type where struct {
	SuiteID string `json:"suite_id"`
	CorpID  string `json:"corpid"`
}

type installScript struct {
	where
	UserID id.UserID    `json:"userid"` // who installs it; the founder where it is left out
	Range  access.Range `json:"range"`  // the whole enterprise where it is left out
	State  string       `json:"state"`
	// Silent is an installation from the provider's own site: its auth_code is answered
	// and not pushed.
	Silent bool `json:"silent"`
	// PlainIDs installs it as before providers had ids of their own.
	PlainIDs bool `json:"plain_ids"`
}

type installAnswer struct {
	AuthCode   string `json:"auth_code"`
	AgentID    int64  `json:"agentid"`
	OpenCorpID string `json:"open_corpid"`
}

func (s *Service) scriptInstall(ctx context.Context, req installScript) (answer installAnswer, err error) {
	err = s.script(ctx, func(tx *store.Tx) error {
		c, err := s.deps.Corps.Corp(tx, req.CorpID)
		if err != nil {
			return door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", req.CorpID))
		}
		if req.UserID == "" {
			req.UserID = c.Creator
		}
		if req.UserID != "" {
			m, err := s.deps.Directory.Member(ctx, tx, access.System(c.CorpID), req.UserID)
			if err != nil {
				return err
			}
			req.UserID = m.UserID
		}
		in, code, err := s.InstallSuite(ctx, tx, Install{
			SuiteID: req.SuiteID, CorpID: c.CorpID, By: req.UserID, Range: req.Range, State: req.State, Silent: req.Silent, PlainIDs: req.PlainIDs,
		})
		if err != nil {
			return err
		}
		answer.AuthCode, answer.AgentID = code, in.AgentID
		answer.OpenCorpID, err = s.OpenCorpID(tx, in.Partner, c.CorpID)
		return err
	})
	return answer, err
}

type ticketScript struct {
	SuiteID string `json:"suite_id"`
}

type ticketAnswer struct {
	Ticket string `json:"suite_ticket"`
}

func (s *Service) scriptTicket(ctx context.Context, req ticketScript) (answer ticketAnswer, err error) {
	err = s.script(ctx, func(tx *store.Tx) (err error) {
		answer.Ticket, err = s.PushTicket(ctx, tx, req.SuiteID)
		return err
	})
	return answer, err
}

type changeScript struct {
	where
	Range       *access.Range `json:"range"`
	Permissions *[]string     `json:"permissions"`
	Disabled    *bool         `json:"disabled"`
	Mode        *Mode         `json:"auth_mode"` // 0 an administrator decides who uses it, 1 members for themselves
}

type nothing struct{}

func (s *Service) scriptChange(ctx context.Context, req changeScript) (nothing, error) {
	return nothing{}, s.script(ctx, func(tx *store.Tx) error {
		_, err := s.ChangeInstallation(ctx, tx, req.CorpID, req.SuiteID, Change{Range: req.Range, Permissions: req.Permissions, Disabled: req.Disabled, Mode: req.Mode})
		return err
	})
}

func (s *Service) scriptCancel(ctx context.Context, req where) (nothing, error) {
	return nothing{}, s.script(ctx, func(tx *store.Tx) error { return s.Uninstall(ctx, tx, req.CorpID, req.SuiteID) })
}

type resetAnswer struct {
	AuthCode string `json:"auth_code"`
}

func (s *Service) scriptReset(ctx context.Context, req where) (answer resetAnswer, err error) {
	err = s.script(ctx, func(tx *store.Tx) (err error) {
		answer.AuthCode, err = s.ResetPermanentCode(ctx, tx, req.CorpID, req.SuiteID)
		return err
	})
	return answer, err
}

// script runs one, and says plainly what it names that is not there.
func (s *Service) script(ctx context.Context, fn func(*store.Tx) error) error {
	err := s.deps.Store.Write(ctx, fn)
	switch {
	case errors.Is(err, ErrNotFound):
		return door.Missing("suite_id: there is no such suite")
	case errors.Is(err, ErrNotInstalled):
		return door.Missing("the suite is not installed in that enterprise")
	}
	return err
}
