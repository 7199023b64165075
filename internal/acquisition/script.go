package acquisition

import (
	"context"
	"errors"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/door"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

// Scripts returns the calls by which scripts play the shop, WeChat users and an administrator, in dev. Who adds
// a member by a link does so with /_qiwei/wechat/add.
func (s *Service) Scripts() []door.Route {
	at := func(name string) string { return "POST /_qiwei/wechat/acquisition/" + name }
	return []door.Route{
		door.Script(at("buy"), s.deps.Log, s.scriptBuy),
		door.Script(at("open"), s.deps.Log, s.scriptOpen),
		door.Script(at("delete"), s.deps.Log, s.scriptDelete),
		door.Script(at("component"), s.deps.Log, s.scriptComponent),
		door.Script(at("permit"), s.deps.Log, s.scriptPermit),
	}
}

func (s *Service) script(ctx context.Context, corpID string, fn func(tx *store.Tx, by access.Caller) error) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := s.deps.Corps.Corp(tx, corpID); errors.Is(err, corp.ErrNotFound) {
			return door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", corpID))
		} else if err != nil {
			return err
		}
		return fn(tx, access.System(corpID))
	})
}

// usualLife is how long quota is good if the script does not say.
const usualLife = 365 * 24 * time.Hour

// buyScript is a corp that buys quota, or a provider that buys some to pay for others with.
type buyScript struct {
	CorpID   string    `json:"corpid"`
	Provider string    `json:"provider"` // in place of corpid; its quota does not expire
	Count    int64     `json:"count"`
	Expires  time.Time `json:"expires,omitzero"` // in a year if it is left out
}

type buyAnswer struct {
	Balance int64 `json:"balance"`
}

func (s *Service) scriptBuy(ctx context.Context, req buyScript) (answer buyAnswer, err error) {
	if req.Provider != "" {
		err = s.deps.Store.Write(ctx, func(tx *store.Tx) (err error) {
			answer.Balance, err = s.BuyService(ctx, tx, req.Provider, req.Count)
			return err
		})
		return answer, suite.Plainly(err)
	}
	err = s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		if req.Expires.IsZero() {
			req.Expires = tx.Now().Add(usualLife)
		}
		if err := s.Buy(ctx, tx, by, req.Count, req.Expires); err != nil {
			return err
		}
		answer.Balance, err = balanceOf(tx, req.CorpID)
		return err
	})
	return answer, err
}

// openScript is a WeChat user who opens a link and does not add anybody.
type openScript struct {
	CorpID string `json:"corpid"`
	Link   string `json:"link"`
}

type openAnswer struct {
	Available bool `json:"available"`
}

func (s *Service) scriptOpen(ctx context.Context, req openScript) (answer openAnswer, err error) {
	err = s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		leads, ok, err := s.Open(ctx, tx, by, req.Link)
		if err == nil && !ok {
			err = wire.ErrParameter.With("link: an acquisition link expected")
		}
		answer.Available = leads
		return err
	})
	return answer, err
}

// deleteScript is an administrator who deletes a link in the console.
type deleteScript struct {
	CorpID string `json:"corpid"`
	LinkID string `json:"link_id"`
}

type none struct{}

func (s *Service) scriptDelete(ctx context.Context, req deleteScript) (none, error) {
	return none{}, s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error { return s.DeleteLink(ctx, tx, by, req.LinkID) })
}

// componentScript is an administrator who chooses what an acquisition component may do.
type componentScript struct {
	CorpID  string   `json:"corpid"`
	SuiteID string   `json:"suite_id"`
	Payer   int64    `json:"pay_mode"`       // 0 the corp, 1 the provider
	Price   int64    `json:"price"`          // in fen, where the provider pays
	Mode    int64    `json:"link_auth_mode"` // 0 the links of link_ids, 1 those of the applications of agentids
	LinkIDs []string `json:"link_ids"`
	Agents  []int64  `json:"agentids"`
}

type componentAnswer struct {
	Scene string `json:"comp_scene"`
}

func (s *Service) scriptComponent(ctx context.Context, req componentScript) (answer componentAnswer, err error) {
	err = s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		c, err := s.Authorise(ctx, tx, by, Choice{req.SuiteID, req.Payer, req.Price, req.Mode, req.Agents, req.LinkIDs})
		answer.Scene = s.scene(c.No)
		return err
	})
	return answer, suite.Plainly(err)
}

// permitScript is an administrator who says whom customers of a marketing application may come to.
type permitScript struct {
	CorpID  string       `json:"corpid"`
	SuiteID string       `json:"suite_id"`
	Range   access.Range `json:"range"`
}

func (s *Service) scriptPermit(ctx context.Context, req permitScript) (none, error) {
	return none{}, suite.Plainly(s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error { return s.Permit(ctx, tx, by, req.SuiteID, req.Range) }))
}
