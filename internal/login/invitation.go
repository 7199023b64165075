package login

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/login/page"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

const (
	invitePath = "/account/invite"

	invitationLife = 7 * 24 * time.Hour

	// invitationMemory is how long an invitation is remembered after its end, so
	// that its owner is told why it does not work.
	invitationMemory = 30 * 24 * time.Hour
)

// Invitation lets a member set his first password, or a new one if he has lost
// it. The code is shown once.
type Invitation struct {
	Code    string
	Link    string // to the page that takes it
	Expires time.Time
}

// inviteLetters are those that are read and typed without mistakes.
const inviteLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

// newInviteCode returns twelve of 32 letters, 60 bits: ABCD-EFGH-JKLM.
func newInviteCode() string {
	var out strings.Builder
	for i, b := range id.Bytes(12) {
		if i > 0 && i%4 == 0 {
			out.WriteByte('-')
		}
		out.WriteByte(inviteLetters[int(b)%len(inviteLetters)]) // 32 divides 256
	}
	return out.String()
}

// readInviteCode reads a code as people type it.
func readInviteCode(text string) string {
	return strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(text))
}

// InviteCode makes the member an invitation, which ends the one he had. Only
// administrators do so.
func (s *Service) InviteCode(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID) (Invitation, error) {
	m, err := s.deps.Directory.Member(ctx, tx, by, user)
	if err != nil {
		return Invitation{}, err
	}
	if !m.Enabled {
		return Invitation{}, ErrDisabled
	}
	inv := Invitation{Code: newInviteCode(), Expires: tx.Now().Add(invitationLife)}
	inv.Link = s.deps.BaseURL() + invitePath + "?" + url.Values{"corp": {by.CorpID}, "userid": {string(m.UserID)}}.Encode()
	return inv, upsertInvitation(tx, m.No, s.inviteMAC(m, inv.Code), inv.Expires)
}

func (s *Service) inviteMAC(m directory.Member, code string) []byte {
	return s.deps.Box.MAC(seal.Invitation, passwordPlace(m)+" "+readInviteCode(code))
}

func (s *Service) invitationRoutes() []Route {
	return []Route{
		{"GET " + invitePath, s.page(page.NoFrame, s.invitePage)},
		{"POST " + invitePath, s.post(page.NoFrame, s.acceptInvitation)},
	}
}

func (s *Service) invitePage(v *visit) error {
	a, ok, err := v.readAsked(v.r.URL.Query())
	if err != nil || !ok {
		return err
	}
	return v.showInvite(http.StatusOK, a, page.NoTrouble)
}

func (v *visit) showInvite(status int, a asked, trouble page.Trouble) error {
	return show(v, status, v.s.pages.Invite, page.Invite{
		Self: invitePath + "?" + a.query(), Corp: a.corp.Name, Form: v.form(invitePath, "sign-in", "", a.fields()...),
		UserID: strings.TrimSpace(v.r.FormValue("userid")), Code: v.r.FormValue("code"),
		Trouble: trouble, MinLength: minPassword, SignIn: signInPath + "?way=" + byPassword + "&" + a.query(),
	})
}

var errInvitationOver = errors.New("the invitation was used or has expired")

// acceptInvitation sets the password of a member who has a code, and signs him
// in. A code that is wrong and a name that is unknown are not told apart.
func (s *Service) acceptInvitation(v *visit) error {
	form := v.r.PostForm
	a, ok, err := v.readAsked(form)
	if err != nil || !ok {
		return err
	}
	user := id.UserID(strings.TrimSpace(form.Get("userid")))
	if !v.genuine(form.Get("form"), "sign-in", "") {
		return v.showInvite(http.StatusForbidden, a, page.FormExpired)
	}
	if form.Get("new") != form.Get("again") {
		return v.showInvite(http.StatusBadRequest, a, page.NotAgain)
	}
	// A password that will not do is said before the code is looked at: it does
	// not count as a try, and tells nothing.
	if trouble, is := troubleOf(validPassword(user, form.Get("new"))); is {
		return v.showInvite(http.StatusBadRequest, a, trouble)
	}
	from := s.deps.ClientIP(v.r)
	_, err = s.attempt(v.ctx(), a.corp.CorpID, user, from)
	var locked *Locked
	if errors.As(err, &locked) {
		return v.showInvite(http.StatusTooManyRequests, a, page.Locked)
	}
	if err != nil {
		return err
	}
	m, err := s.invited(v.ctx(), a.corp.CorpID, user, form.Get("code"))
	switch {
	case errors.Is(err, errInvitationOver):
		return v.showInvite(http.StatusForbidden, a, page.InvitationOver)
	case err != nil:
		return err
	case m.No == 0:
		return v.showInvite(http.StatusForbidden, a, page.WrongInvitation)
	}
	p, err := s.NewPassword(v.ctx(), m.UserID, form.Get("new"))
	if errors.Is(err, ErrCrowded) {
		return v.problem(http.StatusServiceUnavailable, crowded)
	}
	if err != nil {
		return err
	}
	err = s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
		taken, err := takeInvitation(tx, m.No, s.inviteMAC(m, form.Get("code")))
		if err != nil {
			return err
		}
		if !taken { // somebody else was quicker
			return errInvitationOver
		}
		return s.setPassword(v.ctx(), tx, m, p, nil)
	})
	if errors.Is(err, errInvitationOver) {
		return v.showInvite(http.StatusForbidden, a, page.InvitationOver)
	}
	if err != nil {
		return err
	}
	if err := s.forgive(v.ctx(), a.corp.CorpID, user, from); err != nil {
		return err
	}
	return v.admit(a, m, byInvitation)
}

// invited returns the member whose invitation the code is; none where it is not.
func (s *Service) invited(ctx context.Context, corpID string, user id.UserID, code string) (m directory.Member, err error) {
	if !user.Valid() {
		return directory.Member{}, nil
	}
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		found, err := s.deps.Directory.Member(ctx, tx, access.System(corpID), user)
		if errors.Is(err, directory.ErrMemberNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		right, over, err := checkInvitation(tx, found.No, s.inviteMAC(found, code))
		if err != nil || !right {
			return err
		}
		if over {
			return errInvitationOver
		}
		m = found
		return nil
	})
	return m, err
}
