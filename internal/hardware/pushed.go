package hardware

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"qiwei/callbackcrypto"
	"qiwei/internal/access"
	"qiwei/internal/callback"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

type kinds map[string]*event.Kind[event.Letter]

// cloudKinds are what a model's callback URL is told (doc 96062): events and, from update_firmware on,
// commands.
var cloudKinds = []struct {
	name    string
	doc     int
	command bool
}{
	{"model_ticket", 96053, false}, {"verify_device", 96130, false}, {"bind", 95987, false}, {"unbind", 95988, false}, {"contact_change", 95989, false},
	{"update_firmware", 96011, true}, {"fetch_device_status", 97079, true}, {"user_scan", 97390, true}, {"enter_page", 96009, true}, {"exit_page", 96009, true},
	{"delete_bio_info", 96116, true}, {"remote_open_door", 96010, true}, {"printer_job_submit", 96414, true}, {"printer_job_trans", 97075, true}, {"printer_job_del", 97370, true},
}

// providerKinds are what a provider's system event URL is told of devices that connect by themselves. No
// official page has them: names and elements are those that SDKs read (unverified).
var providerKinds = []string{
	"add_device", "del_device", "remark_device_name", "connect_info", "disconnect_info", "error_report", "fetch_log_finish", "device_feature_change",
}

// None of them is recorded: a ticket and an auth_code are secrets, and of the rest the device's rows say what
// has happened.
func declareKinds(l *event.Log) kinds {
	out := kinds{}
	declare := func(name string, d event.Declaration, push event.Push) {
		d.Name, d.Passing = "hardware/"+name, true
		out[name] = event.Declare(l, d, func() event.Letter { return event.Letter{What: push} })
	}
	for _, k := range cloudKinds {
		declare(k.name, event.Declaration{Doc: k.doc, Envelope: event.OfModel}, event.Push{Body: `{"msg_type":"event"}`})
	}
	for _, name := range providerKinds {
		declare(name, event.Declaration{Doc: 90585, Envelope: event.OfProvider}, event.Push{Event: name})
	}
	for _, k := range dataKinds {
		declare(k.event, event.Declaration{Doc: k.doc, Envelope: event.OfDevice, Callbacks: []string{"event/" + k.event}}, event.Push{Event: k.event})
	}
	declare("device_data_auth_change", event.Declaration{Doc: 96103, Envelope: event.OfSuite}, event.Push{Event: "device_data_auth_change"})
	return out
}

// notice is what a callback URL is told (doc 95987 and neighbours).
type notice struct {
	MsgType string   `json:"msg_type"`
	Base    baseInfo `json:"base_info"`
	Event   any      `json:"event,omitempty"`
	Command any      `json:"command,omitempty"`
}

type baseInfo struct {
	ReqID    string `json:"req_id"`
	SN       string `json:"device_sn,omitempty"`
	At       int64  `json:"createtime"` // Unix seconds
	ModelID  string `json:"model_id,omitempty"`
	AuthCorp string `json:"auth_corpid,omitempty"`
	Provider string `json:"service_corpid"`
}

type (
	eventPart struct {
		Type string `json:"event_type"`
	}
	bindPart struct {
		Type     string `json:"event_type"`
		AuthCode string `json:"auth_code"`
		Code     string `json:"verif_code"`
	}
	ticketPart struct {
		Type   string `json:"event_type"`
		Ticket string `json:"model_ticket"`
	}
)

// A provider's cloud answers within a second, and to a binding within three (doc 95987).
const (
	promptly = time.Second
	toBind   = 3 * time.Second
)

// toCloud tells the model's callback URL of something that concerns a device, if there is one.
func (s *Service) toCloud(ctx context.Context, tx *store.Tx, d Device, name string, part any) error {
	if d.Model.Access != Cloud || d.Model.URL == "" {
		return nil
	}
	open, err := s.deps.Suites.EnsureOpenCorpID(tx, d.Model.Provider, d.CorpID)
	if err != nil {
		return err
	}
	base := baseInfo{SN: d.SN, ModelID: d.Model.ModelID, AuthCorp: open, Provider: d.Model.Partner}
	return s.notify(ctx, tx, d.Model.Partner, event.Receiver{Book: bookModel, Key: d.Model.ModelID}, name, base, part, d.SN)
}

func (s *Service) tellTicket(ctx context.Context, tx *store.Tx, v Model, ticket string) error {
	if v.URL == "" {
		return nil
	}
	return s.notify(ctx, tx, v.Partner, event.Receiver{Book: bookModel, Key: v.ModelID}, "model_ticket",
		baseInfo{ModelID: v.ModelID, Provider: v.Partner}, ticketPart{"model_ticket", ticket}, "")
}

func (s *Service) notify(ctx context.Context, tx *store.Tx, partner string, to event.Receiver, name string, base baseInfo, part any, sn string) error {
	base.ReqID, base.At = id.Hex(16), tx.Now().Unix()
	n := notice{MsgType: "event", Base: base, Event: part}
	for _, k := range cloudKinds {
		if k.name == name && k.command {
			n = notice{MsgType: "command", Base: base, Command: part}
		}
	}
	body, err := json.Marshal(n)
	if err != nil {
		return err
	}
	p := event.Push{Body: string(body), Within: promptly}
	switch name {
	case "bind":
		p.Within, p.Tries, p.Reply, p.Ref = toBind, 1, answers, "bind "+sn
	case "user_scan":
		p.Reply, p.Ref = answers, "scan "+sn
	case "verify_device":
		p.Tries, p.Reply, p.Ref = 1, answers, "verify "+partner+" "+sn
	}
	return s.kinds[name].Record(ctx, tx, access.System(partner), event.Letter{To: to, What: p})
}

// takeAnswer takes what a provider's cloud answers to a binding, a scan or a question after a serial number.
func (s *Service) takeAnswer(ctx context.Context, tx *store.Tx, r callback.Reply) error {
	what, rest, _ := strings.Cut(r.Ref, " ")
	var a struct {
		ErrCode int64  `json:"errcode"`
		ErrMsg  string `json:"errmsg"`
		Online  int64  `json:"online_status"`
		Valid   bool   `json:"is_valid"`
		ModelID string `json:"modelid"`
	}
	if len(r.Body) > 0 && json.Unmarshal(r.Body, &a) != nil {
		r.Leave("it is not JSON")
	}
	if what == "verify" {
		partner, sn, _ := strings.Cut(rest, " ")
		return s.takeVerified(ctx, tx, partner, sn, a.Valid, a.ModelID)
	}
	d, err := s.Device(tx, rest)
	if errors.Is(err, ErrNoSuchSN) {
		return nil
	}
	if err != nil {
		return err
	}
	if what == "bind" {
		if a.ErrCode != 0 {
			r.Leave(fmt.Sprintf("the provider refuses the binding: %d %s", a.ErrCode, a.ErrMsg))
		}
		return s.settle(ctx, tx, d, a.ErrCode)
	}
	if a.Online == 1 || a.Online == 2 {
		d.Reports.Online, d.Reports.OnlineAt = a.Online, tx.Now().Unix()
		return s.saveReports(tx, d)
	}
	return nil
}

// modelAddress is a model's callback URL. What goes there carries the model's id where others have the corpid
// (doc 96062).
func (s *Service) modelAddress(tx *store.Tx, modelID string) (callback.Address, bool, error) {
	v, err := s.Model(tx, modelID)
	if errors.Is(err, ErrNotFound) || err == nil && v.URL == "" {
		return callback.Address{}, false, nil
	}
	return callback.Address{URL: v.URL, Token: v.Token, AESKey: v.AESKey, ReceiveID: v.ModelID, ToUserName: v.ModelID, Format: callbackcrypto.JSON}, true, err
}

// tellProvider tells the provider's system event URL of a device that connects by itself. more are names and
// texts of further elements.
func (s *Service) tellProvider(ctx context.Context, tx *store.Tx, d Device, name string, more ...string) error {
	p, err := s.deps.Suites.Provider(tx, d.Model.Partner)
	if err != nil || p.EventURL == "" || d.Model.Access != Direct {
		return err
	}
	push := event.Push{Event: name}
	push.Fields.Text("DeviceSn", d.SN)
	if d.CorpID != "" {
		open, err := s.deps.Suites.EnsureOpenCorpID(tx, d.Model.Provider, d.CorpID)
		if err != nil {
			return err
		}
		push.Fields.Text("AuthCorpId", open)
	}
	switch name {
	case "add_device":
		push.Fields.Text("RemarkName", d.Remark)
		push.Fields.Text("ModelId", d.Model.ModelID)
	case "remark_device_name":
		push.Fields.Text("RemarkName", d.Remark)
	}
	for i := 0; i+1 < len(more); i += 2 {
		push.Fields.Text(more[i], more[i+1])
	}
	return s.kinds[name].Record(ctx, tx, access.System(d.Model.Partner), event.Letter{To: event.Receiver{Book: suite.ProviderBook, Key: d.Model.Partner}, What: push})
}

// open returns what the device's provider knows members by.
func (s *Service) open(tx *store.Tx, d Device, users []id.UserID) (map[string]string, error) {
	ids, _, err := s.deps.Suites.IDsOf(tx, d.Model.Partner)
	if err != nil || len(users) == 0 {
		return nil, err
	}
	return ids.Shown(tx, d.CorpID, access.MemberID, id.Texts(users))
}
