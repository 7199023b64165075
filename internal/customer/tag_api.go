package customer

import (
	"context"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) tagEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("POST", "get_corp_tag_list", 92117, wire.Read(s.getCorpTagList), permitBase, permitTags),
		endpoint("POST", "add_corp_tag", 92117, wire.Write(s.addCorpTag), permitTags),
		endpoint("POST", "edit_corp_tag", 92117, wire.Write(s.editCorpTag), permitTags),
		endpoint("POST", "del_corp_tag", 92117, wire.Write(s.delCorpTag), permitTags),
		endpoint("POST", "mark_tag", 92118, wire.Direct(s.markTag), permitBase),
	}
}

type (
	getCorpTagListRequest struct {
		Tags   []id.CustomerTag `json:"tag_id"`
		Groups []id.CustomerTag `json:"group_id"`
	}
	getCorpTagListResponse struct {
		Groups []tagGroupAnswer `json:"tag_group"`
	}
	tagGroupAnswer struct {
		ID        id.CustomerTag `json:"group_id"`
		Name      string         `json:"group_name"`
		CreatedAt int64          `json:"create_time"`
		Order     int64          `json:"order"`
		Deleted   *bool          `json:"deleted"`
		Tags      []tagAnswer    `json:"tag"`
	}
	tagAnswer struct {
		ID        id.CustomerTag `json:"id"`
		Name      string         `json:"name"`
		CreatedAt int64          `json:"create_time"`
		Order     int64          `json:"order"`
		Deleted   *bool          `json:"deleted"`
	}
)

// getCorpTagList answers all tags, those of groups, or single ones with their groups. Only who names ids is
// told of those that were deleted. Of groups that were named, the page says that deleted is left out.
func (s *Service) getCorpTagList(ctx context.Context, tx *store.Tx, by access.Caller, req getCorpTagListRequest) (resp getCorpTagListResponse, err error) {
	table, err := s.tags(tx, by.CorpID)
	if err != nil {
		return resp, err
	}
	resp.Groups, err = s.listTags(table.ofCorp(), req)
	return resp, err
}

func (s *Service) listTags(table *tagTable, req getCorpTagListRequest) (list []tagGroupAnswer, err error) {
	byGroup, byTag := len(req.Groups) > 0, len(req.Groups) == 0 && len(req.Tags) > 0
	var groups, tags []int64
	switch {
	case byGroup:
		groups, err = s.numbersOf(table, req.Groups, true, true)
	case byTag:
		if tags, err = s.numbersOf(table, req.Tags, false, true); err == nil {
			for _, no := range tags {
				groups = append(groups, table.tags[no].Group)
			}
		}
	default:
		for no, g := range table.groups {
			if g.DeletedAt == 0 {
				groups = append(groups, no)
			}
		}
	}
	if err != nil {
		return nil, err
	}
	slices.Sort(groups)
	groups = slices.Compact(groups)
	slices.SortFunc(groups, func(a, b int64) int { return groupsInOrder(table.groups[a], table.groups[b]) })
	asked, inGroup := map[int64]bool{}, map[int64][]Tag{}
	for _, no := range tags {
		asked[no] = true
	}
	for _, t := range table.tags {
		if (byTag && asked[t.No]) || byGroup || (!byTag && t.DeletedAt == 0) {
			inGroup[t.Group] = append(inGroup[t.Group], t)
		}
	}
	for _, no := range groups {
		slices.SortFunc(inGroup[no], inOrder)
		list = append(list, s.tagGroup(table.groups[no], inGroup[no], byTag, byTag || byGroup))
	}
	return list, nil
}

// tagGroup answers a group with tags. The last two say whether it is told of the group and of the tags
// whether they were deleted.
func (s *Service) tagGroup(g TagGroup, tags []Tag, groupDeleted, tagDeleted bool) tagGroupAnswer {
	tell := func(asked bool, at int64) *bool {
		if !asked {
			return nil
		}
		deleted := at > 0
		return &deleted
	}
	out := tagGroupAnswer{ID: s.groupID(g.No), Name: g.Name, CreatedAt: g.CreatedAt, Order: g.Order, Deleted: tell(groupDeleted, g.DeletedAt)}
	for _, t := range tags {
		out.Tags = append(out.Tags, tagAnswer{s.tagID(t.No), t.Name, t.CreatedAt, t.Order, tell(tagDeleted, t.DeletedAt)})
	}
	return out
}

type (
	addCorpTagRequest struct {
		GroupID id.CustomerTag `json:"group_id"`
		Group   string         `json:"group_name"`
		Order   int64          `json:"order"`
		Tags    []newTag       `json:"tag"`
		AgentID int64          `json:"agentid"` // of suites of several applications, which there are none of
	}
	newTag struct {
		Name  string `json:"name"`
		Order int64  `json:"order"`
	}
	addCorpTagResponse struct {
		Group tagGroupAnswer `json:"tag_group"`
	}
)

func (req addCorpTagRequest) tags() NewTags {
	n := NewTags{GroupID: req.GroupID, Group: req.Group, Order: req.Order}
	for _, t := range req.Tags {
		n.Tags = append(n.Tags, NewTag(t))
	}
	return n
}

func (s *Service) addCorpTag(ctx context.Context, tx *store.Tx, by access.Caller, req addCorpTagRequest) (resp addCorpTagResponse, err error) {
	g, tags, err := s.AddTags(ctx, tx, by, req.tags())
	if err != nil {
		return resp, err
	}
	return addCorpTagResponse{s.tagGroup(g, tags, false, false)}, nil
}

type editCorpTagRequest struct {
	ID      id.CustomerTag `json:"id"`
	Name    *string        `json:"name"`
	Order   *int64         `json:"order"`
	AgentID int64          `json:"agentid"`
}

func (s *Service) editCorpTag(ctx context.Context, tx *store.Tx, by access.Caller, req editCorpTagRequest) (none wire.None, err error) {
	return none, s.EditTag(ctx, tx, by, TagUpdate{ID: req.ID, Name: req.Name, Order: req.Order})
}

type delCorpTagRequest struct {
	Tags    []id.CustomerTag `json:"tag_id"`
	Groups  []id.CustomerTag `json:"group_id"`
	AgentID int64            `json:"agentid"`
}

func (s *Service) delCorpTag(ctx context.Context, tx *store.Tx, by access.Caller, req delCorpTagRequest) (none wire.None, err error) {
	return none, s.DeleteTags(ctx, tx, by, req.Tags, req.Groups)
}

type markTagRequest struct {
	UserID   id.UserID        `json:"userid"`
	External id.ExternalID    `json:"external_userid"`
	Add      []id.CustomerTag `json:"add_tag"`
	Remove   []id.CustomerTag `json:"remove_tag"`
}

func (s *Service) markTag(ctx context.Context, st *store.Store, by access.Caller, req markTagRequest) (none wire.None, err error) {
	free, ok := s.claim(claimOf(by, req.UserID, req.External))
	if !ok {
		return none, ErrConcurrent
	}
	defer free()
	return none, st.Write(ctx, func(tx *store.Tx) error {
		_, err := s.Mark(ctx, tx, by, req.UserID, req.External, req.Add, req.Remove)
		return err
	})
}
