package wechat

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/oauth"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// Pages that people in WeChat open. WeChat knows its user; here the browser carries who it is, in a cookie that the
// page of WeChat users has it given when somebody opens a link there.

const (
	visitorCookie = "qiwei_wechat"
	// visitorLife is how long a browser is somebody in WeChat after they have opened a link.
	visitorLife = 10 * time.Minute
	maxUnionID  = 64
	maxOpen     = 16 << 10 // bytes of a request
)

// openScript is somebody in WeChat who opens a page.
type openScript struct {
	CorpID   string        `json:"corpid"` // with external_userid
	External id.ExternalID `json:"external_userid"`
	UnionID  string        `json:"unionid"` // in place of both: whoever it is, customer or not
}

// open makes the request's browser that of somebody in WeChat, for pages that it opens next.
func (s *Service) open(w http.ResponseWriter, r *http.Request) {
	door.Answer(w, r, s.deps.Log, nil, func() (any, error) {
		var req openScript
		dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxOpen))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&req); err != nil {
			return nil, door.Missing("the request is no JSON with corpid and external_userid, or unionid: " + err.Error())
		}
		var p oauth.Person
		err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
			p, err = s.Known(tx, req.CorpID, req.External, req.UnionID)
			return err
		})
		if err != nil {
			return nil, err
		}
		text := s.deps.Box.SealText(seal.Session, visitorCookie, fmt.Appendf(nil, "%d %s", s.deps.Store.Now().UnixMilli(), p))
		http.SetCookie(w, &http.Cookie{Name: visitorCookie, Value: text, Path: "/", MaxAge: int(visitorLife.Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode})
		return struct{}{}, nil
	})
}

// Visitor returns who opens pages in the request's browser, and since when.
func (s *Service) Visitor(r *http.Request) (p oauth.Person, since time.Time, found bool) {
	c, err := r.Cookie(visitorCookie)
	if err != nil {
		return "", since, false
	}
	plain, err := s.deps.Box.OpenText(seal.Session, visitorCookie, c.Value)
	if err != nil {
		return "", since, false
	}
	at, who, _ := strings.Cut(string(plain), " ")
	ms, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return "", since, false
	}
	since = time.UnixMilli(ms).UTC()
	return oauth.Person(who), since, s.deps.Store.Now().Before(since.Add(visitorLife))
}

// Known returns the corp's customer, or whoever has the unionid.
func (s *Service) Known(tx *store.Tx, corpID string, external id.ExternalID, unionID string) (oauth.Person, error) {
	if unionID != "" {
		if external != "" || len(unionID) > maxUnionID || !plainText(unionID) {
			return "", door.Missing("unionid: 1 to 64 letters, digits, - and _ expected, and no external_userid beside it")
		}
		return oauth.PersonOf(unionID, 0), nil
	}
	c, err := s.deps.Customers.Contact(tx, corpID, external)
	if err == nil && c.Kind != customer.WeChat {
		err = door.Missing("external_userid: a member of another enterprise is nobody in WeChat")
	}
	return oauth.PersonOf(c.UnionID, c.No), err
}

func plainText(s string) bool {
	for _, r := range s {
		if !('0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '-' || r == '_') {
			return false
		}
	}
	return true
}

// External returns the person's external_userid where somebody whom the caller sees follows them, "" elsewhere.
func (s *Service) External(tx *store.Tx, by access.Caller, p oauth.Person) (id.ExternalID, error) {
	c, found, err := s.customer(tx, by.CorpID, p)
	if err != nil || !found {
		return "", err
	}
	external := s.deps.Customers.ExternalID(c.Kind, c.No)
	seen, err := s.deps.Customers.VisibleContacts(tx, by, []id.ExternalID{external})
	if _, ok := seen[external]; err != nil || !ok {
		return "", err
	}
	return external, nil
}

// customer returns the corp's customer who is the person.
func (s *Service) customer(tx *store.Tx, corpID string, p oauth.Person) (c customer.Contact, found bool, err error) {
	unionID, no := p.Parts()
	if unionID != "" {
		return s.deps.Customers.UnionContact(tx, corpID, unionID)
	}
	list, err := s.deps.Customers.Contacts(tx, corpID, []int64{no})
	c, found = list[no]
	return c, found, err
}
