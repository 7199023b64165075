package kf

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// A link leads people in WeChat to an account. It may carry a scene, which is sealed so that it belongs to this
// link alone, and then a parameter that the developer appends.

// Limits of links in bytes (doc 94665).
const (
	maxScene      = 32
	maxSceneParam = 128
)

// linkPath is where the links of accounts lead, and linkHead stands before the account in them.
const (
	linkPath = "/kf/"
	linkHead = "kfc"
)

// Link returns the link of an account, with a scene if one is named. Doc 94665.
func (s *Service) Link(a Account, scene string) (string, error) { return s.link(a, 0, scene) }

// link is Link for a component, if it is not 0: its links say whose they are, with or without a scene (doc 99400).
func (s *Service) link(a Account, component int64, scene string) (string, error) {
	if len(scene) > maxScene || !wordOnly(scene) {
		return "", wire.ErrParameter.With("scene: at most %d of 0-9, a-z, A-Z, _ and - expected", maxScene)
	}
	link := s.deps.BaseURL() + linkPath + linkHead + s.deps.Box.Number(seal.ServiceLink, a.No)
	if component != 0 {
		scene = strconv.FormatInt(component, 10) + ofScene + scene
	}
	if scene != "" {
		link += "?enc_scene=ENC" + s.deps.Box.SealText(seal.ServiceLink, linkPlace(a.No), []byte(scene))
	}
	return link, nil
}

// ofScene stands in what is sealed between a component and its scene. A scene has no such letter.
const ofScene = ":"

func linkPlace(account int64) string { return fmt.Sprint("link of ", account) }

// wordOnly reports whether a text has only letters, digits, "_" and "-", as scenes and ids of messages do.
func wordOnly(text string) bool {
	return strings.Trim(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-") == ""
}

// entry is how a customer came to an account.
type entry struct {
	Scene   string         `json:"scene"`
	Param   string         `json:"scene_param"`
	Channel *videoChannels `json:"wechat_channels,omitempty"`
	// Component is the application whose link it was; 0 once its session has begun, or for no component.
	Component int64 `json:"component,omitempty"`
}

// videoChannels is the video channel that a customer came from. A shop has its name in a field of its own (doc
// 94670).
type videoChannels struct {
	Nickname string `json:"nickname,omitempty"`
	Shop     string `json:"shop_nickname,omitempty"`
	Scene    int64  `json:"scene"`
}

func (v *videoChannels) valid() error {
	switch {
	case v == nil:
		return nil
	case v.Scene < 1 || v.Scene > 5:
		return wire.ErrParameter.With("wechat_channels.scene: 1 to 5 expected")
	case v.Scene <= 3 && (v.Nickname == "" || v.Shop != ""):
		return wire.ErrParameter.With("wechat_channels: a nickname, and no shop_nickname, expected with scene %d", v.Scene)
	case v.Scene > 3 && (v.Shop == "" || v.Nickname != ""):
		return wire.ErrParameter.With("wechat_channels: a shop_nickname, and no nickname, expected with scene %d", v.Scene)
	}
	return nil
}

// openLink returns the account that a link leads to, and how one comes by it. A link whose parameters were
// changed, or are of another, leads nowhere (doc 94665). A parameter without a scene is not told. It is told as
// it was before urlencode: unverified, but who decodes it again reads the same.
func (s *Service) openLink(tx *store.Tx, corpID, link string) (a Account, e entry, err error) {
	u, err := url.Parse(link)
	if err != nil {
		return a, e, wire.ErrParameter.With("url: %v", err)
	}
	_, text, ok := strings.Cut(u.Path, linkPath+linkHead)
	no, bad := s.deps.Box.OpenNumber(seal.ServiceLink, text)
	if !ok || bad != nil {
		return a, e, wire.ErrParameter.With("url: a link of kf/add_contact_way expected")
	}
	if a, err = s.account(tx, corpID, s.OpenKfID(no)); err != nil {
		return a, e, err
	}
	q := u.Query()
	if enc := q.Get("enc_scene"); enc != "" {
		scene, err := s.deps.Box.OpenText(seal.ServiceLink, linkPlace(no), strings.TrimPrefix(enc, "ENC"))
		if err != nil {
			return a, e, wire.ErrParameter.With("url: enc_scene is not this link's: parameters of a link may not be changed or copied to another")
		}
		e.Scene = string(scene)
		if component, rest, ok := strings.Cut(e.Scene, ofScene); ok {
			if e.Component, err = strconv.ParseInt(component, 10, 64); err != nil {
				return a, e, err
			}
			e.Scene = rest
		}
		if e.Scene != "" {
			e.Param = q.Get("scene_param")
		}
	}
	return a, e, nil
}

func (e entry) valid() error {
	if len(e.Param) > maxSceneParam {
		return wire.ErrParameter.With("scene_param: at most %d bytes before urlencode, %d given", maxSceneParam, len(e.Param))
	}
	return e.Channel.valid()
}
