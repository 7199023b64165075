package wedoc

import (
	"context"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Right is what somebody may do with a document. The numbers are WeCom's (doc 97461).
type Right int64

// The rights.
const (
	Look   Right = 1
	Write  Right = 2 // smart sheets only
	Manage Right = 7
)

// Member is somebody whom a document names.
type Member struct {
	UserID id.UserID
	Right  Right
}

// Rules say who may see a document that does not name them, and how.
type Rules struct {
	Internal       bool   `json:"internal"`
	InternalRight  Right  `json:"internal_right"`
	InternalAsks   bool   `json:"internal_asks"` // an administrator of the document lets each of them in
	External       bool   `json:"external"`
	ExternalRight  Right  `json:"external_right"`
	ExternalAsks   bool   `json:"external_asks"`
	BanExternal    bool   `json:"ban_external"`
	Departments    []Seen `json:"departments,omitempty"`
	ReadersCopy    bool   `json:"readers_copy"`
	ReadersComment bool   `json:"readers_comment"`
	Watermark      Mark   `json:"watermark"`
}

// Seen is a department whose members may see a document.
type Seen struct {
	Department int64 `json:"department"`
	Right      Right `json:"right"`
}

// Mark is a document's watermark.
type Mark struct {
	Margin  int64  `json:"margin"` // 1 wide, 2 narrow
	Visitor bool   `json:"visitor"`
	Shown   bool   `json:"shown"`
	Text    string `json:"text"`
}

// newRules are those of a new document. The pages do not say them (unverified).
func newRules() Rules {
	return Rules{
		Internal: true, InternalRight: Look, ExternalRight: Look, ExternalAsks: true,
		ReadersCopy: true, ReadersComment: true, Watermark: Mark{Margin: 1},
	}
}

const (
	maxMemberBatch = 100 // doc 97781
	maxMembers     = 2000
	maxWatermark   = 128 // characters; unverified
)

// right refuses what is no right over the document.
func (d Document) right(field string, r Right, manage bool) error {
	if r == Look || r == Write && d.Kind == SmartSheet || r == Manage && manage {
		return nil
	}
	if d.Kind == SmartSheet {
		return errParameter.With("%s: %d is no right over a document", field, r)
	}
	return errParameter.With("%s: %d is no right over a document that is no smart sheet", field, r)
}

// MemberChange changes a document's members.
type MemberChange struct {
	Set    []Member
	Remove []id.UserID
}

// ChangeMembers changes whom a document names. Doc 97781.
func (s *Service) ChangeMembers(ctx context.Context, tx *store.Tx, by access.Caller, d Document, c MemberChange) error {
	switch {
	case len(c.Set) > maxMemberBatch:
		return errParameter.With("update_file_member_list: at most %d expected", maxMemberBatch)
	case len(c.Remove) > maxMemberBatch:
		return errParameter.With("del_file_member_list: at most %d expected", maxMemberBatch)
	}
	d, err := Lock(tx, d)
	if err != nil {
		return err
	}
	users := make([]id.UserID, len(c.Set))
	for i, m := range c.Set {
		if err := d.right("update_file_member_list.auth", m.Right, true); err != nil {
			return err
		}
		users[i] = m.UserID
	}
	if users, err = s.members(tx, by, "update_file_member_list", users); err != nil {
		return err
	}
	for i, u := range users {
		if err := putMember(tx, d, Member{u, c.Set[i].Right}); err != nil {
			return err
		}
	}
	for _, u := range c.Remove {
		if was, err := deleteMember(tx, d, u); err != nil {
			return err
		} else if !was {
			return ErrNoMember.With("del_file_member_list: the document does not name %q", u)
		}
	}
	if err := s.checkMembers(tx, d); err != nil {
		return err
	}
	if err := s.tell(ctx, tx, by, memberChange, d.App, d.DocID); err != nil {
		return err
	}
	return s.Touch(tx, d)
}

func (s *Service) checkMembers(tx *store.Tx, d Document) error {
	list, err := selectMembers(tx, d)
	if err != nil {
		return err
	}
	if n := managers(list); n > maxAdmins {
		return ErrTooMany.With("auth 7: at most %d members manage a document, and %d would", maxAdmins, n)
	} else if n == 0 && (d.Rules.InternalAsks && d.Rules.Internal || d.Rules.ExternalAsks && d.Rules.External) {
		return errParameter.With("the document lets people in by a manager, so one must stay")
	}
	if len(list) > maxMembers {
		return ErrTooMany.With("a document names at most %d members", maxMembers)
	}
	return nil
}

func managers(list []Member) (n int) {
	for _, m := range list {
		if m.Right == Manage {
			n++
		}
	}
	return n
}

// SetRules changes who may see a document. Doc 97778.
func (s *Service) SetRules(tx *store.Tx, by access.Caller, d Document, r Rules) error {
	if err := d.right("corp_internal_auth", r.InternalRight, false); err != nil {
		return err
	}
	if err := d.right("corp_external_auth", r.ExternalRight, false); err != nil {
		return err
	}
	if !r.Internal && !r.InternalAsks {
		return errParameter.With("corp_internal_approve_only_by_admin: true expected, because enable_corp_internal is false (doc 97778)")
	}
	if !r.External && !r.BanExternal && !r.ExternalAsks {
		return errParameter.With("corp_external_approve_only_by_admin: true expected, because enable_corp_external and ban_share_external are false (doc 97778)")
	}
	seen := make([]int64, len(r.Departments))
	for i, p := range r.Departments {
		if err := d.right("co_auth_list.auth", p.Right, false); err != nil {
			return err
		}
		seen[i] = p.Department
	}
	known, err := s.deps.Directory.VisibleDepartments(tx, by, seen)
	for i, p := range seen {
		if err == nil && !known[p] {
			err = errParameter.With("co_auth_list[%d]: %d is no department that the application sees", i, p)
		}
	}
	if err != nil {
		return err
	}
	before := d.Rules
	d.Rules = r
	if r.InternalAsks && !before.InternalAsks || r.ExternalAsks && !before.ExternalAsks {
		if err := s.checkMembers(tx, d); err != nil {
			return err
		}
	}
	return s.Touch(tx, d)
}

// RightOf returns what a member may do with a document; 0 is nothing. Somebody whom the document names has the
// right that it gives; others have what the rules give to the enterprise or to their departments.
func (s *Service) RightOf(ctx context.Context, tx *store.Tx, d Document, user id.UserID) (Right, error) {
	list, err := selectMembers(tx, d)
	if err != nil {
		return 0, err
	}
	if i := slices.IndexFunc(list, func(m Member) bool { return m.UserID.Equal(user) }); i >= 0 {
		return list[i].Right, nil
	}
	best := Right(0)
	if d.Rules.Internal && !d.Rules.InternalAsks {
		best = d.Rules.InternalRight
	}
	m, err := s.deps.Directory.Member(ctx, tx, access.System(d.CorpID), user)
	if err != nil {
		return 0, err
	}
	for _, p := range d.Rules.Departments {
		in, err := s.deps.Directory.InRange(tx, d.CorpID, access.Range{Departments: []int64{p.Department}}, m)
		if err != nil {
			return 0, err
		}
		if in {
			best = max(best, p.Right)
		}
	}
	return best, nil
}
