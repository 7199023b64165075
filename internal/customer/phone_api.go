package customer

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
)

// Routes returns the calls of a member's page, with the member's session.
func (s *Service) Routes() []door.Route {
	page := s.deps.Member.JSON
	return []door.Route{
		{Pattern: "GET /phone/api/customers", Handler: page(s.phoneCustomers)},
		{Pattern: "GET /phone/api/customers/{external}", Handler: page(s.phoneCustomer)},
		{Pattern: "POST /phone/api/customers/{external}", Handler: page(s.phoneEdit)},
		{Pattern: "POST /phone/api/customers/{external}/remove", Handler: page(s.phoneRemove)},
		{Pattern: "POST /phone/api/customers/{external}/accept", Handler: page(s.phoneAccept)},
		{Pattern: "GET /phone/api/customers/{external}/messages", Handler: page(s.phoneMessages)},
		{Pattern: "POST /phone/api/customers/{external}/messages", Handler: page(s.phoneWrite)},
		{Pattern: "GET /phone/api/customers/{external}/files/{no}/{media}", Handler: s.deps.Member.File(s.phoneFile)},
		{Pattern: "GET /phone/api/customer_tags", Handler: page(s.phoneTags)},
		{Pattern: "GET /phone/api/customer_chats", Handler: page(s.phoneTalks)},
		{Pattern: "GET /phone/api/customer_transfers", Handler: page(s.phoneTransfers)},
	}
}

// standings are how the two stand to each other, in the page's words.
var standings = map[Standing]string{Friends: "friends", Half: "half", OneWay: "removed"}

// listedMost is how many customers a page of the list has.
const listedMost = 100

type (
	customerLine struct {
		No       int64         `json:"no"` // where the next page begins
		External id.ExternalID `json:"external_userid"`
		Name     string        `json:"name"`
		Remark   string        `json:"remark,omitempty"`
		Avatar   string        `json:"avatar,omitempty"`
		Type     int64         `json:"type"`
		CorpName string        `json:"corp_name,omitempty"`
		Standing string        `json:"standing"`
		Since    int64         `json:"since"` // Unix seconds
		Tags     []shownTag    `json:"tags"`
	}
	shownTag struct {
		ID    id.CustomerTag `json:"id"`
		Name  string         `json:"name"`
		Group string         `json:"group_name"`
	}
	customerPage struct {
		customerLine
		Gender      int64          `json:"gender"`
		Position    string         `json:"position,omitempty"`
		Description string         `json:"description"`
		Company     string         `json:"remark_company"`
		Mobiles     []string       `json:"remark_mobiles"`
		AddWay      int64          `json:"add_way"`
		State       string         `json:"state,omitempty"`
		Handing     *memberLine    `json:"handing,omitempty"` // to whom the customer is being handed
		Followers   []followerLine `json:"followers"`         // the others
	}
	memberLine struct {
		UserID id.UserID `json:"userid"`
		Name   string    `json:"name"`
	}
	followerLine struct {
		memberLine
		Since int64 `json:"since"`
	}
)

// phoneCustomers answers a page of the member's customers, the newest first: those whose name or note has q in
// it, and who have the tag.
func (s *Service) phoneCustomers(r *http.Request, sess login.Session) (any, error) {
	before, err := door.Number(r, "before")
	if err != nil {
		return nil, err
	}
	q, out := r.URL.Query(), []customerLine{}
	serves, more := false, false
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		if _, serves, err = s.member(r.Context(), tx, access.System(sess.CorpID), sess.Member.UserID); err != nil || !serves {
			return err
		}
		tags, err := s.tags(tx, sess.CorpID)
		if err != nil {
			return err
		}
		var tag []int64
		if text := q.Get("tag"); text != "" {
			if tag, err = s.numbersOf(tags, []id.CustomerTag{id.CustomerTag(text)}, false, false); err != nil {
				return err
			}
		}
		list, err := s.search(tx, sess.CorpID, sess.Member.No, strings.TrimSpace(q.Get("q")), tag, before, listedMost+1)
		if err != nil {
			return err
		}
		if more = len(list) > listedMost; more {
			list = list[:listedMost]
		}
		followers := make([]Follower, len(list))
		for i, f := range list {
			followers[i] = Follower{Follow: f}
		}
		contacts, err := selectContacts(tx, sess.CorpID, followers)
		for _, f := range list {
			out = append(out, s.line(tags, contacts[f.Customer], f))
		}
		return err
	})
	return map[string]any{"serves": serves, "customers": out, "more": more}, err
}

// search returns relations of a member, the newest first.
func (s *Service) search(tx *store.Tx, corpID string, member int64, words string, tag []int64, before, limit int64) ([]Follow, error) {
	where, args := `corpid = ? AND member = ?`, []any{corpID, member}
	if before > 0 {
		where, args = where+` AND no < ?`, append(args, before)
	}
	if words != "" {
		like := store.Pattern("", words, "")
		where += ` AND (remark` + store.Like + ` OR customer IN (SELECT no FROM customer WHERE corpid = ? AND name` + store.Like + `))`
		args = append(args, like, corpID, like)
	}
	for _, no := range tag { // tags is JSON: [1,2]
		where += ` AND replace(replace(tags, '[', ','), ']', ',')` + store.Like
		args = append(args, store.Pattern(",", number(no), ","))
	}
	return selectFollowsWhere(tx, where+` ORDER BY no DESC LIMIT ?`, append(args, limit)...)
}

func (s *Service) line(tags *tagTable, c Contact, f Follow) customerLine {
	out := customerLine{f.No, s.ExternalID(c.Kind, c.No), c.Name, f.Remark, s.local(c.Avatar), c.Kind, c.CorpName, standings[f.Standing], f.CreatedAt.Unix(), []shownTag{}}
	for _, no := range f.Tags {
		if t, ok := tags.tags[no]; ok && t.DeletedAt == 0 {
			out.Tags = append(out.Tags, shownTag{s.tagID(no), t.Name, tags.groups[t.Group].Name})
		}
	}
	return out
}

// local removes this server's own address from a link, so that the link works on the host under which the page
// was opened.
func (s *Service) local(link string) string { return strings.TrimPrefix(link, s.deps.BaseURL()) }

// own returns the relation of the member to a customer. Somebody else's customer is not there.
func (s *Service) own(tx *store.Tx, r *http.Request, sess login.Session) (Contact, Follow, error) {
	c, err := s.contact(tx, sess.CorpID, id.ExternalID(r.PathValue("external")))
	if errors.Is(err, ErrExternal) {
		err = door.ErrNotFound
	}
	if err != nil {
		return c, Follow{}, err
	}
	f, found, err := selectFollow(tx, sess.CorpID, c.No, sess.Member.No)
	if err == nil && !found {
		err = door.ErrNotFound
	}
	return c, f, err
}

// followersMost is how many others who know the customer a page names.
const followersMost = 20

func (s *Service) phoneCustomer(r *http.Request, sess login.Session) (any, error) {
	var out customerPage
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		c, f, err := s.own(tx, r, sess)
		if err != nil {
			return err
		}
		tags, err := s.tags(tx, sess.CorpID)
		if err != nil {
			return err
		}
		out = customerPage{customerLine: s.line(tags, c, f), Gender: c.Gender, Position: c.Position, Description: f.Description, Company: f.Company, Mobiles: append([]string{}, f.Mobiles...),
			AddWay: f.AddWay, State: f.State, Followers: []followerLine{}}
		if f.Handing != 0 {
			list, err := selectTransfers(tx, `corpid = ? AND no = ?`, sess.CorpID, f.Handing)
			if err != nil {
				return err
			}
			for _, t := range list {
				to, err := s.memberLine(tx, t.Takeover)
				if err != nil {
					return err
				}
				out.Handing = &to
			}
		}
		others, err := selectFollowers(tx, sess.CorpID, c.No, 0, followersMost+1)
		for _, o := range others {
			if o.Member == f.Member || o.Standing == Half {
				continue
			}
			m, err := s.memberLine(tx, o.Member)
			if err != nil {
				return err
			}
			out.Followers = append(out.Followers, followerLine{m, o.CreatedAt.Unix()})
		}
		return err
	})
	return out, err
}

// memberLine names a member by our number; one who has left has no userid.
func (s *Service) memberLine(tx *store.Tx, no int64) (memberLine, error) {
	m, found, err := s.deps.Directory.MemberNo(tx, no)
	if err != nil || !found {
		return memberLine{}, err
	}
	return memberLine{m.UserID, m.Name}, nil
}

// change runs a change of the member's relation to a customer.
func (s *Service) change(r *http.Request, sess login.Session, fn func(tx *store.Tx, by access.Caller, external id.ExternalID) error) (any, error) {
	return struct{}{}, s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		if _, _, err := s.own(tx, r, sess); err != nil {
			return err
		}
		return fn(tx, access.System(sess.CorpID), id.ExternalID(r.PathValue("external")))
	})
}

func (s *Service) phoneEdit(r *http.Request, sess login.Session) (any, error) {
	var req struct {
		Remark      *string          `json:"remark"`
		Description *string          `json:"description"`
		Company     *string          `json:"remark_company"`
		Mobiles     *[]string        `json:"remark_mobiles"`
		Add         []id.CustomerTag `json:"add_tag"`
		Remove      []id.CustomerTag `json:"remove_tag"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, err
	}
	return s.change(r, sess, func(tx *store.Tx, by access.Caller, external id.ExternalID) error {
		u := NoteUpdate{Remark: req.Remark, Description: req.Description, Company: req.Company, Mobiles: req.Mobiles}
		return s.Edit(r.Context(), tx, by, sess.Member.UserID, external, u, req.Add, req.Remove)
	})
}

func (s *Service) phoneRemove(r *http.Request, sess login.Session) (any, error) {
	return s.change(r, sess, func(tx *store.Tx, by access.Caller, external id.ExternalID) error {
		return s.Part(r.Context(), tx, by, sess.Member.UserID, external, true)
	})
}

// phoneAccept confirms a customer who has asked.
func (s *Service) phoneAccept(r *http.Request, sess login.Session) (any, error) {
	return s.change(r, sess, func(tx *store.Tx, by access.Caller, external id.ExternalID) error {
		c, err := s.contact(tx, by.CorpID, external)
		if err != nil {
			return err
		}
		_, _, err = s.Befriend(r.Context(), tx, by, Arrival{External: external, Contact: c, UserID: sess.Member.UserID, AddWay: scanned})
		return err
	})
}

type tagGroupLine struct {
	ID   id.CustomerTag `json:"group_id"`
	Name string         `json:"group_name"`
	Tags []shownTag     `json:"tags"`
}

// phoneTags answers the tags that the member can give.
func (s *Service) phoneTags(r *http.Request, sess login.Session) (any, error) {
	out := []tagGroupLine{}
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		table, err := s.tags(tx, sess.CorpID)
		if err != nil {
			return err
		}
		table = table.ofCorp()
		var groups []TagGroup
		for _, g := range table.groups {
			if g.DeletedAt == 0 {
				groups = append(groups, g)
			}
		}
		slices.SortFunc(groups, groupsInOrder)
		for _, g := range groups {
			line := tagGroupLine{s.groupID(g.No), g.Name, []shownTag{}}
			var tags []Tag
			for _, no := range table.byGroup[g.No] {
				tags = append(tags, table.tags[no])
			}
			slices.SortFunc(tags, inOrder)
			for _, t := range tags {
				line.Tags = append(line.Tags, shownTag{s.tagID(t.No), t.Name, g.Name})
			}
			out = append(out, line)
		}
		return nil
	})
	return map[string]any{"groups": out}, err
}

// transfersMost is how many transfers the page shows.
const transfersMost = 50

type transferLine struct {
	External id.ExternalID `json:"external_userid"`
	Name     string        `json:"name"`
	Avatar   string        `json:"avatar,omitempty"`
	From     memberLine    `json:"from"`
	To       memberLine    `json:"to"`
	Resigned bool          `json:"resigned,omitempty"`
	Status   int64         `json:"status"` // doc 94088
	Due      int64         `json:"due"`    // Unix seconds
}

// phoneTransfers answers the customers who are, or were, handed to the member or by the member.
func (s *Service) phoneTransfers(r *http.Request, sess login.Session) (any, error) {
	out := []transferLine{}
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		var list []Transfer
		for _, side := range []string{"takeover", "handover"} {
			some, err := selectTransfers(tx, `corpid = ? AND `+side+` = ? ORDER BY no DESC LIMIT ?`, sess.CorpID, sess.Member.No, int64(transfersMost))
			if err != nil {
				return err
			}
			list = append(list, some...)
		}
		slices.SortFunc(list, func(a, b Transfer) int { return int(b.No - a.No) })
		for _, t := range list[:min(len(list), transfersMost)] {
			c, found, err := selectContact(tx, sess.CorpID, t.Customer)
			if err != nil || !found {
				return err
			}
			line := transferLine{External: s.ExternalID(c.Kind, c.No), Name: c.Name, Avatar: s.local(c.Avatar), Resigned: t.Resigned, Status: t.Status, Due: t.Due.Unix()}
			if line.From, err = s.memberLine(tx, t.Handover); err != nil {
				return err
			}
			if line.To, err = s.memberLine(tx, t.Takeover); err != nil {
				return err
			}
			out = append(out, line)
		}
		return nil
	})
	return map[string]any{"transfers": out}, err
}
