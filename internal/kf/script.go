package kf

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/customer"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Scripts returns the calls by which scripts play people in WeChat, servicers in their client and the
// administrator, in dev.
func (s *Service) Scripts() []door.Route {
	at := func(name string) string { return "POST /_qiwei/wechat/" + name }
	return []door.Route{
		door.Script(at("enter_kf"), s.deps.Log, s.scriptEnter),
		door.Script(at("kf/send"), s.deps.Log, s.scriptSend),
		door.Script(at("kf/serve"), s.deps.Log, s.scriptServe),
		door.Script(at("kf/recall"), s.deps.Log, s.scriptRecall),
		door.Script(at("kf/refuse"), s.deps.Log, s.scriptRefuse),
		door.Script(at("kf/account"), s.deps.Log, s.scriptAccount),
		door.Script(at("kf/upgrade"), s.deps.Log, s.scriptUpgrade),
		door.Script(at("kf/component"), s.deps.Log, s.scriptComponent),
		{Pattern: "GET /_qiwei/wechat/kf/files/{corpid}/{open}/{external}/{media}", Handler: http.HandlerFunc(s.scriptFile)},
		{Pattern: "GET /_qiwei/wechat/kf/messages", Handler: http.HandlerFunc(s.scriptMessages)},
	}
}

type none struct{}

// script runs one in a corp.
func (s *Service) script(ctx context.Context, corpID string, fn func(tx *store.Tx) error) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if err := s.named(tx, corpID); err != nil {
			return err
		}
		return fn(tx)
	})
}

func (s *Service) named(tx *store.Tx, corpID string) error {
	_, err := s.deps.Corps.Corp(tx, corpID)
	if errors.Is(err, corp.ErrNotFound) {
		return door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", corpID))
	}
	return err
}

// meeting names an account and a customer in a script.
type meeting struct {
	CorpID   string            `json:"corpid"`
	OpenKfID id.ServiceAccount `json:"open_kfid"`
	External id.ExternalID     `json:"external_userid"`
}

// between runs a script about a customer at an account.
func (s *Service) between(ctx context.Context, m meeting, fn func(tx *store.Tx, a Account, c customer.Contact) error) error {
	return s.script(ctx, m.CorpID, func(tx *store.Tx) error {
		a, err := s.account(tx, m.CorpID, m.OpenKfID)
		if err != nil {
			return err
		}
		c, err := s.deps.Customers.Contact(tx, m.CorpID, m.External)
		if err != nil {
			return err
		}
		return fn(tx, a, c)
	})
}

// enterScript is a customer who opens a link of an account: a known one, or a new one by a name.
type enterScript struct {
	meeting
	URL     string         `json:"url"` // in place of open_kfid
	Param   string         `json:"scene_param"`
	Channel *videoChannels `json:"wechat_channels"`

	Name    string `json:"name"`
	UnionID string `json:"unionid"`
	Gender  int64  `json:"gender"`
	Avatar  string `json:"avatar"`
}

type enterAnswer struct {
	External id.ExternalID     `json:"external_userid"`
	OpenKfID id.ServiceAccount `json:"open_kfid"`
	Code     string            `json:"welcome_code,omitempty"`
}

func (s *Service) scriptEnter(ctx context.Context, req enterScript) (answer enterAnswer, err error) {
	if (req.URL == "") == (req.OpenKfID == "") {
		return answer, wire.ErrParameter.With("open_kfid, or the url of a link expected")
	}
	if req.Param != "" {
		if req.URL == "" {
			return answer, wire.ErrParameter.With("scene_param: of a url with a scene")
		}
		req.URL += "&scene_param=" + url.QueryEscape(req.Param)
	}
	err = s.script(ctx, req.CorpID, func(tx *store.Tx) error {
		var a Account
		var e entry
		var err error
		if req.URL != "" {
			a, e, err = s.openLink(tx, req.CorpID, req.URL)
		} else {
			a, err = s.account(tx, req.CorpID, req.OpenKfID)
		}
		if err != nil {
			return err
		}
		c, err := s.deps.Customers.Meet(tx, req.CorpID, req.External, customer.Contact{Name: req.Name, UnionID: req.UnionID, Gender: req.Gender, Avatar: req.Avatar})
		if err != nil {
			return err
		}
		e.Channel = req.Channel
		answer = enterAnswer{External: s.deps.Customers.ExternalID(c.Kind, c.No), OpenKfID: s.OpenKfID(a.No)}
		answer.Code, err = s.Enter(ctx, tx, a, c, e)
		return err
	})
	return answer, err
}

// said is a message in a script: a msgtype, and the object of its name.
type said struct {
	Type string `json:"msgtype"`
	Content
}

// sendScript is a customer who writes, or taps an item of a menu.
type sendScript struct {
	meeting
	said
	Tap *struct {
		ID   string `json:"msgid"` // of the menu
		Item string `json:"id"`
	} `json:"tap"`
}

type sendAnswer struct {
	ID string `json:"msgid"`
}

func (s *Service) scriptSend(ctx context.Context, req sendScript) (answer sendAnswer, err error) {
	if req.Text != nil && req.Text.MenuID != "" {
		return answer, wire.ErrParameter.With("text.menu_id: tap an item of a menu for that")
	}
	err = s.between(ctx, req.meeting, func(tx *store.Tx, a Account, c customer.Contact) (err error) {
		var m Message
		if req.Tap != nil {
			m, err = s.Tap(ctx, tx, a, c, req.Tap.ID, req.Tap.Item)
		} else {
			m, err = s.Write(ctx, tx, a, c, req.Type, req.Content)
		}
		answer.ID = m.ID
		return err
	})
	return answer, err
}

// serveScript is a servicer at work in the client. What they do is the action's.
type serveScript struct {
	meeting
	UserID id.UserID `json:"userid"`
	Action string    `json:"action"`
	To     id.UserID `json:"to"` // of transfer and invite
	said
}

func (s *Service) scriptServe(ctx context.Context, req serveScript) (answer sendAnswer, err error) {
	if d, ok := map[string]Duty{"receive": Receiving, "stop": Stopped, "suspend": Suspended}[req.Action]; ok {
		return answer, s.script(ctx, req.CorpID, func(tx *store.Tx) error {
			a, err := s.account(tx, req.CorpID, req.OpenKfID)
			if err != nil {
				return err
			}
			return s.SetDuty(ctx, tx, a, req.UserID, d)
		})
	}
	err = s.between(ctx, req.meeting, func(tx *store.Tx, a Account, c customer.Contact) (err error) {
		var m Message
		switch req.Action {
		case "take":
			err = s.Take(ctx, tx, a, req.UserID, c)
		case "reply":
			m, err = s.Reply(ctx, tx, a, req.UserID, c, req.Type, req.Content)
		case "transfer":
			err = s.HandOver(ctx, tx, a, req.UserID, c, req.To)
		case "end":
			err = s.Finish(ctx, tx, a, req.UserID, c)
		case "invite":
			m, err = s.Invite(ctx, tx, a, req.UserID, c, req.To)
		case "reject", "accept":
			err = s.TakeNoMore(ctx, tx, a, req.UserID, c, req.Action == "reject")
		default:
			err = wire.ErrParameter.With("action: take, reply, transfer, end, invite, reject, accept, receive, stop or suspend expected")
		}
		answer.ID = m.ID
		return err
	})
	return answer, err
}

// recallScript is the author of a message who takes it back: the customer, or a servicer if one is named.
type recallScript struct {
	meeting
	ID     string    `json:"msgid"`
	UserID id.UserID `json:"userid"`
}

func (s *Service) scriptRecall(ctx context.Context, req recallScript) (none, error) {
	return none{}, s.between(ctx, req.meeting, func(tx *store.Tx, a Account, c customer.Contact) error {
		return s.Recall(ctx, tx, a, c, req.ID, req.UserID)
	})
}

// refuseScript is a customer whom messages do not reach: a fail_type of msg_send_fail, or null from now on
// again.
type refuseScript struct {
	meeting
	Fail *int64 `json:"fail_type"`
}

func (s *Service) scriptRefuse(ctx context.Context, req refuseScript) (none, error) {
	return none{}, s.between(ctx, req.meeting, func(tx *store.Tx, a Account, c customer.Contact) error { return s.Refuse(tx, a, c, req.Fail) })
}

// accountScript is an administrator who makes an account, or changes which applications manage one.
type accountScript struct {
	CorpID      string            `json:"corpid"`
	OpenKfID    id.ServiceAccount `json:"open_kfid"` // a new one without it
	Name        string            `json:"name"`
	Users       []id.UserID       `json:"userid_list"`
	Departments []int64           `json:"department_id_list"`
	Agents      *[]int64          `json:"agentids"` // that manage it
}

type accountScriptAnswer struct {
	OpenKfID id.ServiceAccount `json:"open_kfid"`
	URL      string            `json:"url"`
}

func (s *Service) scriptAccount(ctx context.Context, req accountScript) (answer accountScriptAnswer, err error) {
	err = s.script(ctx, req.CorpID, func(tx *store.Tx) error {
		by := access.System(req.CorpID)
		a, err := Account{}, error(nil)
		if req.OpenKfID == "" {
			a, err = s.CreateAccount(ctx, tx, by, req.Name, "")
		} else {
			a, err = s.account(tx, req.CorpID, req.OpenKfID)
		}
		if err != nil {
			return err
		}
		answer = accountScriptAnswer{OpenKfID: s.OpenKfID(a.No)}
		if answer.URL, err = s.Link(a, ""); err != nil {
			return err
		}
		return s.Staff(ctx, tx, by, answer.OpenKfID, People{req.Users, req.Departments}, req.Agents)
	})
	return answer, err
}

// Staff adds servicers to an account and says who manages it, as an administrator does. Nil agents stay.
func (s *Service) Staff(ctx context.Context, tx *store.Tx, by access.Caller, open id.ServiceAccount, p People, agents *[]int64) error {
	if len(p.Users)+len(p.Departments) > 0 {
		list, err := s.AddServicers(ctx, tx, by, open, p)
		if err != nil {
			return err
		}
		for _, o := range list {
			if o.Err != nil {
				return o.Err
			}
		}
	}
	if agents == nil {
		return nil
	}
	return s.Managed(ctx, tx, by, open, *agents)
}

// upgradeScript is an administrator who says to whom customers may be led.
type upgradeScript struct {
	CorpID      string      `json:"corpid"`
	Users       []id.UserID `json:"userid_list"`
	Departments []int64     `json:"department_id_list"`
	Chats       []id.ChatID `json:"chat_id_list"`
}

func (s *Service) scriptUpgrade(ctx context.Context, req upgradeScript) (none, error) {
	return none{}, s.script(ctx, req.CorpID, func(tx *store.Tx) error {
		return s.SetOffer(ctx, tx, access.System(req.CorpID), People{req.Users, req.Departments}, req.Chats)
	})
}

// toldMessages is how many messages a script is shown.
const toldMessages = 1000

// authors are the words for origins.
var authors = map[Origin]string{ByAPI: "api", OnEvent: "event", ByCustomer: "customer", ByServicer: "servicer"}

type messagesAnswer struct {
	State    State                        `json:"service_state"`
	Servicer id.UserID                    `json:"servicer_userid,omitempty"`
	Advice   *adviceShown                 `json:"upgrade,omitempty"` // what the servicer is shown
	Messages []map[string]json.RawMessage `json:"messages"`
}

// adviceShown is a recommendation: a member, or a group.
type adviceShown struct {
	UserID  id.UserID `json:"userid,omitempty"`
	ChatID  id.ChatID `json:"chat_id,omitempty"`
	Wording string    `json:"wording"`
}

func (s *Service) showAdvice(tx *store.Tx, corpID string, is Advice) (*adviceShown, error) {
	out := &adviceShown{Wording: is.Wording}
	if is.Chat != 0 {
		out.ChatID = s.deps.Groups.ChatID(is.Chat)
		return out, nil
	}
	var err error
	out.UserID, err = s.userOf(tx, corpID, is.Member)
	return out, err
}

// scriptMessages answers what a customer and an account have said, the newest last.
func (s *Service) scriptMessages(w http.ResponseWriter, r *http.Request) {
	door.Answer(w, r, s.deps.Log, nil, func() (any, error) {
		q, answer := r.URL.Query(), messagesAnswer{Messages: []map[string]json.RawMessage{}}
		corpID := q.Get("corpid")
		err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
			if err := s.named(tx, corpID); err != nil {
				return err
			}
			a, err := s.account(tx, corpID, id.ServiceAccount(q.Get("open_kfid")))
			if err != nil {
				return err
			}
			v, err := s.session(tx, a, id.ExternalID(q.Get("external_userid")))
			if err != nil {
				return err
			}
			if answer.State = v.at(tx.Now()); answer.State == Served {
				if answer.Servicer, err = s.userOf(tx, corpID, v.Servicer); err != nil {
					return err
				}
			}
			if v.Advice != nil {
				if answer.Advice, err = s.showAdvice(tx, corpID, *v.Advice); err != nil {
					return err
				}
			}
			list, err := selectMessages(tx, a, v.Customer, toldMessages)
			for _, m := range list {
				one := m.script()
				if file := mediaOf(m); file != "" { // of letters, digits, "-" and "_"
					one["path"] = json.RawMessage(fmt.Sprintf("%q", "/_qiwei/wechat/kf/files/"+corpID+"/"+q.Get("open_kfid")+"/"+q.Get("external_userid")+"/"+file))
				}
				answer.Messages = append(answer.Messages, one)
			}
			return err
		})
		return answer, err
	})
}

// script returns a message as a script is shown it. One that has not reached the customer is marked.
func (m Message) script() map[string]json.RawMessage {
	text := func(v any) json.RawMessage {
		out, err := json.Marshal(v)
		if err != nil {
			panic(err) // texts and numbers
		}
		return out
	}
	out := map[string]json.RawMessage{"msgid": text(m.ID), "from": text(authors[m.Origin]), "msgtype": text(m.Type), "time": text(m.At.Unix())}
	if m.Servicer != "" {
		out["servicer_userid"] = text(m.Servicer)
	}
	switch {
	case m.Type == "business_card":
		out[m.Type] = text(Card{m.Other})
	case !bare[m.Type]:
		out[m.Type] = m.Content
	}
	if m.Failed {
		out["failed"] = text(true)
	}
	if m.Recalled {
		out["recalled"] = text(true)
	}
	return out
}
