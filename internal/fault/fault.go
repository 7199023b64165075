// Package fault has what goes wrong on purpose in `qiwei dev`: with calls, with the long connections of robots,
// and with the delivery of callbacks. It says what is to happen, and when it is its turn; the rooms do it.
package fault

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"qiwei/internal/wire/errcode"
)

// Fault makes something fail on purpose. It is of calls, connections or deliveries, which one of Path, Bot and
// Callback says, and what may happen depends on that. It is flat, for those who write it down.
type Fault struct {
	ID string `json:"id,omitempty"`
	// Path is of calls: the path of one. A * at its end matches all paths with that prefix, "*" all.
	Path string `json:"path,omitempty"`
	// Bot is of connections: the bot_id of a robot, or "*". At says when: "now" for the connections that are
	// open, "connect" before a connection is accepted, "accepted" right after, or the cmd of a frame in either
	// direction, which may end in a *.
	Bot string `json:"bot,omitempty"`
	At  string `json:"at,omitempty"`
	// Callback is of deliveries: the name of what is delivered, such as change_contact/create_user. It may end
	// in a *.
	Callback string `json:"callback,omitempty"`

	// ErrCode is answered as any refusal, or acknowledges a frame. ErrMsg is WeCom's text for it if it is empty.
	ErrCode int    `json:"errcode,omitempty"`
	ErrMsg  string `json:"errmsg,omitempty"`
	// Status is one of HTTP. Its body is empty, or Body.
	Status int `json:"status,omitempty"`
	// Body is answered as it is; "" is an empty one.
	Body *string `json:"body,omitempty"`
	// ContentType is announced instead of the right one.
	ContentType string `json:"content_type,omitempty"`
	// Cut breaks the connection off after so many bytes of the answer.
	Cut int `json:"cut,omitempty"`
	// Slow is how long the body of the answer takes to arrive, such as "3s".
	Slow string `json:"slow,omitempty"`
	// Drop closes the connection, without a close frame; Reset resets it (RST).
	Drop  bool `json:"drop,omitempty"`
	Reset bool `json:"reset,omitempty"`
	// Delay is how much later everything is, such as "2s".
	Delay string `json:"delay,omitempty"`
	// Done carries out what was asked for before it fails.
	Done bool `json:"done,omitempty"`

	// These happen to connections.

	// Close closes it with this status, such as 1011.
	Close int `json:"close,omitempty"`
	// Lost carries out a frame and does not acknowledge it, or does not send the robot a frame.
	Lost bool `json:"lost,omitempty"`
	// Twice sends the robot a frame twice.
	Twice bool `json:"twice,omitempty"`
	// Unfinished loses the finish of the last part of a stream, and acknowledges it.
	Unfinished bool `json:"unfinished,omitempty"`
	// Silent keeps it open and answers nothing any more, but pings of the WebSocket.
	Silent bool `json:"silent,omitempty"`
	// HalfOpen keeps it open, and neither reads nor writes any more.
	HalfOpen bool `json:"half_open,omitempty"`
	// Disconnected sends disconnected_event and keeps it open: pings are answered, all else by 846609.
	Disconnected bool `json:"disconnected,omitempty"`
	// Taken sends disconnected_event and closes it, as when another program subscribes.
	Taken bool `json:"taken,omitempty"`

	// These happen to deliveries.

	// Copies is how often it is sent.
	Copies int `json:"copies,omitempty"`
	// Hold sends it after the next one to the same receiver.
	Hold bool `json:"hold,omitempty"`
	// Forge spoils a part: see Forgeries.
	Forge string `json:"forge,omitempty"`
	// SameTime gives it the FromUserName and CreateTime of the one that was sent before it.
	SameTime bool `json:"same_time,omitempty"`

	// Script is a list of what happens, instead of one: the first the first time, and so on. Its steps have
	// nothing but what happens, and Times for how many times in a row, once if it is 0; one without anything lets
	// pass. After the last everything is as usual, or with Loop it begins again.
	Script []Fault `json:"script,omitempty"`
	Loop   bool    `json:"loop,omitempty"`
	// Skip is how many times all is well before it begins.
	Skip int `json:"skip,omitempty"`
	// Times is how often it happens; 0 means always. Chance is the probability each time, from 0 to 1; 0
	// means always.
	Times  int     `json:"times,omitempty"`
	Chance float64 `json:"chance,omitempty"`
	// Hits is how often it has happened, Seen how often it could have.
	Hits int `json:"hits"`
	Seen int `json:"seen"`
}

// Forgeries are the parts of a delivery that can be wrong.
var Forgeries = []string{"signature", "token", "key", "receiveid", "timestamp", "body"}

const (
	maxDelay  = time.Minute
	maxBody   = 1 << 20
	maxSteps  = 100
	maxCopies = 10
	maxTimes  = 1_000_000
)

// Now is the At of a fault that happens to the connections that are open.
const Now = "now"

// Connect and Accepted are the At of faults of a connection's beginning.
const (
	Connect  = "connect"
	Accepted = "accepted"
)

// Valid says why the fault makes no sense; nil if it does.
func (f *Fault) Valid() error {
	targets := 0
	for _, t := range []string{f.Path, f.Bot, f.Callback} {
		if t != "" {
			targets++
		}
	}
	if targets == 1 && f.Bot != "" && f.At == "" {
		f.At = Now
	}
	switch {
	case targets != 1:
		return errors.New("path: one of path, bot and callback is expected, such as /cgi-bin/message/send, /cgi-bin/user/* or *")
	case f.Path != "" && f.Path != "*" && !strings.HasPrefix(f.Path, "/cgi-bin/") && !strings.HasPrefix(f.Path, "/mcp/"):
		return errors.New("path: that of a call, such as /cgi-bin/message/send, /cgi-bin/user/* or *, or of a robot's tool, such as /mcp/bot/doc/create_doc")
	case f.At != "" && f.Bot == "":
		return errors.New("at: only together with bot")
	case f.Bot != "" && f.Bot != "*" && (f.At == Connect || f.At == Accepted):
		return errors.New(`bot: "*" expected with connect and accepted, because which robot connects is not known yet`)
	case f.Times < 0 || f.Times > maxTimes || f.Skip < 0 || f.Skip > maxTimes || f.Chance < 0 || f.Chance > 1:
		return errors.New("times and skip are numbers up to a million, and chance one from 0 to 1")
	case f.At == Now && (len(f.Script) > 0 || f.Times+f.Skip > 0 || f.Chance > 0):
		return errors.New("at: what happens now has no script, times, skip or chance")
	case len(f.Script) > maxSteps:
		return fmt.Errorf("script: at most %d steps", maxSteps)
	case len(f.Script) > 0 && f.Happens():
		return errors.New("script: its steps say what happens, and the fault itself does not")
	case len(f.Script) == 0 && f.Loop:
		return errors.New("loop: only together with script")
	case len(f.Script) == 0:
		return f.valid(f)
	}
	for i := range f.Script {
		step := &f.Script[i]
		if plain := (step.Path + step.Bot + step.At + step.Callback); plain != "" || step.Script != nil || step.Loop || step.Skip != 0 || step.Chance != 0 {
			return fmt.Errorf("script: step %d: a step has only what happens, and times", i+1)
		}
		if step.Times < 0 || step.Times > maxTimes {
			return fmt.Errorf("script: step %d: times is a number up to a million", i+1)
		}
		if !step.Happens() {
			continue
		}
		if err := f.valid(step); err != nil {
			return fmt.Errorf("script: step %d: %w", i+1, err)
		}
	}
	return nil
}

// valid says why an act makes no sense for what the fault is of.
func (f *Fault) valid(a *Fault) error {
	for name, text := range map[string]string{"delay": a.Delay, "slow": a.Slow} {
		if d, err := time.ParseDuration(text); text != "" && (err != nil || d <= 0 || d > maxDelay) {
			return errors.New(name + ": up to a minute expected, such as 500ms or 2s")
		}
	}
	switch {
	case a.Body != nil && len(*a.Body) > maxBody:
		return errors.New("body: at most 1 MiB")
	case a.Cut < 0:
		return errors.New("cut: a number of bytes expected")
	case f.Path != "":
		return a.ofCall()
	case f.Bot != "":
		return a.ofConnection(f.At)
	}
	return a.ofDelivery()
}

// count returns how many are true.
func count(all ...bool) (n int) {
	for _, is := range all {
		if is {
			n++
		}
	}
	return n
}

func (a *Fault) ofCall() error {
	fails := count(a.ErrCode != 0, a.Status != 0 || a.Body != nil, a.Drop, a.Reset)
	changes := count(a.Cut > 0, a.Slow != "", a.ContentType != "", a.Delay != "")
	switch {
	case a.ofConnections() || a.ofDeliveries():
		return errors.New("a call can have errcode, status, body, content_type, cut, slow, drop, reset, delay and done")
	case fails > 1 || fails+changes == 0:
		return errors.New("one of errcode, status, body, drop and reset, or a delay, slow, cut or content_type, is expected")
	case a.Status != 0 && a.Body == nil && (a.Status < 300 || a.Status > 599):
		return errors.New("status: 300 to 599 expected, or 200 to 599 together with a body")
	case a.Status != 0 && (a.Status < 200 || a.Status > 599):
		return errors.New("status: 200 to 599 expected")
	case (a.Drop || a.Reset) && (a.Cut > 0 || a.Slow != "" || a.ContentType != ""):
		return errors.New("drop and reset leave nothing of the answer: cut sends its beginning")
	}
	return nil
}

func (a *Fault) ofConnection(at string) error {
	lasting := count(a.Drop, a.Reset, a.Close != 0, a.Silent, a.HalfOpen, a.Disconnected, a.Taken)
	frame := count(a.ErrCode != 0, a.Lost, a.Twice, a.Unfinished)
	state := at == Now || at == Accepted
	toRobot := at == "aibot_msg_callback" || at == "aibot_event_callback" || at == "*"
	switch {
	case a.ofDeliveries() || a.ofAnswers():
		return errors.New("a connection can have errcode, lost, twice, unfinished, delay, done, drop, reset, close, silent, half_open, disconnected and taken; at connect status, drop, reset and delay")
	case at == Connect && (frame > 0 || lasting != count(a.Drop, a.Reset) || count(a.Status != 0, a.Drop, a.Reset) > 1 || count(a.Status != 0, a.Drop, a.Reset, a.Delay != "") == 0):
		return errors.New("connect: one of status, drop and reset, or a delay, is expected")
	case at == Connect && a.Status != 0 && (a.Status < 300 || a.Status > 599):
		return errors.New("status: 300 to 599 expected")
	case at == Connect:
		return nil
	case a.Status != 0:
		return errors.New("status: only at connect")
	case state && (frame > 0 || a.Delay != "" || lasting != 1):
		return fmt.Errorf("%s: one of drop, reset, close, silent, half_open, disconnected and taken is expected", at)
	case frame+lasting > 1 || frame+lasting == 0 && a.Delay == "":
		return errors.New("one of errcode, lost, twice, unfinished, drop, reset, close, silent, half_open, disconnected and taken, or a delay, is expected")
	case a.Twice && !toRobot:
		return errors.New("twice: only at aibot_msg_callback and aibot_event_callback")
	case toRobot && at != "*" && (a.ErrCode != 0 || a.Unfinished):
		return errors.New("errcode and unfinished: only at what the robot sends")
	case a.Close != 0 && (a.Close < 1000 || a.Close > 4999 || a.Close == 1005 || a.Close == 1006 || a.Close == 1015):
		return errors.New("close: a status from 1000 to 4999 that can be sent is expected; 1006 is what drop looks like")
	}
	return nil
}

func (a *Fault) ofDelivery() error {
	known := a.Forge == ""
	for _, part := range Forgeries {
		known = known || a.Forge == part
	}
	switch {
	case a.ErrCode != 0 || a.Status != 0 || a.Drop || a.Reset || a.Done || a.ofAnswers() || a.ofConnections():
		return errors.New("a callback can have copies, delay, hold, forge and same_time")
	case !a.ofDeliveries() && a.Delay == "":
		return errors.New("one of copies, delay, hold, forge and same_time is expected")
	case a.Copies < 0 || a.Copies > maxCopies:
		return fmt.Errorf("copies: 1 to %d expected", maxCopies)
	case !known:
		return fmt.Errorf("forge: one of %s expected", strings.Join(Forgeries, ", "))
	}
	return nil
}

// Happens reports whether anything happens.
func (a *Fault) Happens() bool {
	return a.ErrCode != 0 || a.Status != 0 || a.Drop || a.Reset || a.Done || a.Delay != "" || a.ofAnswers() || a.ofConnections() || a.ofDeliveries()
}

func (a *Fault) ofAnswers() bool {
	return a.Body != nil || a.ContentType != "" || a.Cut != 0 || a.Slow != ""
}

func (a *Fault) ofConnections() bool {
	return a.Close != 0 || a.Lost || a.Twice || a.Unfinished || a.Silent || a.HalfOpen || a.Disconnected || a.Taken
}

func (a *Fault) ofDeliveries() bool {
	return a.Copies != 0 || a.Hold || a.Forge != "" || a.SameTime
}

// OfDelivery says in words what happened to a delivery that was sent; empty if nothing did.
func (a *Fault) OfDelivery() string {
	var what []string
	if a.Forge != "" {
		what = append(what, "a wrong "+a.Forge)
	}
	if a.Copies > 1 {
		what = append(what, fmt.Sprintf("sent %d times", a.Copies))
	}
	if a.SameTime {
		what = append(what, "with the time of the one before")
	}
	if a.Delay != "" {
		what = append(what, "late by "+a.Delay)
	}
	return strings.Join(what, ", ")
}

// Lasts reports whether a connection is not as before afterwards.
func (a *Fault) Lasts() bool {
	return a.Drop || a.Reset || a.Close != 0 || a.Silent || a.HalfOpen || a.Disconnected || a.Taken
}

// Late is how much later everything is.
func (a *Fault) Late() time.Duration { d, _ := time.ParseDuration(a.Delay); return d }

// Slowly is how long the body of the answer takes.
func (a *Fault) Slowly() time.Duration { d, _ := time.ParseDuration(a.Slow); return d }

// Text is the words that come with the errcode.
func (a *Fault) Text() string {
	if a.ErrMsg != "" {
		return a.ErrMsg
	}
	if text := errcode.Text(a.ErrCode); text != "" {
		return text
	}
	return "fault"
}
