package scim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// Target is a product that qiwei provisions: it is told over SCIM which members exist, and when they leave.
//
// A change is marked in its own transaction (scim_pending). After the commit one of the servers compares each
// marked thing with what the product was last told (scim_remote) and tells it the difference. A change marked
// twice is told once. A crash in between loses nothing: telling again is harmless.
type Target struct {
	No        int64
	CorpID    string
	Name      string
	URL       string // of its SCIM resources, without a slash at the end
	Token     string // only to set
	Range     access.Range
	Groups    bool   // departments and tags, too
	OnLeave   string // deactivate or delete
	CreatedAt time.Time

	Pending int64     // how many things it must still be told
	Failed  int64     // how many of those the product has refused
	RetryAt time.Time // zero while it answers
	Error   string    // what the product as a whole last answered
}

// What a product is told about members who have left.
const (
	Deactivate = "deactivate"
	Delete     = "delete"
)

// Errors of targets.
var (
	ErrTargetTaken    = errors.New("there is a target of this name")
	ErrTargetNotFound = errors.New("there is no target of this name")
	ErrTargetName     = errors.New("the name of a target has 1 to 64 letters, digits, hyphens, dots and underscores")
	ErrTargetURL      = errors.New("https://HOST/PATH expected")
	ErrTargetToken    = errors.New("the product's token is missing")
)

func (t Target) valid() error {
	u, err := url.Parse(t.URL)
	switch {
	case !nameShape.MatchString(t.Name):
		return ErrTargetName
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.User != nil:
		return fmt.Errorf("url %q: %w", t.URL, ErrTargetURL)
	case t.Token == "":
		return ErrTargetToken
	case t.OnLeave != Deactivate && t.OnLeave != Delete:
		return fmt.Errorf("on leave %q: deactivate or delete expected", t.OnLeave)
	}
	return nil
}

// CreateTarget adds a product and marks everything for it.
func (s *Service) CreateTarget(ctx context.Context, tx *store.Tx, t Target) error {
	if err := t.valid(); err != nil {
		return err
	}
	visible, err := json.Marshal(t.Range)
	if err != nil {
		return err
	}
	n, err := tx.Count(`SELECT count(*) FROM scim_target WHERE corpid = ? AND name = ?`, t.CorpID, t.Name)
	if err != nil {
		return err
	}
	if n > 0 {
		return ErrTargetTaken
	}
	groups := 0
	if t.Groups {
		groups = 1
	}
	t.No, err = tx.Insert(`INSERT INTO scim_target (corpid, name, url, token, visible, groups, on_leave, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		t.CorpID, t.Name, t.URL, s.deps.Box.Seal(seal.SCIMTarget, t.CorpID+" "+t.Name, []byte(t.Token)), string(visible), groups, t.OnLeave, tx.Now().UnixMilli())
	if err != nil {
		return err
	}
	return s.markAll(ctx, tx, t)
}

// SyncTarget marks everything for the product again, and forgets what it was told, so that it is told
// everything again.
func (s *Service) SyncTarget(ctx context.Context, tx *store.Tx, corpID, name string) error {
	list, err := s.targets(tx, `corpid = ? AND name = ?`, corpID, name)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return ErrTargetNotFound
	}
	t := list[0]
	if _, err := tx.Exec(`UPDATE scim_remote SET sum = '' WHERE target = ?`, t.No); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE scim_target SET retry_at = 0, failures = 0, lease_until = CASE WHEN holder = '' THEN 0 ELSE lease_until END WHERE no = ?`, t.No); err != nil {
		return err
	}
	return s.markAll(ctx, tx, t)
}

// RemoveTarget forgets the product. The product keeps what it has.
func (s *Service) RemoveTarget(ctx context.Context, tx *store.Tx, corpID, name string) error {
	n, err := tx.Exec(`DELETE FROM scim_target WHERE corpid = ? AND name = ?`, corpID, name)
	if err == nil && n == 0 {
		err = ErrTargetNotFound
	}
	return err
}

// Targets returns the corp's products by name, without their tokens.
func (s *Service) Targets(tx *store.Tx, corpID string) ([]Target, error) {
	list, err := s.targets(tx, `corpid = ? ORDER BY name`, corpID)
	for i := range list {
		t := &list[i]
		t.Token = ""
		if t.Pending, err = tx.Count(`SELECT count(*) FROM scim_pending WHERE target = ?`, t.No); err != nil {
			return nil, err
		}
		if t.Failed, err = tx.Count(`SELECT count(*) FROM scim_pending WHERE target = ? AND failures > 0`, t.No); err != nil {
			return nil, err
		}
	}
	return list, err
}

// Refused is something that a product refuses.
type Refused struct {
	What  string // user or group, and its name
	Error string
	Tries int64
	Due   time.Time
}

// RefusedBy returns up to limit of what the product has refused.
func (s *Service) RefusedBy(tx *store.Tx, t Target, limit int) ([]Refused, error) {
	var list []Refused
	err := tx.Each(`SELECT p.kind, p.ref, coalesce(r.userkey, ''), p.error, p.failures, p.due_at FROM scim_pending p
		LEFT JOIN scim_remote r ON r.target = p.target AND r.kind = p.kind AND r.ref = p.ref
		WHERE p.target = ? AND p.failures > 0 ORDER BY p.kind, p.ref LIMIT ?`, []any{t.No, limit}, func(rows *store.Rows) error {
		var r Refused
		var kind, ref, due int64
		var userKey string
		if err := rows.Scan(&kind, &ref, &userKey, &r.Error, &r.Tries, &due); err != nil {
			return err
		}
		r.Due = time.UnixMilli(due).UTC()
		switch {
		case userKey != "":
			r.What = "member " + userKey
		case kind == kindUser:
			r.What = "member no. " + fmt.Sprint(ref)
		default:
			r.What = "group " + groupID{ref, kind == kindTag}.text()
		}
		list = append(list, r)
		return nil
	})
	return list, err
}

func (s *Service) targets(tx *store.Tx, where string, args ...any) ([]Target, error) {
	var list []Target
	var sealed [][]byte
	err := tx.Each(`SELECT no, corpid, name, url, token, visible, groups, on_leave, created_at, retry_at, error FROM scim_target WHERE `+where, args, func(rows *store.Rows) error {
		var t Target
		var token []byte
		var visible string
		var groups, created, retry int64
		if err := rows.Scan(&t.No, &t.CorpID, &t.Name, &t.URL, &token, &visible, &groups, &t.OnLeave, &created, &retry, &t.Error); err != nil {
			return err
		}
		t.Groups, t.CreatedAt = groups == 1, time.UnixMilli(created).UTC()
		if retry > 0 {
			t.RetryAt = time.UnixMilli(retry).UTC()
		}
		list, sealed = append(list, t), append(sealed, token)
		return json.Unmarshal([]byte(visible), &list[len(list)-1].Range)
	})
	for i := range list {
		if err != nil {
			return nil, err
		}
		var plain []byte
		plain, err = s.deps.Box.Open(seal.SCIMTarget, list[i].CorpID+" "+list[i].Name, sealed[i])
		list[i].Token = string(plain)
	}
	return list, err
}

// caller is the product as a reader of the directory.
func (t Target) caller() access.Caller {
	by := access.System(t.CorpID)
	if !t.Range.All() {
		by = by.Within(t.Range)
	}
	return by
}

// The kinds of what is marked; in the order in which they are told.
const (
	kindUser = iota
	kindDepartment
	kindTag
)

// markAll marks everything of the corp for one product.
func (s *Service) markAll(ctx context.Context, tx *store.Tx, t Target) error {
	by := access.System(t.CorpID)
	var users []int64
	if err := s.deps.Directory.FoundUserIDs(tx, by, directory.Everyone(), func(no int64, _ id.UserID) error {
		users = append(users, no)
		return nil
	}); err != nil {
		return err
	}
	for _, no := range users {
		if err := s.markPending(tx, t.CorpID, t.No, kindUser, no); err != nil {
			return err
		}
	}
	if t.Groups {
		if err := s.markGroups(ctx, tx, t.CorpID, t.No); err != nil {
			return err
		}
	}
	// Things deleted meanwhile are also told.
	_, err := tx.Exec(`INSERT INTO scim_pending (target, kind, ref, version, due_at, failures, error)
		SELECT target, kind, ref, 1, ?, 0, '' FROM scim_remote WHERE target = ? ON CONFLICT (target, kind, ref) DO NOTHING`, tx.Now().UnixMilli(), t.No)
	if err == nil {
		s.work.Changed(tx)
	}
	return err
}

// markGroups marks all groups, for one product, or for all if target is 0.
func (s *Service) markGroups(ctx context.Context, tx *store.Tx, corpID string, target int64) error {
	by := access.System(corpID)
	tree, err := s.deps.Directory.DepartmentIDs(ctx, tx, by, 0)
	if err != nil {
		return err
	}
	for _, d := range tree {
		if err := s.markPending(tx, corpID, target, kindDepartment, d.ID); err != nil {
			return err
		}
	}
	tags, err := s.deps.Directory.Tags(ctx, tx, by)
	for _, g := range tags {
		if err := s.markPending(tx, corpID, target, kindTag, g.ID); err != nil {
			return err
		}
	}
	return err
}

// markPending notes that something may differ, at one of the corp's products or at all.
func (s *Service) markPending(tx *store.Tx, corpID string, target int64, kind int, ref int64) error {
	var n int64
	err := tx.SendCount(&n, `INSERT INTO scim_pending (target, kind, ref, version, due_at, failures, error)
		SELECT no, CAST(? AS SMALLINT), CAST(? AS BIGINT), 1, CAST(? AS BIGINT), 0, '' FROM scim_target WHERE corpid = ? AND (no = ? OR ? = 0) AND (groups = 1 OR ? = 0)
		ON CONFLICT (target, kind, ref) DO UPDATE SET version = scim_pending.version + 1, due_at = excluded.due_at, failures = 0`,
		kind, ref, tx.Now().UnixMilli(), corpID, target, target, kind)
	if err != nil {
		return fmt.Errorf("mark for SCIM targets: %w", err)
	}
	tx.AfterCommit(func() {
		if n > 0 {
			s.work.Look()
		}
	})
	return nil
}

// listen marks the directory's changes in their own transactions.
func (s *Service) listen(d *directory.Service) {
	d.MemberCreated.On(func(_ context.Context, tx *store.Tx, by access.Caller, e directory.MemberCreatedEvent) error {
		return s.markPending(tx, by.CorpID, 0, kindUser, e.Member.No)
	})
	d.MemberUpdated.On(func(_ context.Context, tx *store.Tx, by access.Caller, e directory.MemberUpdatedEvent) error {
		return s.markPending(tx, by.CorpID, 0, kindUser, e.Member.No)
	})
	d.MemberDeleted.On(func(_ context.Context, tx *store.Tx, by access.Caller, e directory.MemberDeletedEvent) error {
		err := tx.Send(`INSERT INTO scim_pending (target, kind, ref, version, due_at, failures, error)
			SELECT r.target, r.kind, r.ref, 1, CAST(? AS BIGINT), 0, '' FROM scim_remote r JOIN scim_target t ON t.no = r.target
			WHERE t.corpid = ? AND r.kind = 0 AND r.userkey = ? AND r.userkey <> ''
			ON CONFLICT (target, kind, ref) DO UPDATE SET version = scim_pending.version + 1, due_at = excluded.due_at, failures = 0`,
			tx.Now().UnixMilli(), by.CorpID, e.UserID.Key())
		s.work.Changed(tx)
		return err
	})
	d.DepartmentCreated.On(func(_ context.Context, tx *store.Tx, by access.Caller, e directory.DepartmentCreatedEvent) error {
		return s.markPending(tx, by.CorpID, 0, kindDepartment, e.ID)
	})
	d.DepartmentUpdated.On(s.departmentUpdated)
	d.DepartmentDeleted.On(func(_ context.Context, tx *store.Tx, by access.Caller, e directory.DepartmentDeletedEvent) error {
		return s.markPending(tx, by.CorpID, 0, kindDepartment, e.ID)
	})
	d.TagUpdated.On(s.tagUpdated)
	d.OnTagDeleted(func(_ context.Context, tx *store.Tx, by access.Caller, gone directory.DeletedTag) error {
		return s.markPending(tx, by.CorpID, 0, kindTag, gone.ID)
	})
}

// hasTargets spares those who provision nobody the look for who is concerned.
func hasTargets(tx *store.Tx, corpID string) (bool, error) {
	n, err := tx.Count(`SELECT count(*) FROM scim_target WHERE corpid = ?`, corpID)
	return n > 0, err
}

// departmentUpdated: the names of all departments below have changed, and, where
// it was moved, who is within which.
func (s *Service) departmentUpdated(ctx context.Context, tx *store.Tx, by access.Caller, e directory.DepartmentUpdatedEvent) error {
	some, err := hasTargets(tx, by.CorpID)
	if err != nil || !some || e.Name == nil && e.ParentID == nil {
		return err
	}
	var users []int64
	if err := s.deps.Directory.FoundUserIDs(tx, access.System(by.CorpID), directory.Within(e.ID, true), func(no int64, _ id.UserID) error {
		users = append(users, no)
		return nil
	}); err != nil {
		return err
	}
	for _, no := range users {
		if err := s.markPending(tx, by.CorpID, 0, kindUser, no); err != nil {
			return err
		}
	}
	return s.markGroups(ctx, tx, by.CorpID, 0)
}

// tagUpdated marks members for products, because a change of a tag may bring them into
// a product's range or take them out of it.
func (s *Service) tagUpdated(ctx context.Context, tx *store.Tx, by access.Caller, e directory.TagUpdatedEvent) error {
	some, err := hasTargets(tx, by.CorpID)
	if err != nil || !some {
		return err
	}
	f := []directory.Filter{}
	for _, u := range append(e.AddUsers, e.DelUsers...) {
		f = append(f, directory.Is(directory.KeyUserID, string(u)))
	}
	for _, dep := range append(e.AddParties, e.DelParties...) {
		f = append(f, directory.Within(dep, true))
	}
	var users []int64
	for _, one := range f {
		if err := s.deps.Directory.FoundUserIDs(tx, access.System(by.CorpID), one, func(no int64, _ id.UserID) error {
			users = append(users, no)
			return nil
		}); err != nil {
			return err
		}
	}
	for _, no := range users {
		if err := s.markPending(tx, by.CorpID, 0, kindUser, no); err != nil {
			return err
		}
	}
	return s.markPending(tx, by.CorpID, 0, kindTag, e.TagID)
}
