package page

import (
	"io"
	"time"
)

// Trouble is the reason why a form is shown again.
type Trouble int

const (
	NoTrouble       Trouble = iota
	WrongPassword           // or no such member: the page does not say which
	Locked                  // too many wrong passwords; SignIn.Wait says for how long
	FormExpired             // the form was too old or not ours; nothing happened
	WrongOld                // the old password is not the member's
	TooShort                // shorter than MinLength
	TooCommon               // a common password, or one that contains the userid
	NotAgain                // the two new passwords differ
	SameAsOld               // nothing would change
	WrongInvitation         // no such member or invitation; the page does not say which
	InvitationOver          // used or expired
)

var troubleKeys = map[Trouble]string{
	WrongPassword:   "trouble.password",
	Locked:          "trouble.locked",
	FormExpired:     "trouble.form",
	WrongOld:        "trouble.old",
	TooShort:        "trouble.short",
	TooCommon:       "trouble.common",
	NotAgain:        "trouble.again",
	SameAsOld:       "trouble.same",
	WrongInvitation: "trouble.invitation",
	InvitationOver:  "trouble.over",
}

// Notice is good news above a page.
type Notice int

const (
	NoNotice Notice = iota
	PasswordSet
	PasskeyAdded
	PasskeyRemoved
	SignedOut
)

var noticeKeys = map[Notice]string{
	PasswordSet:    "notice.password",
	PasskeyAdded:   "notice.passkey.added",
	PasskeyRemoved: "notice.passkey.removed",
	SignedOut:      "notice.signedout",
}

func (l Lang) notice(n Notice) string {
	if key, ok := noticeKeys[n]; ok {
		return l.say(key)
	}
	return ""
}

func (l Lang) trouble(t Trouble, minLength int) string {
	key, ok := troubleKeys[t]
	switch {
	case !ok:
		return ""
	case t == TooShort:
		return l.say(key, minLength)
	}
	return l.say(key)
}

// SignIn asks a member for userid and password, or for a passkey.
type SignIn struct {
	Self string
	Corp string
	App  App // what the member signs in to; no name for the member's own pages
	// Form is posted with "userid" and "password". Its hidden fields (above all next) go to the passkey's
	// endpoints too.
	Form    Form
	UserID  string // what the reader wrote last time
	Trouble Trouble
	Left    int           // with WrongPassword: tries left; 0 if they are not shown
	Wait    time.Duration // with Locked: until the next try
	Notice  Notice
	Passkey Ceremony // zero if there are none
	Invite  string   // address of the first sign-in, "" if there is none
	Picker  string   // address of the picker, in dev only
	Scan    string   // address of the QR code, "" if there is none
}

// signIn is SignIn with its messages filled in.
type signIn struct {
	SignIn
	Said, News string
}

// SignIn draws the sign-in form.
func (p *Pages) SignIn(w io.Writer, lang Lang, d SignIn) error {
	said := lang.trouble(d.Trouble, 0)
	switch {
	case d.Trouble == WrongPassword && d.Left == 1:
		said += lang.say("trouble.left.one")
	case d.Trouble == WrongPassword && d.Left > 1:
		said += lang.say("trouble.left", d.Left)
	case d.Trouble == Locked && d.Wait > 0:
		said += lang.wait(d.Wait)
	}
	return p.render(w, "signin", view{
		Lang: lang, Title: lang.say("signin.title"), Script: "sign.js", Self: d.Self,
		D: signIn{d, said, lang.notice(d.Notice)},
	})
}

// wait says when the next try is possible. It rounds up: a reader who comes back at that time must not find
// the account still locked.
func (l Lang) wait(d time.Duration) string {
	if n := int((d + time.Second - 1) / time.Second); n <= 90 {
		return l.say("wait.seconds", n)
	}
	return l.say("wait.minutes", int((d+time.Minute-1)/time.Minute))
}

// Password sets or changes the password of a signed-in member.
type Password struct {
	Self string
	Me   Person
	// Form is posted with "old" (unless First), "new" and "again".
	Form      Form
	First     bool // the member has no password yet
	Trouble   Trouble
	MinLength int
	Back      string // address to return to, "" for none
}

type password struct {
	Password
	Said string
}

// Password draws the form for a new password.
func (p *Pages) Password(w io.Writer, lang Lang, d Password) error {
	title := "password.title"
	if d.First {
		title = "password.first"
	}
	return p.render(w, "password", view{
		Lang: lang, Title: lang.say(title), Script: "sign.js", Self: d.Self,
		D: password{d, lang.trouble(d.Trouble, d.MinLength)},
	})
}

// Invite is the first sign-in: an invitation code instead of an old password.
type Invite struct {
	Self string
	Corp string
	// Form is posted with "userid", "code", "new" and "again".
	Form   Form
	UserID string // from the invitation's link, or what was written last time
	Code   string
	// First is an enterprise's first admin, whose link has userid and code in it: neither is asked for.
	First     bool
	Passkey   Ceremony // for those who would rather have one than a password; zero if there are none
	Trouble   Trouble
	MinLength int
	SignIn    string // address of the sign-in, for those who have a password
}

type invite struct {
	Invite
	Said string
}

// Invite draws the first sign-in.
func (p *Pages) Invite(w io.Writer, lang Lang, d Invite) error {
	title := "invite.title"
	if d.First = d.First && d.UserID != "" && d.Code != "" && d.Trouble != WrongInvitation; d.First {
		title = "founding.prove"
	}
	return p.render(w, "invite", view{
		Lang: lang, Title: lang.say(title), Script: "sign.js", Self: d.Self,
		D: invite{d, lang.trouble(d.Trouble, d.MinLength)},
	})
}
