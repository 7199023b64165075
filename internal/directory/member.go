package directory

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Limits of members (doc 90195).
const (
	maxUserID      = 64 // bytes
	maxPlaces      = 100
	maxLeaders     = 1
	maxMailAliases = 5
	maxBatchDelete = 200
	maxMail        = 64 // bytes of an address; 63 when an update sets an enterprise mailbox
)

// Status is a member's state as the platform numbers it (doc 90196).
type Status int64

// The states of a member.
const (
	Active    Status = 1
	Disabled  Status = 2
	Inactive  Status = 4
	Departed  Status = 5
	genderMax        = 2
)

// Place is a member's seat in a department.
type Place struct {
	Department int64
	Order      int64 `json:",omitempty"` // larger first
	Leader     bool  `json:",omitempty"`
}

// Member is a person in a corp's directory. As JSON it is in the events of members,
// which are kept for long, so what is empty is left out.
type Member struct {
	No               int64 // our number: unique on the server, ascending with creation
	UserID           id.UserID
	Name             string
	Alias            string `json:",omitempty"`
	EnglishName      string `json:",omitempty"`
	Mobile           string `json:",omitempty"`
	Email            string `json:",omitempty"`
	BizMail          string `json:",omitempty"`
	Position         string `json:",omitempty"`
	Gender           int64  `json:",omitempty"` // 0 unknown, 1 male, 2 female
	Telephone        string `json:",omitempty"`
	Address          string `json:",omitempty"`
	Avatar           string `json:",omitempty"` // path of a picture on this server, or a URL elsewhere
	ExternalPosition string `json:",omitempty"`
	Places           []Place
	MainDepartment   int64
	DirectLeader     id.UserID `json:",omitempty"`
	Enabled          bool
	Activated        bool            `json:",omitempty"`
	Generated        bool            `json:",omitempty"` // the userid was made by the system
	Attributes       Attributes      `json:",omitempty"`
	External         ExternalProfile `json:",omitzero"`
	MailAliases      []string        `json:",omitempty"`
	CreatedBy        int64           `json:",omitempty"` // application
	CreatedAt        time.Time
	InvitedAt        time.Time `json:",omitzero"` // zero: not yet
	ChangedAt        time.Time

	bizMailChanges int64
}

// Status returns the member's state: a disabled member is Disabled, active before or not.
func (m Member) Status() Status {
	switch {
	case !m.Enabled:
		return Disabled
	case m.Activated:
		return Active
	}
	return Inactive
}

// Departments returns the ids of the member's departments in the order given.
func (m Member) Departments() []int64 {
	out := make([]int64, len(m.Places))
	for i, p := range m.Places {
		out[i] = p.Department
	}
	return out
}

// Events of members (doc 90970). MemberUpdatedEvent names what changed.
type (
	MemberCreatedEvent struct {
		Member Member
		Invite bool

		s *Service
	}
	MemberUpdatedEvent struct {
		UserID    id.UserID
		NewUserID id.UserID `json:",omitempty"`
		Before    Member    `json:"-"`
		Member    Member    // after the change
		Changed   []string  // wire names of the fields that changed

		s *Service
	}
	MemberDeletedEvent struct {
		UserID id.UserID
		Before Member  `json:"-"`
		Tags   []int64 `json:"-"` // that the member carried directly

		s *Service
	}
)

// Errors of members (doc 90313).
var (
	ErrUserIDMissing  = wire.Code(41009, "userid missing")
	ErrUserIDInvalid  = wire.Code(40003, "invalid userid")
	ErrUserIDList     = wire.Code(40031, "all list invalid")
	ErrUserIDListLen  = wire.Code(40032, "invalid userid list size")
	ErrPartyList      = wire.Code(40066, "invalid party list")
	ErrMemberTaken    = wire.Code(60102, "userid existed")
	ErrMobile         = wire.Code(60103, "invalid mobile")
	ErrMobileTaken    = wire.Code(60104, "mobile existed")
	ErrEmail          = wire.Code(60105, "invalid email")
	ErrEmailTaken     = wire.Code(60106, "email existed")
	ErrEmailAlone     = wire.Code(60141, "invalid email and no mobile")
	ErrEmailUpdate    = wire.Code(60142, "email update failed")
	ErrPlaces         = wire.Code(60110, "user department out of limit")
	ErrMemberNotFound = wire.Code(60111, "userid not found")
	ErrMemberName     = wire.Code(60112, "invalid name")
	ErrNoContact      = wire.Code(60129, "missing mobile or email")
	ErrLeaderFlags    = wire.Code(60132, "is_leader_in_dept not match department")
	ErrBizMail        = wire.Code(60143, "invalid biz_mail")
	ErrBizMailFixed   = wire.Code(60144, "biz_mail update failed")
	ErrBizMailTaken   = wire.Code(60145, "biz_mail existed")
	ErrMailDomain     = wire.Code(81015, "mail domain not match")
	ErrLeaders        = wire.Code(60257, "direct_leader out of limit")
	ErrMailAlias      = wire.Code(60271, "invalid biz_mail_alias")
	ErrAliasDomain    = wire.Code(60269, "invalid biz_mail_alias domain")
	ErrMailAliasTaken = wire.Code(60270, "biz_mail_alias existed")
	ErrNoMailbox      = wire.Code(60272, "biz_mail_alias not allowed")
	ErrMailAliases    = wire.Code(60273, "biz_mail_alias out of limit")
	ErrPosition       = wire.Code(301012, "invalid position")
	ErrEnglishName    = wire.Code(301014, "invalid english_name")
	ErrTelephone      = wire.Code(301013, "invalid telephone")
	ErrUserIDFixed    = wire.Code(301036, "not allow to update userid")
	ErrCreator        = wire.Code(301005, "not allow to delete corp creator")
	ErrMemberCap      = wire.Code(45024, "account out of limit")
	ErrChannel        = wire.Code(41066, "invalid wechat channels nickname")
	ErrNobody         = wire.Code(46004, "user not exist")
)

func length(s string) int { return utf8.RuneCountInString(s) }

// validName checks a name or an alias of 1 to 64 characters.
func validName(name string) error {
	if n := length(name); n < 1 || n > 64 || strings.TrimSpace(name) == "" || strings.ContainsFunc(name, isControl) {
		return ErrMemberName.With("1 to 64 characters expected")
	}
	return nil
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

var (
	englishShape   = regexp.MustCompile(`^[A-Za-z0-9._ -]{0,64}$`)
	telephoneShape = regexp.MustCompile(`^[0-9+,-]{1,32}$`)
)

// valid checks everything about a member that needs no look at others, and puts
// mobile and mail addresses into their canonical form.
func (m *Member) valid() error {
	if m.UserID == "" {
		return ErrUserIDMissing
	}
	if n := len(m.UserID); n > maxUserID {
		return wire.ErrParameter.With("userid has %d bytes, at most %d expected", n, maxUserID) // the help of the code names this case
	}
	if !m.UserID.Valid() {
		return ErrUserIDInvalid.With("1 to 64 letters, digits and _ - @ . expected, a letter or digit first")
	}
	for _, row := range plain {
		if row.Rule == nil {
			continue
		}
		text := row.Text(m)
		kept, err := row.Rule(m, *text)
		if err != nil {
			return err
		}
		*text = kept
	}
	switch {
	case m.Gender < 0 || m.Gender > genderMax:
		return wire.ErrParameter.With("gender: 1 or 2 expected") // the code is unverified
	case len(m.Places) > maxPlaces:
		return ErrPlaces.With("at most %d departments", maxPlaces)
	}
	return nil
}

// ahead announces what every change of a member asks.
func (s *Service) ahead(tx *store.Tx, by access.Caller) {
	tx.Ahead(func() error { _, err := s.deps.Corps.Corp(tx, by.CorpID); return err })
}

// CreateMember adds m to the caller's corp and records change_contact/create_user.
// Departments that do not exist are created under the waiting department and
// returned. It answers ErrMemberTaken, ErrMobileTaken and the errors of fields;
// on any error nothing has changed. Doc 90195.
func (s *Service) CreateMember(ctx context.Context, tx *store.Tx, by access.Caller, m Member, invite bool) (Member, []Department, error) {
	if m.UserID == "" && by.OfCorp() {
		m.UserID, m.Generated = id.UserID("user"+strings.ToLower(id.Letters(12))), true
	}
	m.UserID = wire.Named(by, m.UserID)
	s.ahead(tx, by)
	aheadDepartments(tx, by, m.Places)
	s.MemberCreated.Ahead(tx, by.CorpID)
	if err := m.valid(); err != nil {
		return m, nil, err
	}
	// Where the corp gives mailboxes, more is asked later, and this was for nothing.
	tx.Ahead(func() error { return checkTaken(tx, by.CorpID, &m, &Member{}) })
	c, err := s.deps.Corps.Corp(tx, by.CorpID)
	if err != nil {
		return m, nil, err
	}
	if err := m.complete(tx, c); err != nil {
		return m, nil, err
	}
	if m.BizMail != "" {
		if err := lockMail(tx, by.CorpID); err != nil {
			return m, nil, err
		}
	}
	if err := checkTaken(tx, by.CorpID, &m, &Member{}); err != nil {
		return m, nil, err
	}
	if err := countMembers(tx, c, 1); err != nil {
		return m, nil, err
	}
	created, err := s.settle(ctx, tx, by, &m, true)
	if err != nil {
		return m, nil, err
	}
	if err := countNodes(tx, by.CorpID, moved(nil, m.Places)); err != nil {
		return m, nil, err
	}
	m.CreatedBy, m.CreatedAt = by.App, tx.Now()
	if invite && !m.Activated {
		m.InvitedAt = tx.Now()
	}
	if err := insertMember(tx, by.CorpID, &m); err != nil {
		return m, nil, err
	}
	return m, created, s.MemberCreated.Record(ctx, tx, by, MemberCreatedEvent{m, invite, s})
}

// complete adds to a valid new member what the corp gives to each: a mailbox, and only the attributes that the corp
// knows.
func (m *Member) complete(tx *store.Tx, c corp.Corp) (err error) {
	if m.Mobile == "" && m.Email == "" {
		return ErrNoContact
	}
	if m.Attributes, err = (Attributes{}).with(m.Attributes, c); err != nil {
		return err
	}
	if m.External, err = (ExternalProfile{}).with(m.External.asUpdate(), c); err != nil {
		return err
	}
	if m.BizMail != "" {
		m.BizMail, err = checkBizMail(c, m.BizMail)
		return err
	}
	if c.MailDomain != "" {
		m.BizMail, err = m.freeMailbox(tx, c)
		m.bizMailChanges = 1
	}
	return err
}

// checkBizMail checks an enterprise mailbox that is set by hand.
func checkBizMail(c corp.Corp, address string) (string, error) {
	if c.MailDomain == "" {
		return "", nil // without enterprise mail the field has no effect
	}
	if !strings.HasSuffix(address, "@"+strings.ToLower(c.MailDomain)) {
		return "", ErrMailDomain.With("an address at %s expected", c.MailDomain)
	}
	return address, nil
}

// DeleteMember removes the member. The founder of the corp stays (301005). Doc 90198.
func (s *Service) DeleteMember(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID) error {
	if user == "" {
		return ErrUserIDMissing
	}
	s.ahead(tx, by)
	s.MemberDeleted.Ahead(tx, by.CorpID)
	m, err := s.member(tx, by.CorpID, user)
	if err != nil {
		return err
	}
	c, err := s.deps.Corps.Corp(tx, by.CorpID)
	if err != nil {
		return err
	}
	if c.Creator != "" && m.UserID.Equal(c.Creator) {
		return ErrCreator
	}
	if err := countMembers(tx, c, -1); err != nil {
		return err
	}
	if err := countNodes(tx, by.CorpID, moved(m.Places, nil)); err != nil {
		return err
	}
	tags, err := s.forgetTaggedMember(ctx, tx, by, m)
	if err != nil {
		return err
	}
	if err := s.deps.Media.ReleasePicture(tx, by.CorpID, m.Avatar); err != nil {
		return err
	}
	for _, fn := range s.memberLeaving {
		if err := fn(ctx, tx, by, m); err != nil {
			return err
		}
	}
	// Foreign keys delete everything else about the member with the row.
	if err := tx.Send(`DELETE FROM member WHERE no = ?`, m.No); err != nil {
		return fmt.Errorf("delete member: %w", err)
	}
	if err := forgetMember(tx, by.CorpID, m); err != nil {
		return err
	}
	return s.MemberDeleted.Record(ctx, tx, by, MemberDeletedEvent{m.UserID, m, tags, s})
}

// OnMemberLeaving registers fn, which is called inside each transaction that deletes a member, before the
// rows that depend on the member are deleted. MemberDeleted follows afterwards. fn is not called for the
// members of a deleted corp.
func (s *Service) OnMemberLeaving(fn func(ctx context.Context, tx *store.Tx, by access.Caller, m Member) error) {
	s.memberLeaving = append(s.memberLeaving, fn)
}

// DeleteMembers removes 1 to 200 members, or none if one of them cannot be removed. Doc 90199.
func (s *Service) DeleteMembers(ctx context.Context, tx *store.Tx, by access.Caller, users []string) error {
	if len(users) == 0 {
		return wire.ErrParameter.With("useridlist is empty")
	}
	if len(users) > maxBatchDelete {
		return ErrUserIDListLen.With("at most %d, %d given", maxBatchDelete, len(users))
	}
	seen := map[string]bool{}
	for _, u := range users {
		user := id.UserID(u)
		if seen[user.Key()] {
			continue
		}
		seen[user.Key()] = true
		if err := s.DeleteMember(ctx, tx, by, user); err != nil {
			return err
		}
	}
	return nil
}

// member returns the member of the corp, regardless of the caller.
func (s *Service) member(tx *store.Tx, corpID string, user id.UserID) (Member, error) {
	m := new(Member)
	err := s.memberInto(tx, corpID, user, m)
	return *m, err
}

// memberInto fills in m, which must be empty.
func (s *Service) memberInto(tx *store.Tx, corpID string, user id.UserID, m *Member) error {
	if !user.Valid() {
		return ErrMemberNotFound.With("%q", user)
	}
	found, err := s.recallMember(tx, corpID, user.Key(), m)
	if err == nil && !found {
		err = ErrMemberNotFound.With("%q", user)
	}
	return err
}

// Member returns a member that the caller may see. One outside its range is
// answered with 60011, an unknown one with 60111, as captures of user/get show.
func (s *Service) Member(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID) (Member, error) {
	m := new(Member)
	err := s.visibleMember(tx, by, user, m)
	return *m, err
}

// visibleMember fills in m, which must be empty, with a member that the caller may see.
func (s *Service) visibleMember(tx *store.Tx, by access.Caller, user id.UserID, m *Member) error {
	if user == "" {
		return ErrUserIDMissing
	}
	if err := s.memberInto(tx, by.CorpID, user, m); err != nil || by.SeesAll() {
		return err
	}
	visible, err := s.Sees(tx, by, *m)
	if err == nil && !visible {
		err = wire.ErrNoPrivilege.With("member %q is outside the visible range", m.UserID)
	}
	return err
}

// Activate marks the member as active, as the first sign-in does.
func (s *Service) Activate(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID) error {
	m, err := s.member(tx, by.CorpID, user)
	if err != nil || m.Activated {
		return err
	}
	before := m
	m.Activated, m.ChangedAt = true, tx.Now()
	if _, err := tx.Only(memberRow(by.CorpID, m.UserID.Key())).Exec(`UPDATE member SET activated = 1, changed_at = ? WHERE no = ?`, tx.Now().UnixMilli(), m.No); err != nil {
		return fmt.Errorf("activate member: %w", err)
	}
	return s.MemberUpdated.Record(ctx, tx, by, MemberUpdatedEvent{UserID: m.UserID, Before: before, Member: m, Changed: changes(&before, &m), s: s})
}
