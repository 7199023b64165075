package mcp

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/aibot"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Scripts returns the calls by which scripts play members who let a robot use tools, in dev.
func (s *Service) Scripts() []door.Route {
	return []door.Route{
		door.Script("POST /_qiwei/robots/allow", s.deps.Log, s.scriptAllow),
		door.Script("POST /_qiwei/robots/revoke", s.deps.Log, s.scriptRevoke),
	}
}

type (
	grantScript struct {
		Bot      string    `json:"bot_id"`
		UserID   id.UserID `json:"userid"`
		Category string    `json:"biz_type"`
		Days     int64     `json:"days"`
	}
	allowedScript struct {
		URL   string `json:"url"`
		Until string `json:"until"` // empty without end
	}
)

// play runs a script about a robot and a member of its enterprise.
func (s *Service) play(ctx context.Context, req grantScript, fn func(*store.Tx, aibot.Bot, directory.Member) error) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		b, found, err := s.deps.Bots.BotNamed(tx, req.Bot)
		if err == nil && !found {
			err = door.Missing("bot_id: there is no such robot")
		}
		if err != nil {
			return err
		}
		m, err := s.deps.Directory.Member(ctx, tx, access.System(b.CorpID), req.UserID)
		if err != nil {
			return err
		}
		return fn(tx, b, m)
	})
}

func (s *Service) scriptAllow(ctx context.Context, req grantScript) (out allowedScript, err error) {
	return out, s.play(ctx, req, func(tx *store.Tx, b aibot.Bot, m directory.Member) error {
		g, err := s.Allow(tx, b, req.Category, m, "", req.Days)
		if err != nil {
			return err
		}
		if !g.Until.IsZero() {
			out.Until = showTime(g.Until.Unix())
		}
		out.URL, err = s.Address(tx, b, req.Category)
		return err
	})
}

func (s *Service) scriptRevoke(ctx context.Context, req grantScript) (struct{}, error) {
	return struct{}{}, s.play(ctx, req, func(tx *store.Tx, b aibot.Bot, m directory.Member) error {
		was, err := s.Revoke(tx, b, req.Category, m.No)
		if err == nil && !was {
			err = door.Missing("the member has not let the robot use that")
		}
		return err
	})
}
