package oauth

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// Person is somebody in WeChat who is no member: who they are to this server. Applications are told an openid, which
// is another one in every corp and to every provider.
type Person string

// PersonOf returns the person with the unionid. A customer who has none is known by the number, in one corp alone.
func PersonOf(unionID string, customer int64) Person {
	if unionID != "" {
		return Person("u " + unionID)
	}
	return Person(fmt.Sprintf("c %d", customer))
}

// Parts returns what the person was made of.
func (p Person) Parts() (unionID string, customer int64) {
	if unionID, ok := strings.CutPrefix(string(p), "u "); ok {
		return unionID, 0
	}
	customer, _ = strconv.ParseInt(strings.TrimPrefix(string(p), "c "), 10, 64)
	return "", customer
}

// OpenID returns the id by which a corp knows a person, or a provider, by its corpid (doc 91023, 91121). It has 28
// characters like WeChat's own, and nobody finds the person by it.
func OpenID(box *seal.Box, corpID string, p Person) string {
	return "o" + base64.RawURLEncoding.EncodeToString(box.MAC(seal.CustomerOpenID, corpID+" "+string(p)))[:27]
}

// Outside knows the people in WeChat who open pages of applications. There are some in dev alone.
type Outside interface {
	// Visitor returns who opens pages in the request's browser, and since when.
	Visitor(r *http.Request) (p Person, since time.Time, found bool)
	// Known returns the corp's customer, or whoever has the unionid.
	Known(tx *store.Tx, corpID string, external id.ExternalID, unionID string) (Person, error)
	// External returns the person's external_userid where somebody whom the caller sees follows them, "" elsewhere.
	External(tx *store.Tx, by access.Caller, p Person) (id.ExternalID, error)
}

// Know has people in WeChat come to applications.
func (s *Service) Know(o Outside) { s.outside = o }

// outsider returns who follows a link from WeChat. One browser serves for WeChat and for WeCom here: who came last
// is who follows the link.
func (v *visit) outsider() (p Person, found bool, err error) {
	if v.s.outside == nil {
		return "", false, nil
	}
	p, since, found := v.s.outside.Visitor(v.r)
	if !found {
		return "", false, nil
	}
	sess, signedIn, err := v.s.deps.Login.SignedIn(v.r)
	return p, err == nil && !(signedIn && sess.SignedInAt.After(since)), err
}

// sendPersonsCode ends the authorisation of a person. They are asked for no consent: there is nothing to read.
func (v *visit) sendPersonsCode(l link, p Person) error {
	var text string
	err := v.s.deps.Store.Write(v.ctx(), func(tx *store.Tx) (err error) {
		c := code{CorpID: l.corp.CorpID, Person: p, Purpose: forUserInfo, Scope: l.scope, Origin: l.to.Origin(), Device: v.s.deps.Login.Device(v.r)}
		if l.app != nil {
			c.App = l.app.No
		}
		if l.suite != nil {
			c.Suite, c.CorpID = l.suite.No, l.suite.Partner
		} else if c.Suite, err = v.s.suiteOf(tx, l.app); err != nil {
			return err
		}
		text, err = v.s.issue(tx, c)
		return err
	})
	if err != nil {
		return err
	}
	return v.Redirect(l.to.With("code=" + text + "&state=" + l.state))
}
