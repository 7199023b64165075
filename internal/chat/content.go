package chat

import (
	"encoding/json"
	"strings"

	"qiwei/internal/wire"
)

// Body is what a message says: one of the types below, which have the names and the fields of the page (doc
// 91774). Where the page has sdkfileid, md5sum and a size, there is a File.
type Body interface{ check() error }

// File is a file in a message. A sender names it by its media_id; the rest is found out.
type File struct {
	MediaID string `json:"media_id,omitempty"`
	Blob    string `json:"blob,omitempty"` // where its content is kept
	Name    string `json:"name,omitempty"`
	Size    int64  `json:"size,omitempty"`
	MD5     string `json:"md5,omitempty"`
	// Content is that of a file that came within a message of another room.
	Content []byte `json:"-"`
}

// Ext is the extension of its name, without the dot.
func (f File) Ext() string {
	if dot := strings.LastIndexByte(f.Name, '.'); dot >= 0 {
		return f.Name[dot+1:]
	}
	return ""
}

type (
	// Text is a text, a quotation in front of it.
	Text struct {
		Content string `json:"content"`
		Quote   string `json:"quote,omitempty"` // msgid of the message that it answers
	}
	// Image is a picture.
	Image struct{ File }
	// Voice is a recording; Seconds is its length.
	Voice struct {
		File
		Seconds int64 `json:"play_length"`
	}
	// Video is a film; Seconds is its length.
	Video struct {
		File
		Seconds int64 `json:"play_length"`
	}
	// Attached is a file (msgtype file).
	Attached struct{ File } // msgtype file
	// Emotion is a sticker.
	Emotion struct {
		File
		Type   int64 `json:"type"` // 1 gif, 2 png
		Width  int64 `json:"width"`
		Height int64 `json:"height"`
	}
	// Revoke takes an earlier message of the same sender back.
	Revoke struct {
		Before string `json:"pre_msgid"`
	}
	// Switch is a member who changes into another enterprise. It is a line of a log, and no message.
	Switch struct{}
	// Agree is somebody outside who agrees to being archived.
	Agree struct {
		Who string `json:"userid"`
		At  int64  `json:"agree_time"` // Unix milliseconds
	}
	// Disagree is one who does not.
	Disagree struct {
		Who string `json:"userid"`
		At  int64  `json:"disagree_time"`
	}
	// Card is a recommended person.
	Card struct {
		CorpName string `json:"corpname"`
		UserID   string `json:"userid"`
	}
	// Location is a place.
	Location struct {
		Longitude float64 `json:"longitude"`
		Latitude  float64 `json:"latitude"`
		Address   string  `json:"address"`
		Title     string  `json:"title"`
		Zoom      int64   `json:"zoom"`
	}
	// Link is a card that opens a page.
	Link struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		URL         string `json:"link_url"`
		ImageURL    string `json:"image_url"`
	}
	// Program is a mini program (msgtype weapp).
	Program struct { // msgtype weapp
		Title       string `json:"title"`
		Description string `json:"description"`
		Username    string `json:"username"`
		DisplayName string `json:"displayname"`
	}
	// Mixed is several things in one message.
	Mixed struct {
		Items []Part `json:"item"`
	}
	// Record is a forwarded piece of a conversation.
	Record struct {
		Title string       `json:"title"`
		Items []RecordPart `json:"item"`
	}
	// Todo is something to do.
	Todo struct {
		Title   string `json:"title"`
		Content string `json:"content"`
	}
	// Vote asks, or is an answer.
	Vote struct {
		Title string   `json:"votetitle"`
		Items []string `json:"voteitem"`
		Type  int64    `json:"votetype"` // 101 begin, 102 take part
		ID    string   `json:"voteid"`
	}
	// Collect is a form to be filled in.
	Collect struct {
		Room      string     `json:"room_name"`
		Creator   string     `json:"creator"`
		CreatedAt string     `json:"create_time"` // 2006-01-02 15:04:05
		Title     string     `json:"title"`
		Details   []Question `json:"details"`
	}
	// Question is one of its questions.
	Question struct {
		ID   uint64 `json:"id"`
		Text string `json:"ques"`
		Type string `json:"type"` // Text, Number, Date or Time
	}
	// RedPacket is money, also to somebody outside (external_redpacket).
	RedPacket struct {
		Type   int64  `json:"type"` // 1 normal, 2 by luck, 3 of an incentive group
		Wish   string `json:"wish"`
		Count  int64  `json:"totalcnt"`
		Amount int64  `json:"totalamount"` // fen
	}
	// Meeting is an invitation.
	Meeting struct {
		Topic   string `json:"topic"`
		Start   int64  `json:"starttime"` // Unix seconds
		End     int64  `json:"endtime"`
		Address string `json:"address"`
		Remarks string `json:"remarks"`
		ID      uint64 `json:"meetingid"`
	}
	// MeetingNotice is what happens in a meeting.
	MeetingNotice struct {
		Content string `json:"content"`
		ID      uint64 `json:"meeting_id"`
		Type    int64  `json:"notification_type"` // 1 somebody has joined, 2 it has ended
	}
	// Document is an online document (msgtype docmsg).
	Document struct {
		Title   string `json:"title"`
		Creator string `json:"doc_creator"`
		URL     string `json:"link_url"`
	}
	// Markdown is what a robot says.
	Markdown struct {
		Content string `json:"content"`
	}
	// News is a list of articles.
	News struct {
		Items []Article `json:"item"`
	}
	// Article is one of them.
	Article struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		URL         string `json:"url"`
		Picture     string `json:"picurl"`
	}
	// Calendar is an appointment.
	Calendar struct {
		Title     string   `json:"title"`
		Creator   string   `json:"creatorname"`
		Attendees []string `json:"attendeename"`
		Start     int64    `json:"starttime"` // Unix seconds
		End       int64    `json:"endtime"`
		Place     string   `json:"place"`
		Remarks   string   `json:"remarks"`
	}
	// VoiceCall is the recording of a voice call.
	VoiceCall struct {
		File
		ID     string   `json:"voiceid"`
		End    int64    `json:"endtime"` // Unix seconds
		Demos  []Demo   `json:"demofiledata,omitempty"`
		Screen []Screen `json:"sharescreendata,omitempty"`
	}
	// Demo is a document that was shown meanwhile.
	Demo struct {
		Name     string `json:"filename"`
		Operator string `json:"demooperator"`
		Start    int64  `json:"starttime"`
		End      int64  `json:"endtime"`
	}
	// Screen is a screen that was shared meanwhile.
	Screen struct {
		Who   string `json:"share"`
		Start int64  `json:"starttime"`
		End   int64  `json:"endtime"`
	}
	// SharedDocument is a document that was shown in a voice call.
	SharedDocument struct {
		File
		ID string `json:"voipid"`
	}
	// Feed is something of a video channel (msgtype sphfeed).
	Feed struct {
		Type   int64  `json:"feed_type"` // 2 pictures, 4 a video, 9 live
		Author string `json:"sph_name"`
		Text   string `json:"feed_desc"`
	}
	// Call is a call that has ended (msgtype voiptext).
	Call struct {
		Seconds int64 `json:"callduration"`
		Type    int64 `json:"invitetype"` // 1 video of two, 2 voice of two, 3 video, 4 voice of a group
	}
	// DriveFile is a file of the drive (msgtype qydiskfile).
	DriveFile struct {
		Name string `json:"filename"`
	}
)

// Part is one thing of a Mixed.
type Part struct {
	Type    string
	Content Body
}

// RecordPart is one message of a Record.
type RecordPart struct {
	Part
	Time     int64 // Unix seconds
	FromRoom bool
}

type partJSON struct {
	Type     string          `json:"type"`
	Time     int64           `json:"msgtime,omitempty"`
	Content  json.RawMessage `json:"content"`
	FromRoom bool            `json:"from_chatroom,omitempty"`
}

// MarshalJSON writes what UnmarshalJSON reads.
func (p Part) MarshalJSON() ([]byte, error) { return RecordPart{Part: p}.MarshalJSON() }

// UnmarshalJSON reads a part by its type.
func (p *Part) UnmarshalJSON(text []byte) error {
	var r RecordPart
	err := r.UnmarshalJSON(text)
	*p = r.Part
	return err
}

// MarshalJSON writes what UnmarshalJSON reads.
func (p RecordPart) MarshalJSON() ([]byte, error) {
	content, err := json.Marshal(p.Content)
	if err != nil {
		return nil, err
	}
	return json.Marshal(partJSON{p.Type, p.Time, content, p.FromRoom})
}

// recordPrefix begins the types of a Record's parts.
const recordPrefix = "ChatRecord"

// UnmarshalJSON reads a part by its type, which may be that of a Record's, such as ChatRecordText.
func (p *RecordPart) UnmarshalJSON(text []byte) error {
	var j partJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	kind := j.Type
	if rest, ok := strings.CutPrefix(kind, recordPrefix); ok {
		kind = strings.ToLower(rest)
	}
	body, err := decode(kind, j.Content)
	if err != nil {
		return err
	}
	*p = RecordPart{Part{j.Type, body}, j.Time, j.FromRoom}
	return nil
}

// ErrMessage is answered for a message that cannot be sent.
var ErrMessage = wire.ErrParameter
