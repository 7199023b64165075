package caldav

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// visitor is the member as whom a program signs in.
type visitor struct {
	corpID string
	member directory.Member
}

// signedIn is a password that was right. Programs send it with every request, and checking it takes long.
type signedIn struct {
	member, ending int64
	until          time.Time
}

const (
	// rightFor is how long a password is not checked again, unless the member's sessions are ended.
	rightFor = 10 * time.Minute
	// maxKnown bounds how many are remembered.
	maxKnown = 10_000
)

var errSignIn = errors.New("wrong name or password")

// visitorOf returns the member as whom the request signs in: by a userid where the address names the corp,
// by userid@corpid elsewhere, or by a userid if the server has one corp only.
func (s *Service) visitorOf(r *http.Request, corpID string) (v visitor, err error) {
	name, password, ok := r.BasicAuth()
	if !ok || name == "" || password == "" {
		return v, errSignIn
	}
	user := id.UserID(name)
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		if at := strings.LastIndexByte(name, '@'); at > 0 && (corpID == "" || name[at+1:] == corpID) {
			if _, err := s.deps.Corps.Corp(tx, name[at+1:]); err == nil {
				user, corpID = id.UserID(name[:at]), name[at+1:]
			} else if !errors.Is(err, corp.ErrNotFound) {
				return err
			}
		}
		if corpID != "" {
			return nil
		}
		corps, err := s.deps.Corps.Corps(tx)
		if err == nil && len(corps) != 1 {
			return errSignIn
		}
		if err == nil {
			corpID = corps[0].CorpID
		}
		return err
	})
	if err != nil {
		return v, err
	}
	v.corpID = corpID
	if strings.HasPrefix(password, keyPrefix) {
		v.member, err = s.byKey(r.Context(), corpID, user, password)
		return v, err
	}
	v.member, err = s.byPassword(r, corpID, user, password)
	return v, err
}

// byPassword returns the member with the userid and password.
func (s *Service) byPassword(r *http.Request, corpID string, user id.UserID, password string) (m directory.Member, err error) {
	proof := string(s.deps.Box.MAC(seal.CalDAVKey, corpID+"\n"+user.Key()+"\n"+password))
	now := s.deps.Store.Now()
	s.mu.Lock()
	known, ok := s.known[proof]
	s.mu.Unlock()
	if ok && now.Before(known.until) {
		found := false
		err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
			ending, err := s.deps.Login.Ending(tx, known.member)
			if err != nil || ending != known.ending {
				return err
			}
			m, found, err = s.deps.Directory.MemberNo(tx, known.member)
			return err
		})
		if err != nil || found && m.Enabled {
			return m, err
		}
	}
	who, err := s.deps.Login.CheckPassword(r.Context(), corpID, user, password, login.Stranger{Door: login.DoorCalDAV, Address: s.deps.ClientIP(r)})
	if err == nil {
		err = s.deps.Login.Admit(r.Context(), who, nil)
	}
	var wrong *login.WrongSecret
	var locked *login.Locked
	switch {
	case errors.As(err, &wrong), errors.As(err, &locked), errors.Is(err, login.ErrStale), errors.Is(err, login.ErrDisabled), errors.Is(err, login.ErrVerify):
		return m, errSignIn
	case err != nil:
		return m, err
	}
	m = who.Member()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= maxKnown {
		clear(s.known)
	}
	s.known[proof] = signedIn{m.No, who.Ending(), now.Add(rightFor)}
	return m, nil
}

// keyPrefix is what passwords for programs begin with.
const keyPrefix = "caldav_"

func (s *Service) keyMAC(text string) []byte { return s.deps.Box.MAC(seal.CalDAVKey, text) }

// byKey returns the member with the userid and a password made for a program.
func (s *Service) byKey(ctx context.Context, corpID string, user id.UserID, text string) (m directory.Member, err error) {
	k, m, found, err := s.keyOf(ctx, text, false)
	if err == nil && (!found || k.corpID != corpID || !m.UserID.Equal(user)) {
		err = errSignIn
	}
	return m, err
}

// keyOf returns a key by its text, and whose it is. It notes that it was used today.
func (s *Service) keyOf(ctx context.Context, text string, feed bool) (k key, m directory.Member, found bool, err error) {
	usedOn := ""
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		var isFeed bool
		found, err = tx.Get(`SELECT no, corpid, member, feed, used_on FROM caldav_key WHERE mac = ?`, []any{s.keyMAC(text)}, &k.no, &k.corpID, &k.member, &isFeed, &usedOn)
		if err != nil || !found || isFeed != feed {
			found = false
			return err
		}
		m, found, err = s.deps.Directory.MemberNo(tx, k.member)
		found = found && m.Enabled
		return err
	})
	if today := directory.Day(s.deps.Store.Now()); err == nil && found && usedOn != today {
		err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE caldav_key SET used_on = ? WHERE no = ? AND corpid = ?`, today, k.no, k.corpID)
			return err
		})
	}
	return k, m, found, err
}

// key is a password for a program, or a feed.
type key struct {
	no     int64
	corpID string
	member int64
}
