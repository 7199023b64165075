package app

import (
	"context"
	"slices"
	"strings"

	"qiwei/internal/corp"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Limits of menus, in buttons and in bytes (doc 90231).
const (
	maxButtons       = 3
	maxSubButtons    = 5
	maxButtonName    = 16
	maxSubButtonName = 40
	maxButtonKey     = 128
	maxButtonURL     = 1024
)

// Errors of menus (doc 90313). The first of each pair is of the first level, the
// second of a submenu.
var (
	ErrMenuNotFound  = wire.Code(46003, "menu not exist")
	ErrButtons       = wire.Code(40016, "invalid button size")
	ErrSubButtons    = wire.Code(40023, "invalid sub button size")
	ErrButtonLevel   = wire.Code(40022, "invalid sub button level")
	ErrButtonUnnamed = wire.Code(41102, "menu name missing")
	ErrButtonName    = wire.Code(40018, "invalid button name size")
	ErrSubButtonName = wire.Code(40025, "invalid sub button name size")
	ErrButtonType    = wire.Code(40017, "invalid button type")
	ErrSubButtonType = wire.Code(40024, "invalid sub button type")
	ErrButtonKey     = wire.Code(40019, "invalid button key size")
	ErrSubButtonKey  = wire.Code(40026, "invalid sub button key size")
	ErrButtonURL     = wire.Code(40020, "invalid button url size")
	ErrSubButtonURL  = wire.Code(40027, "invalid sub button url size")
	ErrButtonHost    = wire.Code(40055, "invalid button url domain")
	ErrSubButtonHost = wire.Code(40054, "invalid sub button url domain")
	ErrMiniProgram   = wire.Code(90206, "miniprogram not bound to corp")
)

// The types of button. All report the click, except the two that open something.
const (
	ButtonView        = "view"
	ButtonMiniProgram = "view_miniprogram"
)

// ButtonTypes are the types that a button may have (doc 90231).
var ButtonTypes = []string{"click", ButtonView, ButtonMiniProgram, "scancode_push", "scancode_waitmsg",
	"pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select"}

// Button is an entry of an application's menu. A button with Buttons opens a submenu and does nothing else.
type Button struct {
	Type     string    `json:"type,omitempty"`
	Name     *string   `json:"name"`
	Key      string    `json:"key,omitempty"`
	URL      string    `json:"url,omitempty"`
	PagePath string    `json:"pagepath,omitempty"`
	AppID    string    `json:"appid,omitempty"`
	Buttons  *[]Button `json:"sub_button,omitempty"` // an empty list, as in the page's samples, reads back as an empty list
}

// Submenu returns the buttons that the button opens, or none if it acts itself.
func (b Button) Submenu() []Button {
	if b.Buttons == nil {
		return nil
	}
	return *b.Buttons
}

// EventKey is what the event of a click on the button says (doc 90240).
func (b Button) EventKey() string {
	switch b.Type {
	case ButtonView:
		return b.URL
	case ButtonMiniProgram:
		return b.PagePath
	}
	return b.Key
}

// menuLevel is what differs between the two levels of a menu.
type menuLevel struct {
	longest                      int
	name, kind, key, length, url wire.Error
}

var (
	firstLevel  = menuLevel{maxButtonName, ErrButtonName, ErrButtonType, ErrButtonKey, ErrButtonURL, ErrButtonHost}
	secondLevel = menuLevel{maxSubButtonName, ErrSubButtonName, ErrSubButtonType, ErrSubButtonKey, ErrSubButtonURL, ErrSubButtonHost}
)

// validMenu checks a whole menu. Doc 90231.
func validMenu(c corp.Corp, menu []Button) error {
	if n := len(menu); n < 1 || n > maxButtons {
		return ErrButtons.With("1 to %d buttons expected, %d given", maxButtons, n)
	}
	for _, b := range menu {
		if err := firstLevel.named(b); err != nil {
			return err
		}
		if len(b.Submenu()) == 0 {
			if err := firstLevel.leaf(c, b); err != nil {
				return err
			}
			continue
		}
		if n := len(b.Submenu()); n > maxSubButtons {
			return ErrSubButtons.With("%q: 1 to %d buttons expected, %d given", *b.Name, maxSubButtons, n)
		}
		for _, sub := range b.Submenu() {
			err := secondLevel.named(sub)
			if err == nil && len(sub.Submenu()) > 0 {
				err = ErrButtonLevel.With("%q: a menu has two levels", *sub.Name)
			}
			if err == nil {
				err = secondLevel.leaf(c, sub)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (l menuLevel) named(b Button) error {
	if b.Name == nil {
		return ErrButtonUnnamed
	}
	if n := len(*b.Name); n < 1 || n > l.longest || strings.TrimSpace(*b.Name) == "" {
		return l.name.With("%q: 1 to %d bytes expected, %d given", *b.Name, l.longest, n)
	}
	return nil
}

// leaf checks a button without a submenu.
func (l menuLevel) leaf(c corp.Corp, b Button) error {
	switch {
	case !slices.Contains(ButtonTypes, b.Type):
		return l.kind.With("%q: one of %s expected", b.Type, strings.Join(ButtonTypes, ", "))
	case b.Type == ButtonView:
		if n := len(b.URL); n > maxButtonURL {
			return l.length.With("%q: at most %d bytes, %d given", *b.Name, maxButtonURL, n)
		}
		if !isWebURL(b.URL) && !strings.HasPrefix(b.URL, "weixin://wxpay/bizpayurl") {
			return l.url.With("%q: a url that begins with http:// or https:// expected", *b.Name)
		}
	case b.Type == ButtonMiniProgram:
		if b.PagePath == "" { // the code is unverified
			return wire.ErrParameter.With("%q: pagepath is missing", *b.Name)
		}
		if !slices.Contains(c.MiniPrograms, b.AppID) { // the code is unverified
			return ErrMiniProgram.With("%q: appid %q", *b.Name, b.AppID)
		}
	case b.Key == "" || len(b.Key) > maxButtonKey:
		return l.key.With("%q: 1 to %d bytes expected, %d given", *b.Name, maxButtonKey, len(b.Key))
	}
	return nil
}

// SetMenu replaces the application's menu. Doc 90231.
func (s *Service) SetMenu(ctx context.Context, tx *store.Tx, a App, menu []Button) error {
	c, err := s.deps.Corps.Corp(tx, a.CorpID)
	if err != nil {
		return err
	}
	if err := validMenu(c, menu); err != nil {
		return err
	}
	return upsertMenu(tx, a.No, menu)
}

// Menu returns the application's menu, or ErrMenuNotFound. Doc 90232.
func (s *Service) Menu(tx *store.Tx, a App) ([]Button, error) {
	menu, found, err := selectMenu(tx, a.No)
	if err == nil && !found {
		err = ErrMenuNotFound
	}
	return menu, err
}

// DeleteMenu removes the application's menu. An application without one is no error (unverified). Doc 90233.
func (s *Service) DeleteMenu(ctx context.Context, tx *store.Tx, a App) error {
	return deleteMenu(tx, a.No)
}
