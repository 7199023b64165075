package page

import "io"

// Registration asks somebody without an enterprise for one, which a provider brings its applications to.
type Registration struct {
	Self string
	// Form is posted with "corp", "name", "userid", "mobile" and "email".
	Form     Form
	Provider string // its name
	Package  string
	Apps     []App // that are installed at once
	// What the provider has filled in, or was written last time.
	CorpName, Name, UserID, Mobile, Email string
	Wrong                                 Text
}

// Registration draws it.
func (p *Pages) Registration(w io.Writer, lang Lang, d Registration) error {
	return p.render(w, "registration", view{Lang: lang, Title: lang.say("register.title"), Class: "wide", Self: d.Self, D: d})
}

// UsedRegistration says that a registration link is no longer good.
func UsedRegistration() Problem {
	return Problem{Title: both("problem.register"), Why: both("problem.register.why"), Mend: []Text{both("problem.register.mend")}}
}
