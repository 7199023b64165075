package page

import "io"

// Account is a member's own page: who is signed in, and the way out.
type Account struct {
	Self     string
	Corp     string
	Me       Person
	SignOut  Form
	Password string // address of the password page, "" for none
	Passkeys string // address of the passkeys, "" for none
	// Consents are the applications that may read the member's sensitive fields.
	Consents []AccountConsent
	Switch   string // address of the picker, in dev only
	Notice   Notice
}

// AccountConsent leads to what a member lets an application read.
type AccountConsent struct {
	App  string
	Link string
}

type account struct {
	Account
	News string
}

// Account draws the member's page.
func (p *Pages) Account(w io.Writer, lang Lang, d Account) error {
	return p.render(w, "account", view{
		Lang: lang, Title: lang.say("account.title"), Self: d.Self, D: account{d, lang.notice(d.Notice)},
	})
}
