package kf

import (
	"fmt"
	"net/url"
	"unicode/utf8"

	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of what a message says (doc 90313).
var (
	ErrType      = wire.Code(40008, "invalid message type")
	ErrTextSize  = wire.Code(45002, "content size out of limit")
	ErrMenuItems = wire.Code(95008, "more than 10 menu items")
	ErrMenuType  = wire.Code(95009, "invalid menu item type")
)

// Limits of messages that the API sends; bytes where nothing else is said (doc 94677, 95122).
const (
	maxText            = 2048
	maxLinkTitle       = 128
	maxLinkDescription = 512
	maxLinkURL         = 2048
	maxProgramTitle    = 64
	maxMenuText        = 1024 // before the items and behind them
	maxMenuItems       = 50   // pieces
	maxMenuTaps        = 10   // pieces that can be tapped
	maxEventMenu       = 10   // pieces of a menu on an event
	maxClickID         = 128
	maxClick           = 128
	maxMenuURL         = 2048
	maxMenuContent     = 1024
	maxMenuApp         = 32
	maxMenuPage        = 1024
	maxMenuPlain       = 256
)

// cut shortens a text to a number of bytes, between two characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

func sized(name, text string, least, most int) error {
	if len(text) < least || len(text) > most {
		return wire.ErrParameter.With("%s: %d to %d bytes expected, %d given", name, least, most, len(text))
	}
	return nil
}

func isWeb(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// kindsOf are the kinds of uploaded files by msgtype.
var kindsOf = map[string]media.Kind{"image": media.Image, "voice": media.Voice, "video": media.Video, "file": media.Other}

// file returns an uploaded file that may be sent as a kind.
func (s *Service) file(tx *store.Tx, corpID, mediaID string, kind media.Kind) (media.File, error) {
	return s.deps.Media.Sendable(tx, corpID, media.General, mediaID, kind)
}

// outgoing checks a message that the API sends, and shortens what the platform shortens. It returns the
// message's JSON. Doc 94677.
func (s *Service) outgoing(tx *store.Tx, corpID, msgtype string, c Content, link *AcquisitionLink) ([]byte, error) {
	if msgtype == "ca_link" {
		return s.card(tx, corpID, link)
	}
	var err error
	switch object := c.object(msgtype).(type) {
	case Text:
		if object.Content == "" {
			return nil, wire.ErrParameter.With("text.content: missing")
		}
		if len(object.Content) > maxText {
			return nil, ErrTextSize.With("at most %d bytes, %d given", maxText, len(object.Content))
		}
		object.MenuID = ""
		return wire.Encode(object), nil
	case Media:
		if _, err = s.file(tx, corpID, object.MediaID, kindsOf[msgtype]); err != nil {
			return nil, err
		}
		object.Silk = ""
		return wire.Encode(object), nil
	case Location:
		err = object.valid()
		return wire.Encode(object), err
	case Link:
		object.Title, object.Description, object.Picture = cut(object.Title, maxLinkTitle), cut(object.Description, maxLinkDescription), ""
		if object.Title == "" || !isWeb(object.URL) {
			return nil, wire.ErrParameter.With("link: a title, and a url with its scheme expected")
		}
		if err = sized("link.url", object.URL, 1, maxLinkURL); err == nil {
			_, err = s.file(tx, corpID, object.ThumbID, media.Image)
		}
		return wire.Encode(object), err
	case MiniProgram:
		object.Title = cut(object.Title, maxProgramTitle)
		if object.AppID == "" || object.Page == "" {
			return nil, wire.ErrParameter.With("miniprogram: appid and pagepath expected")
		}
		_, err = s.file(tx, corpID, object.ThumbID, media.Image)
		return wire.Encode(object), err
	case Menu:
		err = object.valid(maxMenuItems)
		return wire.Encode(object), err
	}
	return nil, ErrType.With("msgtype %q and the object of its name expected: text, image, voice, video, file, link, miniprogram, msgmenu, location or ca_link", msgtype)
}

// AcquisitionLink is a link of customer acquisition, sent as a name card.
type AcquisitionLink struct {
	URL string `json:"link_url"`
}

// card returns the card of a link as the customer has it.
func (s *Service) card(tx *store.Tx, corpID string, link *AcquisitionLink) ([]byte, error) {
	if link == nil || link.URL == "" {
		return nil, wire.ErrParameter.With("ca_link.link_url: missing")
	}
	address, err := s.deps.Links.Card(tx, corpID, link.URL)
	if err != nil {
		return nil, fmt.Errorf("ca_link.link_url: %w", err)
	}
	return wire.Encode(AcquisitionLink{address}), nil
}

func (l Location) valid() error {
	if l.Latitude == nil || l.Longitude == nil || *l.Latitude < -90 || *l.Latitude > 90 || *l.Longitude < -180 || *l.Longitude > 180 {
		return wire.ErrParameter.With("location: a latitude of -90 to 90 and a longitude of -180 to 180 expected")
	}
	return nil
}

// valid checks a menu of at most some items, of which ten can be tapped (doc 94677).
func (m Menu) valid(most int) error {
	if m.Head == "" && m.Tail == "" && len(m.Items) == 0 {
		return wire.ErrParameter.With("msgmenu: a text or an item expected")
	}
	for name, text := range map[string]string{"head_content": m.Head, "tail_content": m.Tail} {
		if err := sized("msgmenu."+name, text, 0, maxMenuText); err != nil {
			return err
		}
	}
	taps := 0
	for i, item := range m.Items {
		if err := item.valid(); err != nil {
			return fmt.Errorf("msgmenu.list[%d]: %w", i, err)
		}
		if item.Type != "text" {
			taps++
		}
	}
	if len(m.Items) > most || taps > maxMenuTaps {
		return ErrMenuItems.With("at most %d items, and %d of click, view and miniprogram; %d and %d given", most, maxMenuTaps, len(m.Items), taps)
	}
	return nil
}

// valid checks that an item has the object of its type.
func (i MenuItem) valid() error {
	type part struct {
		name, text  string
		least, most int
	}
	var parts []part
	switch {
	case i.Type == "click" && i.Click != nil:
		parts = []part{{"click.id", i.Click.ID, 0, maxClickID}, {"click.content", i.Click.Content, 1, maxClick}}
	case i.Type == "view" && i.View != nil:
		parts = []part{{"view.url", i.View.URL, 1, maxMenuURL}, {"view.content", i.View.Content, 1, maxMenuContent}}
	case i.Type == "miniprogram" && i.MiniProgram != nil:
		p := i.MiniProgram
		parts = []part{{"miniprogram.appid", p.AppID, 1, maxMenuApp}, {"miniprogram.pagepath", p.Page, 1, maxMenuPage}, {"miniprogram.content", p.Content, 0, maxMenuContent}}
	case i.Type == "text" && i.Text != nil:
		parts = []part{{"text.content", i.Text.Content, 1, maxMenuPlain}}
	default:
		return ErrMenuType.With("%q; click, view, miniprogram or text, and the object of its name expected", i.Type)
	}
	for _, p := range parts {
		if err := sized(p.name, p.text, p.least, p.most); err != nil {
			return err
		}
	}
	return nil
}
