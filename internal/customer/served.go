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

// Served is somebody outside of the corp whom a member knows (已服务的外部联系人). One whom a member without
// customer contact knows is no customer.
type Served struct {
	Contact
	Customer bool
	UserID   id.UserID
	AddedAt  time.Time
}

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
			out = append(out, Served{contacts[f.Customer], serving[f.Member] != "", u, f.CreatedAt})
		}
	}
	return out, next, err
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
		AddTime  int64         `json:"add_time"`
	}
	// servedPlace is where a list has come to, and which list it is: each has temporary ids of its own.
	servedPlace struct {
		List  string
		At    int64 // Unix seconds, when it began
		After int64
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
	list, next, err := s.Served(tx, by, at.After, req.Limit)
	for _, one := range list {
		a := servedAnswer{Customer: one.Customer, TmpID: s.temporaryID(at.List, one.No), UserID: one.UserID, AddTime: one.AddedAt.Unix()}
		if one.Customer {
			a.External = s.ExternalID(one.Kind, one.No)
		} else {
			a.Name = masked(one.Name)
		}
		resp.List = append(resp.List, a)
	}
	if next != 0 {
		at.After = next
		resp.Next = cursor.Next(by, at)
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
