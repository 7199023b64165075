package acquisition

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

const listLinkPath = "customer_acquisition/list_link"

func (s *Service) linkEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		shared("POST", listLinkPath, 97297, wire.Read(s.listLink)),
		shared("POST", "customer_acquisition/get", 97297, wire.Read(s.get)),
		endpoint("POST", "customer_acquisition/create_link", 97297, wire.Write(s.createLink)),
		endpoint("POST", "customer_acquisition/update_link", 97297, wire.Write(s.updateLink)),
		endpoint("POST", "customer_acquisition/delete_link", 97297, wire.Write(s.deleteLink)),
	}
}

type (
	listLinkRequest struct {
		Limit  int64  `json:"limit"`
		Cursor string `json:"cursor"`
	}
	listLinkResponse struct {
		LinkIDs []string `json:"link_id_list"`
		Next    string   `json:"next_cursor"`
	}
)

func (s *Service) listLink(ctx context.Context, tx *store.Tx, by access.Caller, req listLinkRequest) (resp listLinkResponse, err error) {
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: base + listLinkPath}
	after, err := cursor.Open(by, req.Cursor)
	if err != nil {
		return resp, err
	}
	listed := s.Links
	if by.Granted(componentPermit) {
		listed = s.listGivenLinks
	}
	list, next, err := listed(tx, by, after, req.Limit)
	for _, l := range list {
		resp.LinkIDs = append(resp.LinkIDs, l.LinkID)
	}
	if next != 0 {
		resp.Next = cursor.Next(by, next)
	}
	return resp, err
}

type (
	linkIDRequest struct {
		LinkID string `json:"link_id"`
	}
	people struct {
		Users       []id.UserID `json:"user_list"`
		Departments []int64     `json:"department_list"`
	}
	priority struct {
		Type  int64       `json:"priority_type"`
		Users []id.UserID `json:"priority_userid_list"`
	}
	getResponse struct {
		Link     *linkAnswer `json:"link"`
		Range    *people     `json:"range"`
		Priority *priority   `json:"priority_option"`
	}
	linkAnswer struct {
		Name       string `json:"link_name"`
		URL        string `json:"url"`
		CreateTime int64  `json:"create_time,omitempty"`
		SkipVerify *bool  `json:"skip_verify,omitempty"` // what follows the address is left out for components
		MarkSource *bool  `json:"mark_source,omitempty"`
	}
)

// get leaves out the priority of a link that has none.
func (s *Service) get(ctx context.Context, tx *store.Tx, by access.Caller, req linkIDRequest) (resp getResponse, err error) {
	if by.Granted(componentPermit) {
		return s.getGivenLink(tx, by, req.LinkID)
	}
	l, err := s.link(tx, by, req.LinkID)
	if err != nil {
		return resp, err
	}
	resp.Link = &linkAnswer{l.Name, s.URL(l), l.CreatedAt.Unix(), &l.SkipVerify, &l.MarkSource}
	resp.Range = &people{Departments: l.Departments}
	if resp.Range.Users, err = s.usersOf(tx, by.CorpID, l.Settings.Members); err != nil || l.Priority.Type == nobody {
		return resp, err
	}
	resp.Priority = &priority{Type: l.Priority.Type}
	resp.Priority.Users, err = s.usersOf(tx, by.CorpID, l.Priority.Members)
	return resp, err
}

// usersOf returns the userids of members who are still there, in the order of the numbers given.
func (s *Service) usersOf(tx *store.Tx, corpID string, members []int64) (out []id.UserID, err error) {
	users, err := s.deps.Directory.NumberedMembers(tx, corpID, members)
	for _, no := range members {
		if u, ok := users[no]; ok {
			out = append(out, u)
		}
	}
	return out, err
}

// linkSettings are what two calls have in common.
type linkSettings struct {
	Name       *string   `json:"link_name"`
	Range      *people   `json:"range"`
	SkipVerify *bool     `json:"skip_verify"`
	Priority   *priority `json:"priority_option"`
	MarkSource *bool     `json:"mark_source"`
}

func (l linkSettings) update() LinkUpdate {
	u := LinkUpdate{Name: l.Name, SkipVerify: l.SkipVerify, MarkSource: l.MarkSource}
	if l.Range != nil {
		u.Range = &Named{l.Range.Users, l.Range.Departments}
	}
	if l.Priority != nil {
		u.Priority = &NamedPriority{l.Priority.Type, l.Priority.Users}
	}
	return u
}

type (
	createLinkResponse struct {
		Link *createdLink `json:"link"`
	}
	createdLink struct {
		LinkID     string `json:"link_id"`
		Name       string `json:"link_name"`
		URL        string `json:"url"`
		CreateTime int64  `json:"create_time"`
	}
)

func (s *Service) createLink(ctx context.Context, tx *store.Tx, by access.Caller, req linkSettings) (resp createLinkResponse, err error) {
	l, err := s.CreateLink(ctx, tx, by, req.update())
	if err != nil {
		return resp, err
	}
	return createLinkResponse{&createdLink{l.LinkID, l.Name, s.URL(l), l.CreatedAt.Unix()}}, nil
}

type updateLinkRequest struct {
	LinkID string `json:"link_id"`
	linkSettings
}

func (s *Service) updateLink(ctx context.Context, tx *store.Tx, by access.Caller, req updateLinkRequest) (none wire.None, err error) {
	return none, s.UpdateLink(ctx, tx, by, req.LinkID, req.update())
}

func (s *Service) deleteLink(ctx context.Context, tx *store.Tx, by access.Caller, req linkIDRequest) (none wire.None, err error) {
	return none, s.DeleteLink(ctx, tx, by, req.LinkID)
}
