package hardware

import (
	"context"
	"errors"
	"fmt"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// Scripts returns what drives devices in dev: what a provider, an administrator and members would do.
func (s *Service) Scripts() []door.Route {
	at, log := func(name string) string { return "POST /_qiwei/hardware/" + name }, s.deps.Log
	return []door.Route{
		door.Script(at("model"), log, s.scriptModel),
		door.Script(at("ticket"), log, s.scriptTicket),
		door.Script(at("register"), log, s.scriptRegister),
		door.Script(at("bind"), log, s.scriptBind),
		door.Script(at("unbind"), log, s.scriptUnbind),
		door.Script(at("change"), log, s.scriptChange),
		door.Script(at("device"), log, s.scriptDevice),
		door.Script(at("grant"), log, s.scriptGrant),
		door.Script(at("open"), log, s.scriptOpen),
		door.Script(at("enrol"), log, s.scriptEnrol),
		door.Script(at("upgrade"), log, s.scriptUpgrade),
		door.Script(at("status"), log, s.scriptStatus),
		door.Script(at("scan"), log, s.scriptScan),
		door.Script(at("operation"), log, s.scriptOperation),
		door.Script(at("visitor"), log, s.scriptVisitor),
		door.Script(at("print"), log, s.scriptPrint),
		door.Script(at("submit"), log, s.scriptSubmit),
		door.Script(at("job"), log, s.scriptJob),
		door.Script(at("cancel"), log, s.scriptCancel),
	}
}

type nothing struct{}

// script runs one, and says plainly what it names that is not there.
func (s *Service) script(ctx context.Context, fn func(*store.Tx) error) error {
	err := s.deps.Store.Write(ctx, fn)
	for of, say := range map[error]string{
		ErrNotFound: "model_id: there is no such model", ErrNoSuchSN: "there is no such device", ErrNotInCorp: "the device is not bound to the enterprise",
		suite.ErrNoProvider: "provider: the enterprise is not a provider", suite.ErrNotFound: "suite_id: there is no such suite", suite.ErrNotInstalled: "the suite is not installed in that enterprise",
		ErrNoReader: "suite_id: a third-party application expected; no other reads devices",
	} {
		if errors.Is(err, of) {
			return door.Missing(say)
		}
	}
	return err
}

// onDevice runs fn on a device that a corp has.
func (s *Service) onDevice(ctx context.Context, sn string, fn func(*store.Tx, Device) error) error {
	return s.script(ctx, func(tx *store.Tx) error {
		d, err := s.Device(tx, sn)
		if err == nil && !d.usable(tx.Now()) {
			err = ErrNotInCorp
		}
		if err != nil {
			return err
		}
		return fn(tx, d)
	})
}

type modelScript struct {
	Provider  string    `json:"provider"` // corpid
	Name      string    `json:"name"`
	Access    Access    `json:"access"`
	Abilities []string  `json:"abilities"`
	Draft     bool      `json:"draft"`
	Seeded    bool      `json:"seeded"`
	Suite     string    `json:"suite_id"`
	Firmware  *Firmware `json:"firmware"`
}

type modelAnswer struct {
	ModelID string `json:"model_id"`
	Secret  string `json:"model_secret"`
	Token   string `json:"token"`
	AESKey  string `json:"encoding_aes_key"`
	Seed    string `json:"seed_secret_no,omitempty"`
}

func (s *Service) scriptModel(ctx context.Context, req modelScript) (answer modelAnswer, err error) {
	abilities, err := ParseAbilities(req.Abilities)
	if err != nil {
		return answer, err
	}
	err = s.script(ctx, func(tx *store.Tx) error {
		v, err := s.CreateModel(ctx, tx, Model{Partner: req.Provider, ModelSettings: ModelSettings{
			Name: req.Name, Access: req.Access, Abilities: abilities, Draft: req.Draft, Seeded: req.Seeded, Suite: req.Suite, Firmware: req.Firmware,
		}})
		if answer = (modelAnswer{ModelID: v.ModelID, Secret: v.Secret, Token: v.Token, AESKey: v.AESKey}); v.Seeded {
			answer.Seed = v.Seed
		}
		return err
	})
	return answer, err
}

type ticketScript struct {
	ModelID string `json:"model_id"`
}

type ticketAnswer struct {
	Ticket string `json:"model_ticket"`
}

func (s *Service) scriptTicket(ctx context.Context, req ticketScript) (answer ticketAnswer, err error) {
	err = s.script(ctx, func(tx *store.Tx) (err error) {
		answer.Ticket, err = s.PushTicket(ctx, tx, req.ModelID)
		return err
	})
	return answer, err
}

type registerScript struct {
	ModelID string `json:"model_id"`
	SN      string `json:"device_sn"`
}

type registerAnswer struct {
	QRCode   string `json:"qr_code"`
	SecretNo string `json:"secret_no"`
}

func (s *Service) scriptRegister(ctx context.Context, req registerScript) (answer registerAnswer, err error) {
	err = s.script(ctx, func(tx *store.Tx) error {
		v, err := s.Model(tx, req.ModelID)
		if err != nil {
			return err
		}
		d, err := s.Register(ctx, tx, v, req.SN)
		if err != nil {
			return err
		}
		answer.QRCode = s.QRCode(d)
		answer.SecretNo, err = s.SecretNo(d)
		return err
	})
	return answer, err
}

type bindScript struct {
	SN       string       `json:"device_sn"`
	QRCode   string       `json:"qr_code"` // in place of the serial number
	CorpID   string       `json:"corpid"`
	UserID   id.UserID    `json:"userid"` // who binds it; the founder where it is left out
	Range    access.Range `json:"range"`  // who uses it; everybody where it is left out
	Remark   string       `json:"remark_name"`
	Code     string       `json:"verif_code"`
	Provider string       `json:"provider"` // who is asked after a serial number that is not registered
}

type bindAnswer struct {
	AuthCode string `json:"auth_code,omitempty"`
	// Status is bound, asked (the provider's answer is awaited) or verifying (the provider is asked after the
	// serial number; bind again).
	Status string `json:"status"`
}

func (s *Service) scriptBind(ctx context.Context, req bindScript) (answer bindAnswer, err error) {
	err = s.script(ctx, func(tx *store.Tx) error {
		c, err := s.deps.Corps.Corp(tx, req.CorpID)
		if err != nil {
			return door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", req.CorpID))
		}
		var d Device
		if req.QRCode != "" {
			d, _, err = s.Scanned(tx, req.QRCode)
		} else {
			d, err = s.Device(tx, req.SN)
		}
		if errors.Is(err, ErrNoSuchSN) && req.Provider != "" {
			answer.Status = "verifying"
			return s.AskAbout(ctx, tx, req.Provider, c.CorpID, req.SN)
		}
		if err != nil {
			return err
		}
		if req.UserID == "" {
			req.UserID = c.Creator
		}
		d, answer.AuthCode, err = s.Bind(ctx, tx, d, Binding{CorpID: c.CorpID, By: req.UserID, People: req.Range, Remark: req.Remark, Code: req.Code})
		answer.Status = boundNames[d.Bound]
		return err
	})
	return answer, err
}

var boundNames = map[Bound]string{Free: "free", InCorp: "bound", Asked: "asked"}

// StatusName returns the state of the device's binding in a word.
func (d Device) StatusName() string { return boundNames[d.Bound] }

type snScript struct {
	SN string `json:"device_sn"`
}

func (s *Service) scriptUnbind(ctx context.Context, req snScript) (nothing, error) {
	return nothing{}, s.onDevice(ctx, req.SN, func(tx *store.Tx, d Device) error { return s.Unbind(ctx, tx, d) })
}

type changeScript struct {
	SN         string        `json:"device_sn"`
	Remark     *string       `json:"remark_name"`
	Range      *access.Range `json:"range"`
	SelfFinger *bool         `json:"open_self_input_fp"`
	SelfFace   *bool         `json:"open_self_input_fa"`
}

func (s *Service) scriptChange(ctx context.Context, req changeScript) (nothing, error) {
	return nothing{}, s.onDevice(ctx, req.SN, func(tx *store.Tx, d Device) error {
		return s.Update(ctx, tx, d, Change{Remark: req.Remark, People: req.Range, SelfFinger: req.SelfFinger, SelfFace: req.SelfFace})
	})
}

type deviceAnswer struct {
	ModelID string       `json:"model_id"`
	Status  string       `json:"status"`
	CorpID  string       `json:"corpid"`
	Remark  string       `json:"remark_name"`
	Range   access.Range `json:"range"`
	Online  bool         `json:"online"`
	Version string       `json:"firmware_version"`
	Perm    int64        `json:"perm_version"`
	Files   []fileAnswer `json:"files"`
}

type fileAnswer struct {
	UserID  id.UserID `json:"userid,omitempty"`
	Name    string    `json:"filename"`
	MediaID string    `json:"media_id"`
}

func (s *Service) scriptDevice(ctx context.Context, req snScript) (answer deviceAnswer, err error) {
	err = s.script(ctx, func(tx *store.Tx) error {
		d, err := s.Device(tx, req.SN)
		if err != nil {
			return err
		}
		answer = deviceAnswer{d.Model.ModelID, d.StatusName(), d.CorpID, d.Remark, d.People, d.Online(tx.Now()), d.Reports.Version, d.PermVersion, []fileAnswer{}}
		files, err := s.Files(tx, d, 20)
		for _, f := range files {
			answer.Files = append(answer.Files, fileAnswer{f.UserID, f.Name, f.MediaID})
		}
		return err
	})
	return answer, err
}

type grantScript struct {
	SN    string `json:"device_sn"`
	Suite string `json:"suite_id"`
	Off   bool   `json:"off"`
}

func (s *Service) scriptGrant(ctx context.Context, req grantScript) (nothing, error) {
	return nothing{}, s.onDevice(ctx, req.SN, func(tx *store.Tx, d Device) error {
		in, err := s.deps.Suites.Installation(tx, d.CorpID, req.Suite)
		if err != nil {
			return err
		}
		return s.Grant(ctx, tx, d, in.App, !req.Off)
	})
}
