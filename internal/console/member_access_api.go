package console

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// How members get in: passwords, invitations, and the sessions that they have. Whoever sets somebody's password
// can be that person, so a ranged admin does it only for members wholly in the range who are nothing in the
// console themselves.

func (s *Service) memberAccessCalls() []call {
	return []call{
		{pattern: "GET /console/api/members/{userid}/access", right: editDirectory, handle: s.getAccess},
		{pattern: "PUT /console/api/members/{userid}/password", right: editDirectory, handle: s.setPassword},
		{pattern: "POST /console/api/members/{userid}/invitation", right: editDirectory, handle: s.inviteMember},
		{pattern: "DELETE /console/api/members/{userid}/sessions", right: editDirectory, handle: s.endMember},
		{pattern: "DELETE /console/api/members/{userid}/sessions/{session}", right: editDirectory, handle: s.endMemberSession},
		{pattern: "POST /console/api/members.invite", right: editDirectory, handle: s.inviteMembers},
	}
}

var (
	errOwnPassword = problem{http.StatusUnprocessableEntity, "self", "自己的密码请在 /account/password 修改", "Change your own password at /account/password.", ""}
	errAbove       = problem{http.StatusForbidden, "admin", "该成员是管理员或有会话存档角色，只有超级管理员可以设置其登录方式", "The member is an admin, or has a role of the chat archive. Only a super admin may decide how they sign in.", ""}
)

// mayLetIn answers why the admin may not decide how the member signs in, nil if they may.
func (v *visit) mayLetIn(tx *store.Tx, m directory.Member) error {
	if may[v.admin.Role][rule] {
		return nil
	}
	if err := v.within(tx, m.Departments()...); err != nil {
		return err
	}
	_, is, err := v.s.adminOf(tx, v.corpID, m)
	if err == nil && is && m.No != v.member.No {
		err = errAbove
	}
	return err
}

// letIn returns the member whose way in the admin is to decide.
func (v *visit) letIn(tx *store.Tx) (directory.Member, error) {
	m, err := v.seen(tx, v.userid())
	if err == nil {
		err = v.mayLetIn(tx, m)
	}
	return m, err
}

type shownSession struct {
	ID      string    `json:"id"`
	Door    string    `json:"door"` // pages or console
	Way     login.Way `json:"way"`
	Device  string    `json:"device"`
	Since   time.Time `json:"since"`
	Seen    time.Time `json:"seen"`
	Current bool      `json:"current,omitempty"` // the one that asks
}

func (s *Service) getAccess(v *visit) (any, error) {
	out := struct {
		Password     bool           `json:"password"`
		Passkeys     int64          `json:"passkeys"`
		InvitedUntil time.Time      `json:"invited_until,omitzero"`
		Sessions     []shownSession `json:"sessions"`
	}{Sessions: []shownSession{}}
	return &out, v.look(func(tx *store.Tx) error {
		m, err := v.letIn(tx)
		if err != nil {
			return err
		}
		c, err := s.deps.Login.CredentialsOf(tx, m)
		if err != nil {
			return err
		}
		out.Password, out.Passkeys, out.InvitedUntil = c.Password, c.Passkeys, c.InvitedUntil
		list, err := s.deps.Login.SessionsOf(tx, m)
		for _, o := range list {
			out.Sessions = append(out.Sessions, shownSession{o.ID, string(login.DoorPages), o.Way, o.Device, o.Since, o.Seen, false})
		}
		if err != nil {
			return err
		}
		own, err := s.sessionsOf(tx, m, v.mac)
		out.Sessions = slices.Insert(out.Sessions, 0, own...) // which keeps an empty list one
		return err
	})
}

// sessionsOf returns the member's open sessions of the console. current is the digest of the one that asks.
func (s *Service) sessionsOf(tx *store.Tx, m directory.Member, current []byte) (list []shownSession, err error) {
	now := tx.Now()
	err = tx.Each(`SELECT mac, way, device, created_at, seen_at FROM console_session WHERE member = ? ORDER BY created_at DESC, mac`, []any{m.No}, func(rows *store.Rows) error {
		var mac []byte
		var o shownSession
		var since, seen int64
		var way string
		if err := rows.Scan(&mac, &way, &o.Device, &since, &seen); err != nil {
			return err
		}
		o.ID, o.Door, o.Way, o.Since, o.Seen = consoleSessionID(mac), string(login.DoorConsole), login.Way(way), time.UnixMilli(since).UTC(), time.UnixMilli(seen).UTC()
		o.Current = string(mac) == string(current)
		if s.deps.Dev || now.Sub(o.Since) <= sessionLife && now.Sub(o.Seen) <= sessionIdle {
			list = append(list, o)
		}
		return nil
	})
	return list, err
}

// consoleSessionID names a session to admins. It does not help to take it over: the browser holds the token,
// of which mac is a keyed digest.
func consoleSessionID(mac []byte) string {
	return "c" + digest([]any{"console session", mac})
}

func (s *Service) setPassword(v *visit) (any, error) {
	var req struct {
		Password string `json:"password"` // one is made if it is empty
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	made := ""
	if req.Password == "" {
		made = id.Letters(16)
		req.Password = made
	}
	// Who may not is told before the hash is made, which costs a while.
	if err := v.look(func(tx *store.Tx) error {
		m, err := v.letIn(tx)
		if err == nil && m.No == v.member.No {
			err = errOwnPassword
		}
		return err
	}); err != nil {
		return nil, err
	}
	p, err := s.deps.Login.NewPassword(v.ctx(), v.userid(), req.Password)
	if err != nil {
		return nil, refusedPassword(err)
	}
	return map[string]string{"password": made}, v.change(func(tx *store.Tx) (done, error) {
		m, err := v.letIn(tx)
		if err != nil {
			return done{}, err
		}
		return done{"member.password", m.Name, map[string]any{"userid": m.UserID, "generated": made != ""}}, s.deps.Login.SetPassword(v.ctx(), tx, v.by, m.UserID, p)
	})
}

// refusedPassword puts into words why a password cannot be set.
func refusedPassword(err error) error {
	of := func(zh, en string) error {
		return problem{http.StatusUnprocessableEntity, "", zh, en, "password"}
	}
	switch {
	case errors.Is(err, login.ErrPasswordShort):
		return of("密码至少需要 8 个字符", "At least 8 characters")
	case errors.Is(err, login.ErrPasswordLong):
		return of("密码最多 256 个字节", "At most 256 bytes")
	case errors.Is(err, login.ErrPasswordCommon):
		return of("这个密码太容易被猜到，或包含账号，请换一个", "Too easy to guess, or it has the userid in it. Choose another.")
	}
	return refusedSignIn(err)
}

// invited is an invitation that an admin hands to its member. It is shown once.
type invited struct {
	UserID  string    `json:"userid"`
	Name    string    `json:"name"`
	Code    string    `json:"code"`
	Link    string    `json:"link"`
	Expires time.Time `json:"expires"`
}

func (v *visit) invite(tx *store.Tx, m directory.Member) (invited, error) {
	inv, err := v.s.deps.Login.InviteCode(v.ctx(), tx, v.by, m.UserID)
	if errors.Is(err, login.ErrDisabled) {
		err = problem{http.StatusUnprocessableEntity, "disabled", "该成员已被禁用", "The member is disabled.", ""}
	}
	return invited{string(m.UserID), m.Name, inv.Code, inv.Whole("", false), inv.Expires}, err
}

func (s *Service) inviteMember(v *visit) (any, error) {
	var out invited
	return &out, v.change(func(tx *store.Tx) (done, error) {
		m, err := v.letIn(tx)
		if err != nil {
			return done{}, err
		}
		out, err = v.invite(tx, m)
		return done{"member.invite", m.Name, map[string]any{"userids": []id.UserID{m.UserID}}}, err
	})
}

// invitedAtOnce bounds how many members are invited at once.
const invitedAtOnce = 500

// inviteMembers draws invitations for the members who are named, or for those of a department who cannot sign
// in yet.
func (s *Service) inviteMembers(v *visit) (any, error) {
	var req struct {
		UserIDs    []id.UserID `json:"userids"`
		Department int64       `json:"department"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	if len(req.UserIDs) > invitedAtOnce || (len(req.UserIDs) == 0) == (req.Department == 0) {
		return nil, badRequest{errors.New("1 to 500 userids, or a department, expected")}
	}
	out := struct {
		Invited []invited `json:"invited"`
		Refused int       `json:"refused"` // members whom the admin may not invite, or who are disabled
		More    bool      `json:"more"`    // there are more than are invited at once
	}{}
	if req.Department != 0 { // who cannot sign in is looked for without holding up those who write
		err := v.look(func(tx *store.Tx) (err error) {
			req.UserIDs, out.More, err = v.uninvited(tx, req.Department)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	err := v.change(func(tx *store.Tx) (done, error) {
		out.Invited, out.Refused = []invited{}, 0
		var members []directory.Member
		for _, u := range req.UserIDs {
			m, err := v.seen(tx, u)
			if err != nil {
				return done{}, err
			}
			members = append(members, m)
		}
		names := []string{}
		for _, m := range members {
			var one invited
			err := tx.Try(func() (err error) {
				if err = v.mayLetIn(tx, m); err == nil {
					one, err = v.invite(tx, m)
				}
				return err
			})
			var api wire.Error
			var p problem
			switch {
			case err == nil:
				out.Invited, names = append(out.Invited, one), append(names, one.UserID)
			case errors.As(err, &api), errors.As(err, &p):
				out.Refused++
			default:
				return done{}, err
			}
		}
		if len(names) == 0 {
			return done{}, nil
		}
		return done{"member.invite", names[0], map[string]any{"userids": names}}, nil
	})
	return &out, err
}

// uninvitedAPage is how many members are asked about at once. Each page is searched for from the beginning.
const uninvitedAPage = 5000

// uninvited returns enabled members of a department, and of those below it, who cannot sign in yet; more is true if
// there are further ones.
func (v *visit) uninvited(tx *store.Tx, department int64) (list []id.UserID, more bool, err error) {
	for offset := 0; ; offset += uninvitedAPage {
		some, _, err := v.s.deps.Directory.ListMembers(v.ctx(), tx, v.by, directory.MemberFilter{Department: department, Below: true, Offset: offset, Limit: uninvitedAPage})
		if err != nil || len(some) == 0 {
			return list, false, err
		}
		numbers := make([]int64, len(some))
		for i, m := range some {
			numbers[i] = m.No
		}
		let, err := v.s.deps.Login.WithCredentials(tx, numbers)
		if err != nil {
			return nil, false, err
		}
		for _, m := range some {
			switch {
			case let[m.No] || !m.Enabled:
			case len(list) == invitedAtOnce:
				return list, true, nil
			default:
				list = append(list, m.UserID)
			}
		}
		if len(some) < uninvitedAPage {
			return list, false, nil
		}
	}
}

func (s *Service) endMember(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		m, err := v.letIn(tx)
		if err != nil {
			return done{}, err
		}
		return done{"session.end", m.Name, map[string]any{"userid": m.UserID, "all": true}}, s.deps.Login.SignOutEverywhere(v.ctx(), tx, v.corpID, m)
	})
}

func (s *Service) endMemberSession(v *visit) (any, error) {
	session := v.r.PathValue("session")
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		m, err := v.letIn(tx)
		if err != nil {
			return done{}, err
		}
		found, err := s.deps.Login.EndSession(v.ctx(), tx, m, session)
		if err == nil && !found {
			found, err = s.endConsoleSession(tx, m, session)
		}
		if err == nil && !found {
			err = errGone
		}
		return done{"session.end", m.Name, map[string]any{"userid": m.UserID}}, err
	})
}

func (s *Service) endConsoleSession(tx *store.Tx, m directory.Member, session string) (found bool, err error) {
	var mac []byte
	if err := tx.Each(`SELECT mac FROM console_session WHERE member = ?`, []any{m.No}, func(rows *store.Rows) error {
		var one []byte
		err := rows.Scan(&one)
		if consoleSessionID(one) == session {
			mac = one
		}
		return err
	}); err != nil || mac == nil {
		return false, err
	}
	_, err = tx.Exec(`DELETE FROM console_session WHERE mac = ?`, mac)
	return true, err
}
