package message

import (
	"context"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/store"
)

// Only the application itself is told what members do to it. Each way is a declared kind. None is recorded,
// because the conversation itself is stored.

// messageKind is the name by which applications choose members' messages of any type.
const messageKind = "message"

// taskCardClick is the click on an older task card. The pages spell its last element AgentId.
const taskCardClick = "taskcard_click"

type kinds map[string]*event.Kind[event.Letter]

// sampleAgent is the agentid in the samples.
const sampleAgent = 1000002

func declareKinds(l *event.Log) kinds {
	out := kinds{}
	declare := func(d event.Declaration, samples ...func() event.Letter) {
		d.Passing = true
		out[d.Name] = event.Declare(l, d, samples...)
	}
	sample := func(p event.Push) func() event.Letter {
		p.From = "sample-member"
		return func() event.Letter { return event.Letter{What: p} }
	}
	var written []func() event.Letter
	var callbacks []string
	for _, w := range []Written{
		{MsgType: "text", Content: "test message"},
		{MsgType: "image", MediaID: "sample-media-id"},
		{MsgType: "voice", MediaID: "sample-media-id"},
		{MsgType: "video", MediaID: "sample-media-id", Thumb: "sample-thumb-id"},
		{MsgType: "location", Latitude: 23.134, Longitude: 113.358, Scale: 20, Label: "广州市"},
		{MsgType: "link", Title: "title", Description: "description", URL: "https://app.example/", Picture: "https://app.example/picture.png"},
	} {
		callbacks = append(callbacks, w.MsgType)
		written = append(written, sample(w.push("https://app.example/picture.png", "", 7300000000000000001, sampleAgent)))
	}
	declare(event.Declaration{Name: messageKind, Doc: 90239, Callbacks: callbacks, Identity: []string{"MsgId"}}, written...)
	declare(event.Declaration{Name: "enter_agent", Doc: 90240, Identity: []string{"EventKey"}}, sample(enterPush(sampleAgent)))
	declare(event.Declaration{Name: "LOCATION", Doc: 90240}, sample(Position{23.104, 113.320, 65}.push(sampleAgent)))
	for _, press := range []Press{
		{Type: "click", Key: "sample_key"},
		{Type: app.ButtonView, Key: "https://app.example/"},
		{Type: app.ButtonMiniProgram, Key: "pages/index"},
		{Type: "scancode_push", Key: "sample_key", ScanResult: "1"},
		{Type: "scancode_waitmsg", Key: "sample_key", ScanResult: "2"},
		{Type: "pic_sysphoto", Key: "sample_key", Pictures: []string{""}},
		{Type: "pic_photo_or_album", Key: "sample_key", Pictures: []string{""}},
		{Type: "pic_weixin", Key: "sample_key", Pictures: []string{""}},
		samplePlace(),
	} {
		p, _, err := press.push(sampleAgent, []string{"5a75aaca956d97be686719218f275c6b"})
		if err != nil {
			panic(err) // the sample above is wrong
		}
		declare(event.Declaration{Name: press.Type, Doc: 90240, Identity: []string{"EventKey"}}, sample(p))
	}
	card := cardEvent{key: "sample_key", task: "sample-task", card: buttonInteraction, code: "sample-code",
		selected: []selection{{"question", []string{"option1", "option2"}}}}
	declare(event.Declaration{Name: "template_card_event", Doc: 90240, Identity: []string{"EventKey", "TaskId"}}, sample(card.push(sampleAgent)))
	card.menu, card.selected = true, nil
	declare(event.Declaration{Name: "template_card_menu_event", Doc: 90240, Identity: []string{"EventKey", "TaskId"}}, sample(card.push(sampleAgent)))
	declare(event.Declaration{Name: taskCardClick, Doc: 90240, Identity: []string{"EventKey", "TaskId"}},
		sample(taskClick("sample_key", "sample-task", sampleAgent)))
	return out
}

func samplePlace() Press {
	p := Press{Type: "location_select", Key: "sample_key"}
	p.Place.Latitude, p.Place.Longitude, p.Place.Scale, p.Place.Label = 23, 113, 15, "广州市"
	return p
}

// notify pushes to the application what the member does. Only some events may be answered with a passive reply
// (doc 90241); message is the one to which the answer belongs; 0 if there is none.
func (s *Service) notify(ctx context.Context, tx *store.Tx, a app.App, m directory.Member, p event.Push, answerable bool, message int64) error {
	by := access.MemberOf(a.CorpID, m.UserID)
	p.From = m.UserID
	if answerable {
		p.Reply, p.Ref = replies, reference(m.No, message)
	}
	name := p.Event
	if name == "" {
		name = messageKind
	}
	return s.kinds[name].Record(ctx, tx, by, event.Letter{To: event.Receiver{App: a.No}, What: p})
}

// push builds the push of what a member writes (doc 90239). picture is where an image can be seen, file the
// name of a file.
func (w Written) push(picture, file string, msgID, agentID int64) event.Push {
	p := event.Push{MsgType: w.MsgType}
	f := &p.Fields
	switch w.MsgType {
	case "text":
		f.Text("Content", w.Content)
	case "image":
		f.Text("PicUrl", picture)
		f.Text("MediaId", w.MediaID)
	case "voice":
		f.Text("MediaId", w.MediaID)
		f.Text("Format", "amr") // media accepts no other
	case "video":
		f.Text("MediaId", w.MediaID)
		f.Text("ThumbMediaId", w.Thumb)
	case "file":
		// No page has this type; implementers have reported it with these two elements. A library that does
		// not know it sees a message of an unknown type.
		f.Text("MediaId", w.MediaID)
		f.Text("FileName", file)
	case "location":
		f.Bare("Location_X", strconv.FormatFloat(w.Latitude, 'f', -1, 64))
		f.Bare("Location_Y", strconv.FormatFloat(w.Longitude, 'f', -1, 64))
		f.Int("Scale", w.Scale)
		f.Text("Label", w.Label)
	case "link":
		f.Text("Title", w.Title)
		f.Text("Description", w.Description)
		f.Text("Url", w.URL)
		f.Text("PicUrl", w.Picture)
	}
	f.Int("MsgId", msgID)
	f.Int("AgentID", agentID)
	if w.MsgType == "location" {
		f.Text("AppType", "wxwork")
	}
	return p
}

func enterPush(agentID int64) event.Push {
	p := event.Push{Event: "enter_agent"}
	p.Fields.Text("EventKey", "")
	p.Fields.Int("AgentID", agentID)
	return p
}

func (at Position) push(agentID int64) event.Push {
	p := event.Push{Event: "LOCATION"}
	p.Fields.Bare("Latitude", thousandths(at.Latitude))
	p.Fields.Bare("Longitude", thousandths(at.Longitude))
	p.Fields.Bare("Precision", thousandths(at.Precision))
	p.Fields.Int("AgentID", agentID)
	p.Fields.Text("AppType", "wxwork")
	return p
}

// cardEvent is the payload of template_card_event and template_card_menu_event.
type cardEvent struct {
	menu                  bool
	key, task, card, code string
	selected              []selection
}

func (e cardEvent) push(agentID int64) event.Push {
	p := event.Push{Event: "template_card_event"}
	if e.menu {
		p.Event = "template_card_menu_event"
	}
	p.Fields.Text("EventKey", e.key)
	p.Fields.Text("TaskId", e.task)
	p.Fields.Text("CardType", e.card)
	p.Fields.Text("ResponseCode", e.code)
	p.Fields.Int("AgentID", agentID)
	if len(e.selected) > 0 {
		p.Fields.Group("SelectedItems", selectedItems(e.selected))
	}
	return p
}

func taskClick(key, task string, agentID int64) event.Push {
	p := event.Push{Event: taskCardClick}
	p.Fields.Text("EventKey", key)
	p.Fields.Text("TaskId", task)
	p.Fields.Int("AgentId", agentID)
	return p
}
