package emergency

import (
	"context"
	"errors"
	"fmt"
	"time"

	"qiwei/internal/corp"
	"qiwei/internal/door"
	"qiwei/internal/store"
)

// Scripts returns the calls by which scripts drive the room in dev.
func (s *Service) Scripts() []door.Route {
	return []door.Route{
		door.Script("POST /_qiwei/emergency/answer", s.deps.Log, s.scriptAnswer),
		door.Script("POST /_qiwei/emergency/settings", s.deps.Log, s.scriptSettings),
	}
}

// answerScript is a member who answers a call, or a line that says why nobody did.
type answerScript struct {
	CorpID   string `json:"corpid"`
	CallID   string `json:"callid"`
	TalkTime int64  `json:"talktime"` // seconds
	Reason   int64  `json:"reason"`   // doc 91628; 0 is answered
}

// settingsScript is what an administrator chooses.
type settingsScript struct {
	CorpID   string `json:"corpid"`
	Disabled bool   `json:"disabled"`
	Balance  *int64 `json:"balance"` // calls that are left; no end of them if it is left out
}

type none struct{}

func (s *Service) scriptAnswer(ctx context.Context, req answerScript) (none, error) {
	return none{}, s.inCorp(ctx, req.CorpID, func(tx *store.Tx) error {
		return s.Answer(tx, req.CorpID, req.CallID, time.Duration(req.TalkTime)*time.Second, req.Reason)
	})
}

func (s *Service) scriptSettings(ctx context.Context, req settingsScript) (none, error) {
	balance := int64(-1)
	if req.Balance != nil {
		balance = *req.Balance
	}
	return none{}, s.inCorp(ctx, req.CorpID, func(tx *store.Tx) error { return s.Set(tx, req.CorpID, req.Disabled, balance) })
}

func (s *Service) inCorp(ctx context.Context, corpID string, fn func(tx *store.Tx) error) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := s.deps.Corps.Corp(tx, corpID); errors.Is(err, corp.ErrNotFound) {
			return door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", corpID))
		} else if err != nil {
			return err
		}
		return fn(tx)
	})
}
