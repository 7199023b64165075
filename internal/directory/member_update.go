package directory

import (
	"context"
	"errors"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// MemberUpdate says what to change; nil leaves a field as it is, an empty value
// clears it.
type MemberUpdate struct {
	UserID          id.UserID
	NewUserID       id.UserID
	Texts           // the plain texts of the table
	MailAliases     *[]string
	Gender          *int64
	Avatar          *string
	MakeDepartments bool // create missing departments, as an import does
	Departments     *[]int64
	Orders          *[]int64 // only used together with Departments (doc 90197)
	Leads           *[]int64
	MainDepartment  *int64
	DirectLeaders   *[]string
	Enabled         *bool
	Attributes      *[]Attribute
	External        *ExternalUpdate
	Channel         *string // the video channel that nickname names
}

// UpdateMember changes the member. It answers what CreateMember does, and
// ErrMemberNotFound, ErrUserIDFixed. Doc 90197.
func (s *Service) UpdateMember(ctx context.Context, tx *store.Tx, by access.Caller, u MemberUpdate) error {
	if u.UserID == "" {
		return ErrUserIDMissing
	}
	u.NewUserID = wire.Named(by, u.NewUserID)
	s.ahead(tx, by)
	s.MemberUpdated.Ahead(tx, by.CorpID)
	old, err := s.member(tx, by.CorpID, u.UserID)
	if err != nil {
		return err
	}
	c, err := s.deps.Corps.Corp(tx, by.CorpID)
	if err != nil {
		return err
	}
	m, err := u.apply(old, c)
	if err != nil {
		return err
	}
	if err := m.valid(); err != nil {
		return err
	}
	if m.Mobile == "" && m.Email == "" {
		return ErrNoContact
	}
	if m.BizMail != old.BizMail || u.MailAliases != nil {
		if err := lockMail(tx, by.CorpID); err != nil {
			return err
		}
	}
	if err := checkTaken(tx, by.CorpID, &m, &old); errors.Is(err, ErrEmailTaken) {
		return ErrEmailUpdate.With("another member has the address")
	} else if err != nil {
		return err
	}
	if err := s.resettle(ctx, tx, by, old, &m, u.MakeDepartments); err != nil {
		return err
	}
	changed := changes(&old, &m)
	if len(changed) == 0 {
		return nil
	}
	if err := updateMember(tx, by.CorpID, &old, &m, u.MailAliases != nil); err != nil {
		return err
	}
	if m.Avatar != old.Avatar {
		if err := s.deps.Media.ReleasePicture(tx, by.CorpID, old.Avatar); err != nil {
			return err
		}
	}
	e := MemberUpdatedEvent{UserID: old.UserID, Before: old, Member: m, Changed: changed, s: s}
	if m.UserID != old.UserID {
		e.NewUserID = m.UserID
		if err := s.renameInCorp(ctx, tx, c, old.UserID, m.UserID); err != nil {
			return err
		}
	}
	return s.MemberUpdated.Record(ctx, tx, by, e)
}

// Member returns the new member that the update describes, without the parts of profile and mailbox that need
// an old state.
func (u MemberUpdate) Member() (m Member, err error) {
	m = Member{UserID: u.UserID, Gender: value(u.Gender), Avatar: value(u.Avatar), MainDepartment: value(u.MainDepartment), Enabled: u.Enabled == nil || *u.Enabled}
	u.Put(&m)
	if m.Places, err = places(value(u.Departments), u.Orders, u.Leads); err != nil {
		return m, err
	}
	for _, a := range value(u.Attributes) {
		if !a.cleared() {
			m.Attributes = append(m.Attributes, a)
		}
	}
	if x := u.External; x != nil {
		m.External = ExternalProfile{CorpName: value(x.CorpName), Channel: value(x.Channel), Attributes: value(x.Attributes)}
	}
	set(&m.External.Channel, u.Channel)
	m.DirectLeader, err = oneLeader(value(u.DirectLeaders))
	return m, err
}

// apply returns the member with the update applied.
func (u MemberUpdate) apply(old Member, c corp.Corp) (Member, error) {
	m := old
	m.Places = slices.Clone(old.Places)
	if u.NewUserID != "" && u.NewUserID != old.UserID {
		if !old.Generated {
			return m, ErrUserIDFixed.With("only a userid that the system made may be changed, and once")
		}
		m.UserID, m.Generated = u.NewUserID, false
	}
	for _, row := range plain {
		if text, ok := u.Texts[row.Name]; ok && !row.Apart {
			*row.Text(&m) = text
		}
	}
	set(&m.Gender, u.Gender)
	set(&m.Avatar, u.Avatar)
	set(&m.Enabled, u.Enabled)
	if mobile, ok := u.Texts[FieldMobile]; ok && !old.Activated { // only an active member changes the mobile; no error (doc 90197)
		m.Mobile = mobile
	}
	for _, apply := range []func(*Member, Member, corp.Corp) error{u.applyPlaces, u.applyLeader, u.applyProfile, u.applyMail} {
		if err := apply(&m, old, c); err != nil {
			return m, err
		}
	}
	return m, nil
}

// applyPlaces changes departments, orders and leading. Departments given without orders reset the orders to
// 0, and likewise leading (unverified).
func (u MemberUpdate) applyPlaces(m *Member, old Member, _ corp.Corp) (err error) {
	set(&m.MainDepartment, u.MainDepartment)
	switch {
	case u.Departments != nil:
		if m.Places, err = places(*u.Departments, u.Orders, u.Leads); err != nil {
			return err
		}
		if u.MainDepartment == nil && !slices.Contains(m.Departments(), m.MainDepartment) {
			m.MainDepartment = 0
		}
	case u.Leads != nil:
		orders := make([]int64, len(old.Places))
		for i, p := range old.Places {
			orders[i] = p.Order
		}
		m.Places, err = places(old.Departments(), &orders, u.Leads)
	}
	return err
}

func (u MemberUpdate) applyLeader(m *Member, _ Member, _ corp.Corp) (err error) {
	if u.DirectLeaders != nil {
		m.DirectLeader, err = oneLeader(*u.DirectLeaders)
	}
	return err
}

func (u MemberUpdate) applyProfile(m *Member, old Member, c corp.Corp) (err error) {
	if u.Attributes != nil {
		if m.Attributes, err = old.Attributes.with(*u.Attributes, c); err != nil {
			return err
		}
	}
	external := value(u.External)
	if u.Channel != nil {
		external.Channel = u.Channel
	}
	m.External, err = old.External.with(external, c)
	return err
}

// applyMail changes mailbox and aliases. A mailbox made by the system may be changed once, one that was set
// by hand never (doc 90197).
func (u MemberUpdate) applyMail(m *Member, old Member, c corp.Corp) error {
	if address := u.Texts[FieldBizMail]; address != "" && !strings.EqualFold(address, old.BizMail) {
		want, err := validMail(address, maxMail-1, ErrBizMail)
		if err != nil {
			return err
		}
		if want, err = checkBizMail(c, want); err != nil {
			return err
		}
		if want != "" {
			if old.BizMail != "" && old.bizMailChanges == 0 {
				return ErrBizMailFixed
			}
			m.BizMail, m.bizMailChanges = want, 0
		}
	}
	if u.MailAliases == nil {
		return nil
	}
	if len(*u.MailAliases) > maxMailAliases {
		return ErrMailAliases.With("at most %d", maxMailAliases)
	}
	if len(*u.MailAliases) > 0 && m.BizMail == "" {
		return ErrNoMailbox
	}
	m.MailAliases = nil
	for _, a := range *u.MailAliases {
		a, err := validMail(a, maxMail-1, ErrMailAlias)
		if err != nil {
			return err
		}
		if a == "" || !strings.HasSuffix(a, "@"+strings.ToLower(c.MailDomain)) {
			return ErrAliasDomain.With("an address at %s expected", c.MailDomain)
		}
		if !slices.Contains(m.MailAliases, a) {
			m.MailAliases = append(m.MailAliases, a)
		}
	}
	return nil
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

func oneLeader(leaders []string) (id.UserID, error) {
	if len(leaders) > maxLeaders {
		return "", ErrLeaders.With("at most %d", maxLeaders)
	}
	if len(leaders) == 0 {
		return "", nil
	}
	return id.UserID(leaders[0]), nil
}

// resettle moves the member from the old departments to the new ones.
func (s *Service) resettle(ctx context.Context, tx *store.Tx, by access.Caller, old Member, m *Member, creating bool) error {
	if slices.Equal(old.Places, m.Places) && old.MainDepartment == m.MainDepartment {
		return nil
	}
	if _, err := s.settle(ctx, tx, by, m, creating); err != nil {
		return err
	}
	return countNodes(tx, by.CorpID, moved(old.Places, m.Places))
}

// renameInCorp writes a member's new userid into the corp's settings that name the member: the founder, and
// those asked for a second verification.
func (s *Service) renameInCorp(ctx context.Context, tx *store.Tx, c corp.Corp, old, renamed id.UserID) error {
	changed := false
	if c.Creator.Equal(old) {
		c.Creator, changed = renamed, true
	}
	c.TwoFactor.Members = slices.Clone(c.TwoFactor.Members)
	for i, m := range c.TwoFactor.Members {
		if m.Equal(old) {
			c.TwoFactor.Members[i], changed = renamed, true
		}
	}
	if !changed {
		return nil
	}
	return s.deps.Corps.UpdateCorp(ctx, tx, c)
}
