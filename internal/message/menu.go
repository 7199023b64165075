package message

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"

	"qiwei/internal/app"
	"qiwei/internal/callback"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Press is what a member does with a button of an application's menu (doc 90231). The button's type decides
// which of the other fields count.
type Press struct {
	Type string `json:"type"`
	Key  string `json:"key"` // as in the event: the key, or the url or pagepath that it opens

	ScanType   string `json:"scan_type"` // scancode_…: qrcode (also if empty) or barcode
	ScanResult string `json:"scan_result"`

	Pictures []string `json:"pictures"` // pic_…: media_ids of images

	Place struct { // location_select
		Latitude  float64 `json:"latitude"`
		Longitude float64 `json:"longitude"`
		Scale     int64   `json:"scale"`
		Label     string  `json:"label"`
		Name      string  `json:"poiname"`
	} `json:"location"`
}

// maxPictures is how many pictures a member can pick at once; the number is
// unverified.
const maxPictures = 9

var (
	errNoButton = wire.ErrParameter.With("the application's menu has no such button")
	errPictures = wire.ErrParameter.With("1 to %d pictures expected", maxPictures)
)

// Menu returns the menu of an application that the member sees; empty if it has none.
func (s *Service) Menu(tx *store.Tx, corpID string, m directory.Member, agentID int64) ([]app.Button, error) {
	a, err := s.talkable(tx, corpID, m, agentID)
	if err != nil {
		return nil, err
	}
	return s.menu(tx, a)
}

func (s *Service) menu(tx *store.Tx, a app.App) ([]app.Button, error) {
	menu, err := s.deps.Apps.Menu(tx, a)
	if errors.Is(err, app.ErrMenuNotFound) {
		return []app.Button{}, nil
	}
	return menu, err
}

// PressMenu tells the application what the member does with its menu, and sends the pictures or the place
// that the member picked as messages after it (doc 90240). An application without a callback is told nothing,
// as on the platform. Its links still work.
func (s *Service) PressMenu(ctx context.Context, corpID string, m directory.Member, agentID int64, press Press) error {
	sums, err := s.pictureSums(ctx, corpID, press.Pictures)
	if err != nil {
		return err
	}
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		a, err := s.talkable(tx, corpID, m, agentID)
		if err != nil {
			return err
		}
		menu, err := s.menu(tx, a)
		if err != nil {
			return err
		}
		if !hasButton(menu, press) {
			return errNoButton
		}
		if a.CallbackURL == "" {
			if press.Type == app.ButtonView || press.Type == app.ButtonMiniProgram {
				return nil
			}
			return callback.ErrNoCallback.With("%q does not receive events", a.Name)
		}
		p, behind, err := press.push(a.AgentID, sums)
		if err != nil {
			return err
		}
		if err := s.notify(ctx, tx, a, m, p, press.answerable(), 0); err != nil {
			return err
		}
		for _, w := range behind {
			if _, err := s.Write(ctx, tx, corpID, m, agentID, w); err != nil {
				return err
			}
		}
		return nil
	})
}

func hasButton(menu []app.Button, press Press) bool {
	for _, b := range menu {
		if len(b.Submenu()) == 0 && b.Type == press.Type && b.EventKey() == press.Key || hasButton(b.Submenu(), press) {
			return true
		}
	}
	return false
}

// answerable reports whether the platform reads an answer to the event (doc 90241).
func (p Press) answerable() bool {
	switch p.Type {
	case "click", app.ButtonView, app.ButtonMiniProgram, "scancode_waitmsg":
		return true
	}
	return false
}

// push writes the event, and the messages that follow it.
func (p Press) push(agentID int64, sums []string) (e event.Push, behind []Written, err error) {
	e.Event = p.Type
	e.Fields.Text("EventKey", p.Key)
	tail := func() {}
	var info event.Fields
	switch p.Type {
	case "scancode_push", "scancode_waitmsg":
		if p.ScanResult == "" {
			return e, nil, wire.ErrEmpty.With("scan_result")
		}
		if p.ScanType == "" {
			p.ScanType = "qrcode"
		}
		info.Text("ScanType", p.ScanType)
		info.Text("ScanResult", cut(p.ScanResult, maxText))
		e.Fields.Group("ScanCodeInfo", info)
	case "pic_sysphoto", "pic_photo_or_album", "pic_weixin":
		if len(sums) == 0 {
			return e, nil, errPictures
		}
		// One list with an item for each, as the page has it; live pushes have been
		// seen with a list for each.
		var list event.Fields
		for i, sum := range sums {
			var item event.Fields
			item.Text("PicMd5Sum", sum)
			list.Group("item", item)
			behind = append(behind, Written{MsgType: "image", MediaID: p.Pictures[i]})
		}
		info.Int("Count", int64(len(sums)))
		info.Group("PicList", list)
		e.Fields.Group("SendPicsInfo", info)
	case "location_select":
		at := p.Place
		if !onGlobe(at.Latitude, at.Longitude) {
			return e, nil, errOffGlobe
		}
		info.Text("Location_X", strconv.FormatFloat(at.Latitude, 'f', -1, 64)) // a text, unlike in the message
		info.Text("Location_Y", strconv.FormatFloat(at.Longitude, 'f', -1, 64))
		info.Text("Scale", strconv.FormatInt(at.Scale, 10))
		info.Text("Label", cut(at.Label, maxText))
		info.Text("Poiname", cut(at.Name, maxText))
		e.Fields.Group("SendLocationInfo", info)
		behind = append(behind, Written{MsgType: "location", Latitude: at.Latitude, Longitude: at.Longitude, Scale: at.Scale, Label: at.Label})
		tail = func() { e.Fields.Text("AppType", "wxwork") }
	}
	e.Fields.Int("AgentID", agentID)
	tail()
	return e, behind, nil
}

// pictureSums returns the MD5 of each picture. The content may be on another service, so no transaction may
// be open.
func (s *Service) pictureSums(ctx context.Context, corpID string, mediaIDs []string) ([]string, error) {
	if len(mediaIDs) > maxPictures {
		return nil, errPictures
	}
	var files []media.File
	if err := s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		files = files[:0]
		for _, id := range mediaIDs {
			f, err := s.deps.Media.Find(tx, corpID, media.General, id, media.Image)
			if err != nil {
				return err
			}
			files = append(files, f)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	sums := make([]string, len(files))
	for i, f := range files {
		content, err := s.deps.Media.Content(ctx, f.Key, 0, -1)
		if err != nil {
			return nil, fmt.Errorf("picture of a menu's event: %w", err)
		}
		h := md5.New()
		_, err = io.Copy(h, content)
		content.Close()
		if err != nil {
			return nil, fmt.Errorf("picture of a menu's event: %w", err)
		}
		sums[i] = hex.EncodeToString(h.Sum(nil))
	}
	return sums, nil
}
