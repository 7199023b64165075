package page

import (
	"io"
)

// Founding asks for a new enterprise and its first admin, with the one-time link that the server has made.
type Founding struct {
	Self string
	// Form is posted with "corp" (unless Corp is there already), "name", "userid", "mobile" and "email".
	Form Form
	Corp string // the enterprise that is there and has no admin; empty where it is to be founded
	// What was written last time.
	CorpName, Name, UserID, Mobile, Email string
	Wrong                                 Text
	// Here and Base are the addresses of this page and of the server where they differ: what is made here would
	// lead to the other one.
	Here, Base string
}

// Founding draws the first of the three steps.
func (p *Pages) Founding(w io.Writer, lang Lang, d Founding) error {
	return p.render(w, "founding", view{Lang: lang, Title: lang.say("founding.title"), Class: "wide", Script: "sign.js", Self: d.Self, D: d})
}

// Unfounded says how to get the link. Whoever comes without it can do nothing here.
type Unfounded struct {
	Self string
	// Form is sent by GET, with what was pasted as "key".
	Form    Form
	Command string // that prints the link
	Wrong   bool   // the link was used, has expired, or never was one
	Often   bool   // too many wrong ones came from the reader's address
	Console string // where an enterprise is there already: the way in; nothing is to be founded then
}

// Unfounded draws it.
func (p *Pages) Unfounded(w io.Writer, lang Lang, d Unfounded) error {
	return p.render(w, "unfounded", view{Lang: lang, Title: lang.say("founding.title"), Class: "wide", Self: d.Self, D: d})
}

// Founded is the last step: whether the server can be reached as it believes, and what comes next.
type Founded struct {
	Self    string
	Corp    string
	Me      Person
	Base    string
	Here    string // the address of this page where it differs from Base
	Plain   bool   // Base is without TLS, and not this machine alone
	From    []string
	Private bool // callback URLs may lead to private networks
	Backup  string
	Console string
}

// Founded draws it.
func (p *Pages) Founded(w io.Writer, lang Lang, d Founded) error {
	return p.render(w, "founded", view{Lang: lang, Title: lang.say("founded.title"), Class: "text", Self: d.Self, D: d})
}
