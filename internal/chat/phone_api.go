package chat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Routes returns the calls of a member's page, with the member's session.
func (s *Service) Routes() []door.Route {
	page := s.deps.Member.JSON
	return []door.Route{
		{Pattern: "GET /phone/api/chats", Handler: page(s.phoneTalks)},
		{Pattern: "GET /phone/api/chats/messages", Handler: page(s.phoneMessages)},
		{Pattern: "POST /phone/api/chats/messages", Handler: page(s.phoneSay)},
		{Pattern: "GET /phone/api/chats/files/{no}/{media}", Handler: s.deps.Member.File(s.phoneFile)},
		{Pattern: "POST /phone/api/chats/groups", Handler: page(s.phoneMakeGroup)},
		{Pattern: "GET /phone/api/chats/groups/{chatid}", Handler: page(s.phoneGroup)},
		{Pattern: "POST /phone/api/chats/groups/{chatid}", Handler: page(s.phoneChangeGroup)},
	}
}

type (
	talkAnswer struct {
		UserID id.UserID     `json:"userid,omitempty"` // the other of two
		ChatID string        `json:"chatid,omitempty"` // or the group
		Name   string        `json:"name"`
		Avatar string        `json:"avatar,omitempty"`
		Last   *shownMessage `json:"last,omitempty"`
	}
	shownMessage struct {
		No       int64       `json:"no"`
		MsgID    string      `json:"msgid"`
		Type     string      `json:"msgtype"`
		Body     any         `json:"body,omitempty"`
		From     string      `json:"from"` // userid, or the robot's id
		Name     string      `json:"name,omitempty"`
		Avatar   string      `json:"avatar,omitempty"`
		SentAt   time.Time   `json:"sent_at"`
		Recalled bool        `json:"recalled,omitempty"`
		Files    []shownFile `json:"files,omitempty"`
		Quote    *quoted     `json:"answers,omitempty"`
	}
	shownFile struct {
		MediaID string `json:"media_id"`
		Kind    string `json:"kind"`
		Name    string `json:"name"`
		Size    int64  `json:"size"`
		Path    string `json:"path"`
	}
	shownNotice struct {
		Kind    string   `json:"kind"`
		Members []person `json:"members,omitempty"`
		Text    string   `json:"text,omitempty"`
	}
)

// Key names a conversation in what a member's page is told: m/ and a userid, or g/ and a chatid.
func (t talkAnswer) key() string {
	if t.ChatID != "" {
		return "g/" + t.ChatID
	}
	return "m/" + string(t.UserID)
}

func (s *Service) phoneTalks(r *http.Request, sess login.Session) (any, error) {
	out := []talkAnswer{}
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		list, err := s.Talks(tx, sess.CorpID, sess.Member.No)
		if err != nil {
			return err
		}
		known := s.people(tx)
		for _, t := range list {
			a := talkAnswer{ChatID: t.Group.ChatID, Name: t.Group.Name}
			if t.Peer != 0 {
				who, err := known.person(t.Peer)
				if err != nil {
					return err
				}
				if who.UserID == "" {
					continue // has left
				}
				a.UserID, a.Name, a.Avatar = who.UserID, who.Name, who.Avatar
			} else if a.Name == "" {
				if a.Name, err = s.namesOf(tx, t.Group, known); err != nil {
					return err
				}
			}
			if t.Last != nil {
				last, err := s.show(tx, sess.CorpID, *t.Last, known)
				if err != nil {
					return err
				}
				a.Last = &last
			}
			out = append(out, a)
		}
		return nil
	})
	return map[string]any{"chats": out}, err
}

// namesOf is what a group without a name is called: by those in it.
func (s *Service) namesOf(tx *store.Tx, g Group, known *people) (string, error) {
	members, err := selectGroupMembers(tx, g.CorpID, g.No)
	var names []string
	for i, m := range members {
		if i == 3 {
			break
		}
		who, err := known.person(m.Member)
		if err != nil {
			return "", err
		}
		names = append(names, who.Name)
	}
	return strings.Join(names, "、"), err
}

// show returns a message as the page draws it.
func (s *Service) show(tx *store.Tx, corpID string, m Shown, known *people) (shownMessage, error) {
	out := shownMessage{No: m.No, MsgID: m.MsgID, Type: m.Type, From: m.From, SentAt: m.At, Recalled: m.Revoked || m.Type == "revoke"}
	if m.Sender != 0 {
		who, err := known.person(m.Sender)
		if err != nil {
			return out, err
		}
		if who.UserID != "" {
			out.From, out.Name, out.Avatar = string(who.UserID), who.Name, who.Avatar
		}
	} else if r, found, err := s.Robot(tx, corpID, id.Person(m.From)); err != nil || found {
		if out.Name = r.Name; err != nil {
			return out, err
		}
	}
	if out.Recalled {
		return out, nil
	}
	if m.Type == noticeType {
		return out, s.showNotice(&out, m, known)
	}
	body, err := decode(m.Type, m.Content)
	if err != nil {
		return out, nil // of a type that was here once
	}
	if t, ok := body.(*Text); ok && t.Quote != "" {
		if out.Quote, err = s.split(tx, corpID, t); err != nil {
			return out, err
		}
	}
	for _, f := range Files(body) {
		out.Files = append(out.Files, shownFile{f.MediaID, m.Type, f.Name, f.Size, fmt.Sprintf("/phone/api/chats/files/%d/%s", m.No, f.MediaID)})
		f.Blob, f.MD5 = "", ""
	}
	out.Body = body
	return out, nil
}

func (s *Service) showNotice(out *shownMessage, m Shown, known *people) error {
	var n Notice
	if err := json.Unmarshal(m.Content, &n); err != nil {
		return err
	}
	shown := shownNotice{Kind: n.Kind, Text: n.Text}
	for _, no := range n.Members {
		who, err := known.person(no)
		if err != nil {
			return err
		}
		if who.UserID != "" {
			shown.Members = append(shown.Members, who)
		}
	}
	out.Body = shown
	return nil
}

// shownMost is how many messages an answer has.
const shownMost = 100

func (s *Service) phoneMessages(r *http.Request, sess login.Session) (any, error) {
	before, limit, err := door.Page(r, shownMost)
	if err != nil {
		return nil, err
	}
	q, out := r.URL.Query(), []shownMessage{}
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		var list []Shown
		if chatID := q.Get("chatid"); chatID != "" {
			g, err := s.ownGroup(tx, sess, chatID)
			if err == nil {
				list, err = s.ShownIn(tx, g, sess.Member.No, before, limit)
			}
			if err != nil {
				return err
			}
		} else {
			other, err := s.member(tx, sess.CorpID, id.UserID(q.Get("userid")))
			if err == nil {
				list, err = s.ShownBetween(tx, sess.CorpID, sess.Member.No, other.No, before, limit)
			}
			if err != nil {
				return err
			}
		}
		known := s.people(tx)
		for _, m := range list {
			shown, err := s.show(tx, sess.CorpID, m, known)
			if err != nil {
				return err
			}
			out = append(out, shown)
		}
		return nil
	})
	return map[string]any{"messages": out}, err
}

// ownGroup returns a group that the member is in. Another's is not there.
func (s *Service) ownGroup(tx *store.Tx, sess login.Session, chatID string) (Group, error) {
	g, err := s.Group(tx, sess.CorpID, chatID)
	if err == nil {
		_, err = s.inGroup(tx, g, sess.Member.UserID)
	}
	if errors.Is(err, ErrGroupUnknown) || errors.Is(err, ErrNotInGroup) {
		err = door.ErrNotFound
	}
	return g, err
}

// unsaid are the types that no member writes.
var unsaid = map[string]bool{"switch": true, "agree": true, "disagree": true}

func (s *Service) phoneSay(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		UserID  id.UserID       `json:"userid"`
		ChatID  string          `json:"chatid"`
		Type    string          `json:"msgtype"`
		Content json.RawMessage `json:"content"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, err
	}
	if unsaid[req.Type] {
		return nil, ErrMessage.With("msgtype: a member does not write %s", req.Type)
	}
	m, err := s.Send(r.Context(), Say{CorpID: sess.CorpID, From: id.Person(sess.Member.UserID), To: req.UserID, ChatID: req.ChatID, Type: req.Type, Content: req.Content})
	return map[string]string{"msgid": m.MsgID}, err
}

// groupPage is a group as one who is in it sees it.
type groupPage struct {
	ChatID  string    `json:"chatid"`
	Name    string    `json:"name"`
	Notice  string    `json:"notice"`
	Owner   id.UserID `json:"owner"`
	Count   int       `json:"count"`
	Members []person  `json:"members"` // the first of them
}

// listedMost is how many members of a group the page lists.
const listedMost = 500

func (s *Service) groupPage(tx *store.Tx, g Group) (out groupPage, err error) {
	known := s.people(tx)
	members, err := selectGroupMembers(tx, g.CorpID, g.No)
	if err != nil {
		return out, err
	}
	owner, err := known.person(g.Owner)
	out = groupPage{g.ChatID, g.Name, g.Notice, owner.UserID, len(members), []person{}}
	for _, m := range members[:min(len(members), listedMost)] {
		who, err := known.person(m.Member)
		if err != nil {
			return out, err
		}
		if who.UserID != "" {
			out.Members = append(out.Members, who)
		}
	}
	return out, err
}

func (s *Service) phoneGroup(r *http.Request, sess login.Session) (any, error) {
	var out groupPage
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		g, err := s.ownGroup(tx, sess, r.PathValue("chatid"))
		if err == nil {
			out, err = s.groupPage(tx, g)
		}
		return err
	})
	return out, err
}

func (s *Service) phoneMakeGroup(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		Name string      `json:"name"`
		Add  []id.UserID `json:"add"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, err
	}
	var g Group
	err := s.deps.Store.Write(r.Context(), func(tx *store.Tx) (err error) {
		g, err = s.CreateGroup(r.Context(), tx, sess.CorpID, NewGroup{Creator: sess.Member.UserID, Name: req.Name, Members: req.Add})
		return err
	})
	return map[string]string{"chatid": g.ChatID}, err
}

func (s *Service) phoneChangeGroup(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		Name   *string     `json:"name"`
		Notice *string     `json:"notice"`
		Owner  id.UserID   `json:"owner"`
		Add    []id.UserID `json:"add"`
		Remove []id.UserID `json:"remove"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, err
	}
	return struct{}{}, s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		g, err := s.ownGroup(tx, sess, r.PathValue("chatid"))
		if err != nil {
			return err
		}
		return s.ChangeGroup(r.Context(), tx, sess.CorpID, GroupChange{ChatID: g.ChatID, By: sess.Member.UserID, Name: req.Name, Notice: req.Notice, Owner: req.Owner, Add: req.Add, Remove: req.Remove})
	})
}

// phoneFile returns a file of a message that the member has. What is no picture, sound or film is downloaded and
// never shown inline: it may be a page.
func (s *Service) phoneFile(r *http.Request, sess login.Session) (*wire.File, error) {
	no, err := strconv.ParseInt(r.PathValue("no"), 10, 64)
	if err != nil {
		return nil, nil
	}
	var file *File
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		list, err := selectShown(tx, `corpid = ? AND no = ? AND revoked_at = 0`, sess.CorpID, no)
		if err != nil || len(list) == 0 {
			return err
		}
		if sees, err := list[0].sees(tx, sess.CorpID, sess.Member.No); err != nil || !sees {
			return err
		}
		body, err := decode(list[0].Type, list[0].Content)
		if err != nil {
			return nil
		}
		for _, f := range Files(body) {
			if f.MediaID == r.PathValue("media") {
				file = f
			}
		}
		return nil
	})
	if err != nil || file == nil {
		return nil, err
	}
	return s.Shows(r.Context(), file.Blob, file.Name, file.Size)
}

// inline are the content types that a page may show in place.
var inline = map[string]bool{"image/jpeg": true, "image/png": true, "image/gif": true, "video/mp4": true}

// Shows returns kept content as a page may have it, by what is in it.
func (s *Service) Shows(ctx context.Context, key, name string, size int64) (*wire.File, error) {
	content, err := s.deps.Media.Content(ctx, key, 0, min(size, 512))
	if err != nil {
		return nil, err
	}
	begin, err := io.ReadAll(content)
	content.Close()
	if err != nil {
		return nil, err
	}
	out := &wire.File{Name: name, Type: "application/octet-stream", Size: size, Open: func(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
		return s.deps.Media.Content(ctx, key, offset, length)
	}}
	switch typ := http.DetectContentType(begin); {
	case inline[typ]:
		out.Type, out.Name = typ, ""
	case bytes.HasPrefix(begin, []byte("#!AMR")):
		out.Type, out.Name = "audio/amr", ""
	}
	return out, nil
}
