package dial

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

// Scripts returns the calls by which scripts drive the room in dev.
func (s *Service) Scripts() []door.Route {
	return []door.Route{door.Script("POST /_qiwei/dial", s.deps.Log, s.dial)}
}

// dialScript is a call as a script describes it.
type dialScript struct {
	CorpID  string    `json:"corpid"`
	Caller  id.UserID `json:"caller"`
	Minutes int64     `json:"minutes"`
	Callees []Callee  `json:"callees"` // {"userid" or "phone", "minutes"}
	At      time.Time `json:"at,omitzero"`
}

type dialAnswer struct {
	Time  int64 `json:"call_time"`
	Total int64 `json:"total_duration"`
}

func (s *Service) dial(ctx context.Context, req dialScript) (answer dialAnswer, err error) {
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := s.deps.Corps.Corp(tx, req.CorpID); errors.Is(err, corp.ErrNotFound) {
			return door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", req.CorpID))
		} else if err != nil {
			return err
		}
		r := Record{At: req.At, Caller: req.Caller, Minutes: req.Minutes, Callees: req.Callees}
		if r.At.IsZero() {
			r.At = tx.Now()
		}
		answer = dialAnswer{r.At.Unix(), r.Total()}
		return s.RecordCall(ctx, tx, access.System(req.CorpID), r)
	})
	return answer, err
}
