package customer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/sensitive"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Scripts returns the calls by which scripts play WeChat users and members in their client, in dev.
func (s *Service) Scripts() []door.Route {
	at := func(name string) string { return "POST /_qiwei/wechat/" + name }
	return []door.Route{
		door.Script(at("add"), s.deps.Log, s.scriptAdd),
		door.Script(at("remove"), s.deps.Log, s.scriptRemove),
		door.Script(at("block"), s.deps.Log, s.scriptBlock),
		door.Script(at("send"), s.deps.Log, s.scriptSend),
		door.Script(at("edit"), s.deps.Log, s.scriptEdit),
		door.Script(at("tags"), s.deps.Log, s.scriptTags),
		door.Script(at("scope"), s.deps.Log, s.scriptScope),
		door.Script(at("transfer"), s.deps.Log, s.scriptTransfer),
		{Pattern: "GET /_qiwei/wechat/messages", Handler: http.HandlerFunc(s.scriptMessages)},
		{Pattern: "GET /_qiwei/wechat/files/{corpid}/{no}/{media}", Handler: http.HandlerFunc(s.scriptFile)},
		{Pattern: "POST /_qiwei/wechat/upload", Handler: http.NewCrossOriginProtection().Handler(http.HandlerFunc(s.scriptUpload))},
	}
}

// script runs one in a corp.
func (s *Service) script(ctx context.Context, corpID string, fn func(tx *store.Tx, by access.Caller) error) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if err := s.named(tx, corpID); err != nil {
			return err
		}
		return fn(tx, access.System(corpID))
	})
}

func (s *Service) named(tx *store.Tx, corpID string) error {
	_, err := s.deps.Corps.Corp(tx, corpID)
	if errors.Is(err, corp.ErrNotFound) {
		return door.Missing(fmt.Sprintf("corpid: there is no enterprise %q", corpID))
	}
	return err
}

type none struct{}

// pair names a relation in a script, and who of the two acts: "customer", or "member".
type pair struct {
	CorpID   string        `json:"corpid"`
	External id.ExternalID `json:"external_userid"`
	UserID   id.UserID     `json:"userid"`
	By       string        `json:"by"` // the customer if it is left out
}

func (p pair) byMember() (bool, error) {
	switch p.By {
	case "", string(ByCustomer):
		return false, nil
	case string(ByMember):
		return true, nil
	}
	return false, wire.ErrParameter.With("by: customer or member expected")
}

// addScript is a customer who adds a member, or is added by one.
type addScript struct {
	pair
	ConfigID string        `json:"config_id"` // of a contact way, in place of userid
	Link     string        `json:"link"`      // its qr_code, or an acquisition link, in place of that
	State    string        `json:"state"`     // the way's if it is left out
	AddWay   *int64        `json:"add_way"`   // 1 if it is left out
	Half     bool          `json:"half"`      // the member has not confirmed
	Channel  *videoChannel `json:"wechat_channels"`

	Name     string  `json:"name"`
	UnionID  string  `json:"unionid"`
	Gender   int64   `json:"gender"`
	Avatar   string  `json:"avatar"`
	Type     int64   `json:"type"` // 1 if it is left out
	Position string  `json:"position"`
	CorpName string  `json:"corp_name"`
	FullName string  `json:"corp_full_name"`
	Profile  Profile `json:"external_profile"`
}

type addAnswer struct {
	External id.ExternalID `json:"external_userid"`
	UserID   id.UserID     `json:"userid"`
	// Code is good for any application of the corp; each is pushed one of its own.
	Code string `json:"welcome_code,omitempty"`
}

func (s *Service) scriptAdd(ctx context.Context, req addScript) (answer addAnswer, err error) {
	byMember, err := req.byMember()
	if err != nil {
		return answer, err
	}
	a := Arrival{
		External: req.External, UserID: req.UserID, State: req.State, AddWay: scanned, ByMember: byMember, Half: req.Half,
		Contact: Contact{Kind: req.Type, Name: req.Name, UnionID: req.UnionID, Gender: req.Gender, Avatar: req.Avatar,
			Position: req.Position, CorpName: req.CorpName, FullName: req.FullName, Profile: req.Profile},
	}
	if a.Contact.Kind == 0 {
		a.Contact.Kind = WeChat
	}
	set(&a.AddWay, req.AddWay)
	if req.Channel != nil {
		a.Channel, a.Source = req.Channel.Nickname, req.Channel.Source
	}
	configID := req.ConfigID
	if _, after, ok := strings.Cut(req.Link, wayLink); ok && configID == "" {
		configID = after
	} else if req.Link != "" {
		if a.Through, err = s.openLink(ctx, req.CorpID, req.Link); err != nil {
			return answer, err
		}
		a.Link = req.Link
	}
	err = s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		a := a // which is filled in, and the transaction may run again
		c, f, err := s.Arrive(ctx, tx, by, configID, &a)
		if err != nil {
			return err
		}
		answer = addAnswer{External: s.ExternalID(c.Kind, c.No), UserID: a.UserID}
		if c.Kind == WeChat && f.ChattedAt.IsZero() {
			answer.Code = s.welcomeCode(req.CorpID, welcome{Follow: f.No, At: tx.Now().UnixMilli()})
		}
		return nil
	})
	return answer, err
}

// Arrive is Befriend for a customer who may come by a contact way: it says which member and which state.
func (s *Service) Arrive(ctx context.Context, tx *store.Tx, by access.Caller, configID string, a *Arrival) (c Contact, f Follow, err error) {
	if given := flag(configID != "") + flag(a.UserID != "") + flag(a.Link != ""); given != 1 {
		return c, f, wire.ErrParameter.With("userid, or the config_id of a contact way, or a link expected")
	}
	if a.Link != "" {
		if err := a.Through.Lead(ctx, tx, by, s.knownAs(tx, by.CorpID, *a), a); err != nil {
			return c, f, err
		}
	}
	var w Way
	if configID != "" {
		if w, err = s.way(tx, by, configID); err != nil {
			return c, f, err
		}
		if err := s.admit(tx, by.CorpID, w, *a); err != nil {
			return c, f, err
		}
		if a.UserID, err = s.receive(tx, by.CorpID, w, s.knownAs(tx, by.CorpID, *a)); err != nil {
			return c, f, err
		}
		if a.State == "" {
			a.State = w.State
		}
	}
	if c, f, err = s.Befriend(ctx, tx, by, *a); err == nil && w.Temporary != nil {
		err = beginSession(tx, by.CorpID, w, f)
	}
	return c, f, err
}

// knownAs returns the number of the customer of an arrival, 0 for a new one.
func (s *Service) knownAs(tx *store.Tx, corpID string, a Arrival) int64 {
	if a.External != "" {
		c, err := s.contact(tx, corpID, a.External)
		if err != nil {
			return 0 // Befriend says what is wrong with it
		}
		return c.No
	}
	known, err := selectContactsWhere(tx, `corpid = ? AND unionid = ? AND unionid <> ''`, corpID, a.Contact.UnionID)
	if err != nil || len(known) == 0 {
		return 0
	}
	return known[0].No
}

func (s *Service) scriptRemove(ctx context.Context, req pair) (none, error) {
	byMember, err := req.byMember()
	if err != nil {
		return none{}, err
	}
	return none{}, s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		return s.Part(ctx, tx, by, req.UserID, req.External, byMember)
	})
}

type sendScript struct {
	pair
	Line      string `json:"text"`
	RedPacket bool   `json:"red_packet"`
	// One of these, in place of a text.
	Attachments []Attachment `json:"attachments"`
	Voice       *File        `json:"voice"`
	Location    *Location    `json:"location"`
	Card        *Card        `json:"card"`
}

// scriptSend has one of the two write to the other. The answer says what the rules for sensitive words find in
// a member's message; one that is intercepted is not sent.
func (s *Service) scriptSend(ctx context.Context, req sendScript) (verdict sensitive.Verdict, err error) {
	byMember, err := req.byMember()
	if err != nil {
		return verdict, err
	}
	author, said := ByCustomer, sensitive.Said{Text: req.Line, RedPacket: req.RedPacket}
	if byMember {
		author = ByMember
	}
	w := Words{Content: Content{Attachments: req.Attachments}, Voice: req.Voice, Location: req.Location, Card: req.Card}
	if text := said.String(); text != "" || len(w.Attachments) == 0 && w.Voice == nil && w.Location == nil && w.Card == nil {
		w.Text = &Text{text}
	}
	err = s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		verdict, err = s.Write(ctx, tx, by, req.UserID, req.External, author, w, said)
		return err
	})
	return verdict, err
}

// transferScript is what becomes of a transfer that waits, before its 24 hours are over: accept, refuse, or full
// if the taker has too many customers.
type transferScript struct {
	CorpID   string        `json:"corpid"`
	External id.ExternalID `json:"external_userid"`
	UserID   id.UserID     `json:"userid"` // the taker
	Answer   string        `json:"answer"`
}

func (s *Service) scriptTransfer(ctx context.Context, req transferScript) (none, error) {
	if req.Answer != "accept" && req.Answer != "refuse" && req.Answer != "full" {
		return none{}, wire.ErrParameter.With("answer: accept, refuse or full expected")
	}
	return none{}, s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		return s.Answer(ctx, tx, by, req.UserID, req.External, req.Answer == "accept", req.Answer == "full")
	})
}

// editScript is a member who changes a note or tags in the client.
type editScript struct {
	CorpID string `json:"corpid"`
	remarkRequest
	Add    []id.CustomerTag `json:"add_tag"`
	Remove []id.CustomerTag `json:"remove_tag"`
}

func (s *Service) scriptEdit(ctx context.Context, req editScript) (none, error) {
	u := NoteUpdate{req.Remark, req.Description, req.Company, req.Mobiles, req.PictureID}
	return none{}, s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		return s.Edit(ctx, tx, by, req.UserID, req.External, u, req.Add, req.Remove)
	})
}

// tagsScript is an administrator who changes the corp's tags in the console: one of the four.
type tagsScript struct {
	CorpID  string              `json:"corpid"`
	Add     *addCorpTagRequest  `json:"add"`
	Edit    *editCorpTagRequest `json:"edit"`
	Delete  *delCorpTagRequest  `json:"delete"`
	Shuffle *shuffleScript      `json:"shuffle"`
	// StrategyID is of a strategy group, whose tags are changed instead.
	StrategyID int64 `json:"strategy_id"`
}

// shuffleScript puts the tags of a group, or the groups if it is left out, into an order.
type shuffleScript struct {
	GroupID id.CustomerTag   `json:"group_id"`
	Order   []id.CustomerTag `json:"order"`
}

type tagsScriptAnswer struct {
	Group *madeGroup `json:"tag_group,omitempty"`
}

type madeGroup struct {
	ID   id.CustomerTag `json:"group_id"`
	Name string         `json:"group_name"`
	Tags []madeTag      `json:"tag"`
}

type madeTag struct {
	ID   id.CustomerTag `json:"id"`
	Name string         `json:"name"`
}

func (s *Service) scriptTags(ctx context.Context, req tagsScript) (answer tagsScriptAnswer, err error) {
	err = s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		switch {
		case req.Add != nil:
			n := req.Add.tags()
			n.Strategy = req.StrategyID
			g, tags, err := s.AddTags(ctx, tx, by, n)
			answer.Group = &madeGroup{ID: s.groupID(g.No), Name: g.Name}
			for _, t := range tags {
				answer.Group.Tags = append(answer.Group.Tags, madeTag{s.tagID(t.No), t.Name})
			}
			return err
		case req.Edit != nil:
			return s.EditTag(ctx, tx, by, TagUpdate{req.Edit.ID, req.Edit.Name, req.Edit.Order, req.StrategyID != 0})
		case req.Delete != nil:
			return s.removeTags(ctx, tx, by, req.Delete.Tags, req.Delete.Groups, req.StrategyID != 0)
		case req.Shuffle != nil:
			return s.ShuffleTags(ctx, tx, by, req.StrategyID, req.Shuffle.GroupID, req.Shuffle.Order)
		}
		return wire.ErrParameter.With("add, edit, delete or shuffle expected")
	})
	return answer, err
}

// scopeScript says who has customer contact: everybody if there is no range.
type scopeScript struct {
	CorpID string        `json:"corpid"`
	Range  *access.Range `json:"range"`
}

func (s *Service) scriptScope(ctx context.Context, req scopeScript) (none, error) {
	return none{}, s.script(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		c, err := s.deps.Corps.Corp(tx, req.CorpID)
		if err != nil {
			return err
		}
		c.CustomerScope = req.Range
		return s.deps.Corps.UpdateCorp(ctx, tx, c)
	})
}

// toldMessages is how many messages a script is shown.
const toldMessages = 1000

type messageAnswer struct {
	UserID id.UserID `json:"userid"`
	From   Author    `json:"from"`
	Words
	Files []ShownFile `json:"files,omitempty"`
	At    int64       `json:"time"` // Unix seconds
}

type messagesAnswer struct {
	Messages []messageAnswer `json:"messages"`
}

// scriptMessages answers what was said with a customer, the newest last.
func (s *Service) scriptMessages(w http.ResponseWriter, r *http.Request) {
	door.Answer(w, r, s.deps.Log, nil, func() (any, error) {
		q, answer := r.URL.Query(), messagesAnswer{Messages: []messageAnswer{}}
		corpID := q.Get("corpid")
		err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
			if err := s.named(tx, corpID); err != nil {
				return err
			}
			c, err := s.contact(tx, corpID, id.ExternalID(q.Get("external_userid")))
			if err != nil {
				return err
			}
			list, err := s.Messages(tx, corpID, c.No, toldMessages)
			if err != nil {
				return err
			}
			var members []int64
			for _, m := range list {
				members = append(members, m.Member)
			}
			users, err := s.deps.Directory.NumberedMembers(tx, corpID, members)
			for _, m := range list {
				answer.Messages = append(answer.Messages, messageAnswer{users[m.Member], m.Author, m.Words, ShowFiles(m.kept, fmt.Sprintf("/_qiwei/wechat/files/%s/%d", corpID, m.no)), m.At.Unix()})
			}
			return err
		})
		return answer, err
	})
}
