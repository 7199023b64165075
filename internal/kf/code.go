package kf

import (
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// codeKind is the event for which a code lets an application send a message (doc 95122).
type codeKind int64

// The events.
const (
	noCode   codeKind = 0
	atEntry  codeKind = 1
	inPool   codeKind = 2
	attended codeKind = 3
	ended    codeKind = 4
)

// codeRules are how long a code is good, whether a menu may be sent with it, and the state that the session
// must still be in (doc 95122). The end of the state's list means any.
var codeRules = map[codeKind]struct {
	life  time.Duration
	menu  bool
	state State
}{
	atEntry:  {20 * time.Second, true, -1},
	inPool:   {window, false, Pool},
	attended: {window, false, Served},
	ended:    {20 * time.Second, true, Ended},
}

// Code is one.
type Code struct {
	No      int64
	Session int64
	Run     int64
	Kind    codeKind
	At      time.Time
	Used    bool
}

// Errors of codes. The page names none; these are those of welcome codes in general (doc 90313), unverified.
var (
	ErrCodeMissing = wire.Code(41049, "welcome_code missing")
	ErrCode        = wire.Code(41050, "invalid welcome_code")
)

const codeHead = "CODE"

// newCode makes a code for a session and returns it.
func (s *Service) newCode(tx *store.Tx, a Account, v Session, kind codeKind) (string, error) {
	no, err := tx.Insert(`INSERT INTO kf_code (corpid, session, run, kind, at, used) VALUES (?, ?, ?, ?, ?, 0)`, a.CorpID, v.No, v.Run, int64(kind), tx.Now().UnixMilli())
	return codeHead + s.deps.Box.Number(seal.ServiceCode, no), err
}

// code returns what a code of the corp stands for. It answers ErrCodeMissing and ErrCode.
func (s *Service) code(tx *store.Tx, by access.Caller, text string) (c Code, err error) {
	if text == "" {
		return c, ErrCodeMissing.With("code: one of an event or of service_state/trans expected")
	}
	rest, ok := strings.CutPrefix(text, codeHead)
	no, bad := s.deps.Box.OpenNumber(seal.ServiceCode, rest)
	if !ok || bad != nil {
		return c, ErrCode
	}
	var at, kind int64
	found, err := tx.Get(`SELECT no, session, run, kind, at, used FROM kf_code WHERE corpid = ? AND no = ?`, []any{by.CorpID, no}, &c.No, &c.Session, &c.Run, &kind, &at, &c.Used)
	c.Kind, c.At = codeKind(kind), time.UnixMilli(at)
	if err == nil && !found {
		err = ErrCode
	}
	return c, err
}

// check says whether a code may still be used for its session.
func (c Code) check(v Session, now time.Time) error {
	rule := codeRules[c.Kind]
	switch {
	case c.Used:
		return ErrCode.With("it has been used")
	case now.Sub(c.At) > rule.life:
		return ErrCode.With("it was good for %d seconds", int(rule.life.Seconds()))
	case c.Kind == atEntry && now.Sub(v.Welcomed) <= window:
		return ErrCode.With("the customer was welcomed in the last 48 hours")
	case rule.state >= 0 && (v.Run != c.Run || v.at(now) != rule.state):
		return ErrState.With("the session is no longer in the state for which the code was given")
	}
	return nil
}

// use marks a code as used. Of two at the same time one is refused.
func (c Code) use(tx *store.Tx, corpID string) error {
	n, err := tx.Exec(`UPDATE kf_code SET used = 1 WHERE corpid = ? AND no = ? AND used = 0`, corpID, c.No)
	if err == nil && n == 0 {
		err = ErrCode.With("it has been used")
	}
	return err
}
