package mcp

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/chat"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

func (s *Service) messageTools() []tool {
	return []tool{
		reads("get_msg_chat_list", "获取时间范围内有消息的会话列表", s.getChatList),
		reads("get_message", "拉取会话在时间范围内的消息，仅支持 7 天内", s.getMessage),
		reads("get_msg_media", "获取消息中文件的内容", s.getMessageMedia),
		writes("send_message", "向单聊或群聊发送文本消息", s.sendMessage),
	}
}

const (
	lookBack    = 7 * 24 * time.Hour // of get_message and get_msg_chat_list
	chatsAPage  = 100                // unverified
	saidAPage   = 100                // unverified
	maxSaid     = 2048               // bytes
	maxFile     = 20 << 20           // bytes of a file, as WeCom's client has it
	groupedChat = 2
)

type spokenRequest struct {
	Begin  string `json:"begin_time" must:"1" about:"开始时间，格式：YYYY-MM-DD HH:mm:ss（北京时间），7 天以内"`
	End    string `json:"end_time" must:"1" about:"结束时间，格式：YYYY-MM-DD HH:mm:ss（北京时间）"`
	Cursor string `json:"cursor" most:"256" about:"分页游标，首次不传，之后传上次的 next_cursor"`
}

// span reads the times, of which the first is not more than a week ago. A client that asks for the last seven days has
// taken them a while before the server looks, so a day more is forgiven.
func (r spokenRequest) span(tx *store.Tx) (from, to time.Time, err error) {
	begin, end, err := readSpan("begin_time", r.Begin, "end_time", r.End)
	from, to = time.Unix(begin, 0), time.Unix(end, 0).Add(999*time.Millisecond)
	if err == nil && from.Before(tx.Now().Add(-lookBack-24*time.Hour)) {
		err = errParameter.With("begin_time: within the last 7 days expected")
	}
	return from, to, err
}

type (
	chatLine struct {
		ID    string `json:"chat_id"`
		Name  string `json:"chat_name"`
		Last  string `json:"last_msg_time"`
		Count int64  `json:"msg_count"`
	}
	chatListResponse struct {
		List   []chatLine `json:"chats"`
		More   bool       `json:"has_more"`
		Cursor string     `json:"next_cursor"`
	}
)

func (s *Service) getChatList(ctx context.Context, tx *store.Tx, a actor, req spokenRequest) (resp chatListResponse, err error) {
	from, to, err := req.span(tx)
	if err != nil {
		return resp, err
	}
	skip, err := s.openCursor(req.Cursor)
	if err != nil {
		return resp, err
	}
	list, err := s.deps.Chats.TalksIn(tx, a.By.CorpID, a.Member, from, to)
	list = list[min(int(skip), len(list)):]
	if resp.More = len(list) > chatsAPage; resp.More {
		list, resp.Cursor = list[:chatsAPage], s.cursor(skip+chatsAPage)
	}
	for _, c := range list {
		resp.List = append(resp.List, chatLine{c.ID, c.Name, showTime(c.Last.Unix()), c.Count})
	}
	return resp, err
}

type (
	whereRequest struct {
		Type int64  `json:"chat_type" must:"1" only:"1,2" about:"会话类型：1 单聊，2 群聊"`
		ID   string `json:"chatid" must:"1" most:"256" about:"会话 ID：单聊为 userid，群聊为群 ID"`
	}
	getMessageRequest struct {
		whereRequest
		spokenRequest
	}
	textSaid struct {
		Content string `json:"content"`
	}
	fileSaid struct {
		MediaID string `json:"media_id"`
		Name    string `json:"name"`
	}
	messageSaid struct {
		UserID id.UserID `json:"userid"`
		At     string    `json:"send_time"`
		Type   string    `json:"msgtype"`
		Text   *textSaid `json:"text"`
		Image  *fileSaid `json:"image"`
		File   *fileSaid `json:"file"`
		Voice  *fileSaid `json:"voice"`
		Video  *fileSaid `json:"video"`
	}
	getMessageResponse struct {
		List   []messageSaid `json:"messages"`
		Cursor string        `json:"next_cursor"`
	}
)

func (s *Service) talk(tx *store.Tx, a actor, w whereRequest) (chat.Talk, error) {
	if w.Type == groupedChat {
		return s.deps.Chats.TalkWith(tx, a.By.CorpID, a.Member, "", w.ID)
	}
	return s.deps.Chats.TalkWith(tx, a.By.CorpID, a.Member, id.UserID(w.ID), "")
}

// getMessage answers the messages of the types that WeCom's client knows; others have no form here.
func (s *Service) getMessage(ctx context.Context, tx *store.Tx, a actor, req getMessageRequest) (resp getMessageResponse, err error) {
	from, to, err := req.span(tx)
	if err != nil {
		return resp, err
	}
	after, err := s.openCursor(req.Cursor)
	if err != nil {
		return resp, err
	}
	t, err := s.talk(tx, a, req.whereRequest)
	if err != nil {
		return resp, err
	}
	list, err := s.deps.Chats.SaidIn(tx, a.By.CorpID, a.Member, t, from, to, after, saidAPage+1)
	if err != nil {
		return resp, err
	}
	if len(list) > saidAPage {
		list = list[:saidAPage]
		resp.Cursor = s.cursor(list[saidAPage-1].No)
	}
	names, err := s.deps.Chats.Names(tx, list)
	if err != nil {
		return resp, err
	}
	for _, m := range list {
		one, known, err := s.said(m)
		if err != nil {
			return resp, err
		}
		if one.UserID = names[m.Sender]; one.UserID == "" {
			one.UserID = id.UserID(m.From)
		}
		if known {
			resp.List = append(resp.List, one)
		}
	}
	return resp, nil
}

// said returns a message as the tools answer it; known is false for one of another type.
func (s *Service) said(m chat.Shown) (out messageSaid, known bool, err error) {
	body, files, err := m.Parts()
	if err != nil {
		return out, false, err
	}
	out = messageSaid{At: showTime(m.At.Unix()), Type: m.Type}
	if text, ok := body.(*chat.Text); ok {
		out.Text = &textSaid{text.Content}
		return out, true, nil
	}
	into := map[string]**fileSaid{"image": &out.Image, "file": &out.File, "voice": &out.Voice, "video": &out.Video}[m.Type]
	if into == nil || len(files) == 0 {
		return out, false, nil
	}
	*into = &fileSaid{s.mediaName(m.No, files[0].MediaID), files[0].Name}
	return out, true, nil
}

// mediaName names a file by the message that it came in: a media_id alone would not say who has it.
func (s *Service) mediaName(no int64, mediaID string) string {
	return s.deps.Box.Number(seal.MCPCursor, no) + "." + mediaID
}

type (
	mediaRequest struct {
		MediaID string `json:"media_id" must:"1" most:"256" about:"文件 ID"`
	}
	mediaItem struct {
		MediaID string `json:"media_id"`
		Name    string `json:"name"`
		Type    string `json:"type"`
		Size    int64  `json:"size"`
		Kind    string `json:"content_type"`
		Content string `json:"base64_data"`
	}
	mediaResponse struct {
		Item mediaItem `json:"media_item"`
	}
	// mediaFound is a file whose content is read when the transaction is over.
	mediaFound struct {
		s    *Service
		key  string
		item mediaItem
	}
)

func (s *Service) getMessageMedia(ctx context.Context, tx *store.Tx, a actor, req mediaRequest) (mediaFound, error) {
	name, mediaID, _ := strings.Cut(req.MediaID, ".")
	no, err := s.deps.Box.OpenNumber(seal.MCPCursor, name)
	if err != nil {
		return mediaFound{}, media.ErrMediaID.With("media_id: one of get_message expected")
	}
	m, found, err := s.deps.Chats.Numbered(tx, a.By.CorpID, a.Member, no)
	if err == nil && (!found || m.At.Before(tx.Now().Add(-lookBack-24*time.Hour))) {
		err = media.ErrMediaID.With("media_id: there is no such message within 7 days")
	}
	if err != nil {
		return mediaFound{}, err
	}
	_, files, err := m.Parts()
	for _, f := range files {
		if f.MediaID == mediaID {
			if f.Size > maxFile {
				return mediaFound{}, errParameter.With("media_id: a file of %d bytes, at most %d are answered", f.Size, maxFile)
			}
			return mediaFound{s, f.Blob, mediaItem{MediaID: req.MediaID, Name: f.Name, Type: m.Type, Size: f.Size}}, nil
		}
	}
	if err == nil {
		err = media.ErrMediaID
	}
	return mediaFound{}, err
}

// complete reads the file.
func (f mediaFound) complete(ctx context.Context) (any, error) {
	in, err := f.s.deps.Media.Content(ctx, f.key, 0, -1)
	if err != nil {
		return nil, fmt.Errorf("file of a message: %w", err)
	}
	content, err := io.ReadAll(in)
	err = errors.Join(err, in.Close())
	f.item.Kind, f.item.Content = http.DetectContentType(content), base64.StdEncoding.EncodeToString(content)
	if strings.HasPrefix(string(content), "#!AMR") {
		f.item.Kind = "audio/amr"
	}
	return mediaResponse{f.item}, err
}

type sendRequest struct {
	whereRequest
	MsgType string `json:"msgtype" must:"1" about:"消息类型，仅支持 text"`
	Text    *struct {
		Content string `json:"content" must:"1" most:"2048" about:"消息内容，最长 2048 字节"`
	} `json:"text" must:"1" about:"文本消息"`
}

func (s *Service) sendMessage(ctx context.Context, tx *store.Tx, a actor, req sendRequest) (none, error) {
	switch {
	case req.MsgType != "text":
		return none{}, errParameter.With("msgtype: text expected, not %s", strconv.Quote(req.MsgType))
	case strings.TrimSpace(req.Text.Content) == "" || len(req.Text.Content) > maxSaid:
		return none{}, errParameter.With("text.content: 1 to %d bytes expected", maxSaid)
	}
	content, err := json.Marshal(textSaid{req.Text.Content})
	if err != nil {
		return none{}, err
	}
	say := chat.Say{CorpID: a.By.CorpID, From: id.Person(a.Member.UserID), Type: "text", Content: content}
	if req.Type == groupedChat {
		say.ChatID = req.ID
	} else {
		say.To = id.UserID(req.ID)
	}
	_, err = s.deps.Chats.SendText(ctx, tx, say)
	return none{}, err
}
