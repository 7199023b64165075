package kf

import (
	"context"
	"encoding/json"
	"reflect"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) syncEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("POST", "sync_msg", 94670, wire.Read(s.syncMsg), permitChat),
	}
}

type (
	syncMsgRequest struct {
		Cursor   string            `json:"cursor"`
		Token    string            `json:"token"`
		Limit    int64             `json:"limit"`
		Voice    int64             `json:"voice_format"` // 0 AMR, 1 Silk
		OpenKfID id.ServiceAccount `json:"open_kfid"`
	}
	syncMsgResponse struct {
		Next     string          `json:"next_cursor"`
		More     int64           `json:"has_more"`
		Messages []syncedMessage `json:"msg_list"`
	}
)

// The formats of voices.
const (
	inAMR  = 0
	inSilk = 1
)

func (s *Service) syncMsg(ctx context.Context, tx *store.Tx, by access.Caller, req syncMsgRequest) (resp syncMsgResponse, err error) {
	if req.Voice != inAMR && req.Voice != inSilk {
		return resp, wire.ErrParameter.With("voice_format: 0 or 1 expected")
	}
	p, err := s.Read(tx, by, Reading{req.OpenKfID, req.Cursor, req.Token, req.Limit})
	if err != nil {
		return resp, err
	}
	open := s.OpenKfID(p.Account.No)
	externals := map[int64]id.ExternalID{}
	resp = syncMsgResponse{p.Next, flag(p.More), make([]syncedMessage, len(p.Messages))}
	for i, m := range p.Messages {
		external, known := externals[m.Customer]
		if !known && m.Customer != 0 {
			external = s.deps.Customers.ExternalID(customer.WeChat, m.Customer)
			externals[m.Customer] = external
		}
		switch {
		case m.Type == "voice" && req.Voice == inSilk:
			m = m.inSilk()
		case m.Type == "voice":
			m = m.inAMR()
		}
		resp.Messages[i] = syncedMessage{&m, open, external}
	}
	return resp, nil
}

// syncedMessage is a message as it is read. It writes itself, because its content is stored as it is written,
// and only ids are added.
type syncedMessage struct {
	*Message
	open     id.ServiceAccount
	external id.ExternalID
}

// Members describes it.
func (syncedMessage) Members() []wire.Member {
	is := func(name string, t reflect.Type) wire.Member { return wire.Member{Name: name, Type: t} }
	text, number := reflect.TypeFor[string](), reflect.TypeFor[int64]()
	return []wire.Member{
		is("msgid", text), is("open_kfid", reflect.TypeFor[id.ServiceAccount]()), is("external_userid", reflect.TypeFor[id.ExternalID]()), is("send_time", number), is("origin", number),
		is("servicer_userid", reflect.TypeFor[id.UserID]()), is("msgtype", text),
		is("text", reflect.TypeFor[Text]()), is("image", reflect.TypeFor[writtenMedia]()), is("voice", reflect.TypeFor[writtenMedia]()), is("video", reflect.TypeFor[writtenMedia]()), is("file", reflect.TypeFor[writtenMedia]()),
		is("location", reflect.TypeFor[Location]()), is("link", reflect.TypeFor[Link]()), is("business_card", reflect.TypeFor[Card]()), is("miniprogram", reflect.TypeFor[MiniProgram]()), is("msgmenu", reflect.TypeFor[Menu]()),
		is("channels_shop_product", reflect.TypeFor[Product]()), is("channels_shop_order", reflect.TypeFor[Order]()), is("merged_msg", reflect.TypeFor[Merged]()), is("channels", reflect.TypeFor[Channels]()),
		is("event", reflect.TypeFor[eventAnswer]()),
	}
}

// writtenMedia is Media as it is read.
type writtenMedia struct {
	MediaID string `json:"media_id"`
}

// AppendMembers writes it. An event has the ids within it (doc 94670).
func (m syncedMessage) AppendMembers(o *wire.Object) {
	o.Text("msgid", m.ID)
	event := m.Type == eventType
	if !event {
		o.Value("open_kfid", m.open)
		o.Value("external_userid", m.external)
	}
	o.Int("send_time", m.At.Unix())
	o.Int("origin", int64(m.Origin))
	if m.Origin == ByServicer {
		o.UserID("servicer_userid", m.Servicer)
	}
	o.Text("msgtype", m.Type)
	switch {
	case event:
		o.Value(eventType, m.event())
	case m.Type == "business_card":
		o.Value(m.Type, Card{m.Other})
	case !bare[m.Type]:
		o.Encoded(m.Type, m.Content)
	}
}

// eventAnswer is an event. Only members of its type are there.
type eventAnswer struct {
	Type        string            `json:"event_type"`
	OpenKfID    id.ServiceAccount `json:"open_kfid"`
	External    id.ExternalID     `json:"external_userid,omitempty"`
	Scene       *string           `json:"scene"`
	Param       *string           `json:"scene_param"`
	WelcomeCode string            `json:"welcome_code,omitempty"`
	Channel     *channelAnswer    `json:"wechat_channels"`
	FailID      string            `json:"fail_msgid,omitempty"`
	FailType    *int64            `json:"fail_type"`
	Servicer    id.UserID         `json:"servicer_userid,omitempty"`
	Status      *int64            `json:"status"`
	StopType    *int64            `json:"stop_type"`
	ChangeType  *int64            `json:"change_type"`
	Old         id.UserID         `json:"old_servicer_userid,omitempty"`
	New         id.UserID         `json:"new_servicer_userid,omitempty"`
	Code        string            `json:"msg_code,omitempty"`
	RecallID    string            `json:"recall_msgid,omitempty"`
	Reject      *int64            `json:"reject_switch"`
}

// channelAnswer is a video channel as events and batchget have it.
type channelAnswer struct {
	Nickname string `json:"nickname,omitempty"`
	Shop     string `json:"shop_nickname,omitempty"`
	Scene    int64  `json:"scene"`
}

func (v *videoChannels) answer() *channelAnswer {
	if v == nil {
		return nil
	}
	return &channelAnswer{v.Nickname, v.Shop, v.Scene}
}

func (m syncedMessage) event() eventAnswer {
	var h happened
	if err := json.Unmarshal(m.Content, &h); err != nil {
		return eventAnswer{OpenKfID: m.open} // it was written by addEvent
	}
	e := eventAnswer{
		Type: h.Type, OpenKfID: m.open, External: m.external, Scene: h.Scene, Param: h.Param, WelcomeCode: h.WelcomeCode, Channel: h.Channel.answer(), FailID: h.FailID, FailType: h.FailType,
		Status: h.Status, StopType: h.StopType, ChangeType: h.ChangeType, Code: h.Code, RecallID: h.RecallID, Reject: h.Reject,
	}
	if h.Type == sessionChanged {
		e.Old, e.New = m.Other, m.Servicer
	} else {
		e.Servicer = m.Servicer
	}
	return e
}
