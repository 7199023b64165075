package acquisition

import (
	"context"
	"errors"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

// componentPermit makes a suite an acquisition component. The name is ours: agent/get_permissions has none for it.
const componentPermit = "customer_acquisition:component"

// Component is what a corp lets a provider's acquisition component do (doc 99610).
type Component struct {
	suite.Installation
	Authorisation
}

// Authorisation is what the corp has chosen. A component without a choice has no links, and the corp pays.
type Authorisation struct {
	Payer  int64
	Price  int64 // in fen, of somebody for whom the provider pays
	Source int64
	Apps   []int64 // our numbers of the applications whose links are given
	Links  []int64 // our numbers of the links that are given
}

// Who pays, and which links are given (doc 99610).
const (
	corpPays     = 0
	providerPays = 1

	byChoice = 0
	byApps   = 1
)

// maxPrice is what somebody may cost, in fen; unverified.
const maxPrice = 1_000_000

// sceneHead begins a comp_scene as the platform's pages show them (doc 99603).
const sceneHead = "ENC"

// scene is the comp_scene of the component's links. It tells whose they are.
func (s *Service) scene(app int64) string { return sceneHead + s.deps.Box.Number(seal.CompScene, app) }

// component returns the component that is the application with our number. Ok is false for what is none, or has been
// switched off.
func (s *Service) component(tx *store.Tx, appNo int64) (c Component, ok bool, err error) {
	in, found, err := s.deps.Suites.InstallationNo(tx, appNo)
	if err != nil || !found || in.Disabled || !slices.Contains(in.Grants, componentPermit) {
		return c, false, err
	}
	c.Installation = in
	c.Authorisation, err = selectAuthorisation(tx, appNo)
	return c, err == nil, err
}

// calling returns the component that calls.
func (s *Service) calling(tx *store.Tx, by access.Caller) (Component, error) {
	c, ok, err := s.component(tx, by.App)
	if err == nil && !ok {
		err = wire.ErrForbidden.With("the application is no acquisition component")
	}
	return c, err
}

// given reports whether the corp lets the component use a link.
func (c Component) given(l Link) bool {
	if c.Source == byApps {
		return slices.Contains(c.Apps, l.App)
	}
	return slices.Contains(c.Links, l.No)
}

// using returns the components of a corp that were given a link.
func (s *Service) using(tx *store.Tx, corpID string, l Link) (out []Component, err error) {
	all, err := s.components(tx, corpID)
	for _, c := range all {
		if c.given(l) {
			out = append(out, c)
		}
	}
	return out, err
}

// components returns those of a corp for which it has chosen something.
func (s *Service) components(tx *store.Tx, corpID string) (out []Component, err error) {
	numbers, err := componentNumbers(tx, corpID)
	if err != nil {
		return nil, err
	}
	for _, no := range numbers {
		c, ok, err := s.component(tx, no)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, c)
		}
	}
	return out, nil
}

// usedBy returns the component by whose scene a link was opened. Ok is false where the address has none, or one of a
// component that was not given the link: then the link is like any other (unverified).
func (s *Service) usedBy(tx *store.Tx, corpID string, l Link, address string) (c Component, ok bool, err error) {
	u, err := plain(address)
	if err != nil {
		return c, false, nil
	}
	text, is := strings.CutPrefix(u.Query().Get("comp_scene"), sceneHead)
	if !is {
		return c, false, nil
	}
	no, err := s.deps.Box.OpenNumber(seal.CompScene, text)
	if err != nil {
		return c, false, nil
	}
	c, ok, err = s.component(tx, no)
	return c, ok && c.CorpID == corpID && c.given(l), err
}

// Choice is what an administrator of the corp chooses for a component.
type Choice struct {
	SuiteID string
	Payer   int64
	Price   int64
	Source  int64
	Agents  []int64
	LinkIDs []string
}

// Authorise writes what the corp has chosen for a component, and tells it by change_auth; by change_price, too, if the
// price for its provider is another one now. It answers 40058 for what is unknown, suite.ErrNotInstalled, and
// ErrLinkTaken for an application whose links another component has. Doc 99482.
func (s *Service) Authorise(ctx context.Context, tx *store.Tx, by access.Caller, ch Choice) (Component, error) {
	in, err := s.deps.Suites.Installation(tx, by.CorpID, ch.SuiteID)
	if err != nil {
		return Component{}, err
	}
	c, ok, err := s.component(tx, in.No)
	if err == nil && !ok {
		err = wire.ErrParameter.With("suite_id: an acquisition component expected")
	}
	if err != nil {
		return c, err
	}
	switch {
	case ch.Payer != corpPays && ch.Payer != providerPays:
		return c, wire.ErrParameter.With("pay_mode: 0 or 1 expected, %d given", ch.Payer)
	case ch.Source != byChoice && ch.Source != byApps:
		return c, wire.ErrParameter.With("link_auth_mode: 0 or 1 expected, %d given", ch.Source)
	case ch.Payer == providerPays && (ch.Price < 1 || ch.Price > maxPrice):
		return c, wire.ErrParameter.With("price: 1 to %d expected where the provider pays, %d given", maxPrice, ch.Price)
	}
	before := c.Authorisation
	c.Authorisation = Authorisation{Payer: ch.Payer, Source: ch.Source}
	if ch.Payer == providerPays {
		c.Price = ch.Price
	}
	if c.Apps, c.Links, err = s.chosen(tx, by, c, ch); err != nil {
		return c, err
	}
	if err := putAuthorisation(tx, by.CorpID, c.No, c.Authorisation); err != nil {
		return c, err
	}
	if before.Payer == providerPays && c.Payer == providerPays && before.Price != c.Price {
		if err := s.tellPrice(ctx, tx, c); err != nil {
			return c, err
		}
	}
	return c, s.deps.Suites.TellChanged(ctx, tx, c.Installation, nil)
}

// chosen returns our numbers of the applications, or of the links, that a choice names.
func (s *Service) chosen(tx *store.Tx, by access.Caller, c Component, ch Choice) (apps, links []int64, err error) {
	if ch.Source == byChoice {
		for _, text := range ch.LinkIDs {
			l, err := s.link(tx, by, text)
			if err != nil {
				return nil, nil, err
			}
			links = append(links, l.No)
		}
		return nil, links, nil
	}
	others, err := s.components(tx, by.CorpID)
	if err != nil {
		return nil, nil, err
	}
	for _, agentID := range ch.Agents {
		a, err := s.deps.Apps.App(tx, by.CorpID, agentID)
		if errors.Is(err, app.ErrNotFound) {
			return nil, nil, app.ErrAgentInvalid.With("agentid %d: an application of the enterprise expected", agentID)
		}
		if err != nil {
			return nil, nil, err
		}
		if slices.ContainsFunc(others, func(o Component) bool { return o.No != c.No && o.Source == byApps && slices.Contains(o.Apps, a.No) }) {
			return nil, nil, ErrLinkTaken.With("agentid %d", agentID)
		}
		apps = append(apps, a.No)
	}
	return apps, nil, nil
}

// givenLinks returns the links of a component in order, from behind the number after on, and the last number if there
// are more. Doc 99484.
func (s *Service) givenLinks(tx *store.Tx, c Component, after, limit int64) (list []Link, next int64, err error) {
	if limit <= 0 || limit > maxListed {
		limit = maxListed
	}
	column, numbers := `no`, c.Links
	if c.Source == byApps {
		column, numbers = `app`, c.Apps
	}
	if len(numbers) == 0 {
		return nil, 0, nil
	}
	args := append(store.Args([]any{c.CorpID}, numbers), after, limit+1)
	list, err = selectLinks(tx, `corpid = ? AND `+column+` IN (`+store.Marks(len(numbers))+`) AND no > ? ORDER BY no LIMIT ?`, args...)
	if int64(len(list)) > limit {
		list = list[:limit]
		next = list[limit-1].No
	}
	return list, next, err
}

// givenLink returns a link of the component. It answers ErrLink for any other.
func (s *Service) givenLink(tx *store.Tx, c Component, linkID string) (Link, error) {
	list, err := selectLinks(tx, `corpid = ? AND link_id = ?`, c.CorpID, linkID)
	if err != nil {
		return Link{}, err
	}
	if len(list) == 0 || !c.given(list[0]) {
		return Link{}, ErrLink.With("link_id: a link that the enterprise has given to the component expected")
	}
	return list[0], nil
}

// linkOfComponent is link for a component that calls.
func (s *Service) linkOfComponent(tx *store.Tx, by access.Caller, linkID string) (Link, error) {
	c, err := s.calling(tx, by)
	if err != nil {
		return Link{}, err
	}
	return s.givenLink(tx, c, linkID)
}

// authApps are the applications whose links the component was given, those that are still there.
func (s *Service) authApps(tx *store.Tx, c Component) (out []app.App, err error) {
	known, err := s.deps.Apps.AppsNumbered(tx, c.Apps)
	for _, no := range c.Apps {
		if a, ok := known[no]; ok {
			out = append(out, a)
		}
	}
	return out, err
}
