package suite

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

const (
	preAuthLife  = 1200 * time.Second // doc 90601
	authCodeLife = 10 * time.Minute   // doc 90603
	codeLength   = 64                 // a code has 64 to 512 bytes
)

// PreAuthCode returns a new pre_auth_code of the suite, by which an installation is
// begun on the provider's site. Doc 90601.
func (s *Service) PreAuthCode(tx *store.Tx, v Suite) (string, error) {
	code := id.Letters(codeLength)
	_, err := tx.Exec(`INSERT INTO suite_code (mac, suite, app, test, expires_at, used_at) VALUES (?, ?, NULL, 0, ?, 0)`,
		s.codeMAC(code), v.No, tx.Now().Add(preAuthLife).UnixMilli())
	return code, err
}

// PreAuthorised says what a pre_auth_code of the suite lets be installed: test is
// true after set_session_info with auth_type 1. It answers ErrPreAuthCode or
// ErrPreAuthExpired for one that is no good, and ErrPreAuthCode for one by which
// something was installed already.
func (s *Service) PreAuthorised(tx *store.Tx, v Suite, code string) (test bool, err error) {
	var mode, expires, used int64
	found, err := tx.Get(`SELECT test, expires_at, used_at FROM suite_code WHERE mac = ? AND suite = ? AND app IS NULL`, []any{s.codeMAC(code), v.No}, &mode, &expires, &used)
	switch {
	case err != nil:
		return false, err
	case !found:
		return false, ErrPreAuthCode
	case used != 0:
		return false, ErrPreAuthCode.With("it was used, and begins one installation")
	case tx.Now().UnixMilli() >= expires:
		return false, ErrPreAuthExpired
	}
	return mode == 1, nil
}

// SpendPreAuth uses a pre_auth_code of the suite up. It answers what PreAuthorised
// does, and ErrPreAuthCode to the slower of two.
func (s *Service) SpendPreAuth(tx *store.Tx, v Suite, code string) (test bool, err error) {
	if test, err = s.PreAuthorised(tx, v, code); err != nil {
		return false, err
	}
	n, err := tx.Exec(`UPDATE suite_code SET used_at = ? WHERE mac = ? AND suite = ? AND used_at = 0`, tx.Now().UnixMilli(), s.codeMAC(code), v.No)
	if err == nil && n == 0 {
		err = ErrPreAuthCode.With("it was used just now")
	}
	return test, err
}

// AuthCodeLife is how long an auth_code of an installation is good (doc 90603).
const AuthCodeLife = authCodeLife

// authCode returns a new auth_code for an installation. It is good once, for ten
// minutes.
func (s *Service) authCode(tx *store.Tx, in Installation) (string, error) {
	code := id.Letters(codeLength)
	// One that was never redeemed would give out the permanent code that comes after it.
	if _, err := tx.Exec(`UPDATE suite_code SET used_at = ? WHERE app = ? AND used_at = 0`, tx.Now().UnixMilli(), in.No); err != nil {
		return "", err
	}
	_, err := tx.Exec(`INSERT INTO suite_code (mac, suite, app, test, expires_at, used_at) VALUES (?, ?, ?, 0, ?, 0)`,
		s.codeMAC(code), in.Suite.No, in.No, tx.Now().Add(authCodeLife).UnixMilli())
	return code, err
}

// redeem returns the number of the application that an auth_code of the suite is
// for, and uses the code up.
func (s *Service) redeem(tx *store.Tx, v Suite, code string) (appNo int64, err error) {
	n, err := tx.Exec(`UPDATE suite_code SET used_at = ? WHERE mac = ? AND suite = ? AND app IS NOT NULL AND used_at = 0 AND expires_at > ?`,
		tx.Now().UnixMilli(), s.codeMAC(code), v.No, tx.Now().UnixMilli())
	if err != nil {
		return 0, err
	}
	var expires, used int64
	found, err := tx.Get(`SELECT app, expires_at, used_at FROM suite_code WHERE mac = ? AND suite = ? AND app IS NOT NULL`,
		[]any{s.codeMAC(code), v.No}, &appNo, &expires, &used)
	switch {
	case err != nil || n == 1:
		return appNo, err
	case !found:
		return 0, ErrAuthCode.With("an auth_code that this suite was given expected")
	case used != 0:
		return 0, ErrAuthCode.With("the auth_code was used already")
	}
	return 0, ErrAuthCode.With("an auth_code is valid for %v", authCodeLife)
}

func (s *Service) codeMAC(code string) []byte { return s.deps.Box.MAC(seal.SuiteCode, code) }

func (s *Service) codeEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "GET", Path: "/cgi-bin/service/get_pre_auth_code", Doc: 90601, Credential: s.bySuite, Allow: suites, Handle: wire.Write(s.getPreAuthCode)},
		{Method: "POST", Path: "/cgi-bin/service/set_session_info", Doc: 90602, Credential: s.bySuite, Allow: suites, Handle: wire.Write(s.setSessionInfo)},
	}
}

type getPreAuthCodeResponse struct {
	Code      string `json:"pre_auth_code"`
	ExpiresIn int64  `json:"expires_in"` // seconds
}

func (s *Service) getPreAuthCode(ctx context.Context, tx *store.Tx, by access.Caller, _ wire.None) (resp getPreAuthCodeResponse, err error) {
	v, err := s.Suite(tx, by.Suite)
	if err != nil {
		return resp, err
	}
	resp.ExpiresIn = int64(preAuthLife / time.Second)
	resp.Code, err = s.PreAuthCode(tx, v)
	return resp, err
}

type setSessionInfoRequest struct {
	Code string `json:"pre_auth_code"`
	Info *struct {
		AppIDs   []int64 `json:"appid"`
		AuthType int64   `json:"auth_type"` // 0 formal, 1 test
	} `json:"session_info"`
}

// setSessionInfo says what kind of installation a pre_auth_code begins. Suites here
// have one application each, whose appid is 1.
func (s *Service) setSessionInfo(ctx context.Context, tx *store.Tx, by access.Caller, req setSessionInfoRequest) (wire.None, error) {
	switch {
	case req.Code == "":
		return wire.None{}, ErrPreAuthCode.With("pre_auth_code is missing")
	case req.Info == nil:
		return wire.None{}, wire.ErrParameter.With("session_info is missing")
	case req.Info.AuthType != 0 && req.Info.AuthType != 1:
		return wire.None{}, wire.ErrParameter.With("session_info.auth_type: 0 or 1 expected")
	}
	for _, n := range req.Info.AppIDs {
		if n != 1 {
			return wire.None{}, ErrAppID.With("the suite has one application, appid 1")
		}
	}
	v, err := s.Suite(tx, by.Suite)
	if err != nil {
		return wire.None{}, err
	}
	if _, err := s.PreAuthorised(tx, v, req.Code); err != nil {
		return wire.None{}, err
	}
	_, err = tx.Exec(`UPDATE suite_code SET test = ? WHERE mac = ? AND suite = ?`, req.Info.AuthType, s.codeMAC(req.Code), v.No)
	return wire.None{}, err
}
