package hardware

import (
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/hardware/frame"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/token"
	"qiwei/internal/wire"
)

// The types of codes that a device shows, as their links name them.
const (
	linkBind   = "qrcode"        // binds it, and leads to it once it is bound
	linkLogin  = "dynamic_login" // to manage it
	linkStatic = "static_login"
)

const (
	// linkLife is how long a dynamic code of a cloud device is good (doc 98024), ownLife one that a device
	// makes itself (doc 91626).
	linkLife = 5 * time.Minute
	ownLife  = 30 * time.Minute
	// maxState is in bytes. The platform names no limit.
	maxState = 128
)

func checkState(state string) error {
	if len(state) > maxState {
		return wire.ErrParameter.With("state: at most %d bytes expected", maxState)
	}
	return nil
}

// dynamicLink is a code that is good for a short time (doc 98023).
func (s *Service) dynamicLink(d Device, kind, state string, at time.Time) string {
	q := url.Values{"sn": {d.SN}, "timestamp": {strconv.FormatInt(at.Unix(), 10)}, "type": {kind}, "state": {state}}
	q.Set("signature", s.signLink(d, q))
	return linkHost + "/connect/hardware?" + q.Encode()
}

func (s *Service) signLink(d Device, q url.Values) string {
	return hex.EncodeToString(s.deps.Box.MAC(seal.DeviceLink, strings.Join([]string{strconv.FormatInt(d.round, 10), q.Get("sn"), q.Get("timestamp"), q.Get("type"), q.Get("state")}, "\n"))[:20])
}

// StaticLogin is a code that is good until the device is bound anew (doc 98023, 91626).
func (s *Service) StaticLogin(d Device, state string) string {
	code := token.Issue{No: d.No, Round: d.round}.Text(s.deps.Box, seal.DeviceLink)
	return linkHost + "/connect/hardware?" + url.Values{"type": {linkStatic}, "login_code": {code}, "state": {state}}.Encode()
}

// Scanned returns the device of a code that somebody has scanned, and the code's state. It answers ErrNoSuchSN
// for a text that is no code, or whose time is over.
func (s *Service) Scanned(tx *store.Tx, text string) (d Device, state string, err error) {
	u, err := url.Parse(text)
	if err != nil || u.Path != "/connect/hardware" {
		return d, "", ErrNoSuchSN
	}
	q := u.Query()
	if q.Get("hw_code") != "" {
		d, err = s.ByQRCode(tx, text)
		return d, q.Get("state"), err
	}
	if q.Get("type") == linkStatic {
		i, ok := token.ParseIssue(s.deps.Box, seal.DeviceLink, q.Get("login_code"))
		d, found, err := s.deviceWhere(tx, `d.no = ?`, i.No)
		if err == nil && (!ok || !found || d.round != i.Round) {
			err = ErrNoSuchSN
		}
		return d, q.Get("state"), err
	}
	if d, err = s.Device(tx, q.Get("sn")); err != nil {
		return d, "", err
	}
	good, life := false, linkLife
	if d.Model.Access == Cloud {
		good = s.same(s.signLink(d, q), q.Get("signature"))
	} else {
		secretNo, err := s.SecretNo(d)
		if err != nil {
			return d, "", err
		}
		values := []string{q.Get("sn"), secretNo, q.Get("timestamp"), q.Get("nonce"), q.Get("type")}
		if q.Get("type") == linkLogin {
			values = append(values, q.Get("state"))
		}
		good, life = s.same(frame.Sign(values...), q.Get("signature")), ownLife
	}
	at, err := strconv.ParseInt(q.Get("timestamp"), 10, 64)
	if age := tx.Now().Sub(time.Unix(at, 0)); err != nil || !good || age > life || age < -life {
		return d, "", ErrNoSuchSN
	}
	return d, q.Get("state"), nil
}
