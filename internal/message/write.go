package message

import (
	"context"
	"errors"
	"fmt"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/callback"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/media"
	"qiwei/internal/store"
)

// Written is what a member writes to an application (doc 90239). The type decides which fields count.
type Written struct {
	MsgType string `json:"-"`

	Content string `json:"content,omitempty"` // text

	MediaID string `json:"media_id,omitempty"`       // image, voice, video, file
	Thumb   string `json:"thumb_media_id,omitempty"` // video: an image of it

	Latitude  float64 `json:"latitude,omitempty"` // location
	Longitude float64 `json:"longitude,omitempty"`
	Scale     int64   `json:"scale,omitempty"`
	Label     string  `json:"label,omitempty"`

	Picture     string `json:"picurl,omitempty"` // link
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	URL         string `json:"url,omitempty"`
}

// replies is the name under which callback passes applications' answers to this room.
const replies = event.ReplyToMember

// Write sends what a member writes to an application and pushes it to the application's callback. It answers
// ErrNoConversation if the member does not see the application, and callback.ErrNoCallback if nobody would
// read it.
func (s *Service) Write(ctx context.Context, tx *store.Tx, corpID string, m directory.Member, agentID int64, w Written) (no int64, err error) {
	a, err := s.talkable(tx, corpID, m, agentID)
	if err != nil {
		return 0, err
	}
	if a.CallbackURL == "" {
		return 0, callback.ErrNoCallback.With("%q does not receive messages", a.Name)
	}
	picture, files, err := s.written(tx, a, &w)
	if err != nil {
		return 0, err
	}
	no, err = s.insertMessage(tx, row{corpID: corpID, app: a.No, sender: m.No, msgtype: w.MsgType, body: encode(&w), files: files})
	if err != nil {
		return 0, err
	}
	if _, err = tx.Exec(`INSERT INTO message_copy (member, app, message, chat, card, button) VALUES (?, ?, ?, 0, 0, 0)`, m.No, a.No, no); err != nil {
		return 0, err
	}
	if err := s.tell(tx, no, nil, false); err != nil {
		return 0, err
	}
	var name string
	if len(files) > 0 {
		name = files[0].Name
	}
	return no, s.notify(ctx, tx, a, m, w.push(picture, name, pushedID(no), a.AgentID), true, no)
}

// firstPushedID makes MsgId as long as the platform's, which has 16 to 19 digits. A receiver that reads it
// into a float, as JavaScript does, loses digits and should notice with qiwei too.
const firstPushedID = 7_000_000_000_000_000_000

// pushedID returns the MsgId of a message (doc 90239), by which receivers recognise a repeated push. It ends
// with our number and grows with it.
func pushedID(no int64) int64 { return firstPushedID + no }

// talkable returns an application with which the member has a conversation.
func (s *Service) talkable(tx *store.Tx, corpID string, m directory.Member, agentID int64) (app.App, error) {
	a, err := s.deps.Apps.App(tx, corpID, agentID)
	if errors.Is(err, app.ErrNotFound) || err == nil && (senders[a.Kind] == access.Nothing || a.Disabled) {
		return a, ErrNoConversation
	}
	if err != nil {
		return a, err
	}
	sees, err := s.deps.Directory.InRange(tx, corpID, a.Range, m)
	if err == nil && !sees {
		err = ErrNoConversation
	}
	return a, err
}

// written checks what is written, and returns where an image can be seen and the
// files that it names.
func (s *Service) written(tx *store.Tx, a app.App, w *Written) (picture string, files []attached, err error) {
	by, err := s.deps.Apps.Caller(tx, a)
	if err != nil {
		return "", nil, err
	}
	from := &sender{s: s, tx: tx, by: by}
	switch w.MsgType {
	case "text":
		if w.Content == "" {
			return "", nil, ErrEmpty
		}
		*w = Written{MsgType: w.MsgType, Content: cut(w.Content, maxText)}
	case "image":
		*w = Written{MsgType: w.MsgType, MediaID: w.MediaID}
		if err := from.file(w.MediaID, media.Image); err != nil {
			return "", nil, err
		}
		// Anybody who knows PicUrl can open it, as on the platform.
		path, err := s.deps.Media.KeepPicture(tx, a.CorpID, w.MediaID, false)
		if err != nil {
			return "", nil, err
		}
		from.files[0].picture = path
		picture = s.deps.BaseURL() + path
	case "voice":
		*w = Written{MsgType: w.MsgType, MediaID: w.MediaID}
		err = from.file(w.MediaID, media.Voice)
	case "video":
		*w = Written{MsgType: w.MsgType, MediaID: w.MediaID, Thumb: w.Thumb}
		err = firstOf(from.file(w.MediaID, media.Video), from.file(w.Thumb, media.Image))
	case "file":
		*w = Written{MsgType: w.MsgType, MediaID: w.MediaID}
		err = from.file(w.MediaID, media.Other)
	case "location":
		if !onGlobe(w.Latitude, w.Longitude) {
			return "", nil, errOffGlobe
		}
		*w = Written{MsgType: w.MsgType, Latitude: w.Latitude, Longitude: w.Longitude, Scale: w.Scale, Label: cut(w.Label, maxText)}
	case "link":
		*w = Written{MsgType: w.MsgType, Title: cut(w.Title, maxTitle), Description: cut(w.Description, maxDescription), URL: w.URL, Picture: w.Picture}
		err = link("url", w.URL)
	default:
		err = ErrType.With("msgtype %q: text, image, voice, video, file, location or link expected", w.MsgType)
	}
	return picture, from.files, err
}

// reference names the member and the message that a push is about, so that the
// answer finds them.
func reference(member, no int64) string { return fmt.Sprintf("%d %d", member, no) }
