// Package corp keeps the enterprises (tenants) of a server and their settings.
// Every other room's rows belong to a corp and die with it.
package corp

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Migrations is the room's part of the schema.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Corp is an enterprise.
type Corp struct {
	CorpID    string
	Name      string
	CreatedAt time.Time
	// MemberLimit is the most members that it may have (45024).
	MemberLimit int64
	// Creator is the userid of the member who founded it and cannot be deleted (301005).
	Creator id.UserID
	Settings
}

// Settings is what an administrator may change at any time.
type Settings struct {
	// Sync is the setting of 通讯录同步: "" off, "read" or "edit" (doc 90193).
	Sync string `json:"sync"`
	// MailDomain is the domain of the enterprise mailboxes; empty if the corp has none.
	MailDomain string `json:"mail_domain,omitempty"`
	// MultiLanguage allows English names of departments (doc 90205).
	MultiLanguage bool `json:"multi_language,omitempty"`
	// ShortNames are the certified names for external_corp_name (41036).
	ShortNames []string `json:"short_names,omitempty"`
	// Scale, Industry and SubIndustry are what providers are told of the corp's size and trade, in the platform's words,
	// such as 1-50人 and IT服务 (doc 90603).
	Scale       string `json:"scale,omitempty"`
	Industry    string `json:"industry,omitempty"`
	SubIndustry string `json:"sub_industry,omitempty"`
	// Channels are the video channels bound to the corp (41066).
	Channels []string `json:"channels,omitempty"`
	// MiniPrograms are the appids that an external attribute may name.
	MiniPrograms []string `json:"mini_programs,omitempty"`
	// Attributes and ExternalAttributes are the names that extattr and
	// external_profile may use; others are ignored (doc 100067, 92230).
	Attributes         []string `json:"attributes,omitempty"`
	ExternalAttributes []string `json:"external_attributes,omitempty"`
	// MemberAuth lets members install third-party applications for themselves (成员授权, doc 94496).
	MemberAuth bool `json:"member_auth,omitempty"`
	// Medical is an enterprise of the medical trade, which may have temporary sessions with customers (doc 92228).
	Medical bool `json:"medical,omitempty"`
	// Aside marks an enterprise that is there for another one to be tested with, such as
	// the provider of a demo. A command or a page that names no enterprise does not mean it.
	Aside bool `json:"aside,omitempty"`
	// CustomerScope is who has customer contact (客户联系的使用范围); everybody if it is nil. It must not be
	// changed in place.
	CustomerScope *access.Range `json:"customer_scope,omitempty"`
	// TwoFactor is the second verification (doc 99519).
	TwoFactor TwoFactor `json:"two_factor,omitzero"`
}

// TwoFactor says which members are asked for a second verification, and where.
type TwoFactor struct {
	URL         string      `json:"url,omitempty"`
	Departments []int64     `json:"departments,omitempty"`
	Members     []id.UserID `json:"members,omitempty"`
}

// Errors of corps, for administrators. No call of the API creates a corp.
var (
	ErrNotFound = errors.New("no such corp")
	ErrTaken    = errors.New("corpid is taken")
)

func (c Corp) valid() error {
	switch {
	case len(c.CorpID) < 3 || len(c.CorpID) > 64 || strings.ContainsAny(c.CorpID, " /?&#|\"'<>\\"):
		return fmt.Errorf("corpid %q: 3 to 64 letters and digits expected", c.CorpID)
	case strings.TrimSpace(c.Name) == "" || utf8.RuneCountInString(c.Name) > 64:
		return errors.New("the name of a corp has 1 to 64 characters")
	case c.MemberLimit < 1:
		return errors.New("the member limit must be at least 1")
	case c.Sync != "" && c.Sync != "read" && c.Sync != "edit":
		return fmt.Errorf("contact sync is %q; off (empty), read or edit expected", c.Sync)
	}
	return nil
}

// Service keeps corps.
type Service struct {
	onUpdate []func(context.Context, *store.Tx, Corp) error
	onDelete []func(context.Context, *store.Tx, string) error
}

// New returns the room.
func New() *Service { return &Service{} }

// CreateCorp adds a corp. An empty CorpID is filled in, and a zero MemberLimit means a million.
func (s *Service) CreateCorp(ctx context.Context, tx *store.Tx, c Corp) (Corp, error) {
	if c.CorpID == "" {
		c.CorpID = id.Corp()
	}
	if c.MemberLimit == 0 {
		c.MemberLimit = 1_000_000
	}
	c.CreatedAt = tx.Now()
	if err := c.valid(); err != nil {
		return Corp{}, err
	}
	settings, err := json.Marshal(c.Settings)
	if err != nil {
		return Corp{}, err
	}
	n, err := tx.Exec(`INSERT INTO corp (corpid, name, created_at, member_limit, creator, settings) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, c.CorpID, c.Name, c.CreatedAt.UnixMilli(), c.MemberLimit, c.Creator.Key(), string(settings))
	if err != nil {
		return Corp{}, fmt.Errorf("insert corp: %w", err)
	}
	if n == 0 {
		return Corp{}, ErrTaken
	}
	return c, nil
}

const corpColumns = `corpid, name, created_at, member_limit, creator, settings`

// Corp returns the corp, or ErrNotFound.
func (s *Service) Corp(tx *store.Tx, corpID string) (Corp, error) {
	kept, err := store.RecallTable(tx, "corp", "corp "+corpID, keptCorp.size, func() (keptCorp, error) { return readCorp(tx, corpID) })
	if err != nil {
		return Corp{}, err
	}
	return kept.own(), nil
}

func readCorp(tx *store.Tx, corpID string) (keptCorp, error) {
	var c Corp
	var created int64
	var settings string
	found, err := tx.Get(`SELECT `+corpColumns+` FROM corp WHERE corpid = ?`, []any{corpID},
		&c.CorpID, &c.Name, &created, &c.MemberLimit, &c.Creator, &settings)
	if err != nil {
		return keptCorp{}, fmt.Errorf("read corp: %w", err)
	}
	if !found {
		return keptCorp{}, ErrNotFound
	}
	c.CreatedAt = time.UnixMilli(created).UTC()
	if err := json.Unmarshal([]byte(settings), &c.Settings); err != nil {
		return keptCorp{}, fmt.Errorf("read corp: %w", err)
	}
	return keptCorp{c, len(settings)}, nil
}

// keptCorp is a corp that is kept. Its lists are for reading: own copies them.
type keptCorp struct {
	corp  Corp
	bytes int // of the settings as text
}

func (k keptCorp) size() int { return 500 + 3*k.bytes }

func (k keptCorp) own() Corp {
	c := k.corp
	c.ShortNames, c.Channels, c.MiniPrograms = slices.Clone(c.ShortNames), slices.Clone(c.Channels), slices.Clone(c.MiniPrograms)
	c.Attributes, c.ExternalAttributes = slices.Clone(c.Attributes), slices.Clone(c.ExternalAttributes)
	c.TwoFactor.Departments, c.TwoFactor.Members = slices.Clone(c.TwoFactor.Departments), slices.Clone(c.TwoFactor.Members)
	return c
}

// Only returns the corp that is meant where none is named: the only one that is not
// aside. found is false where there are several, or none.
func Only(corps []Corp) (c Corp, found bool) {
	for _, one := range corps {
		switch {
		case one.Aside:
		case found:
			return Corp{}, false
		default:
			c, found = one, true
		}
	}
	return c, found
}

// Corps returns all corps in the order of their ids, those that are aside last.
func (s *Service) Corps(tx *store.Tx) ([]Corp, error) {
	rows, err := tx.Query(`SELECT corpid FROM corp ORDER BY corpid`)
	if err != nil {
		return nil, err
	}
	var ids []string
	for rows.Next() {
		var corpID string
		if err := rows.Scan(&corpID); err != nil {
			rows.Close()
			return nil, err
		}
		ids = append(ids, corpID)
	}
	if err := rows.Close(); err != nil {
		return nil, err
	}
	var out []Corp
	for _, corpID := range ids {
		c, err := s.Corp(tx, corpID)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b Corp) int {
		switch {
		case a.Aside == b.Aside:
			return 0
		case b.Aside:
			return -1
		}
		return 1
	})
	return out, nil
}

// OnUpdate registers fn, which is called inside the transaction of each UpdateCorp. Rooms drop there what
// they derived from the corp's settings.
func (s *Service) OnUpdate(fn func(context.Context, *store.Tx, Corp) error) {
	s.onUpdate = append(s.onUpdate, fn)
}

// UpdateCorp writes the corp's name, limit, creator and settings.
func (s *Service) UpdateCorp(ctx context.Context, tx *store.Tx, c Corp) error {
	if err := c.valid(); err != nil {
		return err
	}
	settings, err := json.Marshal(c.Settings)
	if err != nil {
		return err
	}
	n, err := tx.Exec(`UPDATE corp SET name = ?, member_limit = ?, creator = ?, settings = ? WHERE corpid = ?`,
		c.Name, c.MemberLimit, c.Creator.Key(), string(settings), c.CorpID)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	for _, fn := range s.onUpdate {
		if err != nil {
			return err
		}
		err = fn(ctx, tx, c)
	}
	return err
}

// OnDelete registers fn, which is called inside the transaction of each DeleteCorp before the corp's row is
// deleted. A room needs it only if its rows stand in each other's way: otherwise their foreign key deletes
// them with the corp.
func (s *Service) OnDelete(fn func(ctx context.Context, tx *store.Tx, corpID string) error) {
	s.onDelete = append(s.onDelete, fn)
}

// DeleteCorp removes the corp and everything in it.
func (s *Service) DeleteCorp(ctx context.Context, tx *store.Tx, corpID string) error {
	for _, fn := range s.onDelete {
		if err := fn(ctx, tx, corpID); err != nil {
			return err
		}
	}
	n, err := tx.Exec(`DELETE FROM corp WHERE corpid = ?`, corpID)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return err
	}
	return event.Forget(tx, corpID)
}
