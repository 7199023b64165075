package console

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/admin"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

func (s *Service) sessionCalls() []call {
	calls := []call{
		{pattern: "GET /console/api/session", open: true, handle: s.getSession},
		{pattern: "POST /console/api/session", open: true, handle: s.signIn},
		{pattern: "POST /console/api/session/member", open: true, handle: s.signInAsMember},
		{pattern: "DELETE /console/api/session", open: true, handle: s.signOut},
	}
	if s.deps.Dev {
		calls = append(calls, call{pattern: "POST /console/api/session/demo", open: true, handle: s.signInAsDemo})
	}
	return calls
}

type corpName struct {
	CorpID string `json:"corpid"`
	Name   string `json:"name"`
}

type person struct {
	UserID string `json:"userid"`
	Name   string `json:"name"`
	Avatar string `json:"avatar,omitempty"`
}

// state is what the page needs first.
type state struct {
	Dev      bool            `json:"dev"`
	Version  string          `json:"version"`
	SignedIn bool            `json:"signed_in"`
	Empty    bool            `json:"empty,omitempty"` // there is no enterprise yet
	Corp     corpName        `json:"corp,omitzero"`
	Admin    person          `json:"admin,omitzero"`
	Role     admin.Role      `json:"role,omitempty"`
	Rights   map[string]bool `json:"rights,omitempty"`
	Range    []int64         `json:"range,omitempty"`    // departments of a ranged admin
	Provider bool            `json:"provider,omitempty"` // the enterprise is a provider

	// The rest is for visitors who are not signed in: where they may sign in.
	Corps  []corpName `json:"corps,omitempty"`  // with the demo's admin, in dev; else the only one
	Member *person    `json:"member,omitempty"` // signed in on this browser as a member who is an admin
}

func (s *Service) getSession(v *visit) (any, error) {
	out := state{Dev: s.deps.Dev, Version: s.deps.Version}
	sess, err := s.session(v.r)
	if err != nil && !errors.Is(err, errSignedOut) {
		return nil, err
	}
	if err == nil {
		out.SignedIn, out.Role, out.Rights = true, sess.admin.Role, map[string]bool{}
		for r := look; r <= rule; r++ {
			out.Rights[r.String()] = may[sess.admin.Role][r]
		}
		if sess.admin.Role == admin.Ranged {
			out.Range = sess.admin.Range.Departments
		}
		_, thumb := s.deps.Directory.AvatarURL(&sess.member)
		out.Admin = person{string(sess.member.UserID), sess.member.Name, s.local(thumb)}
		return out, v.look(func(tx *store.Tx) error {
			c, err := s.deps.Corps.Corp(tx, sess.corpID)
			if err != nil {
				return err
			}
			out.Corp = corpName{c.CorpID, c.Name}
			_, err = s.deps.Suites.Provider(tx, sess.corpID)
			if out.Provider = err == nil; errors.Is(err, suite.ErrNoProvider) {
				err = nil
			}
			return err
		})
	}
	member, found, err := s.deps.Login.SignedIn(v.r)
	if err != nil {
		return nil, err
	}
	return out, v.look(func(tx *store.Tx) error {
		if found {
			if _, is, err := s.adminOf(tx, member.CorpID, member.Member); err != nil {
				return err
			} else if is {
				out.Member = &person{UserID: string(member.Member.UserID), Name: member.Member.Name}
			}
		}
		corps, err := s.deps.Corps.Corps(tx)
		out.Empty = err == nil && len(corps) == 0
		if _, only := corp.Only(corps); only || s.deps.Dev { // a stranger need not know who else is here
			for _, c := range corps {
				out.Corps = append(out.Corps, corpName{c.CorpID, c.Name})
			}
		}
		return err
	})
}

type signInRequest struct {
	CorpID   string `json:"corpid"`
	UserID   string `json:"userid"`
	Password string `json:"password"`
}

func wrongPassword(left int) error {
	p := problem{status: http.StatusForbidden, reason: "password", zh: "账号或密码不正确", en: "Wrong userid or password.", field: "password"}
	if left > 0 && left <= 3 {
		p.zh += fmt.Sprintf("，还可以尝试 %d 次", left)
		p.en += fmt.Sprintf(" %d tries are left.", left)
	}
	return p
}

// signIn is by password. Only somebody with a member's password learns whether the member is an admin.
func (s *Service) signIn(v *visit) (any, error) {
	var req signInRequest
	if err := v.read(&req); err != nil {
		return nil, err
	}
	s.deps.Login.NameBrowser(v.w, v.r)
	who, err := s.deps.Login.CheckPassword(v.ctx(), req.CorpID, id.UserID(req.UserID), req.Password, s.stranger(v))
	if err == nil {
		err = s.begin(v, who)
	}
	return nothing{}, refusedSignIn(err)
}

func (s *Service) stranger(v *visit) login.Stranger {
	return s.deps.Login.StrangerAt(login.DoorConsole, v.r)
}

// refusedSignIn puts what the gate answers into words.
func refusedSignIn(err error) error {
	var wrong *login.WrongSecret
	var locked *login.Locked
	switch {
	case errors.As(err, &wrong):
		return wrongPassword(wrong.Left)
	case errors.As(err, &locked):
		minutes := int(locked.Wait/time.Minute) + 1
		return problem{http.StatusTooManyRequests, "locked", fmt.Sprintf("尝试次数过多，请 %d 分钟后再试", minutes),
			fmt.Sprintf("Too many tries. Wait %d minutes.", minutes), "password"}
	case errors.Is(err, login.ErrDisabled):
		return problem{http.StatusForbidden, "disabled", "该成员已被禁用", "The member is disabled.", ""}
	case errors.Is(err, login.ErrVerify):
		return problem{http.StatusForbidden, "verify", "企业要求这个成员进行二次验证。请先在 /account/ 以成员身份登录并完成验证，再回到这里以该成员身份进入。",
			"The enterprise asks this member for a second verification. Sign in as a member at /account/ and pass it, then come back and enter as that member.", ""}
	case errors.Is(err, login.ErrStale):
		return problem{http.StatusForbidden, "stale", "密码刚刚被更改，请重新登录", "The password has just been changed. Sign in again.", "password"}
	case errors.Is(err, login.ErrCrowded):
		return problem{http.StatusServiceUnavailable, "", "登录人数过多，请稍后再试", "Too many are signing in. Try again in a moment.", ""}
	}
	return err
}

// signInAsMember is for an admin who has already signed in as a member in this browser, for example by
// passkey.
func (s *Service) signInAsMember(v *visit) (any, error) {
	sess, found, err := s.deps.Login.SignedIn(v.r)
	if err == nil && !found {
		err = errSignedOut
	}
	if err != nil {
		return nil, err
	}
	who, err := s.deps.Login.IdentityOf(v.ctx(), sess, s.stranger(v))
	if err == nil {
		err = s.begin(v, who)
	}
	return nothing{}, refusedSignIn(err)
}

// signInAsDemo is by one click, as the first super admin. It exists in dev only.
func (s *Service) signInAsDemo(v *visit) (any, error) {
	var req struct {
		CorpID string `json:"corpid"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var m directory.Member
	err := v.look(func(tx *store.Tx) error {
		if req.CorpID == "" {
			corps, err := s.deps.Corps.Corps(tx)
			if err != nil || len(corps) == 0 {
				return errors.Join(err, corp.ErrNotFound)
			}
			req.CorpID = corps[0].CorpID
		}
		admins, err := s.deps.Admins.Admins(v.ctx(), tx, req.CorpID)
		if err != nil {
			return err
		}
		for _, a := range admins {
			if a.Role == admin.Super {
				m, err = s.deps.Directory.Member(v.ctx(), tx, access.System(req.CorpID), a.UserID)
				return err
			}
		}
		return problem{http.StatusNotFound, "no-admin", "这个企业还没有管理员；请运行 qiwei corp admin add 账号", "This enterprise has no admin yet; run qiwei corp admin add USERID.", ""}
	})
	if err != nil {
		return nil, err
	}
	who, err := s.deps.Login.DemoIdentity(v.ctx(), req.CorpID, m, s.stranger(v))
	if err == nil {
		err = s.begin(v, who)
	}
	return nothing{}, refusedSignIn(err)
}

func (s *Service) signOut(v *visit) (any, error) { return nothing{}, s.end(v.w, v.r) }
