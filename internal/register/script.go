package register

import (
	"context"
	"errors"

	"qiwei/internal/corp"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// Scripts returns what stands in dev for the provider's console, and for the pages on
// which enterprises register.
func (s *Service) Scripts() []door.Route {
	at := func(name string) string { return "POST /_qiwei/providers/" + name }
	return []door.Route{
		door.Script(at("package"), s.deps.Log, s.scriptPackage),
		door.Script(at("register"), s.deps.Log, s.scriptRegister),
	}
}

type packageScript struct {
	Provider  string   `json:"provider"`
	Template  string   `json:"template_id"`
	Name      string   `json:"name"`
	Suites    []string `json:"suites"`
	Migration bool     `json:"migration"` // the provider may fill the new directory
}

type packageAnswer struct {
	Template string `json:"template_id"`
}

func (s *Service) scriptPackage(ctx context.Context, req packageScript) (answer packageAnswer, err error) {
	err = s.script(ctx, func(tx *store.Tx) error {
		p, err := s.deps.Suites.Provider(tx, req.Provider)
		if err != nil {
			return err
		}
		v, err := s.CreatePackage(tx, p, Package{ID: req.Template, Name: req.Name, Suites: req.Suites, Migration: req.Migration})
		answer.Template = v.ID
		return err
	})
	return answer, err
}

type registerScript struct {
	// Code is of a link. With Template the package's QR code was scanned, and the code is
	// drawn.
	Code     string `json:"register_code"`
	Template string `json:"template_id"`

	CorpName string    `json:"corp_name"`
	Admin    string    `json:"admin_name"`
	Mobile   string    `json:"admin_mobile"`
	UserID   id.UserID `json:"userid"`
	// CorpID is of an enterprise that is there already, whose member opens the link.
	CorpID string `json:"corpid"`
}

type registerAnswer struct {
	Code   string    `json:"register_code"`
	CorpID string    `json:"corpid"`
	Open   string    `json:"open_corpid"`
	UserID id.UserID `json:"userid"`
}

func (s *Service) scriptRegister(ctx context.Context, req registerScript) (answer registerAnswer, err error) {
	err = s.script(ctx, func(tx *store.Tx) error {
		answer.Code = req.Code
		if req.Template != "" {
			packs, err := selectPackages(tx, `templateid = ?`, req.Template)
			if err == nil && len(packs) == 0 {
				err = ErrTemplate
			}
			if err != nil {
				return err
			}
			if answer.Code, err = s.newCode(tx, packs[0], form{}, ""); err != nil {
				return err
			}
		}
		if req.CorpID != "" {
			if _, err := s.deps.Corps.Corp(tx, req.CorpID); err != nil {
				return err
			}
			answer.CorpID, answer.UserID = req.CorpID, req.UserID
			return s.Enter(ctx, tx, answer.Code, req.CorpID, req.UserID)
		}
		made, err := s.Register(ctx, tx, answer.Code, Register{CorpName: req.CorpName, AdminName: req.Admin, AdminMobile: req.Mobile, AdminID: req.UserID})
		answer.CorpID, answer.Open, answer.UserID = made.Corp, made.Open, made.Admin
		return err
	})
	return answer, err
}

// script runs one, and says plainly what it names that is not there.
func (s *Service) script(ctx context.Context, fn func(*store.Tx) error) error {
	err := s.deps.Store.Write(ctx, fn)
	switch {
	case errors.Is(err, suite.ErrNoProvider):
		return door.Missing("provider: the enterprise is not a provider")
	case errors.Is(err, corp.ErrNotFound):
		return door.Missing("corpid: there is no such enterprise")
	case errors.Is(err, ErrTemplate):
		return door.Missing("template_id: there is no such package")
	}
	return err
}
