package token

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"qiwei/internal/app"
	"qiwei/internal/door"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// CheckLife refuses a life that a token cannot have: whole seconds from 1 to those of Life expected.
func CheckLife(life time.Duration) error {
	if life < time.Second || life > Life || life%time.Second != 0 {
		return fmt.Errorf("%v; whole seconds from 1 to %d expected", life, Life/time.Second)
	}
	return nil
}

// lifeOf returns how many seconds a token is valid; own is what the application's row says. Outside of dev it
// is always the platform's, whatever tests have left in the database.
func (s *Service) lifeOf(own int64) int64 {
	switch {
	case !s.deps.Dev:
		return int64(Life / time.Second)
	case own > 0:
		return own
	}
	return s.life.Load()
}

// alive reports whether a token of the state is valid, and left how many seconds it has.
func (s *Service) alive(st state, now time.Time) bool { return st.issued > 0 && s.left(st, now) > 0 }

func (s *Service) left(st state, now time.Time) int64 {
	return st.issued + s.lifeOf(st.own) - now.Unix()
}

// SetLife sets how long the application's tokens are valid; 0 is as long as the server's. A shorter life counts
// for tokens that there are. A longer one ends them: expired ones would be valid again, several at a time.
func (s *Service) SetLife(tx *store.Tx, no int64, life time.Duration) error {
	if life != 0 {
		if err := CheckLife(life); err != nil {
			return err
		}
	}
	before, err := s.LifeSet(tx, no)
	if err != nil {
		return err
	}
	own := int64(life / time.Second)
	longer := s.lifeOf(own) > s.lifeOf(before)
	if _, err := tx.Exec(`UPDATE app SET token_life = ? WHERE no = ?`, own, no); err != nil || !longer {
		return err
	}
	_, err = tx.Exec(`UPDATE app SET token_round = token_round + 1, token_issued_at = 0 WHERE no = ?`, no)
	return err
}

// LifeSet returns the seconds that SetLife has set; 0 where the application's tokens live as the server's do.
func (s *Service) LifeSet(tx *store.Tx, no int64) (seconds int64, err error) {
	_, err = tx.Get(`SELECT token_life FROM app WHERE no = ?`, []any{no}, &seconds)
	return seconds, err
}

// SetServerLife is SetLife of all applications that have no life of their own; 0 is Life. It is forgotten when
// the server ends.
func (s *Service) SetServerLife(tx *store.Tx, life time.Duration) error {
	if life == 0 {
		life = Life
	} else if err := CheckLife(life); err != nil {
		return err
	}
	seconds := int64(life / time.Second)
	tx.AfterCommit(func() { s.life.Store(seconds) })
	if seconds <= s.life.Load() {
		return nil
	}
	_, err := tx.Exec(`UPDATE app SET token_round = token_round + 1, token_issued_at = 0 WHERE token_life = 0`)
	return err
}

type lifeScript struct {
	CorpID  string `json:"corpid"`
	AgentID int64  `json:"agentid"`
	Life    *int64 `json:"token_life"` // seconds
}

type lifeAnswer struct {
	Life int64 `json:"token_life"`
}

// Scripts returns the call that sets how long tokens are valid: of an application, or without one of the
// server. 0 takes that back.
func (s *Service) Scripts(st *store.Store, log *slog.Logger) []door.Route {
	return []door.Route{door.Script("POST /_qiwei/token_life", log, func(ctx context.Context, req lifeScript) (answer lifeAnswer, err error) {
		if req.Life == nil {
			return answer, wire.ErrParameter.With("token_life: seconds expected, or 0 for the usual life")
		}
		life := time.Duration(*req.Life) * time.Second
		if *req.Life != 0 && (*req.Life < 0 || *req.Life > int64(Life/time.Second)) {
			return answer, wire.ErrParameter.With("token_life: %d; whole seconds from 1 to %d expected, or 0 for the usual life", *req.Life, Life/time.Second)
		}
		if (req.CorpID == "") != (req.AgentID == 0) {
			return answer, wire.ErrParameter.With("corpid and agentid: both of an application expected, or neither for the whole server")
		}
		if req.CorpID == "" {
			err = st.Write(ctx, func(tx *store.Tx) error { return s.SetServerLife(tx, life) })
			return lifeAnswer{s.lifeOf(0)}, err
		}
		err = st.Write(ctx, func(tx *store.Tx) error {
			a, err := s.deps.Apps.App(tx, req.CorpID, req.AgentID)
			if errors.Is(err, app.ErrNotFound) {
				return door.Missing(fmt.Sprintf("agentid: the enterprise %q has no application %d", req.CorpID, req.AgentID))
			}
			if err != nil {
				return err
			}
			return s.SetLife(tx, a.No, life)
		})
		return lifeAnswer{s.lifeOf(*req.Life)}, err
	})}
}
