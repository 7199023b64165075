package acquisition

import (
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// What the console asks of the applications of providers that bring customers.

// Asked is an acquisition component of a corp as its administrators see it.
type Asked struct {
	Component
	Scene   string // comp_scene
	Apps    []app.App
	LinkIDs []string
}

// Components returns the corp's acquisition components, those among them for which nothing has been chosen yet.
func (s *Service) Components(tx *store.Tx, corpID string) (out []Asked, err error) {
	list, err := s.asking(tx, corpID, componentPermit)
	for _, in := range list {
		c, ok, err := s.component(tx, in.No)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		one := Asked{Component: c, Scene: s.scene(c.No)}
		if one.Apps, err = s.authApps(tx, c); err != nil {
			return nil, err
		}
		for some := range slices.Chunk(c.Links, maxListed) {
			links, err := selectLinks(tx, `corpid = ? AND no IN (`+store.Marks(len(some))+`) ORDER BY no`, store.Args([]any{corpID}, some)...)
			if err != nil {
				return nil, err
			}
			for _, l := range links {
				one.LinkIDs = append(one.LinkIDs, l.LinkID)
			}
		}
		out = append(out, one)
	}
	return out, err
}

// Marketing is a marketing application of a corp, and whom its customers may come to.
type Marketing struct {
	suite.Installation
	Range access.Range
}

// MarketingApps returns the corp's marketing applications.
func (s *Service) MarketingApps(tx *store.Tx, corpID string) (out []Marketing, err error) {
	list, err := s.asking(tx, corpID, appPermit)
	for _, in := range list {
		p, err := s.permitted(tx, corpID, in.No)
		if err != nil {
			return nil, err
		}
		out = append(out, Marketing{in, access.Range{Members: p.Users, Departments: p.Departments, Tags: p.Tags}})
	}
	return out, err
}

// asking returns what is installed in a corp and has a permission.
func (s *Service) asking(tx *store.Tx, corpID, permission string) ([]suite.Installation, error) {
	list, err := s.deps.Suites.InstalledIn(tx, corpID)
	return slices.DeleteFunc(list, func(in suite.Installation) bool { return !slices.Contains(in.Grants, permission) }), err
}
