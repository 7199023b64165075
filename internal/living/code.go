package living

import (
	"encoding/json"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// codeLife is how long a code for watching in WeChat is valid, and one that a mini program is opened with. Both
// can be used more than once (docs 93641, 94442).
const codeLife = 5 * time.Minute

// watchCode is what a living_code stands for.
type watchCode struct {
	No     int64  `json:"n"`
	OpenID string `json:"o"`
	At     int64  `json:"t"` // Unix seconds
}

// shareCode is what a ww_share_code stands for.
type shareCode struct {
	No     int64 `json:"n"`
	Viewer int64 `json:"v"`
	At     int64 `json:"t"`
}

func (s *Service) sealCode(p seal.Purpose, corpID string, v any) (string, error) {
	plain, err := json.Marshal(v)
	return s.deps.Box.SealText(p, corpID, plain), err
}

func (s *Service) openCode(p seal.Purpose, corpID, text string, into any) error {
	plain, err := s.deps.Box.OpenText(p, corpID, text)
	if err != nil {
		return ErrCode
	}
	return json.Unmarshal(plain, into)
}

func fresh(at int64, now time.Time) bool { return now.Before(time.Unix(at, 0).Add(codeLife)) }

// WatchCode returns a code with which a WeChat user opens a broadcast of the calling application, or its replay.
func (s *Service) WatchCode(tx *store.Tx, by access.Caller, livingID, openID string) (string, error) {
	l, err := s.own(tx, by, livingID)
	if err != nil {
		return "", err
	}
	if openID == "" {
		return "", wire.ErrEmpty.With("openid is missing")
	}
	if l.Stored == Cancelled {
		return "", ErrBegun.With("livingid: it is cancelled")
	}
	return s.sealCode(seal.LivingCode, by.CorpID, watchCode{l.No, openID, tx.Now().Unix()})
}

// opened returns the broadcast of a code that a WeChat user opens.
func (s *Service) opened(tx *store.Tx, corpID, code, openID string) (Live, error) {
	var c watchCode
	if err := s.openCode(seal.LivingCode, corpID, code, &c); err != nil {
		return Live{}, err
	}
	if !fresh(c.At, tx.Now()) || c.OpenID != openID {
		return Live{}, ErrCode.With("living_code: it is over after five minutes, and for its openid alone")
	}
	return s.numbered(tx, corpID, c.No)
}

func (s *Service) numbered(tx *store.Tx, corpID string, no int64) (Live, error) {
	list, err := selectLives(tx, `no = ? AND corpid = ?`, no, corpID)
	if err == nil && len(list) == 0 {
		err = ErrCode
	}
	if err != nil {
		return Live{}, err
	}
	return list[0], nil
}

// Shared returns the broadcast and the viewer of a ww_share_code, which a mini program is opened with from a
// broadcast (doc 94442). It answers 40029 for one that is over.
func (s *Service) Shared(tx *store.Tx, by access.Caller, code string) (l Live, v Viewer, err error) {
	if code == "" {
		return l, v, wire.ErrEmpty.With("ww_share_code is missing")
	}
	var c shareCode
	if err := s.openCode(seal.LivingShare, by.CorpID, code, &c); err != nil {
		return l, v, err
	}
	if !fresh(c.At, tx.Now()) {
		return l, v, ErrCode.With("ww_share_code: it is over after five minutes")
	}
	if l, err = s.numbered(tx, by.CorpID, c.No); err != nil {
		return l, v, err
	}
	list, err := selectViewers(tx, `no = ? AND corpid = ?`, c.Viewer, by.CorpID)
	if err == nil && len(list) == 0 {
		err = ErrCode
	}
	if err != nil {
		return l, v, err
	}
	return l, list[0], nil
}
