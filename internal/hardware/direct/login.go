package direct

import (
	"errors"
	"strconv"
	"time"

	"qiwei/internal/hardware"
	"qiwei/internal/hardware/frame"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of a connection (doc 90457).
var (
	errElsewhere     = wire.Code(600002, "device has registered")
	errNoNonce       = wire.Code(600008, "nonce missing")
	errNoTimestamp   = wire.Code(600009, "timestamp missing")
	errNoSignature   = wire.Code(600010, "signature missing")
	errSignature     = wire.Code(600011, "invalid signature")
	errRegistered    = wire.Code(600012, "connection has registered")
	errNoActiveCode  = wire.Code(600013, "activecode missing")
	errNotRegistered = wire.Code(600014, "device not registered")
	errNoSecret      = wire.Code(600015, "secret missing")
	errNotLoggedIn   = wire.Code(600020, "device not logged in")
	errExpired       = wire.Code(600023, "timestamp expired")
	errNoVersion     = wire.Code(600030, "firmware version missing")
	errSubscribed    = wire.Code(600045, "device already subscribe")
	errActivated     = wire.Code(600053, "connection has actived")
	errAgain         = wire.Code(600054, "connection has subscribed")
)

// signed is what a device proves that it has its secret_no with. Numbers are read as texts, because a nonce
// may be larger than ours.
type signed struct {
	SN        string `json:"sn"`
	Signature string `json:"device_signature"`
	Nonce     string `json:"nonce"`
	Timestamp string `json:"timestamp"`
}

// signatureLife is how far the clocks may be apart (doc 91370).
const signatureLife = 5 * time.Minute

// check says what is wrong with a signature; word is that of its use.
func (in signed) check(now time.Time, secretNo, word string) error {
	switch {
	case in.Nonce == "":
		return errNoNonce
	case in.Timestamp == "":
		return errNoTimestamp
	case in.Signature == "":
		return errNoSignature
	case frame.Sign(in.SN, secretNo, in.Timestamp, in.Nonce, word) != in.Signature:
		return errSignature
	}
	at, err := strconv.ParseInt(in.Timestamp, 10, 64)
	if age := now.Sub(time.Unix(at, 0)); err != nil || age > signatureLife || age < -signatureLife {
		return errExpired
	}
	return nil
}

// signer returns the device that a signature is of.
func (c *conn) signer(tx *store.Tx, in signed, word string) (d hardware.Device, err error) {
	if in.SN == "" {
		return d, hardware.ErrNoSN
	}
	d, err = c.s.deps.Hardware.Device(tx, in.SN)
	if errors.Is(err, hardware.ErrNoSuchSN) || err == nil && d.Model.Access != hardware.Direct {
		err = hardware.ErrSN
	}
	if err != nil {
		return d, err
	}
	secretNo, err := c.s.deps.Hardware.SecretNo(d)
	if err != nil {
		return d, err
	}
	return d, in.check(tx.Now(), secretNo, word)
}

type timestampAnswer struct {
	Timestamp int64 `json:"timestamp"`
}

type secretNoAnswer struct {
	SecretNo string `json:"secret_no"`
}

// getSecretNo exchanges the seed of a model for the device's own secret_no (doc 91369).
func (c *conn) getSecretNo(body []byte) (any, error) {
	var in signed
	wire.Decode(body, &in)
	var out secretNoAnswer
	err := c.s.deps.Store.Write(c.ctx, func(tx *store.Tx) error {
		d, err := c.s.deps.Hardware.Device(tx, in.SN)
		switch {
		case in.SN == "":
			return hardware.ErrNoSN
		case errors.Is(err, hardware.ErrNoSuchSN):
			return hardware.ErrSN
		case err != nil:
			return err
		}
		if err := in.check(tx.Now(), d.Model.Seed, "secret_no"); err != nil {
			return err
		}
		out.SecretNo, err = c.s.deps.Hardware.OwnSecretNo(tx, d)
		return err
	})
	return out, err
}

type registerAnswer struct {
	ActiveCode string `json:"active_code"`
}

// register makes the connection a device's (doc 91370). One that is connected from another address is not
// taken from there before it has fallen silent; from its own address the new connection wins.
func (c *conn) register(body []byte) (any, error) {
	if c.state != stranger {
		return nil, errRegistered
	}
	var in signed
	wire.Decode(body, &in)
	var out registerAnswer
	var d hardware.Device
	err := c.s.deps.Store.Write(c.ctx, func(tx *store.Tx) (err error) {
		if d, err = c.signer(tx, in, "register"); err != nil {
			return err
		}
		switch {
		case d.Seeded:
			return hardware.ErrSecretNo.With("exchange the seed by get_secret_no first")
		case d.Online(tx.Now()) && d.From != c.from.String():
			return errElsewhere
		}
		out.ActiveCode = c.s.deps.Hardware.ActiveCode(d)
		return c.s.deps.Hardware.Connect(tx, d, c.id, c.from.String())
	})
	if err != nil {
		return nil, err
	}
	c.state, c.sn, c.stored = registered, d.SN, c.s.deps.Clock.Now()
	c.s.hub.adopt(c, d.No)
	return out, nil
}

type activeAnswer struct {
	Secret string `json:"secret"`
}

// active answers the secret of the binding, once a corp has bound the device (doc 91371).
func (c *conn) active(body []byte) (any, error) {
	var in struct {
		Code string `json:"active_code"`
	}
	wire.Decode(body, &in)
	switch {
	case c.state == stranger:
		return nil, errNotRegistered
	case c.state != registered:
		return nil, errActivated
	case in.Code == "":
		return nil, errNoActiveCode
	}
	var out activeAnswer
	err := c.s.deps.Store.Read(c.ctx, func(tx *store.Tx) error {
		d, err := c.own(tx)
		switch {
		case err != nil:
			return err
		case in.Code != c.s.deps.Hardware.ActiveCode(d):
			return hardware.ErrActiveCode
		case d.Bound != hardware.InCorp:
			return hardware.ErrNotBound
		}
		out.Secret = c.s.deps.Hardware.DeviceSecret(d)
		return nil
	})
	if err == nil {
		c.state = activated
	}
	return out, err
}

// own returns the connection's device as it is now.
func (c *conn) own(tx *store.Tx) (hardware.Device, error) {
	d, found, err := c.s.deps.Hardware.DeviceNo(tx, c.device)
	switch {
	case err != nil:
		return d, err
	case !found:
		return d, hardware.ErrSN
	case d.Conn != c.id:
		return d, errElsewhere
	}
	return d, nil
}

type subscribeRequest struct {
	Secret  string `json:"secret"`
	Version string `json:"firmware_version"`
	More    struct {
		Fingers []string `json:"fp_algorithm"`
		Faces   []string `json:"fa_algorithm"`
	} `json:"ext_args"`
}

// maxVersion is in bytes.
const maxVersion = 64

// subscribe begins the device's work for its corp (doc 95409).
func (c *conn) subscribe(body []byte) (any, error) {
	var in subscribeRequest
	wire.Decode(body, &in)
	switch {
	case c.state == stranger:
		return nil, errNotRegistered
	case c.state == subscribed:
		return nil, errAgain
	case in.Secret == "":
		return nil, errNoSecret
	case in.Version == "" || len(in.Version) > maxVersion:
		return nil, errNoVersion.With("1 to %d bytes expected", maxVersion)
	case c.s.deps.Limits && !c.s.pace.Take(c.s.deps.Clock.Now(), c.from.String()+" "+c.sn, "subscribe_corp", subscribePerMinute, time.Minute):
		return nil, errSubscribed.With("at most %d times a minute", subscribePerMinute)
	}
	var d hardware.Device
	err := c.s.deps.Store.Write(c.ctx, func(tx *store.Tx) (err error) {
		if d, err = c.own(tx); err != nil {
			return errSubscribed.With("%v", err)
		}
		switch {
		case d.Bound != hardware.InCorp:
			return hardware.ErrNotBound
		case d.Model.Draft:
			return hardware.ErrUnpublished
		case c.s.deps.Hardware.DeviceSecret(d) != in.Secret:
			return hardware.ErrDeviceSecret
		}
		return c.s.deps.Hardware.Subscribe(c.ctx, tx, d, in.Version, in.More.Fingers, in.More.Faces)
	})
	if err != nil {
		return nil, err
	}
	c.ws.SetReadLimit(maxFrame)
	c.state, c.round = subscribed, d.Binding()
	return nil, nil
}

// do carries out a command.
func (c *conn) do(m frame.Message) (out any, err error) {
	in, cmd := m.Body, m.Cmd
	switch cmd {
	case "get_timestamp":
		return timestampAnswer{c.s.deps.Clock.Now().Unix()}, nil
	case "get_secret_no":
		return c.getSecretNo(in)
	case "register":
		return c.register(in)
	case "active":
		return c.active(in)
	case "subscribe_corp":
		return c.subscribe(in)
	case "ping":
		return nil, c.ping()
	}
	op, ok := commands[cmd]
	switch {
	case !ok:
		return nil, wire.ErrParameter.With("unknown cmd %q", cmd)
	case c.state != subscribed:
		return nil, errNotLoggedIn
	}
	run := func(tx *store.Tx) (err error) {
		d, err := c.bound(tx)
		if err == nil {
			out, err = op.do(c.ctx, tx, c, d, in)
		}
		return err
	}
	if op.writes {
		err = c.s.deps.Store.Write(c.ctx, run)
	} else {
		err = c.s.deps.Store.Read(c.ctx, run)
	}
	return out, err
}

// bound returns the device while the binding that it has subscribed to holds.
func (c *conn) bound(tx *store.Tx) (hardware.Device, error) {
	d, err := c.own(tx)
	if err == nil && (d.Bound != hardware.InCorp || d.Binding() != c.round) {
		err = hardware.ErrNotBound
	}
	return d, err
}

// ping keeps the connection. Now and then that is stored, for the other servers.
func (c *conn) ping() error {
	if c.state != subscribed {
		return errNotLoggedIn
	}
	now := c.s.deps.Clock.Now()
	if now.Sub(c.stored) < heardEvery && !now.Before(c.stored) {
		return nil
	}
	c.stored = now
	return c.s.deps.Store.Write(c.ctx, func(tx *store.Tx) error { return c.s.deps.Hardware.Heard(tx, c.device, c.id) })
}
