package customer

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

const listWaysPath = "list_contact_way"

func (s *Service) wayEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("POST", "add_contact_way", 92228, wire.Write(s.addContactWay), permitWays),
		endpoint("POST", "get_contact_way", 92228, wire.Read(s.getContactWay), permitWays),
		endpoint("POST", listWaysPath, 92228, wire.Read(s.listContactWay), permitWays),
		endpoint("POST", "update_contact_way", 92228, wire.Write(s.updateContactWay), permitWays),
		endpoint("POST", "del_contact_way", 92228, wire.Write(s.delContactWay), permitWays),
	}
}

// temporary are the fields of a temporary session. Without is_temp they count for nothing (doc 92228).
type temporary struct {
	IsTemp        bool        `json:"is_temp"`
	ExpiresIn     *int64      `json:"expires_in"` // seconds
	ChatExpiresIn *int64      `json:"chat_expires_in"`
	UnionID       *string     `json:"unionid"`
	Conclusions   *Conclusion `json:"conclusions"`
}

func (t temporary) update() TemporaryUpdate {
	return TemporaryUpdate{t.ExpiresIn, t.ChatExpiresIn, t.UnionID, t.Conclusions}
}

type (
	addContactWayRequest struct {
		Type       int64       `json:"type"`
		Scene      int64       `json:"scene"`
		Style      int64       `json:"style"`
		Remark     string      `json:"remark"`
		SkipVerify *bool       `json:"skip_verify"`
		State      string      `json:"state"`
		Users      []id.UserID `json:"user"`
		Parties    []int64     `json:"party"`
		Exclusive  bool        `json:"is_exclusive"`
		MarkSource *bool       `json:"mark_source"`
		temporary
	}
	addContactWayResponse struct {
		ConfigID string `json:"config_id"`
		QRCode   string `json:"qr_code,omitempty"`
	}
)

func (s *Service) addContactWay(ctx context.Context, tx *store.Tx, by access.Caller, req addContactWayRequest) (resp addContactWayResponse, err error) {
	w := Way{Kind: req.Type, Scene: req.Scene, Style: req.Style, Exclusive: req.Exclusive,
		WaySettings: WaySettings{Remark: req.Remark, SkipVerify: req.SkipVerify == nil || *req.SkipVerify, State: req.State, Departments: req.Parties, MarkSource: req.MarkSource == nil || *req.MarkSource}}
	if w.Kind == single {
		w.Departments = nil // they count for several alone (doc 92228)
	}
	if req.IsTemp {
		w.Temporary = &Temporary{}
		if err := s.temporary(tx, by, w.Temporary, req.update()); err != nil {
			return resp, err
		}
	}
	if w, err = s.CreateWay(ctx, tx, by, w, req.Users); err != nil {
		return resp, err
	}
	return addContactWayResponse{w.ConfigID, s.qrCode(w)}, nil
}

// qrCode returns what the code of a way says; empty for a button in a mini program.
func (s *Service) qrCode(w Way) string {
	if w.Scene != asQRCode {
		return ""
	}
	return s.deps.BaseURL() + wayLink + w.ConfigID
}

// wayLink is where the code of a contact way leads.
const wayLink = "/wechat/way/"

type (
	configIDRequest struct {
		ConfigID string `json:"config_id"`
	}
	getContactWayResponse struct {
		Way *wayAnswer `json:"contact_way"`
	}
	wayAnswer struct {
		ConfigID   string      `json:"config_id"`
		Type       int64       `json:"type"`
		Scene      int64       `json:"scene"`
		Style      *int64      `json:"style"`
		Remark     string      `json:"remark"`
		SkipVerify bool        `json:"skip_verify"`
		State      string      `json:"state"`
		QRCode     string      `json:"qr_code,omitempty"`
		Users      []id.UserID `json:"user"`
		Parties    []int64     `json:"party"`
		IsTemp     bool        `json:"is_temp"`
		MarkSource bool        `json:"mark_source"`
		// Of a temporary session alone.
		ExpiresIn     int64       `json:"expires_in,omitempty"`
		ChatExpiresIn int64       `json:"chat_expires_in,omitempty"`
		UnionID       string      `json:"unionid,omitempty"`
		Conclusions   *Conclusion `json:"conclusions,omitempty"`
	}
)

func (s *Service) getContactWay(ctx context.Context, tx *store.Tx, by access.Caller, req configIDRequest) (resp getContactWayResponse, err error) {
	w, err := s.way(tx, by, req.ConfigID)
	if err != nil {
		return resp, err
	}
	users, err := s.deps.Directory.NumberedMembers(tx, by.CorpID, w.Members)
	if err != nil {
		return resp, err
	}
	resp.Way = &wayAnswer{ConfigID: w.ConfigID, Type: w.Kind, Scene: w.Scene, Remark: w.Remark, SkipVerify: w.SkipVerify, State: w.State,
		QRCode: s.qrCode(w), Parties: w.Departments, MarkSource: w.MarkSource}
	if w.Scene == inProgram {
		resp.Way.Style = &w.Style
	}
	if t := w.Temporary; t != nil {
		resp.Way.IsTemp, resp.Way.ExpiresIn, resp.Way.ChatExpiresIn, resp.Way.UnionID, resp.Way.Conclusions = true, t.Life, t.Chat, t.UnionID, s.shownConclusion(t.Conclusion)
	}
	for _, no := range w.Members {
		if u, ok := users[no]; ok {
			resp.Way.Users = append(resp.Way.Users, u)
		}
	}
	return resp, nil
}

type (
	listContactWayRequest struct {
		Start  int64  `json:"start_time"` // Unix seconds
		End    int64  `json:"end_time"`
		Cursor string `json:"cursor"`
		Limit  int64  `json:"limit"`
	}
	listContactWayResponse struct {
		Ways []configIDAnswer `json:"contact_way"`
		Next string           `json:"next_cursor"`
	}
	configIDAnswer struct {
		ConfigID string `json:"config_id"`
	}
)

func (s *Service) listContactWay(ctx context.Context, tx *store.Tx, by access.Caller, req listContactWayRequest) (resp listContactWayResponse, err error) {
	cursor := wire.Cursor[WayPlace]{Box: s.deps.Box, Path: "/cgi-bin/externalcontact/" + listWaysPath}
	after, err := cursor.Open(by, req.Cursor)
	if err != nil {
		return resp, err
	}
	var span Span
	if req.Start != 0 {
		span.From = time.Unix(req.Start, 0)
	}
	if req.End != 0 {
		span.To = time.Unix(req.End, 0)
	}
	list, next, err := s.Ways(tx, by, span, &after, req.Limit)
	for _, w := range list {
		resp.Ways = append(resp.Ways, configIDAnswer{w.ConfigID})
	}
	if next != nil {
		resp.Next = cursor.Next(by, *next)
	}
	return resp, err
}

type updateContactWayRequest struct {
	ConfigID   string       `json:"config_id"`
	Remark     *string      `json:"remark"`
	SkipVerify *bool        `json:"skip_verify"`
	Style      *int64       `json:"style"`
	State      *string      `json:"state"`
	Users      *[]id.UserID `json:"user"`
	Parties    *[]int64     `json:"party"`
	MarkSource *bool        `json:"mark_source"`
	temporary
}

func (s *Service) updateContactWay(ctx context.Context, tx *store.Tx, by access.Caller, req updateContactWayRequest) (none wire.None, err error) {
	return none, s.UpdateWay(ctx, tx, by, WayUpdate{req.ConfigID, req.Remark, req.SkipVerify, req.Style, req.State, req.Users, req.Parties, req.update(), req.MarkSource})
}

func (s *Service) delContactWay(ctx context.Context, tx *store.Tx, by access.Caller, req configIDRequest) (none wire.None, err error) {
	return none, s.DeleteWay(tx, by, req.ConfigID)
}
