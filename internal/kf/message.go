package kf

import (
	"encoding/json"
	"fmt"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Origin is where a message comes from. The API reads the last three alone (doc 94670).
type Origin int64

// The origins.
const (
	ByAPI      Origin = 1 // kf/send_msg
	OnEvent    Origin = 2 // kf/send_msg_on_event
	ByCustomer Origin = 3
	AsEvent    Origin = 4
	ByServicer Origin = 5
)

// eventType is the msgtype of events.
const eventType = "event"

// Message is what was said at an account, or what happened there.
type Message struct {
	Account  int64
	Seq      int64 // its place in the account's list
	ID       string
	Customer int64 // 0 for what concerns none
	Origin   Origin
	Servicer id.UserID // who wrote it, or whom the event is about
	Other    id.UserID // the former servicer of an event, or the member on a card
	Type     string
	Content  []byte // JSON of the object that the type names, without ids
	At       time.Time
	Failed   bool
	Recalled bool
}

// Content holds the object of each msgtype. A message has that of its type alone.
type Content struct {
	Text         *Text        `json:"text"`
	Image        *Media       `json:"image"`
	Voice        *Media       `json:"voice"`
	Video        *Media       `json:"video"`
	File         *Media       `json:"file"`
	Location     *Location    `json:"location"`
	Link         *Link        `json:"link"`
	BusinessCard *Card        `json:"business_card"`
	MiniProgram  *MiniProgram `json:"miniprogram"`
	Menu         *Menu        `json:"msgmenu"`
	Product      *Product     `json:"channels_shop_product"`
	Order        *Order       `json:"channels_shop_order"`
	Merged       *Merged      `json:"merged_msg"`
	Channels     *Channels    `json:"channels"`
}

type (
	// Text is a text. MenuID is set where the customer has tapped an item of a menu.
	Text struct {
		Content string `json:"content"`
		MenuID  string `json:"menu_id,omitempty"`
	}
	// Media is an uploaded file.
	Media struct {
		MediaID string `json:"media_id"`
		// Silk is the same voice in the other format, for those who ask for it.
		Silk string `json:"silk_media_id,omitempty"`
	}
	// Location is a place.
	Location struct {
		Latitude  *float64 `json:"latitude"`
		Longitude *float64 `json:"longitude"`
		Name      string   `json:"name"`
		Address   string   `json:"address"`
	}
	// Link is a card that opens a page. Its picture is an address when it comes from a customer, and an
	// uploaded one when the API sends it.
	Link struct {
		Title       string `json:"title"`
		Description string `json:"desc"`
		URL         string `json:"url"`
		Picture     string `json:"pic_url,omitempty"`
		ThumbID     string `json:"thumb_media_id,omitempty"`
	}
	// Card is a member's name card.
	Card struct {
		UserID id.UserID `json:"userid"`
	}
	// MiniProgram is a card that opens a mini program.
	MiniProgram struct {
		Title   string `json:"title"`
		AppID   string `json:"appid"`
		Page    string `json:"pagepath"`
		ThumbID string `json:"thumb_media_id"`
	}
	// Menu is a text with items that can be tapped.
	Menu struct {
		Head  string     `json:"head_content"`
		Items []MenuItem `json:"list"`
		Tail  string     `json:"tail_content"`
	}
	// MenuItem has the object that its type names.
	MenuItem struct {
		Type        string       `json:"type"`
		Click       *MenuClick   `json:"click,omitempty"`
		View        *MenuView    `json:"view,omitempty"`
		MiniProgram *MenuProgram `json:"miniprogram,omitempty"`
		Text        *MenuText    `json:"text,omitempty"`
	}
	// MenuClick has the customer answer with its content.
	MenuClick struct {
		ID      string `json:"id,omitempty"`
		Content string `json:"content"`
	}
	// MenuView opens a page.
	MenuView struct {
		URL     string `json:"url"`
		Content string `json:"content"`
	}
	// MenuProgram opens a mini program.
	MenuProgram struct {
		AppID   string `json:"appid"`
		Page    string `json:"pagepath"`
		Content string `json:"content"`
	}
	// MenuText stands between items.
	MenuText struct {
		Content string `json:"content"`
		OneLine bool   `json:"no_newline,omitempty"`
	}
	// Product is from the shop of a video channel.
	Product struct {
		ID       string `json:"product_id"`
		Picture  string `json:"head_image"`
		Title    string `json:"title"`
		Price    string `json:"sales_price"` // in fen
		Shop     string `json:"shop_nickname"`
		ShopHead string `json:"shop_head_image"`
	}
	// Order is of such a shop.
	Order struct {
		ID      string `json:"order_id"`
		Titles  string `json:"product_titles"`
		Price   string `json:"price_wording"`
		State   string `json:"state"`
		Picture string `json:"image_url"`
		Shop    string `json:"shop_nickname"`
	}
	// Merged is a chat that was passed on.
	Merged struct {
		Title string       `json:"title"`
		Items []MergedItem `json:"item"`
	}
	// MergedItem is a message of it. Its type and its sender are texts, as in the page's sample; the page's
	// table calls both numbers (doc 94670).
	MergedItem struct {
		SendTime int64  `json:"send_time"`
		Type     string `json:"msgtype"`
		Sender   string `json:"sender_name"`
		Content  string `json:"msg_content"` // JSON
	}
	// Channels is something of a video channel.
	Channels struct {
		SubType  int64  `json:"sub_type"` // 1 a post, 2 a broadcast, 3 a card
		Nickname string `json:"nickname"`
		Title    string `json:"title,omitempty"` // of a post
	}
)

// bare are the types without an object (doc 94670).
var bare = map[string]bool{"meeting": true, "calendar": true, "note": true}

// object returns the object of a type, nil if it is not there.
func (c Content) object(msgtype string) any {
	// A nil pointer in an interface is not nil, so each is looked at.
	switch {
	case msgtype == "text" && c.Text != nil:
		return *c.Text
	case msgtype == "image" && c.Image != nil:
		return *c.Image
	case msgtype == "voice" && c.Voice != nil:
		return *c.Voice
	case msgtype == "video" && c.Video != nil:
		return *c.Video
	case msgtype == "file" && c.File != nil:
		return *c.File
	case msgtype == "location" && c.Location != nil:
		return *c.Location
	case msgtype == "link" && c.Link != nil:
		return *c.Link
	case msgtype == "business_card" && c.BusinessCard != nil:
		return struct{}{} // the member is not in the content
	case msgtype == "miniprogram" && c.MiniProgram != nil:
		return *c.MiniProgram
	case msgtype == "msgmenu" && c.Menu != nil:
		return *c.Menu
	case msgtype == "channels_shop_product" && c.Product != nil:
		return *c.Product
	case msgtype == "channels_shop_order" && c.Order != nil:
		return *c.Order
	case msgtype == "merged_msg" && c.Merged != nil:
		return *c.Merged
	case msgtype == "channels" && c.Channels != nil:
		return *c.Channels
	case bare[msgtype]:
		return struct{}{}
	}
	return nil
}

// lastDays is how far back messages can be read (doc 94670).
const lastDays = 3 * 24 * time.Hour

// newMessageID returns an id that nobody has given.
func newMessageID() string { return "msg_" + id.Letters(24) }

// add appends a message to the account's list and tells those who manage the account, unless the API itself
// has sent it. It fills in what m leaves out: its id and its time. It answers ErrRepeated for an id
// under which the API has sent one.
func (s *Service) add(tx *store.Tx, a Account, m Message) (Message, error) {
	if m.ID == "" {
		m.ID = newMessageID()
	}
	m.Account, m.At = a.No, tx.Now()
	if err := insertMessage(tx, a, &m); err != nil {
		return m, err
	}
	if m.Origin < ByCustomer {
		return m, nil
	}
	return m, s.tell(tx, a)
}

// happened is what an event says besides the account, the customer and the servicers (doc 94670). What is nil
// is not of the event's type.
type happened struct {
	Type        string         `json:"event_type"`
	Scene       *string        `json:"scene,omitempty"`
	Param       *string        `json:"scene_param,omitempty"`
	WelcomeCode string         `json:"welcome_code,omitempty"`
	Channel     *videoChannels `json:"wechat_channels,omitempty"`
	FailID      string         `json:"fail_msgid,omitempty"`
	FailType    *int64         `json:"fail_type,omitempty"`
	Status      *int64         `json:"status,omitempty"`
	StopType    *int64         `json:"stop_type,omitempty"`
	ChangeType  *int64         `json:"change_type,omitempty"`
	Code        string         `json:"msg_code,omitempty"`
	RecallID    string         `json:"recall_msgid,omitempty"`
	Reject      *int64         `json:"reject_switch,omitempty"`
}

// The types of events (doc 94670).
const (
	entered        = "enter_session"
	sendFailed     = "msg_send_fail"
	dutyChanged    = "servicer_status_change"
	sessionChanged = "session_status_change"
	userRecalled   = "user_recall_msg"
	servicerTook   = "servicer_recall_msg"
	rejectChanged  = "reject_customer_msg_switch_change"
)

// addEvent appends an event to the account's list.
func (s *Service) addEvent(tx *store.Tx, a Account, customer int64, servicer, other id.UserID, h happened) error {
	content, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("event of an account: %w", err)
	}
	_, err = s.add(tx, a, Message{Customer: customer, Origin: AsEvent, Servicer: servicer, Other: other, Type: eventType, Content: content})
	return err
}
