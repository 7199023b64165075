package customer

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

const batchPath = "batch/get_by_user"

func (s *Service) contactEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("GET", "list", 92113, wire.Read(s.list), permitBase),
		endpoint("GET", "get", 92114, wire.Read(s.get), permitBase),
		endpoint("POST", batchPath, 92994, wire.Read(s.batchGetByUser), permitBase),
		endpoint("POST", "remark", 92115, wire.Direct(s.remark), permitBase),
	}
}

type (
	listRequest struct {
		UserID id.UserID `json:"userid"`
	}
	listResponse struct {
		Externals []id.ExternalID `json:"external_userid"`
	}
)

func (s *Service) list(ctx context.Context, tx *store.Tx, by access.Caller, req listRequest) (listResponse, error) {
	list, err := s.Customers(ctx, tx, by, req.UserID)
	return listResponse{list}, err
}

type (
	getRequest struct {
		External id.ExternalID `json:"external_userid"`
		Cursor   string        `json:"cursor"`
	}
	getResponse struct {
		Contact *contactAnswer `json:"external_contact"`
		Follows []followUser   `json:"follow_user"`
		Next    string         `json:"next_cursor,omitempty"`
	}
	contactAnswer struct {
		External id.ExternalID `json:"external_userid"`
		Name     string        `json:"name"`
		Type     int64         `json:"type"`
		Avatar   string        `json:"avatar,omitempty"`
		Gender   int64         `json:"gender"`
		UnionID  string        `json:"unionid,omitempty"`
		Position string        `json:"position,omitempty"`
		CorpName string        `json:"corp_name,omitempty"`
		FullName string        `json:"corp_full_name,omitempty"`
		Profile  *Profile      `json:"external_profile"`
	}
	// followAnswer is what two calls have in common.
	followAnswer struct {
		UserID      id.UserID     `json:"userid"`
		Remark      string        `json:"remark"`
		Description string        `json:"description"`
		CreateTime  int64         `json:"createtime"`
		Company     string        `json:"remark_corp_name,omitempty"`
		Mobiles     *[]string     `json:"remark_mobiles"`
		AddWay      int64         `json:"add_way"`
		Channel     *videoChannel `json:"wechat_channels"`
		Oper        id.Person     `json:"oper_userid"`
		State       string        `json:"state,omitempty"`
	}
	followUser struct {
		followAnswer
		Tags []tagOfFollow `json:"tags,omitempty"`
	}
	followInfo struct {
		followAnswer
		Tags []id.CustomerTag `json:"tag_id"`
	}
	tagOfFollow struct {
		Group string         `json:"group_name"`
		Name  string         `json:"tag_name"`
		ID    id.CustomerTag `json:"tag_id"`
		Type  int64          `json:"type"` // 1: the corp's, 3: of a strategy group
	}
	videoChannel struct {
		Nickname string `json:"nickname"`
		Source   int64  `json:"source"`
	}
)

func (s *Service) get(ctx context.Context, tx *store.Tx, by access.Caller, req getRequest) (resp getResponse, err error) {
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: "/cgi-bin/externalcontact/get"}
	after, err := cursor.Open(by, req.Cursor, string(req.External))
	if err != nil {
		return resp, err
	}
	c, follows, next, err := s.Followed(tx, by, req.External, after)
	if err != nil {
		return resp, err
	}
	show, err := s.shower(tx, by)
	if err != nil {
		return resp, err
	}
	resp.Contact = show.contact(c)
	for _, f := range follows {
		answer, err := show.follow(tx, c, f)
		if err != nil {
			return resp, err
		}
		u := followUser{followAnswer: answer}
		for _, t := range show.tagsOf(f.Follow) {
			kind := int64(1)
			if show.tags.groups[t.Group].Strategy != 0 {
				kind = 3
			}
			u.Tags = append(u.Tags, tagOfFollow{show.tags.groups[t.Group].Name, t.Name, s.tagID(t.No), kind})
		}
		resp.Follows = append(resp.Follows, u)
	}
	if next != 0 {
		resp.Next = cursor.Next(by, next, string(req.External))
	}
	return resp, nil
}

type (
	batchGetByUserRequest struct {
		Users  []id.UserID `json:"userid_list"`
		User   id.UserID   `json:"userid"` // older clients send one
		Cursor string      `json:"cursor"`
		Limit  int64       `json:"limit"`
	}
	batchGetByUserResponse struct {
		List []batchItem `json:"external_contact_list"`
		Next string      `json:"next_cursor"`
		Fail failInfo    `json:"fail_info"`
	}
	batchItem struct {
		Contact *contactAnswer `json:"external_contact"`
		Follow  followInfo     `json:"follow_info"`
	}
	// failInfo names the members without a licence of their provider's application.
	failInfo struct {
		Unlicensed []id.UserID `json:"unlicensed_userid_list"`
	}
)

func (s *Service) batchGetByUser(ctx context.Context, tx *store.Tx, by access.Caller, req batchGetByUserRequest) (resp batchGetByUserResponse, err error) {
	if len(req.Users) == 0 && req.User != "" {
		req.Users = []id.UserID{req.User}
	}
	of := make([]string, len(req.Users))
	for i, u := range req.Users {
		of[i] = u.Key()
	}
	cursor := wire.Cursor[place]{Box: s.deps.Box, Path: "/cgi-bin/externalcontact/" + batchPath}
	from, err := cursor.Open(by, req.Cursor, of...)
	if err != nil {
		return resp, err
	}
	list, next, poor, err := s.Batch(ctx, tx, by, req.Users, from, req.Limit)
	if err != nil {
		return resp, err
	}
	resp.Fail.Unlicensed = poor
	show, err := s.shower(tx, by)
	if err != nil {
		return resp, err
	}
	for _, r := range list {
		answer, err := show.follow(tx, r.Contact, r.Follower)
		if err != nil {
			return resp, err
		}
		item := batchItem{show.contact(r.Contact), followInfo{followAnswer: answer}}
		for _, t := range show.tagsOf(r.Follow) {
			item.Follow.Tags = append(item.Follow.Tags, s.tagID(t.No))
		}
		resp.List = append(resp.List, item)
	}
	if next != nil {
		resp.Next = cursor.Next(by, *next, of...)
	}
	return resp, nil
}

type remarkRequest struct {
	UserID      id.UserID     `json:"userid"`
	External    id.ExternalID `json:"external_userid"`
	Remark      *string       `json:"remark"`
	Description *string       `json:"description"`
	Company     *string       `json:"remark_company"`
	Mobiles     *[]string     `json:"remark_mobiles"`
	PictureID   *string       `json:"remark_pic_mediaid"`
}

func (s *Service) remark(ctx context.Context, st *store.Store, by access.Caller, req remarkRequest) (none wire.None, err error) {
	free, ok := s.claim(claimOf(by, req.UserID, req.External))
	if !ok {
		return none, ErrConcurrent
	}
	defer free()
	if req.Mobiles != nil && len(*req.Mobiles) == 0 {
		req.Mobiles = nil // [""] empties the list (doc 92115)
	}
	return none, st.Write(ctx, func(tx *store.Tx) error {
		return s.Remark(ctx, tx, by, req.UserID, req.External, NoteUpdate{req.Remark, req.Description, req.Company, req.Mobiles, req.PictureID})
	})
}
