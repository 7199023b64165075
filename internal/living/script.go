package living

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"qiwei/internal/corp"
	"qiwei/internal/door"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// Scripts returns the calls by which scripts act as anchors and viewers in dev.
func (s *Service) Scripts() []door.Route {
	log := s.deps.Log
	out := []door.Route{
		door.Script("POST /_qiwei/living/begin", log, s.scriptBegin),
		door.Script("POST /_qiwei/living/end", log, s.scriptEnd),
		door.Script("POST /_qiwei/living/share", log, s.scriptShare),
		door.Script("POST /_qiwei/living/remind", log, s.scriptRemind),
		{Pattern: "POST /_qiwei/living/push/{corpid}/{livingid}", Handler: http.NewCrossOriginProtection().Handler(http.HandlerFunc(s.push))},
	}
	for _, act := range []Act{Reserve, Enter, Leave, Comment, Speak} {
		out = append(out, door.Script("POST /_qiwei/living/"+string(act), log, func(ctx context.Context, req viewScript) (viewAnswer, error) { return s.scriptView(ctx, req, act) }))
	}
	return out
}

type (
	none       struct{}
	liveScript struct {
		CorpID string `json:"corpid"`
		ID     string `json:"livingid"`
	}
	endScript struct {
		liveScript
		Replay string `json:"replay"` // made, which is so if it is left out, none or failed
	}
	liveAnswer struct {
		ID     string `json:"livingid"`
		Status Status `json:"status"`
	}
	viewScript struct {
		liveScript
		Person
		Code    string `json:"living_code,omitempty"` // in place of livingid: what a WeChat user opens
		OpenID  string `json:"openid,omitempty"`      // of that user
		Invitor Person `json:"invitor,omitzero"`
	}
	viewAnswer struct {
		ID      string `json:"livingid"`
		Seconds int64  `json:"watch_time"`
	}
	shareAnswer struct {
		Code string `json:"ww_share_code"`
	}
)

// inCorp runs a script in one write transaction.
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

func (s *Service) scriptBegin(ctx context.Context, req liveScript) (answer liveAnswer, err error) {
	err = s.inCorp(ctx, req.CorpID, func(tx *store.Tx) error {
		l, err := s.Begin(ctx, tx, req.CorpID, req.ID)
		answer = liveAnswer{l.ID, l.Stored}
		return err
	})
	return answer, err
}

// push begins an activity, as pushing video to its address does. What is pushed is not read.
func (s *Service) push(w http.ResponseWriter, r *http.Request) {
	door.Answer(w, r, s.deps.Log, nil, func() (any, error) {
		return s.scriptBegin(r.Context(), liveScript{r.PathValue("corpid"), r.PathValue("livingid")})
	})
}

var replays = map[string]Replay{"": replayMade, "made": replayMade, "none": noReplay, "failed": replayFailed}

func (s *Service) scriptEnd(ctx context.Context, req endScript) (answer liveAnswer, err error) {
	replay, ok := replays[req.Replay]
	if !ok {
		return answer, ErrUnknown.With("replay: made, none or failed expected")
	}
	err = s.inCorp(ctx, req.CorpID, func(tx *store.Tx) error {
		l, err := s.End(ctx, tx, req.CorpID, req.ID, replay)
		answer = liveAnswer{l.ID, l.Stored}
		return err
	})
	return answer, err
}

func (s *Service) scriptView(ctx context.Context, req viewScript, act Act) (answer viewAnswer, err error) {
	err = s.inCorp(ctx, req.CorpID, func(tx *store.Tx) error {
		if req.Code != "" {
			l, err := s.opened(tx, req.CorpID, req.Code, req.OpenID)
			if err != nil {
				return err
			}
			req.ID = l.ID
		}
		v, err := s.View(ctx, tx, req.CorpID, req.ID, req.Person, req.Invitor, act)
		answer = viewAnswer{req.ID, v.watched(tx.Now().Unix())}
		return err
	})
	return answer, err
}

// scriptShare has a viewer go from the broadcast to the shop's mini program, which is opened with a code.
func (s *Service) scriptShare(ctx context.Context, req viewScript) (answer shareAnswer, err error) {
	err = s.inCorp(ctx, req.CorpID, func(tx *store.Tx) error {
		l, err := s.find(tx, req.CorpID, req.ID)
		if err != nil {
			return err
		}
		v, err := s.viewer(ctx, tx, l, req.Person)
		if err != nil {
			return err
		}
		if !v.Watched {
			return ErrUnknown.With("this viewer has not been in the broadcast")
		}
		answer.Code, err = s.sealCode(seal.LivingShare, req.CorpID, shareCode{l.No, v.No, tx.Now().Unix()})
		return err
	})
	return answer, err
}

// scriptRemind reminds of what is due by the server's clock, without waiting for the next look.
func (s *Service) scriptRemind(ctx context.Context, _ none) (none, error) {
	return none{}, s.RemindDue(ctx)
}
