package checkin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Scripts returns the calls by which scripts play members and administrators, in dev.
func (s *Service) Scripts() []door.Route {
	at := func(name string) string { return "POST /_qiwei/checkin/" + name }
	return []door.Route{
		door.Script(at("record"), s.deps.Log, s.scriptRecord),
		door.Script(at("rule"), s.deps.Log, s.scriptRule),
	}
}

// script runs one in a corp.
func (s *Service) script(ctx context.Context, corpID string, fn func(tx *store.Tx, by access.Caller) error) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := s.deps.Corps.Corp(tx, corpID)
		if errors.Is(err, corp.ErrNotFound) {
			return door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", corpID))
		}
		if err != nil {
			return err
		}
		return fn(tx, access.System(corpID))
	})
}

// recordScript is a check-in by phone.
type recordScript struct {
	CorpID string    `json:"corpid"`
	UserID id.UserID `json:"userid"`
	At     time.Time `json:"at,omitzero"` // now if it is left out
	Outing bool      `json:"outing"`
	Face   bool      `json:"face"` // the phone has recognised the member
	Details
}

func (s *Service) scriptRecord(ctx context.Context, req recordScript) (answer phoneRecord, err error) {
	err = s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		at := req.At
		if at.IsZero() {
			at = tx.Now()
		}
		rec, err := s.CheckIn(ctx, tx, req.CorpID, Punch{UserID: req.UserID, At: at.Unix(), Outing: req.Outing, Face: req.Face, Details: req.Details})
		if err != nil {
			return err
		}
		answer, err = s.became(ctx, tx, req.CorpID, req.UserID, rec)
		return err
	})
	return answer, err
}

// ruleScript makes a rule as an administrator does; one that has a number is replaced.
type ruleScript struct {
	CorpID  string `json:"corpid"`
	Group   int64  `json:"groupid"`
	DaysAgo int64  `json:"days_ago"` // when a new one began
	Rule    Rule   `json:"rule"`
}

type ruleAnswer struct {
	Group int64 `json:"groupid"`
}

func (s *Service) scriptRule(ctx context.Context, req ruleScript) (answer ruleAnswer, err error) {
	err = s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) (err error) {
		if answer.Group = req.Group; req.Group != 0 {
			return s.ReplaceRule(ctx, tx, by, req.Group, req.Rule, true)
		}
		answer.Group, err = s.CreateRule(ctx, tx, by, req.Rule, today(tx)-req.DaysAgo*day)
		return err
	})
	return answer, err
}
