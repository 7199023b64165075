// Package simulated is a device that connects by itself, for development: it logs in, reads who uses it, reports
// check-ins, opens its door and prints.
package simulated

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"

	"qiwei/internal/hardware/frame"
	"qiwei/internal/id"
)

// Device is a device and what it does by itself.
type Device struct {
	URL      string // of the server, or of its WebSocket
	SN       string
	SecretNo string
	Version  string // of its firmware
	// Checkins are those who check in as soon as the device works, by their userids.
	Checkins []string
	// Once ends Run when those are reported.
	Once bool
	// Refuse has the door fail.
	Refuse bool
	// Now returns the time, which is the server's where it differs: get_timestamp says so.
	Now func() time.Time
	// Log is told in a line of everything that happens.
	Log func(format string, args ...any)

	ws     *websocket.Conn
	sent   int
	ahead  time.Duration // of the server's clock
	frames chan received
	pushes []frame.Message
	people map[string]string // names by userid
}

// Refused is an error that the server has answered.
type Refused struct {
	Cmd  string
	Code int
	Msg  string
}

func (r Refused) Error() string { return fmt.Sprintf("%s: %d %s", r.Cmd, r.Code, r.Msg) }

const (
	// patience is how long an answer may take, beat how often the device is heard of (doc 91373).
	patience = 10 * time.Second
	beat     = 30 * time.Second
	// poll is how often a device asks whether a corp has bound it (doc 91371).
	poll = 5 * time.Second
	// longest bounds a frame from the server: a print of 20 MB and its head.
	longest = 21 << 20
	notYet  = 600004
)

// Run connects and works until the context ends, or with Once until the check-ins are reported.
func (d *Device) Run(ctx context.Context) error {
	to, err := d.address()
	if err != nil {
		return err
	}
	if d.ws, _, err = websocket.Dial(ctx, to, nil); err != nil {
		return err
	}
	defer d.ws.CloseNow()
	d.ws.SetReadLimit(longest)
	d.Log("connected to %s", to)
	ctx, end := context.WithCancel(ctx)
	defer end()
	d.frames, d.pushes = make(chan received), nil
	go d.read(ctx)
	if err := d.login(ctx); err != nil {
		return err
	}
	if err := d.sync(ctx); err != nil {
		return err
	}
	for _, u := range d.Checkins {
		if err := d.checkin(ctx, u, 1, 1); err != nil {
			return err
		}
	}
	if d.Once {
		return nil
	}
	return d.work(ctx)
}

// ErrUnbound ends the work of a device that its corp has given up.
var ErrUnbound = errors.New("the enterprise has unbound the device")

// received is a frame, or why there are no more.
type received struct {
	kind websocket.MessageType
	raw  []byte
	err  error
}

// read reads frames until the connection ends. A reading that is given up would end it.
func (d *Device) read(ctx context.Context) {
	for {
		kind, raw, err := d.ws.Read(ctx)
		select {
		case d.frames <- received{kind, raw, err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// take returns the next frame, or context.DeadlineExceeded where none comes in time.
func (d *Device) take(ctx context.Context, within time.Duration) (received, error) {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case r := <-d.frames:
		return r, r.err
	case <-timer.C:
		return received{}, context.DeadlineExceeded
	case <-ctx.Done():
		return received{}, ctx.Err()
	}
}

// address returns the WebSocket's.
func (d *Device) address() (string, error) {
	u, err := url.Parse(d.URL)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("%q: an address such as http://127.0.0.1:7993 expected", d.URL)
	}
	switch u.Scheme {
	case "http", "https":
		u.Scheme = "ws" + strings.TrimPrefix(u.Scheme, "http")
		u.Path = "/hardware/connect"
	case "ws", "wss":
	default:
		return "", fmt.Errorf("%q: http, https, ws or wss expected", d.URL)
	}
	return u.String(), nil
}

// login takes the device from its first frame to its subscription.
func (d *Device) login(ctx context.Context) error {
	var clock struct{ Timestamp int64 }
	if err := d.call(ctx, "get_timestamp", nil, &clock); err != nil {
		return err
	}
	d.ahead = time.Unix(clock.Timestamp, 0).Sub(d.Now())
	stamp, nonce := strconv.FormatInt(clock.Timestamp, 10), strconv.FormatUint(uint64(binary.BigEndian.Uint32(id.Bytes(4))), 10)
	var reg struct {
		ActiveCode string `json:"active_code"`
	}
	if err := d.call(ctx, "register", map[string]any{
		"sn": d.SN, "timestamp": clock.Timestamp, "nonce": json.Number(nonce), "device_signature": frame.Sign(d.SN, d.SecretNo, stamp, nonce, "register"),
	}, &reg); err != nil {
		return err
	}
	d.Log("registered as %s", d.SN)
	secret, err := d.activate(ctx, reg.ActiveCode)
	if err != nil {
		return err
	}
	if err := d.call(ctx, "subscribe_corp", map[string]any{"secret": secret, "firmware_version": d.Version}, nil); err != nil {
		return err
	}
	var corp struct {
		Name string `json:"corp_name"`
	}
	if err := d.call(ctx, "get_corp_info", nil, &corp); err != nil {
		return err
	}
	d.Log("works for %s", corp.Name)
	return nil
}

// activate waits until a corp has bound the device.
func (d *Device) activate(ctx context.Context, code string) (string, error) {
	said := false
	for {
		var active struct{ Secret string }
		err := d.call(ctx, "active", map[string]any{"active_code": code}, &active)
		var refused Refused
		if !errors.As(err, &refused) || refused.Code != notYet {
			return active.Secret, err
		}
		if !said {
			said = true
			d.Log("waits for an enterprise to bind it")
		}
		if _, err := d.next(ctx, poll); ctx.Err() != nil || err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return "", errors.Join(err, ctx.Err())
		}
	}
}

// sync reads everybody who uses the device.
func (d *Device) sync(ctx context.Context) error {
	for {
		d.people = map[string]string{}
		var version int64
		for offset := 0; ; offset += 200 {
			var page struct {
				Last    bool  `json:"is_last"`
				Version int64 `json:"perm_version"`
				Users   []struct {
					UserID, Name string
				} `json:"userinfo"`
			}
			if err := d.call(ctx, "get_userinfo_by_page", map[string]any{"offset": offset, "limit": 200}, &page); err != nil {
				return err
			}
			if offset > 0 && page.Version != version { // it has changed meanwhile
				break
			}
			version = page.Version
			for _, u := range page.Users {
				d.people[u.UserID] = u.Name
			}
			if page.Last {
				d.Log("knows %d people (version %d)", len(d.people), version)
				return nil
			}
		}
	}
}

func (d *Device) checkin(ctx context.Context, user string, passType, passMethod int) error {
	var failed struct {
		List []struct{ UserID string } `json:"fail_list"`
	}
	at := d.Now().Add(d.ahead).Unix()
	err := d.call(ctx, "checkin", map[string]any{"checkin_data": []map[string]any{{"userid": user, "user_type": 0, "timestamp": at, "pass_type": passType, "pass_method": passMethod}}}, &failed)
	if err == nil && len(failed.List) > 0 {
		err = fmt.Errorf("checkin: %s does not use the device, or the model does not have the ability", user)
	}
	if err == nil {
		d.Log("checked %s in", user)
	}
	return err
}

// call asks something and reads the answer. Pushes that come before it wait.
func (d *Device) call(ctx context.Context, cmd string, body, into any) error {
	d.sent++
	m := frame.Message{Cmd: cmd, Headers: frame.Headers{ReqID: "q" + strconv.Itoa(d.sent)}}
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		m.Body = raw
	}
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := d.ws.Write(ctx, websocket.MessageText, raw); err != nil {
		return err
	}
	answer, err := d.answer(ctx, m.Headers.ReqID)
	if err != nil {
		return fmt.Errorf("%s: %w", cmd, err)
	}
	if *answer.ErrCode != 0 {
		text := ""
		if answer.ErrMsg != nil {
			text = *answer.ErrMsg
		}
		return Refused{cmd, *answer.ErrCode, text}
	}
	if into != nil && len(answer.Body) > 0 {
		return json.Unmarshal(answer.Body, into)
	}
	return nil
}

func (d *Device) answer(ctx context.Context, reqID string) (frame.Message, error) {
	for {
		r, err := d.take(ctx, patience)
		if err != nil {
			return frame.Message{}, err
		}
		var m frame.Message
		if err := json.Unmarshal(r.raw, &m); err != nil {
			return m, err
		}
		if m.ErrCode != nil && m.Headers.ReqID == reqID {
			return m, nil
		}
		if m.ErrCode == nil {
			d.pushes = append(d.pushes, m)
		}
	}
}

func features() string { return base64.StdEncoding.EncodeToString(id.Bytes(64)) }
