package archive

import (
	"bytes"
	"encoding/json"

	"qiwei/internal/chat"
	"qiwei/internal/id"
)

// What a client decrypts (doc 91774). The names are the page's; objects stand under the msgtype, with the
// exceptions that the page makes.

// head is what stands before the object of a message.
type head struct {
	MsgID  string      `json:"msgid"`
	Action string      `json:"action"`
	From   id.Person   `json:"from"`
	To     []id.Person `json:"tolist"`
	RoomID string      `json:"roomid"`
	At     int64       `json:"msgtime"` // Unix milliseconds
	Type   string      `json:"msgtype"`
}

// switched is the line of a member who has changed into another enterprise.
type switched struct {
	MsgID  string    `json:"msgid"`
	Action string    `json:"action"`
	At     int64     `json:"time"` // Unix milliseconds
	User   id.Person `json:"user"`
}

// The objects with files, as the page has them.
type (
	image struct {
		MD5    string `json:"md5sum"`
		Size   int64  `json:"filesize"`
		FileID string `json:"sdkfileid"`
	}
	voice struct {
		MD5     string `json:"md5sum"`
		Size    int64  `json:"voice_size"`
		Seconds int64  `json:"play_length"`
		FileID  string `json:"sdkfileid"`
	}
	video struct {
		MD5     string `json:"md5sum"`
		Size    int64  `json:"filesize"`
		Seconds int64  `json:"play_length"`
		FileID  string `json:"sdkfileid"`
	}
	file struct {
		MD5    string `json:"md5sum"`
		Name   string `json:"filename"`
		Ext    string `json:"fileext"`
		Size   int64  `json:"filesize"`
		FileID string `json:"sdkfileid"`
	}
	emotion struct {
		Type   int64  `json:"type"`
		Width  int64  `json:"width"`
		Height int64  `json:"height"`
		Size   int64  `json:"imagesize"`
		MD5    string `json:"md5sum"`
		FileID string `json:"sdkfileid"`
	}
	voiceCall struct {
		End    int64         `json:"endtime"`
		FileID string        `json:"sdkfileid"`
		Demos  []chat.Demo   `json:"demofiledata,omitempty"`
		Screen []chat.Screen `json:"sharescreendata,omitempty"`
	}
	sharedDocument struct {
		Name   string `json:"filename"`
		MD5    string `json:"md5sum"`
		Size   int64  `json:"filesize"`
		FileID string `json:"sdkfileid"`
	}
	text struct {
		Content string `json:"content"`
	}
	part struct {
		Type    string `json:"type"`
		Content string `json:"content"` // JSON in a text
	}
	recordPart struct {
		Type     string `json:"type"`
		Time     int64  `json:"msgtime"` // Unix seconds
		Content  string `json:"content"`
		FromRoom bool   `json:"from_chatroom"`
	}
	mixed struct {
		Items []part `json:"item"`
	}
	record struct {
		Title string       `json:"title"`
		Items []recordPart `json:"item"`
	}
)

// objectName is the key of a message's object, where it is not the msgtype.
var objectName = map[string]string{
	"external_redpacket": "redpacket", "docmsg": "doc",
	"meeting_notification": "info", "markdown": "info", "news": "info", "voiptext": "info", "qydiskfile": "info",
}

// fileIDs are the sdkfileids of a message's files, by where their content is kept.
type fileIDs map[string]string

// object returns the body as the page writes it.
func (ids fileIDs) object(b chat.Body) (any, error) {
	switch b := b.(type) {
	case *chat.Text:
		return text{b.Content}, nil
	case *chat.Image:
		return image{b.MD5, b.Size, ids[b.Blob]}, nil
	case *chat.Voice:
		return voice{b.MD5, b.Size, b.Seconds, ids[b.Blob]}, nil
	case *chat.Video:
		return video{b.MD5, b.Size, b.Seconds, ids[b.Blob]}, nil
	case *chat.Attached:
		return file{b.MD5, b.Name, b.Ext(), b.Size, ids[b.Blob]}, nil
	case *chat.Emotion:
		return emotion{b.Type, b.Width, b.Height, b.Size, b.MD5, ids[b.Blob]}, nil
	case *chat.VoiceCall:
		return voiceCall{b.End, ids[b.Blob], b.Demos, b.Screen}, nil
	case *chat.SharedDocument:
		return sharedDocument{b.Name, b.MD5, b.Size, ids[b.Blob]}, nil
	case *chat.Mixed:
		out := mixed{Items: []part{}}
		for _, p := range b.Items {
			inner, err := ids.inText(p.Content)
			if err != nil {
				return nil, err
			}
			out.Items = append(out.Items, part{p.Type, inner})
		}
		return out, nil
	case *chat.Record:
		out := record{Title: b.Title, Items: []recordPart{}}
		for _, p := range b.Items {
			inner, err := ids.inText(p.Content)
			if err != nil {
				return nil, err
			}
			out.Items = append(out.Items, recordPart{p.Type, p.Time, inner, p.FromRoom})
		}
		return out, nil
	}
	return b, nil
}

func (ids fileIDs) inText(b chat.Body) (string, error) {
	o, err := ids.object(b)
	if err != nil {
		return "", err
	}
	out, err := written(o)
	return string(out), err
}

// written is JSON without the escapes that are for HTML.
func written(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

// headOf returns what stands before the message's object.
func headOf(m chat.Message) head {
	h := head{MsgID: m.MsgID, Action: "send", From: m.From.ID, To: []id.Person{}, RoomID: m.ChatID, At: m.At.UnixMilli(), Type: m.Type}
	switch m.Body.(type) {
	case *chat.Revoke:
		h.Action = "recall"
	case *chat.Switch:
		h.Action = "switch"
	}
	for _, p := range m.To {
		h.To = append(h.To, p.ID)
	}
	return h
}

// plaintext returns what a client decrypts.
func plaintext(m chat.Message, ids fileIDs) ([]byte, error) {
	h := headOf(m)
	if h.Action == "switch" {
		return written(switched{h.MsgID, h.Action, h.At, h.From})
	}
	out, err := written(h)
	if err != nil {
		return nil, err
	}
	out = out[:len(out)-1]
	put := func(name string, v any) {
		if err != nil {
			return
		}
		var inner []byte
		inner, err = written(v)
		out = append(append(append(out, `,"`+name+`":`...), inner...), '}')
	}
	switch b := m.Body.(type) {
	case *chat.VoiceCall:
		put("voiceid", b.ID)
		out = out[:len(out)-1]
	case *chat.SharedDocument:
		put("voipid", b.ID)
		out = out[:len(out)-1]
	}
	o, failed := ids.object(m.Body)
	if failed != nil {
		return nil, failed
	}
	name := objectName[m.Type]
	if name == "" {
		name = m.Type
	}
	put(name, o)
	return out, err
}
