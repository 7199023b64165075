package page

import "io"

// Grant asks a member whether a product may know who they are, and what else.
type Grant struct {
	Self string
	Corp string
	App  App // the product
	Me   Person
	// Form is posted with "decision", allow or deny.
	Form  Form
	Lines []GrantLine
	// Given marks a product that the member has admitted before, and may now stop admitting.
	Given  bool
	Back   string // address to return to, with Given
	Switch string // address where another member signs in, "" for none
}

// Scope is something that a product may ask for, by its name in OpenID Connect.
type Scope string

// GrantLine is one scope. Its values are partly masked, so that nobody looking over the member's shoulder can
// read them.
type GrantLine struct {
	Scope  Scope
	Values []string // shown as they are
	Mail   string
	Mobile string
	// Address is a postal address.
	Address string
}

// shown returns the text below the scope's name.
func (l GrantLine) shown(lang Lang) []string {
	out := append([]string(nil), l.Values...)
	for _, v := range []string{lang.masked(Email, l.Mail), lang.masked(Mobile, l.Mobile), lang.masked(Address, l.Address)} {
		if v != "" {
			out = append(out, v)
		}
	}
	return out
}

type grantLine struct {
	Scope Scope
	Shown []string
}

type grant struct {
	Grant
	Rows []grantLine
}

// Grant draws the question.
func (p *Pages) Grant(w io.Writer, lang Lang, d Grant) error {
	g := grant{Grant: d}
	for _, l := range d.Lines {
		g.Rows = append(g.Rows, grantLine{l.Scope, l.shown(lang)})
	}
	title := "grant.title"
	if d.Given {
		title = "grant.given"
	}
	return p.render(w, "grant", view{Lang: lang, Title: lang.say(title), Self: d.Self, D: g})
}

// SignOut asks a member whether to sign out, when a product requested it without proof that it means this
// session.
type SignOut struct {
	Self  string
	Corp  string
	Asker string // product that asks, "" if it did not say
	Me    Person
	// Form is posted with "decision", leave or stay.
	Form Form
}

// SignOut draws the question.
func (p *Pages) SignOut(w io.Writer, lang Lang, d SignOut) error {
	return p.render(w, "signout", view{Lang: lang, Title: lang.say("signout.title"), Self: d.Self, D: d})
}

// BadClient says that a sign-in by OpenID Connect leads nowhere: there is no such client, or the address was
// not registered for it.
func BadClient(clientID, redirectURI, code, why string) Problem {
	return Problem{
		Title: both("problem.oidc"), Why: both("problem.oidc.why"), Mend: []Text{both("problem.oidc.mend")},
		Facts: []Fact{
			{Label: both("fact.clientid"), Values: some(clientID)},
			{Label: both("fact.redirecturi"), Values: some(redirectURI), Bad: true},
			{Label: both("fact.error"), Values: some(code + ": " + why)},
		},
	}
}

// BadLogout says that a product wants to lead the member, after signing out, to an
// address that was not registered for it.
func BadLogout(clientID, uri string) Problem {
	return Problem{
		Title: both("problem.logout"), Why: both("problem.logout.why"), Mend: []Text{both("problem.logout.mend")},
		Facts: []Fact{
			{Label: both("fact.clientid"), Values: some(clientID)},
			{Label: both("fact.logouturi"), Values: some(uri), Bad: true},
		},
	}
}
