package security

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Scripts returns the calls by which scripts act as WeCom's clients, and as the platform, in dev.
func (s *Service) Scripts() []door.Route {
	log := s.deps.Log
	return []door.Route{
		door.Script("POST /_qiwei/security/file", log, s.scriptFile),
		door.Script("POST /_qiwei/security/screen", log, s.scriptScreen),
		door.Script("POST /_qiwei/security/member", log, s.scriptMember),
		door.Script("POST /_qiwei/security/device/signin", log, s.scriptSignIn),
		door.Script("POST /_qiwei/security/device/ask", log, s.scriptAsk),
		door.Script("POST /_qiwei/security/device/approve", log, func(ctx context.Context, req decideScript) (decidedResponse, error) {
			return s.scriptDecide(ctx, req, true)
		}),
		door.Script("POST /_qiwei/security/device/reject", log, func(ctx context.Context, req decideScript) (decidedResponse, error) {
			return s.scriptDecide(ctx, req, false)
		}),
		door.Script("POST /_qiwei/security/vip/buy", log, s.scriptBuy),
		door.Script("POST /_qiwei/security/vip/apply", log, s.scriptApply),
		door.Script("POST /_qiwei/security/vip/application", log, s.scriptApplication),
		door.Script("POST /_qiwei/security/vip/finish", log, s.scriptFinish),
		door.Script("POST /_qiwei/security/move", log, s.scriptMove),
	}
}

type (
	none       struct{}
	fileScript struct {
		CorpID     string        `json:"corpid"`
		UserID     id.UserID     `json:"userid,omitempty"`
		Outsider   *Outsider     `json:"external_user,omitempty"`
		Operation  operationWire `json:"operation"`
		Info       string        `json:"file_info"`
		Size       int64         `json:"file_size,omitempty"`
		MD5        string        `json:"file_md5,omitempty"`
		Applicant  string        `json:"applicant_name,omitempty"`
		DeviceType int64         `json:"device_type,omitempty"`
		DeviceCode string        `json:"device_code,omitempty"`
		At         time.Time     `json:"at,omitzero"` // now if it is left out
	}
	screenScript struct {
		CorpID  string    `json:"corpid"`
		UserID  id.UserID `json:"userid"`
		Type    int64     `json:"screen_shot_type"`
		Content string    `json:"screen_shot_content"`
		System  string    `json:"system"`
		At      time.Time `json:"at,omitzero"`
	}
	memberScript struct {
		CorpID string    `json:"corpid"`
		UserID id.UserID `json:"userid"`
		Type   int64     `json:"oper_type"`
		Detail string    `json:"detail_info"`
		IP     string    `json:"ip"`
		At     time.Time `json:"at,omitzero"`
	}
	signInScript struct {
		CorpID string    `json:"corpid"`
		UserID id.UserID `json:"userid"`
		Hardware
	}
	signInAnswer struct {
		Code   string       `json:"device_code"`
		Status DeviceStatus `json:"status"`
	}
	askScript struct {
		CorpID   string    `json:"corpid"`
		UserID   id.UserID `json:"userid"`
		Code     string    `json:"device_code"`
		Personal bool      `json:"personal"` // the member's own; the corp's otherwise
		Invited  bool      `json:"invited"`  // an administrator asked the member
	}
	decideScript struct {
		CorpID string    `json:"corpid"`
		UserID id.UserID `json:"userid"` // the administrator
		Codes  []string  `json:"device_code_list"`
	}
	buyScript struct {
		CorpID   string `json:"corpid"`
		Accounts int64  `json:"accounts"`
	}
	corpScript struct {
		CorpID string `json:"corpid"`
	}
)

// inCorp runs a script in one write transaction.
func (s *Service) inCorp(ctx context.Context, corpID string, fn func(tx *store.Tx, by access.Caller) error) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := s.deps.Corps.Corp(tx, corpID); errors.Is(err, corp.ErrNotFound) {
			return door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", corpID))
		} else if err != nil {
			return err
		}
		return fn(tx, access.System(corpID))
	})
}

// when is a time that a script names; now if it names none.
func when(tx *store.Tx, at time.Time) int64 {
	if at.IsZero() {
		at = tx.Now()
	}
	return at.Unix()
}

func (s *Service) scriptFile(ctx context.Context, req fileScript) (none, error) {
	return none{}, s.inCorp(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		return s.NoteFile(tx, by, FileAct{At: when(tx, req.At), UserID: req.UserID, Outsider: req.Outsider, Type: req.Operation.Type, Source: req.Operation.Source,
			Info: req.Info, Size: req.Size, MD5: req.MD5, Applicant: req.Applicant, DeviceType: req.DeviceType, DeviceCode: req.DeviceCode})
	})
}

func (s *Service) scriptScreen(ctx context.Context, req screenScript) (none, error) {
	return none{}, s.inCorp(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		return s.NoteScreen(tx, by, ScreenAct{At: when(tx, req.At), UserID: req.UserID, Type: req.Type, Content: req.Content, System: req.System})
	})
}

// scriptMember notes an operation that members have WeCom's clients for.
func (s *Service) scriptMember(ctx context.Context, req memberScript) (none, error) {
	return none{}, s.inCorp(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		return s.NoteAct(tx, by, Act{At: when(tx, req.At), UserID: req.UserID, Type: req.Type, Detail: req.Detail, Address: req.IP})
	})
}

// NoteAct notes what a member did elsewhere.
func (s *Service) NoteAct(tx *store.Tx, by access.Caller, a Act) error {
	if !slices.Contains(memberTypes, a.Type) {
		return wire.ErrParameter.With("oper_type: one of %d expected", memberTypes)
	}
	if a.At > tx.Now().Unix() {
		return wire.ErrParameter.With("at: it has not come yet")
	}
	m, err := s.deps.Directory.Member(tx.Context(), tx, by, a.UserID)
	if err != nil {
		return err
	}
	a.UserID = m.UserID
	return insertAct(tx, by.CorpID, a)
}

func (s *Service) scriptSignIn(ctx context.Context, req signInScript) (answer signInAnswer, err error) {
	err = s.inCorp(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		d, err := s.SignIn(ctx, tx, by, req.UserID, req.Hardware)
		answer = signInAnswer{d.Code, d.Status}
		return err
	})
	return answer, err
}

func (s *Service) scriptAsk(ctx context.Context, req askScript) (none, error) {
	return none{}, s.inCorp(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		return s.Ask(ctx, tx, by, req.UserID, req.Code, req.Personal, req.Invited)
	})
}

// scriptDecide has an administrator decide, who is then named with the device.
func (s *Service) scriptDecide(ctx context.Context, req decideScript, approve bool) (answer decidedResponse, err error) {
	err = s.inCorp(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		m, err := s.deps.Directory.Member(ctx, tx, by, req.UserID)
		if err != nil {
			return err
		}
		answer.Gone, answer.Failed, err = s.Decide(tx, access.AdminOf(req.CorpID, m.UserID, access.Everything()), req.Codes, approve)
		return err
	})
	return answer, err
}

func (s *Service) scriptBuy(ctx context.Context, req buyScript) (none, error) {
	return none{}, s.inCorp(ctx, req.CorpID, func(tx *store.Tx, _ access.Caller) error { return s.Buy(tx, req.CorpID, req.Accounts) })
}

// scriptMove says that the server's names or addresses have changed.
func (s *Service) scriptMove(ctx context.Context, req corpScript) (none, error) {
	return none{}, s.inCorp(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error { return s.moved.Record(ctx, tx, by, MovedEvent{}) })
}
