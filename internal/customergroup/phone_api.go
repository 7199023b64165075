package customergroup

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/sensitive"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Routes returns the calls of a member's page, with the member's session.
func (s *Service) Routes() []door.Route {
	page := s.deps.Member.JSON
	return []door.Route{
		{Pattern: "GET /phone/api/customer_groups", Handler: page(s.phoneGroups)},
		{Pattern: "POST /phone/api/customer_groups", Handler: page(s.phoneCreate)},
		{Pattern: "GET /phone/api/customer_groups/{chat}", Handler: page(s.phoneGroup)},
		{Pattern: "POST /phone/api/customer_groups/{chat}", Handler: page(s.phoneChange)},
		{Pattern: "GET /phone/api/customer_groups/{chat}/messages", Handler: page(s.phoneMessages)},
		{Pattern: "POST /phone/api/customer_groups/{chat}/messages", Handler: page(s.phoneSay)},
		{Pattern: "GET /phone/api/customer_groups/{chat}/files/{no}/{media}", Handler: s.deps.Member.File(s.phoneFile)},
	}
}

type (
	groupLine struct {
		ChatID id.ChatID `json:"chat_id"`
		Name   string    `json:"name"`
		Owner  bool      `json:"owner"` // the member owns it
		Last   *saidLine `json:"last,omitempty"`
	}
	saidLine struct {
		No     int64           `json:"no"`
		From   customer.Author `json:"from"`
		Who    id.Person       `json:"who"` // userid, or external_userid
		Name   string          `json:"name"`
		Avatar string          `json:"avatar,omitempty"`
		customer.Words
		Files []customer.ShownFile `json:"files,omitempty"`
		At    int64                `json:"time"` // Unix seconds
	}
	personLine struct {
		Who     id.Person `json:"who"`
		Name    string    `json:"name"`
		Avatar  string    `json:"avatar,omitempty"`
		Outside bool      `json:"outside,omitempty"`
		Admin   bool      `json:"admin,omitempty"`
		Owner   bool      `json:"owner,omitempty"`
	}
	groupPage struct {
		groupLine
		Notice  string       `json:"notice"`
		Rules   bool         `json:"rules"` // the member owns or administers it
		Members []personLine `json:"members"`
	}
)

// who names somebody by kind and number.
func (s *Service) who(tx *store.Tx, corpID string, kind, no int64) (p personLine, err error) {
	if kind == staff {
		m, found, err := s.deps.Directory.MemberNo(tx, no)
		if err != nil || !found {
			return p, err
		}
		_, thumb := s.deps.Directory.AvatarURL(&m)
		return personLine{Who: id.Person(m.UserID), Name: m.Name, Avatar: s.local(thumb)}, nil
	}
	list, err := s.deps.Customers.Contacts(tx, corpID, []int64{no})
	c := list[no]
	return personLine{Who: id.Person(s.deps.Customers.ExternalID(c.Kind, c.No)), Name: c.Name, Avatar: s.local(c.Avatar), Outside: true}, err
}

// local removes this server's own address from a link, so that the link works on the host under which the page
// was opened.
func (s *Service) local(link string) string { return strings.TrimPrefix(link, s.deps.BaseURL()) }

func (s *Service) said(tx *store.Tx, corpID string, g Group, m Message) (saidLine, error) {
	p, err := s.who(tx, corpID, m.Kind, m.Person)
	path := fmt.Sprintf("/phone/api/customer_groups/%s/files/%d", s.ChatID(g.No), m.no)
	return saidLine{m.no, m.Author, p.Who, p.Name, p.Avatar, m.Words, customer.ShowFiles(m.kept, path), m.At.Unix()}, err
}

// inside returns a group that the member is in, as whom. Another's is not there.
func (s *Service) inside(tx *store.Tx, by access.Caller, chat string, member int64) (Group, Person, error) {
	g, err := s.Group(tx, by.CorpID, id.ChatID(chat))
	if errors.Is(err, ErrChatID) || errors.Is(err, ErrDismissed) {
		err = door.ErrNotFound
	}
	if err != nil {
		return g, Person{}, err
	}
	in, err := selectPeople(tx, by.CorpID, g.No, `kind = ? AND person = ?`, int64(staff), member)
	if err != nil || len(in) == 0 {
		if err == nil {
			err = door.ErrNotFound
		}
		return g, Person{}, err
	}
	return g, in[0], nil
}

func (s *Service) look(r *http.Request, sess login.Session, fn func(tx *store.Tx, by access.Caller) error) error {
	return s.deps.Customers.Look(r.Context(), sess.CorpID, fn)
}

func (s *Service) phoneGroups(r *http.Request, sess login.Session) (any, error) {
	out := []groupLine{}
	err := s.look(r, sess, func(tx *store.Tx, by access.Caller) error {
		list, err := selectGroupsOf(tx, by.CorpID, staff, sess.Member.No)
		if err != nil {
			return err
		}
		for _, g := range list {
			line := groupLine{ChatID: s.ChatID(g.No), Name: g.Name, Owner: g.Owner == sess.Member.No && g.LeftUserID == ""}
			last, err := s.Messages(tx, by.CorpID, g.No, 1)
			if err != nil {
				return err
			}
			for _, m := range last {
				said, err := s.said(tx, by.CorpID, g, m)
				if err != nil {
					return err
				}
				line.Last = &said
			}
			out = append(out, line)
		}
		return nil
	})
	return map[string]any{"groups": out}, err
}

func (s *Service) phoneCreate(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		Name      string          `json:"name"`
		Users     []id.UserID     `json:"userids"`
		Externals []id.ExternalID `json:"external_userids"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, err
	}
	var chat id.ChatID
	err := s.deps.Customers.Script(r.Context(), sess.CorpID, func(tx *store.Tx, by access.Caller) error {
		if err := s.known(tx, by, sess, req.Externals); err != nil {
			return err
		}
		g, err := s.Create(r.Context(), tx, by, NewGroup{Name: strings.TrimSpace(req.Name), Owner: sess.Member.UserID, People: People{Users: req.Users, Externals: req.Externals}})
		chat = s.ChatID(g.No)
		return err
	})
	return map[string]any{"chat_id": chat}, err
}

// known refuses people whom the member does not have as customers.
func (s *Service) known(tx *store.Tx, by access.Caller, sess login.Session, externals []id.ExternalID) error {
	has, err := s.deps.Customers.Acquainted(tx, by.CorpID, sess.Member.No, externals)
	for _, e := range externals {
		if err == nil && !has[e] {
			err = customer.ErrNoRelation.With("%q is not a customer of %q", e, sess.Member.UserID)
		}
	}
	return err
}

// peopleMost is how many people of a group the page shows.
const peopleMost = 500

func (s *Service) phoneGroup(r *http.Request, sess login.Session) (any, error) {
	var out groupPage
	err := s.look(r, sess, func(tx *store.Tx, by access.Caller) error {
		g, me, err := s.inside(tx, by, r.PathValue("chat"), sess.Member.No)
		if err != nil {
			return err
		}
		owns := g.Owner == sess.Member.No && g.LeftUserID == ""
		out = groupPage{groupLine{ChatID: s.ChatID(g.No), Name: g.Name, Owner: owns}, g.Notice, owns || me.Admin, []personLine{}}
		in, err := selectPeople(tx, by.CorpID, g.No, ``)
		for _, p := range in[:min(len(in), peopleMost)] {
			line, err := s.who(tx, by.CorpID, p.Kind, p.No)
			if err != nil {
				return err
			}
			line.Admin, line.Owner = p.Admin, p.Kind == staff && p.No == g.Owner
			out.Members = append(out.Members, line)
		}
		return err
	})
	return out, err
}

// errRules refuses what only those do who rule a group.
var errRules = wire.ErrNoPrivilege.With("only the owner and administrators of the group do that")

func (s *Service) phoneChange(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		Name      *string         `json:"name"`
		Notice    *string         `json:"notice"`
		Owner     id.UserID       `json:"owner"`
		Users     []id.UserID     `json:"add_userids"`
		Externals []id.ExternalID `json:"add_external_userids"`
		RemoveOf  []id.Person     `json:"remove"`
		Leave     bool            `json:"leave"`
		Dismiss   bool            `json:"dismiss"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, err
	}
	ctx, me := r.Context(), sess.Member.UserID
	return struct{}{}, s.deps.Customers.Script(ctx, sess.CorpID, func(tx *store.Tx, by access.Caller) error {
		g, as, err := s.inside(tx, by, r.PathValue("chat"), sess.Member.No)
		if err != nil {
			return err
		}
		chat, owns := s.ChatID(g.No), g.Owner == sess.Member.No && g.LeftUserID == ""
		if (req.Owner != "" || req.Dismiss) && !owns || (req.Name != nil || req.Notice != nil || len(req.RemoveOf) > 0) && !owns && !as.Admin {
			return errRules
		}
		var steps []func() error
		add := func(when bool, step func() error) {
			if when {
				steps = append(steps, step)
			}
		}
		add(req.Name != nil && *req.Name != g.Name, func() error { return s.Rename(ctx, tx, by, chat, *req.Name) })
		add(req.Notice != nil && *req.Notice != g.Notice, func() error { return s.Announce(ctx, tx, by, chat, *req.Notice) })
		add(len(req.Users)+len(req.Externals) > 0, func() error {
			if err := s.known(tx, by, sess, req.Externals); err != nil {
				return err
			}
			_, err := s.Join(ctx, tx, by, chat, Coming{People: People{Users: req.Users, Externals: req.Externals}, Invitor: me})
			return err
		})
		add(len(req.RemoveOf) > 0, func() error {
			named, err := s.told(tx, by, g, req.RemoveOf)
			if err != nil {
				return err
			}
			return s.Leave(ctx, tx, by, chat, named, me)
		})
		add(req.Owner != "", func() error { return s.HandOn(ctx, tx, by, chat, req.Owner) })
		add(req.Leave, func() error { return s.Leave(ctx, tx, by, chat, People{Users: []id.UserID{me}}, "") })
		add(req.Dismiss, func() error { return s.Dismiss(ctx, tx, by, chat) })
		for _, step := range steps {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
}

// told tells members from customers among those who are in a group.
func (s *Service) told(tx *store.Tx, by access.Caller, g Group, list []id.Person) (out People, err error) {
	in, err := selectPeople(tx, by.CorpID, g.No, ``)
	for _, p := range in {
		line, err := s.who(tx, by.CorpID, p.Kind, p.No)
		if err != nil {
			return out, err
		}
		switch {
		case !slices.Contains(list, line.Who):
		case line.Outside:
			out.Externals = append(out.Externals, id.ExternalID(line.Who))
		default:
			out.Users = append(out.Users, id.UserID(line.Who))
		}
	}
	return out, err
}

// saidMost is how many messages an answer has.
const saidMost = 100

func (s *Service) phoneMessages(r *http.Request, sess login.Session) (any, error) {
	before, limit, err := door.Page(r, saidMost)
	if err != nil {
		return nil, err
	}
	out := []saidLine{}
	err = s.look(r, sess, func(tx *store.Tx, by access.Caller) error {
		g, me, err := s.inside(tx, by, r.PathValue("chat"), sess.Member.No)
		if err != nil {
			return err
		}
		where, args := `corpid = ? AND chat = ? AND at >= ?`, []any{by.CorpID, g.No, me.JoinedAt.UnixMilli()}
		if before > 0 {
			where, args = where+` AND no < ?`, append(args, before)
		}
		list, err := selectSaid(tx, where, args, limit)
		for _, m := range list {
			line, err := s.said(tx, by.CorpID, g, m)
			if err != nil {
				return err
			}
			out = append(out, line)
		}
		return err
	})
	return map[string]any{"messages": out}, err
}

func (s *Service) phoneSay(r *http.Request, sess login.Session) (any, error) {
	var w customer.Words
	if err := json.NewDecoder(r.Body).Decode(&w); err != nil {
		return nil, err
	}
	said := sensitive.Said{}
	if w.Text != nil {
		said.Text = w.Text.Content
	}
	var verdict sensitive.Verdict
	err := s.deps.Customers.Script(r.Context(), sess.CorpID, func(tx *store.Tx, by access.Caller) error {
		g, _, err := s.inside(tx, by, r.PathValue("chat"), sess.Member.No)
		if err == nil {
			verdict, err = s.Say(r.Context(), tx, by, s.ChatID(g.No), Speaker{UserID: sess.Member.UserID}, w, said)
		}
		return err
	})
	return verdict, err
}

// file returns a file of a message of the number in the path, if the message passes.
func (s *Service) file(r *http.Request, corpID string, pass func(tx *store.Tx, m Message, chat int64) (bool, error)) (*wire.File, error) {
	no, err := strconv.ParseInt(r.PathValue("no"), 10, 64)
	if err != nil {
		return nil, nil
	}
	var kept []customer.Kept
	err = s.deps.Customers.Look(r.Context(), corpID, func(tx *store.Tx, by access.Caller) error {
		var chat int64
		if found, err := tx.Get(`SELECT chat FROM customer_group_message WHERE corpid = ? AND no = ?`, []any{corpID, no}, &chat); err != nil || !found {
			return err
		}
		list, err := selectSaid(tx, `corpid = ? AND chat = ? AND no = ?`, []any{corpID, chat, no}, 1)
		for _, m := range list {
			ok, err := pass(tx, m, chat)
			if err != nil {
				return err
			}
			if ok {
				kept = m.kept
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.deps.Customers.OpenFile(r.Context(), kept, r.PathValue("media"))
}

// phoneFile returns a file of a message that the member has.
func (s *Service) phoneFile(r *http.Request, sess login.Session) (*wire.File, error) {
	return s.file(r, sess.CorpID, func(tx *store.Tx, m Message, chat int64) (bool, error) {
		in, err := selectPeople(tx, sess.CorpID, chat, `kind = ? AND person = ?`, int64(staff), sess.Member.No)
		return len(in) > 0 && string(s.ChatID(chat)) == r.PathValue("chat") && !m.At.Before(in[0].JoinedAt), err
	})
}
