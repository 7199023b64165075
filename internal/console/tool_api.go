package console

import (
	"errors"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/aibot"
	"qiwei/internal/id"
	"qiwei/internal/mcp"
	"qiwei/internal/store"
)

// Intelligent robots (智能机器人), and what members let their tools do.

func (s *Service) toolCalls() []call {
	return []call{
		{pattern: "GET /console/api/tools", right: readCorp, handle: s.listToolRobots},
		{pattern: "GET /console/api/tools/{bot}", right: readCorp, handle: s.getRobot},
		{pattern: "GET /console/api/tools/{bot}/uses", right: readCorp, handle: s.listRobotUses},
		{pattern: "POST /console/api/tools/{bot}/grants", right: editCorp, handle: s.allowRobot},
		{pattern: "DELETE /console/api/tools/{bot}/grants/{category}/{userid}", right: editCorp, handle: s.revokeRobot},
	}
}

type (
	robotLine struct {
		BotID     string     `json:"bot"`
		Name      string     `json:"name"`
		Logo      string     `json:"logo,omitempty"`
		Mode      aibot.Mode `json:"mode"`
		Disabled  bool       `json:"disabled,omitempty"`
		Connected *time.Time `json:"connected_at,omitempty"`
		Allowed   []string   `json:"allowed"` // categories that somebody lets it use now
	}
	robotGrant struct {
		Category string     `json:"category"`
		UserID   id.UserID  `json:"userid"`
		Name     string     `json:"name"`
		By       string     `json:"by,omitempty"` // userid of the administrator who gave it
		At       time.Time  `json:"at"`
		Until    *time.Time `json:"until,omitempty"`
		Over     bool       `json:"over,omitempty"`
	}
	robotCategory struct {
		Category string `json:"category"`
		MaxDays  int64  `json:"max_days"`
	}
	robotDetail struct {
		robotLine
		Categories []robotCategory `json:"categories"`
		Grants     []robotGrant    `json:"grants"`
	}
	robotUse struct {
		No       int64     `json:"no"`
		Category string    `json:"category"`
		Tool     string    `json:"tool"`
		UserID   id.UserID `json:"userid,omitempty"`
		Name     string    `json:"name,omitempty"`
		ErrCode  int64     `json:"errcode"`
		At       time.Time `json:"at"`
	}
)

func newRobotLine(b aibot.Bot, grants []mcp.Grant, now time.Time) robotLine {
	out := robotLine{BotID: b.BotID, Name: b.Name, Logo: b.Logo, Mode: b.Mode, Disabled: b.Disabled, Allowed: []string{}}
	if !b.ConnectedAt.IsZero() {
		out.Connected = &b.ConnectedAt
	}
	seen := map[string]bool{}
	for _, g := range grants {
		seen[g.Category] = seen[g.Category] || !g.Over(now)
	}
	for _, name := range mcp.Categories {
		if seen[name] {
			out.Allowed = append(out.Allowed, name)
		}
	}
	return out
}

func (s *Service) listToolRobots(v *visit) (any, error) {
	out := []robotLine{}
	return map[string]any{"robots": &out}, v.look(func(tx *store.Tx) error {
		list, err := s.deps.Bots.Bots(tx, v.corpID)
		for _, b := range list {
			grants, err := s.deps.Tools.Grants(tx, b.No)
			if err != nil {
				return err
			}
			out = append(out, newRobotLine(b, grants, tx.Now()))
		}
		return err
	})
}

// robot returns the robot that the path names.
func (v *visit) toolRobot(tx *store.Tx) (aibot.Bot, error) {
	b, err := v.s.deps.Bots.Bot(tx, v.corpID, v.r.PathValue("bot"))
	if errors.Is(err, aibot.ErrNotFound) {
		err = errGone
	}
	return b, err
}

func (s *Service) getRobot(v *visit) (any, error) {
	var out robotDetail
	return &out, v.look(func(tx *store.Tx) error {
		b, err := v.toolRobot(tx)
		if err != nil {
			return err
		}
		grants, err := s.deps.Tools.Grants(tx, b.No)
		if err != nil {
			return err
		}
		out = robotDetail{robotLine: newRobotLine(b, grants, tx.Now()), Grants: []robotGrant{}}
		for _, name := range mcp.Categories {
			out.Categories = append(out.Categories, robotCategory{name, mcp.MaxDays(name)})
		}
		var numbers []int64
		for _, g := range grants {
			numbers = append(numbers, g.Member)
		}
		people, err := v.numbered(tx, numbers)
		for _, g := range grants {
			line := robotGrant{Category: g.Category, UserID: id.UserID(people[g.Member].UserID), Name: people[g.Member].Name, By: string(g.By), At: g.At, Over: g.Over(tx.Now())}
			if !g.Until.IsZero() {
				line.Until = &g.Until
			}
			out.Grants = append(out.Grants, line)
		}
		return err
	})
}

// usesAPage is how many uses of tools a page has.
const usesAPage = 50

func (s *Service) listRobotUses(v *visit) (any, error) {
	before, err := v.number("before")
	if err != nil {
		return nil, err
	}
	out := []robotUse{}
	return map[string]any{"uses": &out}, v.look(func(tx *store.Tx) error {
		b, err := v.toolRobot(tx)
		if err != nil {
			return err
		}
		list, err := s.deps.Tools.Uses(tx, b.No, before, usesAPage)
		if err != nil {
			return err
		}
		var numbers []int64
		for _, u := range list {
			numbers = append(numbers, u.Member)
		}
		people, err := v.numbered(tx, numbers)
		for _, u := range list {
			out = append(out, robotUse{u.No, u.Category, u.Tool, id.UserID(people[u.Member].UserID), people[u.Member].Name, u.ErrCode, u.At})
		}
		return err
	})
}

// allowRobot lets a robot use a category for a member, in the member's stead.
func (s *Service) allowRobot(v *visit) (any, error) {
	var req struct {
		Category string    `json:"category"`
		UserID   id.UserID `json:"userid"`
		Days     int64     `json:"days"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		b, err := v.toolRobot(tx)
		if err != nil {
			return done{}, err
		}
		m, err := s.deps.Directory.Member(v.ctx(), tx, access.System(v.corpID), req.UserID)
		if err != nil {
			return done{}, err
		}
		_, err = s.deps.Tools.Allow(tx, b, req.Category, m, v.member.UserID, req.Days)
		return done{"robot.allow", b.Name, map[string]any{"bot": b.BotID, "category": req.Category, "userid": m.UserID, "days": req.Days}}, err
	})
}

func (s *Service) revokeRobot(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		b, err := v.toolRobot(tx)
		if err != nil {
			return done{}, err
		}
		m, err := s.deps.Directory.Member(v.ctx(), tx, access.System(v.corpID), id.UserID(v.r.PathValue("userid")))
		if err != nil {
			return done{}, err
		}
		category := v.r.PathValue("category")
		was, err := s.deps.Tools.Revoke(tx, b, category, m.No)
		if err == nil && !was {
			err = errGone
		}
		return done{"robot.revoke", b.Name, map[string]any{"bot": b.BotID, "category": category, "userid": m.UserID}}, err
	})
}
