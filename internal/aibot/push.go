package aibot

import (
	"bytes"
	"encoding/json"
	"fmt"

	"qiwei/internal/message"
)

// The pushes to a robot (doc 100719, 101027). Both forms have the same bodies.

// head is what every push begins with.
type head struct {
	MsgID       string `json:"msgid"`
	CreateTime  int64  `json:"create_time,omitempty"` // events only, Unix seconds
	BotID       string `json:"aibotid"`
	ChatID      string `json:"chatid,omitempty"`   // chats only
	ChatType    string `json:"chattype,omitempty"` // single, group
	From        *from  `json:"from,omitempty"`
	ResponseURL string `json:"response_url,omitempty"`
	MsgType     string `json:"msgtype"`
}

// from is who wrote or acted. Only robots of third parties get a corpid beside it.
type from struct {
	UserID string `json:"userid"`
}

// parts are the objects of the types that a member writes, one of them present.
type parts struct {
	Text  *textPart  `json:"text,omitempty"`
	Image *filePart  `json:"image,omitempty"`
	Mixed *mixedPart `json:"mixed,omitempty"`
	Voice *textPart  `json:"voice,omitempty"` // what was said, as text
	File  *filePart  `json:"file,omitempty"`
	Video *filePart  `json:"video,omitempty"`
}

type textPart struct {
	Content string `json:"content"`
}

type filePart struct {
	URL    string `json:"url"`
	AESKey string `json:"aeskey,omitempty"` // over the long connection
}

type mixedPart struct {
	Items []mixedItem `json:"msg_item"`
}

type mixedItem struct {
	MsgType string    `json:"msgtype"`
	Text    *textPart `json:"text,omitempty"`
	Image   *filePart `json:"image,omitempty"`
}

type quotePart struct {
	MsgType string `json:"msgtype"`
	parts
}

type messagePush struct {
	head
	parts
	Quote *quotePart `json:"quote,omitempty"`
}

type streamPush struct {
	head
	Stream streamID `json:"stream"`
}

type streamID struct {
	ID string `json:"id"`
}

type eventPush struct {
	head
	Event eventPart `json:"event"`
}

type eventPart struct {
	Type         string        `json:"eventtype"`
	Enter        *struct{}     `json:"enter_chat,omitempty"`
	Card         *cardEvent    `json:"template_card_event,omitempty"`
	Feedback     *FeedbackGive `json:"feedback_event,omitempty"`
	Disconnected *struct{}     `json:"disconnected_event,omitempty"`
}

// cardEvent spells its members as the samples of doc 101027 and the SDKs do; the
// tables of that page leave their underscores out.
type cardEvent struct {
	CardType string         `json:"card_type"`
	EventKey string         `json:"event_key"`
	TaskID   string         `json:"task_id"`
	Selected *selectedItems `json:"selected_items,omitempty"`
}

type selectedItems struct {
	Items []selectedItem `json:"selected_item"`
}

type selectedItem struct {
	Question string  `json:"question_key"`
	Options  options `json:"option_ids"`
}

type options struct {
	IDs []string `json:"option_id"`
}

func selectedOf(list []message.Selected) *selectedItems {
	if len(list) == 0 {
		return nil
	}
	out := &selectedItems{}
	for _, sel := range list {
		out.Items = append(out.Items, selectedItem{sel.Question, options{sel.Options}})
	}
	return out
}

// encode writes a push. These types can always be encoded.
func encode(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("aibot: %v", err))
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}
