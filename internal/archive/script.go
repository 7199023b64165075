package archive

import (
	"context"
	"errors"
	"fmt"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Scripts returns the calls by which scripts play the administrator and those outside, in dev.
func (s *Service) Scripts() []door.Route {
	return []door.Route{
		door.Script("POST /_qiwei/archive/settings", s.deps.Log, s.scriptSettings),
		door.Script("POST /_qiwei/archive/agree", s.deps.Log, s.scriptAgree),
	}
}

func (s *Service) named(tx *store.Tx, corpID string) error {
	_, err := s.deps.Corps.Corp(tx, corpID)
	if errors.Is(err, corp.ErrNotFound) {
		return door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", corpID))
	}
	return err
}

// settingsScript changes what it names.
type settingsScript struct {
	CorpID    string                   `json:"corpid"`
	PublicKey string                   `json:"public_key"` // a new version
	Enabled   *bool                    `json:"enabled"`
	Editions  map[Edition]access.Range `json:"editions"`
	PullDays  *int64                   `json:"pull_days"`
	ReadDays  *int64                   `json:"read_days"`
	Plain     *bool                    `json:"plain"`
}

type settingsAnswer struct {
	Settings
	Version int64 `json:"publickey_ver"` // the newest
}

func (s *Service) scriptSettings(ctx context.Context, req settingsScript) (answer settingsAnswer, err error) {
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if err := s.named(tx, req.CorpID); err != nil {
			return err
		}
		if req.PublicKey != "" {
			if _, err := s.AddKey(ctx, tx, req.CorpID, req.PublicKey); err != nil {
				return err
			}
		}
		st, err := s.Settings(tx, req.CorpID)
		if err != nil {
			return err
		}
		if req.Enabled != nil {
			st.Enabled = *req.Enabled
		}
		if req.Editions != nil {
			st.Editions = req.Editions
		}
		if req.PullDays != nil {
			st.PullDays = *req.PullDays
		}
		if req.ReadDays != nil {
			st.ReadDays = *req.ReadDays
		}
		if req.Plain != nil {
			st.Plain = *req.Plain
		}
		if err := s.Set(ctx, tx, req.CorpID, st); err != nil {
			return err
		}
		keys, err := s.Keys(tx, req.CorpID)
		if len(keys) > 0 {
			answer.Version = keys[len(keys)-1].Version
		}
		answer.Settings = st
		return err
	})
	return answer, err
}

// agreeScript is somebody outside who answers: in a conversation with a member, or in a room.
type agreeScript struct {
	CorpID   string        `json:"corpid"`
	UserID   id.UserID     `json:"userid"`
	RoomID   string        `json:"roomid"`
	External id.ExternalID `json:"external_userid"`
	Status   Answer        `json:"status"`
}

type none struct{}

func (s *Service) scriptAgree(ctx context.Context, req agreeScript) (none, error) {
	return none{}, s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if err := s.named(tx, req.CorpID); err != nil {
			return err
		}
		return s.GiveAnswer(ctx, tx, req.CorpID, req.RoomID, Consent{UserID: req.UserID, External: req.External, Answer: req.Status})
	})
}
