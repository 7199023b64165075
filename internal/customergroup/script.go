package customergroup

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/sensitive"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Scripts returns the calls by which scripts play the people in groups, in dev.
func (s *Service) Scripts() []door.Route {
	log, at := s.deps.Log, customer.ScriptPath
	return []door.Route{
		door.Script(at("join"), log, s.scriptJoin),
		door.Script(at("leave"), log, s.scriptLeave),
		door.Script(at("group/create"), log, s.scriptCreate),
		door.Script(at("group/rename"), log, s.scriptRename),
		door.Script(at("group/notice"), log, s.scriptNotice),
		door.Script(at("group/owner"), log, s.scriptOwner),
		door.Script(at("group/admins"), log, s.scriptAdmins),
		door.Script(at("group/dismiss"), log, s.scriptDismiss),
		door.Script(at("group/send"), log, s.scriptSend),
		door.Script(at("group/welcome"), log, s.scriptWelcome),
		{Pattern: "GET /_qiwei/wechat/group/files/{corpid}/{no}/{media}", Handler: http.HandlerFunc(s.scriptFile)},
		{Pattern: "GET /_qiwei/wechat/group/messages", Handler: http.HandlerFunc(s.scriptMessages)},
	}
}

type none struct{}

// chatScript names a group in a script.
type chatScript struct {
	CorpID string    `json:"corpid"`
	ChatID id.ChatID `json:"chat_id"`
}

// named are people in a script: one or several members, one or several whom the corp knows, and one whom it
// may not know.
type named struct {
	UserID    id.UserID       `json:"userid"`
	Users     []id.UserID     `json:"userids"`
	External  id.ExternalID   `json:"external_userid"`
	Externals []id.ExternalID `json:"external_userids"`

	Name     string `json:"name"`
	UnionID  string `json:"unionid"`
	Gender   int64  `json:"gender"`
	Avatar   string `json:"avatar"`
	Type     int64  `json:"type"` // 1 if it is left out
	CorpName string `json:"corp_name"`
}

func (n named) people() (p People) {
	p.Users, p.Externals = n.Users, n.Externals
	if n.UserID != "" {
		p.Users = append(p.Users, n.UserID)
	}
	if n.External != "" {
		p.Externals = append(p.Externals, n.External)
	}
	if n.Name != "" || n.UnionID != "" {
		p.Stranger = &customer.Contact{Kind: n.Type, Name: n.Name, UnionID: n.UnionID, Gender: n.Gender, Avatar: n.Avatar, CorpName: n.CorpName}
	}
	return p
}

// createScript is a member who makes a group. Userid and its kin are those whom the owner takes in.
type createScript struct {
	CorpID   string      `json:"corpid"`
	Owner    id.UserID   `json:"owner"`
	Group    string      `json:"group_name"`
	Admins   []id.UserID `json:"admins"`
	Capacity int64       `json:"capacity"` // that of the platform if it is left out
	named
}

type createAnswer struct {
	ChatID  id.ChatID `json:"chat_id"`
	OpenGID string    `json:"opengid"`
}

func (s *Service) scriptCreate(ctx context.Context, req createScript) (answer createAnswer, err error) {
	err = s.deps.Customers.Script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		g, err := s.Create(ctx, tx, by, NewGroup{Name: req.Group, Owner: req.Owner, Admins: req.Admins, People: req.people(), Capacity: req.Capacity})
		answer = createAnswer{s.ChatID(g.No), s.openGID(g.No)}
		return err
	})
	return answer, err
}

// joinScript are people who come into a group, by its id, or by a join way's config_id or code.
type joinScript struct {
	chatScript
	ConfigID string    `json:"config_id"`
	Link     string    `json:"link"` // the qr_code of a join way, in place of its config_id
	Invitor  id.UserID `json:"invitor"`
	Scene    int64     `json:"join_scene"` // 3, or 1 with an invitor, if it is left out
	State    string    `json:"state"`      // the way's if it is left out
	Nickname string    `json:"group_nickname"`
	named
}

type joinAnswer struct {
	ChatID    id.ChatID       `json:"chat_id"`
	Externals []id.ExternalID `json:"external_userids,omitempty"`
}

func (s *Service) scriptJoin(ctx context.Context, req joinScript) (answer joinAnswer, err error) {
	configID := req.ConfigID
	if _, after, ok := strings.Cut(req.Link, wayLink); ok && configID == "" {
		configID = after
	} else if req.Link != "" {
		return answer, wire.ErrParameter.With("link: the qr_code of a join way expected")
	}
	if (configID == "") == (req.ChatID == "") {
		return answer, wire.ErrParameter.With("chat_id, or the config_id or the qr_code (as link) of a join way expected")
	}
	coming := Coming{People: req.people(), Scene: req.Scene, Invitor: req.Invitor, State: req.State, Nickname: req.Nickname}
	err = s.deps.Customers.Script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		answer = joinAnswer{ChatID: req.ChatID}
		var people []Person
		var err error
		if configID != "" {
			var g Group
			g, people, err = s.Arrive(ctx, tx, by, configID, coming)
			answer.ChatID = s.ChatID(g.No)
		} else {
			people, err = s.Join(ctx, tx, by, req.ChatID, coming)
		}
		for _, p := range people {
			if p.Kind == outsider {
				answer.Externals = append(answer.Externals, p.External)
			}
		}
		return err
	})
	return answer, err
}

// leaveScript are people who go, or whom the owner or an administrator removes.
type leaveScript struct {
	chatScript
	RemovedBy id.UserID `json:"removed_by"`
	named
}

func (s *Service) scriptLeave(ctx context.Context, req leaveScript) (none, error) {
	return none{}, s.deps.Customers.Script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		return s.Leave(ctx, tx, by, req.ChatID, req.people(), req.RemovedBy)
	})
}

type renameScript struct {
	chatScript
	Name string `json:"group_name"`
}

func (s *Service) scriptRename(ctx context.Context, req renameScript) (none, error) {
	return none{}, s.deps.Customers.Script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		return s.Rename(ctx, tx, by, req.ChatID, req.Name)
	})
}

type noticeScript struct {
	chatScript
	Notice string `json:"notice"`
}

func (s *Service) scriptNotice(ctx context.Context, req noticeScript) (none, error) {
	return none{}, s.deps.Customers.Script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		return s.Announce(ctx, tx, by, req.ChatID, req.Notice)
	})
}

type ownerScript struct {
	chatScript
	UserID id.UserID `json:"userid"`
}

func (s *Service) scriptOwner(ctx context.Context, req ownerScript) (none, error) {
	return none{}, s.deps.Customers.Script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		return s.HandOn(ctx, tx, by, req.ChatID, req.UserID)
	})
}

type adminsScript struct {
	chatScript
	Users []id.UserID `json:"userids"`
}

func (s *Service) scriptAdmins(ctx context.Context, req adminsScript) (none, error) {
	return none{}, s.deps.Customers.Script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		return s.SetAdmins(ctx, tx, by, req.ChatID, req.Users)
	})
}

func (s *Service) scriptDismiss(ctx context.Context, req chatScript) (none, error) {
	return none{}, s.deps.Customers.Script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		return s.Dismiss(ctx, tx, by, req.ChatID)
	})
}

type sendScript struct {
	chatScript
	UserID    id.UserID     `json:"userid"` // who says it, or the next
	External  id.ExternalID `json:"external_userid"`
	Text      string        `json:"text"`
	RedPacket bool          `json:"red_packet"`
	// One of these, in place of a text.
	Attachments []customer.Attachment `json:"attachments"`
	Voice       *customer.File        `json:"voice"`
	Location    *customer.Location    `json:"location"`
	Card        *customer.Card        `json:"card"`
}

func (s *Service) scriptSend(ctx context.Context, req sendScript) (verdict sensitive.Verdict, err error) {
	err = s.deps.Customers.Script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) (err error) {
		said := sensitive.Said{Text: req.Text, RedPacket: req.RedPacket}
		w := customer.Words{Content: customer.Content{Attachments: req.Attachments}, Voice: req.Voice, Location: req.Location, Card: req.Card}
		if text := said.String(); text != "" || len(w.Attachments) == 0 && w.Voice == nil && w.Location == nil && w.Card == nil {
			w.Text = &customer.Text{Content: text}
		}
		verdict, err = s.Say(ctx, tx, by, req.ChatID, Speaker{req.UserID, req.External}, w, said)
		return err
	})
	return verdict, err
}

type welcomeScript struct {
	chatScript
	TemplateID string `json:"template_id"` // none if it is empty
}

func (s *Service) scriptWelcome(ctx context.Context, req welcomeScript) (none, error) {
	return none{}, s.deps.Customers.Script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		return s.Greet(ctx, tx, by, req.ChatID, req.TemplateID)
	})
}

// scriptFile serves a file of a message.
func (s *Service) scriptFile(w http.ResponseWriter, r *http.Request) {
	f, err := s.file(r, r.PathValue("corpid"), func(*store.Tx, Message, int64) (bool, error) { return true, nil })
	door.ServeFile(w, r, s.deps.Log, f, err)
}

// toldMessages is how many messages a script is shown.
const toldMessages = 1000

type (
	messagesAnswer struct {
		Messages []messageAnswer `json:"messages"`
	}
	messageAnswer struct {
		UserID   id.UserID       `json:"userid,omitempty"`
		External id.ExternalID   `json:"external_userid,omitempty"`
		Name     string          `json:"name"`
		From     customer.Author `json:"from"`
		customer.Words
		Files []customer.ShownFile `json:"files,omitempty"`
		At    int64                `json:"time"` // Unix seconds
	}
)

// scriptMessages answers what was said in a group, the newest last.
func (s *Service) scriptMessages(w http.ResponseWriter, r *http.Request) {
	door.Answer(w, r, s.deps.Log, nil, func() (any, error) {
		q, answer := r.URL.Query(), messagesAnswer{Messages: []messageAnswer{}}
		return &answer, s.deps.Customers.Look(r.Context(), q.Get("corpid"), func(tx *store.Tx, by access.Caller) error {
			g, err := s.Group(tx, by.CorpID, id.ChatID(q.Get("chat_id")))
			if err != nil {
				return err
			}
			list, err := s.Messages(tx, by.CorpID, g.No, toldMessages)
			if err != nil {
				return err
			}
			var said []Person
			for _, m := range list {
				said = append(said, Person{Kind: m.Kind, No: m.Person})
			}
			show, err := s.shower(tx, by, g, said)
			for i, m := range list {
				a := messageAnswer{From: m.Author, Words: m.Words, Files: customer.ShowFiles(m.kept, fmt.Sprintf("/_qiwei/wechat/group/files/%s/%d", by.CorpID, m.no)), At: m.At.Unix()}
				who, err := s.who(tx, by.CorpID, m.Kind, m.Person)
				if err != nil {
					return err
				}
				a.Name = who.Name
				if m.Kind == staff {
					a.UserID = show.users[m.Person]
				} else {
					a.External = id.ExternalID(show.person(said[i]).Person)
				}
				answer.Messages = append(answer.Messages, a)
			}
			return err
		})
	})
}
