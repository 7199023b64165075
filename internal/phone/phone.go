// Package phone serves what the member's page at /phone/ asks for and no other room answers: who the member
// is, the address book, the workbench, and the line that reports news to the page at once. Packages message
// and aibot have the routes for what members write, press and read.
package phone

import (
	"context"
	"embed"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/aibot"
	"qiwei/internal/app"
	"qiwei/internal/contactrule"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/login"
	"qiwei/internal/message"
	"qiwei/internal/rescue"
	"qiwei/internal/sound"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Migrations is the room's part of the schema.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Corps     *corp.Service
	Directory *directory.Service
	Apps      *app.Service
	Login     *login.Service
	Member    door.Door[login.Session]
	Messages  *message.Service
	Bots      *aibot.Service
	// Rules say whom a member sees in the address book.
	Rules *contactrule.Service
	// Sources follow what is written in other rooms, for as long as somebody listens.
	Sources func() []Source
	// Counters are the rooms with conversations, and Finders those whose messages are looked through.
	Counters []Counter
	Finders  []Finder
	Log      *slog.Logger
	// BaseURL is where clients reach this server, without a slash at the end.
	BaseURL func() string
	// Sounds finds members by the sound of their names.
	Sounds *sound.Index
	Dev    bool
	// BeatEvery is how often a line says that it is there.
	BeatEvery time.Duration
	// Rescue keeps a panic to the look that it happens in.
	Rescue rescue.Rescuer
}

// Source follows what is written in a room, by any server.
type Source interface {
	Begin(tx *store.Tx) error
	// Look reports to which of the members, who are of the corps, what was written since the last look matters,
	// and in which place of the page.
	Look(tx *store.Tx, members []int64, corps []string, touched func(member int64, key string)) error
}

// Service serves the phone.
type Service struct {
	deps Deps
	hub  *hub
}

// New returns the room.
func New(d Deps) *Service {
	s := &Service{deps: d}
	s.hub = newHub(s)
	if d.Store != nil {
		d.Store.OnWrite(s.hub.poke)
	}
	return s
}

// Run tells the members' pages the news, until ctx ends.
func (s *Service) Run(ctx context.Context) { s.hub.run(ctx) }

// Stop ends the lines, so that a stopping server need not wait for them.
func (s *Service) Stop() { s.hub.stop() }

// Routes returns the page's routes.
func (s *Service) Routes() []door.Route {
	phone := s.deps.Member.JSON
	return []door.Route{
		{Pattern: "GET /phone/api/me", Handler: phone(s.me)},
		{Pattern: "GET /phone/api/events", Handler: http.HandlerFunc(s.events)},
		{Pattern: "GET /phone/api/departments", Handler: phone(s.departments)},
		{Pattern: "GET /phone/api/contacts", Handler: phone(s.contacts)},
		{Pattern: "GET /phone/api/contacts/{userid}", Handler: phone(s.contact)},
		{Pattern: "GET /phone/api/workbench", Handler: phone(s.workbench)},
		{Pattern: "GET /phone/api/unread", Handler: phone(s.unread)},
		{Pattern: "POST /phone/api/read", Handler: phone(s.read)},
		{Pattern: "GET /phone/api/search", Handler: phone(s.search)},
	}
}

// local removes this server's own address from a link, so that the link works on the host under which the
// page was opened.
func (s *Service) local(link string) string { return strings.TrimPrefix(link, s.deps.BaseURL()) }

// number reads a number from the query; 0 if it is not given.
func number(r *http.Request, name string) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, wire.ErrParameter.With("%s: a number expected", name)
	}
	return n, nil
}

type meAnswer struct {
	UserID     string     `json:"userid"`
	Name       string     `json:"name"`
	Avatar     string     `json:"avatar"`
	Position   string     `json:"position,omitempty"`
	Department string     `json:"department,omitempty"`
	Corp       corpAnswer `json:"corp"`
	// BaseURL is this server's address in messages, whatever address the page was opened at.
	BaseURL string `json:"base_url"`
	Dev     bool   `json:"dev,omitempty"`
	// Now is the server's time in Unix seconds, which in dev may be another than the browser's.
	Now int64 `json:"now"`
}

type corpAnswer struct {
	CorpID string `json:"corpid"`
	Name   string `json:"name"`
}

func (s *Service) me(r *http.Request, sess login.Session) (any, error) {
	m := sess.Member
	_, thumb := s.deps.Directory.AvatarURL(&m)
	out := meAnswer{UserID: string(m.UserID), Name: m.Name, Avatar: s.local(thumb), Position: m.Position, BaseURL: s.deps.BaseURL(), Dev: s.deps.Dev}
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		c, err := s.deps.Corps.Corp(tx, sess.CorpID)
		if err != nil {
			return err
		}
		out.Corp, out.Now = corpAnswer{c.CorpID, c.Name}, tx.Now().Unix()
		names, err := s.deps.Directory.DepartmentNames(tx, sess.CorpID, []int64{m.MainDepartment})
		out.Department = names[m.MainDepartment]
		return err
	})
	return out, err
}
