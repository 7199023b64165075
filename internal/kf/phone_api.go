package kf

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Routes returns the calls of a member's page, with the member's session.
func (s *Service) Routes() []door.Route {
	page := s.deps.Member.JSON
	const session = "/phone/api/kf/{open}/sessions/{external}"
	return []door.Route{
		{Pattern: "GET /phone/api/kf", Handler: page(s.phoneDesk)},
		{Pattern: "POST /phone/api/kf/{open}/duty", Handler: page(s.phoneDuty)},
		{Pattern: "GET " + session, Handler: page(s.phoneSession)},
		{Pattern: "POST " + session + "/{step}", Handler: page(s.phoneStep)},
		{Pattern: "GET " + session + "/files/{media}", Handler: s.deps.Member.File(s.phoneFile)},
	}
}

// sessionsMost is how many sessions of an account the page shows.
const sessionsMost = 100

type (
	deskAccount struct {
		OpenKfID  id.ServiceAccount `json:"open_kfid"`
		Name      string            `json:"name"`
		Avatar    string            `json:"avatar,omitempty"`
		Duty      string            `json:"duty"` // receive, stop or suspend
		Servicers []servicerLine    `json:"servicers"`
		Sessions  []sessionLine     `json:"sessions"`
	}
	servicerLine struct {
		UserID id.UserID `json:"userid"`
		Name   string    `json:"name"`
		Duty   string    `json:"duty"`
	}
	sessionLine struct {
		customerLine
		State    State         `json:"service_state"`
		Waits    bool          `json:"waits"` // for a servicer to take
		Mine     bool          `json:"mine"`
		Servicer *servicerLine `json:"servicer,omitempty"`
		AskedAt  int64         `json:"asked_at"` // Unix seconds
		Last     *messageLine  `json:"last,omitempty"`
	}
	customerLine struct {
		External id.ExternalID `json:"external_userid"`
		Name     string        `json:"name"`
		Avatar   string        `json:"avatar,omitempty"`
	}
	messageLine struct {
		No       int64           `json:"no"`
		MsgID    string          `json:"msgid"`
		From     string          `json:"from"` // customer, servicer, api or event
		UserID   id.UserID       `json:"userid,omitempty"`
		Name     string          `json:"name,omitempty"`
		Type     string          `json:"msgtype"`
		Content  json.RawMessage `json:"content,omitempty"`
		At       int64           `json:"time"` // Unix seconds
		Failed   bool            `json:"failed,omitempty"`
		Recalled bool            `json:"recalled,omitempty"`
		Path     string          `json:"path,omitempty"` // of its file
	}
)

// dutyNames are the duties in the page's words.
var dutyNames = map[Duty]string{Receiving: "receive", Stopped: "stop", Suspended: "suspend"}

func (s *Service) customer(tx *store.Tx, corpID string, no int64) (customerLine, error) {
	list, err := s.deps.Customers.Contacts(tx, corpID, []int64{no})
	c := list[no]
	return customerLine{s.deps.Customers.ExternalID(c.Kind, c.No), c.Name, s.local(c.Avatar)}, err
}

// local removes this server's own address from a link, so that the link works on the host under which the page
// was opened.
func (s *Service) local(link string) string { return strings.TrimPrefix(link, s.deps.BaseURL()) }

func (s *Service) servicerLine(tx *store.Tx, no int64, duty Duty) (servicerLine, error) {
	m, found, err := s.deps.Directory.MemberNo(tx, no)
	if err != nil || !found {
		return servicerLine{}, err
	}
	return servicerLine{m.UserID, m.Name, dutyNames[duty]}, nil
}

// accountsMost bounds the accounts that the page looks through.
const accountsMost = 5000

// phoneDesk answers the accounts that the member serves, and their sessions.
func (s *Service) phoneDesk(r *http.Request, sess login.Session) (any, error) {
	out := []deskAccount{}
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		list, err := s.Accounts(tx, sess.CorpID, 0, accountsMost)
		if err != nil {
			return err
		}
		for _, a := range list {
			in, err := s.servicersAmong(tx, a, []int64{sess.Member.No})
			if err != nil {
				return err
			}
			if len(in) == 0 {
				continue
			}
			one, err := s.desk(tx, a, sess)
			if err != nil {
				return err
			}
			out = append(out, one)
		}
		return nil
	})
	return map[string]any{"accounts": out}, err
}

func (s *Service) desk(tx *store.Tx, a Account, sess login.Session) (out deskAccount, err error) {
	rests, err := selectRests(tx, a)
	if err != nil {
		return out, err
	}
	out = deskAccount{s.OpenKfID(a.No), a.Name, s.local(s.avatarURL(a)), dutyNames[rests[sess.Member.No]], []servicerLine{}, []sessionLine{}}
	list, err := recallServicers(tx, a)
	if err != nil {
		return out, err
	}
	for _, v := range list {
		if v.Member == 0 || v.Member == sess.Member.No {
			continue
		}
		line, err := s.servicerLine(tx, v.Member, rests[v.Member])
		if err != nil {
			return out, err
		}
		if line.UserID != "" {
			out.Servicers = append(out.Servicers, line)
		}
	}
	sessions, err := selectSessions(tx, `corpid = ? AND account = ? AND asked_at > 0 ORDER BY asked_at DESC LIMIT ?`, a.CorpID, a.No, int64(sessionsMost))
	for _, v := range sessions {
		line, shown, err := s.sessionLine(tx, a, v, sess)
		if err != nil {
			return out, err
		}
		if shown {
			out.Sessions = append(out.Sessions, line)
		}
	}
	return out, err
}

// sessionLine shows a session. Shown is whether it concerns the member: it waits, or the member serves or has
// served.
func (s *Service) sessionLine(tx *store.Tx, a Account, v Session, sess login.Session) (line sessionLine, shown bool, err error) {
	state := v.at(tx.Now())
	line = sessionLine{State: state, Mine: v.Servicer == sess.Member.No, AskedAt: v.AskedAt.Unix()}
	if line.Waits, err = s.waits(tx, a, state); err != nil {
		return line, false, err
	}
	shown = line.Waits || line.Mine
	if line.customerLine, err = s.customer(tx, a.CorpID, v.Customer); err != nil {
		return line, false, err
	}
	if state == Served {
		by, err := s.servicerLine(tx, v.Servicer, Receiving)
		if err != nil {
			return line, false, err
		}
		line.Servicer = &by
	}
	last, err := selectMessages(tx, a, v.Customer, 1)
	for _, m := range last {
		shownLine, err := s.message(tx, a, line.External, m)
		if err != nil {
			return line, false, err
		}
		line.Last = &shownLine
	}
	return line, shown, err
}

func (s *Service) message(tx *store.Tx, a Account, external id.ExternalID, m Message) (out messageLine, err error) {
	out = messageLine{No: m.Seq, MsgID: m.ID, From: authors[m.Origin], UserID: m.Servicer, Type: m.Type, At: m.At.Unix(), Failed: m.Failed, Recalled: m.Recalled}
	if m.Servicer != "" {
		found, err := s.deps.Directory.Named(tx, access.System(a.CorpID), []string{string(m.Servicer)})
		if err != nil {
			return out, err
		}
		if b, ok := found[m.Servicer.Key()]; ok {
			by, err := s.servicerLine(tx, b.No, Receiving)
			if err != nil {
				return out, err
			}
			out.Name = by.Name
		}
	}
	switch {
	case m.Recalled:
	case m.Type == "business_card":
		out.Content = wire.Encode(Card{m.Other})
	case !bare[m.Type]:
		out.Content = m.Content
	}
	if file := mediaOf(m); file != "" && !m.Recalled {
		out.Path = fmt.Sprintf("/phone/api/kf/%s/sessions/%s/files/%s", s.OpenKfID(a.No), external, file)
	}
	return out, nil
}

// mediaOf returns the media_id of a message's file.
func mediaOf(m Message) string {
	if kindsOf[m.Type] == "" {
		return ""
	}
	var f Media
	if json.Unmarshal(m.Content, &f) != nil {
		return ""
	}
	return f.MediaID
}

// serving returns an account that the member serves. Another's is not there.
func (s *Service) serving(tx *store.Tx, r *http.Request, sess login.Session) (Account, error) {
	a, err := s.account(tx, sess.CorpID, id.ServiceAccount(r.PathValue("open")))
	if err == nil {
		_, err = s.serves(r.Context(), tx, access.System(sess.CorpID), a, sess.Member.UserID)
	}
	if errors.Is(err, ErrAccount) || errors.Is(err, ErrNoAccount) || errors.Is(err, ErrNotListed) {
		err = door.ErrNotFound
	}
	return a, err
}

// atDesk returns an account that the member serves, and a customer who has written there.
func (s *Service) atDesk(tx *store.Tx, r *http.Request, sess login.Session) (a Account, c customer.Contact, v Session, err error) {
	if a, err = s.serving(tx, r, sess); err != nil {
		return a, c, v, err
	}
	if c, err = s.deps.Customers.Contact(tx, sess.CorpID, id.ExternalID(r.PathValue("external"))); err != nil {
		if customer.Refused(err) {
			err = door.ErrNotFound
		}
		return a, c, v, err
	}
	if v, err = sessionOf(tx, a, c.No); err == nil && v.No == 0 {
		err = door.ErrNotFound
	}
	return a, c, v, err
}

func (s *Service) phoneDuty(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		Duty string `json:"duty"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, err
	}
	for d, name := range dutyNames {
		if name == req.Duty {
			return struct{}{}, s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
				a, err := s.serving(tx, r, sess)
				if err != nil {
					return err
				}
				return s.SetDuty(r.Context(), tx, a, sess.Member.UserID, d)
			})
		}
	}
	return nil, wire.ErrParameter.With("duty: receive, stop or suspend expected")
}

// saidMost is how many messages of a session the page is shown.
const saidMost = 200

func (s *Service) phoneSession(r *http.Request, sess login.Session) (any, error) {
	var out struct {
		sessionLine
		Refused  bool          `json:"refused"` // servicers take no more messages
		Advice   *adviceMember `json:"upgrade,omitempty"`
		Messages []messageLine `json:"messages"`
	}
	out.Messages = []messageLine{}
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		a, c, v, err := s.atDesk(tx, r, sess)
		if err != nil {
			return err
		}
		if out.sessionLine, _, err = s.sessionLine(tx, a, v, sess); err != nil {
			return err
		}
		if out.customerLine, err = s.customer(tx, a.CorpID, c.No); err != nil {
			return err
		}
		out.Refused = v.Refused
		if v.Advice != nil {
			user, err := s.userOf(tx, a.CorpID, v.Advice.Member)
			if err != nil {
				return err
			}
			out.Advice = &adviceMember{user, v.Advice.Wording}
		}
		list, err := selectMessages(tx, a, c.No, saidMost)
		for _, m := range list {
			line, err := s.message(tx, a, out.External, m)
			if err != nil {
				return err
			}
			out.Messages = append(out.Messages, line)
		}
		return err
	})
	return out, err
}

// phoneStep is the servicer at work: take, reply, transfer, end, invite, reject or accept.
func (s *Service) phoneStep(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		To   id.UserID `json:"to"`
		Type string    `json:"msgtype"`
		Content
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, err
	}
	ctx, me := r.Context(), sess.Member.UserID
	return struct{}{}, s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		a, c, _, err := s.atDesk(tx, r, sess)
		if err != nil {
			return err
		}
		switch step := r.PathValue("step"); step {
		case "take":
			return s.Take(ctx, tx, a, me, c)
		case "reply":
			_, err = s.Reply(ctx, tx, a, me, c, req.Type, req.Content)
		case "transfer":
			return s.HandOver(ctx, tx, a, me, c, req.To)
		case "end":
			return s.Finish(ctx, tx, a, me, c)
		case "invite":
			_, err = s.Invite(ctx, tx, a, me, c, req.To)
		case "reject", "accept":
			return s.TakeNoMore(ctx, tx, a, me, c, step == "reject")
		default:
			return door.ErrNotFound
		}
		return err
	})
}

// phoneFile returns a file of a session, for as long as its media_id is valid.
func (s *Service) phoneFile(r *http.Request, sess login.Session) (*wire.File, error) {
	var f media.File
	found := false
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		a, c, _, err := s.atDesk(tx, r, sess)
		if errors.Is(err, door.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		f, found, err = s.saidFile(tx, a, c.No, r.PathValue("media"))
		return err
	})
	if err != nil || !found {
		return nil, err
	}
	return s.deps.Customers.OpenFile(r.Context(), []customer.Kept{{MediaID: f.MediaID, Name: f.Name, Size: f.Size, Key: f.Key}}, f.MediaID)
}

// saidFile finds a file among the newest messages of a customer.
func (s *Service) saidFile(tx *store.Tx, a Account, no int64, mediaID string) (f media.File, found bool, err error) {
	list, err := selectMessages(tx, a, no, saidMost)
	if err != nil || !slices.ContainsFunc(list, func(m Message) bool { return mediaOf(m) == mediaID && !m.Recalled }) {
		return f, false, err
	}
	f, err = s.deps.Media.File(tx, a.CorpID, mediaID)
	if errors.Is(err, media.ErrMediaID) {
		return f, false, nil
	}
	return f, err == nil, err
}
