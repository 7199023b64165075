package customer

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/strategy"
	"qiwei/internal/wire"
)

// Tags of strategy groups (规则组标签) are given by the members in the range of their group alone. An application
// has those of its own groups (doc 94882).

// part returns the tags of a strategy group, or of the corp if that is 0. It answers strategy.ErrNotFound, and
// 40058 for a group that is not a topmost one.
func (s *Service) part(tx *store.Tx, by access.Caller, table *tagTable, strategyID int64) (*tagTable, error) {
	if strategyID == 0 {
		return table.ofCorp(), nil
	}
	if err := s.deps.Strategies.Topmost(tx, by, strategyID); err != nil {
		return nil, err
	}
	return table.of(func(no int64) bool { return no == strategyID }), nil
}

// half returns the tags of all strategy groups of the caller's application, or of the corp.
func (s *Service) half(tx *store.Tx, by access.Caller, table *tagTable, strategic bool) (*tagTable, error) {
	if !strategic {
		return table.ofCorp(), nil
	}
	own := map[int64]bool{}
	for _, g := range table.groups {
		if _, known := own[g.Strategy]; known || g.Strategy == 0 {
			continue
		}
		app, found, err := s.deps.Strategies.Owner(tx, by.CorpID, g.Strategy)
		if err != nil {
			return nil, err
		}
		own[g.Strategy] = found && (by.OfCorp() || app == by.App)
	}
	return table.of(func(no int64) bool { return own[no] }), nil
}

// strategyOf returns the strategy group of a tag or of a group of tags, 0 if it is the corp's.
func (t *tagTable) strategyOf(no int64, group bool) int64 {
	if !group {
		no = t.tags[no].Group
	}
	return t.groups[no].Strategy
}

// usable refuses tags of strategy groups that another application made, or whose range the member is not in.
func (s *Service) usable(tx *store.Tx, by access.Caller, table *tagTable, member int64, tags []int64) error {
	for _, no := range tags {
		of := table.strategyOf(no, false)
		if of == 0 {
			continue
		}
		app, found, err := s.deps.Strategies.Owner(tx, by.CorpID, of)
		if err != nil {
			return err
		}
		covers, err := s.deps.Strategies.Covers(tx, by.CorpID, of, member)
		if err != nil {
			return err
		}
		if !found || !covers || !by.OfCorp() && app != by.App {
			return ErrTag.With("%q is of a strategy group that the application did not make, or that the member is not in", s.tagID(no))
		}
	}
	return nil
}

// strategyDeleted deletes the tags of a strategy group that is deleted.
func (s *Service) strategyDeleted(ctx context.Context, tx *store.Tx, by access.Caller, strategyID int64) error {
	if err := lockTags(tx, by.CorpID); err != nil {
		return err
	}
	table, err := s.tags(tx, by.CorpID)
	if err != nil {
		return err
	}
	table = table.of(func(no int64) bool { return no == strategyID })
	var groups []int64
	for no, g := range table.groups {
		if g.DeletedAt == 0 {
			groups = append(groups, no)
		}
	}
	return s.deleteTags(ctx, tx, by, table, nil, groups)
}

func (s *Service) strategyTagEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("POST", "get_strategy_tag_list", 94882, wire.Read(s.getStrategyTagList), strategy.PermitCustomers),
		endpoint("POST", "add_strategy_tag", 94882, wire.Write(s.addStrategyTag), strategy.PermitCustomers),
		endpoint("POST", "edit_strategy_tag", 94882, wire.Write(s.editStrategyTag), strategy.PermitCustomers),
		endpoint("POST", "del_strategy_tag", 94882, wire.Write(s.delStrategyTag), strategy.PermitCustomers),
	}
}

type (
	getStrategyTagListRequest struct {
		StrategyID int64            `json:"strategy_id"`
		Tags       []id.CustomerTag `json:"tag_id"`
		Groups     []id.CustomerTag `json:"group_id"`
	}
	getStrategyTagListResponse struct {
		Groups []strategyTagGroup `json:"tag_group"`
	}
	strategyTagGroup struct {
		ID         id.CustomerTag `json:"group_id"`
		Name       string         `json:"group_name"`
		CreatedAt  int64          `json:"create_time"`
		Order      int64          `json:"order"`
		StrategyID int64          `json:"strategy_id"`
		Tags       []strategyTag  `json:"tag"`
	}
	strategyTag struct {
		ID        id.CustomerTag `json:"id"`
		Name      string         `json:"name"`
		CreatedAt int64          `json:"create_time"`
		Order     int64          `json:"order"`
	}
)

// getStrategyTagList answers the tags of one strategy group or of all, without those that were deleted.
func (s *Service) getStrategyTagList(ctx context.Context, tx *store.Tx, by access.Caller, req getStrategyTagListRequest) (resp getStrategyTagListResponse, err error) {
	table, err := s.tags(tx, by.CorpID)
	if err != nil {
		return resp, err
	}
	if req.StrategyID != 0 {
		table, err = s.part(tx, by, table, req.StrategyID)
	} else {
		table, err = s.half(tx, by, table, true)
	}
	if err != nil {
		return resp, err
	}
	list, err := s.listTags(table, getCorpTagListRequest{req.Tags, req.Groups})
	for _, g := range list {
		if g.Deleted != nil && *g.Deleted {
			continue
		}
		no, _, _ := s.openTag(g.ID)
		one := strategyTagGroup{ID: g.ID, Name: g.Name, CreatedAt: g.CreatedAt, Order: g.Order, StrategyID: table.groups[no].Strategy}
		for _, t := range g.Tags {
			if t.Deleted == nil || !*t.Deleted {
				one.Tags = append(one.Tags, strategyTag{t.ID, t.Name, t.CreatedAt, t.Order})
			}
		}
		if len(one.Tags) > 0 { // a group without tags is deleted
			resp.Groups = append(resp.Groups, one)
		}
	}
	return resp, err
}

type (
	addStrategyTagRequest struct {
		StrategyID int64          `json:"strategy_id"`
		GroupID    id.CustomerTag `json:"group_id"`
		Group      string         `json:"group_name"`
		Order      int64          `json:"order"`
		Tags       []newTag       `json:"tag"`
	}
	addStrategyTagResponse struct {
		Group madeStrategyGroup `json:"tag_group"`
	}
	madeStrategyGroup struct {
		ID        id.CustomerTag `json:"group_id"`
		Name      string         `json:"group_name"`
		CreatedAt int64          `json:"create_time"`
		Order     int64          `json:"order"`
		Tags      []strategyTag  `json:"tag"`
	}
)

func (s *Service) addStrategyTag(ctx context.Context, tx *store.Tx, by access.Caller, req addStrategyTagRequest) (resp addStrategyTagResponse, err error) {
	if req.StrategyID == 0 {
		return resp, wire.ErrParameter.With("strategy_id expected")
	}
	n := addCorpTagRequest{GroupID: req.GroupID, Group: req.Group, Order: req.Order, Tags: req.Tags}.tags()
	n.Strategy = req.StrategyID
	g, tags, err := s.AddTags(ctx, tx, by, n)
	if err != nil {
		return resp, err
	}
	resp.Group = madeStrategyGroup{ID: s.groupID(g.No), Name: g.Name, CreatedAt: g.CreatedAt, Order: g.Order}
	for _, t := range tags {
		resp.Group.Tags = append(resp.Group.Tags, strategyTag{s.tagID(t.No), t.Name, t.CreatedAt, t.Order})
	}
	return resp, nil
}

type editStrategyTagRequest struct {
	ID    id.CustomerTag `json:"id"`
	Name  *string        `json:"name"`
	Order *int64         `json:"order"`
}

func (s *Service) editStrategyTag(ctx context.Context, tx *store.Tx, by access.Caller, req editStrategyTagRequest) (none wire.None, err error) {
	return none, s.EditTag(ctx, tx, by, TagUpdate{req.ID, req.Name, req.Order, true})
}

type delStrategyTagRequest struct {
	Tags   []id.CustomerTag `json:"tag_id"`
	Groups []id.CustomerTag `json:"group_id"`
}

func (s *Service) delStrategyTag(ctx context.Context, tx *store.Tx, by access.Caller, req delStrategyTagRequest) (none wire.None, err error) {
	return none, s.removeTags(ctx, tx, by, req.Tags, req.Groups, true)
}
