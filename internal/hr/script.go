package hr

import (
	"context"
	"errors"
	"fmt"

	"qiwei/internal/corp"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Scripts returns the calls by which scripts act as the people who keep the roster, in dev.
func (s *Service) Scripts() []door.Route {
	return []door.Route{door.Script("POST /_qiwei/hr/set", s.deps.Log, s.scriptSet)}
}

type (
	none      struct{}
	setScript struct {
		CorpID string    `json:"corpid"`
		UserID id.UserID `json:"userid"`
		Field  int64     `json:"fieldid"`
		Idx    int64     `json:"sub_idx"` // of a repeated group; the next free one begins another
		Value  string    `json:"value"`   // an option by its name, a time as a day, a file by its media_id
	}
)

func (s *Service) scriptSet(ctx context.Context, req setScript) (none, error) {
	return none{}, s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := s.deps.Corps.Corp(tx, req.CorpID); errors.Is(err, corp.ErrNotFound) {
			return door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", req.CorpID))
		} else if err != nil {
			return err
		}
		return s.Set(ctx, tx, req.CorpID, req.UserID, Wanted{req.Field, req.Idx}, req.Value)
	})
}
