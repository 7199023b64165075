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
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/login/page"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire/known"
)

const (
	invitePath = "/account/invite"

	invitationLife = 7 * 24 * time.Hour

	// invitationMemory is how long an expired invitation is remembered, to tell its owner why it does not
	// work.
	invitationMemory = 30 * 24 * time.Hour
)

// Invitation lets a member set a first password, or a new one instead of a lost one. The code is shown once.
type Invitation struct {
	Code    string
	Link    string // to the page that accepts it
	Expires time.Time
}

// Whole returns the link with the code in it, for a channel that the member alone reads. After the invitation
// was accepted they go on to next, a path of this server, or where it is empty to their own page. first is for
// an enterprise's first admin, to whom the page speaks otherwise.
func (inv Invitation) Whole(next string, first bool) string {
	q := url.Values{"code": {inv.Code}}
	if next != "" {
		q.Set("next", next)
	}
	if first {
		q.Set(firstField, "1")
	}
	return inv.Link + "&" + q.Encode()
}

// firstField marks the link of an enterprise's first admin.
const firstField = "first"

// inviteLetters are letters that are easy to read and to type.
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

// InviteCode creates an invitation for the member, which ends an earlier one. Only administrators do so.
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

func (s *Service) invitationRoutes() []door.Route {
	return []door.Route{
		{Pattern: "GET " + invitePath, Handler: s.page(page.NoFrame, s.invitePage)},
		{Pattern: "POST " + invitePath, Handler: s.post(page.NoFrame, s.acceptInvitation)},
		{Pattern: "POST " + invitePath + "/begin", Handler: s.ceremony(s.beginInvitedPasskey)},
		{Pattern: "POST " + invitePath + "/finish", Handler: s.ceremony(s.finishInvitedPasskey)},
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
	d := page.Invite{
		Self: invitePath + "?" + a.query(), Corp: a.corp.Name,
		UserID: strings.TrimSpace(v.r.FormValue("userid")), Code: v.r.FormValue("code"), First: v.r.FormValue(firstField) != "",
		Trouble: trouble, MinLength: minPassword, SignIn: signInPath + "?way=" + string(ByPassword) + "&" + a.query(),
	}
	if self := v.self(); self != "" {
		d.Self = self
	}
	fields := a.fields()
	if d.First {
		fields = append(fields, page.Field{Name: firstField, Value: "1"})
	}
	d.Form = v.form(invitePath, "sign-in", "", fields...)
	if _, elsewhere := known.Host(v.r.Host); v.s.passkeysWork() && !elsewhere {
		d.Passkey = page.Ceremony{Begin: invitePath + "/begin", Finish: invitePath + "/finish"}
	}
	return show(v, status, v.s.pages.Invite, d)
}

var errInvitationOver = errors.New("the invitation was used or has expired")

// acceptInvitation sets the password of a member who has a code, and signs them in. A wrong code and an
// unknown name get the same answer.
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
	// Check the new password before the code. That does not count as a try and reveals nothing.
	if trouble, is := troubleOf(validPassword(user, form.Get("new"))); is {
		return v.showInvite(http.StatusBadRequest, a, trouble)
	}
	at, code := v.stranger(), form.Get("code")
	m, err := s.invited(v.ctx(), a.corp.CorpID, user, code, at)
	if err != nil {
		s.record(attemptOf(at, a.corp.CorpID, m.UserID, ByInvitation, outcomeOf(err, false)), false)
	}
	if trouble, status := troubleOfInvitation(err); trouble != page.NoTrouble {
		return v.showInvite(status, a, trouble)
	}
	if err != nil {
		return err
	}
	p, err := s.NewPassword(v.ctx(), m.UserID, form.Get("new"))
	if errors.Is(err, ErrCrowded) {
		return v.problem(http.StatusServiceUnavailable, crowded)
	}
	if err != nil {
		return err
	}
	var who Identity
	err = s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
		taken, err := takeInvitation(tx, m.No, s.inviteMAC(m, code))
		if err != nil {
			return err
		}
		if !taken { // somebody else was quicker
			return errInvitationOver
		}
		if err := s.setPassword(v.ctx(), tx, a.corp.CorpID, m, p, nil); err != nil {
			return err
		}
		who, err = s.prove(tx, at, a.corp.CorpID, m, ByInvitation)
		return err
	})
	if errors.Is(err, errInvitationOver) {
		return v.showInvite(http.StatusForbidden, a, page.InvitationOver)
	}
	if err != nil {
		return err
	}
	if err := s.forgive(v.ctx(), a.corp.CorpID, m, at); err != nil {
		return err
	}
	return v.admit(a, who)
}

// troubleOfInvitation is what the page says about an invitation that was refused.
func troubleOfInvitation(err error) (page.Trouble, int) {
	var wrong *WrongSecret
	switch {
	case isLocked(err):
		return page.Locked, http.StatusTooManyRequests
	case errors.As(err, &wrong):
		return page.WrongInvitation, http.StatusForbidden
	case errors.Is(err, errInvitationOver):
		return page.InvitationOver, http.StatusForbidden
	}
	return page.NoTrouble, 0
}

// invited returns the member whose invitation the code is. It answers *Locked, *WrongSecret or
// errInvitationOver, with the member if there is one.
func (s *Service) invited(ctx context.Context, corpID string, user id.UserID, code string, at Stranger) (m directory.Member, err error) {
	right, over := false, false
	if user.Valid() {
		err = s.deps.Store.Read(ctx, func(tx *store.Tx) error {
			if m, err = s.deps.Directory.Member(ctx, tx, access.System(corpID), user); errors.Is(err, directory.ErrMemberNotFound) {
				return nil
			}
			if err == nil {
				right, over, err = checkInvitation(tx, m.No, s.inviteMAC(m, code))
			}
			return err
		})
		if err != nil {
			return m, err
		}
	}
	left, err := s.attempt(ctx, corpID, user, m.No, at)
	switch {
	case err != nil:
		return m, err
	case !right:
		if err := s.missed(ctx, corpID, user, m.No, at); err != nil {
			return m, err
		}
		return m, &WrongSecret{Left: left}
	case over:
		return m, errInvitationOver
	}
	return m, nil
}
