package kf

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) sendEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("POST", "send_msg", 94677, wire.Write(s.sendMsg), permitChat),
		endpoint("POST", "send_msg_on_event", 95122, wire.Write(s.sendMsgOnEvent), permitChat),
	}
}

type (
	sendMsgRequest struct {
		To       id.ExternalID     `json:"touser"`
		OpenKfID id.ServiceAccount `json:"open_kfid"`
		ID       string            `json:"msgid"`
		Type     string            `json:"msgtype"`
		sentContent
		CALink *AcquisitionLink `json:"ca_link"`
	}
	// sentContent are the objects of the types that the API sends.
	sentContent struct {
		Text        *Text        `json:"text"`
		Image       *Media       `json:"image"`
		Voice       *Media       `json:"voice"`
		Video       *Media       `json:"video"`
		File        *Media       `json:"file"`
		Link        *Link        `json:"link"`
		MiniProgram *MiniProgram `json:"miniprogram"`
		Menu        *Menu        `json:"msgmenu"`
		Location    *Location    `json:"location"`
	}
	sendMsgResponse struct {
		ID string `json:"msgid"`
	}
)

func (c sentContent) content() Content {
	return Content{Text: c.Text, Image: c.Image, Voice: c.Voice, Video: c.Video, File: c.File, Link: c.Link, MiniProgram: c.MiniProgram, Menu: c.Menu, Location: c.Location}
}

func (s *Service) sendMsg(ctx context.Context, tx *store.Tx, by access.Caller, req sendMsgRequest) (resp sendMsgResponse, err error) {
	resp.ID, err = s.Send(ctx, tx, by, req.OpenKfID, req.To, Sending{req.ID, req.Type, req.content(), req.CALink})
	return resp, err
}

type sendMsgOnEventRequest struct {
	Code string `json:"code"`
	ID   string `json:"msgid"`
	Type string `json:"msgtype"`
	Text *Text  `json:"text"`
	Menu *Menu  `json:"msgmenu"`
}

func (s *Service) sendMsgOnEvent(ctx context.Context, tx *store.Tx, by access.Caller, req sendMsgOnEventRequest) (resp sendMsgResponse, err error) {
	resp.ID, err = s.SendOnEvent(ctx, tx, by, req.Code, Sending{ID: req.ID, Type: req.Type, Content: Content{Text: req.Text, Menu: req.Menu}})
	return resp, err
}
