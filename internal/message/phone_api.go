package message

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"

	"qiwei/internal/directory"
	"qiwei/internal/login"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// The member's own door: JSON for his page, by his session. A request that
// changes something must come from a page of this server (Sec-Fetch-Site, or
// Origin) and be JSON, which a form of another site cannot send.

// maxPhoneBody bounds what a page sends.
const maxPhoneBody = 64 << 10

// Route is an address outside the API.
type Route struct {
	Pattern string // for http.ServeMux
	Handler http.Handler
}

// Routes returns the member's door.
func (s *Service) Routes() []Route {
	return []Route{
		{"GET /phone/api/conversations", s.phone(s.phoneConversations)},
		{"GET /phone/api/messages", s.phone(s.phoneMessages)},
		{"GET /phone/api/pictures/{no}", http.HandlerFunc(s.phonePicture)},
		{"POST /phone/api/messages", s.phone(s.phoneWrite)},
		{"POST /phone/api/cards", s.phone(s.phoneAnswer)},
	}
}

// phone makes a handler of what a signed-in member asks for. The answer is
// written as JSON.
func (s *Service) phone(serve func(*http.Request, login.Session) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "application/json; charset=utf-8")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		answer, err := s.asMember(w, r, serve)
		if err != nil {
			var status int
			status, answer = s.phoneError(r, err)
			w.WriteHeader(status)
		}
		out, err := json.Marshal(answer)
		if err != nil {
			s.deps.Log.Error("phone", "path", r.URL.Path, "err", err)
			return
		}
		w.Write(out)
	})
}

var (
	errSignedOut = errors.New("nobody is signed in")
	errForeign   = errors.New("the request does not come from a page of this server")
	errNotJSON   = errors.New("a JSON body expected")
)

func (s *Service) asMember(w http.ResponseWriter, r *http.Request, serve func(*http.Request, login.Session) (any, error)) (any, error) {
	if r.Method == http.MethodPost {
		if err := s.deps.Login.SameOrigin(r); err != nil {
			return nil, errForeign
		}
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
			return nil, errNotJSON
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxPhoneBody)
	}
	sess, found, err := s.deps.Login.SignedIn(r)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, errSignedOut
	}
	return serve(r, sess)
}

// phoneError is the answer to what was refused. What is nobody's business stays
// in the log.
func (s *Service) phoneError(r *http.Request, err error) (status int, answer any) {
	type refusal struct {
		Code  int    `json:"errcode,omitempty"`
		Error string `json:"error"`
	}
	var refused wire.Error
	var wrong *json.SyntaxError
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, errSignedOut):
		return http.StatusUnauthorized, refusal{Error: err.Error()}
	case errors.Is(err, errForeign):
		return http.StatusForbidden, refusal{Error: err.Error()}
	case errors.Is(err, errNotJSON):
		return http.StatusUnsupportedMediaType, refusal{Error: err.Error()}
	case errors.Is(err, ErrNoConversation):
		return http.StatusNotFound, refusal{Error: err.Error()}
	case errors.As(err, &refused):
		return http.StatusBadRequest, refusal{refused.Code, refused.Message()}
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, refusal{Error: "the request is too large"}
	case errors.As(err, &wrong), errors.As(err, new(*json.UnmarshalTypeError)), errors.Is(err, errNumber):
		return http.StatusBadRequest, refusal{Error: err.Error()}
	}
	if r.Context().Err() == nil {
		s.deps.Log.Error("phone", "path", r.URL.Path, "err", err)
	}
	return http.StatusInternalServerError, refusal{Error: "the server could not answer"}
}

var errNumber = errors.New("a number expected")

// number reads a number of the query; 0 where it is not given.
func number(r *http.Request, name string) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, errNumber)
	}
	return n, nil
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
	agent, err := number(r, "agentid")
	if err != nil {
		return nil, err
	}
	before, err := number(r, "before")
	if err != nil {
		return nil, err
	}
	limit, err := number(r, "limit")
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

// notJSON keeps what says that the body is too large.
func notJSON(err error) error {
	if errors.As(err, new(*http.MaxBytesError)) || errors.As(err, new(*json.UnmarshalTypeError)) {
		return err
	}
	return errNotJSON
}

// phonePicture answers the picture of a robot's message that the member has.
func (s *Service) phonePicture(w http.ResponseWriter, r *http.Request) {
	sess, found, err := s.deps.Login.SignedIn(r)
	no, wrong := strconv.ParseInt(r.PathValue("no"), 10, 64)
	if err == nil && (!found || wrong != nil) {
		http.NotFound(w, r)
		return
	}
	var content []byte
	if err == nil {
		err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
			found, err = tx.Get(`SELECT p.content FROM message_picture p JOIN message_copy c ON c.message = p.message WHERE p.message = ? AND c.member = ?`,
				[]any{no, sess.Member.No}, &content)
			return err
		})
	}
	switch {
	case err != nil:
		s.deps.Log.Error("phone", "path", r.URL.Path, "err", err)
		http.Error(w, "the server could not answer", http.StatusInternalServerError)
	case !found:
		http.NotFound(w, r)
	default:
		w.Header().Set("Content-Type", http.DetectContentType(content))
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "private, max-age=86400")
		w.Write(content)
	}
}
