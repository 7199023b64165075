package kf

import (
	"context"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// A component of customer service (微信客服组件) is a provider's application whose own place leads people in WeChat to
// accounts of the corps that have installed it. A corp chooses which accounts those are. The component reads them and
// their links, and the figures of sessions to which its links have led; it manages nothing (doc 99370).

// Permissions that make a suite a component. The names are ours: agent/get_permissions has none for them.
const (
	permitComponent     = "customerservice:component:base" // 客服账号信息与链接
	permitComponentStat = "customerservice:component:stat" // 获取客服数据统计
)

// maxGiven is how many accounts a component is given. It is ours.
const maxGiven = 500

// isComponent reports whether an application is a component, and has no other permission to see accounts.
func isComponent(by access.Caller) bool {
	return by.Kind.Installed() && by.Granted(permitComponent) && !by.Granted(permitBase)
}

// given returns the accounts that a component was given, those that are still there, by their age.
func (s *Service) given(tx *store.Tx, corpID string, app int64) (list []Account, err error) {
	numbers, err := selectGiven(tx, app)
	for _, no := range numbers {
		a, found, err := recallAccount(tx, no)
		if err != nil {
			return nil, err
		}
		if found && !a.Deleted && a.CorpID == corpID {
			list = append(list, a)
		}
	}
	return list, err
}

// givenAccount is account for a component. It answers ErrNotManaged for what it was not given.
func (s *Service) givenAccount(tx *store.Tx, by access.Caller, open id.ServiceAccount) (Account, error) {
	a, err := s.account(tx, by.CorpID, open)
	if err != nil {
		return a, err
	}
	list, err := s.given(tx, by.CorpID, by.App)
	if err == nil && !slices.ContainsFunc(list, func(o Account) bool { return o.No == a.No }) {
		err = ErrNotManaged.With("the enterprise has not given %q to the component", open)
	}
	return a, err
}

// Give says which accounts a component may lead to, in place of those before, and tells it. An administrator of the
// corp decides it. It answers suite.ErrNotInstalled, 40058 for what is no component, and what account answers. Doc 99401.
func (s *Service) Give(ctx context.Context, tx *store.Tx, corpID, suiteID string, accounts []id.ServiceAccount) error {
	in, err := s.deps.Suites.Installation(tx, corpID, suiteID)
	if err != nil {
		return err
	}
	if in.Disabled || !slices.Contains(in.Grants, permitComponent) {
		return wire.ErrParameter.With("suite_id: a component of customer service expected")
	}
	if len(accounts) > maxGiven {
		return wire.ErrParameter.With("open_kfids: at most %d expected, %d given", maxGiven, len(accounts))
	}
	numbers := []int64{}
	for _, open := range accounts {
		a, err := s.account(tx, corpID, open)
		if err != nil {
			return err
		}
		numbers = append(numbers, a.No)
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	if err := putGiven(tx, corpID, in.No, numbers); err != nil {
		return err
	}
	shown, err := s.deps.Suites.ShownAs(tx, in, access.ServiceAccountID, openIDs(s, numbers))
	if err != nil {
		return err
	}
	return s.deps.Suites.TellChanged(ctx, tx, in, givenFields(shown))
}

func openIDs(s *Service, numbers []int64) (out []string) {
	for _, no := range numbers {
		out = append(out, string(s.OpenKfID(no)))
	}
	return out
}

// givenFields name each account in an element of its own (doc 99401).
func givenFields(accounts []string) (f event.Fields) {
	var list, extra event.Fields
	for _, open := range accounts {
		list.Text("OpenKfId", open)
	}
	extra.Group("AuthOpenKfIdList", list)
	f.Group("ExtraInfo", extra)
	return f
}

// ComponentFigures returns for each day of a span what the component's links have brought. Doc 99367.
func (s *Service) ComponentFigures(tx *store.Tx, by access.Caller, from, to time.Time) ([]time.Time, []Figures, error) {
	list, err := s.given(tx, by.CorpID, by.App)
	if err != nil {
		return nil, nil, err
	}
	return figures(tx, list, from, to, whose{component: by.App}, Figures.ofComponent)
}

// ofComponent adds a session to the figures of a component: those of an account, and those of all servicers.
func (f Figures) ofComponent(v *dayOfSession, asked, refused map[int64]bool) Figures {
	f = f.ofAccount(v, asked, refused)
	if v.served && v.messages > 0 {
		f.Served++
	}
	f.Asked, f.Replied, f.Waited = f.Asked+v.asked, f.Replied+v.replied, f.Waited+v.waited
	return f
}
