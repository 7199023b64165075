package mcp

import (
	"encoding/json"
	"net/http"
	"slices"

	"qiwei/internal/aibot"
	"qiwei/internal/door"
	"qiwei/internal/login"
	"qiwei/internal/store"
)

// phoneRoutes are what a member's page of robots asks for: which robot may use what for the member.
func (s *Service) phoneRoutes() []door.Route {
	page := s.deps.Member.JSON
	return []door.Route{
		{Pattern: "GET /phone/api/robots", Handler: page(s.phoneRobots)},
		{Pattern: "GET /phone/api/robots/{bot}", Handler: page(s.phoneRobot)},
		{Pattern: "POST /phone/api/robots/{bot}/allow", Handler: page(s.phoneAllow)},
		{Pattern: "POST /phone/api/robots/{bot}/revoke", Handler: page(s.phoneRevoke)},
	}
}

type (
	phoneCategory struct {
		Category string `json:"biz_type"`
		Allowed  bool   `json:"allowed"`
		Over     bool   `json:"over"`  // it was allowed, and the time has ended
		Until    int64  `json:"until"` // Unix seconds; 0 without end
		MaxDays  int64  `json:"max_days"`
	}
	phoneRobot struct {
		BotID      string          `json:"bot"`
		Name       string          `json:"name"`
		Logo       string          `json:"logo,omitempty"`
		Categories []phoneCategory `json:"categories"`
	}
)

// own returns the robots that a member may let use tools: those that the member may write to.
func (s *Service) own(tx *store.Tx, sess login.Session) (out []aibot.Bot, err error) {
	all, err := s.deps.Bots.Bots(tx, sess.CorpID)
	for _, b := range all {
		sees, err := s.deps.Directory.InRange(tx, sess.CorpID, b.Range, sess.Member)
		if err != nil {
			return nil, err
		}
		if sees && !b.Disabled {
			out = append(out, b)
		}
	}
	return out, err
}

// ownBot returns one of them by its id.
func (s *Service) ownBot(tx *store.Tx, sess login.Session, botID string) (aibot.Bot, error) {
	list, err := s.own(tx, sess)
	i := slices.IndexFunc(list, func(b aibot.Bot) bool { return b.BotID == botID })
	if err == nil && i < 0 {
		err = door.ErrNotFound
	}
	if err != nil {
		return aibot.Bot{}, err
	}
	return list[i], nil
}

func (s *Service) shownRobot(tx *store.Tx, sess login.Session, b aibot.Bot) (phoneRobot, error) {
	out := phoneRobot{BotID: b.BotID, Name: b.Name, Logo: b.Logo}
	list, err := selectGrants(tx, `bot = ? AND member = ?`, b.No, sess.Member.No)
	for _, name := range Categories {
		c := phoneCategory{Category: name, MaxDays: MaxDays(name)}
		for _, g := range list {
			if g.Category != name {
				continue
			}
			c.Over = g.Over(tx.Now())
			c.Allowed = !c.Over
			if !g.Until.IsZero() {
				c.Until = g.Until.Unix()
			}
		}
		out.Categories = append(out.Categories, c)
	}
	return out, err
}

func (s *Service) phoneRobots(r *http.Request, sess login.Session) (any, error) {
	out := []phoneRobot{}
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		list, err := s.own(tx, sess)
		for _, b := range list {
			one, err := s.shownRobot(tx, sess, b)
			if err != nil {
				return err
			}
			out = append(out, one)
		}
		return err
	})
	return map[string]any{"robots": out}, err
}

func (s *Service) phoneRobot(r *http.Request, sess login.Session) (any, error) {
	var out phoneRobot
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		b, err := s.ownBot(tx, sess, r.PathValue("bot"))
		if err == nil {
			out, err = s.shownRobot(tx, sess, b)
		}
		return err
	})
	return out, err
}

// phoneChange runs fn for a robot of the member's, and answers what the robot may use then.
func (s *Service) phoneChange(r *http.Request, sess login.Session, fn func(tx *store.Tx, b aibot.Bot, category string, days int64) error) (any, error) {
	var req struct {
		Category string `json:"biz_type"`
		Days     int64  `json:"days"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, err
	}
	var out phoneRobot
	err := s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		b, err := s.ownBot(tx, sess, r.PathValue("bot"))
		if err == nil {
			err = fn(tx, b, req.Category, req.Days)
		}
		if err == nil {
			out, err = s.shownRobot(tx, sess, b)
		}
		return err
	})
	return out, err
}

func (s *Service) phoneAllow(r *http.Request, sess login.Session) (any, error) {
	return s.phoneChange(r, sess, func(tx *store.Tx, b aibot.Bot, category string, days int64) error {
		_, err := s.Allow(tx, b, category, sess.Member, "", days)
		return err
	})
}

func (s *Service) phoneRevoke(r *http.Request, sess login.Session) (any, error) {
	return s.phoneChange(r, sess, func(tx *store.Tx, b aibot.Bot, category string, _ int64) error {
		_, err := s.Revoke(tx, b, category, sess.Member.No)
		return err
	})
}
