package kf

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

const (
	groupsPath  = "knowledge/list_group"
	intentsPath = "knowledge/list_intent"
)

func (s *Service) knowledgeEndpoints() []wire.Endpoint {
	list := []wire.Endpoint{
		endpoint("POST", "knowledge/add_group", 95971, wire.Write(s.addGroup), ""),
		endpoint("POST", "knowledge/del_group", 95971, wire.Write(s.delGroup), ""),
		endpoint("POST", "knowledge/mod_group", 95971, wire.Write(s.modGroup), ""),
		endpoint("POST", groupsPath, 95971, wire.Direct(s.listGroup), ""),
		endpoint("POST", "knowledge/add_intent", 95972, wire.Write(s.addIntent), ""),
		endpoint("POST", "knowledge/del_intent", 95972, wire.Write(s.delIntent), ""),
		endpoint("POST", "knowledge/mod_intent", 95972, wire.Write(s.modIntent), ""),
		endpoint("POST", intentsPath, 95972, wire.Read(s.listIntent), ""),
	}
	for i := range list { // providers' applications may not yet (doc 95971)
		list[i].Grants, list[i].Allow = nil, access.Allow{access.CustomerService: access.All, access.SelfBuilt: access.Listed}
	}
	return list
}

type (
	groupRequest struct {
		GroupID string `json:"group_id"`
	}
	addGroupRequest struct {
		Name string `json:"name"`
	}
	addGroupResponse struct {
		GroupID string `json:"group_id"`
	}
	modGroupRequest struct {
		GroupID string `json:"group_id"`
		Name    string `json:"name"`
	}
)

func (s *Service) addGroup(ctx context.Context, tx *store.Tx, by access.Caller, req addGroupRequest) (resp addGroupResponse, err error) {
	resp.GroupID, err = s.AddGroup(tx, by.CorpID, req.Name)
	return resp, err
}

func (s *Service) delGroup(ctx context.Context, tx *store.Tx, by access.Caller, req groupRequest) (wire.None, error) {
	return wire.None{}, s.DeleteGroup(tx, by.CorpID, req.GroupID)
}

func (s *Service) modGroup(ctx context.Context, tx *store.Tx, by access.Caller, req modGroupRequest) (addGroupResponse, error) {
	return addGroupResponse{req.GroupID}, s.RenameGroup(tx, by.CorpID, req.GroupID, req.Name)
}

type (
	listGroupRequest struct {
		Cursor  string `json:"cursor"`
		Limit   int64  `json:"limit"`
		GroupID string `json:"group_id"`
	}
	listGroupResponse struct {
		Next   string        `json:"next_cursor"`
		More   int64         `json:"has_more"`
		Groups []groupAnswer `json:"group_list"`
	}
	groupAnswer struct {
		GroupID string `json:"group_id"`
		Name    string `json:"name"`
		Usual   int64  `json:"is_default"`
	}
)

// pageOf returns how many entries a page has.
func pageOf(limit int64) (int64, error) {
	switch {
	case limit < 0 || limit > maxKnowledge:
		return 0, errKnowledge.With("limit: 1 to %d expected", maxKnowledge)
	case limit == 0:
		return knowledgeUsual, nil
	}
	return limit, nil
}

// listGroup makes the default group of a corp that has none yet.
func (s *Service) listGroup(ctx context.Context, st *store.Store, by access.Caller, req listGroupRequest) (resp listGroupResponse, err error) {
	limit, err := pageOf(req.Limit)
	if err != nil {
		return resp, err
	}
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: groupsPath}
	after, err := cursor.Open(by, req.Cursor, req.GroupID)
	if err != nil {
		return resp, err
	}
	var list []Group
	read := func(tx *store.Tx) (err error) {
		only := int64(0)
		if req.GroupID != "" {
			g, err := s.group(tx, by.CorpID, req.GroupID)
			if err != nil {
				return err
			}
			only = g.No
		}
		list, err = selectGroups(tx, by.CorpID, after, only, limit+1)
		return err
	}
	if err := st.Read(ctx, read); err != nil {
		return resp, err
	}
	if len(list) == 0 && after == 0 {
		if err := st.Write(ctx, func(tx *store.Tx) error {
			if err := usual(tx, by.CorpID); err != nil {
				return err
			}
			return read(tx)
		}); err != nil {
			return resp, err
		}
	}
	if int64(len(list)) > limit {
		list, resp.More = list[:limit], 1
		resp.Next = cursor.Next(by, list[limit-1].No, req.GroupID)
	}
	for _, g := range list {
		resp.Groups = append(resp.Groups, groupAnswer{s.groupID(g.No), g.Name, flag(g.Usual)})
	}
	return resp, nil
}

type (
	intentRequest struct {
		IntentID string `json:"intent_id"`
	}
	addIntentRequest struct {
		GroupID  string            `json:"group_id"`
		Question *wiredQuestion    `json:"question"`
		Similar  *similarQuestions `json:"similar_questions"`
		Answers  *[]wiredAnswer    `json:"answers"`
	}
	modIntentRequest struct {
		IntentID string            `json:"intent_id"`
		Question *wiredQuestion    `json:"question"`
		Similar  *similarQuestions `json:"similar_questions"`
		Answers  *[]wiredAnswer    `json:"answers"`
	}
	addIntentResponse struct {
		IntentID string `json:"intent_id"`
	}
	wiredQuestion struct {
		Text wiredText `json:"text"`
	}
	wiredText struct {
		Content string `json:"content"`
	}
	similarQuestions struct {
		Items []wiredQuestion `json:"items"`
	}
	wiredAnswer struct {
		Text        wiredText         `json:"text"`
		Attachments []wiredAttachment `json:"attachments"`
	}
	wiredAttachment struct {
		Type    string        `json:"msgtype"`
		Image   *wiredFile    `json:"image"`
		Video   *wiredFile    `json:"video"`
		Link    *wiredLink    `json:"link"`
		Program *wiredProgram `json:"miniprogram"`
	}
	// wiredFile has a media_id in requests, and the file's name in answers.
	wiredFile struct {
		MediaID string `json:"media_id,omitempty"`
		Name    string `json:"name,omitempty"`
	}
	// wiredLink has its picture under the page's name; one client sends picurl.
	wiredLink struct {
		Title       string `json:"title"`
		Picture     string `json:"pic_url,omitempty"`
		PictureToo  string `json:"picurl,omitempty"`
		Description string `json:"desc,omitempty"`
		URL         string `json:"url"`
	}
	wiredProgram struct {
		Title   string `json:"title,omitempty"`
		ThumbID string `json:"thumb_media_id,omitempty"`
		AppID   string `json:"appid"`
		Page    string `json:"pagepath"`
	}
)

func (q *similarQuestions) texts() *[]string {
	if q == nil {
		return nil
	}
	out := []string{}
	for _, i := range q.Items {
		out = append(out, i.Text.Content)
	}
	return &out
}

func newAnswers(list *[]wiredAnswer) *[]Answer {
	if list == nil {
		return nil
	}
	out := []Answer{}
	for _, w := range *list {
		a := Answer{Text: w.Text.Content}
		for _, t := range w.Attachments {
			one := Attachment{Type: t.Type}
			switch {
			case t.Type == "image" && t.Image != nil:
				one.Image = &KnownFile{MediaID: t.Image.MediaID}
			case t.Type == "video" && t.Video != nil:
				one.Video = &KnownFile{MediaID: t.Video.MediaID}
			case t.Type == "link" && t.Link != nil:
				one.Link = &KnownLink{t.Link.Title, t.Link.Description, t.Link.URL, t.Link.Picture}
				if one.Link.Picture == "" {
					one.Link.Picture = t.Link.PictureToo
				}
			case t.Type == "miniprogram" && t.Program != nil:
				one.Program = &KnownProgram{Title: t.Program.Title, AppID: t.Program.AppID, Page: t.Program.Page, ThumbID: t.Program.ThumbID}
			}
			a.Attachments = append(a.Attachments, one)
		}
		out = append(out, a)
	}
	return &out
}

func (s *Service) addIntent(ctx context.Context, tx *store.Tx, by access.Caller, req addIntentRequest) (resp addIntentResponse, err error) {
	var i Intent
	if req.Question != nil {
		i.Question = req.Question.Text.Content
	}
	if similar := req.Similar.texts(); similar != nil {
		i.Similar = *similar
	}
	if answers := newAnswers(req.Answers); answers != nil {
		i.Answers = *answers
	}
	resp.IntentID, err = s.AddIntent(ctx, tx, by.CorpID, req.GroupID, i)
	return resp, err
}

func (s *Service) delIntent(ctx context.Context, tx *store.Tx, by access.Caller, req intentRequest) (wire.None, error) {
	return wire.None{}, s.DeleteIntent(ctx, tx, by.CorpID, req.IntentID)
}

func (s *Service) modIntent(ctx context.Context, tx *store.Tx, by access.Caller, req modIntentRequest) (addIntentResponse, error) {
	u := IntentUpdate{Similar: req.Similar.texts(), Answers: newAnswers(req.Answers)}
	if req.Question != nil {
		u.Question = &req.Question.Text.Content
	}
	return addIntentResponse{req.IntentID}, s.UpdateIntent(ctx, tx, by.CorpID, req.IntentID, u)
}

type (
	listIntentRequest struct {
		Cursor   string `json:"cursor"`
		Limit    int64  `json:"limit"`
		GroupID  string `json:"group_id"`
		IntentID string `json:"intent_id"`
	}
	listIntentResponse struct {
		Next    string         `json:"next_cursor"`
		More    int64          `json:"has_more"`
		Intents []intentAnswer `json:"intent_list"`
	}
	// intentAnswer has the parts beside each other, as the page's table and all known clients have them, and
	// the last two within the first as well, as the page's sample has them (doc 95972).
	intentAnswer struct {
		GroupID  string           `json:"group_id"`
		IntentID string           `json:"intent_id"`
		Question fullQuestion     `json:"question"`
		Similar  similarQuestions `json:"similar_questions"`
		Answers  []wiredAnswer    `json:"answers"`
	}
	fullQuestion struct {
		Text    wiredText        `json:"text"`
		Similar similarQuestions `json:"similar_questions"`
		Answers []wiredAnswer    `json:"answers"`
	}
)

func (s *Service) listIntent(ctx context.Context, tx *store.Tx, by access.Caller, req listIntentRequest) (resp listIntentResponse, err error) {
	limit, err := pageOf(req.Limit)
	if err != nil {
		return resp, err
	}
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: intentsPath}
	after, err := cursor.Open(by, req.Cursor, req.GroupID, req.IntentID)
	if err != nil {
		return resp, err
	}
	var group, only int64
	if req.GroupID != "" {
		g, err := s.group(tx, by.CorpID, req.GroupID)
		if err != nil {
			return resp, err
		}
		group = g.No
	}
	if req.IntentID != "" {
		i, err := s.intent(tx, by.CorpID, req.IntentID)
		if err != nil {
			return resp, err
		}
		only = i.No
	}
	list, err := selectIntents(tx, by.CorpID, after, group, only, limit+1)
	if int64(len(list)) > limit {
		list, resp.More = list[:limit], 1
		resp.Next = cursor.Next(by, list[limit-1].No, req.GroupID, req.IntentID)
	}
	for _, i := range list {
		resp.Intents = append(resp.Intents, s.newIntentAnswer(i))
	}
	return resp, err
}

func (s *Service) newIntentAnswer(i Intent) intentAnswer {
	out := intentAnswer{GroupID: s.groupID(i.Group), IntentID: s.intentID(i.No)}
	for _, q := range i.Similar {
		out.Similar.Items = append(out.Similar.Items, wiredQuestion{wiredText{q}})
	}
	for _, a := range i.Answers {
		w := wiredAnswer{Text: wiredText{a.Text}}
		for _, t := range a.Attachments {
			one := wiredAttachment{Type: t.Type}
			switch {
			case t.Image != nil:
				one.Image = &wiredFile{Name: t.Image.Name}
			case t.Video != nil:
				one.Video = &wiredFile{Name: t.Video.Name}
			case t.Link != nil:
				one.Link = &wiredLink{Title: t.Link.Title, Picture: t.Link.Picture, Description: t.Link.Description, URL: t.Link.URL}
			case t.Program != nil:
				one.Program = &wiredProgram{Title: t.Program.Title, AppID: t.Program.AppID, Page: t.Program.Page}
			}
			w.Attachments = append(w.Attachments, one)
		}
		out.Answers = append(out.Answers, w)
	}
	out.Question = fullQuestion{wiredText{i.Question}, out.Similar, out.Answers}
	return out
}
