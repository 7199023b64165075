package strategy

import (
	"context"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// api are the calls of a family, whose privileges are P.
type api[P any] struct {
	s      *Service
	family Family
	doc    int
	permit string
}

func (a api[P]) path(name string) string {
	return "/cgi-bin/externalcontact/" + string(a.family) + "_strategy/" + name
}

func (a api[P]) endpoints() (out []wire.Endpoint) {
	for _, ep := range []struct {
		name   string
		handle wire.Handler
	}{
		{"list", wire.Read(a.list)}, {"get", wire.Read(a.get)}, {"get_range", wire.Read(a.getRange)},
		{"create", wire.Write(a.create)}, {"edit", wire.Write(a.edit)}, {"del", wire.Write(a.del)},
	} {
		out = append(out, wire.Endpoint{
			Method: "POST", Path: a.path(ep.name), Doc: a.doc, Grants: []string{a.permit}, Handle: ep.handle,
			Allow: access.To(access.Customers, access.SelfBuilt, access.Custom, access.ThirdParty).And(access.Allow{access.CustomerContact: access.All}),
		})
	}
	return out
}

type (
	listRequest struct {
		Cursor string `json:"cursor"`
		Limit  int64  `json:"limit"`
	}
	listResponse struct {
		Strategies []strategyIDAnswer `json:"strategy"`
		Next       string             `json:"next_cursor,omitempty"`
	}
	strategyIDAnswer struct {
		StrategyID int64 `json:"strategy_id"`
	}
)

func page(limit int64) int64 {
	if limit <= 0 || limit > maxPage {
		return maxPage
	}
	return limit
}

func (a api[P]) list(ctx context.Context, tx *store.Tx, by access.Caller, req listRequest) (resp listResponse, err error) {
	cursor := wire.Cursor[int64]{Box: a.s.deps.Box, Path: a.path("list")}
	after, err := cursor.Open(by, req.Cursor)
	if err != nil {
		return resp, err
	}
	limit := page(req.Limit)
	list, err := selectGroups(tx, `corpid = ? AND family = ? AND app = ? AND strategy_id > ? ORDER BY strategy_id LIMIT ?`, by.CorpID, string(a.family), by.App, after, limit+1)
	if int64(len(list)) > limit {
		list = list[:limit]
		resp.Next = cursor.Next(by, list[limit-1].StrategyID)
	}
	for _, g := range list {
		resp.Strategies = append(resp.Strategies, strategyIDAnswer{g.StrategyID})
	}
	return resp, err
}

type (
	strategyIDRequest struct {
		StrategyID int64 `json:"strategy_id"`
	}
	getResponse[P any] struct {
		Strategy *strategyAnswer[P] `json:"strategy"`
	}
	strategyAnswer[P any] struct {
		StrategyID int64       `json:"strategy_id"`
		Parent     int64       `json:"parent_id"`
		Name       string      `json:"strategy_name"`
		CreateTime int64       `json:"create_time"`
		Admins     []id.UserID `json:"admin_list"`
		Privilege  *P          `json:"privilege"`
	}
)

func (a api[P]) get(ctx context.Context, tx *store.Tx, by access.Caller, req strategyIDRequest) (resp getResponse[P], err error) {
	g, err := a.s.group(tx, by, a.family, req.StrategyID)
	if err != nil {
		return resp, err
	}
	levels, err := a.s.above(tx, by.CorpID, g)
	if err != nil {
		return resp, err
	}
	p, err := read[P](levels[len(levels)-1].Privilege)
	if err != nil {
		return resp, err
	}
	users, err := a.s.deps.Directory.NumberedMembers(tx, by.CorpID, g.Admins)
	answer := strategyAnswer[P]{StrategyID: g.StrategyID, Parent: g.Parent, Name: g.Name, CreateTime: g.CreatedAt.Unix(), Privilege: &p}
	for _, no := range g.Admins {
		if u, ok := users[no]; ok {
			answer.Admins = append(answer.Admins, u)
		}
	}
	resp.Strategy = &answer
	return resp, err
}

type (
	getRangeRequest struct {
		StrategyID int64  `json:"strategy_id"`
		Cursor     string `json:"cursor"`
		Limit      int64  `json:"limit"`
	}
	getRangeResponse struct {
		Range []nodeAnswer `json:"range"`
		Next  string       `json:"next_cursor,omitempty"`
	}
	nodeAnswer struct {
		Type       int64     `json:"type"` // 1 a member, 2 a department
		UserID     id.UserID `json:"userid,omitempty"`
		Department int64     `json:"partyid,omitempty"`
	}
)

// getRange leaves out members and departments that are gone.
func (a api[P]) getRange(ctx context.Context, tx *store.Tx, by access.Caller, req getRangeRequest) (resp getRangeResponse, err error) {
	cursor, of := wire.Cursor[node]{Box: a.s.deps.Box, Path: a.path("get_range")}, strconv.FormatInt(req.StrategyID, 10)
	after, err := cursor.Open(by, req.Cursor, of)
	if err != nil {
		return resp, err
	}
	g, err := a.s.group(tx, by, a.family, req.StrategyID)
	if err != nil {
		return resp, err
	}
	limit := page(req.Limit)
	nodes, err := selectNodes(tx, by.CorpID, g.No, after, limit+1)
	if err != nil {
		return resp, err
	}
	if int64(len(nodes)) > limit {
		nodes = nodes[:limit]
		resp.Next = cursor.Next(by, nodes[limit-1], of)
	}
	var members, departments []int64
	for _, n := range nodes {
		if n.Kind == aMember {
			members = append(members, n.Node)
		} else {
			departments = append(departments, n.Node)
		}
	}
	users, err := a.s.deps.Directory.NumberedMembers(tx, by.CorpID, members)
	if err != nil {
		return resp, err
	}
	there, err := a.s.deps.Directory.VisibleDepartments(tx, access.System(by.CorpID), departments)
	for _, n := range nodes {
		if u, ok := users[n.Node]; n.Kind == aMember && ok {
			resp.Range = append(resp.Range, nodeAnswer{Type: aMember, UserID: u})
		} else if n.Kind == aDepartment && there[n.Node] {
			resp.Range = append(resp.Range, nodeAnswer{Type: aDepartment, Department: n.Node})
		}
	}
	return resp, err
}

type (
	createRequest[P any] struct {
		Parent    int64        `json:"parent_id"`
		Name      *string      `json:"strategy_name"`
		Admins    []id.UserID  `json:"admin_list"`
		Privilege P            `json:"privilege"`
		Range     []nodeAnswer `json:"range"`
	}
	createResponse struct {
		StrategyID int64 `json:"strategy_id"`
	}
)

func nodesOf(given []nodeAnswer) []Node {
	out := make([]Node, len(given))
	for i, n := range given {
		out[i] = Node{n.Type, n.UserID, n.Department}
	}
	return out
}

func (a api[P]) create(ctx context.Context, tx *store.Tx, by access.Caller, req createRequest[P]) (resp createResponse, err error) {
	privilege, err := written(req.Privilege)
	if err != nil {
		return resp, err
	}
	resp.StrategyID, err = a.s.Create(ctx, tx, by, a.family, req.Parent, Change{Name: req.Name, Admins: req.Admins, Privilege: &privilege, Add: nodesOf(req.Range)})
	return resp, err
}

type editRequest[P any] struct {
	StrategyID int64        `json:"strategy_id"`
	Name       *string      `json:"strategy_name"`
	Admins     []id.UserID  `json:"admin_list"`
	Privilege  *P           `json:"privilege"`
	Add        []nodeAnswer `json:"range_add"`
	Remove     []nodeAnswer `json:"range_del"`
}

func (a api[P]) edit(ctx context.Context, tx *store.Tx, by access.Caller, req editRequest[P]) (none wire.None, err error) {
	c := Change{Name: req.Name, Admins: req.Admins, Add: nodesOf(req.Add), Remove: nodesOf(req.Remove)}
	if req.Privilege != nil {
		privilege, err := written(*req.Privilege)
		if err != nil {
			return none, err
		}
		c.Privilege = &privilege
	}
	return none, a.s.Edit(ctx, tx, by, a.family, req.StrategyID, c)
}

func (a api[P]) del(ctx context.Context, tx *store.Tx, by access.Caller, req strategyIDRequest) (none wire.None, err error) {
	return none, a.s.Delete(ctx, tx, by, a.family, req.StrategyID)
}
