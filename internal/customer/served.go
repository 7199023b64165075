package customer

import (
	"context"
	"encoding/base64"
	"strconv"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Served is somebody outside of the corp whom a member knows, or who is in a group (已服务的外部联系人). One whom only
// members without customer contact know is no customer.
type Served struct {
	Contact
	Customer bool
	UserID   id.UserID // of the member, or of the group's owner
	AddedAt  time.Time
	InGroup
}

// InGroup is the group that somebody is in: its id, or its name if the group is none of customers.
type InGroup struct {
	ChatID id.ChatID
	Name   string
}

// ServedInGroup is somebody in a group, by our number.
type ServedInGroup struct {
	Customer int64
	Owner    id.UserID
	JoinedAt time.Time
	InGroup
}

// ServedInGroups returns who is in groups whose owners the caller sees, in order from behind the number after on, the
// last number, and whether there are more. The room of groups is above this one.
type ServedInGroups func(tx *store.Tx, by access.Caller, after, limit int64) (list []ServedInGroup, last int64, more bool, err error)

// OnServed has those in groups listed too.
func (s *Service) OnServed(fn ServedInGroups) { s.inGroups = fn }

const (
	servedPath = "contact_list"
	maxServed  = 1000 // in an answer; the page names it as the usual number
	// servedLife is how long a cursor and the temporary ids of a list are good (doc 99434).
	servedLife = 4 * time.Hour
)

// Served returns the contacts of all members whom the caller sees, in order from behind the number after on, and
// the last number if there are more. Doc 99434.
func (s *Service) Served(tx *store.Tx, by access.Caller, after, limit int64) (out []Served, next int64, err error) {
	if limit <= 0 || limit > maxServed {
		limit = maxServed
	}
	follows, err := selectFollowsWhere(tx, `corpid = ? AND no > ? AND standing <> ? ORDER BY no LIMIT ?`, by.CorpID, after, int64(Half), limit+1)
	if err != nil {
		return nil, 0, err
	}
	if int64(len(follows)) > limit {
		follows = follows[:limit]
		next = follows[limit-1].No
	}
	var members []int64
	var of []Follower
	for _, f := range follows {
		members, of = append(members, f.Member), append(of, Follower{Follow: f})
	}
	serving, err := s.serving(tx, by, members)
	if err != nil {
		return nil, 0, err
	}
	if !by.SeesAll() {
		if members, err = s.deps.Directory.Within(tx, by.CorpID, by.Range, members); err != nil {
			return nil, 0, err
		}
	}
	users, err := s.deps.Directory.NumberedMembers(tx, by.CorpID, members)
	if err != nil {
		return nil, 0, err
	}
	contacts, err := selectContacts(tx, by.CorpID, of)
	for _, f := range follows {
		if u, ok := users[f.Member]; ok {
			out = append(out, Served{Contact: contacts[f.Customer], Customer: serving[f.Member] != "", UserID: u, AddedAt: f.CreatedAt})
		}
	}
	return out, next, err
}

// servedInGroups is Served for those in groups. They are customers if somebody with customer contact knows them.
func (s *Service) servedInGroups(tx *store.Tx, by access.Caller, after, limit int64) (out []Served, last int64, more bool, err error) {
	if s.inGroups == nil {
		return nil, 0, false, nil
	}
	list, last, more, err := s.inGroups(tx, by, after, limit)
	if err != nil || len(list) == 0 {
		return nil, last, more, err
	}
	numbers := make([]int64, len(list))
	for i, one := range list {
		numbers[i] = one.Customer
	}
	contacts, err := s.Contacts(tx, by.CorpID, numbers)
	if err != nil {
		return nil, 0, false, err
	}
	var ids []id.ExternalID
	known := map[int64]Contact{}
	for _, c := range contacts {
		known[c.No] = c
		ids = append(ids, s.ExternalID(c.Kind, c.No))
	}
	customers, err := s.VisibleContacts(tx, by, ids)
	for _, one := range list {
		c := known[one.Customer]
		_, is := customers[s.ExternalID(c.Kind, c.No)]
		out = append(out, Served{c, is, one.Owner, one.JoinedAt, one.InGroup})
	}
	return out, last, more, err
}

// servedPage returns a page of all who are served: those whom members know, and behind them those in groups.
func (s *Service) servedPage(tx *store.Tx, by access.Caller, at servedPlace, limit int64) (out []Served, next *servedPlace, err error) {
	if limit <= 0 || limit > maxServed {
		limit = maxServed
	}
	if !at.Groups {
		if out, at.After, err = s.Served(tx, by, at.After, limit); err != nil || at.After != 0 {
			return out, &at, err
		}
		at.Groups = true
	}
	in, last, more, err := s.servedInGroups(tx, by, at.After, limit-int64(len(out)))
	if at.After = last; more {
		next = &at
	}
	return append(out, in...), next, err
}

func (s *Service) servedEndpoints() []wire.Endpoint {
	ep := endpoint("POST", servedPath, 99434, wire.Read(s.contactList))
	ep.Allow = access.To(access.Customers, access.SelfBuilt).And(access.Allow{access.CustomerContact: access.All})
	return []wire.Endpoint{ep}
}

type (
	contactListRequest struct {
		Cursor string `json:"cursor"`
		Limit  int64  `json:"limit"`
	}
	contactListResponse struct {
		List []servedAnswer `json:"info_list"`
		Next string         `json:"next_cursor"`
	}
	servedAnswer struct {
		Customer bool          `json:"is_customer"`
		TmpID    string        `json:"tmp_openid"`
		External id.ExternalID `json:"external_userid,omitempty"`
		Name     string        `json:"name,omitempty"`
		UserID   id.UserID     `json:"follow_userid"`
		ChatID   id.ChatID     `json:"chat_id,omitempty"`
		ChatName string        `json:"chat_name,omitempty"`
		AddTime  int64         `json:"add_time"`
	}
	// servedPlace is where a list has come to, and which list it is: each has temporary ids of its own.
	servedPlace struct {
		List  string
		At    int64 // Unix seconds, when it began
		After int64
		// Groups says that those whom members know have been listed.
		Groups bool
	}
)

// contactList answers customers with their ids, and others with a name of which the last character can be read.
func (s *Service) contactList(ctx context.Context, tx *store.Tx, by access.Caller, req contactListRequest) (resp contactListResponse, err error) {
	cursor := wire.Cursor[servedPlace]{Box: s.deps.Box, Path: "/cgi-bin/externalcontact/" + servedPath}
	at, err := cursor.Open(by, req.Cursor)
	if err != nil {
		return resp, err
	}
	if at.List == "" {
		at = servedPlace{List: id.Hex(8), At: tx.Now().Unix()}
	}
	if tx.Now().Sub(time.Unix(at.At, 0)) > servedLife {
		return resp, wire.ErrCursor.With("it was good for %d hours", int(servedLife.Hours()))
	}
	list, next, err := s.servedPage(tx, by, at, req.Limit)
	for _, one := range list {
		a := servedAnswer{Customer: one.Customer, TmpID: s.temporaryID(at.List, one.No), UserID: one.UserID, AddTime: one.AddedAt.Unix(), ChatID: one.ChatID, ChatName: one.InGroup.Name}
		if one.Customer {
			a.External = s.ExternalID(one.Kind, one.No)
		} else {
			a.Name = masked(one.Contact.Name)
		}
		resp.List = append(resp.List, a)
	}
	if next != nil {
		resp.Next = cursor.Next(by, *next)
	}
	return resp, err
}

// temporaryID returns what a contact is called in one list.
func (s *Service) temporaryID(list string, contact int64) string {
	return base64.RawURLEncoding.EncodeToString(s.deps.Box.MAC(seal.ServedList, list+" "+strconv.FormatInt(contact, 10))[:18])
}

// masked hides all of a name but its last character.
func masked(name string) string {
	_, size := utf8.DecodeLastRuneInString(name)
	return "***" + name[len(name)-size:]
}
