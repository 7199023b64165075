package customer

import (
	"context"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/licence"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// The kinds of customer (doc 92114).
const (
	WeChat = 1 // a WeChat user
	WeCom  = 2 // a member of another corp
)

// heads are the letters before the number in an external_userid.
var heads = map[int64]string{WeChat: "wm", WeCom: "wo"}

// Contact is a customer of a corp.
type Contact struct {
	No       int64
	Kind     int64 // WeChat or WeCom
	Name     string
	Avatar   string // address of a picture
	Gender   int64  // 0 unknown, 1 male, 2 female
	UnionID  string
	Position string // the last three are of a member of another corp
	CorpName string
	FullName string
	Profile  Profile
}

// Standing is how a member and a customer stand to each other.
type Standing int64

// The standings. There is no row once the member has removed the customer.
const (
	Friends Standing = 1
	Half    Standing = 2 // the customer has added the member, who has not confirmed it (doc 92130)
	OneWay  Standing = 3 // the customer has removed the member; calls still work (doc 90313, 84061)
)

// Follow is what lies between a member and a customer.
type Follow struct {
	No        int64
	Customer  int64
	Kind      int64 // the customer's
	Member    int64 // our number
	Standing  Standing
	CreatedAt time.Time
	Note
	Tags    []int64 // with those that were deleted since
	AddWay  int64   // doc 92114
	Oper    int64   // the member who asked for it; 0 is the customer
	State   string  // the corp's own, of the way that the customer came by
	Channel string  // video channel
	Source  int64   // in it
	Handing int64   // the transfer that is under way; 0 if none is
	Blocked bool    // the customer has blocked the member
	// ChattedAt is when they began to chat, zero if they have not.
	ChattedAt time.Time
}

// Note is what a member has written down about a customer.
type Note struct {
	Remark, Description, Company string
	Mobiles                      []string
	Picture                      string // key of its content
}

// NoteUpdate changes a note. What is nil stays.
type NoteUpdate struct {
	Remark, Description, Company *string
	Mobiles                      *[]string
	PictureID                    *string // media_id
}

// Limits of notes in characters (doc 92115).
const (
	maxRemark      = 20
	maxDescription = 150
	maxCompany     = 20
)

func (u NoteUpdate) valid() error {
	if u.Remark == nil && u.Description == nil && u.Company == nil && u.Mobiles == nil && u.PictureID == nil {
		return wire.ErrParameter.With("remark, description, remark_company, remark_mobiles and remark_pic_mediaid: one of them expected")
	}
	for _, t := range []struct {
		name string
		text *string
		most int
	}{{"remark", u.Remark, maxRemark}, {"description", u.Description, maxDescription}, {"remark_company", u.Company, maxCompany}} {
		if t.text != nil && utf8.RuneCountInString(*t.text) > t.most {
			return wire.ErrParameter.With("%s: at most %d characters, %d given", t.name, t.most, utf8.RuneCountInString(*t.text))
		}
	}
	return nil
}

// apply changes the note. The company counts for WeChat users only (doc 92115).
func (u NoteUpdate) apply(n Note, kind int64) Note {
	for text, to := range map[*string]*string{u.Remark: &n.Remark, u.Description: &n.Description} {
		if text != nil {
			*to = *text
		}
	}
	if u.Company != nil && kind == WeChat {
		n.Company = *u.Company
	}
	if u.Mobiles != nil {
		n.Mobiles = slices.DeleteFunc(slices.Clone(*u.Mobiles), func(m string) bool { return m == "" })
	}
	return n
}

// ExternalID returns the corp's own id of a customer.
func (s *Service) ExternalID(kind, no int64) id.ExternalID {
	return id.ExternalID(heads[kind] + s.deps.Box.Number(seal.ExternalUserID, no))
}

// contact returns the corp's customer of the id. It answers ErrExternal for every other id: a malformed one,
// another corp's, and the one that another viewer knows the customer by.
func (s *Service) contact(tx *store.Tx, corpID string, external id.ExternalID) (Contact, error) {
	if external == "" {
		return Contact{}, ErrExternalMissing
	}
	invalid := ErrExternal.With("%q", external)
	if len(external) < 2 {
		return Contact{}, invalid
	}
	no, err := s.deps.Box.OpenNumber(seal.ExternalUserID, string(external[2:]))
	if err != nil {
		return Contact{}, invalid
	}
	c, found, err := selectContact(tx, corpID, no)
	if err == nil && (!found || s.ExternalID(c.Kind, c.No) != external) {
		err = invalid
	}
	return c, err
}

// relation returns what lies between a member whom the caller sees and a customer. It answers ErrNoRelation
// if that is nothing, or too little: the customer has asked and the member has not confirmed, or the member
// has no customer contact.
func (s *Service) relation(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID, external id.ExternalID) (Contact, Follow, error) {
	m, serves, err := s.member(ctx, tx, by, user)
	if err != nil {
		return Contact{}, Follow{}, err
	}
	c, err := s.contact(tx, by.CorpID, external)
	if err != nil {
		return c, Follow{}, err
	}
	f, found, err := selectFollow(tx, by.CorpID, c.No, m.No)
	if err == nil && (!found || !serves || f.Standing == Half) {
		err = ErrNoRelation.With("%q is not a customer of %q", external, m.UserID)
	}
	return c, f, err
}

// Customers returns the customers of a member whom the caller sees, by the order in which they came. It
// answers ErrNoRelation if there are none. Doc 92113.
func (s *Service) Customers(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID) ([]id.ExternalID, error) {
	m, serves, err := s.member(ctx, tx, by, user)
	if err != nil {
		return nil, err
	}
	lacking, err := s.unlicensed(ctx, tx, by, []int64{m.No})
	if err != nil {
		return nil, err
	}
	if lacking[m.No] {
		return nil, licence.ErrNoExternal.With("%q", m.UserID)
	}
	var out []id.ExternalID
	if serves {
		err = eachCustomer(tx, by.CorpID, m.No, func(kind, no int64) { out = append(out, s.ExternalID(kind, no)) })
	}
	if err == nil && len(out) == 0 {
		err = ErrNoRelation.With("%q has no customers", m.UserID)
	}
	return out, err
}

// Known is a customer as a list for people has them.
type Known struct {
	External id.ExternalID `json:"external_userid"`
	Name     string        `json:"name"`
	Follow   []id.UserID   `json:"follow"`
}

// Known returns the corp's first customers, at most limit, each with at most as many followers.
func (s *Service) Known(tx *store.Tx, corpID string, limit int) ([]Known, error) {
	contacts, err := selectContactsWhere(tx, `corpid = ? ORDER BY no LIMIT ?`, corpID, int64(limit))
	if err != nil {
		return nil, err
	}
	out := make([]Known, len(contacts))
	for i, c := range contacts {
		follows, err := selectFollowers(tx, corpID, c.No, 0, limit)
		if err != nil {
			return nil, err
		}
		followers, err := s.follower(tx, access.System(corpID), follows)
		if err != nil {
			return nil, err
		}
		out[i] = Known{s.ExternalID(c.Kind, c.No), c.Name, []id.UserID{}}
		for _, f := range followers {
			out[i].Follow = append(out[i].Follow, f.UserID)
		}
	}
	return out, nil
}

// maxFollowers is how many followers of a customer an answer has (doc 92114).
const maxFollowers = 500

// Followed returns a customer and those who follow them, as far as the caller sees these: at most 500, in the
// order of our numbers of members, from the one behind after on. Next is the last of them if there are more,
// otherwise 0. It answers ErrExternal if the caller sees none, and ErrNoRelation if there are none. Doc 92114.
//
// A customer who has been added but not confirmed is answered: one of two official texts says so. Unverified.
func (s *Service) Followed(tx *store.Tx, by access.Caller, external id.ExternalID, after int64) (c Contact, out []Follower, next int64, err error) {
	if c, err = s.contact(tx, by.CorpID, external); err != nil {
		return c, nil, 0, err
	}
	begin, known, poor := after, false, false
	for {
		some, err := selectFollowers(tx, by.CorpID, c.No, after, maxFollowers)
		if err != nil {
			return c, nil, 0, err
		}
		known = known || len(some) > 0
		seen, err := s.follower(tx, by, some)
		if err != nil {
			return c, nil, 0, err
		}
		licensed, err := s.licensed(tx, by, seen)
		if err != nil {
			return c, nil, 0, err
		}
		poor = poor || len(licensed) < len(seen)
		if out = append(out, licensed...); len(out) > maxFollowers {
			return c, out[:maxFollowers], out[maxFollowers-1].Member, nil
		}
		if len(some) < maxFollowers {
			break
		}
		after = some[len(some)-1].Member
	}
	switch {
	case len(out) > 0 || begin > 0:
		return c, out, 0, nil
	case poor:
		return c, nil, 0, licence.ErrNoExternal.With("of those who follow %q", external)
	case known:
		return c, nil, 0, ErrExternal.With("nobody within the application's range follows %q", external)
	}
	return c, nil, 0, ErrNoRelation.With("nobody follows %q", external)
}

// licensed leaves out those whose member has no licence.
func (s *Service) licensed(tx *store.Tx, by access.Caller, list []Follower) ([]Follower, error) {
	members := make([]int64, len(list))
	for i, f := range list {
		members[i] = f.Member
	}
	lacking, err := s.unlicensed(tx.Context(), tx, by, members)
	if len(lacking) == 0 || err != nil {
		return list, err
	}
	return slices.DeleteFunc(slices.Clone(list), func(f Follower) bool { return lacking[f.Member] }), nil
}

// Follower is a Follow with the member's userid.
type Follower struct {
	Follow
	UserID id.UserID
}

// follower adds the userids to those whose member the caller sees, and leaves the others out.
func (s *Service) follower(tx *store.Tx, by access.Caller, list []Follow) ([]Follower, error) {
	numbers := make([]int64, len(list))
	for i, f := range list {
		numbers[i] = f.Member
	}
	users, err := s.serving(tx, by, numbers)
	if err != nil {
		return nil, err
	}
	var out []Follower
	for _, f := range list {
		if u, ok := users[f.Member]; ok {
			out = append(out, Follower{f, u})
		}
	}
	return out, nil
}

// Limits of a batch (doc 92994).
const (
	maxBatchUsers = 100
	maxBatch      = 100
	batchDefault  = 50
)

// place is where a batch has come to: the customers of a member behind a number.
type place struct{ Member, After int64 }

// Relation is a customer of a member, with what lies between them.
type Relation struct {
	Contact
	Follower
}

// Batch returns customers of members whom the caller sees, from a place on, the place behind the last, nil at the
// end, and those of the members who have no licence and are left out. It answers licence.ErrNoExternal if that is
// all of them. Doc 92994.
func (s *Service) Batch(ctx context.Context, tx *store.Tx, by access.Caller, users []id.UserID, from place, limit int64) (out []Relation, next *place, poor []id.UserID, err error) {
	members, poor, err := s.batchMembers(ctx, tx, by, users)
	if err != nil {
		return nil, nil, poor, err
	}
	if limit <= 0 {
		limit = batchDefault
	}
	limit = min(limit, maxBatch)
	var follows []Follow
	for _, no := range members {
		if no < from.Member {
			continue
		}
		after := int64(0)
		if no == from.Member {
			after = from.After
		}
		some, err := selectFollows(tx, by.CorpID, no, after, limit+1-int64(len(follows)))
		if err != nil {
			return nil, nil, poor, err
		}
		if follows = append(follows, some...); int64(len(follows)) > limit {
			follows = follows[:limit]
			last := follows[limit-1]
			next = &place{last.Member, last.No}
			break
		}
	}
	followers, err := s.follower(tx, by, follows)
	if err != nil {
		return nil, nil, poor, err
	}
	contacts, err := selectContacts(tx, by.CorpID, followers)
	for _, f := range followers {
		out = append(out, Relation{contacts[f.Customer], f})
	}
	return out, next, poor, err
}

// batchMembers returns the numbers of the members, in order and each once, and who of them has no licence. The
// caller must see all of them.
func (s *Service) batchMembers(ctx context.Context, tx *store.Tx, by access.Caller, users []id.UserID) (out []int64, poor []id.UserID, err error) {
	if len(users) == 0 || len(users) > maxBatchUsers {
		return nil, nil, wire.ErrParameter.With("userid_list: 1 to %d userids expected, %d given", maxBatchUsers, len(users))
	}
	names := map[int64]id.UserID{}
	for _, u := range users {
		m, serves, err := s.member(ctx, tx, by, u)
		if err != nil {
			return nil, nil, err
		}
		names[m.No] = m.UserID
		if serves && !slices.Contains(out, m.No) {
			out = append(out, m.No)
		}
	}
	slices.Sort(out)
	lacking, err := s.unlicensed(ctx, tx, by, slices.Collect(maps.Keys(names)))
	if err != nil {
		return nil, nil, err
	}
	for no, u := range names {
		if lacking[no] {
			poor = append(poor, u)
		}
	}
	slices.Sort(poor)
	if len(poor) == len(names) {
		return nil, poor, licence.ErrNoExternal
	}
	return slices.DeleteFunc(out, func(no int64) bool { return lacking[no] }), poor, nil
}

// Remark changes what a member has written down about a customer. Doc 92115.
func (s *Service) Remark(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID, external id.ExternalID, u NoteUpdate) error {
	if err := u.valid(); err != nil {
		return err
	}
	_, f, err := s.relation(ctx, tx, by, user, external)
	if err != nil {
		return err
	}
	return s.note(tx, by.CorpID, f, u)
}

// claimOf names a relation for claim.
func claimOf(by access.Caller, user id.UserID, external id.ExternalID) string {
	return "relation " + by.CorpID + " " + user.Key() + " " + string(external)
}
