package aibot

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/login"
	"qiwei/internal/message"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// phoneRoutes returns the routes of a member's page.

func (s *Service) phoneRoutes() []door.Route {
	phone := s.deps.Member.JSON
	return []door.Route{
		{Pattern: "GET /phone/api/bots", Handler: phone(s.phoneBots)},
		{Pattern: "GET /phone/api/bots/messages", Handler: phone(s.phoneMessages)},
		{Pattern: "POST /phone/api/bots/enter", Handler: phone(s.phoneEnter)},
		{Pattern: "POST /phone/api/bots/messages", Handler: phone(s.phoneWrite)},
		{Pattern: "POST /phone/api/bots/cards", Handler: phone(s.phonePress)},
		{Pattern: "POST /phone/api/bots/feedback", Handler: phone(s.phoneJudge)},
		{Pattern: "GET /phone/api/bots/pictures/{no}/{place}", Handler: http.HandlerFunc(s.phonePicture)},
	}
}

// asMember runs fn in a read transaction for the member who asks.
func (s *Service) asMember(r *http.Request, sess login.Session, fn func(*store.Tx, directory.Member) error) error {
	return s.deps.Store.Read(r.Context(), func(tx *store.Tx) error { return fn(tx, sess.Member) })
}

// change runs fn in a write transaction, once the request is read into req.
func (s *Service) change(r *http.Request, req any, fn func(*store.Tx) error) error {
	if err := json.NewDecoder(r.Body).Decode(req); err != nil {
		var tooLarge *http.MaxBytesError
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &tooLarge) || errors.As(err, &wrong) {
			return err
		}
		return wire.ErrParameter.With("a JSON body expected")
	}
	return s.deps.Store.Write(r.Context(), fn)
}

func (s *Service) phoneBots(r *http.Request, sess login.Session) (any, error) {
	out := []Conversation{}
	err := s.asMember(r, sess, func(tx *store.Tx, m directory.Member) error {
		list, err := s.Conversations(r.Context(), tx, sess.CorpID, m)
		if list != nil {
			out = list
		}
		return err
	})
	return map[string]any{"bots": out}, err
}

func (s *Service) phoneMessages(r *http.Request, sess login.Session) (any, error) {
	q := r.URL.Query()
	before, limit, err := door.Page(r, messagesMost)
	if err != nil {
		return nil, err
	}
	out := []Message{}
	err = s.asMember(r, sess, func(tx *store.Tx, m directory.Member) error {
		list, err := s.Messages(r.Context(), tx, sess.CorpID, m, q.Get("bot"), q.Get("chatid"), before, int(limit))
		if list != nil {
			out = list
		}
		return err
	})
	return map[string]any{"messages": out}, err
}

func (s *Service) phoneEnter(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		Bot string `json:"bot"`
	}
	return struct{}{}, s.change(r, &req, func(tx *store.Tx) error {
		return s.Enter(r.Context(), tx, sess.CorpID, sess.Member, req.Bot)
	})
}

func (s *Service) phoneWrite(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		Bot     string `json:"bot"`
		ChatID  string `json:"chatid"`
		MsgType string `json:"msgtype"`
		Quote   int64  `json:"quote"`
		Written
	}
	var no int64
	err := s.change(r, &req, func(tx *store.Tx) (err error) {
		w := req.Written
		w.MsgType, w.Quote = req.MsgType, req.Quote
		no, err = s.Write(r.Context(), tx, sess.CorpID, sess.Member, req.Bot, req.ChatID, w)
		return err
	})
	return map[string]int64{"no": no}, err
}

func (s *Service) phonePress(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		No       int64               `json:"no"`
		Key      string              `json:"key"`
		Menu     bool                `json:"menu"`
		Selected map[string][]string `json:"selected"`
	}
	return struct{}{}, s.change(r, &req, func(tx *store.Tx) error {
		return s.Press(r.Context(), tx, sess.CorpID, sess.Member, req.No, message.CardAnswer{Key: req.Key, Menu: req.Menu, Selected: req.Selected})
	})
}

func (s *Service) phoneJudge(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		No      int64   `json:"no"`
		Type    int64   `json:"type"`
		Content string  `json:"content"`
		Reasons []int64 `json:"inaccurate_reason_list"`
	}
	return struct{}{}, s.change(r, &req, func(tx *store.Tx) error {
		return s.Judge(r.Context(), tx, sess.CorpID, sess.Member, req.No, FeedbackGive{Type: req.Type, Content: req.Content, Reasons: req.Reasons})
	})
}

// phonePicture answers a picture of a stream that the member has.
func (s *Service) phonePicture(w http.ResponseWriter, r *http.Request) {
	fail := func(err error) {
		s.deps.Log.Error("phone", "path", r.URL.Path, "err", err)
		http.Error(w, "the server could not answer", http.StatusInternalServerError)
	}
	no, err1 := strconv.ParseInt(r.PathValue("no"), 10, 64)
	at, err2 := strconv.ParseInt(r.PathValue("place"), 10, 64)
	sess, found, err := s.deps.Login.SignedIn(r)
	if err != nil {
		fail(err)
		return
	}
	if err1 != nil || err2 != nil || !found {
		http.NotFound(w, r)
		return
	}
	var content []byte
	err = s.asMember(r, sess, func(tx *store.Tx, m directory.Member) error {
		if _, _, err := s.judged(tx, sess.CorpID, m, no); err != nil {
			return err
		}
		found, err = tx.Get(`SELECT content FROM bot_picture WHERE message = ? AND place = ?`, []any{no, at}, &content)
		return err
	})
	switch {
	case errors.Is(err, message.ErrNoConversation), err == nil && !found:
		http.NotFound(w, r)
	case err != nil:
		fail(fmt.Errorf("picture %d/%d: %w", no, at, err))
	default:
		w.Header().Set("Content-Type", http.DetectContentType(content))
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "private, max-age=86400")
		w.Write(content)
	}
}
