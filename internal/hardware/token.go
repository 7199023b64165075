package hardware

import (
	"context"
	"errors"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/token"
	"qiwei/internal/wire"
)

func (s *Service) modelToken(ctx context.Context, i token.Issue) (string, int64, error) {
	return token.Living(ctx, s.deps.Store, s.deps.Box, seal.ModelToken, "hardware_model", "token_round", i)
}

func (s *Service) deviceToken(ctx context.Context, i token.Issue) (string, int64, error) {
	return token.Living(ctx, s.deps.Store, s.deps.Box, seal.DeviceToken, "hardware_device", "round", i)
}

// credentials are the two tokens of the room (doc 95992, 96022). The table of codes has none for a bad
// device_access_token, so it gets those of every access_token (unverified).
func (s *Service) credentials() (byModel, byDevice *wire.Credential) {
	return &wire.Credential{
			Param: "model_access_token", What: "access token of a model of smart hardware",
			Missing: ErrModelMissing, Invalid: ErrModelToken, Expired: ErrModelExpired, Resolve: s.resolveModel,
		}, &wire.Credential{
			Param: "device_access_token", What: "access token of a piece of smart hardware",
			Missing: wire.AccessToken.Missing.With("device_access_token is missing"), Invalid: wire.AccessToken.Invalid, Expired: wire.AccessToken.Expired,
			Resolve: s.resolveDevice,
		}
}

func (s *Service) resolveModel(tx *store.Tx, text string) (access.Caller, error) {
	i, ok := token.ParseIssue(s.deps.Box, seal.ModelToken, text)
	if !ok {
		return access.Caller{}, wire.ErrInvalid
	}
	v, err := s.model(tx, `no = ?`, i.No)
	switch {
	case errors.Is(err, ErrNotFound), err == nil && v.round != i.Round:
		return access.Caller{}, wire.ErrInvalid
	case err != nil:
		return access.Caller{}, err
	case !i.Alive(tx.Now()):
		return access.Caller{}, wire.ErrExpired
	}
	ids, trusted, err := s.deps.Suites.IDsOf(tx, v.Partner)
	return access.ModelOf(v.ModelID, v.Partner, trusted, ids), err
}

func (s *Service) resolveDevice(tx *store.Tx, text string) (access.Caller, error) {
	i, ok := token.ParseIssue(s.deps.Box, seal.DeviceToken, text)
	if !ok {
		return access.Caller{}, wire.ErrInvalid
	}
	d, found, err := s.deviceWhere(tx, `d.no = ?`, i.No)
	switch {
	case err != nil:
		return access.Caller{}, err
	case !found || d.round != i.Round || !d.usable(tx.Now()):
		return access.Caller{}, wire.ErrInvalid
	case !i.Alive(tx.Now()):
		return access.Caller{}, wire.ErrExpired
	case d.Model.Draft:
		return access.Caller{}, ErrUnpublished
	}
	ids, trusted, err := s.deps.Suites.IDsOf(tx, d.Model.Partner)
	return access.DeviceOf(d.CorpID, d.Model.ModelID, d.SN, d.Model.Partner, d.People, trusted, ids), err
}

// The rows of calls by a model's token and by a device's.
var (
	models  = access.Allow{access.Model: access.All}
	devices = access.Allow{access.Device: access.InRange}
)

func (s *Service) tokenEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/openhw/get_model_token", Doc: 95992, Open: true, Handle: wire.Direct(s.getModelToken)},
		{Method: "POST", Path: "/cgi-bin/openhw/get_device_secret", Doc: 95993, Credential: s.byModel, Allow: models, Handle: wire.Direct(s.getDeviceSecret)},
		{Method: "POST", Path: "/cgi-bin/openhw/get_device_token", Doc: 96022, Credential: s.byModel, Allow: models, Handle: wire.Direct(s.getDeviceToken)},
	}
}

type getModelTokenRequest struct {
	ModelID string `json:"model_id"`
	Secret  string `json:"model_secret"`
	Ticket  string `json:"model_ticket"`
}

type getModelTokenResponse struct {
	Token     string `json:"model_access_token"`
	ExpiresIn int64  `json:"expires_in"` // seconds left
}

// guessesPerHour is how many wrong secrets an address may send before it is refused for an hour, as at
// gettoken.
const guessesPerHour = 2000

func (s *Service) getModelToken(ctx context.Context, _ *store.Store, by access.Caller, req getModelTokenRequest) (resp getModelTokenResponse, err error) {
	const what = "get_model_token"
	switch {
	case req.ModelID == "":
		return resp, ErrNoModel
	case req.Secret == "":
		return resp, token.ErrSecretMissing.With("model_secret is missing")
	case s.deps.Limits && s.guesses.Blocked(s.deps.Store.Now(), by.From.String(), what, time.Hour):
		return resp, wire.ErrFrequency
	}
	var found token.Issue
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		v, err := s.Model(tx, req.ModelID)
		switch {
		case errors.Is(err, ErrNotFound):
			return ErrModel
		case err != nil:
			return err
		case !s.same(v.Secret, req.Secret):
			return token.ErrCredential.With("another model_secret expected")
		}
		if problem := s.tickets.Check(v.tickets, v.ModelID, req.Ticket, tx.Now()); problem != "" {
			return ErrModelTicket.With("%s", problem)
		}
		found = token.Issue{No: v.No, Round: v.round, At: v.issued}
		_, trusted, err := s.deps.Suites.IDsOf(tx, v.Partner)
		if ok, _ := trusted.Contains(by.From); err == nil && len(trusted) > 0 && !ok {
			err = wire.ErrAddress
		}
		return err
	})
	if s.deps.Limits && (errors.Is(err, token.ErrCredential) || errors.Is(err, ErrModel)) {
		s.guesses.Take(s.deps.Store.Now(), by.From.String(), what, guessesPerHour, time.Hour)
	}
	if err == nil {
		resp.Token, resp.ExpiresIn, err = s.modelToken(ctx, found)
	}
	return resp, err
}

// same compares a secret in a time that says nothing of it.
func (s *Service) same(secret, given string) bool {
	return string(s.deps.Box.MAC(seal.HardwareSecret, secret)) == string(s.deps.Box.MAC(seal.HardwareSecret, given))
}

type getDeviceSecretRequest struct {
	AuthCode string `json:"auth_code"`
}

type getDeviceSecretResponse struct {
	Secret    string `json:"device_secret"`
	Token     string `json:"device_access_token"`
	ExpiresIn int64  `json:"expires_in"` // seconds left
}

// codeLife is how long an auth_code is good (doc 95987).
const codeLife = 10 * time.Minute

// errAuthCode refuses the code of a binding (unverified).
var errAuthCode = wire.Code(40078, "invalid auth_code")

// getDeviceSecret redeems the auth_code of a binding, once. Providers do so before or after they have answered
// the event that brought it.
func (s *Service) getDeviceSecret(ctx context.Context, st *store.Store, by access.Caller, req getDeviceSecretRequest) (resp getDeviceSecretResponse, err error) {
	var d Device
	if err := st.Write(ctx, func(tx *store.Tx) error {
		i, ok := token.ParseIssue(s.deps.Box, seal.DeviceCode, req.AuthCode)
		if !ok {
			return errAuthCode
		}
		found := false
		d, found, err = s.deviceWhere(tx, `d.no = ?`, i.No)
		switch {
		case err != nil:
			return err
		case !found, d.round != i.Round, d.codeAt != i.At, d.Model.ModelID != by.Model, !d.usable(tx.Now()):
			return errAuthCode.With("an auth_code can be used once, by the model whose device was bound")
		case tx.Now().Sub(time.UnixMilli(i.At)) > codeLife:
			return errAuthCode.With("an auth_code is valid for %v", codeLife)
		}
		_, err := tx.Exec(`UPDATE hardware_device SET code_at = 0 WHERE no = ?`, d.No)
		return err
	}); err != nil {
		return resp, err
	}
	resp.Secret = s.DeviceSecret(d)
	resp.Token, resp.ExpiresIn, err = s.deviceToken(ctx, token.Issue{No: d.No, Round: d.round, At: d.issued})
	return resp, err
}

// DeviceSecret is the secret of a device's binding. It ends with that.
func (s *Service) DeviceSecret(d Device) string {
	return token.Issue{No: d.No, Round: d.round}.Text(s.deps.Box, seal.DeviceSecret)
}

type getDeviceTokenRequest struct {
	SN     string `json:"device_sn"`
	Secret string `json:"device_secret"`
}

type getDeviceTokenResponse struct {
	Token     string `json:"device_access_token"`
	ExpiresIn int64  `json:"expires_in"` // seconds left
}

func (s *Service) getDeviceToken(ctx context.Context, st *store.Store, by access.Caller, req getDeviceTokenRequest) (resp getDeviceTokenResponse, err error) {
	var d Device
	if err := st.Read(ctx, func(tx *store.Tx) (err error) {
		if d, err = s.ofModel(tx, by, req.SN); err != nil {
			return err
		}
		if !d.usable(tx.Now()) {
			return ErrNotBound
		}
		if !s.same(s.DeviceSecret(d), req.Secret) {
			return ErrDeviceSecret
		}
		if d.Model.Draft {
			return ErrUnpublished
		}
		return nil
	}); err != nil {
		return resp, err
	}
	resp.Token, resp.ExpiresIn, err = s.deviceToken(ctx, token.Issue{No: d.No, Round: d.round, At: d.issued})
	return resp, err
}
