package message

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/login"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// The calls of a member's page, with the member's session.

// Routes returns the routes of the members' pages.
func (s *Service) Routes() []door.Route {
	return []door.Route{
		{Pattern: "GET /phone/api/conversations", Handler: s.deps.Member.JSON(s.phoneConversations)},
		{Pattern: "GET /phone/api/messages", Handler: s.deps.Member.JSON(s.phoneMessages)},
		{Pattern: "GET /phone/api/pictures/{no}", Handler: s.phoneContent(s.robotPicture)},
		{Pattern: "GET /phone/api/messages/{no}/files/{media}", Handler: s.phoneContent(s.memberFile)},
		{Pattern: "POST /phone/api/messages", Handler: s.deps.Member.JSON(s.phoneWrite)},
		{Pattern: "POST /phone/api/enter", Handler: s.deps.Member.JSON(s.phoneEnter)},
		{Pattern: "POST /phone/api/location", Handler: s.deps.Member.JSON(s.phoneLocation)},
		{Pattern: "GET /phone/api/menu", Handler: s.deps.Member.JSON(s.phoneMenu)},
		{Pattern: "POST /phone/api/menu", Handler: s.deps.Member.JSON(s.phonePress)},
		{Pattern: "POST /phone/api/files", Handler: s.deps.Member.Form(s.phoneUpload)},
		{Pattern: "POST /phone/api/cards", Handler: s.deps.Member.JSON(s.phoneAnswer)},
	}
}

func (s *Service) phoneConversations(r *http.Request, sess login.Session) (any, error) {
	out := []Conversation{}
	err := s.Inbox(r.Context(), sess.CorpID, sess.Member.UserID, func(tx *store.Tx, m directory.Member) error {
		list, err := s.Conversations(r.Context(), tx, sess.CorpID, m)
		if list != nil {
			out = list
		}
		return err
	})
	return map[string]any{"conversations": out}, err
}

func (s *Service) phoneMessages(r *http.Request, sess login.Session) (any, error) {
	agent, err := door.Number(r, "agentid")
	if err != nil {
		return nil, err
	}
	before, err := door.Number(r, "before")
	if err != nil {
		return nil, err
	}
	limit, err := door.Number(r, "limit")
	if err != nil {
		return nil, err
	}
	out := []Message{}
	err = s.Inbox(r.Context(), sess.CorpID, sess.Member.UserID, func(tx *store.Tx, m directory.Member) error {
		list, err := s.Messages(r.Context(), tx, sess.CorpID, m, Place{AgentID: agent, ChatID: r.URL.Query().Get("chatid")}, before, int(min(max(limit, 0), messagesMost)))
		if list != nil {
			out = list
		}
		return err
	})
	return map[string]any{"messages": out}, err
}

func (s *Service) phoneWrite(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		AgentID int64  `json:"agentid"`
		MsgType string `json:"msgtype"`
		Written
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, notJSON(err)
	}
	req.Written.MsgType = req.MsgType
	var no int64
	err := s.deps.Store.Write(r.Context(), func(tx *store.Tx) (err error) {
		no, err = s.Write(r.Context(), tx, sess.CorpID, sess.Member, req.AgentID, req.Written)
		return err
	})
	return map[string]int64{"no": no}, err
}

func (s *Service) phoneAnswer(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		No       int64               `json:"no"`
		Key      string              `json:"key"`
		Menu     bool                `json:"menu"`
		Selected map[string][]string `json:"selected"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, notJSON(err)
	}
	err := s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		return s.AnswerCard(r.Context(), tx, sess.CorpID, sess.Member, req.No, CardAnswer{Key: req.Key, Menu: req.Menu, Selected: req.Selected})
	})
	return struct{}{}, err
}

// agentOf is the part of a page's request that names the application.
type agentOf struct {
	AgentID int64 `json:"agentid"`
}

func (s *Service) phoneEnter(r *http.Request, sess login.Session) (any, error) {
	var req agentOf
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, notJSON(err)
	}
	var out Entered
	err := s.deps.Store.Write(r.Context(), func(tx *store.Tx) (err error) {
		out, err = s.Enter(r.Context(), tx, sess.CorpID, sess.Member, req.AgentID)
		return err
	})
	return out, err
}

func (s *Service) phoneLocation(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		agentOf
		Position
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, notJSON(err)
	}
	return struct{}{}, s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		return s.ReportPosition(r.Context(), tx, sess.CorpID, sess.Member, req.AgentID, req.Position)
	})
}

func (s *Service) phoneMenu(r *http.Request, sess login.Session) (any, error) {
	agent, err := door.Number(r, "agentid")
	if err != nil {
		return nil, err
	}
	out := struct {
		Buttons []app.Button `json:"button"`
	}{}
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		out.Buttons, err = s.Menu(tx, sess.CorpID, sess.Member, agent)
		return err
	})
	return out, err
}

func (s *Service) phonePress(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		agentOf
		Press
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, notJSON(err)
	}
	return struct{}{}, s.PressMenu(r.Context(), sess.CorpID, sess.Member, req.AgentID, req.Press)
}

// phoneUpload stores a file for a later message. The same rules apply as for applications.
func (s *Service) phoneUpload(r *http.Request, sess login.Session, form *wire.Form) (any, error) {
	kind := media.Kind(r.URL.Query().Get("type"))
	part, err := form.File("media")
	if err != nil {
		return nil, media.ErrEmptyMedia.With("a form with the file in the field media expected")
	}
	f, err := s.deps.Media.Upload(r.Context(), access.System(sess.CorpID), media.NewFile{Kind: kind, Scene: media.General, Name: part.FileName, Length: part.Length, Content: part, Member: sess.Member.No})
	return struct {
		MediaID string `json:"media_id"`
		Name    string `json:"name"`
		Size    int64  `json:"size"`
	}{f.MediaID, f.Name, f.Size}, err
}

// notJSON keeps the error for a body that is too large.
func notJSON(err error) error {
	if errors.As(err, new(*http.MaxBytesError)) || errors.As(err, new(*json.UnmarshalTypeError)) {
		return err
	}
	return door.ErrNotJSON
}

// phoneContent makes a handler that serves a file of the member's, as a whole or the range that the request
// asks for.
func (s *Service) phoneContent(find func(r *http.Request, sess login.Session, no int64) (*wire.File, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		no, wrong := strconv.ParseInt(r.PathValue("no"), 10, 64)
		sess, found, err := s.deps.Login.SignedIn(r)
		var f *wire.File
		if found && wrong == nil && err == nil {
			f, err = find(r, sess, no)
		}
		door.ServeFile(w, r, s.deps.Log, f, err)
	})
}

// memberFile returns a file of a message that the member has. A file that is no picture, sound or film is
// never shown inline: it may be a page.
func (s *Service) memberFile(r *http.Request, sess login.Session, no int64) (*wire.File, error) {
	var f File
	var found bool
	if err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		f, found, err = selectMemberFile(tx, sess.Member.No, no, r.PathValue("media"))
		return err
	}); err != nil || !found {
		return nil, err
	}
	out := &wire.File{Type: f.Type, Size: f.Size, Open: func(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
		return s.deps.Media.Content(ctx, f.key, offset, length)
	}}
	if f.Kind == media.Other {
		out.Name = f.Name
	}
	return out, nil
}

// robotPicture returns the picture of a robot's message that the member has.
func (s *Service) robotPicture(r *http.Request, sess login.Session, no int64) (*wire.File, error) {
	var content []byte
	var found bool
	if err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		found, err = tx.Get(`SELECT p.content FROM message_picture p JOIN message_copy c ON c.message = p.message WHERE p.message = ? AND c.member = ?`,
			[]any{no, sess.Member.No}, &content)
		return err
	}); err != nil || !found {
		return nil, err
	}
	return &wire.File{Type: http.DetectContentType(content), Size: int64(len(content)), Open: func(_ context.Context, offset, length int64) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content[offset : offset+length])), nil
	}}, nil
}
