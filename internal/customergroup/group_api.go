package customergroup

import (
	"context"
	"fmt"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

const listPath = "groupchat/list"

func (s *Service) groupEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		customer.Endpoint("POST", listPath, 92120, wire.Read(s.list), customer.PermitBase),
		customer.Endpoint("POST", "groupchat/get", 92122, wire.Read(s.get), customer.PermitBase),
		customer.Endpoint("POST", "opengid_to_chatid", 94822, wire.Read(s.opengidToChatid), customer.PermitBase),
	}
}

type (
	listRequest struct {
		Status int64       `json:"status_filter"`
		Owner  ownerFilter `json:"owner_filter"`
		Cursor string      `json:"cursor"`
		Offset int64       `json:"offset"` // older clients page by it
		Limit  int64       `json:"limit"`
	}
	ownerFilter struct {
		Users   []id.UserID `json:"userid_list"`
		Parties []int64     `json:"partyid_list"` // older clients
	}
	listResponse struct {
		Groups []listed `json:"group_chat_list"`
		Next   string   `json:"next_cursor"`
	}
	listed struct {
		ChatID id.ChatID `json:"chat_id"`
		Status int64     `json:"status"`
	}
)

func (f ownerFilter) owners() Owners { return Owners{f.Users, f.Parties} }

func (s *Service) list(ctx context.Context, tx *store.Tx, by access.Caller, req listRequest) (resp listResponse, err error) {
	keys := make([]string, len(req.Owner.Users))
	for i, u := range req.Owner.Users {
		keys[i] = u.Key()
	}
	of := []string{strings.Join(keys, "|"), fmt.Sprint(req.Owner.Parties, req.Status)}
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: "/cgi-bin/externalcontact/" + listPath}
	after, err := cursor.Open(by, req.Cursor, of...)
	if err != nil {
		return resp, err
	}
	list, more, err := s.Groups(tx, by, Query{Status: req.Status, Owners: req.Owner.owners(), After: after, Offset: req.Offset, Limit: req.Limit})
	for _, g := range list {
		resp.Groups = append(resp.Groups, listed{s.ChatID(g.No), g.Status})
	}
	if more {
		resp.Next = cursor.Next(by, list[len(list)-1].No, of...)
	}
	return resp, err
}

type (
	getRequest struct {
		ChatID   id.ChatID `json:"chat_id"`
		NeedName int64     `json:"need_name"`
	}
	getResponse struct {
		Group *groupAnswer `json:"group_chat"`
	}
	groupAnswer struct {
		ChatID  id.ChatID      `json:"chat_id"`
		Name    string         `json:"name"`
		Owner   id.UserID      `json:"owner"`
		Created int64          `json:"create_time"`
		Notice  string         `json:"notice"`
		Members []memberAnswer `json:"member_list"`
		Admins  []userAnswer   `json:"admin_list"`
		Version string         `json:"member_version"`
	}
	memberAnswer struct {
		Person   id.Person   `json:"userid"`
		Type     int64       `json:"type"`
		UnionID  string      `json:"unionid,omitempty"`
		JoinedAt int64       `json:"join_time"`
		Scene    int64       `json:"join_scene"`
		Invitor  *userAnswer `json:"invitor"`
		State    string      `json:"state,omitempty"`
		Nickname string      `json:"group_nickname"`
		Name     *string     `json:"name"`
	}
	userAnswer struct {
		UserID id.UserID `json:"userid"`
	}
)

// get answers names only if they are asked for. A provider's application is answered no unionid (doc 92707).
func (s *Service) get(ctx context.Context, tx *store.Tx, by access.Caller, req getRequest) (resp getResponse, err error) {
	g, err := s.Visible(tx, by, req.ChatID)
	if err != nil {
		return resp, err
	}
	if _, err := s.licensed(tx, by, []int64{g.Owner}); err != nil {
		return resp, err
	}
	people, err := selectPeople(tx, by.CorpID, g.No, ``)
	if err != nil {
		return resp, err
	}
	out := &groupAnswer{ChatID: s.ChatID(g.No), Name: g.Name, Created: g.CreatedAt.Unix(), Notice: g.Notice, Version: g.Version}
	if out.Owner, err = s.ownerOf(tx, by.CorpID, g); err != nil {
		return resp, err
	}
	show, err := s.shower(tx, by, g, people)
	if err != nil {
		return resp, err
	}
	for _, p := range people {
		out.Members = append(out.Members, show.person(p))
		if p.Admin {
			out.Admins = append(out.Admins, userAnswer{show.users[p.No]})
		}
	}
	if req.NeedName == 1 {
		err = show.nameAll(tx, people, out.Members)
	}
	return getResponse{out}, err
}

type (
	opengidToChatidRequest struct {
		OpenGID string `json:"opengid"`
	}
	opengidToChatidResponse struct {
		ChatID id.ChatID `json:"chat_id"`
	}
)

func (s *Service) opengidToChatid(ctx context.Context, tx *store.Tx, by access.Caller, req opengidToChatidRequest) (opengidToChatidResponse, error) {
	chat, err := s.Convert(tx, by, req.OpenGID)
	return opengidToChatidResponse{chat}, err
}
