package checkup

import (
	"context"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/admin"
	"qiwei/internal/callback"
	"qiwei/internal/store"
)

// failedWithin is how far back deliveries are looked at, and failedShown how many.
const (
	failedWithin = 24 * time.Hour
	failedShown  = 200
)

// admins looks whether somebody can enter the console.
func (s *Service) admins(ctx context.Context, tx *store.Tx, corpID string) ([]Finding, error) {
	list, err := s.deps.Admins.Admins(ctx, tx, corpID)
	if err != nil {
		return nil, err
	}
	in, shut := 0, []string{}
	for _, a := range list {
		if a.Role != admin.Super {
			continue
		}
		m, err := s.deps.Directory.Member(ctx, tx, access.System(corpID), a.UserID)
		if err != nil {
			return nil, err
		}
		c, err := s.deps.Login.CredentialsOf(tx, m)
		switch {
		case err != nil:
			return nil, err
		case c.None() || !m.Enabled:
			shut = append(shut, string(a.UserID))
		default:
			in++
		}
	}
	f := Finding{ID: "admins", CorpID: corpID, Level: Fine, What: Text{fmt.Sprintf("%d 位超级管理员可以登录", in), fmt.Sprintf("%d super admins can sign in", in)}}
	switch {
	case in == 0 && len(shut) == 0 && len(list) > 0:
		f.Level, f.Mend = Bad, Text{"运行 qiwei corp admin add " + string(list[0].UserID), "Run qiwei corp admin add " + string(list[0].UserID)}
	case in == 0 && len(list) == 0:
		f.Level, f.Mend = Bad, Text{"运行 qiwei corp link，打开它打印的链接", "Run qiwei corp link and open the link that it prints"}
	case in == 0:
		f.Level, f.Mend = Bad, Text{"运行 qiwei member invite " + shut[0], "Run qiwei member invite " + shut[0]}
	case in == 1:
		f.Level, f.Mend = Look, Text{"再指定一位超级管理员，以免一人无法登录时无人可以管理", "Name a second one, so that the enterprise is not shut out with the first"}
	}
	return []Finding{f}, nil
}

// apps looks from where applications may be called.
func (s *Service) apps(ctx context.Context, tx *store.Tx, corpID string) ([]Finding, error) {
	list, err := s.deps.Apps.Apps(tx, corpID)
	if err != nil {
		return nil, err
	}
	out := []Finding{}
	for _, a := range list {
		if a.Disabled || a.Kind.Installed() {
			continue
		}
		everywhere := false
		for _, t := range a.TrustedIPs {
			everywhere = everywhere || t.Prefix.Bits() == 0
		}
		switch {
		case everywhere:
			out = append(out, Finding{ID: "trusted-ips", Level: Bad, CorpID: corpID, AgentID: a.AgentID, What: Text{"应用“" + a.Name + "”可以从任何地址调用", a.Name + " may be called from anywhere"},
				Mend: Text{"把企业可信 IP 限制到调用方的地址", "Name the addresses of those who call as its trusted IPs"}})
		case len(a.TrustedIPs) == 0 && a.Kind == access.SelfBuilt:
			out = append(out, Finding{ID: "trusted-ips", Level: Look, CorpID: corpID, AgentID: a.AgentID, What: Text{"应用“" + a.Name + "”没有企业可信 IP，它的调用会得到 60020", a.Name + " has no trusted IPs: its calls are answered 60020"},
				Mend: Text{"在应用页面填写企业可信 IP", "Name them on the application's page"}})
		}
	}
	if len(out) == 0 {
		out = append(out, Finding{ID: "trusted-ips", Level: Fine, CorpID: corpID, What: Text{"应用的可信 IP 都已填写", "The applications have their trusted IPs"}})
	}
	return out, nil
}

// callbacks looks at deliveries that have failed of late.
func (s *Service) callbacks(ctx context.Context, tx *store.Tx, corpID string) ([]Finding, error) {
	state := callback.Failed
	list, err := s.deps.Callbacks.Deliveries(ctx, tx, access.System(corpID), callback.Filter{State: &state, Limit: failedShown})
	if err != nil {
		return nil, err
	}
	failed, order := map[int64]int{}, []int64{}
	for _, d := range list {
		if tx.Now().Sub(d.QueuedAt) > failedWithin {
			continue
		}
		if failed[d.AgentID] == 0 {
			order = append(order, d.AgentID)
		}
		failed[d.AgentID]++
	}
	out := []Finding{}
	for _, agent := range order {
		out = append(out, Finding{ID: "callbacks", Level: Look, CorpID: corpID, AgentID: agent,
			What: Text{fmt.Sprintf("应用 %d 在一天内有 %d 次回调失败", agent, failed[agent]), fmt.Sprintf("%d callbacks to application %d have failed within a day", failed[agent], agent)},
			Mend: Text{fmt.Sprintf("运行 qiwei callback doctor --agentid %d，修好后在“回调”中重发", agent), fmt.Sprintf("Run qiwei callback doctor --agentid %d, then send them again under Callbacks", agent)}})
	}
	if len(out) == 0 {
		out = append(out, Finding{ID: "callbacks", Level: Fine, CorpID: corpID, What: Text{"一天内没有失败的回调", "No callbacks have failed within a day"}})
	}
	return out, nil
}
