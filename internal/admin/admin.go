// Package admin keeps the members who administer a corp, with the role and the range of each. The console
// decides what a role may do there.
package admin

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Migrations is the room's part of the schema.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Corps     *corp.Service
	Directory *directory.Service
}

// Service has the admins of all corps.
type Service struct {
	deps        Deps
	onDismissed []func(ctx context.Context, tx *store.Tx, corpID string, m directory.Member) error
	onChanged   []func(ctx context.Context, tx *store.Tx, corpID string) error
}

// New returns the room.
func New(d Deps) *Service { return &Service{deps: d} }

// OnDismissed registers fn, which is called in each transaction that takes the role from a member.
func (s *Service) OnDismissed(fn func(ctx context.Context, tx *store.Tx, corpID string, m directory.Member) error) {
	s.onDismissed = append(s.onDismissed, fn)
}

// OnChanged registers fn, which is called in each transaction that appoints or dismisses an admin or changes
// the role.
func (s *Service) OnChanged(fn func(ctx context.Context, tx *store.Tx, corpID string) error) {
	s.onChanged = append(s.onChanged, fn)
}

func (s *Service) changed(ctx context.Context, tx *store.Tx, corpID string) error {
	for _, fn := range s.onChanged {
		if err := fn(ctx, tx, corpID); err != nil {
			return err
		}
	}
	return nil
}

// Role is what an admin is.
type Role string

// The roles. The member who founded the corp is always Super.
const (
	Super  Role = "super"  // everything
	Ranged Role = "ranged" // the directory, within a range of departments
	Reader Role = "reader" // reads everything but secrets, changes nothing
)

// Admin is a member who may use the console.
type Admin struct {
	UserID  id.UserID
	Name    string
	Role    Role
	Range   access.Range // for Ranged only
	Founder bool
	Since   time.Time
}

// Errors of admins.
var (
	ErrNoAdmin = errors.New("the member is not an admin of this enterprise")
	ErrFounder = errors.New("the member who founded the enterprise stays its super admin")
	ErrRole    = errors.New("a role is super, ranged or reader; a ranged one has departments")
)

// Of returns the member's role in the corp. found is false for a member who is no admin.
func (s *Service) Of(tx *store.Tx, corpID string, m directory.Member) (a Admin, found bool, err error) {
	a = Admin{UserID: m.UserID, Name: m.Name}
	c, err := s.deps.Corps.Corp(tx, corpID)
	if err != nil {
		return a, false, err
	}
	if c.Creator != "" && c.Creator.Equal(m.UserID) {
		a.Role, a.Founder, a.Since = Super, true, c.CreatedAt
		return a, true, nil
	}
	var role, text string
	var since int64
	found, err = tx.Get(`SELECT role, range, created_at FROM console_admin WHERE member = ? AND corpid = ?`, []any{m.No, corpID}, &role, &text, &since)
	if err != nil || !found {
		return a, false, err
	}
	a.Role, a.Since = Role(role), time.UnixMilli(since).UTC()
	return a, true, json.Unmarshal([]byte(text), &a.Range)
}

// Admins returns the corp's admins, its founder first.
func (s *Service) Admins(ctx context.Context, tx *store.Tx, corpID string) ([]Admin, error) {
	c, err := s.deps.Corps.Corp(tx, corpID)
	if err != nil {
		return nil, err
	}
	var out []Admin
	if c.Creator != "" {
		m, err := s.deps.Directory.Member(ctx, tx, access.System(corpID), c.Creator)
		switch {
		case err == nil:
			out = append(out, Admin{UserID: m.UserID, Name: m.Name, Role: Super, Founder: true, Since: c.CreatedAt})
		case !errors.Is(err, directory.ErrMemberNotFound):
			return nil, err
		}
	}
	var members []int64
	if err := tx.Each(`SELECT member FROM console_admin WHERE corpid = ? ORDER BY created_at, member`, []any{corpID}, func(rows *store.Rows) error {
		var no int64
		err := rows.Scan(&no)
		members = append(members, no)
		return err
	}); err != nil {
		return nil, err
	}
	for _, no := range members {
		m, _, err := s.deps.Directory.MemberNo(tx, no) // the role goes with the member's row
		if err != nil {
			return nil, err
		}
		a, _, err := s.Of(tx, corpID, m)
		if err != nil {
			return nil, err
		}
		if !a.Founder {
			out = append(out, a)
		}
	}
	return out, nil
}

// Appoint makes the member an admin of the corp, or changes the role. It answers ErrRole, and ErrFounder if
// the founder would become less than a super admin.
func (s *Service) Appoint(ctx context.Context, tx *store.Tx, corpID string, user id.UserID, role Role, r access.Range) error {
	switch {
	case role != Super && role != Ranged && role != Reader, role == Ranged && len(r.Departments) == 0:
		return ErrRole
	case role != Ranged:
		r = access.Range{}
	}
	m, err := s.deps.Directory.Member(ctx, tx, access.System(corpID), user)
	if err != nil {
		return err
	}
	for _, dep := range r.Departments {
		if _, err := s.deps.Directory.Department(ctx, tx, access.System(corpID), dep); err != nil {
			return err
		}
	}
	if a, found, err := s.Of(tx, corpID, m); err != nil {
		return err
	} else if found && a.Founder {
		if role == Super {
			return nil
		}
		return ErrFounder
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO console_admin (member, corpid, role, range, created_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (member) DO UPDATE SET role = excluded.role, range = excluded.range`, m.No, corpID, string(role), string(text), tx.Now().UnixMilli())
	if err != nil {
		return fmt.Errorf("appoint admin: %w", err)
	}
	return s.changed(ctx, tx, corpID)
}

// Dismiss takes the role away from the member. It answers ErrNoAdmin and ErrFounder.
func (s *Service) Dismiss(ctx context.Context, tx *store.Tx, corpID string, user id.UserID) error {
	m, err := s.deps.Directory.Member(ctx, tx, access.System(corpID), user)
	if err != nil {
		return err
	}
	a, found, err := s.Of(tx, corpID, m)
	switch {
	case err != nil:
		return err
	case !found:
		return ErrNoAdmin
	case a.Founder:
		return ErrFounder
	}
	if _, err := tx.Exec(`DELETE FROM console_admin WHERE member = ?`, m.No); err != nil {
		return err
	}
	for _, dismissed := range s.onDismissed {
		if err := dismissed(ctx, tx, corpID, m); err != nil {
			return err
		}
	}
	return s.changed(ctx, tx, corpID)
}

// Caller returns the admin as a caller for the rooms below, who may do everything, or everything within a
// range.
func (a Admin) Caller(corpID string) access.Caller {
	if a.Role != Ranged {
		return access.AdminOf(corpID, a.UserID, access.Everything())
	}
	return access.AdminOf(corpID, a.UserID, a.Range)
}
